package store

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill/pin"
)

// MaxUser is the longest id of an Alexa user in bytes (Alexa: 255 characters).
const MaxUser = 1024

// User is what is kept of one Alexa user. Alexa makes a new id each time somebody enables the skill, so nothing
// that must last is kept here.
//
// Alexa tells what happens to a user in events that come at least once and in any order. Each instant is the time
// at which Alexa made the newest event of its kind; an older event of that kind changes nothing.
type User struct {
	ID       string
	Revision pin.Revision // 0 as long as nothing was ever written
	Owner    string       // the account that is linked; empty for none
	Region   string       // where Alexa keeps the user: "na", "eu" or "fe"; empty if it was never told
	// Subscribed tells whether the user has asked for notifications.
	Subscribed bool

	LinkedAt     time.Time // UTC; Owner is of this time
	EnabledAt    time.Time // UTC
	DisabledAt   time.Time // UTC; once it is the newest of all, nothing is sent to this user
	SubscribedAt time.Time // UTC; Subscribed is of this time
	// ExpiresAt is when the engine forgets the user, revision and all; zero for never. Set when the skill is
	// disabled, late enough for events that are still under way.
	ExpiresAt time.Time
}

// Users keeps Alexa users, under the same rules as [Accounts].
type Users interface {
	// User reads a user with one read. A missing one, or one that has expired, is zero but for its ID.
	User(ctx context.Context, id string) (User, error)
	// SaveUser writes all of the user if it is still at u.Revision, and returns ErrConflict if not. One that
	// [User.Validate] refuses is ErrInvalid.
	SaveUser(ctx context.Context, u User) error
}

// CheckUser refuses, with ErrInvalid, an id that no engine could key an item by.
func CheckUser(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("user id is empty: %w", ErrInvalid)
	case len(id) > MaxUser:
		return fmt.Errorf("user id is longer than %d bytes: %w", MaxUser, ErrInvalid)
	case !utf8.ValidString(id):
		return fmt.Errorf("user id is not UTF-8: %w", ErrInvalid)
	}
	return nil
}

// CheckUsers refuses, with ErrInvalid, what an account cannot remember: more than MaxUsers, an id that [CheckUser]
// refuses, and one that stands twice.
func CheckUsers(users []string) error {
	if len(users) > MaxUsers {
		return fmt.Errorf("%d users, at most %d are remembered: %w", len(users), MaxUsers, ErrInvalid)
	}
	for i, id := range users {
		if err := CheckUser(id); err != nil {
			return err
		}
		if slices.Contains(users[:i], id) {
			return fmt.Errorf("user %d stands twice: %w", i, ErrInvalid)
		}
	}
	return nil
}

// Validate refuses, with ErrInvalid, an id, an owner or a region that cannot be one, and a time that cannot be
// written down. It quotes none of them.
func (u User) Validate() error {
	if err := CheckUser(u.ID); err != nil {
		return err
	}
	if u.Owner != "" {
		if err := CheckOwner(u.Owner); err != nil {
			return err
		}
	}
	if !slices.Contains([]string{"", "na", "eu", "fe"}, u.Region) {
		return fmt.Errorf("region of the user is none of Alexa's: %w", ErrInvalid)
	}
	for _, at := range []time.Time{u.LinkedAt, u.EnabledAt, u.DisabledAt, u.SubscribedAt, u.ExpiresAt} {
		if year := at.UTC().Year(); year < 1 || year > 9999 {
			return fmt.Errorf("user has a time of the year %d: %w", year, ErrInvalid)
		}
	}
	return nil
}
