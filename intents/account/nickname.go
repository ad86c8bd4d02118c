package account

import (
	"context"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	nicknameSet     speech.Key = "nickname.set"
	nicknameTaken   speech.Key = "nickname.taken"
	nicknameMissing speech.Key = "nickname.missing"
	nicknameLong    speech.Key = "nickname.too_long"
	nicknameHelp    speech.Key = "nickname.help"
)

var nicknameLines = speech.Table{
	nicknameSet: speech.Says("car", "name"), nicknameTaken: speech.Says(), nicknameMissing: speech.Says(), nicknameLong: speech.Says(),
	nicknameHelp: speech.Says(),
}

// longestNickname is what can still be said in one breath with the rest of a sentence.
const longestNickname = 40 // characters

// nickname answers "call my golf the red one". The name is kept with the account and is what every conversation
// says and understands from then on; the cloud's own name stays as it is.
var nickname = ground.Look[naming]{
	Name: "nickname", Help: nicknameHelp, NoDefault: true,
	Detail: func(slots skill.Slots) (string, []skill.Act) {
		name, ok := slots["nickname"].Text()
		switch {
		case !ok:
			return "", []skill.Act{skill.Say{Key: nicknameMissing}}
		case utf8.RuneCountInString(name) > longestNickname:
			return "", []skill.Act{skill.Say{Key: nicknameLong}}
		}
		return name, nil
	},
	Read: func(ctx context.Context, d ground.Deps, _ vehicle.Token, at ground.At) (naming, error) {
		if taken(at.Facts.Cars, at.Car.ID, at.Detail) {
			return naming{Taken: true}, nil
		}
		p := at.Facts.Account.Preferences
		p.Nicknames = maps.Clone(p.Nicknames)
		if p.Nicknames == nil {
			p.Nicknames = map[string]string{}
		}
		p.Nicknames[string(at.Car.ID)] = at.Detail
		return naming{}, save(ctx, d, at.Facts, p)
	},
	Tell: func(n naming, at ground.At) []skill.Act {
		args := ground.CarArg(at.Car)
		args["name"] = speech.Name(at.Detail)
		if n.Taken {
			return []skill.Act{skill.Say{Key: nicknameTaken, Args: args}}
		}
		return []skill.Act{skill.Say{Key: nicknameSet, Args: args}}
	},
}

// naming is what came of it.
type naming struct{ Taken bool }

// taken reports whether another car already goes by the name.
func taken(cars []vehicle.Vehicle, id vehicle.ID, name string) bool {
	for _, c := range cars {
		if c.ID != id && strings.EqualFold(c.Name, name) {
			return true
		}
	}
	return false
}
