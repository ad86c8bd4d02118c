package skill

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of Amazon's Request and Response JSON Reference. A character is a Unicode code point. Amazon writes
// "120 kilobytes"; a thousand bytes each is the careful reading. Five <audio> elements is the documented limit
// of SSML, and the image address limit that of the home cards page.
const (
	maxResponseBytes    = 120_000
	maxSpeech           = 8000
	maxCard             = 8000
	maxImageURL         = 2000
	maxAudio            = 5
	maxEntities         = 100 // values and synonyms of dynamic entities together
	maxEntityCharacters = 140
)

// rules are what Alexa demands of any response. Each tells what is broken, or nothing.
var rules = []struct {
	id     string
	broken func(*Response) string
}{
	// Request and Response JSON Reference, response body parameters.
	{"version", func(r *Response) string { return unless(r.Version == "1.0", `the version is not "1.0"`) }},
	// The same page, outputSpeech object: PlainText has text, SSML has ssml in one <speak> element.
	{"speech-type", eachSpeech(speechType)},
	{"speech-length", eachSpeech(speechLength)},
	{"speech-ssml", eachSpeech(speechSSML)},
	{"speech-behavior", eachSpeech(speechBehavior)},
	// SSML reference, audio element.
	{"speech-audio", audioCount},
	// The SDKs set shouldEndSession to false with every reprompt: nobody can answer a closed microphone.
	{"reprompt-open", func(r *Response) string {
		return unless(r.Body.Reprompt == nil || r.Body.ShouldEndSession.Open(), "a reprompt in a session that does not stay open")
	}},
	{"reprompt-says", func(r *Response) string {
		p := r.Body.Reprompt
		return unless(p == nil || p.OutputSpeech != nil || len(p.Directives) > 0, "a reprompt without speech")
	}},
	// The same page, card object: Simple has content, Standard has text and image, the others neither.
	{"card-type", onCard(cardType)},
	{"card-length", onCard(cardLength)},
	{"card-image", onCard(cardImage)},
	// The manifest declares no other interface (AudioPlayer, VideoApp, Display, games, gadgets, HTML), and a
	// directive of an undeclared one makes Alexa refuse the whole response.
	{"directive-known", directivesKnown},
	// Dialog interface reference.
	{"dialog-one", func(r *Response) string { return unless(count(r, isDialog) <= 1, "more than one Dialog directive") }},
	{"dialog-open", func(r *Response) string {
		return unless(count(r, isDialog) == 0 || r.Body.ShouldEndSession.Open(), "a Dialog directive in a session that does not stay open")
	}},
	{"dialog-complete", dialogComplete},
	// Use dynamic entities: over the limits the whole response is refused.
	{"entities", eachOf(dynamicEntities)},
	// Use skill connections: one handover at a time, lower-case scheme, the session according to onCompletion.
	{"connection-alone", func(r *Response) string {
		n := count(r, isConnection)
		return unless(n == 0 || n+count(r, isDialog) == 1, "more than one directive that takes the conversation away")
	}},
	{"connection", eachOf(connection)},
	// Alexa.Presentation.APL reference: commands find their document by its token.
	{"screen-token", screenTokens},
	// Implement CanFulfillIntentRequest: nothing audible, nothing but the answer.
	{"can-fulfill", canFulfill},
}

func unless(fine bool, text string) string {
	if fine {
		return ""
	}
	return text
}

// eachSpeech applies a rule to the speech and to that of the reprompt.
func eachSpeech(broken func(*OutputSpeech) string) func(*Response) string {
	return func(r *Response) string {
		if s := r.Body.OutputSpeech; s != nil {
			if text := broken(s); text != "" {
				return "speech " + text
			}
		}
		if p := r.Body.Reprompt; p != nil && p.OutputSpeech != nil {
			if text := broken(p.OutputSpeech); text != "" {
				return "reprompt " + text
			}
		}
		return ""
	}
}

func speechType(s *OutputSpeech) string {
	switch s.Type {
	case SpeechPlain:
		return unless(s.Text != "" && s.SSML == "", "of type PlainText without text, or with SSML")
	case SpeechSSML:
		return unless(s.SSML != "" && s.Text == "", "of type SSML without SSML, or with text")
	default:
		return "of a type that is neither PlainText nor SSML"
	}
}

