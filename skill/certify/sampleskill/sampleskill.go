// Package sampleskill is a skill of another kind for the certification suite to prove itself on: a town library that holds books,
// renews loans and opens pickup lockers with a code. Its package lies in skill/certify/testdata/sample.
//
// Built without a defect it passes every check. [Defects] lists ways to break it, each with the one check that has to notice. It
// is written from Amazon's documents alone, without Trunkpass's own envelope, so that the suite does not agree with itself.
//
// Only tests use it: those of live, and, behind [Endpoint] with its [Faults], those of probe.
package sampleskill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// What certify.toml of the sample says.
const (
	ApplicationID = "amzn1.ask.skill.00000000-0000-0000-0000-00000000b00c"
	goodToken     = "reader-token"
	rightCode     = "2468"
)

// Skill is the library. It is safe for concurrent use.
type Skill struct {
	defect Defect
	now    func() time.Time
	wait   func(time.Duration) // how a slow answer takes its time

	mu       sync.Mutex
	seen     map[string]bool // users who have been here
	answered map[string][]byte
	wrong    int // wrong codes in a row
	opened   int // how often the locker has been opened
	trusted  map[string]bool
}

// New makes a library with one defect, or with none for the zero Defect. wait is called where a defect is slow.
func New(d Defect, now func() time.Time, wait func(time.Duration)) *Skill {
	return &Skill{defect: d, now: now, wait: wait, seen: map[string]bool{}, answered: map[string][]byte{}, trusted: map[string]bool{}}
}

// Effects changes when the locker is opened.
func (s *Skill) Effects() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Itoa(s.opened)
}

// ResetCode unlocks the code, as the account page would.
func (s *Skill) ResetCode() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = 0
}

// errRefused stands for HTTP 400.
var errRefused = errors.New("400 Bad Request")

// Answer takes a request to a response; an error stands for an HTTP status other than 200.
func (s *Skill) Answer(_ context.Context, body []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &query{}
	if err := json.Unmarshal(body, q); err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	if q.Context.System.Application.ApplicationID != ApplicationID && !s.is("answers any application id") {
		return nil, errRefused
	}
	if before, ok := s.answered[q.Request.RequestID]; ok && !s.is("acts again on a replayed request") {
		return before, nil
	}
	a := s.respond(q)
	if s.defect.spoil != nil {
		if err := s.defect.spoil(s, q, a); err != nil {
			return nil, err
		}
	}
	if a.raw != nil {
		return a.raw, nil
	}
	out, err := json.Marshal(a)
	if err == nil {
		s.answered[q.Request.RequestID] = out
	}
	return out, err
}

// is tells whether the skill has a defect that its own code knows.
func (s *Skill) is(defect string) bool { return s.defect.Name == defect }

// respond is the whole conversation.
func (s *Skill) respond(q *query) *answer {
	switch q.Request.Type {
	case "LaunchRequest":
		return s.welcome(q)
	case "CanFulfillIntentRequest":
		a := empty()
		a.Response.CanFulfill = map[string]any{"canFulfill": "MAYBE"}
		return a
	case "IntentRequest":
	default:
		return empty()
	}
	switch q.Request.Intent.Name {
	case "HoldBook":
		return s.hold(q)
	case "RenewLoan":
		return s.renew(q)
	case "OpeningHours":
		return s.hours(q)
	case "NearestBranch":
		return s.nearest(q)
	case "OpenLocker":
		return s.locker(q)
	default:
		return s.builtin(q)
	}
}

const (
	whatNow  = "What would you like?"
	examples = `You can say "renew my book", or "when are you open". What would you like?`
)

func (s *Skill) welcome(q *query) *answer {
	if !q.linked(s) {
		a := say("Welcome to Reading Nook. First, link your account: the card in the Alexa app shows how.")
		a.Response.Card = map[string]any{"type": "LinkAccount"}
		return a
	}
	first := !s.seen[q.user()]
	s.seen[q.user()] = true
	if first {
		return ask("Welcome to Reading Nook. I can hold a book, renew a loan, and open your locker. "+whatNow, examples)
	}
	return ask("Welcome back. "+whatNow, examples)
}

func (s *Skill) builtin(q *query) *answer {
	switch q.Request.Intent.Name {
	case "AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent":
		return say("Goodbye.")
	case "AMAZON.HelpIntent":
		return ask("I hold books, renew loans, tell opening hours, and open your locker. "+examples, "Say \"renew my book\", for instance. "+whatNow)
	case "AMAZON.RepeatIntent":
		if last := q.remembered(); last != nil {
			return last
		}
		return ask("I've said nothing yet. "+whatNow, examples)
	case "AMAZON.YesIntent":
		if last := q.remembered(); last != nil && last.elicits() {
			return last
		}
		return ask("Gladly. "+whatNow, examples)
	case "AMAZON.NoIntent":
		return say("All right. Goodbye.")
	default: // AMAZON.FallbackIntent
		return ask("That's nothing I can help with. "+examples, "Say help to hear more. "+whatNow)
	}
}

