package skill

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
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
	// AtRest: it is refused while the car moves, by what the car reports and by how fast the device does.
	AtRest bool
	// MayFulfill: Alexa may offer it to somebody who did not ask for the skill by name. Only what looks and
	// tells may; what opens something never does.
	MayFulfill bool
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

// Person is the recognized speaker, empty if nobody was recognized, which is usual.
func (t *Turn) Person() string {
	if p := t.Request.Context.System.Person; p != nil {
		return p.PersonID
	}
	return ""
}

// restlessSpeed is above what a satellite fix wobbles at rest, in meters per second.
const restlessSpeed = 2

// Moving reports whether the device itself says that it is under way. Only devices in cars and pockets know;
// one that does not say is not moving as far as it knows.
func (t *Turn) Moving() bool {
	g := t.Request.Context.Geolocation
	return g != nil && g.Speed != nil && g.Speed.SpeedInMetersPerSecond > restlessSpeed
}

// Slots are the slots of an intent by name. One may hold a PIN, so they redact themselves.
type Slots map[string]Slot

// Filled reports whether a slot holds something, understood or not.
func (s Slots) Filled(name string) bool { return s[name].Value != "" || s[name].SlotValue != nil }

// LogValue hides the values from slog, whose JSON would show them; fmt asks each slot, which hides itself.
func (s Slots) LogValue() slog.Value { return slog.StringValue(redacted) }

// Event is what a flow is told: something was heard, or something it asked for was done.
type Event interface{ event() }

// Heard is the flow's own intent: the opening of the conversation, the answer to an elicited slot, or the
// same request said anew in the middle.
type Heard struct{ Slots Slots }

