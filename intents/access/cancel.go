package access

import (
	"context"
	"fmt"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// cancellation is the state of "cancel the delivery": which grants may be meant, by id.
type cancellation struct {
	question
	Among []string `json:"among,omitempty"`
}

// revoke ends a grant; its result is the grant.
type revoke struct{ Grant string }

// cancelFlow answers "cancel the delivery" and "take back the code". It makes a car safer, so it never takes a
// PIN; it asks only if several grants may be meant.
func cancelFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[cancellation, grantFacts]{
		Name: "cancel", Version: 1,
		Lines: skill.FlowLines{Stopped: cancelStopped, Left: cancelLeft},
		Facts: func(ctx context.Context, t *skill.Turn, _ cancellation, _ skill.Event) (grantFacts, error) {
			return gatherGrants(ctx, d, t, ground.Want{Account: true}) // the nicknames
		},
		Next: cancelNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			e, ok := effect.(revoke)
			if !ok {
				return nil, fmt.Errorf("cancel: unknown effect %T", effect)
			}
			return d.Cars.RevokeGrant(ctx, vehicle.Token(t.Token()), e.Grant)
		},
	})
}

func cancelNext(c cancellation, ev skill.Event, f grantFacts) (cancellation, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return c.hear(ev.Slots, f)
	case skill.Done:
		g, ok := ev.Result.(vehicle.Grant)
		switch {
		case ev.Err != nil:
			return cancellation{}, ground.Apologize(ev.Err)
		case !ok:
			return cancellation{}, []skill.Act{skill.Say{Key: skill.Sorry}}
		}
		return cancellation{}, []skill.Act{canceled(g, f)}
	case skill.No:
		return cancellation{}, []skill.Act{skill.Say{Key: cancelStopped}}
	}
	left, _ := narrow(f, c.Among, nil)
	if len(left) == 0 {
		return cancellation{}, []skill.Act{skill.Say{Key: grantsNone}}
	}
	return c.with(c.aside(ev, grantsHelpWhich, whichGrant(left, f.Facts)))
}

func (c cancellation) with(q question, acts []skill.Act) (cancellation, []skill.Act) {
	if q.Asking == "" {
		return cancellation{}, acts
	}
	c.question = q
	return c, acts
}

func (c cancellation) hear(slots skill.Slots, f grantFacts) (cancellation, []skill.Act) {
	meant, left, why := pick(f, c.Among, slots)
	switch {
	case why == nil:
		return c, []skill.Act{skill.Do{Effect: revoke{Grant: meant.ID}}}
	case len(left) == 0:
		return cancellation{}, why
	}
	c.Among = left
	return c.with(c.put(askWhich, why))
}

// canceled tells what has become of the grant: somebody may have been faster.
func canceled(g vehicle.Grant, f grantFacts) skill.Say {
	car, ok := f.Car(g.Vehicle)
	if !ok {
		return skill.Say{Key: cancelOver}
	}
	args := ground.CarArg(car)
	args["who"] = holder(g)
	switch {
	case g.MaxUses > 0 && g.Uses >= g.MaxUses:
		return skill.Say{Key: cancelUsed, Args: args}
	case !g.RevokedAt.IsZero():
		return skill.Say{Key: cancelDone, Args: args}
	default:
		return skill.Say{Key: cancelOver}
	}
}

const (
	cancelStopped speech.Key = "cancel.stopped"
	cancelLeft    speech.Key = "cancel.left"
	cancelDone    speech.Key = "cancel.done"
	cancelUsed    speech.Key = "cancel.used"
	cancelOver    speech.Key = "cancel.over"
)

func cancelLines() speech.Table {
	return speech.Table{
		cancelStopped: speech.Says(),
		cancelLeft:    speech.Says(),
		cancelDone:    speech.Says("who", "car"),
		cancelUsed:    speech.Says("who", "car"),
		cancelOver:    speech.Says(),
	}
}
