// Package storetest is the conformance suite of package store: an engine is one when it passes.
//
// A new engine calls [Run], [RunUsers], [RunInbox] and [RunGuard] from its own tests, each with a function that
// opens an empty store. The suite speaks to nothing but the port, so what it proves of one engine it proves of all.
package storetest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// Open gives an empty store that lives as long as the test and expires things by now, a clock that the suite moves.
type Open func(t *testing.T, now func() time.Time) store.Store

// clock is the time of one test.
type clock struct{ past atomic.Int64 }

func (c *clock) now() time.Time       { return when.Add(time.Duration(c.past.Load())) }
func (c *clock) pass(d time.Duration) { c.past.Add(int64(d)) }

// Run proves that a store keeps the contract of [store.Accounts].
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Accounts)
	}{
		{"an account that does not exist", missing},
		{"what is written is read", roundTrip},
		{"a stale revision changes nothing", stale},
		{"PIN and preferences leave each other alone", apart},
		{"invalid preferences change nothing", invalidPreferences},
		{"owners of all kinds are kept apart", owners},
		{"owners that cannot be keys", badOwners},
		{"one of a hundred swaps wins", oneWins},
		{"no parallel write is lost", noneLost},
		{"a context that is over", contextOver},
		{"users are a part of their own", users},
		{"invalid users change nothing", invalidUsers},
		{"what is too large changes nothing", tooLarge},
		{"the largest account there can be", largest},
		{"what is erased is gone and cannot be written back", erased},
		{"a missing account is erased without a trace", erasedMissing},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t, new(clock).now)) })
	}
	t.Run("a tombstone goes after a while", func(t *testing.T) {
		c := new(clock)
		tombstone(t, open(t, c.now), c)
	})
}

const owner = "owner-1"

// hash stands for a stored hash; to a store it is only text.
const hash = "$argon2id$v=19$m=19456,t=2,p=1,keyid=a2V5aWQw$c2FsdA$ZGlnZXN0"

var (
	when   = time.Date(2031, 5, 6, 14, 0, 0, 123456789, time.UTC)
	record = pin.Record{Hash: hash, Failures: 3, LockedAt: when, SetAt: when.Add(-time.Hour)}
	likes  = store.Preferences{PressureUnit: "bar", DefaultCar: "golf", DistanceUnit: "km", LocationPIN: true, Nicknames: map[string]string{"golf": "the red one"}, Greeted: true}

	household = []string{"amzn1.ask.account.AE", "amzn1.ask.account.AF"}
)

func missing(t *testing.T, s store.Accounts) {
	wantAccount(t, s, store.Account{Owner: owner})
	if r, seen, err := s.PIN(t.Context(), owner); err != nil || seen != 0 || r != (pin.Record{}) {
		t.Errorf("PIN of a missing account: %v at %d, %v, want none at 0", r, seen, err)
	}
	for name, err := range map[string]error{
		"swap":  s.SwapPIN(t.Context(), owner, 1, record),
		"prefs": s.SavePreferences(t.Context(), owner, 1, likes),
		"users": s.SaveUsers(t.Context(), owner, 1, household),
		"erase": s.Erase(t.Context(), owner, 1),
	} {
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s at revision 1 of a missing account: %v, want ErrConflict", name, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner})
}

func roundTrip(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 1, PIN: record})
	mustSave(t, s, owner, 1, likes)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 2, PIN: record, Preferences: likes})
	r, seen, err := s.PIN(t.Context(), owner)
	if err != nil || seen != 2 || !sameRecord(r, record) {
		t.Errorf("PIN %v at %d, %v, want %v at 2", r, seen, err, record)
	}
	// A time in another zone is the same instant; a record may be written again as it is.
	elsewhere := record
	elsewhere.LockedAt = when.In(time.FixedZone("", -7*3600))
	mustSwap(t, s, owner, 2, elsewhere)
	mustSwap(t, s, owner, 3, elsewhere)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 4, PIN: record, Preferences: likes})
	mustSwap(t, s, owner, 4, pin.Record{})
	mustSave(t, s, owner, 5, store.Preferences{})
	wantAccount(t, s, store.Account{Owner: owner, Revision: 6})
}

func stale(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	mustSave(t, s, owner, 1, likes)
	for _, seen := range []pin.Revision{0, 1, 3, 1 << 40} {
		if err := s.SwapPIN(t.Context(), owner, seen, pin.Record{}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("swap at %d of an account at 2: %v, want ErrConflict", seen, err)
		}
		err := s.SavePreferences(t.Context(), owner, seen, store.Preferences{})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("save at %d of an account at 2: %v, want ErrConflict", seen, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 2, PIN: record, Preferences: likes})
}

