package ground

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Look is a conversation about one car: which one, one look at it, and what that tells. It asks at most one
// question, which car is meant.
type Look[T any] struct {
	Name string
	// Able tells the cars that can be asked; nil takes every car. Unable says that one cannot; its line has
	// the placeholder "car".
	Able   func(vehicle.Vehicle) bool
	Unable speech.Key
	Help   speech.Key
	// NoDefault asks which car unless it is named or the only one.
	NoDefault bool
	Want      Want
	// Detail takes what else was asked, a wheel or a day, into a short word that is kept while the car is
	// asked for. doubt holds what to say instead if it is nothing we know. Nil: there is nothing else.
	Detail func(skill.Slots) (detail string, doubt []skill.Act)
	// Read takes the look. Tell turns it into words; it is pure.
	Read func(ctx context.Context, d Deps, token vehicle.Token, at At) (T, error)
	Tell func(result T, at At) []skill.Act
}

// At is what a look is taken at.
type At struct {
	Car    vehicle.Vehicle
	Detail string
	Facts  Facts
}

// look is its state.
type look struct {
	Asking  string `json:"asking,omitempty"` // "car" or nothing
	Detail  string `json:"detail,omitempty"`
	Unclear int    `json:"unclear,omitempty"`
}

// Step names the open question.
func (s look) Step() string { return s.Asking }

// Flow makes the conversation.
func (l Look[T]) Flow(d Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[look, Facts]{
		Name: l.Name, Version: 1,
		Lines: skill.FlowLines{Stopped: carStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ look, _ skill.Event) (Facts, error) {
			return d.Gather(ctx, t, l.want())
		},
		Next: l.next,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			at, ok := effect.(At)
			if !ok {
				return nil, fmt.Errorf("%s: unknown effect %T", l.Name, effect)
			}
			return l.Read(ctx, d, vehicle.Token(t.Token()), at)
		},
	})
}

func (l Look[T]) want() Want {
	w := l.Want
	w.Account = true // the default car
	return w
}

func (l Look[T]) next(s look, ev skill.Event, f Facts) (look, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return l.hear(s, ev.Slots, f)
	case skill.Done:
		at, isLook := ev.Effect.(At)
		result, isResult := ev.Result.(T)
		switch {
		case ev.Err != nil:
			return look{}, Apologize(ev.Err)
		case !isLook || !isResult:
			return look{}, []skill.Act{skill.Say{Key: skill.Sorry}}
		}
		return look{}, l.Tell(result, at)
	case skill.Helped:
		return s, []skill.Act{skill.Say{Key: l.Help}, WhichCar(Keep(f.Cars, l.Able))}
	case skill.Again:
		return s, []skill.Act{WhichCar(Keep(f.Cars, l.Able))}
	case skill.No:
		return look{}, []skill.Act{skill.Say{Key: carStopped}}
	default:
		return s.ask([]skill.Act{WhichCar(Keep(f.Cars, l.Able))})
	}
}

func (l Look[T]) hear(s look, slots skill.Slots, f Facts) (look, []skill.Act) {
	if l.Detail != nil && s.Asking == "" {
		detail, doubt := l.Detail(slots)
		if doubt != nil {
			return look{}, doubt
		}
		s.Detail = detail
	}
	preferred := f.Account.Preferences.DefaultCar
	if l.NoDefault {
		preferred = ""
	}
	choice := ChooseCar(f.Cars, slots["car"], slots.Filled("car"), preferred, l.Able)
	switch choice.Why {
	case Found:
		return look{}, []skill.Act{skill.Do{Effect: At{Car: choice.Car, Detail: s.Detail, Facts: f}}}
	case NoCar:
		return look{}, []skill.Act{skill.Say{Key: NoCarYet}}
	case Unable:
		return look{}, []skill.Act{skill.Say{Key: l.Unable, Args: CarArg(choice.Car)}}
	case Unknown, Which:
	}
	acts, asks := choice.Acts()
	if !asks {
		return look{}, acts
	}
	return s.ask(acts)
}

// ask opens the question or puts it again; after a few answers that fit nothing the conversation ends.
func (s look) ask(acts []skill.Act) (look, []skill.Act) {
	if s.Asking != "" {
		s.Unclear++
	}
	if s.Unclear >= MaxUnclear {
		return look{}, []skill.Act{skill.Say{Key: carGaveUp}}
	}
	s.Asking = "car"
	return s, acts
}

// StaleAfter is the age from which a reading says how old it is. A dongle on the road reports every few
// seconds and a parked one every few minutes; ten minutes means that it has gone quiet.
const StaleAfter = 10 * time.Minute

// AsOf says how old what was told is, if it is old; nothing otherwise.
func (f Facts) AsOf(observed time.Time) []skill.Act {
	if observed.IsZero() || f.Now.Sub(observed) <= StaleAfter {
		return nil
	}
	return []skill.Act{skill.Say{Key: carAsOf, Args: speech.Args{"ago": speech.Ago{At: f.Here(observed), Now: f.Here(f.Now)}}}}
}
