package echo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// answerTime is how long Alexa waits for a skill, the way there and back included.
const answerTime = 8 * time.Second

// An utterance is one breath; more is no speech.
const (
	maxUtteranceBytes = 1000
	maxUtteranceWords = 60
)

type attributes = map[string]json.RawMessage

// Say takes one utterance, with or without "Alexa" and the invocation name, and gives the turn it leads to. A closed session
// opens; calling the skill by its name starts a session of its own. "Exit" and "quit" end the session and are not matched.
//
// Errors of what was said are *NoMatch, *Ambiguous, or an utterance that is too long: nothing was sent and the session is as
// before. All other errors end the session, as Alexa does: *Refused for a response that Alexa would not play (the skill is told
// with a SessionEndedRequest), and the error of Send or Token. The turn then holds what there is.
//
// When nothing in the model fits while the session is open, or after the skill was called by its name, the utterance goes to
// AMAZON.FallbackIntent if the model has it, and Turn.Missed says so, unless Options.Strict is set.
//
// Without a session, "what are my notifications" is for Alexa herself: she reads out what Options.Bell holds.
func (e *Echo) Say(ctx context.Context, utterance string) (t Turn, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { t.Ring = e.ring(ctx) }()
	if e.disabled {
		return e.turn(""), ErrDisabled
	}
	words := spoken.Words(utterance)
	if len(utterance) > maxUtteranceBytes || len(words) > maxUtteranceWords {
		return e.turn(""), fmt.Errorf("an utterance of more than %d bytes or %d words", maxUtteranceBytes, maxUtteranceWords)
	}
	c := address(words, e.matcher.name)
	if c.named && len(c.wordings) == 0 {
		e.open()
		t := e.turn(utterance)
		err := e.converse(ctx, &t, skill.RequestBody{Type: skill.TypeLaunchRequest})
		return t, err
	}
	if len(c.wordings) == 0 {
		return e.turn(utterance), &NoMatch{}
	}
	if e.options.Bell != nil && e.session == nil && !c.named && says(c.wordings[0], asking) {
		return e.readOut(ctx, e.turn(utterance))
	}
	if says(c.wordings[0], leaving) {
		return e.end(ctx, e.turn(utterance), skill.EndedByUser)
	}
	if !c.named && e.session != nil && e.session.dialog != nil {
		if ok, answered := e.session.dialog.confirmed(c.wordings[0]); answered {
			t := e.turn(utterance)
			err := e.advance(ctx, &t, e.session.dialog.confirm(ok))
			return t, err
		}
	}
	return e.match(ctx, utterance, c)
}

// match says an utterance to the model and what it means to the skill.
func (e *Echo) match(ctx context.Context, utterance string, c call) (Turn, error) {
	var waiting asked
	if e.session != nil && !c.named {
		waiting = e.session.dialog.asked()
	}
	f, h, err := e.understand(c, waiting)
	missed := &NoMatch{}
	switch {
	case errors.As(err, &missed):
		missed.Utterance = e.masker.unmatched(utterance, h)
		t := e.turn(missed.Utterance)
		_, has := e.options.Model.LanguageModel.Intent(fallbackIntent)
		if e.options.Strict || !has || e.session == nil && !c.named {
			return t, missed
		}
		t.Missed = missed
		f = fit{pattern: &pattern{intent: fallbackIntent}}
		err := e.mean(ctx, &t, f, c.named)
		return t, err
	case err != nil:
		masked := e.masker.unmatched(utterance, h)
		var ambiguous *Ambiguous
		if errors.As(err, &ambiguous) {
			ambiguous.Utterance = masked
		}
		return e.turn(masked), err
	default:
		t := e.turn(e.masker.utterance(utterance, h, f))
		err := e.mean(ctx, &t, f, c.named)
		return t, err
	}
}

