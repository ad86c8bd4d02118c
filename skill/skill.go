package skill

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill/speech"
)

// Config is what a skill is made of. Every field is needed unless it says otherwise.
type Config struct {
	// ApplicationID is the skill's id; a request for another one is refused with *BadRequest.
	ApplicationID string
	Catalog       *speech.Catalog
	Conversations []Conversation
	// Launch answers "open trunk pass" and Help answers "help" where nothing is open; the driver's situation
	// decides what they say. Their conversations have no intent of their own.
	Launch, Help Conversation
	// Apologize turns an error of a conversation into words; the skill itself knows no car and no cloud.
	Apologize func(error) []Act
	// Progress speaks while the answer is still being made. Optional: without it there is silence.
	Progress func(ctx context.Context, r *Request, ssml string) error
	// Events hears the skill events: enabled, disabled, linked, permissions and subscriptions changed. Alexa sends
	// them at least once and in any order, and again after an error. Optional.
	Events func(ctx context.Context, r *Request) error
	// Observe hears how every request went, for those who count. Optional.
	Observe func(Seen)
	Now     func() time.Time
	NewID   func() string
	// Rand chooses among the wordings of a line; nil always takes the first. It needs no lock of its own.
	Rand *rand.Rand
	Log  *slog.Logger
}

// Seen is one request as it went, without anything that somebody said.
type Seen struct {
	Type    string // "IntentRequest"
	Intent  string // of our table or built in, "" for other requests
	Outcome Outcome
	Took    time.Duration
}

// Outcome is how a request went.
type Outcome string

// The outcomes.
const (
	Answered   Outcome = "answered"
	Apologized Outcome = "apologized" // something failed, and the driver was told
	Refused    Outcome = "refused"    // Alexa would not have sent it
	Failed     Outcome = "failed"     // a skill event that Alexa will send again
)

// Skill answers Alexa requests. It is safe for concurrent use and keeps nothing between turns: what a
// conversation remembers travels in the session attributes.
type Skill struct {
	config   Config
	byIntent map[string]*Conversation
	byFlow   map[string]*Conversation
	chance   chance
}

// New proves the table and makes the skill of it.
func New(c Config) (*Skill, error) {
	s := &Skill{config: c, byIntent: map[string]*Conversation{}, byFlow: map[string]*Conversation{}, chance: chance{source: c.Rand}}
	for i := range c.Conversations {
		row := &c.Conversations[i]
		if s.byIntent[row.Intent] != nil || s.byFlow[row.Flow.name()] != nil {
			return nil, fmt.Errorf("intent table: %s or its flow %s stands twice", row.Intent, row.Flow.name())
		}
		s.byIntent[row.Intent], s.byFlow[row.Flow.name()] = row, row
	}
	s.byFlow[c.Launch.Flow.name()], s.byFlow[c.Help.Flow.name()] = &s.config.Launch, &s.config.Help
	return s, nil
}

// Answer takes one request body to its response body. The error is a *BadRequest for what Alexa would
// never send; everything a person can be told is spoken instead.
func (s *Skill) Answer(ctx context.Context, body []byte) ([]byte, error) {
	request, err := Decode(body)
	if err != nil {
		return nil, err
	}
	response, err := s.Respond(ctx, request)
	if err != nil {
		return nil, err
	}
	return Encode(response)
}

// Respond is Answer without the wire format.
func (s *Skill) Respond(ctx context.Context, r *Request) (*Response, error) {
	began := s.config.Now()
	response, outcome, err := s.respond(ctx, r)
	if s.config.Observe != nil {
		seen := Seen{Type: knownType(r.Body.Type), Outcome: outcome, Took: s.config.Now().Sub(began)}
		if r.Body.Type == TypeIntentRequest && r.Body.Intent != nil {
			seen.Intent = s.knownIntent(r.Body.Intent.Name)
		}
		s.config.Observe(seen)
	}
	return response, err
}

func (s *Skill) respond(ctx context.Context, r *Request) (*Response, Outcome, error) {
	if r.Context.System.Application.ApplicationID != s.config.ApplicationID {
		return nil, Refused, &BadRequest{Reason: "the request is for another skill"}
	}
	silent := &Response{Version: "1.0"}
	switch r.Body.Type {
	case TypeLaunchRequest, TypeIntentRequest:
	case TypeUserEvent:
		heard, ok := s.touched(r)
		if !ok { // nothing is said, and a question that is open stays open
			silent.SessionAttributes = attributesOf(r)
			return silent, Answered, nil
		}
		r = heard
	case TypeRuntimeError: // what we have shown was faulty; what was said is not
		s.config.Log.WarnContext(ctx, "screen failed", "request", r.Body.RequestID, "document", r.Body.Token, "errors", len(r.Body.Errors))
		silent.SessionAttributes = attributesOf(r)
		return silent, Answered, nil
	case TypeCanFulfillIntentRequest:
		silent.Body.CanFulfillIntent = s.canFulfill(r.Body.Intent)
		return silent, Answered, nil
	default: // session ended, skill events, whatever Amazon adds: nothing may be said
		if IsSkillEvent(r.Body.Type) && s.config.Events != nil {
			if err := s.config.Events(ctx, r); err != nil {
				return nil, Failed, fmt.Errorf("skill event %s: %w", r.Body.Type, err)
			}
		}
		return silent, Answered, nil
	}
	voice, ok := s.config.Catalog.Voice(r.Body.Locale)
	if !ok {
		return nil, Refused, &BadRequest{Reason: "the request is in a language this skill does not speak"}
	}
	turn := &Turn{Request: r, Now: s.config.Now().UTC(), FreshID: s.config.NewID()}
	acts, open, outcome := s.turn(ctx, turn, voice)
	response, err := s.render(turn, voice, acts, open)
	if err != nil {
		s.config.Log.ErrorContext(ctx, "answer not rendered", "request", r.Body.RequestID, "error", err)
		response, err = s.render(turn, voice, []Act{Say{Key: Sorry}}, nil)
		return response, Apologized, err
	}
	return response, outcome, nil
}

// IsSkillEvent tells the events about a user of the skill, which come out of any session.
func IsSkillEvent(kind string) bool { return strings.HasPrefix(kind, "AlexaSkillEvent.") }

// knownType keeps what somebody made up out of the counts.
func knownType(kind string) string {
	switch kind {
	case TypeLaunchRequest, TypeIntentRequest, TypeSessionEndedRequest, TypeUserEvent, TypeRuntimeError, TypeCanFulfillIntentRequest:
		return kind
	}
	if IsSkillEvent(kind) {
		return "AlexaSkillEvent"
	}
	return "other"
}

// knownIntent is the intent if it is one of ours or built in.
func (s *Skill) knownIntent(name string) string {
	if s.byIntent[name] != nil || BuiltIn(name) {
		return name
	}
	return "other"
}

// BuiltIn tells the built-in intents that every moment of a conversation understands.
func BuiltIn(name string) bool { return slices.Contains(builtIns, name) }

var builtIns = []string{
	"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent", "AMAZON.HelpIntent", "AMAZON.RepeatIntent",
	"AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.FallbackIntent",
}
