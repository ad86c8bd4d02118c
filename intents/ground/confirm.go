package ground

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Confirm is a conversation that does one thing to one car: which one, the read-back, the voice PIN that
// confirms it, and the act. The key of the intention is made with the read-back and travels with the open
// question, so that a turn that is played twice acts once.
type Confirm[R any] struct {
	Name string
	// Able tells the cars it can be done to; nil takes every car.
	Able func(vehicle.Vehicle) bool
	// AtRest refuses while the device or the last snapshot of the car says that it is under way. The cloud
	// judges once more when it acts.
	AtRest bool
	// Hindered says what speaks against it before anything is read back; nil acts if nothing does. Nil:
	// nothing ever does.
	Hindered func(At) []skill.Act
	// Free lets the act happen without a read-back or PIN, where the owner chose so. Nil: never.
	Free func(Facts) bool
	// Act acts, once per key. Tell and Fail turn its outcome into words; they are pure. A nil Fail apologizes.
	Act  func(ctx context.Context, d Deps, token vehicle.Token, key vehicle.IdempotencyKey, car vehicle.ID) (R, error)
	Tell func(result R, at At) []skill.Act
	Fail func(err error, at At) []skill.Act
	Say  ConfirmLines
}

// ConfirmLines are what a Confirm says. Unable, ReadBack and Moving have the placeholder "car"; ReadBack is a
// question and the others are not. Unable is needed with Able alone, and Moving with AtRest.
type ConfirmLines struct {
	Unable, ReadBack, Moving, HelpCar, HelpPIN, Stopped, Left, GaveUp speech.Key
}

// confirm is its state. It never holds the PIN.
type confirm struct {
	Asking  string                 `json:"asking,omitempty"` // "car", "pin" or nothing
	Car     vehicle.ID             `json:"car,omitempty"`
	Key     vehicle.IdempotencyKey `json:"key,omitempty"`
	ReadAt  time.Time              `json:"read_at,omitzero"` // when it was read back
	Unclear int                    `json:"unclear,omitempty"`
}

// ReadBackHolds is how long a PIN still confirms what was read back. After that it is looked at and read back
// anew, however often help was asked for meanwhile. The cloud takes a window that began up to five minutes ago, so
// this is less.
const ReadBackHolds = 4 * time.Minute

// Step names the open question.
func (s confirm) Step() string { return s.Asking }

// The effects besides CheckPIN.
type (
	diagnose  struct{ Car vehicle.ID }
	confirmed struct {
		Key vehicle.IdempotencyKey
		Car vehicle.ID
	}
)

// Flow makes the conversation.
func (c Confirm[R]) Flow(d Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[confirm, Facts]{
		Name: c.Name, Version: 1,
		Lines: skill.FlowLines{Stopped: c.Say.Stopped, Left: c.Say.Left},
		Facts: func(ctx context.Context, t *skill.Turn, _ confirm, _ skill.Event) (Facts, error) {
			return d.Gather(ctx, t, Want{Account: true})
		},
		Next: c.next,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			token := vehicle.Token(t.Token())
			switch e := effect.(type) {
			case diagnose:
				return d.Cars.Diagnosis(ctx, token, e.Car)
			case CheckPIN:
				return d.Compare(ctx, e)
			case confirmed:
				return c.Act(ctx, d, token, e.Key, e.Car)
			default:
				return nil, fmt.Errorf("%s: unknown effect %T", c.Name, effect)
			}
		},
	})
}

// checksPIN reports whether the turn answers the PIN question and says nothing else.
func (s confirm) checksPIN(ev skill.Event) bool {
	heard, ok := ev.(skill.Heard)
	return ok && s.Asking == "pin" && !SaysMoreThanPIN(heard.Slots)
}

func (c Confirm[R]) next(s confirm, ev skill.Event, f Facts) (confirm, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		if s.checksPIN(ev) {
			return c.hearPIN(s, ev.Slots["pin"], f)
		}
		return c.hear(s, ev.Slots, f)
	case skill.Done:
		return c.done(s, ev, f)
	case skill.No:
		return confirm{}, []skill.Act{skill.Say{Key: c.Say.Stopped}}
	case skill.Again:
		return c.again(s, f)
	case skill.Helped:
		if s.Asking == "pin" {
			return s, AskPIN(c.Say.HelpPIN)
		}
		return s, []skill.Act{skill.Say{Key: c.Say.HelpCar}, WhichCar(Keep(f.Cars, c.Able))}
	case skill.Yes:
		return c.unclear(s, PINNotAYes, f)
	default:
		return c.unclear(s, PINUnclear, f)
	}
}

// hear takes the opening, the answer to "which car", or another car in the middle. A PIN that was not asked
// for is dropped: a stored routine must not open a car.
func (c Confirm[R]) hear(s confirm, slots skill.Slots, f Facts) (confirm, []skill.Act) {
	var first []skill.Act
	if slots.Filled("pin") {
		first = append(first, skill.Say{Key: PINEarly})
	}
	choice := ChooseCar(f.Cars, slots["car"], slots.Filled("car"), f.Account.Preferences.DefaultCar, c.Able)
	var acts []skill.Act
	switch choice.Why {
	case Found:
		s, acts = c.found(choice.Car, f)
	case NoCar:
		s, acts = confirm{}, []skill.Act{skill.Say{Key: NoCarYet}}
	case Unable:
		s, acts = confirm{}, []skill.Act{skill.Say{Key: c.Say.Unable, Args: CarArg(choice.Car)}}
	default:
		var asks bool
		if acts, asks = choice.Acts(); asks {
			s, acts = c.ask(s, acts)
		} else {
			s = confirm{}
		}
	}
	return s, append(first, acts...)
}

