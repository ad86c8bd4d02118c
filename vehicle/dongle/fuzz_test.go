package dongle_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

// FuzzClient lets the cloud answer anything with any status: no panic, no error but *vehicle.Error, no
// value that breaks the domain's invariants, and a creation is only done if it is the one asked for.
func FuzzClient(f *testing.F) {
	for _, body := range []string{
		goodGrant, guestGrant, `{"grants":[` + goodGrant + `,` + guestGrant + `]}`, goodDelivery, `{"deliveries":[` + goodDelivery + `]}`,
		strings.Replace(goodCommand, "%s", "sent", 1),
		`{"id":"o1","name":"Alex","time_zone":"America/Vancouver"}`,
		`{"vehicles":[{"id":"golf","name":"Golf","powertrain":"petrol","year":2019,"plate":"X","capabilities":["trunk.open"],
			"dongle":{"state":"online","last_seen_at":"2031-05-06T20:00:00Z"}}]}`,
		`{"vehicle_id":"golf","tires":[{"wheel":"front_left","recommended_kpa":248,
			"pressure":{"value":193,"unit":"kPa","observed_at":"2031-05-06T20:00:00Z","quality":"good"},
			"status":{"value":"low","observed_at":"2031-05-06T20:00:00Z","quality":"good"}}]}`,
		`{"carriers":[{"id":"ups","name":"UPS","status":"verified"}]}`,
		`{"type":"about:blank","title":"t","status":429,"code":"rate_limited","retryable":true,"retry_after_s":5}`,
		openGolf, `{` + lightOn + `,"codes":[{"code":"P0420","status":"stored","first_seen_at":"2031-05-01T16:12:00Z"}]}`,
		`{"since":"2031-05-06T20:00:00Z","revoked_grants":["grt_1"]}`,
		`{"position":{"latitude":49.28,"longitude":-123.12},"address":"Robson Street","observed_at":"2031-05-06T20:00:00Z","quality":"good"}`,
		`{"trips":[` + trip("t1", 1, `,"distance_km":12.5,"fuel_l":1`) + `],"next_cursor":"t1"}`,
		`{"events":[{"id":"e1","type":"trunk.opened","at":"2031-05-06T20:00:00Z","vehicle_id":"golf","actor":{"kind":"courier","name":"UPS"}}],"next_cursor":"e1"}`,
		`{"vehicle_id":"golf","fuel":{"level":{"value":40,"unit":"%","observed_at":"2031-05-06T20:00:00Z","quality":"good"}},
			"doors":[{"position":"front_left","locked":{"value":true,"observed_at":"2031-05-06T20:00:00Z","quality":"good"}}]}`,
		`null`, `[]`, `{`, ``, "\xff",
	} {
		for _, status := range []int{200, 201, 202, 204, 302, 429, 500} {
			f.Add(status, "application/json", body)
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		o := canned(status, contentType, body)
		c := client(t, o)
		fuzzOwner(t, c)
		fuzzGranter(t, c)
		fuzzGatekeeper(t, c)
		fuzzCommander(t, c)
		fuzzHistorian(t, c)
		fuzzCourier(t, courierOver(t, body))
	})
}

func fuzzOwner(t *testing.T, c *dongle.Client) {
	t.Helper()
	owner, err := c.Owner(t.Context(), token)
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundOwner(owner) })
	cars, err := c.Vehicles(t.Context(), token)
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundVehicles(noon, cars) })
	d, err := c.Diagnosis(t.Context(), token, "golf")
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundDiagnosis(noon, "golf", d) })
}

func fuzzGranter(t *testing.T, c *dongle.Client) {
	t.Helper()
	carriers, err := c.Carriers(t.Context(), token)
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundCarriers(carriers) })
	grants, err := c.Grants(t.Context(), token, "golf")
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundGrants("golf", grants) })
	grant, err := c.CreateGrant(t.Context(), token, key, fourHours)
	sound(t, err, vehicle.MaybeDone, func() error {
		if grant.AccessPoint != fourHours.AccessPoint || grant.Carrier.ID != fourHours.CarrierID || grant.Window != fourHours.Window {
			return errors.New("a grant that nobody asked for")
		}
		return vehicletest.SoundGrants("golf", []vehicle.Grant{grant})
	})
}

