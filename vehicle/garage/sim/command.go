package sim

import (
	"cmp"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// OpenBox is what a courier or a guest asks of a car with a key box; owners cannot.
const OpenBox vehicle.Act = "open_key_box"

// Order is what is asked of a car.
type Order struct {
	ID  string // of the command; what looks like chance follows from it
	Act vehicle.Act
	// ByOwner: an owner packs for minutes what a courier drops in seconds.
	ByOwner bool
}

// Command is one act that was asked of a car and its course: instants planned when the cloud accepts it and
// read off against the clock ever after. A zero instant never comes.
type Command struct {
	ID        string
	Act       vehicle.Act // [Command.Acts] reads it; files of before have none
	ByOwner   bool
	CreatedAt time.Time
	ExpiresAt time.Time
	// CanceledAt is when somebody took it back before the car had it, and Why the reason.
	CanceledAt time.Time
	Why        vehicle.CommandFailure

	SentAt      time.Time // the cloud has handed it to the network
	DeliveredAt time.Time // the car has it; from here on a grant is used
	FinishedAt  time.Time // the car has acted, or has given up
	Failed      Failure   // why it did not act, if the car has it and it did not
	Mute        bool      // it acted, but the car never said so
	ClosesAt    time.Time // the lid, or the box, is shut
	LocksAt     time.Time // and locked
	KeyOutAt    time.Time // of a key box: somebody takes the key
	KeyBackAt   time.Time // and brings it back
}

// Failure is why a car that has a command does not carry it out.
type Failure string

// The failures.
const (
	Jammed Failure = "jammed" // the actuator did not move
	Moving Failure = "moving" // the car refuses to open while it drives
)

// LeftOpenAfter is how long a lid may stand open before that is worth an event.
const LeftOpenAfter = 10 * time.Minute

// Delays from one stage to the next, each spread evenly over [lo, hi). A sleeping dongle is woken by a text
// message first; clouds report 5 to 90 seconds for the whole.
const (
	sendLo, sendHi       = 200 * time.Millisecond, 700 * time.Millisecond
	deliverLo, deliverHi = 700 * time.Millisecond, 2 * time.Second
	wakeLo, wakeHi       = 15 * time.Second, 40 * time.Second
	actLo, actHi         = 600 * time.Millisecond, 1500 * time.Millisecond
	shutLo, shutHi       = 7500 * time.Millisecond, 8500 * time.Millisecond
	packLo, packHi       = 2 * time.Minute, 4 * time.Minute
	lockLo, lockHi       = 1 * time.Second, 2 * time.Second
	takeLo, takeHi       = 2 * time.Second, 3 * time.Second
	returnLo, returnHi   = 10 * time.Second, 12 * time.Second
)

// Plan lays out what will become of an order, accepted now. It never runs after expires: a car that cannot be
// reached by then never gets it, because a trunk that opens later opens for nobody.
func (c Car) Plan(w World, f Facts, o Order, now, expires time.Time) Command {
	cmd := Command{ID: o.ID, Act: o.Act, ByOwner: o.ByOwner, CreatedAt: now, ExpiresAt: expires}
	cmd.SentAt = now.Add(w.between(sendLo, sendHi, "send", o.ID))
	state, _ := c.dongleState(w, f, now)
	delivered := cmd.SentAt
	switch state {
	case vehicle.Online:
		delivered = delivered.Add(w.between(deliverLo, deliverHi, "deliver", o.ID))
	case vehicle.Asleep:
		delivered = delivered.Add(w.between(wakeLo, wakeHi, "wake", o.ID))
	default:
		return cmd // offline or unplugged: sent, and never delivered
	}
	finished := delivered.Add(w.between(actLo, actHi, "act", o.ID))
	if !finished.Before(expires) {
		return cmd
	}
	cmd.DeliveredAt, cmd.FinishedAt = delivered, finished
	switch {
	case cmd.Acts() != vehicle.Lock && c.Moving(w, f, delivered):
		cmd.Failed = Moving
		return cmd
	case f.OpeningFails:
		cmd.Failed = Jammed
		return cmd
	}
	cmd.Mute = w.chance("mute", o.ID) < w.Sky.Mute
	switch act := cmd.Acts(); {
	case act == vehicle.OpenTheTrunk && !f.LidStaysOpen:
		cmd.Shut(w, now)
	case act == OpenBox:
		cmd.useKey(w, f)
	}
	return cmd
}

// Acts is what the command does. Files of before there were others hold nothing but openings of trunks.
func (c Command) Acts() vehicle.Act { return cmp.Or(c.Act, vehicle.OpenTheTrunk) }

// Shut plans the closing of the lid, about eight seconds after it opened or, by its owner, some minutes, but
// not before now, and the lock that follows it.
func (c *Command) Shut(w World, now time.Time) {
	lo, hi := shutLo, shutHi
	if c.ByOwner {
		lo, hi = packLo, packHi
	}
	c.ShutAt(w, c.FinishedAt.Add(w.between(lo, hi, "shut", c.ID)))
	if c.ClosesAt.Before(now) {
		c.ShutAt(w, now)
	}
}

// ShutAt plans the closing of the lid at an instant, and the lock that follows it.
func (c *Command) ShutAt(w World, at time.Time) {
	c.ClosesAt, c.LocksAt = at, at.Add(w.between(lockLo, lockHi, "lock", c.ID))
}

// useKey plans what happens at a key box: the key is taken, the parcel put in, the key brought back, and the box
// shut, which latches by itself. A key that is kept leaves an empty box, shut all the same.
func (c *Command) useKey(w World, f Facts) {
	c.KeyOutAt = c.FinishedAt.Add(w.between(takeLo, takeHi, "take", c.ID))
	back := c.KeyOutAt.Add(w.between(returnLo, returnHi, "return", c.ID))
	c.ClosesAt = back.Add(w.between(lockLo, lockHi, "lock", c.ID))
	c.LocksAt = c.ClosesAt
	if !f.KeyKept {
		c.KeyBackAt = back
	}
}

// Follow makes a lid that is up, or a key that is out, do what the facts say of them now. It reports whether that
// changed anything.
func (c *Command) Follow(w World, f Facts, now time.Time) bool {
	switch trunk := c.Acts() == vehicle.OpenTheTrunk; {
	case c.OpenedAt().IsZero(), trunk && reached(c.ClosesAt, now), !trunk && reached(c.KeyBackAt, now):
		return false // never opened, or over
	case trunk && f.LidStaysOpen:
		c.ClosesAt, c.LocksAt = time.Time{}, time.Time{}
	case trunk && c.ClosesAt.IsZero():
		c.Shut(w, now)
	case !trunk && f.KeyKept:
		c.KeyBackAt = time.Time{}
	case !trunk && c.KeyBackAt.IsZero():
		c.KeyBackAt = now
		if soon := c.KeyOutAt.Add(returnLo); now.Before(c.KeyOutAt) {
			c.KeyBackAt = soon
		}
	default:
		return false
	}
	return true
}

// Cancel takes back what has not reached the car. It reports whether there was anything to take back.
func (c *Command) Cancel(now time.Time, why vehicle.CommandFailure) bool {
	if c.Delivered(now) || c.Final(now) {
		return false
	}
	*c = Command{ID: c.ID, Act: c.Act, ByOwner: c.ByOwner, CreatedAt: c.CreatedAt, ExpiresAt: c.ExpiresAt, CanceledAt: now, Why: why}
	return true
}

// Status tells how the command is doing, why it failed if it did, and when it came to its end.
func (c Command) Status(now time.Time) (s vehicle.CommandStatus, why vehicle.CommandFailure, finished time.Time) {
	switch {
	case !c.CanceledAt.IsZero():
		return vehicle.Failed, cmp.Or(c.Why, vehicle.GrantWithdrawn), c.CanceledAt
	case c.DeliveredAt.IsZero() && !now.Before(c.ExpiresAt):
		return vehicle.TimedOut, "", c.ExpiresAt
	case now.Before(c.SentAt):
		return vehicle.Queued, "", time.Time{}
	case !c.Delivered(now):
		return vehicle.Sent, "", time.Time{}
	case now.Before(c.FinishedAt):
		return vehicle.Delivered, "", time.Time{}
	case c.Failed == Moving:
		return vehicle.Failed, vehicle.CarMoving, c.FinishedAt
	case c.Failed != "":
		return vehicle.Failed, vehicle.CarRefused, c.FinishedAt
	case c.Mute:
		return vehicle.UnknownOutcome, "", c.FinishedAt
	default:
		return vehicle.Succeeded, "", c.FinishedAt
	}
}

// Final reports whether the command has come to its end by now.
func (c Command) Final(now time.Time) bool {
	s, _, _ := c.Status(now)
	return s.Final()
}

// Standing reports whether the command runs or has acted, so that asking again means this one.
func (c Command) Standing(now time.Time) bool {
	s, _, _ := c.Status(now)
	return s != vehicle.Failed && s != vehicle.TimedOut
}

// Delivered reports whether the car has the command by now.
func (c Command) Delivered(now time.Time) bool { return reached(c.DeliveredAt, now) }

// OpenedAt is when the lid or the box opened or will open; zero if it never does.
func (c Command) OpenedAt() time.Time {
	if c.Failed != "" || c.Acts() != vehicle.OpenTheTrunk && c.Acts() != OpenBox {
		return time.Time{}
	}
	return c.FinishedAt
}

// Opened reports whether it has been opened by now.
func (c Command) Opened(now time.Time) bool { return reached(c.OpenedAt(), now) }

// StandsOpen reports whether what was opened is open at an instant.
func (c Command) StandsOpen(now time.Time) bool { return c.Opened(now) && !reached(c.ClosesAt, now) }

// Locked reports whether it was closed and locked again by now.
func (c Command) Locked(now time.Time) bool { return reached(c.LocksAt, now) }

// KeyMissingAt is when the box was shut without its key; zero if it was not.
func (c Command) KeyMissingAt() time.Time {
	if c.KeyOutAt.IsZero() || reached(c.KeyBackAt, c.ClosesAt) {
		return time.Time{}
	}
	return c.ClosesAt
}

// KeyInside reports whether the key is in the box, as far as this command moved it.
func (c Command) KeyInside(now time.Time) bool {
	return !reached(c.KeyOutAt, now) || reached(c.KeyBackAt, now)
}

// LeftOpenAt is when the lid has stood open for too long; zero if it does not come to that.
func (c Command) LeftOpenAt() time.Time {
	opened := c.OpenedAt()
	late := opened.Add(LeftOpenAfter)
	if opened.IsZero() || reached(c.ClosesAt, late) {
		return time.Time{}
	}
	return late
}

// When tells the instant of an event by the facts as they are now; zero if it will not come.
func (c Command) When(e vehicle.EventType) time.Time {
	end, _, finished := c.Status(c.ExpiresAt) // a command is over by then, one way or the other
	trunk, box := c.Acts() == vehicle.OpenTheTrunk, c.Acts() == OpenBox
	switch {
	case e == vehicle.GrantRedeemed:
		return c.DeliveredAt
	case e == vehicle.CommandSucceeded && end == vehicle.Succeeded,
		e == vehicle.CommandFailed && (end == vehicle.Failed || end == vehicle.TimedOut):
		return finished
	case e == vehicle.TrunkOpened && trunk, e == vehicle.KeyBoxOpened && box:
		return c.OpenedAt()
	case e == vehicle.TrunkClosed && trunk, e == vehicle.KeyBoxClosed && box:
		return c.ClosesAt
	case e == vehicle.TrunkLocked && trunk:
		return c.LocksAt
	case e == vehicle.TrunkLeftOpen && trunk:
		return c.LeftOpenAt()
	case e == vehicle.KeyMissing && box:
		return c.KeyMissingAt()
	default:
		return time.Time{}
	}
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
