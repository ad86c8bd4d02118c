package health

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// looked is a look at a car of one powertrain on the Tuesday of the tests.
func looked(p vehicle.Powertrain) ground.At {
	car := golf
	car.Powertrain = p
	return ground.At{Car: car, Facts: ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC, Distance: speech.Miles}}
}

func without[T any](why vehicle.MissingReason) vehicle.Reading[T] {
	return vehicle.Reading[T]{Missing: why}
}

func left(level vehicle.Percent, km vehicle.Kilometers) vehicle.Energy {
	return vehicle.Energy{Level: seen(level, 0), Range: seen(km, 0)}
}

func TestIsLow(t *testing.T) {
	unknown := vehicle.Energy{}
	for _, tc := range []struct {
		name string
		e    vehicle.Energy
		want bool
	}{
		{"plenty", left(60, 400), false},
		{"fifty kilometers", left(60, 50), false},
		{"less", left(60, 49.9), true},
		{"a small tank with a long way to go", left(10, 120), false},
		{"no range, half full", vehicle.Energy{Level: seen[vehicle.Percent](50, 0)}, false},
		{"no range, at the mark", vehicle.Energy{Level: seen[vehicle.Percent](15, 0)}, false},
		{"no range, under the mark", vehicle.Energy{Level: seen[vehicle.Percent](14, 0)}, true},
		{"nothing known", unknown, false},
	} {
		if got := isLow(tc.e); got != tc.want {
			t.Errorf("%s: low %t, want %t", tc.name, got, tc.want)
		}
	}
}

func TestEnergyReport(t *testing.T) {
	charge := func(e vehicle.Energy, s vehicle.ChargingState) vehicle.Charge {
		return vehicle.Charge{Energy: e, State: seen(s, 0)}
	}
	noLevel := func(why vehicle.MissingReason) vehicle.Energy {
		return vehicle.Energy{Level: without[vehicle.Percent](why), Range: without[vehicle.Kilometers](why)}
	}
	levelOnly := func(why vehicle.MissingReason, level vehicle.Percent) vehicle.Energy {
		return vehicle.Energy{Level: seen(level, 0), Range: without[vehicle.Kilometers](why)}
	}
	rangeOnly := func(km vehicle.Kilometers) vehicle.Energy {
		return vehicle.Energy{Level: without[vehicle.Percent](vehicle.SensorFault), Range: seen(km, 0)}
	}
	const petrol, electric, hybrid = vehicle.Petrol, vehicle.Electric, vehicle.Hybrid
	for _, tc := range []struct {
		name   string
		moves  vehicle.Powertrain
		fuel   vehicle.Energy
		charge vehicle.Charge
		want   string
	}{
		{"petrol", petrol, left(60, 400), vehicle.Charge{}, "say fuel.level_range"},
		{"diesel", vehicle.Diesel, left(60, 400), vehicle.Charge{}, "say fuel.level_range"},
		{"petrol, low", petrol, left(8, 40), vehicle.Charge{}, "say fuel.low_level_range"},
		{"no range yet", petrol, levelOnly(vehicle.NotReported, 60), vehicle.Charge{}, "say fuel.level; say range.unknown"},
		{"no range ever", petrol, levelOnly(vehicle.NotSupported, 9), vehicle.Charge{}, "say fuel.low_level; say range.unsupported"},
		{"range alone", petrol, rangeOnly(300), vehicle.Charge{}, "say fuel.range"},
		{"range alone, low", petrol, rangeOnly(30), vehicle.Charge{}, "say fuel.low_range"},
		{"petrol says nothing", petrol, vehicle.Energy{}, vehicle.Charge{}, "say fuel.not_reported"},
		{"petrol cannot", petrol, noLevel(vehicle.NotSupported), vehicle.Charge{}, "say fuel.unsupported"},
		{"petrol sensor broken", petrol, noLevel(vehicle.SensorFault), vehicle.Charge{}, "say fuel.fault"},
		{"petrol is never charged", petrol, left(60, 400), charge(left(60, 400), vehicle.Charging), "say fuel.level_range"},
		{"electric", electric, left(60, 400), charge(left(71, 290), vehicle.NotPluggedIn), "say charge.level_range; say charge.unplugged"},
		{"electric, low, charging", electric, vehicle.Energy{}, charge(left(9, 35), vehicle.Charging), "say charge.low_level_range; say charge.charging"},
		{"electric, full", electric, vehicle.Energy{}, charge(left(100, 400), vehicle.ChargeFull), "say charge.level_range; say charge.full"},
		{"electric, waiting", electric, vehicle.Energy{}, charge(left(50, 200), vehicle.PluggedIn), "say charge.level_range; say charge.plugged_in"},
		{"electric, charger broken", electric, vehicle.Energy{}, charge(left(50, 200), vehicle.ChargeFault), "say charge.level_range; say charge.fault_at_charger"},
		{"electric, a state that is new to us", electric, vehicle.Energy{}, charge(left(50, 200), "v2g"), "say charge.level_range; say plug.not_reported"},
		{"electric says nothing", electric, vehicle.Energy{}, vehicle.Charge{}, "say charge.not_reported; say plug.not_reported"},
		{"electric, no plug sensor", electric, vehicle.Energy{}, vehicle.Charge{Energy: left(50, 200), State: without[vehicle.ChargingState](vehicle.NotSupported)}, "say charge.level_range; say plug.unsupported"},
		{"hybrid", hybrid, left(60, 400), charge(left(80, 60), vehicle.ChargeFull), "say fuel.level_range; say charge.level_range; say charge.full"},
		{"hybrid, charge low", hybrid, left(60, 400), charge(left(5, 3), vehicle.NotPluggedIn), "say charge.low_level_range; say charge.unplugged; say fuel.level_range"},
		{"hybrid, as full as it gets", hybrid, left(60, 400), charge(left(99, 40), vehicle.ChargeFull), "say fuel.level_range; say charge.level_range; say charge.full"},
		{"hybrid, both low", hybrid, left(6, 40), charge(left(5, 3), vehicle.NotPluggedIn), "say fuel.low_level_range; say charge.low_level_range; say charge.unplugged"},
		{"hybrid without a plug", hybrid, left(60, 400), vehicle.Charge{}, "say fuel.level_range"},
		{"unheard-of, with fuel", "steam", left(60, 400), vehicle.Charge{}, "say fuel.level_range"},
		{"unheard-of", "", vehicle.Energy{}, vehicle.Charge{}, "say energy.unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acts := tellEnergy(vehicle.Diagnosis{Vehicle: "veh_golf", Fuel: tc.fuel, Charge: tc.charge}, looked(tc.moves))
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

// The age that is told is that of the oldest reading that is told.
func TestTheAgeOfFuel(t *testing.T) {
	for _, tc := range []struct {
		level, distance time.Duration
		want            string
	}{
		{0, 0, "say fuel.level_range"},
		{9 * time.Minute, 10 * time.Minute, "say fuel.level_range"},
		{0, time.Hour, "say fuel.level_range; say car.as_of"},
		{time.Hour, 0, "say fuel.level_range; say car.as_of"},
	} {
		e := vehicle.Energy{Level: seen[vehicle.Percent](60, tc.level), Range: seen[vehicle.Kilometers](400, tc.distance)}
		if got := groundtest.Written(tellEnergy(vehicle.Diagnosis{Vehicle: "veh_golf", Fuel: e}, looked(vehicle.Petrol))); got != tc.want {
			t.Errorf("%s and %s old: %s, want %s", tc.level, tc.distance, got, tc.want)
		}
	}
}
