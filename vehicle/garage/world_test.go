package garage

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// twoPM is a Tuesday, 14:00 in Vancouver.
var twoPM = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// clock is a clock that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a running garage and whoever calls it. Every answer is held against the contract.
type world struct {
	testing.TB
	*Garage
	clock  *clock
	router routers.Router
	tokens map[string]string
	log    *bytes.Buffer
	path   string
}

func openWorld(t testing.TB) *world { return openWorldIn(t, Calm, 1) }

func openWorldIn(t testing.TB, weather Weather, seed uint64) *world {
	t.Helper()
	w := &world{TB: t, clock: &clock{now: twoPM}, tokens: map[string]string{}, log: &bytes.Buffer{}, path: filepath.Join(t.TempDir(), "sub", "garage.db")}
	w.open(weather, seed)
	return w
}

// open starts the garage, or starts it again on the same data.
func (w *world) open(weather Weather, seed uint64) {
	w.Helper()
	g, err := Open(w.Context(), Options{
		Path: w.path, Seed: seed, Now: w.clock.Now, Weather: weather, Log: slog.New(slog.NewTextHandler(&lockedWriter{w: w.log}, nil)),
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = g.Close() })
	w.Garage = g
	if w.router, err = contract(); err != nil {
		w.Fatal(err)
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// contract is openapi.yaml, wherever it is served; reading it takes longer than most tests.
var contract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", "dongle", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	return legacy.NewRouter(doc)
})

// owner signs in once per login and gives the access token.
func (w *world) owner(login string) string {
	w.Helper()
	if token, ok := w.tokens[login]; ok {
		return token
	}
	who, ok := w.Demo().Owner(login)
	if !ok {
		w.Fatalf("no owner %q", login)
	}
	token, err := SignIn(w.Context(), http.DefaultClient, w.URL(), who.Login, who.Password)
	if err != nil {
		w.Fatal(err)
	}
	w.tokens[login] = token.AccessToken
	return token.AccessToken
}

// carrier gets a token with client credentials.
func (w *world) carrier(id string) string {
	w.Helper()
	if token, ok := w.tokens[id]; ok {
		return token
	}
	who, ok := w.Demo().Carrier(id)
	if !ok {
		w.Fatalf("no carrier %q", id)
	}
	res, err := http.PostForm(w.URL()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {who.ClientID}, "client_secret": {who.ClientSecret},
	})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		w.Fatalf("token for %s: status %d, %v", id, res.StatusCode, err)
	}
	w.tokens[id] = answer.AccessToken
	return answer.AccessToken
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of the connection
}

func (a answer) code() wire.ProblemCode {
	var p wire.Problem
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

// send makes a request, body nil for none, and leaves the judgment to the caller.
func (w *world) send(token, method, path string, body []byte, headers ...string) (*http.Request, answer) {
	w.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.URL()+path, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return req, answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return req, answer{status: res.StatusCode, header: res.Header, body: text, err: err}
}

// call makes a request that keeps the contract, and holds both request and answer against it.
func (w *world) call(token, method, path string, body any, headers ...string) answer {
	w.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.Fatal(err)
		}
	}
	req, a := w.send(token, method, path, text, headers...)
	if a.err != nil {
		w.Fatalf("%s %s: %v", method, path, a.err)
	}
	w.holdAgainstContract(req, text, a, true)
	return a
}

func (w *world) holdAgainstContract(req *http.Request, body []byte, a answer, alsoRequest bool) {
	w.Helper()
	route, params, err := w.router.FindRoute(req)
	if err != nil {
		w.Fatalf("%s %s is not in the contract: %v", req.Method, req.URL.Path, err)
	}
	again := req.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(body))
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true}
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route, Options: options}
	if alsoRequest {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			w.Errorf("%s %s: the test's request breaks the contract: %v", req.Method, req.URL.Path, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header, Options: options}
	out.SetBodyBytes(a.body)
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		w.Errorf("%s %s: the answer %d breaks the contract: %v\n%s", req.Method, req.URL.Path, a.status, err, a.body)
	}
}

// want decodes an answer of the expected status.
func want[T any](w *world, status int, a answer) T {
	w.Helper()
	var v T
	if a.status != status {
		w.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		w.Fatalf("answer %s: %v", a.body, err)
	}
	return v
}

// refused checks that an answer is a problem with this code.
func (w *world) refused(what string, a answer, code wire.ProblemCode) {
	w.Helper()
	if a.code() != code || a.status != problems[code].status || a.header.Get("Content-Type") != "application/problem+json" {
		w.Errorf("%s: status %d code %q, want %d %q: %s", what, a.status, a.code(), problems[code].status, code, a.body)
	}
}

// steer sends directives to the control port.
func (w *world) steer(lines ...string) {
	w.Helper()
	res, err := http.Post(w.ControlURL()+"/control", "text/plain", strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusNoContent {
		w.Fatalf("control %q: status %d %s", lines, res.StatusCode, text)
	}
}

// ledger reads all effects as lines.
func (w *world) ledger() []string {
	w.Helper()
	res, err := http.Get(w.ControlURL() + "/control/ledger")
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var list []LedgerEntry
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		w.Fatal(err)
	}
	lines := []string{}
	for _, e := range list {
		lines = append(lines, e.Line)
	}
	return lines
}

// request is what an owner asks for: a carrier and a window relative to now.
func (w *world) request(carrier string, from, until time.Duration) wire.GrantRequest {
	now := w.clock.Now()
	return wire.GrantRequest{
		AccessPoint: wire.AccessPointTrunk, WayIn: wire.WayInCarrier, CarrierID: &carrier,
		Window: wire.Window{Start: now.Add(from), End: now.Add(until)},
	}
}

// grant lets UPS into the Golf for four hours.
func (w *world) grant(key string) wire.Grant {
	w.Helper()
	a := w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", w.request("ups", 0, 4*time.Hour), "Idempotency-Key", key)
	return want[wire.Grant](w, http.StatusCreated, a)
}

// atCar is a courier's position beside the Golf.
var atCar = wire.Position{Latitude: 49.2693, Longitude: -123.1560}

const parcel = "1Z999AA10123456784"

// step makes one step of a delivery as UPS.
func (w *world) step(id, step string, body any) answer {
	w.Helper()
	return w.call(w.carrier("ups"), "POST", "/v1/deliveries/"+id+"/"+step, body)
}

// arrive brings the courier of a new grant to the car.
func (w *world) arrive(key string) string {
	w.Helper()
	id := w.grant(key).ID
	want[wire.Delivery](w, http.StatusOK, w.step(id, "en-route", wire.EnRoute{DeliveryReference: parcel}))
	want[wire.Delivery](w, http.StatusOK, w.step(id, "arrive", wire.Arrival{Position: atCar}))
	return id
}

func redemption() wire.Redemption { return wire.Redemption{DeliveryReference: parcel, Position: atCar} }
