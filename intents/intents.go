// Package intents is the table of all conversations, which a newcomer reads first, and all they may say.
//
// The conversations stand below it: intents/health looks at cars, intents/access lets somebody in or keeps
// everybody out, intents/command makes a car act, intents/history tells what happened, intents/account is about
// the owner, and intents/ground is what they have in common. A conversation gathers facts, decides in a pure
// function and acts through the ports of ground; it emits keys and typed arguments, and the sentences stand in
// models/speech. Neighbors: skill dispatches to the table and renders what comes back.
package intents

import (
	"maps"
	"slices"

	"github.com/trunkpass/trunkpass/intents/access"
	"github.com/trunkpass/trunkpass/intents/account"
	"github.com/trunkpass/trunkpass/intents/command"
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/health"
	"github.com/trunkpass/trunkpass/intents/history"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Deps is the world as conversations reach it.
type Deps = ground.Deps

// Table lists every conversation with what it needs (docs/design.md, "What needs what").
func Table(d Deps) []skill.Conversation {
	return slices.Concat(health.Table(d), access.Table(d), command.Table(d), history.Table(d), account.Table(d))
}

// Config is what the conversations contribute to a skill: the table, the welcome, help, and the apologies. The
// caller adds the id, the speech, the clock and the log.
func Config(d Deps) skill.Config {
	return skill.Config{
		Conversations: Table(d), Launch: account.Launch(d), Help: account.Help(d), Apologize: ground.Apologize,
	}
}

// Lines is everything the conversations may say. A key that two of them declare is one line.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{ground.Lines(), health.Lines(), access.Lines(), command.Lines(), history.Lines(), account.Lines()} {
		maps.Copy(all, part)
	}
	return all
}
