package health

import (
	"context"
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about tires.
const (
	tiresUnsupported    speech.Key = "tires.unsupported"
	tiresNotReported    speech.Key = "tires.not_reported"
	tiresFineBetween    speech.Key = "tires.fine_between"
	tiresFineAt         speech.Key = "tires.fine_at"
	tiresFineStatus     speech.Key = "tires.fine_status"
	tiresUnjudged       speech.Key = "tires.unjudged"
	tiresLow            speech.Key = "tires.low"
	tiresLowStatus      speech.Key = "tires.low_status"
	tiresLowToo         speech.Key = "tires.low_too"
	tiresLowTooStatus   speech.Key = "tires.low_too_status"
	tiresCritical       speech.Key = "tires.critical"
	tiresCriticalStatus speech.Key = "tires.critical_status"
	tiresCheckFirst     speech.Key = "tires.check_first"
	tiresRestFine       speech.Key = "tires.rest_fine"
	tiresFault          speech.Key = "tires.fault"
	tiresMissing        speech.Key = "tires.missing"
	tiresWheelFine      speech.Key = "tires.wheel_fine"
	tiresWheelFineState speech.Key = "tires.wheel_fine_status"
	tiresWheelUnjudged  speech.Key = "tires.wheel_unjudged"
	tiresWheelMissing   speech.Key = "tires.wheel_missing"
	tiresWheelWhich     speech.Key = "tires.wheel_which"
	tiresHelp           speech.Key = "tires.help"
)

var tiresLines = speech.Table{
	tiresUnsupported:    speech.Says("car"),
	tiresNotReported:    speech.Says("car"),
	tiresFineBetween:    speech.Says("car", "lowest", "highest"),
	tiresFineAt:         speech.Says("car", "pressure"),
	tiresFineStatus:     speech.Says("car"),
	tiresUnjudged:       speech.Says("car", "lowest", "highest"),
	tiresLow:            speech.Says("car", "wheel", "pressure", "recommended"),
	tiresLowStatus:      speech.Says("car", "wheel"),
	tiresLowToo:         speech.Says("wheel", "pressure"),
	tiresLowTooStatus:   speech.Says("wheel"),
	tiresCritical:       speech.Says("car", "wheel", "pressure", "recommended"),
	tiresCriticalStatus: speech.Says("car", "wheel"),
	tiresCheckFirst:     speech.Says(),
	tiresRestFine:       speech.Says(),
	tiresFault:          speech.Says("car", "wheels"),
	tiresMissing:        speech.Says("car", "wheels"),
	tiresWheelFine:      speech.Says("car", "wheel", "pressure"),
	tiresWheelFineState: speech.Says("car", "wheel"),
	tiresWheelUnjudged:  speech.Says("car", "wheel", "pressure"),
	tiresWheelMissing:   speech.Says("car", "wheel"),
	tiresWheelWhich:     speech.Says(),
	tiresHelp:           speech.Says(),
}

// tires answers "what's my tire pressure", for all wheels or one.
var tires = ground.Look[vehicle.Diagnosis]{
	Name:   "tires",
	Able:   nil, // a car that cannot measure its tires says so when it is asked about
	Unable: tiresUnsupported,
	Help:   tiresHelp,
	Want:   ground.Want{Units: true},
	Detail: tiresWheel,
	Read:   readDiagnosis,
	Tell:   tellTires,
}

// readDiagnosis reads the last snapshot; no look ever wakes a car.
func readDiagnosis(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (vehicle.Diagnosis, error) {
	return d.Cars.Diagnosis(ctx, token, at.Car.ID)
}

func tiresWheel(slots skill.Slots) (wheel string, doubt []skill.Act) {
	if !slots.Filled("wheel") {
		return "", nil
	}
	wheel = slots["wheel"].Entity().ID
	if !slices.Contains(vehicle.Wheels(), vehicle.Wheel(wheel)) {
		return "", []skill.Act{skill.Say{Key: tiresWheelWhich}}
	}
	return wheel, nil
}

// tellTires says what the snapshot holds, the worst tire first.
func tellTires(d vehicle.Diagnosis, at ground.At) []skill.Act {
	switch {
	case d.Vehicle != at.Car.ID:
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	case !at.Car.Can(vehicle.TirePressure) && !at.Car.Can(vehicle.TireStatus):
		return []skill.Act{skill.Say{Key: tiresUnsupported, Args: ground.CarArg(at.Car)}}
	}
	r := tireReport{car: at.Car, unit: at.Facts.Pressure}
	r.sort(d.Tires)
	if at.Detail != "" {
		r.tellWheel(vehicle.Wheel(at.Detail))
	} else {
		r.tellAll()
	}
	return append(r.acts, at.Facts.AsOf(r.oldest)...)
}
