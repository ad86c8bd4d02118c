package garage

import (
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// car is a simulated car in its owner's possession.
type car struct {
	sim.Car
	Owner        string
	Facts        sim.Facts
	BlockedSince time.Time // zero unless blocked
	Gone         bool      // the owner has it no more
}

// owner is a person with cars.
type owner struct {
	ID, Name, Zone, Login string
	// PasswordHash is a plain SHA-256: the password has 130 random bits, so that nobody can guess at it.
	PasswordHash []byte
}

func (o owner) zone() *time.Location {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.UTC // the data file comes from another time; a ledger in UTC is still a ledger
	}
	return zone
}

// carrier is a delivery company; its id is also in its client's record.
type carrier struct {
	ID       string
	Name     string
	Verified bool
}

// grant is what is stored of a grant: facts alone. Its status follows from them and the clock.
type grant struct {
	ID          string
	Vehicle     vehicle.ID
	Owner       string
	AccessPoint vehicle.AccessPoint
	Carrier     string // empty for a guest's
	Guest       string // whom the owner gave a code to, as the owner says it; may be empty
	Code        string // hash of a guest's code; empty for a carrier's
	Window      vehicle.Window
	CreatedAt   time.Time
	RevokedAt   time.Time
	// Place is where the car stood when the grant was made, or its home if it was away.
	Place vehicle.Position
	// Reference is the one parcel: the owner's choice, or the first that came en route.
	Reference string
	// VicinityAt, EnRouteAt, ArrivedAt and CompletedAt are the steps of the delivery; zero until made.
	VicinityAt, EnRouteAt, ArrivedAt, CompletedAt time.Time
	// Command is the latest attempt to open.
	Command string
	// Trace is that of the owner's request that last made or changed the grant: what follows from it belongs there.
	Trace string `json:",omitempty"`
}

// status applies the domain's rule to the stored facts.
func (g grant) status(uses int, now time.Time) vehicle.GrantStatus {
	return vehicle.Grant{Window: g.Window, MaxUses: 1, Uses: uses, RevokedAt: g.RevokedAt}.Status(now)
}

// endedBefore reports whether the grant was over at an instant.
func (g grant) endedBefore(t time.Time) bool {
	return !g.Window.End.After(t) || !g.RevokedAt.IsZero() && !g.RevokedAt.After(t)
}

// holder is who may use a grant: a carrier or a guest.
type holder struct {
	said  string // in the ledger
	actor wire.Actor
}

func holderOf(tx *bbolt.Tx, g grant) (holder, error) {
	if g.Code == "" {
		by, err := find[carrier](tx, bucketCarriers, g.Carrier)
		return by.holder(), err
	}
	by := holder{said: "guest", actor: wire.Actor{Kind: wire.ActorKindGuest}}
	if g.Guest != "" {
		by.said, by.actor.Name = by.said+" "+g.Guest, &g.Guest
	}
	return by, nil
}

// latest gives the newest attempt to open, if there was one.
func latest(tx *bbolt.Tx, g grant) (command, bool, error) {
	if g.Command == "" {
		return command{}, false, nil
	}
	return get[command](tx, bucketCommands, g.Command)
}

// usesOf counts the uses: a use is a command that reached the car. No new command is made after one has, so
// the latest tells.
func usesOf(tx *bbolt.Tx, g grant, now time.Time) (int, error) {
	c, ok, err := latest(tx, g)
	if err != nil || !ok || !c.Delivered(now) {
		return 0, err
	}
	return 1, nil
}

// Limits of a window; the contract states them.
const (
	shortestWindow = 15 * time.Minute
	longestWindow  = 24 * time.Hour
	farthestStart  = 14 * 24 * time.Hour
	latestStart    = 5 * time.Minute // how long ago a window may have started
)

// wish is what a request for a grant is judged by.
type wish struct {
	now     time.Time
	window  vehicle.Window
	access  vehicle.AccessPoint
	car     car
	guest   bool // no carrier is wanted
	carrier carrier
	known   bool // the carrier is
}

// opens says which capability opens an access point, and by which act.
var opens = map[vehicle.AccessPoint]struct {
	needs vehicle.Capability
	act   vehicle.Act
}{
	vehicle.Trunk:         {vehicle.OpenTrunk, vehicle.OpenTheTrunk},
	vehicle.KeyBoxOnPlate: {vehicle.OpenKeyBox, sim.OpenBox},
}

