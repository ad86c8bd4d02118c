package account

import (
	"context"
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	defaultCarSet  speech.Key = "default_car.set"
	defaultCarHelp speech.Key = "default_car.help"
	unitsWhich     speech.Key = "units.which"
	unitsSet       speech.Key = "units.set"
	unitsHelp      speech.Key = "units.help"
	unitsStopped   speech.Key = "units.stopped"
	unitsGaveUp    speech.Key = "units.gave_up"
)

var preferenceLines = speech.Table{
	defaultCarSet: speech.Says("car"), defaultCarHelp: speech.Says(),
	unitsWhich: speech.Asks(), unitsSet: speech.Says("unit"), unitsHelp: speech.Says(), unitsStopped: speech.Says(), unitsGaveUp: speech.Says(),
	unitLine("psi"): speech.Says(), unitLine("kpa"): speech.Says(), unitLine("bar"): speech.Says(),
	unitLine("mi"): speech.Says(), unitLine("km"): speech.Says(),
}

func unitLine(id string) speech.Key { return speech.Key("unit." + id) }

// defaultCar answers "make my bolt the default car": the car that is meant when none is named.
var defaultCar = ground.Look[store.Preferences]{
	Name:      "default_car",
	Help:      defaultCarHelp,
	NoDefault: true, // the question is which car, so the usual one is no answer
	Read: func(ctx context.Context, d ground.Deps, _ vehicle.Token, at ground.At) (store.Preferences, error) {
		p := at.Facts.Account.Preferences
		p.DefaultCar = string(at.Car.ID)
		return p, save(ctx, d, at.Facts, p)
	},
	Tell: func(_ store.Preferences, at ground.At) []skill.Act {
		return []skill.Act{skill.Say{Key: defaultCarSet, Args: ground.CarArg(at.Car)}}
	},
}

// save writes the preferences on what this turn has read; whoever changed them meanwhile wins.
func save(ctx context.Context, d ground.Deps, f ground.Facts, p store.Preferences) error {
	return d.Accounts.SavePreferences(ctx, f.Owner.ID, f.Account.Revision, p)
}

// units is the state of "use bar": at most one question, which unit.
type units struct {
	Asking  string `json:"asking,omitempty"`
	Unclear int    `json:"unclear,omitempty"`
}

// Step names the open question.
func (u units) Step() string { return u.Asking }

// useUnit is the effect of preferring a unit.
type useUnit struct {
	ID    string
	Facts ground.Facts
}

func unitsFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[units, ground.Facts]{
		Name: "units", Version: 1,
		Lines: skill.FlowLines{Stopped: unitsStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ units, _ skill.Event) (ground.Facts, error) {
			return d.Gather(ctx, t, ground.Want{Account: true})
		},
		Next: unitsNext,
		Do: func(ctx context.Context, _ *skill.Turn, effect any) (any, error) {
			use := effect.(useUnit)
			p := use.Facts.Account.Preferences
			if slices.Contains(distanceUnits, use.ID) {
				p.DistanceUnit = use.ID
			} else {
				p.PressureUnit = use.ID
			}
			return nil, save(ctx, d, use.Facts, p)
		},
	})
}

// The ids of the slot type Unit are those that an account keeps.
var (
	pressureUnits = []string{"psi", "kpa", "bar"}
	distanceUnits = []string{"mi", "km"}
)

func unitsNext(s units, ev skill.Event, f ground.Facts) (units, []skill.Act) {
	ask := skill.Ask{Key: unitsWhich, Elicit: "unit"}
	switch ev := ev.(type) {
	case skill.Heard:
		id := ev.Slots["unit"].Entity().ID
		if slices.Contains(pressureUnits, id) || slices.Contains(distanceUnits, id) {
			return units{}, []skill.Act{skill.Do{Effect: useUnit{ID: id, Facts: f}}}
		}
	case skill.Done:
		if ev.Err != nil {
			return units{}, ground.Apologize(ev.Err)
		}
		id := ev.Effect.(useUnit).ID
		return units{}, []skill.Act{skill.Say{Key: unitsSet, Args: speech.Args{"unit": speech.Phrase{Key: unitLine(id)}}}}
	case skill.No:
		return units{}, []skill.Act{skill.Say{Key: unitsStopped}}
	case skill.Again:
		return s, []skill.Act{ask}
	case skill.Helped:
		return s, []skill.Act{skill.Say{Key: unitsHelp}, ask}
	}
	if s.Asking != "" {
		s.Unclear++
	}
	if s.Unclear >= ground.MaxUnclear {
		return units{}, []skill.Act{skill.Say{Key: unitsGaveUp}}
	}
	s.Asking = "unit"
	return s, []skill.Act{ask}
}
