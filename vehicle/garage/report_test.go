package garage

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// report reads something of one of the demo owner's cars.
func report[T any](w *world, car, what string) T {
	w.Helper()
	return want[T](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_"+car+"/"+what, nil))
}

func TestEveryCarReportsWhatItHas(t *testing.T) {
	w := openWorld(t)
	golf, bolt, outback := report[wire.Diagnostics](w, "golf", "diagnostics"), report[wire.Diagnostics](w, "bolt", "diagnostics"), report[wire.Diagnostics](w, "outback", "diagnostics")
	if golf.Fuel == nil || golf.Oil == nil || golf.Charge != nil || bolt.Charge == nil || bolt.Charge.State == nil || bolt.Fuel != nil || bolt.Oil != nil {
		t.Errorf("the Golf burns and the Bolt is charged: %+v, %+v", golf, bolt)
	}
	if len(golf.Doors) != 4 || golf.Trunk == nil || *golf.Trunk.Open.Value || !*golf.Trunk.Locked.Value || !*golf.Doors[0].Locked.Value {
		t.Errorf("the Golf is not shut and locked: %+v %+v", golf.Trunk, golf.Doors)
	}
	if *golf.IgnitionOn.Value || *golf.Speed.Value != 0 || *golf.Speed.Unit != wire.SpeedReadingUnitKmH || *golf.Battery12V.Unit != wire.VoltageReadingUnitV {
		t.Errorf("the Golf drives: %+v %+v", golf.IgnitionOn, golf.Speed)
	}
	if r := outback.Trunk.Open.Reason; r == nil || *r != wire.MissingReasonNotSupported {
		t.Errorf("the Outback knows its trunk: %+v", outback.Trunk.Open)
	}
	codes := report[wire.TroubleCodes](w, "outback", "trouble-codes")
	if !*codes.EngineLight.Value || len(codes.Codes) != 2 || codes.Codes[0].Code != "P0420" || codes.Codes[0].FirstSeenAt == nil {
		t.Errorf("the Outback's codes are %+v", codes)
	}
	if none := report[wire.TroubleCodes](w, "golf", "trouble-codes"); *none.EngineLight.Value || none.Codes == nil || len(none.Codes) != 0 {
		t.Errorf("the Golf's codes are %+v", none)
	}
}

func TestDirectivesReachTheAnswers(t *testing.T) {
	w := openWorld(t)
	w.steer("golf fuel 8", "golf battery 11.9", "golf light on P0301", "golf doors unlocked", "golf odometer missing")
	d := report[wire.Diagnostics](w, "golf", "diagnostics")
	if *d.Fuel.Level.Value != 8 || *d.Battery12V.Value != 11.9 || *d.Doors[2].Locked.Value || *d.Odometer.Reason != wire.MissingReasonNotReported {
		t.Errorf("what was said of the Golf: %+v", d)
	}
	if c := report[wire.TroubleCodes](w, "golf", "trouble-codes"); len(c.Codes) != 1 || c.Codes[0].Code != "P0301" || !*c.EngineLight.Value {
		t.Errorf("codes %+v", c)
	}
	w.steer("golf readings stale 3h")
	if d := report[wire.Diagnostics](w, "golf", "diagnostics"); !d.Battery12V.ObservedAt.Equal(twoPM.Add(-3 * time.Hour)) {
		t.Errorf("stale readings are from %s", d.Battery12V.ObservedAt)
	}
	w.steer("golf reset")
	if d := report[wire.Diagnostics](w, "golf", "diagnostics"); *d.Fuel.Level.Value < 20 || !*d.Doors[2].Locked.Value || d.Odometer.Value == nil {
		t.Errorf("after a reset: %+v", d)
	}
}

func TestTheLidShows(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	w.clock.pass(8 * time.Second)
	trunk := report[wire.Diagnostics](w, "golf", "diagnostics").Trunk
	if !*trunk.Open.Value || *trunk.Locked.Value || w.clock.Now().Sub(*trunk.Open.ObservedAt) > 8*time.Second {
		t.Errorf("with the lid up the trunk is %+v %+v", trunk.Open, trunk.Locked)
	}
	w.clock.pass(20 * time.Second)
	if trunk := report[wire.Diagnostics](w, "golf", "diagnostics").Trunk; *trunk.Open.Value || !*trunk.Locked.Value {
		t.Errorf("after the delivery the trunk is %+v %+v", trunk.Open, trunk.Locked)
	}
}

func TestLocationIsARelease(t *testing.T) {
	w := openWorld(t)
	at := report[wire.Location](w, "golf", "location")
	if at.Position == nil || at.Address == nil || *at.Address != "Arbutus Street near West 10th Avenue" || at.ObservedAt == nil {
		t.Fatalf("the Golf is at %+v", at)
	}
	page := report[wire.EventPage](w, "golf", "events")
	if len(page.Events) != 1 || page.Events[0].Actor.Kind != wire.ActorKindOwner || *page.Events[0].Precision != wire.PrecisionExact {
		t.Errorf("the history is %+v, want the owner's look", page.Events)
	}
	w.steer("golf location missing")
	if at := report[wire.Location](w, "golf", "location"); at.Position != nil || at.Quality != wire.QualityUnavailable {
		t.Errorf("a missing place is %+v", at)
	}
	if got := w.events("veh_golf"); !slices.Equal(got, []string{"position_released exact"}) || len(w.ledger()) != 0 {
		t.Errorf("history %v, ledger %v: nothing was released the second time", got, w.ledger())
	}
	if strings.Contains(w.log.String(), "Arbutus") || strings.Contains(w.log.String(), "49.26") {
		t.Error("the log tells the place")
	}
	w.refused("another's car", w.call(w.owner("neighbor"), "GET", "/v1/vehicles/veh_golf/location", nil), wire.ProblemCodeNotFound)
}

func trips(from, to time.Time, more string) string {
	return fmt.Sprintf("trips?from=%s&to=%s%s", url.QueryEscape(from.Format(time.RFC3339)), url.QueryEscape(to.Format(time.RFC3339)), more)
}

func TestTripsByPage(t *testing.T) {
	w := openWorld(t)
	month := twoPM.AddDate(0, 0, -30)
	all := report[wire.TripPage](w, "golf", trips(month, twoPM, "&limit=100"))
	if len(all.Trips) < 40 || all.NextCursor != nil {
		t.Fatalf("%d trips in a month, cursor %v", len(all.Trips), all.NextCursor)
	}
	var paged []wire.Trip
	for more := "&limit=7"; ; {
		page := report[wire.TripPage](w, "golf", trips(month, twoPM, more))
		paged = append(paged, page.Trips...)
		if page.NextCursor == nil {
			break
		}
		more = "&limit=7&cursor=" + *page.NextCursor
	}
	if string(marshal(t, paged)) != string(marshal(t, all.Trips)) {
		t.Errorf("%d trips by pages of seven, %d at once", len(paged), len(all.Trips))
	}
	newest := all.Trips[0]
	if newest.FuelL == nil || newest.EnergyKwh != nil || *newest.DistanceKm != 3.6 || newest.EndedAt.After(twoPM) {
		t.Errorf("the newest trip is %+v", newest)
	}
	if bolt := report[wire.TripPage](w, "bolt", trips(month, twoPM, "")); len(bolt.Trips) == 0 || bolt.Trips[0].EnergyKwh == nil || bolt.Trips[0].FuelL != nil {
		t.Errorf("the Bolt's trips are %+v", bolt.Trips)
	}
	w.steer("golf trips none")
	if none := report[wire.TripPage](w, "golf", trips(month, twoPM, "")); none.Trips == nil || len(none.Trips) != 0 {
		t.Errorf("an empty log is %+v", none)
	}
	for _, bad := range []string{
		trips(month.AddDate(0, 0, -3), twoPM, ""), trips(twoPM, twoPM, ""), trips(twoPM, month, ""), trips(month, twoPM, "&limit=0"), trips(month, twoPM, "&limit=101"),
		trips(month, twoPM, "&cursor=xyz"), trips(month, twoPM, "&cursor=end_x"), "trips", "trips?from=yesterday&to=today",
	} {
		_, a := w.send(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/"+bad, nil)
		w.refused(bad, a, wire.ProblemCodeInvalidRequest)
	}
}

func TestEventsSince(t *testing.T) {
	w := openWorld(t)
	w.grant("intention-1")
	w.clock.pass(30 * time.Minute)
	later := w.clock.Now()
	w.grant("intention-2")
	w.grant("intention-3")
	since := func(at time.Time, more string) wire.EventPage {
		t.Helper()
		return report[wire.EventPage](w, "golf", "events?since="+url.QueryEscape(at.Format(time.RFC3339Nano))+more)
	}
	for _, c := range []struct {
		at   time.Time
		more string
		want int
	}{
		{twoPM.AddDate(-1, 0, 0), "", 3}, {twoPM, "", 3}, {twoPM.Add(time.Millisecond), "", 2}, {later, "", 2}, {later, "&limit=1", 1},
		{later.Add(time.Millisecond), "", 0}, {twoPM, "&cursor=start", 3},
	} {
		if got := since(c.at, c.more); len(got.Events) != c.want {
			t.Errorf("since %s%s: %d events, want %d", c.at, c.more, len(got.Events), c.want)
		}
	}
	first := since(later, "&limit=1")
	if rest := since(later, "&cursor="+first.NextCursor); len(rest.Events) != 1 || rest.Events[0].ID == first.Events[0].ID {
		t.Errorf("after the first of two came %+v", rest.Events)
	}
	if old := since(later, "&cursor="+since(twoPM, "&limit=1").NextCursor); len(old.Events) != 2 {
		t.Errorf("a cursor from before brought %d events", len(old.Events))
	}
	// An empty page says where to go on, and that is not the oldest event.
	end := since(later.Add(time.Hour), "")
	if more := report[wire.EventPage](w, "golf", "events?cursor="+end.NextCursor); len(more.Events) != 0 {
		t.Errorf("after nothing came %d events", len(more.Events))
	}
}

func TestStormReachesEveryReading(t *testing.T) {
	w := openWorld(t)
	w.steer("weather storm")
	reasons, stale := 0, 0
	for range 60 {
		w.clock.pass(31 * time.Minute)
		delete(w.tokens, "demo")
		world, now := w.weatherNow().World(), w.clock.Now()
		for _, c := range demoOwners[0].cars {
			shown := wireDiagnosis(car{Car: c}.Diagnosis(world, sim.Facts{}, now))
			if b := shown.Battery12V; b.Value == nil {
				reasons++
			} else if now.Sub(*b.ObservedAt) > 2*time.Hour {
				stale++
			}
		}
	}
	if reasons == 0 || stale == 0 {
		t.Errorf("of 180 batteries %d were missing and %d stale", reasons, stale)
	}
}

// TestOldDataReports: a data file from before cars had gauges gets them when it is opened, and keeps what
// happened to the cars.
func TestOldDataReports(t *testing.T) {
	w := openWorld(t)
	w.steer("golf asleep")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(w.path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		k, err := find[car](tx, bucketVehicles, "veh_golf")
		if err != nil {
			return err
		}
		k.Tank, k.Uses, k.Driven, k.Routine = 0, 0, 0, nil
		return put(tx, bucketVehicles, "veh_golf", k)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	w.open(Calm, 1)
	if d := report[wire.Diagnostics](w, "golf", "diagnostics"); d.Fuel == nil || *d.Odometer.Value < 48_000 {
		t.Errorf("the Golf reports fuel %+v, odometer %+v", d.Fuel, d.Odometer)
	}
	if state := w.vehicles("demo")["Golf"].Dongle.State; state != wire.DongleStateAsleep {
		t.Errorf("the Golf forgot that it sleeps: %s", state)
	}
}