func (s *Skill) hold(q *query) *answer {
	if !q.linked(s) {
		return linkFirst()
	}
	book, ok := q.resolved("book")
	if !ok {
		return q.elicit("book", "Which book shall I hold?", "I know Emma and Jane Eyre, among others. Which book?")
	}
	branch, ok := q.resolved("branch")
	if !ok {
		return q.elicit("branch", "At which branch?", "There are central, harbor and hill top. Which branch?")
	}
	a := say(fmt.Sprintf("%s waits for you at %s.", title(book), branch))
	a.Response.Card = map[string]any{"type": "Simple", "title": "On hold", "content": title(book) + ", " + branch}
	return a
}

const maxWeeks = 6

func (s *Skill) renew(q *query) *answer {
	if !q.linked(s) {
		return linkFirst()
	}
	book, ok := q.resolved("book")
	if !ok {
		return q.elicit("book", "Which book would you like to keep?", "I need the title of the book. Which one?")
	}
	weeks, err := strconv.Atoi(q.Request.Intent.Slots["weeks"].Value)
	if err != nil || weeks < 1 || weeks > maxWeeks {
		return q.elicit("weeks", "For how many weeks, one to six?", "A number from one to six, please. How many weeks?")
	}
	return say(fmt.Sprintf("%s is yours for %d more weeks.", title(book), weeks))
}

func (s *Skill) hours(q *query) *answer {
	branch, ok := q.resolved("branch")
	if !ok && q.filled("branch") {
		return ask("I know central, harbor and hill top. Which branch do you mean?", "Say the name of a branch, please. Which one?")
	}
	if !ok {
		branch = "every branch"
	}
	a := say(title(branch) + " is open from nine to six.")
	if q.hasScreen() {
		a.Response.Directives = append(a.Response.Directives, map[string]any{
			"type": "Alexa.Presentation.APL.RenderDocument", "token": "hours",
			"document": map[string]any{"type": "APL", "version": "2022.1", "mainTemplate": map[string]any{"items": []any{}}},
		})
	}
	return a
}

const addressScope = "alexa:devices:all:address:country_and_postal_code:read"

func (s *Skill) nearest(q *query) *answer {
	if q.Context.System.User.Permissions.Scopes[addressScope].Status == "GRANTED" {
		return say("Harbor is the closest branch.")
	}
	a := say("To find a branch near you, I need your postal code. The card in the Alexa app lets you allow that.")
	a.Response.Card = map[string]any{
		"type": "AskForPermissionsConsent", "permissions": []string{"read::alexa:device:all:address:country_and_postal_code"},
	}
	return a
}

func linkFirst() *answer {
	a := say("First, link your account: the card in the Alexa app shows how.")
	a.Response.Card = map[string]any{"type": "LinkAccount"}
	return a
}

const strikes = 3

func (s *Skill) locker(q *query) *answer {
	if !q.linked(s) {
		return linkFirst()
	}
	if q.Session.New && s.is("forgets the lock in a new session") {
		s.wrong = 0
	}
	if s.wrong >= strikes && !s.is("accepts a fourth code") {
		return say("The code is locked. Reset it on the account page.")
	}
	code := q.Request.Intent.Slots["pin"].Value
	if s.is("asks for no code") || s.is("remembers the code in the session") && s.trusted[q.Session.SessionID] ||
		s.is("remembers the code for good") && len(s.trusted) > 0 {
		return s.open(q)
	}
	if s.is("opens before it asks for the code") {
		s.opened++
	}
	if code == "" || code == "?" {
		return q.elicit("pin", "What is your four digit code?", "Say the four digits of your code, please. What is it?")
	}
	if code != rightCode && !s.is("accepts any code") {
		s.wrong++
		if s.wrong >= strikes {
			return say("That was wrong three times. Reset your code on the account page.")
		}
		return q.elicit("pin", "That's not it. What is your four digit code?", "Say the four digits, please. What is your code?")
	}
	return s.open(q)
}

func (s *Skill) open(q *query) *answer {
	s.opened++
	s.wrong = 0
	s.trusted[q.Session.SessionID] = true
	return ask("Locker seven is open now. Anything else?", "Say \"renew my book\", for instance, or say no. Anything else?")
}

// withoutCode is what a defect takes instead of a code.
func (s *Skill) withoutCode(q *query, a *answer, intent string) {
	if last := q.remembered(); q.Request.Intent.Name == intent && last != nil && last.waitsFor("pin") {
		*a = *s.open(q)
	}
}

// title begins with a capital letter.
func title(text string) string {
	if text == "" || slices.Contains([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), text[0]) {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
