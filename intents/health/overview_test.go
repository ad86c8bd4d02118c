package health

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// healthy is a parked car with nothing wrong.
func healthy() checkup {
	fine := vehicle.Closure{Open: seen(false, 0), Locked: seen(true, 0)}
	d := vehicle.Diagnosis{
		Vehicle: "veh_golf", Battery: seen[vehicle.Volts](12.7, 0), Ignition: seen(false, 0), Trunk: fine,
		Fuel: vehicle.Energy{Level: seen[vehicle.Percent](60, 0), Range: seen[vehicle.Kilometers](400, 0)},
		Oil:  vehicle.Oil{Life: seen[vehicle.Percent](60, 0), NextService: seen[vehicle.Kilometers](5000, 0)},
	}
	for _, w := range vehicle.Wheels() {
		d.Tires = append(d.Tires, numeric(w, 248, 0))
		d.Doors = append(d.Doors, vehicle.Door{Position: w, Closure: fine})
	}
	return checkup{diagnosis: d, codes: vehicle.TroubleCodes{EngineLight: seen(false, 0)}}
}

var petrolGolf = func() vehicle.Vehicle {
	v := golf
	v.Powertrain, v.Dongle = vehicle.Petrol, vehicle.Dongle{State: vehicle.Online, LastSeen: groundtest.Tuesday()}
	v.Capabilities = append([]vehicle.Capability{vehicle.OpenKeyBox}, v.Capabilities...)
	return v
}()

func TestTellOverview(t *testing.T) {
	ills := map[string]func(*checkup, *vehicle.Vehicle){
		"tire low":      func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Tires[0] = numeric(vehicle.FrontLeft, 200, 0) },
		"tire critical": func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Tires[1] = numeric(vehicle.FrontRight, 100, 0) },
		"misfire": func(c *checkup, _ *vehicle.Vehicle) {
			c.codes = vehicle.TroubleCodes{EngineLight: seen(true, 0), Codes: []vehicle.TroubleCode{code("P0301", vehicle.StoredCode)}}
		},
		"light alone": func(c *checkup, _ *vehicle.Vehicle) { c.codes.EngineLight = seen(true, 0) },
		"pending vapor": func(c *checkup, _ *vehicle.Vehicle) {
			c.codes.Codes = []vehicle.TroubleCode{code("P0442", vehicle.PendingCode)}
		},
		"stored vapor": func(c *checkup, _ *vehicle.Vehicle) {
			c.codes.Codes = []vehicle.TroubleCode{code("P0442", vehicle.StoredCode)}
		},
		"trunk open": func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Trunk.Open = seen(true, 0) },
		"trunk open while driving": func(c *checkup, _ *vehicle.Vehicle) {
			c.diagnosis.Trunk.Open, c.diagnosis.Speed = seen(true, 0), seen[vehicle.KilometersPerHour](50, 0)
		},
		"unlocked": func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Trunk.Locked = seen(false, 0) },
		"unlocked while driving": func(c *checkup, _ *vehicle.Vehicle) {
			c.diagnosis.Trunk.Locked, c.diagnosis.Ignition = seen(false, 0), seen(true, 0)
			c.diagnosis.Battery = seen[vehicle.Volts](14, 0)
		},
		"battery low":   func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Battery = seen[vehicle.Volts](12.1, 0) },
		"undercharging": func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Ignition = seen(true, 0) },
		"overcharging":  func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Battery = seen[vehicle.Volts](15.5, 0) },
		"key gone":      func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.KeyBox.KeyInside = seen(false, 0) },
		"unplugged":     func(_ *checkup, v *vehicle.Vehicle) { v.Dongle.State = vehicle.Unplugged },
		"offline":       func(_ *checkup, v *vehicle.Vehicle) { v.Dongle.State = vehicle.Offline },
		"fuel low":      func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Fuel.Range = seen[vehicle.Kilometers](40, 0) },
		"oil now":       func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Oil.Life = seen[vehicle.Percent](3, 0) },
		"oil soon":      func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Oil.Life = seen[vehicle.Percent](12, 0) },
		"service due":   func(c *checkup, _ *vehicle.Vehicle) { c.diagnosis.Oil.NextService = seen[vehicle.Kilometers](0, 0) },
		"codes unread":  func(c *checkup, _ *vehicle.Vehicle) { c.codes, c.codesUnread = vehicle.TroubleCodes{}, true },
		"old light":     func(c *checkup, _ *vehicle.Vehicle) { c.codes.EngineLight = seen(false, time.Hour) },
		"nothing known": func(c *checkup, _ *vehicle.Vehicle) { *c = checkup{diagnosis: vehicle.Diagnosis{Vehicle: "veh_golf"}} },
	}
	for _, tc := range []struct {
		ills []string
		want string
	}{
		{nil, "say overview.fine"},
		{[]string{"old light"}, "say overview.fine; say car.as_of"},
		{[]string{"nothing known"}, "say overview.nothing"},
		{[]string{"codes unread"}, "say overview.fine; say overview.codes_unread"},
		{[]string{"tire low"}, "say overview.soon; say overview.tire_low"},
		{[]string{"tire low", "tire critical"}, "say overview.stop; say overview.tire_critical"},
		{[]string{"misfire"}, "say overview.soon; say overview.engine_on"},
		{[]string{"light alone"}, "say overview.soon; say overview.engine_no_code"},
		{[]string{"pending vapor"}, "say overview.note; say overview.code_pending"},
		{[]string{"stored vapor"}, "say overview.note; say overview.code"},
		{[]string{"trunk open"}, "say overview.soon; say overview.open"},
		{[]string{"trunk open while driving"}, "say overview.stop; say overview.open"},
		{[]string{"unlocked"}, "say overview.note; say overview.unlocked"},
		{[]string{"unlocked while driving"}, "say overview.fine"},
		{[]string{"battery low"}, "say overview.soon; say overview.battery_low"},
		{[]string{"undercharging"}, "say overview.soon; say overview.battery_undercharging"},
		{[]string{"overcharging"}, "say overview.soon; say overview.battery_overcharging"},
		{[]string{"key gone"}, "say overview.soon; say overview.key_missing"},
		{[]string{"unplugged"}, "say overview.soon; say overview.unplugged"},
		{[]string{"offline"}, "say overview.note; say overview.offline"},
		{[]string{"fuel low"}, "say overview.note; say overview.fuel_low"},
		{[]string{"oil now"}, "say overview.soon; say overview.oil_now"},
		{[]string{"oil soon", "service due"}, "say overview.note; say overview.service_due"},
		{[]string{"oil soon", "fuel low", "tire critical"}, "say overview.stop; say overview.tire_critical; say overview.fuel_low; say overview.oil_soon"},
		{[]string{"tire low", "misfire", "trunk open", "battery low", "fuel low"},
			"say overview.soon; say overview.tire_low; say overview.engine_on; say overview.open; ask overview.more ()"},
	} {
		c, v := healthy(), petrolGolf
		for _, ill := range tc.ills {
			ills[ill](&c, &v)
		}
		_, acts := tellOverview(c, examine{At: here(v, "")})
		if got := groundtest.Written(acts); got != tc.want {
			t.Errorf("%v\nacts: %s\nwant: %s", tc.ills, got, tc.want)
		}
	}
}