func fuzzGatekeeper(t *testing.T, c *dongle.Client) {
	t.Helper()
	end := fourHours.Window.End
	for _, grant := range []string{"grt_1", "grt_2"} {
		extended, err := c.ExtendGrant(t.Context(), token, grant, end)
		sound(t, err, vehicle.MaybeDone, func() error { return sameGrant(grant, extended, extended.Window.End.Equal(end)) })
		revoked, err := c.RevokeGrant(t.Context(), token, grant)
		sound(t, err, vehicle.MaybeDone, func() error {
			return sameGrant(grant, revoked, !revoked.RevokedAt.IsZero() || !revoked.Open(noon.Add(time.Hour)))
		})
	}
	block, err := c.Block(t.Context(), token, "golf")
	sound(t, err, vehicle.MaybeDone, func() error { return vehicletest.SoundBlock(noon, block) })
	sound(t, c.Unblock(t.Context(), token, "golf"), vehicle.MaybeDone, func() error { return nil })
}

func sameGrant(id string, g vehicle.Grant, done bool) error {
	if g.ID != id || !done || g.Code != "" {
		return errors.New("a grant that nobody asked for")
	}
	return vehicletest.SoundGrants(g.Vehicle, []vehicle.Grant{g})
}

func fuzzCommander(t *testing.T, c *dongle.Client) {
	t.Helper()
	sent, err := c.Send(t.Context(), token, key, "golf", vehicle.OpenTheTrunk)
	sound(t, err, vehicle.MaybeDone, func() error {
		if sent.Vehicle != "golf" || sent.Act != vehicle.OpenTheTrunk {
			return errors.New("a command that nobody gave")
		}
		return vehicletest.SoundCommand(sent)
	})
	command, err := c.Command(t.Context(), token, "cmd_1")
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundCommand(command) })
}

func fuzzHistorian(t *testing.T, c *dongle.Client) {
	t.Helper()
	codes, err := c.TroubleCodes(t.Context(), token, "golf")
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundTroubleCodes(noon, codes) })
	location, err := c.Location(t.Context(), token, "golf")
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundLocation(noon, location) })
	from, to := noon.Add(-24*time.Hour), noon
	trips, err := c.Trips(t.Context(), token, "golf", from, to)
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundTrips(noon, from, to, trips) })
	events, err := c.Events(t.Context(), token, "golf", from)
	sound(t, err, vehicle.NotDone, func() error { return vehicletest.SoundEvents(noon, from, events) })
}

func fuzzCourier(t *testing.T, c *dongle.Courier) {
	t.Helper()
	deliveries, err := c.List(t.Context())
	sound(t, err, vehicle.NotDone, func() error { return soundDeliveries(deliveries...) })
	delivery, err := c.Complete(t.Context(), "grt_1")
	sound(t, err, vehicle.MaybeDone, func() error { return soundDeliveries(delivery) })
	command, err := c.Command(t.Context(), "cmd_1")
	sound(t, err, vehicle.NotDone, func() error {
		if command.ID == "" || command.Status == "" || command.ExpiresAt.IsZero() {
			return errors.New("a command without identity, status or end")
		}
		return nil
	})
}

func soundDeliveries(deliveries ...dongle.Delivery) error {
	for _, d := range deliveries {
		switch {
		case d.GrantID == "" || !d.Window.Start.Before(d.Window.End):
			return errors.New("a delivery without identity or window")
		case d.Position != nil && !onEarth(*d.Position), d.Vicinity != nil && !onEarth(d.Vicinity.Center):
			return errors.New("a delivery to another planet")
		}
	}
	return nil
}

// onEarth is written so that NaN fails.
func onEarth(p vehicle.Position) bool {
	return p.Latitude >= -90 && p.Latitude <= 90 && p.Longitude >= -180 && p.Longitude <= 180
}

// sound wants either a sound value or an error of a known class; worst is the most that it may leave open.
func sound(t *testing.T, err error, worst vehicle.Outcome, check func() error) {
	t.Helper()
	if err == nil {
		if err := check(); err != nil {
			t.Error(err)
		}
		return
	}
	e, ok := errors.AsType[*vehicle.Error](err)
	if !ok || e.Op == "" || e.RetryAfter < 0 {
		t.Fatalf("got %#v, want a *vehicle.Error", err)
	}
	if e.Outcome != vehicle.NotDone && e.Outcome != worst {
		t.Errorf("got %v, want at most %q", e, worst)
	}
	for _, kind := range vehicle.Kinds() {
		if e.Kind == kind {
			return
		}
	}
	t.Errorf("got kind %q, which is none", e.Kind)
}
