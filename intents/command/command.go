// Package command holds the conversations that make a car do something now: open its trunk, unlock, lock, and
// "is it open yet?". A car acts late or not at all, so none of them says "done" unless the cloud confirmed it.
//
// They stand on intents/ground and are listed by intents.
package command

import (
	"maps"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{outcomeLines, openLines, lockLines, statusLines} {
		maps.Copy(all, part)
	}
	return all
}

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	opens := skill.Needs{Account: true, PIN: true, AtRest: true}
	withPIN := map[string]string{"car": "Car", "pin": "AMAZON.FOUR_DIGIT_NUMBER"}
	return []skill.Conversation{
		{Intent: "OpenTrunk", Slots: withPIN, Needs: opens, Flow: openTrunk.Flow(d)},
		{Intent: "UnlockCar", Slots: withPIN, Needs: opens, Flow: unlock.Flow(d)},
		{
			Intent: "LockCar", // safer: never a PIN
			Slots:  map[string]string{"car": "Car"},
			Needs:  skill.Needs{Account: true},
			Flow:   lock.Flow(d),
		},
		{
			Intent: "CommandStatus",
			Slots:  map[string]string{"car": "Car"},
			Needs:  skill.Needs{Account: true},
			Flow:   status.Flow(d),
		},
	}
}
