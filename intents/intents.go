// Package intents is the table of all conversations, which a newcomer reads first, and all they may say.
//
// The conversations stand below it: intents/health looks at cars, intents/access lets somebody in or keeps
// everybody out, and intents/ground is what they have in common. A conversation gathers facts, decides in a pure
// function and acts through the ports of ground; it emits keys and typed arguments, and the sentences stand in
// models/speech. Neighbors: skill dispatches to the table and renders what comes back.
package intents

import (
	"maps"

	"github.com/trunkpass/trunkpass/intents/access"
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/health"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Deps is the world as conversations reach it.
type Deps = ground.Deps

// Table lists every conversation with what it needs (docs/design.md, "What needs what").
func Table(d Deps) []skill.Conversation {
	return append(health.Table(d), access.Table(d)...)
}

// Lines is everything the conversations may say. A key that two of them declare is one line.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{ground.Lines(), health.Lines(), access.Lines()} {
		maps.Copy(all, part)
	}
	return all
}

// Apologize turns the error of a conversation into words.
func Apologize(err error) []skill.Act { return ground.Apologize(err) }
