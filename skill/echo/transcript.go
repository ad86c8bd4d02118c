package echo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// Turn is what was said, understood, asked and answered. It is written as one JSON object.
//
// It is safe to print: the value of a slot of type AMAZON.FOUR_DIGIT_NUMBER is "****" wherever the Echo writes it, in the words
// of the user too, and tokens are "[token]". Words of the skill's own are not touched: if it speaks a PIN, that is to be seen.
type Turn struct {
	User string `json:"user"` // what was said; empty for silence
	// Intent is the intent that was understood, or the type of a request that is not about one; empty if there is neither.
	Intent     string            `json:"intent"`
	Slots      map[string]string `json:"slots"`          // the filled slots, those of earlier turns of the dialog included
	Progress   []string          `json:"progress"`       // what was heard before the answer
	Speech     string            `json:"speech"`         // plain text
	Reprompt   string            `json:"reprompt"`       // plain text
	Card       string            `json:"card"`           // "title: text" on one line, or the type of a card without text
	Directives []string          `json:"directives"`     // their types
	Session    string            `json:"session"`        // "open" or "closed", after the turn
	Ring       int               `json:"ring,omitempty"` // notifications that wait, after the turn: the yellow ring; left out while it is dark
	Request    json.RawMessage   `json:"request"`        // null if none was sent; the last one if there were several
	Response   json.RawMessage   `json:"response"`       // a JSON string if it was not JSON

	// Missed is set when nothing in the model fit and AMAZON.FallbackIntent was sent.
	Missed *NoMatch `json:"-"`
}

const (
	sessionOpen   = "open"
	sessionClosed = "closed"
)

// turn begins a turn.
func (e *Echo) turn(user string) Turn {
	t := Turn{
		User: user, Slots: map[string]string{}, Progress: []string{}, Directives: []string{}, Session: sessionClosed,
		Request: json.RawMessage("null"), Response: json.RawMessage("null"),
	}
	if e.session != nil {
		t.Session = sessionOpen
	}
	return t
}

// note writes down a request.
func (t *Turn) note(masker masker, body skill.RequestBody) {
	t.Intent, t.Session = body.Type, sessionOpen
	if body.Intent != nil {
		t.noteIntent(masker, *body.Intent)
	}
}

func (t *Turn) noteIntent(masker masker, intent skill.Intent) {
	t.Intent, t.Slots = intent.Name, map[string]string{}
	for name, slot := range intent.Slots {
		if slot.Value != "" {
			t.Slots[name] = masker.value(slot, slot.Value)
		}
	}
}

// hear writes down a response. A delegated dialog may have several in one turn.
func (t *Turn) hear(b skill.ResponseBody) {
	t.Speech = strings.TrimSpace(t.Speech + " " + speechOf(b.OutputSpeech))
	t.Reprompt = ""
	if b.Reprompt != nil {
		t.Reprompt = speechOf(b.Reprompt.OutputSpeech)
	}
	if b.Card != nil {
		t.Card = cardText(*b.Card)
	}
	for _, d := range b.Directives {
		t.Directives = append(t.Directives, d.Type())
	}
}

func cardText(c skill.Card) string {
	var parts []string
	for _, part := range []string{c.Title, strings.Join(strings.Fields(c.Content+" "+c.Text), " "), strings.Join(c.Permissions, " ")} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if c.Type == skill.CardLinkAccount || c.Type == skill.CardPermissions {
		parts = slices.Insert(parts, 0, c.Type)
	}
	return strings.Join(parts, ": ")
}

// speechOf is what is heard of an output speech, as plain text.
func speechOf(s *skill.OutputSpeech) string {
	switch {
	case s == nil:
		return ""
	case s.Type == skill.SpeechSSML:
		return plain(s.SSML)
	default:
		return strings.Join(strings.Fields(s.Text), " ")
	}
}

// plain is the text of SSML, or of text without markup: what elements hold, with single spaces. Text that is not well-formed
// is left as it is.
func plain(ssml string) string {
	text, err := readSSML(ssml)
	if err != nil {
		return ssml
	}
	return text
}

// readSSML is plain for SSML that may be malformed.
func readSSML(ssml string) (string, error) {
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader("<speak>" + ssml + "</speak>"))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(b.String()), " "), nil
		}
		if err != nil {
			return "", err
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
		} else if separates(token) {
			b.WriteByte(' ')
		}
	}
}

