package health

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestTheDaysThatAreAskedAbout(t *testing.T) {
	for _, tc := range []struct{ date, want, doubt string }{
		{"", "", ""},
		{"2031-05-05", "2031-05-05", ""},
		{"2031-W18", "2031-W18", ""},
		{"2031-03", "2031-03", ""},
		{"PRESENT_REF", "PRESENT_REF", ""},
		{"2031", "", "say trips.too_long"},
		{"203X", "", "say trips.too_long"},
		{"2031-SU", "", "say trips.too_long"},
		{"2031-02-30", "", "say trips.which_days"},
		{"the other day", "", "say trips.which_days"},
	} {
		days, doubt := tripsDays(groundtest.Slots("date", tc.date))
		if got := groundtest.Written(doubt); days != tc.want || got != tc.doubt {
			t.Errorf("%q: %q, %q, want %q, %q", tc.date, days, got, tc.want, tc.doubt)
		}
	}
}

func TestSpanOf(t *testing.T) {
	vancouver, berlin := zone(t, "America/Vancouver"), zone(t, "Europe/Berlin")
	tuesday := groundtest.Tuesday().In(vancouver) // 2031-05-06 14:00
	november := time.Date(2031, 11, 9, 12, 0, 0, 0, berlin)
	day := func(at string, now time.Time) speech.Day {
		from, err := time.ParseInLocation(time.DateOnly, at, now.Location())
		if err != nil {
			t.Fatal(err)
		}
		return speech.Day{At: from, Now: now}
	}
	phrase := func(k speech.Key) speech.Phrase { return speech.Phrase{Key: k} }
	for _, tc := range []struct {
		name, date string
		now        time.Time
		from, to   string
		words      speech.Arg
	}{
		{"today", "2031-05-06", tuesday, "2031-05-06 00:00", "2031-05-06 14:00", day("2031-05-06", tuesday)},
		{"right now", "PRESENT_REF", tuesday, "2031-05-06 00:00", "2031-05-06 14:00", day("2031-05-06", tuesday)},
		{"yesterday", "2031-05-05", tuesday, "2031-05-05 00:00", "2031-05-06 00:00", day("2031-05-05", tuesday)},
		{"friday is last friday", "2031-05-09", tuesday, "2031-05-02 00:00", "2031-05-03 00:00", day("2031-05-02", tuesday)},
		{"may second, heard as the coming one", "2032-05-02", tuesday, "2031-05-02 00:00", "2031-05-03 00:00", day("2031-05-02", tuesday)},
		{"this week", "2031-W19", tuesday, "2031-05-05 00:00", "2031-05-06 14:00", phrase(spanThisWeek)},
		{"last week", "2031-W18", tuesday, "2031-04-28 00:00", "2031-05-05 00:00", phrase(spanLastWeek)},
		{"last weekend", "2031-W18-WE", tuesday, "2031-05-03 00:00", "2031-05-05 00:00", phrase(spanWeekend)},
		{"this month", "2031-05", tuesday, "2031-05-01 00:00", "2031-05-06 14:00", phrase(spanThisMonth)},
		{"last month", "2031-04", tuesday, "2031-04-01 00:00", "2031-05-01 00:00", phrase(spanLastMonth)},
		{"a week in winter", "2031-W02", tuesday, "2031-01-06 00:00", "2031-01-13 00:00", phrase(spanOther)},
		{"the day clocks go forward", "2031-03-09", tuesday, "2031-03-09 00:00", "2031-03-10 00:00", day("2031-03-09", tuesday)},
		{"a month of 31 days and an hour", "2031-10", november, "2031-10-01 01:00", "2031-11-01 00:00", phrase(spanLastMonth)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			date, err := skill.ParseDate(tc.date)
			if err != nil {
				t.Fatal(err)
			}
			s := spanOf(date, tc.now)
			const form = "2006-01-02 15:04"
			if from, to := s.from.Format(form), s.to.Format(form); from != tc.from || to != tc.to || s.future {
				t.Errorf("[%s, %s), future %t, want [%s, %s)", from, to, s.future, tc.from, tc.to)
			}
			if !reflect.DeepEqual(s.words, tc.words) {
				t.Errorf("is called %+v, want %+v", s.words, tc.words)
			}
			if length := s.to.Sub(s.from); length > maxSpanDays*24*time.Hour {
				t.Errorf("%s is more than a cloud lists", length)
			}
		})
	}
}

// tripsCloud remembers what it was asked.
type tripsCloud struct {
	ground.Cars
	list  []vehicle.Trip
	asked [][2]time.Time
}

func (c *tripsCloud) Trips(_ context.Context, _ vehicle.Token, _ vehicle.ID, from, to time.Time) ([]vehicle.Trip, error) {
	c.asked = append(c.asked, [2]time.Time{from, to})
	return c.list, nil
}