// sick has five things wrong; three are told, two are offered.
func sick() checkup {
	c := healthy()
	c.diagnosis.Tires[0] = numeric(vehicle.FrontLeft, 200, 0)
	c.codes.EngineLight = seen(true, 0)
	c.diagnosis.Trunk.Open = seen(true, 0)
	c.diagnosis.Battery = seen[vehicle.Volts](12.1, 0)
	c.diagnosis.Fuel.Range = seen[vehicle.Kilometers](40, 0)
	return c
}

func TestOverviewFlow(t *testing.T) {
	bolt := vehicle.Vehicle{ID: "veh_bolt", Name: "Bolt"}
	facts := here(petrolGolf, "").Facts
	facts.Cars, facts.Account = []vehicle.Vehicle{bolt, petrolGolf}, store.Account{Preferences: store.Preferences{DefaultCar: "veh_golf"}}
	first := examine{At: ground.At{Car: petrolGolf, Facts: facts}}
	told := []subject{"tires", "engine", "open"}
	more := overview{Asking: askingMore, Car: "veh_golf", Told: told, Left: 2}
	rest := first
	rest.Told = told
	car := overview{Asking: askingCar}
	for _, tc := range []struct {
		name  string
		state overview
		event skill.Event
		facts func(*ground.Facts)
		want  string
		step  string
	}{
		{"default car", overview{}, skill.Heard{}, nil, "do examine", ""},
		{"named car", overview{}, skill.Heard{Slots: groundtest.Slots("car", "bolt")}, nil, "do examine", ""},
		{"no car", overview{}, skill.Heard{}, func(f *ground.Facts) { f.Cars = nil }, "say car.none", ""},
		{"no default", overview{}, skill.Heard{}, func(f *ground.Facts) { f.Account = store.Account{} }, "ask car.which (car)", "car"},
		{"misnamed", overview{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, nil, "say car.unknown; ask car.which (car)", "car"},
		{"misnamed, only one car", overview{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, func(f *ground.Facts) { f.Cars = f.Cars[1:] }, "say car.unknown; say car.only", ""},
		{"answered", car, skill.Heard{Slots: groundtest.Slots("car", "bolt")}, nil, "do examine", ""},
		{"help at the car", car, skill.Helped{}, nil, "say overview.help; ask car.which (car)", "car"},
		{"yes at the car", car, skill.Yes{}, nil, "ask car.which (car)", "car"},
		{"nonsense once more", overview{Asking: askingCar, Unclear: ground.MaxUnclear - 1}, skill.Unclear{}, nil, "say overview.stopped", ""},
		{"five things wrong", overview{}, skill.Done{Effect: first, Result: sick()}, nil,
			"say overview.soon; say overview.tire_low; say overview.engine_no_code; say overview.open; ask overview.more ()", "more"},
		{"yes", more, skill.Yes{}, nil, "do examine", ""},
		{"the rest", overview{}, skill.Done{Effect: rest, Result: sick()}, nil, "say overview.battery_low; say overview.fuel_low", ""},
		{"mended meanwhile", overview{}, skill.Done{Effect: rest, Result: healthy()}, nil, "say overview.no_more", ""},
		{"no", more, skill.No{}, nil, "say overview.stopped", ""},
		{"repeat", more, skill.Again{}, nil, "do examine", ""},
		{"help", more, skill.Helped{}, nil, "say overview.help; ask overview.more ()", "more"},
		{"nonsense", more, skill.Unclear{}, nil, "ask overview.more ()", "more"},
		{"asked anew about another car", more, skill.Heard{Slots: groundtest.Slots("car", "bolt")}, nil, "do examine", ""},
		{"the car is gone", more, skill.Yes{}, func(f *ground.Facts) { f.Cars = f.Cars[:1] }, "say sorry.not_found", ""},
		{"cloud down", overview{}, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},
		{"an outcome from nowhere", overview{}, skill.Done{Effect: first, Result: 7}, nil, "say skill.sorry", ""},
		{"an answer about another car", overview{}, skill.Done{Effect: first, Result: checkup{}}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := facts
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := nextOverview(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Step() != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Step(), tc.want, tc.step)
			}
		})
	}
}

