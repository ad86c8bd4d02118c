package certify_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
)

func TestMaskText(t *testing.T) {
	m := certify.Mask{Secrets: []string{"2408", "reader-token", ""}}
	for text, want := range map[string]string{
		"my code is 2408":         "my code is ••••",
		"my code is 2 4 0 8":      "my code is ••••",
		"2, 4, 0, 8.":             "••••.",
		"Two four oh eight":       "••••",
		"twenty four oh eight":    "••••",
		"twenty-four <break/>0 8": "••••",
		"24 08":                   "••••",
		"zwei vier null acht":     "••••",
		"two <break time=\"1s\"/>four, zero and eight": "••••",
		"twenty four books":                            "twenty four books",
		"two four zero eight":                          "••••",
		"Authorization: Bearer abc.DEF-1":              "Authorization: Bearer ••••",
		"token=reader-token":                           "token=••••",
		"two four books":                               "two four books",
		"":                                             "",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMaskJSON(t *testing.T) {
	m := certify.Mask{Slots: []string{"secretWord"}, Secrets: []string{"2468"}}
	got := string(m.JSON(json.RawMessage(`{
		"session": {"user": {"accessToken": "tok-a", "permissions": {"consentToken": "tok-b"}}, "attributes": {"n": 2468}},
		"context": {"System": {"apiAccessToken": "tok-c", "apiEndpoint": "https://api.example"}},
		"request": {"intent": {"slots": {
			"secretWord": {"name": "secretWord", "value": "swordfish", "resolutions": {"resolutionsPerAuthority": [
				{"status": {"code": "ER_SUCCESS_MATCH"}, "values": [{"value": {"name": "swordfish", "id": "sword"}}]}]},
				"slotValue": {"type": "Simple", "value": "swordfish"}},
			"pin": {"name": "pin", "value": "9999"},
			"empty": {"name": "empty"}, "emptyPin": {"name": "emptyPin", "value": ""},
			"book": {"name": "book", "value": "emma"}}}},
		"count": 12345678901234567890}`)))
	for _, secret := range []string{"tok-a", "tok-b", "tok-c", "swordfish", `"sword"`, "9999", "2468"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is still there", secret)
		}
	}
	for _, evidence := range []string{"https://api.example", `"secretWord"`, "ER_SUCCESS_MATCH", "emma", "12345678901234567890", "Simple"} {
		if !strings.Contains(got, evidence) {
			t.Errorf("%s was hidden too", evidence)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestMaskHostileJSON(t *testing.T) {
	m := certify.Mask{Secrets: []string{"2468"}}
	for _, text := range []string{"", "not JSON 2468", `{"a":`, `{} {"pin":"2468"}`, `"2468"`, "null", "\xff\xfe2468", "<html>2468</html>",
		`{"accessToken": ["2468"]}`, `{"slots": ["2468"]}`, `{"slots": {"pin": 2468}}`} {
		got := m.JSON(json.RawMessage(text))
		if strings.Contains(string(got), "2468") {
			t.Errorf("%q becomes %s", text, got)
		}
		if text != "" && !json.Valid(got) {
			t.Errorf("%q becomes %s, which is no JSON", text, got)
		}
	}
}

// A code that was said is hidden in the answer as well, whether or not it is one of the test account.
func TestMaskExchange(t *testing.T) {
	got := certify.Mask{}.Exchange(certify.Exchange{
		Said:     "my pin is 7 7 3 1",
		Request:  json.RawMessage(`{"request":{"intent":{"slots":{"pin":{"value":"7731"}}}}}`),
		Response: json.RawMessage(`{"response":{"outputSpeech":{"text":"I heard seven seven three one, 7731"}}}`),
		Note:     "sent 7731",
	})
	all := got.Said + string(got.Request) + string(got.Response) + got.Note
	if strings.Contains(all, "7731") || strings.Contains(all, "seven seven") || strings.Contains(all, "7 7 3 1") {
		t.Errorf("the code can be read: %s", all)
	}
	f := certify.Mask{}.Finding(certify.Finding{Problem: "the answer says 7731", Evidence: []certify.Exchange{{
		Request: json.RawMessage(`{"request":{"intent":{"slots":{"pin":{"value":"7731"}}}}}`)}}})
	if strings.Contains(f.Problem, "7731") || strings.Contains(string(f.Evidence[0].Request), "7731") {
		t.Errorf("the finding tells the code: %+v", f)
	}
}
