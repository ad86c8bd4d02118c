package health

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about trips.
const (
	tripsNone         speech.Key = "trips.none"
	tripsSome         speech.Key = "trips.some"
	tripsNoDistance   speech.Key = "trips.no_distance"
	tripsFuel         speech.Key = "trips.fuel"
	tripsEnergy       speech.Key = "trips.energy"
	tripsFuelAndPower speech.Key = "trips.fuel_and_energy"
	tripsUnmeasured   speech.Key = "trips.unmeasured"
	tripsWhichDays    speech.Key = "trips.which_days"
	tripsTooLong      speech.Key = "trips.too_long"
	tripsToCome       speech.Key = "trips.to_come"
	tripsHelp         speech.Key = "trips.help"
)

// How spans of time are named within a line; single days name themselves.
const (
	spanThisWeek  speech.Key = "span.this_week"
	spanLastWeek  speech.Key = "span.last_week"
	spanWeekend   speech.Key = "span.weekend"
	spanThisMonth speech.Key = "span.this_month"
	spanLastMonth speech.Key = "span.last_month"
	spanOther     speech.Key = "span.that_time"
)

var tripsLines = speech.Table{
	tripsNone:         speech.Says("car", "span"),
	tripsSome:         speech.Says("car", "count", "span", "distance", "time"),
	tripsNoDistance:   speech.Says("car", "count", "span", "time"),
	tripsFuel:         speech.Says("fuel"),
	tripsEnergy:       speech.Says("energy"),
	tripsFuelAndPower: speech.Says("fuel", "energy"),
	tripsUnmeasured:   speech.Says(),
	tripsWhichDays:    speech.Says(),
	tripsTooLong:      speech.Says("days"),
	tripsToCome:       speech.Says(),
	tripsHelp:         speech.Says(),
	spanThisWeek:      speech.Says(),
	spanLastWeek:      speech.Says(),
	spanWeekend:       speech.Says(),
	spanThisMonth:     speech.Says(),
	spanLastMonth:     speech.Says(),
	spanOther:         speech.Says(),
}

// trips answers "how far did I drive yesterday".
var trips = ground.Look[drives]{
	Name:   "trips",
	Help:   tripsHelp,
	Want:   ground.Want{Units: true},
	Detail: tripsDays,
	Read:   readDrives,
	Tell:   tellTrips,
}

// drives are the finished trips of a span.
type drives struct {
	span  span
	trips []vehicle.Trip // newest first
}

// maxSpanDays is how many days of trips a cloud lists at once (vehicle.Historian).
const maxSpanDays = 31

// tripsDays takes the days that are asked about as AMAZON.DATE writes them; nothing means today.
func tripsDays(slots skill.Slots) (days string, doubt []skill.Act) {
	if !slots.Filled("date") {
		return "", nil
	}
	text, _ := slots["date"].Text()
	date, err := skill.ParseDate(text)
	switch {
	case err != nil:
		return "", []skill.Act{skill.Say{Key: tripsWhichDays}}
	case !date.Present && date.From.Add(maxSpanDays).Before(date.To):
		return "", []skill.Act{skill.Say{Key: tripsTooLong, Args: speech.Args{"days": speech.Count(maxSpanDays)}}}
	default:
		return text, nil
	}
}

