package storetest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/store"
)

const (
	message = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
	lease   = 30 * time.Second
)

// RunInbox proves that a store keeps the contract of [store.Inbox].
func RunInbox(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Store, *clock)
	}{
		{"a message is dealt with once", dealtWith},
		{"a lease runs out", leaseRunsOut},
		{"a message that is given back", givenBack},
		{"of a hundred workers one gets the message", oneWorker},
		{"of two workers the second comes after the lease of the first", twoWorkers},
		{"a settled message is forgotten in the end", settledExpires},
		{"messages and leases that cannot be", badMessages},
		{"messages with a context that is over", inboxContextOver},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := new(clock)
			c.test(t, open(t, at.now), at)
		})
	}
}

func dealtWith(t *testing.T, s store.Store, c *clock) {
	mustClaim(t, s, message, store.Yours)
	mustClaim(t, s, message, store.Busy)
	mustClaim(t, s, message+"2", store.Yours)
	mustFinish(t, s, message)
	mustClaim(t, s, message, store.Settled)
	mustFinish(t, s, message)
	c.pass(2 * lease)
	mustClaim(t, s, message, store.Settled)
	mustFinish(t, s, "never-claimed")
	mustClaim(t, s, "never-claimed", store.Settled)
}

func leaseRunsOut(t *testing.T, s store.Store, c *clock) {
	mustClaim(t, s, message, store.Yours)
	c.pass(lease - 1)
	mustClaim(t, s, message, store.Busy)
	c.pass(1)
	mustClaim(t, s, message, store.Yours)
	c.pass(lease - 1)
	mustClaim(t, s, message, store.Busy)
	mustFinish(t, s, message)
	c.pass(2 * lease)
	mustClaim(t, s, message, store.Settled)
}

func givenBack(t *testing.T, s store.Store, c *clock) {
	mustRelease(t, s, message) // of nobody
	mustClaim(t, s, message, store.Yours)
	mustRelease(t, s, message)
	mustRelease(t, s, message)
	mustClaim(t, s, message, store.Yours)
	mustClaim(t, s, message, store.Busy)
	mustFinish(t, s, message)
	mustRelease(t, s, message)
	mustClaim(t, s, message, store.Settled)
	c.pass(2 * lease)
	mustRelease(t, s, message)
	mustClaim(t, s, message, store.Settled)
}

func oneWorker(t *testing.T, s store.Store, c *clock) {
	for round := range 3 {
		var yours, busy atomic.Int64
		together(crowd, func(i int) {
			switch claim, err := s.Claim(t.Context(), message, lease); {
			case err != nil:
				t.Errorf("claim %d: %v", i, err)
			case claim == store.Yours:
				yours.Add(1)
			case claim == store.Busy:
				busy.Add(1)
			}
		})
		if yours.Load() != 1 || busy.Load() != crowd-1 {
			t.Errorf("round %d: %d have it and %d wait, want 1 and %d", round, yours.Load(), busy.Load(), crowd-1)
		}
		c.pass(lease)
	}
}

// twoWorkers has the first one come back late, when the second has the message.
func twoWorkers(t *testing.T, s store.Store, c *clock) {
	mustClaim(t, s, message, store.Yours)
	c.pass(lease)
	mustClaim(t, s, message, store.Yours)
	mustFinish(t, s, message) // the first
	mustClaim(t, s, message, store.Settled)
	mustRelease(t, s, message) // the second, in vain
	mustFinish(t, s, message)
	mustClaim(t, s, message, store.Settled)
}

func settledExpires(t *testing.T, s store.Store, c *clock) {
	mustClaim(t, s, message, store.Yours)
	mustFinish(t, s, message)
	c.pass(store.KeepSettled - 1)
	mustClaim(t, s, message, store.Settled)
	c.pass(2 * time.Second) // an engine may be late by less than a second
	mustClaim(t, s, message, store.Yours)
	mustClaim(t, s, message, store.Busy)
}

func badMessages(t *testing.T, s store.Store, _ *clock) {
	for _, id := range []string{"", strings.Repeat("x", store.MaxMessage+1), "a b", "a\n", "\u00e9", "\x7f"} {
		_, err := s.Claim(t.Context(), id, lease)
		for op, err := range map[string]error{
			"claim": err, "finish": s.Finish(t.Context(), id), "release": s.Release(t.Context(), id),
		} {
			if !errors.Is(err, store.ErrInvalid) {
				t.Errorf("%s of %.10q: %v, want ErrInvalid", op, id, err)
			}
		}
	}
	for _, lease := range []time.Duration{0, -1, store.KeepSettled + 1} {
		if _, err := s.Claim(t.Context(), message, lease); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("lease of %v: %v, want ErrInvalid", lease, err)
		}
	}
	mustClaim(t, s, message, store.Yours)
	for i := range 3 {
		mustClaim(t, s, strings.Repeat("~", store.MaxMessage-1)+strconv.Itoa(i), store.Yours)
	}
}

func inboxContextOver(t *testing.T, s store.Store, _ *clock) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Claim(over, message, lease)
	for op, err := range map[string]error{
		"claim": err, "finish": s.Finish(over, message), "release": s.Release(over, message),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", op, err)
		}
	}
	mustClaim(t, s, message, store.Yours)
}

func mustClaim(t *testing.T, s store.Inbox, id string, want store.Claim) {
	t.Helper()
	if got, err := s.Claim(t.Context(), id, lease); err != nil || got != want {
		t.Fatalf("claim %.40s: %q, %v, want %q", id, got, err, want)
	}
}

func mustFinish(t *testing.T, s store.Inbox, id string) {
	t.Helper()
	if err := s.Finish(t.Context(), id); err != nil {
		t.Fatalf("finish %.40s: %v", id, err)
	}
}

func mustRelease(t *testing.T, s store.Inbox, id string) {
	t.Helper()
	if err := s.Release(t.Context(), id); err != nil {
		t.Fatalf("release %.40s: %v", id, err)
	}
}
