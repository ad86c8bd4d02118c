package access

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

func vancouver(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

const wall = "2006-01-02 15:04"

func TestWindow(t *testing.T) {
	zone := vancouver(t)
	const tuesday = "2031-05-06 14:00"
	for _, tc := range []struct {
		name, now  string
		said       spokenTime
		start, end string // empty start: now
		doubt      speech.Key
	}{
		{"nothing said", tuesday, spokenTime{}, "", "2031-05-06 18:00", ""},
		{"now", tuesday, spokenTime{Date: "PRESENT_REF"}, "", "2031-05-06 18:00", ""},
		{"until six", tuesday, spokenTime{Until: "18:00"}, "", "2031-05-06 18:00", ""},
		{"two hours", tuesday, spokenTime{Duration: "PT2H"}, "", "2031-05-06 16:00", ""},
		{"a whole day", tuesday, spokenTime{Duration: "P1D"}, "", "2031-05-07 14:00", ""},
		{"a day and a minute", tuesday, spokenTime{Duration: "P1DT1M"}, "", "", windowTooLong},
		{"a week", tuesday, spokenTime{Duration: "P1W"}, "", "", windowTooLong},
		{"a quarter of an hour", tuesday, spokenTime{Duration: "PT15M"}, "", "2031-05-06 14:15", ""},
		{"five minutes", tuesday, spokenTime{Duration: "PT5M"}, "", "", windowTooShort},
		{"from four", tuesday, spokenTime{From: "16:00"}, "2031-05-06 16:00", "2031-05-06 20:00", ""},
		{"from four until five", tuesday, spokenTime{From: "16:00", Until: "17:00"}, "2031-05-06 16:00", "2031-05-06 17:00", ""},
		{"from one until six, at two", tuesday, spokenTime{From: "13:00", Until: "18:00"}, "", "2031-05-06 18:00", ""},
		{"from one, at two", tuesday, spokenTime{From: "13:00"}, "2031-05-07 13:00", "2031-05-07 17:00", ""},
		{"from ten until two at night", tuesday, spokenTime{From: "22:00", Until: "02:00"}, "2031-05-06 22:00", "2031-05-07 02:00", ""},
		{"from four for an hour", tuesday, spokenTime{From: "16:00", Duration: "PT1H"}, "2031-05-06 16:00", "2031-05-06 17:00", ""},
		{"until one, said at two", tuesday, spokenTime{Until: "13:00"}, "", "", windowPast},
		{"until one, said at ten in the evening", "2031-05-06 22:00", spokenTime{Until: "01:00"}, "", "2031-05-07 01:00", ""},
		{"until now", tuesday, spokenTime{Until: "14:00"}, "", "", windowPast},
		{"today", tuesday, spokenTime{Date: "2031-05-06"}, "", "2031-05-06 20:00", ""},
		{"today, said late", "2031-05-06 19:50", spokenTime{Date: "2031-05-06"}, "", "2031-05-06 23:50", ""},
		{"today until one, at two", tuesday, spokenTime{Date: "2031-05-06", Until: "13:00"}, "", "", windowPast},
		{"today from one until half past", tuesday, spokenTime{Date: "2031-05-06", From: "13:00", Until: "13:30"}, "", "", windowPast},
		{"today from one, at two", tuesday, spokenTime{Date: "2031-05-06", From: "13:00"}, "", "2031-05-06 17:00", ""},
		{"today from one for two hours, at two", tuesday, spokenTime{Date: "2031-05-06", From: "13:00", Duration: "PT2H"}, "", "2031-05-06 15:00", ""},
		{"tomorrow", tuesday, spokenTime{Date: "2031-05-07"}, "2031-05-07 08:00", "2031-05-07 20:00", ""},
		{"tomorrow until seven in the morning", tuesday, spokenTime{Date: "2031-05-07", Until: "07:00"}, "2031-05-07 00:00", "2031-05-07 07:00", ""},
		{"tomorrow until noon", tuesday, spokenTime{Date: "2031-05-07", Until: "12:00"}, "2031-05-07 08:00", "2031-05-07 12:00", ""},
		{"tomorrow for two hours", tuesday, spokenTime{Date: "2031-05-07", Duration: "PT2H"}, "2031-05-07 08:00", "2031-05-07 10:00", ""},
		{"tomorrow from two until four", tuesday, spokenTime{Date: "2031-05-07", From: "14:00", Until: "16:00"}, "2031-05-07 14:00", "2031-05-07 16:00", ""},
		{"tomorrow afternoon", tuesday, spokenTime{Date: "2031-05-07", From: "AF"}, "2031-05-07 12:00", "2031-05-07 17:00", ""},
		{"tomorrow morning", tuesday, spokenTime{Date: "2031-05-07", From: "MO"}, "2031-05-07 06:00", "2031-05-07 12:00", ""},
		{"this afternoon, said in it", tuesday, spokenTime{From: "AF"}, "", "2031-05-06 17:00", ""},
		{"this evening", tuesday, spokenTime{From: "EV"}, "2031-05-06 17:00", "2031-05-06 21:00", ""},
		{"tonight", tuesday, spokenTime{From: "NI"}, "2031-05-06 21:00", "2031-05-07 06:00", ""},
		{"until this evening", tuesday, spokenTime{Until: "EV"}, "", "2031-05-06 17:00", ""},
		{"until tonight, said tonight", "2031-05-06 22:00", spokenTime{Until: "NI"}, "", "2031-05-07 06:00", ""},
		{"yesterday", tuesday, spokenTime{Date: "2031-05-05"}, "", "", windowPast},
		{"this week", tuesday, spokenTime{Date: "2031-W19"}, "", "", windowTooLong},
		{"the weekend", tuesday, spokenTime{Date: "2031-W19-WE"}, "", "", windowTooLong},
		{"May", tuesday, spokenTime{Date: "2031-05"}, "", "", windowTooLong},
		{"summer", tuesday, spokenTime{Date: "2031-SU"}, "", "", windowTooLong},
		{"in two weeks", tuesday, spokenTime{Date: "2031-05-20"}, "2031-05-20 08:00", "2031-05-20 20:00", ""},
		{"in three weeks", tuesday, spokenTime{Date: "2031-05-27"}, "", "", windowTooFar},
		{"a hundred years", tuesday, spokenTime{Duration: "P100Y"}, "", "", windowTooLong},
		{"nonsense date", tuesday, spokenTime{Date: "?"}, "", "", windowUnclear},
		{"nonsense time", tuesday, spokenTime{Until: "?"}, "", "", windowUnclear},
		{"nonsense length", tuesday, spokenTime{Duration: "soon"}, "", "", windowUnclear},
		{"an end and a length", tuesday, spokenTime{Until: "18:00", Duration: "PT2H"}, "", "", windowUnclear},
		// 2025-03-09, 02:00 did not exist in Vancouver.
		{"four hours over the gap", "2025-03-08 23:30", spokenTime{}, "", "2025-03-09 04:30", ""},
		{"until half past two in the gap", "2025-03-08 23:30", spokenTime{Until: "02:30"}, "", "2025-03-09 03:30", ""},
		// 2025-11-02, 01:00 to 02:00 happened twice.
		{"until the first of two", "2025-11-01 23:00", spokenTime{Until: "01:30"}, "", "2025-11-02 01:30", ""},
		{"three hours into the second", "2025-11-01 23:00", spokenTime{Duration: "PT3H"}, "", "2025-11-02 01:00", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now, err := time.ParseInLocation(wall, tc.now, zone)
			if err != nil {
				t.Fatal(err)
			}
			w, doubt := tc.said.window(now.UTC(), zone)
			if tc.doubt != "" {
				if doubt == nil || doubt.Say.Key != tc.doubt {
					t.Fatalf("doubt %+v, want %s (window %s to %s)", doubt, tc.doubt, w.Start.In(zone), w.End.In(zone))
				}
				return
			}
			if doubt != nil {
				t.Fatalf("doubt %v", doubt)
			}
			if tc.start == "" {
				tc.start = tc.now
			}
			if got := w.Start.In(zone).Format(wall); got != tc.start {
				t.Errorf("starts %s, want %s", got, tc.start)
			}
			if got := w.End.In(zone).Format(wall); got != tc.end {
				t.Errorf("ends %s, want %s", got, tc.end)
			}
		})
	}
}

