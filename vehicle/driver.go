package vehicle

import "context"

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

// IdempotencyKey names one intention of the owner, made when it is read back and kept until it is done.
type IdempotencyKey string
