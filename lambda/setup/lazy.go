package setup

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
)

// Lazy is a handler that is made by the first request, because its making needs the secret. As long as it cannot be
// made, requests are answered with 503 and the next one tries again.
func Lazy(log *slog.Logger, build func(context.Context) (http.Handler, error)) http.Handler {
	var mu sync.Mutex
	var made http.Handler
	ready := func(ctx context.Context) (http.Handler, error) {
		mu.Lock()
		defer mu.Unlock()
		var err error
		if made == nil {
			made, err = build(ctx)
		}
		return made, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := ready(r.Context())
		if err != nil {
			log.ErrorContext(r.Context(), "not ready", "error", err)
			w.Header().Set("Retry-After", "5")
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	})
}
