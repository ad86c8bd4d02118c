package embedded

import (
	"bytes"
	"os"
	"strconv"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// kept counts what a bucket holds.
func kept(t *testing.T, s *Store, bucket []byte) (n int) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(bucket).Stats().KeyN
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// mustFillExpiring leaves a tombstone, a user that expires, one that does not any more, and so many settled messages.
func mustFillExpiring(t *testing.T, s *Store, messages int) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SwapPIN(t.Context(), "gone", 0, pin.Record{Hash: "h"}))
	must(s.Erase(t.Context(), "gone", 1))
	must(s.SwapPIN(t.Context(), "stays", 0, pin.Record{Hash: "h"}))
	must(s.SaveUser(t.Context(), store.User{ID: "gone", ExpiresAt: start.Add(time.Hour)}))
	must(s.SaveUser(t.Context(), store.User{ID: "stays", ExpiresAt: start.Add(time.Hour)}))
	must(s.SaveUser(t.Context(), store.User{ID: "stays", Revision: 1}))
	for i := range messages {
		must(s.Finish(t.Context(), "m"+strconv.Itoa(i)))
	}
}

func TestOpenForgetsWhatIsOver(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	mustFillExpiring(t, s, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpenAt(t, path, func() time.Time { return start.Add(2 * store.KeepErased) })
	for name, tt := range map[string]struct {
		bucket []byte
		want   int
	}{"accounts": {accountsBucket, 1}, "users": {usersBucket, 1}, "messages": {inboxBucket, 0}, "entries": {expiryBucket, 0}} {
		if got := kept(t, s, tt.bucket); got != tt.want {
			t.Errorf("%d %s are kept, want %d", got, name, tt.want)
		}
	}
	if a, err := s.Account(t.Context(), "stays"); err != nil || a.Revision != 1 {
		t.Errorf("account that stays: %+v, %v", a, err)
	}
	if u, err := s.User(t.Context(), "stays"); err != nil || u.Revision != 2 {
		t.Errorf("user that stays: %+v, %v", u, err)
	}
}

// A write does a bounded share of forgetting, and so many writes do all of it.
func TestWritesForgetWhatIsOver(t *testing.T) {
	at := start
	s := mustOpenAt(t, newPath(t), func() time.Time { return at })
	mustFillExpiring(t, s, 20)
	at = start.Add(store.KeepSettled)
	for i, want := range []int{14, 6, 0} { // eight entries each; the first two are users
		if err := s.SwapPIN(t.Context(), "writes", pin.Revision(i), pin.Record{}); err != nil {
			t.Fatal(err)
		}
		if got := kept(t, s, inboxBucket); got != want {
			t.Errorf("after %d writes %d messages are kept, want %d", i+1, got, want)
		}
	}
	if got := kept(t, s, accountsBucket); got != 3 {
		t.Errorf("%d accounts are kept, want 3: the tombstone has time", got)
	}
}

// A file that has nothing to forget is not written to.
func TestOpenLeavesTheFile(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	mustFillExpiring(t, s, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("opening has changed the file (%v)", err)
	}
}

// A file of format 1 has accounts alone. It is read, and written on.
func TestFormat1(t *testing.T) {
	path := newPath(t)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		accounts, err := tx.CreateBucket(accountsBucket)
		if err != nil {
			return err
		}
		return accounts.Put([]byte("demo"), []byte(`{"format":1,"revision":7,"pin":{"hash":"$argon2id$x","failures":2,`+
			`"set_at":"2031-05-06T14:00:00Z"},"preferences":{"pressure_unit":"bar","nicknames":{"golf":"red one"}}}`))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path)
	if err := s.SaveUsers(t.Context(), "demo", 7, []string{"u"}); err != nil {
		t.Fatalf("save users: %v", err)
	}
	a, err := s.Account(t.Context(), "demo")
	if err != nil || a.Revision != 8 || a.PIN.Hash != "$argon2id$x" || a.PIN.Failures != 2 || !a.PIN.SetAt.Equal(start) ||
		a.Preferences.PressureUnit != "bar" || a.Preferences.Nicknames["golf"] != "red one" || len(a.Users) != 1 {
		t.Errorf("account %+v, %v", a, err)
	}
	if claim, err := s.Claim(t.Context(), "m", time.Minute); err != nil || claim != store.Yours {
		t.Errorf("claim: %q, %v", claim, err)
	}
}

// An entry that is none of ours, or speaks of an item that cannot be read, is passed over and harms nothing.
func TestStrangeEntries(t *testing.T) {
	s := mustOpen(t, newPath(t))
	mustPut(t, s, usersBucket, "newer", `{"format":9,"expires_at":"2001-01-01T00:00:00Z"}`)
	mustPut(t, s, usersBucket, "damaged", `{"format`)
	past := start.Add(-time.Hour)
	for _, key := range [][]byte{
		{0}, expiryKey(past, []byte("cars"), "x"), expiryKey(past, usersBucket, ""), expiryKey(past, usersBucket, "nobody"),
		expiryKey(past, usersBucket, "newer"), expiryKey(past, usersBucket, "damaged"),
	} {
		mustPut(t, s, expiryBucket, string(key), "")
	}
	if err := s.SwapPIN(t.Context(), "a", 0, pin.Record{}); err != nil {
		t.Fatal(err)
	}
	if users, entries := kept(t, s, usersBucket), kept(t, s, expiryBucket); users != 2 || entries != 0 {
		t.Errorf("%d users and %d entries are kept, want 2 and none", users, entries)
	}
}
