package endpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// handler answers with answer; what it logs goes into the buffer.
func handler(answer func(context.Context, []byte) ([]byte, error)) (http.Handler, *bytes.Buffer) {
	var log bytes.Buffer
	noon := time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)
	return Routes(Mounts{Alexa: &Handler{
		Answer: answer,
		Log:    slog.New(slog.NewTextHandler(&log, nil)),
		Now:    func() time.Time { return noon },
	}}), &log
}

func echo(_ context.Context, body []byte) ([]byte, error) { return body, nil }

func TestHandler(t *testing.T) {
	answers := func(err error) func(context.Context, []byte) ([]byte, error) {
		return func(context.Context, []byte) ([]byte, error) { return nil, err }
	}
	for _, row := range []struct {
		name, method, path, kind string
		body                     io.Reader
		answer                   func(context.Context, []byte) ([]byte, error)
		status                   int
		want                     string
	}{
		{"a turn", "POST", "/alexa", "application/json", strings.NewReader(`{"a":1}`), echo, 200, `{"a":1}`},
		{"a turn with a charset", "POST", "/alexa", "Application/JSON;charset=UTF-8", strings.NewReader(`{"a":1}`), echo, 200, `{"a":1}`},
		{"the largest body", "POST", "/alexa", "application/json", strings.NewReader(strings.Repeat(" ", skill.MaxRequestBytes)), echo, 200, " "},
		{"a body too large", "POST", "/alexa", "application/json", strings.NewReader(strings.Repeat(" ", skill.MaxRequestBytes+1)), echo, 413, `"title":"Request Entity Too Large"`},
		{"a body that breaks off", "POST", "/alexa", "application/json", iotest.ErrReader(io.ErrUnexpectedEOF), echo, 400, `"status":400`},
		{"no content type", "POST", "/alexa", "", strings.NewReader("{}"), echo, 415, `"status":415`},
		{"a form", "POST", "/alexa", "application/x-www-form-urlencoded", strings.NewReader("a=1"), echo, 415, `"status":415`},
		{"a bad request", "POST", "/alexa", "application/json", strings.NewReader("{}"), answers(fmt.Errorf("turn: %w", &skill.BadRequest{Reason: "member x is missing"})), 400, `"detail":"member x is missing"`},
		{"any other error", "POST", "/alexa", "application/json", strings.NewReader("{}"), answers(errors.New("disk is full")), 500, `{"title":"Internal Server Error","status":500}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, log := handler(row.answer)
			r := httptest.NewRequest(row.method, row.path, row.body)
			if row.kind != "" {
				r.Header.Set("Content-Type", row.kind)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := w.Body.String()
			if w.Code != row.status || !strings.Contains(got, row.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, got, row.status, row.want)
			}
			if strings.Contains(got, "disk") {
				t.Errorf("the answer shows the cause: %s", got)
			}
			kind := w.Header().Get("Content-Type")
			if isProblem := strings.Contains(got, `"status"`); isProblem != (kind == "application/problem+json") {
				t.Errorf("got content type %q for %s", kind, got)
			}
			if row.status == 500 && !strings.Contains(log.String(), "disk is full") {
				t.Errorf("the cause is not in the log: %s", log)
			}
		})
	}
}

func TestHandlerDecodes(t *testing.T) {
	h, _ := handler(func(_ context.Context, body []byte) ([]byte, error) {
		r, err := skill.Decode(body)
		if err != nil {
			return nil, err
		}
		return skill.Encode(&skill.Response{Version: r.Version})
	})
	post := func(body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/alexa", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	launch, err := os.ReadFile("../testdata/requests/launch.json")
	if err != nil {
		t.Fatal(err)
	}
	if w := post(launch); w.Code != 200 || w.Body.String() != `{"version":"1.0","response":{}}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	w := post([]byte(`{"version":1}`))
	var problem struct{ Detail string }
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Code != 400 || problem.Detail != "member version has the wrong JSON type" {
		t.Errorf("got %d %s, %v", w.Code, w.Body, err)
	}
}

func TestHandlerBudget(t *testing.T) {
	for budget, want := range map[time.Duration]time.Duration{0: DefaultBudget, 2 * time.Second: 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now() // the bubble's clock
			var took time.Duration
			h := &Handler{
				Answer: func(ctx context.Context, _ []byte) ([]byte, error) {
					<-ctx.Done()
					took = time.Since(began)
					return nil, ctx.Err()
				},
				Budget: budget,
				Log:    slog.New(slog.DiscardHandler),
				Now:    time.Now,
			}
			r := httptest.NewRequest("POST", "/alexa", strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 500 || took != want {
				t.Errorf("budget %s: got %d after %s, want 500 after %s", budget, w.Code, took, want)
			}
		})
	}
}
