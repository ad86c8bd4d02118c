package ground

import (
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said in every conversation. The wording stands in models/speech/<locale>.toml.
const (
	carNobodyAnswers speech.Key = "car.unknown"
	carWhichOne      speech.Key = "car.which"
	carOnly          speech.Key = "car.only"
	NoCarYet         speech.Key = "car.none"
	carStopped       speech.Key = "car.stopped"
	carGaveUp        speech.Key = "car.gave_up"
	carAsOf          speech.Key = "car.as_of"

	PINEarly     speech.Key = "pin.early"
	PINNotAYes   speech.Key = "pin.not_a_yes"
	PINUnclear   speech.Key = "pin.unclear"
	pinAgain     speech.Key = "pin.again"
	pinWrong     speech.Key = "pin.wrong"
	pinLockedNow speech.Key = "pin.locked_now"
	pinLocked    speech.Key = "pin.locked"
	pinNotSet    speech.Key = "pin.not_set"
	pinBusy      speech.Key = "pin.busy"
	pinCardTitle speech.Key = "pin.card_title"
	pinCard      speech.Key = "pin.card"

	sorryNotLinked   speech.Key = "sorry.not_linked"
	Gone             speech.Key = "sorry.not_found"
	sorryDenied      speech.Key = "sorry.denied"
	sorryUnsupported speech.Key = "sorry.unsupported"
	sorryRefused     speech.Key = "sorry.refused"
	sorryConflict    speech.Key = "sorry.conflict"
	sorryUnreachable speech.Key = "sorry.unreachable"
	sorryLimited     speech.Key = "sorry.limited"
	sorryUnavailable speech.Key = "sorry.unavailable"
	sorryMaybeDone   speech.Key = "sorry.maybe_done"
)

// Lines tells which placeholders each line has and which lines are questions.
func Lines() speech.Table {
	t := speech.Table{
		carNobodyAnswers: speech.Says(),
		carWhichOne:      speech.Asks("cars"),
		carOnly:          speech.Says("car"),
		NoCarYet:         speech.Says(),
		carStopped:       speech.Says(),
		carGaveUp:        speech.Says(),
		carAsOf:          speech.Says("ago"),

		PINEarly:     speech.Says(),
		PINNotAYes:   speech.Says(),
		PINUnclear:   speech.Says(),
		pinAgain:     speech.Asks(),
		pinWrong:     speech.Asks(),
		pinLockedNow: speech.Says(),
		pinLocked:    speech.Says(),
		pinNotSet:    speech.Says(),
		pinBusy:      speech.Says(),
		pinCardTitle: speech.Says(),
		pinCard:      speech.Says(),

		sorryNotLinked: speech.Says(), Gone: speech.Says(), sorryDenied: speech.Says(),
		sorryUnsupported: speech.Says(), sorryRefused: speech.Says(), sorryConflict: speech.Says(),
		sorryUnreachable: speech.Says(), sorryLimited: speech.Says(), sorryUnavailable: speech.Says(),
		sorryMaybeDone: speech.Says(),
	}
	for _, w := range vehicle.Wheels() {
		t[wheelLine(w)] = speech.Says()
	}
	return t
}

func wheelLine(w vehicle.Wheel) speech.Key { return speech.Key("wheel." + string(w)) }

// WheelPhrase names a wheel.
func WheelPhrase(w vehicle.Wheel) speech.Phrase { return speech.Phrase{Key: wheelLine(w)} }

// WheelList names several.
func WheelList(wheels []vehicle.Wheel) speech.List {
	var list speech.List
	for _, w := range wheels {
		list.Items = append(list.Items, WheelPhrase(w))
	}
	return list
}
