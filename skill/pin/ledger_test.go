package pin

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// memory is a Ledger in memory that counts its calls and can be made to lose races.
type memory struct {
	mu     sync.Mutex
	items  map[string]item
	reads  int
	writes int // that succeeded
	// beforeSwap, if set, runs before each swap, outside the lock: the moment another writer would use.
	beforeSwap func()
	fail       error // returned by every call if set
}

type item struct {
	record   Record
	revision Revision
}

func (m *memory) PIN(ctx context.Context, account string) (Record, Revision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if err := ctx.Err(); err != nil {
		return Record{}, 0, err
	}
	i := m.items[account]
	return i.record, i.revision, m.fail
}

func (m *memory) SwapPIN(ctx context.Context, account string, seen Revision, r Record) error {
	if m.beforeSwap != nil {
		m.beforeSwap()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.items[account].revision != seen {
		return ErrConflict
	}
	m.put(account, r)
	return nil
}

// put writes without asking; the caller holds the lock or is alone.
func (m *memory) put(account string, r Record) {
	if m.items == nil {
		m.items = map[string]item{}
	}
	m.writes++
	m.items[account] = item{record: r, revision: m.items[account].revision + 1}
}

func (m *memory) record(account string) Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.items[account].record
}

var (
	_      Ledger = (*memory)(nil)
	noon          = time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)
	pepper        = []byte("thirty-two bytes for tests only!")
	cheap         = Cost{MemoryKiB: 8, Passes: 1, Threads: 1}
)

const (
	ann          = "owner-ann"
	annsPIN Code = "4821"
	wrong   Code = "4822"
)

// newGuard makes a Guard that hashes cheaply and counts how often.
func newGuard(t *testing.T, l Ledger) (*Guard, *atomic.Int64) {
	t.Helper()
	g, err := NewGuard(Options{Ledger: l, Pepper: pepper, Now: func() time.Time { return noon }, Cost: cheap})
	if err != nil {
		t.Fatalf("new guard: %v", err)
	}
	var hashes atomic.Int64
	g.derive = func(password, salt []byte, c Cost, length uint32) []byte {
		hashes.Add(1)
		return argon2id(password, salt, c, length)
	}
	return g, &hashes
}

func mustSet(t *testing.T, g *Guard, account string, code Code) {
	t.Helper()
	if err := g.Set(t.Context(), account, code); err != nil {
		t.Fatalf("set PIN of %s: %v", account, err)
	}
}

func mustCheck(t *testing.T, g *Guard, account string, code Code) Verdict {
	t.Helper()
	v, err := g.Check(t.Context(), account, code)
	if err != nil {
		t.Fatalf("check PIN of %s: %v", account, err)
	}
	return v
}