func TestTheFirstOfTwoHalfPastOnes(t *testing.T) {
	zone := vancouver(t)
	now := time.Date(2025, 11, 1, 23, 0, 0, 0, zone)
	w, _ := spokenTime{Until: "01:30"}.window(now, zone)
	if got := w.End.Sub(now); got != 150*time.Minute {
		t.Errorf("the window lasts %s, want the shorter reading, 2h30m", got)
	}
}

// Whatever is said, a window that comes out of it lies within the limits and has not passed.
func TestWindowLimitsHold(t *testing.T) {
	zone := vancouver(t)
	dates := rapid.SampledFrom([]string{"", "PRESENT_REF", "2025-03-08", "2025-03-09", "2025-03-10", "2025-W10", "202X", "?"})
	times := rapid.SampledFrom([]string{"", "00:00", "01:30", "02:30", "07:45", "12:00", "18:00", "23:59", "MO", "AF", "EV", "NI", "?"})
	lengths := rapid.SampledFrom([]string{"", "PT1M", "PT15M", "PT2H", "P1D", "P2D", "P1M", "?"})
	begin := time.Date(2025, 3, 8, 0, 0, 0, 0, zone)
	rapid.Check(t, func(t *rapid.T) {
		now := begin.Add(time.Duration(rapid.IntRange(0, 3*24*60*60).Draw(t, "seconds")) * time.Second)
		said := spokenTime{Date: dates.Draw(t, "date"), From: times.Draw(t, "from"), Until: times.Draw(t, "until"), Duration: lengths.Draw(t, "length")}
		w, doubt := said.window(now, zone)
		if doubt != nil {
			return
		}
		if length := w.End.Sub(w.Start); length < shortestWindow || length > longestWindow {
			t.Fatalf("%+v at %s: %s long", said, now, length)
		}
		if !w.End.After(now) || w.Start.Before(now.Add(-time.Second)) {
			t.Fatalf("%+v at %s: %s to %s", said, now, w.Start, w.End)
		}
	})
}

func TestNewWordsReplaceOldOnes(t *testing.T) {
	slot := func(v string) skill.Slot { return skill.Slot{Value: v} }
	said := spokenTime{Date: "2031-05-07", From: "14:00", Duration: "PT2H"}.
		with(skill.Slots{"until": slot("18:00"), "from": {}, "carrier": slot("ups")})
	if want := (spokenTime{Date: "2031-05-07", From: "14:00", Until: "18:00"}); said != want {
		t.Errorf("got %+v, want %+v", said, want)
	}
}
