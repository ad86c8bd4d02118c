package command

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

var (
	golf = vehicle.Vehicle{ID: "veh_golf", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.OpenTrunk}}
	bolt = vehicle.Vehicle{ID: "veh_bolt", Name: "Bolt", Capabilities: []vehicle.Capability{vehicle.OpenTrunk, vehicle.LockDoors, vehicle.UnlockDoors}}
)

// slowCar is a cloud whose car is done after so many looks, or never; an error in place of a look is a look
// that failed.
type slowCar struct {
	ground.Cars
	refusal error
	looks   []error
	last    vehicle.CommandStatus
	keys    []vehicle.IdempotencyKey
	asked   int
	takes   time.Duration
}

func (c *slowCar) Send(_ context.Context, _ vehicle.Token, key vehicle.IdempotencyKey, car vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	c.keys = append(c.keys, key)
	return vehicle.Command{ID: "cmd_1", Vehicle: car, Act: act, Status: vehicle.Queued}, c.refusal
}

func (c *slowCar) Command(ctx context.Context, _ vehicle.Token, id string) (vehicle.Command, error) {
	if c.takes > 0 {
		select {
		case <-time.After(c.takes):
		case <-ctx.Done():
			return vehicle.Command{}, ctx.Err()
		}
	}
	status := vehicle.Sent
	if c.asked++; c.asked <= len(c.looks) && c.looks[c.asked-1] != nil {
		return vehicle.Command{}, c.looks[c.asked-1]
	}
	if c.asked > len(c.looks) && c.last != "" {
		status = c.last
	}
	return vehicle.Command{ID: id, Status: status}, nil
}

func TestCarryOut(t *testing.T) {
	lost := errors.New("no answer")
	for _, tc := range []struct {
		name  string
		car   slowCar
		want  vehicle.CommandStatus
		looks int
	}{
		{"at the third look", slowCar{looks: []error{nil, nil}, last: vehicle.Succeeded}, vehicle.Succeeded, 3},
		{"a look that fails is no failure of the car", slowCar{looks: []error{lost, lost}, last: vehicle.Failed}, vehicle.Failed, 3},
		{"never", slowCar{}, vehicle.Sent, mostLooks},
		{"nobody knows", slowCar{looks: []error{lost, lost, lost, lost, lost, lost, lost, lost, lost, lost}}, vehicle.Queued, mostLooks},
	} {
		t.Run(tc.name, func(t *testing.T) {
			waited := time.Duration(0)
			d := ground.Deps{Cars: &tc.car, Wait: func(_ context.Context, span time.Duration) error { waited += span; return nil }}
			c, err := carryOut(t.Context(), d, "", "key", "veh_golf", vehicle.OpenTheTrunk)
			if err != nil || c.Status != tc.want || tc.car.asked != tc.looks || waited != time.Duration(tc.looks)*lookEvery {
				t.Errorf("%s after %d looks and %s, %v; want %s after %d", c.Status, tc.car.asked, waited, err, tc.want, tc.looks)
			}
			if len(tc.car.keys) != 1 || tc.car.keys[0] != "key" {
				t.Errorf("sent with the keys %q", tc.car.keys)
			}
		})
	}
}

// A turn answers in time whatever the car does, and keeps what it needs for the answer.
func TestCarryOutEndsWithTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		car, began := slowCar{takes: 900 * time.Millisecond}, time.Now()
		c, err := carryOut(ctx, ground.Deps{Cars: &car}, "", "key", "veh_golf", vehicle.Lock)
		if err != nil || c.Status != vehicle.Sent {
			t.Errorf("%s, %v", c.Status, err)
		}
		if took := time.Since(began); took != 3*time.Second-answerTakes {
			t.Errorf("took %s", took)
		}
	})
}

func TestCarryOutRefused(t *testing.T) {
	car := slowCar{refusal: &vehicle.Error{Kind: vehicle.Conflict, Outcome: vehicle.NotDone}}
	if _, err := carryOut(t.Context(), ground.Deps{Cars: &car}, "", "key", "veh_golf", vehicle.Unlock); err == nil || car.asked != 0 {
		t.Errorf("error %v, %d looks", err, car.asked)
	}
}

