// Package ground is the common ground of all conversations: the ports through which they reach the world,
// the facts they all need (who speaks, which cars there are, which clock and units count here), the question
// which car is meant, the question for the PIN, and the apologies.
//
// The conversations stand in intents/health, intents/access and intents/account; the table that lists them is
// intents. Everything here is about deciding and gathering: the sentences stand in models/speech.
package ground

import (
	"context"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Deps is the world as conversations reach it. All fields are needed but Wait; all are safe for concurrent use.
type Deps struct {
	Cars     Cars
	Accounts Accounts
	PINs     PINs
	Devices  Devices
	// Wait lets time pass while a car acts; it ends with the context's error. Nil waits in real time.
	Wait func(ctx context.Context, d time.Duration) error
}

// Pause waits, unless the context ends before.
func (d Deps) Pause(ctx context.Context, span time.Duration) error {
	if d.Wait != nil {
		return d.Wait(ctx, span)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(span):
		return nil
	}
}

// Cars is what conversations ask of vehicle.Fleet. Errors hold a *vehicle.Error.
type Cars interface {
	Household(context.Context, vehicle.Token) (vehicle.Household, error)
	Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error)
	Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error)
	Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error)
	CreateGrant(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.GrantRequest) (vehicle.Grant, error)
	ExtendGrant(ctx context.Context, token vehicle.Token, grant string, end time.Time) (vehicle.Grant, error)
	RevokeGrant(ctx context.Context, token vehicle.Token, grant string) (vehicle.Grant, error)
	Block(context.Context, vehicle.Token, vehicle.ID) (vehicle.Block, error)
	Unblock(context.Context, vehicle.Token, vehicle.ID) error
	Send(context.Context, vehicle.Token, vehicle.IdempotencyKey, vehicle.ID, vehicle.Act) (vehicle.Command, error)
	Command(ctx context.Context, token vehicle.Token, id string) (vehicle.Command, error)
	TroubleCodes(context.Context, vehicle.Token, vehicle.ID) (vehicle.TroubleCodes, error)
	Location(context.Context, vehicle.Token, vehicle.ID) (vehicle.Location, error)
	Trips(ctx context.Context, token vehicle.Token, car vehicle.ID, from, to time.Time) ([]vehicle.Trip, error)
	Events(ctx context.Context, token vehicle.Token, car vehicle.ID, since time.Time) ([]vehicle.Event, error)
}

// Accounts tells what an owner prefers and whether a PIN is set. An unknown owner is an empty account.
type Accounts interface {
	Account(ctx context.Context, owner string) (store.Account, error)
	// SavePreferences writes them if the account is still at the revision seen, else store.ErrConflict.
	SavePreferences(ctx context.Context, owner string, seen pin.Revision, p store.Preferences) error
}

// PINs checks a spoken PIN against the owner's and counts the wrong ones.
type PINs interface {
	// CheckRead takes the record that the turn has read anyway; a stale one is read again.
	CheckRead(ctx context.Context, owner string, code pin.Code, record pin.Record, seen pin.Revision) (pin.Verdict, error)
}

// Devices tells what Alexa knows of the device that is spoken to.
type Devices interface {
	TimeZone(context.Context, skill.System) (*time.Location, error)
	Units(context.Context, skill.System) (device.Units, error)
}

// MaxUnclear is how many answers that fit no question a conversation takes before it ends by itself.
const MaxUnclear = 3
