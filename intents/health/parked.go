package health

import (
	"context"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is asked of a car that stands somewhere: its twelve-volt battery, its dongle, its doors.
const (
	batteryTopic    speech.Key = "battery"
	batteryFull     speech.Key = "battery.full"
	batteryFine     speech.Key = "battery.fine"
	batteryHalf     speech.Key = "battery.half"
	batteryWeak     speech.Key = "battery.weak"
	batteryDeep     speech.Key = "battery.deep"
	batteryCharging speech.Key = "battery.charging"
	batteryUnder    speech.Key = "battery.undercharging"
	batteryOver     speech.Key = "battery.overcharging"
	batteryUnjudged speech.Key = "battery.unjudged"
	batteryOld      speech.Key = "battery.old"
	batteryHelp     speech.Key = "battery.help"

	dongleUnknown speech.Key = "dongle.unknown"
	dongleLast    speech.Key = "dongle.last_report"
	dongleNever   speech.Key = "dongle.never_reported"
	dongleHelp    speech.Key = "dongle.help"

	closuresTopic    speech.Key = "closures"
	closuresOpen     speech.Key = "closures.open"
	closuresUnlocked speech.Key = "closures.unlocked"
	closuresMissing  speech.Key = "closures.missing"
	closuresPartly   speech.Key = "closures.partly"
	closuresRest     speech.Key = "closures.rest_fine"
	closuresWhich    speech.Key = "closures.which"
	trunkOpen        speech.Key = "closures.trunk_open"
	trunkUnlocked    speech.Key = "closures.trunk_unlocked"
	closuresHelp     speech.Key = "closures.help"

	partDoor     speech.Key = "part.door"
	partSomeDoor speech.Key = "part.some_door"
	partDoors    speech.Key = "part.doors"
	partTrunk    speech.Key = "part.trunk"
)

// dongleStates say how a dongle is.
var dongleStates = map[vehicle.DongleState]speech.Key{
	vehicle.Online:    "dongle.online",
	vehicle.Asleep:    "dongle.asleep",
	vehicle.Offline:   "dongle.offline",
	vehicle.Unplugged: "dongle.unplugged",
}

// The parts of a car that can be asked about, as the slot type Part names them.
const (
	wholeCar = "car"
	allDoors = "doors"
	theTrunk = "trunk"
)

// closedLines say that all of a part is well, as far as is known: closed and locked, closed, or locked.
var closedLines = map[string][3]speech.Key{
	wholeCar: {"closures.car_fine", "closures.car_closed", "closures.car_locked"},
	allDoors: {"closures.doors_fine", "closures.doors_closed", "closures.doors_locked"},
	theTrunk: {"closures.trunk_fine", "closures.trunk_closed", "closures.trunk_locked"},
}

var parkedLines = parkedTable()

func parkedTable() speech.Table {
	t := speech.Table{
		batteryOld: speech.Says("car", "volts", "ago"), batteryHelp: speech.Says(),
		dongleUnknown: speech.Says("car"), dongleLast: speech.Says("ago"), dongleNever: speech.Says(), dongleHelp: speech.Says(),
		closuresOpen: speech.Says("car", "parts"), closuresUnlocked: speech.Says("car", "parts"),
		closuresMissing: speech.Says("parts"), closuresRest: speech.Says(), closuresPartly: speech.Says("car"),
		trunkOpen: speech.Says("car"), trunkUnlocked: speech.Says("car"), closuresWhich: speech.Says(), closuresHelp: speech.Says(),
		partDoor: speech.Says("wheel"), partSomeDoor: speech.Says(), partDoors: speech.Says(), partTrunk: speech.Says(),
	}
	for _, key := range []speech.Key{
		batteryFull, batteryFine, batteryHalf, batteryWeak, batteryDeep, batteryCharging, batteryUnder, batteryOver, batteryUnjudged,
	} {
		t[key] = speech.Says("car", "volts")
	}
	for _, key := range dongleStates {
		t[key] = speech.Says("car")
	}
	for _, lines := range closedLines {
		for _, key := range lines {
			t[key] = speech.Says("car")
		}
	}
	unavailableLines(t, batteryTopic, "car")
	unavailableLines(t, closuresTopic, "car")
	return t
}

// battery answers "how's my car battery"; the traction battery of an electric car is asked about as its charge.
var battery = ground.Look[vehicle.Diagnosis]{Name: "battery", Help: batteryHelp, Read: readDiagnosis, Tell: tellBattery}

// The voltage of a twelve-volt lead-acid battery at rest and on the alternator, in volts, from the table that
// a maker of batteries publishes: 12.6 full, 12.4 three quarters, 12.2 half, 12.0 and less deeply discharged;
// on the alternator 13.7 to 14.7, under 13 it is not charged and over 15 it is boiled.
const (
	restFull      vehicle.Volts = 12.6
	restFine      vehicle.Volts = 12.4
	restHalf      vehicle.Volts = 12.2
	restDeep      vehicle.Volts = 12.0
	chargedFrom   vehicle.Volts = 13
	chargedTo     vehicle.Volts = 15
	plausibleFrom vehicle.Volts = 6 // outside, it is no twelve-volt battery that still feeds a dongle
	plausibleTo   vehicle.Volts = 18
)

// batteryTooOld is the age from which a good voltage proves nothing: a parked car with a dongle draws enough
// to empty a weak battery within weeks. Our own threshold.
const batteryTooOld = 7 * 24 * time.Hour

// judgeBattery says what a voltage means, and how bad that is; zero for nothing bad. The same voltage is full at
// rest and too little on the alternator, so it counts whether the ignition was on; where that is unknown, or
// was seen at another time, only what is bad or good either way is judged.
func judgeBattery(volts vehicle.Reading[vehicle.Volts], ignition vehicle.Reading[bool], now time.Time) (speech.Key, severity) {
	v := volts.Value
	apart := volts.ObservedAt.Sub(ignition.ObservedAt).Abs()
	known := ignition.Available() && apart <= ground.StaleAfter
	switch {
	case v < plausibleFrom || v > plausibleTo:
		return batteryUnjudged, 0
	case v > chargedTo:
		return batteryOver, soon
	case known && ignition.Value && v < chargedFrom:
		return batteryUnder, soon
	case v >= chargedFrom:
		return batteryCharging, 0
	case v <= restDeep:
		return batteryDeep, soon
	case !known:
		return batteryUnjudged, 0
	case v < restHalf:
		return batteryWeak, soon
	case v < restFine:
		return batteryHalf, note
	case volts.Age(now) > batteryTooOld:
		return batteryOld, 0
	case v < restFull:
		return batteryFine, 0
	default:
		return batteryFull, 0
	}
}

func tellBattery(d vehicle.Diagnosis, at ground.At) []skill.Act {
	if d.Vehicle != at.Car.ID {
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	r := newReport(at)
	args := ground.CarArg(at.Car)
	if !d.Battery.Available() {
		r.say(unavailable(batteryTopic, d.Battery.Missing), args)
		return r.done()
	}
	key, _ := judgeBattery(d.Battery, d.Ignition, at.Facts.Now)
	args["volts"] = speech.Voltage(max(0, d.Battery.Value))
	if key == batteryOld {
		args["ago"] = r.ago(d.Battery.ObservedAt)
	} else {
		r.saw(d.Battery.ObservedAt)
	}
	r.say(key, args)
	return r.done()
}

func (r *report) ago(at time.Time) speech.Ago {
	return speech.Ago{At: r.at.Facts.Here(at), Now: r.at.Facts.Here(r.at.Facts.Now)}
}

// dongle answers "is my dongle online". The list of cars knows; the cloud is not asked again.
var dongle = ground.Look[vehicle.Dongle]{
	Name: "dongle",
	Help: dongleHelp,
	Read: func(_ context.Context, _ ground.Deps, _ vehicle.Token, at ground.At) (vehicle.Dongle, error) {
		return at.Car.Dongle, nil
	},
	Tell: tellDongle,
}

func tellDongle(d vehicle.Dongle, at ground.At) []skill.Act {
	r := newReport(at)
	key, known := dongleStates[d.State]
	if !known {
		key = dongleUnknown
	}
	r.say(key, ground.CarArg(at.Car))
	if d.LastSeen.IsZero() {
		r.say(dongleNever, nil)
	} else {
		r.say(dongleLast, speech.Args{"ago": r.ago(d.LastSeen)})
	}
	return r.acts
}

// closures answers "is my car locked" and "is the trunk open".
var closures = ground.Look[vehicle.Diagnosis]{
	Name:   "closures",
	Help:   closuresHelp,
	Detail: closuresPart,
	Read:   readDiagnosis,
	Tell:   tellClosures,
}

func closuresPart(slots skill.Slots) (part string, doubt []skill.Act) {
	if !slots.Filled("part") {
		return "", nil
	}
	part = slots["part"].Entity().ID
	if _, known := closedLines[part]; !known {
		return "", []skill.Act{skill.Say{Key: closuresWhich}}
	}
	return part, nil
}

// tellClosures says what is open first, then what is unlocked, and only then what is well.
func tellClosures(d vehicle.Diagnosis, at ground.At) []skill.Act {
	if d.Vehicle != at.Car.ID {
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	part := at.Detail
	if part == "" {
		part = wholeCar
	}
	r := newReport(at)
	s := sortClosures(d, part)
	if len(s.seen) == 0 {
		r.say(unavailable(closuresTopic, s.why), ground.CarArg(at.Car))
		return r.done()
	}
	for _, observed := range s.seen {
		r.saw(observed)
	}
	r.tellParts(closuresOpen, trunkOpen, part, s.open)
	r.tellParts(closuresUnlocked, trunkUnlocked, part, s.unlocked)
	switch lines := closedLines[part]; {
	case len(r.acts) > 0 && s.fine > 0 && s.noOpen+s.noLock+len(s.missing) == 0:
		r.say(closuresRest, nil)
	case len(r.acts) > 0:
	case len(s.missing) > 0:
		r.say(closuresPartly, ground.CarArg(at.Car))
	case s.noOpen+s.noLock == 0:
		r.say(lines[0], ground.CarArg(at.Car))
	case s.noOpen == 0:
		r.say(lines[1], ground.CarArg(at.Car))
	case s.noLock == 0:
		r.say(lines[2], ground.CarArg(at.Car))
	default: // one part tells only this, another only that
		r.say(closuresPartly, ground.CarArg(at.Car))
	}
	if len(s.missing) > 0 {
		r.say(closuresMissing, speech.Args{"parts": speech.List{Items: s.missing}})
	}
	return r.done()
}

// tellParts names the parts of which something is true; the trunk that was asked about needs no list.
func (r *report) tellParts(line, ofTrunk speech.Key, asked string, parts []speech.Arg) {
	args := ground.CarArg(r.at.Car)
	switch {
	case len(parts) == 0:
	case asked == theTrunk:
		r.say(ofTrunk, args)
	default:
		args["parts"] = speech.List{Items: parts}
		r.say(line, args)
	}
}

// sorted is what is known of doors and trunk.
type sorted struct {
	open, unlocked, missing []speech.Arg // the parts in words
	fine                    int          // closed and locked
	noOpen, noLock          int          // parts of which only the other half is known
	seen                    []time.Time
	why                     vehicle.MissingReason // of what is missing
}

func sortClosures(d vehicle.Diagnosis, part string) sorted {
	var s sorted
	if part != theTrunk {
		doors := slices.Clone(d.Doors)
		slices.SortStableFunc(doors, func(a, b vehicle.Door) int {
			return slices.Index(vehicle.Wheels(), a.Position) - slices.Index(vehicle.Wheels(), b.Position)
		})
		for _, door := range doors {
			s.add(door.Closure, doorPhrase(door.Position))
		}
		if len(doors) == 0 {
			s.missing = append(s.missing, speech.Phrase{Key: partDoors})
		}
		for _, list := range []*[]speech.Arg{&s.open, &s.unlocked, &s.missing} {
			if len(doors) > 1 && len(*list) == len(doors) { // every one: they need no names
				*list = []speech.Arg{speech.Phrase{Key: partDoors}}
			}
		}
	}
	if part != allDoors {
		s.add(d.Trunk, speech.Phrase{Key: partTrunk})
	}
	return s
}

func doorPhrase(w vehicle.Wheel) speech.Phrase {
	if !slices.Contains(vehicle.Wheels(), w) {
		return speech.Phrase{Key: partSomeDoor}
	}
	return speech.Phrase{Key: partDoor, Args: speech.Args{"wheel": ground.WheelPhrase(w)}}
}

// add sorts one part. What is open counts as open, whatever its lock says.
func (s *sorted) add(c vehicle.Closure, name speech.Phrase) {
	for _, reading := range []vehicle.Reading[bool]{c.Open, c.Locked} {
		if reading.Available() {
			s.seen = append(s.seen, reading.ObservedAt)
		}
	}
	switch open, locked := c.Open, c.Locked; {
	case open.Available() && open.Value:
		s.open = append(s.open, name)
	case locked.Available() && !locked.Value:
		s.unlocked = append(s.unlocked, name)
	case open.Available() && locked.Available():
		s.fine++
	case open.Available():
		s.noLock++
	case locked.Available():
		s.noOpen++
	default:
		s.missing = append(s.missing, name)
		s.why = open.Missing
	}
}
