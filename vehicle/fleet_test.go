package vehicle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// cloud is a Granter whose every call is a function of the test's.
type cloud struct {
	owner     func(context.Context) (vehicle.Owner, error)
	vehicles  func(context.Context) ([]vehicle.Vehicle, error)
	diagnosis func(context.Context) (vehicle.Diagnosis, error)
	carriers  func(context.Context) ([]vehicle.Carrier, error)
	grants    func(context.Context) ([]vehicle.Grant, error)
	create    func(context.Context, vehicle.IdempotencyKey) (vehicle.Grant, error)
}

func (c *cloud) Owner(ctx context.Context, _ vehicle.Token) (vehicle.Owner, error) {
	return c.owner(ctx)
}

func (c *cloud) Vehicles(ctx context.Context, _ vehicle.Token) ([]vehicle.Vehicle, error) {
	return c.vehicles(ctx)
}

func (c *cloud) Diagnosis(ctx context.Context, _ vehicle.Token, _ vehicle.ID) (vehicle.Diagnosis, error) {
	return c.diagnosis(ctx)
}

func (c *cloud) Carriers(ctx context.Context, _ vehicle.Token) ([]vehicle.Carrier, error) {
	return c.carriers(ctx)
}

func (c *cloud) Grants(ctx context.Context, _ vehicle.Token, _ vehicle.ID) ([]vehicle.Grant, error) {
	return c.grants(ctx)
}

func (c *cloud) CreateGrant(ctx context.Context, _ vehicle.Token, key vehicle.IdempotencyKey, _ vehicle.GrantRequest) (vehicle.Grant, error) {
	return c.create(ctx, key)
}

// healthy answers everything at once, out of order.
func healthy() *cloud {
	return &cloud{
		owner: func(context.Context) (vehicle.Owner, error) { return vehicle.Owner{ID: "o", Zone: time.UTC}, nil },
		vehicles: func(context.Context) ([]vehicle.Vehicle, error) {
			return []vehicle.Vehicle{
				{ID: "3", Name: "Outback"}, {ID: "2", Name: "Golf"}, {ID: "4", Name: "Bolt"},
				{ID: "1", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.OpenTrunk, vehicle.LockDoors}},
			}, nil
		},
		diagnosis: func(context.Context) (vehicle.Diagnosis, error) {
			return vehicle.Diagnosis{Tires: []vehicle.Tire{{Wheel: vehicle.RearRight}, {Wheel: vehicle.FrontLeft}}}, nil
		},
		carriers: func(context.Context) ([]vehicle.Carrier, error) {
			return []vehicle.Carrier{{ID: "ups", Name: "UPS"}, {ID: "dhl", Name: "DHL"}}, nil
		},
		grants: func(context.Context) ([]vehicle.Grant, error) {
			late := vehicle.Window{Start: time.Unix(200, 0)}
			return []vehicle.Grant{{ID: "b", Window: late}, {ID: "a", Window: late}, {ID: "c", Window: vehicle.Window{Start: time.Unix(100, 0)}}}, nil
		},
		create: func(context.Context, vehicle.IdempotencyKey) (vehicle.Grant, error) {
			return vehicle.Grant{ID: "g"}, nil
		},
	}
}

func fleetOver(d vehicle.Driver) *vehicle.Fleet {
	return vehicle.NewFleet(d, vehicle.Options{Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2))})
}

func fail(kind vehicle.Kind, outcome vehicle.Outcome) *vehicle.Error {
	return &vehicle.Error{Op: "test", Kind: kind, Outcome: outcome}
}

// wantError checks the kind and outcome of an error, and that it is an *Error.
func wantError(t *testing.T, err error, kind vehicle.Kind, outcome vehicle.Outcome) {
	t.Helper()
	e, ok := errors.AsType[*vehicle.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *vehicle.Error", err)
	}
	if e.Kind != kind || e.Outcome != outcome {
		t.Errorf("got %v, want %s (%s)", err, kind, outcome)
	}
}

func TestFleetSorts(t *testing.T) {
	f := fleetOver(healthy())
	h, err := f.Household(t.Context(), "token")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, v := range h.Vehicles {
		order = append(order, v.Name+string(v.ID))
	}
	if got, want := strings.Join(order, " "), "Bolt4 Golf1 Golf2 Outback3"; got != want {
		t.Errorf("vehicles: got %s, want %s", got, want)
	}
	if got, want := h.Vehicles[1].Capabilities, []vehicle.Capability{vehicle.LockDoors, vehicle.OpenTrunk}; !reflect.DeepEqual(got, want) {
		t.Errorf("capabilities: got %v, want %v", got, want)
	}
	d, err := f.Diagnosis(t.Context(), "token", "1")
	if err != nil || d.Tires[0].Wheel != vehicle.FrontLeft {
		t.Errorf("tires: got %v, %v, want front left first", d.Tires, err)
	}
	carriers, err := f.Carriers(t.Context(), "token")
	if err != nil || carriers[0].ID != "dhl" {
		t.Errorf("carriers: got %v, %v, want DHL first", carriers, err)
	}
	grants, err := f.Grants(t.Context(), "token", "1")
	if err != nil || grants[0].ID+grants[1].ID+grants[2].ID != "cab" {
		t.Errorf("grants: got %v, %v, want c, a, b", grants, err)
	}
}

func TestHouseholdAsksBothAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		owner, vehicles := c.owner, c.vehicles
		c.owner = func(ctx context.Context) (vehicle.Owner, error) { time.Sleep(time.Second); return owner(ctx) }
		c.vehicles = func(ctx context.Context) ([]vehicle.Vehicle, error) { time.Sleep(time.Second); return vehicles(ctx) }
		start := time.Now()
		if _, err := fleetOver(c).Household(t.Context(), "token"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want the time of one call", took)
		}
	})
}

func TestHouseholdIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		c := healthy()
		owner := c.owner
		c.owner = func(ctx context.Context) (vehicle.Owner, error) { calls.Add(1); return owner(ctx) }
		f := fleetOver(c)
		ask := func(token vehicle.Token, want int32) {
			t.Helper()
			h, err := f.Household(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			h.Vehicles[0].Name = "scribbled" // what a caller does with its answer stays with it
			if calls.Load() != want {
				t.Errorf("got %d calls, want %d", calls.Load(), want)
			}
			if again, _ := f.Household(t.Context(), token); again.Vehicles[0].Name != "Bolt" {
				t.Errorf("the kept answer was changed: %v", again.Vehicles[0].Name)
			}
		}
		ask("one", 1)
		ask("two", 2) // another token is another household
		time.Sleep(5*time.Minute - time.Nanosecond)
		ask("one", 2)
		time.Sleep(time.Nanosecond)
		ask("one", 3)
	})
}

func TestHouseholdIsBounded(t *testing.T) {
	var calls atomic.Int32
	c := healthy()
	owner := c.owner
	c.owner = func(ctx context.Context) (vehicle.Owner, error) { calls.Add(1); return owner(ctx) }
	f := vehicle.NewFleet(c, vehicle.Options{Now: time.Now, CacheSize: 3})
	for _, step := range []struct {
		token vehicle.Token
		want  int32
	}{
		{"a", 1}, {"b", 2}, {"c", 3}, {"a", 3}, {"d", 4}, // d pushes out b, the least recently used
		{"a", 4}, {"b", 5},
	} {
		if _, err := f.Household(t.Context(), step.token); err != nil {
			t.Fatal(err)
		}
		if calls.Load() != step.want {
			t.Errorf("after %q: got %d calls, want %d", string(step.token), calls.Load(), step.want)
		}
	}
}

func TestNotLinkedForgetsHousehold(t *testing.T) {
	var calls atomic.Int32
	c := healthy()
	owner := c.owner
	c.owner = func(ctx context.Context) (vehicle.Owner, error) { calls.Add(1); return owner(ctx) }
	c.diagnosis = func(context.Context) (vehicle.Diagnosis, error) {
		return vehicle.Diagnosis{}, fail(vehicle.NotLinked, vehicle.NotDone)
	}
	f := fleetOver(c)
	for range 2 {
		if _, err := f.Household(t.Context(), "token"); err != nil {
			t.Fatal(err)
		}
		_, err := f.Diagnosis(t.Context(), "token", "1")
		wantError(t, err, vehicle.NotLinked, vehicle.NotDone)
	}
	if calls.Load() != 2 {
		t.Errorf("got %d calls, want 2: a dead token must not show its cars from memory", calls.Load())
	}
}

func TestConcurrentHouseholdsShareOneFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		c := healthy()
		owner := c.owner
		c.owner = func(ctx context.Context) (vehicle.Owner, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return owner(ctx)
		}
		f := fleetOver(c)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := f.Household(t.Context(), "token"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if calls.Load() != 1 {
			t.Errorf("got %d calls, want 1", calls.Load())
		}
	})
}

// One caller hanging up must not take down the others that wait for its call.
func TestFlightSurvivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		owner := c.owner
		c.owner = func(ctx context.Context) (vehicle.Owner, error) {
			select {
			case <-time.After(time.Second):
				return owner(ctx)
			case <-ctx.Done():
				return vehicle.Owner{}, &vehicle.Error{Op: "read owner", Kind: vehicle.Unavailable, Outcome: vehicle.NotDone, Err: ctx.Err()}
			}
		}
		f := fleetOver(c)
		impatient, hangUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := f.Household(impatient, "token")
			wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := f.Household(t.Context(), "token"); err != nil {
				t.Errorf("the patient caller got %v", err)
			}
		})
		synctest.Wait()
		hangUp()
		all.Wait()
	})
}

// A driver without grants answers Unsupported; embedding hides the Granter's methods.
func TestFleetOverReader(t *testing.T) {
	f := fleetOver(struct{ vehicle.Driver }{healthy()})
	_, carriersErr := f.Carriers(t.Context(), "token")
	_, grantsErr := f.Grants(t.Context(), "token", "1")
	_, createErr := f.CreateGrant(t.Context(), "token", "key", vehicle.GrantRequest{})
	for _, err := range []error{carriersErr, grantsErr, createErr} {
		wantError(t, err, vehicle.Unsupported, vehicle.NotDone)
	}
}

func TestFleetLogsNoToken(t *testing.T) {
	var log bytes.Buffer
	c := healthy()
	c.diagnosis = func(context.Context) (vehicle.Diagnosis, error) {
		return vehicle.Diagnosis{}, &vehicle.Error{Op: "read diagnosis", Kind: vehicle.Denied, Outcome: vehicle.NotDone, Code: "insufficient_scope"}
	}
	f := vehicle.NewFleet(c, vehicle.Options{Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, err := f.Diagnosis(t.Context(), "secret-token", "1")
	if text := log.String() + fmt.Sprint(err); strings.Contains(text, "secret") || !strings.Contains(text, "insufficient_scope") {
		t.Errorf("got %q, want the code and no token", text)
	}
}
