package vehicle

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// cache remembers one answer for each token, for a while and for a bounded number of tokens. Tokens are
// kept as hashes, so that a memory dump tells none. Failures are not remembered. Concurrent callers with
// the same token share one flight.
type cache[T any] struct {
	now  func() time.Time
	keep time.Duration
	size int

	mu      sync.Mutex
	entries map[[sha256.Size]byte]*list.Element // of *entry[T]
	recent  *list.List                          // most recently used first
}

type entry[T any] struct {
	key    [sha256.Size]byte
	landed chan struct{} // closed when value, err and at are set
	value  T
	err    error
	at     time.Time
	// abandoned: the fetch failed because its caller's context ended, which says nothing to those who wait.
	abandoned bool
}

func newCache[T any](now func() time.Time, keep time.Duration, size int) *cache[T] {
	return &cache[T]{now: now, keep: keep, size: size, entries: map[[sha256.Size]byte]*list.Element{}, recent: list.New()}
}

// get gives the remembered answer, or fetches it. Whoever fetches does so under their own context; if that
// ends first, one of those who wait fetches in turn.
func (c *cache[T]) get(ctx context.Context, token Token, fetch func(context.Context) (T, error)) (T, error) {
	key := sha256.Sum256([]byte(token))
	for {
		e, mine := c.claim(key)
		if mine {
			return c.fly(ctx, e, fetch)
		}
		select {
		case <-e.landed:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if !e.abandoned || ctx.Err() != nil {
			return e.value, e.err
		}
	}
}

// fly fetches and lands, even if the fetch panics: those who wait must not wait for ever.
func (c *cache[T]) fly(ctx context.Context, e *entry[T], fetch func(context.Context) (T, error)) (T, error) {
	e.err = errors.New("the call that this one waited for did not end")
	defer c.land(e)
	e.value, e.err = fetch(ctx)
	e.abandoned = e.err != nil && ctx.Err() != nil
	return e.value, e.err
}

// claim finds a fresh entry or one in flight, or makes one that the caller must land.
func (c *cache[T]) claim(key [sha256.Size]byte) (e *entry[T], mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[key]; ok {
		e := element.Value.(*entry[T])
		select {
		case <-e.landed:
			if age := c.now().Sub(e.at); age >= 0 && age < c.keep {
				c.recent.MoveToFront(element)
				return e, false
			}
			c.remove(e)
		default:
			return e, false
		}
	}
	e = &entry[T]{key: key, landed: make(chan struct{})}
	c.entries[key] = c.recent.PushFront(e)
	for c.recent.Len() > c.size {
		c.remove(c.recent.Back().Value.(*entry[T]))
	}
	return e, true
}

// land wakes those who wait, and forgets failures. An entry that was dropped or pushed out meanwhile stays
// forgotten.
func (c *cache[T]) land(e *entry[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.at = c.now()
	close(e.landed)
	if e.err != nil {
		c.remove(e)
	}
}

// drop forgets what is remembered for a token, also what is in flight.
func (c *cache[T]) drop(token Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[sha256.Sum256([]byte(token))]; ok {
		c.remove(element.Value.(*entry[T]))
	}
}

// remove forgets an entry if it is still the one remembered for its key. The caller holds the lock.
func (c *cache[T]) remove(e *entry[T]) {
	if element, ok := c.entries[e.key]; ok && element.Value == any(e) {
		c.recent.Remove(element)
		delete(c.entries, e.key)
	}
}
