// Package intents holds the conversations: one file per conversation, and this table, which a newcomer
// reads first.
//
// A conversation gathers facts (x.go), decides in a pure function (x_flow.go) and acts through the ports
// declared here. It emits keys and typed arguments; the sentences stand in models/speech. Neighbours: skill
// dispatches to the table and renders what comes back, vehicle.Fleet reaches the cars, store keeps what an
// owner prefers, skill/pin checks the voice PIN.
package intents

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Deps is the world as conversations reach it. All fields are needed; all are safe for concurrent use.
type Deps struct {
	Cars     Cars
	Accounts Accounts
	PINs     PINs
	Devices  Devices
}

// Table lists every conversation with what it needs (docs/design.md, "What needs what").
func Table(d Deps) []skill.Conversation {
	return []skill.Conversation{
		{
			Intent: "CheckTires",
			Slots:  map[string]string{"car": "Car", "wheel": "Wheel"},
			Needs:  skill.Needs{Account: true},
			Flow:   tiresFlow(d),
		},
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

// Cars is what conversations ask of vehicle.Fleet. Errors hold a *vehicle.Error.
type Cars interface {
	Household(context.Context, vehicle.Token) (vehicle.Household, error)
	Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error)
	Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error)
	Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error)
	CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error)
}

// Accounts tells what an owner prefers and whether a PIN is set. An unknown owner is an empty account.
type Accounts interface {
	Account(ctx context.Context, owner string) (store.Account, error)
}

// PINs checks a spoken PIN against the owner's and counts the wrong ones.
type PINs interface {
	Check(ctx context.Context, owner string, code pin.Code) (pin.Verdict, error)
}

// Devices tells what Alexa knows of the device that is spoken to.
type Devices interface {
	TimeZone(context.Context, skill.System) (*time.Location, error)
	Units(context.Context, skill.System) (device.Units, error)
}
