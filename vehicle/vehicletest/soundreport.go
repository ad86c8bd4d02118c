package vehicletest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode"

	"github.com/trunkpass/trunkpass/vehicle"
)

// SoundBlock checks what letting nobody in has ended: since when, and each grant once.
func SoundBlock(now time.Time, b vehicle.Block) error {
	problems := unique("revoked grant", b.Revoked, func(id string) string { return id })
	if b.Since.IsZero() || b.Since.After(now.Add(skew)) {
		problems = append(problems, fmt.Errorf("blocked since %v", b.Since))
	}
	return errors.Join(problems...)
}

// SoundCommand checks a command: identities, known words, an end, and a failure if and only if it failed.
func SoundCommand(c vehicle.Command) error {
	statuses := []vehicle.CommandStatus{
		vehicle.Queued, vehicle.Sent, vehicle.Delivered, vehicle.Succeeded, vehicle.Failed, vehicle.TimedOut, vehicle.UnknownOutcome,
	}
	failures := []vehicle.CommandFailure{
		vehicle.CarAsleep, vehicle.CarUnreachable, vehicle.CarMoving, vehicle.CarBlocked, vehicle.GrantWithdrawn, vehicle.CarRefused,
	}
	switch {
	case c.ID == "" || c.Vehicle == "":
		return errors.New("a command without identity or car")
	case !slices.Contains([]vehicle.Act{"", vehicle.OpenTheTrunk, vehicle.Unlock, vehicle.Lock}, c.Act):
		return fmt.Errorf("%s: unknown act %q", c.ID, c.Act)
	case !slices.Contains(statuses, c.Status):
		return fmt.Errorf("%s: unknown status %q", c.ID, c.Status)
	case (c.Status == vehicle.Failed) != slices.Contains(failures, c.Failure), c.Status != vehicle.Failed && c.Failure != "":
		return fmt.Errorf("%s: %s because of %q", c.ID, c.Status, c.Failure)
	case c.CreatedAt.IsZero() || c.ExpiresAt.IsZero():
		return fmt.Errorf("%s: made at %v, ends at %v", c.ID, c.CreatedAt, c.ExpiresAt)
	}
	return nil
}

var troubleCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)

// SoundTroubleCodes checks what a car's self-diagnosis remembers: each code once, in a known state.
func SoundTroubleCodes(now time.Time, codes vehicle.TroubleCodes) error {
	problems := unique("trouble code", codes.Codes, func(c vehicle.TroubleCode) string { return c.Code })
	problems = append(problems, soundReading(now, codes.EngineLight))
	for _, c := range codes.Codes {
		switch {
		case !troubleCode.MatchString(c.Code):
			problems = append(problems, fmt.Errorf("%q is no code", c.Code))
		case !slices.Contains([]vehicle.CodeStatus{vehicle.StoredCode, vehicle.PendingCode, vehicle.PermanentCode}, c.Status):
			problems = append(problems, fmt.Errorf("%s: unknown state %q", c.Code, c.Status))
		case c.FirstSeen.After(now.Add(skew)):
			problems = append(problems, fmt.Errorf("%s: first seen in the future", c.Code))
		}
	}
	return errors.Join(problems...)
}

// SoundLocation checks a place: on earth, and words that can be spoken. It tells no place.
func SoundLocation(now time.Time, l vehicle.Location) error {
	problems := []error{soundReading(now, l.Position)}
	p := l.Position.Value
	if !between(p.Latitude+90, 180) || !between(p.Longitude+180, 360) {
		problems = append(problems, errors.New("a place on another planet"))
	}
	if len([]rune(l.Address)) > 200 || slices.ContainsFunc([]rune(l.Address), func(r rune) bool { return !unicode.IsPrint(r) }) {
		problems = append(problems, errors.New("an address that cannot be spoken"))
	}
	if l.Address != "" && !l.Position.Available() {
		problems = append(problems, errors.New("the address of no place"))
	}
	return errors.Join(problems...)
}

// SoundTrips checks trips that were asked for by their span: each once, ended inside it, the newest first.
func SoundTrips(now, from, to time.Time, trips []vehicle.Trip) error {
	problems := unique("trip", trips, func(t vehicle.Trip) string { return t.ID })
	for i, t := range trips {
		if !t.Start.Before(t.End) || t.End.Before(from) || !t.End.Before(to) || t.End.After(now.Add(skew)) {
			problems = append(problems, fmt.Errorf("%s: from %v to %v", t.ID, t.Start, t.End))
		}
		if i > 0 && t.End.After(trips[i-1].End) {
			problems = append(problems, fmt.Errorf("%s: newer than the trip before it in the list", t.ID))
		}
		problems = append(problems, soundNumber(now, "distance", t.Distance, 10_000),
			soundNumber(now, "fuel", t.Fuel, 2000), soundNumber(now, "energy", t.Energy, 5000))
	}
	return errors.Join(problems...)
}

// eventTypes are those that conversations know; drivers skip all others.
var eventTypes = []vehicle.EventType{
	vehicle.GrantCreated, vehicle.GrantExtended, vehicle.GrantRevoked, vehicle.GrantRedeemed, vehicle.GrantExpired,
	vehicle.DeliveryEnRoute, vehicle.DeliveryArrived, vehicle.DeliveryCompleted,
	vehicle.TrunkOpened, vehicle.TrunkClosed, vehicle.TrunkLocked, vehicle.TrunkLeftOpen,
	vehicle.KeyBoxOpened, vehicle.KeyBoxClosed, vehicle.KeyMissing, vehicle.CommandSucceeded, vehicle.CommandFailed,
	vehicle.VehicleBlocked, vehicle.VehicleUnblocked, vehicle.VehicleAlert, vehicle.PositionReleased,
}

// SoundEvents checks what happened since an instant: each once, of a known type, the oldest first.
func SoundEvents(now, since time.Time, events []vehicle.Event) error {
	problems := unique("event", events, func(e vehicle.Event) string { return e.ID })
	actors := []vehicle.ActorKind{"", vehicle.ByOwner, vehicle.ByCourier, vehicle.ByGuest, vehicle.ByCar, vehicle.ByCloud}
	for i, e := range events {
		switch {
		case !slices.Contains(eventTypes, e.Type):
			problems = append(problems, fmt.Errorf("%s: unknown type %q", e.ID, e.Type))
		case e.At.IsZero() || e.At.Before(since.Truncate(time.Millisecond)) || e.At.After(now.Add(skew)):
			problems = append(problems, fmt.Errorf("%s: at %v", e.ID, e.At))
		case i > 0 && e.At.Before(events[i-1].At):
			problems = append(problems, fmt.Errorf("%s: older than the event before it in the list", e.ID))
		case !slices.Contains(actors, e.Actor.Kind) || e.Actor.Name != "" && !speakable(e.Actor.Name):
			problems = append(problems, fmt.Errorf("%s: by %+v", e.ID, e.Actor))
		case e.Exact && e.Type != vehicle.PositionReleased:
			problems = append(problems, fmt.Errorf("%s: %s, and an exact position", e.ID, e.Type))
		case e.Alert != "" && e.Type != vehicle.VehicleAlert:
			problems = append(problems, fmt.Errorf("%s: %s, and an alert", e.ID, e.Type))
		}
	}
	return errors.Join(problems...)
}
