package garage

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// events lists a car's history as "type" or "type precision".
func (w *world) events(car string) []string {
	w.Helper()
	var list []string
	page := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/"+car+"/events?limit=100", nil))
	for _, e := range page.Events {
		line := string(e.Type)
		if e.Precision != nil {
			line += " " + string(*e.Precision)
		}
		list = append(list, line)
	}
	return list
}

func (w *world) delivery(id string) wire.Delivery {
	w.Helper()
	return want[wire.Delivery](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/deliveries/"+id, nil))
}

func TestStory(t *testing.T) {
	w := openWorld(t)
	g := w.grant("intention-1")
	if g.Status != wire.GrantStatusActive || g.Uses != 0 || g.MaxUses != 1 || g.Place == nil {
		t.Errorf("the new grant is %+v", g)
	}

	list := want[wire.DeliveryList](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/deliveries", nil))
	if len(list.Deliveries) != 1 || list.Deliveries[0].Vicinity == nil || list.Deliveries[0].Position != nil || list.Deliveries[0].Vehicle != nil {
		t.Fatalf("before en route the carrier sees %+v, want one delivery with its vicinity alone", list.Deliveries)
	}
	if d := w.delivery(g.ID); d.Position != nil || d.Vehicle != nil || d.Vicinity == nil {
		t.Errorf("before en route the courier sees %+v", d)
	}

	w.clock.pass(10 * time.Minute)
	d := want[wire.Delivery](w, http.StatusOK, w.step(g.ID, "en-route", wire.EnRoute{DeliveryReference: parcel}))
	if d.Position == nil || d.Vehicle == nil || *d.Vehicle.Plate != "TRK 482" || *d.DeliveryReference != parcel {
		t.Errorf("en route the courier sees %+v, want the car", d)
	}
	w.clock.pass(20 * time.Minute)
	want[wire.Delivery](w, http.StatusOK, w.step(g.ID, "arrive", wire.Arrival{Position: atCar}))

	cmd := want[wire.Command](w, http.StatusAccepted, w.step(g.ID, "open", redemption()))
	seen := []wire.CommandStatus{}
	for range 80 {
		c := want[wire.Command](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/commands/"+cmd.ID, nil))
		if len(seen) == 0 || seen[len(seen)-1] != c.Status {
			seen = append(seen, c.Status)
		}
		if c.FinishedAt != nil {
			break
		}
		w.refused("complete before the trunk has opened", w.step(g.ID, "complete", nil), wire.ProblemCodeStepOutOfOrder)
		w.clock.pass(100 * time.Millisecond)
	}
	if way := []wire.CommandStatus{"queued", "sent", "delivered", "succeeded"}; !slices.Equal(seen, way) {
		t.Errorf("the command went %v, want %v", seen, way)
	}
	a := w.step(g.ID, "complete", nil)
	w.refused("complete with the lid up", a, wire.ProblemCodeLeftOpen)
	if a.header.Get("Retry-After") == "" {
		t.Error("left_open does not say when to ask again")
	}
	w.clock.pass(11 * time.Second)
	d = want[wire.Delivery](w, http.StatusOK, w.step(g.ID, "complete", nil))
	if d.Position != nil || d.Vehicle != nil || d.Vicinity != nil || d.Status != wire.GrantStatusRedeemed {
		t.Errorf("after completion the courier sees %+v, want nothing of the place", d)
	}
	var steps []string
	for _, s := range d.Steps {
		steps = append(steps, string(s.Step))
	}
	if got := strings.Join(steps, " "); got != "granted en_route arrived opened closed locked completed" {
		t.Errorf("steps %q", got)
	}

	history := []string{
		"grant.created", "position_released vicinity",
		"delivery.en_route", "position_released exact", "delivery.arrived", "position_released exact",
		"grant.redeemed", "command.succeeded", "trunk.opened", "trunk.closed", "trunk.locked", "delivery.completed",
	}
	if got := w.events("veh_golf"); !slices.Equal(got, history) {
		t.Errorf("history\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(history, "\n"))
	}
	lines := []string{"grant trunk golf UPS until 18:00", "en_route golf UPS", "arrived golf UPS", "open trunk golf UPS", "completed golf UPS"}
	if got := w.ledger(); !slices.Equal(got, lines) {
		t.Errorf("ledger %q, want %q", got, lines)
	}
	final := want[wire.Grant](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/grants/"+g.ID, nil))
	if final.Status != wire.GrantStatusRedeemed || final.Uses != 1 {
		t.Errorf("the grant is %s with %d uses", final.Status, final.Uses)
	}
	for _, secret := range []string{"TRK 482", "49.269", w.owner("demo"), w.carrier("ups")} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log tells %.4s…", secret)
		}
	}
}

func TestEveryStepMayBeRepeated(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	same := func(what string, first, second answer) {
		t.Helper()
		if first.status != second.status || string(first.body) != string(second.body) {
			t.Errorf("%s again: %d %s, first %d %s", what, second.status, second.body, first.status, first.body)
		}
	}
	same("en-route", w.step(id, "en-route", wire.EnRoute{DeliveryReference: parcel}), w.step(id, "en-route", wire.EnRoute{DeliveryReference: parcel}))
	same("arrive", w.step(id, "arrive", wire.Arrival{Position: atCar}), w.step(id, "arrive", wire.Arrival{Position: wire.Position{}}))
	same("open", w.step(id, "open", redemption()), w.step(id, "open", redemption()))
	w.clock.pass(20 * time.Second)
	same("open after success", w.step(id, "open", redemption()), w.step(id, "open", redemption()))
	same("complete", w.step(id, "complete", nil), w.step(id, "complete", nil))
	w.refused("open after completion", w.step(id, "open", redemption()), wire.ProblemCodeGrantRedeemed)
	if got := w.ledger(); len(got) != 5 {
		t.Errorf("ledger %q, want each effect once", got)
	}
}

func TestFiftyCouriersOpenOnce(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	token := w.carrier("ups")
	ids := make([]string, 50)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			_, a := w.send(token, "POST", "/v1/deliveries/"+id+"/open", []byte(`{"delivery_reference":"`+parcel+`","position":{"latitude":49.2693,"longitude":-123.1560}}`))
			if a.status != http.StatusAccepted {
				t.Errorf("status %d %s", a.status, a.body)
			}
			_, ids[i], _ = strings.Cut(string(a.body), `"id":"`)
			ids[i], _, _ = strings.Cut(ids[i], `"`)
		})
	}
	all.Wait()
	slices.Sort(ids)
	if got := slices.Compact(ids); len(got) != 1 {
		t.Errorf("%d commands: %v", len(got), got)
	}
	if opened := strings.Count(strings.Join(w.ledger(), "\n"), "open trunk golf"); opened != 1 {
		t.Errorf("the ledger has %d openings", opened)
	}
	w.clock.pass(time.Minute)
	if opened := strings.Count(strings.Join(w.events("veh_golf"), "\n"), "trunk.opened"); opened != 1 {
		t.Errorf("the trunk opened %d times", opened)
	}
}

