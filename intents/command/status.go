package command

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about how it went.
const (
	statusUnable   speech.Key = "status.unable"
	statusHelp     speech.Key = "status.help"
	statusWorked   speech.Key = "status.worked"
	statusFailed   speech.Key = "status.failed"
	statusNothing  speech.Key = "status.nothing"
	statusNoneYet  speech.Key = "status.nothing_by"
	statusOpen     speech.Key = "status.trunk_open"
	statusShut     speech.Key = "status.trunk_shut"
	statusLocked   speech.Key = "status.locked"
	statusUnlocked speech.Key = "status.unlocked"
)

var statusLines = speech.Table{
	statusUnable: speech.Says("car"), statusHelp: speech.Says(),
	statusWorked: speech.Says("car", "ago"), statusFailed: speech.Says("car", "ago"), statusNothing: speech.Says(),
	statusNoneYet: speech.Says("car"),
	statusOpen:    speech.Says(), statusShut: speech.Says(), statusLocked: speech.Says(), statusUnlocked: speech.Says(),
}

// recently is how far back the end of a command is looked for. A command runs within two minutes or never, so an
// older end belongs to an older command.
const recently = 2 * time.Minute

// status answers "is it open yet": what became of the last command of the last ten minutes, and how the car
// stands now. The session in which the command was given is usually over, so the cloud's memory is asked.
var status = ground.Survey[after]{
	Name: "command_status",
	Able: func(v vehicle.Vehicle) bool {
		return v.Can(vehicle.OpenTrunk) || v.Can(vehicle.UnlockDoors) || v.Can(vehicle.LockDoors)
	},
	Unable: statusUnable,
	Help:   statusHelp,
	Read: func(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (after, error) {
		var a after
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() (err error) {
			a.events, err = d.Cars.Events(ctx, token, at.Car.ID, at.Facts.Now.Add(-recently))
			return err
		})
		group.Go(func() (err error) {
			a.now, err = d.Cars.Diagnosis(ctx, token, at.Car.ID)
			return err
		})
		return a, group.Wait()
	},
	Tell: tellStatus,
}

// after is what is known of a car after a command.
type after struct {
	events []vehicle.Event // oldest first
	now    vehicle.Diagnosis
}

// command finds the end of the last command that was the owner's own, not a courier's.
func (a after) command() (vehicle.Event, bool) {
	for _, e := range slices.Backward(a.events) {
		if (e.Type == vehicle.CommandSucceeded || e.Type == vehicle.CommandFailed) && e.Grant == "" {
			return e, true
		}
	}
	return vehicle.Event{}, false
}

// tellStatus tells of the car that acted last. Where none has, it tells how a car stands only if there is no
// doubt which one is meant.
func tellStatus(seen []ground.Seen[after], _ string, f ground.Facts) []skill.Act {
	var last vehicle.Event
	var which *ground.Seen[after]
	for i := range seen {
		if e, ok := seen[i].What.command(); ok && (which == nil || e.At.After(last.At)) {
			last, which = e, &seen[i]
		}
	}
	if which == nil {
		preferred := slices.IndexFunc(seen, func(s ground.Seen[after]) bool {
			return len(seen) == 1 || string(s.Car.ID) == f.Account.Preferences.DefaultCar
		})
		if preferred < 0 {
			return []skill.Act{skill.Say{Key: statusNothing}}
		}
		car := seen[preferred]
		return append([]skill.Act{skill.Say{Key: statusNoneYet, Args: ground.CarArg(car.Car)}}, standing(car.What.now, f)...)
	}
	args := ground.CarArg(which.Car)
	args["ago"] = speech.Ago{At: f.Here(last.At), Now: f.Here(f.Now)}
	key := statusWorked
	if last.Type == vehicle.CommandFailed {
		key = statusFailed
	}
	return append([]skill.Act{skill.Say{Key: key, Args: args}}, standing(which.What.now, f)...)
}

// standing tells of a car that was just named whether the trunk is open and the doors are locked, as far as the car says so, with the age
// of the older of the two.
func standing(d vehicle.Diagnosis, f ground.Facts) []skill.Act {
	var acts []skill.Act
	var oldest time.Time
	say := func(yes bool, at time.Time, is, isNot speech.Key) {
		key := isNot
		if yes {
			key = is
		}
		acts = append(acts, skill.Say{Key: key})
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	if open := d.Trunk.Open; open.Available() {
		say(open.Value, open.ObservedAt, statusOpen, statusShut)
	}
	if locked, at, known := doorsLocked(d.Doors); known {
		say(locked, at, statusLocked, statusUnlocked)
	}
	return append(acts, f.AsOf(oldest)...)
}

// doorsLocked reports whether every door is locked; known only if every door says so, or one says it is not.
func doorsLocked(doors []vehicle.Door) (locked bool, oldest time.Time, known bool) {
	locked, known = true, len(doors) > 0
	for _, d := range doors {
		switch {
		case d.Locked.Available() && !d.Locked.Value:
			return false, d.Locked.ObservedAt, true
		case !d.Locked.Available():
			known = false
		case oldest.IsZero() || d.Locked.ObservedAt.Before(oldest):
			oldest = d.Locked.ObservedAt
		}
	}
	return locked, oldest, known
}
