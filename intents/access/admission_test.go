package access

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

var (
	golf    = vehicle.Vehicle{ID: "veh_golf", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.OpenTrunk, vehicle.TirePressure}}
	bolt    = vehicle.Vehicle{ID: "veh_bolt", Name: "Bolt", Capabilities: []vehicle.Capability{vehicle.OpenTrunk, vehicle.TirePressure}}
	outback = vehicle.Vehicle{ID: "veh_outback", Name: "Outback", Capabilities: []vehicle.Capability{vehicle.TireStatus}}

	ups    = vehicle.Carrier{ID: "ups", Name: "UPS", Verified: true}
	fedex  = vehicle.Carrier{ID: "fedex", Name: "FedEx", Verified: true}
	speedy = vehicle.Carrier{ID: "speedy", Name: "Speedy Parcels"}
)

func someFacts(t testing.TB) admissionFacts {
	t.Helper()
	return admissionFacts{
		Facts: ground.Facts{
			Now: groundtest.Tuesday(), Zone: vancouver(t), FreshKey: "fresh", Cars: []vehicle.Vehicle{bolt, golf, outback},
			Account: store.Account{Preferences: store.Preferences{DefaultCar: "veh_golf"}, PIN: pin.Record{Hash: "set"}},
		},
		Carriers: []vehicle.Carrier{fedex, speedy, ups},
	}
}

// atPIN is the state after a read-back.
func atPIN() admission {
	return admission{question: question{Asking: askPIN}, Car: "veh_golf", Who: "ups", Key: "key", Point: vehicle.Trunk,
		Window: vehicle.Window{Start: groundtest.Tuesday(), End: groundtest.Tuesday().Add(4 * time.Hour)}}
}

