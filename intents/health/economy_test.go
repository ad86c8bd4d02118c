package health

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestThePeriodThatIsAskedAbout(t *testing.T) {
	if period, doubt := economyPeriod(skill.Slots{}); period != defaultPeriod || doubt != nil {
		t.Errorf("nothing said: %q, %v", period, doubt)
	}
	if period, doubt := economyPeriod(groundtest.Slots("period", "last century")); period != "" || groundtest.Written(doubt) != "say economy.which_period" {
		t.Errorf("last century: %q, %s", period, groundtest.Written(doubt))
	}
}

func TestReadEconomy(t *testing.T) {
	for _, tc := range []struct {
		period, from string
		trips        int
	}{
		{"today", "2031-05-06", 2},
		{"this_week", "2031-05-05", 2},
		{"this_month", "2031-05-01", 2},
		{lastTrip, "2031-04-06", 1},
	} {
		cloud := &tripsCloud{list: []vehicle.Trip{drove(time.Hour, 12, 1), drove(2*time.Hour, 8, 1)}}
		at := looked(vehicle.Petrol)
		at.Facts.Zone, at.Detail = zone(t, "America/Vancouver"), tc.period
		result, err := readEconomy(t.Context(), ground.Deps{Cars: cloud}, "token", at)
		if err != nil || len(cloud.asked) != 1 || len(result.trips) != tc.trips {
			t.Fatalf("%s: %d trips after %d calls, %v", tc.period, len(result.trips), len(cloud.asked), err)
		}
		asked := cloud.asked[0]
		if from := at.Facts.Here(asked[0]).Format(time.DateOnly); from != tc.from || !asked[1].Equal(at.Facts.Now) {
			t.Errorf("%s: asked for %s, want from %s until now", tc.period, asked, tc.from)
		}
	}
}

func TestEconomyReport(t *testing.T) {
	const petrol, electric, hybrid = vehicle.Petrol, vehicle.Electric, vehicle.Hybrid
	one, two := drove(time.Hour, 12, 1), drove(2*time.Hour, 8, 0.6)
	for _, tc := range []struct {
		name   string
		moves  vehicle.Powertrain
		period string
		trips  []vehicle.Trip
		want   string
	}{
		{"petrol", petrol, "this_week", []vehicle.Trip{one, two}, "say economy.average"},
		{"electric", electric, "this_week", []vehicle.Trip{drawing(one, 2, false)}, "say economy.average"},
		{"hybrid", hybrid, "this_week", []vehicle.Trip{drawing(one, 2, true)}, "say economy.both"},
		{"hybrid on its battery", hybrid, "this_week", []vehicle.Trip{drawing(drove(time.Hour, 12, 0), 2, true)}, "say economy.average"},
		{"hybrid that counts no electricity", hybrid, "this_week", []vehicle.Trip{one}, "say economy.average"},
		{"hybrid that counts it sometimes", hybrid, "this_week", []vehicle.Trip{drawing(one, 2, true), two}, "say economy.both; say economy.left_out"},
		{"unheard-of", "steam", "this_week", []vehicle.Trip{one}, "say economy.average"},
		{"no trip", petrol, "this_week", nil, "say economy.no_trips"},
		{"no trip at all", petrol, lastTrip, nil, "say economy.no_last_trip"},
		{"last trip", petrol, lastTrip, []vehicle.Trip{one}, "say economy.average; say car.as_of"},
		{"last trip without fuel", petrol, lastTrip, []vehicle.Trip{unmeasured(one)}, "say economy.no_fuel; say car.as_of"},
		{"one trip without fuel", petrol, "this_week", []vehicle.Trip{one, unmeasured(two)}, "say economy.average; say economy.left_out"},
		{"one trip without distance", petrol, "this_week", []vehicle.Trip{nowhere(one), two}, "say economy.average; say economy.left_out"},
		{"no fuel", petrol, "this_week", []vehicle.Trip{unmeasured(one)}, "say economy.no_fuel"},
		{"no energy", electric, "this_week", []vehicle.Trip{one}, "say economy.no_energy"},
		{"no distance", petrol, "this_week", []vehicle.Trip{nowhere(one)}, "say economy.no_distance"},
		{"fuel and distance of different trips", petrol, "this_week", []vehicle.Trip{nowhere(one), unmeasured(two)}, "say economy.no_fuel"},
		{"moved by nothing", petrol, "this_week", []vehicle.Trip{drove(time.Hour, 12, 0)}, "say economy.no_fuel"},
		{"round the corner", petrol, "this_week", []vehicle.Trip{drove(time.Hour, 0.4, 0.1)}, "say economy.too_short"},
		{"standing still", petrol, "this_week", []vehicle.Trip{drove(time.Hour, 0, 0.1)}, "say economy.too_short"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := looked(tc.moves)
			at.Detail = tc.period
			acts := tellEconomy(drives{span: span{words: speech.Phrase{Key: spanThisWeek}}, trips: tc.trips}, at)
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

// The average of a span is its fuel over its distance, not the average of its trips' averages.
func TestTheAverageIsWeighted(t *testing.T) {
	at := looked(vehicle.Petrol)
	acts := tellEconomy(drives{trips: []vehicle.Trip{drove(time.Hour, 190, 10), drove(2*time.Hour, 10, 4), unmeasured(drove(3*time.Hour, 500, 0))}}, at)
	said, ok := acts[0].(skill.Say)
	want := speech.FuelEconomy{Liters: 14, Kilometers: 200, Unit: speech.Miles}
	if !ok || said.Args["economy"] != want {
		t.Errorf("said %+v, want %+v", said.Args["economy"], want)
	}
	if distance := (speech.Distance{Kilometers: 200, Unit: speech.Miles}); said.Args["distance"] != distance {
		t.Errorf("over %+v, want %+v", said.Args["distance"], distance)
	}
}
