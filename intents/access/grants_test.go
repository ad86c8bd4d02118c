package access

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// hours is a window between two distances from Tuesday at two.
func hours(from, until int) vehicle.Window {
	return vehicle.Window{Start: groundtest.Tuesday().Add(time.Duration(from) * time.Hour), End: groundtest.Tuesday().Add(time.Duration(until) * time.Hour)}
}

var (
	upsGolf      = vehicle.Grant{ID: "ups_golf", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Carrier: ups, Window: hours(-1, 4), MaxUses: 1}
	upsBolt      = vehicle.Grant{ID: "ups_bolt", Vehicle: "veh_bolt", AccessPoint: vehicle.Trunk, Carrier: ups, Window: hours(18, 24), MaxUses: 1}
	upsGolfLater = vehicle.Grant{ID: "ups_golf_later", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Carrier: ups, Window: hours(18, 24), MaxUses: 1}
	neighborGolf = vehicle.Grant{ID: "neighbor_golf", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Guest: "neighbor", Window: hours(0, 3), MaxUses: 1}
	robinBox     = vehicle.Grant{ID: "robin_box", Vehicle: "veh_outback", AccessPoint: vehicle.KeyBoxOnPlate, Guest: "robin", Window: hours(20, 22), MaxUses: 1}
)

func factsOf(t testing.TB, open ...vehicle.Grant) grantFacts {
	t.Helper()
	return grantFacts{Facts: someFacts(t).Facts, Open: open}
}

func TestNarrow(t *testing.T) {
	open := []vehicle.Grant{upsGolf, neighborGolf, upsBolt, robinBox}
	for _, tc := range []struct {
		name  string
		among []string
		slots skill.Slots
		want  []string
		doubt string
	}{
		{"nothing said", nil, nil, []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, ""},
		{"a carrier", nil, groundtest.Slots("carrier", "ups"), []string{"ups_golf", "ups_bolt"}, ""},
		{"a carrier with nothing open", nil, groundtest.Slots("carrier", "fedex"), nil, ""},
		{"a carrier not understood", nil, groundtest.Slots("carrier", "?"), nil, ""},
		{"a relation", nil, skill.Slots{"guest": slot("guest", "neighbors", "neighbor")}, []string{"neighbor_golf"}, ""},
		{"a guest by name", nil, groundtest.Slots("guest", "Robin"), []string{"robin_box"}, ""},
		{"a guest where a carrier was asked for", nil, groundtest.Slots("carrier", "robin"), []string{"robin_box"}, ""},
		{"a car", nil, groundtest.Slots("car", "golf"), []string{"ups_golf", "neighbor_golf"}, ""},
		{"any car", nil, skill.Slots{"car": slot("car", "car", "any")}, []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, ""},
		{"an unknown car", nil, groundtest.Slots("car", "ferrari"), []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, "say car.unknown"},
		{"a carrier and a car", nil, groundtest.Slots("carrier", "ups", "car", "bolt"), []string{"ups_bolt"}, ""},
		{"a delivery", nil, skill.Slots{"kind": slot("kind", "package", "delivery")}, []string{"ups_golf", "ups_bolt"}, ""},
		{"a code", nil, skill.Slots{"kind": slot("kind", "code", "code")}, []string{"neighbor_golf", "robin_box"}, ""},
		{"any kind", nil, skill.Slots{"kind": slot("kind", "grant", "access")}, []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, ""},
		{"today", nil, groundtest.Slots("date", "2031-05-06"), []string{"ups_golf", "neighbor_golf"}, ""},
		{"tomorrow", nil, groundtest.Slots("date", "2031-05-07"), []string{"ups_bolt", "robin_box"}, ""},
		{"until six", nil, groundtest.Slots("until", "18:00"), []string{"ups_golf"}, ""},
		{"at eight in the morning", nil, groundtest.Slots("until", "08:00"), []string{"ups_bolt"}, ""},
		{"tomorrow morning", nil, groundtest.Slots("until", "MO", "date", "2031-05-07"), []string{"ups_bolt", "robin_box"}, ""},
		{"a time not understood", nil, groundtest.Slots("until", "?"), []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, ""},
		{"an answer", []string{"ups_golf", "ups_bolt"}, groundtest.Slots("car", "golf"), []string{"ups_golf"}, ""},
		{"an answer that is a new request", []string{"ups_golf", "ups_bolt"}, groundtest.Slots("guest", "robin"), []string{"robin_box"}, ""},
		{"an answer about what is over", []string{"gone"}, nil, []string{"ups_golf", "neighbor_golf", "ups_bolt", "robin_box"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			left, doubt := narrow(factsOf(t, open...), tc.among, tc.slots)
			if got := ids(left); !reflect.DeepEqual(got, tc.want) || groundtest.Written(doubt) != tc.doubt {
				t.Errorf("%q, %q\nwant %q, %q", got, groundtest.Written(doubt), tc.want, tc.doubt)
			}
		})
	}
}

