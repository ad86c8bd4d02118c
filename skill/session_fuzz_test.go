package skill

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// FuzzSessionState: Alexa carries the open question, and what comes back may be stale, cut or of another
// release. Whatever it is, nothing panics, the response can be sent, and a question that is asked has what it
// takes to be answered.
func FuzzSessionState(f *testing.F) {
	y := newToy()
	s := y.skill(f)
	open := func(flow string, version int, step, data string) []byte {
		return fmt.Appendf(nil, `{"flow":%q,"version":%d,"step":%q,"asked":%q,"data":%s}`, flow, version, step, y.now.Format(time.RFC3339), data)
	}
	intents := []string{"Paint", "Sketch", "Dance", "", "AMAZON.HelpIntent", "AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.RepeatIntent", "AMAZON.FallbackIntent", "AMAZON.StopIntent"}
	for _, state := range [][]byte{
		nil, []byte("null"), []byte("7"), []byte("{"), []byte(`{"flow":7}`), []byte(`{"asked":"yesterday"}`),
		open("paint", 3, "color", `{"asking":"color"}`),
		open("sketch", 3, "color", `{"asking":"color"}`),
		open("paint", 3, "color", `{"asking":"size"}`),
		open("paint", 3, "color", `{}`), // a question that the state knows nothing of
		open("paint", 3, "color", `null`),
		open("paint", 3, "color", `7`),
		open("paint", 2, "color", `{"asking":"color"}`),
		open("launch", 1, "color", `{"asking":"color"}`),
		open("help", 1, "color", `{}`),
		[]byte(`{"flow":"paint","version":3,"step":"color","asked":"2031-05-06T21:00:00Z"}`),
	} {
		for _, intent := range intents {
			f.Add(state, intent)
		}
	}
	f.Fuzz(func(t *testing.T, state []byte, intent string) {
		for _, slots := range []map[string]string{nil, {"color": "red"}, {"color": "?"}} {
			r := respond(t, s, ask(intent, slots, map[string]json.RawMessage{openAttribute: state}))
			stays, asks := r.Body.ShouldEndSession == SessionStaysOpen, r.Body.Reprompt != nil
			if stays != asks || heard(r) == "" {
				t.Errorf("stays open %t, reprompt %t, said %q", stays, asks, heard(r))
			}
			if len(r.Body.Directives) > 0 && r.SessionAttributes[openAttribute] == nil {
				t.Error("a slot is elicited, and the session does not know why")
			}
		}
	})
}
