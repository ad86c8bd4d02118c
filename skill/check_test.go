package skill

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sound is a response that asks for a slot; each row below breaks it in one way.
func sound() *Response {
	speech := func(text string) *OutputSpeech {
		return &OutputSpeech{Type: SpeechSSML, SSML: "<speak>" + text + "</speak>"}
	}
	return &Response{Version: "1.0", Body: ResponseBody{
		OutputSpeech:     speech("Tell me your PIN &amp; wait."),
		Reprompt:         &Reprompt{OutputSpeech: speech("What is your PIN?")},
		Directives:       Directives{ElicitSlot{SlotToElicit: "pin"}},
		ShouldEndSession: SessionStaysOpen,
	}}
}

// ended turns the sound response into one that ends the session with some directives.
func ended(b *ResponseBody, directives ...Directive) {
	b.Reprompt, b.Directives, b.ShouldEndSession = nil, directives, SessionEnds
}

// entities teaches n values of the given length, half of them synonyms.
func entities(n, length int) UpdateDynamicEntities {
	word := strings.Repeat("ü", length)
	d := UpdateDynamicEntities{UpdateBehavior: EntitiesReplace, Types: []EntityType{{Name: "Car"}}}
	for range n / 2 {
		d.Types[0].Values = append(d.Types[0].Values, EntityValue{Name: EntityName{Value: word, Synonyms: []string{word}}})
	}
	if n%2 == 1 {
		d.Types[0].Values = append(d.Types[0].Values, EntityValue{Name: EntityName{Value: word}})
	}
	return d
}

