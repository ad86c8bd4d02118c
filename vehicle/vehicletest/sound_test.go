package vehicletest_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

var now = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// A check that never fires proves nothing: each row is sound but for one thing.
func TestSoundDiagnosisFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.Diagnosis){
		"":                      func(*vehicle.Diagnosis) {},
		"another car":           func(d *vehicle.Diagnosis) { d.Vehicle = "bolt" },
		"a wheel twice":         func(d *vehicle.Diagnosis) { d.Tires = append(d.Tires, d.Tires[0]) },
		"a fifth wheel":         func(d *vehicle.Diagnosis) { d.Tires[0].Wheel = "spare" },
		"a negative pressure":   func(d *vehicle.Diagnosis) { d.Tires[0].Pressure.Value = -1 },
		"no number":             func(d *vehicle.Diagnosis) { d.Tires[0].Pressure.Value = vehicle.Kilopascals(math.NaN()) },
		"an endless placard":    func(d *vehicle.Diagnosis) { d.Tires[0].Recommended = vehicle.Kilopascals(math.Inf(1)) },
		"from the future":       func(d *vehicle.Diagnosis) { d.Tires[0].Pressure.ObservedAt = now.Add(time.Hour) },
		"from no time":          func(d *vehicle.Diagnosis) { d.Tires[0].Pressure.ObservedAt = time.Time{} },
		"missing, with a value": func(d *vehicle.Diagnosis) { d.Tires[0].Pressure.Missing = vehicle.SensorFault },
		"missing mysteriously":  func(d *vehicle.Diagnosis) { d.Tires[0].Status.Missing = "gremlins" },
		"an unknown state": func(d *vehicle.Diagnosis) {
			d.Tires[0].Status = vehicle.Reading[vehicle.TireState]{Value: "wobbly", ObservedAt: now}
		},
		"neither there nor missing": func(d *vehicle.Diagnosis) { d.Speed = vehicle.Reading[vehicle.KilometersPerHour]{} },
		"fuller than full":          func(d *vehicle.Diagnosis) { d.Fuel.Level = read[vehicle.Percent](100.1) },
		"a range below nothing":     func(d *vehicle.Diagnosis) { d.Charge.Range = read[vehicle.Kilometers](-1) },
		"a charger that levitates":  func(d *vehicle.Diagnosis) { d.Charge.State = read[vehicle.ChargingState]("levitating") },
		"lightning in the battery":  func(d *vehicle.Diagnosis) { d.Battery = read[vehicle.Volts](61) },
		"no mileage":                func(d *vehicle.Diagnosis) { d.Odometer = read(vehicle.Kilometers(math.NaN())) },
		"oil for ever":              func(d *vehicle.Diagnosis) { d.Oil.Life = read[vehicle.Percent](1000) },
		"faster than cars":          func(d *vehicle.Diagnosis) { d.Speed = read[vehicle.KilometersPerHour](501) },
		"a door twice":              func(d *vehicle.Diagnosis) { d.Doors = append(d.Doors, d.Doors[0]) },
		"a door in the roof":        func(d *vehicle.Diagnosis) { d.Doors[0].Position = "roof" },
		"a door seen tomorrow":      func(d *vehicle.Diagnosis) { d.Doors[0].Locked.ObservedAt = now.Add(24 * time.Hour) },
		"a trunk of gremlins":       func(d *vehicle.Diagnosis) { d.Trunk.Open.Missing = "gremlins" },
		"a key of no time":          func(d *vehicle.Diagnosis) { d.KeyBox.KeyInside = vehicle.Reading[bool]{Value: true} },
	} {
		d := whole()
		spoil(&d)
		wantFire(t, name, vehicletest.SoundDiagnosis(now, "golf", d))
	}
}

func read[T any](v T) vehicle.Reading[T] { return vehicle.Reading[T]{Value: v, ObservedAt: now} }

func none[T any]() vehicle.Reading[T] { return vehicle.Reading[T]{Missing: vehicle.NotSupported} }

// whole is a diagnosis without a flaw.
func whole() vehicle.Diagnosis {
	closed := vehicle.Closure{Open: read(false), Locked: read(true)}
	return vehicle.Diagnosis{
		Vehicle:  "golf",
		Tires:    []vehicle.Tire{{Wheel: vehicle.FrontLeft, Recommended: 248, Pressure: read[vehicle.Kilopascals](193), Status: none[vehicle.TireState]()}},
		Fuel:     vehicle.Energy{Level: read[vehicle.Percent](40), Range: read[vehicle.Kilometers](310)},
		Charge:   vehicle.Charge{Energy: vehicle.Energy{Level: none[vehicle.Percent](), Range: none[vehicle.Kilometers]()}, State: read(vehicle.Charging)},
		Battery:  read[vehicle.Volts](12.6),
		Odometer: read[vehicle.Kilometers](84210),
		Oil:      vehicle.Oil{Life: read[vehicle.Percent](35), NextService: none[vehicle.Kilometers]()},
		Doors:    []vehicle.Door{{Position: vehicle.FrontLeft, Closure: closed}},
		Trunk:    closed,
		KeyBox:   vehicle.KeyBox{Open: none[bool](), KeyInside: none[bool]()},
		Ignition: read(true),
		Speed:    read[vehicle.KilometersPerHour](0),
	}
}

func TestSoundVehiclesFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.Vehicle){
		"":                       func(*vehicle.Vehicle) {},
		"no ID":                  func(v *vehicle.Vehicle) { v.ID = "" },
		"the other's ID":         func(v *vehicle.Vehicle) { v.ID = "bolt" },
		"no name":                func(v *vehicle.Vehicle) { v.Name = " " },
		"a name of two lines":    func(v *vehicle.Vehicle) { v.Name = "A\nB" },
		"a long name":            func(v *vehicle.Vehicle) { v.Name = strings.Repeat("x", 61) },
		"steam":                  func(v *vehicle.Vehicle) { v.Powertrain = "steam" },
		"a dreaming dongle":      func(v *vehicle.Vehicle) { v.Dongle.State = "dreaming" },
		"seen tomorrow":          func(v *vehicle.Vehicle) { v.Dongle.LastSeen = now.Add(24 * time.Hour) },
		"blocked since tomorrow": func(v *vehicle.Vehicle) { v.BlockedSince = now.Add(24 * time.Hour) },
		"of the year 7":          func(v *vehicle.Vehicle) { v.Year = 7 },
		"one capability, doubly": func(v *vehicle.Vehicle) { v.Capabilities = append(v.Capabilities, v.Capabilities[0]) },
	} {
		cars := []vehicle.Vehicle{
			{ID: "golf", Name: "Golf", Powertrain: vehicle.Petrol, Year: 2019, Capabilities: []vehicle.Capability{vehicle.OpenTrunk},
				Dongle: vehicle.Dongle{State: vehicle.Online, LastSeen: now}},
			{ID: "bolt", Name: "Bolt"},
		}
		spoil(&cars[0])
		wantFire(t, name, vehicletest.SoundVehicles(now, cars))
	}
	if vehicletest.SoundVehicles(now, make([]vehicle.Vehicle, 101)) == nil {
		t.Error("101 cars: got no error")
	}
}

func TestSoundGrantsFires(t *testing.T) {
	for name, spoil := range map[string]func(*vehicle.Grant){
		"":                       func(*vehicle.Grant) {},
		"no ID":                  func(g *vehicle.Grant) { g.ID = "" },
		"of another car":         func(g *vehicle.Grant) { g.Vehicle = "bolt" },
		"an empty window":        func(g *vehicle.Grant) { g.Window.End = g.Window.Start },
		"no use":                 func(g *vehicle.Grant) { g.MaxUses = 0 },
		"more uses than allowed": func(g *vehicle.Grant) { g.Uses = 2 },
		"negative uses":          func(g *vehicle.Grant) { g.Uses = -1 },
		"never made":             func(g *vehicle.Grant) { g.CreatedAt = time.Time{} },
		"the sunroof":            func(g *vehicle.Grant) { g.AccessPoint = "sunroof" },
		"a guest of a carrier":   func(g *vehicle.Grant) { g.Guest = "Kim" },
		"an unspeakable guest":   func(g *vehicle.Grant) { g.Guest, g.Carrier = "!!", vehicle.Carrier{} },
		"a code for a carrier":   func(g *vehicle.Grant) { g.Code = "123456" },
		"a verified nobody":      func(g *vehicle.Grant) { g.Carrier.ID = "" },
	} {
		g := vehicle.Grant{
			ID: "g", Vehicle: "golf", AccessPoint: vehicle.Trunk, Carrier: vehicle.Carrier{ID: "ups", Name: "UPS", Verified: true},
			Window: vehicle.Window{Start: now, End: now.Add(time.Hour)}, MaxUses: 1, CreatedAt: now,
		}
		spoil(&g)
		wantFire(t, name, vehicletest.SoundGrants("golf", []vehicle.Grant{g}))
	}
}

func TestSoundPeopleFires(t *testing.T) {
	wantFire(t, "", vehicletest.SoundOwner(vehicle.Owner{ID: "o", Zone: time.UTC}))
	wantFire(t, "no zone", vehicletest.SoundOwner(vehicle.Owner{ID: "o"}))
	wantFire(t, "no ID", vehicletest.SoundOwner(vehicle.Owner{Zone: time.UTC}))
	ups := vehicle.Carrier{ID: "ups", Name: "UPS"}
	wantFire(t, "", vehicletest.SoundCarriers([]vehicle.Carrier{ups}))
	wantFire(t, "the same carrier twice", vehicletest.SoundCarriers([]vehicle.Carrier{ups, ups}))
	wantFire(t, "a carrier of symbols", vehicletest.SoundCarriers([]vehicle.Carrier{{ID: "x", Name: "!!"}}))
}

// wantFire wants an error for a named flaw, and none without a name.
func wantFire(t *testing.T, flaw string, err error) {
	t.Helper()
	if (err != nil) != (flaw != "") {
		t.Errorf("%q: got %v", flaw, err)
	}
}
