package ground

import (
	"slices"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Choice is what came of looking for the car that is meant: the car, or why there is none yet.
type Choice struct {
	Car   vehicle.Vehicle
	Why   Doubt
	Among []vehicle.Vehicle // the cars to choose from when asking
}

// Doubt says why there is no car yet.
type Doubt int

// The doubts. Found is none.
const (
	Found   Doubt = iota
	NoCar         // the owner has no car in the cloud
	Unknown       // a name that fits none
	Which         // more than one fits
	Unable        // the car, or every car, lacks what is asked
)

// anyCar is the value id of words like "car" and "trunk", which fill the slot and name no car.
const anyCar = "any"

// ChooseCar decides which car is meant. A car that was named is taken at its word, able or not; among cars
// that were not named the default goes first, then the only one that is able. able may be nil.
func ChooseCar(cars []vehicle.Vehicle, said skill.Slot, heard bool, preferred string, able func(vehicle.Vehicle) bool) Choice {
	if len(cars) == 0 {
		return Choice{Why: NoCar}
	}
	if heard && said.Entity().ID != anyCar {
		return namedCar(cars, said, able)
	}
	fit := Keep(cars, able)
	for _, c := range fit {
		if string(c.ID) == preferred {
			return Choice{Car: c}
		}
	}
	switch len(fit) {
	case 0:
		return Choice{Why: Unable, Car: defaultCar(cars, preferred)}
	case 1:
		return Choice{Car: fit[0]}
	}
	if wanted := defaultCar(cars, preferred); string(wanted.ID) == preferred {
		return Choice{Why: Unable, Car: wanted, Among: fit}
	}
	return Choice{Why: Which, Among: fit}
}

func namedCar(cars []vehicle.Vehicle, said skill.Slot, able func(vehicle.Vehicle) bool) Choice {
	name, ok := said.Text()
	if !ok {
		return Choice{Why: Which, Among: cars}
	}
	match := vehicle.Match(cars, name)
	if i := slices.IndexFunc(cars, func(c vehicle.Vehicle) bool { return string(c.ID) == said.Entity().ID }); i >= 0 {
		match = cars[i : i+1] // Alexa was taught the names and knows which it heard
	}
	switch {
	case len(match) == 0:
		return Choice{Why: Unknown, Among: cars}
	case len(match) > 1:
		return Choice{Why: Which, Among: match}
	case len(Keep(match, able)) == 0:
		return Choice{Why: Unable, Car: match[0], Among: Keep(cars, able)}
	default:
		return Choice{Car: match[0]}
	}
}

// Keep leaves the cars that are able.
func Keep(cars []vehicle.Vehicle, able func(vehicle.Vehicle) bool) []vehicle.Vehicle {
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
	for _, c := range cars {
		if string(c.ID) == preferred {
			return c
		}
	}
	return cars[0]
}

// Acts says what stands between the driver and a car. It asks which one, unless there is nothing to choose.
func (c Choice) Acts() (acts []skill.Act, asks bool) {
	if c.Why == Unknown { // what was heard is not repeated: a PIN may have landed in the slot
		acts = append(acts, skill.Say{Key: carNobodyAnswers})
		if len(c.Among) == 1 {
			return append(acts, skill.Say{Key: carOnly, Args: CarArg(c.Among[0])}), false
		}
	}
	return append(acts, CarNames(c.Among), WhichCar(c.Among)), true
}

// WhichCar asks for one of the cars; the answer fills the slot "car".
func WhichCar(cars []vehicle.Vehicle) skill.Ask {
	list := speech.List{Or: true}
	for _, c := range cars {
		list.Items = append(list.Items, speech.Name(c.Name))
	}
	return skill.Ask{Key: carWhichOne, Args: speech.Args{"cars": list}, Elicit: "car"}
}

// CarNames teaches Alexa what the owner's cars are called, with their ids as what comes back.
func CarNames(cars []vehicle.Vehicle) skill.Names {
	names := skill.Names{Type: "Car"}
	for _, c := range cars {
		names.Values = append(names.Values, skill.NamedValue{ID: string(c.ID), Value: c.Name})
	}
	return names
}

// CarArg names a car for a line that has the placeholder "car".
func CarArg(v vehicle.Vehicle) speech.Args { return speech.Args{"car": speech.Name(v.Name)} }

// OnCar is a touch that plays a conversation about a car.
func OnCar(intent string, v vehicle.Vehicle) skill.Touch {
	return skill.Touch{Intent: intent, Slots: []screen.Slot{{Name: "car", ID: string(v.ID), Value: v.Name}}}
}