// understand tries the wordings in turn; the best one's error counts.
func (e *Echo) understand(c call, waiting asked) (fit, *hearing, error) {
	var (
		first    error
		firstOne *hearing
	)
	for _, words := range c.wordings {
		h := newHearing(words, e.vocabulary, e.options.Now().In(e.options.Zone))
		f, err := e.matcher.understand(h, waiting)
		if err == nil {
			f.onTheDay(h)
			return f, h, nil
		}
		if first == nil {
			first, firstOne = err, h
		}
	}
	return fit{}, firstOne, first
}

// onTheDay settles bare hours once more where the utterance names a day to come: "tomorrow from two until four" is
// said of the daytime, whatever the clock shows now.
func (f fit) onTheDay(h *hearing) {
	var morning time.Time
	for _, s := range f.slots {
		day, err := time.ParseInLocation(time.DateOnly, s.value, h.now.Location())
		if s.kind == "AMAZON.DATE" && err == nil && day.After(h.now) {
			morning = time.Date(day.Year(), day.Month(), day.Day(), 6, 59, 0, 0, day.Location())
		}
	}
	for name, s := range f.slots {
		if morning.IsZero() || s.kind != "AMAZON.TIME" || s.how == unclear {
			continue
		}
		// Only the half of the day may change: "in two hours" is counted from now.
		value, ok := spoken.Time(h.texts[s.from:s.to], morning)
		if ok && halfADayApart(value, s.value) {
			s.value = value
			f.slots[name] = s
		}
	}
}

// halfADayApart compares two times of AMAZON.TIME.
func halfADayApart(a, b string) bool {
	first, firstErr := time.Parse("15:04", a)
	second, secondErr := time.Parse("15:04", b)
	apart := first.Sub(second).Abs()
	return firstErr == nil && secondErr == nil && apart == 12*time.Hour
}

// mean sends what was understood.
func (e *Echo) mean(ctx context.Context, t *Turn, f fit, named bool) error {
	if e.session == nil || named {
		e.open()
	}
	return e.advance(ctx, t, e.dialogFor(f))
}

// Touch is a finger on what the screen shows: the document's SendEvent with these arguments. Without a session, or
// without a document on the screen, nothing happens.
func (e *Echo) Touch(ctx context.Context, arguments ...json.RawMessage) (Turn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.turn("")
	if e.session == nil || e.screen == "" {
		return t, nil
	}
	err := e.converse(ctx, &t, skill.RequestBody{Type: skill.TypeUserEvent, Token: e.screen, Arguments: arguments})
	return t, err
}

// Silence is a person who says nothing. The first time, the reprompt is heard; without one, or the second time, the session ends
// with a SessionEndedRequest. A session whose microphone is closed just ends. Without a session, nothing happens.
func (e *Echo) Silence(ctx context.Context) (t Turn, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { t.Ring = e.ring(ctx) }()
	t = e.turn("")
	if s := e.session; s != nil && s.listening && s.reprompt != "" {
		t.Speech, s.reprompt = s.reprompt, ""
		return t, nil
	}
	return e.end(ctx, t, skill.EndedBySilence)
}

// End ends the session for a reason: USER_INITIATED, ERROR or EXCEEDED_MAX_REPROMPTS. Without a session, nothing happens.
func (e *Echo) End(ctx context.Context, reason string) (Turn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.end(ctx, e.turn(""), reason)
}

func (e *Echo) end(ctx context.Context, t Turn, reason string) (Turn, error) {
	if e.session == nil || !e.session.begun {
		e.session, t.Session = nil, sessionClosed
		return t, nil
	}
	err := e.converse(ctx, &t, skill.RequestBody{Type: skill.TypeSessionEndedRequest, Reason: reason})
	return t, err
}

// converse sends a request and lives with the response. On any error the session is over.
func (e *Echo) converse(ctx context.Context, t *Turn, body skill.RequestBody) error {
	request, response, err := e.exchange(ctx, t, body)
	if err != nil {
		e.giveUp(ctx, body, err)
		t.Session = sessionClosed
		return err
	}
	e.apply(t, request, response)
	return nil
}

