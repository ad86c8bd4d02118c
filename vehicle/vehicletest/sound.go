package vehicletest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/trunkpass/trunkpass/vehicle"
)

// skew is how far ahead of ours a cloud's clock may be.
const skew = 5 * time.Minute

// SoundOwner checks what conversations rely on: an identity and a zone.
func SoundOwner(o vehicle.Owner) error {
	if o.ID == "" || o.Zone == nil {
		return fmt.Errorf("owner %q has no ID or no zone", o.ID)
	}
	return nil
}

// SoundVehicles checks a list of cars: identities, names that can be spoken, known words, no time ahead of
// now.
func SoundVehicles(now time.Time, vehicles []vehicle.Vehicle) error {
	problems := unique("vehicle", vehicles, func(v vehicle.Vehicle) string { return string(v.ID) })
	if len(vehicles) > 100 {
		problems = append(problems, fmt.Errorf("%d vehicles, more than 100", len(vehicles)))
	}
	for _, v := range vehicles {
		if !speakable(v.Name) {
			problems = append(problems, fmt.Errorf("%s: the name %q cannot be spoken", v.ID, v.Name))
		}
		if !slices.Contains([]vehicle.Powertrain{"", vehicle.Petrol, vehicle.Diesel, vehicle.Hybrid, vehicle.Electric}, v.Powertrain) {
			problems = append(problems, fmt.Errorf("%s: unknown powertrain %q", v.ID, v.Powertrain))
		}
		if !slices.Contains([]vehicle.DongleState{"", vehicle.Online, vehicle.Asleep, vehicle.Offline, vehicle.Unplugged}, v.Dongle.State) {
			problems = append(problems, fmt.Errorf("%s: unknown dongle state %q", v.ID, v.Dongle.State))
		}
		if v.Dongle.LastSeen.After(now.Add(skew)) {
			problems = append(problems, fmt.Errorf("%s: last seen in the future", v.ID))
		}
		if v.BlockedSince.After(now.Add(skew)) {
			problems = append(problems, fmt.Errorf("%s: blocked since the future", v.ID))
		}
		if v.Year != 0 && (v.Year < 1900 || v.Year > 2200) {
			problems = append(problems, fmt.Errorf("%s: of the year %d", v.ID, v.Year))
		}
		problems = append(problems, unique(string(v.ID)+": capability", v.Capabilities, func(c vehicle.Capability) string { return string(c) })...)
	}
	return errors.Join(problems...)
}

// SoundDiagnosis checks a snapshot: one entry for each wheel and door, and readings that are either possible
// or missing for a known reason.
func SoundDiagnosis(now time.Time, id vehicle.ID, d vehicle.Diagnosis) error {
	problems := unique("wheel", d.Tires, func(t vehicle.Tire) string { return string(t.Wheel) })
	if d.Vehicle != id {
		problems = append(problems, fmt.Errorf("a diagnosis of %q instead of %q", d.Vehicle, id))
	}
	for _, t := range d.Tires {
		if !slices.Contains(vehicle.Wheels(), t.Wheel) {
			problems = append(problems, fmt.Errorf("unknown wheel %q", t.Wheel))
		}
		problems = append(problems, soundNumber(now, "pressure", t.Pressure, 2000), soundReading(now, t.Status))
		if !between(float64(t.Recommended), 2000) {
			problems = append(problems, fmt.Errorf("%s: impossible placard %v", t.Wheel, t.Recommended))
		}
		states := []vehicle.TireState{vehicle.TireFine, vehicle.TireLow, vehicle.TireCritical, vehicle.TireFault, vehicle.TireUnknown}
		if t.Status.Available() && !slices.Contains(states, t.Status.Value) {
			problems = append(problems, fmt.Errorf("%s: unknown state %q", t.Wheel, t.Status.Value))
		}
	}
	problems = append(problems, soundEnergy(now, d), soundClosures(now, d))
	return errors.Join(problems...)
}

// soundEnergy checks what drives the car, and what is counted in it.
func soundEnergy(now time.Time, d vehicle.Diagnosis) error {
	problems := []error{
		soundNumber(now, "fuel", d.Fuel.Level, 100), soundNumber(now, "fuel range", d.Fuel.Range, 1e7),
		soundNumber(now, "charge", d.Charge.Level, 100), soundNumber(now, "charge range", d.Charge.Range, 1e7),
		soundReading(now, d.Charge.State),
		soundNumber(now, "battery", d.Battery, 60), soundNumber(now, "odometer", d.Odometer, 1e7),
		soundNumber(now, "oil life", d.Oil.Life, 100), soundNumber(now, "next service", d.Oil.NextService, 1e7),
		soundNumber(now, "speed", d.Speed, 500), soundReading(now, d.Ignition),
	}
	states := []vehicle.ChargingState{vehicle.Charging, vehicle.PluggedIn, vehicle.NotPluggedIn, vehicle.ChargeFull, vehicle.ChargeFault}
	if d.Charge.State.Available() && !slices.Contains(states, d.Charge.State.Value) {
		problems = append(problems, fmt.Errorf("unknown charging state %q", d.Charge.State.Value))
	}
	return errors.Join(problems...)
}

