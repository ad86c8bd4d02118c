package command

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about opening and unlocking. After the PIN no line names the car: the read-back did.
const (
	openUnable    speech.Key = "open.unable"
	openConfirm   speech.Key = "open.confirm"
	openMoving    speech.Key = "open.moving"
	openHelp      speech.Key = "open.help"
	openStopped   speech.Key = "open.stopped"
	openLeft      speech.Key = "open.left"
	openGaveUp    speech.Key = "open.gave_up"
	openDone      speech.Key = "open.done"
	unlockUnable  speech.Key = "unlock.unable"
	unlockConfirm speech.Key = "unlock.confirm"
	unlockMoving  speech.Key = "unlock.moving"
	unlockHelp    speech.Key = "unlock.help"
	unlockStopped speech.Key = "unlock.stopped"
	unlockLeft    speech.Key = "unlock.left"
	unlockGaveUp  speech.Key = "unlock.gave_up"
	unlockDone    speech.Key = "unlock.done"
	openHelpPIN   speech.Key = "open.help_pin"
)

var openLines = speech.Table{
	openUnable: speech.Says("car"), openConfirm: speech.Asks("car"), openMoving: speech.Says("car"), openHelp: speech.Says(),
	openStopped: speech.Says(), openLeft: speech.Says(), openGaveUp: speech.Says(), openDone: speech.Says(),
	unlockUnable: speech.Says("car"), unlockConfirm: speech.Asks("car"), unlockMoving: speech.Says("car"), unlockHelp: speech.Says(),
	unlockStopped: speech.Says(), unlockLeft: speech.Says(), unlockGaveUp: speech.Says(), unlockDone: speech.Says(),
	openHelpPIN: speech.Says(),
}

// openTrunk answers "open my trunk".
var openTrunk = ground.Confirm[vehicle.Command]{
	Name:     "open_trunk",
	Able:     func(v vehicle.Vehicle) bool { return v.Can(vehicle.OpenTrunk) },
	AtRest:   true,
	Hindered: blocked,
	Act:      sends(vehicle.OpenTheTrunk),
	Tell:     tells(openDone),
	Fail:     fail,
	Say: ground.ConfirmLines{
		Unable: openUnable, ReadBack: openConfirm, Moving: openMoving, HelpCar: openHelp, HelpPIN: openHelpPIN,
		Stopped: openStopped, Left: openLeft, GaveUp: openGaveUp,
	},
}

// unlock answers "unlock my car".
var unlock = ground.Confirm[vehicle.Command]{
	Name:     "unlock",
	Able:     func(v vehicle.Vehicle) bool { return v.Can(vehicle.UnlockDoors) },
	AtRest:   true,
	Hindered: blocked,
	Act:      sends(vehicle.Unlock),
	Tell:     tells(unlockDone),
	Fail:     fail,
	Say: ground.ConfirmLines{
		Unable: unlockUnable, ReadBack: unlockConfirm, Moving: unlockMoving, HelpCar: unlockHelp, HelpPIN: openHelpPIN,
		Stopped: unlockStopped, Left: unlockLeft, GaveUp: unlockGaveUp,
	},
}

// blocked refuses before a PIN is said for nothing: a blocked car opens for nobody.
func blocked(at ground.At) []skill.Act {
	if at.Car.BlockedSince.IsZero() {
		return nil
	}
	return []skill.Act{skill.Say{Key: commandBlocked, Args: ground.CarArg(at.Car)}}
}

func sends(act vehicle.Act) func(context.Context, ground.Deps, vehicle.Token, vehicle.IdempotencyKey, vehicle.ID) (vehicle.Command, error) {
	return func(ctx context.Context, d ground.Deps, token vehicle.Token, key vehicle.IdempotencyKey, car vehicle.ID) (vehicle.Command, error) {
		return carryOut(ctx, d, token, key, car, act)
	}
}

func tells(done speech.Key) func(vehicle.Command, ground.At) []skill.Act {
	return func(c vehicle.Command, at ground.At) []skill.Act { return tell(c, at.Car, skill.Say{Key: done}) }
}
