package pin

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Record is what a store keeps of one account's PIN. The zero Record means that no PIN was ever set.
type Record struct {
	Hash     string    // Argon2id in PHC string form, peppered and bound to the account; "" when unset
	Failures int       // wrong answers in a row, 0 to Strikes
	LockedAt time.Time // UTC; zero unless locked
	SetAt    time.Time // UTC; when the owner last chose a PIN
}

// IsSet reports whether the owner has chosen a PIN.
func (r Record) IsSet() bool { return r.Hash != "" }

// Locked reports whether no answer is accepted any more, the right one included, until a new PIN is set.
func (r Record) Locked() bool { return !r.LockedAt.IsZero() || r.Failures >= Strikes }

// Left is how many wrong answers may still be given, this one not counted: 0 when locked.
func (r Record) Left() int {
	if r.Locked() {
		return 0
	}
	return Strikes - r.Failures
}

// String tells the state and hides the hash.
func (r Record) String() string {
	return fmt.Sprintf("PIN{set: %t, failures: %d, locked: %t}", r.IsSet(), r.Failures, r.Locked())
}

// Format hides the hash from every verb of fmt.
func (r Record) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, r.String()) }

// LogValue hides the hash from slog.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.String()) }

// after is the whole rule of counting, without clock or store: what the record becomes once an answer is
// given, and what the speaker is told. A record that stays as it is needs no write.
func (r Record) after(right bool, now time.Time) (Record, Verdict) {
	switch {
	case r.Locked():
		return r, Verdict{Result: Locked}
	case !r.IsSet():
		return r, Verdict{Result: NotSet}
	case right:
		r.Failures = 0
		return r, Verdict{Result: Right}
	}
	r.Failures++
	if r.Failures >= Strikes {
		r.LockedAt = now
		return r, Verdict{Result: LockedNow}
	}
	return r, Verdict{Result: Wrong, Left: r.Left()}
}

// Verdict is the answer to one spoken PIN.
type Verdict struct {
	Result Result
	Left   int // tries left before the lock; meaningful for Wrong alone
}

// Result says what became of a spoken PIN. The zero Result is none of them, and nobody's permission.
type Result string

// The results. Only Right lets anything happen; Busy alone was not counted though the PIN was well formed.
const (
	Right     Result = "right"
	Wrong     Result = "wrong"
	LockedNow Result = "locked now" // wrong, and this was the third in a row
	Locked    Result = "locked"     // locked before; whether the PIN was right does not matter
	NotSet    Result = "not set"    // no PIN chosen yet, or no such account
	Busy      Result = "busy"       // no room to check it in time
)

// Results lists every Result, so that tables about them can be proved complete.
func Results() []Result { return []Result{Right, Wrong, LockedNow, Locked, NotSet, Busy} }

// Revision numbers the states of an account. It grows with every write of anything in the account, and is
// 0 exactly as long as the account does not exist.
type Revision uint64

// Ledger is where records are kept, one per account. Both methods are safe for concurrent use by any
// number of processes and honor the context.
type Ledger interface {
	// PIN reads the record and the revision it belongs to. It sees every write that finished before it
	// began. A missing account is the zero Record at Revision 0, without error.
	PIN(ctx context.Context, account string) (Record, Revision, error)
	// SwapPIN writes r if the account is still at the revision seen, and returns ErrConflict (wrapped or
	// not) if it is not. Of any number of swaps from one revision exactly one succeeds, also if r equals
	// what is there. Any other error leaves open whether it was written.
	SwapPIN(ctx context.Context, account string, seen Revision, r Record) error
}
