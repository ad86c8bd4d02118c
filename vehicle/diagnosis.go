package vehicle

import "time"

// Diagnosis is the last snapshot a cloud holds of one car. Readings were taken at different times, so
// each carries its own age; "not available" is an ordinary answer and says why.
type Diagnosis struct {
	Vehicle  ID
	Tires    []Tire
	Fuel     Energy // of a car that burns something
	Charge   Charge // of a car with a traction battery; a hybrid has both
	Battery  Reading[Volts]
	Odometer Reading[Kilometers]
	Oil      Oil
	Doors    []Door // at most six, in no particular order
	Trunk    Closure
	KeyBox   KeyBox
	Ignition Reading[bool]
	Speed    Reading[KilometersPerHour]
}

// Energy is how much is left and how far it goes.
type Energy struct {
	Level Reading[Percent]
	Range Reading[Kilometers]
}

// Charge is the energy of the traction battery and what its charger does.
type Charge struct {
	Energy
	State Reading[ChargingState]
}

// ChargingState is what the charger does.
type ChargingState string

// The states of charging. PluggedIn means connected without charging, waiting for its hour.
const (
	Charging     ChargingState = "charging"
	PluggedIn    ChargingState = "plugged_in"
	NotPluggedIn ChargingState = "unplugged"
	ChargeFull   ChargingState = "full"
	ChargeFault  ChargingState = "fault"
)

// Oil is the engine oil's remaining life and how far the next service is.
type Oil struct {
	Life        Reading[Percent]
	NextService Reading[Kilometers]
}

// Closure is something that opens and locks.
type Closure struct {
	Open   Reading[bool]
	Locked Reading[bool]
}

// Door is one door, named by the wheel next to it.
type Door struct {
	Position Wheel
	Closure
}

// KeyBox is the box on the plate frame that holds a key.
type KeyBox struct {
	Open      Reading[bool]
	KeyInside Reading[bool]
}

// The units of readings.
type (
	// Percent is 0 to 100.
	Percent float64
	// Volts tell the 12 V battery.
	Volts float64
	// Kilometers measure how far a car has gone or can go.
	Kilometers float64
	// KilometersPerHour is a speed.
	KilometersPerHour float64
	// Liters measure fuel.
	Liters float64
	// KilowattHours measure what a battery holds.
	KilowattHours float64
)

// Reading is a value with the instant it was observed and how far to trust it.
type Reading[T any] struct {
	Value      T
	ObservedAt time.Time // UTC; zero when unavailable
	// Missing says why there is no value; empty means that Value holds.
	Missing MissingReason
}

// Available reports whether the reading holds a value.
func (r Reading[T]) Available() bool { return r.Missing == "" && !r.ObservedAt.IsZero() }

// Age is how long ago the value was observed; never negative, because clocks disagree by seconds.
func (r Reading[T]) Age(now time.Time) time.Duration { return max(0, now.Sub(r.ObservedAt)) }

// MissingReason says why a reading has no value.
type MissingReason string

// Why a reading may be missing.
const (
	NotReported  MissingReason = "not_reported"  // the car has never sent it
	NotSupported MissingReason = "not_supported" // this car or dongle cannot measure it
	SensorFault  MissingReason = "sensor_fault"
)

// Wheel is a position on the car, seen from above with the driver facing forward.
type Wheel string

// The four wheels in the order they are read out.
const (
	FrontLeft  Wheel = "front_left"
	FrontRight Wheel = "front_right"
	RearLeft   Wheel = "rear_left"
	RearRight  Wheel = "rear_right"
)

// Wheels lists the four wheels in the order they are read out.
func Wheels() []Wheel { return []Wheel{FrontLeft, FrontRight, RearLeft, RearRight} }

// Kilopascals is a gauge pressure; 1 psi is 6.894757 kPa, 1 bar is 100 kPa.
type Kilopascals float64

// Tire is what is known of one tire. Cars with numeric sensors fill Pressure, older ones only Status.
type Tire struct {
	Wheel       Wheel
	Pressure    Reading[Kilopascals]
	Status      Reading[TireState]
	Recommended Kilopascals // cold placard pressure of this wheel; zero if the cloud does not know it
}

// TireState is a judgment of one tire.
type TireState string

// The judgments, from best to worst. TireUnknown means that nothing could be judged.
const (
	TireFine     TireState = "ok"
	TireLow      TireState = "low"
	TireCritical TireState = "critical"
	TireFault    TireState = "fault" // the sensor, not the tire
	TireUnknown  TireState = "unknown"
)

// Thresholds as fractions of the cold placard pressure.
const (
	// A tire pressure monitor must warn at 25 % under the placard (49 CFR 571.138 S4.2(a)).
	criticalFraction = 0.75
	// "A bit low" is our own threshold, not law: a tenth under the placard is about what a cold snap of
	// 20 °C takes and what most tire makers ask to be topped up.
	lowFraction = 0.90
)

// Judge gives the worse of what the numbers and the car's own warning say, and when that was observed.
// The car's warning is believed over a number that looks fine: the car knows its tires better.
func (t Tire) Judge() (TireState, time.Time) {
	state, at := TireUnknown, time.Time{}
	if t.Pressure.Available() && t.Recommended > 0 {
		at = t.Pressure.ObservedAt
		switch fraction := float64(t.Pressure.Value / t.Recommended); {
		case fraction <= criticalFraction:
			state = TireCritical
		case fraction < lowFraction:
			state = TireLow
		default:
			state = TireFine
		}
	}
	if t.Status.Available() && severity(t.Status.Value) > severity(state) {
		state, at = t.Status.Value, t.Status.ObservedAt
	}
	return state, at
}

func severity(s TireState) int {
	switch s {
	case TireFine:
		return 1
	case TireFault:
		return 2
	case TireLow:
		return 3
	case TireCritical:
		return 4
	default:
		return 0
	}
}
