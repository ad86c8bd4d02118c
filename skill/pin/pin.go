// Package pin keeps the voice PIN: four spoken digits that stand between a voice in the room and a trunk.
//
// Ten thousand codes are few, so the hash alone protects nobody. What protects is the count: a [Guard]
// believes a comparison only after a conditional write of the record it was made against has succeeded,
// and the third wrong answer in a row locks the account until its owner sets a new PIN. A pepper that
// never enters the store makes a stolen copy of it useless, and a bound on concurrent hashes keeps a
// flood from eating the memory.
//
// The package knows no car and no Alexa. Below it stands a [Ledger], which the packages under store
// implement; above it stand the conversations, which ask [Guard.Check], and the owner page, which alone
// may call [Guard.Set], and [Guard.Reset] for an owner who has just proved to be one.
package pin

import (
	"errors"
	"fmt"
	"log/slog"
)

const (
	// Digits is the length of a PIN. Amazon asks for at least four digits before a skill unlocks a
	// vehicle, and AMAZON.FOUR_DIGIT_NUMBER understands exactly four.
	Digits = 4
	// Strikes is how many wrong answers in a row lock an account. Amazon's security test speaks three
	// wrong codes, then the right one, and expects the right one to fail.
	Strikes = 3
)

// Code is a PIN as it was spoken or typed. It is a string because leading zeros count, and it redacts
// itself in fmt, slog and every text encoding; convert it explicitly to see the digits.
type Code string

const redacted = "[redacted]"

// String hides the digits.
func (Code) String() string { return redacted }

// Format hides the digits from every verb of fmt, %q, %x and %#v included.
func (Code) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }

// LogValue hides the digits from slog.
func (Code) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the digits from encoding/json and other encodings. (A JSON map key of a string type is
// written as it is: make no map keyed by Code.)
func (Code) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// wellFormed reports whether the code is exactly four ASCII digits.
func (c Code) wellFormed() bool {
	if len(c) != Digits {
		return false
	}
	for i := range len(c) {
		if c[i] < '0' || c[i] > '9' {
			return false
		}
	}
	return true
}

var (
	// ErrMalformed means that something other than four digits was given. It is no attempt: nothing was
	// read, hashed or counted.
	ErrMalformed = errors.New("a PIN is exactly four digits")
	// ErrConflict is what a [Ledger] returns when the account has changed since it was read.
	ErrConflict = errors.New("the account changed meanwhile")
	// ErrBusy means that too many hashes were wanted at once; nothing was changed.
	ErrBusy = errors.New("too many PIN checks at once")
	// ErrLocked means that the account is locked and only [Guard.Reset] changes its PIN; nothing was changed.
	ErrLocked = errors.New("the PIN is locked")
)
