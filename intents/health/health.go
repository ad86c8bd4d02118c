// Package health holds the conversations that look at a car: its tires, what it burns, how it feels. None of
// them changes anything, wakes a car or needs a PIN; all of them say how old an old reading is.
//
// They stand on intents/ground and are listed by intents.
package health

import (
	"maps"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Lines is what these conversations may say; each declares its own beside it.
func Lines() speech.Table {
	all := speech.Table{}
	for _, part := range []speech.Table{tiresLines} {
		maps.Copy(all, part)
	}
	return all
}

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	return []skill.Conversation{
		{
			Intent: "CheckTires",
			Slots:  map[string]string{"car": "Car", "wheel": "Wheel"},
			Needs:  skill.Needs{Account: true, MayFulfill: true},
			Flow:   tires.Flow(d),
		},
	}
}
