// Package history holds the conversations about what has happened: whether the delivery came, who opened the
// trunk, who has seen where the car is, where it is now, and what becomes of the owner's data.
//
// They stand on intents/ground and are listed by intents.
package history

import (
	"context"
	"maps"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{deliveryLines, progressLines, openedLines, sightLines, whereLines, dataLines} {
		maps.Copy(all, part)
	}
	return all
}

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	looks := skill.Needs{Account: true}
	car := map[string]string{"car": "Car"}
	return []skill.Conversation{
		{Intent: "DeliveryStatus", Slots: map[string]string{"car": "Car", "carrier": "Carrier"}, Needs: looks, Flow: deliveries.Flow(d)},
		{Intent: "WhoOpenedTrunk", Slots: car, Needs: looks, Flow: openings.Flow(d)},
		{Intent: "WhoSawMyCar", Slots: car, Needs: looks, Flow: sights.Flow(d)},
		{
			Intent: "WhereIsMyCar", // the PIN only if the owner chose so, and then every time
			Slots:  map[string]string{"car": "Car", "pin": "AMAZON.FOUR_DIGIT_NUMBER"},
			Needs:  skill.Needs{Account: true, PIN: true},
			Flow:   where.Flow(d),
		},
		{Intent: "MyData", Needs: looks, Flow: data()},
	}
}

const (
	// rememberFor is how far back these conversations look; clouds keep more, but a driver asks about this week.
	rememberFor = 7 * 24 * time.Hour
	// mostTold is how many things of a kind are told one by one: more cannot be followed by ear.
	mostTold = 3
)

// readWeek reads what happened to a car in the last week, oldest first.
func readWeek(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) ([]vehicle.Event, error) {
	return d.Cars.Events(ctx, token, at.Car.ID, at.Facts.Now.Add(-rememberFor))
}

// ago says when something was, on the driver's clock.
func ago(at time.Time, f ground.Facts) speech.Ago {
	return speech.Ago{At: f.Here(at), Now: f.Here(f.Now)}
}
