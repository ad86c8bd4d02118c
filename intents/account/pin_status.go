package account

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

const (
	pinIsSet     speech.Key = "pin_status.set"
	pinIsLocked  speech.Key = "pin_status.locked"
	pinIsMissing speech.Key = "pin_status.missing"
	pinCardTitle speech.Key = "pin_status.card_title"
	pinCard      speech.Key = "pin_status.card"
)

var pinStatusLines = speech.Table{
	pinIsSet: speech.Says(), pinIsLocked: speech.Says(), pinIsMissing: speech.Says(), pinCardTitle: speech.Says(), pinCard: speech.Says(),
}

// pinStatusFlow answers "do I have a PIN" and "change my PIN": how it stands, and where it is changed. It is
// never changed by voice.
func pinStatusFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[nothing, ground.Facts]{
		Name: "pin_status", Version: 1,
		Facts: func(ctx context.Context, t *skill.Turn, _ nothing, _ skill.Event) (ground.Facts, error) {
			return d.Gather(ctx, t, ground.Want{Account: true})
		},
		Next: func(s nothing, _ skill.Event, f ground.Facts) (nothing, []skill.Act) {
			say := skill.Say{Key: pinIsSet}
			switch {
			case !f.Account.PIN.IsSet():
				say.Key = pinIsMissing
			case f.Account.PIN.Locked():
				say.Key = pinIsLocked
			}
			return s, []skill.Act{say, skill.Show{Title: pinCardTitle, Text: pinCard}}
		},
	})
}