// Done is said of success alone, and every other end has its own words.
func TestWhatBecameOfIt(t *testing.T) {
	asleep := bolt
	asleep.Dongle.State = vehicle.Asleep
	for _, tc := range []struct {
		status  vehicle.CommandStatus
		failure vehicle.CommandFailure
		car     vehicle.Vehicle
		want    string
	}{
		{vehicle.Succeeded, "", bolt, "say done"},
		{vehicle.Queued, "", bolt, "say command.sent"},
		{vehicle.Sent, "", bolt, "say command.sent"},
		{vehicle.Delivered, "", bolt, "say command.sent"},
		{vehicle.Sent, "", asleep, "say command.sent_asleep"},
		{vehicle.Succeeded, "", asleep, "say done"},
		{vehicle.TimedOut, "", asleep, "say command.timed_out"},
		{vehicle.UnknownOutcome, "", bolt, "say command.unknown"},
		{"a word of tomorrow", "", bolt, "say command.unknown"},
		{vehicle.Failed, vehicle.CarAsleep, bolt, "say command.failed_asleep"},
		{vehicle.Failed, vehicle.CarUnreachable, bolt, "say command.failed_unreachable"},
		{vehicle.Failed, vehicle.CarMoving, bolt, "say command.failed_moving"},
		{vehicle.Failed, vehicle.CarBlocked, bolt, "say command.failed_blocked"},
		{vehicle.Failed, vehicle.GrantWithdrawn, bolt, "say command.failed_withdrawn"},
		{vehicle.Failed, vehicle.CarRefused, bolt, "say command.failed_refused"},
		{vehicle.Failed, "a word of tomorrow", bolt, "say command.failed_refused"},
	} {
		c := vehicle.Command{Status: tc.status, Failure: tc.failure}
		if got := groundtest.Written(tell(c, tc.car, skill.Say{Key: "done"})); got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.status, tc.failure, got, tc.want)
		}
	}
}

func TestNotEvenAccepted(t *testing.T) {
	for _, tc := range []struct {
		kind    vehicle.Kind
		outcome vehicle.Outcome
		want    string
	}{
		{vehicle.Conflict, vehicle.NotDone, "say command.not_now"},
		{vehicle.Unreachable, vehicle.NotDone, "say command.failed_unreachable"},
		{vehicle.Unavailable, vehicle.MaybeDone, "say command.lost"},
		{vehicle.Unavailable, vehicle.NotDone, "say sorry.unavailable"},
		{vehicle.NotLinked, vehicle.NotDone, "say sorry.not_linked; link"},
		{vehicle.Unsupported, vehicle.NotDone, "say sorry.unsupported"},
	} {
		err := &vehicle.Error{Kind: tc.kind, Outcome: tc.outcome}
		if got := groundtest.Written(fail(err, ground.At{})); got != tc.want {
			t.Errorf("%s, %s: %s, want %s", tc.kind, tc.outcome, got, tc.want)
		}
		if got := groundtest.Written(lock.Tell(sent{err: err}, ground.At{Car: bolt})); got != tc.want {
			t.Errorf("lock: %s, %s: %s, want %s", tc.kind, tc.outcome, got, tc.want)
		}
	}
}

// A request that Alexa repeats locks once: the key is the request's.
func TestLockTakesTheKeyOfTheRequest(t *testing.T) {
	car := slowCar{last: vehicle.Succeeded}
	d := ground.Deps{Cars: &car, Wait: func(context.Context, time.Duration) error { return nil }}
	at := ground.At{Car: bolt, Facts: ground.Facts{RequestKey: "request", FreshKey: "fresh"}}
	s, err := lock.Read(t.Context(), d, "", at)
	if err != nil || len(car.keys) != 1 || car.keys[0] != "request" {
		t.Errorf("sent with the keys %q, %v", car.keys, err)
	}
	if got := groundtest.Written(lock.Tell(s, at)); got != "say lock.done" {
		t.Errorf("told: %s", got)
	}
}

