package dongle_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		base string
		ok   bool
	}{
		{"https://cloud.example", true},
		{"https://cloud.example/base/", true},
		{"http://127.0.0.1:8090", true},
		{"http://[::1]:8090", true},
		{"http://localhost:8090/", true},
		{"http://cloud.example", false}, // a token in the clear
		{"http://127.0.0.1.example", false},
		{"http://10.0.0.1", false},
		{"ftp://127.0.0.1", false},
		{"https://user:password@cloud.example", false},
		{"https://cloud.example/?a=b", false},
		{"https://cloud.example/#x", false},
		{"https://", false},
		{"cloud.example", false},
		{"", false},
		{"http://[::1", false},
	} {
		if _, err := dongle.New(dongle.Options{BaseURL: row.base, Now: clock}); (err == nil) != row.ok {
			t.Errorf("%q: got %v, want it accepted: %t", row.base, err, row.ok)
		}
	}
	if _, err := dongle.New(dongle.Options{BaseURL: "https://cloud.example"}); err == nil {
		t.Error("without a clock: got no error")
	}
	for _, pair := range [][2]string{{"", "secret"}, {"ups", ""}} {
		if _, err := dongle.NewCourier(dongle.Options{BaseURL: "https://cloud.example", Now: clock}, pair[0], pair[1]); err == nil {
			t.Errorf("courier with credentials %q: got no error", pair)
		}
	}
}

// unused is an address of this machine where nobody listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + address
}

func TestRefusedConnectionIsNotDone(t *testing.T) {
	c := client(t, dongle.Options{BaseURL: unused(t), Now: clock})
	_, err := c.CreateGrant(t.Context(), token, key, fourHours)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
	_, err = c.Owner(t.Context(), token)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
}

func TestUntrustedCertificateIsNotDone(t *testing.T) {
	server := httptest.NewUnstartedServer(answers(http.StatusCreated, goodGrant))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	c := client(t, dongle.Options{BaseURL: server.URL, Now: clock})
	_, err := c.CreateGrant(t.Context(), token, key, fourHours)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
}

// What happens to a creation that reached the cloud and whose answer did not come back whole.
func TestLostAnswersAreMaybeDone(t *testing.T) {
	hijack := func(do func(net.Conn)) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			do(connection)
			_ = connection.Close()
		}
	}
	raw := func(text string) http.HandlerFunc {
		return hijack(func(c net.Conn) { _, _ = io.WriteString(c, text) })
	}
	typed := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"hangs up":        hijack(func(net.Conn) {}),
		"no HTTP":         raw("EHLO\r\n\r\n"),
		"half a header":   raw("HTTP/1.1 201 Created\r\nContent-"),
		"half a body":     raw("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"),
		"endless headers": raw("HTTP/1.1 201 Created\r\nX: " + strings.Repeat("x", 1<<20)),
		"no content type": raw("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
		"HTML":            typed("text/html", goodGrant),
		"not JSON":        typed("application/json", "Created!"),
		"another JSON":    typed("application/json", "[]"),
		"null":            typed("application/json", "null"),
		"two documents":   typed("application/json", goodGrant+goodGrant),
		"not UTF-8":       typed("application/json", strings.Replace(goodGrant, "UPS", "U\xffS", 1)),
		"too long":        typed("application/json", goodGrant+strings.Repeat(" ", 1<<20)),
		"too deep":        typed("application/json", `{"id":`+strings.Repeat("[", 100_000)),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"another car's grant":     typed("application/json", strings.Replace(goodGrant, "golf", "bolt", 1)),
		"another carrier's grant": typed("application/json", strings.Replace(goodGrant, `"ups"`, `"dhl"`, 1)),
		"another window":          typed("application/json", strings.Replace(goodGrant, "07T01:00", "07T02:00", 1)),
		"another access point":    typed("application/json", strings.Replace(goodGrant, "trunk", "key_box", 1)),
		"a carrier unverified":    typed("application/json", strings.Replace(goodGrant, "verified", "suspended", 1)),
		"negative uses":           typed("application/json", strings.Replace(goodGrant, `"uses":0`, `"uses":-1`, 1)),
		"a number beyond numbers": typed("application/json", strings.Replace(goodGrant, `"uses":0`, `"uses":1e999`, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, handler).CreateGrant(t.Context(), token, key, fourHours)
			wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
		})
	}
}

func TestSlowAnswer(t *testing.T) {
	release := make(chan struct{})
	c := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	for _, row := range []struct {
		outcome vehicle.Outcome
		call    func(context.Context) error
	}{
		{vehicle.MaybeDone, func(ctx context.Context) error { _, err := c.CreateGrant(ctx, token, key, fourHours); return err }},
		{vehicle.NotDone, func(ctx context.Context) error { _, err := c.Owner(ctx, token); return err }},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := row.call(ctx)
		wantError(t, err, vehicle.Unavailable, row.outcome)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline inside", err)
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.CreateGrant(ctx, token, key, fourHours)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
	if requests.Load() != 0 {
		t.Error("a request was sent")
	}
}

// A redirect could lead a token anywhere.
func TestNoRedirectIsFollowed(t *testing.T) {
	var strayed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Store(true) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, status) })
		_, err := c.Vehicles(t.Context(), token)
		wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
	}
	if strayed.Load() {
		t.Error("a redirect was followed")
	}
}

