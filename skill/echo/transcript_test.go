package echo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The PIN is nowhere in what the Echo writes, however it was said and wherever it landed.
func TestMasking(t *testing.T) {
	askCode := directive(`{"type":"Dialog.ElicitSlot","slotToElicit":"code","updatedIntent":{"name":"OrderPizza","slots":{"code":{"name":"code","value":"4821"}}}}`)
	for _, row := range []struct {
		asked     string // the answer to the utterance before
		utterance string
		user      string
		slot      string
		value     string
	}{
		{askCode, "four eight two one", "****", "code", "****"},
		{askCode, "My code is 48-21!", "My code is ****!", "code", "****"},
		{askCode, "four eight two", "****", "code", "?"},
		{askCode, "four eight two one two", "****", "code", "?"},
		{asks, "order a pizza with code forty eight twenty one", "order a pizza with code ****", "code", "****"},
		{asks, "ask pizza place to order a pizza with code 4821", "ask pizza place to order a pizza with code ****", "code", "****"},
		{asks, "order a pizza with 4821", "order a pizza with ****", "topping", "****"},
		{asks, "leave a note four eight two one", "leave a note ****", "text", "****"},
		{asks, "sing 4821 or four eight two one two and", "sing **** or **** and", "", ""},
		{asks, "order 4821 pizzas for the year 4821", "order **** pizzas for the year ****", "", ""},
		{asks, "order a pizza with nineteen seventy", "order a pizza with nineteen seventy", "topping", "nineteen seventy"}, // a listed value
		{asks, "order a pizza for twenty thirty two", "order a pizza for twenty thirty two", "day", "2032"},
		{asks, "order three pizzas", "order three pizzas", "count", "3"},
		{asks, "order a pizza with tuna", "order a pizza with tuna", "topping", "tuna"},
	} {
		p := &place{answer: answers(row.asked)}
		e := setup(t, p, nil)
		say(t, e, "order a pizza")
		turn := say(t, e, row.utterance)
		if turn.User != row.user || turn.Slots[row.slot] != row.value {
			t.Errorf("%q: user %q, slots %v; want %q, %s=%s", row.utterance, turn.User, turn.Slots, row.user, row.slot, row.value)
		}
		written, err := json.Marshal(turn)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(written); strings.Contains(text, "4821") || strings.Contains(text, "eight two") {
			t.Errorf("%q: the code is in %s", row.utterance, text)
		}
		if turn.Missed != nil && strings.Contains(turn.Missed.Error(), "4821") {
			t.Errorf("the code is in %v", turn.Missed)
		}
	}
}

// A skill that speaks the PIN is seen doing so.
func TestSpeechIsNotMasked(t *testing.T) {
	p := &place{answer: answers(`"outputSpeech":{"type":"PlainText","text":"Your code is 4821."},"shouldEndSession":true`)}
	turn := say(t, setup(t, p, nil), "order a pizza with code 4821")
	if turn.Speech != "Your code is 4821." || !strings.Contains(string(turn.Response), "4821") {
		t.Errorf("got %q, %s", turn.Speech, turn.Response)
	}
}

func TestTurn(t *testing.T) {
	p := &place{answer: answers(`"outputSpeech":{"type":"SSML","ssml":"<speak><p>One  &amp; <emphasis>t</emphasis>wo.</p><p>Three<break time='1s'/>four.</p></speak>"},
		"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Well?</speak>"}},"shouldEndSession":false,
		"card":{"type":"Standard","title":"Pizza","text":"On its\n  way"},
		"directives":[` + teachSize + `,` + elicitSize + `]`)}
	turn := say(t, setup(t, p, nil), "order a pizza with ham")
	if turn.Speech != "One & two. Three four." || turn.Reprompt != "Well?" || turn.Card != "Pizza: On its way" {
		t.Errorf("got %+v", turn)
	}
	if want := []string{"Dialog.UpdateDynamicEntities", "Dialog.ElicitSlot"}; !slices.Equal(turn.Directives, want) {
		t.Errorf("directives %q", turn.Directives)
	}
	written, err := json.Marshal(turn)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(written, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"user", "intent", "slots", "progress", "speech", "reprompt", "card", "directives", "session", "request", "response"} {
		if _, ok := members[name]; !ok {
			t.Errorf("no member %s", name)
		}
		delete(members, name)
	}
	if len(members) > 0 {
		t.Errorf("more members: %v", members)
	}
}

func TestCardText(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"Simple","title":"A","content":"b c"}`:                                  "A: b c",
		`{"type":"Simple","content":"b"}`:                                                "b",
		`{"type":"LinkAccount"}`:                                                         "LinkAccount",
		`{"type":"AskForPermissionsConsent","permissions":["alexa::profile:name:read"]}`: "AskForPermissionsConsent: alexa::profile:name:read",
	} {
		p := &place{answer: answers(`"card":` + body + `,"shouldEndSession":true`)}
		if turn := say(t, setup(t, p, nil), "order a pizza"); turn.Card != want {
			t.Errorf("%s: %q, want %q", body, turn.Card, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for ssml, want := range map[string]string{
		"<speak>Hi</speak>":                             "Hi",
		"<speak><s>Hi.</s><s>You.</s></speak>":          "Hi. You.",
		"<speak>a<say-as>b</say-as>c</speak>":           "abc",
		"just text":                                     "just text",
		"<speak>broken":                                 "<speak>broken",
		"<speak>&quot;5 &lt; 6&quot;</speak>":           `"5 < 6"`,
		"<speak><sub alias='pounds'>lbs</sub></speak>":  "lbs",
		"<speak>one<audio src='https://x'/>two</speak>": "one two",
	} {
		if got := plain(ssml); got != want {
			t.Errorf("plain(%q) = %q, want %q", ssml, got, want)
		}
	}
}

// What is no JSON is kept as text.
func TestMaskerKeepsWhatIsNoJSON(t *testing.T) {
	k := newMasker(pizza(t))
	for raw, want := range map[string]string{
		`{"a":1.50}`: `{"a":1.50}`, `oops`: `"oops"`, `{} {}`: `"{} {}"`, "\xff": `"` + "\uFFFD" + `"`, ``: `""`,
		`{"user":{"accessToken":"t"}}`: `{"user":{"accessToken":"[token]"}}`,
	} {
		if got := string(k.json([]byte(raw))); got != want {
			t.Errorf("%q becomes %s, want %s", raw, got, want)
		}
	}
}
