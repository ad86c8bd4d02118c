package live

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
)

// maxResponse is 120 kB, the limit of the Request and Response JSON Reference.
const maxResponse = 120_000

// heard is an answer beside what it answers, for the rules.
type heard struct {
	*talk
	*turn
	request  *skill.Request
	answer   json.RawMessage // as it came
	problems []skill.Problem // those that package skill sees
}

// devicesCheck is also that of the scenario with other devices, see intents.go.
const devicesCheck = "FUN-13b"

// rules hold for every answer to what a person said. Each tells what is broken, "" if nothing is. What Alexa would not play at
// all comes first: of such an answer nothing else is judged.
var rules = []struct {
	id     string
	fatal  bool
	broken func(heard) string
}{
	{"FUN-16b", true, heard.envelope},
	{"FUN-16a", true, heard.sound},
	{"FUN-16c", true, heard.directives},
	{devicesCheck, true, heard.noScreen},
	{"SEC-8", false, heard.token},
	{"FUN-12", false, heard.cards},
	{"FUN-12b", false, heard.cardOnQuestion},
	{"VUI-2", false, heard.unsaid},
	{"VUI-1", false, heard.microphone},
	{"VUI-3a", false, heard.noReprompt},
	{"VUI-3b", false, heard.sameReprompt},
	{"VUI-13b", false, heard.unspeakable},
	{"VUI-17", false, heard.breath},
	{"POL-7b", false, heard.promotion},
	{"POL-8b", false, heard.emergency},
}

// judge reads the answer of a turn and applies the rules.
func (k *talk) judge(ctx context.Context, t *turn, answer json.RawMessage, took time.Duration, request *skill.Request) {
	limit := k.Settings.Latency()
	late := took > limit || errors.Is(t.err, context.DeadlineExceeded)
	if late || t.err == nil { // an error in time is no answer in time
		k.v.Look("FUN-15")
	}
	if late {
		k.fail(ctx, "FUN-15", *t, name(t.body), "the answer took %s, over %s", took.Round(time.Millisecond), limit)
		t.told = t.err != nil
	}
	if t.err != nil {
		return
	}
	response, wrong := decode(answer)
	if wrong != "" {
		k.v.Look("FUN-16b")
		k.fail(ctx, "FUN-16b", *t, name(t.body), "%s", wrong)
		t.told = true
		return
	}
	t.response = response
	t.speech = speechOf(response.Body.OutputSpeech)
	if r := response.Body.Reprompt; r != nil {
		t.reprompt = speechOf(r.OutputSpeech)
	}
	h := heard{k, t, request, answer, skill.Check(response)}
	for _, rule := range rules {
		text := rule.broken(h)
		if rule.id != devicesCheck || len(response.Body.Directives) > 0 { // else there was nothing to show
			k.v.Look(rule.id)
		}
		if text != "" {
			k.fail(ctx, rule.id, *t, name(t.body), "%s", text)
			t.told = t.told || rule.fatal
			if rule.fatal {
				return
			}
		}
	}
}

// decode reads a response; wrong tells why there is none.
func decode(answer json.RawMessage) (r *skill.Response, wrong string) {
	if len(answer) > maxResponse {
		return nil, fmt.Sprintf("a response of %d bytes, over %d", len(answer), maxResponse)
	}
	if !json.Valid(answer) {
		return nil, "the answer is not a response in JSON"
	}
	var shape struct {
		skill.Response
		Body *skill.ResponseBody `json:"response"` // tells whether it is there
	}
	if err := json.Unmarshal(answer, &shape); err != nil {
		return nil, "a member of the response has the wrong type"
	}
	if shape.Body == nil {
		return nil, `the answer has no member "response"`
	}
	shape.Response.Body = *shape.Body
	return &shape.Response, ""
}

func speechOf(s *skill.OutputSpeech) string {
	if s == nil {
		return ""
	}
	if s.Type == skill.SpeechSSML {
		return words.Plain(s.SSML)
	}
	return strings.Join(strings.Fields(s.Text), " ")
}

// problem is the first that the wire format has with one of these rules of package skill.
func (h heard) problem(prefixes ...string) string {
	for _, p := range h.problems {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(p.Rule, prefix) }) {
			return p.Text
		}
	}
	return ""
}

func (h heard) envelope() string { return h.problem("version", "size", "json") }

// elements are those of Alexa's SSML reference.
var elements = []string{
	"speak", "alexa:name", "amazon:domain", "amazon:effect", "amazon:emotion", "audio", "break", "emphasis", "lang", "p", "phoneme",
	"prosody", "s", "say-as", "sub", "voice", "w",
}

