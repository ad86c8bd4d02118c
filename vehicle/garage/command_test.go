package garage

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

func key(n int) string { return fmt.Sprintf("intention-%d", n) }

// command asks for something as the demo owner.
func (w *world) command(car string, act wire.Action, key string) answer {
	w.Helper()
	return w.call(w.owner("demo"), "POST", "/v1/vehicles/"+car+"/commands", wire.CommandRequest{Action: act}, "Idempotency-Key", key)
}

func (w *world) look(id string) wire.Command {
	w.Helper()
	return want[wire.Command](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/commands/"+id, nil))
}

func (w *world) diagnosis(car string) wire.Diagnostics {
	w.Helper()
	return want[wire.Diagnostics](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/"+car+"/diagnostics", nil))
}

// openBy opens the Golf's trunk as somebody; the grant is empty for the owner.
func (w *world) openBy(by, key string) (grant string, cmd wire.Command) {
	w.Helper()
	switch by {
	case "owner":
		return "", want[wire.Command](w, http.StatusAccepted, w.command("veh_golf", wire.ActionOpenTrunk, key))
	case "guest":
		g := w.guest("veh_golf", wire.AccessPointTrunk, key)
		return g.ID, want[wire.Command](w, http.StatusAccepted, w.enter(*g.Code))
	default:
		id := w.arrive(key)
		return id, want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	}
}

func TestOwnersCommands(t *testing.T) {
	w := openWorld(t)
	w.steer("bolt awake")
	locked := func() bool { return *w.diagnosis("veh_bolt").Doors[0].Locked.Value }
	if !locked() {
		t.Error("a parked car is not locked")
	}
	unlock := want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionUnlock, "intention-1"))
	if unlock.Status != wire.CommandStatusQueued || !unlock.ExpiresAt.Equal(twoPM.Add(90*time.Second)) || !locked() {
		t.Errorf("accepted is not done: %+v, locked %t", unlock, locked())
	}
	w.clock.pass(10 * time.Second)
	if got := w.look(unlock.ID); got.Status != wire.CommandStatusSucceeded || got.Action != wire.ActionUnlock || locked() {
		t.Errorf("ten seconds later: %+v, locked %t", got, locked())
	}
	open := want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionOpenTrunk, "intention-2"))
	w.clock.pass(time.Minute)
	if d := w.diagnosis("veh_bolt"); !*d.Trunk.Open.Value || *d.Trunk.Locked.Value {
		t.Errorf("the trunk is %+v", d.Trunk)
	}
	lock := want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionLock, "intention-3"))
	w.clock.pass(10 * time.Second)
	if d := w.diagnosis("veh_bolt"); *d.Trunk.Open.Value || !*d.Trunk.Locked.Value || !locked() {
		t.Errorf("after locking the trunk is %+v, locked %t", d.Trunk, locked())
	}
	for _, c := range []wire.Command{open, lock} {
		if got := w.look(c.ID); got.Status != wire.CommandStatusSucceeded {
			t.Errorf("%s is %+v", c.Action, got)
		}
	}
	if got, lines := w.ledger(), []string{"unlock bolt", "open trunk bolt", "lock bolt"}; !slices.Equal(got, lines) {
		t.Errorf("ledger %q, want %q", got, lines)
	}
	history := []string{"command.succeeded", "command.succeeded", "trunk.opened", "command.succeeded", "trunk.closed", "trunk.locked"}
	if got := w.events("veh_bolt"); !slices.Equal(got, history) {
		t.Errorf("history %v, want %v", got, history)
	}
	for who, token := range map[string]string{"neighbor": w.owner("neighbor"), "ups": w.carrier("ups")} {
		w.refused(who, w.call(token, "GET", "/v1/commands/"+open.ID, nil), wire.ProblemCodeNotFound)
	}
}

func TestOwnerShutsTheLidAfterAWhile(t *testing.T) {
	w := openWorld(t)
	want[wire.Command](w, http.StatusAccepted, w.command("veh_golf", wire.ActionOpenTrunk, "intention-1"))
	w.clock.pass(2 * time.Minute)
	if !*w.diagnosis("veh_golf").Trunk.Open.Value {
		t.Error("the owner shuts the lid as quickly as a courier")
	}
	w.clock.pass(3 * time.Minute)
	if d := w.diagnosis("veh_golf").Trunk; *d.Open.Value || !*d.Locked.Value {
		t.Errorf("after five minutes the trunk is %+v", d)
	}
	w.steer("golf lid stays open")
	want[wire.Command](w, http.StatusAccepted, w.command("veh_golf", wire.ActionOpenTrunk, "intention-2"))
	w.clock.pass(11 * time.Minute)
	w.steer("golf lid closes")
	w.clock.pass(5 * time.Second)
	tail := []string{"command.succeeded", "trunk.opened", "trunk.left_open", "trunk.closed", "trunk.locked"}
	if got := w.events("veh_golf"); len(got) != 9 || !slices.Equal(got[4:], tail) {
		t.Errorf("history %v, want it to end %v", got, tail)
	}
}

