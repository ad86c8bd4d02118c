package sim

import (
	"math"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// How often a dongle reports: a parked car every few minutes while awake, a driving one all the time.
const (
	parkedInterval  = 5 * time.Minute
	drivingInterval = 10 * time.Second
)

// Dongle says how reachable the dongle is and when it last reported.
func (c Car) Dongle(w World, f Facts, now time.Time) vehicle.Dongle {
	state, since := c.dongleState(w, f, now)
	if state == vehicle.Online {
		return vehicle.Dongle{State: state, LastSeen: c.lastReport(w, f, now)}
	}
	return vehicle.Dongle{State: state, LastSeen: c.lastReport(w, f, since)}
}

// dongleState also tells since when a dongle that does not report has been silent.
func (c Car) dongleState(w World, f Facts, now time.Time) (state vehicle.DongleState, since time.Time) {
	if f.Dongle != "" {
		return f.Dongle, earlier(f.DongleSince, now)
	}
	if !c.asleep(w, f, now) {
		return vehicle.Online, now
	}
	// Walk back to where the sleep began: two days are more than any sky lets a car sleep.
	since = now.Truncate(spell)
	for range 96 {
		if !c.asleep(w, f, since.Add(-time.Second)) {
			break
		}
		since = since.Add(-spell)
	}
	return vehicle.Asleep, since
}

// asleep is the sky's decision alone; a driving car is awake.
func (c Car) asleep(w World, f Facts, now time.Time) bool {
	return w.chance("asleep", string(c.ID), spellOf(now)) < w.Sky.Asleep && !c.Moving(w, f, now)
}

// lastReport is when an awake car last reported, never later than now.
func (c Car) lastReport(w World, f Facts, now time.Time) time.Time {
	if c.Moving(w, f, now) {
		last := now.Truncate(drivingInterval)
		if f.MovingSince.After(last) {
			last = f.MovingSince // a car reports when it is switched on
		}
		return last.UTC()
	}
	// Every car has its own phase, so that not all of them report on the full five minutes.
	phase := w.between(0, parkedInterval, "phase", string(c.ID))
	last := now.Add(-phase).Truncate(parkedInterval).Add(phase)
	if d, ok := c.lastDrive(w, now); ok && d.end.After(last) {
		last = d.end // a car reports when it is switched off
	}
	return last.UTC()
}

// observed is when the readings that a cloud has were taken: with the last report, or long before under a bad
// sky.
func (c Car) observed(w World, f Facts, now time.Time) time.Time {
	seen := c.Dongle(w, f, now).LastSeen
	if w.chance("stale", string(c.ID), spellOf(now)) < w.Sky.Stale {
		seen = seen.Add(-w.between(2*time.Hour, 30*time.Hour, "stale by", string(c.ID), spellOf(now)))
	}
	if !f.AsOf.IsZero() {
		seen = earlier(seen, f.AsOf)
	}
	return seen
}

// Tires is the last snapshot of the four tires, in reading-out order. Cars with a placard pressure report
// numbers, the others only a state.
func (c Car) Tires(w World, f Facts, now time.Time) []vehicle.Tire {
	seen := c.observed(w, f, now)
	if !f.TiresAsOf.IsZero() {
		seen = earlier(seen, f.TiresAsOf)
	}
	tires := make([]vehicle.Tire, 0, 4)
	for _, wheel := range vehicle.Wheels() {
		tires = append(tires, c.tire(w, f, wheel, seen, now))
	}
	return tires
}

func (c Car) tire(w World, f Facts, wheel vehicle.Wheel, seen, now time.Time) vehicle.Tire {
	said := f.Tires[wheel]
	missing := said.Missing
	if missing == "" && w.chance("missing", string(c.ID), string(wheel), spellOf(now)) < w.Sky.Missing {
		missing = vehicle.NotReported
	}
	t := vehicle.Tire{Wheel: wheel, Recommended: c.Recommended}
	numeric := c.Recommended > 0
	switch {
	case missing != "" && numeric:
		t.Pressure.Missing = missing
	case missing != "":
		t.Status.Missing = missing
	case numeric:
		t.Pressure = vehicle.Reading[vehicle.Kilopascals]{Value: c.pressure(said, wheel, seen), ObservedAt: seen}
	}
	if missing == "" && (!numeric || said.State != "") {
		t.Status = vehicle.Reading[vehicle.TireState]{Value: vehicle.TireFine, ObservedAt: seen}
		if said.State != "" {
			t.Status.Value = said.State
		}
	}
	return t
}

// warmth is how much a day's warming moves a pressure, in kPa: little enough that what is spoken, whole psi
// or kilopascals, is the same at noon and at night.
const warmth = 0.4

func (c Car) pressure(said TireFacts, wheel vehicle.Wheel, seen time.Time) vehicle.Kilopascals {
	if said.Pressure > 0 {
		return said.Pressure
	}
	cold := c.Recommended
	if p, ok := c.Cold[wheel]; ok {
		cold = p
	}
	turn := float64(seen.Unix()%86400) / 86400 * 2 * math.Pi
	return vehicle.Kilopascals(math.Round((float64(cold)+warmth*math.Sin(turn))*10) / 10)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
