// Package bell stands in for Alexa's notifications: it takes proactive events as strictly as Amazon does and keeps them
// until their user asks an Echo for them, whose ring is yellow meanwhile.
//
// It listens on a loopback address, so that a skill, and an Echo in another process, reach it as they would reach
// Amazon. Package echo is the Echo; skill/notify is what usually calls. It knows no skill.
package bell

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are what a bell is made of.
type Options struct {
	// ClientID and ClientSecret are the messaging credentials of the one skill that may send. Required.
	ClientID, ClientSecret string
	// Locales are those that the skill is published in. Required.
	Locales []string
	// Now is the clock. Required.
	Now func() time.Time
}

const (
	tokenPath       = "/auth/O2/token"
	livePath        = "/v1/proactiveEvents"
	developmentPath = "/v1/proactiveEvents/stages/development"
	waitingPath     = "/notifications"

	tokenLife = time.Hour
	maxBody   = 32 << 10
	callTime  = 5 * time.Second
	// maxKept bounds what one user's notices and all references can grow to; the oldest go first.
	maxKept = 1000
)

// Bell is the pretend service. It is safe for concurrent use.
type Bell struct {
	options Options
	url     string
	server  *http.Server
	stopped chan error

	mu         sync.Mutex
	tokens     map[string]time.Time // when each ends
	subscribed map[string]bool
	waiting    map[string][]notice // by user, the oldest first
	seen       []string            // user and reference of everything accepted, the oldest first
	refusals   []int               // statuses for the events to come
}

type notice struct {
	text   string
	expiry time.Time
}

// New starts a bell; Close stops it.
func New(o Options) (*Bell, error) {
	if o.ClientID == "" || o.ClientSecret == "" || len(o.Locales) == 0 || o.Now == nil {
		return nil, errors.New("bell: the credentials, the locales and the clock are needed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("bell: %w", err)
	}
	b := &Bell{
		options: o, url: "http://" + listener.Addr().String(), stopped: make(chan error, 1),
		tokens: map[string]time.Time{}, subscribed: map[string]bool{}, waiting: map[string][]notice{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+tokenPath, b.grant)
	mux.HandleFunc("POST "+livePath, b.accept)
	mux.HandleFunc("POST "+developmentPath, b.accept)
	mux.HandleFunc("GET "+waitingPath, b.list)
	mux.HandleFunc("DELETE "+waitingPath, b.list)
	b.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: callTime, ReadTimeout: callTime, WriteTimeout: callTime,
		ErrorLog: log.New(io.Discard, "", 0), // a caller that hangs up is no news
	}
	go func() { b.stopped <- b.server.Serve(listener) }()
	return b, nil
}

// URL is where events are sent, in place of each of Amazon's hosts.
func (b *Bell) URL() string { return b.url }

// TokenURL is where tokens are given out.
func (b *Bell) TokenURL() string { return b.url + tokenPath }

// Close stops the bell.
func (b *Bell) Close() error {
	closing := b.server.Close()
	if err := <-b.stopped; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("bell: %w", err)
	}
	b.stopped <- http.ErrServerClosed // for whoever closes again
	return closing
}

// Subscribe sets whether a user wants the skill's notifications, as the switch in the Alexa app does. Nobody wants them
// at first.
func (b *Bell) Subscribe(user string, wants bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribed[user] = wants
}

// Refuse answers the next events with these statuses, one each: 429, 432, 500 and what else goes wrong at Amazon.
func (b *Bell) Refuse(statuses ...int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refusals = append(b.refusals, statuses...)
}

// Waiting gives a user's notifications in Alexa's words, the oldest first. They go on waiting.
func (b *Bell) Waiting(_ context.Context, user string) ([]string, error) {
	return b.take(user, false), nil
}

// Read gives what Waiting gives, and clears it.
func (b *Bell) Read(_ context.Context, user string) ([]string, error) { return b.take(user, true), nil }

func (b *Bell) take(user string, forget bool) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Now()
	b.waiting[user] = slices.DeleteFunc(b.waiting[user], func(n notice) bool { return !now.Before(n.expiry) })
	texts := []string{}
	for _, n := range b.waiting[user] {
		texts = append(texts, n.text)
	}
	if forget || len(texts) == 0 {
		delete(b.waiting, user)
	}
	return texts
}

// list is Waiting (GET) and Read (DELETE) for an Echo in another process.
func (b *Bell) list(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" {
		reply(w, http.StatusBadRequest, message{"no user"})
		return
	}
	reply(w, http.StatusOK, b.take(user, r.Method == http.MethodDelete))
}

// grant gives out a token for the client credentials (RFC 6749, section 4.4).
func (b *Bell) grant(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	refuse := func(status int, code string) { reply(w, status, map[string]string{"error": code}) }
	if err := r.ParseForm(); err != nil {
		refuse(http.StatusBadRequest, "invalid_request")
		return
	}
	is := func(field, want string) bool {
		return subtle.ConstantTimeCompare([]byte(r.PostForm.Get(field)), []byte(want)) == 1
	}
	switch {
	case !is("grant_type", "client_credentials"):
		refuse(http.StatusBadRequest, "unsupported_grant_type")
	case !is("client_id", b.options.ClientID), !is("client_secret", b.options.ClientSecret):
		refuse(http.StatusUnauthorized, "invalid_client")
	case !is("scope", "alexa::proactive_events"):
		refuse(http.StatusBadRequest, "invalid_scope")
	default:
		reply(w, http.StatusOK, map[string]any{
			"access_token": b.newToken(), "expires_in": int(tokenLife.Seconds()), "scope": "alexa::proactive_events", "token_type": "bearer",
		})
	}
}

func (b *Bell) newToken() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Now()
	maps.DeleteFunc(b.tokens, func(_ string, end time.Time) bool { return !now.Before(end) })
	token := rand.Text()
	b.tokens[token] = now.Add(tokenLife)
	return token
}

// message is how Amazon says what is wrong.
type message struct {
	Message string `json:"message"`
}

// accept takes one event.
func (b *Bell) accept(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	kind, _, mediaErr := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaErr != nil || kind != "application/json" {
		reply(w, http.StatusBadRequest, message{"the body is not JSON"})
		return
	}
	status, why := b.judge(r.Header.Get("Authorization"), body)
	reply(w, status, message{why})
}

func (b *Bell) judge(authorization string, body []byte) (status int, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Now()
	token, bearer := strings.CutPrefix(authorization, "Bearer ")
	if !bearer || !now.Before(b.tokens[token]) {
		return http.StatusForbidden, "Not authorized"
	}
	if len(b.refusals) > 0 {
		status, b.refusals = b.refusals[0], b.refusals[1:]
		return status, "as ordered"
	}
	e, err := readEvent(body, b.options.Locales, now)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	user := e.RelevantAudience.Payload.User
	if !b.subscribed[user] {
		return http.StatusForbidden, "User may not be subscribed to this event"
	}
	key := user + "\x00" + e.ReferenceID
	if slices.Contains(b.seen, key) {
		return http.StatusConflict, "the reference was used before"
	}
	b.seen = newest(append(b.seen, key))
	b.waiting[user] = newest(append(b.waiting[user], notice{e.text, e.expiry}))
	return http.StatusAccepted, ""
}

func newest[T any](list []T) []T { return list[max(0, len(list)-maxKept):] }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who has gone cannot be told
}
