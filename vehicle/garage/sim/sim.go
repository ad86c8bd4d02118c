// Package sim is what the garage's cars do by themselves: drive their routine, report readings, fall asleep,
// open and shut.
//
// Everything here is pure. An answer follows from the [World] (a seed and a sky), the [Car] (what it is), the
// [Facts] (what was recorded about it) and an instant; nothing ticks in the background, so a garage that was
// shut for a week has aged a week when it opens again. Its only neighbor is vehicle/garage, which stores
// cars and facts and serves them; it imports the domain for words and units and nothing else of ours.
package sim

import (
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// World is what all cars share.
type World struct {
	// Seed decides everything that looks like chance: the same seed gives the same cars at the same instant.
	Seed uint64
	Sky  Sky
}

// Sky says how badly dongles and sensors behave, as chances from 0 to 1. The zero sky is clear.
type Sky struct {
	Asleep  float64 // that a parked car's dongle sleeps, per car and half hour
	Stale   float64 // that a car's readings are hours old, per car and half hour
	Missing float64 // that a wheel or part has no reading, per wheel or part and half hour
	Mute    float64 // that an opening is never confirmed although it happened, per command
}

// spell is how long one decision of the sky lasts. Half an hour is long enough for a conversation to see a
// car that keeps its mind and short enough for the next one to see another.
const spell = 30 * time.Minute

// Car is what a car is. It never changes; what happens to it is in [Facts].
type Car struct {
	ID           vehicle.ID
	Name         string
	Make, Model  string
	Year         int
	Color        string
	Powertrain   vehicle.Powertrain
	Plate        vehicle.Plate
	Capabilities []vehicle.Capability
	// Recommended is the cold placard pressure of all four wheels; zero for a car that only knows "low".
	Recommended vehicle.Kilopascals
	// Cold is what the tires hold. A wheel that is not listed holds the placard pressure.
	Cold map[vehicle.Wheel]vehicle.Kilopascals
	// Tank is what the fuel tank holds; zero for a car that burns nothing.
	Tank vehicle.Liters
	// Pack is what the traction battery holds; zero for a car without one.
	Pack vehicle.KilowattHours
	// Uses is how many liters of fuel, or kilowatt-hours for a car without a tank, 100 km take.
	Uses float64
	// Rests is the voltage of a healthy 12 V battery of this car while the car is off.
	Rests vehicle.Volts
	// Driven is the odometer at the start of 2024; the routine adds to it.
	Driven vehicle.Kilometers
	// ServiceDue is the odometer at which the oil is used up, and every ServiceEvery before and after it.
	ServiceDue, ServiceEvery vehicle.Kilometers
	// Latchless cars know nothing of their doors and trunk.
	Latchless bool
	// Ails are the trouble codes that the car always has, and whether the engine light is on for them.
	Ails Trouble
	// Home is where the car stands when its routine has not taken it elsewhere.
	Home vehicle.Position
	// Zone is the owner's time zone, by which the car drives.
	Zone string
	// Routine lists the trips that the car makes every week.
	Routine []Trip
}

// Facts are what was recorded about a car: what the control port imposed on it and what it was
// told to do. The zero value lets the car do as it likes.
type Facts struct {
	// Dongle overrides the sky; empty leaves the dongle to it.
	Dongle      vehicle.DongleState
	DongleSince time.Time
	// MovingSince is when the car was told to drive around; zero for a car that follows its routine.
	MovingSince time.Time
	// Shifted is how many meters the car was pushed north of where its routine puts it.
	Shifted float64
	// Wandered is how many kilometers the car was made to drive outside its routine and has finished.
	Wandered vehicle.Kilometers
	// Running keeps the ignition on although the car stands.
	Running bool
	// AsOf freezes every reading at an instant, TiresAsOf those of the tires; zero lets them age as they do.
	AsOf, TiresAsOf time.Time
	// Says replaces what the car would say of a part.
	Says map[Part]Said
	// Charger replaces what the charger does; empty leaves it to the hour.
	Charger vehicle.ChargingState
	// Trouble replaces the car's own codes and light; Codes come on top of either.
	Trouble *Trouble
	Codes   []vehicle.TroubleCode
	// OpenDoors stand open.
	OpenDoors map[vehicle.Wheel]bool
	// NoTrips empties the log of trips.
	NoTrips bool
	Tires   map[vehicle.Wheel]TireFacts
	// LidStaysOpen makes couriers forget the lid.
	LidStaysOpen bool
	// OpeningFails makes the actuator jam.
	OpeningFails bool
	// KeyKept makes couriers keep the key of the key box.
	KeyKept bool
	// Commands are what the car was told lately, oldest first: copies of the records in the cloud, couriers' and
	// owners' alike. All that is known of locks, lids and the key box follows from them; see latches.go.
	Commands []Command
}

// TireFacts is what the control port says of one wheel; zero fields say nothing.
type TireFacts struct {
	Pressure vehicle.Kilopascals
	State    vehicle.TireState
	Missing  vehicle.MissingReason
}

// Part is something of a car that a reading tells of.
type Part string

// The parts. Gauges have numbers; the others are so or are not.
const (
	FuelPart     Part = "fuel"     // percent
	ChargePart   Part = "charge"   // percent
	ChargerPart  Part = "charger"  // what it does
	BatteryPart  Part = "battery"  // volts, of the 12 V battery
	OdometerPart Part = "odometer" // kilometers
	OilPart      Part = "oil"      // percent of its life
	ServicePart  Part = "service"  // kilometers to the next
	DoorsPart    Part = "doors"
	TrunkPart    Part = "trunk"
	KeyBoxPart   Part = "key_box"
	IgnitionPart Part = "ignition"
	SpeedPart    Part = "speed"
	LightPart    Part = "light" // of the engine
	LocationPart Part = "location"
	AddressPart  Part = "address"
)

// Parts lists all parts.
func Parts() []Part {
	return []Part{
		FuelPart, ChargePart, ChargerPart, BatteryPart, OdometerPart, OilPart, ServicePart, DoorsPart, TrunkPart, KeyBoxPart,
		IgnitionPart, SpeedPart, LightPart, LocationPart, AddressPart,
	}
}

// Said is what the control port says of a part: that a reading is missing, or else the value of a gauge.
type Said struct {
	Value   float64
	Missing vehicle.MissingReason
}

// Trouble is what a car's self-diagnosis found.
type Trouble struct {
	Light bool
	Codes []vehicle.TroubleCode
}

// chance is a number in [0, 1) that depends on the seed and the parts alone.
func (w World) chance(parts ...string) float64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = io.WriteString(h, p) // a hash never fails to write
		_, _ = h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(w.Seed, h.Sum64())).Float64()
}

