package endpoint

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// checkTime is how long a check may take. Load balancers ask every few seconds and do not wait much longer.
	checkTime = 2 * time.Second
	// checkAge is how long its answer is given to others: readiness can be asked by anybody, and asking must not be
	// a way to keep the store and the cloud busy.
	checkAge = time.Second
)

var errStopping = errors.New("stopping")

// Health tells whoever watches over a server how it is. GET /healthz answers 200 as long as anything answers; GET /readyz
// answers 200 while a turn would find what it needs, and 503 else. It is safe for concurrent use.
type Health struct {
	// Check tells what a turn would miss: the store, the dongle cloud. Nil misses nothing. What it says is logged, and
	// shown to nobody.
	Check func(ctx context.Context) error
	// Log and Now are required.
	Log *slog.Logger
	Now func() time.Time

	stopping atomic.Bool
	mu       sync.Mutex
	asked    time.Time
	last     error
}

// Stop makes the server unready for good: it is about to close, and new requests belong elsewhere.
func (h *Health) Stop() { h.stopping.Store(true) }

func (h *Health) alive(w http.ResponseWriter, _ *http.Request) { fine(w) }

func (h *Health) readiness(w http.ResponseWriter, r *http.Request) {
	if err := h.ready(r.Context()); err != nil {
		h.Log.WarnContext(r.Context(), "not ready", "error", err)
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "")
		return
	}
	fine(w)
}

// ready asks Check, unless somebody has just asked. Whoever asks at the same time waits for the same answer.
func (h *Health) ready(ctx context.Context) error {
	if h.stopping.Load() {
		return errStopping
	}
	if h.Check == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.Now(); h.asked.IsZero() || now.Sub(h.asked) >= checkAge || now.Before(h.asked) {
		// The answer is for everybody, so the first who asked cannot spoil it by going away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
		defer cancel()
		h.last = h.Check(ctx)
		h.asked = h.Now()
	}
	return h.last
}

func fine(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // who has gone cannot be told
}
