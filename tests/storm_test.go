package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/term"

	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// What a storm is made of. STORM_CONVERSATIONS and STORM_SEED in the environment are for more of it (make storm).
const (
	fewTalks  = 12 // for each world, beside those that are laid down
	mostTalks = 60 // in one season; more come in a world of their own
	// replays bounds how long the shortest conversation is looked for.
	replays = 2 * time.Minute
)

// TestStorm plays conversations in bad weather, kills the process between any two steps, and holds what was seen to the
// promises. Both worlds are the built programs over HTTP.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("a storm takes minutes of real time; make check and make storm play it")
	}
	seed, count := numberFrom(t, "STORM_SEED", 1), int(numberFrom(t, "STORM_CONVERSATIONS", 2*fewTalks))
	bar := &progress{shown: testing.Verbose() && term.IsTerminal(int(os.Stderr.Fd()))}
	seasons := map[string][]*booking{}
	for _, world := range []string{"home", "lambda"} {
		share := max(1, count/2)
		for n := 0; n*mostTalks < share; n++ {
			b := &booking{lambda: world == "lambda", seed: seed + uint64(n), bar: bar}
			b.talks = b.plan(t, min(mostTalks, share-n*mostTalks))
			bar.total += len(b.talks)
			seasons[world] = append(seasons[world], b)
		}
	}
	for world, bookings := range seasons {
		t.Run(world, func(t *testing.T) {
			t.Parallel()
			for _, b := range bookings {
				if !b.played(t) {
					return
				}
			}
		})
	}
}

// progress is a bar on a terminal, with -v.
type progress struct {
	shown bool

	mu                 sync.Mutex
	total, done, kills int
}

func (p *progress) step(talks, kills int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.kills = p.done+talks, p.kills+kills
	if p.shown {
		full := 40 * p.done / max(1, p.total)
		_, _ = fmt.Fprintf(os.Stderr, "\r[%s%s] %d of %d conversations, killed %d times ",
			strings.Repeat("=", full), strings.Repeat(" ", 40-full), p.done, p.total, p.kills)
		if p.done == p.total {
			_, _ = fmt.Fprintln(os.Stderr)
		}
	}
}

func numberFrom(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		t.Fatalf("%s=%s is not a number", name, text)
	}
	return n
}

// booking is what is to be played in one season.
type booking struct {
	lambda bool
	seed   uint64
	talks  []talk
	bar    *progress
}

// played plays a season and judges it; if a promise was broken it looks for fewer conversations that break one too.
func (b *booking) played(t *testing.T) bool {
	t.Helper()
	s, problems, err := b.play(t, b.talks, true)
	if err != nil {
		t.Fatalf("seed %d: %v", b.seed, err)
	}
	for _, p := range killPoints {
		if here := b.lambda && !p.home || !b.lambda && !p.lambda; here && s.sky.hits[p.name] == 0 {
			t.Errorf("seed %d: the process was never killed %s", b.seed, p.name)
		}
	}
	if len(problems) == 0 {
		return !t.Failed()
	}
	for _, p := range problems {
		t.Errorf("seed %d: %s", b.seed, p)
	}
	t.Logf("seed %d: looking for the shortest conversation that still fails", b.seed)
	b.shrink(t, s, problems).tell(t)
	return false
}

// shrink leaves out halves, quarters and so on of the conversations while one of the same promises is broken (delta
// debugging), for a bounded time, and gives the last storm that broke one.
func (b *booking) shrink(t *testing.T, last *storm, problems []broken) *storm {
	t.Helper()
	same := func(found []broken) bool {
		return slices.ContainsFunc(found, func(f broken) bool {
			return slices.ContainsFunc(problems, func(p broken) bool { return p.rule == f.rule })
		})
	}
	left, until := b.talks, time.Now().Add(replays)
	for chunk := (len(left) + 1) / 2; chunk > 0; chunk /= 2 {
		for from := 0; from < len(left); {
			fewer := slices.Concat(left[:from], left[min(len(left), from+chunk):])
			if time.Now().After(until) || len(fewer) == 0 {
				return last
			}
			if s, found, err := b.play(t, fewer, false); err == nil && same(found) {
				left, last = fewer, s
				continue
			}
			from += chunk
		}
	}
	return last
}

// tell writes down what was said, and what came of it.
func (s *storm) tell(t *testing.T) {
	t.Helper()
	for _, h := range s.view().turns {
		t.Logf("%s %s, conversation %d: %q: %q %v", at(h.began), h.device, h.talk, h.said, h.speech, h.failed)
	}
	for _, c := range s.view().calls {
		t.Logf("%s %s asks to %s %s: status %d, heard: %t", at(c.began), c.device, c.op, c.target, c.status, c.heard)
	}
	for _, e := range s.view().ledger {
		t.Logf("%s ledger: %s", at(e.At), e.Line)
	}
	for _, k := range s.view().kills {
		t.Logf("%s killed %s", at(k.at), k.point)
	}
	for _, p := range s.judge() {
		t.Log(p)
	}
}

