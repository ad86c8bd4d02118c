// Package access holds the conversations that let somebody into a car, and those that keep everybody out.
// What opens something reads back what it will do and takes the voice PIN, every time; what makes a car safer
// never asks for one.
//
// They stand on intents/ground and are listed by intents.
package access

import (
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
)

// Table lists the conversations with what each needs.
func Table(d ground.Deps) []skill.Conversation {
	return []skill.Conversation{
		{
			Intent: "LetCourierIn",
			Slots: map[string]string{
				"carrier": "Carrier", "car": "Car",
				"date": "AMAZON.DATE", "from": "AMAZON.TIME", "until": "AMAZON.TIME", "duration": "AMAZON.DURATION",
				"pin": "AMAZON.FOUR_DIGIT_NUMBER",
			},
			Needs: skill.Needs{Account: true, PIN: true},
			Flow:  courierFlow(d),
		},
	}
}
