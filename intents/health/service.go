package health

import (
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about oil, service and how far a car has gone.
const (
	oilTopic   speech.Key = "oil"
	oilFine    speech.Key = "oil.fine"
	oilDueSoon speech.Key = "oil.due_soon"
	oilDueNow  speech.Key = "oil.due_now"
	oilNone    speech.Key = "oil.none"

	serviceTopic speech.Key = "service"
	serviceIn    speech.Key = "service.in"
	serviceDue   speech.Key = "service.due"
	serviceToo   speech.Key = "service.due_too"
	serviceHelp  speech.Key = "service.help"

	odometerTopic speech.Key = "odometer"
	odometerAt    speech.Key = "odometer.at"
	odometerHelp  speech.Key = "odometer.help"
)

var serviceLines = serviceTable()

func serviceTable() speech.Table {
	t := speech.Table{
		oilFine:      speech.Says("car", "life"),
		oilDueSoon:   speech.Says("car", "life"),
		oilDueNow:    speech.Says("car", "life"),
		oilNone:      speech.Says("car"),
		serviceIn:    speech.Says("distance"),
		serviceDue:   speech.Says("car"),
		serviceToo:   speech.Says(),
		serviceHelp:  speech.Says(),
		odometerAt:   speech.Says("car", "distance"),
		odometerHelp: speech.Says(),
	}
	unavailableLines(t, oilTopic, "car")
	unavailableLines(t, serviceTopic)
	unavailableLines(t, odometerTopic, "car")
	return t
}

// service answers "when is my next service", "how's my oil".
var service = ground.Look[vehicle.Diagnosis]{
	Name: "service",
	Help: serviceHelp,
	Want: ground.Want{Units: true},
	Read: readDiagnosis,
	Tell: tellService,
}

// Thresholds of the oil's remaining life. There is no standard; makers who count it down ask for an appointment at
// about 15 % and for the change at 5 % (Honda's Maintenance Minder does), others warn from 20 % on or only at 5 %.
const (
	oilSoonAt vehicle.Percent = 15
	oilNowAt  vehicle.Percent = 5
)

// judgeOil turns the oil's remaining life into what is said about it.
func judgeOil(life vehicle.Percent) speech.Key {
	switch {
	case life <= oilNowAt:
		return oilDueNow
	case life <= oilSoonAt:
		return oilDueSoon
	default:
		return oilFine
	}
}

// tellService says what is due first. An electric car has a service and no oil.
func tellService(d vehicle.Diagnosis, at ground.At) []skill.Act {
	if d.Vehicle != at.Car.ID {
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	r := newReport(at)
	life, next := d.Oil.Life, d.Oil.NextService
	if at.Car.Powertrain == vehicle.Electric {
		life = vehicle.Reading[vehicle.Percent]{}
	}
	oilToo := life.Available() && judgeOil(life.Value) != oilFine
	due := next.Available() && next.Value <= 0
	if next.Available() {
		r.saw(next.ObservedAt)
	}
	if due && !oilToo {
		r.say(serviceDue, ground.CarArg(at.Car))
	}
	r.tellOil(life)
	switch {
	case due && oilToo:
		r.say(serviceToo, nil)
	case due:
	case next.Available():
		r.say(serviceIn, speech.Args{"distance": r.distance(next.Value)})
	default:
		r.say(unavailable(serviceTopic, next.Missing), nil)
	}
	return r.done()
}

func (r *report) tellOil(life vehicle.Reading[vehicle.Percent]) {
	args := ground.CarArg(r.at.Car)
	switch {
	case r.at.Car.Powertrain == vehicle.Electric:
		r.say(oilNone, args)
	case life.Available():
		r.saw(life.ObservedAt)
		args["life"] = speech.Percent(life.Value)
		r.say(judgeOil(life.Value), args)
	default:
		r.say(unavailable(oilTopic, life.Missing), args)
	}
}

// odometer answers "what's my mileage".
var odometer = ground.Look[vehicle.Diagnosis]{
	Name: "odometer",
	Help: odometerHelp,
	Want: ground.Want{Units: true},
	Read: readDiagnosis,
	Tell: tellOdometer,
}

func tellOdometer(d vehicle.Diagnosis, at ground.At) []skill.Act {
	if d.Vehicle != at.Car.ID {
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	r := newReport(at)
	args := ground.CarArg(at.Car)
	if !d.Odometer.Available() {
		r.say(unavailable(odometerTopic, d.Odometer.Missing), args)
		return r.done()
	}
	args["distance"] = r.distance(d.Odometer.Value)
	r.saw(d.Odometer.ObservedAt)
	r.say(odometerAt, args)
	return r.done()
}
