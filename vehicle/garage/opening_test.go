package garage

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

func TestLeftOpen(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	w.steer("golf lid stays open")
	want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	if d := w.delivery(id); d.Position == nil {
		t.Error("the courier at the open car does not see where it is")
	}
	w.clock.pass(9 * time.Minute)
	w.refused("complete with the lid up", w.step(id, "complete", nil), wire.ProblemCodeLeftOpen)
	if strings.Contains(strings.Join(w.events("veh_golf"), " "), "left_open") {
		t.Error("left open already after nine minutes")
	}
	w.clock.pass(2 * time.Minute)
	w.steer("golf lid closes")
	w.clock.pass(3 * time.Second)
	want[wire.Delivery](w, http.StatusOK, w.step(id, "complete", nil))
	got := w.events("veh_golf")
	if tail := got[max(0, len(got)-5):]; !slices.Equal(tail, []string{"trunk.opened", "trunk.left_open", "trunk.closed", "trunk.locked", "delivery.completed"}) {
		t.Errorf("history ends %v", tail)
	}
}

func TestLidHeldOpenInTime(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	w.clock.pass(5 * time.Second) // it has opened and not yet closed
	w.steer("golf lid stays open")
	w.clock.pass(5 * time.Minute)
	if got := w.events("veh_golf"); got[len(got)-1] != "trunk.opened" {
		t.Errorf("history ends %v, want the lid still up", got)
	}
	w.refused("complete", w.step(id, "complete", nil), wire.ProblemCodeLeftOpen)
}

func TestNoPositionAfterTheWindow(t *testing.T) {
	w := openWorld(t)
	w.steer("golf lid stays open")
	id := w.arrive("intention-1")
	want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	w.clock.pass(4 * time.Hour)
	delete(w.tokens, "ups")
	if d := w.delivery(id); d.Status != wire.GrantStatusRedeemed || d.Position != nil || d.Vicinity != nil || d.Vehicle != nil {
		t.Errorf("after the window the courier sees %+v", d)
	}
}

func TestSlowAndFailingCars(t *testing.T) {
	for _, c := range []struct {
		directive string
		after     time.Duration
		status    wire.CommandStatus
		failure   wire.CommandFailure
		again     wire.ProblemCode // of a second open; empty if it makes a new command
	}{
		{"golf asleep", 10 * time.Second, wire.CommandStatusSent, "", "same"},
		{"golf asleep", 60 * time.Second, wire.CommandStatusSucceeded, "", "same"},
		{"golf offline", 89 * time.Second, wire.CommandStatusSent, "", "same"},
		{"golf offline", 90 * time.Second, wire.CommandStatusTimedOut, "", ""},
		{"golf actuator jams", 10 * time.Second, wire.CommandStatusFailed, wire.CommandFailureRejectedByCar, wire.ProblemCodeGrantRedeemed},
	} {
		t.Run(c.directive+" "+c.after.String(), func(t *testing.T) {
			w := openWorld(t)
			id := w.arrive("intention-1")
			w.steer(c.directive)
			cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
			w.clock.pass(c.after)
			got := want[wire.Command](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/commands/"+cmd.ID, nil))
			if got.Status != c.status || (got.Failure == nil) != (c.failure == "") || got.Failure != nil && *got.Failure != c.failure {
				t.Errorf("after %s: %+v, want %s %s", c.after, got, c.status, c.failure)
			}
			a := w.step(id, "open", redemption())
			switch c.again {
			case "same", "":
				if next := want[wire.Command](w, http.StatusAccepted, a); (next.ID == cmd.ID) != (c.again == "same") {
					t.Errorf("opening again gives %s, first %s", next.ID, cmd.ID)
				}
			default:
				w.refused("open again", a, c.again)
			}
		})
	}
}

func TestRevokeWinsUntilTheCarHasIt(t *testing.T) {
	for wait, wins := range map[time.Duration]bool{time.Second: true, time.Minute: false} {
		w := openWorld(t)
		w.steer("golf asleep")
		id := w.arrive("intention-1")
		cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
		w.clock.pass(wait)
		g := want[wire.Grant](w, http.StatusOK, w.call(w.owner("demo"), "POST", "/v1/grants/"+id+"/revoke", nil))
		w.clock.pass(time.Hour - time.Minute - time.Second)
		got := want[wire.Command](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/commands/"+cmd.ID, nil))
		opened := slices.Contains(w.events("veh_golf"), "trunk.opened")
		switch {
		case wins && (g.Status != wire.GrantStatusRevoked || got.Failure == nil || *got.Failure != wire.CommandFailureRevoked || opened):
			t.Errorf("revoked after %s: grant %s, command %+v, opened %t", wait, g.Status, got, opened)
		case !wins && (g.Status != wire.GrantStatusRedeemed || got.Status != wire.CommandStatusSucceeded || !opened):
			t.Errorf("revoked after %s: grant %s, command %+v, opened %t", wait, g.Status, got, opened)
		}
		again := want[wire.Grant](w, http.StatusOK, w.call(w.owner("demo"), "POST", "/v1/grants/"+id+"/revoke", nil))
		if !reflect.DeepEqual(again.RevokedAt, g.RevokedAt) {
			t.Errorf("revoking again moves revoked_at from %v to %v", g.RevokedAt, again.RevokedAt)
		}
	}
}
