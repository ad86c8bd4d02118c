package ground

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// testConfirm does something to a car that can open its trunk and stands still.
var testConfirm = Confirm[int]{
	Name:   "test",
	Able:   func(v vehicle.Vehicle) bool { return v.Can(vehicle.OpenTrunk) },
	AtRest: true,
	Hindered: func(at At) []skill.Act {
		if at.Car.BlockedSince.IsZero() {
			return nil
		}
		return []skill.Act{skill.Say{Key: "test.hindered"}}
	},
	Tell: func(int, At) []skill.Act { return []skill.Act{skill.Say{Key: "test.told"}} },
	Fail: func(error, At) []skill.Act { return []skill.Act{skill.Say{Key: "test.failed"}} },
	Say: ConfirmLines{
		Unable: "test.unable", ReadBack: "test.confirm", Moving: "test.moving", HelpCar: "test.help_car", HelpPIN: "test.help_pin",
		Stopped: "test.stopped", GaveUp: "test.gave_up",
	},
}

func confirmFacts() Facts {
	car := func(id vehicle.ID, name string, can ...vehicle.Capability) vehicle.Vehicle {
		return vehicle.Vehicle{ID: id, Name: name, Capabilities: can}
	}
	return Facts{
		Now: groundtest.Tuesday(), Zone: time.UTC, FreshKey: "fresh",
		Cars:    []vehicle.Vehicle{car("veh_bolt", "Bolt", vehicle.OpenTrunk), car("veh_golf", "Golf", vehicle.OpenTrunk), car("veh_outback", "Outback")},
		Account: store.Account{Preferences: store.Preferences{DefaultCar: "veh_golf"}, PIN: pin.Record{Hash: "set"}},
	}
}

func TestConfirm(t *testing.T) {
	atPIN := confirm{Asking: "pin", Car: "veh_golf", Key: "key", ReadAt: groundtest.Tuesday()}
	atCar := confirm{Asking: "car"}
	looking := confirm{Car: "veh_golf"}
	heard := func(nameValue ...string) skill.Heard { return skill.Heard{Slots: groundtest.Slots(nameValue...)} }
	snapshot := func(speed vehicle.KilometersPerHour, age time.Duration) skill.Done {
		at := groundtest.Tuesday().Add(-age)
		return skill.Done{Effect: diagnose{}, Result: vehicle.Diagnosis{Speed: vehicle.Reading[vehicle.KilometersPerHour]{Value: speed, ObservedAt: at}}}
	}
	verdict := func(r pin.Result) skill.Done { return skill.Done{Effect: CheckPIN{}, Result: pin.Verdict{Result: r}} }
	twoGolfs := func(f *Facts) {
		f.Cars = append(f.Cars, vehicle.Vehicle{ID: "veh_2", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.OpenTrunk}})
	}
	moving := func(f *Facts) { f.Moving = true }
	for _, tc := range []struct {
		name  string
		state confirm
		event skill.Event
		facts func(*Facts)
		want  string
		step  string
	}{
		{"default car", confirm{}, skill.Heard{}, nil, "do diagnose", ""},
		{"named car", confirm{}, heard("car", "bolt"), nil, "do diagnose", ""},
		{"PIN too early", confirm{}, heard("pin", "4821"), nil, "say pin.early; do diagnose", ""},
		{"cannot", confirm{}, heard("car", "outback"), nil, "say test.unable", ""},
		{"no car", confirm{}, skill.Heard{}, func(f *Facts) { f.Cars = nil }, "say car.none", ""},
		{"blocked", confirm{}, skill.Heard{}, func(f *Facts) { f.Cars[1].BlockedSince = f.Now }, "say test.hindered", ""},
		{"the device moves", confirm{}, skill.Heard{}, moving, "say test.moving", ""},
		{"the car moves", looking, snapshot(30, time.Minute), nil, "say test.moving", ""},
		{"the car moved long ago", looking, snapshot(30, time.Hour), nil, "ask test.confirm (pin)", "pin"},
		{"the car stands", looking, snapshot(0, 0), nil, "ask test.confirm (pin)", "pin"},
		{"speed unknown", looking, skill.Done{Effect: diagnose{}, Result: vehicle.Diagnosis{}}, nil, "ask test.confirm (pin)", "pin"},
		{"no PIN set", looking, snapshot(0, 0), func(f *Facts) { f.Account.PIN = pin.Record{} }, "say pin.not_set; card pin.card_title", ""},
		{"cannot look", looking, skill.Done{Effect: diagnose{}, Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},
		{"ambiguous", confirm{}, heard("car", "golf"), twoGolfs, "ask car.which (car)", "car"},
		{"misnamed", confirm{}, heard("car", "ferrari"), nil, "say car.unknown; ask car.which (car)", "car"},
		{"misnamed, and only one", confirm{}, heard("car", "ferrari"), func(f *Facts) { f.Cars = f.Cars[:1] }, "say car.unknown; say car.only", ""},
		{"car answered", atCar, heard("car", "bolt"), nil, "do diagnose", ""},
		{"car asked: help", atCar, skill.Helped{}, nil, "say test.help_car; ask car.which (car)", "car"},
		{"car asked: repeat", atCar, skill.Again{}, nil, "ask car.which (car)", "car"},
		{"car asked: yes", atCar, skill.Yes{}, nil, "ask car.which (car)", "car"},
		{"car asked too often", confirm{Asking: "car", Unclear: MaxUnclear - 1}, skill.Unclear{}, nil, "say test.gave_up", ""},
		{"PIN", atPIN, heard("pin", "4821"), nil, "do CheckPIN", "pin"},
		{"PIN, and the device moves now", atPIN, heard("pin", "4821"), moving, "say test.moving", ""},
		{"PIN, and the car is gone", atPIN, heard("pin", "4821"), func(f *Facts) { f.Cars = nil }, "say sorry.not_found", ""},
		{"PIN with another car", atPIN, heard("pin", "4821", "car", "bolt"), nil, "say pin.early; do diagnose", ""},
		{"another car", atPIN, heard("car", "bolt"), nil, "do diagnose", ""},
		{"PIN unintelligible", atPIN, heard("pin", "?"), nil, "say pin.unclear; ask pin.again (pin)", "pin"},
		{"PIN after help and help", confirm{Asking: "pin", Car: "veh_golf", Key: "key", ReadAt: groundtest.Tuesday().Add(-5 * time.Minute)}, heard("pin", "4821"), nil, "do diagnose", ""},
		{"PIN never intelligible", confirm{Asking: "pin", Car: "veh_golf", ReadAt: groundtest.Tuesday(), Unclear: MaxUnclear - 1}, heard("pin", "?"), nil, "say test.gave_up", ""},
		{"yes instead of a PIN", atPIN, skill.Yes{}, nil, "say pin.not_a_yes; ask pin.again (pin)", "pin"},
		{"no", atPIN, skill.No{}, nil, "say test.stopped", ""},
		{"repeat", atPIN, skill.Again{}, nil, "ask test.confirm (pin)", "pin"},
		{"repeat, and the car is gone", atPIN, skill.Again{}, func(f *Facts) { f.Cars = nil }, "say sorry.not_found", ""},
		{"help", atPIN, skill.Helped{}, nil, "say test.help_pin; ask pin.again (pin)", "pin"},
		{"right", atPIN, verdict(pin.Right), nil, "do confirmed", "pin"},
		{"wrong", atPIN, verdict(pin.Wrong), nil, "ask pin.wrong (pin)", "pin"},
		{"locked now", atPIN, verdict(pin.LockedNow), nil, "say pin.locked_now; card pin.card_title", ""},
		{"cannot check", atPIN, skill.Done{Effect: CheckPIN{}, Err: errors.New("disk full")}, nil, "say skill.sorry", ""},
		{"acted", atPIN, skill.Done{Effect: confirmed{}, Result: 7}, nil, "say test.told", ""},
		{"not acted", atPIN, skill.Done{Effect: confirmed{}, Err: errors.New("jammed")}, nil, "say test.failed", ""},
		{"an outcome from nowhere", atPIN, skill.Done{Effect: confirmed{}, Result: "seven"}, nil, "say skill.sorry", ""},
		{"an outcome for nobody", confirm{}, skill.Done{Effect: confirmed{}, Result: 7}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := confirmFacts()
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := testConfirm.next(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Step() != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Step(), tc.want, tc.step)
			}
		})
	}
}