// between spreads a duration evenly over [lo, hi), in whole milliseconds.
func (w World) between(lo, hi time.Duration, parts ...string) time.Duration {
	return (lo + time.Duration(w.chance(parts...)*float64(hi-lo))).Truncate(time.Millisecond)
}

// spellOf names the half hour of an instant.
func spellOf(t time.Time) string { return t.UTC().Truncate(spell).Format(time.RFC3339) }

const metersPerDegree = 111_320 // of latitude, and of longitude on the equator

// Distance is how many meters lie between two places. It takes the earth for flat, which is right to a
// fraction of a percent inside one city and needs no more here.
func Distance(a, b vehicle.Position) float64 {
	north := (a.Latitude - b.Latitude) * metersPerDegree
	turn := math.Mod(a.Longitude-b.Longitude+540, 360) - 180 // the short way round
	east := turn * metersPerDegree * math.Cos((a.Latitude+b.Latitude)/2*math.Pi/180)
	return math.Hypot(north, east)
}

// offset is the place so many meters north and east of p.
func offset(p vehicle.Position, north, east float64) vehicle.Position {
	return vehicle.Position{
		Latitude:  p.Latitude + north/metersPerDegree,
		Longitude: p.Longitude + east/(metersPerDegree*math.Cos(p.Latitude*math.Pi/180)),
	}
}
