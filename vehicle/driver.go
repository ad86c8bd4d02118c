package vehicle

import (
	"context"
	"time"
)

// Driver is what every dongle cloud can do. A driver translates and classifies, nothing else: no retry, no
// cache, no matching of names; [Fleet] owns what must be equal everywhere.
//
// All methods are safe for concurrent use, honor the context's deadline, act for the owner of the token
// alone and return *Error. Reads are idempotent.
type Driver interface {
	// Owner tells who the token belongs to. Kinds: NotLinked, Limited, Unavailable.
	Owner(ctx context.Context, token Token) (Owner, error)
	// Vehicles lists the owner's cars, at most 100, in no particular order.
	Vehicles(ctx context.Context, token Token) ([]Vehicle, error)
	// Diagnosis reads the last snapshot and never wakes a car. Kinds: also NotFound.
	Diagnosis(ctx context.Context, token Token, vehicle ID) (Diagnosis, error)
}

// Granter is a Driver whose cloud can let couriers in.
type Granter interface {
	Driver
	// Carriers lists the delivery companies the cloud knows, verified or not.
	Carriers(ctx context.Context, token Token) ([]Carrier, error)
	// Grants lists the grants of one car that are not yet over, and those that ended in the last 24 hours.
	Grants(ctx context.Context, token Token, vehicle ID) ([]Grant, error)
	// CreateGrant creates a grant once per key: repeating it with the same key and request returns the
	// first answer, with another request Invalid. The key lives at least 24 hours. A lost reply is
	// MaybeDone; repeating it with the same key is how to find out.
	CreateGrant(ctx context.Context, token Token, key IdempotencyKey, request GrantRequest) (Grant, error)
}

// Gatekeeper is a Granter that can also move and end what it granted. What makes a car safer is idempotent
// and needs no key.
type Gatekeeper interface {
	Granter
	// ExtendGrant sets the end of a grant's window, which never becomes shorter. Idempotent: the end is an
	// instant. Kinds: Conflict for a grant that is over, Invalid for an end the cloud does not allow.
	ExtendGrant(ctx context.Context, token Token, grant string, end time.Time) (Grant, error)
	// RevokeGrant ends a grant now and answers with it; one that is over stays as it was.
	RevokeGrant(ctx context.Context, token Token, grant string) (Grant, error)
	// Block revokes every open grant of a car and lets nobody in until Unblock.
	Block(ctx context.Context, token Token, vehicle ID) (Block, error)
	Unblock(ctx context.Context, token Token, vehicle ID) error
}

// Commander is a Driver whose cars can be asked to do something.
type Commander interface {
	Driver
	// Send asks a car to do something, once per key as CreateGrant does. Kinds: Conflict while the car
	// moves or is blocked, Unreachable, Unsupported.
	Send(ctx context.Context, token Token, key IdempotencyKey, vehicle ID, act Act) (Command, error)
	// Command tells how one is doing.
	Command(ctx context.Context, token Token, id string) (Command, error)
}

// Historian is a Driver whose cloud remembers more than the last snapshot.
type Historian interface {
	Driver
	TroubleCodes(ctx context.Context, token Token, vehicle ID) (TroubleCodes, error)
	// Location tells where a car is. The cloud records that its owner asked.
	Location(ctx context.Context, token Token, vehicle ID) (Location, error)
	// Trips lists the trips that ended in [from, to), newest first; the span is at most 31 days.
	Trips(ctx context.Context, token Token, vehicle ID, from, to time.Time) ([]Trip, error)
	// Events lists what happened since an instant, oldest first.
	Events(ctx context.Context, token Token, vehicle ID, since time.Time) ([]Event, error)
}

// IdempotencyKey names one intention of the owner, made when it is read back and kept until it is done.
type IdempotencyKey string
