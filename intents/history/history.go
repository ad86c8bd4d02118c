// Package history holds the conversations about what has happened: whether the delivery came, who opened the
// trunk, who has seen where the car is, where it is now, and what becomes of the owner's data.
//
// They stand on intents/ground and are listed by intents.
package history

import (
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table { return speech.Table{} }

// Table lists the conversations with what each needs.
func Table(ground.Deps) []skill.Conversation { return nil }
