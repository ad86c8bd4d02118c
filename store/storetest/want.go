package storetest

import (
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// together runs n calls that start at once and waits for all.
func together(n int, call func(i int)) {
	var begin, done sync.WaitGroup
	begin.Add(1)
	for i := range n {
		done.Go(func() {
			begin.Wait()
			call(i)
		})
	}
	begin.Done()
	done.Wait()
}

func mustSwap(t *testing.T, s store.Accounts, owner string, seen pin.Revision, r pin.Record) {
	t.Helper()
	if err := s.SwapPIN(t.Context(), owner, seen, r); err != nil {
		t.Fatalf("swap PIN of %.20q at %d: %v", owner, seen, err)
	}
}

func mustSave(t *testing.T, s store.Accounts, owner string, seen pin.Revision, p store.Preferences) {
	t.Helper()
	if err := s.SavePreferences(t.Context(), owner, seen, p); err != nil {
		t.Fatalf("save preferences of %.20q at %d: %v", owner, seen, err)
	}
}

func wantAccount(t *testing.T, s store.Accounts, want store.Account) {
	t.Helper()
	got, err := s.Account(t.Context(), want.Owner)
	if err != nil {
		t.Fatalf("read account of %.20q: %v", want.Owner, err)
	}
	if got.Owner != want.Owner || got.Revision != want.Revision || !reflect.DeepEqual(got.Preferences, want.Preferences) ||
		!slices.Equal(got.Users, want.Users) || !sameRecord(got.PIN, want.PIN) {
		t.Errorf("account %+v, want %+v", got, want)
	}
}

// sameRecord compares instants, not how a store spells them.
func sameRecord(a, b pin.Record) bool {
	return a.Hash == b.Hash && a.Failures == b.Failures && a.LockedAt.Equal(b.LockedAt) && a.SetAt.Equal(b.SetAt)
}

func mustErase(t *testing.T, s store.Accounts, owner string, seen pin.Revision) {
	t.Helper()
	if err := s.Erase(t.Context(), owner, seen); err != nil {
		t.Fatalf("erase %.20q at %d: %v", owner, seen, err)
	}
}

func mustSaveUsers(t *testing.T, s store.Accounts, owner string, seen pin.Revision, users []string) {
	t.Helper()
	if err := s.SaveUsers(t.Context(), owner, seen, users); err != nil {
		t.Fatalf("save users of %.20q at %d: %v", owner, seen, err)
	}
}
