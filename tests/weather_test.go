package tests

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/echo"
)

// turnBudget is what a turn may take of Alexa's patience.
const turnBudget = 6500 * time.Millisecond

// badWeather are conversations whose words do not matter here, and what must be true whatever happens: done
// is what the answer claims with claim, and the ledger then holds effect, never more than once.
var badWeather = []struct {
	said          []string
	claim, effect string
}{
	{said: []string{
		"how's my car", "how much gas is left", "what's my fuel economy", "how's my car battery", "when is my next service",
		"what's my mileage", "did i drive yesterday", "is my bolt locked", "is my dongle online",
	}},
	{said: []string{
		"where's my car", "who has seen where my car is", "who opened my trunk", "did it work", "delete my data",
		"do i have a pin", "use bar", "make the bolt my default car", "call my golf the red one", "what can i say",
	}},
	{said: []string{"extend the ups delivery by an hour", "cancel the ups delivery", "unblock my golf", "unlock my bolt", "four eight two one"}},
	{said: []string{"what's my tire pressure", "why is my check engine light on", "who can get in", "has my delivery come"}},
	{[]string{"let ups into my trunk", "four eight two one"}, "Done.", "grant trunk golf UPS"},
	{[]string{"let fedex into my trunk until eight p. m.", "one one one one", "four eight two one"}, "Done.", "grant trunk golf FedEx"},
	{[]string{"give my neighbor a code for my trunk until five p. m.", "four eight two one"}, "Done.", "grant trunk golf guest"},
	{[]string{"open my trunk", "four eight two one"}, "The trunk is open.", "open trunk golf"},
	{[]string{"lock my bolt"}, "Your Bolt is locked.", "lock bolt"},
	{[]string{"block my golf"}, "Done.", "block golf"},
}

// In bad weather every turn is still answered in time, every answer is true, and nothing happens twice.
func TestBadWeather(t *testing.T) {
	for _, weather := range []string{"rough", "storm"} {
		for i, talk := range badWeather {
			t.Run(fmt.Sprintf("%s/%s", weather, talk.said[0]), func(t *testing.T) {
				t.Parallel()
				w := newLocalWorld(t, &story{locale: "en-US", lines: []line{{kind: "clock", text: "2031-05-06 14:00 America/Vancouver"}}})
				answer := w.options.Send
				w.options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
					ctx, cancel := context.WithTimeout(ctx, turnBudget)
					defer cancel()
					return answer(ctx, body)
				}
				e := w.echo() // linked while the sun still shines
				if _, err := w.token(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := w.control(http.MethodPost, "/control", "weather "+weather); err != nil {
					t.Fatal(err)
				}
				t.Logf("seed %d, conversation %d", seed, i)
				weatherTalk(t, w, e, talk.said, talk.claim, talk.effect)
			})
		}
	}
}

func weatherTalk(t *testing.T, w *localWorld, e *echo.Echo, said []string, claim, effect string) {
	t.Helper()
	for _, words := range said {
		turn, err := e.Say(t.Context(), words)
		if missed, ok := errors.AsType[*echo.NoMatch](err); ok && missed != nil {
			return // an apology ended the conversation, and a bare PIN means nothing any more
		}
		if err != nil || turn.Speech == "" {
			t.Fatalf("%q: %q, %v", turn.User, turn.Speech, err)
		}
		effects, err := w.ledger()
		if err != nil {
			t.Fatal(err)
		}
		happened := 0
		for _, l := range effects {
			if effect != "" && strings.HasPrefix(l, effect) {
				happened++
			}
		}
		if happened > 1 {
			t.Errorf("%q: it happened %d times: %q", turn.User, happened, effects)
		}
		if claim != "" && strings.HasPrefix(turn.Speech, claim) && happened == 0 {
			t.Errorf("%q: %q is not true: %q", turn.User, turn.Speech, effects)
		}
	}
}
