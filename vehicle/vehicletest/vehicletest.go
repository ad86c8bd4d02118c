// Package vehicletest is the conformance suite that every [vehicle.Driver] passes, driven directly and
// through [vehicle.Fleet]. A driver's own tests make a cloud, or something that behaves like one, describe
// it in a [Harness] and call [Run]. The functions named Sound… hold the invariants of domain values, for the
// suite and for fuzz tests.
package vehicletest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Harness describes a driver and the world behind it. What a cloud cannot do is left out, and the cases
// about it do not run; what is there must behave. The suite leaves grants behind.
type Harness struct {
	// Driver under test. If it is a [vehicle.Granter] too, Grants describes what it can grant.
	Driver vehicle.Driver
	// Now is the clock of the world behind the driver.
	Now func() time.Time
	// SignIn makes a new token of an owner with at least one car.
	SignIn func(t *testing.T) vehicle.Token
	// SignInNeighbor makes a token of somebody else with at least one car. Nil if there is nobody else.
	SignInNeighbor func(t *testing.T) vehicle.Token
	// Expire makes a token useless. Nil if it cannot be done; a token that never was is tried anyway.
	Expire func(t *testing.T, token vehicle.Token)
	// Grants is nil if the cloud lets nobody in.
	Grants *Grants
}

// Grants describes what a cloud can grant.
type Grants struct {
	// Car is the owner's and opens at AccessPoint.
	Car         vehicle.ID
	AccessPoint vehicle.AccessPoint
	// Incapable is the owner's and does not open. Empty if there is none.
	Incapable vehicle.ID
	// Carrier is verified; Unverified is known, but not verified. Unverified may be empty.
	Carrier, Unverified string
	// Shortest and Longest bound the length of a window, Ahead how far away it may start. Zero: no limit.
	Shortest, Longest, Ahead time.Duration
	// LoseNextReply makes the next request take effect and its answer vanish. Nil if it cannot be done.
	LoseNextReply func(t *testing.T)
}

// patience bounds a call of the suite; a turn has less.
const patience = 30 * time.Second

// subject is what a Fleet and a bare driver have in common.
type subject interface {
	Household(context.Context, vehicle.Token) (vehicle.Household, error)
	Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error)
	Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error)
	Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error)
	CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error)
}

// direct drives a driver without a Fleet around it.
type direct struct{ vehicle.Granter }

func (d direct) Household(ctx context.Context, token vehicle.Token) (vehicle.Household, error) {
	owner, err := d.Owner(ctx, token)
	if err != nil {
		return vehicle.Household{}, err
	}
	vehicles, err := d.Vehicles(ctx, token)
	return vehicle.Household{Owner: owner, Vehicles: vehicles}, err
}

// reader stands in for the methods that a driver without grants does not have; no case calls them.
type reader struct{ vehicle.Driver }

var errNoGrants = &vehicle.Error{Op: "grant", Kind: vehicle.Unsupported, Outcome: vehicle.NotDone}

func (reader) Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error) {
	return nil, errNoGrants
}

func (reader) Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error) {
	return nil, errNoGrants
}

func (reader) CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error) {
	return vehicle.Grant{}, errNoGrants
}

// suite is the harness with one way to drive it.
type suite struct {
	Harness
	subject
	fleet bool // repeats what is harmless
}

// Run runs the suite, once directly and once through a Fleet.
func Run(t *testing.T, h Harness) {
	granter, grants := h.Driver.(vehicle.Granter)
	if !grants {
		granter = reader{h.Driver}
	}
	if grants != (h.Grants != nil) {
		t.Fatalf("the driver grants: %t; the harness describes grants: %t", grants, h.Grants != nil)
	}
	t.Run("direct", func(t *testing.T) { suite{h, direct{granter}, false}.run(t) })
	t.Run("fleet", func(t *testing.T) {
		suite{h, vehicle.NewFleet(h.Driver, vehicle.Options{Now: h.Now}), true}.run(t)
	})
}

func (s suite) run(t *testing.T) {
	t.Run("Household", s.household)
	t.Run("Diagnosis", s.diagnosis)
	t.Run("NoSuchCar", s.noSuchCar)
	t.Run("UselessToken", s.uselessToken)
	t.Run("EndedContext", s.endedContext)
	if s.SignInNeighbor != nil {
		t.Run("ForeignCar", s.foreignCar)
	}
	if s.Harness.Grants != nil {
		s.runGrants(t)
	}
}

