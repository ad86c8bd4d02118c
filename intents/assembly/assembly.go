// Package assembly puts the skill together: the conversations, their speech, and the world they reach. The program
// at home and the Lambda functions differ in what they hand in, and in nothing else.
//
// Neighbors: intents lists the conversations, skill plays them; main.go and lambda/skill call this.
package assembly

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// Options are the parts. Events, Observe and Deps.Wait may be nil; everything else is needed. Deps.Devices is set here.
type Options struct {
	ApplicationID string // the skill id that Amazon gave
	Deps          intents.Deps
	Devices       *device.Client
	Events        func(context.Context, *skill.Request) error
	Observe       func(skill.Seen)
	Now           func() time.Time
	NewID         func() string
	Log           *slog.Logger
}

// Skill reads the speech of every locale, proved when it was packed, and makes the skill. It reaches no network.
func Skill(o Options) (*skill.Skill, error) {
	catalog, err := speech.Unpack(models.Speech, skill.Lines(), intents.Lines())
	if err != nil {
		return nil, fmt.Errorf("load speech: %w", err)
	}
	o.Deps.Devices = o.Devices
	config := intents.Config(o.Deps)
	config.ApplicationID, config.Catalog, config.Progress = o.ApplicationID, catalog, o.Devices.Progress
	config.Events, config.Observe = o.Events, o.Observe
	config.Now, config.NewID, config.Log = o.Now, o.NewID, o.Log
	return skill.New(config)
}