func TestCancelFlow(t *testing.T) {
	used, revoked, over := upsGolf, upsGolf, upsGolf
	used.Uses, revoked.RevokedAt, over.Window = 1, groundtest.Tuesday().Add(time.Second), hours(-4, -1)
	which := cancellation{question: question{Asking: askWhich}, Among: []string{"ups_golf", "neighbor_golf"}}
	both := []vehicle.Grant{upsGolf, neighborGolf}
	for _, tc := range []struct {
		name  string
		state cancellation
		event skill.Event
		open  []vehicle.Grant
		want  string
		step  step
	}{
		{"none there", cancellation{}, skill.Heard{}, nil, "say grants.none", ""},
		{"one there", cancellation{}, skill.Heard{}, both[:1], "do revoke", ""},
		{"two there", cancellation{}, skill.Heard{}, both, "ask grants.which (carrier)", askWhich},
		{"four there", cancellation{}, skill.Heard{}, []vehicle.Grant{upsGolf, neighborGolf, upsBolt, robinBox}, "ask grants.which_of_many (carrier)", askWhich},
		{"named", cancellation{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups")}, both, "do revoke", ""},
		{"nobody like that", cancellation{}, skill.Heard{Slots: groundtest.Slots("carrier", "fedex")}, both, "say grants.none_such", ""},
		{"a delivery where there is only a code", cancellation{}, skill.Heard{Slots: skill.Slots{"kind": slot("kind", "delivery", "delivery")}}, both[1:], "say grants.none_such", ""},
		{"unknown car, several", cancellation{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, both, "say car.unknown; ask grants.which (carrier)", askWhich},
		{"unknown car, one", cancellation{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, both[:1], "say car.unknown; say grants.unchanged", ""},
		{"answered", which, skill.Heard{Slots: groundtest.Slots("until", "18:00")}, both, "do revoke", askWhich},
		{"answered with nothing", which, skill.Heard{}, both, "ask grants.which (carrier)", askWhich},
		{"help", which, skill.Helped{}, both, "say grants.help_which; ask grants.which (carrier)", askWhich},
		{"repeat", which, skill.Again{}, both, "ask grants.which (carrier)", askWhich},
		{"yes", which, skill.Yes{}, both, "say access.not_understood; ask grants.which (carrier)", askWhich},
		{"no", which, skill.No{}, both, "say cancel.stopped", ""},
		{"repeat when all are over", which, skill.Again{}, nil, "say grants.none", ""},
		{"nonsense once more", cancellation{question: question{Asking: askWhich, Unclear: ground.MaxUnclear - 1}, Among: which.Among}, skill.Unclear{}, both, "say access.gave_up", ""},
		{"done", cancellation{}, skill.Done{Result: revoked}, nil, "say cancel.done", ""},
		{"too late", cancellation{}, skill.Done{Result: used}, nil, "say cancel.used", ""},
		{"over anyway", cancellation{}, skill.Done{Result: over}, nil, "say cancel.over", ""},
		{"perhaps", cancellation{}, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone}}, nil, "say sorry.maybe_done", ""},
		{"an outcome from nowhere", cancellation{}, skill.Done{Result: 7}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			state, acts := cancelNext(tc.state, tc.event, factsOf(t, tc.open...))
			if got := groundtest.Written(acts); got != tc.want || state.Asking != tc.step && got != "do revoke" {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Asking, tc.want, tc.step)
			}
		})
	}
}

