// Package access holds the conversations that let somebody into a car, and those that keep everybody out.
// What opens something reads back what it will do and takes the voice PIN, every time; what makes a car safer
// never asks for one.
//
// Couriers and guests are let in by one flow (admission.go), which differs in who they are (courier.go,
// guest.go). The other conversations are about the grants there are (grants.go). They stand on intents/ground
// and are listed by intents.
package access

import (
	"maps"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	pin := skill.Needs{Account: true, PIN: true}
	safer := skill.Needs{Account: true}
	return []skill.Conversation{
		{Intent: "LetCourierIn", Slots: slots("carrier", "car", "date", "from", "until", "duration", "pin"), Needs: pin, Flow: courierParty.flow(d)},
		{Intent: "LetGuestIn", Slots: slots("guest", "car", "date", "from", "until", "duration", "pin"), Needs: pin, Flow: guestParty.flow(d)},
		{Intent: "ExtendGrant", Slots: slots("carrier", "guest", "kind", "car", "until", "duration", "pin"), Needs: pin, Flow: extendFlow(d)},
		{Intent: "WhoCanGetIn", Slots: slots("car"), Needs: safer, Flow: holdersFlow(d)},
		{Intent: "CancelGrant", Slots: slots("carrier", "guest", "kind", "car", "date", "until"), Needs: safer, Flow: cancelFlow(d)},
		{Intent: "BlockEveryone", Slots: slots("car"), Needs: safer, Flow: blockFlow(d)},
		{Intent: "Unblock", Slots: slots("car", "pin"), Needs: pin, Flow: unblockFlow(d)},
	}
}

// slotTypes are the slots that these conversations share.
var slotTypes = map[string]string{
	"carrier": "Carrier", "guest": "Guest", "kind": "GrantKind", "car": "Car",
	"date": "AMAZON.DATE", "from": "AMAZON.TIME", "until": "AMAZON.TIME", "duration": "AMAZON.DURATION",
	"pin": "AMAZON.FOUR_DIGIT_NUMBER",
}

func slots(names ...string) map[string]string {
	of := map[string]string{}
	for _, name := range names {
		of[name] = slotTypes[name]
	}
	return of
}

// step names the open question of a conversation.
type step string

const (
	askCar   step = "car"
	askWho   step = "who"
	askUntil step = "until"
	askDay   step = "day"
	askPIN   step = "pin"
	askWhich step = "which" // of several grants
)

// question is the one question that is open, and how often it was put in vain.
type question struct {
	Asking  step `json:"asking,omitempty"`
	Unclear int  `json:"unclear,omitempty"`
}

// Step names the open question.
func (q question) Step() string { return string(q.Asking) }

// put opens a question with what is said for it, or puts it once more. Asking the same thing again and again
// ends by itself.
func (q question) put(s step, acts []skill.Act) (question, []skill.Act) {
	if q.Asking != s {
		return question{Asking: s}, acts
	}
	if q.Unclear++; q.Unclear >= ground.MaxUnclear {
		return question{}, []skill.Act{skill.Say{Key: gaveUp}}
	}
	return q, acts
}

// inVain puts the open question once more after an answer that does not fit it.
func (q question) inVain(why speech.Key, ask skill.Act) (question, []skill.Act) {
	return q.put(q.Asking, q.after(why, ask))
}

// after says something before the open question. A read-back is not repeated for it: only the PIN is still
// wanted, and "repeat that" brings the rest.
func (q question) after(why speech.Key, ask skill.Act) []skill.Act {
	if q.Asking == askPIN {
		return ground.AskPIN(why)
	}
	return []skill.Act{skill.Say{Key: why}, ask}
}

// aside answers what every question must expect: help, "repeat that", a no, a yes, and what nobody understood.
func (q question) aside(ev skill.Event, help speech.Key, ask skill.Act) (question, []skill.Act) {
	switch ev.(type) {
	case skill.No:
		return question{}, []skill.Act{skill.Say{Key: stopped}}
	case skill.Again:
		return q, []skill.Act{ask}
	case skill.Helped:
		return q, q.after(help, ask)
	case skill.Yes:
		if q.Asking == askPIN {
			return q.inVain(ground.PINNotAYes, ask)
		}
	}
	return q.inVain(notUnderstood, ask)
}

// What several of these conversations say.
const (
	stopped       speech.Key = "access.stopped"
	gaveUp        speech.Key = "access.gave_up"
	notUnderstood speech.Key = "access.not_understood"
	unable        speech.Key = "access.unable"
	unableOthers  speech.Key = "access.unable_others"
	blockedNow    speech.Key = "access.blocked"
	openTrunk     speech.Key = "access.open_trunk"
	openKeyBox    speech.Key = "access.open_key_box"
	helpCar       speech.Key = "access.help_car"
	helpUntil     speech.Key = "access.help_until"
	helpPIN       speech.Key = "access.help_pin"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table {
	all := speech.Table{
		stopped:       speech.Says(),
		gaveUp:        speech.Says(),
		notUnderstood: speech.Says(),
		unable:        speech.Says("car"),
		unableOthers:  speech.Says("car"),
		blockedNow:    speech.Says("car"),
		openTrunk:     speech.Says("car"),
		openKeyBox:    speech.Says("car"),
		helpCar:       speech.Says(),
		helpUntil:     speech.Says(),
		helpPIN:       speech.Says(),
	}
	for _, part := range []speech.Table{
		windowLines(), courierLines(), guestLines(), grantLines(), extendLines(), holderLines(), cancelLines(), blockLines(),
	} {
		maps.Copy(all, part)
	}
	return all
}
