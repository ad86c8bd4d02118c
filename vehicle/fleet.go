package vehicle

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options tune a [Fleet]. Only Now is required.
type Options struct {
	// Now is the clock by which cached answers age. Required.
	Now func() time.Time
	// Rand spreads retries in time, so that turns that failed together do not come back together. The fleet
	// uses it alone. Nil means no spreading.
	Rand *rand.Rand
	// Log receives every failed attempt, without tokens. Nil means nowhere.
	Log *slog.Logger
	// CallTimeout bounds one attempt of one call; the context bounds all of them. Zero means 2.5 seconds: two
	// calls in sequence and one retry fit into the 6.5 seconds of a turn.
	CallTimeout time.Duration
	// CacheFor is how long the list of cars and carriers is believed. Zero means 5 minutes.
	CacheFor time.Duration
	// CacheSize is for how many tokens they are kept. Zero means 1024.
	CacheSize int
	// Observe hears how every call ended, all its attempts together, for those who count. Optional.
	Observe func(Called)
}

// Called is one call to the cloud as it went, without whose it was.
type Called struct {
	Op       string        // "read diagnosis"
	Kind     Kind          // empty for success
	Attempts int           // 0 if the cloud was not even asked
	Took     time.Duration // waits included
}

// Fleet is what conversations talk to: any [Driver], with what must be equal for all of them. It repeats
// what is harmless to repeat while the context's deadline allows, never starting what cannot end in time;
// stops asking a cloud that is down; remembers the list of cars; and sorts what clouds shuffle.
//
// It is safe for concurrent use. Every error is an *Error.
type Fleet struct {
	driver     Driver
	attempts   *attempts
	households *cache[Household]
	carriers   *cache[[]Carrier]
}

// NewFleet makes a fleet over a driver. It panics without a clock.
func NewFleet(d Driver, o Options) *Fleet {
	if o.Now == nil {
		panic("vehicle: a fleet needs a clock")
	}
	keep, size := cmp.Or(o.CacheFor, 5*time.Minute), cmp.Or(o.CacheSize, 1024)
	return &Fleet{
		driver:     d,
		attempts:   newAttempts(o),
		households: newCache[Household](o.Now, keep, size),
		carriers:   newCache[[]Carrier](o.Now, keep, size),
	}
}

// Household is an owner with all their cars, sorted by name, then ID.
type Household struct {
	Owner    Owner
	Vehicles []Vehicle
}

func (h Household) clone() Household {
	h.Vehicles = slices.Clone(h.Vehicles)
	for i := range h.Vehicles {
		h.Vehicles[i].Capabilities = slices.Clone(h.Vehicles[i].Capabilities)
	}
	return h
}

// Household tells who the token belongs to and what they drive. Both questions are asked at once; the
// answer is kept for each token, and concurrent callers share one pair of calls.
func (f *Fleet) Household(ctx context.Context, token Token) (Household, error) {
	h, err := f.households.get(ctx, token, func(ctx context.Context) (Household, error) {
		return f.readHousehold(ctx, token)
	})
	return h.clone(), f.seen(token, "read household", err)
}

func (f *Fleet) readHousehold(ctx context.Context, token Token) (Household, error) {
	var h Household
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		h.Owner, err = try(ctx, f.attempts, "read owner", accountCalls, func(ctx context.Context) (Owner, error) {
			return f.driver.Owner(ctx, token)
		})
		return err
	})
	both.Go(func() (err error) {
		h.Vehicles, err = try(ctx, f.attempts, "list vehicles", accountCalls, func(ctx context.Context) ([]Vehicle, error) {
			return f.driver.Vehicles(ctx, token)
		})
		return err
	})
	if err := both.Wait(); err != nil {
		return Household{}, err
	}
	h = h.clone()
	slices.SortFunc(h.Vehicles, func(a, b Vehicle) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for _, v := range h.Vehicles {
		slices.Sort(v.Capabilities)
	}
	return h, nil
}

