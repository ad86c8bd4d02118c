package access

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// The effects of blocking and unblocking. The result of either is a tally.
type (
	block   struct{ Cars []vehicle.Vehicle }
	unblock struct{ Cars []vehicle.Vehicle }
)

// tally is how far the cloud came with several cars.
type tally struct {
	Done, Missed []vehicle.Vehicle
	Ended        int   // grants that a block has ended
	Err          error // why one was missed, first of all one of which it is not known
}

// carry calls the cloud for all cars at once. One that fails keeps nobody from the others: each is blocked for
// itself, and doing it again is harmless.
func carry(cars []vehicle.Vehicle, call func(vehicle.ID) (ended int, err error)) tally {
	ended, errs := make([]int, len(cars)), make([]error, len(cars))
	var group errgroup.Group
	group.SetLimit(carsAtOnce)
	for i, car := range cars {
		group.Go(func() error {
			ended[i], errs[i] = call(car.ID)
			return nil
		})
	}
	_ = group.Wait()
	var t tally
	for i, car := range cars {
		t.Ended += ended[i]
		if errs[i] != nil {
			t.Missed = append(t.Missed, car)
			if _, outcome := vehicle.KindOf(errs[i]); t.Err == nil || outcome == vehicle.MaybeDone {
				t.Err = errs[i]
			}
			continue
		}
		t.Done = append(t.Done, car)
	}
	return t
}

// blockFlow answers "block everyone": all cars, or the one that is named, let nobody in until the owner says
// otherwise. It makes cars safer, so it takes no PIN.
func blockFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[question, ground.Facts]{
		Name: "block", Version: 1,
		Lines: skill.FlowLines{Stopped: blockStopped, Left: blockStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ question, _ skill.Event) (ground.Facts, error) {
			return d.Gather(ctx, t, ground.Want{Account: true}) // the nicknames
		},
		Next: blockNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			e, ok := effect.(block)
			if !ok {
				return nil, fmt.Errorf("block: unknown effect %T", effect)
			}
			return carry(e.Cars, func(id vehicle.ID) (int, error) {
				b, err := d.Cars.Block(ctx, vehicle.Token(t.Token()), id)
				return len(b.Revoked), err
			}), nil
		},
	})
}

func blockNext(q question, ev skill.Event, f ground.Facts) (question, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		cars, doubt := carsMeant(f.Cars, ev.Slots)
		switch {
		case doubt == nil:
			return question{}, []skill.Act{skill.Do{Effect: block{Cars: cars}}}
		case asks(doubt):
			return q.put(askCar, doubt)
		default:
			return question{}, doubt
		}
	case skill.Done:
		result, ok := ev.Result.(tally)
		if ev.Err != nil || !ok {
			return question{}, []skill.Act{skill.Say{Key: skill.Sorry}}
		}
		return question{}, result.blocked(f)
	case skill.No:
		return question{}, []skill.Act{skill.Say{Key: blockStopped}}
	default:
		return q.aside(ev, blockHelp, ground.WhichCar(f.Cars))
	}
}

// blocked tells which cars let nobody in now, what that ended, and for which it is not known.
func (t tally) blocked(f ground.Facts) []skill.Act {
	if len(t.Done) == 0 {
		return ground.Apologize(t.Err)
	}
	acts := []skill.Act{skill.Say{Key: blockDone, Args: speech.Args{"cars": carList(t.Done)}}}
	if len(t.Done) == len(f.Cars) && len(t.Done) > 1 {
		acts = []skill.Act{skill.Say{Key: blockDoneAll}}
	}
	if t.Ended > 0 {
		acts = append(acts, skill.Say{Key: blockEnded, Args: speech.Args{"count": speech.Count(t.Ended)}})
	}
	if len(t.Missed) > 0 {
		return append(acts, skill.Say{Key: blockMissed, Args: speech.Args{"cars": carList(t.Missed)}})
	}
	return append(acts, skill.Say{Key: blockUntil})
}

// unblocking is the state of "let people in again".
type unblocking struct {
	question
	// Cars is set with the read-back: exactly these are what the PIN confirms.
	Cars []vehicle.ID `json:"cars,omitempty"`
}

// unblockFlow answers "unblock my Golf": the block is lifted after a read-back and the voice PIN. What the block
// ended stays ended.
func unblockFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[unblocking, ground.Facts]{
		Name: "unblock", Version: 1,
		Lines: skill.FlowLines{Stopped: unblockStopped, Left: unblockStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ unblocking, _ skill.Event) (ground.Facts, error) {
			return d.Gather(ctx, t, ground.Want{Account: true})
		},
		Next: unblockNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			switch e := effect.(type) {
			case ground.CheckPIN:
				return d.Compare(ctx, e)
			case unblock:
				return carry(e.Cars, func(id vehicle.ID) (int, error) {
					return 0, d.Cars.Unblock(ctx, vehicle.Token(t.Token()), id)
				}), nil
			default:
				return nil, fmt.Errorf("unblock: unknown effect %T", effect)
			}
		},
	})
}

