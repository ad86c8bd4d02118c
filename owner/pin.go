package owner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
)

// old is when the page reminds of a PIN's age (certification PIN-6).
const old = 60 * 24 * time.Hour

// pinState is what may be said about a PIN.
type pinState struct {
	Set, Locked, Old bool
	Failures         int
	Tries            string // how many wrong tries there were, in words
	Since, LockedAt  moment
}

func (v *visit) pinState(r pin.Record) pinState {
	s := pinState{
		Set: r.IsSet(), Locked: r.Locked(), Old: r.IsSet() && v.now.Sub(r.SetAt) > old, Failures: r.Failures,
		Since: v.moment(r.SetAt), LockedAt: v.moment(r.LockedAt),
	}
	if !s.Locked && s.Failures > 0 {
		s.Tries = fmt.Sprintf("Wrong PINs in a row: %d. After %d the PIN locks; the right one starts the count anew.", s.Failures, pin.Strikes)
	}
	return s
}

// pinView is the page of the PIN. What was typed is never shown again.
type pinView struct {
	pinState
	NeedsProof    bool // sign in again first
	Again         string
	First, Second string // what is wrong with each field, if anything
}

// Invalid reports whether there is something to correct.
func (p pinView) Invalid() bool { return p.First != "" || p.Second != "" }

func (v *visit) pinView(r pin.Record) pinView {
	return pinView{pinState: v.pinState(r), NeedsProof: r.Locked() && !v.fresh(), Again: again("/pin")}
}

func (p *page) pin(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return answer{}, err
	}
	return answer{page: "pin", view: v.pinView(account.PIN)}, nil
}

// easy says why a PIN is too easy to guess.
var easy = map[pin.Reason]string{
	pin.Repeated: "One digit four times is among the first that a stranger would try.",
	pin.Sequence: "Digits that count up or down are among the first that a stranger would try.",
	pin.Year:     "A year is easy to guess: many people use one of their own.",
	pin.Pairs:    "Two digits in a pattern are easy to guess and easy to overhear.",
	pin.Keypad:   "A pattern on the keypad is easy to guess.",
	pin.Favorite: "This PIN is the favorite of many people, so strangers try it.",
}

const fourDigits = "A PIN has exactly four digits, 0 to 9."

// setPIN sets a PIN and lifts a lock. The account's sign-in is the authority, not the old PIN: the owner may have
// forgotten it. After a lock somebody has guessed, so the owner proves anew to be the owner. The guard refuses a lock that
// falls after the account was read.
func (p *page) setPIN(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return answer{}, err
	}
	view := v.pinView(account.PIN)
	if view.NeedsProof {
		return answer{status: http.StatusForbidden, page: "pin", view: view}, nil
	}
	first, second := strings.TrimSpace(v.form.Get("pin")), strings.TrimSpace(v.form.Get("again"))
	if first != second {
		view.Second = "The two PINs are not the same. Type it once more."
		return answer{status: http.StatusUnprocessableEntity, page: "pin", view: view}, nil
	}
	set := p.PINs.Set
	if v.fresh() {
		set = p.PINs.Reset
	}
	err = set(ctx, v.session.Owner, pin.Code(first))
	common, isCommon := errors.AsType[*pin.CommonError](err)
	switch {
	case err == nil && view.Locked:
		return answer{to: "/pin", notice: "Your new voice PIN is set, and the lock is lifted."}, nil
	case err == nil:
		return answer{to: "/pin", notice: "Your voice PIN is set. Say it only after Alexa has named the car and asked for it."}, nil
	case errors.Is(err, pin.ErrLocked):
		view.Locked, view.LockedAt, view.NeedsProof = true, v.moment(v.now), true
		return answer{status: http.StatusForbidden, page: "pin", view: view}, nil
	case errors.Is(err, pin.ErrMalformed):
		view.First = fourDigits
	case isCommon:
		view.First = easy[common.Reason] + " Choose another one."
	default:
		return answer{}, err
	}
	return answer{status: http.StatusUnprocessableEntity, page: "pin", view: view}, nil
}