func TestABlockedCarIsNotEvenReadBack(t *testing.T) {
	at := ground.At{Car: golf}
	if why := blocked(at); why != nil {
		t.Errorf("not blocked: %s", groundtest.Written(why))
	}
	at.Car.BlockedSince = groundtest.Tuesday()
	if got := groundtest.Written(blocked(at)); got != "say command.blocked" {
		t.Errorf("blocked: %s", got)
	}
}

func TestIsItOpenYet(t *testing.T) {
	minutesAgo := func(n int) time.Time { return groundtest.Tuesday().Add(-time.Duration(n) * time.Minute) }
	event := func(what vehicle.EventType, ago int, grant string) vehicle.Event {
		return vehicle.Event{Type: what, At: minutesAgo(ago), Command: "cmd", Grant: grant}
	}
	is := func(value bool, ago int) vehicle.Reading[bool] {
		return vehicle.Reading[bool]{Value: value, ObservedAt: minutesAgo(ago)}
	}
	door := func(locked vehicle.Reading[bool]) vehicle.Door {
		return vehicle.Door{Closure: vehicle.Closure{Locked: locked}}
	}
	never := vehicle.Reading[bool]{Missing: vehicle.NotReported}
	at := func(car vehicle.Vehicle, trunk vehicle.Reading[bool], doors []vehicle.Door, events ...vehicle.Event) ground.Seen[after] {
		d := vehicle.Diagnosis{Trunk: vehicle.Closure{Open: trunk}, Doors: doors}
		return ground.Seen[after]{Car: car, What: after{events, d}}
	}
	for _, tc := range []struct {
		name string
		seen []ground.Seen[after]
		want string
	}{
		{"it worked", []ground.Seen[after]{at(golf, is(true, 1), nil, event(vehicle.CommandSucceeded, 1, ""))}, "say status.worked; say status.trunk_open"},
		{"it failed", []ground.Seen[after]{at(golf, is(false, 1), nil, event(vehicle.CommandFailed, 1, ""))}, "say status.failed; say status.trunk_shut"},
		{"the last counts", []ground.Seen[after]{at(golf, never, nil, event(vehicle.CommandFailed, 5, ""), event(vehicle.CommandSucceeded, 1, ""))}, "say status.worked"},
		{"a courier's does not", []ground.Seen[after]{at(golf, is(false, 1), nil, event(vehicle.CommandSucceeded, 1, "grt"))}, "say status.nothing_by; say status.trunk_shut"},
		{"the car that acted", []ground.Seen[after]{
			at(bolt, never, []vehicle.Door{door(is(true, 1)), door(is(true, 1))}, event(vehicle.CommandSucceeded, 1, "")), at(golf, is(true, 1), nil),
		}, "say status.worked; say status.locked"},
		{"one door is not", []ground.Seen[after]{at(bolt, never, []vehicle.Door{door(is(true, 1)), door(is(false, 1))})}, "say status.nothing_by; say status.unlocked"},
		{"one door is silent", []ground.Seen[after]{at(bolt, never, []vehicle.Door{door(is(true, 1)), door(never)})}, "say status.nothing_by"},
		{"nothing, of the default car", []ground.Seen[after]{at(bolt, is(true, 1), nil), at(golf, is(false, 1), nil)}, "say status.nothing_by; say status.trunk_shut"},
		{"nothing, and old", []ground.Seen[after]{at(golf, is(false, 40), nil)}, "say status.nothing_by; say status.trunk_shut; say car.as_of"},
		{"nothing at all", []ground.Seen[after]{at(bolt, never, nil), at(bolt, never, nil)}, "say status.nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := ground.Facts{Now: groundtest.Tuesday(), Zone: time.UTC, Account: store.Account{Preferences: store.Preferences{DefaultCar: "veh_golf"}}}
			if got := groundtest.Written(tellStatus(tc.seen, "", f)); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}
