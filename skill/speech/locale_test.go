package speech

import (
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// german proves that a locale is data: another order of words, another clock, another decimal mark, a
// unit whose singular is no numeral. It ships with its speech file and not before.
var german = format{
	tag:      language.German,
	numerals: []string{"null", "ein", "zwei", "drei"},
	and:      joints{comma: ", ", two: " und ", last: " und "},
	or:       joints{comma: ", ", two: " oder ", last: " oder "},
	units: map[unit]unitForms{
		minute: {plural.One: pattern("eine Minute"), plural.Other: pattern("{{.count}} Minuten")},
		hour:   {plural.One: pattern("eine Stunde"), plural.Other: pattern("{{.count}} Stunden")},
		bar:    {plural.Other: pattern("{{.count}} Bar")},
	},
	twoUnits: pattern("{{.large}} und {{.small}}"),
	clock:    clockWords{hours: 24, full: pattern("{{.hour}} Uhr"), with: pattern("{{.hour}} Uhr {{.minute}}")},
	weekdays: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	moment: dayWords{
		today:   pattern("heute um {{.time}}"),
		weekday: pattern("am {{.weekday}} um {{.time}}"),
	},
	ago: agoWords{since: pattern("vor {{.duration}}")},
}

func TestAnotherLocaleIsData(t *testing.T) {
	files := fstest.MapFS{
		"de-DE.toml": {Data: []byte("[a]\nb = 'Bis {{.x}}.'")},
		"en-US.toml": {Data: []byte("[a]\nb = 'Until {{.x}}.'")},
	}
	catalog, err := load(files, map[string]*format{"de-DE": &german, "en-US": &americanEnglish}, Table{"a.b": Says("x")})
	if err != nil {
		t.Fatal(err)
	}
	now := wall(t, "2031-05-06 14:00:00")
	tests := []struct {
		arg             Arg
		german, english string
	}{
		{Moment{At: now.Add(4 * time.Hour), Now: now}, "Bis heute um 18 Uhr.", "Until 6 PM today."},
		{Moment{At: now.Add(54*time.Hour + 5*time.Minute), Now: now}, "Bis am Donnerstag um 20 Uhr 05.", "Until 8:05 PM on Thursday."},
		{Moment{At: wall(t, "2031-05-09 00:00:00"), Now: now}, "Bis am Freitag um 0 Uhr.", "Until midnight on Thursday night."},
		{Clock{At: wall(t, "2031-05-06 12:00:00")}, "Bis 12 Uhr.", "Until noon."},
		{Ago{At: now.Add(-time.Hour), Now: now}, "Bis vor eine Stunde.", "Until one hour ago."},
		{Duration(90 * time.Minute), "Bis eine Stunde und 30 Minuten.", "Until one hour and 30 minutes."},
		{Pressure{193, Bar}, "Bis 1,9 Bar.", "Until 1.9 bar."},
		{Count(12345), "Bis 12.345.", "Until 12,345."},
		{List{Items: []Arg{Name("a"), Name("b"), Name("c")}}, "Bis a, b und c.", "Until a, b, and c."},
	}
	for _, tt := range tests {
		for locale, want := range map[string]string{"de-DE": tt.german, "en-US": tt.english} {
			voice, ok := catalog.Voice(locale)
			if !ok {
				t.Fatalf("no voice for %s", locale)
			}
			if got, err := voice.Line("a.b", Args{"x": tt.arg}, Setting{}); err != nil || got != want {
				t.Errorf("%s: %T(%v) = %q, %v, want %q", locale, tt.arg, tt.arg, got, err, want)
			}
		}
	}
}

// Every shipped locale has words for everything; only the names of noon and midnight may be absent.
func TestFormatsAreComplete(t *testing.T) {
	for locale, f := range formats {
		if f.tag.String() != locale {
			t.Errorf("%s has the language tag %s", locale, f.tag)
		}
		for _, u := range []unit{second, minute, hour, day, week, psi, kilopascal, bar, percent, kilometer, mile, liter, gallon, kilowattHour,
			literPer100Kilometers, milePerGallon, kilowattHourPer100Kilometers, kilowattHourPer100Miles} {
			if f.units[u][plural.Other] == nil {
				t.Errorf("%s: no words for %s", locale, u)
			}
		}
		for what, words := range map[string]any{"weekdays": f.weekdays, "months": f.months, "numerals": f.numerals} {
			for i, list := 0, reflect.ValueOf(words); i < list.Len(); i++ {
				if list.Index(i).IsZero() {
					t.Errorf("%s: number %d of the %s is missing", locale, i, what)
				}
			}
		}
		for what, words := range map[string]any{"and": f.and, "or": f.or, "moment": f.moment, "ago": f.ago, "day": f.day} {
			for field, value := range reflect.ValueOf(words).Fields() {
				if value.IsZero() {
					t.Errorf("%s: %s of %s is missing", locale, field.Name, what)
				}
			}
		}
		if f.twoUnits == nil || f.clock.full == nil || f.clock.with == nil || (f.clock.hours != 12 && f.clock.hours != 24) {
			t.Errorf("%s: the clock or the joining of two units is missing", locale)
		}
	}
}
