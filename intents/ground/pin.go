package ground

import (
	"context"
	"fmt"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
)

// CheckPIN is the effect of comparing a spoken PIN; its result is a pin.Verdict.
type CheckPIN struct {
	Code    pin.Code
	Account store.Account // whose PIN it is compared with, as the turn has read it
}

// HearPIN takes the effect out of the answer to the PIN question. False means that no four digits were heard,
// which is no try.
func HearPIN(said skill.Slot, f Facts) (skill.Do, bool) {
	digits, err := skill.ParseFourDigits(said.Value)
	return skill.Do{Effect: CheckPIN{Code: pin.Code(digits), Account: f.Account}}, err == nil
}

// Compare carries the effect out.
func (d Deps) Compare(ctx context.Context, e CheckPIN) (pin.Verdict, error) {
	verdict, err := d.PINs.CheckRead(ctx, e.Account.Owner, e.Code, e.Account.PIN, e.Account.Revision)
	if err != nil {
		return pin.Verdict{}, fmt.Errorf("check PIN: %w", err)
	}
	return verdict, nil
}

// Judgment is what follows from a verdict: go on, ask again, or end with what is said.
type Judgment struct {
	Right bool
	Again bool
	Acts  []skill.Act
}

// Judge turns the guard's verdict into what follows. Only a right PIN leads on.
func Judge(v pin.Verdict) Judgment {
	switch v.Result {
	case pin.Right:
		return Judgment{Right: true}
	case pin.Wrong:
		return Judgment{Again: true, Acts: []skill.Act{skill.Ask{Key: pinWrong, Elicit: "pin"}}}
	case pin.LockedNow:
		return Judgment{Acts: onOwnerPage(pinLockedNow)}
	case pin.Locked:
		return Judgment{Acts: onOwnerPage(pinLocked)}
	case pin.NotSet:
		return Judgment{Acts: onOwnerPage(pinNotSet)}
	default:
		return Judgment{Acts: []skill.Act{skill.Say{Key: pinBusy}}}
	}
}

// PINReady says what stands in the way before a PIN is even asked for; nil if nothing does.
func PINReady(r pin.Record) []skill.Act {
	switch {
	case !r.IsSet():
		return onOwnerPage(pinNotSet)
	case r.Locked():
		return onOwnerPage(pinLocked)
	default:
		return nil
	}
}

// onOwnerPage says what is wrong with the PIN and puts the way to mend it on a card.
func onOwnerPage(why speech.Key) []skill.Act {
	return []skill.Act{skill.Say{Key: why}, skill.Show{Title: pinCardTitle, Text: pinCard}}
}

// AskPIN asks for nothing but the PIN, after why was said; the read-back comes again with "repeat that".
func AskPIN(why speech.Key) []skill.Act {
	return []skill.Act{skill.Say{Key: why}, skill.Ask{Key: pinAgain, Elicit: "pin"}}
}

// SaysMoreThanPIN reports whether any slot but the PIN holds something.
func SaysMoreThanPIN(slots skill.Slots) bool {
	for name := range slots {
		if name != "pin" && slots.Filled(name) {
			return true
		}
	}
	return false
}
