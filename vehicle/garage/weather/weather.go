// Package weather is what can happen between a client and the garage: slow, lost and garbled answers, refusals,
// tokens that end early, members that nobody knows, and lists in another order.
//
// It knows HTTP and dice and nothing of cars or grants; how badly dongles and sensors behave is only its choice of
// a sim.Sky. Its neighbors are vehicle/garage, which lets every request of the contract through [Weather.Blow], and
// the control port there, which changes it.
package weather

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// Level is how hostile the garage is.
type Level int

// The levels. In calm weather nothing is left to chance.
const (
	Calm Level = iota
	Rough
	Storm
)

var names = [...]string{Calm: "calm", Rough: "rough", Storm: "storm"}

func (w Level) String() string {
	if w < 0 || int(w) >= len(names) {
		return fmt.Sprintf("Weather(%d)", int(w))
	}
	return names[w]
}

// MarshalText and UnmarshalText make a Level a flag of a program.
func (w Level) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads "calm", "rough" or "storm".
func (w *Level) UnmarshalText(text []byte) error {
	for i, name := range names {
		if string(text) == name {
			*w = Level(i)
			return nil
		}
	}
	return fmt.Errorf("weather %q is none of %s", text, strings.Join(names[:], ", "))
}

// odds are chances from 0 to 1, each for one request unless it says otherwise.
type odds struct {
	sky     sim.Sky       // what dongles and sensors do, per car and half hour
	expire  float64       // the access token ends before its time
	limit   float64       // 429 before anything happens
	refuse  float64       // 503 before anything happens
	lose    float64       // the effect is done and the connection cut
	fault   float64       // the effect is done and the answer is 502
	garble  float64       // the effect is done and the answer is no JSON
	slow    float64       // the answer takes its time
	slowest time.Duration // and this much at most
	unknown float64       // objects have members that nobody knows
	shuffle float64       // lists that promise no order come in another, and so do messages
	twice   float64       // a message that the garage sends comes twice; its answer is lost as answers are
}

// table is the climate. Rough is a bad day of a real cloud; Storm is worse than any, and still lets about two
// requests in three through.
var table = [...]odds{
	Calm: {},
	Rough: {
		sky:    sim.Sky{Asleep: 0.15, Stale: 0.10, Missing: 0.05, Mute: 0.02},
		expire: 0.005, limit: 0.02, refuse: 0.02, lose: 0.02, fault: 0.01, garble: 0.01,
		slow: 0.10, slowest: 2 * time.Second, unknown: 0.50, shuffle: 0.50, twice: 0.05,
	},
	Storm: {
		sky:    sim.Sky{Asleep: 0.40, Stale: 0.30, Missing: 0.20, Mute: 0.10},
		expire: 0.02, limit: 0.08, refuse: 0.08, lose: 0.08, fault: 0.04, garble: 0.04,
		slow: 0.25, slowest: 9 * time.Second, unknown: 1, shuffle: 1, twice: 0.25,
	},
}

// Omens are what the control port has announced for the next request, each at most once.
type Omens struct {
	// Lose, Fault and Garble come true after the effect of a request that is not a GET.
	Lose, Fault, Garble bool
	// Expire ends the token of the next request; Limit, Refuse and Slow say for how long.
	Expire              bool
	Limit, Refuse, Slow time.Duration
}

// Refuse answers with a problem document of the contract and, if wait is not zero, how long to stay away.
type Refuse func(out http.ResponseWriter, code wire.ProblemCode, title string, wait time.Duration)

// Weather decides what happens to each request. It is safe for concurrent use; which request meets which
// decision depends on the order in which they come.
type Weather struct {
	// Pause waits, or less if the request is given up. A test may replace it before the first request.
	Pause  func(context.Context, time.Duration)
	seed   uint64
	refuse Refuse

	mu      sync.Mutex
	current Level
	chance  *rand.Rand
	next    Omens
}

// New makes a weather whose dice the seed throws.
func New(level Level, seed uint64, refuse Refuse) *Weather {
	return &Weather{seed: seed, current: level, chance: rand.New(rand.NewPCG(seed, seed)), Pause: pause, refuse: refuse}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// World is what the weather makes of the cars' surroundings.
func (w *Weather) World() sim.World {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sim.World{Seed: w.seed, Sky: table[w.current].sky}
}

// Set changes the weather, announces omens, or both.
func (w *Weather) Set(change func(current *Level, next *Omens)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.current, &w.next)
}

// Expires decides whether the token of this request ends now.
func (w *Weather) Expires() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	announced := w.next.Expire
	w.next.Expire = false
	return w.hits(table[w.current].expire) || announced
}

// Carriage is what happens to a message that the garage sends.
type Carriage struct {
	Twice bool // it comes twice
	Lost  bool // its answer does not come back
}

// Carry draws the fate of one message.
func (w *Weather) Carry() Carriage {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := table[w.current]
	return Carriage{Twice: w.hits(o.twice), Lost: w.hits(o.lose)}
}

