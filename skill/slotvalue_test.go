package skill

import (
	"strings"
	"testing"
	"time"
)

func day(y, m, d int) CivilDate { return CivilDate{y, time.Month(m), d} }

func TestParseDate(t *testing.T) {
	for _, row := range []struct {
		value    string
		from, to CivilDate
	}{
		{"2031-05-06", day(2031, 5, 6), day(2031, 5, 7)},
		{" 2031-05-06 ", day(2031, 5, 6), day(2031, 5, 7)},
		{"2032-02-29", day(2032, 2, 29), day(2032, 3, 1)},
		{"2031-12-31", day(2031, 12, 31), day(2032, 1, 1)},
		{"2031-W19", day(2031, 5, 5), day(2031, 5, 12)},
		{"2026-W01", day(2025, 12, 29), day(2026, 1, 5)},
		{"2026-W53", day(2026, 12, 28), day(2027, 1, 4)},
		{"2031-W19-WE", day(2031, 5, 10), day(2031, 5, 12)},
		{"2031-05", day(2031, 5, 1), day(2031, 6, 1)},
		{"2031-12", day(2031, 12, 1), day(2032, 1, 1)},
		{"2031", day(2031, 1, 1), day(2032, 1, 1)},
		{"203X", day(2030, 1, 1), day(2040, 1, 1)},
		{"2031-SP", day(2031, 3, 1), day(2031, 6, 1)},
		{"2031-SU", day(2031, 6, 1), day(2031, 9, 1)},
		{"2031-FA", day(2031, 9, 1), day(2031, 12, 1)},
		{"2031-WI", day(2031, 12, 1), day(2032, 3, 1)},
	} {
		got, err := ParseDate(row.value)
		if err != nil || got != (Date{From: row.from, To: row.to}) {
			t.Errorf("%q: got %v, %v, want %v to %v", row.value, got, err, row.from, row.to)
		}
	}
	if got, err := ParseDate("PRESENT_REF"); err != nil || got != (Date{Present: true}) {
		t.Errorf("PRESENT_REF: got %v, %v", got, err)
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, value := range []string{
		"", "?", "tomorrow", "2031-02-29", "2031-02-30", "2031-13-01", "2031-00-01", "2031-05-00", "2031-05-32", "2031-5-6",
		"2031-W00", "2031-W53", "2031-W54", "2031-W9", "2031-W", "2031-W19-", "2031-W19-WD", "2031-WE", "2031-13", "2031-00", "2031-",
		"2031-XX", "31-05-06", "0000", "0031-05-06", "1899", "2200-01-01", "9999", "99999", "-2031", "-203X", "999X", "20XX", "X", "203X-05",
		"2031-05-06T18:00", "2031-05-06-07", "２０３１-05-06", "2031--5-06", "+031-05-06", "present_ref",
	} {
		if got, err := ParseDate(value); err == nil {
			t.Errorf("%q: got %v, want an error", value, got)
		}
	}
}

func TestCivilDateIn(t *testing.T) {
	for _, row := range []struct {
		zone string
		day  CivilDate
		want string
	}{
		{"America/Vancouver", day(2031, 5, 6), "2031-05-06T00:00:00-07:00"},
		{"UTC", day(2031, 5, 6), "2031-05-06T00:00:00Z"},
		// Midnight was skipped there.
		{"America/Sao_Paulo", day(2018, 11, 4), "2018-11-04T01:00:00-02:00"},
	} {
		zone, err := time.LoadLocation(row.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := row.day.In(zone).Format(time.RFC3339); got != row.want {
			t.Errorf("%s %v: got %s, want %s", row.zone, row.day, got, row.want)
		}
	}
}

func TestCivilDateOrder(t *testing.T) {
	d := day(2031, 12, 31)
	for days, want := range map[int]CivilDate{0: d, 1: day(2032, 1, 1), -1: day(2031, 12, 30), 60: day(2032, 2, 29)} {
		got := d.Add(days)
		if got != want {
			t.Errorf("%d days on: got %v, want %v", days, got, want)
		}
		if got.Before(d) != (days < 0) || d.Before(got) != (days > 0) {
			t.Errorf("%d days on: wrong order", days)
		}
	}
}

func TestParseTime(t *testing.T) {
	for value, want := range map[string]TimeOfDay{
		"00:00":   {},
		"18:30":   {Hour: 18, Minute: 30},
		" 23:59 ": {Hour: 23, Minute: 59},
		"MO":      {Hour: 6, Part: Morning, Lasts: 6 * time.Hour},
		"AF":      {Hour: 12, Part: Afternoon, Lasts: 5 * time.Hour},
		"EV":      {Hour: 17, Part: Evening, Lasts: 4 * time.Hour},
		"NI":      {Hour: 21, Part: Night, Lasts: 9 * time.Hour},
	} {
		got, err := ParseTime(value)
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", value, got, err, want)
		}
		if text := got.String(); text != strings.TrimSpace(value) {
			t.Errorf("%q: written as %q", value, text)
		}
	}
	for _, value := range []string{"", "?", "24:00", "18:60", "8:30", "18", "18:3", "18:30:00", "-1:30", "1８:30", "mo", "NOON", "18.30"} {
		if got, err := ParseTime(value); err == nil {
			t.Errorf("%q: got %v, want an error", value, got)
		}
	}
	var covered time.Duration
	for _, part := range dayParts {
		covered += part.Lasts
	}
	if covered != 24*time.Hour {
		t.Errorf("the parts of the day cover %s, want 24h", covered)
	}
}

func TestParseDuration(t *testing.T) {
	for value, want := range map[string]Duration{
		"PT10M":            {Clock: 10 * time.Minute},
		"PT4H":             {Clock: 4 * time.Hour},
		"PT90M":            {Clock: 90 * time.Minute},
		"P1D":              {Days: 1},
		"P8W":              {Weeks: 8},
		"P1M":              {Months: 1},
		"P2YT3H10M":        {Years: 2, Clock: 3*time.Hour + 10*time.Minute},
		"P1Y2M3W4DT5H6M7S": {Years: 1, Months: 2, Weeks: 3, Days: 4, Clock: 5*time.Hour + 6*time.Minute + 7*time.Second},
		"PT0.5S":           {Clock: 500 * time.Millisecond},
		"PT1.123456789S":   {Clock: 1123456789 * time.Nanosecond},
		"PT0S":             {},
		"P0D":              {},
		"PT007M":           {Clock: 7 * time.Minute},
		"P100Y":            {Years: 100},
		" PT1H ":           {Clock: time.Hour},
	} {
		got, err := ParseDuration(value)
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", value, got, err, want)
		}
		if again, err := ParseDuration(got.String()); err != nil || again != got {
			t.Errorf("%q: written as %q, read back as %v, %v", value, got, again, err)
		}
	}
	for _, value := range []string{
		"", "?", "P", "PT", "P1DT", "T1H", "1H", "PT1", "P1H", "PT1D", "P1M1Y", "PT1M1H", "P1D1D", "PT1M1M", "-PT1H", "PT-1H", "P-1D", "PT+1H",
		"P1.5D", "PT1.5H", "PT.5S", "PT1.S", "PT1.1234567890S", "PT1.-5S", "P101Y", "P99999Y", "PT9999999H", "PT99999999H", "PT99999999999999999999S",
		"P1YT", "PT1H ago", "pt1h", "P１D", "PT1HT1M",
	} {
		if got, err := ParseDuration(value); err == nil {
			t.Errorf("%q: got %v, want an error", value, got)
		}
	}
}

