package account

import (
	"errors"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

func facts() ground.Facts {
	return ground.Facts{
		Now: groundtest.Tuesday(), Zone: time.UTC,
		Cars:    []vehicle.Vehicle{{ID: "veh_bolt", Name: "Bolt"}, {ID: "veh_golf", Name: "Golf"}},
		Account: store.Account{PIN: pin.Record{Hash: "set"}, Preferences: store.Preferences{DefaultCar: "veh_golf", Greeted: true}},
	}
}

func TestTheWelcomeFitsTheSituation(t *testing.T) {
	at := groundtest.Tuesday()
	active := vehicle.Grant{Vehicle: "veh_bolt", Carrier: vehicle.Carrier{Name: "UPS"}, MaxUses: 1, Window: vehicle.Window{Start: at.Add(-time.Hour), End: at.Add(time.Hour)}}
	used, later := active, active
	used.Uses, later.Window.Start = 1, at.Add(time.Minute)
	low := vehicle.Tire{Wheel: vehicle.FrontLeft, Status: vehicle.Reading[vehicle.TireState]{Value: vehicle.TireLow, ObservedAt: at}}
	light := vehicle.TroubleCodes{EngineLight: vehicle.Reading[bool]{Value: true, ObservedAt: at}}
	for _, tc := range []struct {
		name  string
		event skill.Event
		facts func(*launchFacts)
		want  string
	}{
		{"first", skill.Heard{}, func(f *launchFacts) { f.Account.Preferences.Greeted = false }, "do greeted"},
		{"first, remembered", skill.Done{}, func(f *launchFacts) { f.Account.Preferences.Greeted = false }, "ask launch.first ()"},
		{"first, not remembered", skill.Done{Err: errors.New("disk")}, func(f *launchFacts) { f.Account.Preferences.Greeted = false }, "ask launch.first ()"},
		{"again", skill.Heard{}, func(*launchFacts) {}, "ask launch.back ()"},
		{"no car", skill.Heard{}, func(f *launchFacts) { f.Cars = nil }, "ask launch.no_car ()"},
		{"delivery under way", skill.Heard{}, func(f *launchFacts) { f.Grants = []vehicle.Grant{used, later, active} }, "ask launch.delivery ()"},
		{"delivery over or not yet", skill.Heard{}, func(f *launchFacts) { f.Grants = []vehicle.Grant{used, later} }, "ask launch.back ()"},
		{"tire low", skill.Heard{}, func(f *launchFacts) { f.Diagnosis.Tires = []vehicle.Tire{low} }, "ask launch.tire ()"},
		{"light on", skill.Heard{}, func(f *launchFacts) { f.Codes = light }, "ask launch.engine ()"},
		{"both", skill.Heard{}, func(f *launchFacts) { f.Codes, f.Diagnosis.Tires = light, []vehicle.Tire{low} }, "ask launch.tire ()"},
		{"delivery before trouble", skill.Heard{}, func(f *launchFacts) { f.Grants, f.Codes = []vehicle.Grant{active}, light }, "ask launch.delivery ()"},
	} {
		f := launchFacts{Facts: facts()}
		tc.facts(&f)
		_, acts := launchNext(launched{}, tc.event, f)
		if got := groundtest.Written(acts); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestTheWelcomeTeachesTheNames(t *testing.T) {
	_, acts := launchNext(launched{}, skill.Heard{}, launchFacts{Facts: facts()})
	names, ok := acts[0].(skill.Names)
	if !ok || names.Type != "Car" || len(names.Values) != 2 || names.Values[1] != (skill.NamedValue{ID: "veh_golf", Value: "Golf"}) {
		t.Errorf("acts %+v", acts)
	}
}

func TestHelpFitsTheSituation(t *testing.T) {
	for _, tc := range []struct {
		name  string
		facts func(*helpFacts)
		want  string
	}{
		{"linked", func(*helpFacts) {}, "ask help.general ()"},
		{"not linked", func(f *helpFacts) { f.Linked = false }, "say help.link; link"},
		{"cloud down", func(f *helpFacts) { f.Known, f.Facts = false, ground.Facts{} }, "ask help.general ()"},
		{"no car", func(f *helpFacts) { f.Cars = nil }, "ask help.no_car ()"},
		{"no PIN", func(f *helpFacts) { f.Account.PIN = pin.Record{} }, "ask help.no_pin ()"},
		{"a delivery on its way", func(f *helpFacts) {
			at := groundtest.Tuesday()
			f.Grants = []vehicle.Grant{{Vehicle: "veh_golf", Carrier: vehicle.Carrier{Name: "UPS"}, MaxUses: 1,
				Window: vehicle.Window{Start: at.Add(-time.Hour), End: at.Add(time.Hour)}}}
		}, "ask help.delivery ()"},
		{"PIN locked", func(f *helpFacts) { f.Account.PIN.LockedAt = groundtest.Tuesday() }, "ask help.locked ()"},
	} {
		f := helpFacts{Facts: facts(), Linked: true, Known: true}
		tc.facts(&f)
		_, acts := helpNext(nothing{}, skill.Heard{}, f)
		if got := groundtest.Written(acts); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func unit(value, id string) skill.Slots {
	return skill.Slots{"unit": {Name: "unit", Value: value, Resolutions: &skill.Resolutions{PerAuthority: []skill.Resolution{{
		Status: skill.ResolutionStatus{Code: skill.ResolutionMatch},
		Values: []skill.ResolutionValue{{Value: skill.ResolvedValue{Name: value, ID: id}}},
	}}}}}
}

func TestUnits(t *testing.T) {
	asking := units{Asking: "unit"}
	for _, tc := range []struct {
		name  string
		state units
		event skill.Event
		want  string
		step  string
	}{
		{"named", units{}, skill.Heard{Slots: unit("bar", "bar")}, "do useUnit", ""},
		{"not named", units{}, skill.Heard{}, "ask units.which (unit)", "unit"},
		{"unknown", units{}, skill.Heard{Slots: unit("furlongs", "furlong")}, "ask units.which (unit)", "unit"},
		{"answered", asking, skill.Heard{Slots: unit("miles", "mi")}, "do useUnit", ""},
		{"done", units{}, skill.Done{Effect: useUnit{ID: "km"}}, "say units.set", ""},
		{"store busy", units{}, skill.Done{Effect: useUnit{ID: "km"}, Err: store.ErrConflict}, "say skill.sorry", ""},
		{"no", asking, skill.No{}, "say units.stopped", ""},
		{"help", asking, skill.Helped{}, "say units.help; ask units.which (unit)", "unit"},
		{"repeat", asking, skill.Again{}, "ask units.which (unit)", "unit"},
		{"yes", asking, skill.Yes{}, "ask units.which (unit)", "unit"},
		{"nonsense once more", units{Asking: "unit", Unclear: 2}, skill.Unclear{}, "say units.gave_up", ""},
	} {
		state, acts := unitsNext(tc.state, tc.event, facts())
		if got := groundtest.Written(acts); got != tc.want || state.Step() != tc.step {
			t.Errorf("%s: %s, step %q, want %s, step %q", tc.name, got, state.Step(), tc.want, tc.step)
		}
	}
}

func TestNicknames(t *testing.T) {
	for name, want := range map[string]string{"": "say nickname.missing", "?": "say nickname.missing", "the one that my grandmother drove to the lake": "say nickname.too_long", "red one": ""} {
		if _, doubt := nickname.Detail(groundtest.Slots("nickname", name)); groundtest.Written(doubt) != want {
			t.Errorf("%q: %s, want %s", name, groundtest.Written(doubt), want)
		}
	}
	cars := facts().Cars
	if !taken(cars, "veh_bolt", "golf") || taken(cars, "veh_golf", "Golf") || taken(cars, "veh_golf", "red one") {
		t.Error("a name is taken if and only if another car has it")
	}
}
