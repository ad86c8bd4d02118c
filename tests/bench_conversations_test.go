package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// BenchmarkConversation is the first turn of every conversation of the table, said without any detail, with
// everything outside of the skill answered from memory.
func BenchmarkConversation(b *testing.B) {
	answer := newBenchSkill(b)
	for _, row := range intents.Table(intents.Deps{}) {
		b.Run(row.Intent, func(b *testing.B) {
			var slots []string
			for name := range row.Slots {
				slots = append(slots, fmt.Sprintf(`%q:{"name":%q,"confirmationStatus":"NONE"}`, name, name))
			}
			body := requestBody(b, map[string]json.RawMessage{}, row.Intent, "", strings.Join(slots, ","))
			var r skill.Response
			if err := json.Unmarshal(answer(b, body), &r); err != nil || r.Body.OutputSpeech == nil || strings.Contains(r.Body.OutputSpeech.SSML, "mistake") {
				b.Fatalf("no answer worth measuring: %+v, %v", r.Body.OutputSpeech, err)
			}
			b.ReportAllocs()
			for b.Loop() {
				answer(b, body)
			}
		})
	}
}

// The rest of the still world: a delivery that came, a trip, a light that is on.

func (w *stillWorld) ExtendGrant(_ context.Context, _ vehicle.Token, id string, end time.Time) (vehicle.Grant, error) {
	return vehicle.Grant{ID: id, Vehicle: "veh_golf", Window: vehicle.Window{Start: w.now, End: end}}, nil
}

func (w *stillWorld) RevokeGrant(_ context.Context, _ vehicle.Token, id string) (vehicle.Grant, error) {
	return vehicle.Grant{ID: id, Vehicle: "veh_golf", RevokedAt: w.now}, nil
}

func (w *stillWorld) Block(context.Context, vehicle.Token, vehicle.ID) (vehicle.Block, error) {
	return vehicle.Block{Since: w.now}, nil
}

func (w *stillWorld) Unblock(context.Context, vehicle.Token, vehicle.ID) error { return nil }

func (w *stillWorld) Send(_ context.Context, _ vehicle.Token, _ vehicle.IdempotencyKey, id vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	return w.command(id, act), nil
}

func (w *stillWorld) Command(context.Context, vehicle.Token, string) (vehicle.Command, error) {
	return w.command("veh_golf", vehicle.Lock), nil
}

func (w *stillWorld) command(id vehicle.ID, act vehicle.Act) vehicle.Command {
	return vehicle.Command{ID: "cmd_1", Vehicle: id, Act: act, Status: vehicle.Succeeded, CreatedAt: w.now, ExpiresAt: w.now.Add(time.Minute)}
}

func (w *stillWorld) TroubleCodes(context.Context, vehicle.Token, vehicle.ID) (vehicle.TroubleCodes, error) {
	return vehicle.TroubleCodes{
		EngineLight: vehicle.Reading[bool]{Value: true, ObservedAt: w.now},
		Codes:       []vehicle.TroubleCode{{Code: "P0301", Status: vehicle.StoredCode}, {Code: "P0420", Status: vehicle.PendingCode}},
	}, nil
}

func (w *stillWorld) Location(context.Context, vehicle.Token, vehicle.ID) (vehicle.Location, error) {
	return vehicle.Location{Position: vehicle.Reading[vehicle.Position]{ObservedAt: w.now}, Address: "Arbutus Street"}, nil
}

func (w *stillWorld) Trips(_ context.Context, _ vehicle.Token, _ vehicle.ID, from, _ time.Time) ([]vehicle.Trip, error) {
	return []vehicle.Trip{{
		ID: "trp_1", Start: from, End: from.Add(time.Hour),
		Distance: vehicle.Reading[vehicle.Kilometers]{Value: 42, ObservedAt: from}, Fuel: vehicle.Reading[vehicle.Liters]{Value: 3, ObservedAt: from},
	}}, nil
}

func (w *stillWorld) Events(context.Context, vehicle.Token, vehicle.ID, time.Time) ([]vehicle.Event, error) {
	return []vehicle.Event{{ID: "evt_1", Type: vehicle.TrunkOpened, At: w.now.Add(-time.Hour), Actor: vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}}}, nil
}

func (w *stillWorld) SavePreferences(context.Context, string, pin.Revision, store.Preferences) error {
	return nil
}