// clinic answers the two calls of a checkup.
type clinic struct {
	ground.Cars
	diagnosisErr, codesErr error
}

func (c clinic) Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error) {
	return vehicle.Diagnosis{Vehicle: "veh_golf"}, c.diagnosisErr
}

func (c clinic) TroubleCodes(context.Context, vehicle.Token, vehicle.ID) (vehicle.TroubleCodes, error) {
	return vehicle.TroubleCodes{EngineLight: seen(true, 0)}, c.codesErr
}

func TestReadCheckup(t *testing.T) {
	failed := func(k vehicle.Kind) error { return &vehicle.Error{Op: "test", Kind: k, Outcome: vehicle.NotDone} }
	for _, tc := range []struct {
		name          string
		cars          clinic
		fails, unread bool
	}{
		{"both", clinic{}, false, false},
		{"no snapshot", clinic{diagnosisErr: failed(vehicle.Unavailable)}, true, false},
		{"no codes now", clinic{codesErr: failed(vehicle.Unavailable)}, false, true},
		{"no codes ever", clinic{codesErr: failed(vehicle.Unsupported)}, false, false},
		{"no longer linked", clinic{codesErr: failed(vehicle.NotLinked)}, true, false},
		{"no codes for a reason of our own", clinic{codesErr: errors.New("bug")}, false, true},
	} {
		got, err := readCheckup(t.Context(), ground.Deps{Cars: tc.cars}, "token", "veh_golf")
		if (err != nil) != tc.fails || got.codesUnread != tc.unread || tc.cars.codesErr != nil && got.codes.EngineLight.Available() {
			t.Errorf("%s: %+v, %v", tc.name, got, err)
		}
	}
}

// Every check has a name of its own, because the session remembers what was told by it.
func TestSubjectsDiffer(t *testing.T) {
	names := map[subject]bool{}
	for _, c := range checks {
		if names[c.subject] || c.subject == "" {
			t.Errorf("subject %q is there twice or empty", c.subject)
		}
		names[c.subject] = true
	}
}
