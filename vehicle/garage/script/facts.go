package script

import (
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// Fact is a directive about one car.
type Fact struct {
	// Form is the line with blanks, <car> first: <wheel>, <duration> (like 3h or 90s), <meters>, <kpa>, <gauge>
	// and its <number>, <part>, <code> (like P0301), <status>, <charger>.
	Form string
	// Does says what it is for.
	Does string
	// Impose changes what is said of the car.
	Impose func(f *sim.Facts, a Args, now time.Time)
}

// Facts are all directives about one car.
var Facts = []Fact{
	{"<car> asleep", "the dongle sleeps: readings stop and an opening takes longer", dongle(vehicle.Asleep)},
	{"<car> offline", "the dongle cannot be reached: an opening times out", dongle(vehicle.Offline)},
	{"<car> unplugged", "somebody pulled the dongle out", dongle(vehicle.Unplugged)},
	{"<car> awake", "the dongle answers, whatever the weather", dongle(vehicle.Online)},
	{"<car> moving", "the car drives round the block", func(f *sim.Facts, _ Args, now time.Time) { f.MovingSince = now }},
	{"<car> moved <meters>", "the car stands so far from where it was", func(f *sim.Facts, a Args, _ time.Time) { f.Shifted = a.Meters }},
	{"<car> parked", "the car stands where its routine puts it", func(f *sim.Facts, _ Args, now time.Time) { f.Park(now) }},
	{"<car> running", "the ignition is on although the car stands", func(f *sim.Facts, _ Args, _ time.Time) { f.Running = true }},
	{"<car> off", "the ignition is off unless the car drives", func(f *sim.Facts, _ Args, _ time.Time) { f.Running = false }},

	{"<car> readings stale <duration>", "all readings are so old, and grow older", func(f *sim.Facts, a Args, now time.Time) { f.AsOf = now.Add(-a.Duration) }},
	{"<car> readings fresh", "readings come with each report", func(f *sim.Facts, _ Args, _ time.Time) { f.AsOf = time.Time{} }},
	{"<car> <gauge> <number>", "fuel, charge or oil is so many percent, battery so many volts, odometer or service so many kilometers", say(func(a Args) sim.Said { return sim.Said{Value: a.Value} })},
	{"<car> <part> missing", "the part was never reported", say(func(Args) sim.Said { return sim.Said{Missing: vehicle.NotReported} })},
	{"<car> <part> fault", "the part's sensor is broken", say(func(Args) sim.Said { return sim.Said{Missing: vehicle.SensorFault} })},
	{"<car> <part> unsupported", "the car cannot measure the part", say(func(Args) sim.Said { return sim.Said{Missing: vehicle.NotSupported} })},
	{"<car> charger <charger>", "the charger does this, whatever the hour", func(f *sim.Facts, a Args, _ time.Time) { f.Charger = a.Charger }},
	{"<car> light off", "the engine light is off and no code is held", func(f *sim.Facts, _ Args, _ time.Time) { f.Trouble, f.Codes = &sim.Trouble{}, nil }},
	{"<car> light on", "the engine light is on and no code is held", func(f *sim.Facts, _ Args, _ time.Time) { f.Trouble, f.Codes = &sim.Trouble{Light: true}, nil }},
	{"<car> light on <code>", "the engine light is on for this stored code alone", func(f *sim.Facts, a Args, _ time.Time) {
		f.Trouble, f.Codes = &sim.Trouble{Light: true, Codes: []vehicle.TroubleCode{{Code: a.Code, Status: vehicle.StoredCode}}}, nil
	}},
	{"<car> code <code> <status>", "one code more is held, stored, pending or permanent; the light stays as it is", func(f *sim.Facts, a Args, _ time.Time) {
		f.Codes = append(f.Codes, vehicle.TroubleCode{Code: a.Code, Status: a.Status})
	}},
	{"<car> door <wheel> open", "somebody left this door open", door(true)},
	{"<car> door <wheel> closed", "the door is shut", door(false)},
	{"<car> doors locked", "somebody locked the doors with the key", func(f *sim.Facts, _ Args, now time.Time) { f.ByHand(vehicle.Lock, now) }},
	{"<car> doors unlocked", "somebody unlocked the doors with the key", func(f *sim.Facts, _ Args, now time.Time) { f.ByHand(vehicle.Unlock, now) }},
	{"<car> trunk open", "somebody left the trunk open", func(f *sim.Facts, _ Args, now time.Time) { f.ByHand(vehicle.OpenTheTrunk, now) }},
	{"<car> trips none", "the log of trips is empty", func(f *sim.Facts, _ Args, _ time.Time) { f.NoTrips = true }},
	{"<car> trips logged", "the log has the trips of the routine", func(f *sim.Facts, _ Args, _ time.Time) { f.NoTrips = false }},

	{"<car> tires stale <duration>", "tire readings are so old, and grow older", func(f *sim.Facts, a Args, now time.Time) { f.TiresAsOf = now.Add(-a.Duration) }},
	{"<car> tires fresh", "tire readings come with each report, as the car's own sensors have them", func(f *sim.Facts, _ Args, _ time.Time) { f.TiresAsOf, f.Tires = time.Time{}, nil }},
	{"<car> tire <wheel> missing", "the wheel was never reported", tire(func(t *sim.TireFacts, _ Args) { t.Missing = vehicle.NotReported })},
	{"<car> tire <wheel> fault", "the wheel's sensor is broken", tire(func(t *sim.TireFacts, _ Args) { t.Missing = vehicle.SensorFault })},
	{"<car> tire <wheel> ok", "the car thinks the tire fine", tire(func(t *sim.TireFacts, _ Args) { t.State = vehicle.TireFine })},
	{"<car> tire <wheel> low", "the car warns of the tire", tire(func(t *sim.TireFacts, _ Args) { t.State = vehicle.TireLow })},
	{"<car> tire <wheel> critical", "the car warns of the tire loudly", tire(func(t *sim.TireFacts, _ Args) { t.State = vehicle.TireCritical })},
	{"<car> tire <wheel> <kpa>", "the tire holds so many kilopascals", tire(func(t *sim.TireFacts, a Args) { t.Pressure = a.Pressure })},

	{"<car> key not returned", "couriers keep the key of the key box", func(f *sim.Facts, _ Args, _ time.Time) { f.KeyKept = true }},
	{"<car> key returned", "couriers return the key, and one that is out comes back now", func(f *sim.Facts, _ Args, _ time.Time) { f.KeyKept = false }},
	{"<car> lid stays open", "couriers forget the lid", func(f *sim.Facts, _ Args, _ time.Time) { f.LidStaysOpen = true }},
	{"<car> lid closes", "couriers shut the lid, and one that stands open is shut now", func(f *sim.Facts, _ Args, _ time.Time) { f.LidStaysOpen = false }},
	{"<car> actuator jams", "an opening fails at the car", func(f *sim.Facts, _ Args, _ time.Time) { f.OpeningFails = true }},
	{"<car> actuator works", "an opening opens", func(f *sim.Facts, _ Args, _ time.Time) { f.OpeningFails = false }},
}

func dongle(state vehicle.DongleState) func(*sim.Facts, Args, time.Time) {
	return func(f *sim.Facts, _ Args, now time.Time) { f.Dongle, f.DongleSince = state, now }
}

// say replaces what the car would say of a part; a new word replaces the old one.
func say(what func(Args) sim.Said) func(*sim.Facts, Args, time.Time) {
	return func(f *sim.Facts, a Args, _ time.Time) {
		if f.Says == nil {
			f.Says = map[sim.Part]sim.Said{}
		}
		f.Says[a.Part] = what(a)
	}
}

func door(open bool) func(*sim.Facts, Args, time.Time) {
	return func(f *sim.Facts, a Args, _ time.Time) {
		if f.OpenDoors == nil {
			f.OpenDoors = map[vehicle.Wheel]bool{}
		}
		f.OpenDoors[a.Wheel] = open
	}
}

// tire changes what is said of one wheel; a new word replaces the old ones.
func tire(change func(*sim.TireFacts, Args)) func(*sim.Facts, Args, time.Time) {
	return func(f *sim.Facts, a Args, _ time.Time) {
		var t sim.TireFacts
		change(&t, a)
		if f.Tires == nil {
			f.Tires = map[vehicle.Wheel]sim.TireFacts{}
		}
		f.Tires[a.Wheel] = t
	}
}