func TestCourierFlow(t *testing.T) {
	noGrants := skill.Done{Result: []vehicle.Grant{}}
	existing := func(g vehicle.Grant) skill.Done { return skill.Done{Result: []vehicle.Grant{g}} }
	open := vehicle.Grant{ID: "g", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Carrier: ups, MaxUses: 1,
		Window: vehicle.Window{Start: groundtest.Tuesday().Add(-time.Hour), End: groundtest.Tuesday().Add(3 * time.Hour)}}
	until := func(d time.Duration) vehicle.Window {
		return vehicle.Window{Start: groundtest.Tuesday(), End: groundtest.Tuesday().Add(d)}
	}
	settled := admission{Car: "veh_golf", Who: "ups", Window: until(4 * time.Hour)}
	timed := admission{Car: "veh_golf", Who: "ups", When: spokenTime{Until: "20:00"}, Window: until(6 * time.Hour)}
	revoked, redeemed, other := open, open, open
	revoked.RevokedAt, redeemed.Uses, other.Carrier = groundtest.Tuesday().Add(-time.Minute), 1, fedex

	for _, tc := range []struct {
		name  string
		state admission
		event skill.Event
		facts func(*admissionFacts)
		want  string
		step  step
	}{
		{"everything said", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "car", "bolt")}, nil, "do readGrants", ""},
		{"default car", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "UPS")}, nil, "do readGrants", ""},
		{"no carrier", admission{}, skill.Heard{}, nil, "ask courier.who (carrier)", askWho},
		{"no cars", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Cars = nil }, "say car.none", ""},
		{"no carriers", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Carriers = []vehicle.Carrier{speedy} }, "say courier.no_carriers", ""},
		{"carrier unknown", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "acme")}, nil, "say courier.unknown; ask courier.who (carrier)", askWho},
		{"carrier not understood", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "?")}, nil, "ask courier.who (carrier)", askWho},
		{"carrier not verified", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "speedy parcels")}, nil, "say courier.not_verified", ""},
		{"car unknown", admission{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, nil, "say car.unknown; ask car.which (car)", askCar},
		{"car unable, others able", admission{}, skill.Heard{Slots: groundtest.Slots("car", "outback")}, nil, "say access.unable_others; ask car.which (car)", askCar},
		{"car unable, no other", admission{}, skill.Heard{Slots: groundtest.Slots("car", "outback")}, func(f *admissionFacts) { f.Cars = []vehicle.Vehicle{outback} }, "say access.unable", ""},
		{"no car able", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Cars = []vehicle.Vehicle{outback} }, "say access.unable", ""},
		{"only one able", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups")}, func(f *admissionFacts) {
			f.Cars, f.Account.Preferences.DefaultCar = []vehicle.Vehicle{bolt, outback}, ""
		}, "do readGrants", ""},
		{"two able, no default", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Account.Preferences.DefaultCar = "" }, "ask car.which (car)", askCar},
		{"default unable, two able", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Account.Preferences.DefaultCar = "veh_outback" }, "say access.unable_others; ask car.which (car)", askCar},
		{"a day that has passed", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "date", "2031-05-01")}, nil, "say window.past; ask courier.day (date)", askDay},
		{"default sold", admission{}, skill.Heard{}, func(f *admissionFacts) { f.Account.Preferences.DefaultCar = "veh_gone" }, "ask car.which (car)", askCar},
		{"time passed", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "until", "13:00")}, nil, "say window.past; ask courier.until (until)", askUntil},
		{"PIN in the first sentence", admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "pin", "4821")}, nil, "say pin.early; do readGrants", ""},
		{"PIN instead of a carrier", admission{question: question{Asking: askWho}, Car: "veh_golf"}, skill.Heard{Slots: groundtest.Slots("pin", "4821")}, nil, "say access.not_understood; ask courier.who (carrier)", askWho},
		{"carrier answered", admission{question: question{Asking: askWho}, Car: "veh_golf"}, skill.Heard{Slots: groundtest.Slots("carrier", "fedex")}, nil, "do readGrants", askWho},

		{"nothing there", settled, noGrants, nil, "ask courier.confirm (pin)", askPIN},
		{"the same there", settled, existing(open), nil, "say courier.already", ""},
		{"a longer one asked for", timed, existing(open), nil, "say courier.second; ask courier.confirm (pin)", askPIN},
		{"a revoked one there", settled, existing(revoked), nil, "ask courier.confirm (pin)", askPIN},
		{"a used one there", settled, existing(redeemed), nil, "ask courier.confirm (pin)", askPIN},
		{"another carrier's there", settled, existing(other), nil, "ask courier.confirm (pin)", askPIN},
		{"no PIN yet", settled, noGrants, func(f *admissionFacts) { f.Account.PIN = pin.Record{} }, "say pin.not_set; card pin.card_title", ""},
		{"PIN locked", settled, noGrants, func(f *admissionFacts) { f.Account.PIN.LockedAt = groundtest.Tuesday() }, "say pin.locked; card pin.card_title", ""},
		{"grants unreadable", settled, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},

		{"PIN", atPIN(), skill.Heard{Slots: groundtest.Slots("pin", "0821")}, nil, "do CheckPIN", askPIN},
		{"PIN not understood", atPIN(), skill.Heard{Slots: groundtest.Slots("pin", "?")}, nil, "say pin.unclear; ask pin.again (pin)", askPIN},
		{"PIN missing", atPIN(), skill.Heard{}, nil, "say pin.unclear; ask pin.again (pin)", askPIN},
		{"PIN with something else", atPIN(), skill.Heard{Slots: groundtest.Slots("pin", "4821", "carrier", "fedex")}, nil, "do readGrants", askPIN},
		{"PIN after five minutes", atPIN(), skill.Heard{Slots: groundtest.Slots("pin", "4821")}, func(f *admissionFacts) { f.Now = f.Now.Add(5 * time.Minute) }, "do readGrants", askPIN},
		{"yes instead of the PIN", atPIN(), skill.Yes{}, nil, "say pin.not_a_yes; ask pin.again (pin)", askPIN},
		{"no", atPIN(), skill.No{}, nil, "say access.stopped", ""},
		{"help", atPIN(), skill.Helped{}, nil, "say access.help_pin; ask pin.again (pin)", askPIN},
		{"repeat", atPIN(), skill.Again{}, nil, "ask courier.confirm (pin)", askPIN},
		{"repeat after the car was sold", atPIN(), skill.Again{}, func(f *admissionFacts) { f.Cars = nil }, "say sorry.not_found", ""},
		{"right", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.Right}}, nil, "do grant", askPIN},
		{"wrong", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.Wrong, Left: 2}}, nil, "ask pin.wrong (pin)", askPIN},
		{"third wrong", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.LockedNow}}, nil, "say pin.locked_now; card pin.card_title", ""},
		{"locked", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.Locked}}, nil, "say pin.locked; card pin.card_title", ""},
		{"PIN gone", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.NotSet}}, nil, "say pin.not_set; card pin.card_title", ""},
		{"guard busy", atPIN(), skill.Done{Result: pin.Verdict{Result: pin.Busy}}, nil, "say pin.busy", ""},
		{"guard broken", atPIN(), skill.Done{Err: errors.New("disk")}, nil, "say skill.sorry", ""},
		{"no verdict at all", atPIN(), skill.Done{Result: pin.Verdict{}}, nil, "say pin.busy", ""},
		{"granted", atPIN(), skill.Done{Result: vehicle.Grant{Vehicle: "veh_golf", Carrier: ups, Window: until(time.Hour)}}, nil, "say courier.granted; card courier.card_title", ""},
		{"granted for later", atPIN(), skill.Done{Result: vehicle.Grant{Vehicle: "veh_golf", Carrier: ups,
			Window: vehicle.Window{Start: groundtest.Tuesday().Add(time.Hour), End: groundtest.Tuesday().Add(2 * time.Hour)}}}, nil, "say courier.granted_later; card courier.card_title", ""},
		{"perhaps granted", atPIN(), skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone}}, nil, "say sorry.maybe_done", ""},
		{"an outcome from nowhere", atPIN(), skill.Done{Result: 7}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := someFacts(t)
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := courierParty.next(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
			if state.Asking != tc.step {
				t.Errorf("step %q, want %q", state.Asking, tc.step)
			}
		})
	}
}

