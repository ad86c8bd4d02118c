package dongle_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

const goodDelivery = `{"grant_id":"grt_1","status":"active","access_point":"trunk","delivery_reference":"1Z9",
	"window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-07T01:00:00Z"},
	"vicinity":{"latitude":49.28,"longitude":-123.12,"radius_m":800},
	"position":{"latitude":49.2827,"longitude":-123.1207},"command_id":"cmd_1",
	"vehicle":{"make":"Volkswagen","model":"Golf","color":"white","plate":"TRK 482"},
	"steps":[{"step":"en_route","at":"2031-05-06T21:10:00Z"},{"step":"granted","at":"2031-05-06T21:00:00Z"},{"step":"levitated","at":"2031-05-06T21:20:00Z"}]}`

const goodCommand = `{"id":"cmd_1","vehicle_id":"golf","action":"open_trunk","status":"%s","created_at":"2031-05-06T21:20:00Z","expires_at":"2031-05-06T21:21:30Z"}`

// depot is a cloud for couriers.
type depot struct {
	signIns atomic.Int32
	courier *dongle.Courier
}

// openDepot makes a depot that gives out tokens by signIn and answers everything else with handler. A lawful
// one keeps to the contract, and a witness checks that.
func openDepot(t *testing.T, lawful bool, signIn, handler http.HandlerFunc) *depot {
	t.Helper()
	d := &depot{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		d.signIns.Add(1)
		signIn(w, r)
	})
	mux.HandleFunc("/", handler)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	carry := server.Client()
	if lawful {
		carry = witnessed(t, server.URL, carry.Transport, nil)
	}
	courier, err := dongle.NewCourier(dongle.Options{BaseURL: server.URL, Now: clock, HTTP: carry}, "ups", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	d.courier = courier
	return d
}