// The key is made with the read-back and kept until the act, whatever is said in between.
func TestConfirmKeepsItsKey(t *testing.T) {
	f := confirmFacts()
	state, _ := testConfirm.next(confirm{Car: "veh_golf"}, skill.Done{Effect: diagnose{}, Result: vehicle.Diagnosis{}}, f)
	f.FreshKey = "another turn's"
	for _, ev := range []skill.Event{skill.Yes{}, skill.Again{}, skill.Helped{}, skill.Done{Effect: CheckPIN{}, Result: pin.Verdict{Result: pin.Wrong}}} {
		state, _ = testConfirm.next(state, ev, f)
	}
	_, acts := testConfirm.next(state, skill.Done{Effect: CheckPIN{}, Result: pin.Verdict{Result: pin.Right}}, f)
	if len(acts) != 1 || acts[0] != (skill.Do{Effect: confirmed{Key: "fresh", Car: "veh_golf"}}) {
		t.Errorf("acts: %+v, want one with the key of the read-back", acts)
	}
}

func TestConfirmWithoutPIN(t *testing.T) {
	free := testConfirm
	free.Free = func(f Facts) bool { return !f.Account.Preferences.LocationPIN }
	f := confirmFacts()
	if _, acts := free.next(confirm{}, skill.Heard{}, f); groundtest.Written(acts) != "do confirmed" {
		t.Errorf("free: %s", groundtest.Written(acts))
	}
	free.AtRest, f.Account.Preferences.LocationPIN = false, true
	if _, acts := free.next(confirm{}, skill.Heard{}, f); groundtest.Written(acts) != "ask test.confirm (pin)" {
		t.Errorf("not free: %s", groundtest.Written(acts))
	}
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := (Deps{}).Pause(t.Context(), time.Second); err != nil || time.Since(began) != time.Second {
			t.Errorf("waited %s, %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := (Deps{}).Pause(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 2*time.Second {
			t.Errorf("waited %s, %v, want the context's end", time.Since(began), err)
		}
	})
}
