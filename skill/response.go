package skill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Response is what the skill answers.
type Response struct {
	Version           string                     `json:"version"`
	SessionAttributes map[string]json.RawMessage `json:"sessionAttributes,omitzero"`
	UserAgent         string                     `json:"userAgent,omitempty"`
	Body              ResponseBody               `json:"response"`
}

// ResponseBody is the member "response".
type ResponseBody struct {
	OutputSpeech     *OutputSpeech     `json:"outputSpeech,omitempty"`
	Reprompt         *Reprompt         `json:"reprompt,omitempty"`
	Card             *Card             `json:"card,omitempty"`
	Directives       Directives        `json:"directives,omitzero"`
	ShouldEndSession SessionEnd        `json:"shouldEndSession,omitzero"`
	CanFulfillIntent *CanFulfillIntent `json:"canFulfillIntent,omitempty"`
	APIResponse      json.RawMessage   `json:"apiResponse,omitempty"`
	Experimentation  json.RawMessage   `json:"experimentation,omitempty"`
}

// SessionEnd is the member "shouldEndSession", which has four states on the wire.
type SessionEnd uint8

// The states of shouldEndSession. SessionStaysOpen and SessionNull open the microphone; SessionUnsaid keeps
// the session of a device with a screen for up to 30 s with the microphone closed, and ends it elsewhere.
const (
	SessionUnsaid    SessionEnd = iota // key absent
	SessionEnds                        // true
	SessionStaysOpen                   // false
	SessionNull                        // null
)

// MarshalJSON writes true, false or null; the key of SessionUnsaid is left out by omitzero.
func (s SessionEnd) MarshalJSON() ([]byte, error) {
	switch s {
	case SessionEnds:
		return []byte("true"), nil
	case SessionStaysOpen:
		return []byte("false"), nil
	case SessionNull:
		return []byte("null"), nil
	default:
		return nil, errors.New("shouldEndSession has no such state on the wire")
	}
}

// UnmarshalJSON reads true, false or null.
func (s *SessionEnd) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*s = SessionEnds
	case "false":
		*s = SessionStaysOpen
	case "null":
		*s = SessionNull
	default:
		return errors.New("shouldEndSession is neither true, false nor null")
	}
	return nil
}

// Open reports whether the state keeps the session open with the microphone on.
func (s SessionEnd) Open() bool { return s == SessionStaysOpen || s == SessionNull }

// OutputSpeech is what Alexa says: Text for SpeechPlain, SSML in a <speak> element for SpeechSSML.
type OutputSpeech struct {
	Type         string `json:"type"`
	Text         string `json:"text,omitempty"`
	SSML         string `json:"ssml,omitempty"`
	PlayBehavior string `json:"playBehavior,omitempty"`
}

// The kinds of speech, and what happens to speech that is still playing.
const (
	SpeechPlain = "PlainText"
	SpeechSSML  = "SSML"

	PlayEnqueue         = "ENQUEUE"
	PlayReplaceAll      = "REPLACE_ALL"
	PlayReplaceEnqueued = "REPLACE_ENQUEUED"
)

// Reprompt is said when the user is silent; it needs an open session.
type Reprompt struct {
	OutputSpeech *OutputSpeech `json:"outputSpeech,omitempty"`
	Directives   Directives    `json:"directives,omitzero"`
}

// Card is shown in the Alexa app. Simple uses Content, Standard uses Text and Image.
type Card struct {
	Type        string   `json:"type"`
	Title       string   `json:"title,omitempty"`
	Content     string   `json:"content,omitempty"`
	Text        string   `json:"text,omitempty"`
	Image       *Image   `json:"image,omitempty"`
	Permissions []string `json:"permissions,omitzero"`
}

// The kinds of card.
const (
	CardSimple      = "Simple"
	CardStandard    = "Standard"
	CardLinkAccount = "LinkAccount"
	CardPermissions = "AskForPermissionsConsent"
)

// Image is a picture on a Standard card, by https address.
type Image struct {
	SmallImageURL string `json:"smallImageUrl,omitempty"`
	LargeImageURL string `json:"largeImageUrl,omitempty"`
}

// CanFulfillIntent answers a CanFulfillIntentRequest, which must have no side effect.
type CanFulfillIntent struct {
	CanFulfill string                    `json:"canFulfill"`
	Slots      map[string]CanFulfillSlot `json:"slots,omitzero"`
}

// CanFulfillSlot says whether a slot is understood (YES, NO, MAYBE) and can be used (YES, NO).
type CanFulfillSlot struct {
	CanUnderstand string `json:"canUnderstand"`
	CanFulfill    string `json:"canFulfill,omitempty"`
}

// The answers of a CanFulfillIntent.
const (
	CanFulfillYes   = "YES"
	CanFulfillNo    = "NO"
	CanFulfillMaybe = "MAYBE"
)

// Problem is one reason for which Alexa would refuse a response. Text never repeats what would be said.
type Problem struct {
	Rule string // the id of the rule, like "reprompt-open"
	Text string
}

func (p Problem) Error() string { return p.Rule + ": " + p.Text }

// Encode writes a response, if Alexa would take it. The error joins every [Problem] that Check finds.
func Encode(r *Response) ([]byte, error) {
	data, err := marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	var problems []error
	for _, p := range check(r, len(data)) {
		problems = append(problems, p)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	return data, nil
}

// Check tells for what reasons Alexa would refuse a response, whatever was asked and whichever device asked;
// none means that the response itself is sound.
func Check(r *Response) []Problem {
	data, err := marshal(r)
	if err != nil {
		return []Problem{{Rule: "json", Text: "the response cannot be written as JSON"}}
	}
	return check(r, len(data))
}

func check(r *Response, size int) []Problem {
	var problems []Problem
	if size > maxResponseBytes {
		problems = append(problems, Problem{Rule: "size", Text: fmt.Sprintf("%d bytes, over %d", size, maxResponseBytes)})
	}
	for _, rule := range rules {
		if text := rule.broken(r); text != "" {
			problems = append(problems, Problem{Rule: rule.id, Text: text})
		}
	}
	return problems
}

func marshal(r *Response) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // SSML is full of angle brackets, and nothing here is a web page
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
