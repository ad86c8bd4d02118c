package certify

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// masked stands where a secret stood.
const masked = "••••"

// Mask hides what a report must not hold: tokens, and what was said for a voice code. The zero value knows the tokens of
// Alexa's requests and slots with the usual names. It is the one place where this is decided.
type Mask struct {
	// Slots are names of slots that take a voice code.
	Slots []string
	// Secrets are hidden wherever they stand; of digits, also when they are spoken, one by one or in pairs.
	Secrets []string
}

var (
	tokenKeys = regexp.MustCompile(`(?i)^(accessToken|apiAccessToken|consentToken|refreshToken|access_token|refresh_token|authorization|password)$`)
	bearer    = regexp.MustCompile(`(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]+`)
	codeSlot  = regexp.MustCompile(`(?i)(^|_)(pin|pin_?code|passcode|password|voice_?code)$`)
	isDigits  = regexp.MustCompile(`^[0-9]+$`)
)

// Exchange is the exchange with its secrets hidden, in the request and in everything that may repeat them.
func (m Mask) Exchange(e Exchange) Exchange {
	c := m.with(e.Request).cover()
	e.Said, e.Note = c.text(e.Said), c.text(e.Note)
	e.Request, e.Response = c.json(e.Request), c.json(e.Response)
	return e
}

// Finding is the finding with its secrets hidden, in its evidence as well.
func (m Mask) Finding(f Finding) Finding {
	all := m
	for _, e := range f.Evidence {
		all = all.with(e.Request)
	}
	c := all.cover()
	f.Where, f.Problem, f.Change = c.text(f.Where), c.text(f.Problem), c.text(f.Change)
	f.Evidence = slices.Clone(f.Evidence)
	for i := range f.Evidence {
		f.Evidence[i] = all.Exchange(f.Evidence[i])
	}
	return f
}

// with also hides the codes that were said in a request, wherever else they stand.
func (m Mask) with(request json.RawMessage) Mask {
	var body struct {
		Request struct {
			Intent struct {
				Slots map[string]struct {
					Value string `json:"value"`
				} `json:"slots"`
			} `json:"intent"`
		} `json:"request"`
	}
	if json.Unmarshal(request, &body) != nil {
		return m
	}
	m.Secrets = slices.Clone(m.Secrets)
	for name, slot := range body.Request.Intent.Slots {
		if m.hidesSlot(name) && len(slot.Value) >= 3 {
			m.Secrets = append(m.Secrets, slot.Value)
		}
	}
	return m
}

func (m Mask) hidesSlot(name string) bool {
	return codeSlot.MatchString(name) || slices.Contains(m.Slots, name)
}

// Text hides secrets and bearer tokens in a text.
func (m Mask) Text(text string) string { return m.cover().text(text) }

// JSON hides secrets in a message, however deep. The result is compact. What is no JSON is treated as text.
func (m Mask) JSON(message json.RawMessage) json.RawMessage { return m.cover().json(message) }

// cover is a mask made ready for many texts.
type cover struct {
	Mask
	spoken []likeness
}

func (m Mask) cover() cover {
	c := cover{Mask: m}
	for _, secret := range m.Secrets {
		if isDigits.MatchString(secret) {
			c.spoken = append(c.spoken, likeCode(secret))
		}
	}
	return c
}

func (c cover) text(text string) string {
	text = bearer.ReplaceAllString(text, "${1}"+masked)
	for _, secret := range c.Secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, masked)
		}
	}
	if len(c.spoken) > 0 {
		lower := strings.ToLower(text)
		for _, code := range c.spoken {
			if code.possible(lower) {
				text = code.anywhere.ReplaceAllString(text, masked)
			}
		}
	}
	return text
}

func (c cover) json(message json.RawMessage) json.RawMessage {
	if len(message) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		// Encoded, so that a report stays well-formed JSON whatever an endpoint answers.
		return encode(c.text(string(message)))
	}
	return encode(c.value(value, false))
}

func encode(value any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // it is escaped where it is shown
	if err := encoder.Encode(value); err != nil {
		panic(err) // decoded JSON, or a string
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// value rebuilds a decoded value; hide replaces every string in it, but for what describes a slot.
func (c cover) value(v any, hide bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			switch {
			case tokenKeys.MatchString(key) || hide && (key == "value" || key == "id"):
				out[key] = c.hidden(member)
			case key == "slots":
				out[key] = c.slots(member)
			default:
				out[key] = c.value(member, hide)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = c.value(v[i], hide)
		}
		return out
	case string:
		return c.text(v)
	case json.Number:
		if text := c.text(v.String()); text != v.String() {
			return text
		}
		return v
	default:
		return v
	}
}

// hidden replaces a value but leaves the shape of what is no text: resolutions hold {"value": {"name": …}}.
func (c cover) hidden(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return v
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[key] = c.hidden(member)
		}
		return out
	}
	return masked
}

func (c cover) slots(v any) any {
	slots, ok := v.(map[string]any)
	if !ok {
		return c.value(v, false)
	}
	out := make(map[string]any, len(slots))
	for name, slot := range slots {
		out[name] = c.value(slot, c.hidesSlot(name))
	}
	return out
}
