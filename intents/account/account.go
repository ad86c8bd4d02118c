// Package account holds the conversations about the owner and the skill itself: the welcome, help, and what the
// owner prefers. A PIN is never set or changed here: that is the owner page's, never a voice's.
//
// They stand on intents/ground and are listed by intents.
package account

import (
	"maps"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{launchLines, helpLines, preferenceLines, nicknameLines, pinStatusLines} {
		maps.Copy(all, part)
	}
	return all
}

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	linked := skill.Needs{Account: true}
	return []skill.Conversation{
		{Intent: "SetDefaultCar", Slots: map[string]string{"car": "Car"}, Needs: linked, Flow: defaultCar.Flow(d)},
		{Intent: "SetUnits", Slots: map[string]string{"unit": "Unit"}, Needs: linked, Flow: unitsFlow(d)},
		{Intent: "NameMyCar", Slots: map[string]string{"car": "Car", "nickname": "Nickname"}, Needs: linked, Flow: nickname.Flow(d)},
		{Intent: "CheckPIN", Needs: linked, Flow: pinStatusFlow(d)},
		{Intent: "WhatCanISay", Flow: helpFlow(d, "suggestions")},
	}
}
