package access

import (
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// courierParty answers "let the courier into my trunk": a one-time grant for a verified carrier, read back and
// confirmed by the voice PIN. Where a car has no trunk that opens from afar, the courier takes the key from the
// key box.
var courierParty = party{
	name: "courier", slot: "carrier", ask: skill.Ask{Key: courierWho, Elicit: "carrier"},
	lines: partyLines{
		until: courierUntil, day: courierDay,
		already: courierAlready, second: courierSecond,
		confirm: courierConfirm, confirmLater: courierConfirmLater,
		granted: courierGranted, grantedLater: courierGrantedLater,
		cardTitle: courierCardTitle, card: courierCard,
		left: courierLeft, helpWho: courierHelpCarrier,
	},
	refused: func(admissionFacts) []skill.Act { return nil },
	choose:  chooseCarrier,
	spoken: func(f admissionFacts, who string) (speech.Arg, bool) {
		i := slices.IndexFunc(f.Carriers, func(c vehicle.Carrier) bool { return c.ID == who })
		if i < 0 {
			return nil, false
		}
		return speech.Name(f.Carriers[i].Name), true
	},
	of: func(g vehicle.Grant) string { return g.Carrier.ID },
	request: func(who string, r vehicle.GrantRequest) vehicle.GrantRequest {
		r.CarrierID = who
		return r
	},
}

// chooseCarrier finds the delivery company that was named.
func chooseCarrier(f admissionFacts, said skill.Slot, heard bool) (who string, why []skill.Act) {
	verified := slices.DeleteFunc(slices.Clone(f.Carriers), func(c vehicle.Carrier) bool { return !c.Verified })
	if len(verified) == 0 {
		return "", []skill.Act{skill.Say{Key: courierNoCarriers}}
	}
	question := skill.Ask{Key: courierWho, Elicit: "carrier"}
	if _, ok := said.Text(); !heard || !ok {
		return "", []skill.Act{question}
	}
	switch found, ok := carrierCalled(f.Carriers, said); {
	case !ok:
		args := speech.Args{"carriers": someNames(verified)} // what was heard is not repeated: it may be a PIN
		return "", []skill.Act{skill.Say{Key: courierUnknown, Args: args}, question}
	case !found.Verified:
		return "", []skill.Act{skill.Say{Key: courierNotVerified, Args: speech.Args{"who": speech.Name(found.Name)}}}
	default:
		return found.ID, nil
	}
}

// carrierCalled finds a carrier by what was said, verified or not.
func carrierCalled(carriers []vehicle.Carrier, said skill.Slot) (vehicle.Carrier, bool) {
	entity := said.Entity()
	i := slices.IndexFunc(carriers, func(c vehicle.Carrier) bool {
		return entity.Matched && c.ID == entity.ID || ground.SameName(c.Name, entity.Spoken) || ground.SameName(c.Name, entity.Name)
	})
	if i < 0 {
		return vehicle.Carrier{}, false
	}
	return carriers[i], true
}

// someNames lists three carriers at most: three options can be remembered, six cannot.
func someNames(carriers []vehicle.Carrier) speech.List {
	var list speech.List
	for _, c := range carriers[:min(3, len(carriers))] {
		list.Items = append(list.Items, speech.Name(c.Name))
	}
	return list
}

const (
	courierWho          speech.Key = "courier.who"
	courierUnknown      speech.Key = "courier.unknown"
	courierNoCarriers   speech.Key = "courier.no_carriers"
	courierNotVerified  speech.Key = "courier.not_verified"
	courierDay          speech.Key = "courier.day"
	courierUntil        speech.Key = "courier.until"
	courierAlready      speech.Key = "courier.already"
	courierSecond       speech.Key = "courier.second"
	courierConfirm      speech.Key = "courier.confirm"
	courierConfirmLater speech.Key = "courier.confirm_later"
	courierGranted      speech.Key = "courier.granted"
	courierGrantedLater speech.Key = "courier.granted_later"
	courierCardTitle    speech.Key = "courier.card_title"
	courierCard         speech.Key = "courier.card"
	courierLeft         speech.Key = "courier.left"
	courierHelpCarrier  speech.Key = "courier.help_carrier"
)

func courierLines() speech.Table {
	return speech.Table{
		courierWho:          speech.Asks(),
		courierUnknown:      speech.Says("carriers"),
		courierNoCarriers:   speech.Says(),
		courierNotVerified:  speech.Says("who"),
		courierDay:          speech.Asks(),
		courierUntil:        speech.Asks(),
		courierAlready:      speech.Says("who", "open", "until"),
		courierSecond:       speech.Says("who", "until"),
		courierConfirm:      speech.Asks("who", "open", "until"),
		courierConfirmLater: speech.Asks("who", "open", "from", "until"),
		courierGranted:      speech.Says("who", "open", "until"),
		courierGrantedLater: speech.Says("who", "open", "from", "until"),
		courierCardTitle:    speech.Says(),
		courierCard:         speech.Says("who", "open", "from", "until"),
		courierLeft:         speech.Says(),
		courierHelpCarrier:  speech.Says(),
	}
}
