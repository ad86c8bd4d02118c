package pin

import (
	"errors"
	"sync"
	"testing"
)

// Guesses that arrive together are answered one after the other: two wrong, the lock, and nothing more.
func TestParallelGuessesNeverGiveAFourth(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	other, _ := newGuard(t, m) // another process on the same store
	mustSet(t, g, ann, annsPIN)
	count := inParallel(t, 100, func(i int) (Verdict, error) {
		return []*Guard{g, other}[i%2].Check(t.Context(), ann, wrong)
	})
	want := map[Result]int{Wrong: 2, LockedNow: 1, Locked: 97}
	for _, r := range Results() {
		if count[r] != want[r] {
			t.Errorf("%d times %s, want %d", count[r], r, want[r])
		}
	}
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Locked {
		t.Errorf("the right PIN afterwards: %+v, want locked", got)
	}
}

// The right PIN among the guesses may come early or late, but it resets the count only in its turn: at
// most two wrong answers before it, and three after.
func TestParallelRightAmongWrong(t *testing.T) {
	for range 20 {
		m := &memory{}
		g, _ := newGuard(t, m)
		mustSet(t, g, ann, annsPIN)
		count := inParallel(t, 50, func(i int) (Verdict, error) {
			if i == 25 {
				return g.Check(t.Context(), ann, annsPIN)
			}
			return g.Check(t.Context(), ann, wrong)
		})
		answered := count[Wrong] + count[LockedNow]
		if answered > Strikes+count[Right]*(Strikes-1) || count[LockedNow] != 1 || count[Right] > 1 {
			t.Fatalf("verdicts %v", count)
		}
	}
}

// All guesses compare before any may count: the worst a store's delay can do.
func TestGuessesComparedBeforeAnyIsCounted(t *testing.T) {
	const guesses = 10
	var ready sync.WaitGroup
	ready.Add(guesses)
	var once [guesses]sync.Once
	m := &memory{}
	g, hashes := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	hashes.Store(0)
	gate := make(chan int, guesses)
	for i := range guesses {
		gate <- i
	}
	m.beforeSwap = func() {
		select {
		case i := <-gate:
			once[i].Do(ready.Done)
			ready.Wait()
		default:
		}
	}
	count := inParallel(t, guesses, func(int) (Verdict, error) { return g.Check(t.Context(), ann, wrong) })
	if count[Wrong] != 2 || count[LockedNow] != 1 || count[Locked] != guesses-3 {
		t.Errorf("verdicts %v, want 2 wrong, 1 lock, %d locked", count, guesses-3)
	}
	if hashes.Load() != guesses {
		t.Errorf("%d hashes for %d guesses: a conflict must not hash again", hashes.Load(), guesses)
	}
}

// The right PIN, compared before the third wrong one was counted but counted after it, opens nothing.
func TestRightLosesTheRaceAgainstTheLock(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	m.beforeSwap = func() {
		m.beforeSwap = nil
		for range Strikes {
			mustCheck(t, g, ann, wrong)
		}
	}
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Locked {
		t.Errorf("right PIN: %+v, want locked", got)
	}
}

// A new PIN set between the comparison and its count is compared anew.
func TestPINChangedDuringTheCheck(t *testing.T) {
	const fresh = "7306"
	for _, tt := range []struct {
		say  Code
		want Verdict
	}{{annsPIN, Verdict{Wrong, 2}}, {fresh, Verdict{Result: Right}}} {
		m := &memory{}
		g, hashes := newGuard(t, m)
		mustSet(t, g, ann, annsPIN)
		hashes.Store(0)
		m.beforeSwap = func() {
			m.beforeSwap = nil
			mustSet(t, g, ann, fresh)
		}
		if got := mustCheck(t, g, ann, tt.say); got != tt.want {
			t.Errorf("said %s: %+v, want %+v", string(tt.say), got, tt.want)
		}
		if hashes.Load() != 3 { // the old, the set, the new
			t.Errorf("%d hashes, want 3", hashes.Load())
		}
	}
}

// Somebody saving preferences all the while costs the speaker time, never a try.
func TestEndlessConflictsEndAsBusy(t *testing.T) {
	m := &memory{}
	g, hashes := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	hashes.Store(0)
	m.beforeSwap = func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.put(ann, m.items[ann].record)
	}
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Busy {
		t.Errorf("check: %+v, want busy", got)
	}
	if hashes.Load() != 1 {
		t.Errorf("%d hashes, want 1", hashes.Load())
	}
	if err := g.Set(t.Context(), ann, "7306"); err == nil {
		t.Errorf("set succeeded against endless conflicts")
	}
	m.beforeSwap = nil
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Right {
		t.Errorf("afterwards: %+v, want right", got)
	}
}

// TestSetLeavesALock: a lock that falls while a PIN is being set is not overwritten; only Reset lifts one.
func TestSetLeavesALock(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	m.beforeSwap = func() { // the third wrong answer, between the read and the write
		m.beforeSwap = nil
		m.mu.Lock()
		defer m.mu.Unlock()
		locked := m.items[ann].record
		locked.Failures, locked.LockedAt = Strikes, noon
		m.put(ann, locked)
	}
	for _, when := range []string{"in a race", "afterwards"} {
		if err := g.Set(t.Context(), ann, "7306"); !errors.Is(err, ErrLocked) {
			t.Errorf("set %s: %v, want ErrLocked", when, err)
		}
		if got := mustCheck(t, g, ann, "7306"); got.Result != Locked {
			t.Errorf("checked %s: %+v, want locked", when, got)
		}
	}
	if err := g.Reset(t.Context(), ann, "7306"); err != nil {
		t.Fatalf("reset: %v", err)
	}
	if got := mustCheck(t, g, ann, "7306"); got.Result != Right {
		t.Errorf("after a reset: %+v, want right", got)
	}
}

// inParallel starts n checks at once and counts their results.
func inParallel(t *testing.T, n int, check func(i int) (Verdict, error)) map[Result]int {
	t.Helper()
	verdicts := make([]Verdict, n)
	var begin, done sync.WaitGroup
	begin.Add(1)
	for i := range n {
		done.Go(func() {
			begin.Wait()
			v, err := check(i)
			if err != nil {
				t.Errorf("check %d: %v", i, err)
			}
			verdicts[i] = v
		})
	}
	begin.Done()
	done.Wait()
	count := map[Result]int{}
	for _, v := range verdicts {
		count[v.Result]++
	}
	return count
}
