package history

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

var (
	golf    = vehicle.Vehicle{ID: "veh_golf", Name: "Golf"}
	outback = vehicle.Vehicle{ID: "veh_outback", Name: "Outback"}

	ups   = vehicle.Carrier{ID: "ups", Name: "UPS", Verified: true}
	fedex = vehicle.Carrier{ID: "fedex", Name: "FedEx", Verified: true}
)

func facts() ground.Facts { return ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC} }

func minutesAgo(n int) time.Time { return groundtest.Tuesday().Add(-time.Duration(n) * time.Minute) }

// happened is an event so many minutes ago.
func happened(what vehicle.EventType, ago int, grant string) vehicle.Event {
	return vehicle.Event{Type: what, At: minutesAgo(ago), Grant: grant}
}

func granted(id string, by vehicle.Carrier, from, until int) vehicle.Grant {
	return vehicle.Grant{ID: id, Vehicle: golf.ID, AccessPoint: vehicle.Trunk, Carrier: by, MaxUses: 1, Window: vehicle.Window{Start: minutesAgo(from), End: minutesAgo(until)}}
}

func TestHowFarADeliveryHasCome(t *testing.T) {
	open, over, later := granted("g", ups, 60, -60), granted("g", ups, 120, 30), granted("g", ups, -60, -120)
	box := open
	box.AccessPoint = vehicle.KeyBoxOnPlate
	used, revoked := open, open
	used.Uses, revoked.RevokedAt = 1, minutesAgo(5)
	ev := func(typesAndMinutes ...any) []vehicle.Event {
		var list []vehicle.Event
		for i := 0; i < len(typesAndMinutes); i += 2 {
			list = append(list, happened(typesAndMinutes[i].(vehicle.EventType), typesAndMinutes[i+1].(int), "g"))
		}
		return list
	}
	for _, tc := range []struct {
		name   string
		grant  vehicle.Grant
		events []vehicle.Event
		want   stage
		ago    int
	}{
		{"waiting", open, nil, waiting, -60},
		{"scheduled", later, nil, scheduled, -60},
		{"on the way", open, ev(vehicle.DeliveryEnRoute, 20), enRoute, 20},
		{"arrived", open, ev(vehicle.DeliveryEnRoute, 20, vehicle.DeliveryArrived, 5), arrived, 5},
		{"opened", used, ev(vehicle.DeliveryArrived, 5, vehicle.GrantRedeemed, 4, vehicle.TrunkOpened, 3), opened, 3},
		{"redeemed, and nothing more", used, ev(vehicle.GrantRedeemed, 4), opened, 4},
		{"closed", used, ev(vehicle.TrunkOpened, 3, vehicle.TrunkClosed, 2), closed, 2},
		{"locked", used, ev(vehicle.TrunkOpened, 3, vehicle.TrunkClosed, 2, vehicle.TrunkLocked, 1), relocked, 2},
		{"completed", used, ev(vehicle.TrunkOpened, 3, vehicle.TrunkClosed, 2, vehicle.TrunkLocked, 1, vehicle.DeliveryCompleted, 1), done, 2},
		{"completed, and never seen to lock", used, ev(vehicle.TrunkOpened, 3, vehicle.TrunkClosed, 2, vehicle.DeliveryCompleted, 1), closed, 2},
		{"left open", used, ev(vehicle.TrunkOpened, 30, vehicle.TrunkLeftOpen, 20), leftOpen, 30},
		{"left open, opened too long ago to know", used, ev(vehicle.TrunkLeftOpen, 20), leftOpen, 20},
		{"left open, then closed", used, ev(vehicle.TrunkOpened, 30, vehicle.TrunkLeftOpen, 20, vehicle.TrunkClosed, 2), closed, 2},
		{"key taken", box, ev(vehicle.KeyBoxOpened, 3), opened, 3},
		{"key back", box, ev(vehicle.KeyBoxOpened, 3, vehicle.KeyBoxClosed, 2), keyReturned, 2},
		{"box closed without the key", box, ev(vehicle.KeyBoxOpened, 3, vehicle.KeyBoxClosed, 2, vehicle.KeyMissing, 2), keyNotReturned, 2},
		{"key brought back later", box, ev(vehicle.KeyBoxOpened, 30, vehicle.KeyBoxClosed, 20, vehicle.KeyMissing, 20, vehicle.KeyBoxOpened, 3, vehicle.KeyBoxClosed, 2), keyReturned, 2},
		{"missed", over, nil, missed, 30},
		{"missed, though on the way", over, ev(vehicle.DeliveryEnRoute, 60), missed, 30},
		{"called off", revoked, ev(vehicle.DeliveryEnRoute, 60), 0, 0},
		{"another's events", open, []vehicle.Event{happened(vehicle.TrunkOpened, 3, "other")}, waiting, -60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, at, told := visits{events: tc.events}.howFar(tc.grant, groundtest.Tuesday())
			if wanted := tc.ago != 0; told != wanted || told && (got != tc.want || !at.Equal(minutesAgo(tc.ago))) {
				t.Errorf("stage %d at %s, told %t; want %d at %s", got, at, told, tc.want, minutesAgo(tc.ago))
			}
		})
	}
}

