package ground

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// testLook counts something that only cars with tire sensors have.
var testLook = Look[int]{
	Name:   "test",
	Able:   func(v vehicle.Vehicle) bool { return v.Can(vehicle.TirePressure) },
	Unable: "test.unable",
	Help:   "test.help",
	Detail: func(s skill.Slots) (string, []skill.Act) {
		if s.Filled("part") {
			return "", []skill.Act{skill.Say{Key: "test.unknown_part"}}
		}
		return "all", nil
	},
	Tell: func(int, At) []skill.Act { return []skill.Act{skill.Say{Key: "test.told"}} },
}

func lookFacts() Facts {
	car := func(id vehicle.ID, name string, can ...vehicle.Capability) vehicle.Vehicle {
		return vehicle.Vehicle{ID: id, Name: name, Capabilities: can}
	}
	return Facts{
		Now: groundtest.Tuesday(), Zone: time.UTC,
		Cars: []vehicle.Vehicle{
			car("veh_bolt", "Bolt", vehicle.TirePressure), car("veh_golf", "Golf", vehicle.TirePressure),
			car("veh_outback", "Outback", vehicle.TirePressure), car("veh_bare", "Bare"),
		},
		Account: store.Account{Preferences: store.Preferences{DefaultCar: "veh_golf"}},
	}
}

func TestLook(t *testing.T) {
	asking := look{Asking: "car"}
	for _, tc := range []struct {
		name  string
		state look
		event skill.Event
		facts func(*Facts)
		want  string
		step  string
	}{
		{"default car", look{}, skill.Heard{}, nil, "do At", ""},
		{"named car", look{}, skill.Heard{Slots: groundtest.Slots("car", "outback")}, nil, "do At", ""},
		{"no car", look{}, skill.Heard{}, func(f *Facts) { f.Cars = nil }, "say car.none", ""},
		{"only car", look{}, skill.Heard{}, func(f *Facts) { f.Cars, f.Account.Preferences.DefaultCar = f.Cars[:1], "" }, "do At", ""},
		{"no default", look{}, skill.Heard{}, func(f *Facts) { f.Account.Preferences.DefaultCar = "" }, "ask car.which (car)", "car"},
		{"misnamed", look{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, nil, "say car.unknown; ask car.which (car)", "car"},
		{"named unintelligibly", look{}, skill.Heard{Slots: groundtest.Slots("car", "?")}, nil, "ask car.which (car)", "car"},
		{"ambiguous", look{}, skill.Heard{Slots: groundtest.Slots("car", "golf")}, func(f *Facts) {
			f.Cars = append(f.Cars, vehicle.Vehicle{ID: "veh_2", Name: "Golf"})
		}, "ask car.which (car)", "car"},
		{"cannot measure", look{}, skill.Heard{Slots: groundtest.Slots("car", "bare")}, nil, "say test.unable", ""},
		{"nothing we know", look{}, skill.Heard{Slots: groundtest.Slots("part", "spoiler")}, nil, "say test.unknown_part", ""},
		{"answered", asking, skill.Heard{Slots: groundtest.Slots("car", "bolt")}, nil, "do At", ""},
		{"help", asking, skill.Helped{}, nil, "say test.help; ask car.which (car)", "car"},
		{"repeat", asking, skill.Again{}, nil, "ask car.which (car)", "car"},
		{"no", asking, skill.No{}, nil, "say car.stopped", ""},
		{"yes", asking, skill.Yes{}, nil, "ask car.which (car)", "car"},
		{"nonsense once more", look{Asking: "car", Unclear: MaxUnclear - 1}, skill.Unclear{}, nil, "say car.gave_up", ""},
		{"misnamed once more", look{Asking: "car", Unclear: MaxUnclear - 1}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, nil, "say car.gave_up", ""},
		{"cloud down", look{}, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},
		{"told", look{}, skill.Done{Effect: At{}, Result: 7}, nil, "say test.told", ""},
		{"an outcome from nowhere", look{}, skill.Done{Effect: At{}, Result: "seven"}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := lookFacts()
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := testLook.next(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Step() != tc.step {
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
