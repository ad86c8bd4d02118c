package skill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// turn dispatches, and turns an error or a panic into an apology: one border for all of them.
func (s *Skill) turn(ctx context.Context, t *Turn, voice *speech.Voice) (acts []Act, open *openQuestion, outcome Outcome) {
	defer func() {
		if p := recover(); p != nil {
			s.config.Log.ErrorContext(ctx, "turn panicked", "request", t.Request.Body.RequestID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			acts, open, outcome = []Act{Say{Key: Sorry}}, nil, Apologized
		}
	}()
	stop := s.announceWait(ctx, t, voice)
	defer stop()
	acts, open, err := s.dispatch(ctx, t)
	if err != nil {
		s.config.Log.WarnContext(ctx, "turn apologized", "request", t.Request.Body.RequestID, "intent", t.intent(), "error", err)
		return s.config.Apologize(err), nil, Apologized
	}
	return acts, open, Answered
}

// dispatch is three steps: what every moment understands, the open question if this turn answers it, and
// the intent table.
func (s *Skill) dispatch(ctx context.Context, t *Turn) ([]Act, *openQuestion, error) {
	if t.Request.Body.Type == TypeLaunchRequest {
		return s.play(ctx, t, &s.config.Launch, nil, Heard{})
	}
	saved := s.open(t)
	if saved != nil && saved.Person != "" && t.Person() != "" && saved.Person != fingerprint(t.Person()) {
		// Somebody else answers: the question was not theirs, and the PIN that may follow is not either.
		return []Act{Say{Key: lineNotYours}}, nil, nil
	}
	intent := t.intent()

	// 1. Universal: leaving never needs the cloud, the account or a flow.
	switch intent {
	case "AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent":
		if saved != nil {
			return []Act{Say{Key: s.byFlow[saved.Flow].Flow.lines().Stopped}}, nil, nil
		}
		return []Act{Say{Key: lineGoodbye}}, nil, nil
	}

	// 2. The open question.
	if saved != nil {
		row := s.byFlow[saved.Flow]
		if ev := shortAnswer(intent); ev != nil {
			return s.play(ctx, t, row, saved, ev)
		}
		if row.Intent == intent {
			return s.play(ctx, t, row, saved, Heard{Slots: t.slots()})
		}
		if other := s.byIntent[intent]; other != nil {
			acts, open, err := s.play(ctx, t, other, nil, Heard{Slots: t.slots()})
			if left := row.Flow.lines().Left; left != "" && err == nil {
				acts = append([]Act{Say{Key: left}}, acts...)
			}
			return acts, open, err
		}
		return s.play(ctx, t, row, saved, Unclear{})
	}

	// 3. The table, and the short answers when nothing is open.
	if row := s.byIntent[intent]; row != nil {
		return s.play(ctx, t, row, nil, Heard{Slots: t.slots()})
	}
	return s.nothingOpen(ctx, t, intent)
}

// nothingOpen answers what is short for an answer when there is no question.
func (s *Skill) nothingOpen(ctx context.Context, t *Turn, intent string) ([]Act, *openQuestion, error) {
	switch shortAnswer(intent).(type) {
	case Helped:
		return s.play(ctx, t, &s.config.Help, nil, Heard{})
	case Again:
		said := s.remembered(t)
		switch {
		case said == nil:
		case said.Flow == ownFlow:
			return t.asks(said.ownQuestion())
		case s.byFlow[said.Flow] != nil:
			return s.play(ctx, t, s.byFlow[said.Flow], said, Again{})
		}
		return t.asks(lineNothingToRepeat)
	case Yes:
		return t.asks(lineNothingOpen)
	case No: // no more, after the welcome or after help
		return []Act{Say{Key: lineGoodbye}}, nil, nil
	}
	return t.asks(lineFallback)
}

func (s *Skill) play(ctx context.Context, t *Turn, row *Conversation, saved *openQuestion, ev Event) ([]Act, *openQuestion, error) {
	if row.Needs.Account && t.Token() == "" {
		return linkFirst(), nil, nil
	}
	acts, open, err := row.Flow.play(ctx, t, saved, ev)
	if open != nil {
		open.Person = fingerprint(t.Person())
		if saved != nil && saved.Person != "" {
			open.Person = saved.Person // who began it, though the voice was not recognized this time
		}
	}
	return acts, open, err
}

// fingerprint is what the session attributes hold of a person: enough to tell two apart.
func fingerprint(person string) string {
	if person == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(person))
	return hex.EncodeToString(sum[:8])
}