func TestAQuestionIsNotAskedForever(t *testing.T) {
	f := someFacts(t)
	for name, tc := range map[string]struct {
		state admission
		event skill.Event
	}{
		"nonsense at the PIN":      {atPIN(), skill.Unclear{}},
		"no digits at the PIN":     {atPIN(), skill.Heard{Slots: groundtest.Slots("pin", "?")}},
		"unknown carriers":         {admission{question: question{Asking: askWho}, Car: "veh_golf"}, skill.Heard{Slots: groundtest.Slots("carrier", "acme")}},
		"unknown cars":             {admission{question: question{Asking: askCar}}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}},
		"times that have passed":   {admission{question: question{Asking: askUntil}, Car: "veh_golf", Who: "ups"}, skill.Heard{Slots: groundtest.Slots("until", "13:00")}},
		"yes where a name belongs": {admission{question: question{Asking: askWho}, Car: "veh_golf"}, skill.Yes{}},
	} {
		t.Run(name, func(t *testing.T) {
			state, turns := tc.state, 0
			var acts []skill.Act
			for state.Step() != "" || turns == 0 {
				if state, acts = courierParty.next(state, tc.event, f); turns > ground.MaxUnclear {
					t.Fatalf("still asking after %d turns: %s", turns, groundtest.Written(acts))
				}
				turns++
			}
			if groundtest.Written(acts) != "say access.gave_up" {
				t.Errorf("ended with %s", groundtest.Written(acts))
			}
		})
	}
}

func TestTheGrantIsWhatWasReadBack(t *testing.T) {
	state, acts := courierParty.next(atPIN(), skill.Done{Result: pin.Verdict{Result: pin.Right}}, someFacts(t))
	want := grant{Key: "key", Request: vehicle.GrantRequest{Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, CarrierID: "ups", Window: atPIN().Window}}
	if got := acts[0].(skill.Do).Effect; got != want {
		t.Errorf("grant %+v, want %+v", got, want)
	}
	if state != atPIN() {
		t.Errorf("the state changed: %+v", state)
	}
}

