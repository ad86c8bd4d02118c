package garage

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/passcode"
)

// guest makes a grant with a code for somebody whom the demo owner calls neighbor, until 17:00 if it is 14:00.
func (w *world) guest(car string, access wire.AccessPoint, key string) wire.Grant {
	w.Helper()
	return want[wire.Grant](w, http.StatusCreated, w.askGuest(car, access, key))
}

func (w *world) askGuest(car string, access wire.AccessPoint, key string) answer {
	w.Helper()
	req := wire.GrantRequest{
		AccessPoint: access, WayIn: wire.WayInCode, GuestName: new("neighbor"),
		Window: wire.Window{Start: w.clock.Now(), End: w.clock.Now().Add(3 * time.Hour)},
	}
	return w.call(w.owner("demo"), "POST", "/v1/vehicles/"+car+"/grants", req, "Idempotency-Key", key)
}

// enter tries a code, without any token.
func (w *world) enter(code string) answer {
	w.Helper()
	return w.call("", "POST", "/v1/guest-access", wire.GuestAccess{Code: code})
}

func TestGuest(t *testing.T) {
	w := openWorld(t)
	g := w.guest("veh_golf", wire.AccessPointTrunk, "intention-1")
	if g.Code == nil || !passcode.Plausible(*g.Code) || g.Carrier != nil || *g.GuestName != "neighbor" || g.WayIn != wire.WayInCode {
		t.Fatalf("the grant is %+v", g)
	}
	again := w.guest("veh_golf", wire.AccessPointTrunk, "intention-1")
	read := want[wire.Grant](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/grants/"+g.ID, nil))
	if again.ID != g.ID || again.Code != nil || read.Code != nil {
		t.Errorf("the code is told again: %+v, %+v", again, read)
	}
	err := w.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if strings.Contains(string(k)+string(v), *g.Code) {
					t.Errorf("the data file holds the code under %q", k)
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := want[wire.Command](w, http.StatusAccepted, w.enter(*g.Code))
	w.clock.pass(6 * time.Second)
	if done := want[wire.Command](w, http.StatusAccepted, w.enter(*g.Code)); done.ID != cmd.ID || done.Status != wire.CommandStatusSucceeded {
		t.Errorf("asking again gives %+v, first %+v", done, cmd)
	}
	w.clock.pass(time.Minute)
	if lines := []string{"grant trunk golf guest neighbor until 17:00", "open trunk golf guest neighbor"}; !slices.Equal(w.ledger(), lines) {
		t.Errorf("ledger %q, want %q", w.ledger(), lines)
	}
	page := want[wire.EventPage](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/events", nil))
	i := slices.IndexFunc(page.Events, func(e wire.Event) bool { return e.Type == wire.EventTypeGrantRedeemed })
	if i < 0 || page.Events[i].Actor.Kind != wire.ActorKindGuest || *page.Events[i].Actor.Name != "neighbor" {
		t.Errorf("the redemption is in %+v", page.Events)
	}
	if strings.Contains(w.log.String(), *g.Code) {
		t.Error("the log tells the code")
	}
}

func TestGuestRefused(t *testing.T) {
	revoke := func(w *world, id string) { revokeIt(w, id) }
	for _, c := range []struct {
		name  string
		wrong func(w *world, id string)
		want  wire.ProblemCode
	}{
		{"revoked", revoke, wire.ProblemCodeGrantRevoked},
		{"over", func(w *world, _ string) { w.clock.pass(3 * time.Hour) }, wire.ProblemCodeGrantExpired},
		{"blocked", func(w *world, _ string) { w.steer("golf blocked") }, wire.ProblemCodeVehicleBlocked},
		{"blocked by the owner", func(w *world, _ string) { w.block("veh_golf") }, wire.ProblemCodeGrantRevoked},
		{"moving", func(w *world, _ string) { w.steer("golf moving") }, wire.ProblemCodeVehicleMoving},
		{"elsewhere", func(w *world, _ string) { w.steer("golf moved 400") }, wire.ProblemCodeWrongPlace},
		{"unplugged", func(w *world, _ string) { w.steer("golf unplugged") }, wire.ProblemCodeVehicleUnreachable},
	} {
		w := openWorld(t)
		g := w.guest("veh_golf", wire.AccessPointTrunk, "intention-1")
		c.wrong(w, g.ID)
		before := w.ledger()
		w.refused(c.name, w.enter(*g.Code), c.want)
		if got := w.ledger(); !slices.Equal(got, before) {
			t.Errorf("%s: the refusal had an effect: %q", c.name, got)
		}
	}
	w := openWorld(t)
	w.refused("a code before there was any", w.enter("12345678"), wire.ProblemCodeNotFound)
	for _, code := range []string{"", "12345", "123456789", "12345a", "１２３４５６"} {
		w.refused(code, w.anyhow("", "POST", "/v1/guest-access", wire.GuestAccess{Code: code}), wire.ProblemCodeInvalidRequest)
	}
}

func TestCodesCannotBeGuessed(t *testing.T) {
	w := openWorld(t)
	g := w.guest("veh_golf", wire.AccessPointTrunk, "intention-1")
	wrong := "00000000"
	if *g.Code == wrong {
		wrong = "11111111"
	}
	for range passcode.MostWrong {
		w.refused("a wrong code", w.enter(wrong), wire.ProblemCodeNotFound)
	}
	a := w.enter(*g.Code)
	w.refused("the right code after too many wrong ones", a, wire.ProblemCodeRateLimited)
	if a.header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	if err := w.Close(); err != nil { // a restart forgives nothing
		t.Fatal(err)
	}
	w.open(Calm, 1)
	w.refused("after a restart", w.enter(*g.Code), wire.ProblemCodeRateLimited)
	w.clock.pass(passcode.Within)
	want[wire.Command](w, http.StatusAccepted, w.enter(*g.Code))
}

func TestGuestAtTheKeyBox(t *testing.T) {
	w := openWorld(t)
	g := w.guest("veh_outback", wire.AccessPointKeyBox, "intention-1")
	if cmd := want[wire.Command](w, http.StatusAccepted, w.enter(*g.Code)); cmd.Action != wire.ActionOpenKeyBox {
		t.Errorf("the command is %+v", cmd)
	}
	w.refused("no such access point", w.askGuest("veh_golf", wire.AccessPointKeyBox, "intention-2"), wire.ProblemCodeCapabilityUnsupported)
}
