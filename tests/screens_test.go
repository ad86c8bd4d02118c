package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/skill/screen"
)

// onDevice is a world of Tuesday afternoon with a device to speak to.
func onDevice(t *testing.T, device echo.Kind) *localWorld {
	t.Helper()
	w := newLocalWorld(t, &story{path: t.Name(), locale: "en-US", lines: []line{{kind: "clock", text: "2031-05-06 14:00 America/Vancouver"}}})
	w.options.Device = device
	return w
}

func say(t *testing.T, w *localWorld, words string) echo.Turn {
	t.Helper()
	turn, err := w.echo().Say(t.Context(), words)
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	return turn
}

func happens(t *testing.T, courier string, worlds ...*localWorld) {
	t.Helper()
	for _, w := range worlds {
		if err := w.set("courier", courier); err != nil {
			t.Fatal(err)
		}
	}
}

// page is what a turn shows; ok is false if it shows nothing.
func page(t *testing.T, turn echo.Turn) (document string, shown screen.Page, ok bool) {
	t.Helper()
	response := skill.Response{}
	if err := json.Unmarshal(turn.Response, &response); err != nil {
		t.Fatal(err)
	}
	for _, d := range response.Body.Directives {
		if render, is := d.(skill.RenderDocument); is {
			var data struct{ Page screen.Page }
			if err := json.Unmarshal(render.Datasources, &data); err != nil {
				t.Fatal(err)
			}
			return render.Token, data.Page, true
		}
	}
	return "", screen.Page{}, false
}

// words are the rows of a page in one line: "front left 28 PSI Low (attention); ...".
func words(p screen.Page) string {
	var rows []string
	for _, r := range p.Rows {
		rows = append(rows, strings.Join(strings.Fields(strings.Join([]string{r.Label, r.Value, r.Word, "(" + string(r.Mark) + ")"}, " ")), " "))
	}
	return strings.Join(rows, "; ")
}

// What is said is the same with and without a screen, and only a device that has one is sent a document.
func TestScreensAddAndNeverReplace(t *testing.T) {
	for _, tc := range []struct {
		name           string
		said           []string // or what a courier does meanwhile
		document, rows string
	}{
		{"tires", []string{"ask trunk pass about my tires"}, "tires: Golf tires",
			"front left 28 PSI Low (attention); front right 35 PSI Good (fine); rear left 35 PSI Good (fine); rear right 35 PSI Good (fine)"},
		{"car", []string{"ask trunk pass how's my golf"}, "health: Golf",
			"Tires Needs a look (attention); Engine Good (fine); Doors and trunk Good (fine); 12-volt battery Good (fine); " +
				"Fuel or charge Good (fine)"},
		{"holders", []string{
			"ask trunk pass to let ups into my trunk", "four eight two one",
			"ask trunk pass to let dhl into my outback's trunk tomorrow", "four eight two one", "ask trunk pass who can get in",
		}, "grants: Who can get in", "UPS Golf, until 6 PM today Now (fine); DHL Outback, from 8 AM tomorrow until 8 PM Later (ahead)"},
		{"delivery", []string{
			"ask trunk pass to let ups into my trunk", "four eight two one", "courier: ups sets out", "ask trunk pass has my delivery come",
		}, "delivery: UPS to your Golf", "Let in by you until 6 PM today Done (fine); On its way just now Done (fine); At the car To come (ahead); " +
			"Trunk opened To come (ahead); Trunk closed To come (ahead); Trunk locked To come (ahead)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var plain, shown echo.Turn
			speaker, show := onDevice(t, echo.Home), onDevice(t, echo.Show)
			for _, words := range tc.said {
				if courier, meanwhile := strings.CutPrefix(words, "courier: "); meanwhile {
					happens(t, courier, speaker, show)
					continue
				}
				plain, shown = say(t, speaker, words), say(t, show, words)
			}
			if len(plain.Directives) > 0 || plain.Session != "closed" {
				t.Errorf("a speaker is sent %q and stays %s", plain.Directives, plain.Session)
			}
			if shown.Speech != plain.Speech || !slices.Contains(shown.Directives, skill.TypeRenderDocument) {
				t.Errorf("with a screen %q and %q, without %q", shown.Speech, shown.Directives, plain.Speech)
			}
			document, p, _ := page(t, shown)
			if got := document + ": " + p.Title; got != tc.document || words(p) != tc.rows {
				t.Errorf("%s\n got: %s\nwant: %s", got, words(p), tc.rows)
			}
			if len(shown.Response) > 120_000/2 {
				t.Errorf("%d bytes", len(shown.Response))
			}
		})
	}
}

