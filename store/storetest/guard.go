package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

const (
	rightPIN pin.Code = "4821"
	wrongPIN pin.Code = "4822"
)

// RunGuard proves that PINs counted in a store stay counted: a hundred guesses at once, through guards
// that share nothing but the store, are given three answers and never a fourth.
func RunGuard(t *testing.T, open Open) {
	t.Run("a hundred guesses, three answers", func(t *testing.T) { neverAFourth(t, open(t, new(clock).now), nil) })
	t.Run("preferences saved meanwhile", func(t *testing.T) {
		s := open(t, new(clock).now)
		neverAFourth(t, s, func() {
			a, err := s.Account(t.Context(), owner)
			if err != nil {
				t.Errorf("read account: %v", err)
				return
			}
			a.Preferences.DefaultCar = "golf"
			// A conflict only means that a guess was faster.
			_ = s.SavePreferences(t.Context(), owner, a.Revision, a.Preferences)
		})
	})
}

func neverAFourth(t *testing.T, s store.Accounts, meanwhile func()) {
	guards := []*pin.Guard{guard(t, s), guard(t, s), guard(t, s)}
	if err := guards[0].Set(t.Context(), owner, rightPIN); err != nil {
		t.Fatalf("set PIN: %v", err)
	}
	var wrong, lockedNow, locked, busy atomic.Int64
	together(crowd, func(i int) {
		if meanwhile != nil && i%4 == 0 {
			meanwhile()
			return
		}
		v, err := guards[i%len(guards)].Check(t.Context(), owner, wrongPIN)
		switch {
		case err != nil:
			t.Errorf("guess %d: %v", i, err)
		case v.Result == pin.Wrong:
			wrong.Add(1)
		case v.Result == pin.LockedNow:
			lockedNow.Add(1)
		case v.Result == pin.Locked:
			locked.Add(1)
		case v.Result == pin.Busy:
			busy.Add(1)
		default:
			t.Errorf("guess %d: %+v", i, v)
		}
	})
	if wrong.Load() != pin.Strikes-1 || lockedNow.Load() != 1 {
		t.Errorf("%d wrong, %d lock now, %d locked, %d busy, want %d wrong and one lock",
			wrong.Load(), lockedNow.Load(), locked.Load(), busy.Load(), pin.Strikes-1)
	}
	for _, code := range []pin.Code{wrongPIN, rightPIN} {
		if v, err := guard(t, s).Check(t.Context(), owner, code); err != nil || v.Result != pin.Locked {
			t.Errorf("afterwards: %+v, %v, want locked", v, err)
		}
	}
	a, err := s.Account(t.Context(), owner)
	if err != nil || a.PIN.Failures != pin.Strikes || !a.PIN.LockedAt.Equal(when) {
		t.Errorf("account afterwards %+v, %v, want %d failures, locked at %v", a, err, pin.Strikes, when)
	}
}

// guard makes one of several processes that check PINs, with hashes that cost next to nothing.
func guard(t *testing.T, s store.Accounts) *pin.Guard {
	t.Helper()
	g, err := pin.NewGuard(pin.Options{
		Ledger: s,
		Pepper: []byte("thirty-two bytes for tests only!"),
		Now:    func() time.Time { return when },
		Cost:   pin.Cost{MemoryKiB: 8, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatalf("new guard: %v", err)
	}
	return g
}
