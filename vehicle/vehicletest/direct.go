package vehicletest

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// subject is what a Fleet and a bare driver have in common.
type subject interface {
	Household(context.Context, vehicle.Token) (vehicle.Household, error)
	Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error)

	Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error)
	Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error)
	CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error)

	ExtendGrant(context.Context, vehicle.Token, string, time.Time) (vehicle.Grant, error)
	RevokeGrant(context.Context, vehicle.Token, string) (vehicle.Grant, error)
	Block(context.Context, vehicle.Token, vehicle.ID) (vehicle.Block, error)
	Unblock(context.Context, vehicle.Token, vehicle.ID) error

	Send(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.ID, vehicle.Act) (vehicle.Command, error)
	Command(context.Context, vehicle.Token, string) (vehicle.Command, error)

	TroubleCodes(context.Context, vehicle.Token, vehicle.ID) (vehicle.TroubleCodes, error)
	Location(context.Context, vehicle.Token, vehicle.ID) (vehicle.Location, error)
	Trips(context.Context, vehicle.Token, vehicle.ID, time.Time, time.Time) ([]vehicle.Trip, error)
	Events(context.Context, vehicle.Token, vehicle.ID, time.Time) ([]vehicle.Event, error)
}

// direct drives a driver without a Fleet around it.
type direct struct{ driver vehicle.Driver }

// use makes a call with a power that the driver may lack. The suite makes none that the harness says it does.
func use[P vehicle.Driver, T any](d direct, call func(P) (T, error)) (T, error) {
	power, ok := d.driver.(P)
	if !ok {
		var none T
		return none, &vehicle.Error{Op: "use a power", Kind: vehicle.Unsupported, Outcome: vehicle.NotDone}
	}
	return call(power)
}

func (d direct) Household(ctx context.Context, token vehicle.Token) (vehicle.Household, error) {
	owner, err := d.driver.Owner(ctx, token)
	if err != nil {
		return vehicle.Household{}, err
	}
	vehicles, err := d.driver.Vehicles(ctx, token)
	return vehicle.Household{Owner: owner, Vehicles: vehicles}, err
}

func (d direct) Diagnosis(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Diagnosis, error) {
	return d.driver.Diagnosis(ctx, token, id)
}

func (d direct) Carriers(ctx context.Context, token vehicle.Token) ([]vehicle.Carrier, error) {
	return use(d, func(g vehicle.Granter) ([]vehicle.Carrier, error) { return g.Carriers(ctx, token) })
}

func (d direct) Grants(ctx context.Context, token vehicle.Token, id vehicle.ID) ([]vehicle.Grant, error) {
	return use(d, func(g vehicle.Granter) ([]vehicle.Grant, error) { return g.Grants(ctx, token, id) })
}

func (d direct) CreateGrant(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, r vehicle.GrantRequest) (vehicle.Grant, error) {
	return use(d, func(g vehicle.Granter) (vehicle.Grant, error) { return g.CreateGrant(ctx, token, key, r) })
}

func (d direct) ExtendGrant(ctx context.Context, token vehicle.Token, grant string, end time.Time) (vehicle.Grant, error) {
	return use(d, func(g vehicle.Gatekeeper) (vehicle.Grant, error) { return g.ExtendGrant(ctx, token, grant, end) })
}

func (d direct) RevokeGrant(ctx context.Context, token vehicle.Token, grant string) (vehicle.Grant, error) {
	return use(d, func(g vehicle.Gatekeeper) (vehicle.Grant, error) { return g.RevokeGrant(ctx, token, grant) })
}

func (d direct) Block(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Block, error) {
	return use(d, func(g vehicle.Gatekeeper) (vehicle.Block, error) { return g.Block(ctx, token, id) })
}

func (d direct) Unblock(ctx context.Context, token vehicle.Token, id vehicle.ID) error {
	_, err := use(d, func(g vehicle.Gatekeeper) (struct{}, error) { return struct{}{}, g.Unblock(ctx, token, id) })
	return err
}

func (d direct) Send(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, id vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	return use(d, func(c vehicle.Commander) (vehicle.Command, error) { return c.Send(ctx, token, key, id, act) })
}

func (d direct) Command(ctx context.Context, token vehicle.Token, id string) (vehicle.Command, error) {
	return use(d, func(c vehicle.Commander) (vehicle.Command, error) { return c.Command(ctx, token, id) })
}

func (d direct) TroubleCodes(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.TroubleCodes, error) {
	return use(d, func(h vehicle.Historian) (vehicle.TroubleCodes, error) { return h.TroubleCodes(ctx, token, id) })
}

func (d direct) Location(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Location, error) {
	return use(d, func(h vehicle.Historian) (vehicle.Location, error) { return h.Location(ctx, token, id) })
}

func (d direct) Trips(ctx context.Context, token vehicle.Token, id vehicle.ID, from, to time.Time) ([]vehicle.Trip, error) {
	return use(d, func(h vehicle.Historian) ([]vehicle.Trip, error) { return h.Trips(ctx, token, id, from, to) })
}

func (d direct) Events(ctx context.Context, token vehicle.Token, id vehicle.ID, since time.Time) ([]vehicle.Event, error) {
	return use(d, func(h vehicle.Historian) ([]vehicle.Event, error) { return h.Events(ctx, token, id, since) })
}
