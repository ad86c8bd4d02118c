package health

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about how economical a car is.
const (
	economyAverage     speech.Key = "economy.average"
	economyBoth        speech.Key = "economy.both"
	economyLeftOut     speech.Key = "economy.left_out"
	economyNoTrips     speech.Key = "economy.no_trips"
	economyNoLastTrip  speech.Key = "economy.no_last_trip"
	economyNoDistance  speech.Key = "economy.no_distance"
	economyNoFuel      speech.Key = "economy.no_fuel"
	economyNoEnergy    speech.Key = "economy.no_energy"
	economyTooShort    speech.Key = "economy.too_short"
	economyWhichPeriod speech.Key = "economy.which_period"
	economyHelp        speech.Key = "economy.help"

	spanLastTrip speech.Key = "span.last_trip"
)

var economyLines = speech.Table{
	economyAverage:     speech.Says("car", "economy", "span", "distance"),
	economyBoth:        speech.Says("car", "economy", "energy", "span", "distance"),
	economyLeftOut:     speech.Says("count"),
	economyNoTrips:     speech.Says("car", "span"),
	economyNoLastTrip:  speech.Says("car", "days"),
	economyNoDistance:  speech.Says("car", "span"),
	economyNoFuel:      speech.Says("car", "span"),
	economyNoEnergy:    speech.Says("car", "span"),
	economyTooShort:    speech.Says("car", "span"),
	economyWhichPeriod: speech.Says(),
	economyHelp:        speech.Says(),
	spanLastTrip:       speech.Says(),
}

// economy answers "what's my fuel economy", "how many miles per gallon did I get this week".
var economy = ground.Look[drives]{
	Name:   "economy",
	Help:   economyHelp,
	Want:   ground.Want{Units: true},
	Detail: economyPeriod,
	Read:   readEconomy,
	Tell:   tellEconomy,
}

// lastTrip is the period that is no span of days.
const lastTrip = "last_trip"

// periods tell which days the values of the slot type Period mean, today being the driver's. Weeks begin on Monday,
// as Alexa has them.
var periods = map[string]func(today skill.CivilDate, weekday time.Weekday) skill.Date{
	"today": func(today skill.CivilDate, _ time.Weekday) skill.Date {
		return skill.Date{From: today, To: today.Add(1)}
	},
	"this_week": func(today skill.CivilDate, weekday time.Weekday) skill.Date {
		monday := today.Add(-(int(weekday) + 6) % 7)
		return skill.Date{From: monday, To: monday.Add(7)}
	},
	"this_month": func(today skill.CivilDate, _ time.Weekday) skill.Date {
		today.Day = 1
		return skill.Date{From: today, To: nextMonth(today)}
	},
}

// defaultPeriod is meant where none is said: long enough for a figure, short enough to be about today's driving.
const defaultPeriod = "this_month"

func economyPeriod(slots skill.Slots) (period string, doubt []skill.Act) {
	if !slots.Filled("period") {
		return defaultPeriod, nil
	}
	period = slots["period"].Entity().ID
	if _, ok := periods[period]; !ok && period != lastTrip {
		return "", []skill.Act{skill.Say{Key: economyWhichPeriod}}
	}
	return period, nil
}

func readEconomy(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (drives, error) {
	now := at.Facts.Here(at.Facts.Now)
	if days, ok := periods[at.Detail]; ok {
		return listDrives(ctx, d, token, at, spanOf(days(skill.CivilDateOf(now), now.Weekday()), now))
	}
	back := span{from: now.AddDate(0, 0, -(maxSpanDays - 1)), to: now, words: speech.Phrase{Key: spanLastTrip}}
	result, err := listDrives(ctx, d, token, at, back)
	result.trips = result.trips[:min(1, len(result.trips))]
	return result, err
}

// tellEconomy says what a distance took. Only trips that measured everything count, and it says how many did not.
func tellEconomy(result drives, at ground.At) []skill.Act {
	r := newReport(at)
	args := ground.CarArg(at.Car)
	args["span"] = result.span.words
	if len(result.trips) == 0 {
		if at.Detail == lastTrip {
			r.say(economyNoLastTrip, speech.Args{"car": speech.Name(at.Car.Name), "days": speech.Count(maxSpanDays - 1)})
		} else {
			r.say(economyNoTrips, args)
		}
		return r.acts
	}
	use, whole := measure(at.Car.Powertrain, result.trips)
	sum := add(whole)
	switch {
	case len(whole) == 0 && add(result.trips).withDistance == 0:
		r.say(economyNoDistance, args)
	case len(whole) == 0 && !use.fuel:
		r.say(economyNoEnergy, args)
	case len(whole) == 0:
		r.say(economyNoFuel, args)
	case sum.distance < minEconomyDistance:
		r.say(economyTooShort, args)
	default:
		r.tellAverage(sum, args)
		if left := len(result.trips) - len(whole); left > 0 {
			r.say(economyLeftOut, speech.Args{"count": speech.Count(left)})
		}
	}
	if at.Detail == lastTrip {
		r.saw(result.trips[0].End)
	}
	return r.done()
}

// minEconomyDistance is the least that makes a figure: below a kilometer a cold start is all there is. Our own.
const minEconomyDistance vehicle.Kilometers = 1

func (r *report) tellAverage(sum total, args speech.Args) {
	args["distance"] = r.distance(sum.distance)
	fuel := speech.FuelEconomy{Liters: float64(sum.fuel), Kilometers: float64(sum.distance), Unit: r.at.Facts.Distance}
	power := speech.EnergyEconomy{KilowattHours: float64(sum.energy), Kilometers: float64(sum.distance), Unit: r.at.Facts.Distance}
	switch {
	case sum.fuel > 0 && sum.energy > 0:
		args["economy"], args["energy"] = fuel, power
		r.say(economyBoth, args)
	case sum.energy > 0:
		args["economy"] = power
		r.say(economyAverage, args)
	default:
		args["economy"] = fuel
		r.say(economyAverage, args)
	}
}

// used tells which readings a figure needs.
type used struct{ fuel, energy bool }

// measure picks the trips that make one honest figure: each knows its distance and all that moved the car. A
// hybrid that counts its electricity anywhere must do so everywhere, or its fuel would look too good.
func measure(p vehicle.Powertrain, trips []vehicle.Trip) (used, []vehicle.Trip) {
	sum := add(trips)
	var use used
	switch p {
	case vehicle.Petrol, vehicle.Diesel:
		use.fuel = true
	case vehicle.Electric:
		use.energy = true
	case vehicle.Hybrid:
		use.fuel, use.energy = true, sum.withEnergy > 0
	default:
		use.energy = sum.withEnergy > 0
		use.fuel = sum.withFuel > 0 || !use.energy
	}
	fits := func(t vehicle.Trip) bool {
		burned, drawn := vehicle.Liters(0), vehicle.KilowattHours(0)
		if use.fuel {
			burned = t.Fuel.Value
		}
		if use.energy {
			drawn = t.Energy.Value
		}
		return t.Distance.Available() && (t.Fuel.Available() || !use.fuel) && (t.Energy.Available() || !use.energy) &&
			(burned > 0 || drawn > 0 || t.Distance.Value == 0) // no car moves by itself
	}
	var whole []vehicle.Trip
	for _, t := range trips {
		if fits(t) {
			whole = append(whole, t)
		}
	}
	return use, whole
}
