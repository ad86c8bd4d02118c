package health

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// drawn puts the rows of a screen into one line: the key of each word, its mark, and whether there is a number.
func drawn(s skill.Screen) string {
	var rows []string
	for _, r := range s.Rows {
		row := fmt.Sprintf("%s %s", r.Word.(speech.Phrase).Key, r.Mark)
		if r.Value != nil {
			row += " with a number"
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "; ")
}

func TestTiresOnAScreen(t *testing.T) {
	const fl, fr, rl, rr = vehicle.FrontLeft, vehicle.FrontRight, vehicle.RearLeft, vehicle.RearRight
	unrated := numeric(rl, 240, 0)
	unrated.Recommended = 0
	for _, tc := range []struct {
		name  string
		tires []vehicle.Tire
		note  bool
		want  string
	}{
		{"in any order", []vehicle.Tire{numeric(rr, 248, 0), numeric(fl, 200, 0), numeric(rl, 100, 0), numeric(fr, 248, 0)}, false,
			"tires.screen_low attention with a number; tires.screen_fine fine with a number; tires.screen_critical urgent with a number; tires.screen_fine fine with a number"},
		{"in words", []vehicle.Tire{status(fl, vehicle.TireLow), status(fr, vehicle.TireFine), status(rl, vehicle.TireFault)}, false,
			"tires.screen_low attention; tires.screen_fine fine; tires.screen_fault unknown; tires.screen_no_reading unknown"},
		{"a dead sensor, an old reading", []vehicle.Tire{missing(fl, vehicle.SensorFault), numeric(fr, 248, time.Hour), unrated, missing(rr, vehicle.NotReported)}, true,
			"tires.screen_fault unknown; tires.screen_fine fine with a number; tires.screen_not_rated unknown with a number; tires.screen_no_reading unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := ground.At{Car: golf, Facts: ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC, Pressure: speech.PSI}}
			shown := showTires(vehicle.Diagnosis{Tires: tc.tires}, at)
			if got := drawn(shown); got != tc.want || (shown.Note != nil) != tc.note {
				t.Errorf("note %t\n got: %s\nwant: %s", shown.Note != nil, got, tc.want)
			}
		})
	}
}

func TestCarOnAScreen(t *testing.T) {
	at := ground.At{Car: golf, Facts: ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC}}
	if shown := showCheckup(checkup{}, at); shown != nil {
		t.Errorf("of a car that reported nothing: %+v", shown)
	}
	c := checkup{diagnosis: vehicle.Diagnosis{Tires: []vehicle.Tire{numeric(vehicle.FrontLeft, 100, 0)}}}
	c.codes.EngineLight = seen(false, 0)
	shown := showCheckup(c, at)[0].(skill.Screen)
	if got, want := drawn(shown), "overview.screen_stop urgent; overview.screen_fine fine"; got != want {
		t.Errorf(" got: %s\nwant: %s", got, want)
	}
	if touch := shown.Rows[0].Touch; touch.Intent != "CheckTires" || len(touch.Slots) != 1 || touch.Slots[0].ID != "veh_golf" {
		t.Errorf("a touch on the tires plays %+v", touch)
	}
}

// Whatever a check finds has a word and a mark.
func TestEverySeverityHasAWord(t *testing.T) {
	for s := severity(0); s <= stop; s++ {
		if _, ok := severityWords[s]; !ok {
			t.Errorf("severity %d has no word", s)
		}
	}
	for _, check := range checks {
		if partIntents[check.subject] == "" && check.subject != "key" {
			t.Errorf("%s leads nowhere", check.subject)
		}
	}
}
