package embedded

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/storetest"
)

func TestConformance(t *testing.T) {
	open := func(t *testing.T, now func() time.Time) store.Store { return mustOpenAt(t, newPath(t), now) }
	storetest.Run(t, open)
	storetest.RunUsers(t, open)
	storetest.RunInbox(t, open)
	storetest.RunGuard(t, open)
}

// start is when the clock of these tests stands.
var start = time.Date(2031, 5, 6, 14, 0, 0, 0, time.UTC)

func now() time.Time { return start }

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "accounts.db") }

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	return mustOpenAt(t, path, now)
}

func mustOpenAt(t *testing.T, path string, now func() time.Time) *Store {
	t.Helper()
	s, err := Open(path, now)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// mustFill writes so many accounts that they take several pages, and closes the file.
func mustFill(t *testing.T, path string) {
	t.Helper()
	s, err := Open(path, now)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	for i := range 40 {
		r := pin.Record{Hash: strings.Repeat("h", 300), Failures: i % 3}
		if err := s.SwapPIN(t.Context(), owner(i), 0, r); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func owner(i int) string { return "owner-" + string(rune('A'+i)) }

func TestReopen(t *testing.T) {
	path := newPath(t)
	mustFill(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v, %v, want 0600", info.Mode(), err)
	}
	s := mustOpen(t, path)
	for i := range 40 {
		a, err := s.Account(t.Context(), owner(i))
		if err != nil || a.Revision != 1 || a.PIN.Failures != i%3 {
			t.Errorf("account %d after reopening: %+v, %v", i, a, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := s.Account(t.Context(), "a"); err == nil {
		t.Errorf("a closed store answers")
	}
}

func TestInUse(t *testing.T) {
	path := newPath(t)
	first := mustOpen(t, path)
	_, err := Open(path, now)
	if err == nil || !strings.Contains(err.Error(), "is in use by another trunkpass") || strings.Contains(err.Error(), "\n") {
		t.Errorf("second open: %v, want one line saying that it is in use", err)
	}
	if err := first.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	mustOpen(t, path)
}

func TestFilesThatAreNotOurs(t *testing.T) {
	another := filepath.Join(t.TempDir(), "another.db")
	db, err := bbolt.Open(another, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("cars"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(another)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"text":            []byte("PIN 4821\n"),
		"zeros":           make([]byte, 64<<10),
		"noise":           bytes.Repeat([]byte{0xde, 0xad, 0xbe, 0xef}, 16<<10),
		"another program": foreign,
	} {
		path := newPath(t)
		mustWrite(t, path, content)
		wantRefused(t, name, path, content)
	}
	if _, err := Open(t.TempDir(), now); err == nil {
		t.Error("a directory was opened")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "accounts.db"), now); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a missing directory: %v, want os.ErrNotExist", err)
	}
}

// An empty file is what is left of a first start that was killed at once.
func TestEmptyFileIsNew(t *testing.T) {
	path := newPath(t)
	mustWrite(t, path, nil)
	s := mustOpen(t, path)
	if err := s.SwapPIN(t.Context(), "a", 0, pin.Record{}); err != nil {
		t.Errorf("write: %v", err)
	}
}

func TestTruncated(t *testing.T) {
	path := newPath(t)
	mustFill(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 100, os.Getpagesize(), 2 * os.Getpagesize(), 3 * os.Getpagesize()} {
		cut := newPath(t)
		mustWrite(t, cut, whole[:size])
		if s, err := Open(cut, now); err == nil {
			wantUnreadable(t, s)
		}
		if got, err := os.ReadFile(cut); err != nil || !bytes.Equal(got, whole[:size]) {
			t.Errorf("cut to %d bytes: the file was changed (%v)", size, err)
		}
	}
}

// wantUnreadable reads all of mustFill's accounts from a file known to be incomplete.
func wantUnreadable(t *testing.T, s *Store) {
	t.Helper()
	var failed error
	for i := range 40 {
		if _, err := s.Account(t.Context(), owner(i)); err != nil {
			failed = err
		}
	}
	if failed == nil {
		t.Error("all accounts were read from an incomplete file")
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// Whichever page is overwritten, opening, reading, writing and closing end, in an answer or an error.
func TestDamagedPages(t *testing.T) {
	path := newPath(t)
	mustFill(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	refused := 0
	for at := 0; at+page <= len(whole); at += page {
		for _, fill := range []byte{0x00, 0xff, 0x01} {
			broken := bytes.Clone(whole)
			copy(broken[at:], bytes.Repeat([]byte{fill}, page))
			path := newPath(t)
			mustWrite(t, path, broken)
			if useAll(t, path) != nil {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was ever noticed")
	}
}

// useAll opens a file, does everything with it and returns the errors.
func useAll(t *testing.T, path string) error {
	t.Helper()
	s, err := Open(path, now)
	if err != nil {
		return err
	}
	var errs []error
	for i := range 40 {
		a, err := s.Account(t.Context(), owner(i))
		errs = append(errs, err, s.SwapPIN(t.Context(), owner(i), a.Revision, a.PIN))
	}
	return errors.Join(append(errs, s.Close())...)
}

// A write whose context ends while it waits for its turn does not happen.
func TestContextEndsWhileWaiting(t *testing.T) {
	s := mustOpen(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	if err := s.db.Update(func(*bbolt.Tx) error {
		go func() { result <- s.SwapPIN(ctx, "a", 0, pin.Record{}) }()
		cancel()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v, want context.Canceled", err)
	}
	if a, err := s.Account(t.Context(), "a"); err != nil || a.Revision != 0 {
		t.Errorf("account %+v, %v, want none", a, err)
	}
}

func mustWrite(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantRefused(t *testing.T, name, path string, content []byte) {
	t.Helper()
	if _, err := Open(path, now); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v, want an error of one line", name, err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%s: the file was changed (%v)", name, err)
	}
}
