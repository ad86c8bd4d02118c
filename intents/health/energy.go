package health

import (
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about what is left in the tank and in the battery; every line exists for both.
const (
	energyLevelRange    speech.Key = ".level_range"
	energyLevel         speech.Key = ".level"
	energyRange         speech.Key = ".range"
	energyLowLevelRange speech.Key = ".low_level_range"
	energyLowLevel      speech.Key = ".low_level"
	energyLowRange      speech.Key = ".low_range"

	fuelTopic   speech.Key = "fuel"
	chargeTopic speech.Key = "charge"
	plugTopic   speech.Key = "plug"

	rangeUnknown     speech.Key = "range.unknown"
	rangeUnsupported speech.Key = "range.unsupported"

	energyUnknown speech.Key = "energy.unknown"
	energyHelp    speech.Key = "energy.help"
)

// chargingLines tell what the charger does.
var chargingLines = map[vehicle.ChargingState]speech.Key{
	vehicle.Charging:     "charge.charging",
	vehicle.PluggedIn:    "charge.plugged_in",
	vehicle.NotPluggedIn: "charge.unplugged",
	vehicle.ChargeFull:   "charge.full",
	vehicle.ChargeFault:  "charge.fault_at_charger",
}

var energyLines = energyTable()

func energyTable() speech.Table {
	t := speech.Table{
		rangeUnknown:     speech.Says(),
		rangeUnsupported: speech.Says(),
		energyUnknown:    speech.Says("car"),
		energyHelp:       speech.Says(),
	}
	for _, topic := range []speech.Key{fuelTopic, chargeTopic} {
		t[topic+energyLevelRange] = speech.Says("car", "level", "range")
		t[topic+energyLowLevelRange] = speech.Says("car", "level", "range")
		t[topic+energyLevel] = speech.Says("car", "level")
		t[topic+energyLowLevel] = speech.Says("car", "level")
		t[topic+energyRange] = speech.Says("car", "range")
		t[topic+energyLowRange] = speech.Says("car", "range")
		unavailableLines(t, topic, "car")
	}
	for _, key := range chargingLines {
		t[key] = speech.Says()
	}
	unavailableLines(t, plugTopic)
	return t
}

// energy answers "how much gas is left", "is my Bolt charged".
var energy = ground.Look[vehicle.Diagnosis]{
	Name: "energy",
	Help: energyHelp,
	Want: ground.Want{Units: true},
	Read: readDiagnosis,
	Tell: tellEnergy,
}

// Thresholds of "low".
const (
	// The vehicle signal specification sets its "fuel level is low" where less than 50 km are left to go
	// (COVESA VSS, Powertrain.FuelSystem.IsFuelLevelLow).
	lowRange vehicle.Kilometers = 50
	// Without a range there is the convention of the fuel gauge: warning lamps come on at 10 to 15 % of a
	// tank. The upper end, because nobody was ever stranded by an early warning.
	lowLevel vehicle.Percent = 15
)

// isLow judges what is left, of fuel or of a charge. The range counts where it is known: it is what the car
// makes of the level, the road and the weather. What is unknown is not low.
func isLow(e vehicle.Energy) bool {
	if e.Range.Available() {
		return e.Range.Value < lowRange
	}
	return levelIsLow(e)
}

// chargeIsLow judges a traction battery. That of a hybrid, which burns fuel too, is judged by its level alone: it
// never goes 50 km, and nobody is stranded when it is empty.
func chargeIsLow(e vehicle.Energy, burns bool) bool {
	if burns {
		return levelIsLow(e)
	}
	return isLow(e)
}

func levelIsLow(e vehicle.Energy) bool { return e.Level.Available() && e.Level.Value < lowLevel }

// tellEnergy says what is left: fuel of what burns it, charge of what is charged, the lower one first.
func tellEnergy(d vehicle.Diagnosis, at ground.At) []skill.Act {
	if d.Vehicle != at.Car.ID {
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	r := newReport(at)
	burns, charges := burnsAndCharges(at.Car.Powertrain, d)
	lowFuel, lowCharge := isLow(d.Fuel), chargeIsLow(d.Charge.Energy, burns)
	fuelLater := charges && lowCharge && !lowFuel
	if burns && !fuelLater {
		r.tellEnergy(fuelTopic, d.Fuel, lowFuel)
	}
	if charges {
		r.tellEnergy(chargeTopic, d.Charge.Energy, lowCharge)
		r.tellCharger(d.Charge.State)
	}
	if burns && fuelLater {
		r.tellEnergy(fuelTopic, d.Fuel, lowFuel)
	}
	if !burns && !charges {
		r.say(energyUnknown, ground.CarArg(at.Car))
	}
	return r.done()
}

// burnsAndCharges tells what a car runs on. Some hybrids have no plug and report no charge, and some clouds
// do not know what moves a car: then its readings tell.
func burnsAndCharges(p vehicle.Powertrain, d vehicle.Diagnosis) (burns, charges bool) {
	hasFuel := d.Fuel.Level.Available() || d.Fuel.Range.Available()
	hasCharge := d.Charge.Level.Available() || d.Charge.Range.Available()
	switch p {
	case vehicle.Petrol, vehicle.Diesel:
		return true, false
	case vehicle.Electric:
		return false, true
	case vehicle.Hybrid:
		return true, hasCharge
	default:
		return hasFuel, hasCharge
	}
}

func (r *report) tellEnergy(topic speech.Key, e vehicle.Energy, low bool) {
	args := ground.CarArg(r.at.Car)
	if e.Level.Available() {
		args["level"] = speech.Percent(e.Level.Value)
		r.saw(e.Level.ObservedAt)
	}
	if e.Range.Available() {
		args["range"] = r.distance(e.Range.Value)
		r.saw(e.Range.ObservedAt)
	}
	keys := map[[2]bool]speech.Key{
		{true, false}: energyLevelRange, {true, true}: energyLowLevelRange,
		{false, false}: energyLevel, {false, true}: energyLowLevel,
	}
	switch {
	case e.Level.Available():
		r.say(topic+keys[[2]bool{e.Range.Available(), low}], args)
		if e.Range.Missing == vehicle.NotSupported {
			r.say(rangeUnsupported, nil)
		} else if !e.Range.Available() {
			r.say(rangeUnknown, nil)
		}
	case e.Range.Available() && low:
		r.say(topic+energyLowRange, args)
	case e.Range.Available():
		r.say(topic+energyRange, args)
	default:
		r.say(unavailable(topic, e.Level.Missing), args)
	}
}

func (r *report) tellCharger(state vehicle.Reading[vehicle.ChargingState]) {
	key, known := chargingLines[state.Value]
	if !known || !state.Available() {
		r.say(unavailable(plugTopic, state.Missing), nil)
		return
	}
	r.say(key, nil)
	r.saw(state.ObservedAt)
}

// report collects what is said about the readings of one car.
type report struct {
	at     ground.At
	acts   []skill.Act
	oldest time.Time // of what is said: one age is told, and it must not flatter
}

func newReport(at ground.At) *report { return &report{at: at} }

func (r *report) say(key speech.Key, args speech.Args) {
	r.acts = append(r.acts, skill.Say{Key: key, Args: args})
}

func (r *report) saw(observed time.Time) {
	if r.oldest.IsZero() || observed.Before(r.oldest) {
		r.oldest = observed
	}
}

// done ends the report with its age, if it is old.
func (r *report) done() []skill.Act { return append(r.acts, r.at.Facts.AsOf(r.oldest)...) }

func (r *report) distance(d vehicle.Kilometers) speech.Distance {
	return speech.Distance{Kilometers: float64(d), Unit: r.at.Facts.Distance}
}

// Why a reading is not available, as endings of a topic's keys.
const (
	notReported speech.Key = ".not_reported"
	unsupported speech.Key = ".unsupported"
	sensorFault speech.Key = ".fault"
)

// unavailable is the line of a topic that says why there is no reading. Without a reason the car simply has not
// reported it.
func unavailable(topic speech.Key, why vehicle.MissingReason) speech.Key {
	switch why {
	case vehicle.NotSupported:
		return topic + unsupported
	case vehicle.SensorFault:
		return topic + sensorFault
	default:
		return topic + notReported
	}
}

func unavailableLines(t speech.Table, topic speech.Key, args ...string) {
	for _, why := range []speech.Key{notReported, unsupported, sensorFault} {
		t[topic+why] = speech.Says(args...)
	}
}
