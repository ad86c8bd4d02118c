package access

import "github.com/trunkpass/trunkpass/skill/speech"

const (
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
)

// Lines is what these conversations may say.
func Lines() speech.Table {
	return speech.Table{
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
	}
}
