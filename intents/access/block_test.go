package access

import (
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestBlockFlow(t *testing.T) {
	all := []vehicle.Vehicle{bolt, golf, outback}
	away := &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}
	for _, tc := range []struct {
		name  string
		state question
		event skill.Event
		facts func(*ground.Facts)
		want  string
		step  step
	}{
		{"everyone", question{}, skill.Heard{}, nil, "do block", ""},
		{"one car", question{}, skill.Heard{Slots: groundtest.Slots("car", "golf")}, nil, "do block", ""},
		{"no car", question{}, skill.Heard{}, func(f *ground.Facts) { f.Cars = nil }, "say car.none", ""},
		{"an unknown car of one", question{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, func(f *ground.Facts) { f.Cars = f.Cars[:1] }, "say car.unknown; say car.only", ""},
		{"all of them", question{}, skill.Done{Result: tally{Done: all}}, nil, "say block.done_all; say block.until", ""},
		{"one of them", question{}, skill.Done{Result: tally{Done: all[:1]}}, nil, "say block.done; say block.until", ""},
		{"with grants", question{}, skill.Done{Result: tally{Done: all, Ended: 2}}, nil, "say block.done_all; say block.ended; say block.until", ""},
		{"not all of them", question{}, skill.Done{Result: tally{Done: all[:2], Missed: all[2:], Err: away}}, nil, "say block.done; say block.missed", ""},
		{"none of them", question{}, skill.Done{Result: tally{Missed: all, Err: away}}, nil, "say sorry.unavailable", ""},
		{"an outcome from nowhere", question{}, skill.Done{Result: 7}, nil, "say skill.sorry", ""},
		{"no", question{Asking: askCar}, skill.No{}, nil, "say block.stopped", ""},
		{"help", question{Asking: askCar}, skill.Helped{}, nil, "say block.help; ask car.which (car)", askCar},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := someFacts(t).Facts
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := blockNext(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Asking != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Asking, tc.want, tc.step)
			}
		})
	}
	state, _ := blockNext(question{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, someFacts(t).Facts)
	if state.Asking != askCar {
		t.Errorf("an unknown car: step %q", state.Asking)
	}
}

func TestBlockingMeansTheNamedCarOrAll(t *testing.T) {
	for name, want := range map[string][]vehicle.Vehicle{"": {bolt, golf, outback}, "golf": {golf}} {
		_, acts := blockNext(question{}, skill.Heard{Slots: groundtest.Slots("car", name)}, someFacts(t).Facts)
		if got := acts[0].(skill.Do).Effect; !reflect.DeepEqual(got, block{Cars: want}) {
			t.Errorf("%q: %+v", name, got)
		}
	}
}

// One car that cannot be blocked keeps nobody from blocking the others.
func TestCarry(t *testing.T) {
	lost := &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone}
	var calls atomic.Int32
	got := carry([]vehicle.Vehicle{bolt, golf, outback}, func(id vehicle.ID) (int, error) {
		calls.Add(1)
		switch id {
		case "veh_bolt":
			return 0, errors.New("away")
		case "veh_golf":
			return 0, lost
		default:
			return 3, nil
		}
	})
	want := tally{Done: []vehicle.Vehicle{outback}, Missed: []vehicle.Vehicle{bolt, golf}, Ended: 3, Err: lost}
	if !reflect.DeepEqual(got, want) || calls.Load() != 3 {
		t.Errorf("%+v after %d calls, want %+v", got, calls.Load(), want)
	}
}

func TestUnblockFlow(t *testing.T) {
	asked := unblocking{question: question{Asking: askPIN}, Cars: []vehicle.ID{"veh_golf"}}
	golfBlocked := func(f *ground.Facts) { f.Cars[1].BlockedSince = f.Now }
	for _, tc := range []struct {
		name  string
		state unblocking
		event skill.Event
		facts func(*ground.Facts)
		want  string
		step  step
	}{
		{"nothing blocked", unblocking{}, skill.Heard{}, nil, "say unblock.none", ""},
		{"this one is not", unblocking{}, skill.Heard{Slots: groundtest.Slots("car", "bolt")}, golfBlocked, "say unblock.not_this", ""},
		{"the blocked one", unblocking{}, skill.Heard{}, golfBlocked, "ask unblock.confirm (pin)", askPIN},
		{"PIN in the first sentence", unblocking{}, skill.Heard{Slots: groundtest.Slots("pin", "4821")}, golfBlocked, "say pin.early; ask unblock.confirm (pin)", askPIN},
		{"no PIN yet", unblocking{}, skill.Heard{}, func(f *ground.Facts) { golfBlocked(f); f.Account.PIN = pin.Record{} }, "say pin.not_set; card pin.card_title", ""},
		{"PIN", asked, skill.Heard{Slots: groundtest.Slots("pin", "4821")}, nil, "do CheckPIN", askPIN},
		{"PIN not understood", asked, skill.Heard{Slots: groundtest.Slots("pin", "?")}, nil, "say pin.unclear; ask pin.again (pin)", askPIN},
		{"right", asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, nil, "do unblock", askPIN},
		{"right, and the car is gone", asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, func(f *ground.Facts) { f.Cars = nil }, "say sorry.not_found", ""},
		{"wrong", asked, skill.Done{Result: pin.Verdict{Result: pin.Wrong, Left: 1}}, nil, "ask pin.wrong (pin)", askPIN},
		{"guard busy", asked, skill.Done{Result: pin.Verdict{}}, nil, "say pin.busy", ""},
		{"done", asked, skill.Done{Result: tally{Done: []vehicle.Vehicle{golf}}}, nil, "say unblock.done", ""},
		{"half done", asked, skill.Done{Result: tally{Done: []vehicle.Vehicle{golf}, Missed: []vehicle.Vehicle{bolt}}}, nil, "say unblock.done; say block.missed", ""},
		{"yes", asked, skill.Yes{}, nil, "say pin.not_a_yes; ask pin.again (pin)", askPIN},
		{"repeat", asked, skill.Again{}, nil, "ask unblock.confirm (pin)", askPIN},
		{"no", asked, skill.No{}, nil, "say unblock.stopped", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := someFacts(t).Facts
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := unblockNext(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Asking != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Asking, tc.want, tc.step)
			}
		})
	}
}
