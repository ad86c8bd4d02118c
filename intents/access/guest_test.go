package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// slot is one that Alexa found in the interaction model.
func slot(name, value, id string) skill.Slot {
	return skill.Slot{Name: name, Value: value, Resolutions: &skill.Resolutions{PerAuthority: []skill.Resolution{{
		Status: skill.ResolutionStatus{Code: skill.ResolutionMatch},
		Values: []skill.ResolutionValue{{Value: skill.ResolvedValue{Name: value, ID: id}}},
	}}}}
}

func withSlot(s skill.Slots, more skill.Slot) skill.Slots {
	s[more.Name] = more
	return s
}

func TestGuestFlow(t *testing.T) {
	noGrants := skill.Done{Result: []vehicle.Grant{}}
	until := func(d time.Duration) vehicle.Window {
		return vehicle.Window{Start: groundtest.Tuesday(), End: groundtest.Tuesday().Add(d)}
	}
	settled := admission{Car: "veh_golf", Who: "neighbor", Window: until(4 * time.Hour)}
	asked := settled
	asked.Asking, asked.Point, asked.Key = askPIN, vehicle.Trunk, "key"
	made := vehicle.Grant{ID: "g", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Guest: "neighbor", Window: until(4 * time.Hour), MaxUses: 1}
	coded := made
	coded.Code = "271828"

	for _, tc := range []struct {
		name  string
		state admission
		event skill.Event
		facts func(*admissionFacts)
		want  string
		step  step
	}{
		{"a relation", admission{}, skill.Heard{Slots: withSlot(groundtest.Slots("until", "17:00"), slot("guest", "mom", "mother"))}, nil, "do readGrants", ""},
		{"a name", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "robin")}, nil, "do readGrants", ""},
		{"nobody named", admission{}, skill.Heard{}, nil, "ask guest.who (guest)", askWho},
		{"nobody understood", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "?")}, nil, "ask guest.who (guest)", askWho},
		{"a carrier", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "ups")}, nil, "say guest.carrier", ""},
		{"a carrier that is not verified", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "speedy parcels")}, nil, "say guest.carrier", ""},
		{"a car", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "golf")}, nil, "ask guest.who (guest)", askWho},
		{"digits", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "4821")}, nil, "say access.not_understood; ask guest.who (guest)", askWho},
		{"a speech", admission{}, skill.Heard{Slots: groundtest.Slots("guest", strings.Repeat("the ", 12)+"end")}, nil, "say access.not_understood; ask guest.who (guest)", askWho},
		{"in the car", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "robin")}, func(f *admissionFacts) { f.InCar = true }, "say guest.once_parked", ""},
		{"a PIN, in the car", asked, skill.Heard{Slots: groundtest.Slots("pin", "4821")}, func(f *admissionFacts) { f.InCar = true }, "say guest.once_parked", ""},
		{"a blocked car", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "robin")}, func(f *admissionFacts) { f.Cars[1].BlockedSince = f.Now }, "say access.blocked", ""},
		{"too long", admission{}, skill.Heard{Slots: groundtest.Slots("guest", "robin", "duration", "P2D")}, nil, "say window.too_long; ask guest.until (until)", askUntil},
		{"no PIN yet", settled, noGrants, func(f *admissionFacts) { f.Account.PIN = pin.Record{} }, "say pin.not_set; card pin.card_title", ""},
		{"read back", settled, noGrants, nil, "ask guest.confirm (pin)", askPIN},
		{"one there", settled, skill.Done{Result: []vehicle.Grant{made}}, nil, "say guest.already", ""},
		{"a courier there", settled, skill.Done{Result: []vehicle.Grant{{ID: "c", AccessPoint: vehicle.Trunk, Carrier: ups, Window: until(time.Hour), MaxUses: 1}}}, nil, "ask guest.confirm (pin)", askPIN},
		{"right", asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, nil, "do grant", askPIN},
		{"wrong", asked, skill.Done{Result: pin.Verdict{Result: pin.Wrong, Left: 2}}, nil, "ask pin.wrong (pin)", askPIN},
		{"made", asked, skill.Done{Result: coded}, nil, "say guest.granted; card guest.card_title", ""},
		{"made, and the code lost", asked, skill.Done{Result: made}, nil, "say guest.code_lost", ""},
		{"help", admission{question: question{Asking: askWho}}, skill.Helped{}, nil, "say guest.help_who; ask guest.who (guest)", askWho},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := someFacts(t)
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := guestParty.next(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Asking != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Asking, tc.want, tc.step)
			}
		})
	}
}