func TestReadDrives(t *testing.T) {
	for _, tc := range []struct {
		detail string
		calls  int
		want   string
	}{
		{"", 1, "say trips.some; say trips.fuel"},
		{"2031-05-05", 1, "say trips.some; say trips.fuel"},
		{"no date at all", 1, "say trips.some; say trips.fuel"},
		{"2031-W20", 0, "say trips.to_come"},
		{"2031-06", 0, "say trips.to_come"},
	} {
		cloud := &tripsCloud{list: []vehicle.Trip{drove(time.Hour, 12, 1)}}
		at := looked(vehicle.Petrol)
		at.Detail = tc.detail
		result, err := readDrives(t.Context(), ground.Deps{Cars: cloud}, "token", at)
		if err != nil {
			t.Fatal(err)
		}
		if got := groundtest.Written(tellTrips(result, at)); got != tc.want || len(cloud.asked) != tc.calls {
			t.Errorf("%q: %s after %d calls, want %s after %d", tc.detail, got, len(cloud.asked), tc.want, tc.calls)
		}
	}
}

// drove is a trip of half an hour that ended so long ago.
func drove(ago time.Duration, km vehicle.Kilometers, fuel vehicle.Liters) vehicle.Trip {
	end := groundtest.Tuesday().Add(-ago)
	return vehicle.Trip{
		ID: "trp_" + ago.String(), Start: end.Add(-30 * time.Minute), End: end, Distance: seen(km, ago), Fuel: seen(fuel, ago),
		Energy: without[vehicle.KilowattHours](vehicle.NotSupported),
	}
}

// drawing is the trip as an electric car makes it, or a hybrid.
func drawing(t vehicle.Trip, kWh vehicle.KilowattHours, burns bool) vehicle.Trip {
	t.Energy = seen(kWh, 0)
	if !burns {
		t.Fuel = without[vehicle.Liters](vehicle.NotSupported)
	}
	return t
}

func unmeasured(t vehicle.Trip) vehicle.Trip {
	t.Fuel = without[vehicle.Liters](vehicle.NotReported)
	return t
}

func nowhere(t vehicle.Trip) vehicle.Trip {
	t.Distance = without[vehicle.Kilometers](vehicle.NotReported)
	return t
}

func TestTripsReport(t *testing.T) {
	one, two := drove(time.Hour, 12, 1), drove(2*time.Hour, 8, 0.6)
	for _, tc := range []struct {
		name  string
		trips []vehicle.Trip
		want  string
	}{
		{"none", nil, "say trips.none"},
		{"two", []vehicle.Trip{one, two}, "say trips.some; say trips.fuel"},
		{"electric", []vehicle.Trip{drawing(one, 2, false)}, "say trips.some; say trips.energy"},
		{"hybrid", []vehicle.Trip{drawing(one, 2, true)}, "say trips.some; say trips.fuel_and_energy"},
		{"fuel of one is missing", []vehicle.Trip{one, unmeasured(two)}, "say trips.some; say trips.unmeasured"},
		{"distance of one is missing", []vehicle.Trip{one, nowhere(two)}, "say trips.no_distance; say trips.fuel"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acts := tellTrips(drives{span: span{words: speech.Phrase{Key: spanThisWeek}}, trips: tc.trips}, looked(vehicle.Petrol))
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func TestTripsAddUp(t *testing.T) {
	backwards := drove(3*time.Hour, 0, 0)
	backwards.Start = backwards.End.Add(time.Hour)
	got := add([]vehicle.Trip{drove(time.Hour, 12, 1), unmeasured(drove(2*time.Hour, 8, 99)), backwards})
	want := total{time: time.Hour, distance: 20, fuel: 1, withDistance: 3, withFuel: 2}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Whatever is heard, a cloud is never asked for more than it lists, and never for the future.
func FuzzSpanOf(f *testing.F) {
	for _, date := range []string{"2031-05-06", "2031-05-09", "2032-02-29", "2031-W18-WE", "2031-10", "2031", "PRESENT_REF"} {
		f.Add(date, groundtest.Tuesday().Unix(), "America/Vancouver")
	}
	f.Add("2031-10", time.Date(2031, 10, 31, 23, 30, 0, 0, time.UTC).Unix(), "Europe/Berlin")
	f.Fuzz(func(t *testing.T, said string, unix int64, name string) {
		date, err := skill.ParseDate(said)
		where, zoneErr := time.LoadLocation(name)
		if err != nil || zoneErr != nil || unix < 0 || unix > 1<<33 {
			return
		}
		now := time.Unix(unix, 0).In(where)
		switch s := spanOf(date, now); {
		case s.to.After(now):
			t.Errorf("%s at %s ends in the future, at %s", said, now, s.to)
		case s.to.Sub(s.from) > maxSpanDays*24*time.Hour:
			t.Errorf("%s at %s is [%s, %s), too long", said, now, s.from, s.to)
		case s.words == nil:
			t.Errorf("%s at %s has no name", said, now)
		case s.future && s.from.Before(s.to):
			t.Errorf("%s at %s lies ahead and would be asked for", said, now)
		}
	})
}
