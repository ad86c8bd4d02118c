package session

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

var start = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// server is an authorization server of which only the token endpoint and the description matter.
type server struct {
	*httptest.Server
	describe string
	answer   func(http.ResponseWriter, *http.Request)
	asked    atomic.Int32
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server/tenant", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.ReplaceAll(s.describe, "HERE", s.URL)))
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		s.answer(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	s.describe = `{"issuer":"HERE/tenant","authorization_endpoint":"HERE/authorize","token_endpoint":"HERE/token","token_endpoint_auth_methods_supported":["client_secret_post"]}`
	return s
}

func (s *server) keeper(t *testing.T, edit func(*Options)) *Keeper {
	t.Helper()
	o := Options{
		Issuer: s.URL + "/tenant", ClientID: "page", ClientSecret: "s3cret", Redirect: "https://example.org/callback", Path: "/", Secure: true,
		Keys: [][]byte{bytes.Repeat([]byte{1}, 32)}, Now: func() time.Time { return start },
	}
	if edit != nil {
		edit(&o)
	}
	k, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRenew(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   error
		access vehicle.Token
		keeps  bool // the refresh token
	}{
		{"rotated", 200, `{"access_token":"a2","refresh_token":"r2","token_type":"bearer","expires_in":60}`, nil, "a2", false},
		{"not rotated", 200, `{"access_token":"a2","token_type":"bearer"}`, nil, "a2", true},
		{"refused", 400, `{"error":"invalid_grant"}`, ErrEnded, "a1", true},
		{"not our fault", 503, `try later`, ErrCloud, "a1", true},
		{"our client is refused", 401, `{"error":"invalid_client"}`, ErrCloud, "a1", true},
		{"nonsense", 200, `{`, ErrCloud, "a1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t)
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("client_secret") != "s3cret" { // the description asks for it in the form
					t.Error("the client does not say who it is")
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}
			k := s.keeper(t, nil)
			session := Session{Access: "a1", Refresh: "r1"}
			err := k.Renew(t.Context(), &session)
			if !errors.Is(err, c.want) || session.Access != c.access || (session.Refresh == "r1") != c.keeps {
				t.Errorf("%v, access %q, refresh %q", err, string(session.Access), string(session.Refresh))
			}
			if err != nil && strings.Contains(err.Error(), "r1") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
}

// TestRenewOnce: a browser that asks for two pages at once has one refresh token.
func TestRenewOnce(t *testing.T) {
	s := newServer(t)
	s.answer = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"access_token":"a2","refresh_token":"r2","token_type":"bearer","expires_in":60}`))
	}
	now := start
	k := s.keeper(t, func(o *Options) { o.Now = func() time.Time { return now } })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			session := Session{Access: "a1", Refresh: "r1"}
			if err := k.Renew(context.Background(), &session); err != nil || session.Refresh != "r2" {
				t.Errorf("%v, %q", err, string(session.Refresh))
			}
		})
	}
	all.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	now = now.Add(keepTrades) // it is not remembered for ever
	session := Session{Access: "a1", Refresh: "r1"}
	if err := k.Renew(context.Background(), &session); err != nil || s.asked.Load() != 2 {
		t.Errorf("%v, asked %d times", err, s.asked.Load())
	}
	if got := k.cloud.trades.Len(); got != 1 {
		t.Errorf("%d trades are remembered, want 1", got)
	}
}

// TestMetadata: what a server may say of itself.
func TestMetadata(t *testing.T) {
	for name, description := range map[string]string{
		"another issuer":    `{"issuer":"https://evil.example","authorization_endpoint":"HERE/a","token_endpoint":"HERE/t"}`,
		"a token in clear":  `{"issuer":"HERE/tenant","authorization_endpoint":"HERE/a","token_endpoint":"http://evil.example/t"}`,
		"no endpoint":       `{"issuer":"HERE/tenant"}`,
		"a revocation afar": `{"issuer":"HERE/tenant","authorization_endpoint":"HERE/a","token_endpoint":"HERE/t","revocation_endpoint":"ftp://x/r"}`,
		"nonsense":          `<html>`,
		"no end":            `{"issuer":"` + strings.Repeat("x", maxMetadata) + `"}`,
	} {
		s := newServer(t)
		s.describe = description
		w := httptest.NewRecorder()
		if to, err := s.keeper(t, nil).Begin(t.Context(), w, "/", nil); !errors.Is(err, ErrCloud) || to != "" || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %q, %v", name, to, err)
		}
	}
}

func TestTokensThatDoNotFit(t *testing.T) {
	k := newServer(t).keeper(t, nil)
	w := httptest.NewRecorder()
	_, err := k.Start(w, Arrival{Access: vehicle.Token(strings.Repeat("x", 4000))}, vehicle.Owner{ID: "own_1"})
	if err == nil || len(w.Result().Cookies()) > 0 {
		t.Errorf("%v, %d cookies", err, len(w.Result().Cookies()))
	}
}

func TestEachSessionIsNew(t *testing.T) {
	k := newServer(t).keeper(t, nil)
	one, err1 := k.Start(httptest.NewRecorder(), Arrival{Access: "a"}, vehicle.Owner{ID: "own_1"})
	two, err2 := k.Start(httptest.NewRecorder(), Arrival{Access: "a"}, vehicle.Owner{ID: "own_1"})
	if err1 != nil || err2 != nil || one.ID == two.ID || k.FormToken(one) == k.FormToken(two) {
		t.Error("two sign-ins share a session")
	}
	if !k.CheckForm(one, k.FormToken(one)) || k.CheckForm(one, k.FormToken(two)) || k.CheckForm(one, "") {
		t.Error("form tokens do not belong to their session")
	}
}

// FuzzOpen: whatever a browser sends, it is a session only if it was sealed here.
func FuzzOpen(f *testing.F) {
	b, err := newBox([][]byte{bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.seal(forSignIn, []byte("{}")))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, value string) {
		if plain, ok := b.open(forSession, value); ok {
			t.Errorf("%q opens as %q", value, plain)
		}
	})
}
