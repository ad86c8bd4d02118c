package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/endpoint"
	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// series are what /metrics told of Trunkpass: the labels of each line by the name of the metric. The buckets of a
// histogram have an le besides.
type series map[string][]map[string]string

var (
	seriesLine = regexp.MustCompile(`(?m)^(trunkpass_[a-z_]+)\{(.*)\} \S+$`)
	label      = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
)

func readSeries(text string) series {
	all := series{}
	for _, line := range seriesLine.FindAllStringSubmatch(text, -1) {
		labels := map[string]string{}
		for _, l := range label.FindAllStringSubmatch(line[2], -1) {
			labels[l[1]] = l[2]
		}
		all[line[1]] = append(all[line[1]], labels)
	}
	return all
}

// has tells whether some line of a metric has these labels, given as name and value in turns.
func (s series) has(name string, labels ...string) bool {
	for _, line := range s[name] {
		fits := true
		for i := 0; i < len(labels); i += 2 {
			value, ok := line[labels[i]]
			fits = fits && ok && value == labels[i+1]
		}
		if fits {
			return true
		}
	}
	return false
}

func (m *metrics) read(t *testing.T) series {
	t.Helper()
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics: %d", w.Code)
	}
	return readSeries(w.Body.String())
}

// countedDoor is the verified door of a home at that time, with what it counts. It is called without a network.
func countedDoor(t *testing.T, c serveCommand) (h *home, m *metrics, alexa *endpointtest.Alexa, door http.Handler) {
	t.Helper()
	m, alexa = newMetrics(), endpointtest.New(t, c.Now)
	o := homeOptions{
		worldFlags: c.worldFlags, ApplicationID: c.ApplicationID, Log: slog.New(slog.DiscardHandler), Note: io.Discard, Metrics: m,
		Clock: func() time.Time { return c.Now },
	}
	h, err := openHome(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	mounts, err := c.mounts(h, o, "http://127.0.0.1:1", trust{roots: alexa.Roots(), http: alexa.HTTP()})
	if err != nil {
		t.Fatal(err)
	}
	return h, m, alexa, mounts.Alexa
}

// What is played here comes from Alexa, from a driver and from somebody who makes things up; what is told of it are words
// of closed lists.
func TestMetricsOfTurns(t *testing.T) {
	c := parseServe(t, "--application-id", someSkill, "--data", t.TempDir(), "--now", "2031-05-06T14:00:00-07:00")
	h, m, alexa, door := countedDoor(t, c)
	send := func(header http.Header, body []byte) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/alexa", bytes.NewReader(body))
		r.Header = header
		door.ServeHTTP(w, r)
		return w
	}
	var last []byte
	e := newEcho(t, c, &served{garage: h.garage.URL()}, c.clock(), func(_ context.Context, body []byte) ([]byte, error) {
		last = body
		return send(alexa.Header(body), body).Body.Bytes(), nil
	})
	for _, said := range []string{
		"ask trunk pass what's my tire pressure", "open trunk pass", "let ups into my trunk until eight p.m.", "seven three zero six", "four eight two one",
	} {
		if _, err := e.Say(t.Context(), said); err != nil {
			t.Fatalf("%q: %v", said, err)
		}
	}
	for _, made := range [][2]string{{`"name":"LetCourierIn"`, `"name":"OpenSesame"`}, {`"type":"IntentRequest"`, `"type":"SesameRequest"`}} {
		body := bytes.Replace(fresh(last), []byte(made[0]), []byte(made[1]), 1)
		if w := send(alexa.Header(body), body); bytes.Equal(body, last) || w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", made[1], w.Code, w.Body)
		}
	}
	send(http.Header{"Content-Type": {"application/json"}}, last)

	got := m.read(t)
	for _, row := range [][]string{
		{"trunkpass_turn_seconds_count", "type", "IntentRequest", "intent", "CheckTires", "outcome", "answered"},
		{"trunkpass_turn_seconds_count", "type", "LaunchRequest", "intent", "", "outcome", "answered"},
		{"trunkpass_turn_seconds_count", "type", "IntentRequest", "intent", "other"},
		{"trunkpass_turn_seconds_count", "type", "other", "intent", ""},
		{"trunkpass_cloud_call_seconds_count", "op", "read diagnosis", "kind", "ok"},
		{"trunkpass_pin_checks_total", "result", "wrong"},
		{"trunkpass_pin_checks_total", "result", "right"},
		{"trunkpass_requests_refused_total", "reason", "no_certificate_url"},
	} {
		if !got.has(row[0], row[1:]...) {
			t.Errorf("there is no %s with %q among %v", row[0], row[1:], got[row[0]])
		}
	}
	for name, lines := range got {
		for _, labels := range lines {
			for _, value := range labels {
				if regexp.MustCompile(`(?i)sesame|ups|golf|7306|4821|amzn1|eyJ`).MatchString(value) {
					t.Errorf("%s tells %q", name, value)
				}
			}
		}
	}
}

