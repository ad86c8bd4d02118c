package pin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// Every verdict from every state, with what it costs: the hashes are equal for all, so that the time
// tells nobody whether an account is known, set, locked or was answered rightly.
func TestVerdicts(t *testing.T) {
	tests := []struct {
		name    string
		account string
		before  []Code
		say     Code
		want    Verdict
		writes  int
	}{
		{"right", ann, nil, annsPIN, Verdict{Result: Right}, 1},
		{"first wrong", ann, nil, wrong, Verdict{Wrong, 2}, 1},
		{"second wrong", ann, []Code{wrong}, wrong, Verdict{Wrong, 1}, 1},
		{"third wrong", ann, []Code{wrong, wrong}, wrong, Verdict{Result: LockedNow}, 1},
		{"wrong when locked", ann, []Code{wrong, wrong, wrong}, wrong, Verdict{Result: Locked}, 0},
		{"right when locked", ann, []Code{wrong, wrong, wrong}, annsPIN, Verdict{Result: Locked}, 0},
		{"right after two wrong", ann, []Code{wrong, wrong}, annsPIN, Verdict{Result: Right}, 1},
		{"right starts the count anew", ann, []Code{wrong, wrong, annsPIN}, wrong, Verdict{Wrong, 2}, 1},
		{"unknown account", "nobody", nil, annsPIN, Verdict{Result: NotSet}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &memory{}
			g, hashes := newGuard(t, m)
			mustSet(t, g, ann, annsPIN)
			for _, code := range tt.before {
				mustCheck(t, g, ann, code)
			}
			hashes.Store(0)
			m.reads, m.writes = 0, 0
			if got := mustCheck(t, g, tt.account, tt.say); got != tt.want {
				t.Errorf("verdict %+v, want %+v", got, tt.want)
			}
			if hashes.Load() != 1 || m.reads != 1 || m.writes != tt.writes {
				t.Errorf("cost %d hashes, %d reads, %d writes, want 1, 1, %d",
					hashes.Load(), m.reads, m.writes, tt.writes)
			}
		})
	}
}

