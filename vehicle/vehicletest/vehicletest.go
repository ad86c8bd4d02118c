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
//
// The powers that a driver has beyond [vehicle.Driver] must be those that the harness describes: a driver that
// lost one by mistake fails instead of skipping its cases.
type Harness struct {
	// Driver under test.
	Driver vehicle.Driver
	// Now is the clock of the world behind the driver.
	Now func() time.Time
	// SignIn makes a new token of an owner with at least one car.
	SignIn func(t *testing.T) vehicle.Token
	// SignInNeighbor makes a token of somebody else with at least one car. Nil if there is nobody else.
	SignInNeighbor func(t *testing.T) vehicle.Token
	// Expire makes a token useless. Nil if it cannot be done; a token that never was is tried anyway.
	Expire func(t *testing.T, token vehicle.Token)
	// LoseNextReply makes the next request that changes something take effect and its answer vanish. Nil if
	// it cannot be done.
	LoseNextReply func(t *testing.T)
	// Pass makes so much time pass for the world behind the driver, and for Now. Nil if it cannot be done.
	Pass func(t *testing.T, d time.Duration)

	// Grants is nil if the driver is no [vehicle.Granter].
	Grants *Grants
	// Gatekeeper says that the driver is a [vehicle.Gatekeeper]: what Grants describes can be moved and ended.
	Gatekeeper bool
	// Commands is nil if the driver is no [vehicle.Commander].
	Commands *Commands
	// History is nil if the driver is no [vehicle.Historian].
	History *History
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
	// Guest is somebody whom a code can be given. Empty if the cloud has no codes.
	Guest string
	// Shortest and Longest bound the length of a window, Ahead how far away it may start. Zero: no limit.
	Shortest, Longest, Ahead time.Duration
}

// Commands describes what cars can be asked to do.
type Commands struct {
	// Car is the owner's, stands, and can do all of Acts.
	Car  vehicle.ID
	Acts []vehicle.Act
	// Incapable is the owner's and can do none of Acts. Empty if there is none.
	Incapable vehicle.ID
	// Drive makes Car move, or stand again. Nil if it cannot be done.
	Drive func(t *testing.T, moving bool)
}

// History describes what a cloud remembers.
type History struct {
	// Car is the owner's, drove within the last week, and tells where it is.
	Car vehicle.ID
}

// patience bounds a call of the suite; a turn has less.
const patience = 30 * time.Second

// suite is the harness with one way to drive it.
type suite struct {
	Harness
	subject
	fleet bool // repeats what is harmless
}

// Run runs the suite, once directly and once through a Fleet.
func Run(t *testing.T, h Harness) {
	_, grants := h.Driver.(vehicle.Granter)
	_, gates := h.Driver.(vehicle.Gatekeeper)
	_, commands := h.Driver.(vehicle.Commander)
	_, history := h.Driver.(vehicle.Historian)
	for _, power := range []struct {
		name           string
		has, described bool
	}{
		{"Granter", grants, h.Grants != nil},
		{"Gatekeeper", gates, h.Gatekeeper},
		{"Commander", commands, h.Commands != nil},
		{"Historian", history, h.History != nil},
	} {
		if power.has != power.described {
			t.Fatalf("the driver is a %s: %t; the harness says so: %t", power.name, power.has, power.described)
		}
	}
	t.Run("direct", func(t *testing.T) { suite{h, direct{h.Driver}, false}.run(t) })
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
	if s.Gatekeeper {
		s.runGates(t)
	}
	if s.Commands != nil {
		s.runCommands(t)
	}
	if s.History != nil {
		s.runHistory(t)
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
	for call, err := range s.everyCall(t, token, id) {
		if want(t, err, vehicle.NotFound); t.Failed() {
			t.Fatalf("%s of %q", call, id)
		}
	}
}

// everyCall makes each call about a car that the driver has, and tells how it ended.
func (s suite) everyCall(t *testing.T, token vehicle.Token, id vehicle.ID) map[string]error {
	t.Helper()
	errs := map[string]error{}
	_, errs["Diagnosis"] = s.Diagnosis(within(t), token, id)
	if s.Harness.Grants != nil {
		_, errs["Grants"] = s.subject.Grants(within(t), token, id)
		request := s.request()
		request.Vehicle = id
		_, errs["CreateGrant"] = s.CreateGrant(within(t), token, newKey(), request)
	}
	if s.Gatekeeper {
		_, errs["Block"] = s.Block(within(t), token, id)
		errs["Unblock"] = s.Unblock(within(t), token, id)
	}
	if s.Commands != nil {
		_, errs["Send"] = s.Send(within(t), token, newKey(), id, s.Commands.Acts[0])
	}
	if s.History != nil {
		_, errs["TroubleCodes"] = s.TroubleCodes(within(t), token, id)
		_, errs["Location"] = s.Location(within(t), token, id)
		_, errs["Trips"] = s.Trips(within(t), token, id, s.Now().Add(-time.Hour), s.Now())
		_, errs["Events"] = s.Events(within(t), token, id, s.Now())
	}
	return errs
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
		errs := s.everyCall(t, token, "any")
		_, errs["Household"] = s.Household(within(t), token)
		if s.Harness.Grants != nil {
			_, errs["Carriers"] = s.Carriers(within(t), token)
		}
		if s.Gatekeeper {
			_, errs["ExtendGrant"] = s.ExtendGrant(within(t), token, "any", s.Now())
			_, errs["RevokeGrant"] = s.RevokeGrant(within(t), token, "any")
		}
		if s.Commands != nil {
			_, errs["Command"] = s.Command(within(t), token, "any")
		}
		for call, err := range errs {
			if want(t, err, vehicle.NotLinked); t.Failed() {
				t.Fatalf("%s with useless token %d", call, i)
			}
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

// car finds one of the owner's cars.
func (s suite) car(t *testing.T, token vehicle.Token, id vehicle.ID) vehicle.Vehicle {
	t.Helper()
	for _, v := range s.mustHousehold(t, token).Vehicles {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("the owner has no %s", id)
	return vehicle.Vehicle{}
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
