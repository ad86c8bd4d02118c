package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/vehicle"
)

// A turn asks the cloud at most twice in sequence, and once when the list of cars is known: each question takes a second
// here, so the seconds of a turn are the questions that waited for each other.
func TestCloudCallsInSequence(t *testing.T) {
	t.Parallel()
	for _, row := range intents.Table(intents.Deps{}) {
		t.Run(row.Intent, func(t *testing.T) {
			var slots []string
			for name := range row.Slots {
				slots = append(slots, fmt.Sprintf(`%q:{"name":%q,"confirmationStatus":"NONE"}`, name, name))
			}
			body := requestBody(t, map[string]json.RawMessage{}, row.Intent, "", strings.Join(slots, ","))
			for known, most := range map[bool]time.Duration{false: 2 * time.Second, true: time.Second} {
				inSeconds(t, known, most, func(answer answering) { answer(t, body) })
			}
		})
	}
	t.Run("the PIN that lets a courier in", func(t *testing.T) {
		inSeconds(t, true, 2*time.Second, func(answer answering) {
			asked := mustSay(t, answer(t, courierBody(t)), "PIN") // the first second: carriers and grants, side by side
			mustSay(t, answer(t, pinBody(t, asked.SessionAttributes)), "UPS can open")
		})
	})
}

func inSeconds(t *testing.T, known bool, most time.Duration, turns func(answering)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newStillWorld(t)
		cars := &slowCars{stillWorld: w, known: known}
		answer := newBenchSkillOver(t, w, intents.Deps{Cars: cars, Accounts: w, PINs: w, Devices: w})
		began := time.Now()
		turns(answer)
		if took := time.Since(began); took > most {
			t.Errorf("%s of questions one after the other, want %s at most; the list of cars was known: %t", took, most, known)
		}
	})
}

// slowCars is a cloud that takes a second for each question; known cars are not asked for again.
type slowCars struct {
	*stillWorld
	known bool
}

func (c *slowCars) Household(ctx context.Context, token vehicle.Token) (vehicle.Household, error) {
	if !c.known {
		time.Sleep(time.Second)
		c.known = true
	}
	return c.stillWorld.Household(ctx, token)
}

func (c *slowCars) Diagnosis(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Diagnosis, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Diagnosis(ctx, token, id)
}

func (c *slowCars) Grants(ctx context.Context, token vehicle.Token, id vehicle.ID) ([]vehicle.Grant, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Grants(ctx, token, id)
}

func (c *slowCars) CreateGrant(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, r vehicle.GrantRequest) (vehicle.Grant, error) {
	time.Sleep(time.Second)
	return c.stillWorld.CreateGrant(ctx, token, key, r)
}

func (c *slowCars) RevokeGrant(ctx context.Context, token vehicle.Token, grant string) (vehicle.Grant, error) {
	time.Sleep(time.Second)
	return c.stillWorld.RevokeGrant(ctx, token, grant)
}

func (c *slowCars) Block(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Block, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Block(ctx, token, id)
}

func (c *slowCars) Send(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, id vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Send(ctx, token, key, id, act)
}

func (c *slowCars) TroubleCodes(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.TroubleCodes, error) {
	time.Sleep(time.Second)
	return c.stillWorld.TroubleCodes(ctx, token, id)
}

func (c *slowCars) Location(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Location, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Location(ctx, token, id)
}

func (c *slowCars) Trips(ctx context.Context, token vehicle.Token, id vehicle.ID, from, to time.Time) ([]vehicle.Trip, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Trips(ctx, token, id, from, to)
}

func (c *slowCars) Events(ctx context.Context, token vehicle.Token, id vehicle.ID, since time.Time) ([]vehicle.Event, error) {
	time.Sleep(time.Second)
	return c.stillWorld.Events(ctx, token, id, since)
}