func TestLockOutlivesEverythingButANewPIN(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	mustSet(t, g, "owner-bob", annsPIN)
	for range Strikes {
		mustCheck(t, g, ann, wrong)
	}
	if at := m.record(ann).LockedAt; !at.Equal(noon) {
		t.Errorf("locked at %v, want %v", at, noon)
	}
	locked := m.items[ann]
	// Another process, a year later.
	later, err := NewGuard(Options{Ledger: m, Pepper: pepper, Now: func() time.Time { return noon.AddDate(1, 0, 0) }, Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		for _, code := range []Code{wrong, annsPIN} {
			if got := mustCheck(t, later, ann, code); got.Result != Locked {
				t.Fatalf("after the lock: %+v, want locked", got)
			}
		}
	}
	if m.items[ann] != locked {
		t.Errorf("a locked account was written: %v", m.items[ann])
	}
	if got := mustCheck(t, later, "owner-bob", annsPIN); got.Result != Right {
		t.Errorf("another account: %+v, want right", got)
	}
	const fresh = "7306"
	if err := later.Reset(t.Context(), ann, fresh); err != nil {
		t.Fatalf("reset: %v", err)
	}
	if got := mustCheck(t, later, ann, annsPIN); got != (Verdict{Wrong, 2}) {
		t.Errorf("the old PIN after a new one was set: %+v, want wrong with 2 left", got)
	}
	if got := mustCheck(t, later, ann, fresh); got.Result != Right {
		t.Errorf("the new PIN: %+v, want right", got)
	}
}

func TestMalformedIsNoAttempt(t *testing.T) {
	m := &memory{}
	g, hashes := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	hashes.Store(0)
	m.reads, m.writes = 0, 0
	for _, code := range []Code{"", "?", "482", "48210", "four", "４８２１"} {
		if v, err := g.Check(t.Context(), ann, code); !errors.Is(err, ErrMalformed) || v != (Verdict{}) {
			t.Errorf("check %q: %+v, %v, want no verdict and ErrMalformed", string(code), v, err)
		}
		if err := g.Set(t.Context(), ann, code); !errors.Is(err, ErrMalformed) {
			t.Errorf("set %q: %v, want ErrMalformed", string(code), err)
		}
	}
	if hashes.Load() != 0 || m.reads != 0 || m.writes != 0 {
		t.Errorf("cost %d hashes, %d reads, %d writes, want none", hashes.Load(), m.reads, m.writes)
	}
}

func TestSetRefusesCommonPINs(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	err := g.Set(t.Context(), ann, "1984")
	if refused, ok := errors.AsType[*CommonError](err); !ok || refused.Reason != Year {
		t.Errorf("set 1984: %v, want refused as a year", err)
	}
	if m.writes != 0 {
		t.Errorf("a refused PIN was written")
	}
}

func TestStatus(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	want := func(s Status) {
		t.Helper()
		if got, err := g.Status(t.Context(), ann); err != nil || got != s {
			t.Errorf("status %+v, %v, want %+v", got, err, s)
		}
	}
	want(Status{Left: 3})
	mustSet(t, g, ann, annsPIN)
	want(Status{Set: true, Left: 3})
	mustCheck(t, g, ann, wrong)
	want(Status{Set: true, Left: 2})
	mustCheck(t, g, ann, wrong)
	mustCheck(t, g, ann, wrong)
	want(Status{Set: true, Locked: true})
}

// A stored hash this deployment cannot have written is an error whatever is said, and nothing is counted.
func TestForeignHashes(t *testing.T) {
	m := &memory{}
	g, _ := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	ours := m.record(ann).Hash
	mustSet(t, g, "owner-bob", annsPIN)
	o := Options{Ledger: m, Pepper: []byte(strings.Repeat("another ", 4)), Now: g.now, Cost: cheap}
	other, err := NewGuard(o)
	if err != nil {
		t.Fatal(err)
	}
	for name, stored := range map[string]string{
		"not a hash":     "4821",
		"cut short":      ours[:len(ours)-1],
		"bcrypt":         "$2b$12$KIXQbQf1yH1C4pXw2fE5Qe",
		"argon2i":        strings.Replace(ours, "argon2id", "argon2i", 1),
		"another pepper": strings.Replace(ours, g.keyID, other.keyID, 1),
		"huge memory":    strings.Replace(ours, "m=8,", "m=4194304,", 1),
	} {
		m.put(ann, Record{Hash: stored})
		before := m.items[ann]
		for _, code := range []Code{annsPIN, wrong} {
			v, err := g.Check(t.Context(), ann, code)
			if err == nil || v != (Verdict{}) {
				t.Errorf("%s: %+v, %v, want an error", name, v, err)
			} else if strings.Contains(err.Error(), stored) {
				t.Errorf("%s: the error quotes the hash: %v", name, err)
			}
		}
		if m.items[ann] != before {
			t.Errorf("%s: the record was changed", name)
		}
	}
	m.put(ann, m.record("owner-bob"))
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Wrong {
		t.Errorf("a hash moved from another account: %+v, want wrong", got)
	}
}

func TestLedgerErrorsAreNotVerdicts(t *testing.T) {
	down := errors.New("store is down")
	m := &memory{}
	g, _ := newGuard(t, m)
	mustSet(t, g, ann, annsPIN)
	m.beforeSwap = func() { m.fail = down }
	if v, err := g.Check(t.Context(), ann, annsPIN); !errors.Is(err, down) || v != (Verdict{}) {
		t.Errorf("failing write: %+v, %v, want no verdict and the store's error", v, err)
	}
	if v, err := g.Check(t.Context(), ann, annsPIN); !errors.Is(err, down) || v != (Verdict{}) {
		t.Errorf("failing read: %+v, %v, want no verdict and the store's error", v, err)
	}
	if err := g.Set(t.Context(), ann, annsPIN); !errors.Is(err, down) {
		t.Errorf("set: %v, want the store's error", err)
	}
	if _, err := g.Status(t.Context(), ann); !errors.Is(err, down) {
		t.Errorf("status: %v, want the store's error", err)
	}
	g.salt = iotest.ErrReader(down)
	if err := g.Set(t.Context(), ann, annsPIN); !errors.Is(err, down) {
		t.Errorf("set without salt: %v, want the reader's error", err)
	}
}

// A turn that finds no free slot in its time is told so and costs the speaker no try.
func TestBusyIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		g, _ := newGuard(t, m)
		mustSet(t, g, ann, annsPIN)
		before := m.items[ann]
		g.slots = make(chan struct{}, 1)
		g.slots <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if v, err := g.Check(ctx, ann, wrong); err != nil || v != (Verdict{Result: Busy}) {
			t.Errorf("no slot: %+v, %v, want busy", v, err)
		}
		if err := g.Set(ctx, ann, annsPIN); !errors.Is(err, ErrBusy) {
			t.Errorf("set without a slot: %v, want ErrBusy", err)
		}
		if m.items[ann] != before {
			t.Errorf("the record was changed: %v", m.items[ann])
		}
		<-g.slots
		if got := mustCheck(t, g, ann, annsPIN); got.Result != Right {
			t.Errorf("with a slot again: %+v, want right", got)
		}
	})
}