func TestEveryReadBackHasAKeyOfItsOwn(t *testing.T) {
	f := someFacts(t)
	state, _ := courierParty.next(atPIN(), skill.Heard{Slots: groundtest.Slots("carrier", "fedex")}, f)
	state, _ = courierParty.next(state, skill.Done{Result: []vehicle.Grant{}}, f)
	if state.Key != "fresh" || state.Who != "fedex" || state.Asking != askPIN {
		t.Errorf("after a correction: %+v", state)
	}
}

// Any events in any order: every one has an answer, the state survives the trip through Alexa and never
// holds a PIN, and nothing is granted unless the guard said Right to a PIN heard after the read-back.
func TestCourierFlowPromises(t *testing.T) {
	f := someFacts(t)
	words := rapid.SampledFrom([]string{"", "?", "ups", "acme", "golf", "outback", "18:00", "13:00", "2031-05-07", "PT2H", "4821", "0000"})
	rapid.Check(t, func(t *rapid.T) {
		state := admission{}
		var readBack vehicle.Window
		right := false
		for range rapid.IntRange(1, 12).Draw(t, "turns") {
			ev := drawEvent(t, words)
			for range 4 { // as the engine does: an effect's outcome comes back in the same turn
				next, acts := courierParty.next(state, ev, f)
				if len(acts) == 0 {
					t.Fatalf("no answer to %#v in %q", ev, state.Asking)
				}
				data, err := json.Marshal(next)
				var back admission
				if err != nil || json.Unmarshal(data, &back) != nil || !reflect.DeepEqual(next, back) {
					t.Fatalf("state does not survive: %s", data)
				}
				ev = nil
				for _, a := range acts {
					do, isDo := a.(skill.Do)
					if !isDo {
						continue
					}
					ev, right = drawOutcome(t, do, state, readBack, right)
				}
				state = next
				if state.Asking == askPIN {
					readBack = state.Window
				}
				if ev == nil {
					break
				}
			}
		}
	})
}

func drawEvent(t *rapid.T, words *rapid.Generator[string]) skill.Event {
	switch rapid.IntRange(0, 7).Draw(t, "event") {
	case 0:
		return skill.Yes{}
	case 1:
		return skill.No{}
	case 2:
		return skill.Again{}
	case 3:
		return skill.Helped{}
	case 4:
		return skill.Unclear{}
	default:
		heard := skill.Slots{}
		for _, name := range []string{"carrier", "car", "date", "from", "until", "duration", "pin"} {
			if rapid.IntRange(0, 2).Draw(t, name+" said") == 0 {
				heard[name] = skill.Slot{Name: name, Value: words.Draw(t, name)}
			}
		}
		return skill.Heard{Slots: heard}
	}
}

func drawOutcome(t *rapid.T, do skill.Do, before admission, readBack vehicle.Window, right bool) (skill.Event, bool) {
	switch e := do.Effect.(type) {
	case readGrants:
		return skill.Done{Effect: e, Result: []vehicle.Grant{}}, false
	case ground.CheckPIN:
		if before.Asking != askPIN {
			t.Fatalf("a PIN was checked in %q", before.Asking)
		}
		verdict := rapid.SampledFrom(pin.Results()).Draw(t, "verdict")
		return skill.Done{Effect: e, Result: pin.Verdict{Result: verdict}}, verdict == pin.Right
	case grant:
		if !right || e.Request.Window != readBack {
			t.Fatalf("granted %+v without a right PIN for it (read back %+v)", e, readBack)
		}
		return skill.Done{Effect: e, Result: vehicle.Grant{Vehicle: e.Request.Vehicle, Carrier: ups, Window: e.Request.Window}}, false
	}
	t.Fatalf("unknown effect %T", do.Effect)
	return nil, false
}
