package command

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about locking.
const (
	lockUnable speech.Key = "lock.unable"
	lockHelp   speech.Key = "lock.help"
	lockDone   speech.Key = "lock.done"
)

var lockLines = speech.Table{lockUnable: speech.Says("car"), lockHelp: speech.Says(), lockDone: speech.Says("car")}

// lock answers "lock my car": at once, without a PIN, because it makes the car safer. The key is that of the
// request, so that a request that Alexa repeats locks once.
var lock = ground.Look[sent]{
	Name:   "lock",
	Able:   func(v vehicle.Vehicle) bool { return v.Can(vehicle.LockDoors) },
	Unable: lockUnable,
	Help:   lockHelp,
	Read: func(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (sent, error) {
		c, err := carryOut(ctx, d, token, at.Facts.RequestKey, at.Car.ID, vehicle.Lock)
		return sent{c, err}, nil
	},
	Tell: func(s sent, at ground.At) []skill.Act {
		if s.err != nil {
			return fail(s.err, at)
		}
		return tell(s.command, at.Car, skill.Say{Key: lockDone, Args: ground.CarArg(at.Car)})
	},
}

// sent is a command that was sent, or why it was not: what became of a command has words of its own.
type sent struct {
	command vehicle.Command
	err     error
}