func TestCheck(t *testing.T) {
	long := strings.Repeat("ü", maxSpeech)
	connect := func(onCompletion string) StartConnection {
		return StartConnection{URI: "connection://AMAZON.VerifyPerson/2", OnCompletion: onCompletion}
	}
	tried := make(map[string]bool)
	for _, row := range []struct {
		name  string
		rule  string // empty: the response is sound
		apply func(r *Response, b *ResponseBody)
	}{
		{"sound", "", func(*Response, *ResponseBody) {}},
		{"sound, null", "", func(_ *Response, b *ResponseBody) { b.ShouldEndSession = SessionNull }},
		{"nothing said", "", func(_ *Response, b *ResponseBody) { *b = ResponseBody{} }},
		{"no version", "version", func(r *Response, _ *ResponseBody) { r.Version = "" }},
		{"size", "size", func(r *Response, _ *ResponseBody) {
			r.SessionAttributes = map[string]json.RawMessage{"a": json.RawMessage(`"` + strings.Repeat("x", maxResponseBytes) + `"`)}
		}},
		{"not JSON", "json", func(r *Response, _ *ResponseBody) {
			r.SessionAttributes = map[string]json.RawMessage{"a": json.RawMessage(`{`)}
		}},
		{"speech without type", "speech-type", func(_ *Response, b *ResponseBody) { b.OutputSpeech.Type = "" }},
		{"text that says it is SSML", "speech-type", func(_ *Response, b *ResponseBody) { b.OutputSpeech = &OutputSpeech{Type: SpeechSSML, Text: "x"} }},
		{"SSML that says it is text", "speech-type", func(_ *Response, b *ResponseBody) { b.OutputSpeech.Type = SpeechPlain }},
		{"longest text", "", func(_ *Response, b *ResponseBody) { b.OutputSpeech = &OutputSpeech{Type: SpeechPlain, Text: long} }},
		{"text too long", "speech-length", func(_ *Response, b *ResponseBody) {
			b.OutputSpeech = &OutputSpeech{Type: SpeechPlain, Text: long + "x"}
		}},
		{"reprompt too long", "speech-length", func(_ *Response, b *ResponseBody) {
			b.Reprompt.OutputSpeech = &OutputSpeech{Type: SpeechPlain, Text: long + "x"}
		}},
		{"no speak", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "hello" }},
		{"another root", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<p>hello</p>" }},
		{"two roots", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<speak>a</speak><speak>b</speak>" }},
		{"speak inside speak", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<speak><speak>a</speak></speak>" }},
		{"words outside", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<speak>a</speak> b" }},
		{"not closed", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<speak>a" }},
		{"ampersand", "speech-ssml", func(_ *Response, b *ResponseBody) { b.Reprompt.OutputSpeech.SSML = "<speak>a & b</speak>" }},
		{"crossed", "speech-ssml", func(_ *Response, b *ResponseBody) { b.OutputSpeech.SSML = "<speak><p><s>a</p></s></speak>" }},
		{"Amazon's own elements", "", func(_ *Response, b *ResponseBody) {
			b.OutputSpeech.SSML = `<speak><amazon:effect name="whispered">a</amazon:effect> <break time="1s"/></speak>`
		}},
		{"play behavior", "speech-behavior", func(_ *Response, b *ResponseBody) { b.OutputSpeech.PlayBehavior = "LATER" }},
		{"six sounds", "speech-audio", func(_ *Response, b *ResponseBody) {
			b.OutputSpeech.SSML = "<speak>" + strings.Repeat(`<audio src="a"/>`, 5) + "</speak>"
			b.Reprompt.OutputSpeech.SSML = `<speak><audio src="a"/></speak>`
		}},
		{"reprompt, session ends", "reprompt-open", func(_ *Response, b *ResponseBody) { b.Directives, b.ShouldEndSession = nil, SessionEnds }},
		{"reprompt, nothing said of the session", "reprompt-open", func(_ *Response, b *ResponseBody) { b.Directives, b.ShouldEndSession = nil, SessionUnsaid }},
		{"empty reprompt", "reprompt-says", func(_ *Response, b *ResponseBody) { b.Reprompt = &Reprompt{} }},
		{"card without type", "card-type", func(_ *Response, b *ResponseBody) { b.Card = &Card{Content: "x"} }},
		{"text on a Simple card", "card-type", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardSimple, Text: "x"} }},
		{"content on a Standard card", "card-type", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardStandard, Content: "x"} }},
		{"title on a LinkAccount card", "card-type", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardLinkAccount, Title: "x"} }},
		{"permissions card without permissions", "card-type", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardPermissions} }},
		{"longest card", "", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardSimple, Title: "x", Content: long[2:]} }},
		{"card too long", "card-length", func(_ *Response, b *ResponseBody) { b.Card = &Card{Type: CardSimple, Title: "x", Content: long} }},
		{"http image", "card-image", func(_ *Response, b *ResponseBody) {
			b.Card = &Card{Type: CardStandard, Image: &Image{SmallImageURL: "http://example.com/a.png"}}
		}},
		{"long image address", "card-image", func(_ *Response, b *ResponseBody) {
			b.Card = &Card{Type: CardStandard, Image: &Image{LargeImageURL: "https://example.com/" + strings.Repeat("a", maxImageURL)}}
		}},
		{"audio player", "directive-known", func(_ *Response, b *ResponseBody) {
			b.Directives = append(b.Directives, UnknownDirective(`{"type":"AudioPlayer.Stop"}`))
		}},
		{"audio player in the reprompt", "directive-known", func(_ *Response, b *ResponseBody) {
			b.Reprompt.Directives = Directives{UnknownDirective(`{"type":"AudioPlayer.Stop"}`)}
		}},
		{"no directive", "directive-known", func(_ *Response, b *ResponseBody) { b.Directives = Directives{nil} }},
		{"pointer to a directive", "directive-known", func(_ *Response, b *ResponseBody) { b.Directives = Directives{&ElicitSlot{SlotToElicit: "pin"}} }},
		{"two dialog directives", "dialog-one", func(_ *Response, b *ResponseBody) { b.Directives = append(b.Directives, DialogDelegate{}) }},
		{"dialog, session ends", "dialog-open", func(_ *Response, b *ResponseBody) { ended(b, DialogDelegate{}) }},
		{"dialog, nothing said of the session", "dialog-open", func(_ *Response, b *ResponseBody) { b.Reprompt, b.ShouldEndSession = nil, SessionUnsaid }},
		{"elicit nothing", "dialog-complete", func(_ *Response, b *ResponseBody) { b.Directives = Directives{ElicitSlot{}} }},
		{"confirm nothing", "dialog-complete", func(_ *Response, b *ResponseBody) { b.Directives = Directives{ConfirmSlot{}} }},
		{"delegate to nobody", "dialog-complete", func(_ *Response, b *ResponseBody) { b.Directives = Directives{DelegateRequest{}} }},
		{"nameless intent", "dialog-complete", func(_ *Response, b *ResponseBody) { b.Directives = Directives{ConfirmIntent{UpdatedIntent: &Intent{}}} }},
		{"as many entities as may be", "", func(_ *Response, b *ResponseBody) { ended(b, entities(maxEntities, maxEntityCharacters)) }},
		{"too many entities", "entities", func(_ *Response, b *ResponseBody) { ended(b, entities(maxEntities+1, 3)) }},
		{"long entity", "entities", func(_ *Response, b *ResponseBody) { ended(b, entities(1, maxEntityCharacters+1)) }},
		{"empty entity", "entities", func(_ *Response, b *ResponseBody) { ended(b, entities(1, 0)) }},
		{"entities, unknown behavior", "entities", func(_ *Response, b *ResponseBody) { ended(b, UpdateDynamicEntities{}) }},
		{"connection that comes back", "", func(_ *Response, b *ResponseBody) {
			ended(b, connect(ResumeSession))
			b.ShouldEndSession = SessionUnsaid
		}},
		{"connection that does not", "", func(_ *Response, b *ResponseBody) { ended(b, connect(SendErrorsOnly)) }},
		{"connection back to nothing", "connection", func(_ *Response, b *ResponseBody) { ended(b, connect(ResumeSession)) }},
		{"connection back to nothing, by default", "connection", func(_ *Response, b *ResponseBody) { ended(b, connect("")) }},
		{"connection away, session open", "connection", func(_ *Response, b *ResponseBody) {
			ended(b, connect(SendErrorsOnly))
			b.ShouldEndSession = SessionStaysOpen
		}},
		{"connection, unknown completion", "connection", func(_ *Response, b *ResponseBody) { ended(b, connect("MAYBE")) }},
		{"upper-case scheme", "connection", func(_ *Response, b *ResponseBody) {
			ended(b, StartConnection{URI: "Connection://AMAZON.VerifyPerson/2", OnCompletion: SendErrorsOnly})
		}},
		{"connection beside a dialog", "connection-alone", func(_ *Response, b *ResponseBody) { b.Directives = append(b.Directives, connect(ResumeSession)) }},
		{"commands without token", "screen-token", func(_ *Response, b *ResponseBody) { ended(b, ExecuteCommands{}) }},
		{"commands for another document", "screen-token", func(_ *Response, b *ResponseBody) {
			ended(b, RenderDocument{Token: "a"}, ExecuteCommands{Token: "b"})
		}},
		{"can fulfill", "", func(_ *Response, b *ResponseBody) {
			*b = ResponseBody{CanFulfillIntent: &CanFulfillIntent{CanFulfill: CanFulfillNo}}
		}},
		{"can fulfill, aloud", "can-fulfill", func(_ *Response, b *ResponseBody) { b.CanFulfillIntent = &CanFulfillIntent{CanFulfill: CanFulfillNo} }},
		{"can fulfill, perhaps", "can-fulfill", func(_ *Response, b *ResponseBody) {
			*b = ResponseBody{CanFulfillIntent: &CanFulfillIntent{CanFulfill: "PERHAPS"}}
		}},
		{"can fulfill a slot maybe", "can-fulfill", func(_ *Response, b *ResponseBody) {
			slots := map[string]CanFulfillSlot{"car": {CanUnderstand: CanFulfillMaybe, CanFulfill: CanFulfillMaybe}}
			*b = ResponseBody{CanFulfillIntent: &CanFulfillIntent{CanFulfill: CanFulfillYes, Slots: slots}}
		}},
	} {
		tried[row.rule] = true
		t.Run(row.name, func(t *testing.T) {
			r := sound()
			row.apply(r, &r.Body)
			broken := make([]string, 0, 1)
			for _, p := range Check(r) {
				broken = append(broken, p.Rule)
			}
			var want []string
			if row.rule != "" {
				want = []string{row.rule}
			}
			if !slices.Equal(broken, want) {
				t.Errorf("got %v, want %v", Check(r), want)
			}
			if data, err := Encode(r); (err == nil) != (row.rule == "") {
				t.Errorf("Encode got %s, %v", data, err)
			}
		})
	}
	for _, rule := range rules {
		if !tried[rule.id] {
			t.Errorf("no row breaks %s", rule.id)
		}
	}
}

