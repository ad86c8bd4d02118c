package echo

import (
	"errors"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
)

// directive makes a response with one directive in an open session.
func directive(json string) string { return `"directives":[` + json + `],` + asks }

const (
	elicitSize = `{"type":"Dialog.ElicitSlot","slotToElicit":"size"}`
	delegate   = `{"type":"Dialog.Delegate"}`
)

// state is the last request's intent as a line: its state, confirmation and filled slots.
func (p *place) state(t *testing.T) string {
	t.Helper()
	intent := p.intent(t)
	parts := []string{intent.Name, p.last(t).Body.DialogState, intent.ConfirmationStatus}
	for _, name := range []string{"size", "topping", "at", "day", "guests"} {
		if s := intent.Slots[name]; s.Value != "" {
			part := name + "=" + s.Value
			if s.ConfirmationStatus != skill.ConfirmationNone {
				part += " " + s.ConfirmationStatus
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// turns says one thing after another; before each, the skill learns what to answer to it.
type turns []struct{ utterance, answer, want string }

func (steps turns) play(t *testing.T, p *place, e *Echo) {
	t.Helper()
	for i, step := range steps {
		p.answer = answers(step.answer)
		say(t, e, step.utterance)
		if got := p.state(t); got != step.want {
			t.Errorf("step %d, %q: got %s, want %s", i+1, step.utterance, got, step.want)
		}
	}
}

// Slots add up while the dialog is about the same intent.
func TestElicitation(t *testing.T) {
	p := &place{}
	e := setup(t, p, nil)
	turns{
		{"order a pizza with ham", directive(elicitSize), "OrderPizza STARTED NONE topping=ham"},
		{"large", directive(elicitSize), "OrderPizza IN_PROGRESS NONE size=large topping=ham"},
		{"a small one", directive(elicitSize), "OrderPizza IN_PROGRESS NONE size=small topping=ham"},
		{"order a pizza with tuna", directive(elicitSize), "OrderPizza IN_PROGRESS NONE size=small topping=tuna"},
		{"bring my pizza at six", asks, "OrderPizza IN_PROGRESS NONE size=small topping=tuna at=18:00"},
		// The last response asked for nothing, so the dialog is over.
		{"order a pizza", directive(elicitSize), "OrderPizza STARTED NONE"},
		// Another intent forgets the dialog; one that is not in dialog.intents has no state.
		{"bake it longer", asks, "BakeLonger  NONE"},
		{"order a pizza", directive(elicitSize), "OrderPizza STARTED NONE"},
		{"large", ends, "OrderPizza IN_PROGRESS NONE size=large"},
		{"order a pizza", ends, "OrderPizza STARTED NONE"},
	}.play(t, p, e)
}

// An updatedIntent replaces the intent whole.
func TestUpdatedIntent(t *testing.T) {
	p := &place{}
	e := setup(t, p, nil)
	elicit := func(updated string) string {
		return directive(`{"type":"Dialog.ElicitSlot","slotToElicit":"size","updatedIntent":` + updated + `}`)
	}
	turns{
		{
			"order a pizza with ham", elicit(`{"name":"OrderPizza","slots":{"topping":{"name":"topping","value":"tuna","confirmationStatus":"CONFIRMED"}}}`),
			"OrderPizza STARTED NONE topping=ham",
		},
		{"large", elicit(`{"name":"OrderPizza","confirmationStatus":"NONE","slots":{}}`), "OrderPizza IN_PROGRESS NONE size=large topping=tuna CONFIRMED"},
		{"small", elicit(`{"name":"OrderPizza"}`), "OrderPizza IN_PROGRESS NONE size=small"},
		{"small", directive(elicitSize), "OrderPizza IN_PROGRESS NONE size=small"},
		// Help answers and asks again, about the intent it interrupted.
		{"help", elicit(`{"name":"OrderPizza","slots":{"at":{"value":"18:00"}}}`), "AMAZON.HelpIntent  NONE"},
		{"large", asks, "OrderPizza IN_PROGRESS NONE size=large at=18:00"},
	}.play(t, p, e)
	for name, slot := range p.intent(t).Slots {
		if slot.Name != name || slot.ConfirmationStatus == "" {
			t.Errorf("slot %s: %q, %q", name, slot.Name, slot.ConfirmationStatus)
		}
	}
	if got := len(p.intent(t).Slots); got != 6 {
		t.Errorf("%d slots in the request, want all 6", got)
	}
}

func TestConfirmation(t *testing.T) {
	p := &place{}
	e := setup(t, p, nil)
	turns{
		{"order a large pizza", directive(`{"type":"Dialog.ConfirmSlot","slotToConfirm":"size"}`), "OrderPizza STARTED NONE size=large"},
		{"yes", directive(`{"type":"Dialog.ConfirmSlot","slotToConfirm":"size"}`), "OrderPizza IN_PROGRESS NONE size=large CONFIRMED"},
		{"No thanks.", directive(`{"type":"Dialog.ConfirmIntent"}`), "OrderPizza IN_PROGRESS NONE size=large DENIED"},
		{"yes please", directive(`{"type":"Dialog.ConfirmIntent"}`), "OrderPizza IN_PROGRESS CONFIRMED size=large DENIED"},
		{"nope", directive(`{"type":"Dialog.ConfirmIntent"}`), "OrderPizza IN_PROGRESS DENIED size=large DENIED"},
		{"help", asks, "AMAZON.HelpIntent  NONE"},
		// Nothing is to be confirmed any more.
		{"yes", asks, "AMAZON.YesIntent  NONE"},
	}.play(t, p, e)
}

// The skill delegates: it hears each answer, and the last one as COMPLETED.
func TestDelegation(t *testing.T) {
	p := &place{answer: answers(directive(delegate))}
	e := setup(t, p, nil)
	steps := []struct{ utterance, speech, want string }{
		{"order a pizza with ham", "Anything else? How big should it be?", "OrderPizza STARTED NONE topping=ham"},
		{"large", "Anything else? A large pizza, right?", "OrderPizza IN_PROGRESS NONE size=large topping=ham"},
	}
	for _, step := range steps {
		turn := say(t, e, step.utterance)
		if got := p.state(t); got != step.want || turn.Speech != step.speech || turn.Session != "open" {
			t.Errorf("%q: %s, %q", step.utterance, got, turn.Speech)
		}
	}
	if turn, err := e.Silence(t.Context()); err != nil || turn.Speech != "A large pizza, right?" {
		t.Errorf("the reprompt of a delegated question is %q, %v", turn.Speech, err)
	}
	p.answer = answers(ends)
	say(t, e, "no")
	if got, want := p.state(t), "OrderPizza COMPLETED DENIED size=large topping=ham"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// With nothing left to ask, delegating completes the dialog within the same turn.
func TestDelegationOfAFinishedDialog(t *testing.T) {
	p := &place{answer: inTurn(directive(delegate), ends)}
	e := setup(t, p, nil)
	turn := say(t, e, "send ham to rome")
	if got, want := p.state(t), "GiftPizza COMPLETED NONE topping=ham"; got != want || len(p.asked) != 2 {
		t.Errorf("got %s after %d requests, want %s", got, len(p.asked), want)
	}
	if turn.Speech != "Anything else? Done." || turn.Session != "closed" {
		t.Errorf("got %+v", turn)
	}

	p = &place{answer: answers(directive(delegate))}
	e = setup(t, p, nil)
	turn, err := e.Say(t.Context(), "send ham to rome")
	var refused *Refused
	if !errors.As(err, &refused) || refused.Rule != "dialog-finished" || turn.Session != "closed" {
		t.Errorf("delegated for ever: %+v, %v", turn, err)
	}
}

// With the strategy ALWAYS, the skill hears of the dialog when it is completed.
func TestAlexaAsksAlways(t *testing.T) {
	p := &place{answer: answers(ends)}
	e := setup(t, p, nil)
	for _, step := range []struct{ utterance, speech string }{
		{"book a table", "On which day?"},
		{"on friday", "For how many?"},
		{"five", "For 5, right?"},
		{"no", "For how many?"},
		{"for four", "For 4, right?"},
	} {
		if turn := say(t, e, step.utterance); turn.Speech != step.speech || turn.Session != "open" || len(p.asked) != 0 {
			t.Errorf("%q: %q, %s, %d requests", step.utterance, turn.Speech, turn.Session, len(p.asked))
		}
	}
	say(t, e, "yes")
	if got, want := p.state(t), "BookTable COMPLETED NONE day=2031-05-09 guests=4 CONFIRMED"; got != want || !p.last(t).Session.New {
		t.Errorf("got %s, want %s in a new session", got, want)
	}

	say(t, e, "book a table")
	before := len(p.asked)
	if turn := say(t, e, "exit"); turn.Session != "closed" || len(p.asked) != before {
		t.Errorf("a session that the skill never saw ended with a request")
	}
}
