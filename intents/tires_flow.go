package intents

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// tires is the state of the tire conversation: at most one question, which car is meant.
type tires struct {
	Asking  string        `json:"asking,omitempty"` // "car" or nothing
	Wheel   vehicle.Wheel `json:"wheel,omitempty"`  // the wheel that was asked about, empty for all
	Unclear int           `json:"unclear,omitempty"`
}

// Step names the open question.
func (s tires) Step() string { return s.Asking }

// readTires asks for the last snapshot of a car.
type readTires struct{ Car vehicle.ID }

func tiresNext(s tires, ev skill.Event, f tiresFacts) (tires, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return s.hear(ev.Slots, f)
	case skill.Done:
		return s.tell(ev, f)
	case skill.Helped:
		return s, []skill.Act{skill.Say{Key: tiresHelp}, whichCar(f.Cars)}
	case skill.Again:
		return s, []skill.Act{whichCar(f.Cars)}
	case skill.No:
		return tires{}, []skill.Act{skill.Say{Key: tiresStopped}}
	default:
		if s.Unclear++; s.Unclear >= maxUnclear {
			return tires{}, []skill.Act{skill.Say{Key: tiresGaveUp}}
		}
		return s, []skill.Act{whichCar(f.Cars)}
	}
}

func (s tires) hear(slots skill.Slots, f tiresFacts) (tires, []skill.Act) {
	if slots.Filled("wheel") {
		wheel := vehicle.Wheel(slots["wheel"].Entity().ID)
		if !slices.Contains(vehicle.Wheels(), wheel) {
			return tires{}, []skill.Act{skill.Say{Key: tiresWheelWhich}}
		}
		s.Wheel = wheel
	}
	switch choice := chooseCar(f.Cars, slots["car"], slots.Filled("car"), f.Preferred, nil); choice.Why {
	case carFound:
		if !reportsTires(choice.Car) {
			return tires{}, []skill.Act{skill.Say{Key: tiresUnsupported, Args: carArg(choice.Car)}}
		}
		return tires{Wheel: s.Wheel}, []skill.Act{skill.Do{Effect: readTires{Car: choice.Car.ID}}}
	case carNone:
		return tires{}, []skill.Act{skill.Say{Key: carNoneYet}}
	default:
		if s.Asking == "car" {
			s.Unclear++
		}
		if s.Unclear >= maxUnclear {
			return tires{}, []skill.Act{skill.Say{Key: tiresGaveUp}}
		}
		acts, asks := choice.doubt()
		if !asks {
			return tires{}, acts
		}
		s.Asking = "car"
		return s, acts
	}
}

func reportsTires(v vehicle.Vehicle) bool {
	return v.Can(vehicle.TirePressure) || v.Can(vehicle.TireStatus)
}

// maxUnclear is how many answers that fit no question a conversation takes before it ends by itself.
const maxUnclear = 3

