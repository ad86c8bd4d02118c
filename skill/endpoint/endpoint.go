// Package endpoint is the front door of a server that Alexa calls over HTTPS. On AWS Lambda it is not needed, because
// there nobody but Alexa can call.
//
// A request passes [Routes], then a [Verifier], who lets in what Alexa signed, lately and for the first time, then the
// [Handler], which answers it within a turn's time. [Health] tells whoever watches over the server how it is, and
// [KeyPair] holds its own TLS certificate.
//
// Its neighbors are package skill, which answers what has arrived here, and endpoint/endpointtest, which plays Alexa's
// signature for tests.
package endpoint

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// DefaultBudget is how long a turn may take. Alexa gives up about eight seconds after the user stopped
// speaking; the rest is for the way there and back.
const DefaultBudget = 6500 * time.Millisecond

// Handler answers Alexa over HTTP: a request envelope as the body of a POST, a response envelope back.
//
//   - a body that is not JSON by its Content-Type: 415
//   - a body over skill.MaxRequestBytes: 413
//   - a *skill.BadRequest: 400 with its reason
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
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, skill.MaxRequestBytes))
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
	if bad, ok := errors.AsType[*skill.BadRequest](err); ok {
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
