package intents

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func tireFacts() tiresFacts {
	return tiresFacts{Now: tuesday(), Zone: time.UTC, Cars: []vehicle.Vehicle{bolt, golf, outback, {ID: "veh_bare", Name: "Bare"}}, Preferred: "veh_golf", Unit: speech.PSI}
}

func seen[T any](value T, age time.Duration) vehicle.Reading[T] {
	return vehicle.Reading[T]{Value: value, ObservedAt: tuesday().Add(-age)}
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
		{"old", "", []vehicle.Tire{numeric(fl, 248, 11*time.Minute), numeric(fr, 248, 0), numeric(rl, 248, 0), numeric(rr, 248, 0)}, "say tires.fine_at; say tires.as_of"},
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
			done := skill.Done{Result: vehicle.Diagnosis{Vehicle: "veh_golf", Tires: tc.tires}}
			state, acts := tiresNext(tires{Wheel: tc.wheel}, done, tireFacts())
			if got := written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
			if state.Step() != "" {
				t.Errorf("still asking %q", state.Step())
			}
		})
	}
}

func TestTiresFlow(t *testing.T) {
	asking := tires{Asking: "car"}
	for _, tc := range []struct {
		name  string
		state tires
		event skill.Event
		facts func(*tiresFacts)
		want  string
		step  string
	}{
		{"default car", tires{}, skill.Heard{}, nil, "do readTires", ""},
		{"named car", tires{}, skill.Heard{Slots: slots("car", "outback")}, nil, "do readTires", ""},
		{"no car", tires{}, skill.Heard{}, func(f *tiresFacts) { f.Cars = nil }, "say car.none", ""},
		{"only car", tires{}, skill.Heard{}, func(f *tiresFacts) { f.Cars, f.Preferred = []vehicle.Vehicle{bolt}, "" }, "do readTires", ""},
		{"no default", tires{}, skill.Heard{}, func(f *tiresFacts) { f.Preferred = "" }, "ask car.which (car)", "car"},
		{"misnamed", tires{}, skill.Heard{Slots: slots("car", "ferrari")}, nil, "say car.unknown; ask car.which (car)", "car"},
		{"named unintelligibly", tires{}, skill.Heard{Slots: slots("car", "?")}, nil, "ask car.which (car)", "car"},
		{"ambiguous", tires{}, skill.Heard{Slots: slots("car", "golf")}, func(f *tiresFacts) {
			f.Cars = append(f.Cars, vehicle.Vehicle{ID: "veh_2", Name: "Golf"})
		}, "ask car.which (car)", "car"},
		{"cannot measure", tires{}, skill.Heard{Slots: slots("car", "bare")}, nil, "say tires.unsupported", ""},
		{"unknown wheel", tires{}, skill.Heard{Slots: slots("wheel", "spare")}, nil, "say tires.wheel_which", ""},
		{"answered", asking, skill.Heard{Slots: slots("car", "bolt")}, nil, "do readTires", ""},
		{"help", asking, skill.Helped{}, nil, "say tires.help; ask car.which (car)", "car"},
		{"repeat", asking, skill.Again{}, nil, "ask car.which (car)", "car"},
		{"no", asking, skill.No{}, nil, "say tires.stopped", ""},
		{"yes", asking, skill.Yes{}, nil, "ask car.which (car)", "car"},
		{"nonsense once more", tires{Asking: "car", Unclear: maxUnclear - 1}, skill.Unclear{}, nil, "say tires.gave_up", ""},
		{"misnamed once more", tires{Asking: "car", Unclear: maxUnclear - 1}, skill.Heard{Slots: slots("car", "ferrari")}, nil, "say tires.gave_up", ""},
		{"cloud down", tires{}, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},
		{"another car's tires", tires{}, skill.Done{Result: vehicle.Diagnosis{Vehicle: "veh_foreign"}}, nil, "say skill.sorry", ""},
		{"an outcome from nowhere", tires{}, skill.Done{Result: 7}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := tireFacts()
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := tiresNext(tc.state, tc.event, f)
			if got := written(acts); got != tc.want || state.Step() != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Step(), tc.want, tc.step)
			}
		})
	}
}

func TestThePressureUnit(t *testing.T) {
	metric, imperial := device.Units{Distance: device.Metric}, device.Units{Distance: device.Imperial}
	for _, tc := range []struct {
		preferred string
		units     device.Units
		locale    string
		want      speech.PressureUnit
	}{
		{"", imperial, "en-US", speech.PSI},
		{"", metric, "en-US", speech.KPa},
		{"", metric, "fr-CA", speech.KPa},
		{"", metric, "en-GB", speech.Bar},
		{"", metric, "de-DE", speech.Bar},
		{"", device.Units{}, "en-US", speech.PSI},
		{"", device.Units{}, "en-CA", speech.KPa},
		{"", device.Units{}, "de-DE", speech.Bar},
		{"psi", metric, "de-DE", speech.PSI},
		{"kpa", imperial, "en-US", speech.KPa},
		{"bar", imperial, "en-US", speech.Bar},
	} {
		if got := pressureUnit(tc.preferred, tc.units, tc.locale); got != tc.want {
			t.Errorf("%q, %+v, %s: %v, want %v", tc.preferred, tc.units, tc.locale, got, tc.want)
		}
	}
}
