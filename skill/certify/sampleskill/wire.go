package sampleskill

import (
	"encoding/json"
	"strings"
)

// query is a request, as far as the library reads it.
type query struct {
	Session struct {
		New        bool           `json:"new"`
		SessionID  string         `json:"sessionId"`
		Attributes map[string]any `json:"attributes"`
	} `json:"session"`
	Context struct {
		System struct {
			Application struct {
				ApplicationID string `json:"applicationId"`
			} `json:"application"`
			User   user `json:"user"`
			Device struct {
				SupportedInterfaces map[string]any `json:"supportedInterfaces"`
			} `json:"device"`
		} `json:"System"`
		Automotive *struct{} `json:"Automotive"`
	} `json:"context"`
	Request struct {
		Type      string `json:"type"`
		RequestID string `json:"requestId"`
		Timestamp string `json:"timestamp"`
		Reason    string `json:"reason"`
		Intent    intent `json:"intent"`
	} `json:"request"`
}

type user struct {
	UserID      string `json:"userId"`
	AccessToken string `json:"accessToken"`
	Permissions struct {
		Scopes map[string]struct {
			Status string `json:"status"`
		} `json:"scopes"`
	} `json:"permissions"`
}

type intent struct {
	Name               string          `json:"name"`
	ConfirmationStatus string          `json:"confirmationStatus"`
	Slots              map[string]slot `json:"slots,omitempty"`
}

type slot struct {
	Name        string       `json:"name"`
	Value       string       `json:"value,omitempty"`
	Resolutions *resolutions `json:"resolutions,omitempty"`
}

type resolutions struct {
	PerAuthority []struct {
		Authority string `json:"authority"`
		Status    struct {
			Code string `json:"code"`
		} `json:"status"`
		Values []struct {
			Value struct {
				Name string `json:"name"`
				ID   string `json:"id"`
			} `json:"value"`
		} `json:"values,omitempty"`
	} `json:"resolutionsPerAuthority"`
}

func (q *query) user() string { return q.Context.System.User.UserID }

func (q *query) is(name string) bool {
	return q.Request.Type == name || q.Request.Type == "IntentRequest" && q.Request.Intent.Name == name
}

func (q *query) linked(s *Skill) bool {
	token := q.Context.System.User.AccessToken
	return token == goodToken || token != "" && s.is("believes any token") ||
		token == "" && s.is("holds books without an account")
}

func (q *query) hasScreen() bool {
	_, ok := q.Context.System.Device.SupportedInterfaces["Alexa.Presentation.APL"]
	return ok
}

func (q *query) filled(name string) bool {
	return strings.TrimSpace(q.Request.Intent.Slots[name].Value) != ""
}

// resolved is a value of the model.
func (q *query) resolved(name string) (string, bool) {
	r := q.Request.Intent.Slots[name].Resolutions
	if r == nil {
		return "", false
	}
	for _, one := range r.PerAuthority {
		if one.Status.Code == "ER_SUCCESS_MATCH" && len(one.Values) > 0 {
			return one.Values[0].Value.Name, true
		}
	}
	return "", false
}

// elicit asks for a slot of the intent at hand.
func (q *query) elicit(name, speech, reprompt string) *answer {
	kept := intent{Name: q.Request.Intent.Name, ConfirmationStatus: "NONE", Slots: map[string]slot{}}
	for key, s := range q.Request.Intent.Slots {
		if key == name {
			s = slot{Name: key}
		}
		kept.Slots[key] = s
	}
	a := ask(speech, reprompt)
	a.Response.Directives = []any{map[string]any{"type": "Dialog.ElicitSlot", "slotToElicit": name, "updatedIntent": kept}}
	return a.remember()
}

// remembered is the last question, as it was asked.
func (q *query) remembered() *answer {
	last, ok := q.Session.Attributes["question"].(string)
	if !ok {
		return nil
	}
	a := &answer{}
	if err := json.Unmarshal([]byte(last), a); err != nil {
		return nil
	}
	return a.remember()
}

// answer is a response.
type answer struct {
	Version           string         `json:"version,omitempty"`
	SessionAttributes map[string]any `json:"sessionAttributes,omitempty"`
	Response          response       `json:"response"`

	raw []byte // what is sent instead
}

type response struct {
	OutputSpeech     map[string]any `json:"outputSpeech,omitempty"`
	Reprompt         map[string]any `json:"reprompt,omitempty"`
	Card             map[string]any `json:"card,omitempty"`
	Directives       []any          `json:"directives,omitempty"`
	ShouldEndSession *bool          `json:"shouldEndSession,omitempty"`
	CanFulfill       map[string]any `json:"canFulfillIntent,omitempty"`
}

func empty() *answer { return &answer{Version: "1.0"} }

func text(words string) map[string]any { return map[string]any{"type": "PlainText", "text": words} }

// say closes the session.
func say(speech string) *answer {
	a := empty()
	a.Response.OutputSpeech = text(speech)
	a.ends(true)
	return a
}

// ask keeps it open, and remembers the question so that it can be repeated.
func ask(speech, reprompt string) *answer {
	a := empty()
	a.Response.OutputSpeech = text(speech)
	a.Response.Reprompt = map[string]any{"outputSpeech": text(reprompt)}
	a.ends(false)
	return a.remember()
}

func (a *answer) ends(yes bool) { a.Response.ShouldEndSession = &yes }

func (a *answer) remember() *answer {
	a.SessionAttributes = nil
	if data, err := json.Marshal(a); err == nil {
		a.SessionAttributes = map[string]any{"question": string(data)}
	}
	return a
}

func (a *answer) speech() string {
	words, _ := a.Response.OutputSpeech["text"].(string)
	return words
}

// says replaces the speech.
func (a *answer) says(words string) { a.Response.OutputSpeech = text(words) }

func (a *answer) asks() bool {
	return a.Response.ShouldEndSession != nil && !*a.Response.ShouldEndSession
}

func (a *answer) elicits() bool { return len(a.Response.Directives) > 0 && a.asks() }

func (a *answer) waitsFor(slot string) bool {
	for _, d := range a.Response.Directives {
		if m, ok := d.(map[string]any); ok && m["slotToElicit"] == slot {
			return true
		}
	}
	return false
}
