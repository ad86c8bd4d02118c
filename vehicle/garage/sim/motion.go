package sim

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Trip is one drive that a car makes every week: on these days, at this time of its zone's clock.
type Trip struct {
	Days         []time.Weekday
	Every        int // weeks: 1, 2 or 4; zero is every week
	Hour, Minute int
	Takes        time.Duration // driving time, less than a day
	Km           vehicle.Kilometers
	From, To     vehicle.Position
}

// Trips never start on the dot: up to so much later than the routine says.
const tripDelay = 5 * time.Minute

// epoch is the Monday on which every routine begins and from which weeks are counted.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// dayOf is how many days after the epoch an instant's date in the car's zone is; negative before it.
func (c Car) dayOf(t time.Time) int {
	y, m, d := t.In(zone(c.Zone)).Date()
	return int(math.Round(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24))
}

// on reports whether the trip is made on a day after the epoch.
func (t Trip) on(day int) bool {
	return day >= 0 && (day/7)%max(1, t.Every) == 0 && slices.Contains(t.Days, time.Weekday((day+int(time.Monday))%7))
}

// drive is a trip on one day.
type drive struct {
	start, end time.Time
	from, to   vehicle.Position
	km         vehicle.Kilometers
	id         string // of the day and the trip: unlike any other of the same car
}

// drives are the trips of one day, in no particular order.
func (c Car) drives(w World, day int) []drive {
	var list []drive
	for i, t := range c.Routine {
		if !t.on(day) {
			continue
		}
		y, m, d := epoch.AddDate(0, 0, day).Date()
		start := time.Date(y, m, d, t.Hour, t.Minute, 0, 0, zone(c.Zone))
		date := start.Format(time.DateOnly)
		start = start.Add(w.between(0, tripDelay, "trip", string(c.ID), date, fmt.Sprint(i)))
		list = append(list, drive{
			start: start, end: start.Add(t.Takes), from: t.From, to: t.To, km: t.Km, id: fmt.Sprintf("%s-%d", date, i),
		})
	}
	return list
}

// lastDrive is the newest drive that has begun, within the last week.
func (c Car) lastDrive(w World, now time.Time) (last drive, ok bool) {
	if len(c.Routine) == 0 {
		return drive{}, false
	}
	today := c.dayOf(now)
	for day := today; day > today-8 && !ok; day-- {
		for _, d := range c.drives(w, day) {
			if !d.start.After(now) && (!ok || d.start.After(last.start)) {
				last, ok = d, true
			}
		}
	}
	return last, ok
}

// zones are the time zones that cars live in, of which there are few; loading one reads a file.
var zones sync.Map

// zone is a time zone by its name; a car with a strange one drives by UTC rather than not at all.
func zone(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		if z, ok := known.(*time.Location); ok {
			return z
		}
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		z = time.UTC
	}
	zones.Store(name, z)
	return z
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