// separates tells whether a tag stands between words; the others may stand inside one.
func separates(token xml.Token) bool {
	var name string
	switch t := token.(type) {
	case xml.StartElement:
		name = t.Name.Local
	case xml.EndElement:
		name = t.Name.Local
	}
	return slices.Contains([]string{"speak", "p", "s", "break", "audio"}, name)
}

const (
	maskedValue = "****"
	maskedToken = "[token]"
)

// masker hides PINs and tokens.
type masker struct {
	secret map[string]bool // names of slots that hold four digits
	loose  map[string]bool // names of slots that take words of any kind
	any    bool            // the model has a secret slot at all
}

func newMasker(m *models.InteractionModel) masker {
	k := masker{secret: map[string]bool{}, loose: map[string]bool{}}
	for _, intent := range m.LanguageModel.Intents {
		for _, slot := range intent.Slots {
			k.secret[slot.Name] = k.secret[slot.Name] || slot.Type == typeFourDigits
			k.loose[slot.Name] = k.loose[slot.Name] || recognizers[slot.Type] == nil
			k.any = k.any || slot.Type == typeFourDigits
		}
	}
	return k
}

// value hides what a slot holds: anything in a secret slot, and four digits that landed in another one as free words.
func (k masker) value(slot skill.Slot, value string) string {
	free := k.loose[slot.Name] && !slot.Entity().Matched
	switch {
	case value == "" || value == unclearValue:
		return value
	case k.secret[slot.Name], free && k.looksSecret(spoken.Fold(value)):
		return maskedValue
	default:
		return value
	}
}

// looksSecret tells whether words could be a PIN, if the skill has one.
func (k masker) looksSecret(words []string) bool {
	if !k.any {
		return false
	}
	digits, ok := spoken.FourDigits(words)
	return ok && digits != unclearValue
}

// utterance hides the words of secret slots, understood or not, and those of free slots that look like one.
func (k masker) utterance(said string, h *hearing, f fit) string {
	var hide [][2]int
	for name, s := range f.slots {
		if k.secret[name] || s.how == free && k.looksSecret(h.texts[s.from:s.to]) {
			hide = append(hide, [2]int{h.words[s.from].From, h.words[s.to-1].To})
		}
	}
	return masked(said, hide)
}

// unmatched hides every run of number words: an utterance that nobody understood may hold a PIN anywhere.
func (k masker) unmatched(said string, h *hearing) string {
	if !k.any {
		return said
	}
	var hide [][2]int
	for from := 0; from < len(h.texts); from++ {
		for to := len(h.texts); to > from; to-- {
			if _, ok := spoken.FourDigits(h.texts[from:to]); ok {
				hide = append(hide, [2]int{h.words[from].From, h.words[to-1].To})
				from = to
				break
			}
		}
	}
	return masked(said, hide)
}

// masked replaces stretches of bytes, which do not overlap.
func masked(said string, hide [][2]int) string {
	slices.SortFunc(hide, func(a, b [2]int) int { return b[0] - a[0] })
	for _, h := range hide {
		said = said[:h[0]] + maskedValue + said[h[1]:]
	}
	return said
}

// json hides the tokens and secret slots of an envelope. What is not JSON becomes a JSON string.
func (k masker) json(raw []byte) json.RawMessage {
	var tree any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil || d.More() {
		tree = strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	k.walk(tree)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return json.RawMessage("null") // cannot be: the tree was decoded from JSON
	}
	return bytes.TrimSpace(out.Bytes())
}

func (k masker) walk(tree any) {
	switch node := tree.(type) {
	case []any:
		for _, child := range node {
			k.walk(child)
		}
	case map[string]any:
		for key, child := range node {
			if text, ok := child.(string); ok && text != "" && slices.Contains([]string{"accessToken", "apiAccessToken", "consentToken"}, key) {
				node[key] = maskedToken
			}
			if slots, ok := child.(map[string]any); ok && key == "slots" {
				k.hideSlots(slots)
			}
			k.walk(child)
		}
	}
}

func (k masker) hideSlots(slots map[string]any) {
	for name, tree := range slots {
		fields, ok := tree.(map[string]any)
		if !ok {
			continue
		}
		// What is no slot after all has no resolutions either, and is hidden rather than shown.
		var slot skill.Slot
		if raw, err := json.Marshal(tree); err == nil {
			_ = json.Unmarshal(raw, &slot)
		}
		slot.Name = name
		inner, _ := fields["slotValue"].(map[string]any)
		for _, holder := range []map[string]any{fields, inner} {
			if value, ok := holder["value"].(string); ok {
				holder["value"] = k.value(slot, value)
			}
		}
	}
}