// tell says what the snapshot holds, the worst tire first.
func (s tires) tell(done skill.Done, f tiresFacts) (tires, []skill.Act) {
	if done.Err != nil {
		return tires{}, Apologize(done.Err)
	}
	diagnosis, ok := done.Result.(vehicle.Diagnosis)
	car, known := carByID(f.Cars, diagnosis.Vehicle)
	if !ok || !known {
		return tires{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	r := tireReport{car: car, unit: f.Unit, now: f.Now, zone: f.Zone}
	r.sort(diagnosis.Tires)
	if s.Wheel != "" {
		r.tellWheel(s.Wheel)
	} else {
		r.tellAll()
	}
	r.tellAge()
	return tires{}, r.acts
}

// tireReport turns one snapshot into acts.
type tireReport struct {
	car  vehicle.Vehicle
	unit speech.PressureUnit
	now  time.Time
	zone *time.Location

	bad     []vehicle.Tire // critical first, then low, each in wheel order
	fine    []vehicle.Tire
	unknown []vehicle.Tire // a number, but nothing to hold it against
	fault   []vehicle.Wheel
	missing []vehicle.Wheel

	acts   []skill.Act
	oldest time.Time // of what is said
}

func (r *tireReport) sort(all []vehicle.Tire) {
	var critical, low []vehicle.Tire
	for _, w := range vehicle.Wheels() {
		i := slices.IndexFunc(all, func(t vehicle.Tire) bool { return t.Wheel == w })
		if i < 0 {
			r.missing = append(r.missing, w)
			continue
		}
		switch state, _ := all[i].Judge(); state {
		case vehicle.TireCritical:
			critical = append(critical, all[i])
		case vehicle.TireLow:
			low = append(low, all[i])
		case vehicle.TireFine:
			r.fine = append(r.fine, all[i])
		case vehicle.TireFault:
			r.fault = append(r.fault, w)
		default:
			if all[i].Pressure.Available() {
				r.unknown = append(r.unknown, all[i])
			} else if all[i].Pressure.Missing == vehicle.SensorFault {
				r.fault = append(r.fault, w)
			} else {
				r.missing = append(r.missing, w)
			}
		}
	}
	r.bad = append(critical, low...)
}

func (r *tireReport) say(key speech.Key, args speech.Args) {
	r.acts = append(r.acts, skill.Say{Key: key, Args: args})
}

func (r *tireReport) tellAll() {
	if len(r.bad)+len(r.fine)+len(r.unknown)+len(r.fault) == 0 {
		r.say(tiresNotReported, carArg(r.car))
		return
	}
	r.tellBad()
	if len(r.fault) > 0 {
		r.say(tiresFault, speech.Args{"car": speech.Name(r.car.Name), "wheels": wheelList(r.fault)})
	}
	if len(r.missing) > 0 {
		r.say(tiresMissing, speech.Args{"car": speech.Name(r.car.Name), "wheels": wheelList(r.missing)})
	}
	switch somethingSaid := len(r.acts) > 0; {
	case len(r.unknown) > 0:
		r.tellRange(r.unknown, tiresUnjudged, "")
	case len(r.fine) > 0 && somethingSaid:
		r.say(tiresRestFine, nil)
		r.saw(r.fine...)
	case len(r.fine) > 0:
		r.tellRange(r.fine, tiresFineBetween, tiresFineAt)
	}
}

// tellBad names each tire that needs air. The first is told in full; the others are short.
func (r *tireReport) tellBad() {
	for i, t := range r.bad {
		state, _ := t.Judge()
		args := speech.Args{"wheel": wheelPhrase(t.Wheel)}
		key, bare := tiresLowToo, tiresLowTooStatus
		if i == 0 {
			args["car"] = speech.Name(r.car.Name)
			key, bare = tiresLow, tiresLowStatus
			if state == vehicle.TireCritical {
				key, bare = tiresCritical, tiresCriticalStatus
			}
		}
		if !t.Pressure.Available() || i == 0 && t.Recommended == 0 {
			key = bare
		} else {
			args["pressure"] = r.pressure(t.Pressure.Value)
			if i == 0 {
				args["recommended"] = r.pressure(t.Recommended)
			}
		}
		r.say(key, args)
		r.saw(t)
	}
	if len(r.bad) > 0 {
		if state, _ := r.bad[0].Judge(); state == vehicle.TireCritical {
			r.say(tiresCheckFirst, nil)
		}
	}
}

// tellRange says what several tires have in common: the span of their numbers, or that they are fine.
func (r *tireReport) tellRange(tires []vehicle.Tire, between, at speech.Key) {
	r.saw(tires...)
	args := carArg(r.car)
	lowest, highest := vehicle.Kilopascals(0), vehicle.Kilopascals(0)
	for _, t := range tires {
		if !t.Pressure.Available() {
			r.say(tiresFineStatus, args)
			return
		}
		if p := t.Pressure.Value; lowest == 0 || p < lowest {
			lowest = p
		}
		highest = max(highest, t.Pressure.Value)
	}
	from, to := r.pressure(lowest), r.pressure(highest)
	if at != "" && from.Alike(to) {
		args["pressure"] = from
		r.say(at, args)
		return
	}
	args["lowest"], args["highest"] = from, to
	r.say(between, args)
}

// tellWheel answers about one wheel, and warns of any tire that is worse than the one asked about.
func (r *tireReport) tellWheel(w vehicle.Wheel) {
	one := func(t vehicle.Tire) bool { return t.Wheel == w }
	args := carArg(r.car)
	args["wheel"] = wheelPhrase(w)
	switch {
	case slices.ContainsFunc(r.bad, one):
		all := r.bad
		r.bad = slices.DeleteFunc(slices.Clone(all), func(t vehicle.Tire) bool { return t.Wheel != w })
		r.tellBad()
		r.bad = slices.DeleteFunc(all, one)
		r.warn()
		return
	case slices.ContainsFunc(r.fine, one):
		t := r.fine[slices.IndexFunc(r.fine, one)]
		r.saw(t)
		if t.Pressure.Available() {
			args["pressure"] = r.pressure(t.Pressure.Value)
			r.say(tiresWheelFine, args)
		} else {
			r.say(tiresWheelFineState, args)
		}
	case slices.ContainsFunc(r.unknown, one):
		t := r.unknown[slices.IndexFunc(r.unknown, one)]
		r.saw(t)
		args["pressure"] = r.pressure(t.Pressure.Value)
		r.say(tiresWheelUnjudged, args)
	case slices.Contains(r.fault, w):
		r.say(tiresFault, speech.Args{"car": speech.Name(r.car.Name), "wheels": wheelList([]vehicle.Wheel{w})})
	default:
		r.say(tiresWheelMissing, args)
	}
	r.warn()
}

// warn adds the critical tires nobody asked about; a low one can wait for its own question.
func (r *tireReport) warn() {
	r.bad = slices.DeleteFunc(r.bad, func(t vehicle.Tire) bool {
		state, _ := t.Judge()
		return state != vehicle.TireCritical
	})
	r.tellBad()
}

// staleAfter is the age from which a reading says how old it is. A dongle on the road reports every few
// seconds and a parked one every few minutes; ten minutes means that it has gone quiet.
const staleAfter = 10 * time.Minute

func (r *tireReport) tellAge() {
	if !r.oldest.IsZero() && r.now.Sub(r.oldest) > staleAfter {
		r.say(tiresAsOf, speech.Args{"ago": speech.Ago{At: r.oldest.In(r.zone), Now: r.now.In(r.zone)}})
	}
}

// saw remembers the oldest observation among what is said: one age is told, and it must not flatter.
func (r *tireReport) saw(tires ...vehicle.Tire) {
	for _, t := range tires {
		_, at := t.Judge()
		if at.IsZero() {
			at = t.Pressure.ObservedAt
		}
		if r.oldest.IsZero() || at.Before(r.oldest) {
			r.oldest = at
		}
	}
}

func (r *tireReport) pressure(p vehicle.Kilopascals) speech.Pressure {
	return speech.Pressure{Kilopascals: float64(p), Unit: r.unit}
}

func carArg(v vehicle.Vehicle) speech.Args { return speech.Args{"car": speech.Name(v.Name)} }

func wheelPhrase(w vehicle.Wheel) speech.Phrase { return speech.Phrase{Key: wheelLine(w)} }

func wheelList(wheels []vehicle.Wheel) speech.List {
	var list speech.List
	for _, w := range wheels {
		list.Items = append(list.Items, wheelPhrase(w))
	}
	return list
}