func readDrives(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (drives, error) {
	date, err := skill.ParseDate(at.Detail)
	if err != nil { // nothing was said: what else is in the state was checked when it was heard
		date = skill.Date{Present: true}
	}
	return listDrives(ctx, d, token, at, spanOf(date, at.Facts.Here(at.Facts.Now)))
}

// listDrives asks the cloud once, and not at all for a span that has nothing in it yet.
func listDrives(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At, s span) (drives, error) {
	if !s.from.Before(s.to) {
		return drives{span: s}, nil
	}
	list, err := d.Cars.Trips(ctx, token, at.Car.ID, s.from, s.to)
	return drives{span: s, trips: list}, err
}

// span is the time [from, to) and how it is named.
type span struct {
	from, to time.Time
	words    speech.Arg
	future   bool
}

// spanOf places days on the driver's clock, now being in the driver's zone. It ends now at the latest.
//
// Alexa takes a bare "Monday" or "May second" for the coming one, and nobody asks about drives of the future: a
// single day that lies ahead is the same weekday of the week before, or the same date of the year before.
func spanOf(date skill.Date, now time.Time) span {
	today := skill.CivilDateOf(now)
	from, to := date.From, date.To
	if date.Present {
		from, to = today, today.Add(1)
	}
	if oneDay := from.Add(1) == to; oneDay && today.Before(from) {
		if from.Before(today.Add(7)) {
			from = from.Add(-7)
		} else {
			from.Year--
			from = from.Add(0) // February 29 is March 1 in other years
		}
		to = from.Add(1)
	}
	s := span{from: from.In(now.Location()), to: to.In(now.Location()), words: spanWords(from, to, now), future: today.Before(from)}
	if s.to.After(now) {
		s.to = now
	}
	// In a month of 31 days in which clocks go back, the first hour has to go: it is more than a cloud lists.
	if earliest := s.to.Add(-maxSpanDays * 24 * time.Hour); s.from.Before(earliest) {
		s.from = earliest
	}
	return s
}

// spanWords names the days [from, to) as seen from now.
func spanWords(from, to skill.CivilDate, now time.Time) speech.Arg {
	today := skill.CivilDateOf(now)
	monday := today.Add(-(int(now.Weekday()) + 6) % 7) // as in AMAZON.DATE
	firstOfMonth := skill.CivilDate{Year: today.Year, Month: today.Month, Day: 1}
	lastMonth := firstOfMonth.Add(-1)
	lastMonth.Day = 1
	saturday := monday.Add(5)
	switch {
	case from.Add(1) == to:
		return speech.Day{At: from.In(now.Location()), Now: now}
	case from == monday && to == monday.Add(7):
		return speech.Phrase{Key: spanThisWeek}
	case from == monday.Add(-7) && to == monday:
		return speech.Phrase{Key: spanLastWeek}
	case from.Add(2) == to && (from == saturday || from == saturday.Add(-7)):
		return speech.Phrase{Key: spanWeekend}
	case from == firstOfMonth && to == nextMonth(firstOfMonth):
		return speech.Phrase{Key: spanThisMonth}
	case from == lastMonth && to == firstOfMonth:
		return speech.Phrase{Key: spanLastMonth}
	default:
		return speech.Phrase{Key: spanOther}
	}
}

// nextMonth is the first day of the month after.
func nextMonth(first skill.CivilDate) skill.CivilDate {
	first.Month++
	return first.Add(0)
}

// tellTrips adds up what can be added up: a sum over readings of which one is missing would be a lie.
func tellTrips(result drives, at ground.At) []skill.Act {
	r := newReport(at)
	args := ground.CarArg(at.Car)
	args["span"] = result.span.words
	switch {
	case result.span.future:
		return []skill.Act{skill.Say{Key: tripsToCome}}
	case len(result.trips) == 0:
		r.say(tripsNone, args)
		return r.acts
	}
	all := add(result.trips)
	args["count"] = speech.Count(len(result.trips))
	args["time"] = speech.Duration(all.time)
	if all.withDistance == len(result.trips) {
		args["distance"] = r.distance(all.distance)
		r.say(tripsSome, args)
	} else {
		r.say(tripsNoDistance, args)
	}
	r.tellUsed(all, len(result.trips))
	return r.acts
}

// tellUsed says what the trips burned.
func (r *report) tellUsed(all total, trips int) {
	fuel := speech.Fuel{Liters: float64(all.fuel), Unit: r.at.Facts.Distance}
	power := speech.Energy(all.energy)
	switch burned, drawn := all.withFuel == trips, all.withEnergy == trips; {
	case burned && drawn:
		r.say(tripsFuelAndPower, speech.Args{"fuel": fuel, "energy": power})
	case burned:
		r.say(tripsFuel, speech.Args{"fuel": fuel})
	case drawn:
		r.say(tripsEnergy, speech.Args{"energy": power})
	default:
		r.say(tripsUnmeasured, nil)
	}
}

// total is what trips sum up to, and how many of them had each reading.
type total struct {
	time         time.Duration
	distance     vehicle.Kilometers
	fuel         vehicle.Liters
	energy       vehicle.KilowattHours
	withDistance int
	withFuel     int
	withEnergy   int
}

func add(trips []vehicle.Trip) total {
	var sum total
	for _, t := range trips {
		sum.time += max(0, t.End.Sub(t.Start))
		if t.Distance.Available() {
			sum.distance += t.Distance.Value
			sum.withDistance++
		}
		if t.Fuel.Available() {
			sum.fuel += t.Fuel.Value
			sum.withFuel++
		}
		if t.Energy.Available() {
			sum.energy += t.Energy.Value
			sum.withEnergy++
		}
	}
	return sum
}
