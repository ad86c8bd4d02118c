package endpoint

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// says answers with a word and the path that it saw.
func says(word string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, word+r.URL.Path) })
}

func TestRoutes(t *testing.T) {
	all := Routes(Mounts{
		Alexa: says("alexa "), Owner: says("owner "), Events: says("events "), Metrics: says("metrics "),
		Health: &Health{Log: slog.New(slog.DiscardHandler), Now: time.Now},
	})
	none := Routes(Mounts{})
	for _, row := range []struct {
		routes       http.Handler
		method, path string
		status       int
		want         string // of the body, or of the header Allow
	}{
		{all, "POST", "/alexa", 200, "alexa /alexa"},
		{all, "GET", "/alexa", 405, "POST"},
		{all, "PUT", "/alexa", 405, "POST"},
		{all, "POST", "/alexa/x", 404, ""},
		{all, "GET", "/owner/", 200, "owner /owner/"},
		{all, "POST", "/owner/pin", 200, "owner /owner/pin"},
		{all, "GET", "/owner", 307, ""},
		{all, "POST", "/events", 200, "events /events"},
		{all, "GET", "/events", 405, "POST"},
		{all, "GET", "/metrics", 200, "metrics /metrics"},
		{all, "POST", "/metrics", 405, "GET, HEAD"},
		{all, "GET", "/healthz", 200, "ok\n"},
		{all, "HEAD", "/healthz", 200, ""},
		{all, "POST", "/healthz", 405, "GET, HEAD"},
		{all, "GET", "/readyz", 200, "ok\n"},
		{all, "GET", "/", 404, ""},
		{none, "POST", "/alexa", 404, ""},
		{none, "GET", "/owner/", 404, ""},
		{none, "GET", "/metrics", 404, ""},
		{none, "GET", "/healthz", 404, ""},
	} {
		w := httptest.NewRecorder()
		row.routes.ServeHTTP(w, httptest.NewRequest(row.method, row.path, nil))
		got := w.Body.String()
		if w.Code == 405 {
			got = w.Header().Get("Allow")
		}
		if w.Code != row.status || row.want != "" && got != row.want {
			t.Errorf("%s %s: got %d %q, want %d %q", row.method, row.path, w.Code, got, row.status, row.want)
		}
		if problem := strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json"); problem != (w.Code >= 400) {
			t.Errorf("%s %s: got %d as %s", row.method, row.path, w.Code, w.Header())
		}
	}
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, broken := 0, errors.New("the store is gone")
		var state error
		h := &Health{Log: slog.New(slog.DiscardHandler), Now: time.Now, Check: func(ctx context.Context) error {
			asked++
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the check has no deadline")
			}
			return state
		}}
		routes := Routes(Mounts{Health: h})
		get := func(path string, want int) {
			t.Helper()
			w := httptest.NewRecorder()
			routes.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != want || strings.Contains(w.Body.String(), "store") {
				t.Errorf("GET %s: got %d %s, want %d", path, w.Code, w.Body, want)
			}
		}
		get("/readyz", 200)
		state = broken
		get("/readyz", 200) // has just been asked
		time.Sleep(checkAge)
		get("/readyz", 503)
		get("/healthz", 200)
		state = nil
		time.Sleep(checkAge)
		get("/readyz", 200)
		if asked != 3 {
			t.Errorf("checked %d times, want 3", asked)
		}
		h.Stop()
		get("/readyz", 503)
		get("/healthz", 200)
	})
}
