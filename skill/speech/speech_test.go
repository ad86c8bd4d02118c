package speech

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// testLines is a small catalog with one of everything.
const testLines = `
[courier]
who = "Which carrier is coming?"
"who.2" = "Who brings it?"
"who.car" = "Which carrier?"
"who.reprompt" = "You can say UPS, or the name of another carrier."
granted = "Done. {{.carrier}} can open the trunk of your {{.car}} once, until {{.until}}."
"granted.car" = "Done, {{.carrier}}, {{.car}}, until {{.until}}."

[courier.open]
one = "One grant is open on {{.car}}."
other = "{{.count}} grants are open on {{.car}}."

[courier.confirm]
description = "The PIN is the confirmation."
other = """
{{.carrier}} may open the trunk.
<break time="200ms"/> To confirm, tell me your PIN."""

["courier.confirm.reprompt"]
other = "Your four digit PIN, please."

[wheel]
front_left = "front left"
rear_left = "rear left"

[tires]
low = "Your <emphasis level=\"strong\">{{.wheels}}</emphasis> tires are low."
inside = "{{.line}} And so on."
`

func testTables() Table {
	return Table{
		"courier.who":      Asks(),
		"courier.granted":  Says("carrier", "car", "until"),
		"courier.open":     Says("count", "car"),
		"courier.confirm":  Asks("carrier"),
		"wheel.front_left": Says(),
		"wheel.rear_left":  Says(),
		"tires.low":        Says("wheels"),
		"tires.inside":     Says("line"),
	}
}

func mustVoice(t testing.TB) *Voice {
	t.Helper()
	return mustLoad(t, testLines, testTables())
}

func mustLoad(t testing.TB, lines string, table Table) *Voice {
	t.Helper()
	catalog, err := Load(fstest.MapFS{"en-US.toml": {Data: []byte(lines)}}, table)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	voice, ok := catalog.Voice("en-US")
	if !ok {
		t.Fatal("no voice for en-US")
	}
	return voice
}

func vancouver(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestLine(t *testing.T) {
	voice := mustVoice(t)
	now := time.Date(2031, 5, 6, 14, 0, 0, 0, vancouver(t))
	granted := Args{"carrier": Name("UPS"), "car": Name("Golf"), "until": Moment{At: now.Add(4 * time.Hour), Now: now}}
	wheels := List{Items: []Arg{Phrase{Key: "wheel.front_left"}, Phrase{Key: "wheel.rear_left"}}}
	tests := []struct {
		name string
		key  Key
		args Args
		set  Setting
		want string
	}{
		{"no arguments", "courier.who", nil, Setting{}, "Which carrier is coming?"},
		{"in the car", "courier.who", nil, Setting{Car: true}, "Which carrier?"},
		{"no form for the car", "courier.confirm", granted, Setting{Car: true},
			`UPS may open the trunk. <break time="200ms"/> To confirm, tell me your PIN.`},
		{"arguments", "courier.granted", granted, Setting{}, "Done. UPS can open the trunk of your Golf once, until 6 PM today."},
		{"arguments in the car", "courier.granted", granted, Setting{Car: true}, "Done, UPS, Golf, until 6 PM today."},
		{"one", "courier.open", Args{"count": Count(1), "car": Name("Bolt")}, Setting{}, "One grant is open on Bolt."},
		{"several", "courier.open", Args{"count": Count(3), "car": Name("Bolt")}, Setting{}, "three grants are open on Bolt."},
		{"a list of lines", "tires.low", Args{"wheels": wheels}, Setting{},
			`Your <emphasis level="strong">front left and rear left</emphasis> tires are low.`},
		{"a line with arguments inside", "tires.inside", Args{"line": Phrase{Key: "courier.granted", Args: granted}}, Setting{Car: true},
			"Done, UPS, Golf, until 6 PM today. And so on."},
		{"hostile name", "courier.granted", Args{"carrier": Name(`</speak><audio src="x"/>`), "car": Name("{{.carrier}} & 'Co'"), "until": Clock{At: now}},
			Setting{}, "Done. &lt;/speak&gt;&lt;audio src=&quot;x&quot;/&gt; can open the trunk of your {{.carrier}} &amp; &apos;Co&apos; once, until 2 PM."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := voice.Line(tt.key, tt.args, tt.set)
			if err != nil || got != tt.want {
				t.Errorf("Line(%s) = %q, %v, want %q", tt.key, got, err, tt.want)
			}
		})
	}
}

func TestReprompt(t *testing.T) {
	voice := mustVoice(t)
	for key, want := range map[Key]string{
		"courier.who":     "You can say UPS, or the name of another carrier.",
		"courier.confirm": "Your four digit PIN, please.",
	} {
		for _, car := range []bool{false, true} {
			got, err := voice.Reprompt(key, Args{"carrier": Name("UPS")}, Setting{Car: car})
			if err != nil || got != want {
				t.Errorf("Reprompt(%s) with car %v = %q, %v, want %q", key, car, got, err, want)
			}
		}
	}
}

