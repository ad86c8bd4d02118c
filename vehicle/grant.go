package vehicle

import "time"

// Grant is a carrier's permission to open one access point of one car, once, inside a window.
type Grant struct {
	ID          string
	Vehicle     ID
	AccessPoint AccessPoint
	Carrier     Carrier // zero for a grant with a code
	Guest       string  // whom the owner gave a code to, as the owner says it
	// Code is the one-time code of a guest, in the answer that created the grant alone: the cloud keeps a
	// hash of it.
	Code      Code
	Window    Window
	MaxUses   int // always 1 for what Trunkpass asks
	Uses      int
	CreatedAt time.Time
	RevokedAt time.Time // zero unless revoked
}

// AccessPoint is what a grant opens.
type AccessPoint string

// The access points.
const (
	Trunk         AccessPoint = "trunk"
	KeyBoxOnPlate AccessPoint = "key_box"
)

// Carrier is a delivery company. Only a verified one can be granted anything.
type Carrier struct {
	ID       string
	Name     string
	Verified bool
}

// Window is a half-open span of time, [Start, End), in UTC instants.
type Window struct {
	Start time.Time
	End   time.Time
}

// Overlaps reports whether the two windows share an instant.
func (w Window) Overlaps(o Window) bool { return w.Start.Before(o.End) && o.Start.Before(w.End) }

// GrantStatus is computed from stored facts and now, never stored: nothing has to run at six o'clock for
// a grant to have ended.
type GrantStatus string

// The states of a grant.
const (
	Scheduled GrantStatus = "scheduled"
	Active    GrantStatus = "active"
	Redeemed  GrantStatus = "redeemed"
	Expired   GrantStatus = "expired"
	Revoked   GrantStatus = "revoked"
)

// Status tells the state of the grant at an instant. A redemption outlives a later revocation in the
// record: what happened, happened.
func (g Grant) Status(now time.Time) GrantStatus {
	switch {
	case g.MaxUses > 0 && g.Uses >= g.MaxUses:
		return Redeemed
	case !g.RevokedAt.IsZero() && !now.Before(g.RevokedAt):
		return Revoked
	case !now.Before(g.Window.End):
		return Expired
	case now.Before(g.Window.Start):
		return Scheduled
	default:
		return Active
	}
}

// Open reports whether the grant can still let somebody in, now or later.
func (g Grant) Open(now time.Time) bool {
	s := g.Status(now)
	return s == Active || s == Scheduled
}

// GrantRequest is what the owner asks for. The cloud binds the place: where the car stands when the grant
// is made, or the owner's delivery place if it is away.
type GrantRequest struct {
	Vehicle     ID
	AccessPoint AccessPoint
	CarrierID   string // either a carrier
	Guest       string // or somebody whom no carrier vouches for, who gets a code
	Window      Window
}

// Block is what letting nobody in has ended.
type Block struct {
	Since   time.Time
	Revoked []string // the grants it revoked, by id; empty if the car was blocked before
}
