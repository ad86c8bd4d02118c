package sim

import (
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Opening is what a command to open will do, or did: instants planned when the cloud accepts it and read off
// against the clock ever after. A zero instant never comes.
type Opening struct {
	SentAt      time.Time // the cloud has handed it to the network
	DeliveredAt time.Time // the car has it; from here on the grant is used
	FinishedAt  time.Time // the car has acted, or has given up
	Failed      Failure   // why it did not open, if the car has it and it did not
	Mute        bool      // it opened, but the car never said so
	ClosesAt    time.Time // the courier shuts the lid
	LocksAt     time.Time // the car locks itself
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
	lockLo, lockHi       = 1 * time.Second, 2 * time.Second
)

// Plan lays out what will become of the command with this id, accepted now. It never runs after expires: a
// car that cannot be reached by then never gets it, because a trunk that opens later opens for nobody.
func (c Car) Plan(w World, f Facts, id string, now, expires time.Time) Opening {
	o := Opening{SentAt: now.Add(w.between(sendLo, sendHi, "send", id))}
	state, _ := c.dongleState(w, f, now)
	delivered := o.SentAt
	switch state {
	case vehicle.Online:
		delivered = delivered.Add(w.between(deliverLo, deliverHi, "deliver", id))
	case vehicle.Asleep:
		delivered = delivered.Add(w.between(wakeLo, wakeHi, "wake", id))
	default:
		return o // offline or unplugged: sent, and never delivered
	}
	finished := delivered.Add(w.between(actLo, actHi, "act", id))
	if !finished.Before(expires) {
		return o
	}
	o.DeliveredAt, o.FinishedAt = delivered, finished
	switch {
	case c.Moving(w, f, delivered):
		o.Failed = Moving
		return o
	case f.OpeningFails:
		o.Failed = Jammed
		return o
	}
	o.Mute = w.chance("mute", id) < w.Sky.Mute
	if !f.LidStaysOpen {
		o.Shut(w, id, now)
	}
	return o
}

// Shut plans the closing of the lid, about eight seconds after it opened but not before now, and the lock
// that follows it.
func (o *Opening) Shut(w World, id string, now time.Time) {
	o.ClosesAt = o.FinishedAt.Add(w.between(shutLo, shutHi, "shut", id))
	if o.ClosesAt.Before(now) {
		o.ClosesAt = now
	}
	o.LocksAt = o.ClosesAt.Add(w.between(lockLo, lockHi, "lock", id))
}

// Delivered reports whether the car has the command by now.
func (o Opening) Delivered(now time.Time) bool { return reached(o.DeliveredAt, now) }

// OpenedAt is when the lid opened or will open; zero if it never does.
func (o Opening) OpenedAt() time.Time {
	if o.Failed != "" {
		return time.Time{}
	}
	return o.FinishedAt
}

// Opened reports whether the lid has been opened by now.
func (o Opening) Opened(now time.Time) bool { return reached(o.OpenedAt(), now) }

// Locked reports whether the car was closed and locked again by now.
func (o Opening) Locked(now time.Time) bool { return reached(o.LocksAt, now) }

// LeftOpenAt is when the lid has stood open for too long; zero if it does not come to that.
func (o Opening) LeftOpenAt() time.Time {
	opened := o.OpenedAt()
	late := opened.Add(LeftOpenAfter)
	if opened.IsZero() || reached(o.ClosesAt, late) {
		return time.Time{}
	}
	return late
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