func TestHolders(t *testing.T) {
	blocked := func(f *grantFacts) { f.Cars[1].BlockedSince = f.Now }
	for _, tc := range []struct {
		name  string
		slots skill.Slots
		open  []vehicle.Grant
		facts func(*grantFacts)
		want  string
	}{
		{"nobody", nil, nil, nil, "say holders.none"},
		{"nobody into one", groundtest.Slots("car", "golf"), []vehicle.Grant{upsBolt}, nil, "say holders.none_of_one"},
		{"no car", nil, nil, func(f *grantFacts) { f.Cars = nil }, "say car.none"},
		{"three", nil, []vehicle.Grant{upsGolf, upsBolt, robinBox}, nil, "say holders.trunk; say holders.trunk_later; say holders.box_later"},
		{"four", nil, []vehicle.Grant{upsGolf, neighborGolf, upsBolt, robinBox}, nil, "say holders.trunk; say holders.trunk; say holders.trunk_later; say holders.more"},
		{"into one", groundtest.Slots("car", "bolt"), []vehicle.Grant{upsGolf, upsBolt}, nil, "say holders.trunk_later"},
		{"one blocked", nil, nil, blocked, "say holders.blocked; say holders.none_else"},
		{"one blocked, another open", nil, []vehicle.Grant{upsBolt}, blocked, "say holders.blocked; say holders.trunk_later"},
		{"the blocked one", groundtest.Slots("car", "golf"), nil, blocked, "say holders.blocked"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := factsOf(t, tc.open...)
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := holdersNext(question{}, skill.Heard{Slots: tc.slots}, f)
			if got := groundtest.Written(acts); got != tc.want || state.Asking != "" {
				t.Errorf("acts: %s, step %q\nwant: %s", got, state.Asking, tc.want)
			}
		})
	}
	state, acts := holdersNext(question{}, skill.Heard{Slots: groundtest.Slots("car", "ferrari")}, factsOf(t))
	if _, ok := acts[len(acts)-1].(skill.Ask); !ok || state.Asking != askCar {
		t.Errorf("an unknown car: %s, step %q", groundtest.Written(acts), state.Asking)
	}
}

// lists is a cloud with a grant for each car, which counts how many reads are under way at once.
type lists struct {
	ground.Cars
	all     chan struct{}
	waiting atomic.Int32
	fail    error
}

func (c *lists) Household(context.Context, vehicle.Token) (vehicle.Household, error) {
	return vehicle.Household{Vehicles: []vehicle.Vehicle{bolt, golf, outback}}, nil
}

func (c *lists) Grants(_ context.Context, _ vehicle.Token, car vehicle.ID) ([]vehicle.Grant, error) {
	if c.waiting.Add(1) == 3 {
		close(c.all)
	}
	<-c.all
	if car == "veh_bolt" && c.fail != nil {
		return nil, c.fail
	}
	over := vehicle.Grant{ID: "over", Vehicle: car, Window: hours(-5, -1), MaxUses: 1}
	return append([]vehicle.Grant{over}, map[vehicle.ID][]vehicle.Grant{
		"veh_golf": {upsGolfLater, upsGolf, neighborGolf}, "veh_bolt": {upsBolt}, "veh_outback": {robinBox},
	}[car]...), nil
}

type nowhere struct{ ground.Devices }

func (nowhere) TimeZone(context.Context, skill.System) (*time.Location, error) {
	return nil, errors.New("not told")
}