func TestEncodeNamesEveryProblem(t *testing.T) {
	r := sound()
	r.Version, r.Body.ShouldEndSession = "2", SessionEnds
	r.Body.OutputSpeech.SSML = "<speak>my secret"
	data, err := Encode(r)
	if data != nil || err == nil {
		t.Fatalf("got %s, %v, want an error", data, err)
	}
	problem, ok := errors.AsType[Problem](err)
	if !ok || problem.Rule != "version" {
		t.Errorf("got %v, want the first problem", problem)
	}
	for _, rule := range []string{"version", "speech-ssml", "reprompt-open", "dialog-open"} {
		if !strings.Contains(err.Error(), rule) {
			t.Errorf("%v does not name %s", err, rule)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%v repeats what would be said", err)
	}
}

func TestEncodeKeepsSSMLReadable(t *testing.T) {
	data, err := Encode(sound())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`"ssml":%q`, "<speak>Tell me your PIN &amp; wait.</speak>")
	if !strings.Contains(string(data), want) {
		t.Errorf("got %s, want %s in it", data, want)
	}
}

// What is let through without an XML parser is what one lets through.
func TestOnlyWords(t *testing.T) {
	for ssml, want := range map[string]bool{
		"<speak>Your Golf's tire is low: 28 PSI.</speak>": true, "<speak></speak>": true, "<speak>Škoda</speak>": true,
		"<speak>a &amp; b</speak>": false, "<speak>a <break/> b</speak>": false, "<speak>a ]]> b</speak>": false, "<speak>": false,
		"</speak>": false, "": false, "<speak>a\x00b</speak>": false, "<speak>a\xffb</speak>": false, "<speak>a\uffffb</speak>": false,
		"<speak></speak><speak></speak>": false, " <speak>a</speak>": false,
	} {
		if got := onlyWords(ssml); got != want {
			t.Errorf("%q: %t", ssml, got)
		}
		if r := (&Response{Version: "1.0", Body: ResponseBody{OutputSpeech: &OutputSpeech{Type: SpeechSSML, SSML: ssml}}}); want && len(Check(r)) > 0 {
			t.Errorf("%q: %v", ssml, Check(r))
		}
	}
}