func TestNewGuardRefuses(t *testing.T) {
	good := Options{Ledger: &memory{}, Pepper: pepper, Now: func() time.Time { return noon }}
	if _, err := NewGuard(good); err != nil {
		t.Errorf("good options: %v", err)
	}
	for name, spoil := range map[string]func(*Options){
		"no ledger":         func(o *Options) { o.Ledger = nil },
		"no clock":          func(o *Options) { o.Now = nil },
		"short pepper":      func(o *Options) { o.Pepper = pepper[:31] },
		"negative bound":    func(o *Options) { o.Concurrent = -1 },
		"no passes":         func(o *Options) { o.Cost = Cost{MemoryKiB: 64, Threads: 1} },
		"too little memory": func(o *Options) { o.Cost = Cost{MemoryKiB: 8, Passes: 1, Threads: 2} },
		"too many threads":  func(o *Options) { o.Cost = Cost{MemoryKiB: 1024, Passes: 1, Threads: 5} },
	} {
		o := good
		spoil(&o)
		if _, err := NewGuard(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The shipped cost, once, so that the tests do not run on cheap hashes alone.
func TestDefaultCost(t *testing.T) {
	m := &memory{}
	g, err := NewGuard(Options{Ledger: m, Pepper: pepper, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, g, ann, annsPIN)
	if h := m.record(ann).Hash; !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1,keyid=") {
		t.Errorf("stored hash %q", h)
	}
	if got := mustCheck(t, g, ann, annsPIN); got.Result != Right {
		t.Errorf("right PIN: %+v", got)
	}
}

// Turning to a new pepper costs nobody their PIN: the old one still checks, and a right answer moves on to the new one.
func TestPepperIsRotated(t *testing.T) {
	m := &memory{}
	old, _ := newGuard(t, m)
	mustSet(t, old, ann, annsPIN)
	after := func(peppers ...[]byte) *Guard {
		g, err := NewGuard(Options{Ledger: m, Pepper: peppers[0], OldPeppers: peppers[1:], Now: func() time.Time { return noon }, Cost: cheap})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	next := []byte("another thirty-two bytes, for it")
	if v, err := after(next).Check(t.Context(), ann, annsPIN); err == nil {
		t.Errorf("without the old pepper: %+v, want an error", v)
	}
	both := after(next, pepper)
	if got := mustCheck(t, both, ann, wrong); got.Result != Wrong {
		t.Errorf("wrong with both: %+v", got)
	}
	if got := mustCheck(t, both, ann, annsPIN); got.Result != Right {
		t.Errorf("right with both: %+v", got)
	}
	alone := after(next)
	if got := mustCheck(t, alone, ann, annsPIN); got.Result != Right {
		t.Errorf("right with the new one alone: %+v", got)
	}
	if got := mustCheck(t, alone, ann, wrong); got != (Verdict{Wrong, 2}) {
		t.Errorf("wrong with the new one alone: %+v, want two tries left", got)
	}
}
