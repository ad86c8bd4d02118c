package access

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/vehicle"
)

// courierFlow answers "let the courier into my trunk": a one-time grant for a verified carrier, read back
// and confirmed by the voice PIN.
func courierFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[courier, courierFacts]{
		Name: "courier", Version: 1,
		Lines: skill.FlowLines{Stopped: courierStopped, Left: courierLeft},
		Facts: func(ctx context.Context, t *skill.Turn, c courier, ev skill.Event) (courierFacts, error) {
			var carriers []vehicle.Carrier
			facts, err := d.Gather(ctx, t, ground.Want{
				Account: !c.onlyPIN(ev, t.Now),
				Also: func(ctx context.Context) (err error) {
					carriers, err = d.Cars.Carriers(ctx, vehicle.Token(t.Token()))
					return err
				},
			})
			return courierFacts{Facts: facts, Carriers: carriers}, err
		},
		Next: courierNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			token := vehicle.Token(t.Token())
			switch e := effect.(type) {
			case readGrants:
				return d.Cars.Grants(ctx, token, e.Car)
			case ground.CheckPIN:
				return d.Compare(ctx, t, e)
			case grant:
				return d.Cars.CreateGrant(ctx, token, e.Key, e.Request)
			default:
				return nil, fmt.Errorf("courier: unknown effect %T", effect)
			}
		},
	})
}

// onlyPIN reports whether the turn can be decided without the account: it answers the PIN question, or
// repeats it.
func (c courier) onlyPIN(ev skill.Event, now time.Time) bool {
	if heard, ok := ev.(skill.Heard); ok && (ground.SaysMoreThanPIN(heard.Slots) || c.faded(now)) {
		return false
	}
	return c.Asking == askPIN
}