// The short answers that every question must expect.
type (
	// Yes is AMAZON.YesIntent.
	Yes struct{}
	// No is AMAZON.NoIntent.
	No struct{}
	// Again is "repeat that".
	Again struct{}
	// Helped is "help".
	Helped struct{}
	// Unclear is something nobody understood.
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

// Act is one thing a turn wants said, shown or done. Conversations return acts and never a sentence;
// rendering turns them into speech of the listener's language.
type Act interface{ act() }

// Say is a statement.
type Say struct {
	Key  speech.Key
	Args speech.Args
}

// Ask is the question that ends a turn. It keeps the microphone open and has a reprompt; a turn holds at
// most one, and it is said last.
type Ask struct {
	Key  speech.Key
	Args speech.Args
	// Elicit names the slot of the turn's intent that the answer fills; empty for a yes-or-no question or
	// an open one. All other slots are cleared on the way, so that the next turn holds only what is newly
	// said and an old PIN is never sent back to us.
	Elicit string
}

// Show puts a card into the Alexa app. In a car it is left out: nothing sends a driver to the phone.
type Show struct {
	Title speech.Key
	Text  speech.Key
	Args  speech.Args
}

// LinkAccount puts the account-linking card into the Alexa app (certification LINK-5), except in a car.
type LinkAccount struct{}

// Do asks for one reading of the world or one effect on it. It is the last of its list of acts: the outcome
// comes back to the flow as an event and decides how the turn goes on.
type Do struct{ Effect any }

// Names teaches Alexa the values of a slot type for the rest of the session, such as the names of the
// owner's cars (Dialog.UpdateDynamicEntities). It is sent only while the session stays open.
type Names struct {
	Type   string
	Values []NamedValue
}

// NamedValue is one value with the id that comes back when it is said.
type NamedValue struct {
	ID    string
	Value string
}

// Screen shows a page on a device that has a screen for it, and is nothing anywhere else: what is said must be
// complete without it. In a car the page is reduced to a glance, and left out while the car moves. An argument
// that is nil is left out.
type Screen struct {
	Document     screen.Document
	Title, Note  speech.Arg
	Begins, Ends speech.Arg // the ends of a time line
	Rows         []Row
}

// Row is one thing on a page; screen.Row tells what the fields mean.
type Row struct {
	Label, Value, Word speech.Arg
	Mark               screen.Mark
	From, To           float64
	Touch              Touch
}

// Touch is what touching a row says: an intent, which is played as if it had been heard. The zero Touch says
// nothing. A conversation that takes a PIN cannot be opened by a finger.
type Touch struct {
	Intent string
	Slots  []screen.Slot
}

func (Screen) act()      {}
func (Names) act()       {}
func (Say) act()         {}
func (Ask) act()         {}
func (Show) act()        {}
func (LinkAccount) act() {}
func (Do) act()          {}

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

// FlowSpec describes a conversation whose state is S and whose facts are F. S is a small JSON struct of
// ids, counters and instants, never of names, secrets or sentences: Alexa carries it in clear.
type FlowSpec[S State, F any] struct {
	Name    string
	Version int // raise it when S changes meaning; older open questions are then forgotten
	Lines   FlowLines
	// Facts gathers what the decision needs: the clock, cars, preferences. It only reads.
	Facts func(ctx context.Context, t *Turn, state S, ev Event) (F, error)
	// Next decides. It is pure: no I/O, clock or chance; every event in every state has an answer.
	Next func(state S, ev Event, facts F) (S, []Act)
	// Do carries out an effect once and reports its outcome; nil for a flow that has none.
	Do func(ctx context.Context, t *Turn, effect any) (result any, err error)
}

// State is the state of a flow. Step names its open question; empty means that nothing is open.
type State interface{ Step() string }

// FlowLines are what the dispatcher says about a flow when it cannot ask the flow itself.
type FlowLines struct {
	Stopped speech.Key // the driver said stop or cancel in the middle
	Left    speech.Key // the driver asked for something else in the middle; empty: nothing is said
}

// NewFlow makes a Flow of a spec.
func NewFlow[S State, F any](spec FlowSpec[S, F]) Flow { return flow[S, F]{spec} }

type flow[S State, F any] struct{ spec FlowSpec[S, F] }

func (f flow[S, F]) name() string     { return f.spec.Name }
func (f flow[S, F]) version() int     { return f.spec.Version }
func (f flow[S, F]) lines() FlowLines { return f.spec.Lines }

// maxEffects bounds the effects of one turn: a PIN check and a grant are two. More is a loop in the flow.
const maxEffects = 3

func (f flow[S, F]) play(ctx context.Context, t *Turn, saved *openQuestion, ev Event) ([]Act, *openQuestion, error) {
	var state S
	if saved != nil {
		if err := json.Unmarshal(saved.Data, &state); err != nil {
			return nil, nil, fmt.Errorf("read %s state: %w", f.spec.Name, err)
		}
		if state.Step() != saved.Step {
			return nil, nil, fmt.Errorf("read %s state: it asks for %q, and the question was %q", f.spec.Name, state.Step(), saved.Step)
		}
	}
	facts, err := f.spec.Facts(ctx, t, state, ev)
	if err != nil {
		return nil, nil, fmt.Errorf("gather %s facts: %w", f.spec.Name, err)
	}
	var first []Act
	state, acts := f.spec.Next(state, ev, facts)
	for effects := 0; ; effects++ {
		i := slices.IndexFunc(acts, func(a Act) bool { _, ok := a.(Do); return ok })
		if i < 0 {
			return f.finish(t, state, append(first, acts...))
		}
		if effects == maxEffects {
			return nil, nil, fmt.Errorf("%s asked for more than %d effects in a turn", f.spec.Name, maxEffects)
		}
		first = append(first, acts[:i]...)
		effect := acts[i].(Do).Effect
		result, err := f.spec.Do(ctx, t, effect)
		state, acts = f.spec.Next(state, Done{Effect: effect, Result: result, Err: err}, facts)
	}
}

func (f flow[S, F]) finish(t *Turn, state S, acts []Act) ([]Act, *openQuestion, error) {
	asks := slices.ContainsFunc(acts, func(a Act) bool { _, ask := a.(Ask); return ask })
	if state.Step() == "" && !asks {
		return acts, nil, nil
	}
	data, err := json.Marshal(state)
	if err != nil {
		return nil, nil, fmt.Errorf("save %s state: %w", f.spec.Name, err)
	}
	return acts, &openQuestion{
		Flow: f.spec.Name, Version: f.spec.Version, Step: state.Step(), Asked: t.Now.Truncate(time.Second), Data: data,
	}, nil
}
