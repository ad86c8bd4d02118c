package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Trip is one drive that a car makes every week: on these days, at this time of its zone's clock.
type Trip struct {
	Days         []time.Weekday
	Hour, Minute int
	Takes        time.Duration // driving time, less than a day
	From, To     vehicle.Position
}

// Trips never start on the dot: up to so much later than the routine says.
const tripDelay = 5 * time.Minute

// drive is a trip on one day.
type drive struct {
	start, end time.Time
	from, to   vehicle.Position
}

// lastDrive is the newest drive that has begun, within the last week.
func (c Car) lastDrive(w World, now time.Time) (last drive, ok bool) {
	if len(c.Routine) == 0 {
		return drive{}, false
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		zone = time.UTC // a car with a strange zone drives by UTC rather than not at all
	}
	today := now.In(zone)
	for back := range 8 {
		day := today.AddDate(0, 0, -back)
		for i, t := range c.Routine {
			if !slices.Contains(t.Days, day.Weekday()) {
				continue
			}
			late := w.between(0, tripDelay, "trip", string(c.ID), day.Format(time.DateOnly), fmt.Sprint(i))
			start := time.Date(day.Year(), day.Month(), day.Day(), t.Hour, t.Minute, 0, 0, zone).Add(late)
			if start.After(now) || ok && !start.After(last.start) {
				continue
			}
			last, ok = drive{start: start, end: start.Add(t.Takes), from: t.From, to: t.To}, true
		}
		if ok {
			return last, true
		}
	}
	return drive{}, false
}

// Moving reports whether the car drives.
func (c Car) Moving(w World, f Facts, now time.Time) bool {
	if !f.MovingSince.IsZero() {
		return !now.Before(f.MovingSince)
	}
	d, ok := c.lastDrive(w, now)
	return ok && now.Before(d.end)
}

// Where the control port's "moving" takes a car: round the block, at city speed.
const (
	blockRadius = 600.0 // meters
	citySpeed   = 11.0  // meters per second
)

// Position is where the car is.
func (c Car) Position(w World, f Facts, now time.Time) vehicle.Position {
	at := c.Home
	if d, ok := c.lastDrive(w, now); ok {
		at = along(d, now)
	}
	if f.Shifted != 0 {
		at = offset(at, f.Shifted, 0)
	}
	if f.MovingSince.IsZero() || now.Before(f.MovingSince) {
		return at
	}
	angle := now.Sub(f.MovingSince).Seconds() * citySpeed / blockRadius
	return offset(at, blockRadius*math.Sin(angle), blockRadius*(1-math.Cos(angle)))
}

func along(d drive, now time.Time) vehicle.Position {
	part := min(1, now.Sub(d.start).Seconds()/d.end.Sub(d.start).Seconds())
	return vehicle.Position{
		Latitude:  d.from.Latitude + part*(d.to.Latitude-d.from.Latitude),
		Longitude: d.from.Longitude + part*(d.to.Longitude-d.from.Longitude),
	}
}

// VicinityRadius covers any place that is rounded to a vicinity: half the diagonal of a square of a hundredth
// of a degree is at most 788 m, on the equator.
const VicinityRadius = 800 // meters

// Vicinity is what a courier may know before being on the way: the place rounded to a hundredth of a degree.
// The grid is fixed to the map, so that asking again tells nothing new.
func Vicinity(p vehicle.Position) vehicle.Position {
	hundredth := func(degrees float64) float64 { return math.Round(degrees*100) / 100 }
	return vehicle.Position{Latitude: hundredth(p.Latitude), Longitude: hundredth(p.Longitude)}
}