// found has the car, and looks for what speaks against it before the driver says a PIN for nothing.
func (c Confirm[R]) found(car vehicle.Vehicle, f Facts) (confirm, []skill.Act) {
	s := confirm{Car: car.ID}
	if c.AtRest && f.Moving {
		return confirm{}, []skill.Act{skill.Say{Key: c.Say.Moving, Args: CarArg(car)}}
	}
	if c.Hindered != nil {
		if why := c.Hindered(At{Car: car, Facts: f}); why != nil {
			return confirm{}, why
		}
	}
	if c.Free != nil && c.Free(f) {
		return s, []skill.Act{skill.Do{Effect: confirmed{Key: f.FreshKey, Car: car.ID}}}
	}
	if c.AtRest {
		return s, []skill.Act{skill.Do{Effect: diagnose{Car: car.ID}}}
	}
	return c.readBack(s, f)
}

// readBack says what will happen and asks for the PIN: the PIN is the confirmation.
func (c Confirm[R]) readBack(s confirm, f Facts) (confirm, []skill.Act) {
	if notReady := PINReady(f.Account.PIN); notReady != nil {
		return confirm{}, notReady
	}
	s.Asking, s.Key, s.ReadAt = "pin", f.FreshKey, f.Now
	return c.again(s, f)
}

func (c Confirm[R]) hearPIN(s confirm, said skill.Slot, f Facts) (confirm, []skill.Act) {
	check, ok := HearPIN(said, f)
	switch car, there := f.Car(s.Car); {
	case !there:
		return confirm{}, []skill.Act{skill.Say{Key: Gone}}
	case f.Now.Sub(s.ReadAt) > ReadBackHolds:
		return c.found(car, f)
	case c.AtRest && f.Moving:
		return confirm{}, []skill.Act{skill.Say{Key: c.Say.Moving, Args: CarArg(car)}}
	case !ok:
		return c.unclear(s, PINUnclear, f)
	}
	return s, []skill.Act{check}
}

// done takes the outcome of an effect into the conversation.
func (c Confirm[R]) done(s confirm, ev skill.Done, f Facts) (confirm, []skill.Act) {
	car, there := f.Car(s.Car)
	if !there {
		return confirm{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	at := At{Car: car, Facts: f}
	if _, acted := ev.Effect.(confirmed); acted && ev.Err != nil && c.Fail != nil {
		return confirm{}, c.Fail(ev.Err, at)
	}
	if ev.Err != nil {
		return confirm{}, Apologize(ev.Err)
	}
	switch result := ev.Result.(type) {
	case vehicle.Diagnosis:
		if Underway(result, f.Now) {
			return confirm{}, []skill.Act{skill.Say{Key: c.Say.Moving, Args: CarArg(car)}}
		}
		return c.readBack(s, f)
	case pin.Verdict:
		switch j := Judge(result); {
		case j.Right:
			return s, []skill.Act{skill.Do{Effect: confirmed{Key: s.Key, Car: s.Car}}}
		case j.Again:
			return s, j.Acts
		default:
			return confirm{}, j.Acts
		}
	case R:
		return confirm{}, c.Tell(result, at)
	default:
		return confirm{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
}

// Underway reports whether the last snapshot shows a car that drives. A speed is in whole km/h and 0 at rest
// (SAE J1979, PID 0D). One that is older than StaleAfter says nothing: the car itself still refuses.
func Underway(d vehicle.Diagnosis, now time.Time) bool {
	return d.Speed.Available() && d.Speed.Value > 0 && d.Speed.Age(now) <= StaleAfter
}

// again puts the open question once more, made from the facts of this turn.
func (c Confirm[R]) again(s confirm, f Facts) (confirm, []skill.Act) {
	if s.Asking != "pin" {
		return s, []skill.Act{WhichCar(Keep(f.Cars, c.Able))}
	}
	car, there := f.Car(s.Car)
	if !there {
		return confirm{}, []skill.Act{skill.Say{Key: Gone}}
	}
	return s, []skill.Act{skill.Ask{Key: c.Say.ReadBack, Args: CarArg(car), Elicit: "pin"}}
}

// unclear repeats the open question after an answer that does not fit it.
func (c Confirm[R]) unclear(s confirm, why speech.Key, f Facts) (confirm, []skill.Act) {
	if s.Asking != "pin" {
		return c.ask(s, []skill.Act{WhichCar(Keep(f.Cars, c.Able))})
	}
	if s.Unclear++; s.Unclear >= MaxUnclear {
		return confirm{}, []skill.Act{skill.Say{Key: c.Say.GaveUp}}
	}
	return s, AskPIN(why)
}

// ask asks for the car, or again; after a few answers that fit nothing the conversation ends.
func (c Confirm[R]) ask(s confirm, acts []skill.Act) (confirm, []skill.Act) {
	if s.Asking != "car" {
		return confirm{Asking: "car"}, acts
	}
	if s.Unclear++; s.Unclear >= MaxUnclear {
		return confirm{}, []skill.Act{skill.Say{Key: c.Say.GaveUp}}
	}
	return s, acts
}
