package live

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
	"github.com/trunkpass/trunkpass/skill/echo"
)

// locale is one language under examination.
type locale struct {
	*suite
	Locale
	values      alexa.Values
	ear         *echo.Ear
	welcomed    string          // what the skill says when it is opened
	suggestions []suggestion    // phrases that were heard, to be said later
	read        map[string]bool // texts that were searched for suggestions
	// bad are intents that do not even work plainly: no scenario with another device or account has to say so once more.
	bad map[string]bool
}

func newLocale(s *suite, known Locale) (*locale, error) {
	ear, err := echo.NewEar(known.Model, s.Settings.ApplicationID)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", known.Name, err)
	}
	values := alexa.Values{Model: known.Model, ApplicationID: s.Settings.ApplicationID, Today: s.Now(), Given: s.Settings.Values}
	return &locale{suite: s, Locale: known, values: values, ear: ear, bad: map[string]bool{}, read: map[string]bool{}}, nil
}

// talk is a session with the skill: one caller, and what both have said.
type talk struct {
	*locale
	caller     alexa.Caller
	session    string
	begun      bool
	attributes map[string]json.RawMessage
	asks       question // what the last answer asks with a Dialog directive
	moves      []move   // what led here, to go the same way again
	history    []certify.Exchange
}

// question is a Dialog directive that waits for an answer. Intent holds the slots that are kept.
type question struct {
	directive string // skill.TypeElicitSlot and the like; "" if nothing is asked this way
	slot      string
	intent    *skill.Intent
}

// move is one thing to say, ready to be said in any session.
type move struct {
	said string // for the reader of the report
	body skill.RequestBody
}

// turn is one request and its answer.
type turn struct {
	move
	response *skill.Response
	speech   string // plain text
	reprompt string // plain text
	err      error  // nobody answered, or with an error
	// told is set when a rule has already refused the answer: a scenario has nothing to add.
	told bool
	// evidence is the conversation up to here.
	evidence []certify.Exchange
}

// open tells whether the microphone is open after the answer.
func (t turn) open() bool { return t.response != nil && t.response.Body.ShouldEndSession.Open() }

func (t turn) card(kind string) bool {
	return t.response != nil && t.response.Body.Card != nil && t.response.Body.Card.Type == kind
}

// begin opens a session that the skill has not seen yet.
func (l *locale) begin(ctx context.Context, change ...func(*alexa.Caller)) *talk {
	c := alexa.Caller{
		ApplicationID: l.Settings.ApplicationID, Locale: l.Name, Device: alexa.Speaker,
		UserID: "amzn1.ask.account.certify", DeviceID: "amzn1.ask.device.certify",
		Token: l.account(ctx), APIEndpoint: l.api.URL, APIToken: "certify-api-token",
	}
	for _, f := range change {
		f(&c)
	}
	return &talk{locale: l, caller: c, session: "amzn1.echo-api.session." + l.NewID()}
}

// say sends a request within the session, and judges the answer by the rules.
func (k *talk) say(ctx context.Context, m move) turn {
	request := k.inside(m.body)
	t := k.exchange(ctx, m, request)
	k.moves = append(k.moves, m)
	if t.response == nil || ctx.Err() != nil {
		return t
	}
	k.attributes = t.response.SessionAttributes
	k.asks = asked(m.body.Intent, t.response)
	if t.open() {
		k.remember(t)
	}
	return t
}

// exchange sends a request, reads the answer, and applies the rules to it.
func (k *talk) exchange(ctx context.Context, m move, request *skill.Request) turn {
	t := turn{move: m}
	if t.err = context.Cause(ctx); t.err != nil {
		return t
	}
	body, err := json.Marshal(request)
	if err != nil {
		k.stop(fmt.Errorf("encode a request: %w", err))
		return turn{err: err}
	}
	answer, took, err := k.deliver(ctx, name(m.body), body)
	e := certify.Exchange{Said: m.said, Intent: name(m.body), Request: body, Response: printable(answer), Took: took}
	if err != nil {
		e.Note = err.Error()
	}
	k.history = append(k.history, e)
	k.exchanges = append(k.exchanges, e)
	t.err, t.evidence = err, slices.Clone(k.history)
	if ctx.Err() != nil {
		return t
	}
	if t.err == nil {
		k.seen.heard(k.Name, name(m.body), filled(m.body.Intent))
	}
	k.judge(ctx, &t, answer, took, request)
	return t
}

