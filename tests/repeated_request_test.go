package tests

import (
	"context"
	"slices"
	"testing"
)

// Alexa repeats a request whose answer it did not get. Whatever made the car act has acted once: the key of the
// intention travels with the request, so the cloud knows it again.
func TestARepeatedRequestActsOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		turns []string
		want  string
	}{
		{"open", []string{"open my trunk", "four eight two one"}, "open trunk golf"},
		{"unlock", []string{"unlock my bolt", "four eight two one"}, "unlock bolt"},
		{"lock", []string{"lock my bolt"}, "lock bolt"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newLocalWorld(t, &story{path: tc.name, locale: "en-US", lines: []line{{kind: "clock", text: "2031-05-06 14:00 America/Vancouver"}}})
			send, last := w.options.Send, []byte(nil)
			w.options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
				last = body
				return send(ctx, body)
			}
			for _, words := range tc.turns {
				if _, err := w.echo().Say(t.Context(), words); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if _, err := send(t.Context(), last); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := w.ledger(); err != nil || !slices.Equal(got, []string{tc.want}) {
				t.Errorf("the cloud did %q, %v; want %q once", got, err, tc.want)
			}
		})
	}
}
