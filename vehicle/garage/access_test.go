package garage

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

func (w *world) extend(id string, end time.Duration) answer {
	w.Helper()
	return w.call(w.owner("demo"), "POST", "/v1/grants/"+id+"/extend", wire.Extension{End: twoPM.Add(end)})
}

func TestExtend(t *testing.T) {
	w := openWorld(t)
	g := w.grant("intention-1") // until 18:00
	longer := want[wire.Grant](w, http.StatusOK, w.extend(g.ID, 6*time.Hour))
	if !longer.Window.End.Equal(twoPM.Add(6*time.Hour)) || !longer.Window.Start.Equal(g.Window.Start) || longer.Status != wire.GrantStatusActive {
		t.Errorf("the extended grant is %+v", longer)
	}
	want[wire.Grant](w, http.StatusOK, w.extend(g.ID, 6*time.Hour)) // again: nothing happens
	if got, lines := w.ledger(), []string{"grant trunk golf UPS until 18:00", "extend trunk golf UPS until 20:00"}; !slices.Equal(got, lines) {
		t.Errorf("ledger %q, want %q", got, lines)
	}
	w.clock.pass(5 * time.Hour) // past the old end
	clear(w.tokens)
	if d := w.delivery(g.ID); d.Status != wire.GrantStatusActive {
		t.Errorf("past its old end the delivery is %s", d.Status)
	}
	if list := want[wire.GrantList](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/grants", nil)); len(list.Grants) != 1 {
		t.Errorf("the list has the grant %d times", len(list.Grants))
	}
	w.clock.pass(time.Hour)
	clear(w.tokens)
	if got := w.events("veh_golf"); !slices.Equal(got, []string{"grant.created", "grant.extended", "position_released vicinity", "grant.expired"}) {
		t.Errorf("history %v", got)
	}
}

func TestExtendRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong func(w *world, id string)
		end   time.Duration
		want  wire.ProblemCode
	}{
		{"shorter", nothing, 3 * time.Hour, wire.ProblemCodeWindowInvalid},
		{"a day and a moment", nothing, 24*time.Hour + time.Millisecond, wire.ProblemCodeWindowTooLong},
		{"revoked", revokeIt, 5 * time.Hour, wire.ProblemCodeGrantRevoked},
		{"expired", func(w *world, _ string) { w.clock.pass(4 * time.Hour); clear(w.tokens) }, 5 * time.Hour, wire.ProblemCodeGrantExpired},
		{"used", func(w *world, id string) { w.step(id, "open", redemption()); w.clock.pass(time.Minute) }, 5 * time.Hour, wire.ProblemCodeGrantRedeemed},
		{"blocked", func(w *world, _ string) { w.steer("golf blocked") }, 5 * time.Hour, wire.ProblemCodeVehicleBlocked},
	} {
		w := openWorld(t)
		id := w.arrive("intention-1")
		c.wrong(w, id)
		before := w.ledger()
		w.refused(c.name, w.extend(id, c.end), c.want)
		if got := w.ledger(); !slices.Equal(got, before) {
			t.Errorf("%s: the refusal had an effect: %q", c.name, got)
		}
	}
	w := openWorld(t)
	id := w.grant("intention-1").ID
	want[wire.Grant](w, http.StatusOK, w.extend(id, 24*time.Hour)) // a whole day is allowed
	end := wire.Extension{End: twoPM.Add(5 * time.Hour)}
	w.refused("another's", w.call(w.owner("neighbor"), "POST", "/v1/grants/"+id+"/extend", end), wire.ProblemCodeNotFound)
	w.refused("no end", w.anyhow(w.owner("demo"), "POST", "/v1/grants/"+id+"/extend", map[string]any{}), wire.ProblemCodeInvalidRequest)
	w.refused("unknown member", w.anyhow(w.owner("demo"), "POST", "/v1/grants/"+id+"/extend", map[string]any{"end": twoPM, "pin": "4821"}), wire.ProblemCodeInvalidRequest)
}

func (w *world) block(car string) wire.Block {
	w.Helper()
	return want[wire.Block](w, http.StatusOK, w.call(w.owner("demo"), "POST", "/v1/vehicles/"+car+"/block", nil))
}

