package echo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
)

// The tests speak to a pizza place: the Echo knows nothing of any skill but its model.
func pizza(t testing.TB) *models.InteractionModel {
	t.Helper()
	data, err := os.ReadFile("testdata/pizza.json")
	if err != nil {
		t.Fatal(err)
	}
	m := &models.InteractionModel{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		t.Fatal(err)
	}
	return m
}

// tuesday is 14:05 in Vancouver on Tuesday, May 6, 2031.
func tuesday(t testing.TB) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2031, 5, 6, 14, 5, 0, 0, zone)
}

// place is a skill for tests: it keeps what it was asked and answers with answer.
type place struct {
	asked  []*skill.Request
	answer func(*skill.Request) string
	ended  string // what the response to a SessionEndedRequest holds
	fails  error
}

func (p *place) send(_ context.Context, body []byte) ([]byte, error) {
	r, err := skill.Decode(body)
	if err != nil {
		return nil, err
	}
	if p.fails != nil {
		return nil, p.fails
	}
	p.asked = append(p.asked, r)
	if r.Body.Type == skill.TypeSessionEndedRequest {
		return []byte(answers(p.ended)(r)), nil
	}
	return []byte(p.answer(r)), nil
}

func (p *place) last(t *testing.T) *skill.Request {
	t.Helper()
	if len(p.asked) == 0 {
		t.Fatal("the skill was asked nothing")
	}
	return p.asked[len(p.asked)-1]
}

// intent is the intent of the last request.
func (p *place) intent(t *testing.T) skill.Intent {
	t.Helper()
	if p.last(t).Body.Intent == nil {
		t.Fatalf("the last request is a %s", p.last(t).Body.Type)
	}
	return *p.last(t).Body.Intent
}

// answers makes a skill that says the same thing always.
func answers(body string) func(*skill.Request) string {
	return func(*skill.Request) string { return `{"version":"1.0","response":{` + body + `}}` }
}

// inTurn makes a skill that says one thing after the other, the last one for ever.
func inTurn(bodies ...string) func(*skill.Request) string {
	n := 0
	return func(r *skill.Request) string {
		body := bodies[min(n, len(bodies)-1)]
		n++
		return answers(body)(r)
	}
}

const (
	asks = `"outputSpeech":{"type":"SSML","ssml":"<speak>Anything else?</speak>"},
		"reprompt":{"outputSpeech":{"type":"PlainText","text":"Do you want anything else?"}},"shouldEndSession":false`
	ends = `"outputSpeech":{"type":"PlainText","text":"Done."},"shouldEndSession":true`
)

func setup(t testing.TB, p *place, change func(*Options)) *Echo {
	t.Helper()
	n, now := 0, tuesday(t)
	o := Options{
		Model: pizza(t), ApplicationID: "amzn1.ask.skill.pizza", Send: p.send,
		Now:   func() time.Time { return now },
		NewID: func() string { n++; return fmt.Sprint("id", n) },
		Zone:  now.Location(),
	}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func say(t *testing.T, e *Echo, utterance string) Turn {
	t.Helper()
	turn, err := e.Say(t.Context(), utterance)
	if err != nil {
		t.Fatalf("say %q: %v", utterance, err)
	}
	return turn
}