func TestOneIntentionOneGrant(t *testing.T) {
	w := openWorld(t)
	token := w.owner("demo")
	body := w.request("ups", 0, 4*time.Hour)
	bodies := make([]string, 20)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			a := w.call(token, "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-1")
			bodies[i] = string(a.body)
		})
	}
	all.Wait()
	slices.Sort(bodies)
	if got := slices.Compact(bodies); len(got) != 1 || len(w.ledger()) != 1 {
		t.Errorf("one key gave %d answers and %d grants", len(got), len(w.ledger()))
	}
	other := w.request("fedex", 0, 4*time.Hour)
	w.refused("another request", w.call(token, "POST", "/v1/vehicles/veh_golf/grants", other, "Idempotency-Key", "intention-1"), wire.ProblemCodeIdempotencyKeyReused)
	w.refused("another car", w.call(token, "POST", "/v1/vehicles/veh_bolt/grants", body, "Idempotency-Key", "intention-1"), wire.ProblemCodeIdempotencyKeyReused)
	neighbor := w.call(w.owner("neighbor"), "POST", "/v1/vehicles/veh_cinquecento/grants", body, "Idempotency-Key", "intention-1")
	if neighbor.status != http.StatusCreated {
		t.Errorf("another owner's same key: status %d %s", neighbor.status, neighbor.body)
	}

	// A refusal is not remembered.
	w.steer("golf blocked")
	w.refused("blocked", w.call(token, "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-2"), wire.ProblemCodeVehicleBlocked)
	w.steer("golf unblocked")
	if a := w.call(token, "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-2"); a.status != http.StatusCreated {
		t.Errorf("after the block was lifted: status %d %s", a.status, a.body)
	}
}

