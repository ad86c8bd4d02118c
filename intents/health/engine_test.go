package health

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Every judged code has its words in every language, and there are no words for a code that nobody judges.
func TestEveryTroubleCodeHasItsWords(t *testing.T) {
	const common = 150 // the codes that a driver is likely to meet
	if n := len(severities); n < common {
		t.Errorf("%d trouble codes, want at least %d", n, common)
	}
	for code, s := range severities {
		if !readableCode.MatchString(code) || !(vehicle.TroubleCode{Code: code}).Generic() {
			t.Errorf("%s: not a generic code, so it may mean something else in another make", code)
		}
		if adviceLines[s] == "" || s == unsure {
			t.Errorf("%s: severity %d has no advice", code, s)
		}
	}
	phrase := regexp.MustCompile(`(?m)^([pcbu][0-9a-f]{4}) = "(.*)"$`)
	files, err := fs.Glob(models.Speech, "*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("speech files: %q, %v", files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(models.Speech, file)
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		for _, m := range phrase.FindAllStringSubmatch(string(text), -1) {
			code := strings.ToUpper(m[1])
			if _, judged := severities[code]; !judged {
				t.Errorf("%s: words for %s, which nobody judges", file, code)
			}
			if strings.ContainsAny(m[2], ".?!:{<") || len(strings.Fields(m[2])) > 12 {
				t.Errorf("%s: %s: %q is no short phrase within a sentence", file, code, m[2])
			}
			words[code] = m[2]
		}
		for code := range severities {
			if words[code] == "" {
				t.Errorf("%s: no words for %s", file, code)
			}
		}
	}
}

func code(code string, status vehicle.CodeStatus) vehicle.TroubleCode {
	return vehicle.TroubleCode{Code: code, Status: status}
}

func TestTellEngine(t *testing.T) {
	const stored, pending, permanent = vehicle.StoredCode, vehicle.PendingCode, vehicle.PermanentCode
	lit, dark, silent := seen(true, 0), seen(false, 0), vehicle.Reading[bool]{Missing: vehicle.NotReported}
	many := []vehicle.TroubleCode{code("P0442", stored), code("P0301", pending), code("P0524", stored), code("P1234", stored), code("P0171", stored)}
	for _, tc := range []struct {
		name  string
		light vehicle.Reading[bool]
		codes []vehicle.TroubleCode
		want  string
	}{
		{"off and nothing", dark, nil, "say engine.off"},
		{"on without a code", lit, nil, "say engine.on_no_code; say engine.advice_unsure"},
		{"nothing known of the light", silent, nil, "say engine.unknown"},
		{"on for a misfire", lit, []vehicle.TroubleCode{code("P0301", stored)}, "say engine.on_for; say engine.advice_soon"},
		{"lower case, as some clouds write", lit, []vehicle.TroubleCode{code(" p0524 ", stored)}, "say engine.on_for; say engine.advice_stop"},
		{"off with a code", dark, []vehicle.TroubleCode{code("P0442", permanent)}, "say engine.off_for; say engine.advice_note"},
		{"off with a pending code", dark, []vehicle.TroubleCode{code("P0442", pending)}, "say engine.off_pending; say engine.advice_note"},
		{"on with a pending code", lit, []vehicle.TroubleCode{code("P0442", pending)}, "say engine.on_pending; say engine.advice_note"},
		{"a code, the light unknown", silent, []vehicle.TroubleCode{code("P0442", stored)}, "say engine.unknown_for; say engine.advice_note"},
		{"a pending code, the light unknown", silent, []vehicle.TroubleCode{code("P0442", pending)}, "say engine.unknown_pending; say engine.advice_note"},
		{"the maker's own code", lit, []vehicle.TroubleCode{code("P1234", stored)}, "say engine.on_for; say engine.advice_unsure"},
		{"one code from two services", lit, []vehicle.TroubleCode{code("P0301", pending), code("P0301", stored)}, "say engine.on_for; say engine.advice_soon"},
		{"five codes, the worst first", lit, many, "say engine.on_for; say engine.advice_stop; say engine.also; say engine.also; say engine.more"},
		{"confirmed before pending, the advice for the worst", lit, []vehicle.TroubleCode{code("P0301", pending), code("P0420", stored)},
			"say engine.on_for; say engine.also_pending; say engine.advice_soon"},
		{"an old light", seen(false, time.Hour), nil, "say engine.off; say car.as_of"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acts := tellEngine(vehicle.TroubleCodes{EngineLight: tc.light, Codes: tc.codes}, here(golf, ""))
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func here(car vehicle.Vehicle, detail string) ground.At {
	return ground.At{Car: car, Detail: detail, Facts: ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC, Distance: speech.Miles}}
}

// Nothing is invented for a code that is not in the table, whatever the cloud sends.
func TestTroublePhrase(t *testing.T) {
	for code, want := range map[string][2]speech.Key{
		"P0301":                 {"dtc.p0301", ""},
		"P0299":                 {"dtc.p0299", ""},
		"P0FFF":                 {codeGeneric, "code.about_powertrain"},
		"P1234":                 {codeMaker, "code.about_powertrain"},
		"C1234":                 {codeMaker, "code.about_chassis"},
		"B0ABC":                 {codeGeneric, "code.about_body"},
		"U3000":                 {codeGeneric, "code.about_network"},
		"":                      {codeUnreadable, ""},
		"P030":                  {codeUnreadable, ""},
		"X0301":                 {codeUnreadable, ""},
		"P0301 and more":        {codeUnreadable, ""},
		"<break time='9s'/>":    {codeUnreadable, ""},
		strings.Repeat("P", 99): {codeUnreadable, ""},
	} {
		got := troublePhrase(vehicle.TroubleCode{Code: code})
		about, _ := got.Args["system"].(speech.Phrase)
		if got.Key != want[0] || about.Key != want[1] {
			t.Errorf("%q: %s about %q, want %s about %q", code, got.Key, about.Key, want[0], want[1])
		}
	}
}

func TestTheWorstCodeComesFirst(t *testing.T) {
	var got []string
	for _, c := range worstFirst([]vehicle.TroubleCode{
		code("P0442", vehicle.StoredCode), code("P0301", vehicle.PendingCode), code("P1234", vehicle.StoredCode),
		code("P0171", vehicle.PermanentCode), code("P0217", vehicle.PendingCode), code("P0171", vehicle.PendingCode),
	}) {
		got = append(got, c.Code)
	}
	if want := "P0217 P0171 P1234 P0442 P0301"; strings.Join(got, " ") != want {
		t.Errorf("order %s, want %s", got, want)
	}
}