// canFulfill answers a request that nobody addressed to this skill: without side effects, account or device.
func (s *Skill) canFulfill(intent *Intent) *CanFulfillIntent {
	answer := &CanFulfillIntent{CanFulfill: CanFulfillNo}
	if intent == nil {
		return answer
	}
	row := s.byIntent[intent.Name]
	may := row != nil && row.Needs.MayFulfill && !row.Needs.PIN
	if may {
		answer.CanFulfill = CanFulfillYes
	}
	for name := range intent.Slots {
		if answer.Slots == nil {
			answer.Slots = map[string]CanFulfillSlot{}
		}
		slot := CanFulfillSlot{CanUnderstand: CanFulfillNo, CanFulfill: CanFulfillNo}
		if _, known := rowSlots(row)[name]; known && may {
			slot = CanFulfillSlot{CanUnderstand: CanFulfillYes, CanFulfill: CanFulfillYes}
		}
		answer.Slots[name] = slot
	}
	return answer
}

func rowSlots(row *Conversation) map[string]string {
	if row == nil {
		return nil
	}
	return row.Slots
}

// maxTouchSlots is more than any row of a page says.
const maxTouchSlots = 8

// touched is a touch on the screen as a request that was heard: its arguments are an intent and what is said in
// its slots. It is false for anything else, and for a conversation that takes a PIN.
func (s *Skill) touched(r *Request) (*Request, bool) {
	var name string
	if len(r.Body.Arguments) == 0 || json.Unmarshal(r.Body.Arguments[0], &name) != nil {
		return nil, false
	}
	row := s.byIntent[name]
	if row == nil || row.Needs.PIN {
		return nil, false
	}
	var said []screen.Slot
	if len(r.Body.Arguments) > 1 && json.Unmarshal(r.Body.Arguments[1], &said) != nil || len(said) > maxTouchSlots {
		return nil, false
	}
	intent := &Intent{Name: name, ConfirmationStatus: ConfirmationNone, Slots: map[string]Slot{}}
	for _, slot := range said {
		if _, known := row.Slots[slot.Name]; !known {
			return nil, false
		}
		intent.Slots[slot.Name] = Slot{Name: slot.Name, Value: slot.Value, Resolutions: &Resolutions{PerAuthority: []Resolution{{
			Status: ResolutionStatus{Code: ResolutionMatch},
			Values: []ResolutionValue{{Value: ResolvedValue{Name: slot.Value, ID: slot.ID}}},
		}}}}
	}
	heard := *r
	heard.Body.Type, heard.Body.Intent = TypeIntentRequest, intent
	return &heard, true
}

// attributesOf are the session attributes as they came.
func attributesOf(r *Request) map[string]json.RawMessage {
	if r.Session == nil {
		return nil
	}
	return r.Session.Attributes
}

func linkFirst() []Act { return []Act{Say{Key: lineLinkFirst}, LinkAccount{}} }

// ownFlow stands for the questions that the skill asks on its own account.
const ownFlow = "skill"

var ownQuestions = []speech.Key{lineNothingToRepeat, lineNothingOpen, lineFallback}

// asks is one of ownQuestions, to which anything may be answered.
func (t *Turn) asks(key speech.Key) ([]Act, *openQuestion, error) {
	return []Act{Ask{Key: key}}, &openQuestion{Flow: ownFlow, Asked: t.Now.Truncate(time.Second), Data: json.RawMessage(strconv.Quote(string(key)))}, nil
}

