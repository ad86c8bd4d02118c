package garage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func openAt(t *testing.T, path string) (*Garage, error) {
	t.Helper()
	c := &clock{now: twoPM}
	return Open(t.Context(), Options{Path: path, Now: c.Now})
}

func TestDataInUse(t *testing.T) {
	w := openWorld(t)
	begin := time.Now()
	_, err := openAt(t, w.path)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "in use by another trunkpass") {
		t.Errorf("got %v, want that the data is in use", err)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %s to notice", took)
	}
	w.grant("intention-1") // the first garage does not mind
}

func TestDamagedDataIsLeftAlone(t *testing.T) {
	w := openWorld(t)
	w.arrive("intention-1")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	broken := bytes.ReplaceAll(good, []byte(`"Name":"Golf"`), []byte(`"Name"~"Golf"`))
	zeroed := bytes.Clone(good)
	clear(zeroed[2*page:])
	scrambled := bytes.Clone(good)
	for i := 2 * page; i < len(scrambled); i++ {
		scrambled[i] ^= 0xa5
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("accounts")); return err }), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	foreignText, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"text":             []byte("these are my notes\n"),
		"long text":        bytes.Repeat([]byte("notes "), page),
		"truncated":        good[:len(good)/2],
		"two pages":        good[:2*page],
		"half a page":      good[:page/2],
		"broken record":    broken,
		"zeroed":           zeroed,
		"scrambled":        scrambled,
		"another database": foreignText,
	} {
		path := filepath.Join(t.TempDir(), "garage.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		g, err := openAt(t, path)
		if err == nil {
			_ = g.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %q", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, text) {
			t.Errorf("%s: the file was touched, %v", name, err)
		}
	}
}

func TestDataIsPrivate(t *testing.T) {
	w := openWorld(t)
	info, err := os.Stat(w.path)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.Stat(filepath.Dir(w.path))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("file %s, folder %s", info.Mode(), folder.Mode())
	}
}

// TestCrashLosesNothing copies the data file after each answer, as a crash would leave it, and looks for what
// was answered.
func TestCrashLosesNothing(t *testing.T) {
	w := openWorld(t)
	for i, key := range []string{"intention-1", "intention-2", "intention-3"} {
		g := w.grant(key)
		text, err := os.ReadFile(w.path)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "garage.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		crashed := *w
		crashed.path = path
		crashed.open(Calm, 1)
		if lines := crashed.ledger(); len(lines) != i+1 {
			t.Errorf("after the crash the ledger is %q, want %d lines", lines, i+1)
		}
		if again := crashed.grant(key); again.ID != g.ID {
			t.Errorf("after the crash the key gives %s, before it %s", again.ID, g.ID)
		}
	}
}

func TestNoGarageForStrangers(t *testing.T) {
	c := &clock{now: twoPM}
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.com:80", "127.0.0.1", "nonsense"} {
		for _, o := range []Options{{Listen: address}, {ControlListen: address}} {
			o.Path, o.Now = filepath.Join(t.TempDir(), "garage.db"), c.Now
			g, err := Open(t.Context(), o)
			if err == nil {
				_ = g.Close()
				t.Errorf("listens on %q", address)
			}
			if _, err := os.Stat(o.Path); err == nil {
				t.Errorf("made a data file for %q", address)
			}
		}
	}
	if _, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "garage.db")}); err == nil {
		t.Error("a garage without a clock opens")
	}
}
