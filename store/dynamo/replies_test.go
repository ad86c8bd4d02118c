package dynamo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// writeOn moves an account on by so many revisions.
func writeOn(t *testing.T, s store.Store, times int) {
	t.Helper()
	for range times {
		a, err := s.Account(t.Context(), owner)
		if err == nil {
			err = s.SavePreferences(t.Context(), owner, a.Revision, store.Preferences{DefaultCar: "golf"})
		}
		if err != nil {
			t.Errorf("write on: %v", err)
		}
	}
}

// A write whose reply was lost knows itself again although others have written since, as long as there is room for
// its token; then nobody can tell, and it is no conflict.
func TestLostReplyOvertaken(t *testing.T) {
	for others, want := range map[int]pin.Revision{0: 2, 1: 3, 7: 9} {
		s, straight, w := newWired(t)
		prepare(t, straight)
		w.expect(lostWhile(func() { writeOn(t, straight, others) }))
		if err := s.SwapPIN(t.Context(), owner, 1, pin.Record{Hash: "h", Failures: 1}); err != nil {
			t.Errorf("overtaken %d times: %v", others, err)
		}
		if a, err := straight.Account(t.Context(), owner); err != nil || a.Revision != want || a.PIN.Failures != 1 {
			t.Errorf("overtaken %d times: %+v, %v, want revision %d and one failure", others, a, err, want)
		}
	}
	s, straight, w := newWired(t)
	prepare(t, straight)
	w.expect(lostWhile(func() { writeOn(t, straight, 8) }))
	err := s.SwapPIN(t.Context(), owner, 1, pin.Record{Hash: "h", Failures: 1})
	if err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("overtaken 8 times: %v, want an error that is no conflict", err)
	}
	w.expect()
	if err := s.SwapPIN(t.Context(), owner, 1, pin.Record{}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("far behind, at the first attempt: %v, want ErrConflict", err)
	}
}

// A write that never arrived and has been overtaken is a conflict.
func TestLostRequestOvertaken(t *testing.T) {
	s, straight, w := newWired(t)
	prepare(t, straight)
	w.expect(resetWhile(func() { writeOn(t, straight, 1) }))
	if err := s.SwapPIN(t.Context(), owner, 1, pin.Record{Hash: "h", Failures: 1}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("swap: %v, want ErrConflict", err)
	}
	if a, err := straight.Account(t.Context(), owner); err != nil || a.Revision != 2 || a.PIN.Failures != 0 {
		t.Errorf("account %+v, %v, want revision 2 and no failure", a, err)
	}
}

// However the replies get lost, three wrong PINs are three strikes and a right one is right.
func TestGuardLosesReplies(t *testing.T) {
	s, straight, w := newWired(t)
	guard, err := pin.NewGuard(pin.Options{
		Ledger: s, Pepper: []byte("thirty-two bytes for tests only!"), Now: clock,
		Cost: pin.Cost{MemoryKiB: 8, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.expect(lost, lost, lost)
	if err := guard.Set(t.Context(), owner, "4821"); err != nil {
		t.Fatalf("set: %v", err)
	}
	for i, want := range []struct {
		code pin.Code
		pin.Verdict
	}{
		{"4822", pin.Verdict{Result: pin.Wrong, Left: 2}}, {"4821", pin.Verdict{Result: pin.Right}},
		{"4822", pin.Verdict{Result: pin.Wrong, Left: 2}}, {"4822", pin.Verdict{Result: pin.Wrong, Left: 1}},
		{"4822", pin.Verdict{Result: pin.LockedNow}}, {"4821", pin.Verdict{Result: pin.Locked}},
	} {
		w.expect(pass, lost, lost)
		if got, err := guard.Check(t.Context(), owner, want.code); err != nil || got != want.Verdict {
			t.Errorf("answer %d: %+v, %v, want %+v", i, got, err, want.Verdict)
		}
	}
	a, err := straight.Account(t.Context(), owner)
	if err != nil || a.PIN.Failures != pin.Strikes || a.Revision != 6 {
		t.Errorf("account %+v, %v, want %d failures at revision 6", a, err, pin.Strikes)
	}
}

// A claim whose reply was lost is not mistaken for that of another, nor another's for its own.
func TestClaimLosesReply(t *testing.T) {
	s, straight, w := newWired(t)
	w.expect(lost)
	if claim, err := s.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Yours {
		t.Errorf("claim with a lost reply: %q, %v, want yours", claim, err)
	}
	if claim, err := straight.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Busy {
		t.Errorf("claim of another: %q, %v, want busy", claim, err)
	}
	w.expect(lost)
	if claim, err := s.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Busy {
		t.Errorf("second claim: %q, %v, want busy", claim, err)
	}
	w.expect(lostWhile(func() {
		if err := straight.Finish(t.Context(), "m2"); err != nil {
			t.Errorf("finish: %v", err)
		}
	}))
	if claim, err := s.Claim(t.Context(), "m2", time.Minute); err != nil || claim != store.Settled {
		t.Errorf("claim of what was settled meanwhile: %q, %v, want settled", claim, err)
	}
}

// A message that was given back, and claimed by another before the reply got lost, stays with the other.
func TestReleaseLosesReply(t *testing.T) {
	s, straight, w := newWired(t)
	if claim, err := s.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Yours {
		t.Fatalf("claim: %q, %v", claim, err)
	}
	w.expect(lostWhile(func() {
		if claim, err := straight.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Yours {
			t.Errorf("claim of what was given back: %q, %v, want yours", claim, err)
		}
	}))
	if err := s.Release(t.Context(), "m1"); err == nil {
		t.Error("a release whose reply was lost tells nothing of it")
	}
	if claim, err := s.Claim(t.Context(), "m1", time.Minute); err != nil || claim != store.Busy {
		t.Errorf("claim of what another has: %q, %v, want busy", claim, err)
	}
}
