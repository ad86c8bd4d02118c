package tests

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// parcel is what couriers bring in stories.
const parcel = "parcel-1"

// courier does what a carrier's courier does in a story: "ups sets out", "ups arrives", "ups opens", "ups
// delivers", each for the carrier's one delivery that is under way or due.
func (d *desk) courier(text string) error {
	carrier, what, _ := strings.Cut(text, " ")
	known, ok := d.demo.Carrier(carrier)
	if !ok {
		return fmt.Errorf("no carrier %q", carrier)
	}
	courier, err := dongle.NewCourier(dongle.Options{BaseURL: d.garageURL, Now: d.clock.now}, known.ClientID, known.ClientSecret)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), turnTime)
	defer cancel()
	list, err := courier.List(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(d dongle.Delivery) bool { return d.Status == vehicle.Active || d.Status == vehicle.Redeemed })
	if i < 0 {
		return fmt.Errorf("%s has no delivery now", carrier)
	}
	id := list[i].GrantID
	switch what {
	case "sets out":
		_, err = courier.EnRoute(ctx, id, parcel)
		return err
	case "delivers":
		_, err = courier.Complete(ctx, id)
		return err
	}
	at, err := courier.Delivery(ctx, id)
	if err != nil {
		return err
	}
	if at.Position == nil {
		return fmt.Errorf("%s does not know where the car is", carrier)
	}
	switch what {
	case "arrives":
		_, err = courier.Arrive(ctx, id, *at.Position)
	case "opens":
		_, err = courier.Open(ctx, id, parcel, *at.Position)
	default:
		err = fmt.Errorf("a courier does not know how to %q", what)
	}
	return err
}