// The grants of all cars are read at once, and come in the order of time; what is open now comes first.
func TestGrantsOfAllCars(t *testing.T) {
	turn := &skill.Turn{Request: &skill.Request{}, Now: groundtest.Tuesday()}
	cloud := &lists{all: make(chan struct{})}
	f, err := gatherGrants(t.Context(), ground.Deps{Cars: cloud, Devices: nowhere{}}, turn, ground.Want{})
	want := []string{"neighbor_golf", "ups_golf", "ups_bolt", "ups_golf_later", "robin_box"}
	if got := ids(f.Open); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	cloud = &lists{all: make(chan struct{}), fail: &vehicle.Error{Kind: vehicle.Unavailable}}
	if _, err := gatherGrants(t.Context(), ground.Deps{Cars: cloud, Devices: nowhere{}}, turn, ground.Want{}); err == nil {
		t.Error("a car whose grants could not be read was passed over")
	}
}

func TestNewEnd(t *testing.T) {
	zone := vancouver(t)
	for _, tc := range []struct {
		name, from, until string
		said              spokenTime
		want, doubt       string
	}{
		{"until eight", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Until: "20:00"}, "2031-05-06 20:00", ""},
		{"by an hour", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Duration: "PT1H"}, "2031-05-06 19:00", ""},
		{"until one at night", "2031-05-06 20:00", "2031-05-06 23:00", spokenTime{Until: "01:00"}, "2031-05-07 01:00", ""},
		{"until five, which is earlier", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Until: "17:00"}, "2031-05-06 17:00", ""},
		{"until this evening", "2031-05-06 12:00", "2031-05-06 14:00", spokenTime{Until: "EV"}, "2031-05-06 17:00", ""},
		{"until tonight, in the evening", "2031-05-06 20:00", "2031-05-06 22:00", spokenTime{Until: "NI"}, "2031-05-07 06:00", ""},
		{"by a day", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Duration: "P1D"}, "", "say window.too_long"},
		{"to exactly a day", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Duration: "PT20H"}, "2031-05-07 14:00", ""},
		{"both", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Until: "20:00", Duration: "PT1H"}, "", "say window.unclear"},
		{"not understood", "2031-05-06 14:00", "2031-05-06 18:00", spokenTime{Until: "?"}, "", "say window.unclear"},
		{"over the hour that happens twice", "2025-11-01 20:00", "2025-11-02 00:30", spokenTime{Duration: "PT2H"}, "2025-11-02 01:30", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parse := func(text string) time.Time {
				at, err := time.ParseInLocation(wall, text, zone)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			g := vehicle.Grant{Window: vehicle.Window{Start: parse(tc.from), End: parse(tc.until)}}
			end, doubt := tc.said.newEnd(g, ground.Facts{Now: parse(tc.from), Zone: zone})
			if got := groundtest.Written(doubt); got != tc.doubt || tc.doubt == "" && end.In(zone).Format(wall) != tc.want {
				t.Errorf("%s, %q\nwant %s, %q", end.In(zone), got, tc.want, tc.doubt)
			}
		})
	}
}