// name is the intent of a request, or its type.
func name(body skill.RequestBody) string {
	if body.Intent != nil && body.Type == skill.TypeIntentRequest {
		return body.Intent.Name
	}
	return body.Type
}

func filled(intent *skill.Intent) []string {
	var names []string
	if intent != nil {
		for _, s := range intent.Slots {
			if s.Value != "" {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// printable keeps an answer that is no JSON as a JSON string, so that the report stays well formed.
func printable(answer json.RawMessage) json.RawMessage {
	if len(answer) == 0 || json.Valid(answer) {
		return answer
	}
	const readable = 4000 // bytes, of an answer that is no use anyway
	quoted, err := json.Marshal(string(answer[:min(len(answer), readable)]))
	if err != nil {
		return nil // cannot be: every string can be written
	}
	return quoted
}

// asked reads what an answer asks with a Dialog directive.
func asked(said *skill.Intent, r *skill.Response) question {
	q := question{intent: said}
	var updated *skill.Intent
	for _, d := range r.Body.Directives {
		switch d := d.(type) {
		case skill.ElicitSlot:
			q.directive, q.slot, updated = d.Type(), d.SlotToElicit, d.UpdatedIntent
		case skill.ConfirmSlot:
			q.directive, q.slot, updated = d.Type(), d.SlotToConfirm, d.UpdatedIntent
		case skill.ConfirmIntent:
			q.directive, updated = d.Type(), d.UpdatedIntent
		case skill.DialogDelegate:
			q.directive, updated = d.Type(), d.UpdatedIntent
		}
	}
	if updated != nil {
		q.intent = updated
	}
	if q.directive == "" || q.intent == nil {
		return question{}
	}
	return q
}

// launch is "open …".
func (l *locale) launch() move {
	return move{said: "open " + l.Model.LanguageModel.InvocationName, body: skill.RequestBody{Type: skill.TypeLaunchRequest}}
}

// intent is a request for an intent with some slots filled.
func (l *locale) intent(name string, values map[string]string) move {
	i := &skill.Intent{Name: name, ConfirmationStatus: skill.ConfirmationNone, Slots: l.values.Empty(name)}
	m, _ := l.Model.LanguageModel.Intent(name)
	said := name
	for _, s := range m.Slots {
		if value, ok := values[s.Name]; ok {
			i.Slots[s.Name] = l.values.Slot(s.Name, s.Type, value)
			said += " " + s.Name + "=" + value
		}
	}
	body := skill.RequestBody{Type: skill.TypeIntentRequest, Intent: i}
	if _, listed := l.Model.Dialog.Intent(name); listed {
		body.DialogState = skill.DialogStarted
	}
	return move{said: said, body: body}
}

// answer fills the slot that is asked for.
func (k *talk) answer(value string) move {
	i := copyIntent(k.asks.intent)
	if i.Slots == nil {
		i.Slots = map[string]skill.Slot{}
	}
	m, _ := k.Model.LanguageModel.Intent(i.Name)
	slot, _ := m.Slot(k.asks.slot)
	for name, empty := range k.values.Empty(i.Name) {
		if _, ok := i.Slots[name]; !ok {
			i.Slots[name] = empty
		}
	}
	i.Slots[k.asks.slot] = k.values.Slot(k.asks.slot, slot.Type, value)
	return move{said: value, body: skill.RequestBody{Type: skill.TypeIntentRequest, DialogState: skill.DialogInProgress, Intent: i}}
}

// confirm says yes or no to a Dialog directive that asks for it.
func (k *talk) confirm(yes bool) move {
	i := copyIntent(k.asks.intent)
	status, said := skill.Denied, "no"
	if yes {
		status, said = skill.Confirmed, "yes"
	}
	if k.asks.directive == skill.TypeConfirmIntent {
		i.ConfirmationStatus = status
	} else if s, ok := i.Slots[k.asks.slot]; ok {
		s.ConfirmationStatus = status
		i.Slots[k.asks.slot] = s
	}
	return move{said: said, body: skill.RequestBody{Type: skill.TypeIntentRequest, DialogState: skill.DialogInProgress, Intent: i}}
}

func copyIntent(i *skill.Intent) *skill.Intent {
	c := *i
	c.Slots = make(map[string]skill.Slot, len(i.Slots))
	for name, s := range i.Slots {
		s.Name = name
		c.Slots[name] = s
	}
	return &c
}

// again goes the way of another session from the start, and tells whether it went to the end.
func (l *locale) again(ctx context.Context, way []move, change ...func(*alexa.Caller)) (*talk, turn, bool) {
	k := l.begin(ctx, change...)
	var last turn
	for i, m := range way {
		last = k.say(ctx, m)
		if ctx.Err() != nil || last.err != nil || last.told || !last.open() && i < len(way)-1 {
			return k, last, false
		}
	}
	return k, last, true
}

// own are the intents of the skill's own, in their order.
func (l *locale) own() []models.ModelIntent {
	return slices.DeleteFunc(slices.Clone(l.Model.LanguageModel.Intents), func(i models.ModelIntent) bool { return builtin(i.Name) })
}

func builtin(name string) bool { return strings.HasPrefix(name, "AMAZON.") }

func (l *locale) has(intent string) bool {
	_, ok := l.Model.LanguageModel.Intent(intent)
	return ok
}

// full are ordinary values for all slots of an intent. A voice code is never among them: a wrong one would count.
func (l *locale) full(intent models.ModelIntent) map[string]string {
	values := map[string]string{}
	for _, s := range intent.Slots {
		if !l.secret(intent.Name, s.Name) {
			values[s.Name] = l.values.Good(intent.Name, s, 0)
		}
	}
	return values
}

// secret tells whether a slot takes a voice code.
func (l *locale) secret(intent, slot string) bool {
	m, _ := l.Model.LanguageModel.Intent(intent)
	s, _ := m.Slot(slot)
	return s.Type == alexa.TypeDigits || l.Settings.IsCodeSlot(intent, slot)
}

// fail reports a finding with the conversation as evidence, unless the run is over.
func (l *locale) fail(ctx context.Context, id string, t turn, where, format string, args ...any) {
	if ctx.Err() == nil {
		l.v.Fail(id, certify.Finding{Locale: l.Name, Where: where, Problem: fmt.Sprintf(format, args...), Evidence: t.evidence})
	}
}

// apologies are what programs say when they have failed.
var apologies = []string{
	"something went wrong", "an error occurred", "there was an error", "an error has occurred", "unexpected error", "internal error",
	"there was a problem with the requested",
}

// failure tells why an answer is none; "" if it is one.
func (t turn) failure() string {
	if t.err != nil {
		return "no answer, but an error: " + t.err.Error()
	}
	if t.response == nil || t.speech == "" && len(t.response.Body.Directives) == 0 {
		return "the answer says nothing"
	}
	if apology := words.Contains(t.speech, apologies); apology != "" {
		return fmt.Sprintf("the answer apologizes for an error: %q", apology)
	}
	return ""
}

// plain are the checks that find out whether an intent works at all.
var plain = []string{"FUN-7", "FUN-8"}

// wantsAccount tells whether the answer only asks to link an account, for want of a test account. That is no answer to what was
// asked, but for the checks that are about linking, and for opening the skill.
func (l *locale) wantsAccount(id string, t turn) bool {
	if l.Token != nil || l.Settings.Account.Token != "" || !t.card(skill.CardLinkAccount) || strings.HasPrefix(id, "LINK-") || id == "FUN-7" {
		return false
	}
	l.notRun(id, noAccount)
	return true
}

const noAccount = "no test account: the skill only asks to link one; give [account] token"

// answered is the least that can be asked of an answer: that there is one, and no apology for an error. What is missing goes to
// the check with this id; false also for what has been told already.
func (l *locale) answered(ctx context.Context, id string, t turn, where string) bool {
	if ctx.Err() != nil {
		return false
	}
	problem, basic := t.failure(), slices.Contains(plain, id)
	switch {
	case t.told:
		return false // judged by a rule, and not by this
	case problem == "" && l.wantsAccount(id, t):
		return false
	case problem == "":
		l.v.Look(id)
		return true
	case basic || !l.bad[name(t.body)]:
		l.v.Look(id)
		l.fail(ctx, id, t, where, "%s", problem)
	default:
		l.notRun(id, "what it would look at does not even work plainly")
	}
	l.bad[name(t.body)] = l.bad[name(t.body)] || basic
	return false
}