// playAll has every hook report every word of its list.
func (m *metrics) playAll(t *testing.T) {
	t.Helper()
	for _, o := range []skill.Outcome{skill.Answered, skill.Apologized, skill.Refused, skill.Failed} {
		m.turns()(skill.Seen{Type: skill.TypeIntentRequest, Intent: "CheckTires", Outcome: o})
	}
	for _, k := range []vehicle.Kind{"", vehicle.Unavailable, vehicle.Internal} {
		m.calls()(vehicle.Called{Op: "read diagnosis", Kind: k})
	}
	for _, r := range []pin.Result{pin.Right, pin.Wrong, pin.LockedNow, pin.Locked, pin.NotSet, pin.Busy} {
		m.pins()(r)
	}
	for _, r := range []endpoint.Reason{endpoint.NoCertificateURL, endpoint.CertificateNotHad, endpoint.CertificateLimit, endpoint.CertificateExpired} {
		m.refusals()(r)
	}
	for _, r := range []notify.Result{notify.Accepted, notify.AlreadySent, notify.NotSubscribed, notify.Limited, notify.Rejected, notify.Unavailable} {
		m.told()(word.Told{Event: vehicle.VehicleAlert, Result: r})
	}
	for _, status := range []int{http.StatusNoContent, http.StatusBadRequest, http.StatusServiceUnavailable} {
		answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/events", nil)
		m.webhooks(answer).ServeHTTP(httptest.NewRecorder(), request)
		if !m.read(t).has("trunkpass_webhooks_total", "code", fmt.Sprint(status)) {
			t.Errorf("an answer of %d is not counted", status)
		}
	}
}

// What docs/operate.md asks a Prometheus server for is there, with the labels and the words that it asks for.
func TestMetricsOfTheManual(t *testing.T) {
	m := newMetrics()
	m.playAll(t)
	manual, err := os.ReadFile("docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	got, asked := m.read(t), 0
	for _, found := range regexp.MustCompile(`(trunkpass_[a-z_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(string(manual), -1) {
		name := found[1]
		if len(got[name])+len(got[name+"_count"]) == 0 {
			t.Errorf("there is no %s", name)
		}
		for _, l := range regexp.MustCompile(`([a-z]+)=~?"([^"]*)"`).FindAllStringSubmatch(found[2], -1) {
			for value := range strings.SplitSeq(l[2], "|") {
				if asked++; !got.has(name, l[1], value) {
					t.Errorf("there is no %s with %s %q", name, l[1], value)
				}
			}
		}
	}
	if asked < 10 {
		t.Errorf("the manual asks for %d labels; it was not understood", asked)
	}
}

// Without metrics nobody reports, and nothing stands in the way.
func TestNoMetrics(t *testing.T) {
	var m *metrics
	if m.turns() != nil || m.calls() != nil || m.pins() != nil || m.told() != nil || m.refusals() != nil {
		t.Error("no metrics have a hook")
	}
	w := httptest.NewRecorder()
	m.webhooks(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/events", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("without metrics a handler answers %d, want its own 404", w.Code)
	}
}
