package account

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	welcomeFirst    speech.Key = "launch.first"
	welcomeBack     speech.Key = "launch.back"
	welcomeDelivery speech.Key = "launch.delivery"
	welcomeTire     speech.Key = "launch.tire"
	welcomeEngine   speech.Key = "launch.engine"
	welcomeNoCar    speech.Key = "launch.no_car"
)

var launchLines = speech.Table{
	welcomeFirst: speech.Asks(), welcomeBack: speech.Asks(), welcomeNoCar: speech.Asks(),
	welcomeDelivery: speech.Asks("carrier", "car", "until"),
	welcomeTire:     speech.Asks("car", "wheel"),
	welcomeEngine:   speech.Asks("car"),
}

// Launch answers "open trunk pass" with one short welcome: the first time, a delivery that may come now,
// something wrong with the car, or simply again.
func Launch(d ground.Deps) skill.Conversation {
	return skill.Conversation{Needs: skill.Needs{Account: true}, Flow: skill.NewFlow(skill.FlowSpec[launched, launchFacts]{
		Name: "launch", Version: 1,
		Facts: func(ctx context.Context, t *skill.Turn, _ launched, _ skill.Event) (launchFacts, error) {
			return gatherLaunch(ctx, d, t)
		},
		Next: launchNext,
		Do: func(ctx context.Context, _ *skill.Turn, effect any) (any, error) {
			return nil, remember(ctx, d, effect.(greeted).Facts)
		},
	})}
}

// greeted is the effect of remembering that the owner has heard the first welcome.
type greeted struct{ Facts ground.Facts }

func remember(ctx context.Context, d ground.Deps, f ground.Facts) error {
	p := f.Account.Preferences
	p.Greeted = true
	return d.Accounts.SavePreferences(ctx, f.Owner.ID, f.Account.Revision, p)
}

// launchFacts are the situation in which somebody opens the skill.
type launchFacts struct {
	ground.Facts
	Grants    []vehicle.Grant // of all cars
	Diagnosis vehicle.Diagnosis
	Codes     vehicle.TroubleCodes
}

// gatherLaunch looks at everything that a welcome may be about, side by side. What cannot be read is left
// out: a welcome must not fail because a car is shy.
func gatherLaunch(ctx context.Context, d ground.Deps, t *skill.Turn) (launchFacts, error) {
	facts, err := d.Gather(ctx, t, ground.Want{Account: true})
	f := launchFacts{Facts: facts}
	if err != nil || len(facts.Cars) == 0 || !facts.Account.Preferences.Greeted {
		return f, err
	}
	token := vehicle.Token(t.Token())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		f.Grants = grantsOf(ctx, d, token, facts.Cars)
		return nil
	})
	if car, ok := usual(facts); ok {
		group.Go(func() error {
			f.Diagnosis, _ = d.Cars.Diagnosis(ctx, token, car.ID)
			return nil
		})
		group.Go(func() error {
			f.Codes, _ = d.Cars.TroubleCodes(ctx, token, car.ID)
			return nil
		})
	}
	return f, group.Wait()
}

// grantsOf reads the grants of every car at once; those of a car that cannot be read are left out.
func grantsOf(ctx context.Context, d ground.Deps, token vehicle.Token, cars []vehicle.Vehicle) []vehicle.Grant {
	var group errgroup.Group
	grants := make([][]vehicle.Grant, len(cars))
	for i, car := range cars {
		group.Go(func() error {
			grants[i], _ = d.Cars.Grants(ctx, token, car.ID)
			return nil
		})
	}
	_ = group.Wait() // no look fails
	return slices.Concat(grants...)
}

// usual is the car that is meant when none is named.
func usual(f ground.Facts) (vehicle.Vehicle, bool) {
	if len(f.Cars) == 1 {
		return f.Cars[0], true
	}
	return f.Car(vehicle.ID(f.Account.Preferences.DefaultCar))
}

// launched is what must be known to say a welcome again: the first one is only given once.
type launched struct {
	First bool `json:"first,omitempty"`
}

// Step names no question: anything may follow a welcome.
func (launched) Step() string { return "" }

func launchNext(s launched, ev skill.Event, f launchFacts) (launched, []skill.Act) {
	_, remembered := ev.(skill.Done)
	switch {
	case len(f.Cars) == 0:
		return s, welcome(f.Facts, skill.Ask{Key: welcomeNoCar})
	case s.First:
		return s, welcome(f.Facts, skill.Ask{Key: welcomeFirst})
	case !f.Account.Preferences.Greeted && !remembered:
		return s, []skill.Act{skill.Do{Effect: greeted{f.Facts}}}
	case !f.Account.Preferences.Greeted: // also if it could not be remembered: then it is said once more
		s.First = true
		return s, welcome(f.Facts, skill.Ask{Key: welcomeFirst})
	}
	if ask, ok := f.delivery(); ok {
		return s, welcome(f.Facts, ask)
	}
	if ask, ok := f.trouble(); ok {
		return s, welcome(f.Facts, ask)
	}
	return s, welcome(f.Facts, skill.Ask{Key: welcomeBack})
}

// welcome teaches Alexa the names of the cars beside what it says.
func welcome(f ground.Facts, ask skill.Ask) []skill.Act {
	return []skill.Act{ground.CarNames(f.Cars), ask}
}

func (f launchFacts) delivery() (skill.Ask, bool) {
	return delivery(welcomeDelivery, f.Facts, f.Grants)
}

// delivery speaks of the first grant that a carrier may use now.
func delivery(key speech.Key, f ground.Facts, grants []vehicle.Grant) (skill.Ask, bool) {
	for _, g := range grants {
		car, ok := f.Car(g.Vehicle)
		if !ok || g.Status(f.Now) != vehicle.Active || g.Carrier.Name == "" {
			continue
		}
		args := ground.CarArg(car)
		args["carrier"] = speech.Name(g.Carrier.Name)
		args["until"] = speech.Clock{At: f.Here(g.Window.End)}
		return skill.Ask{Key: key, Args: args}, true
	}
	return skill.Ask{}, false
}

// trouble is what is wrong with the usual car: a tire first, then the engine light.
func (f launchFacts) trouble() (skill.Ask, bool) {
	car, ok := usual(f.Facts)
	if !ok {
		return skill.Ask{}, false
	}
	args := ground.CarArg(car)
	for _, bad := range []vehicle.TireState{vehicle.TireCritical, vehicle.TireLow} {
		for _, t := range f.Diagnosis.Tires {
			if state, _ := t.Judge(); state == bad {
				args["wheel"] = ground.WheelPhrase(t.Wheel)
				return skill.Ask{Key: welcomeTire, Args: args}, true
			}
		}
	}
	if light := f.Codes.EngineLight; light.Available() && light.Value {
		return skill.Ask{Key: welcomeEngine, Args: args}, true
	}
	return skill.Ask{}, false
}
