package skill

import (
	"context"
	"time"
)

// Conversation is one row of the table that a skill hands to [New]: an intent, what it needs, and the flow
// that answers it.
type Conversation struct {
	Intent string            // as the interaction model names it
	Slots  map[string]string // slot name → slot type, proved equal to the model by a test
	Needs  Needs
	Flow   Flow
}

// Needs is the policy of one conversation: what must hold before it acts.
type Needs struct {
	// Account: the Alexa account is linked. Without it the answer is the linking card.
	Account bool
	// PIN: the voice PIN is asked every time, after the read-back (certification PIN-1, PIN-4).
	PIN bool
}

// Turn is one request as a conversation sees it.
type Turn struct {
	Request *Request
	Now     time.Time // UTC; the same instant throughout the turn
	// FreshID is an unguessable id made for this turn, for whatever the turn starts.
	FreshID string
}

// Token is the access token of the linked account, empty if there is none.
func (t *Turn) Token() string { return string(t.Request.Context.System.User.AccessToken) }

// Locale is the language of the request, "en-US".
func (t *Turn) Locale() string { return t.Request.Body.Locale }

// InCar reports whether the device is meant for use in a car: Alexa says so with context.Automotive, and
// some head units only with the viewport mode AUTO.
func (t *Turn) InCar() bool {
	c := t.Request.Context
	return c.Automotive != nil || c.Viewport != nil && c.Viewport.Mode == ViewportAuto
}

// Slots are the slots of an intent by name.
type Slots map[string]Slot

// Filled lists the names of the slots that hold something, understood or not.
func (s Slots) Filled(name string) bool { return s[name].Value != "" || s[name].SlotValue != nil }

// Event is what a flow is told: something was heard, or something it asked for was done.
type Event interface{ event() }

// Heard is the flow's own intent: the opening of the conversation, the answer to an elicited slot, or the
// same request said anew in the middle.
type Heard struct{ Slots Slots }

// Yes, No, Again, Helped and Unclear are the short answers every question must expect: the two built-in
// intents, "repeat that", "help", and something nobody understood.
type (
	Yes     struct{}
	No      struct{}
	Again   struct{}
	Helped  struct{}
	Unclear struct{}
)

// Done carries the outcome of an effect back into the flow that asked for it. A failed effect carries Err;
// what it means for the driver is the flow's to decide.
type Done struct {
	Effect any
	Result any
	Err    error
}

func (Heard) event()   {}
func (Yes) event()     {}
func (No) event()      {}
func (Again) event()   {}
func (Helped) event()  {}
func (Unclear) event() {}
func (Done) event()    {}

// Flow is a conversation with its types erased; [NewFlow] makes one.
type Flow interface {
	// name is unique among flows and names its open question in the session attributes.
	name() string
	version() int
	lines() FlowLines
	// play runs one turn. saved is the open question, nil for a fresh start. The returned open question is
	// nil when the conversation has ended.
	play(ctx context.Context, t *Turn, saved *openQuestion, ev Event) ([]Act, *openQuestion, error)
}
