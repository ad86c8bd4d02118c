package sim

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// latches adds the doors, the trunk and the key box. A car reports when a latch moves, whatever else is old by
// then.
func (r report) latches(d *vehicle.Diagnosis, moving bool, now time.Time) {
	f := r.facts
	doors := r.at(now, f.told(vehicle.Lock, now), f.told(vehicle.Unlock, now))
	for _, wheel := range vehicle.Wheels() {
		d.Doors = append(d.Doors, vehicle.Door{
			Position: wheel, Closure: doors.closure(DoorsPart, f.OpenDoors[wheel], !f.OpenDoors[wheel] && doors.locked(moving)),
		})
	}
	trunk := r.at(now, f.moved(vehicle.OpenTheTrunk, now))
	d.Trunk = trunk.closure(TrunkPart, f.standsOpen(vehicle.OpenTheTrunk, trunk.seen), f.relocked(trunk.seen))
	if slices.Contains(r.car.Capabilities, vehicle.OpenKeyBox) {
		box := r.at(now, f.moved(OpenBox, now))
		d.KeyBox = vehicle.KeyBox{Open: read(box, KeyBoxPart, f.standsOpen(OpenBox, box.seen)), KeyInside: read(box, KeyBoxPart, f.keyInside(box.seen))}
	}
}

// at is the snapshot as it was at the latest of these instants that have come, if that is newer.
func (r report) at(now time.Time, changes ...time.Time) report {
	for _, t := range changes {
		if reached(t, now) && t.After(r.seen) {
			r.seen = t
		}
	}
	if !r.facts.AsOf.IsZero() {
		r.seen = earlier(r.seen, r.facts.AsOf)
	}
	return r
}

// locked reports whether the doors are: by the last word from afar, unless the car has been driven since.
func (r report) locked(moving bool) bool {
	locked, unlocked := r.facts.told(vehicle.Lock, r.seen), r.facts.told(vehicle.Unlock, r.seen)
	said := locked
	if unlocked.After(locked) {
		said = unlocked
	}
	if d, ok := r.car.lastDrive(r.world, r.seen); said.IsZero() || ok && d.start.After(said) {
		return !moving
	}
	return !unlocked.After(locked)
}

func (r report) closure(p Part, open, locked bool) vehicle.Closure {
	if r.car.Latchless {
		none := vehicle.Reading[bool]{Missing: vehicle.NotSupported}
		return vehicle.Closure{Open: none, Locked: none}
	}
	return vehicle.Closure{Open: read(r, p, open), Locked: read(r, p, locked)}
}

// TroubleCodes is what the car's self-diagnosis last reported.
func (c Car) TroubleCodes(w World, f Facts, now time.Time) vehicle.TroubleCodes {
	r := c.report(w, f, now)
	found := c.Ails
	if f.Trouble != nil {
		found = *f.Trouble
	}
	light := read(r, LightPart, found.Light)
	if !light.Available() {
		return vehicle.TroubleCodes{EngineLight: light} // the codes come with the light or not at all
	}
	t := vehicle.TroubleCodes{EngineLight: light}
	for _, code := range append(append([]vehicle.TroubleCode{}, found.Codes...), f.Codes...) {
		if code.FirstSeen.IsZero() {
			code.FirstSeen = r.firstSeen(code)
		}
		t.Codes = append(t.Codes, code)
	}
	return t
}

// firstSeen dates a code of the car's own: a pending one came with the last drive, and any other came back on
// the first of the month before, after somebody had cleared it.
func (r report) firstSeen(code vehicle.TroubleCode) time.Time {
	if code.Status == vehicle.PendingCode {
		d, ok := r.car.lastDrive(r.world, r.seen)
		if !ok {
			return time.Time{}
		}
		return earlier(d.end, r.seen).UTC()
	}
	local := r.seen.In(zone(r.car.Zone))
	return time.Date(local.Year(), local.Month()-1, 1, 9, 12, 0, 0, local.Location()).UTC()
}

// Location is where the car was last seen, with the place in words if it is one that is known.
func (c Car) Location(w World, f Facts, now time.Time) vehicle.Location {
	r := c.report(w, f, now)
	at := vehicle.Location{Position: read(r, LocationPart, c.Position(w, f, r.seen))}
	if at.Position.Available() && r.missing(AddressPart) == "" {
		at.Address = address(at.Position.Value)
	}
	return at
}

// nearPlace is how far from a known place its words still describe where a car is.
const nearPlace = 700 // meters

// address is a place in words; empty if it is none that anybody in the demo world knows.
func address(p vehicle.Position) string {
	words, best := "", float64(nearPlace)
	for _, known := range places {
		if d := Distance(p, known.at); d < best {
			words, best = known.words, d
		}
	}
	return words
}
