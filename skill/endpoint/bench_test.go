package endpoint

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
)

// BenchmarkDoor is what verification costs a request: the handler alone, and behind a verifier that knows the
// certificate. Each request has an id of its own, so that none is a copy.
func BenchmarkDoor(b *testing.B) {
	alexa := endpointtest.New(b, noon)
	log, now := slog.New(slog.DiscardHandler), func() time.Time { return noon }
	alone := &Handler{Answer: echo, Log: log, Now: now}
	verifier, err := NewVerifier(VerifierOptions{ApplicationID: skillID, Roots: alexa.Roots(), HTTP: alexa.HTTP(), Now: now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	for name, h := range map[string]http.Handler{"handler": alone, "verified": verifier.Wrap(alone)} {
		b.Run(name, func(b *testing.B) {
			bodies, headers := make([][]byte, b.N), make([]http.Header, b.N)
			for i := range b.N {
				bodies[i] = body(skill.TypeLaunchRequest, b.Name()+time.Duration(b.N+i).String(), noon)
				headers[i] = alexa.Header(bodies[i])
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				r := httptest.NewRequest("POST", "/alexa", bytes.NewReader(bodies[i]))
				r.Header = headers[i]
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("got %d", w.Code)
				}
			}
		})
	}
}