// ownQuestion is the question that was asked on the skill's own account.
func (q *openQuestion) ownQuestion() speech.Key {
	var key speech.Key
	if json.Unmarshal(q.Data, &key) != nil || !slices.Contains(ownQuestions, key) {
		return lineNothingToRepeat
	}
	return key
}

// shortAnswer is the event of a built-in intent that every question expects, nil for any other intent.
func shortAnswer(intent string) Event {
	switch intent {
	case "AMAZON.YesIntent":
		return Yes{}
	case "AMAZON.NoIntent":
		return No{}
	case "AMAZON.RepeatIntent":
		return Again{}
	case "AMAZON.HelpIntent":
		return Helped{}
	case "AMAZON.FallbackIntent":
		return Unclear{}
	default:
		return nil
	}
}

// openQuestion is what a conversation remembers between turns, as it travels in the session attributes.
type openQuestion struct {
	Flow    string          `json:"flow"`
	Version int             `json:"version"`
	Step    string          `json:"step"`
	Asked   time.Time       `json:"asked"`
	Person  string          `json:"person,omitempty"` // a fingerprint of who began it, if recognized
	Data    json.RawMessage `json:"data"`
}

const (
	openAttribute = "open"
	// questionLives bounds how long an answer still belongs to its question. A session on a screen may
	// linger; a window that was read back ten minutes ago is no longer what the driver agrees to.
	questionLives = 10 * time.Minute
)

// open reads the open question of the turn. One that is missing, malformed, too old, of an unknown flow or
// of another version is no open question.
func (s *Skill) open(t *Turn) *openQuestion {
	if q := s.remembered(t); q != nil && q.Step != "" {
		return q
	}
	return nil
}

// remembered is the open question, or the welcome or help after which none is open: it has no step.
func (s *Skill) remembered(t *Turn) *openQuestion {
	if t.Request.Session == nil {
		return nil
	}
	raw, ok := t.Request.Session.Attributes[openAttribute]
	if !ok {
		return nil
	}
	q := &openQuestion{}
	if err := json.Unmarshal(raw, q); err != nil {
		return nil
	}
	row := s.byFlow[q.Flow]
	own := q.Flow == ownFlow && q.Step == ""
	age := t.Now.Sub(q.Asked)
	if !own && (row == nil || row.Flow.version() != q.Version) || age > questionLives || age < -questionLives {
		return nil
	}
	return q
}

func (t *Turn) intent() string {
	if t.Request.Body.Intent == nil {
		return ""
	}
	return t.Request.Body.Intent.Name
}

func (t *Turn) slots() Slots {
	if t.Request.Body.Intent == nil {
		return nil
	}
	return t.Request.Body.Intent.Slots
}

// waitBeforeWord is how long a driver waits in silence before hearing that work goes on.
const waitBeforeWord = 2500 * time.Millisecond

// announceWait sends a progressive response if the turn takes long. The returned function ends the wait
// and returns only when nothing can be sent any more: Alexa drops what arrives after the answer.
func (s *Skill) announceWait(ctx context.Context, t *Turn, voice *speech.Voice) (stop func()) {
	if s.config.Progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	// Nearly every turn is over before: a timer costs it less than a goroutine that waits.
	timer := time.AfterFunc(waitBeforeWord, func() {
		defer close(gone)
		if ctx.Err() != nil {
			return
		}
		words, err := voice.Line(lineWorking, nil, speech.Setting{Car: t.InCar()})
		if err == nil {
			err = s.config.Progress(ctx, t.Request, "<speak>"+words+"</speak>")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.config.Log.InfoContext(ctx, "progress not spoken", "request", t.Request.Body.RequestID, "error", err)
		}
	})
	return func() {
		cancel()
		if !timer.Stop() {
			<-gone
		}
	}
}