func (s suite) household(t *testing.T) {
	h := s.mustHousehold(t, s.SignIn(t))
	if err := errors.Join(SoundOwner(h.Owner), SoundVehicles(s.Now(), h.Vehicles)); err != nil {
		t.Error(err)
	}
	if len(h.Vehicles) == 0 {
		t.Error("the owner has no car")
	}
}

func (s suite) diagnosis(t *testing.T) {
	token := s.SignIn(t)
	for _, v := range s.mustHousehold(t, token).Vehicles {
		d, err := s.Diagnosis(within(t), token, v.ID)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if err := SoundDiagnosis(s.Now(), v.ID, d); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
		if v.Can(vehicle.TirePressure) && len(d.Tires) != len(vehicle.Wheels()) {
			t.Errorf("%s knows its tire pressures: got %d tires, want %d", v.ID, len(d.Tires), len(vehicle.Wheels()))
		}
	}
}

func (s suite) noSuchCar(t *testing.T) {
	for _, id := range []vehicle.ID{"no-such-car", "", "../me", "a b", "golf%00"} {
		s.cannotTouch(t, s.SignIn(t), id)
	}
}

// foreignCar: somebody else's car looks exactly like one that does not exist.
func (s suite) foreignCar(t *testing.T) {
	mine, theirs := s.mustHousehold(t, s.SignIn(t)), s.mustHousehold(t, s.SignInNeighbor(t))
	if mine.Owner.ID == theirs.Owner.ID {
		t.Fatalf("the neighbor is the owner: %q", mine.Owner.ID)
	}
	for _, v := range theirs.Vehicles {
		for _, own := range mine.Vehicles {
			if own.ID == v.ID {
				t.Errorf("%s is listed for both", v.ID)
			}
		}
		s.cannotTouch(t, s.SignIn(t), v.ID)
	}
}

// cannotTouch wants NotFound from every call about a car.
func (s suite) cannotTouch(t *testing.T, token vehicle.Token, id vehicle.ID) {
	t.Helper()
	_, err := s.Diagnosis(within(t), token, id)
	want(t, err, vehicle.NotFound)
	if s.Harness.Grants == nil {
		return
	}
	_, err = s.subject.Grants(within(t), token, id)
	want(t, err, vehicle.NotFound)
	request := s.request()
	request.Vehicle = id
	_, err = s.CreateGrant(within(t), token, newKey(), request)
	want(t, err, vehicle.NotFound)
}

func (s suite) uselessToken(t *testing.T) {
	tokens := []vehicle.Token{"", "never-was", "two words", "line\nbreak"}
	if s.Expire != nil {
		token := s.SignIn(t)
		s.mustHousehold(t, token) // it was good, and a Fleet remembers what it showed
		s.Expire(t, token)
		tokens = append(tokens, token)
	}
	for i, token := range tokens {
		_, err := s.Diagnosis(within(t), token, "any")
		want(t, err, vehicle.NotLinked)
		_, err = s.Household(within(t), token)
		want(t, err, vehicle.NotLinked)
		if s.Harness.Grants != nil {
			_, err = s.Carriers(within(t), token)
			want(t, err, vehicle.NotLinked)
			_, err = s.subject.Grants(within(t), token, s.Harness.Grants.Car)
			want(t, err, vehicle.NotLinked)
			_, err = s.CreateGrant(within(t), token, newKey(), s.request())
			want(t, err, vehicle.NotLinked)
		}
		if t.Failed() {
			t.Fatalf("with useless token %d", i)
		}
	}
}

func (s suite) endedContext(t *testing.T) {
	token := s.SignIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Household(ctx, token)
	want(t, err, vehicle.Unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error inside", err)
	}
}

func (s suite) mustHousehold(t *testing.T, token vehicle.Token) vehicle.Household {
	t.Helper()
	h, err := s.Household(within(t), token)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// want checks that an error is an *Error of this kind that certainly had no effect.
func want(t *testing.T, err error, kind vehicle.Kind) {
	t.Helper()
	e, ok := errors.AsType[*vehicle.Error](err)
	switch {
	case !ok:
		t.Errorf("got %v, want a *vehicle.Error: %s", err, kind)
	case e.Kind != kind || e.Outcome != vehicle.NotDone:
		t.Errorf("got %v, want %s (%s)", err, kind, vehicle.NotDone)
	case e.Op == "":
		t.Errorf("%v does not say what was attempted", err)
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// newKey is not from a seed: a cloud that outlives the test remembers keys.
func newKey() vehicle.IdempotencyKey { return vehicle.IdempotencyKey(rand.Text()) }