// creationRules are what a new grant must keep.
var creationRules = []rule[wish]{
	{wire.ProblemCodeWindowInvalid, "The window does not end after its start", func(w wish) bool { return !w.window.Start.Before(w.window.End) }, nil},
	{wire.ProblemCodeWindowPast, "The window is over or began more than 5 minutes ago", func(w wish) bool {
		return !w.window.End.After(w.now) || w.window.Start.Before(w.now.Add(-latestStart))
	}, nil},
	{wire.ProblemCodeWindowTooShort, "The window is shorter than 15 minutes", func(w wish) bool { return w.length() < shortestWindow }, nil},
	{wire.ProblemCodeWindowTooLong, "The window is longer than 24 hours", func(w wish) bool { return w.length() > longestWindow }, nil},
	{wire.ProblemCodeWindowTooFar, "The window starts more than 14 days ahead", func(w wish) bool { return w.window.Start.After(w.now.Add(farthestStart)) }, nil},
	{wire.ProblemCodeCarrierUnknown, "No such carrier", func(w wish) bool { return !w.guest && !w.known }, nil},
	{wire.ProblemCodeCarrierNotVerified, "The carrier is not verified", func(w wish) bool { return !w.guest && !w.carrier.Verified }, nil},
	{wire.ProblemCodeCapabilityUnsupported, "The car has no such access point", func(w wish) bool { return !w.car.can(opens[w.access].needs) }, nil},
	{wire.ProblemCodeVehicleBlocked, "The owner lets nobody in", func(w wish) bool { return !w.car.BlockedSince.IsZero() }, nil},
}

// stretch is what the extension of a grant is judged by.
type stretch struct {
	grant  grant
	status vehicle.GrantStatus
	car    car
	end    time.Time
}

// extensionRules are what a new end must keep. A grant that is over stays over.
var extensionRules = []rule[stretch]{
	{wire.ProblemCodeGrantRevoked, "The grant has been taken back", func(s stretch) bool { return s.status == vehicle.Revoked }, nil},
	{wire.ProblemCodeGrantExpired, "The window is over", func(s stretch) bool { return s.status == vehicle.Expired }, nil},
	{wire.ProblemCodeGrantRedeemed, "The grant has been used", func(s stretch) bool { return s.status == vehicle.Redeemed }, nil},
	{wire.ProblemCodeWindowInvalid, "A window never becomes shorter", func(s stretch) bool { return s.end.Before(s.grant.Window.End) }, nil},
	{wire.ProblemCodeWindowTooLong, "The window would be longer than 24 hours", func(s stretch) bool {
		return s.end.Sub(s.grant.Window.Start) > longestWindow
	}, nil},
	{wire.ProblemCodeVehicleBlocked, "The owner lets nobody in", func(s stretch) bool { return !s.car.BlockedSince.IsZero() }, nil},
}

func (w wish) length() time.Duration { return w.window.End.Sub(w.window.Start) }

func (c car) can(what vehicle.Capability) bool {
	return vehicle.Vehicle{Capabilities: c.Capabilities}.Can(what)
}

// Limits of a delivery; the contract states them.
const (
	nearCar       = 150.0            // meters, from the courier to the car and from the car to the granted place
	completeGrace = 30 * time.Minute // after the window, for closing what was opened inside it
)

// visit is what a step of a delivery is judged by.
type visit struct {
	now       time.Time
	grant     grant
	status    vehicle.GrantStatus
	car       car
	at        vehicle.Position // where the car is
	moving    bool
	courier   vehicle.Position // where the courier says to be
	reference string           // the parcel that the courier has
	command   command          // the latest attempt to open; zero before the first
	trace     string           // the visitor's own, or that of the grant
}

