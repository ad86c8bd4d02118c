// Package store is the port behind which accounts are kept: the PIN with its count, and what the owner
// prefers. It holds the types, the limits and the contract; the engines live in folders of their own
// (store/embedded for one machine, store/dynamo for AWS), spell what they keep with store/form, and prove
// themselves with store/storetest.
//
// An account is one item, and every write is one conditional write of one item. Nothing scans and nothing
// spans two items, so that a key-value service in a data center and a file on a desk behave alike.
//
// Beside accounts there are two more kinds of items: an Alexa user with the owner it is linked to (users.go), and
// a message of the dongle cloud that was dealt with (inbox.go). [Store] is all three.
//
// Conversations use the types and declare the few methods they need; the interfaces here are for those who write
// an engine or hand one over.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/trunkpass/trunkpass/skill/pin"
)

// MaxOwner is the longest owner id in bytes. Every engine keys its items by it; the strictest limit among
// those we know is DynamoDB's 2048 bytes for a partition key.
const MaxOwner = 512

var (
	// ErrConflict means that the account has changed since it was read: read it again.
	ErrConflict = pin.ErrConflict
	// ErrInvalid means that what was to be read or written breaks a rule of this package; nothing was changed.
	ErrInvalid = errors.New("invalid")
)

// Account is all that is kept of one owner.
type Account struct {
	Owner       string       // the owner's id in the dongle cloud, opaque
	Revision    pin.Revision // 0 as long as nothing was ever written
	PIN         pin.Record
	Preferences Preferences
	// Users are the Alexa users that have linked this account, the newest last, at most MaxUsers: whom word to
	// the owner goes to. A user whose own item names another owner counts no more.
	Users []string
}

// MaxUsers is how many Alexa users an account remembers. Whoever links one more drops the oldest.
const MaxUsers = 10

// KeepErased is how long an engine keeps the revision of an erased account. Nobody who read the account before
// is still about to write it by then.
const KeepErased = 30 * 24 * time.Hour

// Preferences are the owner's choices. The zero value leaves every choice to the device and the car list.
type Preferences struct {
	PressureUnit string `validate:"omitempty,oneof=psi kpa bar"`  // "" follows the Alexa device
	DefaultCar   string `validate:"omitempty,max=256,printascii"` // a vehicle id; "" means that none was chosen
	DistanceUnit string `validate:"omitempty,oneof=km mi"`        // "" follows the Alexa device
	// LocationPIN asks for the voice PIN before it is said where a car is.
	LocationPIN bool
	// Nicknames are what the owner calls a car instead of its name in the cloud, by vehicle id.
	Nicknames map[string]string `validate:"max=100,dive,keys,max=256,printascii,endkeys,min=1,max=60"`
	// Greeted is set once the owner has heard the first welcome.
	Greeted bool
}

// Accounts keeps accounts. All methods are safe for concurrent use by any number of goroutines, refuse an
// owner that [CheckOwner] refuses, return the context's error if it is over before they begin, and see
// every write that finished before they began.
//
// A conditional write takes the revision the caller has seen. It succeeds if the account is still there,
// and then raises the revision by one; if not, it changes nothing and returns ErrConflict, wrapped or not.
// Revision 0 is that of an account that does not exist, so writing at 0 creates it. What would make an item
// larger than an engine keeps is ErrInvalid. After any error other than ErrConflict and ErrInvalid the write
// may or may not have happened.
type Accounts interface {
	// Account reads an account with one read. A missing one is zero but for its Owner, without error.
	Account(ctx context.Context, owner string) (Account, error)
	// SavePreferences writes the preferences and leaves the PIN as it is. Those that
	// [Preferences.Validate] refuses are ErrInvalid.
	SavePreferences(ctx context.Context, owner string, seen pin.Revision, p Preferences) error
	// SaveUsers writes who has linked the account and leaves the rest as it is. More than MaxUsers, an id that
	// [CheckUser] refuses, or one that stands twice is ErrInvalid.
	SaveUsers(ctx context.Context, owner string, seen pin.Revision, users []string) error
	// Erase forgets everything about the owner but the revision, which goes on counting for KeepErased: whoever
	// has read the account before must not be able to write it back. An account that does not exist is not made.
	Erase(ctx context.Context, owner string, seen pin.Revision) error
	// The ledger reads the PIN and writes it, leaving the rest as it is.
	pin.Ledger
}

// Store is everything that is kept; each engine is one. It is closed by whoever opened it.
type Store interface {
	Accounts
	Users
	Inbox
}

// CheckOwner refuses, with ErrInvalid, an owner id that some engine could not key an item by: an empty
// one, one longer than MaxOwner bytes, and one that is not UTF-8.
func CheckOwner(owner string) error {
	switch {
	case owner == "":
		return fmt.Errorf("owner id is empty: %w", ErrInvalid)
	case len(owner) > MaxOwner:
		return fmt.Errorf("owner id is longer than %d bytes: %w", MaxOwner, ErrInvalid)
	case !utf8.ValidString(owner):
		return fmt.Errorf("owner id is not UTF-8: %w", ErrInvalid)
	}
	return nil
}

// validate is made once, because it caches what it learns of a type; it is safe for concurrent use.
var validate = sync.OnceValue(func() *validator.Validate {
	return validator.New(validator.WithRequiredStructEnabled())
})

// Validate refuses, with ErrInvalid, a pressure unit we cannot speak and a car id that cannot be one. It
// names the fields and not their values.
func (p Preferences) Validate() error {
	err := validate().Struct(p)
	if err == nil {
		return nil
	}
	wrong, _ := errors.AsType[validator.ValidationErrors](err)
	var fields []string
	for _, w := range wrong {
		fields = append(fields, w.Field())
	}
	return fmt.Errorf("preferences %v: %w", fields, ErrInvalid)
}
