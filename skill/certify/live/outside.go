package live

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
)

// replayCheck is judged by the effects of a voice code alone, see codes.go.
const replayCheck = "SEC-7"

// end closes the session as Alexa does, and judges the answer, which must be silent.
func (k *talk) end(ctx context.Context, reason string) {
	body := skill.RequestBody{Type: skill.TypeSessionEndedRequest, Reason: reason}
	if reason == skill.EndedByError {
		body.Error = &skill.RequestError{Type: skill.ErrorInvalidResponse, Message: "the response cannot be played"}
	}
	k.silent(ctx, "FUN-14a", move{body: body}, "SessionEndedRequest, "+reason, true)
}

// silent sends what nobody said, inside the session or outside any, and wants an answer without a sound.
func (k *talk) silent(ctx context.Context, id string, m move, where string, inside bool) {
	r := k.caller.Envelope(k.Now(), k.NewID(), nil, m.body)
	if inside {
		r = k.inside(m.body)
	}
	t, answer := k.quietly(ctx, m, r)
	if ctx.Err() != nil {
		return
	}
	k.v.Look(id)
	if t.err != nil {
		k.fail(ctx, id, t, where, "no answer, but an error: %v", t.err)
		return
	}
	if len(strings.TrimSpace(string(answer))) == 0 {
		return // Alexa reads nothing here
	}
	response := &skill.Response{}
	if err := json.Unmarshal(answer, response); err != nil {
		k.fail(ctx, id, t, where, "the answer is not JSON")
		return
	}
	if b := response.Body; b.OutputSpeech != nil || b.Reprompt != nil || b.Card != nil || len(b.Directives) > 0 {
		k.fail(ctx, id, t, where, "the answer has speech, a card or a directive, and nobody is there")
	}
}

// inside is a request within the session.
func (k *talk) inside(body skill.RequestBody) *skill.Request {
	in := &alexa.Conversation{ID: k.session, New: !k.begun, Attributes: k.attributes}
	k.begun = true
	return k.caller.Envelope(k.Now(), k.NewID(), in, body)
}

// quietly sends a request whose answer nobody would hear: no rule applies to it.
func (k *talk) quietly(ctx context.Context, m move, r *skill.Request) (turn, json.RawMessage) {
	if err := context.Cause(ctx); err != nil {
		return turn{err: err}, nil
	}
	body, err := json.Marshal(r)
	if err != nil {
		k.stop(fmt.Errorf("encode a request: %w", err))
		return turn{err: err}, nil
	}
	answer, took, err := k.deliver(ctx, name(m.body), body)
	e := certify.Exchange{Said: m.said, Intent: name(m.body), Request: body, Response: printable(answer), Took: took}
	if err != nil {
		e.Note = err.Error()
	}
	k.history = append(k.history, e)
	k.exchanges = append(k.exchanges, e)
	return turn{move: m, err: err, evidence: k.history}, answer
}

// events are the skill events; all are optional to subscribe to, and none may do harm.
var events = []string{
	skill.TypeSkillEnabled, skill.TypeSkillDisabled, skill.TypeSkillPermissionAccepted, skill.TypeSkillPermissionChanged,
	skill.TypeProactiveSubscriptionChanged, skill.TypeNotificationSubscriptionChanged, skill.TypeSkillAccountLinked,
}

// unknown are request types that exist and that a skill may not know, and one that Amazon has still to invent.
var unknown = []string{
	skill.TypeExceptionEncountered, skill.TypeMessageReceived, skill.TypeRuntimeError, "AudioPlayer.PlaybackFinished", "Certify.NeverHeardOf",
}

// outside sends what nobody says: the ends of sessions, skill events, types to come, and what is meant for another skill.
func (l *locale) outside(ctx context.Context) {
	for _, reason := range []string{skill.EndedByUser, skill.EndedBySilence, skill.EndedByError} {
		k := l.begin(ctx)
		k.say(ctx, l.launch())
		k.end(ctx, reason)
	}
	stranger := func() *talk {
		k := l.begin(ctx)
		// An event of the test account itself could unlink it.
		k.caller.UserID, k.caller.Token = k.caller.UserID+"."+l.NewID(), ""
		return k
	}
	for _, event := range events {
		m := move{body: skill.RequestBody{Type: event, EventCreationTime: "2031-05-06T14:05:00Z", EventPublishingTime: "2031-05-06T14:05:00Z"}}
		stranger().silent(ctx, "FUN-14b", m, event, false)
	}
	for _, kind := range unknown {
		m := move{body: skill.RequestBody{Type: kind}}
		if kind == skill.TypeRuntimeError {
			m.body.Token, m.body.Errors = "certify", []json.RawMessage{json.RawMessage(`{"type":"RENDER_DOCUMENT_ERROR"}`)}
		}
		stranger().silent(ctx, "FUN-14b", m, kind, kind == skill.TypeRuntimeError)
	}
	l.canFulfill(ctx)
	l.foreign(ctx)
}

// canFulfill asks, as Alexa does when nobody has named a skill, whether the skill could answer.
func (l *locale) canFulfill(ctx context.Context) {
	if !slices.Contains(l.Skill.Interfaces, "CAN_FULFILL_INTENT_REQUEST") {
		l.v.NotApplicable("FUN-14c", "the manifest does not declare CAN_FULFILL_INTENT_REQUEST")
		return
	}
	for _, intent := range l.own() {
		k := l.begin(ctx)
		k.caller.Token = ""
		m := l.intent(intent.Name, l.full(intent))
		m.body.Type, m.body.DialogState = skill.TypeCanFulfillIntentRequest, ""
		t, answer := k.quietly(ctx, m, k.inside(m.body))
		if ctx.Err() != nil {
			return
		}
		l.v.Look("FUN-14c")
		response := &skill.Response{}
		switch {
		case t.err != nil:
			l.fail(ctx, "FUN-14c", t, intent.Name, "no answer, but an error: %v", t.err)
		case json.Unmarshal(answer, response) != nil || response.Body.CanFulfillIntent == nil:
			l.fail(ctx, "FUN-14c", t, intent.Name, "the answer has no canFulfillIntent")
		default:
			for _, p := range skill.Check(response) {
				if p.Rule == "can-fulfill" {
					l.fail(ctx, "FUN-14c", t, intent.Name, "%s", p.Text)
				}
			}
		}
	}
}

// foreign sends what is meant for another skill.
func (l *locale) foreign(ctx context.Context) {
	if l.Settings.ApplicationID == "" {
		l.v.NotRun("SEC-5", "application_id is not known")
		return
	}
	if good := l.begin(ctx).say(ctx, l.launch()); good.response == nil {
		l.v.NotRun("SEC-5", "what is meant for the skill is not answered either")
		return
	}
	k := l.begin(ctx)
	k.caller.ApplicationID = "amzn1.ask.skill.ffffffff-ffff-4fff-8fff-ffffffffffff"
	t, answer := k.quietly(ctx, l.launch(), k.inside(l.launch().body))
	if ctx.Err() != nil {
		return
	}
	l.v.Look("SEC-5")
	response := &skill.Response{}
	if t.err == nil && json.Unmarshal(answer, response) == nil && (response.Body.OutputSpeech != nil || len(response.Body.Directives) > 0) {
		l.fail(ctx, "SEC-5", t, skill.TypeLaunchRequest, "a request for another application id is answered")
	}
}