func TestKeysLiveADay(t *testing.T) {
	w := openWorld(t)
	token := w.owner("demo")
	body := w.request("ups", 0, 4*time.Hour)
	first := w.call(token, "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-1")
	w.clock.pass(replyLife - time.Minute)
	delete(w.tokens, "demo") // an hour is over
	if again := w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-1"); string(again.body) != string(first.body) || again.status != http.StatusCreated {
		t.Errorf("after nearly a day: %d %s, first %s", again.status, again.body, first.body)
	}
	w.clock.pass(time.Minute)
	delete(w.tokens, "demo")
	w.refused("after a day", w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", body, "Idempotency-Key", "intention-1"), wire.ProblemCodeWindowPast)
}

func TestGrantExpiresByItself(t *testing.T) {
	w := openWorld(t)
	g := w.grant("intention-1")
	w.clock.pass(4 * time.Hour)
	delete(w.tokens, "demo")
	list := want[wire.GrantList](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/grants", nil))
	if len(list.Grants) != 1 || list.Grants[0].ID != g.ID || list.Grants[0].Status != wire.GrantStatusExpired {
		t.Errorf("at the end of its window the list is %+v", list.Grants)
	}
	if got := w.events("veh_golf"); !slices.Equal(got, []string{"grant.created", "grant.expired"}) {
		t.Errorf("history %v", got)
	}
	w.clock.pass(24 * time.Hour)
	delete(w.tokens, "demo")
	list = want[wire.GrantList](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/grants", nil))
	if len(list.Grants) != 0 {
		t.Errorf("a day later the list is %+v", list.Grants)
	}
	if old := want[wire.Grant](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/grants/"+g.ID, nil)); old.Status != wire.GrantStatusExpired {
		t.Errorf("a day later the grant is %s", old.Status)
	}
}

func TestPersistence(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	demo, ledger := w.Demo(), w.ledger()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	w.open(Calm, 1)
	if got := w.Demo(); !reflect.DeepEqual(got, demo) {
		t.Error("the demo world has other credentials after a restart")
	}
	if got := w.ledger(); !slices.Equal(got, ledger) {
		t.Errorf("ledger %q, before the restart %q", got, ledger)
	}
	// The old tokens are still good, and the courier goes on where it was.
	cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(30 * time.Second)
	w.open(Calm, 1)
	got := want[wire.Command](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/commands/"+cmd.ID, nil))
	if got.Status != wire.CommandStatusSucceeded {
		t.Errorf("the car acted while the garage was shut: command %s", got.Status)
	}
	want[wire.Delivery](w, http.StatusOK, w.step(id, "complete", nil))
	w.refused("open once more", w.step(id, "open", redemption()), wire.ProblemCodeGrantRedeemed)
}

func TestEventsByCursor(t *testing.T) {
	w := openWorld(t)
	for i := range 5 {
		w.grant(fmt.Sprintf("intention-%d", i))
	}
	cursor, n := "", 0
	for {
		path := "/v1/vehicles/veh_golf/events?limit=2"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		page := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", path, nil))
		cursor = page.NextCursor
		if len(page.Events) == 0 {
			break
		}
		n += len(page.Events)
	}
	if n != 5 {
		t.Errorf("pages hold %d events, want 5", n)
	}
	w.grant("intention-6")
	page := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/events?cursor="+cursor, nil))
	if len(page.Events) != 1 {
		t.Errorf("after the end came %d events, want the new one", len(page.Events))
	}
	empty := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_outback/events", nil))
	again := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_outback/events?cursor="+empty.NextCursor, nil))
	if len(empty.Events)+len(again.Events) != 0 {
		t.Error("a car with no history has events")
	}
	for _, query := range []string{"cursor=xyz", "cursor=evt_-1", "cursor=evt_99999999999999999999", "limit=0", "limit=101", "limit=x"} {
		_, a := w.send(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/events?"+query, nil)
		w.refused(query, a, wire.ProblemCodeInvalidRequest)
	}
}
