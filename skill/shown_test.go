package skill

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
)

const apl = `{"runtime":{"maxVersion":"2024.1"}}`

func onScreen(r *Request, interfaceAPL string) *Request {
	r.Context.System.Device = &Device{DeviceID: "device", SupportedInterfaces: map[string]json.RawMessage{InterfaceAPL: json.RawMessage(interfaceAPL)}}
	return r
}

func inCar(r *Request, speed float64) *Request {
	r.Context.Viewport = &Viewport{Mode: ViewportAuto}
	r.Context.Geolocation = &Geolocation{Speed: &Speed{SpeedInMetersPerSecond: speed}}
	return r
}

func shown() []Act {
	red := Row{
		Label: speech.Name("<Red>"), Value: speech.Count(3), Word: speech.Phrase{Key: paintStop}, Mark: screen.Fine, To: 50,
		Touch: Touch{Intent: "Paint", Slots: []screen.Slot{{Name: "color", ID: "red", Value: "Red"}}},
	}
	return []Act{
		Say{Key: paintHelp},
		Screen{Document: screen.Health, Title: speech.Name("Colors & more"), Rows: []Row{red, red, red, red, red}},
	}
}

func TestScreens(t *testing.T) {
	s := newToy().skill(t)
	voice, _ := s.config.Catalog.Voice("en-US")
	for name, tc := range map[string]struct {
		request *Request
		rows    int // -1: nothing is shown
		ends    SessionEnd
	}{
		"a screen at home":    {onScreen(ask("Paint", nil, nil), apl), 5, SessionUnsaid},
		"a car that stands":   {inCar(onScreen(ask("Paint", nil, nil), apl), 0), 4, SessionEnds},
		"a car that moves":    {inCar(onScreen(ask("Paint", nil, nil), apl), 15), -1, SessionEnds},
		"no screen":           {ask("Paint", nil, nil), -1, SessionEnds},
		"a screen too old":    {onScreen(ask("Paint", nil, nil), `{"runtime":{"maxVersion":"1.0"}}`), -1, SessionEnds},
		"a screen of no word": {onScreen(ask("Paint", nil, nil), `{}`), -1, SessionEnds},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := s.render(&Turn{Request: tc.request}, voice, shown(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if heard(response) != "Any color." || response.Body.ShouldEndSession != tc.ends {
				t.Errorf("said %q, session %v", heard(response), response.Body.ShouldEndSession)
			}
			if tc.rows < 0 {
				if len(response.Body.Directives) > 0 {
					t.Errorf("shown: %v", response.Body.Directives)
				}
				return
			}
			d := response.Body.Directives[0].(RenderDocument)
			var data struct{ Page screen.Page }
			if err := json.Unmarshal(d.Datasources, &data); err != nil {
				t.Fatal(err)
			}
			row := data.Page.Rows[0]
			if d.Token != "health" || data.Page.Title != "Colors & more" || data.Page.Note != "" || len(data.Page.Rows) != tc.rows {
				t.Errorf("%s: %+v", d.Token, data.Page)
			}
			if row.Label != "<Red>" || row.Value != "three" || row.Word != "Stopped." || row.Mark != screen.Fine || row.To != 50 {
				t.Errorf("row %+v", row)
			}
			if touchable := row.Intent == "Paint" && len(row.Slots) == 1; touchable == (tc.ends == SessionEnds) {
				t.Errorf("touchable: %t", touchable)
			}
			if body, err := Encode(response); err != nil || len(body) > maxResponseBytes/2 {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		})
	}
}

// A question keeps its microphone, and an elicited slot its directive, beside a screen.
func TestAScreenBesideAQuestion(t *testing.T) {
	s := newToy().skill(t)
	voice, _ := s.config.Catalog.Voice("en-US")
	acts := append(shown(), Ask{Key: paintWhich, Elicit: "color"})
	open := &openQuestion{Flow: "paint", Version: 3, Step: "color"}
	r, err := s.render(&Turn{Request: onScreen(ask("Paint", nil, nil), apl)}, voice, acts, open)
	if err != nil {
		t.Fatal(err)
	}
	if r.Body.ShouldEndSession != SessionStaysOpen || len(r.Body.Directives) != 2 {
		t.Errorf("session %v, %d directives", r.Body.ShouldEndSession, len(r.Body.Directives))
	}
}

func TestTouches(t *testing.T) {
	for name, tc := range map[string]struct {
		arguments []string
		open      bool
		want      string
	}{
		"an intent":                    {[]string{`"Sketch"`}, false, "Which color?"},
		"with a slot":                  {[]string{`"Paint"`, `[{"name":"color","id":"r","value":"red"}]`}, false, "Painted red."},
		"with no slots":                {[]string{`"Sketch"`, `[]`}, false, "Which color?"},
		"away from a question":         {[]string{`"Sketch"`}, true, "Left. Which color?"},
		"the answer to a question":     {[]string{`"Paint"`, `[{"name":"color","id":"r","value":"red"}]`}, true, "Painted red."},
		"nothing":                      {nil, false, ""},
		"an unknown intent":            {[]string{`"Dance"`}, false, ""},
		"no name":                      {[]string{`7`}, false, ""},
		"an unknown slot":              {[]string{`"Sketch"`, `[{"name":"smell","value":"sweet"}]`}, false, ""},
		"slots of another form":        {[]string{`"Sketch"`, `{"color":"red"}`}, false, ""},
		"too much":                     {[]string{`"Sketch"`, "[" + strings.Repeat(`{"name":"color"},`, 8) + `{"name":"color"}]`}, false, ""},
		"what takes a PIN":             {[]string{`"Open"`}, false, ""},
		"a built-in intent":            {[]string{`"AMAZON.StopIntent"`}, false, ""},
		"an unknown one in a question": {[]string{`"Dance"`}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newToy().skill(t)
			pin := *s.byIntent["Paint"]
			pin.Needs.PIN = true
			s.byIntent["Open"] = &pin
			r := ask("", nil, nil)
			if tc.open {
				r.Session.Attributes = openSession(t, s)
			}
			before := r.Session.Attributes
			r.Body.Type, r.Body.Intent = TypeUserEvent, nil
			for _, a := range tc.arguments {
				r.Body.Arguments = append(r.Body.Arguments, json.RawMessage(a))
			}
			response := respond(t, s, r)
			if got := heard(response); got != tc.want {
				t.Errorf("said %q, want %q", got, tc.want)
			}
			if tc.want == "" && !slices.Equal(response.SessionAttributes[openAttribute], before[openAttribute]) {
				t.Error("a touch on nothing closed the open question")
			}
		})
	}
}

// A document that the device cannot draw takes nothing away from what was said.
func TestAScreenThatFailed(t *testing.T) {
	s := newToy().skill(t)
	r := ask("", nil, openSession(t, s))
	r.Body.Type, r.Body.Intent, r.Body.Errors = TypeRuntimeError, nil, []json.RawMessage{json.RawMessage(`{}`)}
	if response := respond(t, s, r); heard(response) != "" || response.SessionAttributes[openAttribute] == nil {
		t.Errorf("said %q, question open %t", heard(response), response.SessionAttributes[openAttribute] != nil)
	}
}

func TestATouchNeedsTheAccount(t *testing.T) {
	r := ask("", nil, nil)
	r.Body.Type, r.Body.Arguments = TypeUserEvent, []json.RawMessage{json.RawMessage(`"Paint"`)}
	r.Context.System.User.AccessToken = ""
	if got := heard(respond(t, newToy().skill(t), r)); got != "Link first." {
		t.Errorf("said %q", got)
	}
}