// exchange sends one request and reads the response.
func (e *Echo) exchange(ctx context.Context, t *Turn, body skill.RequestBody) (*skill.Request, *skill.Response, error) {
	t.note(e.masker, body)
	request, err := e.request(ctx, body)
	if err != nil {
		return nil, nil, err
	}
	raw, err := json.Marshal(request)
	if err != nil {
		return nil, nil, fmt.Errorf("encode request: %w", err)
	}
	t.Request = e.masker.json(raw)
	e.session.begun = true

	within, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	e.api.begin(request)
	answer, err := e.options.Send(within, raw)
	t.Progress = append(t.Progress, e.api.finish()...)
	switch {
	case within.Err() != nil && ctx.Err() == nil:
		return nil, nil, refuse("timeout", fmt.Sprintf("no answer within %s", answerTime))
	case err != nil:
		return nil, nil, fmt.Errorf("send %s: %w", body.Type, err)
	}
	t.Response = e.masker.json(answer)
	response, err := e.judge(request, answer)
	return request, response, err
}

// request puts a body into the envelope of this instant.
func (e *Echo) request(ctx context.Context, body skill.RequestBody) (*skill.Request, error) {
	account, err := e.token(ctx)
	if err != nil {
		return nil, err
	}
	c := credentials{account: account, api: rand.Text()}
	now := e.options.Now()
	body.RequestID = "amzn1.echo-api.request." + e.options.NewID()
	body.Timestamp = timestamp(now)
	body.Locale = e.options.Locale
	device := e.context(c, now)
	return &skill.Request{
		Version: "1.0",
		Session: &skill.Session{
			New: !e.session.begun, SessionID: e.session.id, Application: device.System.Application,
			User: device.System.User, Attributes: e.session.attributes,
		},
		Context: device,
		Body:    body,
	}, nil
}

// giveUp ends the session as Alexa does when a response cannot be played: the skill is told, its answer is not heard.
func (e *Echo) giveUp(ctx context.Context, body skill.RequestBody, cause error) {
	if body.Type != skill.TypeSessionEndedRequest && e.session.begun {
		why := &skill.RequestError{Type: skill.ErrorInvalidResponse, Message: "the response cannot be played"}
		var r *Refused
		if errors.As(cause, &r) && r.Rule == "timeout" {
			why = &skill.RequestError{Type: skill.ErrorEndpointTimeout, Message: "the skill did not answer in time"}
		}
		var unheard Turn
		// Whatever comes of this, the error that is reported is the first one.
		_, _, _ = e.exchange(ctx, &unheard, skill.RequestBody{Type: skill.TypeSessionEndedRequest, Reason: skill.EndedByError, Error: why})
	}
	e.session = nil
}

// apply lives with a response: what is heard, what is kept, and whether the session goes on.
func (e *Echo) apply(t *Turn, request *skill.Request, response *skill.Response) {
	b := response.Body
	t.hear(b)
	if request.Body.Type == skill.TypeSessionEndedRequest {
		e.session = nil
		t.Session = sessionClosed
		return
	}
	s := e.session
	s.attributes = response.SessionAttributes
	if s.attributes == nil {
		s.attributes = attributes{}
	}
	s.reprompt = t.Reprompt
	s.listening = b.ShouldEndSession.Open()
	s.dialog = e.dialogAfter(request, b.Directives)
	for _, d := range b.Directives {
		switch d := d.(type) {
		case skill.UpdateDynamicEntities:
			e.vocabulary.teach(d, e.options.Now())
		case skill.RenderDocument:
			e.screen = d.Token
		}
	}
	// Without the key, a device with a screen waits with its microphone closed, and any other is done.
	waits := b.ShouldEndSession == skill.SessionUnsaid && e.options.Device.hasScreen()
	if !s.listening && !waits {
		e.session = nil
		t.Session = sessionClosed
	}
}