// A key that somebody brought back later is back, although no courier opened the box again.
func TestTheKeyIsBack(t *testing.T) {
	box := granted("g", ups, 60, -60)
	box.AccessPoint = vehicle.KeyBoxOnPlate
	events := []vehicle.Event{
		happened(vehicle.KeyBoxOpened, 30, "g"), happened(vehicle.KeyBoxClosed, 20, "g"), happened(vehicle.KeyMissing, 20, "g"),
	}
	for _, tc := range []struct {
		inside bool
		ago    int
		want   stage
	}{{true, 5, keyReturned}, {false, 5, keyNotReturned}, {true, 25, keyNotReturned}} {
		v := visits{events: events, key: vehicle.Reading[bool]{Value: tc.inside, ObservedAt: minutesAgo(tc.ago)}}
		if got, _, _ := v.howFar(box, groundtest.Tuesday()); got != tc.want {
			t.Errorf("seen inside %t %d minutes ago: stage %d, want %d", tc.inside, tc.ago, got, tc.want)
		}
	}
}

func TestDeliveries(t *testing.T) {
	at := func(car vehicle.Vehicle, grants []vehicle.Grant, events ...vehicle.Event) ground.Seen[visits] {
		return ground.Seen[visits]{Car: car, What: visits{grants: grants, events: events}}
	}
	guest := granted("n", vehicle.Carrier{}, 60, -60)
	five := []vehicle.Grant{
		granted("e", ups, -60, -120), granted("d", ups, 60, -60), granted("c", ups, 120, 30), granted("b", fedex, 60, -60), granted("a", ups, 60, -60),
	}
	for _, tc := range []struct {
		name    string
		seen    []ground.Seen[visits]
		carrier string
		want    string
	}{
		{"none", []ground.Seen[visits]{at(golf, nil), at(outback, nil)}, "", "say delivery.none"},
		{"a guest is no delivery", []ground.Seen[visits]{at(golf, []vehicle.Grant{guest})}, "", "say delivery.none"},
		{"worst first, three at most", []ground.Seen[visits]{
			at(golf, five, happened(vehicle.TrunkOpened, 30, "a"), happened(vehicle.TrunkLeftOpen, 20, "a"), happened(vehicle.DeliveryEnRoute, 5, "b")), at(outback, nil),
		}, "", "say delivery.left_open; say delivery.en_route; say delivery.missed; say delivery.more"},
		{"of one carrier", []ground.Seen[visits]{at(golf, five, happened(vehicle.DeliveryEnRoute, 5, "b"))}, "fedex", "say delivery.en_route"},
		{"of a carrier that has none", []ground.Seen[visits]{at(golf, five)}, "DHL", "say delivery.none_by"},
		{"still to come", []ground.Seen[visits]{at(golf, five[:2])}, "", "say delivery.expected_until; say delivery.expected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := groundtest.Written(tellDeliveries(tc.seen, tc.carrier, facts())); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func TestTheCarrierThatIsAskedAbout(t *testing.T) {
	for value, want := range map[string]string{"": "", "fedex": "", "?": "say delivery.which_carrier"} {
		name, doubt := whichCarrier(groundtest.Slots("carrier", value))
		if got := groundtest.Written(doubt); got != want || want == "" && name != value {
			t.Errorf("%q: %q, %s", value, name, got)
		}
	}
}

func TestWhoOpened(t *testing.T) {
	at := func(car vehicle.Vehicle, events ...vehicle.Event) ground.Seen[[]vehicle.Event] {
		return ground.Seen[[]vehicle.Event]{Car: car, What: events}
	}
	by := func(e vehicle.Event, kind vehicle.ActorKind, name string) vehicle.Event {
		e.Actor = vehicle.Actor{Kind: kind, Name: name}
		return e
	}
	own := happened(vehicle.TrunkOpened, 10, "")
	own.Command = "cmd"
	for _, tc := range []struct {
		name string
		seen []ground.Seen[[]vehicle.Event]
		want string
	}{
		{"nobody", []ground.Seen[[]vehicle.Event]{at(golf, happened(vehicle.GrantCreated, 9, "g"))}, "say opened.nobody"},
		{"the owner", []ground.Seen[[]vehicle.Event]{at(golf, own)}, "say opened.by_owner"},
		{"the owner, by name", []ground.Seen[[]vehicle.Event]{at(golf, by(happened(vehicle.TrunkOpened, 9, ""), vehicle.ByOwner, "Alex"))}, "say opened.by_owner"},
		{"a courier", []ground.Seen[[]vehicle.Event]{at(golf, by(happened(vehicle.GrantRedeemed, 9, "g"), vehicle.ByCourier, "UPS"), by(happened(vehicle.TrunkOpened, 9, "g"), vehicle.ByCar, ""))}, "say opened.by"},
		{"a guest", []ground.Seen[[]vehicle.Event]{at(golf, by(happened(vehicle.TrunkOpened, 9, "g"), vehicle.ByGuest, "my neighbor"))}, "say opened.by"},
		{"somebody let in", []ground.Seen[[]vehicle.Event]{at(golf, happened(vehicle.TrunkOpened, 9, "g"))}, "say opened.by_somebody"},
		{"by hand", []ground.Seen[[]vehicle.Event]{at(golf, by(happened(vehicle.TrunkOpened, 9, ""), vehicle.ByCar, ""))}, "say opened.by_hand"},
		{"the key box", []ground.Seen[[]vehicle.Event]{at(outback, by(happened(vehicle.KeyBoxOpened, 9, "g"), vehicle.ByCourier, "UPS"))}, "say opened.box"},
		{"the key box, by somebody", []ground.Seen[[]vehicle.Event]{at(outback, happened(vehicle.KeyBoxOpened, 9, ""))}, "say opened.box_somebody"},
		{"left open first", []ground.Seen[[]vehicle.Event]{at(golf, own, happened(vehicle.TrunkLeftOpen, 1, ""))}, "say opened.left_open; say opened.by_owner"},
		{"left open, since closed", []ground.Seen[[]vehicle.Event]{at(golf, own, happened(vehicle.TrunkLeftOpen, 2, ""), happened(vehicle.TrunkClosed, 1, ""))}, "say opened.by_owner"},
		{"three at most, the newest first", []ground.Seen[[]vehicle.Event]{
			at(golf, own, happened(vehicle.TrunkOpened, 8, "g")), at(outback, happened(vehicle.KeyBoxOpened, 20, ""), happened(vehicle.KeyBoxOpened, 9, ""), happened(vehicle.KeyBoxOpened, 1, "")),
		}, "say opened.box_somebody; say opened.by_somebody; say opened.box_somebody; say opened.more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := groundtest.Written(tellOpenings(tc.seen, "", facts())); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func TestWhoSaw(t *testing.T) {
	saw := func(ago int, grant string, kind vehicle.ActorKind, name string, exact bool) vehicle.Event {
		e := happened(vehicle.PositionReleased, ago, grant)
		e.Actor, e.Exact = vehicle.Actor{Kind: kind, Name: name}, exact
		return e
	}
	you := saw(1, "", vehicle.ByOwner, "", true)
	week := func(events ...vehicle.Event) []ground.Seen[[]vehicle.Event] {
		return []ground.Seen[[]vehicle.Event]{{Car: golf, What: events}, {Car: outback}}
	}
	for _, tc := range []struct {
		name string
		seen []ground.Seen[[]vehicle.Event]
		want string
	}{
		{"nobody", week(happened(vehicle.TrunkOpened, 1, "")), "say sight.nobody"},
		{"only the owner", week(you, you), "say sight.only_you"},
		{"a courier, roughly and then exactly; the owner last", week(saw(30, "g", vehicle.ByCourier, "UPS", false), saw(9, "g", vehicle.ByCourier, "UPS", true), saw(8, "g", vehicle.ByCourier, "UPS", true), you),
			"say sight.exact; say sight.vicinity; say sight.you"},
		{"somebody", week(saw(9, "g", "", "", true)), "say sight.somebody"},
		{"many", week(saw(9, "g", vehicle.ByCourier, "UPS", true), saw(8, "h", vehicle.ByCourier, "UPS", true), saw(7, "i", vehicle.ByCourier, "FedEx", true), saw(6, "j", vehicle.ByCourier, "DHL", true)),
			"say sight.exact; say sight.exact; say sight.exact; say sight.more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := groundtest.Written(tellSights(tc.seen, "", facts())); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

// The place is told as words or not at all.
func TestWhere(t *testing.T) {
	seen := func(age int, address string) vehicle.Location {
		return vehicle.Location{Address: address, Position: vehicle.Reading[vehicle.Position]{Value: vehicle.Position{Latitude: 49.3, Longitude: -123.1}, ObservedAt: minutesAgo(age)}}
	}
	for _, tc := range []struct {
		name string
		loc  vehicle.Location
		want string
	}{
		{"here", seen(1, "12 Water Street"), "say where.at"},
		{"some time ago", seen(40, "12 Water Street"), "say where.at; say car.as_of"},
		{"no address", seen(1, ""), "say where.no_words"},
		{"never reported", vehicle.Location{Address: "12 Water Street", Position: vehicle.Reading[vehicle.Position]{Missing: vehicle.NotReported}}, "say where.not_known"},
	} {
		if got := groundtest.Written(tellWhere(tc.loc, ground.At{Car: golf, Facts: facts()})); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	f := facts()
	if f.Account = (store.Account{}); !where.Free(f) {
		t.Error("the place takes a PIN that the owner never asked for")
	}
	if f.Account.Preferences.LocationPIN = true; where.Free(f) {
		t.Error("the place is told without the PIN that the owner wants")
	}
}

func TestEveryStageHasItsLine(t *testing.T) {
	for s := leftOpen; s <= scheduled; s++ {
		say := delivery{car: golf, grant: granted("g", ups, 60, -60), stage: s, at: minutesAgo(1)}.say(facts())
		if _, known := deliveryLines[say.Key]; !known {
			t.Errorf("stage %d: %q is no line", s, say.Key)
		}
	}
}