func unblockNext(u unblocking, ev skill.Event, f ground.Facts) (unblocking, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return u.hear(ev, f)
	case skill.Done:
		return u.done(ev, f)
	case skill.No:
		return unblocking{}, []skill.Act{skill.Say{Key: unblockStopped}}
	}
	if u.Asking == askCar {
		return u.with(u.aside(ev, blockHelp, ground.WhichCar(f.Cars)))
	}
	cars := u.meant(f)
	if len(cars) == 0 {
		return unblocking{}, []skill.Act{skill.Say{Key: ground.Gone}}
	}
	return u.with(u.aside(ev, helpPIN, unblockReadBack(cars)))
}

func (u unblocking) with(q question, acts []skill.Act) (unblocking, []skill.Act) {
	if q.Asking == "" {
		return unblocking{}, acts
	}
	u.question = q
	return u, acts
}

// meant are the cars that were read back, as far as the owner still has them.
func (u unblocking) meant(f ground.Facts) []vehicle.Vehicle {
	var cars []vehicle.Vehicle
	for _, id := range u.Cars {
		if car, ok := f.Car(id); ok {
			cars = append(cars, car)
		}
	}
	return cars
}

func (u unblocking) hear(ev skill.Heard, f ground.Facts) (unblocking, []skill.Act) {
	if u.hearsPIN(ev) {
		check, ok := ground.HearPIN(ev.Slots["pin"], f)
		if !ok {
			return u.with(u.inVain(ground.PINUnclear, nil))
		}
		return u, []skill.Act{check}
	}
	var first []skill.Act
	if ev.Slots.Filled("pin") && u.Asking != askPIN {
		first = append(first, skill.Say{Key: ground.PINEarly})
	}
	u, acts := u.settle(ev.Slots, f)
	return u, append(first, acts...)
}

func (u unblocking) settle(slots skill.Slots, f ground.Facts) (unblocking, []skill.Act) {
	cars, doubt := carsMeant(f.Cars, slots)
	if doubt != nil && asks(doubt) {
		return u.with(u.put(askCar, doubt))
	}
	if doubt != nil {
		return unblocking{}, doubt
	}
	u.Cars = nil
	for _, car := range cars {
		if !car.BlockedSince.IsZero() {
			u.Cars = append(u.Cars, car.ID)
		}
	}
	switch notReady := ground.PINReady(f.Account.PIN); {
	case len(u.Cars) == 0 && len(cars) == 1:
		return unblocking{}, []skill.Act{skill.Say{Key: unblockNotThis, Args: ground.CarArg(cars[0])}}
	case len(u.Cars) == 0:
		return unblocking{}, []skill.Act{skill.Say{Key: unblockNone}}
	case notReady != nil:
		return unblocking{}, notReady
	}
	u.question = question{Asking: askPIN}
	return u, []skill.Act{unblockReadBack(u.meant(f))}
}

func unblockReadBack(cars []vehicle.Vehicle) skill.Ask {
	return skill.Ask{Key: unblockConfirm, Args: speech.Args{"cars": carList(cars)}, Elicit: "pin"}
}

func (u unblocking) done(ev skill.Done, f ground.Facts) (unblocking, []skill.Act) {
	if ev.Err != nil {
		return unblocking{}, ground.Apologize(ev.Err)
	}
	switch result := ev.Result.(type) {
	case pin.Verdict:
		switch j := ground.Judge(result); {
		case j.Right && len(u.meant(f)) > 0:
			return u, []skill.Act{skill.Do{Effect: unblock{Cars: u.meant(f)}}}
		case j.Right:
			return unblocking{}, []skill.Act{skill.Say{Key: ground.Gone}}
		case j.Again:
			return u, j.Acts
		default:
			return unblocking{}, j.Acts
		}
	case tally:
		if len(result.Done) == 0 {
			return unblocking{}, ground.Apologize(result.Err)
		}
		acts := []skill.Act{skill.Say{Key: unblockDone, Args: speech.Args{"cars": carList(result.Done)}}}
		if len(result.Missed) > 0 {
			acts = append(acts, skill.Say{Key: blockMissed, Args: speech.Args{"cars": carList(result.Missed)}})
		}
		return unblocking{}, acts
	default:
		return unblocking{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
}

const (
	blockStopped   speech.Key = "block.stopped"
	blockHelp      speech.Key = "block.help"
	blockDone      speech.Key = "block.done"
	blockDoneAll   speech.Key = "block.done_all"
	blockEnded     speech.Key = "block.ended"
	blockMissed    speech.Key = "block.missed"
	blockUntil     speech.Key = "block.until"
	unblockStopped speech.Key = "unblock.stopped"
	unblockNone    speech.Key = "unblock.none"
	unblockNotThis speech.Key = "unblock.not_this"
	unblockConfirm speech.Key = "unblock.confirm"
	unblockDone    speech.Key = "unblock.done"
)

func blockLines() speech.Table {
	return speech.Table{
		blockStopped:   speech.Says(),
		blockHelp:      speech.Says(),
		blockDone:      speech.Says("cars"),
		blockDoneAll:   speech.Says(),
		blockEnded:     speech.Says("count"),
		blockMissed:    speech.Says("cars"),
		blockUntil:     speech.Says(),
		unblockStopped: speech.Says(),
		unblockNone:    speech.Says(),
		unblockNotThis: speech.Says("car"),
		unblockConfirm: speech.Asks("cars"),
		unblockDone:    speech.Says("cars"),
	}
}
