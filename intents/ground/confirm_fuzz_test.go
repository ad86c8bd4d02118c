package ground

import (
	"encoding/json"
	"testing"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// FuzzConfirmState: from any state that may come back from Alexa, on anything heard, there is an answer and a
// state that can travel again; only the guard's Right acts, on the car and with the key that the state held when
// the PIN was said.
func FuzzConfirmState(f *testing.F) {
	for _, state := range []string{
		`{}`, `null`, `{"asking":"car"}`, `{"asking":"pin"}`, `{"asking":"tea","unclear":-9}`,
		`{"asking":"pin","car":"veh_golf","key":"key"}`, `{"asking":"pin","car":"veh_gone","key":"key","unclear":2}`,
	} {
		for event := range byte(6) {
			f.Add(state, event, "", "")
			f.Add(state, event, "golf", "4821")
			f.Add(state, event, "", "4821")
			f.Add(state, event, "outback", "?")
		}
	}
	f.Fuzz(func(t *testing.T, state string, event byte, car, digits string) {
		var s confirm
		if json.Unmarshal([]byte(state), &s) != nil {
			return // the engine apologizes
		}
		slots := groundtest.Slots("car", car, "pin", digits)
		events := []skill.Event{skill.Heard{Slots: slots}, skill.Yes{}, skill.No{}, skill.Again{}, skill.Helped{}, skill.Unclear{}}
		for _, verdict := range pin.Results() {
			playOn(t, s, events[int(event)%len(events)], verdict)
		}
	})
}

// playOn goes on as the engine does, an effect's outcome coming back as an event, with a guard that always says
// the same.
func playOn(t *testing.T, s confirm, ev skill.Event, verdict pin.Result) {
	t.Helper()
	right := false
	for range 4 {
		next, acts := testConfirm.next(s, ev, confirmFacts())
		if len(acts) == 0 {
			t.Fatalf("no answer to %T in %+v", ev, s)
		}
		if _, err := json.Marshal(next); err != nil {
			t.Fatalf("state cannot travel: %+v: %v", next, err)
		}
		do, isDo := acts[len(acts)-1].(skill.Do)
		if !isDo {
			return
		}
		switch e := do.Effect.(type) {
		case diagnose:
			ev, right = skill.Done{Effect: e, Result: vehicle.Diagnosis{}}, false
		case CheckPIN:
			if s.Asking != "pin" {
				t.Fatalf("a PIN was compared in %q", s.Asking)
			}
			ev, right = skill.Done{Effect: e, Result: pin.Verdict{Result: verdict}}, verdict == pin.Right
		case confirmed:
			if !right || e.Car != s.Car || e.Key != s.Key {
				t.Fatalf("acted %+v from %+v, the PIN being right %t", e, s, right)
			}
			ev, right = skill.Done{Effect: e, Result: 7}, false
		default:
			t.Fatalf("unknown effect %T", do.Effect)
		}
		s = next
	}
	t.Fatalf("effects without end from %+v", s)
}
