package health

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

var golf = vehicle.Vehicle{ID: "veh_golf", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.TireStatus}}

func seen[T any](value T, age time.Duration) vehicle.Reading[T] {
	return vehicle.Reading[T]{Value: value, ObservedAt: groundtest.Tuesday().Add(-age)}
}

func numeric(w vehicle.Wheel, kPa vehicle.Kilopascals, age time.Duration) vehicle.Tire {
	return vehicle.Tire{Wheel: w, Pressure: seen(kPa, age), Recommended: 248, Status: vehicle.Reading[vehicle.TireState]{Missing: vehicle.NotSupported}}
}

func status(w vehicle.Wheel, s vehicle.TireState) vehicle.Tire {
	return vehicle.Tire{Wheel: w, Pressure: vehicle.Reading[vehicle.Kilopascals]{Missing: vehicle.NotSupported}, Status: seen(s, 0)}
}

func missing(w vehicle.Wheel, why vehicle.MissingReason) vehicle.Tire {
	return vehicle.Tire{Wheel: w, Pressure: vehicle.Reading[vehicle.Kilopascals]{Missing: why}, Status: vehicle.Reading[vehicle.TireState]{Missing: why}}
}

func TestTireReport(t *testing.T) {
	const fl, fr, rl, rr = vehicle.FrontLeft, vehicle.FrontRight, vehicle.RearLeft, vehicle.RearRight
	noPlacard := func(w vehicle.Wheel) vehicle.Tire { x := numeric(w, 240, 0); x.Recommended = 0; return x }
	for _, tc := range []struct {
		name  string
		wheel vehicle.Wheel
		tires []vehicle.Tire
		want  string
	}{
		{"all the same", "", []vehicle.Tire{numeric(fl, 248, 0), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_at"},
		{"all fine", "", []vehicle.Tire{numeric(fl, 248, 0), numeric(fr, 230, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_between"},
		{"one low", "", []vehicle.Tire{numeric(fl, 200, 0), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.low; say tires.rest_fine"},
		{"low and critical", "", []vehicle.Tire{numeric(fl, 200, 0), numeric(fr, 248, 0), numeric(rl, 100, 0), numeric(rr, 248, 0)}, "say tires.critical; say tires.low_too; say tires.check_first; say tires.rest_fine"},
		{"low, one unknown", "", []vehicle.Tire{numeric(fl, 200, 0), numeric(fr, 248, 0), numeric(rl, 248, 0)}, "say tires.low; say tires.missing; say tires.rest_fine"},
		{"fine, one sensor dead", "", []vehicle.Tire{numeric(fl, 248, 0), numeric(fr, 248, 0), numeric(rl, 248, 0), missing(rr, vehicle.SensorFault)}, "say tires.fault; say tires.rest_fine"},
		{"no placard", "", []vehicle.Tire{noPlacard(fl), noPlacard(fr), noPlacard(rl), noPlacard(rr)}, "say tires.unjudged"},
		{"words only", "", []vehicle.Tire{status(fl, vehicle.TireFine), status(fr, vehicle.TireFine), status(rl, vehicle.TireFine), status(rr, vehicle.TireFine)}, "say tires.fine_status"},
		{"words only, low", "", []vehicle.Tire{status(fl, vehicle.TireLow), status(fr, vehicle.TireFine), status(rl, vehicle.TireCritical), status(rr, vehicle.TireFine)},
			"say tires.critical_status; say tires.low_too_status; say tires.check_first; say tires.rest_fine"},
		{"nothing at all", "", nil, "say tires.not_reported"},
		{"all missing", "", []vehicle.Tire{missing(fl, vehicle.NotReported)}, "say tires.not_reported"},
		{"old", "", []vehicle.Tire{numeric(fl, 248, 11*time.Minute), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_at; say car.as_of"},
		{"not yet old", "", []vehicle.Tire{numeric(fl, 248, 10*time.Minute), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_at"},
		{"from the future", "", []vehicle.Tire{numeric(fl, 248, -time.Minute), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_at"},
		{"one wheel", rr, []vehicle.Tire{numeric(fl, 200, 0), numeric(rr, 248, 0)}, "say tires.wheel_fine"},
		{"one low wheel", fl, []vehicle.Tire{numeric(fl, 200, 0), numeric(rr, 248, 0)}, "say tires.low"},
		{"one wheel in words", fl, []vehicle.Tire{status(fl, vehicle.TireFine)}, "say tires.wheel_fine_status"},
		{"one wheel, another dangerous", rr, []vehicle.Tire{numeric(fl, 100, 0), numeric(rr, 248, 0)}, "say tires.wheel_fine; say tires.critical; say tires.check_first"},
		{"a low wheel, another dangerous", rr, []vehicle.Tire{numeric(fl, 100, 0), numeric(rr, 200, 0)}, "say tires.low; say tires.critical; say tires.check_first"},
		{"one wheel without placard", rr, []vehicle.Tire{noPlacard(rr)}, "say tires.wheel_unjudged"},
		{"one wheel missing", rr, []vehicle.Tire{numeric(fl, 248, 0)}, "say tires.wheel_missing"},
		{"one wheel's sensor dead", rr, []vehicle.Tire{missing(rr, vehicle.SensorFault)}, "say tires.fault"},
		{"one wheel, another one old", rr, []vehicle.Tire{numeric(fl, 248, time.Hour), numeric(rr, 248, 0)}, "say tires.wheel_fine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := ground.At{Car: golf, Detail: string(tc.wheel), Facts: ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC, Pressure: speech.PSI}}
			acts := tellTires(vehicle.Diagnosis{Vehicle: "veh_golf", Tires: tc.tires}, at)
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func TestTiresOfAnotherCarOrOfNone(t *testing.T) {
	bare := vehicle.Vehicle{ID: "veh_bare", Name: "Bare"}
	for _, tc := range []struct {
		car  vehicle.Vehicle
		of   vehicle.ID
		want string
	}{{golf, "veh_foreign", "say skill.sorry"}, {bare, "veh_bare", "say tires.unsupported"}} {
		if got := groundtest.Written(tellTires(vehicle.Diagnosis{Vehicle: tc.of}, ground.At{Car: tc.car})); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.of, got, tc.want)
		}
	}
}

func TestTheWheelThatIsAskedAbout(t *testing.T) {
	for value, want := range map[string]string{"": "", "spare": "say tires.wheel_which"} {
		wheel, doubt := tiresWheel(groundtest.Slots("wheel", value))
		if got := groundtest.Written(doubt); got != want || wheel != "" {
			t.Errorf("%q: %s, %q", value, got, wheel)
		}
	}
}
