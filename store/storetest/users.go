package storetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/store"
)

const user = "amzn1.ask.account.AE"

// RunUsers proves that a store keeps the contract of [store.Users].
func RunUsers(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Store, *clock)
	}{
		{"a user is read as it was written", userRoundTrip},
		{"a stale user changes nothing", userStale},
		{"one of a hundred writers wins", userOneWins},
		{"users that cannot be", badUsers},
		{"an expired user is a missing one", userExpires},
		{"users, owners and messages are kept apart", kindsApart},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := new(clock)
			c.test(t, open(t, at.now), at)
		})
	}
}

// somebody is a user with everything set, some of it in another zone.
func somebody() store.User {
	return store.User{
		ID: user, Owner: owner, Region: "eu", Subscribed: true,
		LinkedAt: when, EnabledAt: when.Add(-time.Minute).In(time.FixedZone("", 3600)), DisabledAt: when.Add(time.Minute),
		SubscribedAt: when.Add(time.Hour), ExpiresAt: when.Add(30 * 24 * time.Hour),
	}
}

func userRoundTrip(t *testing.T, s store.Store, _ *clock) {
	wantUser(t, s, store.User{ID: user})
	u := somebody()
	mustSaveUser(t, s, u)
	u.Revision = 1
	wantUser(t, s, u)
	bare := store.User{ID: user, Revision: 1}
	mustSaveUser(t, s, bare)
	bare.Revision = 2
	wantUser(t, s, bare)
	long := somebody()
	long.ID, long.Owner = strings.Repeat("\U0001F697", store.MaxUser/4), strings.Repeat("\"", store.MaxOwner)
	mustSaveUser(t, s, long)
	long.Revision = 1
	wantUser(t, s, long)
}

func userStale(t *testing.T, s store.Store, _ *clock) {
	u := somebody()
	u.Revision = 1
	if err := s.SaveUser(t.Context(), u); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save at 1 of a missing user: %v, want ErrConflict", err)
	}
	u.Revision = 0
	mustSaveUser(t, s, u)
	if err := s.SaveUser(t.Context(), store.User{ID: user}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save at 0 of a user at 1: %v, want ErrConflict", err)
	}
	u.Revision = 1
	wantUser(t, s, u)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.User(over, user)
	if saveErr := s.SaveUser(over, u); !errors.Is(err, context.Canceled) || !errors.Is(saveErr, context.Canceled) {
		t.Errorf("with a context that is over: read %v, save %v, want context.Canceled", err, saveErr)
	}
	wantUser(t, s, u)
}

func userOneWins(t *testing.T, s store.Store, _ *clock) {
	var won atomic.Int64
	together(crowd, func(i int) {
		u := somebody()
		u.LinkedAt = when.Add(time.Duration(i) * time.Second)
		err := s.SaveUser(t.Context(), u)
		if err == nil {
			won.Add(1)
		} else if !errors.Is(err, store.ErrConflict) {
			t.Errorf("save %d: %v", i, err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d of %d writers won, want 1", won.Load(), crowd)
	}
}

func badUsers(t *testing.T, s store.Store, _ *clock) {
	for _, id := range []string{"", strings.Repeat("x", store.MaxUser+1), "\xff"} {
		_, err := s.User(t.Context(), id)
		if saveErr := s.SaveUser(t.Context(), store.User{ID: id}); !errors.Is(err, store.ErrInvalid) || !errors.Is(saveErr, store.ErrInvalid) {
			t.Errorf("user %.10q: read %v, save %v, want ErrInvalid", id, err, saveErr)
		}
	}
	for name, u := range map[string]store.User{
		"region": {ID: user, Region: "cn"}, "owner": {ID: user, Owner: strings.Repeat("x", store.MaxOwner+1)},
		"year": {ID: user, LinkedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := s.SaveUser(t.Context(), u); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	wantUser(t, s, store.User{ID: user})
}

func userExpires(t *testing.T, s store.Store, c *clock) {
	u := somebody()
	mustSaveUser(t, s, u)
	other := store.User{ID: "another", ExpiresAt: u.ExpiresAt}
	mustSaveUser(t, s, other)
	c.pass(30*24*time.Hour - time.Second)
	other = store.User{ID: "another", Revision: 1}
	mustSaveUser(t, s, other) // no longer expires
	u.Revision = 1
	wantUser(t, s, u)
	c.pass(2 * time.Second) // an engine may be late by less than a second
	wantUser(t, s, store.User{ID: user})
	other.Revision = 2
	wantUser(t, s, other)
	if err := s.SaveUser(t.Context(), u); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save at 1 of an expired user: %v, want ErrConflict", err)
	}
	fresh := store.User{ID: user, Region: "na", EnabledAt: c.now()}
	mustSaveUser(t, s, fresh)
	fresh.Revision = 1
	c.pass(1000 * time.Hour)
	wantUser(t, s, fresh)
}

// kindsApart gives one id to an owner, a user and a message.
func kindsApart(t *testing.T, s store.Store, _ *clock) {
	mustSwap(t, s, user, 0, record)
	mustSaveUser(t, s, store.User{ID: user, Region: "fe"})
	mustClaim(t, s, user, store.Yours)
	wantAccount(t, s, store.Account{Owner: user, Revision: 1, PIN: record})
	wantUser(t, s, store.User{ID: user, Revision: 1, Region: "fe"})
}

func mustSaveUser(t *testing.T, s store.Users, u store.User) {
	t.Helper()
	if err := s.SaveUser(t.Context(), u); err != nil {
		t.Fatalf("save user %.20q at %d: %v", u.ID, u.Revision, err)
	}
}

func wantUser(t *testing.T, s store.Users, want store.User) {
	t.Helper()
	got, err := s.User(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("read user %.20q: %v", want.ID, err)
	}
	for _, at := range []*time.Time{&want.LinkedAt, &want.EnabledAt, &want.DisabledAt, &want.SubscribedAt, &want.ExpiresAt} {
		*at = at.UTC()
	}
	if got != want {
		t.Errorf("user %+v, want %+v", got, want)
	}
}
