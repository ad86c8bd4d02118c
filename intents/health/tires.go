package health

import (
	"context"
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/vehicle"
)

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