func TestCommandsRefused(t *testing.T) {
	for _, c := range []struct {
		directive, car string
		act            wire.Action
		want           wire.ProblemCode // empty if it is accepted
	}{
		{"golf awake", "veh_golf", wire.ActionLock, wire.ProblemCodeCapabilityUnsupported},
		{"outback awake", "veh_outback", wire.ActionOpenTrunk, wire.ProblemCodeCapabilityUnsupported},
		{"outback awake", "veh_outback", wire.ActionOpenKeyBox, wire.ProblemCodeInvalidRequest},
		{"outback awake", "veh_outback", "fly", wire.ProblemCodeInvalidRequest},
		{"bolt moving", "veh_bolt", wire.ActionOpenTrunk, wire.ProblemCodeVehicleMoving},
		{"bolt moving", "veh_bolt", wire.ActionUnlock, wire.ProblemCodeVehicleMoving},
		{"bolt moving", "veh_bolt", wire.ActionLock, ""},
		{"bolt blocked", "veh_bolt", wire.ActionOpenTrunk, wire.ProblemCodeVehicleBlocked},
		{"bolt blocked", "veh_bolt", wire.ActionUnlock, wire.ProblemCodeVehicleBlocked},
		{"bolt blocked", "veh_bolt", wire.ActionLock, ""},
		{"bolt unplugged", "veh_bolt", wire.ActionLock, wire.ProblemCodeVehicleUnreachable},
		{"bolt asleep", "veh_bolt", wire.ActionLock, ""},
		{"bolt offline", "veh_bolt", wire.ActionUnlock, ""},
		{"bolt gone", "veh_bolt", wire.ActionLock, wire.ProblemCodeNotFound},
		{"bolt awake", "veh_cinquecento", wire.ActionOpenTrunk, wire.ProblemCodeNotFound},
	} {
		w := openWorld(t)
		w.steer(c.directive)
		a := w.anyhow(w.owner("demo"), "POST", "/v1/vehicles/"+c.car+"/commands", wire.CommandRequest{Action: c.act}, "Idempotency-Key", "intention-1")
		what := c.directive + ", " + string(c.act)
		if c.want == "" {
			want[wire.Command](w, http.StatusAccepted, a)
			continue
		}
		w.refused(what, a, c.want)
		if got := w.ledger(); len(got) != 0 {
			t.Errorf("%s: the refusal had an effect: %q", what, got)
		}
	}
	w := openWorld(t)
	_, a := w.send(w.owner("demo"), "POST", "/v1/vehicles/veh_bolt/commands", []byte(`{"action":"lock"}`))
	w.refused("no key", a, wire.ProblemCodeIdempotencyKeyMissing)
}

func TestSlowCarsAndCommands(t *testing.T) {
	for _, c := range []struct {
		directive string
		after     time.Duration
		status    wire.CommandStatus
		failure   wire.CommandFailure
	}{
		{"bolt awake", 6 * time.Second, wire.CommandStatusSucceeded, ""},
		{"bolt asleep", 12 * time.Second, wire.CommandStatusSent, ""},
		{"bolt asleep", time.Minute, wire.CommandStatusSucceeded, ""},
		{"bolt offline", 89 * time.Second, wire.CommandStatusSent, ""},
		{"bolt offline", 90 * time.Second, wire.CommandStatusTimedOut, ""},
		{"bolt actuator jams", 10 * time.Second, wire.CommandStatusFailed, wire.CommandFailureRejectedByCar},
	} {
		w := openWorld(t)
		w.steer(c.directive)
		cmd := want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionUnlock, "intention-1"))
		w.clock.pass(c.after)
		got := w.look(cmd.ID)
		if got.Status != c.status || (got.Failure == nil) != (c.failure == "") || got.Failure != nil && *got.Failure != c.failure {
			t.Errorf("%s, after %s: %+v, want %s %s", c.directive, c.after, got, c.status, c.failure)
		}
	}
}

