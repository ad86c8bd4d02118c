package vehicletest_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

func TestSoundBlockFires(t *testing.T) {
	wantFire(t, "", vehicletest.SoundBlock(now, vehicle.Block{Since: now, Revoked: []string{"a", "b"}}))
	wantFire(t, "since never", vehicletest.SoundBlock(now, vehicle.Block{}))
	wantFire(t, "since tomorrow", vehicletest.SoundBlock(now, vehicle.Block{Since: now.Add(24 * time.Hour)}))
	wantFire(t, "revoked twice", vehicletest.SoundBlock(now, vehicle.Block{Since: now, Revoked: []string{"a", "a"}}))
}

func TestSoundCommandFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.Command){
		"":                   func(*vehicle.Command) {},
		"no ID":              func(c *vehicle.Command) { c.ID = "" },
		"no car":             func(c *vehicle.Command) { c.Vehicle = "" },
		"a honk":             func(c *vehicle.Command) { c.Act = "honk" },
		"a dream":            func(c *vehicle.Command) { c.Status = "dreaming" },
		"a failure for none": func(c *vehicle.Command) { c.Failure = "" },
		"an unknown failure": func(c *vehicle.Command) { c.Failure = "gremlins" },
		"a failed success":   func(c *vehicle.Command) { c.Status = vehicle.Succeeded },
		"made at no time":    func(c *vehicle.Command) { c.CreatedAt = time.Time{} },
		"without an end":     func(c *vehicle.Command) { c.ExpiresAt = time.Time{} },
	} {
		c := vehicle.Command{
			ID: "c", Vehicle: "golf", Act: vehicle.Lock, Status: vehicle.Failed, Failure: vehicle.CarAsleep,
			CreatedAt: now, ExpiresAt: now.Add(time.Minute),
		}
		spoil(&c)
		wantFire(t, name, vehicletest.SoundCommand(c))
	}
}

func TestSoundTroubleCodesFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.TroubleCodes){
		"":                    func(*vehicle.TroubleCodes) {},
		"no word of the lamp": func(c *vehicle.TroubleCodes) { c.EngineLight = vehicle.Reading[bool]{} },
		"no code":             func(c *vehicle.TroubleCodes) { c.Codes[0].Code = "Q0001" },
		"a code twice":        func(c *vehicle.TroubleCodes) { c.Codes[1] = c.Codes[0] },
		"an ominous code":     func(c *vehicle.TroubleCodes) { c.Codes[0].Status = "ominous" },
		"seen tomorrow":       func(c *vehicle.TroubleCodes) { c.Codes[0].FirstSeen = now.Add(24 * time.Hour) },
	} {
		c := vehicle.TroubleCodes{EngineLight: read(true), Codes: []vehicle.TroubleCode{
			{Code: "P0420", Status: vehicle.StoredCode, FirstSeen: now}, {Code: "U0100", Status: vehicle.PendingCode},
		}}
		spoil(&c)
		wantFire(t, name, vehicletest.SoundTroubleCodes(now, c))
	}
}

func TestSoundLocationFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.Location){
		"":                 func(*vehicle.Location) {},
		"beyond the pole":  func(l *vehicle.Location) { l.Position.Value.Latitude = 90.1 },
		"beyond the date":  func(l *vehicle.Location) { l.Position.Value.Longitude = -180.1 },
		"nowhere":          func(l *vehicle.Location) { l.Position.Value.Latitude = math.NaN() },
		"tomorrow's place": func(l *vehicle.Location) { l.Position.ObservedAt = now.Add(24 * time.Hour) },
		"a bell":           func(l *vehicle.Location) { l.Address = "\a" },
		"a long address":   func(l *vehicle.Location) { l.Address = strings.Repeat("x", 201) },
		"words for none":   func(l *vehicle.Location) { l.Position = none[vehicle.Position]() },
	} {
		l := vehicle.Location{Position: read(vehicle.Position{Latitude: 49.28, Longitude: -123.12}), Address: "Robson Street"}
		spoil(&l)
		wantFire(t, name, vehicletest.SoundLocation(now, l))
	}
}

func TestSoundTripsFires(t *testing.T) {
	from := now.Add(-24 * time.Hour)
	for name, spoil := range map[string]func([]vehicle.Trip){
		"":                   func([]vehicle.Trip) {},
		"no ID":              func(l []vehicle.Trip) { l[0].ID = "" },
		"a trip twice":       func(l []vehicle.Trip) { l[1] = l[0] },
		"backwards":          func(l []vehicle.Trip) { l[0].Start = l[0].End.Add(time.Minute) },
		"before the span":    func(l []vehicle.Trip) { l[1].Start, l[1].End = from.Add(-2*time.Hour), from.Add(-time.Hour) },
		"at its end":         func(l []vehicle.Trip) { l[0].End = now },
		"the oldest first":   func(l []vehicle.Trip) { l[0], l[1] = l[1], l[0] },
		"a negative way":     func(l []vehicle.Trip) { l[0].Distance.Value = -1 },
		"a sea of fuel":      func(l []vehicle.Trip) { l[0].Fuel = read[vehicle.Liters](2001) },
		"energy of no time":  func(l []vehicle.Trip) { l[0].Energy = vehicle.Reading[vehicle.KilowattHours]{Value: 1} },
		"no number of miles": func(l []vehicle.Trip) { l[0].Distance.Value = vehicle.Kilometers(math.NaN()) },
	} {
		trip := func(id string, end time.Time) vehicle.Trip {
			return vehicle.Trip{
				ID: id, Start: end.Add(-time.Hour), End: end, Distance: read[vehicle.Kilometers](12),
				Fuel: none[vehicle.Liters](), Energy: none[vehicle.KilowattHours](),
			}
		}
		list := []vehicle.Trip{trip("b", now.Add(-time.Hour)), trip("a", now.Add(-5*time.Hour))}
		spoil(list)
		wantFire(t, name, vehicletest.SoundTrips(now, from, now, list))
	}
}

func TestSoundEventsFires(t *testing.T) {
	since := now.Add(-time.Hour)
	for name, spoil := range map[string]func([]vehicle.Event){
		"":                  func([]vehicle.Event) {},
		"no ID":             func(l []vehicle.Event) { l[0].ID = "" },
		"an event twice":    func(l []vehicle.Event) { l[1] = l[0] },
		"a song":            func(l []vehicle.Event) { l[0].Type = "car.sang" },
		"before":            func(l []vehicle.Event) { l[0].At = since.Add(-time.Second) },
		"tomorrow":          func(l []vehicle.Event) { l[1].At = now.Add(24 * time.Hour) },
		"the newest first":  func(l []vehicle.Event) { l[0], l[1] = l[1], l[0] },
		"by a robot":        func(l []vehicle.Event) { l[0].Actor.Kind = "robot" },
		"by the unsayable":  func(l []vehicle.Event) { l[0].Actor.Name = "!!" },
		"an exact creation": func(l []vehicle.Event) { l[0].Exact = true },
	} {
		list := []vehicle.Event{
			{ID: "a", Type: vehicle.GrantCreated, At: since, Actor: vehicle.Actor{Kind: vehicle.ByOwner}},
			{ID: "b", Type: vehicle.PositionReleased, At: now, Actor: vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}, Exact: true},
		}
		spoil(list)
		wantFire(t, name, vehicletest.SoundEvents(now, since, list))
	}
}
