package intents

import (
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// carChoice is what came of looking for the car that is meant: the car, or why there is none yet.
type carChoice struct {
	Car   vehicle.Vehicle
	Why   carDoubt
	Heard string            // the name nobody answers to
	Among []vehicle.Vehicle // the cars to choose from when asking
}

type carDoubt int

const (
	carFound   carDoubt = iota
	carNone             // the owner has no car in the cloud
	carUnknown          // a name that fits none
	carWhich            // more than one fits
	carUnable           // the car, or every car, lacks what is asked
)

// anyCar is the value id of words like "car" and "trunk", which fill the slot and name no car.
const anyCar = "any"

// chooseCar decides which car is meant. A car that was named is taken at its word, able or not; among cars
// that were not named the default goes first, then the only one that is able. able may be nil.
func chooseCar(cars []vehicle.Vehicle, said skill.Slot, heard bool, preferred string, able func(vehicle.Vehicle) bool) carChoice {
	if len(cars) == 0 {
		return carChoice{Why: carNone}
	}
	if heard && said.Entity().ID != anyCar {
		return namedCar(cars, said, able)
	}
	fit := keep(cars, able)
	for _, c := range fit {
		if string(c.ID) == preferred {
			return carChoice{Car: c}
		}
	}
	switch len(fit) {
	case 0:
		return carChoice{Why: carUnable, Car: defaultCar(cars, preferred)}
	case 1:
		return carChoice{Car: fit[0]}
	}
	if wanted, ok := carByID(cars, vehicle.ID(preferred)); ok {
		return carChoice{Why: carUnable, Car: wanted, Among: fit}
	}
	return carChoice{Why: carWhich, Among: fit}
}

func namedCar(cars []vehicle.Vehicle, said skill.Slot, able func(vehicle.Vehicle) bool) carChoice {
	name, ok := said.Text()
	if !ok {
		return carChoice{Why: carWhich, Among: cars}
	}
	switch match := vehicle.Match(cars, name); {
	case len(match) == 0:
		return carChoice{Why: carUnknown, Heard: name, Among: cars}
	case len(match) > 1:
		return carChoice{Why: carWhich, Among: match}
	case len(keep(match, able)) == 0:
		return carChoice{Why: carUnable, Car: match[0], Among: keep(cars, able)}
	default:
		return carChoice{Car: match[0]}
	}
}

func keep(cars []vehicle.Vehicle, able func(vehicle.Vehicle) bool) []vehicle.Vehicle {
	if able == nil {
		return cars
	}
	var fit []vehicle.Vehicle
	for _, c := range cars {
		if able(c) {
			fit = append(fit, c)
		}
	}
	return fit
}

func defaultCar(cars []vehicle.Vehicle, preferred string) vehicle.Vehicle {
	if c, ok := carByID(cars, vehicle.ID(preferred)); ok {
		return c
	}
	return cars[0]
}

func carByID(cars []vehicle.Vehicle, id vehicle.ID) (vehicle.Vehicle, bool) {
	for _, c := range cars {
		if c.ID == id {
			return c, true
		}
	}
	return vehicle.Vehicle{}, false
}

// doubt says what stands between the driver and a car. It asks which one, unless there is nothing to choose.
func (c carChoice) doubt() (acts []skill.Act, asks bool) {
	if c.Why == carUnknown {
		acts = append(acts, skill.Say{Key: carNobodyAnswers, Args: speech.Args{"name": speech.Name(c.Heard)}})
		if len(c.Among) == 1 {
			return append(acts, skill.Say{Key: carOnly, Args: carArg(c.Among[0])}), false
		}
	}
	return append(acts, whichCar(c.Among)), true
}

func whichCar(cars []vehicle.Vehicle) skill.Ask {
	list := speech.List{Or: true}
	for _, c := range cars {
		list.Items = append(list.Items, speech.Name(c.Name))
	}
	return skill.Ask{Key: carWhichOne, Args: speech.Args{"cars": list}, Elicit: "car"}
}
