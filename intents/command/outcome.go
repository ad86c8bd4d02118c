package command

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about a command, whatever it was.
const (
	commandSent       speech.Key = "command.sent"
	commandSentAsleep speech.Key = "command.sent_asleep"
	commandTimedOut   speech.Key = "command.timed_out"
	commandUnknown    speech.Key = "command.unknown"
	commandLost       speech.Key = "command.lost"
	commandNotNow     speech.Key = "command.not_now"
	commandBlocked    speech.Key = "command.blocked"
)

// failures tells why a car did not do it. A word that is missing here is the car's refusal.
var failures = map[vehicle.CommandFailure]speech.Key{
	vehicle.CarAsleep:      "command.failed_asleep",
	vehicle.CarUnreachable: "command.failed_unreachable",
	vehicle.CarMoving:      "command.failed_moving",
	vehicle.CarBlocked:     "command.failed_blocked",
	vehicle.GrantWithdrawn: "command.failed_withdrawn",
	vehicle.CarRefused:     "command.failed_refused",
}

var outcomeLines = func() speech.Table {
	t := speech.Table{
		commandSent: speech.Says(), commandSentAsleep: speech.Says(), commandTimedOut: speech.Says(),
		commandUnknown: speech.Says(), commandLost: speech.Says(), commandNotNow: speech.Says(),
		commandBlocked: speech.Says("car"),
	}
	for _, key := range failures {
		t[key] = speech.Says()
	}
	return t
}()

// How a command is followed. A car that is awake acts within five seconds; one that has to be woken takes up
// to a minute and a half, which no turn can wait for.
const (
	lookEvery = 500 * time.Millisecond
	mostLooks = 10
	// answerTakes is what is kept of the turn for the answer itself.
	answerTakes = 400 * time.Millisecond
)

// carryOut sends a command and follows it until it is over or the turn has to answer. Sent, it is never an
// error any more: how it is doing may be unknown, that it was accepted is not.
func carryOut(ctx context.Context, d ground.Deps, token vehicle.Token, key vehicle.IdempotencyKey, car vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	c, err := d.Cars.Send(ctx, token, key, car, act)
	if err != nil {
		return vehicle.Command{}, err
	}
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-answerTakes))
		defer cancel()
	}
	for range mostLooks {
		if c.Status.Final() || d.Pause(ctx, lookEvery) != nil {
			break
		}
		if now, err := d.Cars.Command(ctx, token, c.ID); err == nil {
			c = now
		}
	}
	return c, nil
}

// tell says how a command ended, or that it has not. Done is said of what the cloud confirmed and nothing else.
func tell(c vehicle.Command, car vehicle.Vehicle, done skill.Say) []skill.Act {
	key := commandUnknown
	switch {
	case c.Status == vehicle.Succeeded:
		return []skill.Act{done}
	case c.Status == vehicle.TimedOut:
		key = commandTimedOut
	case c.Status == vehicle.Failed:
		key = failures[c.Failure]
		if key == "" {
			key = failures[vehicle.CarRefused]
		}
	case !c.Status.Final() && car.Dongle.State == vehicle.Asleep:
		key = commandSentAsleep
	case !c.Status.Final():
		key = commandSent
	}
	return []skill.Act{skill.Say{Key: key}}
}

// fail says why a command was not even accepted, or that nobody knows.
func fail(err error, _ ground.At) []skill.Act {
	switch kind, outcome := vehicle.KindOf(err); {
	case outcome == vehicle.MaybeDone:
		return []skill.Act{skill.Say{Key: commandLost}}
	case kind == vehicle.Conflict:
		return []skill.Act{skill.Say{Key: commandNotNow}}
	case kind == vehicle.Unreachable:
		return []skill.Act{skill.Say{Key: failures[vehicle.CarUnreachable]}}
	}
	return ground.Apologize(err)
}