func speechLength(s *OutputSpeech) string {
	n := utf8.RuneCountInString(s.Text) + utf8.RuneCountInString(s.SSML)
	if n <= maxSpeech {
		return ""
	}
	return fmt.Sprintf("of %d characters, over %d", n, maxSpeech)
}

// speechSSML wants well-formed XML with speak as its one root.
func speechSSML(s *OutputSpeech) string {
	if s.SSML == "" || onlyWords(s.SSML) {
		return ""
	}
	d := xml.NewDecoder(strings.NewReader(s.SSML))
	depth, roots := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return unless(roots == 1, "that is not one <speak> element")
		}
		if err != nil {
			return "that is not well-formed SSML"
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			if (depth == 0) != (t.Name.Local == "speak") {
				return "that is not one <speak> element"
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return "with words outside <speak>"
			}
		}
	}
}

// onlyWords tells the usual case, which needs no XML parser: text without any markup in one speak element.
func onlyWords(ssml string) bool {
	inside, opened := strings.CutPrefix(ssml, "<speak>")
	inside, closed := strings.CutSuffix(inside, "</speak>")
	return opened && closed && !strings.ContainsFunc(inside, func(r rune) bool {
		return r < ' ' || r == '<' || r == '>' || r == '&' || r >= utf8.RuneError
	})
}

func speechBehavior(s *OutputSpeech) string {
	known := []string{"", PlayEnqueue, PlayReplaceAll, PlayReplaceEnqueued}
	return unless(slices.Contains(known, s.PlayBehavior), "with an unknown playBehavior")
}

func audioCount(r *Response) string {
	n := 0
	eachSpeech(func(s *OutputSpeech) string {
		n += strings.Count(s.SSML, "<audio")
		return ""
	})(r)
	if n <= maxAudio {
		return ""
	}
	return fmt.Sprintf("%d <audio> elements, over %d", n, maxAudio)
}

func onCard(broken func(*Card) string) func(*Response) string {
	return func(r *Response) string {
		if r.Body.Card == nil {
			return ""
		}
		return broken(r.Body.Card)
	}
}

func cardType(c *Card) string {
	switch c.Type {
	case CardSimple:
		return unless(c.Text == "" && c.Image == nil && c.Permissions == nil, "a Simple card has a title and content alone")
	case CardStandard:
		return unless(c.Content == "" && c.Permissions == nil, "a Standard card has a title, text and an image alone")
	case CardLinkAccount:
		return unless(c.Title+c.Content+c.Text == "" && c.Image == nil && c.Permissions == nil, "a LinkAccount card has nothing on it")
	case CardPermissions:
		return unless(c.Title+c.Content+c.Text == "" && c.Image == nil && len(c.Permissions) > 0,
			"an AskForPermissionsConsent card has permissions alone")
	default:
		return "a card of unknown type"
	}
}

func cardLength(c *Card) string {
	n := utf8.RuneCountInString(c.Title) + utf8.RuneCountInString(c.Content) + utf8.RuneCountInString(c.Text)
	if n <= maxCard {
		return ""
	}
	return fmt.Sprintf("a card of %d characters, over %d", n, maxCard)
}

func cardImage(c *Card) string {
	if c.Image == nil {
		return ""
	}
	for _, url := range []string{c.Image.SmallImageURL, c.Image.LargeImageURL} {
		if url != "" && (len(url) > maxImageURL || !strings.HasPrefix(url, "https://")) {
			return fmt.Sprintf("an image address that is not https or over %d characters", maxImageURL)
		}
	}
	return ""
}

// directivesKnown also refuses pointers to directives, which the other rules would not recognize.
func directivesKnown(r *Response) string {
	all := r.Body.Directives
	if r.Body.Reprompt != nil {
		all = append(all[:len(all):len(all)], r.Body.Reprompt.Directives...)
	}
	for _, directive := range all {
		switch directive.(type) {
		case DialogDelegate, ElicitSlot, ConfirmSlot, ConfirmIntent, DelegateRequest, UpdateDynamicEntities,
			RenderDocument, ExecuteCommands, StartConnection, SendRequest, SendResponse, CompleteTask:
		default:
			return "a directive of an interface that this skill does not declare"
		}
	}
	return ""
}