func TestOneIntentionOneCommand(t *testing.T) {
	w := openWorld(t)
	w.steer("bolt awake")
	first := w.command("veh_bolt", wire.ActionUnlock, "intention-1")
	w.clock.pass(time.Minute)
	if again := w.command("veh_bolt", wire.ActionUnlock, "intention-1"); string(again.body) != string(first.body) || again.status != first.status {
		t.Errorf("again: %d %s, first %d %s", again.status, again.body, first.status, first.body)
	}
	w.refused("another act", w.command("veh_bolt", wire.ActionLock, "intention-1"), wire.ProblemCodeIdempotencyKeyReused)
	a := w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_bolt/grants", w.request("ups", 0, time.Hour), "Idempotency-Key", "intention-1")
	w.refused("a grant with its key", a, wire.ProblemCodeIdempotencyKeyReused)
	if got := w.ledger(); len(got) != 1 {
		t.Errorf("ledger %q", got)
	}
}

func TestTooManyCommandsWait(t *testing.T) {
	w := openWorld(t)
	w.steer("bolt offline")
	for i := range mostPending {
		want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionLock, key(i)))
	}
	a := w.command("veh_bolt", wire.ActionLock, key(mostPending))
	w.refused("one more", a, wire.ProblemCodeRateLimited)
	w.clock.pass(commandLife)
	want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionLock, key(mostPending)))
}

// outbackGrant lets UPS use the key box of the Outback, and brings the courier there.
func (w *world) outbackGrant() string {
	w.Helper()
	req := w.request("ups", 0, 4*time.Hour)
	req.AccessPoint = wire.AccessPointKeyBox
	id := want[wire.Grant](w, http.StatusCreated, w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_outback/grants", req, "Idempotency-Key", "intention-1")).ID
	want[wire.Delivery](w, http.StatusOK, w.step(id, "en-route", wire.EnRoute{DeliveryReference: parcel}))
	want[wire.Delivery](w, http.StatusOK, w.step(id, "arrive", wire.Arrival{Position: atCar}))
	return id
}

func TestKeyBox(t *testing.T) {
	w := openWorld(t)
	id := w.outbackGrant()
	list := want[wire.DeliveryList](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/deliveries", nil))
	if len(list.Deliveries) != 1 || list.Deliveries[0].AccessPoint != wire.AccessPointKeyBox {
		t.Errorf("deliveries %+v", list.Deliveries)
	}
	cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	if cmd.Action != wire.ActionOpenKeyBox {
		t.Errorf("the command is %+v", cmd)
	}
	w.clock.pass(10 * time.Second)
	if d := w.diagnosis("veh_outback"); d.KeyBox == nil || !*d.KeyBox.Open.Value || *d.KeyBox.KeyInside.Value {
		t.Errorf("while the courier has the key the box is %s", marshal(t, d.KeyBox))
	}
	w.refused("complete with the key out", w.step(id, "complete", nil), wire.ProblemCodeLeftOpen)
	w.clock.pass(20 * time.Second)
	if d := w.diagnosis("veh_outback"); *d.KeyBox.Open.Value || !*d.KeyBox.KeyInside.Value {
		t.Errorf("after the delivery the box is %s", marshal(t, d.KeyBox))
	}
	want[wire.Delivery](w, http.StatusOK, w.step(id, "complete", nil))
	lines := []string{"grant key_box outback UPS until 18:00", "en_route outback UPS", "arrived outback UPS", "open key_box outback UPS", "completed outback UPS"}
	if got := w.ledger(); !slices.Equal(got, lines) {
		t.Errorf("ledger %q, want %q", got, lines)
	}
	events := w.events("veh_outback")
	if tail := events[len(events)-5:]; !slices.Equal(tail, []string{"grant.redeemed", "command.succeeded", "key_box.opened", "key_box.closed", "delivery.completed"}) {
		t.Errorf("history ends %v", tail)
	}
}

func TestKeyNotReturned(t *testing.T) {
	w := openWorld(t)
	w.steer("outback key not returned")
	id := w.outbackGrant()
	want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	w.clock.pass(time.Minute)
	w.refused("complete", w.step(id, "complete", nil), wire.ProblemCodeKeyMissing)
	var steps []string
	for _, s := range w.delivery(id).Steps {
		steps = append(steps, string(s.Step))
	}
	if got := strings.Join(steps, " "); got != "granted en_route arrived opened closed locked key_missing" {
		t.Errorf("steps %q", got)
	}
	if d := w.diagnosis("veh_outback"); *d.KeyBox.Open.Value || *d.KeyBox.KeyInside.Value {
		t.Errorf("the box is %s", marshal(t, d.KeyBox))
	}
	w.steer("outback key returned")
	want[wire.Delivery](w, http.StatusOK, w.step(id, "complete", nil))
	events := strings.Join(w.events("veh_outback"), " ")
	if strings.Count(events, "key_box.key_missing") != 1 || strings.Count(events, "key_box.closed") != 1 || strings.Count(events, "grant.redeemed") != 1 {
		t.Errorf("history %s", events)
	}
}
