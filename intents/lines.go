package intents

import (
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What the conversations say. The wording stands in models/speech/<locale>.toml; [Lines] tells it which
// placeholders each line has and which lines are questions.
const (
	carNobodyAnswers speech.Key = "car.unknown"
	carWhichOne      speech.Key = "car.which"
	carOnly          speech.Key = "car.only"
	carNoneYet       speech.Key = "car.none"

	tiresUnsupported    speech.Key = "tires.unsupported"
	tiresNotReported    speech.Key = "tires.not_reported"
	tiresFineBetween    speech.Key = "tires.fine_between"
	tiresFineAt         speech.Key = "tires.fine_at"
	tiresFineStatus     speech.Key = "tires.fine_status"
	tiresUnjudged       speech.Key = "tires.unjudged"
	tiresLow            speech.Key = "tires.low"
	tiresLowStatus      speech.Key = "tires.low_status"
	tiresLowToo         speech.Key = "tires.low_too"
	tiresLowTooStatus   speech.Key = "tires.low_too_status"
	tiresCritical       speech.Key = "tires.critical"
	tiresCriticalStatus speech.Key = "tires.critical_status"
	tiresCheckFirst     speech.Key = "tires.check_first"
	tiresRestFine       speech.Key = "tires.rest_fine"
	tiresFault          speech.Key = "tires.fault"
	tiresMissing        speech.Key = "tires.missing"
	tiresWheelFine      speech.Key = "tires.wheel_fine"
	tiresWheelFineState speech.Key = "tires.wheel_fine_status"
	tiresWheelUnjudged  speech.Key = "tires.wheel_unjudged"
	tiresWheelMissing   speech.Key = "tires.wheel_missing"
	tiresWheelWhich     speech.Key = "tires.wheel_which"
	tiresAsOf           speech.Key = "tires.as_of"
	tiresHelp           speech.Key = "tires.help"
	tiresGaveUp         speech.Key = "tires.gave_up"
	tiresStopped        speech.Key = "tires.stopped"

	courierUnable       speech.Key = "courier.unable"
	courierUnableOthers speech.Key = "courier.unable_others"
	courierWho          speech.Key = "courier.who"
	courierUnknown      speech.Key = "courier.unknown"
	courierNoCarriers   speech.Key = "courier.no_carriers"
	courierNotVerified  speech.Key = "courier.not_verified"
	courierDay          speech.Key = "courier.day"
	courierUntil        speech.Key = "courier.until"
	courierPast         speech.Key = "courier.past"
	courierTooLong      speech.Key = "courier.too_long"
	courierTooShort     speech.Key = "courier.too_short"
	courierTooFar       speech.Key = "courier.too_far"
	courierUnclearTime  speech.Key = "courier.unclear_time"
	courierAlready      speech.Key = "courier.already"
	courierSecond       speech.Key = "courier.second"
	courierConfirm      speech.Key = "courier.confirm"
	courierConfirmLater speech.Key = "courier.confirm_later"
	courierGranted      speech.Key = "courier.granted"
	courierGrantedLater speech.Key = "courier.granted_later"
	courierCardTitle    speech.Key = "courier.card_title"
	courierCard         speech.Key = "courier.card"
	courierStopped      speech.Key = "courier.stopped"
	courierLeft         speech.Key = "courier.left"
	courierGaveUp       speech.Key = "courier.gave_up"
	courierHelpCar      speech.Key = "courier.help_car"
	courierHelpCarrier  speech.Key = "courier.help_carrier"
	courierHelpUntil    speech.Key = "courier.help_until"
	courierHelpPIN      speech.Key = "courier.help_pin"
	courierUnclear      speech.Key = "courier.not_understood"

	pinEarly     speech.Key = "pin.early"
	pinNotAYes   speech.Key = "pin.not_a_yes"
	pinUnclear   speech.Key = "pin.unclear"
	pinAgain     speech.Key = "pin.again"
	pinWrong     speech.Key = "pin.wrong"
	pinLockedNow speech.Key = "pin.locked_now"
	pinLocked    speech.Key = "pin.locked"
	pinNotSet    speech.Key = "pin.not_set"
	pinBusy      speech.Key = "pin.busy"
	pinCardTitle speech.Key = "pin.card_title"
	pinCard      speech.Key = "pin.card"

	sorryNotLinked   speech.Key = "sorry.not_linked"
	sorryNotFound    speech.Key = "sorry.not_found"
	sorryDenied      speech.Key = "sorry.denied"
	sorryUnsupported speech.Key = "sorry.unsupported"
	sorryRefused     speech.Key = "sorry.refused"
	sorryConflict    speech.Key = "sorry.conflict"
	sorryUnreachable speech.Key = "sorry.unreachable"
	sorryLimited     speech.Key = "sorry.limited"
	sorryUnavailable speech.Key = "sorry.unavailable"
	sorryMaybeDone   speech.Key = "sorry.maybe_done"
)

// Lines is the table of everything the conversations may say.
func Lines() speech.Table {
	t := speech.Table{
		carNobodyAnswers: speech.Says("name"),
		carWhichOne:      speech.Asks("cars"),
		carOnly:          speech.Says("car"),
		carNoneYet:       speech.Says(),

		tiresUnsupported:    speech.Says("car"),
		tiresNotReported:    speech.Says("car"),
		tiresFineBetween:    speech.Says("car", "lowest", "highest"),
		tiresFineAt:         speech.Says("car", "pressure"),
		tiresFineStatus:     speech.Says("car"),
		tiresUnjudged:       speech.Says("car", "lowest", "highest"),
		tiresLow:            speech.Says("car", "wheel", "pressure", "recommended"),
		tiresLowStatus:      speech.Says("car", "wheel"),
		tiresLowToo:         speech.Says("wheel", "pressure"),
		tiresLowTooStatus:   speech.Says("wheel"),
		tiresCritical:       speech.Says("car", "wheel", "pressure", "recommended"),
		tiresCriticalStatus: speech.Says("car", "wheel"),
		tiresCheckFirst:     speech.Says(),
		tiresRestFine:       speech.Says(),
		tiresFault:          speech.Says("car", "wheels"),
		tiresMissing:        speech.Says("car", "wheels"),
		tiresWheelFine:      speech.Says("car", "wheel", "pressure"),
		tiresWheelFineState: speech.Says("car", "wheel"),
		tiresWheelUnjudged:  speech.Says("car", "wheel", "pressure"),
		tiresWheelMissing:   speech.Says("car", "wheel"),
		tiresWheelWhich:     speech.Says(),
		tiresAsOf:           speech.Says("ago"),
		tiresHelp:           speech.Says(),
		tiresGaveUp:         speech.Says(),
		tiresStopped:        speech.Says(),

		courierUnable:       speech.Says("car"),
		courierUnableOthers: speech.Says("car"),
		courierWho:          speech.Asks(),
		courierUnknown:      speech.Says("name", "carriers"),
		courierNoCarriers:   speech.Says(),
		courierNotVerified:  speech.Says("carrier"),
		courierDay:          speech.Asks(),
		courierUntil:        speech.Asks(),
		courierPast:         speech.Says(),
		courierTooLong:      speech.Says("longest"),
		courierTooShort:     speech.Says("shortest"),
		courierTooFar:       speech.Says("days"),
		courierUnclearTime:  speech.Says(),
		courierAlready:      speech.Says("carrier", "car", "until"),
		courierSecond:       speech.Says("carrier", "until"),
		courierConfirm:      speech.Asks("carrier", "car", "until"),
		courierConfirmLater: speech.Asks("carrier", "car", "from", "until"),
		courierGranted:      speech.Says("carrier", "car", "until"),
		courierGrantedLater: speech.Says("carrier", "car", "from", "until"),
		courierCardTitle:    speech.Says(),
		courierCard:         speech.Says("carrier", "car", "from", "until"),
		courierStopped:      speech.Says(),
		courierLeft:         speech.Says(),
		courierGaveUp:       speech.Says(),
		courierHelpCar:      speech.Says(),
		courierHelpCarrier:  speech.Says(),
		courierHelpUntil:    speech.Says(),
		courierHelpPIN:      speech.Says(),
		courierUnclear:      speech.Says(),

		pinEarly:     speech.Says(),
		pinNotAYes:   speech.Says(),
		pinUnclear:   speech.Says(),
		pinAgain:     speech.Asks(),
		pinWrong:     speech.Asks(),
		pinLockedNow: speech.Says(),
		pinLocked:    speech.Says(),
		pinNotSet:    speech.Says(),
		pinBusy:      speech.Says(),
		pinCardTitle: speech.Says(),
		pinCard:      speech.Says(),

		sorryNotLinked: speech.Says(), sorryNotFound: speech.Says(), sorryDenied: speech.Says(),
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
