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
	school = vehicle.Position{Latitude: 49.2561, Longitude: -123.1688}
	market = vehicle.Position{Latitude: 49.2713, Longitude: -123.1341}
	trails = vehicle.Position{Latitude: 49.7016, Longitude: -123.1558}
)

// places are the same in words. The streets exist; that they meet there is as true as the rest.
var places = []struct {
	at    vehicle.Position
	words string
}{
	{home, "Arbutus Street near West 10th Avenue"},
	{work, "Seymour Street near West Hastings Street"},
	{nextTo, "Arbutus Street near West 11th Avenue"},
	{school, "Trafalgar Street near West 24th Avenue"},
	{market, "Johnston Street on Granville Island"},
	{trails, "Cleveland Avenue in Squamish"},
}

const demoZone = "America/Vancouver"

var (
	weekdays  = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	saturdays = []time.Weekday{time.Saturday}
	sundays   = []time.Weekday{time.Sunday}
)

// DemoCars are the demo owner's cars, the default first: one with a low tire and a trunk that opens, one
// electric with everything, and one old enough to know only whether a tire is low, with its engine light on. The
// Bolt commutes; the Golf takes children to school and everybody to the trails every other Sunday; the Outback
// goes to the market once in four weeks, lest it rust.
func DemoCars() []Car {
	return []Car{
		{
			ID: "veh_golf", Name: "Golf", Make: "Volkswagen", Model: "Golf", Year: 2019, Color: "white", Plate: "TRK 482",
			Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.OpenTrunk},
			Recommended: 248, // 36 psi
			Cold: map[vehicle.Wheel]vehicle.Kilopascals{
				vehicle.FrontLeft: 193, vehicle.FrontRight: 241, vehicle.RearLeft: 242, vehicle.RearRight: 241, // 28 and 35 psi
			},
			Tank: 50, Uses: 7.4, Rests: 12.62, Driven: 48_200, ServiceDue: 57_000, ServiceEvery: 15_000,
			Home: home, Zone: demoZone,
			Routine: []Trip{
				{Days: weekdays, Hour: 8, Minute: 10, Takes: 11 * time.Minute, Km: 3.4, From: home, To: school},
				{Days: weekdays, Hour: 8, Minute: 35, Takes: 13 * time.Minute, Km: 3.6, From: school, To: home},
				{Days: saturdays, Hour: 10, Minute: 5, Takes: 12 * time.Minute, Km: 4.1, From: home, To: market},
				{Days: saturdays, Hour: 11, Minute: 10, Takes: 14 * time.Minute, Km: 4.3, From: market, To: home},
				{Days: sundays, Every: 2, Hour: 9, Minute: 30, Takes: 70 * time.Minute, Km: 71.5, From: home, To: trails},
				{Days: sundays, Every: 2, Hour: 15, Minute: 45, Takes: 75 * time.Minute, Km: 72.1, From: trails, To: home},
			},
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
			Pack: 65, Uses: 17.5, Rests: 12.74, Driven: 21_300,
			Home: home, Zone: demoZone,
			Routine: []Trip{
				{Days: weekdays, Hour: 8, Minute: 10, Takes: 25 * time.Minute, Km: 7.8, From: home, To: work},
				{Days: weekdays, Hour: 17, Minute: 20, Takes: 30 * time.Minute, Km: 8.2, From: work, To: home},
				{Days: saturdays, Hour: 13, Minute: 30, Takes: 12 * time.Minute, Km: 4.1, From: home, To: market},
				{Days: saturdays, Hour: 15, Minute: 0, Takes: 14 * time.Minute, Km: 4.3, From: market, To: home},
			},
		},
		{
			ID: "veh_outback", Name: "Outback", Make: "Subaru", Model: "Outback", Year: 2012, Color: "green", Plate: "OLD 2B2",
			Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TireStatus, vehicle.OpenKeyBox},
			Tank: 70, Uses: 10.8, Rests: 12.41, Driven: 213_800, ServiceDue: 215_550, ServiceEvery: 10_000, Latchless: true,
			Ails: Trouble{Light: true, Codes: []vehicle.TroubleCode{
				{Code: "P0420", Status: vehicle.StoredCode}, {Code: "P0301", Status: vehicle.PendingCode},
			}},
			Home: home, Zone: demoZone,
			Routine: []Trip{
				{Days: saturdays, Every: 4, Hour: 9, Minute: 0, Takes: 12 * time.Minute, Km: 3.4, From: home, To: market},
				{Days: saturdays, Every: 4, Hour: 9, Minute: 40, Takes: 13 * time.Minute, Km: 3.6, From: market, To: home},
			},
		},
	}
}

// NeighborCars are the second owner's cars, which the first must never see.
func NeighborCars() []Car {
	return []Car{{
		ID: "veh_cinquecento", Name: "Cinquecento", Make: "Fiat", Model: "500", Year: 2017, Color: "yellow", Plate: "CQC 500",
		Powertrain: vehicle.Petrol, Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.OpenTrunk},
		Recommended: 228, // 33 psi
		Tank:        35, Uses: 6.1, Rests: 12.6, Driven: 39_000, ServiceDue: 45_000, ServiceEvery: 15_000,
		Home: nextTo, Zone: demoZone,
	}}
}