// play plays one season: what is laid down in calm weather, then the rest in rough weather and in a storm, then what
// is left alone while it is measured. loud shows how far it is.
func (b *booking) play(t *testing.T, talks []talk, loud bool) (s *storm, problems []broken, err error) {
	t.Helper()
	s, err = newStorm(t, b.lambda, b.seed)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	devices := map[string]*stormDevice{}
	for _, name := range stormDevices {
		if devices[name], err = s.newDevice(name); err != nil {
			return nil, nil, err
		}
		defer devices[name].echo.Close() //nolint:errcheck // it is over anyway
	}
	bar := func() {}
	if loud {
		bar = func() { b.bar.step(1, 0) }
		defer func() { b.bar.step(0, len(s.kills())) }()
	}
	laid, drawn := split(talks, func(c talk) bool { return c.then != nil })
	half := len(drawn) / 2
	for i, act := range []struct {
		weather string
		talks   []talk
	}{{"calm", laid}, {"rough", drawn[:half]}, {"storm", drawn[half:]}} {
		from := s.now()
		if err := s.control("weather " + act.weather); err != nil {
			return nil, nil, err
		}
		s.act(t.Context(), devices, act.talks, i > 0, bar)
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2]
		if err := s.restart(from, signal, 0); err != nil {
			return nil, nil, err
		}
	}
	if err := s.calm(t.Context(), devices, len(talks) == len(b.talks)); err != nil {
		return nil, nil, err
	}
	return s, s.judge(), nil
}

func split(list []talk, first func(talk) bool) (yes, no []talk) {
	for _, c := range list {
		if first(c) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return yes, no
}

// act plays conversations, each device its own one after another. Nature plays along unless it is left out: then the
// devices take turns too, because what is laid down builds on what came before.
func (s *storm) act(ctx context.Context, devices map[string]*stormDevice, talks []talk, wild bool, done func()) {
	if !wild {
		for _, c := range talks {
			s.prepare(ctx, c)
			devices[c.device].hold(ctx, c)
			done()
		}
		s.sky.deaf.Store(false)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	var around, speaking sync.WaitGroup
	around.Go(func() { s.nature(ctx) })
	for _, carrier := range []string{"ups", "fedex", "dhl"} {
		around.Go(func() { s.courier(ctx, carrier) })
	}
	for i, share := range sharing(talks) {
		speaking.Go(func() {
			for _, c := range share {
				devices[stormDevices[i]].hold(ctx, c)
				done()
			}
		})
	}
	speaking.Wait()
	stop()
	around.Wait()
}

// natures are what happens to cars meanwhile.
var natures = []string{
	"golf asleep", "golf awake", "golf offline", "golf awake", "bolt asleep", "bolt awake", "bolt moving", "bolt parked", "outback asleep",
	"outback awake", "golf light on P0301", "golf light off", "golf lid stays open", "golf lid closes", "golf actuator jams", "golf actuator works",
	"bolt tire front_left critical", "bolt tires fresh", "expire next token", "outback key not returned", "outback key returned",
}

// nature happens a few times a second, and restarts the dongle cloud once in a while.
func (s *storm) nature(ctx context.Context) {
	dice := rand.New(rand.NewPCG(s.seed, 99))
	for i := 1; pauseFor(ctx, 300*time.Millisecond); i++ {
		if i%12 == 0 {
			if err := s.reopenGarage(); err != nil {
				s.trouble(err)
				return
			}
			continue
		}
		_ = s.control(pick(dice, natures)) // it may be restarting
	}
	for _, what := range []string{"golf awake", "golf lid closes", "golf actuator works", "bolt awake", "bolt parked", "outback awake", "outback key returned"} {
		if err := s.control(what); err != nil {
			s.trouble(err)
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// courier keeps trying to redeem whatever there is, taken back or not, and remembers what it tried.
func (s *storm) courier(ctx context.Context, carrier string) {
	known, _ := s.demo.Carrier(carrier)
	courier, err := dongle.NewCourier(dongle.Options{BaseURL: s.garageURL(), Now: s.now}, known.ClientID, known.ClientSecret)
	if err != nil {
		s.trouble(err)
		return
	}
	for pauseFor(ctx, 400*time.Millisecond) {
		list, err := courier.List(ctx)
		if err != nil {
			continue
		}
		for _, d := range list {
			s.redeem(ctx, courier, d.GrantID)
		}
	}
}

// redeem takes the steps of a delivery; each may fail, and the next is tried all the same.
func (s *storm) redeem(ctx context.Context, courier *dongle.Courier, grant string) {
	_, _ = courier.EnRoute(ctx, grant, parcel)
	d, err := courier.Delivery(ctx, grant)
	if err != nil || d.Position == nil {
		return
	}
	_, _ = courier.Arrive(ctx, grant, *d.Position)
	if _, err := courier.Open(ctx, grant, parcel, *d.Position); err == nil {
		s.note(func(h *history) {
			if !slices.ContainsFunc(h.opened, func(o opening) bool { return o.grant == grant }) {
				h.opened = append(h.opened, opening{grant: grant, asked: s.now()})
			}
		})
	}
	_, _ = courier.Complete(ctx, grant)
}