func TestLineErrors(t *testing.T) {
	voice := mustVoice(t)
	const secret = "Grandma's Golf"
	endless := Args{}
	endless["line"] = Phrase{Key: "tires.inside", Args: endless}
	tests := []struct {
		name string
		key  Key
		args Args
		want string
	}{
		{"unknown key", "courier.whom", nil, "line courier.whom (en-US): not declared"},
		{"form instead of key", "courier.who.reprompt", nil, "not declared"},
		{"missing argument", "courier.granted", Args{"carrier": Name(secret), "car": Name(secret)}, "line courier.granted (en-US): argument until is missing"},
		{"nil argument", "tires.low", Args{"wheels": nil}, "argument wheels is missing"},
		{"count missing", "courier.open", Args{"car": Name(secret)}, "argument count"},
		{"count of another type", "courier.open", Args{"count": Name("3"), "car": Name(secret)}, "argument count"},
		{"negative count", "courier.open", Args{"count": Count(-1), "car": Name(secret)}, "argument count: a negative count"},
		{"blank name", "tires.low", Args{"wheels": Name(" \t\x00")}, "argument wheels: a blank name"},
		{"empty list", "tires.low", Args{"wheels": List{}}, "argument wheels: an empty list"},
		{"nil in a list", "tires.low", Args{"wheels": List{Items: []Arg{Name(secret), nil}}}, "argument wheels: item 2 of the list is missing"},
		{"bad item in a list", "tires.low", Args{"wheels": List{Items: []Arg{Duration(-1)}}}, "item 1 of the list: a negative duration"},
		{"unknown line inside", "tires.low", Args{"wheels": Phrase{Key: "wheel.spare"}}, "argument wheels: line wheel.spare (en-US): not declared"},
		{"a line inside itself", "tires.inside", endless, "without end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := voice.Line(tt.key, tt.args, Setting{})
			if err == nil || got != "" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Line(%s) = %q, error %v, want one with %q", tt.key, got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells a name: %v", err)
			}
		})
	}
	if got, err := voice.Reprompt("courier.granted", nil, Setting{}); err == nil || !strings.Contains(err.Error(), "asks nothing") {
		t.Errorf("Reprompt of a statement = %q, %v, want an error", got, err)
	}
}

func TestVariants(t *testing.T) {
	voice := mustVoice(t)
	const seed = 7
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, seed))
	heard := map[string]int{}
	for range 200 {
		line, err := voice.Line("courier.who", nil, Setting{Rand: source})
		if err != nil {
			t.Fatal(err)
		}
		heard[line]++
	}
	if len(heard) != 2 || heard["Who brings it?"] < 50 || heard["Which carrier is coming?"] < 50 {
		t.Errorf("heard %v, want both variants about equally often", heard)
	}
}

func TestVoice(t *testing.T) {
	catalog, err := Load(fstest.MapFS{"en-US.toml": {Data: []byte(testLines)}, "README.md": {Data: []byte("# x")}}, testTables())
	if err != nil {
		t.Fatal(err)
	}
	if got := catalog.Locales(); !slices.Equal(got, []string{"en-US"}) {
		t.Errorf("Locales() = %q, want en-US alone", got)
	}
	for _, locale := range []string{"", "en", "en-GB", "en-us", "de-DE"} {
		if _, ok := catalog.Voice(locale); ok {
			t.Errorf("Voice(%q) answers, want none: no language stands in for another", locale)
		}
	}
}

func TestVoicesAreShared(t *testing.T) {
	voice := mustVoice(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 100 {
				distance := Distance{Kilometers: float64(2000 + i), Unit: Kilometers}
				want := fmt.Sprintf(`Your <emphasis level="strong">2,00%d kilometers</emphasis> tires are low.`, i)
				if got, err := voice.Line("tires.low", Args{"wheels": distance}, Setting{}); err != nil || got != want {
					t.Errorf("Line = %q, %v, want %q", got, err, want)
					return
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkLine(b *testing.B) {
	voice := mustVoice(b)
	now := time.Date(2031, 5, 6, 14, 0, 0, 0, vancouver(b))
	benchmarks := []struct {
		name string
		key  Key
		args Args
	}{
		{"no arguments", "courier.who", nil},
		{"grant", "courier.granted", Args{"carrier": Name("UPS"), "car": Name("Golf"), "until": Moment{At: now.Add(4 * time.Hour), Now: now}}},
		{"plural", "courier.open", Args{"count": Count(3), "car": Name("Golf")}},
		{"pressure", "tires.low", Args{"wheels": Pressure{Kilopascals: 193, Unit: Bar}}},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := voice.Line(bb.key, bb.args, Setting{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	files := fstest.MapFS{"en-US.toml": {Data: []byte(testLines)}}
	for b.Loop() {
		if _, err := Load(files, testTables()); err != nil {
			b.Fatal(err)
		}
	}
}
