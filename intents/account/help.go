package account

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	helpGeneral speech.Key = "help.general"
	helpLink    speech.Key = "help.link"
	helpNoCar   speech.Key = "help.no_car"
	helpNoPIN   speech.Key = "help.no_pin"
	helpLocked  speech.Key = "help.locked"
	helpWaiting speech.Key = "help.delivery"
)

var helpLines = speech.Table{
	helpGeneral: speech.Asks(), helpLink: speech.Says(), helpNoCar: speech.Asks(), helpNoPIN: speech.Asks(), helpLocked: speech.Asks(),
	helpWaiting: speech.Asks("carrier", "car", "until"),
}

// Help answers "help" where nothing is open, by what the driver could do next.
func Help(d ground.Deps) skill.Conversation { return skill.Conversation{Flow: helpFlow(d, "help")} }

// nothing is the state of a conversation that asks nothing of its own.
type nothing struct{}

// Step names no question.
func (nothing) Step() string { return "" }

func helpFlow(d ground.Deps, name string) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[nothing, helpFacts]{
		Name: name, Version: 1,
		Facts: func(ctx context.Context, t *skill.Turn, _ nothing, _ skill.Event) (helpFacts, error) {
			if t.Token() == "" {
				return helpFacts{}, nil
			}
			facts, err := d.Gather(ctx, t, ground.Want{Account: true})
			// Help must answer, also while the cloud does not: then it is the general one.
			f := helpFacts{Facts: facts, Linked: true, Known: err == nil}
			if f.Known {
				f.Grants = grantsOf(ctx, d, vehicle.Token(t.Token()), f.Cars)
			}
			return f, nil
		},
		Next: helpNext,
	})
}

type helpFacts struct {
	ground.Facts
	Linked, Known bool
	Grants        []vehicle.Grant // of all cars
}

func helpNext(s nothing, _ skill.Event, f helpFacts) (nothing, []skill.Act) {
	switch {
	case !f.Linked:
		return s, []skill.Act{skill.Say{Key: helpLink}, skill.LinkAccount{}}
	case !f.Known:
		return s, []skill.Act{skill.Ask{Key: helpGeneral}}
	case len(f.Cars) == 0:
		return s, []skill.Act{skill.Ask{Key: helpNoCar}}
	case !f.Account.PIN.IsSet():
		return s, welcome(f.Facts, skill.Ask{Key: helpNoPIN})
	case f.Account.PIN.Locked():
		return s, welcome(f.Facts, skill.Ask{Key: helpLocked})
	}
	if ask, ok := delivery(helpWaiting, f.Facts, f.Grants); ok {
		return s, welcome(f.Facts, ask)
	}
	return s, welcome(f.Facts, skill.Ask{Key: helpGeneral})
}
