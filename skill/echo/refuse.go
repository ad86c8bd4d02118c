package echo

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/skill"
)

// Refused is a response that Alexa would not play, or none in time.
type Refused struct {
	Rule string // its id, stable: one of this package's, or of skill's response rules
	Text string // what is wrong, without quoting the response
}

func (e *Refused) Error() string {
	return fmt.Sprintf("alexa would refuse this response (%s): %s", e.Rule, e.Text)
}

func refuse(rule, text string) *Refused { return &Refused{Rule: rule, Text: text} }

// maxResponseBytes is 120 kB, the limit of the Request and Response JSON Reference.
const maxResponseBytes = 120_000

// exchanged is a response beside what it answers.
type exchanged struct {
	*Echo
	request  *skill.Request
	response *skill.Response
}

// rules are those that need to know the request, the device or the model; skill has those for any response. Each tells what is
// wrong, "" if nothing is.
var rules = []struct {
	id     string
	broken func(exchanged) string
}{
	// A skill cannot return a response to a SessionEndedRequest.
	{"ended-silent", exchanged.afterTheEnd},
	// SSML reference: an element that Alexa does not have makes it refuse the speech.
	{"speech-tags", exchanged.unknownTags},
	// A Dialog directive for an intent outside dialog.intents is dropped, and the answer goes astray.
	{"dialog-intent", exchanged.dialogIntent},
	{"dialog-slot", exchanged.dialogSlot},
	// Directives of an interface that supportedInterfaces does not list make Alexa refuse the whole response.
	{"screen", exchanged.noScreen},
	// A document's version may be at most the device's runtime.maxVersion.
	{"screen-version", exchanged.newerDocument},
	// Dynamic entities extend the custom slot types of the model.
	{"entities-type", exchanged.unknownType},
}

// judge reads a response as strictly as Alexa.
func (e *Echo) judge(request *skill.Request, raw []byte) (*skill.Response, error) {
	if len(raw) > maxResponseBytes {
		return nil, refuse("size", fmt.Sprintf("%d bytes, over %d", len(raw), maxResponseBytes))
	}
	response := &skill.Response{}
	if err := json.Unmarshal(raw, response); err != nil {
		return nil, refuse("json", "not a response in JSON: "+err.Error())
	}
	if problems := skill.Check(response); len(problems) > 0 {
		return nil, refuse(problems[0].Rule, problems[0].Text)
	}
	x := exchanged{e, request, response}
	for _, rule := range rules {
		if text := rule.broken(x); text != "" {
			return nil, refuse(rule.id, text)
		}
	}
	return response, nil
}

func (x exchanged) afterTheEnd() string {
	b := x.response.Body
	if x.request.Body.Type == skill.TypeSessionEndedRequest && (b.OutputSpeech != nil || b.Reprompt != nil || b.Card != nil || len(b.Directives) > 0) {
		return "the session has ended, nothing can be said or shown"
	}
	return ""
}

// ssmlTags are the elements of Alexa's SSML reference.
var ssmlTags = []string{
	"speak", "alexa:name", "amazon:domain", "amazon:effect", "amazon:emotion", "audio", "break", "emphasis", "lang", "p", "phoneme",
	"prosody", "s", "say-as", "sub", "voice", "w",
}

func (x exchanged) unknownTags() string {
	b := x.response.Body
	speech := []*skill.OutputSpeech{b.OutputSpeech}
	if b.Reprompt != nil {
		speech = append(speech, b.Reprompt.OutputSpeech)
	}
	for _, s := range speech {
		if s == nil {
			continue
		}
		if tag := unknownTag(s.SSML); tag != "" {
			return fmt.Sprintf("<%s> is not an element of Alexa's SSML", tag)
		}
	}
	return ""
}

// unknownTag is the first element that Alexa does not have. That the text is well-formed is another rule.
func unknownTag(ssml string) string {
	d := xml.NewDecoder(strings.NewReader(ssml))
	for {
		token, err := d.RawToken() // with the prefix as it is written
		if err != nil {
			return ""
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		name := start.Name.Local
		if start.Name.Space != "" {
			name = start.Name.Space + ":" + name
		}
		if !slices.Contains(ssmlTags, name) {
			return name
		}
	}
}

// eachOrder walks the Dialog directives with the intent that each is about, nil if there is none.
func (x exchanged) eachOrder(broken func(order, *skill.Intent) string) string {
	for _, directive := range x.response.Body.Directives {
		o, ok := dialogOrder(directive)
		if !ok {
			continue
		}
		intent := o.updated
		if intent == nil {
			intent = x.request.Body.Intent
		}
		if text := broken(o, intent); text != "" {
			return text
		}
	}
	return ""
}

func (x exchanged) dialogIntent() string {
	return x.eachOrder(func(_ order, intent *skill.Intent) string {
		if intent == nil {
			return "a Dialog directive about no intent"
		}
		if _, ok := x.options.Model.Dialog.Intent(intent.Name); !ok {
			return fmt.Sprintf("the intent %q is not in the model's dialog.intents", intent.Name)
		}
		return ""
	})
}

func (x exchanged) dialogSlot() string {
	return x.eachOrder(func(o order, intent *skill.Intent) string {
		dialog, _ := x.options.Model.Dialog.Intent(intent.Name)
		listed := false
		for _, s := range dialog.Slots {
			listed = listed || s.Name == o.asks.slot
		}
		if o.asks.slot != "" && !listed {
			return fmt.Sprintf("the model's dialog of %s has no slot %q", intent.Name, o.asks.slot)
		}
		model, _ := x.options.Model.LanguageModel.Intent(intent.Name)
		for name := range intent.Slots {
			if _, ok := model.Slot(name); !ok {
				return fmt.Sprintf("the intent %s has no slot %q", intent.Name, name)
			}
		}
		return ""
	})
}

func (x exchanged) noScreen() string {
	for _, d := range x.response.Body.Directives {
		if strings.HasPrefix(d.Type(), skill.InterfaceAPL+".") && !x.options.Device.hasScreen() {
			return fmt.Sprintf("%s, and the device has no screen", d.Type())
		}
	}
	return ""
}

func (x exchanged) newerDocument() string {
	for _, d := range x.response.Body.Directives {
		render, ok := d.(skill.RenderDocument)
		if !ok {
			continue
		}
		var document struct {
			Version string `json:"version"`
		}
		if err := json.Unmarshal(render.Document, &document); err != nil {
			return "a document that is not a JSON object"
		}
		if newerAPL(document.Version, aplVersion) {
			return fmt.Sprintf("the document wants APL %s, and the device speaks %s", document.Version, aplVersion)
		}
	}
	return ""
}

// newerAPL compares versions: 1.0 to 1.9, then by year ("2024.1").
func newerAPL(a, b string) bool {
	var one, other [2]int
	// A linked document has no version here, and reads as 0.
	if _, err := fmt.Sscanf(a, "%d.%d", &one[0], &one[1]); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	_, _ = fmt.Sscanf(b, "%d.%d", &other[0], &other[1])
	return slices.Compare(one[:], other[:]) > 0
}

func (x exchanged) unknownType() string {
	for _, d := range x.response.Body.Directives {
		update, ok := d.(skill.UpdateDynamicEntities)
		if !ok {
			continue
		}
		for _, t := range update.Types {
			if _, ok := x.options.Model.LanguageModel.Type(t.Name); !ok {
				return fmt.Sprintf("the model has no slot type %q", t.Name)
			}
		}
	}
	return ""
}
