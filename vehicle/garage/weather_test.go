package garage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/weather"
)

// impatient makes slow answers quick and remembers how slow they would have been.
func (w *world) impatient() *[]time.Duration {
	waits := &[]time.Duration{}
	w.weatherNow().Pause = func(_ context.Context, d time.Duration) { *waits = append(*waits, d) }
	return waits
}

func (w *world) weatherNow() *weather.Weather { return w.servers[0].Handler.(*cloud).weather }

func TestCalmIsCompletelyCalm(t *testing.T) {
	w := openWorld(t)
	waits := w.impatient()
	var first string
	for range 200 {
		a := w.call(w.owner("demo"), "GET", "/v1/vehicles", nil)
		if first == "" {
			first = string(a.body)
		}
		if a.status != http.StatusOK || string(a.body) != first {
			t.Fatalf("status %d %s, first %s", a.status, a.body, first)
		}
	}
	if len(*waits) != 0 {
		t.Errorf("calm weather waited %v", *waits)
	}
}

func TestOmens(t *testing.T) {
	body := func(w *world) wire.GrantRequest { return w.request("ups", 0, 4*time.Hour) }
	post := func(w *world, key string) answer {
		_, a := w.send(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", marshal(w.TB, body(w)), "Idempotency-Key", key)
		return a
	}
	for _, c := range []struct {
		line   string
		judge  func(a answer) bool
		effect bool
	}{
		{"lose next reply", func(a answer) bool { return a.err != nil }, true},
		{"fault next reply", func(a answer) bool {
			return a.code() == wire.ProblemCodeUpstreamError && a.status == http.StatusBadGateway
		}, true},
		{"garble next reply", func(a answer) bool { return a.status == http.StatusCreated && !json.Valid(a.body) }, true},
		{"limit next request 20s", func(a answer) bool {
			return a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "20"
		}, false},
		{"refuse next request 5s", func(a answer) bool {
			return a.code() == wire.ProblemCodeUnavailable && a.header.Get("Retry-After") == "5"
		}, false},
		{"expire next token", func(a answer) bool { return a.code() == wire.ProblemCodeUnauthorized }, false},
		{"slow next reply 8s", func(a answer) bool { return a.status == http.StatusCreated }, true},
	} {
		w := openWorld(t)
		waits := w.impatient()
		w.owner("demo")
		w.steer(c.line)
		first := post(w, "intention-1")
		if !c.judge(first) {
			t.Errorf("%s: status %d %s %v", c.line, first.status, first.body, first.err)
		}
		if done := len(w.ledger()) == 1; done != c.effect {
			t.Errorf("%s: effect %t, want %t", c.line, done, c.effect)
		}
		if strings.HasPrefix(c.line, "slow") && !slices.Equal(*waits, []time.Duration{8 * time.Second}) {
			t.Errorf("%s: waited %v", c.line, *waits)
		}
		delete(w.tokens, "demo")
		// An omen comes true once; the same key then finds out, and never makes a second grant.
		if again := post(w, "intention-1"); again.status != http.StatusCreated || len(w.ledger()) != 1 {
			t.Errorf("%s, again: status %d %s, effects %q", c.line, again.status, again.body, w.ledger())
		}
	}
}

func TestOmensOfAnswersWaitForAnEffect(t *testing.T) {
	w := openWorld(t)
	w.steer("lose next reply")
	w.vehicles("demo") // a GET has nothing to lose
	_, a := w.send(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", marshal(t, w.request("ups", 0, time.Hour)), "Idempotency-Key", "intention-1")
	if a.err == nil {
		t.Errorf("the reply was not lost: %d %s", a.status, a.body)
	}
}

// TestStormKeepsTheContract: in a storm answers fail in every way that the table knows, but an answer that
// looks right is right, and no intention is ever done twice.
func TestStormKeepsTheContract(t *testing.T) {
	const seed = 20310506
	t.Logf("seed %d", seed)
	w := openWorldIn(t, Storm, seed)
	w.impatient()
	met := map[string]int{}
	for i := range 400 {
		path, method, body, headers := "/v1/vehicles", "GET", []byte(nil), []string(nil)
		if i%3 == 0 {
			method, path = "POST", "/v1/vehicles/veh_golf/grants"
			body, headers = marshal(t, w.request("ups", 0, 4*time.Hour)), []string{"Idempotency-Key", fmt.Sprintf("intention-%d", i/30)}
		}
		req, a := w.send(w.owner("demo"), method, path, body, headers...)
		switch {
		case a.err != nil:
			met["lost"]++
		case a.status == http.StatusUnauthorized:
			met["expired"]++
			delete(w.tokens, "demo")
		case a.status >= 400:
			met[string(a.code())]++
		case !json.Valid(a.body):
			met["garbled"]++
		default:
			met["fine"]++
			w.holdAgainstContract(req, body, a, true)
			if bytes.Contains(a.body, []byte("x_garage_mood")) {
				met["unknown members"]++
			}
		}
	}
	for _, kind := range []string{"lost", "expired", "rate_limited", "unavailable", "upstream_error", "garbled", "fine", "unknown members"} {
		if met[kind] == 0 {
			t.Errorf("the storm brought no %s: %v", kind, met)
		}
	}
	if grants := len(w.ledger()); grants > 14 {
		t.Errorf("14 intentions made %d grants", grants)
	}
}
