package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// remembered is how many finished commands of each act are worth keeping.
const remembered = 4

// Remember puts a command among the facts, or replaces it, and forgets what has long been over.
func (f *Facts) Remember(cmd Command, now time.Time) {
	list := slices.DeleteFunc(slices.Clone(f.Commands), func(c Command) bool { return c.ID == cmd.ID })
	list = append(list, cmd)
	slices.SortStableFunc(list, func(a, b Command) int { return a.CreatedAt.Compare(b.CreatedAt) })
	kept := map[vehicle.Act]int{}
	f.Commands = nil
	for _, c := range slices.Backward(list) {
		if c.Final(now) {
			if kept[c.Acts()]++; kept[c.Acts()] > remembered {
				continue
			}
		}
		f.Commands = append(f.Commands, c)
	}
	slices.Reverse(f.Commands)
}

// Pending counts the commands that are on their way.
func (f Facts) Pending(now time.Time) int {
	n := 0
	for _, c := range f.Commands {
		if !c.Final(now) {
			n++
		}
	}
	return n
}

// told is when the car last did an act that was asked of it; zero if it did not.
func (f Facts) told(act vehicle.Act, now time.Time) time.Time {
	var last time.Time
	for _, c := range f.Commands {
		if c.Acts() == act && c.Failed == "" && reached(c.FinishedAt, now) && c.FinishedAt.After(last) {
			last = c.FinishedAt
		}
	}
	return last
}

// moved is when a lid or the box, or the key in it, last moved.
func (f Facts) moved(act vehicle.Act, now time.Time) time.Time {
	var last time.Time
	for _, c := range f.Commands {
		if c.Acts() != act {
			continue
		}
		for _, at := range []time.Time{c.OpenedAt(), c.KeyOutAt, c.KeyBackAt, c.ClosesAt, c.LocksAt} {
			if reached(at, now) && at.After(last) {
				last = at
			}
		}
	}
	return last
}

// standsOpen reports whether what an act opens is open.
func (f Facts) standsOpen(act vehicle.Act, now time.Time) bool {
	return slices.ContainsFunc(f.Commands, func(c Command) bool { return c.Acts() == act && c.StandsOpen(now) })
}

// relocked reports whether no lid has been opened and not yet locked.
func (f Facts) relocked(now time.Time) bool {
	return !slices.ContainsFunc(f.Commands, func(c Command) bool {
		return c.Acts() == vehicle.OpenTheTrunk && c.Opened(now) && !c.Locked(now)
	})
}

// keyInside reports whether the key is in its box, as the latest opening left it.
func (f Facts) keyInside(now time.Time) bool {
	inside := true
	for _, c := range f.Commands {
		if c.Acts() == OpenBox && c.Opened(now) {
			inside = c.KeyInside(now)
		}
	}
	return inside
}

// byHand begins the id of what nobody asked the cloud for.
const byHand = "by hand "

// ByHand records an act that somebody does at the car itself. A trunk opened so stays open.
func (f *Facts) ByHand(act vehicle.Act, now time.Time) {
	f.Remember(Command{
		ID: byHand + string(act), Act: act, CreatedAt: now, ExpiresAt: now, SentAt: now, DeliveredAt: now, FinishedAt: now,
	}, now)
}

// Lift forgets what was imposed. What the car was told and how far it went stay as they are.
func (f *Facts) Lift(now time.Time) {
	f.Park(now)
	told := slices.DeleteFunc(slices.Clone(f.Commands), func(c Command) bool { return strings.HasPrefix(c.ID, byHand) })
	*f = Facts{Wandered: f.Wandered, Commands: told}
}