func TestExtendFlow(t *testing.T) {
	asked := extension{question: question{Asking: askPIN}, Grant: "ups_golf", End: hours(0, 6).End}
	until := extension{question: question{Asking: askUntil}, Grant: "ups_golf"}
	which := extension{question: question{Asking: askWhich}, Among: []string{"ups_golf", "neighbor_golf"}, When: spokenTime{Until: "20:00"}}
	both := []vehicle.Grant{upsGolf, neighborGolf}
	longer := upsGolf
	longer.Window.End = hours(0, 6).End
	for _, tc := range []struct {
		name  string
		state extension
		event skill.Event
		open  []vehicle.Grant
		facts func(*grantFacts)
		want  string
		step  step
	}{
		{"none there", extension{}, skill.Heard{Slots: groundtest.Slots("until", "20:00")}, nil, nil, "say grants.none", ""},
		{"one there", extension{}, skill.Heard{Slots: groundtest.Slots("until", "20:00")}, both[:1], nil, "ask extend.confirm (pin)", askPIN},
		{"two there", extension{}, skill.Heard{Slots: groundtest.Slots("until", "20:00")}, both, nil, "ask grants.which (carrier)", askWhich},
		{"named", extension{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "duration", "PT1H")}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"nobody like that", extension{}, skill.Heard{Slots: groundtest.Slots("carrier", "fedex")}, both, nil, "say grants.none_such", ""},
		{"answered", which, skill.Heard{Slots: groundtest.Slots("carrier", "ups")}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"no end said", extension{}, skill.Heard{}, both[:1], nil, "ask extend.until (until)", askUntil},
		{"an end said then", until, skill.Heard{Slots: groundtest.Slots("until", "20:00")}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"no end said again", until, skill.Heard{}, both, nil, "ask extend.until (until)", askUntil},
		{"no shorter", extension{}, skill.Heard{Slots: groundtest.Slots("until", "17:00")}, both[:1], nil, "say extend.already", ""},
		{"too long", extension{}, skill.Heard{Slots: groundtest.Slots("duration", "P2D")}, both[:1], nil, "say window.too_long; ask extend.until (until)", askUntil},
		{"a PIN too early", extension{}, skill.Heard{Slots: groundtest.Slots("until", "20:00", "pin", "4821")}, both[:1], nil, "say pin.early; ask extend.confirm (pin)", askPIN},
		{"no PIN yet", extension{}, skill.Heard{Slots: groundtest.Slots("until", "20:00")}, both[:1], func(f *grantFacts) { f.Account.PIN = pin.Record{} }, "say pin.not_set; card pin.card_title", ""},
		{"PIN", asked, skill.Heard{Slots: groundtest.Slots("pin", "4821")}, nil, nil, "do CheckPIN", askPIN},
		{"PIN not understood", asked, skill.Heard{Slots: groundtest.Slots("pin", "?")}, nil, nil, "say pin.unclear; ask pin.again (pin)", askPIN},
		{"another end instead of the PIN", asked, skill.Heard{Slots: groundtest.Slots("until", "21:00")}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"another end with the PIN", asked, skill.Heard{Slots: groundtest.Slots("until", "21:00", "pin", "4821")}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"yes", asked, skill.Yes{}, both, nil, "say pin.not_a_yes; ask pin.again (pin)", askPIN},
		{"repeat", asked, skill.Again{}, both, nil, "ask extend.confirm (pin)", askPIN},
		{"repeat when it is over", asked, skill.Again{}, nil, nil, "say grants.none", ""},
		{"help", until, skill.Helped{}, both, nil, "say access.help_until; ask extend.until (until)", askUntil},
		{"no", asked, skill.No{}, both, nil, "say extend.stopped", ""},
		{"right", asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, nil, nil, "do extend", askPIN},
		{"wrong", asked, skill.Done{Result: pin.Verdict{Result: pin.Wrong, Left: 1}}, nil, nil, "ask pin.wrong (pin)", askPIN},
		{"third wrong", asked, skill.Done{Result: pin.Verdict{Result: pin.LockedNow}}, nil, nil, "say pin.locked_now; card pin.card_title", ""},
		{"done", asked, skill.Done{Result: longer}, nil, nil, "say extend.done", ""},
		{"over by now", asked, skill.Done{Err: &vehicle.Error{Kind: vehicle.Conflict, Outcome: vehicle.NotDone}}, nil, nil, "say extend.over", ""},
		{"perhaps", asked, skill.Done{Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone}}, nil, nil, "say sorry.maybe_done", ""},
		{"an outcome from nowhere", asked, skill.Done{Result: 7}, nil, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := factsOf(t, tc.open...)
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := extendNext(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Asking != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Asking, tc.want, tc.step)
			}
			data, err := json.Marshal(state)
			var back extension
			if err != nil || json.Unmarshal(data, &back) != nil || !reflect.DeepEqual(state, back) {
				t.Errorf("the state does not survive: %s", data)
			}
		})
	}
}

func TestTheExtensionIsWhatWasReadBack(t *testing.T) {
	asked := extension{question: question{Asking: askPIN}, Grant: "ups_golf", End: hours(0, 6).End}
	_, acts := extendNext(asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, factsOf(t))
	if got, want := acts[0].(skill.Do).Effect, (extend{Grant: "ups_golf", End: hours(0, 6).End}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Somebody with a code whom nobody named is still somebody.
func TestTheNameless(t *testing.T) {
	if got, want := holder(vehicle.Grant{}), (speech.Phrase{Key: grantsNameless}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
