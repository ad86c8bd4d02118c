package health

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// tireReport turns one snapshot into acts.
type tireReport struct {
	car  vehicle.Vehicle
	unit speech.PressureUnit

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
		r.say(tiresNotReported, ground.CarArg(r.car))
		return
	}
	r.tellBad()
	if len(r.fault) > 0 {
		r.say(tiresFault, speech.Args{"car": speech.Name(r.car.Name), "wheels": ground.WheelList(r.fault)})
	}
	if len(r.missing) > 0 {
		r.say(tiresMissing, speech.Args{"car": speech.Name(r.car.Name), "wheels": ground.WheelList(r.missing)})
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
		args := speech.Args{"wheel": ground.WheelPhrase(t.Wheel)}
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
	args := ground.CarArg(r.car)
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
	args := ground.CarArg(r.car)
	args["wheel"] = ground.WheelPhrase(w)
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
		r.say(tiresFault, speech.Args{"car": speech.Name(r.car.Name), "wheels": ground.WheelList([]vehicle.Wheel{w})})
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
