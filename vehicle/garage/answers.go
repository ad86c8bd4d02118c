package garage

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// refusal is an answer that is no: a code of the contract, a sentence for logs, and how long to wait before
// asking again, if that helps. The sentence never contains a token, a plate or a place.
type refusal struct {
	code  wire.ProblemCode
	title string
	wait  time.Duration
}

func (r *refusal) Error() string { return string(r.code) + ": " + r.title }

func refuse(code wire.ProblemCode, title string) *refusal { return &refusal{code: code, title: title} }

// problem is what a code means to HTTP.
type problem struct {
	status int
	// retryable: the same request may succeed later with nothing changed by whoever sends it.
	retryable bool
}

// problems has a row for every code of the contract.
var problems = map[wire.ProblemCode]problem{
	wire.ProblemCodeInvalidRequest:            {http.StatusBadRequest, false},
	wire.ProblemCodeIdempotencyKeyMissing:     {http.StatusBadRequest, false},
	wire.ProblemCodeUnauthorized:              {http.StatusUnauthorized, false},
	wire.ProblemCodeInsufficientScope:         {http.StatusForbidden, false},
	wire.ProblemCodeNotFound:                  {http.StatusNotFound, false},
	wire.ProblemCodeMethodNotAllowed:          {http.StatusMethodNotAllowed, false},
	wire.ProblemCodePayloadTooLarge:           {http.StatusRequestEntityTooLarge, false},
	wire.ProblemCodeUnsupportedMediaType:      {http.StatusUnsupportedMediaType, false},
	wire.ProblemCodeIdempotencyKeyReused:      {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeIdempotencyInProgress:     {http.StatusConflict, true},
	wire.ProblemCodeWindowInvalid:             {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeWindowTooShort:            {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeWindowTooLong:             {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeWindowTooFar:              {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeWindowPast:                {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeCarrierUnknown:            {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeCarrierNotVerified:        {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeCapabilityUnsupported:     {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeVehicleBlocked:            {http.StatusConflict, false},
	wire.ProblemCodeVehicleMoving:             {http.StatusConflict, true},
	wire.ProblemCodeVehicleAsleep:             {http.StatusConflict, true},
	wire.ProblemCodeVehicleUnreachable:        {http.StatusGatewayTimeout, true},
	wire.ProblemCodeGrantNotActive:            {http.StatusConflict, true},
	wire.ProblemCodeGrantExpired:              {http.StatusConflict, false},
	wire.ProblemCodeGrantRevoked:              {http.StatusConflict, false},
	wire.ProblemCodeGrantRedeemed:             {http.StatusConflict, false},
	wire.ProblemCodeStepOutOfOrder:            {http.StatusConflict, false},
	wire.ProblemCodeWrongPlace:                {http.StatusConflict, false},
	wire.ProblemCodeDeliveryReferenceMismatch: {http.StatusConflict, false},
	wire.ProblemCodeLeftOpen:                  {http.StatusConflict, true},
	wire.ProblemCodeKeyMissing:                {http.StatusConflict, true},
	wire.ProblemCodeEndpointLimit:             {http.StatusUnprocessableEntity, false},
	wire.ProblemCodeRateLimited:               {http.StatusTooManyRequests, true},
	wire.ProblemCodeInternalError:             {http.StatusInternalServerError, true},
	wire.ProblemCodeNotImplemented:            {http.StatusNotImplemented, false},
	wire.ProblemCodeUpstreamError:             {http.StatusBadGateway, true},
	wire.ProblemCodeUnavailable:               {http.StatusServiceUnavailable, true},
}

// writeProblem answers with a problem document. An error that is no refusal is the garage's own fault: its
// text may tell too much, so it is not shown.
func writeProblem(w http.ResponseWriter, err error) {
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		no = refuse(wire.ProblemCodeInternalError, "Something broke in the garage")
	}
	p := problems[no.code]
	doc := wire.Problem{Type: "about:blank", Title: no.title, Status: p.status, Code: no.code, Retryable: p.retryable}
	h := w.Header()
	if no.wait > 0 {
		seconds := min(3600, int(math.Ceil(no.wait.Seconds())))
		doc.RetryAfterS = &seconds
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	if no.code == wire.ProblemCodeUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(doc) // whoever hung up does not need it
}

// refuseByWeather is a refusal that has nothing to do with what was asked.
func refuseByWeather(w http.ResponseWriter, code wire.ProblemCode, title string, wait time.Duration) {
	writeProblem(w, &refusal{code: code, title: title, wait: wait})
}

// rule is one thing that can be wrong, as data: walked in order, the first broken one answers.
type rule[T any] struct {
	code   wire.ProblemCode
	title  string
	broken func(T) bool
	// wait says how long it will stay broken; nil if nobody knows or waiting does not help.
	wait func(T) time.Duration
}

// judge gives the first broken rule's refusal, or nil.
func judge[T any](facts T, rules []rule[T]) error {
	for _, r := range rules {
		if !r.broken(facts) {
			continue
		}
		no := refuse(r.code, r.title)
		if r.wait != nil {
			no.wait = r.wait(facts)
		}
		return no
	}
	return nil
}

// said is the car's name in the ledger.
func (k car) said() string { return strings.ToLower(k.Name) }

// wire shows a car to its owner. What the token's scopes do not allow is no capability.
func (k car) wire(w sim.World, v visitor, now time.Time) wire.Vehicle {
	d := k.Dongle(w, k.Facts, now)
	plate := string(k.Plate)
	shown := wire.Vehicle{
		ID: string(k.ID), Name: k.Name, Make: &k.Make, Model: &k.Model, Year: &k.Year, Color: &k.Color, Plate: &plate,
		Powertrain: wire.Powertrain(k.Powertrain), Capabilities: []wire.Capability{},
		Dongle: wire.Dongle{State: wire.DongleState(d.State), LastSeenAt: known(d.LastSeen)}, BlockedSince: known(k.BlockedSince),
	}
	for _, can := range k.Capabilities {
		if slices.ContainsFunc(scopesFor[can], v.May) {
			shown.Capabilities = append(shown.Capabilities, wire.Capability(can))
		}
	}
	return shown
}

// scopesFor says which scopes make a car's ability usable; one of them is enough.
var scopesFor = map[vehicle.Capability][]string{
	vehicle.TirePressure: {people.Diagnostics},
	vehicle.TireStatus:   {people.Diagnostics},
	vehicle.OpenTrunk:    {people.Grants, people.Commands},
	vehicle.OpenKeyBox:   {people.Grants, people.Commands},
	vehicle.LockDoors:    {people.Commands},
	vehicle.UnlockDoors:  {people.Commands},
}

// known points to an instant unless it is zero.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func (k carrier) wire() wire.Carrier {
	c := wire.Carrier{ID: k.ID, Name: k.Name, Status: wire.CarrierStatusPending}
	if k.Verified {
		c.Status = wire.CarrierStatusVerified
	}
	return c
}

func wireTire(t vehicle.Tire) wire.Tire {
	shown := wire.Tire{Wheel: wire.Wheel(t.Wheel)}
	if t.Recommended > 0 {
		shown.RecommendedKpa = new(float64(t.Recommended))
	}
	switch p := t.Pressure; {
	case p.Available():
		shown.Pressure = &wire.PressureReading{
			Quality: wire.QualityGood, ObservedAt: known(p.ObservedAt), Value: new(float64(p.Value)), Unit: new(wire.PressureReadingUnitKPa),
		}
	case p.Missing != "":
		shown.Pressure = &wire.PressureReading{Quality: wire.QualityUnavailable, Reason: new(wire.MissingReason(p.Missing))}
	}
	switch s := t.Status; {
	case s.Available():
		shown.Status = &wire.TireStateReading{Quality: wire.QualityGood, ObservedAt: known(s.ObservedAt), Value: new(wire.TireState(s.Value))}
	case s.Missing != "":
		shown.Status = &wire.TireStateReading{Quality: wire.QualityUnavailable, Reason: new(wire.MissingReason(s.Missing))}
	}
	return shown
}

// wireGrant shows a grant to its owner.
func wireGrant(tx *bbolt.Tx, g grant, now time.Time) (wire.Grant, error) {
	used, err := usesOf(tx, g, now)
	if err != nil {
		return wire.Grant{}, err
	}
	place := g.vicinity()
	shown := wire.Grant{
		ID: g.ID, VehicleID: string(g.Vehicle), AccessPoint: wire.AccessPoint(g.AccessPoint), WayIn: wire.WayInCode,
		Window: wire.Window{Start: g.Window.Start.UTC(), End: g.Window.End.UTC()}, MaxUses: 1, Uses: used,
		Place: &place, CreatedAt: g.CreatedAt, RevokedAt: known(g.RevokedAt), Status: wire.GrantStatus(g.status(used, now)),
	}
	if g.Reference != "" {
		shown.DeliveryReference = &g.Reference
	}
	if g.Guest != "" {
		shown.GuestName = &g.Guest
	}
	if g.Code == "" {
		by, err := find[carrier](tx, bucketCarriers, g.Carrier)
		if err != nil {
			return wire.Grant{}, err
		}
		shown.WayIn, shown.Carrier = wire.WayInCarrier, new(by.wire())
	}
	return shown, nil
}

func (g grant) vicinity() wire.Vicinity {
	p := sim.Vicinity(g.Place)
	return wire.Vicinity{Latitude: p.Latitude, Longitude: p.Longitude, RadiusM: sim.VicinityRadius}
}

// event is something that happened with the grant.
func (g grant) event(what wire.EventType, at time.Time, by wire.Actor) wire.Event {
	return wire.Event{Type: what, At: at, VehicleID: string(g.Vehicle), GrantID: &g.ID, Actor: &by}
}