// The rules of a delivery, named so that the steps below read as lists.
var (
	notRevoked = rule[visit]{wire.ProblemCodeGrantRevoked, "The owner has taken the grant back", func(v visit) bool { return v.status == vehicle.Revoked }, nil}
	notExpired = rule[visit]{wire.ProblemCodeGrantExpired, "The window is over", func(v visit) bool { return v.status == vehicle.Expired }, nil}
	begun      = rule[visit]{
		wire.ProblemCodeGrantNotActive, "The window has not begun", func(v visit) bool { return v.status == vehicle.Scheduled },
		func(v visit) time.Duration { return v.grant.Window.Start.Sub(v.now) },
	}
	unused     = rule[visit]{wire.ProblemCodeGrantRedeemed, "The grant has been used", func(v visit) bool { return v.status == vehicle.Redeemed }, nil}
	unblocked  = rule[visit]{wire.ProblemCodeVehicleBlocked, "The owner lets nobody in", func(v visit) bool { return !v.car.BlockedSince.IsZero() }, nil}
	sameParcel = rule[visit]{wire.ProblemCodeDeliveryReferenceMismatch, "The grant is for another parcel", func(v visit) bool {
		return v.grant.Reference != "" && v.grant.Reference != v.reference
	}, nil}
	enRoute = rule[visit]{wire.ProblemCodeStepOutOfOrder, "The courier is not en route", func(v visit) bool { return v.grant.EnRouteAt.IsZero() }, nil}
	arrived = rule[visit]{wire.ProblemCodeStepOutOfOrder, "The courier has not arrived", func(v visit) bool { return v.grant.ArrivedAt.IsZero() }, nil}
	atRest  = rule[visit]{wire.ProblemCodeVehicleMoving, "The car is moving", func(v visit) bool { return v.moving }, nil}
	inPlace = rule[visit]{wire.ProblemCodeWrongPlace, "The car has left the place of the grant", func(v visit) bool {
		return sim.Distance(v.at, v.grant.Place) > nearCar
	}, nil}
	nearby  = rule[visit]{wire.ProblemCodeWrongPlace, "The courier is too far from the car", func(v visit) bool { return sim.Distance(v.at, v.courier) > nearCar }, nil}
	plugged = rule[visit]{wire.ProblemCodeVehicleUnreachable, "The dongle is unplugged", func(v visit) bool {
		return v.car.Facts.Dongle == vehicle.Unplugged
	}, nil}
	opened = rule[visit]{wire.ProblemCodeStepOutOfOrder, "Nothing has been opened", func(v visit) bool { return !v.command.Opened(v.now) }, nil}
	inTime = rule[visit]{wire.ProblemCodeGrantExpired, "The window is long over", func(v visit) bool {
		return !v.now.Before(v.grant.Window.End.Add(completeGrace))
	}, nil}
	shut = rule[visit]{
		wire.ProblemCodeLeftOpen, "What was opened is not closed and locked", func(v visit) bool { return !v.command.Locked(v.now) },
		func(visit) time.Duration { return 5 * time.Second },
	}
	keyBack = rule[visit]{wire.ProblemCodeKeyMissing, "The key is not back in its box", func(v visit) bool { return !v.command.KeyInside(v.now) }, nil}
	open    = rule[visit]{wire.ProblemCodeGrantExpired, "The window is over", func(v visit) bool { return !v.now.Before(v.grant.Window.End) }, nil}
)

// step is one thing that a courier may do: what must hold, and what makes it a repetition that changes
// nothing. Whether the grant is alive comes first, so that a repetition after a revocation is told so.
type step struct {
	alive []rule[visit]
	again func(visit) bool
	rules []rule[visit]
}

var steps = map[wire.Step]step{
	wire.StepEnRoute: {
		alive: []rule[visit]{notRevoked, notExpired, begun, sameParcel},
		again: func(v visit) bool { return !v.grant.EnRouteAt.IsZero() },
		rules: []rule[visit]{unused, unblocked, atRest, inPlace},
	},
	wire.StepArrived: {
		alive: []rule[visit]{notRevoked, notExpired, begun, enRoute},
		again: func(v visit) bool { return !v.grant.ArrivedAt.IsZero() },
		rules: []rule[visit]{unused, unblocked, atRest, inPlace, nearby},
	},
	wire.StepOpened: {
		alive: []rule[visit]{notRevoked, notExpired, begun, enRoute, arrived, sameParcel},
		again: func(v visit) bool {
			return v.grant.Command != "" && v.grant.CompletedAt.IsZero() && v.command.Standing(v.now)
		},
		rules: []rule[visit]{unused, unblocked, atRest, inPlace, nearby, plugged},
	},
	wire.StepCompleted: {
		alive: []rule[visit]{notRevoked},
		again: func(v visit) bool { return !v.grant.CompletedAt.IsZero() },
		rules: []rule[visit]{opened, inTime, shut, keyBack},
	},
}

// guestOpens is all that a guest does: the code says who it is, and no step comes before it. Only the car is held
// against the place, because a guest's word for where a guest is would prove nothing.
var guestOpens = step{
	alive: []rule[visit]{notRevoked, open, begun},
	again: func(v visit) bool { return v.grant.Command != "" && v.command.Standing(v.now) },
	rules: []rule[visit]{unused, unblocked, atRest, inPlace, plugged},
}

// decide tells whether a step may be made, or was made before.
func (s step) decide(v visit) (again bool, err error) {
	if err := judge(v, s.alive); err != nil {
		return false, err
	}
	if s.again(v) {
		return true, nil
	}
	return false, judge(v, s.rules)
}

// released is how much of the place a courier may see: nothing after the delivery, the window or the grant
// is over, and nothing precise once the car has driven elsewhere.
func (v visit) released() wire.Precision {
	g := v.grant
	inside := !v.now.Before(g.Window.Start) && v.now.Before(g.Window.End)
	switch {
	case !g.CompletedAt.IsZero() || v.status == vehicle.Revoked || v.status == vehicle.Expired:
		return ""
	case inside && !g.EnRouteAt.IsZero() && !v.moving && sim.Distance(v.at, g.Place) <= nearCar:
		return wire.PrecisionExact
	case v.status == vehicle.Scheduled || v.status == vehicle.Active:
		return wire.PrecisionVicinity
	default:
		return ""
	}
}
