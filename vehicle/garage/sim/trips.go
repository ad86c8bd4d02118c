package sim

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// cycle is after how many days every routine repeats.
const cycle = 28

// odometer is how far the car has driven by an instant: what it had at the epoch, its routine since, and where
// the control port sent it.
func (c Car) odometer(w World, f Facts, at time.Time) vehicle.Kilometers {
	km := c.Driven + f.Wandered
	if !f.MovingSince.IsZero() && at.After(f.MovingSince) {
		km += wander(at.Sub(f.MovingSince))
	}
	return km + c.routine(w, at)
}

// routine is how far the car's routine has taken it between the epoch and an instant. Whole cycles are
// multiplied, so that the answer costs the same in every year.
func (c Car) routine(w World, at time.Time) vehicle.Kilometers {
	var km vehicle.Kilometers
	yesterday := c.dayOf(at) - 1
	for _, t := range c.Routine {
		for day := range cycle {
			if !t.on(day) {
				continue
			}
			if past := yesterday - day; past > 0 { // yesterday is looked at below
				km += t.Km * vehicle.Kilometers((past-1)/cycle+1)
			}
		}
	}
	for day := yesterday; day <= yesterday+1; day++ { // a drive may pass midnight
		for _, d := range c.drives(w, day) {
			km += d.km * vehicle.Kilometers(d.part(at))
		}
	}
	return km
}

// part is how much of the drive is done, from 0 to 1.
func (d drive) part(now time.Time) float64 {
	return max(0, min(1, now.Sub(d.start).Seconds()/d.end.Sub(d.start).Seconds()))
}

// wander is how far a car gets that was told to drive around.
func wander(d time.Duration) vehicle.Kilometers {
	return vehicle.Kilometers(d.Seconds() * citySpeed / 1000)
}

// Park ends what the control port imposed on where the car is; the odometer keeps what was driven.
func (f *Facts) Park(now time.Time) {
	if !f.MovingSince.IsZero() && now.After(f.MovingSince) {
		f.Wandered += wander(now.Sub(f.MovingSince))
	}
	f.MovingSince, f.Shifted = time.Time{}, 0
}

// Traffic makes a trip take more or less than its distance says.
const (
	smooth = 0.90
	jammed = 1.15
)

// Trips lists the drives of the routine that ended in [from, to) and that the dongle has reported, newest
// first. The span should be short: every day of it is looked at.
func (c Car) Trips(w World, f Facts, from, to, now time.Time) []vehicle.Trip {
	if f.NoTrips {
		return nil
	}
	seen := c.Dongle(w, f, now).LastSeen
	var list []vehicle.Trip
	for day := c.dayOf(from) - 1; day <= c.dayOf(to); day++ {
		for _, d := range c.drives(w, day) {
			if !d.end.Before(from) && d.end.Before(to) && !d.end.After(seen) {
				list = append(list, c.trip(w, d, spellOf(now)))
			}
		}
	}
	slices.SortFunc(list, func(a, b vehicle.Trip) int { return b.End.Compare(a.End) })
	return list
}

func (c Car) trip(w World, d drive, spell string) vehicle.Trip {
	id := "trp_" + strings.TrimPrefix(string(c.ID), "veh_") + "_" + d.id
	t := vehicle.Trip{ID: id, Start: d.start.UTC(), End: d.end.UTC()}
	lost := func(what string) bool { return w.chance("missing", id, what, spell) < w.Sky.Missing }
	if !lost("distance") {
		t.Distance = vehicle.Reading[vehicle.Kilometers]{Value: rounded(d.km, 10), ObservedAt: t.End}
	}
	used := float64(d.km) * c.Uses / 100 * (smooth + (jammed-smooth)*w.chance("traffic", id))
	switch {
	case lost("energy"):
	case c.Tank > 0:
		t.Fuel = vehicle.Reading[vehicle.Liters]{Value: rounded(vehicle.Liters(used), 100), ObservedAt: t.End}
	case c.Pack > 0:
		t.Energy = vehicle.Reading[vehicle.KilowattHours]{Value: rounded(vehicle.KilowattHours(used), 100), ObservedAt: t.End}
	}
	return t
}

// rounded keeps one digit after the point for a scale of 10, two for 100.
func rounded[T ~float64](v T, scale float64) T { return T(math.Round(float64(v)*scale) / scale) }
