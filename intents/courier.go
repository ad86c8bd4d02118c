package intents

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/vehicle"
)

// courierFlow answers "let the courier into my trunk": a one-time grant for a verified carrier, read back
// and confirmed by the voice PIN.
func courierFlow(d Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[courier, courierFacts]{
		Name: "courier", Version: 1,
		Lines: skill.FlowLines{Stopped: courierStopped, Left: courierLeft},
		Facts: d.courierFacts,
		Next:  courierNext,
		Do:    d.courierDo,
	})
}

func (d Deps) courierFacts(ctx context.Context, t *skill.Turn, c courier, ev skill.Event) (courierFacts, error) {
	facts := courierFacts{Now: t.Now, FreshKey: vehicle.IdempotencyKey(t.FreshID)}
	token := vehicle.Token(t.Token())
	var home, here *time.Location
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		household, err := d.Cars.Household(ctx, token)
		if err != nil {
			return err
		}
		home, facts.Cars = household.Owner.Zone, household.Vehicles
		if c.onlyPIN(ev, t.Now) {
			return nil // one read of the store per turn: the guard's own
		}
		facts.Account, err = d.Accounts.Account(ctx, household.Owner.ID)
		return err
	})
	group.Go(func() (err error) {
		facts.Carriers, err = d.Cars.Carriers(ctx, token)
		return err
	})
	group.Go(func() error {
		here = d.zone(ctx, t)
		return nil
	})
	if err := group.Wait(); err != nil {
		return courierFacts{}, err
	}
	facts.Zone = zoneOf(here, home)
	return facts, nil
}

// onlyPIN reports whether the turn can be decided without the account: it answers the PIN question, or
// repeats it.
func (c courier) onlyPIN(ev skill.Event, now time.Time) bool {
	heard, isHeard := ev.(skill.Heard)
	return c.Asking == askPIN && !(isHeard && (saysMoreThanPIN(heard.Slots) || c.faded(now)))
}

func (d Deps) courierDo(ctx context.Context, t *skill.Turn, effect any) (any, error) {
	token := vehicle.Token(t.Token())
	switch e := effect.(type) {
	case readGrants:
		return d.Cars.Grants(ctx, token, e.Car)
	case checkPIN:
		household, err := d.Cars.Household(ctx, token)
		if err != nil {
			return nil, err
		}
		return d.PINs.Check(ctx, household.Owner.ID, e.Code)
	case grant:
		return d.Cars.CreateGrant(ctx, token, e.Key, e.Request)
	default:
		return nil, fmt.Errorf("courier: unknown effect %T", effect)
	}
}
