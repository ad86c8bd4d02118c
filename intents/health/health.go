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
	for _, part := range []speech.Table{tiresLines, energyLines, economyLines, tripsLines, serviceLines, engineLines, parkedLines, overviewLines} {
		maps.Copy(all, part)
	}
	return all
}

// Table lists the conversations with what each needs: an account to look at, and nothing more.
func Table(d ground.Deps) []skill.Conversation {
	rows := []skill.Conversation{
		{Intent: "HowIsMyCar", Flow: overviewFlow(d)},
		{Intent: "CheckTires", Flow: tires.Flow(d), Slots: map[string]string{"wheel": "Wheel"}},
		{Intent: "CheckFuel", Flow: energy.Flow(d)},
		{Intent: "FuelEconomy", Flow: economy.Flow(d), Slots: map[string]string{"period": "Period"}},
		{Intent: "EngineLight", Flow: engine.Flow(d)},
		{Intent: "BatteryHealth", Flow: battery.Flow(d)},
		{Intent: "ServiceDue", Flow: service.Flow(d)},
		{Intent: "Odometer", Flow: odometer.Flow(d)},
		{Intent: "Trips", Flow: trips.Flow(d), Slots: map[string]string{"date": "AMAZON.DATE"}},
		{Intent: "DoorsAndTrunk", Flow: closures.Flow(d), Slots: map[string]string{"part": "Part"}},
		{Intent: "DongleStatus", Flow: dongle.Flow(d)},
	}
	for i := range rows {
		row := &rows[i]
		if row.Slots == nil {
			row.Slots = map[string]string{}
		}
		row.Slots["car"] = "Car" // every one of them can be about any car
		row.Needs = skill.Needs{Account: true, MayFulfill: true}
	}
	return rows
}
