package storetest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

func users(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	mustSave(t, s, owner, 1, likes)
	mustSaveUsers(t, s, owner, 2, household)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 3, PIN: record, Preferences: likes, Users: household})
	if err := s.SaveUsers(t.Context(), owner, 2, nil); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save users at 2 of an account at 3: %v, want ErrConflict", err)
	}
	mustSwap(t, s, owner, 3, record)
	mustSave(t, s, owner, 4, likes)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 5, PIN: record, Preferences: likes, Users: household})
	mustSaveUsers(t, s, owner, 5, nil)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 6, PIN: record, Preferences: likes})
	mustSaveUsers(t, s, "owner-2", 0, household)
	wantAccount(t, s, store.Account{Owner: "owner-2", Revision: 1, Users: household})
}

// crowded are as many users as an account remembers, each as long as can be.
func crowded() []string {
	var ids []string
	for i := range store.MaxUsers {
		ids = append(ids, strconv.Itoa(i)+strings.Repeat("<", store.MaxUser-1))
	}
	return ids
}

func invalidUsers(t *testing.T, s store.Accounts) {
	mustSaveUsers(t, s, owner, 0, household)
	for name, ids := range map[string][]string{
		"too many": append(crowded(), "one more"), "empty": {"a", ""}, "too long": {strings.Repeat("x", store.MaxUser+1)},
		"twice": {"a", "b", "a"}, "not UTF-8": {"\xff"},
	} {
		if err := s.SaveUsers(t.Context(), owner, 1, ids); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 1, Users: household})
}

func tooLarge(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	hostile := store.Preferences{Nicknames: map[string]string{}}
	for i := range 100 {
		hostile.Nicknames[strconv.Itoa(i)] = strings.Repeat("\x01", 60)
		hostile.Nicknames[strconv.Itoa(i)+strings.Repeat("\\", 253)] = "x"
	}
	for name, err := range map[string]error{
		"hash":      s.SwapPIN(t.Context(), owner, 1, pin.Record{Hash: strings.Repeat("h", 64<<10)}),
		"year":      s.SwapPIN(t.Context(), owner, 1, pin.Record{SetAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
		"nicknames": s.SavePreferences(t.Context(), owner, 1, hostile),
	} {
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 1, PIN: record})
}

func largest(t *testing.T, s store.Accounts) {
	big := store.Preferences{DefaultCar: strings.Repeat("&", 256), Nicknames: map[string]string{}}
	for i := range 100 {
		big.Nicknames[strings.Repeat("&", 253)+strconv.Itoa(100+i)] = strings.Repeat("🚗", 60)
	}
	mustSave(t, s, owner, 0, big)
	mustSaveUsers(t, s, owner, 1, crowded())
	long := pin.Record{Hash: strings.Repeat("h", 1024), Failures: 3, LockedAt: when, SetAt: when}
	mustSwap(t, s, owner, 2, long)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 3, PIN: long, Preferences: big, Users: crowded()})
}

func erased(t *testing.T, s store.Accounts) {
	mustSwap(t, s, owner, 0, record)
	mustSave(t, s, owner, 1, likes)
	mustSaveUsers(t, s, owner, 2, household)
	if err := s.Erase(t.Context(), owner, 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("erase at 2 of an account at 3: %v, want ErrConflict", err)
	}
	if err := s.Erase(t.Context(), owner, 0); !errors.Is(err, store.ErrConflict) {
		t.Errorf("erase at 0 of an account at 3: %v, want ErrConflict", err)
	}
	wantAccount(t, s, store.Account{Owner: owner, Revision: 3, PIN: record, Preferences: likes, Users: household})
	mustErase(t, s, owner, 3)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 4})
	for _, seen := range []pin.Revision{0, 3} {
		if err := s.SwapPIN(t.Context(), owner, seen, record); !errors.Is(err, store.ErrConflict) {
			t.Errorf("swap at %d of an account erased at 4: %v, want ErrConflict", seen, err)
		}
	}
	mustErase(t, s, owner, 4)
	mustSave(t, s, owner, 5, likes)
	wantAccount(t, s, store.Account{Owner: owner, Revision: 6, Preferences: likes})
}

func erasedMissing(t *testing.T, s store.Accounts) {
	mustErase(t, s, owner, 0)
	wantAccount(t, s, store.Account{Owner: owner})
	mustSwap(t, s, owner, 0, record)
}

func tombstone(t *testing.T, s store.Accounts, c *clock) {
	for _, name := range []string{"gone", "back"} {
		mustSwap(t, s, name, 0, record)
		mustErase(t, s, name, 1)
	}
	c.pass(store.KeepErased - time.Second)
	wantAccount(t, s, store.Account{Owner: "gone", Revision: 2})
	mustSave(t, s, "back", 2, likes)
	c.pass(2 * time.Second)
	wantAccount(t, s, store.Account{Owner: "back", Revision: 3, Preferences: likes})
	wantAccount(t, s, store.Account{Owner: "gone"})
	if err := s.SwapPIN(t.Context(), "gone", 2, record); !errors.Is(err, store.ErrConflict) {
		t.Errorf("swap at 2 of a tombstone that is gone: %v, want ErrConflict", err)
	}
	if err := s.Erase(t.Context(), "gone", 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("erase at 2 of a tombstone that is gone: %v, want ErrConflict", err)
	}
	mustSaveUsers(t, s, "gone", 0, household)
	c.pass(2 * store.KeepErased)
	wantAccount(t, s, store.Account{Owner: "gone", Revision: 1, Users: slices.Clone(household)})
	wantAccount(t, s, store.Account{Owner: "back", Revision: 3, Preferences: likes})
}
