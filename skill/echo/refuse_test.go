package echo

import (
	"errors"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
)

const (
	renderOld = `{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"1.9"}}`
	renderNew = `{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"2031.1"}}`
	linked    = `{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"Link","src":"doc://alexa/apl/documents/a"}}`
	teachSize = `{"type":"Dialog.UpdateDynamicEntities","updateBehavior":"REPLACE","types":[{"name":"Size","values":[{"name":{"value":"huge"}}]}]}`
)

// Each rule has a response that breaks it and one that just does not; "" is accepted. The rules of package skill are tested
// there; here each kind of them is seen to be asked.
func TestRefusals(t *testing.T) {
	broken := map[string]bool{}
	for _, row := range []struct {
		rule   string
		device Kind
		body   string
	}{
		{"", Home, `"response":{` + ends + `}`},
		{"json", Home, `"response":{`},
		{"json", Home, `"response":[]`},
		{"json", Home, `"response":{"shouldEndSession":"yes"}`},
		{"size", Home, `"sessionAttributes":{"a":"` + strings.Repeat("x", maxResponseBytes) + `"},"response":{` + ends + `}`},
		{"", Home, `"sessionAttributes":{"a":"` + strings.Repeat("x", maxResponseBytes/2) + `"},"response":{` + asks + `}`},

		{"speech-length", Home, `"response":{"outputSpeech":{"type":"PlainText","text":"` + strings.Repeat("x", 8001) + `"},"shouldEndSession":true}`},
		{"speech-ssml", Home, `"response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Tom & Jerry</speak>"},"shouldEndSession":true}`},
		{"reprompt-open", Home, `"response":{"reprompt":{"outputSpeech":{"type":"PlainText","text":"Well?"}},"shouldEndSession":true}`},
		{"card-type", Home, `"response":{"card":{"type":"Sticker"},"shouldEndSession":true}`},
		{"", Home, `"response":{"card":{"type":"LinkAccount"},"shouldEndSession":false}`},
		{"directive-known", Home, `"response":{"directives":[{"type":"AudioPlayer.Play"}],"shouldEndSession":true}`},
		{"dialog-one", Home, `"response":{` + directive(elicitSize+","+delegate) + `}`},
		{"dialog-open", Home, `"response":{"directives":[` + elicitSize + `],"shouldEndSession":true}`},

		{"speech-tags", Home, `"response":{"outputSpeech":{"type":"SSML","ssml":"<speak><blink>Hi</blink></speak>"},"shouldEndSession":true}`},
		{"speech-tags", Home, `"response":{"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak><amazon:song>la</amazon:song></speak>"}},"shouldEndSession":false}`},
		{"", Home, `"response":{"outputSpeech":{"type":"SSML","ssml":"<speak><amazon:effect name='whispered'>Hi</amazon:effect><break/></speak>"},"shouldEndSession":true}`},

		{"dialog-intent", Home, `"response":{` + directive(`{"type":"Dialog.ConfirmIntent","updatedIntent":{"name":"BakeLonger"}}`) + `}`},
		{"dialog-intent", Home, `"response":{` + directive(`{"type":"Dialog.Delegate","updatedIntent":{"name":"Sing"}}`) + `}`},
		{"", Home, `"response":{` + directive(`{"type":"Dialog.ConfirmIntent","updatedIntent":{"name":"GiftPizza"}}`) + `}`},
		{"dialog-slot", Home, `"response":{` + directive(`{"type":"Dialog.ElicitSlot","slotToElicit":"sauce"}`) + `}`},
		{"dialog-slot", Home, `"response":{` + directive(`{"type":"Dialog.ConfirmSlot","slotToConfirm":"count"}`) + `}`}, // of the intent, not of its dialog
		{"dialog-slot", Home, `"response":{` + directive(`{"type":"Dialog.ElicitSlot","slotToElicit":"size","updatedIntent":{"name":"OrderPizza","slots":{"sauce":{}}}}`) + `}`},
		{"", Home, `"response":{` + directive(elicitSize) + `}`},

		{"screen", Home, `"response":{"directives":[` + renderOld + `],"shouldEndSession":true}`},
		{"screen", Home, `"response":{"directives":[{"type":"Alexa.Presentation.APL.ExecuteCommands","token":"t","commands":[]}],"shouldEndSession":true}`},
		{"", Show, `"response":{"directives":[` + renderOld + `],"shouldEndSession":true}`},
		{"", Car, `"response":{"directives":[` + linked + `]}`},
		{"screen-version", Show, `"response":{"directives":[` + renderNew + `],"shouldEndSession":true}`},
		{"screen-version", Show, `"response":{"directives":[{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":"no"}],"shouldEndSession":true}`},
		{"", Home, `"response":{` + directive(teachSize) + `}`},
		{"entities-type", Home, `"response":{` + directive(strings.Replace(teachSize, "Size", "Sauce", 1)) + `}`},
	} {
		p := &place{answer: func(*skill.Request) string { return `{"version":"1.0",` + row.body + `}` }}
		e := setup(t, p, func(o *Options) { o.Device = row.device })
		turn, err := e.Say(t.Context(), "order a pizza")
		var refused *Refused
		switch {
		case row.rule == "" && err != nil:
			t.Errorf("refused %.120s: %v", row.body, err)
		case row.rule != "" && (!errors.As(err, &refused) || refused.Rule != row.rule):
			t.Errorf("want %s, got %v for %.120s", row.rule, err, row.body)
		case row.rule != "":
			if body := p.last(t).Body; turn.Session != "closed" || body.Reason != skill.EndedByError || body.Error.Type != skill.ErrorInvalidResponse {
				t.Errorf("%s: session %s, last request %s %s", row.rule, turn.Session, body.Type, body.Reason)
			}
		}
		broken[row.rule] = true
	}
	broken["ended-silent"] = true // TestNothingIsSaidAfterTheEnd
	for _, rule := range rules {
		if !broken[rule.id] {
			t.Errorf("no response breaks the rule %s", rule.id)
		}
	}
}

func TestLaunchHasNoIntentToAskAbout(t *testing.T) {
	p := &place{answer: answers(directive(elicitSize))}
	e := setup(t, p, nil)
	_, err := e.Say(t.Context(), "open pizza place")
	var refused *Refused
	if !errors.As(err, &refused) || refused.Rule != "dialog-intent" {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsSaidAfterTheEnd(t *testing.T) {
	for body, rule := range map[string]string{
		``: "", ends: "ended-silent", `"card":{"type":"LinkAccount"}`: "ended-silent", `"shouldEndSession":true`: "",
	} {
		p := &place{answer: answers(asks)}
		e := setup(t, p, nil)
		say(t, e, "order a pizza")
		p.ended = body
		turn, err := e.Say(t.Context(), "exit")
		var refused *Refused
		if turn.Session != "closed" || errors.As(err, &refused) != (rule != "") || rule != "" && refused.Rule != rule {
			t.Errorf("%s: %v, session %s; want %q", body, err, turn.Session, rule)
		}
	}
}

// A skill that answers nothing useful at all ends the session, and the next utterance begins another one.
func TestSkillFails(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	say(t, e, "order a pizza")
	p.fails = errors.New("connection refused")
	turn, err := e.Say(t.Context(), "order a pizza")
	var refused *Refused
	if !errors.Is(err, p.fails) || errors.As(err, &refused) || turn.Session != "closed" || turn.Intent != "OrderPizza" {
		t.Errorf("got %+v, %v", turn, err)
	}
	p.fails = nil
	say(t, e, "order a pizza")
	if !p.last(t).Session.New {
		t.Error("the session went on")
	}
}
