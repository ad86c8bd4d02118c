package store

import (
	"context"
	"fmt"
	"time"
)

// Claim is what a worker learns when it asks for a message.
type Claim string

// The claims. The zero Claim is nobody's permission.
const (
	Yours   Claim = "yours"   // deal with it, then call Finish
	Busy    Claim = "busy"    // somebody else is dealing with it; come again
	Settled Claim = "settled" // it has been dealt with
)

// Inbox remembers which messages have been dealt with, so that one that comes twice acts once. An id or a lease
// that [CheckClaim] refuses is ErrInvalid. All methods are safe for concurrent use, and return the context's error
// if it is over before they begin.
type Inbox interface {
	// Claim takes a message for lease, unless it is settled or the lease of another has not run out. A worker that
	// dies leaves the message to whoever comes after its lease. After an error the claim may have been given all the
	// same; it runs out like any other.
	Claim(ctx context.Context, id string, lease time.Duration) (Claim, error)
	// Finish settles a message, however often it is called; it is remembered for at least KeepSettled.
	Finish(ctx context.Context, id string) error
	// Release gives a claimed message back at once, because it could not be dealt with. A settled one stays settled.
	// Only the worker that holds the claim calls it, within its lease: the engine cannot tell workers apart.
	Release(ctx context.Context, id string) error
}

// KeepSettled is longer than the three days for which the dongle cloud sends a message again.
const KeepSettled = 7 * 24 * time.Hour

// MaxMessage is the longest message id in bytes.
const MaxMessage = 256

// CheckMessage refuses, with ErrInvalid, a message id that is empty, longer than MaxMessage, or not visible ASCII.
func CheckMessage(id string) error {
	if id == "" || len(id) > MaxMessage {
		return fmt.Errorf("message id of %d bytes, 1 to %d are taken: %w", len(id), MaxMessage, ErrInvalid)
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return fmt.Errorf("message id is not visible ASCII: %w", ErrInvalid)
		}
	}
	return nil
}

// CheckClaim refuses, with ErrInvalid, what [CheckMessage] refuses, and a lease that is not above zero or is longer
// than a settled message is remembered.
func CheckClaim(id string, lease time.Duration) error {
	if lease <= 0 || lease > KeepSettled {
		return fmt.Errorf("lease of %v, more than none and at most %v is given: %w", lease, KeepSettled, ErrInvalid)
	}
	return CheckMessage(id)
}
