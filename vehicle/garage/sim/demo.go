package sim

import (
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Places of the demo world. Nobody is known to park exactly there.
var (
	home   = vehicle.Position{Latitude: 49.2692, Longitude: -123.1561}
	work   = vehicle.Position{Latitude: 49.2846, Longitude: -123.1117}
	nextTo = vehicle.Position{Latitude: 49.2694, Longitude: -123.1549}
)

const demoZone = "America/Vancouver"

var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

// DemoCars are the demo owner's cars, the default first: one with a low tire and a trunk that opens, one
// electric with everything, and one old enough to know only whether a tire is low. The Bolt commutes; the
// others stay at home.
func DemoCars() []Car {
	return []Car{
		{
			ID: "veh_golf", Name: "Golf", Make: "Volkswagen", Model: "Golf", Year: 2019, Color: "white", Plate: "TRK 482",
			Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.OpenTrunk},
			Recommended: 248, // 36 psi
			Cold: map[vehicle.Wheel]vehicle.Kilopascals{
				vehicle.FrontLeft: 193, vehicle.FrontRight: 241, vehicle.RearLeft: 242, vehicle.RearRight: 241, // 28 and 35 psi
			},
			Home: home, Zone: demoZone,
		},
		{
			ID: "veh_bolt", Name: "Bolt", Make: "Chevrolet", Model: "Bolt EV", Year: 2021, Color: "blue", Plate: "EVB 7K1",
			Powertrain: vehicle.Electric,
			Capabilities: []vehicle.Capability{
				vehicle.TirePressure, vehicle.OpenTrunk, vehicle.LockDoors, vehicle.UnlockDoors,
			},
			Recommended: 262, // 38 psi
			Cold: map[vehicle.Wheel]vehicle.Kilopascals{
				vehicle.FrontLeft: 262, vehicle.FrontRight: 259, vehicle.RearLeft: 261, vehicle.RearRight: 260,
			},
			Home: home, Zone: demoZone,
			Routine: []Trip{
				{Days: weekdays, Hour: 8, Minute: 10, Takes: 25 * time.Minute, From: home, To: work},
				{Days: weekdays, Hour: 17, Minute: 20, Takes: 30 * time.Minute, From: work, To: home},
			},
		},
		{
			ID: "veh_outback", Name: "Outback", Make: "Subaru", Model: "Outback", Year: 2012, Color: "green", Plate: "OLD 2B2",
			Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TireStatus},
			Home: home, Zone: demoZone,
		},
	}
}

// NeighborCars are the second owner's cars, which the first must never see.
func NeighborCars() []Car {
	return []Car{{
		ID: "veh_cinquecento", Name: "Cinquecento", Make: "Fiat", Model: "500", Year: 2017, Color: "yellow", Plate: "CQC 500",
		Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.OpenTrunk},
		Recommended: 228, // 33 psi
		Home:        nextTo, Zone: demoZone,
	}}
}
