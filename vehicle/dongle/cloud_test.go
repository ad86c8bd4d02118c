package dongle_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// noon is when everything in these tests happens.
var noon = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

const (
	token = vehicle.Token("token-of-the-owner")
	key   = vehicle.IdempotencyKey("key-of-the-intention")
)

// fourHours is a grant request that every answer below fits.
var fourHours = vehicle.GrantRequest{
	Vehicle: "golf", AccessPoint: vehicle.Trunk, CarrierID: "ups",
	Window: vehicle.Window{Start: noon, End: noon.Add(4 * time.Hour)},
}

// goodGrant is the answer to it.
const goodGrant = `{"id":"grt_1","vehicle_id":"golf","access_point":"trunk","way_in":"carrier",
	"carrier":{"id":"ups","name":"UPS","status":"verified"},
	"window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-07T01:00:00Z"},
	"max_uses":1,"uses":0,"created_at":"2031-05-06T21:00:00Z","status":"active"}`

// serve makes a client of a handler.
func serve(t *testing.T, handler http.HandlerFunc) *dongle.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client(t, dongle.Options{BaseURL: server.URL, HTTP: server.Client(), Now: clock})
}

func client(t *testing.T, o dongle.Options) *dongle.Client {
	t.Helper()
	c, err := dongle.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers makes a handler that always answers the same.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if status >= 400 {
			w.Header().Set("Content-Type", "application/problem+json")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// refusal is the *vehicle.Error that every error must be.
func refusal(t *testing.T, err error) vehicle.Error {
	t.Helper()
	e, ok := errors.AsType[*vehicle.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *vehicle.Error", err)
	}
	return *e
}

// wantError checks an error's class.
func wantError(t *testing.T, err error, kind vehicle.Kind, outcome vehicle.Outcome) {
	t.Helper()
	if e := refusal(t, err); e.Kind != kind || e.Outcome != outcome {
		t.Errorf("got %v, want %s (%s)", err, kind, outcome)
	}
}