func TestDurationString(t *testing.T) {
	for want, d := range map[string]Duration{
		"PT0S": {}, "PT1H30M": {Clock: 90 * time.Minute}, "P1W": {Weeks: 1}, "P1DT0.25S": {Days: 1, Clock: 250 * time.Millisecond},
	} {
		if got := d.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestDurationAfter(t *testing.T) {
	vancouver, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		when, err := time.ParseInLocation("2006-01-02 15:04", text, vancouver)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, row := range []struct{ value, from, want string }{
		{"PT4H", "2031-05-06 22:00", "2031-05-07 02:00"},
		{"P1D", "2031-05-06 22:00", "2031-05-07 22:00"},
		// Clocks went forward on 2025-03-09 and back on 2025-11-02.
		{"P1D", "2025-03-08 12:00", "2025-03-09 12:00"},
		{"PT24H", "2025-03-08 12:00", "2025-03-09 13:00"},
		{"P1D", "2025-11-01 12:00", "2025-11-02 12:00"},
		{"PT24H", "2025-11-01 12:00", "2025-11-02 11:00"},
		{"P1M", "2031-01-31 09:00", "2031-02-28 09:00"},
		{"P1M", "2032-01-31 09:00", "2032-02-29 09:00"},
		{"P11M", "2031-03-31 09:00", "2032-02-29 09:00"},
		{"P1Y", "2032-02-29 09:00", "2033-02-28 09:00"},
		{"P13M", "2031-12-15 09:00", "2033-01-15 09:00"},
		{"P1M1D", "2031-01-31 09:00", "2031-03-01 09:00"},
		{"P2W", "2031-05-06 09:00", "2031-05-20 09:00"},
	} {
		d, err := ParseDuration(row.value)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.After(at(row.from)); !got.Equal(at(row.want)) {
			t.Errorf("%s after %s: got %s, want %s", row.value, row.from, got.Format("2006-01-02 15:04"), row.want)
		}
	}
}

func TestParseFourDigits(t *testing.T) {
	for value, want := range map[string]string{"4821": "4821", "0123": "0123", "0000": "0000", " 6045 ": "6045"} {
		if got, err := ParseFourDigits(value); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", value, got, err, want)
		}
	}
	for _, value := range []string{"", "?", "482", "48210", "4 821", "482a", "-482", "４８２１", "٤٨٢١"} {
		got, err := ParseFourDigits(value)
		if err == nil || got != "" {
			t.Errorf("%q: got %q, want an error", value, got)
		}
		if err != nil && value != "" && strings.Contains(err.Error(), value) {
			t.Errorf("%q is in its error: %v", value, err)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for value, want := range map[string]int{"5": 5, "0": 0, "007": 7, " 42 ": 42, "999999999": 999999999} {
		if got, err := ParseNumber(value); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", value, got, err, want)
		}
	}
	for _, value := range []string{"", "?", "-5", "+5", "2.5", "1e3", "1000000000", "five", "1 000", "５"} {
		if got, err := ParseNumber(value); err == nil {
			t.Errorf("%q: got %d, want an error", value, got)
		}
	}
}