// soundClosures checks what opens and locks.
func soundClosures(now time.Time, d vehicle.Diagnosis) error {
	problems := unique("door", d.Doors, func(door vehicle.Door) string { return string(door.Position) })
	for _, door := range d.Doors {
		if !slices.Contains(vehicle.Wheels(), door.Position) {
			problems = append(problems, fmt.Errorf("unknown door %q", door.Position))
		}
		problems = append(problems, soundReading(now, door.Open), soundReading(now, door.Locked))
	}
	problems = append(problems, soundReading(now, d.Trunk.Open), soundReading(now, d.Trunk.Locked),
		soundReading(now, d.KeyBox.Open), soundReading(now, d.KeyBox.KeyInside))
	return errors.Join(problems...)
}

// soundNumber checks a reading and that its value is from zero to most.
func soundNumber[T ~float64](now time.Time, what string, r vehicle.Reading[T], most float64) error {
	if !between(float64(r.Value), most) {
		return fmt.Errorf("impossible %s %v", what, r.Value)
	}
	return soundReading(now, r)
}

// between is written so that NaN fails.
func between(v, most float64) bool { return v >= 0 && v <= most }

func soundReading[T comparable](now time.Time, r vehicle.Reading[T]) error {
	var zero T
	switch r.Missing {
	case "":
		if !r.Available() || r.ObservedAt.After(now.Add(skew)) {
			return fmt.Errorf("a reading observed at %v", r.ObservedAt)
		}
		return nil
	case vehicle.NotReported, vehicle.NotSupported, vehicle.SensorFault:
		if r.Value != zero || !r.ObservedAt.IsZero() {
			return fmt.Errorf("a missing reading with the value %v", r.Value)
		}
		return nil
	default:
		return fmt.Errorf("a reading missing for an unknown reason %q", r.Missing)
	}
}

// SoundCarriers checks a list of carriers: identities and names that can be spoken.
func SoundCarriers(carriers []vehicle.Carrier) error {
	problems := unique("carrier", carriers, func(c vehicle.Carrier) string { return c.ID })
	for _, c := range carriers {
		if !speakable(c.Name) {
			problems = append(problems, fmt.Errorf("%s: the name %q cannot be spoken", c.ID, c.Name))
		}
	}
	return errors.Join(problems...)
}

// SoundGrants checks the grants of one car: identities, windows and counts that make sense.
func SoundGrants(id vehicle.ID, grants []vehicle.Grant) error {
	problems := unique("grant", grants, func(g vehicle.Grant) string { return g.ID })
	for _, g := range grants {
		switch {
		case g.Vehicle != id:
			problems = append(problems, fmt.Errorf("%s: of %q instead of %q", g.ID, g.Vehicle, id))
		case !g.Window.Start.Before(g.Window.End):
			problems = append(problems, fmt.Errorf("%s: the window %v", g.ID, g.Window))
		case g.MaxUses < 1 || g.Uses < 0 || g.Uses > g.MaxUses:
			problems = append(problems, fmt.Errorf("%s: %d uses of %d", g.ID, g.Uses, g.MaxUses))
		case g.CreatedAt.IsZero():
			problems = append(problems, fmt.Errorf("%s: made at no time", g.ID))
		case !slices.Contains([]vehicle.AccessPoint{"", vehicle.Trunk, vehicle.KeyBoxOnPlate}, g.AccessPoint):
			problems = append(problems, fmt.Errorf("%s: unknown access point %q", g.ID, g.AccessPoint))
		case g.Carrier.Verified && g.Carrier.ID == "":
			problems = append(problems, fmt.Errorf("%s: a verified nobody", g.ID))
		case g.Guest != "" && (g.Carrier != vehicle.Carrier{} || !speakable(g.Guest)):
			problems = append(problems, fmt.Errorf("%s: a guest who is a carrier, or cannot be spoken of", g.ID))
		case g.Guest == "" && g.Code != "":
			problems = append(problems, fmt.Errorf("%s: a code for nobody", g.ID))
		}
	}
	return errors.Join(problems...)
}

// unique wants every identity to be there and different.
func unique[T any](what string, list []T, id func(T) string) []error {
	var problems []error
	seen := map[string]bool{"": true}
	for _, v := range list {
		if seen[id(v)] {
			problems = append(problems, fmt.Errorf("%s %q is there twice or has no identity", what, id(v)))
		}
		seen[id(v)] = true
	}
	return problems
}

func speakable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) && len([]rune(name)) <= 60
}
