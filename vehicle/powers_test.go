package vehicle_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// powerful is a cloud with every optional power. Each of its calls counts and may fail.
type powerful struct {
	*cloud
	calls atomic.Int32
	fail  func(context.Context) error
	trips []vehicle.Trip
	codes []vehicle.TroubleCode
}

func (p *powerful) call(ctx context.Context) error {
	p.calls.Add(1)
	if p.fail == nil {
		return nil
	}
	return p.fail(ctx)
}

func (p *powerful) ExtendGrant(ctx context.Context, _ vehicle.Token, grant string, end time.Time) (vehicle.Grant, error) {
	return vehicle.Grant{ID: grant, Window: vehicle.Window{End: end}}, p.call(ctx)
}

func (p *powerful) RevokeGrant(ctx context.Context, _ vehicle.Token, grant string) (vehicle.Grant, error) {
	return vehicle.Grant{ID: grant}, p.call(ctx)
}

func (p *powerful) Block(ctx context.Context, _ vehicle.Token, _ vehicle.ID) (vehicle.Block, error) {
	return vehicle.Block{Revoked: []string{"g"}}, p.call(ctx)
}

func (p *powerful) Unblock(ctx context.Context, _ vehicle.Token, _ vehicle.ID) error {
	return p.call(ctx)
}

func (p *powerful) Send(ctx context.Context, _ vehicle.Token, key vehicle.IdempotencyKey, id vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	return vehicle.Command{ID: string(key), Vehicle: id, Act: act}, p.call(ctx)
}

func (p *powerful) Command(ctx context.Context, _ vehicle.Token, id string) (vehicle.Command, error) {
	return vehicle.Command{ID: id}, p.call(ctx)
}

func (p *powerful) TroubleCodes(ctx context.Context, _ vehicle.Token, _ vehicle.ID) (vehicle.TroubleCodes, error) {
	return vehicle.TroubleCodes{Codes: p.codes}, p.call(ctx)
}

func (p *powerful) Location(ctx context.Context, _ vehicle.Token, _ vehicle.ID) (vehicle.Location, error) {
	return vehicle.Location{Address: "Robson Street"}, p.call(ctx)
}

func (p *powerful) Trips(ctx context.Context, _ vehicle.Token, _ vehicle.ID, _, _ time.Time) ([]vehicle.Trip, error) {
	return p.trips, p.call(ctx)
}

func (p *powerful) Events(ctx context.Context, _ vehicle.Token, _ vehicle.ID, since time.Time) ([]vehicle.Event, error) {
	return []vehicle.Event{{ID: "e", At: since}}, p.call(ctx)
}

var (
	_ vehicle.Gatekeeper = (*powerful)(nil)
	_ vehicle.Commander  = (*powerful)(nil)
	_ vehicle.Historian  = (*powerful)(nil)
)

// powerCalls is every call of a Fleet that needs an optional power, and whether it writes.
var powerCalls = []struct {
	op     string
	writes bool
	call   func(context.Context, *vehicle.Fleet) error
}{
	{"extend grant", true, func(ctx context.Context, f *vehicle.Fleet) error {
		g, err := f.ExtendGrant(ctx, "token", "g", time.Unix(1, 0))
		return wrong(err, g.ID == "g" && g.Window.End.Equal(time.Unix(1, 0)))
	}},
	{"revoke grant", true, func(ctx context.Context, f *vehicle.Fleet) error {
		g, err := f.RevokeGrant(ctx, "token", "g")
		return wrong(err, g.ID == "g")
	}},
	{"block vehicle", true, func(ctx context.Context, f *vehicle.Fleet) error {
		b, err := f.Block(ctx, "token", "1")
		return wrong(err, len(b.Revoked) == 1)
	}},
	{"unblock vehicle", true, func(ctx context.Context, f *vehicle.Fleet) error { return f.Unblock(ctx, "token", "1") }},
	{"send command", true, func(ctx context.Context, f *vehicle.Fleet) error {
		c, err := f.Send(ctx, "token", "key", "1", vehicle.Lock)
		return wrong(err, c.ID == "key" && c.Vehicle == "1" && c.Act == vehicle.Lock)
	}},
	{"read command", false, func(ctx context.Context, f *vehicle.Fleet) error {
		c, err := f.Command(ctx, "token", "c")
		return wrong(err, c.ID == "c")
	}},
	{"read trouble codes", false, func(ctx context.Context, f *vehicle.Fleet) error {
		_, err := f.TroubleCodes(ctx, "token", "1")
		return err
	}},
	{"read location", false, func(ctx context.Context, f *vehicle.Fleet) error {
		l, err := f.Location(ctx, "token", "1")
		return wrong(err, l.Address != "")
	}},
	{"list trips", false, func(ctx context.Context, f *vehicle.Fleet) error {
		_, err := f.Trips(ctx, "token", "1", time.Unix(1, 0), time.Unix(2, 0))
		return err
	}},
	{"list events", false, func(ctx context.Context, f *vehicle.Fleet) error {
		list, err := f.Events(ctx, "token", "1", time.Unix(1, 0))
		return wrong(err, len(list) == 1 && list[0].At.Equal(time.Unix(1, 0)))
	}},
}

