package access

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// guestParty answers "give my neighbor a code for my trunk": a one-time code for somebody no carrier vouches
// for, read back and confirmed by the voice PIN. The code is shown on a card and never spoken; in a car there
// is no card, so it waits until the driver has parked.
var guestParty = party{
	name: "guest", slot: "guest", ask: skill.Ask{Key: guestWho, Elicit: "guest"},
	lines: partyLines{
		until: guestUntil, day: guestDay,
		already: guestAlready, second: guestSecond,
		confirm: guestConfirm, confirmLater: guestConfirmLater,
		granted: guestGranted, grantedLater: guestGrantedLater,
		cardTitle: guestCardTitle, card: guestCard,
		left: guestLeft, helpWho: guestHelpWho,
	},
	refused: func(f admissionFacts) []skill.Act {
		if f.InCar {
			return []skill.Act{skill.Say{Key: guestOnceParked}}
		}
		return nil
	},
	choose: chooseGuest,
	spoken: func(_ admissionFacts, who string) (speech.Arg, bool) { return spokenGuest(who), who != "" },
	of:     func(g vehicle.Grant) string { return g.Guest },
	request: func(who string, r vehicle.GrantRequest) vehicle.GrantRequest {
		r.Guest = who
		return r
	},
}

// relations are the ids of the Guest slot type. The cloud keeps the id for the guest's name, so that it is
// spoken in whatever language asks; anybody else is called what the owner said.
var relations = []string{
	"neighbor", "friend", "sister", "brother", "mother", "father", "cousin", "aunt", "uncle",
	"grandmother", "grandfather", "daughter", "son", "wife", "husband", "partner",
	"roommate", "colleague", "babysitter", "cleaner", "gardener", "mechanic", "visitor",
}

// longestGuest is in characters; the contract of the dongle cloud allows 60.
const longestGuest = 40

// chooseGuest takes whoever was named, but no carrier: those have credentials of their own.
func chooseGuest(f admissionFacts, said skill.Slot, heard bool) (who string, why []skill.Act) {
	question := skill.Ask{Key: guestWho, Elicit: "guest"}
	entity := said.Entity()
	switch {
	case !heard || entity.Spoken == "":
		return "", []skill.Act{question}
	case entity.Matched && slices.Contains(relations, entity.ID):
		return entity.ID, nil
	}
	if carrier, ok := carrierCalled(f.Carriers, said); ok {
		return "", []skill.Act{skill.Say{Key: guestIsCarrier, Args: speech.Args{"who": speech.Name(carrier.Name)}}}
	}
	name := strings.Join(strings.Fields(entity.Spoken), " ")
	if len(vehicle.Match(f.Cars, name)) > 0 { // "a code for my golf" names a car
		return "", []skill.Act{question}
	}
	if utf8.RuneCountInString(name) > longestGuest || strings.ContainsFunc(name, unnameable) || !strings.ContainsFunc(name, unicode.IsLetter) {
		return "", []skill.Act{skill.Say{Key: notUnderstood}, question}
	}
	return name, nil
}

// unnameable tells what no name holds. A digit may be one of a PIN that was said in the wrong place.
func unnameable(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .'’-", r)
}

// spokenGuest is "your neighbor", or the name that the owner used.
func spokenGuest(who string) speech.Arg {
	if slices.Contains(relations, who) {
		return speech.Phrase{Key: relationLine(who)}
	}
	return speech.Name(who)
}

func relationLine(id string) speech.Key { return speech.Key("guest.is_" + id) }

const (
	guestOnceParked   speech.Key = "guest.once_parked"
	guestWho          speech.Key = "guest.who"
	guestIsCarrier    speech.Key = "guest.carrier"
	guestDay          speech.Key = "guest.day"
	guestUntil        speech.Key = "guest.until"
	guestAlready      speech.Key = "guest.already"
	guestSecond       speech.Key = "guest.second"
	guestConfirm      speech.Key = "guest.confirm"
	guestConfirmLater speech.Key = "guest.confirm_later"
	guestGranted      speech.Key = "guest.granted"
	guestGrantedLater speech.Key = "guest.granted_later"
	guestCodeLost     speech.Key = "guest.code_lost"
	guestCardTitle    speech.Key = "guest.card_title"
	guestCard         speech.Key = "guest.card"
	guestLeft         speech.Key = "guest.left"
	guestHelpWho      speech.Key = "guest.help_who"
)

func guestLines() speech.Table {
	t := speech.Table{
		guestOnceParked:   speech.Says(),
		guestWho:          speech.Asks(),
		guestIsCarrier:    speech.Says("who"),
		guestDay:          speech.Asks(),
		guestUntil:        speech.Asks(),
		guestAlready:      speech.Says("who", "open", "until"),
		guestSecond:       speech.Says("who", "until"),
		guestConfirm:      speech.Asks("who", "open", "until"),
		guestConfirmLater: speech.Asks("who", "open", "from", "until"),
		guestGranted:      speech.Says("open", "until"),
		guestGrantedLater: speech.Says("open", "from", "until"),
		guestCodeLost:     speech.Says(),
		guestCardTitle:    speech.Says(),
		guestCard:         speech.Says("who", "code", "open", "from", "until"),
		guestLeft:         speech.Says(),
		guestHelpWho:      speech.Says(),
	}
	for _, id := range relations {
		t[relationLine(id)] = speech.Says()
	}
	return t
}