// A head unit shows a glance while the car stands, and nothing on the road.
func TestScreensInTheCar(t *testing.T) {
	for name, tc := range map[string]struct {
		speed float64
		shown bool
	}{"standing": {0, true}, "moving": {14, false}} {
		t.Run(name, func(t *testing.T) {
			w := onDevice(t, echo.Car)
			w.options.Speed = tc.speed
			turn := say(t, w, "ask trunk pass about my tires")
			_, p, shown := page(t, turn)
			touchable := slices.ContainsFunc(p.Rows, func(r screen.Row) bool { return r.Intent != "" })
			if shown != tc.shown || touchable || turn.Session != "closed" {
				t.Errorf("shown %t, touchable %t, session %s", shown, touchable, turn.Session)
			}
		})
	}
}

// Nothing is shown when the session ends.
func TestScreensEndWithTheSession(t *testing.T) {
	w := onDevice(t, echo.Show)
	if turn := say(t, w, "ask trunk pass about my tires"); turn.Session != "open" {
		t.Fatalf("session %s", turn.Session)
	}
	turn, err := w.echo().End(t.Context(), skill.EndedByUser)
	if err != nil || len(turn.Directives) > 0 || turn.Speech != "" {
		t.Errorf("at the end %q, %q, %v", turn.Directives, turn.Speech, err)
	}
}

func TestTouchesOnTheScreen(t *testing.T) {
	tiresOfTheBolt := []string{`"CheckTires"`, `[{"name":"car","id":"veh_bolt","value":"Bolt"}]`}
	for name, tc := range map[string]struct {
		arguments []string
		want      string
	}{
		"another conversation":       {[]string{`"CheckTires"`}, "Your Golf's front left tire is low"},
		"about the car that is seen": {tiresOfTheBolt, "Your Bolt's tires are fine"},
		"one with a PIN":             {[]string{`"OpenTrunk"`}, ""},
		"no conversation":            {[]string{`"Fly"`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := onDevice(t, echo.Show)
			say(t, w, "ask trunk pass how's my bolt")
			var arguments []json.RawMessage
			for _, a := range tc.arguments {
				arguments = append(arguments, json.RawMessage(a))
			}
			turn, err := w.echo().Touch(t.Context(), arguments...)
			if err != nil || !strings.HasPrefix(turn.Speech, tc.want) || tc.want == "" && turn.Speech != "" {
				t.Errorf("%q, %v", turn.Speech, err)
			}
		})
	}
}

// What a row says when it is touched is a conversation that there is, with slots that it has, and no PIN.
func TestRowsThatCanBeTouched(t *testing.T) {
	_, p, _ := page(t, say(t, onDevice(t, echo.Show), "ask trunk pass how's my golf"))
	touchable := 0
	for _, r := range p.Rows {
		if r.Intent == "" {
			continue
		}
		touchable++
		at := slices.IndexFunc(intents.Table(intents.Deps{}), func(c skill.Conversation) bool { return c.Intent == r.Intent })
		if at < 0 {
			t.Errorf("%s: no conversation %s", r.Label, r.Intent)
			continue
		}
		conversation := intents.Table(intents.Deps{})[at]
		for _, slot := range r.Slots {
			if conversation.Slots[slot.Name] == "" || slot.ID != "veh_golf" {
				t.Errorf("%s: slot %+v", r.Label, slot)
			}
		}
		if conversation.Needs.PIN {
			t.Errorf("%s: %s takes a PIN", r.Label, r.Intent)
		}
	}
	if touchable == 0 {
		t.Error("nothing can be touched")
	}
}