func count(r *Response, is func(Directive) bool) int {
	n := 0
	for _, directive := range r.Body.Directives {
		if is(directive) {
			n++
		}
	}
	return n
}

func isDialog(d Directive) bool {
	switch d.(type) {
	case DialogDelegate, ElicitSlot, ConfirmSlot, ConfirmIntent, DelegateRequest:
		return true
	}
	return false
}

func isConnection(d Directive) bool {
	switch d.(type) {
	case StartConnection, SendRequest, SendResponse, CompleteTask:
		return true
	}
	return false
}

func dialogComplete(r *Response) string {
	for _, directive := range r.Body.Directives {
		var updated *Intent
		switch d := directive.(type) {
		case ElicitSlot:
			if d.SlotToElicit == "" {
				return "an ElicitSlot without a slot"
			}
			updated = d.UpdatedIntent
		case ConfirmSlot:
			if d.SlotToConfirm == "" {
				return "a ConfirmSlot without a slot"
			}
			updated = d.UpdatedIntent
		case DialogDelegate:
			updated = d.UpdatedIntent
		case ConfirmIntent:
			updated = d.UpdatedIntent
		case DelegateRequest:
			if d.Target == "" {
				return "a DelegateRequest without a target"
			}
		}
		if updated != nil && updated.Name == "" {
			return "an updatedIntent without a name"
		}
	}
	return ""
}

// eachOf applies a rule to the directives of one type.
func eachOf[D Directive](broken func(D, SessionEnd) string) func(*Response) string {
	return func(r *Response) string {
		for _, directive := range r.Body.Directives {
			if d, ok := directive.(D); ok {
				if text := broken(d, r.Body.ShouldEndSession); text != "" {
					return text
				}
			}
		}
		return ""
	}
}

func dynamicEntities(d UpdateDynamicEntities, _ SessionEnd) string {
	if d.UpdateBehavior != EntitiesReplace && d.UpdateBehavior != EntitiesClear {
		return "dynamic entities with an unknown updateBehavior"
	}
	n := 0
	for _, t := range d.Types {
		for _, v := range t.Values {
			for _, said := range append([]string{v.Name.Value}, v.Name.Synonyms...) {
				n++
				if said == "" || utf8.RuneCountInString(said) > maxEntityCharacters {
					return fmt.Sprintf("a dynamic entity or synonym that is empty or over %d characters", maxEntityCharacters)
				}
			}
		}
	}
	if n <= maxEntities {
		return ""
	}
	return fmt.Sprintf("%d dynamic entities and synonyms, over %d", n, maxEntities)
}

func connection(d StartConnection, end SessionEnd) string {
	switch {
	case !strings.HasPrefix(d.URI, "connection://"):
		return "a connection whose uri does not begin with connection://"
	case d.OnCompletion == SendErrorsOnly:
		return unless(end == SessionEnds, "a connection that does not come back, in a session that does not end")
	case d.OnCompletion == ResumeSession || d.OnCompletion == "":
		return unless(end != SessionEnds, "a connection that comes back to a session that ends")
	default:
		return "a connection with an unknown onCompletion"
	}
}

func screenTokens(r *Response) string {
	rendered := make(map[string]bool)
	for _, directive := range r.Body.Directives {
		switch d := directive.(type) {
		case RenderDocument:
			rendered[d.Token] = true
		case ExecuteCommands:
			if d.Token == "" || len(rendered) > 0 && !rendered[d.Token] {
				return "commands without the token of their document"
			}
		}
	}
	return ""
}

func canFulfill(r *Response) string {
	c := r.Body.CanFulfillIntent
	if c == nil {
		return ""
	}
	b := r.Body
	if b.OutputSpeech != nil || b.Reprompt != nil || b.Card != nil || len(b.Directives) > 0 {
		return "an answer to CanFulfillIntentRequest with something to hear or see"
	}
	yesNoMaybe := []string{CanFulfillYes, CanFulfillNo, CanFulfillMaybe}
	fine := slices.Contains(yesNoMaybe, c.CanFulfill)
	for _, s := range c.Slots {
		fine = fine && slices.Contains(yesNoMaybe, s.CanUnderstand) && slices.Contains([]string{"", CanFulfillYes, CanFulfillNo}, s.CanFulfill)
	}
	return unless(fine, "an answer to CanFulfillIntentRequest with an unknown value")
}