func goodSignIn(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"access_token":"token-of-the-carrier","token_type":"Bearer","expires_in":3600}`)
}

func TestCourierSteps(t *testing.T) {
	type exchange struct{ method, path, body, status, answer string }
	here := vehicle.Position{Latitude: 49.2827, Longitude: -123.1207}
	delivery := dongle.Delivery{
		GrantID: "grt_1", Status: vehicle.Active, AccessPoint: vehicle.Trunk, Window: fourHours.Window, Reference: "1Z9",
		Vicinity: &dongle.Vicinity{Center: vehicle.Position{Latitude: 49.28, Longitude: -123.12}, RadiusM: 800},
		Position: &here, CommandID: "cmd_1",
		Car:   dongle.Car{Make: "Volkswagen", Model: "Golf", Color: "white", Plate: "TRK 482"},
		Steps: []dongle.Step{{Name: "granted", At: noon}, {Name: "en_route", At: noon.Add(10 * time.Minute)}},
	}
	command := dongle.Command{ID: "cmd_1", Status: dongle.CommandUnderway, ExpiresAt: noon.Add(21*time.Minute + 30*time.Second)}
	queued := fmt.Sprintf(goodCommand, "queued")
	// What the contract's own words of a step may be: the witness must not object to the unknown one.
	known := strings.Replace(goodDelivery, `,{"step":"levitated","at":"2031-05-06T21:20:00Z"}`, "", 1)
	for _, row := range []struct {
		exchange
		call func(context.Context, *dongle.Courier) (any, error)
		want any
	}{
		{exchange{"GET", "/v1/deliveries", ``, "200", `{"deliveries":[` + known + `]}`}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.List(ctx)
		}, []dongle.Delivery{delivery}},
		{exchange{"GET", "/v1/deliveries/grt_1", ``, "200", known}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.Delivery(ctx, "grt_1")
		}, delivery},
		{exchange{"POST", "/v1/deliveries/grt_1/en-route", `{"delivery_reference":"1Z9"}`, "200", known}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.EnRoute(ctx, "grt_1", "1Z9")
		}, delivery},
		{exchange{"POST", "/v1/deliveries/grt_1/arrive", `{"position":{"latitude":49.2827,"longitude":-123.1207}}`, "200", known}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.Arrive(ctx, "grt_1", here)
		}, delivery},
		{exchange{"POST", "/v1/deliveries/grt_1/open", `{"delivery_reference":"1Z9","position":{"latitude":49.2827,"longitude":-123.1207}}`, "202", queued}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.Open(ctx, "grt_1", "1Z9", here)
		}, command},
		{exchange{"GET", "/v1/commands/cmd_1", ``, "200", queued}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.Command(ctx, "cmd_1")
		}, command},
		{exchange{"POST", "/v1/deliveries/grt_1/complete", ``, "200", known}, func(ctx context.Context, c *dongle.Courier) (any, error) {
			return c.Complete(ctx, "grt_1")
		}, delivery},
	} {
		d := openDepot(t, true, goodSignIn, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			got := exchange{r.Method, r.URL.Path, string(body), row.status, row.answer}
			if got != row.exchange {
				t.Errorf("got %v, want %v", got, row.exchange)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer token-of-the-carrier" {
				t.Errorf("got authorization %q", got)
			}
			answers(map[string]int{"200": 200, "202": 202}[row.status], row.answer)(w, r)
		})
		got, err := row.call(t.Context(), d.courier)
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %#v, %v, want %#v", row.path, got, err, row.want)
		}
	}
}

func TestCommandStatus(t *testing.T) {
	for status, want := range map[string]dongle.CommandStatus{
		"queued": dongle.CommandUnderway, "sent": dongle.CommandUnderway, "delivered": dongle.CommandUnderway,
		"succeeded": dongle.CommandSucceeded, "failed": dongle.CommandFailed, "timed_out": dongle.CommandFailed,
		"unknown": dongle.CommandUnknown, "levitated": dongle.CommandUnknown, "": dongle.CommandUnknown,
	} {
		c := courierOver(t, fmt.Sprintf(goodCommand, status))
		if got, err := c.Command(t.Context(), "cmd_1"); err != nil || got.Status != want {
			t.Errorf("%q: got %q, %v, want %q", status, got.Status, err, want)
		}
	}
}

// courierOver is a courier that is signed in and then always answered the same.
func courierOver(t *testing.T, body string) *dongle.Courier {
	t.Helper()
	o := canned(http.StatusOK, "application/json", body)
	under := o.HTTP.Transport
	o.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth/token" {
			w := httptest.NewRecorder()
			goodSignIn(w, r)
			return w.Result(), nil
		}
		return under.RoundTrip(r)
	})}
	c, err := dongle.NewCourier(o, "ups", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHostileDeliveries(t *testing.T) {
	for name, odd := range map[string][2]string{
		"another delivery":      {"grt_1", "grt_2"},
		"beyond the pole":       {"49.2827", "149.2827"},
		"around the world":      {"-123.1207", "-1123.1207"},
		"a vicinity of a meter": {`"radius_m":800`, `"radius_m":1`},
		"a bell in the plate":   {"TRK 482", `TRK\u0007`},
		"a step at no time":     {`"at":"2031-05-06T21:10:00Z"`, `"x":1`},
		"no window":             {`"end":"2031-05-07T01:00:00Z"`, `"x":1`},
	} {
		_, err := courierOver(t, strings.Replace(goodDelivery, odd[0], odd[1], 1)).EnRoute(t.Context(), "grt_1", "1Z9")
		wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
		if strings.Contains(fmt.Sprint(err), "482") || strings.Contains(fmt.Sprint(err), "49.28") {
			t.Errorf("%s: %q quotes the answer", name, err)
		}
	}
	d, err := courierOver(t, goodDelivery).Delivery(t.Context(), "grt_1")
	if err != nil || len(d.Steps) != 2 {
		t.Errorf("got %v, %v, want the two steps that we know", d.Steps, err)
	}
}

func TestCourierRefusesBadIDs(t *testing.T) {
	d := openDepot(t, true, goodSignIn, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, id := range []string{"", "../me", "a b", strings.Repeat("x", 65)} {
		_, delivery := d.courier.Delivery(t.Context(), id)
		_, open := d.courier.Open(t.Context(), id, "1Z9", vehicle.Position{})
		_, command := d.courier.Command(t.Context(), id)
		for _, err := range []error{delivery, open, command} {
			wantError(t, err, vehicle.NotFound, vehicle.NotDone)
		}
	}
}

func TestCourierSignsInOnce(t *testing.T) {
	d := openDepot(t, true, func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if err := r.ParseForm(); err != nil || !ok || id != "ups" || secret != "s3cret" || r.Form.Get("scope") != "deliveries" || r.Form.Has("client_secret") {
			t.Errorf("got %q, %v, %v, %v", id, ok, r.Form, err)
		}
		goodSignIn(w, r)
	}, answers(http.StatusOK, `{"deliveries":[]}`))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := d.courier.List(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := d.signIns.Load(); got != 1 {
		t.Errorf("got %d sign-ins, want 1", got)
	}
}

// A token that the cloud no longer honors is given up, not tried again in the same call.
func TestCourierSignsInAgain(t *testing.T) {
	var calls atomic.Int32
	d := openDepot(t, true, goodSignIn, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			answers(http.StatusUnauthorized, `{"type":"about:blank","title":"t","status":401,"code":"unauthorized","retryable":false}`)(w, r)
			return
		}
		answers(http.StatusOK, `{"deliveries":[]}`)(w, r)
	})
	_, err := d.courier.List(t.Context())
	wantError(t, err, vehicle.NotLinked, vehicle.NotDone)
	if _, err := d.courier.List(t.Context()); err != nil || d.signIns.Load() != 2 {
		t.Errorf("got %v after %d sign-ins, want success after 2", err, d.signIns.Load())
	}
}

func TestCourierCannotSignIn(t *testing.T) {
	for _, row := range []struct {
		name   string
		signIn http.HandlerFunc
		kind   vehicle.Kind
	}{
		{"wrong secret", answers(http.StatusUnauthorized, `{"error":"invalid_client","error_description":"s3cret"}`), vehicle.NotLinked},
		{"not allowed", answers(http.StatusBadRequest, `{"error":"unauthorized_client"}`), vehicle.NotLinked},
		{"too often", answers(http.StatusTooManyRequests, `{}`), vehicle.Limited},
		{"broken", answers(http.StatusBadGateway, `oops`), vehicle.Unavailable},
		{"no token", answers(http.StatusOK, `{"token_type":"Bearer"}`), vehicle.Unavailable},
		{"no JSON", answers(http.StatusOK, `s3cret`), vehicle.Unavailable},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, vehicle.Unavailable},
	} {
		d := openDepot(t, false, row.signIn, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent without a token") })
		_, err := d.courier.Open(t.Context(), "grt_1", "1Z9", vehicle.Position{})
		wantError(t, err, row.kind, vehicle.NotDone)
		if strings.Contains(fmt.Sprint(err), "s3cret") {
			t.Errorf("%s: the secret shows in %q", row.name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := openDepot(t, true, goodSignIn, answers(http.StatusOK, `{"deliveries":[]}`))
	_, err := d.courier.List(ctx)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
}
