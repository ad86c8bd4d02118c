package garage

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// operator gets a token for whoever runs the skill.
func (w *world) operator() string {
	w.Helper()
	res, err := http.PostForm(w.URL()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {w.Demo().Operator.ClientID}, "client_secret": {w.Demo().Operator.ClientSecret},
	})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		w.Fatalf("token for the operator: status %d, %v", res.StatusCode, err)
	}
	return answer.AccessToken
}

// mailbox is an endpoint that keeps what comes, and answers as it is told.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	status int // of every answer; 0 for 204
	got    []letter
}

type letter struct {
	header http.Header
	body   []byte
}

func newMailbox(t testing.TB) *mailbox {
	t.Helper()
	m := &mailbox{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got = append(m.got, letter{r.Header.Clone(), body})
		if m.status == 0 {
			m.status = http.StatusNoContent
		}
		w.WriteHeader(m.status)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) answers(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

// taken gives what came since it was last asked.
func (m *mailbox) taken() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.got
	m.got = nil
	return list
}

func (l letter) message(t testing.TB) wire.WebhookMessage {
	t.Helper()
	var m wire.WebhookMessage
	if err := json.Unmarshal(l.body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func types(t testing.TB, letters []letter) []wire.EventType {
	t.Helper()
	list := []wire.EventType{}
	for _, l := range letters {
		list = append(list, l.message(t).Type)
	}
	return list
}

// register makes an endpoint for some types of events, or for all.
func (w *world) register(m *mailbox, types ...wire.EventType) wire.WebhookEndpoint {
	w.Helper()
	a := w.call(w.operator(), "POST", "/v1/webhook-endpoints", wire.WebhookEndpointRequest{URL: m.URL, EventTypes: types})
	return want[wire.WebhookEndpoint](w, http.StatusCreated, a)
}

func TestWebhookEndpoints(t *testing.T) {
	w := openWorld(t)
	token := w.operator()
	for _, url := range []string{
		"https://example.com/", "http://10.0.0.1/", "http://169.254.169.254/latest", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/",
		"http://user@127.0.0.1/", "http://127.0.0.1/#x", "http://0.0.0.0/", "http://[::]/", "/events", "http://",
	} {
		w.refused(url, w.call(token, "POST", "/v1/webhook-endpoints", wire.WebhookEndpointRequest{URL: url}), wire.ProblemCodeInvalidRequest)
	}
	for _, body := range []string{`{}`, `{"url":"http://127.0.0.1/","event_types":[]}`, `{"url":"http://127.0.0.1/","event_types":["rain"]}`} {
		_, a := w.send(token, "POST", "/v1/webhook-endpoints", []byte(body))
		w.refused(body, a, wire.ProblemCodeInvalidRequest)
	}
	w.refused("an owner", w.call(w.owner("demo"), "GET", "/v1/webhook-endpoints", nil), wire.ProblemCodeInsufficientScope)
	w.refused("the operator's view of cars", w.call(token, "GET", "/v1/vehicles", nil), wire.ProblemCodeInsufficientScope)

	m := newMailbox(t)
	made := w.register(m, wire.EventTypeVehicleAlert)
	if made.Secret == nil || !made.Enabled || made.URL != m.URL {
		t.Errorf("made %+v", made)
	}
	for range 9 {
		w.register(m)
	}
	w.refused("an eleventh", w.call(token, "POST", "/v1/webhook-endpoints", wire.WebhookEndpointRequest{URL: m.URL}), wire.ProblemCodeEndpointLimit)
	list := want[wire.WebhookEndpointList](w, http.StatusOK, w.call(token, "GET", "/v1/webhook-endpoints", nil))
	if len(list.Endpoints) != 10 || slices.ContainsFunc(list.Endpoints, func(e wire.WebhookEndpoint) bool { return e.Secret != nil }) {
		t.Errorf("listed %d endpoints, or one with its secret", len(list.Endpoints))
	}
	if a := w.call(token, "DELETE", "/v1/webhook-endpoints/"+made.ID, nil); a.status != http.StatusNoContent {
		t.Errorf("delete: status %d", a.status)
	}
	w.refused("delete again", w.call(token, "DELETE", "/v1/webhook-endpoints/"+made.ID, nil), wire.ProblemCodeNotFound)
}

// TestWebhookIsSigned: what comes is the event with its owner, and anybody with the secret can tell that it is.
func TestWebhookIsSigned(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	made := w.register(m)
	w.steer("golf tire front_left 150", "deliver events")
	got := m.taken()
	if len(got) != 1 {
		t.Fatalf("got %d messages, want 1", len(got))
	}
	signer, err := webhooks.NewWebhook(*made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.VerifyIgnoringTimestamp(got[0].body, got[0].header); err != nil {
		t.Error(err)
	}
	other := w.register(m)
	if signer, err = webhooks.NewWebhook(*other.Secret); err != nil || signer.VerifyIgnoringTimestamp(got[0].body, got[0].header) == nil {
		t.Errorf("another endpoint's secret fits, %v", err)
	}
	msg := got[0].message(t)
	if e := msg.Data.Event; msg.Type != wire.EventTypeVehicleAlert || msg.Data.OwnerID != "own_demo" || e.VehicleID != "veh_golf" ||
		e.Alert == nil || *e.Alert != wire.AlertTireLow || !msg.Timestamp.Equal(w.clock.Now()) {
		t.Errorf("message %s", got[0].body)
	}
	w.steer("deliver events")
	if again := m.taken(); len(again) != 0 {
		t.Errorf("%d more messages after all were taken", len(again))
	}
}

// TestAlerts: once when it begins, again only after it was over, and nothing about what was so before.
func TestAlerts(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	w.register(m, wire.EventTypeVehicleAlert)
	for _, c := range []struct {
		line string
		want string // the alert, or nothing
	}{
		{"golf tire front_left 200", ""},
		{"golf tire front_left 186", "tire_low"},
		{"golf tire front_left 150", ""},
		{"golf tire rear_left 150", "tire_low"},
		{"golf tires fresh", ""},
		{"golf tire front_left 150", "tire_low"},
		{"outback tire rear_right low", "tire_low"},
		{"outback tire rear_right critical", ""},
		{"golf battery 11.9", "battery_low"},
		{"golf battery 12.5", ""},
		{"golf running\ngolf battery 11.9", ""},
		{"golf off", "battery_low"},
		{"golf light on P0301", "engine_light"},
		{"golf light on", ""},
		{"bolt unplugged", "dongle_unplugged"},
		{"bolt unplugged", ""},
		{"bolt awake", ""},
		{"bolt unplugged", "dongle_unplugged"},
		{"bolt reset", ""},
	} {
		w.steer(c.line, "deliver events")
		got := ""
		for _, l := range m.taken() {
			got += string(*l.message(t).Data.Event.Alert)
		}
		if got != c.want {
			t.Errorf("%q: alerts %q, want %q", c.line, got, c.want)
		}
	}
}

// TestWebhookIsTriedAgain walks three days of an endpoint that does not take it.
func TestWebhookIsTriedAgain(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	w.register(m)
	m.answers(http.StatusServiceUnavailable)
	w.steer("bolt unplugged")
	begin, last := w.clock.Now(), time.Duration(0)
	ids, gaps := map[string]bool{}, []time.Duration{}
	for since := time.Duration(0); since < 80*time.Hour; since += since/8 + time.Second {
		w.clock.pass(since - w.clock.Now().Sub(begin))
		w.steer("deliver events")
		for _, l := range m.taken() {
			ids[l.header.Get("webhook-id")] = true
			gaps, last = append(gaps, since-last), since
		}
	}
	if len(ids) != 1 || len(gaps) < 10 || last < 48*time.Hour || last > 72*time.Hour || !slices.IsSorted(gaps[:9]) {
		t.Errorf("%d ids, the last attempt after %s, waits %v; want one id for three days, and waits that grow to half a day", len(ids), last, gaps)
	}
}

// TestWebhookSurvives: what was not taken is sent by the next garage on the same data, what expired meanwhile too.
func TestWebhookSurvives(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	made := w.register(m, wire.EventTypeGrantCreated, wire.EventTypeGrantExpired)
	w.grant("intention-1")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(5 * time.Hour)
	w.open(Calm, 1)
	w.steer("deliver events")
	if got := types(t, m.taken()); !slices.Equal(got, []wire.EventType{wire.EventTypeGrantCreated, wire.EventTypeGrantExpired}) {
		t.Errorf("after the restart: %v", got)
	}
	clear(w.tokens) // they have expired
	m.answers(http.StatusGone)
	w.grant("intention-2")
	w.steer("deliver events")
	m.answers(http.StatusNoContent)
	w.grant("intention-3")
	w.steer("deliver events")
	if got := m.taken(); len(got) != 1 {
		t.Errorf("an endpoint that is gone got %d messages, want the one that it refused", len(got))
	}
	list := want[wire.WebhookEndpointList](w, http.StatusOK, w.call(w.operator(), "GET", "/v1/webhook-endpoints", nil))
	if len(list.Endpoints) != 1 || list.Endpoints[0].Enabled || list.Endpoints[0].ID != made.ID {
		t.Errorf("endpoints %+v, want it disabled", list.Endpoints)
	}
}

// TestWebhookInAStorm: everything comes, some of it twice and not in order.
func TestWebhookInAStorm(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	w.register(m)
	w.steer("weather storm")
	for range 20 {
		w.steer("bolt unplugged", "bolt awake")
	}
	for range 10 {
		w.steer("deliver events")
		w.clock.pass(time.Hour)
	}
	got := m.taken()
	events := []string{}
	for _, l := range got {
		events = append(events, l.message(t).Data.Event.ID)
	}
	sorted := slices.IsSorted(events)
	slices.Sort(events)
	if n := len(slices.Compact(events)); n < 20 || len(got) == n || sorted {
		t.Errorf("%d messages of %d events, in order: %t; want all, some twice, in another order", len(got), n, sorted)
	}
}

// TestPump: with an interval nobody has to ask.
func TestPump(t *testing.T) {
	m := newMailbox(t)
	w := openWorld(t)
	w.register(m)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), Options{Path: w.path, Now: w.clock.Now, DeliverEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	w.Garage = g
	w.steer("bolt unplugged")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if len(m.taken()) > 0 {
			return
		}
	}
	t.Error("nothing came by itself")
}
