// Package health holds the conversations that look at a car: its tires, what it burns, how it feels. None of
// them changes anything, wakes a car or needs a PIN; all of them say how old an old reading is.
//
// They stand on intents/ground and are listed by intents.
package health

import (
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
)

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	return []skill.Conversation{
		{
			Intent: "CheckTires",
			Slots:  map[string]string{"car": "Car", "wheel": "Wheel"},
			Needs:  skill.Needs{Account: true},
			Flow:   tires.Flow(d),
		},
	}
}