func (h heard) sound() string {
	if text := h.problem("speech-"); text != "" {
		return text
	}
	said := []*skill.OutputSpeech{h.response.Body.OutputSpeech}
	if r := h.response.Body.Reprompt; r != nil {
		said = append(said, r.OutputSpeech)
	}
	for _, s := range said {
		if s == nil {
			continue
		}
		for d := xml.NewDecoder(strings.NewReader(s.SSML)); ; {
			token, err := d.RawToken() // with the prefix as it is written
			if err != nil {
				break // the end: that it is well formed, problem has seen
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			element := strings.TrimPrefix(start.Name.Space+":"+start.Name.Local, ":")
			if !slices.Contains(elements, element) {
				return fmt.Sprintf("<%s> is no element of Alexa's SSML", element)
			}
		}
	}
	return ""
}

// interfaces that a directive belongs to, as the manifest declares them. Dialog, Connections and Tasks need no declaration.
var interfaces = []struct{ directive, declared string }{
	{"Alexa.Presentation.APLA.", "ALEXA_PRESENTATION_APL"},
	{"Alexa.Presentation.APLT.", "ALEXA_PRESENTATION_APLT"},
	{"Alexa.Presentation.APL.", "ALEXA_PRESENTATION_APL"},
	{"Alexa.Presentation.HTML.", "ALEXA_PRESENTATION_HTML"},
	{"AudioPlayer.", "AUDIO_PLAYER"},
	{"VideoApp.", "VIDEO_APP"},
	{"Display.", "RENDER_TEMPLATE"},
	{"GameEngine.", "GAME_ENGINE"},
	{"GadgetController.", "GADGET_CONTROLLER"},
	{"CustomInterfaceController.", "CUSTOM_INTERFACE"},
	{"Navigation.", "NAVIGATION"},
	{"AppLink.", "APP_LINKS"},
}

// families are how the names of directives begin: those of interfaces, and those that need no declaration.
var families = []string{
	skill.TypeElicitSlot, skill.TypeConfirmSlot, skill.TypeConfirmIntent, skill.TypeDelegate, skill.TypeDelegateRequest,
	"Dialog.UpdateDynamicEntities", "Connections.", "Tasks.CompleteTask", "Hint", "Alexa.", "AudioPlayer.", "VideoApp.", "Display.",
	"GameEngine.", "GadgetController.", "CustomInterfaceController.", "Navigation.", "AppLink.",
}

func (h heard) directives() string {
	prefixes := []string{"dialog-one", "dialog-complete", "entities", "connection", "screen-token"}
	if h.response.Body.ShouldEndSession != skill.SessionUnsaid {
		prefixes = append(prefixes, "dialog-open")
	}
	if text := h.problem(prefixes...); text != "" {
		return text
	}
	for _, d := range h.response.Body.Directives {
		if !slices.ContainsFunc(families, func(family string) bool { return strings.HasPrefix(d.Type(), family) }) {
			return fmt.Sprintf("%.80q is no directive of Alexa", d.Type())
		}
		for _, i := range interfaces {
			if strings.HasPrefix(d.Type(), i.directive) {
				if !slices.Contains(h.Skill.Interfaces, i.declared) {
					return fmt.Sprintf("%s needs the interface %s, which the manifest does not declare", d.Type(), i.declared)
				}
				break
			}
		}
	}
	return h.dialogInModel()
}

// dialogInModel: Alexa drops a Dialog directive for an intent or slot outside dialog.intents, and the next answer goes astray.
func (h heard) dialogInModel() string {
	q := asked(h.body.Intent, h.response)
	if q.directive == "" {
		for _, d := range h.response.Body.Directives {
			if slices.Contains([]string{skill.TypeElicitSlot, skill.TypeConfirmSlot, skill.TypeConfirmIntent, skill.TypeDelegate}, d.Type()) {
				return "a Dialog directive about no intent"
			}
		}
		return ""
	}
	dialog, listed := h.Model.Dialog.Intent(q.intent.Name)
	if !listed {
		return fmt.Sprintf("a %s for %s, which is not in the model's dialog.intents", q.directive, q.intent.Name)
	}
	known := false
	for _, s := range dialog.Slots {
		known = known || s.Name == q.slot
	}
	if q.slot != "" && !known {
		return fmt.Sprintf("a %s for the slot %q, which the model's dialog of %s does not have", q.directive, q.slot, q.intent.Name)
	}
	return ""
}

func (h heard) noScreen() string {
	for _, d := range h.response.Body.Directives {
		if strings.HasPrefix(d.Type(), skill.InterfaceAPL+".") && (h.caller.Device == alexa.Speaker || h.caller.Device == "") {
			return fmt.Sprintf("%s to a device without a screen", d.Type())
		}
	}
	return ""
}

// minToken keeps words that a test account may have for a token from being found in sentences.
const minToken = 8

func (h heard) token() string {
	for _, token := range []string{h.caller.Token, h.caller.APIToken} {
		if len(token) >= minToken && bytes.Contains(h.answer, []byte(token)) {
			return "the token of the request comes back in the answer"
		}
	}
	return ""
}

func (h heard) cards() string { return h.problem("card-") }

func (h heard) cardOnQuestion() string {
	if (h.card(skill.CardSimple) || h.card(skill.CardStandard)) && h.open() && words.Questions(h.speech) {
		return "a card comes with a question"
	}
	return ""
}

// leaves tells whether the answer hands the conversation to somebody else, so that the session is not its own to judge.
func (h heard) leaves() bool {
	return slices.ContainsFunc(h.response.Body.Directives, func(d skill.Directive) bool {
		kind := d.Type()
		return strings.HasPrefix(kind, "Connections.") || strings.HasPrefix(kind, "VideoApp.") || strings.HasPrefix(kind, "AudioPlayer.") ||
			kind == skill.TypeDelegate || kind == skill.TypeDelegateRequest || kind == skill.TypeCompleteTask
	})
}

func (h heard) unsaid() string {
	// What a screen shows may stay there for half a minute, with the microphone closed: that is what leaving it out is for.
	shows := h.caller.Device.HasScreen() && slices.ContainsFunc(h.response.Body.Directives, func(d skill.Directive) bool {
		return d.Type() == skill.TypeRenderDocument
	})
	if h.response.Body.ShouldEndSession == skill.SessionUnsaid && h.speech != "" && !h.leaves() && !shows {
		return "shouldEndSession is missing: the microphone is closed, and whether the session lives depends on the device"
	}
	return ""
}

func (h heard) microphone() string {
	switch end := h.response.Body.ShouldEndSession; {
	case end == skill.SessionUnsaid || h.leaves():
		return ""
	case h.open() && !words.Asks(h.speech, h.Name):
		return "the microphone stays open, and nothing was asked"
	case end == skill.SessionEnds && words.Questions(h.speech):
		return "a question is asked, and the session ends"
	case end == skill.SessionEnds && h.response.Body.Reprompt != nil:
		return "there is a reprompt, and the session ends"
	}
	return ""
}

func (h heard) noReprompt() string {
	if h.open() && h.speech != "" && h.reprompt == "" && !h.leaves() {
		return "the microphone opens, and there is no reprompt for who says nothing"
	}
	return ""
}

func (h heard) sameReprompt() string {
	if h.open() && h.reprompt != "" && h.reprompt == h.speech {
		return "the reprompt repeats the answer word by word"
	}
	return ""
}

func (h heard) unspeakable() string {
	for _, text := range []string{h.speech, h.reprompt} {
		if what := h.once("unspeakable", text, words.Unspeakable); what != "" {
			return what + " is spoken"
		}
	}
	return ""
}

// once looks at a text that was said before only the first time: a skill has few sentences, and says them often.
func (s *suite) once(rule, text string, look func(string) string) string {
	key := [2]string{rule, text}
	found, known := s.looks[key]
	if !known {
		found = look(text)
		s.looks[key] = found
	}
	return found
}

// The words of one breath, at home and in a car. A breath is a sentence; more than three sentences are a speech. Amazon publishes
// no limit, so these are about twice and once what its design guide calls one breath.
const (
	breathHome, breathCar = 25, 15
	breaths               = 3
)

func (h heard) breath() string {
	limit := breathHome
	if h.caller.Device == alexa.Car {
		limit = breathCar
	}
	if n := words.Count(h.speech); n > breaths*limit && name(h.body) != "AMAZON.HelpIntent" {
		return fmt.Sprintf("an answer of %d words", n)
	}
	return ""
}

var (
	promoting = regexp.MustCompile(`(?i)\b(?:special offers?|discounts?|coupons?|promo codes?|on sale|buy (?:it |one )?now|free trial|percent off|premium version|upgrade to|only \$?\d+(?:\.\d\d)? (?:dollars?|euros?|pounds?))\b|[$€£]\s?\d`)
	rescuing  = regexp.MustCompile(`(?i)\b(?:I|we)(?:'ve|'ll| have| will| can| could|'m| am)?\s+(?:\w+\s+){0,2}(?:call|called|calling|alert|alerted|notify|notified|reach|contact|contacted)\s+(?:\w+\s+){0,3}(?:911|112|999|nine one one|emergency|police|ambulance|fire department|paramedics)\b`)
)

func (h heard) promotion() string {
	if said := h.once("promotion", h.speech+" "+h.reprompt, promoting.FindString); said != "" && !h.Skill.Sells {
		return fmt.Sprintf("the answer promotes: %q", said)
	}
	return ""
}

func (h heard) emergency() string {
	if said := h.once("emergency", h.speech+" "+h.reprompt, rescuing.FindString); said != "" {
		return fmt.Sprintf("the answer claims to reach emergency services: %q", said)
	}
	return ""
}
