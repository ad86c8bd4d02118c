// Package command holds the conversations that make a car do something now: open its trunk, unlock, lock, and
// "is it open yet?". A car acts late or not at all, so none of them says "done" unless the cloud confirmed it.
//
// They stand on intents/ground and are listed by intents.
package command

import (
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table { return speech.Table{} }

// Table lists the conversations with what each needs.
func Table(ground.Deps) []skill.Conversation { return nil }
