package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestProgressOnAScreen(t *testing.T) {
	now := groundtest.Tuesday()
	const (
		way, there, taken = vehicle.DeliveryEnRoute, vehicle.DeliveryArrived, vehicle.GrantRedeemed
		open, shut, lock  = vehicle.TrunkOpened, vehicle.TrunkClosed, vehicle.TrunkLocked
	)
	for _, tc := range []struct {
		name  string
		box   bool
		stage stage
		seen  []vehicle.EventType
		want  string
	}{
		{"waiting", false, waiting, nil, "done; ahead; ahead; ahead; ahead; ahead"},
		{"on its way", false, enRoute, []vehicle.EventType{way}, "done; done; ahead; ahead; ahead; ahead"},
		{"open now", false, opened, []vehicle.EventType{way, there, open}, "done; done; done; done; ahead; ahead"},
		{"opened without a word before", false, opened, []vehicle.EventType{taken}, "done; not_seen; not_seen; done; ahead; ahead"},
		{"left open", false, leftOpen, []vehicle.EventType{way, there, open, vehicle.TrunkLeftOpen}, "done; done; done; done; look; ahead"},
		{"shut once, and open again", false, leftOpen, []vehicle.EventType{way, there, shut, open}, "done; done; done; done; look; ahead"},
		{"shut", false, closed, []vehicle.EventType{way, there, open, shut}, "done; done; done; done; done; not_seen"},
		{"over", false, done, []vehicle.EventType{way, there, open, shut, lock}, "done; done; done; done; done; done"},
		{"missed", false, missed, []vehicle.EventType{way}, "done; done; missed; missed; missed; missed"},
		{"the key is out", true, keyNotReturned, []vehicle.EventType{way, there, vehicle.KeyBoxOpened, vehicle.KeyBoxClosed, vehicle.KeyMissing},
			"done; done; done; done; look"},
		{"the key is back", true, keyReturned, []vehicle.EventType{way, there, vehicle.KeyBoxOpened, vehicle.KeyBoxClosed}, "done; done; done; done; done"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := delivery{stage: tc.stage, grant: vehicle.Grant{ID: "g", AccessPoint: vehicle.Trunk}}
			if tc.box {
				d.grant.AccessPoint = vehicle.KeyBoxOnPlate
			}
			d.events = []vehicle.Event{{Type: lock, Grant: "another", At: now}}
			for _, e := range tc.seen {
				d.events = append(d.events, vehicle.Event{Type: e, Grant: "g", At: now})
			}
			var words []string
			for _, row := range d.show(ground.Facts{Now: now, Zone: time.UTC}).Rows {
				words = append(words, strings.TrimPrefix(fmt.Sprint(row.Word.(speech.Phrase).Key), "delivery.screen_word_"))
			}
			if got := strings.Join(words, "; "); got != tc.want {
				t.Errorf(" got: %s\nwant: %s", got, tc.want)
			}
		})
	}
}
