package pin

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A turn that finds no room says so while somebody still hears it: it stops waiting early enough for a hash, because one
// that begins with the last moment ends after it.
func TestNoHashBeginsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, hashes := newGuard(t, &memory{})
		mustSet(t, g, ann, annsPIN)
		hashes.Store(0)
		for range cap(g.slots) {
			g.slots <- struct{}{} // others are at it
		}
		const budget = 6500 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), budget)
		defer cancel()
		began := time.Now()
		var others sync.WaitGroup
		others.Go(func() {
			time.Sleep(budget - lastHash/2) // too late to begin
			<-g.slots
		})
		v, err := g.Check(ctx, ann, annsPIN)
		if took := time.Since(began); err != nil || v.Result != Busy || took != budget-lastHash || hashes.Load() != 0 {
			t.Errorf("%+v, %v after %s and %d hashes, want busy after %s", v, err, took, hashes.Load(), budget-lastHash)
		}
		others.Wait()
	})
}

// Where there is room, a PIN is checked however late it is.
func TestRoomIsUsedHoweverLate(t *testing.T) {
	g, _ := newGuard(t, &memory{})
	mustSet(t, g, ann, annsPIN)
	for range 50 { // room and the end of waiting are there at once
		ctx, cancel := context.WithTimeout(t.Context(), lastHash/2)
		v, err := g.Check(ctx, ann, annsPIN)
		cancel()
		if err != nil || v.Result != Right {
			t.Fatalf("%+v, %v; want right", v, err)
		}
	}
}
