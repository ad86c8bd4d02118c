package vehicle

import (
	"errors"
	"fmt"
	"time"
)

// Error is what every driver returns: what was attempted, what kind of refusal came back, and whether the
// car or the cloud may have acted all the same. Drivers only classify; Fleet decides about retries, and
// one table in intents turns (Kind, Outcome) into speech.
type Error struct {
	Op         string // "create grant"
	Kind       Kind
	Outcome    Outcome
	Code       string        // the cloud's stable problem code, for logs
	RetryAfter time.Duration // how long the cloud asks to wait; zero if it did not say
	Err        error         // the cause, for logs; never spoken
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s (%s)", e.Op, e.Kind, e.Outcome)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause, so that errors.Is still finds context.DeadlineExceeded.
func (e *Error) Unwrap() error { return e.Err }

// Kind is a closed list of what may go wrong between the skill and a car.
type Kind string

// The kinds. Temporary ones may pass by themselves; the others need somebody to change something.
const (
	NotLinked   Kind = "not_linked"  // the token is missing, expired or revoked
	NotFound    Kind = "not_found"   // no such car, carrier or grant for this owner
	Denied      Kind = "denied"      // the token's scopes do not allow it
	Unsupported Kind = "unsupported" // this car or dongle cannot do it
	Invalid     Kind = "invalid"     // the cloud refused what was asked: a window too long, a carrier not verified
	Conflict    Kind = "conflict"    // the state forbids it now: moving, blocked, already redeemed
	Unreachable Kind = "unreachable" // the dongle is asleep, offline or unplugged
	Limited     Kind = "limited"     // too many requests; temporary
	Unavailable Kind = "unavailable" // the cloud is down, slow or speaks nonsense; temporary
	Internal    Kind = "internal"    // our own mistake
)

// Kinds lists every Kind, so that tables about them can be proved complete.
func Kinds() []Kind {
	return []Kind{NotLinked, NotFound, Denied, Unsupported, Invalid, Conflict, Unreachable, Limited, Unavailable, Internal}
}

// Outcome says whether the attempt may have had its effect.
type Outcome string

// The outcomes. A lost reply to something that changes the world is MaybeDone.
const (
	NotDone   Outcome = "not done"
	MaybeDone Outcome = "maybe done"
)

// Retryable reports whether trying again is both hopeful and harmless: a temporary failure that certainly
// had no effect.
func (e *Error) Retryable() bool {
	return e.Outcome == NotDone && (e.Kind == Limited || e.Kind == Unavailable)
}

// KindOf finds the Kind and Outcome in a chain of wrapped errors; anything else is Internal and not done.
func KindOf(err error) (Kind, Outcome) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind, e.Outcome
	}
	return Internal, NotDone
}
