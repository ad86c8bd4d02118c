package access

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestHoldersOnAScreen(t *testing.T) {
	now := groundtest.Tuesday()
	cars := []vehicle.Vehicle{{ID: "veh_bolt", Name: "Bolt"}, {ID: "veh_golf", Name: "Golf"}}
	grant := func(car vehicle.ID, from, until time.Duration) vehicle.Grant {
		return vehicle.Grant{
			Vehicle: car, Carrier: vehicle.Carrier{ID: "ups", Name: "UPS"}, AccessPoint: vehicle.Trunk,
			Window: vehicle.Window{Start: now.Add(from), End: now.Add(until)},
		}
	}
	f := grantFacts{Facts: ground.Facts{Now: now, Zone: time.UTC, Cars: cars}, Open: []vehicle.Grant{
		grant("veh_golf", -time.Hour, 2*time.Hour), grant("veh_bolt", 6*time.Hour, 8*time.Hour),
	}}
	shown := showHolders(cars, f)[0].(skill.Screen)
	for i, want := range []skill.Row{{Mark: screen.Fine, From: 0, To: 25}, {Mark: screen.Ahead, From: 75, To: 100}} {
		if got := shown.Rows[i]; got.Mark != want.Mark || got.From != want.From || got.To != want.To {
			t.Errorf("row %d: %s from %v to %v, want %s from %v to %v", i, got.Mark, got.From, got.To, want.Mark, want.From, want.To)
		}
	}
	if one := showHolders(cars[:1], f)[0].(skill.Screen); len(one.Rows) != 1 || one.Rows[0].To != 100 {
		t.Errorf("of the Bolt alone: %+v", one.Rows)
	}
	f.Open = nil
	if none := showHolders(cars, f); none != nil {
		t.Errorf("of nobody: %+v", none)
	}
	for range 2 * mostShown {
		f.Open = append(f.Open, grant("veh_golf", 0, time.Hour))
	}
	if many := showHolders(cars, f)[0].(skill.Screen); len(many.Rows) != mostShown {
		t.Errorf("%d rows of many", len(many.Rows))
	}
}