func apart(t *testing.T, s store.Accounts) {
	mustSave(t, s, owner, 0, likes)
	mustSwap(t, s, owner, 1, record)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 2, PIN: record, Preferences: likes})
	other := store.Preferences{PressureUnit: "psi"}
	mustSave(t, s, owner, 2, other)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 3, PIN: record, Preferences: other})
	counted := record
	counted.Failures, counted.LockedAt = 1, time.Time{}
	mustSwap(t, s, owner, 3, counted)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 4, PIN: counted, Preferences: other})
}

func invalidPreferences(t *testing.T, s store.Accounts) {
	mustSave(t, s, owner, 0, likes)
	for _, p := range []store.Preferences{{PressureUnit: "atm"}, {DistanceUnit: "league"}, {Nicknames: map[string]string{"golf": ""}}, {DefaultCar: strings.Repeat("x", 1000)}} {
		if err := s.SavePreferences(t.Context(), owner, 1, p); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("save %.40v: %v, want ErrInvalid", p, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 1, Preferences: likes})
}

func owners(t *testing.T, s store.Accounts) {
	names := []string{
		"a", "A", "a ", " a", "a\x00", "a\x00b", "a/b", "a#b", "a|b", "../a", "%61", "\"a\"", "{}", "\n",
		"amzn1.ask.account.AE", "é", "e\u0301", "日本", "🚗", strings.Repeat("x", store.MaxOwner),
		strings.Repeat("x", store.MaxOwner-1),
	}
	for i, name := range names {
		mustSwap(t, s, name, 0, pin.Record{Hash: hash, Failures: i})
	}
	for i, name := range names {
		wantAccount(t, s, store.Account{Owner: name, Revision: 1, PIN: pin.Record{Hash: hash, Failures: i}})
	}
}

func badOwners(t *testing.T, s store.Accounts) {
	for _, name := range []string{"", strings.Repeat("x", store.MaxOwner+1), "\xff\xfe"} {
		_, readErr := s.Account(t.Context(), name)
		_, _, pinErr := s.PIN(t.Context(), name)
		for op, err := range map[string]error{
			"account": readErr,
			"pin":     pinErr,
			"swap":    s.SwapPIN(t.Context(), name, 0, record),
			"save":    s.SavePreferences(t.Context(), name, 0, likes),
			"users":   s.SaveUsers(t.Context(), name, 0, household),
			"erase":   s.Erase(t.Context(), name, 0),
			"erase 1": s.Erase(t.Context(), name, 1),
		} {
			if !errors.Is(err, store.ErrInvalid) {
				t.Errorf("%s of owner %.10q: %v, want ErrInvalid", op, name, err)
			}
		}
	}
}

const crowd = 100

func oneWins(t *testing.T, s store.Accounts) {
	mustSave(t, s, owner, 0, likes)
	won := make([]bool, crowd)
	together(crowd, func(i int) {
		err := s.SwapPIN(t.Context(), owner, 1, pin.Record{Hash: hash, Failures: i})
		won[i] = err == nil
		if err != nil && !errors.Is(err, store.ErrConflict) {
			t.Errorf("swap %d: %v, want nil or ErrConflict", i, err)
		}
	})
	winner, wins := 0, 0
	for i, w := range won {
		if w {
			winner, wins = i, wins+1
		}
	}
	if wins != 1 {
		t.Fatalf("%d of %d swaps from one revision won, want 1", wins, crowd)
	}
	want := pin.Record{Hash: hash, Failures: winner}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 2, PIN: want, Preferences: likes})
}

// noneLost writes PINs and preferences against each other, each again until it is through.
func noneLost(t *testing.T, s store.Accounts) {
	const writers, writes = 8, 5
	together(writers, func(i int) {
		for range writes {
			for {
				a, err := s.Account(t.Context(), owner)
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				if i%2 == 0 {
					a.PIN.Failures++
					err = s.SwapPIN(t.Context(), owner, a.Revision, a.PIN)
				} else {
					a.Preferences.DefaultCar += "x"
					err = s.SavePreferences(t.Context(), owner, a.Revision, a.Preferences)
				}
				if err == nil {
					break
				}
				if !errors.Is(err, store.ErrConflict) {
					t.Errorf("write: %v", err)
					return
				}
			}
		}
	})
	wantAccount(t, s, store.Account{
		Owner: owner, Revision: writers * writes,
		PIN:         pin.Record{Failures: writers / 2 * writes},
		Preferences: store.Preferences{DefaultCar: strings.Repeat("x", writers/2*writes)},
	})
}

func contextOver(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, readErr := s.Account(over, owner)
	_, _, pinErr := s.PIN(over, owner)
	for op, err := range map[string]error{
		"account": readErr,
		"pin":     pinErr,
		"swap":    s.SwapPIN(over, owner, 1, pin.Record{}),
		"save":    s.SavePreferences(over, owner, 1, likes),
		"users":   s.SaveUsers(over, owner, 1, household),
		"erase":   s.Erase(over, owner, 1),
		"erase 0": s.Erase(over, owner, 0),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", op, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 1, PIN: record})
}