func TestBlock(t *testing.T) {
	w := openWorld(t)
	token := w.owner("demo")
	first, second := w.arrive("intention-1"), w.grant("intention-2").ID
	later := want[wire.Grant](w, http.StatusCreated, w.call(token, "POST", "/v1/vehicles/veh_golf/grants", w.request("fedex", time.Hour, 2*time.Hour), "Idempotency-Key", "intention-3"))
	b := w.block("veh_golf")
	slices.Sort(b.RevokedGrants)
	if !b.Since.Equal(twoPM) || !slices.Equal(b.RevokedGrants, []string{first, second, later.ID}) {
		t.Errorf("the block is %+v", b)
	}
	w.clock.pass(time.Minute)
	if again := w.block("veh_golf"); !again.Since.Equal(twoPM) || len(again.RevokedGrants) != 0 {
		t.Errorf("a second block is %+v", again)
	}
	if since := w.vehicles("demo")["Golf"].BlockedSince; since == nil || !since.Equal(twoPM) {
		t.Errorf("blocked since %v", since)
	}
	w.refused("open", w.step(first, "open", redemption()), wire.ProblemCodeGrantRevoked)
	w.refused("a new grant", w.call(token, "POST", "/v1/vehicles/veh_golf/grants", w.request("ups", 0, time.Hour), "Idempotency-Key", "intention-4"), wire.ProblemCodeVehicleBlocked)
	w.refused("the owner's opening", w.command("veh_golf", wire.ActionOpenTrunk, "intention-5"), wire.ProblemCodeVehicleBlocked)
	w.refused("another's car", w.call(w.owner("neighbor"), "POST", "/v1/vehicles/veh_golf/block", nil), wire.ProblemCodeNotFound)
	w.refused("another's car", w.call(w.owner("neighbor"), "DELETE", "/v1/vehicles/veh_golf/block", nil), wire.ProblemCodeNotFound)
	for range 2 {
		if a := w.call(token, "DELETE", "/v1/vehicles/veh_golf/block", nil); a.status != http.StatusNoContent || len(a.body) != 0 {
			t.Errorf("unblock: status %d %q", a.status, a.body)
		}
	}
	if since := w.vehicles("demo")["Golf"].BlockedSince; since != nil {
		t.Errorf("still blocked since %v", since)
	}
	if g := want[wire.Grant](w, http.StatusOK, w.call(token, "GET", "/v1/grants/"+second, nil)); g.Status != wire.GrantStatusRevoked {
		t.Errorf("after the block was lifted the grant is %s", g.Status)
	}
	ledger := w.ledger()
	if tail := ledger[len(ledger)-5:]; !slices.Equal(tail, []string{
		"block golf", "revoke trunk golf FedEx", "revoke trunk golf UPS", "revoke trunk golf UPS", "unblock golf",
	}) {
		t.Errorf("ledger ends %q", tail)
	}
	events := strings.Join(w.events("veh_golf"), " ")
	if strings.Count(events, "vehicle.blocked") != 1 || strings.Count(events, "vehicle.unblocked") != 1 || strings.Count(events, "grant.revoked") != 3 {
		t.Errorf("history %s", events)
	}
}

// TestWhatIsTakenBackNeverOpens: a revocation or a block wins over every redemption and every opening of the owner's
// that has not reached the car, whenever it comes; after that what happened stays told.
func TestWhatIsTakenBackNeverOpens(t *testing.T) {
	w := openWorld(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		shared := *w
		w := &shared
		w.clock.pass(twoPM.AddDate(0, 0, 7*n).Sub(w.clock.Now())) // a Tuesday again: the Golf stands at home
		clear(w.tokens)
		how := rapid.SampledFrom([]string{"revoke", "block"}).Draw(t, "how")
		by := rapid.SampledFrom([]string{"courier", "guest", "owner"}).Draw(t, "by")
		dongle := rapid.SampledFrom([]string{"awake", "asleep", "offline"}).Draw(t, "dongle")
		wait := time.Duration(rapid.IntRange(0, 60_000).Draw(t, "wait")) * time.Millisecond
		w.steer("golf reset", "golf "+dongle)

		id, cmd := w.openBy(by, key(n))
		if by == "owner" {
			how = "block"
		}
		w.clock.pass(wait)
		sent := want[wire.Command](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/commands/"+cmd.ID, nil))
		reached := sent.Status == wire.CommandStatusDelivered || sent.Status == wire.CommandStatusSucceeded
		if how == "block" {
			w.block("veh_golf")
		} else {
			revokeIt(w, id)
		}
		w.clock.pass(5 * time.Minute)
		got := want[wire.Command](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/commands/"+cmd.ID, nil))
		if opened := got.Status == wire.CommandStatusSucceeded; opened != reached {
			t.Fatalf("%s of %s after %s on a car that is %s: the command was %s and became %s", how, by, wait, dongle, sent.Status, got.Status)
		}
		if !reached && (got.Failure == nil || got.Status != wire.CommandStatusFailed) {
			t.Errorf("the command taken back is %+v", got)
		}
		w.call(w.owner("demo"), "DELETE", "/v1/vehicles/veh_golf/block", nil)
	})
}
