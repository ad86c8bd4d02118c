package history

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about where a car is.
const (
	whereConfirm  speech.Key = "where.confirm"
	whereHelp     speech.Key = "where.help"
	whereHelpPIN  speech.Key = "where.help_pin"
	whereStopped  speech.Key = "where.stopped"
	whereLeft     speech.Key = "where.left"
	whereGaveUp   speech.Key = "where.gave_up"
	whereAt       speech.Key = "where.at"
	whereNoWords  speech.Key = "where.no_words"
	whereNotKnown speech.Key = "where.not_known"
)

var whereLines = speech.Table{
	whereConfirm: speech.Asks("car"), whereHelp: speech.Says(), whereHelpPIN: speech.Says(),
	whereStopped: speech.Says(), whereLeft: speech.Says(), whereGaveUp: speech.Says(),
	whereAt: speech.Says("car", "place"), whereNoWords: speech.Says("car"), whereNotKnown: speech.Says("car"),
}

// where answers "where's my car": the place in words with its age, never as numbers. The cloud records each
// look, so the place is read only once it may be told.
var where = ground.Confirm[vehicle.Location]{
	Name: "where",
	Free: func(f ground.Facts) bool { return !f.Account.Preferences.LocationPIN },
	Act: func(ctx context.Context, d ground.Deps, token vehicle.Token, _ vehicle.IdempotencyKey, car vehicle.ID) (vehicle.Location, error) {
		return d.Cars.Location(ctx, token, car)
	},
	Tell: tellWhere,
	Say: ground.ConfirmLines{
		ReadBack: whereConfirm, HelpCar: whereHelp, HelpPIN: whereHelpPIN,
		Stopped: whereStopped, Left: whereLeft, GaveUp: whereGaveUp,
	},
}

func tellWhere(l vehicle.Location, at ground.At) []skill.Act {
	args := ground.CarArg(at.Car)
	switch {
	case !l.Position.Available():
		return []skill.Act{skill.Say{Key: whereNotKnown, Args: args}}
	case l.Address == "":
		return []skill.Act{skill.Say{Key: whereNoWords, Args: args}}
	}
	args["place"] = speech.Name(l.Address)
	return append([]skill.Act{skill.Say{Key: whereAt, Args: args}}, at.Facts.AsOf(l.Position.ObservedAt)...)
}