// One try for each call, whatever comes back: trying again is the Fleet's.
func TestNoRetry(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answers(http.StatusServiceUnavailable, `{"code":"unavailable"}`)(w, r)
	})
	_, err := c.CreateGrant(t.Context(), token, key, fourHours)
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
	if requests.Load() != 1 {
		t.Errorf("got %d requests, want 1", requests.Load())
	}
}

// net/http sends a keyed request again by itself when a connection that it has used before breaks.
func TestNoRetryOnABrokenConnection(t *testing.T) {
	var creations atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answers(http.StatusOK, `{"vehicles":[]}`)(w, r)
			return
		}
		creations.Add(1)
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Vehicles(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	_, err := c.CreateGrant(t.Context(), token, key, fourHours)
	wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
	if creations.Load() != 1 {
		t.Errorf("got %d requests, want 1", creations.Load())
	}
}

// The token travels in the Authorization header alone; no error and no path contains it.
func TestTokenTravelsInItsHeader(t *testing.T) {
	var whole []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("Authorization"), "Bearer "+string(token); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		r.Header.Del("Authorization")
		var text strings.Builder
		if err := r.Write(&text); err != nil {
			t.Error(err)
		}
		whole = append(whole, text.String())
		answers(http.StatusForbidden, `{"code":"insufficient_scope"}`)(w, r)
	})
	for _, err := range everyCall(t.Context(), c, "golf") {
		wantError(t, err, vehicle.Denied, vehicle.NotDone)
		whole = append(whole, err.Error())
	}
	for _, text := range whole {
		if strings.Contains(text, string(token)) {
			t.Errorf("the token shows in %q", text)
		}
	}
}

// everyCall makes each call of an owner's once, and tells how it ended.
func everyCall(ctx context.Context, c *dongle.Client, id vehicle.ID) map[string]error {
	errs := map[string]error{}
	_, errs["read owner"] = c.Owner(ctx, token)
	_, errs["list vehicles"] = c.Vehicles(ctx, token)
	_, errs["read diagnosis"] = c.Diagnosis(ctx, token, id)
	_, errs["list carriers"] = c.Carriers(ctx, token)
	_, errs["list grants"] = c.Grants(ctx, token, id)
	request := fourHours
	request.Vehicle = id
	_, errs["create grant"] = c.CreateGrant(ctx, token, key, request)
	_, errs["extend grant"] = c.ExtendGrant(ctx, token, string(id), noon)
	_, errs["revoke grant"] = c.RevokeGrant(ctx, token, string(id))
	_, errs["block vehicle"] = c.Block(ctx, token, id)
	errs["unblock vehicle"] = c.Unblock(ctx, token, id)
	_, errs["send command"] = c.Send(ctx, token, key, id, vehicle.Lock)
	_, errs["read command"] = c.Command(ctx, token, string(id))
	_, errs["read trouble codes"] = c.TroubleCodes(ctx, token, id)
	_, errs["read location"] = c.Location(ctx, token, id)
	_, errs["list trips"] = c.Trips(ctx, token, id, noon.Add(-time.Hour), noon)
	_, errs["list events"] = c.Events(ctx, token, id, noon)
	return errs
}

// writes are the calls that may have happened although nobody heard.
var writes = []string{"create grant", "extend grant", "revoke grant", "block vehicle", "unblock vehicle", "send command"}

// What each call says of an answer that vanished, and that it sent its request once.
func TestEveryLostAnswer(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(http.ResponseWriter, *http.Request) {
		requests.Add(1)
		panic(http.ErrAbortHandler)
	})
	errs := everyCall(t.Context(), c, "golf")
	for call, err := range errs {
		outcome := vehicle.NotDone
		if slices.Contains(writes, call) {
			outcome = vehicle.MaybeDone
		}
		wantError(t, err, vehicle.Unavailable, outcome)
		if e := refusal(t, err); e.Op != call {
			t.Errorf("got %q, want %q", e.Op, call)
		}
	}
	if int(requests.Load()) != len(errs) {
		t.Errorf("got %d requests for %d calls", requests.Load(), len(errs))
	}
}

// An id that no cloud can have given out is not sent anywhere.
func TestMalformedIDs(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answers(http.StatusForbidden, `{"code":"insufficient_scope"}`)(w, r)
	})
	for _, id := range []vehicle.ID{"", "../me", "a b", "a/b", "é", vehicle.ID(strings.Repeat("x", 65))} {
		for call, err := range everyCall(t.Context(), c, id) {
			if call == "read owner" || call == "list vehicles" || call == "list carriers" {
				continue
			}
			if wantError(t, err, vehicle.NotFound, vehicle.NotDone); t.Failed() {
				t.Fatalf("%s of %q", call, id)
			}
		}
		if n := requests.Swap(0); n != 3 {
			t.Errorf("%q: got %d requests, want those three that have no id", id, n)
		}
	}
}

// What a cloud sends never shows in an error: it may hold plates and places.
func TestAnswersAreNotQuoted(t *testing.T) {
	for _, body := range []string{
		`{"vehicles":[{"id":"golf","name":"Golf","plate":["TRK 482"]}]}`,
		`{"vehicles":"TRK 482"}`,
		`{"vehicles":[{"id":"TRK 482","name":"TRK 482"}]}`,
		`TRK 482`,
		`{"vehicles":[{"id":"golf","name":"Golf","dongle":{"last_seen_at":"TRK 482"}}]}`,
		`{"vehicles":[{"id":"golf","name":"Golf","year":4824824824824824824824}]}`,
	} {
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Vehicles(t.Context(), token)
		wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
		if strings.Contains(err.Error(), "482") {
			t.Errorf("%q quotes the answer", err)
		}
	}
}
