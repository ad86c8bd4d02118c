// Package linked keeps the map from Alexa users to the owners they are linked to, from the events that Alexa sends about a
// skill: enabled, disabled, account linked, permissions and subscriptions changed.
//
// Alexa sends an event at least once and in any order. Each event says when it was made, and each fact about a user
// is of the newest event of its kind, so that the same events end in the same state however they come. What a turn needs
// is in its token; this map is for word to the owner alone (owner/word), which has no token.
//
// The PIN, its lock and the preferences belong to the linked account and are not touched here
// (docs/decisions/0015-disabling-keeps-the-lock.md). The neighbors are package skill, whose Config.Events this is,
// package store, and the dongle cloud.
package linked

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Accounts is what of [store.Accounts] is needed: an account's list of users.
type Accounts interface {
	Account(ctx context.Context, owner string) (store.Account, error)
	SaveUsers(ctx context.Context, owner string, seen pin.Revision, users []string) error
}

// Cloud tells whose a token is, and ends it. A token that the cloud does not know is vehicle.NotLinked.
type Cloud interface {
	Owner(ctx context.Context, token vehicle.Token) (vehicle.Owner, error)
	Revoke(ctx context.Context, token vehicle.Token) error
}

// Options are what Links are made of; all fields are required.
type Options struct {
	Users    store.Users
	Accounts Accounts
	Cloud    Cloud
	Log      *slog.Logger
}

// Links keeps the map. It is safe for concurrent use, by any number of processes on one store.
type Links struct{ options Options }

// New makes Links.
func New(o Options) (*Links, error) {
	if o.Users == nil || o.Accounts == nil || o.Cloud == nil || o.Log == nil {
		return nil, errors.New("linked: users, accounts, a cloud and a log are needed")
	}
	return &Links{o}, nil
}

// attempts is how often an event is begun anew because somebody else wrote meanwhile.
const attempts = 5

// Event does what a skill event says. It is idempotent. After an error Alexa sends the event again, so there is one only
// where that helps: an event without a user, or with a token that is of no use any more, is dealt with.
func (l *Links) Event(ctx context.Context, r *skill.Request) error {
	id := r.Context.System.User.UserID
	c, ok := read(r)
	if err := store.CheckUser(id); err != nil || !ok {
		l.options.Log.WarnContext(ctx, "skill event left out", "type", r.Body.Type, "request", r.Body.RequestID, "error", err)
		return nil
	}
	for range attempts {
		u, settled, err := l.write(ctx, id, &c)
		if err != nil {
			return fmt.Errorf("keep link: %w", err)
		}
		if settled {
			return l.unlink(ctx, r, c, u)
		}
	}
	return fmt.Errorf("keep link: %w", store.ErrConflict)
}

// write applies a change once. The account's list is written while the user is known not to have changed; settled is
// false if somebody else wrote meanwhile, and then all of it must be done again.
func (l *Links) write(ctx context.Context, id string, c *change) (u store.User, settled bool, err error) {
	if u, err = l.options.Users.User(ctx, id); err != nil {
		return u, false, err
	}
	if c.kind == linkedTo && c.owner == "" && c.at.After(u.LinkedAt) {
		known, err := l.ask(ctx, c)
		if err != nil || !known {
			return u, err == nil, err
		}
	}
	next := c.apply(u)
	if u.Owner != "" && u.Owner != next.Owner {
		if err := l.list(ctx, u.Owner, id, false, c.at); err != nil {
			return u, false, err
		}
	}
	if next != u {
		if err := l.options.Users.SaveUser(ctx, next); err != nil {
			if errors.Is(err, store.ErrConflict) {
				return u, false, nil
			}
			return u, false, err
		}
		next.Revision++
	}
	if next.Owner != "" {
		if err := l.list(ctx, next.Owner, id, active(next), c.at); err != nil {
			return u, false, err
		}
	}
	again, err := l.options.Users.User(ctx, id)
	// A user that is forgotten at once is missing already, and nobody else has written.
	return next, again.Revision == next.Revision || again.Revision == 0, err
}

// ask finds the owner of a new link; false if the token is of no use any more, so that there is nothing to link.
func (l *Links) ask(ctx context.Context, c *change) (known bool, err error) {
	owner, err := l.options.Cloud.Owner(ctx, c.token)
	if kind, _ := vehicle.KindOf(err); err != nil && kind == vehicle.NotLinked {
		l.options.Log.InfoContext(ctx, "account linked with a token that is of no use any more")
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whose account it is: %w", err)
	}
	if err := store.CheckOwner(owner.ID); err != nil {
		return false, fmt.Errorf("ask whose account it is: %w", err)
	}
	c.owner = owner.ID
	return true, nil
}

// list puts a user on the account's list, the newest last, or takes it from there. Whom the list has no room for is let go
// before it is written: nobody may belong to an owner who cannot find them to delete them.
func (l *Links) list(ctx context.Context, owner, id string, on bool, at time.Time) error {
	for range attempts {
		account, err := l.options.Accounts.Account(ctx, owner)
		if err != nil {
			return fmt.Errorf("list user: %w", err)
		}
		if slices.Contains(account.Users, id) == on {
			return nil
		}
		users := slices.DeleteFunc(slices.Clone(account.Users), func(other string) bool { return other == id })
		if on {
			users = append(users, id)
			most := max(0, len(users)-store.MaxUsers)
			for _, oldest := range users[:most] {
				if err := l.letGo(ctx, owner, oldest, at); err != nil {
					return fmt.Errorf("let the oldest user go: %w", err)
				}
			}
			users = users[most:]
		}
		err = l.options.Accounts.SaveUsers(ctx, owner, account.Revision, users)
		if err == nil || !errors.Is(err, store.ErrConflict) {
			if err != nil {
				err = fmt.Errorf("list user: %w", err)
			}
			return err
		}
	}
	return fmt.Errorf("list user: %w", store.ErrConflict)
}

// letGo takes the owner off a user, and what the user wanted to be told. The instants stay for a while, so that no event
// from before brings it back; linking the account again does.
func (l *Links) letGo(ctx context.Context, owner, id string, at time.Time) error {
	for range attempts {
		u, err := l.options.Users.User(ctx, id)
		if err != nil || u.Owner != owner {
			return err // linked to another account meanwhile, or to none
		}
		u.Owner, u.Subscribed, u.Region, u.ExpiresAt = "", false, "", at.Add(remembered)
		if err = l.options.Users.SaveUser(ctx, u); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// unlink ends the token that came with the event by which the user left (certification LINK-7). A user who has come back
// since has a new one, which an old event must not end.
func (l *Links) unlink(ctx context.Context, r *skill.Request, c change, u store.User) error {
	token := vehicle.Token(r.Context.System.User.AccessToken)
	if c.kind != disabled || token == "" || active(u) {
		return nil
	}
	err := l.options.Cloud.Revoke(ctx, token)
	if kind, _ := vehicle.KindOf(err); err != nil && kind != vehicle.NotLinked {
		return fmt.Errorf("unlink: %w", err)
	}
	return nil
}
