package dongle

import (
	"errors"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// The largest values that the contract allows; what is beyond is a fault of the sensor.
const (
	mostKilopascals       = 2000
	mostPercent           = 100
	mostVolts             = 60
	mostKilometers        = 10_000_000
	mostKilometersPerHour = 500
)

func (l *link) toDiagnosis(id vehicle.ID, d wire.Diagnostics) (vehicle.Diagnosis, error) {
	if err := validate.Struct(d); err != nil {
		return vehicle.Diagnosis{}, err
	}
	if d.VehicleID != string(id) {
		return vehicle.Diagnosis{}, errors.New("the diagnosis is of another car")
	}
	oil, box := orEmpty(d.Oil), orEmpty(d.KeyBox)
	return vehicle.Diagnosis{
		Vehicle:  id,
		Tires:    l.toTires(d.Tires),
		Fuel:     l.toEnergy(orEmpty(d.Fuel)),
		Charge:   l.toCharge(orEmpty(d.Charge)),
		Battery:  l.volts(d.Battery12V),
		Odometer: l.kilometers(d.Odometer),
		Oil:      vehicle.Oil{Life: l.percent(oil.Life), NextService: l.kilometers(oil.NextServiceIn)},
		Doors:    l.toDoors(d.Doors),
		Trunk:    l.toClosure(orEmpty(d.Trunk)),
		KeyBox:   vehicle.KeyBox{Open: l.toSwitch(box.Open), KeyInside: l.toSwitch(box.KeyInside)},
		Ignition: l.toSwitch(d.IgnitionOn),
		Speed:    l.speed(d.Speed),
	}, nil
}

// orEmpty lets a part that the car does not have be read as one without readings.
func orEmpty[T any](part *T) T {
	if part == nil {
		var none T
		return none
	}
	return *part
}

func (l *link) toTires(list []wire.Tire) []vehicle.Tire {
	var tires []vehicle.Tire
	for _, wheel := range vehicle.Wheels() {
		var tire *vehicle.Tire
		for _, w := range list {
			if vehicle.Wheel(w.Wheel) != wheel {
				continue
			}
			if t := l.toTire(w); tire == nil || t.Pressure.ObservedAt.After(tire.Pressure.ObservedAt) {
				tire = &t // a wheel that is listed twice: the newer reading is the tire as it is
			}
		}
		if tire != nil {
			tires = append(tires, *tire)
		}
	}
	return tires
}

func (l *link) toTire(w wire.Tire) vehicle.Tire {
	tire := vehicle.Tire{
		Wheel:    vehicle.Wheel(w.Wheel),
		Pressure: vehicle.Reading[vehicle.Kilopascals]{Missing: vehicle.NotSupported},
		Status:   vehicle.Reading[vehicle.TireState]{Missing: vehicle.NotSupported},
	}
	if p := w.Pressure; p != nil {
		tire.Pressure = toReading(l, p.Value, p.ObservedAt, p.Quality, p.Reason,
			measured[vehicle.Kilopascals](p.Unit, wire.PressureReadingUnitKPa, mostKilopascals))
	}
	if s := w.Status; s != nil {
		tire.Status = toReading(l, s.Value, s.ObservedAt, s.Quality, s.Reason, func(v wire.TireState) (vehicle.TireState, bool) {
			if !v.Valid() {
				return vehicle.TireUnknown, true
			}
			return vehicle.TireState(v), true
		})
	}
	if r := w.RecommendedKpa; r != nil && *r > 0 && *r <= mostKilopascals {
		tire.Recommended = vehicle.Kilopascals(*r)
	}
	return tire
}

func (l *link) toEnergy(e wire.Energy) vehicle.Energy {
	return vehicle.Energy{Level: l.percent(e.Level), Range: l.kilometers(e.Range)}
}

func (l *link) toCharge(c wire.Charge) vehicle.Charge {
	charge := vehicle.Charge{
		Energy: l.toEnergy(wire.Energy{Level: c.Level, Range: c.Range}),
		State:  vehicle.Reading[vehicle.ChargingState]{Missing: vehicle.NotSupported},
	}
	switch s := c.State; {
	case s == nil:
	case s.Value != nil && !s.Value.Valid():
		charge.State.Missing = vehicle.NotReported // a word that we do not know is nobody's fault
	default:
		charge.State = toReading(l, s.Value, s.ObservedAt, s.Quality, s.Reason, func(v wire.ChargingState) (vehicle.ChargingState, bool) {
			return vehicle.ChargingState(v), true
		})
	}
	return charge
}

// toDoors lists each door once. Of one that is listed twice, what was seen last holds.
func (l *link) toDoors(list []wire.Door) []vehicle.Door {
	var doors []vehicle.Door
	for _, position := range vehicle.Wheels() {
		door, found := vehicle.Door{Position: position}, false
		for _, w := range list {
			if vehicle.Wheel(w.Position) != position {
				continue
			}
			c := l.toClosure(wire.Closure{Open: w.Open, Locked: w.Locked})
			if !found || c.Open.ObservedAt.After(door.Open.ObservedAt) {
				door.Open = c.Open
			}
			if !found || c.Locked.ObservedAt.After(door.Locked.ObservedAt) {
				door.Locked = c.Locked
			}
			found = true
		}
		if found {
			doors = append(doors, door)
		}
	}
	return doors
}

func (l *link) toClosure(c wire.Closure) vehicle.Closure {
	return vehicle.Closure{Open: l.toSwitch(c.Open), Locked: l.toSwitch(c.Locked)}
}

func (l *link) toSwitch(r *wire.SwitchReading) vehicle.Reading[bool] {
	if r == nil {
		return vehicle.Reading[bool]{Missing: vehicle.NotSupported}
	}
	return toReading(l, r.Value, r.ObservedAt, r.Quality, r.Reason, func(v bool) (bool, bool) { return v, true })
}

func (l *link) percent(r *wire.PercentReading) vehicle.Reading[vehicle.Percent] {
	if r == nil {
		return vehicle.Reading[vehicle.Percent]{Missing: vehicle.NotSupported}
	}
	return toReading(l, r.Value, r.ObservedAt, r.Quality, r.Reason,
		measured[vehicle.Percent](r.Unit, wire.PercentReadingUnitPercent, mostPercent))
}

func (l *link) volts(r *wire.VoltageReading) vehicle.Reading[vehicle.Volts] {
	if r == nil {
		return vehicle.Reading[vehicle.Volts]{Missing: vehicle.NotSupported}
	}
	return toReading(l, r.Value, r.ObservedAt, r.Quality, r.Reason,
		measured[vehicle.Volts](r.Unit, wire.VoltageReadingUnitV, mostVolts))
}

func (l *link) kilometers(r *wire.DistanceReading) vehicle.Reading[vehicle.Kilometers] {
	if r == nil {
		return vehicle.Reading[vehicle.Kilometers]{Missing: vehicle.NotSupported}
	}
	return toReading(l, r.Value, r.ObservedAt, r.Quality, r.Reason,
		measured[vehicle.Kilometers](r.Unit, wire.DistanceReadingUnitKm, mostKilometers))
}

func (l *link) speed(r *wire.SpeedReading) vehicle.Reading[vehicle.KilometersPerHour] {
	if r == nil {
		return vehicle.Reading[vehicle.KilometersPerHour]{Missing: vehicle.NotSupported}
	}
	return toReading(l, r.Value, r.ObservedAt, r.Quality, r.Reason,
		measured[vehicle.KilometersPerHour](r.Unit, wire.SpeedReadingUnitKmH, mostKilometersPerHour))
}

// measured believes a number in the one unit of the contract, from zero to most.
func measured[D ~float64, U comparable](unit *U, want U, most float64) func(float64) (D, bool) {
	return func(v float64) (D, bool) { return D(v), unit != nil && *unit == want && v >= 0 && v <= most }
}

// toReading believes a reading only if everything about it is present and possible. What cannot be, such
// as a negative pressure or an observation from next week, is the sensor's fault and not a value.
func toReading[W, D any](l *link, value *W, at *time.Time, quality wire.Quality, why *wire.MissingReason, convert func(W) (D, bool)) vehicle.Reading[D] {
	switch {
	case quality == wire.QualityUnavailable && why != nil && why.Valid():
		return vehicle.Reading[D]{Missing: vehicle.MissingReason(*why)}
	case quality != wire.QualityGood && quality != wire.QualityEstimated, value == nil, at == nil:
		return vehicle.Reading[D]{Missing: vehicle.NotReported}
	}
	v, ok := convert(*value)
	if !ok || !l.credible(*at) {
		return vehicle.Reading[D]{Missing: vehicle.SensorFault}
	}
	return vehicle.Reading[D]{Value: v, ObservedAt: at.UTC()}
}
