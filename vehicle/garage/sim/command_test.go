package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

var life = 90 * time.Second

func TestKeyBoxPlan(t *testing.T) {
	outback := DemoCars()[2]
	order := Order{ID: "cmd_1", Act: OpenBox}
	c := outback.Plan(World{}, Facts{}, order, noon, noon.Add(life))
	if !c.KeyOutAt.After(c.OpenedAt()) || !c.KeyBackAt.After(c.KeyOutAt) || !c.ClosesAt.After(c.KeyBackAt) || !c.KeyMissingAt().IsZero() {
		t.Errorf("opened %s, key out %s, back %s, closed %s", c.OpenedAt(), c.KeyOutAt, c.KeyBackAt, c.ClosesAt)
	}
	kept := outback.Plan(World{}, Facts{KeyKept: true}, order, noon, noon.Add(life))
	if !kept.KeyMissingAt().Equal(kept.ClosesAt) || kept.ClosesAt.IsZero() || kept.KeyInside(kept.ClosesAt) {
		t.Errorf("a kept key is missed at %s, the box shut at %s", kept.KeyMissingAt(), kept.ClosesAt)
	}
	late := kept.ClosesAt.Add(time.Minute)
	if !kept.Follow(World{}, Facts{}, late) || !kept.KeyInside(late) || !kept.KeyMissingAt().Equal(kept.ClosesAt) {
		t.Errorf("brought back later: %+v", kept)
	}
	if kept.Follow(World{}, Facts{KeyKept: true}, late.Add(time.Second)) {
		t.Error("a key that is back goes missing again")
	}
}

func TestLockingOpensNothing(t *testing.T) {
	bolt := DemoCars()[1]
	for _, act := range []vehicle.Act{vehicle.Lock, vehicle.Unlock} {
		c := bolt.Plan(World{}, Facts{}, Order{ID: "cmd_1", Act: act, ByOwner: true}, noon, noon.Add(life))
		if !c.OpenedAt().IsZero() || !c.ClosesAt.IsZero() || !c.LeftOpenAt().IsZero() {
			t.Errorf("%s opens something: %+v", act, c)
		}
		for _, e := range []vehicle.EventType{vehicle.TrunkOpened, vehicle.TrunkClosed, vehicle.TrunkLocked, vehicle.TrunkLeftOpen, vehicle.KeyBoxOpened} {
			if at := c.When(e); !at.IsZero() {
				t.Errorf("%s brings %s at %s", act, e, at)
			}
		}
		driving := bolt.Plan(World{}, Facts{MovingSince: noon}, Order{ID: "cmd_1", Act: act}, noon, noon.Add(life))
		if got := driving.Failed == ""; got != (act == vehicle.Lock) {
			t.Errorf("%s of a moving car works: %t", act, got)
		}
	}
}

// TestCancel: what is taken back before the car has it never acts, and what the car has cannot be taken back.
func TestCancel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		act := rapid.SampledFrom([]vehicle.Act{vehicle.OpenTheTrunk, vehicle.Unlock, OpenBox}).Draw(t, "act")
		f := Facts{Dongle: rapid.SampledFrom([]vehicle.DongleState{"", vehicle.Asleep, vehicle.Offline}).Draw(t, "dongle"), DongleSince: d.now}
		c := d.car.Plan(d.world, f, Order{ID: "cmd_1", Act: act}, d.now, d.now.Add(life))
		at := d.now.Add(time.Duration(rapid.Int64Range(0, int64(2*life)).Draw(t, "after")))
		delivered, over, before := c.Delivered(at), c.Final(at), c
		if canceled := c.Cancel(at, vehicle.CarBlocked); canceled == (delivered || over) {
			t.Fatalf("canceled %t, delivered %t, over %t", canceled, delivered, over)
		}
		if delivered || over {
			if c != before {
				t.Errorf("what could not be taken back changed: %+v", c)
			}
			return
		}
		if s, why, end := c.Status(at.Add(time.Hour)); s != vehicle.Failed || why != vehicle.CarBlocked || !end.Equal(at) || c.Opened(at.Add(time.Hour)) {
			t.Errorf("taken back: %s %s %s", s, why, end)
		}
	})
}

func TestRemember(t *testing.T) {
	var f Facts
	golf := DemoCars()[0]
	for i := range 3 * remembered {
		now := noon.Add(time.Duration(i) * time.Hour)
		f.Remember(golf.Plan(World{}, f, Order{ID: now.String(), Act: vehicle.Lock}, now, now.Add(life)), now)
	}
	end := noon.Add(100 * time.Hour)
	unlock := golf.Plan(World{}, f, Order{ID: "cmd_u", Act: vehicle.Unlock}, end, end.Add(life))
	f.Remember(unlock, end)
	f.Remember(unlock, end)
	if len(f.Commands) != remembered+1 || f.Pending(end) != 1 {
		t.Errorf("%d commands are remembered, %d pending", len(f.Commands), f.Pending(end))
	}
	if at := f.told(vehicle.Unlock, end.Add(life)); !at.Equal(unlock.FinishedAt) {
		t.Errorf("unlocked at %s, want %s", at, unlock.FinishedAt)
	}
}