// Diagnosis reads the last snapshot of one car, tires in the order they are read out. It is not cached:
// every reading carries its own age.
func (f *Fleet) Diagnosis(ctx context.Context, token Token, id ID) (Diagnosis, error) {
	d, err := try(ctx, f.attempts, "read diagnosis", diagnosisCalls, func(ctx context.Context) (Diagnosis, error) {
		return f.driver.Diagnosis(ctx, token, id)
	})
	d.Tires = slices.Clone(d.Tires)
	slices.SortFunc(d.Tires, func(a, b Tire) int {
		return cmp.Compare(slices.Index(Wheels(), a.Wheel), slices.Index(Wheels(), b.Wheel))
	})
	return d, f.seen(token, "read diagnosis", err)
}

// Carriers lists the delivery companies, sorted by name, then ID; kept as [Fleet.Household] is. A cloud
// that cannot let couriers in is Unsupported.
func (f *Fleet) Carriers(ctx context.Context, token Token) ([]Carrier, error) {
	granter, ok := f.driver.(Granter)
	if !ok {
		return nil, lacksPower("list carriers")
	}
	carriers, err := f.carriers.get(ctx, token, func(ctx context.Context) ([]Carrier, error) {
		carriers, err := try(ctx, f.attempts, "list carriers", accountCalls, func(ctx context.Context) ([]Carrier, error) {
			return granter.Carriers(ctx, token)
		})
		carriers = slices.Clone(carriers)
		slices.SortFunc(carriers, func(a, b Carrier) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		return carriers, err
	})
	return slices.Clone(carriers), f.seen(token, "list carriers", err)
}

// Grants lists the grants of one car as [Granter] does, by the start of their window, then ID.
func (f *Fleet) Grants(ctx context.Context, token Token, id ID) ([]Grant, error) {
	granter, ok := f.driver.(Granter)
	if !ok {
		return nil, lacksPower("list grants")
	}
	grants, err := try(ctx, f.attempts, "list grants", grantCalls, func(ctx context.Context) ([]Grant, error) {
		return granter.Grants(ctx, token, id)
	})
	grants = slices.Clone(grants)
	slices.SortFunc(grants, func(a, b Grant) int {
		return cmp.Or(a.Window.Start.Compare(b.Window.Start), cmp.Compare(a.ID, b.ID))
	})
	return grants, f.seen(token, "list grants", err)
}

// CreateGrant creates a grant once for each key. An attempt that may have happened is repeated with the
// same key while the deadline allows, because the key makes that harmless and the repetition tells what
// happened. MaybeDone reaches the caller only if it still cannot be known; calling again with the same key
// and request is then the way to find out.
func (f *Fleet) CreateGrant(ctx context.Context, token Token, key IdempotencyKey, r GrantRequest) (Grant, error) {
	granter, ok := f.driver.(Granter)
	if !ok {
		return Grant{}, lacksPower("create grant")
	}
	class := createCalls
	if r.Guest != "" {
		class = codeCalls
	}
	grant, err := try(ctx, f.attempts, "create grant", class, func(ctx context.Context) (Grant, error) {
		return granter.CreateGrant(ctx, token, key, r)
	})
	return grant, f.seen(token, "create grant", err)
}

// ExtendGrant sets the end of a grant; see [Gatekeeper]. What may have happened is repeated, because an end is
// an instant and setting it twice changes nothing.
func (f *Fleet) ExtendGrant(ctx context.Context, token Token, grant string, end time.Time) (Grant, error) {
	return withPower(ctx, f, token, "extend grant", createCalls, func(ctx context.Context, g Gatekeeper) (Grant, error) {
		return g.ExtendGrant(ctx, token, grant, end)
	})
}

// RevokeGrant ends a grant now. Idempotent.
func (f *Fleet) RevokeGrant(ctx context.Context, token Token, grant string) (Grant, error) {
	return withPower(ctx, f, token, "revoke grant", createCalls, func(ctx context.Context, g Gatekeeper) (Grant, error) {
		return g.RevokeGrant(ctx, token, grant)
	})
}

// Block lets nobody into a car until [Fleet.Unblock]. Idempotent. The list of cars is read anew afterwards,
// because it tells which are blocked.
func (f *Fleet) Block(ctx context.Context, token Token, id ID) (Block, error) {
	defer f.households.drop(token)
	return withPower(ctx, f, token, "block vehicle", createCalls, func(ctx context.Context, g Gatekeeper) (Block, error) {
		return g.Block(ctx, token, id)
	})
}

// Unblock lifts the block; what it revoked stays revoked. Idempotent.
func (f *Fleet) Unblock(ctx context.Context, token Token, id ID) error {
	defer f.households.drop(token)
	_, err := withPower(ctx, f, token, "unblock vehicle", createCalls, func(ctx context.Context, g Gatekeeper) (struct{}, error) {
		return struct{}{}, g.Unblock(ctx, token, id)
	})
	return err
}

// Send asks a car to do something, once per key, as [Fleet.CreateGrant] does. Accepted is not done.
func (f *Fleet) Send(ctx context.Context, token Token, key IdempotencyKey, id ID, act Act) (Command, error) {
	return withPower(ctx, f, token, "send command", createCalls, func(ctx context.Context, c Commander) (Command, error) {
		return c.Send(ctx, token, key, id, act)
	})
}

// Command tells how one is doing.
func (f *Fleet) Command(ctx context.Context, token Token, id string) (Command, error) {
	return withPower(ctx, f, token, "read command", diagnosisCalls, func(ctx context.Context, c Commander) (Command, error) {
		return c.Command(ctx, token, id)
	})
}

// TroubleCodes reads what the car's self-diagnosis remembers, by code.
func (f *Fleet) TroubleCodes(ctx context.Context, token Token, id ID) (TroubleCodes, error) {
	codes, err := withPower(ctx, f, token, "read trouble codes", diagnosisCalls, func(ctx context.Context, h Historian) (TroubleCodes, error) {
		return h.TroubleCodes(ctx, token, id)
	})
	codes.Codes = slices.Clone(codes.Codes)
	slices.SortFunc(codes.Codes, func(a, b TroubleCode) int { return cmp.Compare(a.Code, b.Code) })
	return codes, err
}

// Location tells where a car is; the cloud records that its owner asked.
func (f *Fleet) Location(ctx context.Context, token Token, id ID) (Location, error) {
	return withPower(ctx, f, token, "read location", diagnosisCalls, func(ctx context.Context, h Historian) (Location, error) {
		return h.Location(ctx, token, id)
	})
}

// Trips lists the trips that ended in [from, to), newest first.
func (f *Fleet) Trips(ctx context.Context, token Token, id ID, from, to time.Time) ([]Trip, error) {
	trips, err := withPower(ctx, f, token, "list trips", diagnosisCalls, func(ctx context.Context, h Historian) ([]Trip, error) {
		return h.Trips(ctx, token, id, from, to)
	})
	trips = slices.Clone(trips)
	slices.SortFunc(trips, func(a, b Trip) int { return cmp.Or(b.End.Compare(a.End), cmp.Compare(a.ID, b.ID)) })
	return trips, err
}

// Events lists what happened since an instant, oldest first.
func (f *Fleet) Events(ctx context.Context, token Token, id ID, since time.Time) ([]Event, error) {
	return withPower(ctx, f, token, "list events", diagnosisCalls, func(ctx context.Context, h Historian) ([]Event, error) {
		return h.Events(ctx, token, id, since)
	})
}

// withPower makes a call that not every driver can make; without the power it is Unsupported.
func withPower[P Driver, T any](ctx context.Context, f *Fleet, token Token, op string, class callClass, call func(context.Context, P) (T, error)) (T, error) {
	power, ok := f.driver.(P)
	if !ok {
		var none T
		return none, lacksPower(op)
	}
	result, err := try(ctx, f.attempts, op, class, func(ctx context.Context) (T, error) { return call(ctx, power) })
	return result, f.seen(token, op, err)
}

func lacksPower(op string) error {
	return &Error{Op: op, Kind: Unsupported, Outcome: NotDone}
}

// seen forgets what a token once gave access to as soon as a cloud does not honor it any more, and gives
// errors that no driver made (the caller's context ended while it waited) the one shape.
func (f *Fleet) seen(token Token, op string, err error) error {
	if err == nil {
		return nil
	}
	e := asError(op, err, NotDone)
	if e.Kind == NotLinked {
		f.households.drop(token)
		f.carriers.drop(token)
	}
	return e
}