// The code is on the card, and nowhere else that leaves the skill.
func TestTheCodeIsOnTheCardAlone(t *testing.T) {
	const code = "271828"
	granted := vehicle.Grant{Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Guest: "neighbor", Code: code,
		Window: vehicle.Window{Start: groundtest.Tuesday(), End: groundtest.Tuesday().Add(time.Hour)}}
	state, acts := guestParty.next(admission{question: question{Asking: askPIN}, Who: "neighbor"}, skill.Done{Result: granted}, someFacts(t))
	data, err := json.Marshal(state)
	if err != nil || strings.Contains(string(data), code) {
		t.Errorf("the state is %s, %v", data, err)
	}
	shown := false
	for _, act := range acts {
		if card, ok := act.(skill.Show); ok {
			shown = card.Args["code"] == speech.Name(code)
		} else if strings.Contains(fmt.Sprintf("%+v", act), code) {
			t.Errorf("%T holds the code", act)
		}
	}
	if !shown {
		t.Error("the code is not on the card")
	}
}

func TestTheRequestNamesTheGuest(t *testing.T) {
	window := vehicle.Window{Start: groundtest.Tuesday(), End: groundtest.Tuesday().Add(time.Hour)}
	asked := admission{question: question{Asking: askPIN}, Car: "veh_golf", Who: "robin", Point: vehicle.Trunk, Window: window, Key: "key"}
	_, acts := guestParty.next(asked, skill.Done{Result: pin.Verdict{Result: pin.Right}}, someFacts(t))
	want := grant{Key: "key", Request: vehicle.GrantRequest{Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Guest: "robin", Window: window}}
	if got := acts[0].(skill.Do).Effect; got != want {
		t.Errorf("grant %+v, want %+v", got, want)
	}
}

// forgetful is a cloud that recognized a repetition and has no code any more.
type forgetful struct {
	ground.Cars
	code    vehicle.Code
	revoked string
}

func (c *forgetful) CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error) {
	return vehicle.Grant{ID: "g", Guest: "robin", Code: c.code}, nil
}

func (c *forgetful) RevokeGrant(_ context.Context, _ vehicle.Token, id string) (vehicle.Grant, error) {
	c.revoked = id
	return vehicle.Grant{}, errors.New("away")
}

func TestAGrantWithoutItsCodeIsTakenBack(t *testing.T) {
	for code, want := range map[vehicle.Code]string{"": "g", "271828": ""} {
		cloud := &forgetful{code: code}
		g, err := create(t.Context(), cloud, "token", grant{Request: vehicle.GrantRequest{Guest: "robin"}})
		if err != nil || g.Code != code || cloud.revoked != want {
			t.Errorf("code %t: grant %s, %v, revoked %q, want %q", code != "", g.ID, err, cloud.revoked, want)
		}
	}
}

// The relations are the ids of the slot type in every locale.
func TestRelationsAreThoseOfTheModel(t *testing.T) {
	for _, locale := range models.Locales() {
		model, err := models.Model(locale)
		if err != nil {
			t.Fatal(err)
		}
		guests, _ := model.LanguageModel.Type("Guest")
		known := map[string]bool{}
		for _, v := range guests.Values {
			known[v.ID] = true
		}
		for _, id := range relations {
			if !known[id] {
				t.Errorf("%s: Guest has no value with the id %s", locale, id)
			}
			delete(known, id)
		}
		if len(known) > 0 {
			t.Errorf("%s: nobody speaks of the guests %v", locale, known)
		}
	}
}

// A car without a trunk that opens from afar lets people in through its key box.
func TestTheKeyBox(t *testing.T) {
	f := someFacts(t)
	box := outback
	box.Capabilities = append([]vehicle.Capability{vehicle.OpenKeyBox}, box.Capabilities...)
	f.Cars[2] = box
	state, acts := courierParty.next(admission{}, skill.Heard{Slots: groundtest.Slots("carrier", "ups", "car", "outback")}, f)
	if got := groundtest.Written(acts); got != "do readGrants" {
		t.Fatal(got)
	}
	state, acts = courierParty.next(state, skill.Done{Result: []vehicle.Grant{}}, f)
	ask, ok := acts[0].(skill.Ask)
	if !ok || state.Point != vehicle.KeyBoxOnPlate || ask.Args["open"].(speech.Phrase).Key != openKeyBox {
		t.Fatalf("%s at %q", groundtest.Written(acts), state.Point)
	}
	_, acts = courierParty.next(state, skill.Done{Result: pin.Verdict{Result: pin.Right}}, f)
	if got := acts[0].(skill.Do).Effect.(grant).Request.AccessPoint; got != vehicle.KeyBoxOnPlate {
		t.Errorf("granted %q", got)
	}
}
