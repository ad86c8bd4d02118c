package history

import (
	"context"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// What is said about the owner's data.
const (
	dataWay       speech.Key = "data.way"
	dataDeletes   speech.Key = "data.deletes"
	dataCardTitle speech.Key = "data.card_title"
	dataCard      speech.Key = "data.card"
)

var dataLines = speech.Table{
	dataWay: speech.Says(), dataDeletes: speech.Says(), dataCardTitle: speech.Says(), dataCard: speech.Says(),
}

// data answers "export my data" and "delete my data". A voice can be anybody's, so nothing is handed out or
// deleted here: the owner page does it, where the owner is signed in.
func data() skill.Flow {
	return skill.NewFlow(skill.FlowSpec[told, struct{}]{
		Name: "data", Version: 1,
		Facts: func(context.Context, *skill.Turn, told, skill.Event) (struct{}, error) { return struct{}{}, nil },
		Next: func(s told, _ skill.Event, _ struct{}) (told, []skill.Act) {
			return s, []skill.Act{
				skill.Say{Key: dataWay}, skill.Say{Key: dataDeletes}, skill.Show{Title: dataCardTitle, Text: dataCard},
			}
		},
	})
}

// told is the state of a conversation that asks nothing.
type told struct{}

// Step names no question.
func (told) Step() string { return "" }