// wrong turns a wrong answer into an error.
func wrong(err error, right bool) error {
	if err == nil && !right {
		return errors.New("the answer is not the driver's")
	}
	return err
}

func TestPowers(t *testing.T) {
	for _, row := range powerCalls {
		if err := row.call(t.Context(), fleetOver(&powerful{cloud: healthy()})); err != nil {
			t.Errorf("%s: %v", row.op, err)
		}
	}
}

// Whoever lacks a power hears that nothing was done, and why.
func TestFleetWithoutPowers(t *testing.T) {
	for _, row := range powerCalls {
		err := row.call(t.Context(), fleetOver(healthy()))
		wantError(t, err, vehicle.Unsupported, vehicle.NotDone)
		if e, ok := errors.AsType[*vehicle.Error](err); !ok || e.Op != row.op {
			t.Errorf("%s: got %v", row.op, err)
		}
	}
}

// What may have happened is repeated where that is harmless, and a dead token never.
func TestPowersAreRepeated(t *testing.T) {
	for _, row := range powerCalls {
		for _, failure := range []struct {
			kind    vehicle.Kind
			outcome vehicle.Outcome
			again   bool
		}{
			{vehicle.Unavailable, vehicle.NotDone, true},
			{vehicle.Unavailable, vehicle.MaybeDone, row.writes},
			{vehicle.NotLinked, vehicle.NotDone, false},
			{vehicle.Conflict, vehicle.NotDone, false},
		} {
			synctest.Test(t, func(t *testing.T) {
				p := &powerful{cloud: healthy()}
				p.fail = func(context.Context) error {
					if p.calls.Load() > 1 {
						return nil
					}
					return fail(failure.kind, failure.outcome)
				}
				err := row.call(t.Context(), fleetOver(p))
				if again := p.calls.Load() == 2; again != failure.again || again != (err == nil) {
					t.Errorf("%s after %s (%s): got %d calls and %v", row.op, failure.kind, failure.outcome, p.calls.Load(), err)
				}
			})
		}
	}
}

// The list of cars tells which are blocked, so that it must not be older than a block, nor than an attempt at
// one that may have happened.
func TestBlockForgetsHousehold(t *testing.T) {
	for name, failure := range map[string]error{
		"done":       nil,
		"maybe done": fail(vehicle.Internal, vehicle.MaybeDone),
	} {
		var asked atomic.Int32
		c := healthy()
		vehicles := c.vehicles
		c.vehicles = func(ctx context.Context) ([]vehicle.Vehicle, error) { asked.Add(1); return vehicles(ctx) }
		f := fleetOver(&powerful{cloud: c, fail: func(context.Context) error { return failure }})
		look := func(want int32) {
			t.Helper()
			if _, err := f.Household(t.Context(), "token"); err != nil {
				t.Fatal(err)
			}
			if asked.Load() != want {
				t.Errorf("%s: the cars were listed %d times, want %d", name, asked.Load(), want)
			}
		}
		look(1)
		look(1)
		_, _ = f.Block(t.Context(), "token", "1")
		look(2)
		_ = f.Unblock(t.Context(), "token", "1")
		look(3)
		_, _ = f.RevokeGrant(t.Context(), "token", "g") // says nothing about the cars
		look(3)
		_, _ = f.Block(t.Context(), "another token", "1")
		look(3)
	}
}

func TestFleetSortsHistory(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	p := &powerful{
		cloud: healthy(),
		trips: []vehicle.Trip{{ID: "b", End: at(10)}, {ID: "d", End: at(5)}, {ID: "a", End: at(10)}, {ID: "c", End: at(20)}},
		codes: []vehicle.TroubleCode{{Code: "U0100"}, {Code: "P0420"}, {Code: "B1000"}},
	}
	trips, codes := append([]vehicle.Trip(nil), p.trips...), append([]vehicle.TroubleCode(nil), p.codes...)
	f := fleetOver(p)
	sortedTrips, err := f.Trips(t.Context(), "token", "1", at(0), at(30))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, trip := range sortedTrips {
		order = append(order, trip.ID)
	}
	sortedCodes, err := f.TroubleCodes(t.Context(), "token", "1")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range sortedCodes.Codes {
		order = append(order, code.Code)
	}
	if got, want := strings.Join(order, " "), "c a b d B1000 P0420 U0100"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !reflect.DeepEqual(p.trips, trips) || !reflect.DeepEqual(p.codes, codes) {
		t.Error("the driver's own lists were changed")
	}
}
