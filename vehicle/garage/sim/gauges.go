package sim

import (
	"math"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// report is the making of one snapshot: everything in it is as it was when it was seen.
type report struct {
	car   Car
	world World
	facts Facts
	seen  time.Time
	spell string
	// driven is the odometer then, which several gauges follow.
	driven vehicle.Kilometers
}

func (c Car) report(w World, f Facts, now time.Time) report {
	seen := c.observed(w, f, now)
	return report{car: c, world: w, facts: f, seen: seen, spell: spellOf(now), driven: c.odometer(w, f, seen)}
}

// missing says why a part has no reading; empty if it has one.
func (r report) missing(p Part) vehicle.MissingReason {
	if said := r.facts.Says[p].Missing; said != "" {
		return said
	}
	if r.world.chance("missing", string(r.car.ID), string(p), r.spell) < r.world.Sky.Missing {
		return vehicle.NotReported
	}
	return ""
}

// read makes a reading of a part.
func read[T any](r report, p Part, value T) vehicle.Reading[T] {
	if why := r.missing(p); why != "" {
		return vehicle.Reading[T]{Missing: why}
	}
	return vehicle.Reading[T]{Value: value, ObservedAt: r.seen}
}

// gauge makes a reading of a part that has a number: the control port's, or the car's own.
func gauge[T ~float64](r report, p Part, own T) vehicle.Reading[T] {
	if said, ok := r.facts.Says[p]; ok {
		own = T(said.Value)
	}
	return read(r, p, own)
}

// Diagnosis is the last snapshot of everything that the car has. What it does not have stays zero: no oil in an
// electric car, no charge in a petrol one.
func (c Car) Diagnosis(w World, f Facts, now time.Time) vehicle.Diagnosis {
	r := c.report(w, f, now)
	moving := c.Moving(w, f, r.seen)
	on := moving || f.Running
	d := vehicle.Diagnosis{
		Vehicle: c.ID, Tires: c.Tires(w, f, now), Battery: gauge(r, BatteryPart, r.volts(on)),
		Odometer: gauge(r, OdometerPart, rounded(r.driven, 1)),
		Ignition: read(r, IgnitionPart, on), Speed: read(r, SpeedPart, r.speed(moving)),
	}
	if c.Tank > 0 {
		d.Fuel = r.fuel()
		d.Oil = r.oil()
	}
	if c.Pack > 0 {
		d.Charge = r.charge()
	}
	r.latches(&d, moving, now)
	return d
}

// What an alternator, or an electric car's converter, keeps the 12 V system at: within the 13.7 to 14.7 V that
// battery makers call healthy.
const charged vehicle.Volts = 14.2

// ripple is how far a voltage wanders by itself: too little to hear.
const ripple = 0.03

func (r report) volts(on bool) vehicle.Volts {
	v := r.car.Rests
	if on {
		v = charged
	}
	turn := 2*r.world.chance("volts", string(r.car.ID), spellOf(r.seen)) - 1
	return rounded(v+vehicle.Volts(ripple*turn), 100)
}

func (r report) speed(moving bool) vehicle.KilometersPerHour {
	switch d, ok := r.car.lastDrive(r.world, r.seen); {
	case !moving:
		return 0
	case r.facts.MovingSince.IsZero() && ok:
		return rounded(vehicle.KilometersPerHour(float64(d.km)/d.end.Sub(d.start).Hours()), 1)
	default:
		return rounded(vehicle.KilometersPerHour(citySpeed*3.6), 1)
	}
}

// Between these levels a tank is driven down, and then filled up again.
const (
	fullTank   = 96.0 // percent
	refillTank = 18.0
)

// cautious is what part of the way that is really left a car promises.
const cautious = 0.95

func (r report) fuel() vehicle.Energy {
	whole := float64(r.car.Tank) / r.car.Uses * 100 // km
	since := math.Mod(float64(r.driven), whole*(fullTank-refillTank)/100)
	level := gauge(r, FuelPart, rounded(vehicle.Percent(fullTank-since/whole*100), 1))
	return vehicle.Energy{Level: level, Range: r.reach(level, whole)}
}

// reach is how far a level goes, known if the level is.
func (r report) reach(level vehicle.Reading[vehicle.Percent], whole float64) vehicle.Reading[vehicle.Kilometers] {
	return vehicle.Reading[vehicle.Kilometers]{
		Value: rounded(vehicle.Kilometers(float64(level.Value)/100*whole*cautious), 1), ObservedAt: level.ObservedAt, Missing: level.Missing,
	}
}

// oil wears with the odometer and is renewed at each service.
func (r report) oil() vehicle.Oil {
	every := float64(r.car.ServiceEvery)
	left := math.Mod(float64(r.car.ServiceDue-r.driven), every)
	if left < 0 {
		left += every
	}
	return vehicle.Oil{
		Life:        gauge(r, OilPart, rounded(vehicle.Percent(left/every*100), 1)),
		NextService: gauge(r, ServicePart, rounded(vehicle.Kilometers(left), 1)),
	}
}

// An electric car is charged at home by night, when power is cheap.
const (
	chargeHour = 23  // on the clock of its zone
	chargeRate = 7.2 // kW
)

// charge follows from the night: the pack is filled from 11 PM on, and has since lost what was driven.
func (r report) charge() vehicle.Charge {
	whole := float64(r.car.Pack) / r.car.Uses * 100 // km
	share := func(km vehicle.Kilometers) float64 { return min(95, float64(km)/whole*100) }
	local := r.seen.In(zone(r.car.Zone))
	night := time.Date(local.Year(), local.Month(), local.Day(), chargeHour, 0, 0, 0, local.Location())
	if night.After(local) {
		night = night.AddDate(0, 0, -1)
	}
	atNight := r.car.odometer(r.world, r.facts, night)
	empty := share(atNight - r.car.odometer(r.world, r.facts, night.AddDate(0, 0, -1)))
	driven := r.driven - atNight
	filled := r.seen.Sub(night).Hours() * chargeRate / float64(r.car.Pack) * 100
	level, state := 100-share(driven), vehicle.ChargeFull
	switch home := Distance(r.car.Position(r.world, r.facts, r.seen), r.car.Home) < 100; {
	case !home || r.car.Moving(r.world, r.facts, r.seen):
		state = vehicle.NotPluggedIn
	case driven > 0:
		state = vehicle.PluggedIn
	case filled < empty:
		level, state = 100-empty+filled, vehicle.Charging
	}
	if said, ok := r.facts.Says[ChargePart]; ok && state == vehicle.ChargeFull && said.Value < 100 {
		state = vehicle.Charging
	}
	if r.facts.Charger != "" {
		state = r.facts.Charger
	}
	shown := gauge(r, ChargePart, rounded(vehicle.Percent(level), 1))
	return vehicle.Charge{Energy: vehicle.Energy{Level: shown, Range: r.reach(shown, whole)}, State: read(r, ChargerPart, state)}
}