// Shuffle may change the order of messages.
func (w *Weather) Shuffle(n int, swap func(i, j int)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > 1 && w.hits(table[w.current].shuffle) {
		w.chance.Shuffle(n, swap)
	}
}

// hits throws the dice. An impossible event throws none, so that calm weather uses up no chance.
func (w *Weather) hits(odds float64) bool { return odds > 0 && w.chance.Float64() < odds }

// refusal is an answer that comes before anything has happened.
type refusal struct {
	code  wire.ProblemCode
	title string
	wait  time.Duration
}

// fate is what will happen to one request.
type fate struct {
	refusal             *refusal
	lose, fault, garble bool
	unknown, shuffle    bool
	wait                time.Duration
	chance              *rand.Rand // this request's own, for shuffling
}

// decide draws a request's fate. What may not be lost quietly, the omens about answers, waits for a request
// that has an effect.
func (w *Weather) decide(effect bool) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, n := table[w.current], &w.next
	f := fate{
		lose: w.hits(o.lose), fault: w.hits(o.fault), garble: w.hits(o.garble), unknown: w.hits(o.unknown), shuffle: w.hits(o.shuffle),
	}
	if w.hits(o.slow) {
		f.wait = time.Duration(w.chance.Int64N(int64(o.slowest)))
	}
	limit, closed := n.Limit, n.Refuse
	if w.hits(o.limit) {
		limit = time.Duration(1+w.chance.IntN(3)) * time.Second
	}
	if w.hits(o.refuse) {
		closed = time.Second
	}
	switch {
	case limit > 0:
		f.refusal = &refusal{code: wire.ProblemCodeRateLimited, title: "Too many requests", wait: limit}
	case closed > 0:
		f.refusal = &refusal{code: wire.ProblemCodeUnavailable, title: "The garage is busy", wait: closed}
	}
	if n.Slow > 0 {
		f.wait = n.Slow
	}
	n.Limit, n.Refuse, n.Slow = 0, 0, 0
	if effect && f.refusal == nil {
		f.lose, f.fault, f.garble = f.lose || n.Lose, f.fault || n.Fault, f.garble || n.Garble
		n.Lose, n.Fault, n.Garble = false, false, false
	}
	if f.shuffle || f.unknown {
		f.chance = rand.New(rand.NewPCG(w.chance.Uint64(), w.seed))
	}
	return f
}

// Blow lets one request through the weather.
func (w *Weather) Blow(out http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) {
	f := w.decide(r.Method == http.MethodPost || r.Method == http.MethodDelete)
	if f.wait > 0 {
		w.Pause(r.Context(), f.wait)
	}
	if f.refusal != nil {
		w.refuse(out, f.refusal.code, f.refusal.title, f.refusal.wait)
		return
	}
	if !f.lose && !f.fault && !f.garble && !f.unknown && !f.shuffle {
		serve(out)
		return
	}
	held := &held{header: http.Header{}, status: http.StatusOK}
	serve(held)
	switch {
	case f.lose:
		cut(out)
	case f.fault:
		w.refuse(out, wire.ProblemCodeUpstreamError, "The garage lost track of the car", 0)
	case f.garble:
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(held.status)
		_, _ = out.Write(append([]byte("<!doctype html>"), held.body.Bytes()[:held.body.Len()/2]...))
	default:
		held.release(out, f)
	}
}

// cut ends the connection within the first words of the answer. Before the first word would not do: Go's own
// transport quietly repeats a request that has an Idempotency-Key if nothing at all came back, and whoever
// wants to prove that a client bears a lost reply would prove nothing.
func cut(out http.ResponseWriter) {
	conn, _, err := http.NewResponseController(out).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to cut a connection
	}
	_, _ = conn.Write([]byte("HTTP/1.1 "))
	_ = conn.Close()
}

// held is an answer that has not left yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) release(out http.ResponseWriter, f fate) {
	body := h.body.Bytes()
	var tree any
	if json.Unmarshal(body, &tree) == nil && h.status < 300 {
		if disturbed, err := json.Marshal(f.disturb(tree, "")); err == nil {
			body = disturbed
		}
	}
	for name, values := range h.header {
		out.Header()[name] = values
	}
	out.WriteHeader(h.status)
	_, _ = out.Write(body)
}

// ordered are the lists whose order means something.
var ordered = map[string]bool{"events": true, "steps": true, "trips": true}

// disturb adds unknown members to objects and shuffles lists, both of which the contract allows.
func (f fate) disturb(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) { // in one order, so that one seed gives one answer
			v[key] = f.disturb(v[key], key)
		}
		if f.unknown {
			v["x_garage_mood"] = map[string]any{"wind": "strong", "levels": []any{1, nil, "two"}}
		}
	case []any:
		for i, item := range v {
			v[i] = f.disturb(item, name)
		}
		if f.shuffle && !ordered[name] {
			f.chance.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		}
	}
	return v
}
