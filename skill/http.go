package skill

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"
)

// DefaultBudget is how long a turn may take. Alexa gives up about eight seconds after the user stopped
// speaking; the rest is for the way there and back.
const DefaultBudget = 6500 * time.Millisecond

// Handler answers Alexa over HTTP: a request envelope as the body of a POST, a response envelope back.
//
//   - a body that is not JSON by its Content-Type: 415
//   - a body over MaxRequestBytes: 413
//   - a *BadRequest: 400 with its reason
//   - any other error: 500 without a reason, which is logged
//
// Errors are problem documents (RFC 9457). It is safe for concurrent use.
type Handler struct {
	// Answer takes a request envelope to a response envelope inside the context's deadline.
	Answer func(ctx context.Context, body []byte) ([]byte, error)
	// Budget is the deadline of one turn; zero means DefaultBudget.
	Budget time.Duration
	// Log tells how each turn went, without its contents, and Now how long it took. Both are required.
	Log *slog.Logger
	Now func() time.Time
}

// Routes mounts what answers Alexa at POST /alexa, beside GET /healthz for whoever watches over the server.
// Checks on who calls wrap alexa alone.
func Routes(alexa http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /alexa", alexa)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // who has gone cannot be told
	})
	return mux
}

// ServeHTTP answers one turn.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.Now()
	status := h.serve(w, r)
	h.Log.InfoContext(r.Context(), "turn", "status", status, "took", h.Now().Sub(began))
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) int {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem(w, http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return problem(w, http.StatusRequestEntityTooLarge, "the body is too large")
	}
	if err != nil {
		return problem(w, http.StatusBadRequest, "the body could not be read")
	}
	budget := h.Budget
	if budget == 0 {
		budget = DefaultBudget
	}
	ctx, cancel := context.WithTimeout(r.Context(), budget)
	defer cancel()
	answer, err := h.Answer(ctx, body)
	if bad, ok := errors.AsType[*BadRequest](err); ok {
		return problem(w, http.StatusBadRequest, bad.Reason)
	}
	if err != nil {
		h.Log.ErrorContext(ctx, "turn failed", "error", err)
		return problem(w, http.StatusInternalServerError, "")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(answer) // who has gone cannot be told
	return http.StatusOK
}

// problem writes a problem document and gives back its status.
func problem(w http.ResponseWriter, status int, detail string) int {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // who has gone cannot be told
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{http.StatusText(status), status, detail})
	return status
}
