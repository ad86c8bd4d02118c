package access

import (
	"encoding/json"
	"testing"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// FuzzAdmissionState: the state travels through Alexa, which nobody else can write to but which may bring back
// what is stale or cut. From any state, on anything heard: no panic, always an answer, a state that can travel
// again. A PIN is compared only as the answer to its question; only the guard's Right opens, and it opens what
// the state held when the PIN was said.
func FuzzAdmissionState(f *testing.F) {
	facts := someFacts(f)
	for _, state := range []string{
		`{}`, `null`, `{"asking":"car"}`, `{"asking":"carrier","car":"veh_golf"}`, `{"asking":"until","car":"veh_golf","who":"ups"}`,
		`{"asking":"day","car":"veh_gone","who":"nobody","when":{"date":"9999-12-31","until":"24:00"}}`,
		`{"asking":"pin"}`, `{"asking":"tea","unclear":-9}`, `{"asking":"until","when":{"duration":"P9999Y","from":"xx"}}`,
		`{"asking":"pin","car":"veh_gone","who":"speedy","window":{"Start":"2031-05-06T21:00:00Z","End":"2031-05-06T20:00:00Z"}}`,
		`{"asking":"pin","window":{"Start":"9999-12-31T23:59:59Z","End":"0000-01-01T00:00:00-23:00"}}`,
	} {
		for event := range byte(6) {
			f.Add(state, event, "", "", "", "", "", "", "")
			f.Add(state, event, "ups", "golf", "2031-05-07", "18:00", "20:00", "PT2H", "4821")
			f.Add(state, event, "", "", "", "", "", "", "4821")
		}
	}
	atPIN, err := json.Marshal(atPIN())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(atPIN), byte(0), "", "", "", "", "", "", "4821")
	f.Add(string(atPIN), byte(0), "fedex", "", "", "", "", "", "4821")
	f.Fuzz(func(t *testing.T, state string, event byte, who, car, date, from, until, duration, digits string) {
		var c admission
		if json.Unmarshal([]byte(state), &c) != nil {
			return // the engine apologizes
		}
		slots := groundtest.Slots("carrier", who, "guest", who, "car", car, "date", date, "from", from, "until", until, "duration", duration, "pin", digits)
		events := []skill.Event{skill.Heard{Slots: slots}, skill.Yes{}, skill.No{}, skill.Again{}, skill.Helped{}, skill.Unclear{}}
		for _, verdict := range pin.Results() {
			for _, p := range []party{courierParty, guestParty} {
				playOn(t, p, c, events[int(event)%len(events)], facts, verdict)
			}
		}
	})
}

// playOn goes on as the engine does, an effect's outcome coming back as an event, with a guard that always
// says the same.
func playOn(t *testing.T, p party, c admission, ev skill.Event, f admissionFacts, verdict pin.Result) {
	t.Helper()
	right := false
	for range 4 {
		next, acts := p.next(c, ev, f)
		if len(acts) == 0 {
			t.Fatalf("no answer to %T in %+v", ev, c)
		}
		if _, err := json.Marshal(next); err != nil {
			t.Fatalf("state cannot travel: %+v: %v", next, err)
		}
		do, isDo := acts[len(acts)-1].(skill.Do)
		if !isDo {
			return
		}
		switch e := do.Effect.(type) {
		case readGrants:
			ev, right = skill.Done{Effect: e, Result: []vehicle.Grant{}}, false
		case ground.CheckPIN:
			if c.Asking != askPIN {
				t.Fatalf("a PIN was compared in %q", c.Asking)
			}
			ev, right = skill.Done{Effect: e, Result: pin.Verdict{Result: verdict}}, verdict == pin.Right
		case grant:
			want := vehicle.GrantRequest{Vehicle: c.Car, AccessPoint: c.Point, Window: c.Window}
			want = p.request(c.Who, want)
			if !right || e.Request != want || e.Key != c.Key {
				t.Fatalf("granted %+v from %+v, the PIN being right %t", e, c, right)
			}
			ev, right = skill.Done{Effect: e, Result: vehicle.Grant{Vehicle: c.Car, Carrier: ups, Guest: c.Who, Window: c.Window}}, false
		default:
			t.Fatalf("unknown effect %T", do.Effect)
		}
		c = next
	}
	t.Fatalf("effects without end from %+v", c)
}
