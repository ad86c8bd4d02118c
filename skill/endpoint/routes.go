package endpoint

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Mounts are what one server answers. What is nil is not there, and answers 404.
type Mounts struct {
	Alexa   http.Handler // POST /alexa; checks on who calls wrap this one alone
	Health  *Health      // GET /healthz and GET /readyz
	Owner   http.Handler // /owner/ and all beneath it, with the whole path
	Events  http.Handler // POST /events, the dongle cloud's webhooks
	Metrics http.Handler // GET /metrics; for an address that strangers cannot reach
}

// Routes lays them out. What is not there, and what is there for another method, is a problem document (RFC 9457).
func Routes(m Mounts) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusNotFound, "") })
	mount := func(path string, h http.Handler, methods ...string) {
		if h != nil {
			mux.Handle(path, only(methods, h))
		}
	}
	mount("/alexa", m.Alexa, http.MethodPost)
	mount("/events", m.Events, http.MethodPost)
	mount("/metrics", m.Metrics, http.MethodGet, http.MethodHead)
	if m.Health != nil {
		mount("/healthz", http.HandlerFunc(m.Health.alive), http.MethodGet, http.MethodHead)
		mount("/readyz", http.HandlerFunc(m.Health.readiness), http.MethodGet, http.MethodHead)
	}
	if m.Owner != nil {
		mux.Handle("/owner/", m.Owner)
	}
	return mux
}

// only answers 405 for every other method.
func only(methods []string, h http.Handler) http.Handler {
	allowed := strings.Join(methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, m := range methods {
			if r.Method == m {
				h.ServeHTTP(w, r)
				return
			}
		}
		w.Header().Set("Allow", allowed)
		problem(w, http.StatusMethodNotAllowed, "")
	})
}

// problem writes a problem document and gives back its status.
func problem(w http.ResponseWriter, status int, detail string) int {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // who has gone cannot be told
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{http.StatusText(status), status, detail})
	return status
}
