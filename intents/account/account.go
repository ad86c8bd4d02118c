// Package account holds the conversations about the owner and the skill itself: the welcome, help, and what the
// owner prefers. A PIN is never set or changed here: that is the owner page's, never a voice's.
//
// They stand on intents/ground and are listed by intents.
package account

import (
	"context"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

const (
	welcome speech.Key = "skill.welcome"
	help    speech.Key = "skill.help"
)

// Lines is what these conversations may say.
func Lines() speech.Table {
	return speech.Table{welcome: speech.Asks(), help: speech.Asks()}
}

// Table lists the conversations with what each needs.
func Table(ground.Deps) []skill.Conversation { return nil }

// Launch answers "open trunk pass".
func Launch(ground.Deps) skill.Conversation {
	return skill.Conversation{Needs: skill.Needs{Account: true}, Flow: oneLine("launch", welcome)}
}

// Help answers "help" where nothing is open.
func Help(ground.Deps) skill.Conversation {
	return skill.Conversation{Flow: oneLine("help", help)}
}

// nothing is the state of a conversation that asks nothing of its own.
type nothing struct{}

// Step names no question.
func (nothing) Step() string { return "" }

// oneLine is a conversation of a single line that keeps the microphone open for whatever comes next.
func oneLine(name string, line speech.Key) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[nothing, struct{}]{
		Name: name, Version: 1,
		Facts: func(context.Context, *skill.Turn, nothing, skill.Event) (struct{}, error) { return struct{}{}, nil },
		Next: func(s nothing, _ skill.Event, _ struct{}) (nothing, []skill.Act) {
			return s, []skill.Act{skill.Ask{Key: line}}
		},
	})
}
