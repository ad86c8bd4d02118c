package ground

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Survey is a conversation that looks at every car unless one was named, because whoever asks for a delivery
// or for what somebody did often does not know which car it was. It asks at most which car a name means.
type Survey[T any] struct {
	Name string
	// Able tells the cars that can be asked; nil takes every car. Unable says that one cannot; its line has
	// the placeholder "car".
	Able   func(vehicle.Vehicle) bool
	Unable speech.Key
	Help   speech.Key
	// Detail is as in Look.
	Detail func(skill.Slots) (detail string, doubt []skill.Act)
	// Read looks at one car; cars are looked at together. Tell turns what was seen into words; it is pure.
	Read func(ctx context.Context, d Deps, token vehicle.Token, at At) (T, error)
	Tell func(seen []Seen[T], detail string, f Facts) []skill.Act
}

// Seen is what was seen at one car.
type Seen[T any] struct {
	Car  vehicle.Vehicle
	What T
}

// round is the effect of looking at several cars.
type round struct {
	Cars   []vehicle.Vehicle
	Detail string
	Facts  Facts
}

// atOnce is how many cars are looked at together: enough for a family, few enough for a cloud that counts
// requests.
const atOnce = 6

// Flow makes the conversation.
func (v Survey[T]) Flow(d Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[look, Facts]{
		Name: v.Name, Version: 1,
		Lines: skill.FlowLines{Stopped: carStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ look, _ skill.Event) (Facts, error) {
			return d.Gather(ctx, t, Want{Account: true})
		},
		Next: v.next,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			r, ok := effect.(round)
			if !ok {
				return nil, fmt.Errorf("%s: unknown effect %T", v.Name, effect)
			}
			return v.look(ctx, d, vehicle.Token(t.Token()), r)
		},
	})
}

// look sees all cars or none: an answer that leaves one out would not be true.
func (v Survey[T]) look(ctx context.Context, d Deps, token vehicle.Token, r round) ([]Seen[T], error) {
	seen := make([]Seen[T], len(r.Cars))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, car := range r.Cars {
		group.Go(func() (err error) {
			seen[i].Car = car
			seen[i].What, err = v.Read(ctx, d, token, At{Car: car, Detail: r.Detail, Facts: r.Facts})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return seen, nil
}

func (v Survey[T]) next(s look, ev skill.Event, f Facts) (look, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return v.hear(s, ev.Slots, f)
	case skill.Done:
		r, isRound := ev.Effect.(round)
		seen, isSeen := ev.Result.([]Seen[T])
		switch {
		case ev.Err != nil:
			return look{}, Apologize(ev.Err)
		case !isRound || !isSeen:
			return look{}, []skill.Act{skill.Say{Key: skill.Sorry}}
		}
		return look{}, v.Tell(seen, r.Detail, r.Facts)
	case skill.Helped:
		return s, []skill.Act{skill.Say{Key: v.Help}, WhichCar(Keep(f.Cars, v.Able))}
	case skill.Again:
		return s, []skill.Act{WhichCar(Keep(f.Cars, v.Able))}
	case skill.No:
		return look{}, []skill.Act{skill.Say{Key: carStopped}}
	default:
		return s.ask([]skill.Act{WhichCar(Keep(f.Cars, v.Able))})
	}
}

func (v Survey[T]) hear(s look, slots skill.Slots, f Facts) (look, []skill.Act) {
	if v.Detail != nil && s.Asking == "" {
		detail, doubt := v.Detail(slots)
		if doubt != nil {
			return look{}, doubt
		}
		s.Detail = detail
	}
	named := slots.Filled("car") && slots["car"].Entity().ID != anyCar
	cars := Keep(f.Cars, v.Able)
	switch {
	case len(f.Cars) == 0:
		return look{}, []skill.Act{skill.Say{Key: NoCarYet}}
	case !named && s.Asking != "":
		return s.ask([]skill.Act{WhichCar(cars)})
	case !named && len(cars) == 0:
		return look{}, []skill.Act{skill.Say{Key: v.Unable, Args: CarArg(defaultCar(f.Cars, f.Account.Preferences.DefaultCar))}}
	case !named:
		return look{}, []skill.Act{skill.Do{Effect: round{Cars: cars, Detail: s.Detail, Facts: f}}}
	}
	choice := namedCar(f.Cars, slots["car"], v.Able)
	switch choice.Why {
	case Found:
		return look{}, []skill.Act{skill.Do{Effect: round{Cars: []vehicle.Vehicle{choice.Car}, Detail: s.Detail, Facts: f}}}
	case Unable:
		return look{}, []skill.Act{skill.Say{Key: v.Unable, Args: CarArg(choice.Car)}}
	case NoCar, Unknown, Which:
	}
	acts, asks := choice.Acts()
	if !asks {
		return look{}, acts
	}
	return s.ask(acts)
}
