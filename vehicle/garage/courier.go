package garage

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// visit gathers the facts about a grant for its carrier. A grant of another carrier does not exist, and an
// unverified carrier has none.
func (c *cloud) visit(tx *bbolt.Tx, r *http.Request, id string, now time.Time) (visit, carrier, error) {
	by, err := find[carrier](tx, bucketCarriers, who(r).Carrier)
	if err != nil {
		return visit{}, by, err
	}
	g, err := find[grant](tx, bucketGrants, id)
	if err != nil {
		return visit{}, by, err
	}
	if g.Carrier != by.ID || !by.Verified {
		return visit{}, by, errNotFound
	}
	v, err := c.look(tx, g, now, who(r).Trace)
	return v, by, err
}

// look gathers the facts about a grant for whoever comes with a trace, empty for none.
func (c *cloud) look(tx *bbolt.Tx, g grant, now time.Time, trace string) (visit, error) {
	k, err := find[car](tx, bucketVehicles, string(g.Vehicle))
	if err == nil && k.Gone { // the owner could neither see nor end what still opened it
		err = errNotFound
	}
	if err != nil {
		return visit{}, err
	}
	cmd, _, err := latest(tx, g)
	if err != nil {
		return visit{}, err
	}
	used, err := usesOf(tx, g, now)
	if err != nil {
		return visit{}, err
	}
	return visit{
		now: now, grant: g, status: g.status(used, now), car: k, command: cmd,
		trace: cmp.Or(trace, g.Trace),
		at:    k.Position(c.world(), k.Facts, now), moving: k.Moving(c.world(), k.Facts, now),
	}, nil
}

// show is a delivery as its courier may see it.
func (v visit) show(p wire.Precision) wire.Delivery {
	g := v.grant
	d := wire.Delivery{
		GrantID: g.ID, Status: wire.GrantStatus(v.status), AccessPoint: wire.AccessPoint(g.AccessPoint),
		Window: wire.Window{Start: g.Window.Start.UTC(), End: g.Window.End.UTC()}, Steps: v.steps(),
	}
	if g.Reference != "" {
		d.DeliveryReference = &g.Reference
	}
	if g.Command != "" {
		d.CommandID = &g.Command
	}
	switch p {
	case wire.PrecisionVicinity:
		d.Vicinity = new(g.vicinity())
	case wire.PrecisionExact:
		plate := string(v.car.Plate)
		d.Position = &wire.Position{Latitude: v.at.Latitude, Longitude: v.at.Longitude}
		d.Vehicle = &wire.DeliveryVehicle{Make: &v.car.Make, Model: &v.car.Model, Color: &v.car.Color, Plate: &plate}
	}
	return d
}

// steps are what has been done so far, oldest first.
func (v visit) steps() []wire.DeliveryStep {
	g, c := v.grant, v.command
	list := []wire.DeliveryStep{
		{Step: wire.StepGranted, At: g.CreatedAt}, {Step: wire.StepEnRoute, At: g.EnRouteAt}, {Step: wire.StepArrived, At: g.ArrivedAt},
		{Step: wire.StepOpened, At: c.OpenedAt()}, {Step: wire.StepLeftOpen, At: c.LeftOpenAt()}, {Step: wire.StepClosed, At: c.ClosesAt},
		{Step: wire.StepLocked, At: c.LocksAt}, {Step: wire.StepKeyMissing, At: c.KeyMissingAt()}, {Step: wire.StepCompleted, At: g.CompletedAt},
	}
	list = slices.DeleteFunc(list, func(s wire.DeliveryStep) bool { return s.At.IsZero() || s.At.After(v.now) })
	slices.SortStableFunc(list, func(a, b wire.DeliveryStep) int { return a.At.Compare(b.At) })
	return list
}

// ListDeliveries implements GET /v1/deliveries.
func (c *cloud) ListDeliveries(w http.ResponseWriter, r *http.Request) {
	list := wire.DeliveryList{Deliveries: []wire.Delivery{}}
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		by, err := find[carrier](tx, bucketCarriers, who(r).Carrier)
		if err != nil || !by.Verified {
			return err
		}
		grants, err := recent(tx, byCarrier, by.ID, now)
		if err != nil {
			return err
		}
		for _, g := range grants[:min(len(grants), 1000)] {
			v, err := c.look(tx, g, now, who(r).Trace)
			if errors.Is(err, errNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			p := v.released()
			if p == wire.PrecisionExact {
				p = "" // that comes with one delivery at a time
			}
			if err := release(tx, &v, by, p); err != nil {
				return err
			}
			list.Deliveries = append(list.Deliveries, v.show(p))
		}
		return nil
	})
	c.answer(w, r, http.StatusOK, list, err)
}

// release records that a courier was shown where the car is: each time precisely, and the first time roughly,
// because a vicinity never changes.
func release(tx *bbolt.Tx, v *visit, by carrier, p wire.Precision) error {
	switch {
	case p == "" || p == wire.PrecisionVicinity && !v.grant.VicinityAt.IsZero():
		return nil
	case p == wire.PrecisionVicinity:
		v.grant.VicinityAt = v.now
		if err := put(tx, bucketGrants, v.grant.ID, v.grant); err != nil {
			return err
		}
	}
	e := v.grant.event(wire.EventTypePositionReleased, v.now, by.actor())
	e.Precision = &p
	return record(tx, e, v.trace)
}

func (k carrier) actor() wire.Actor { return wire.Actor{Kind: wire.ActorKindCourier, Name: &k.Name} }

func (k carrier) holder() holder { return holder{said: k.Name, actor: k.actor()} }

// GetDelivery implements GET /v1/deliveries/{grant_id}.
func (c *cloud) GetDelivery(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var d wire.Delivery
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		v, by, err := c.visit(tx, r, id, now)
		if err != nil {
			return err
		}
		p := v.released()
		d = v.show(p)
		return release(tx, &v, by, p)
	})
	c.answer(w, r, http.StatusOK, d, err)
}

// StartDelivery implements POST /v1/deliveries/{grant_id}/en-route.
func (c *cloud) StartDelivery(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var body wire.EnRoute
	err := read(r, &body)
	if err == nil {
		err = checkReference(body.DeliveryReference)
	}
	c.advance(w, r, id, wire.StepEnRoute, err, func(v *visit) { v.reference = body.DeliveryReference })
}

// ArriveAtVehicle implements POST /v1/deliveries/{grant_id}/arrive.
func (c *cloud) ArriveAtVehicle(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var body struct {
		Position spot `json:"position"`
	}
	err := read(r, &body)
	at, bad := body.Position.place()
	if err == nil {
		err = bad
	}
	c.advance(w, r, id, wire.StepArrived, err, func(v *visit) { v.courier = at })
}

// CompleteDelivery implements POST /v1/deliveries/{grant_id}/complete.
func (c *cloud) CompleteDelivery(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	c.advance(w, r, id, wire.StepCompleted, nil, func(*visit) {})
}

// advance makes one step of a delivery, unless it was made before, and shows the delivery after it.
func (c *cloud) advance(w http.ResponseWriter, r *http.Request, id string, name wire.Step, bad error, tell func(*visit)) {
	var d wire.Delivery
	err := bad
	if err == nil {
		err = c.update(func(tx *bbolt.Tx, now time.Time) error {
			v, by, err := c.visit(tx, r, id, now)
			if err != nil {
				return err
			}
			tell(&v)
			again, err := steps[name].decide(v)
			if err != nil {
				return err
			}
			if !again {
				if err := v.make(tx, name, by); err != nil {
					return err
				}
			}
			p := v.released()
			d = v.show(p)
			return release(tx, &v, by, p)
		})
	}
	c.answer(w, r, http.StatusOK, d, err)
}

// make stores a step, its event and its ledger line.
func (v *visit) make(tx *bbolt.Tx, name wire.Step, by carrier) error {
	var what wire.EventType
	switch name {
	case wire.StepEnRoute:
		v.grant.EnRouteAt, v.grant.Reference, what = v.now, v.reference, wire.EventTypeDeliveryEnRoute
	case wire.StepArrived:
		v.grant.ArrivedAt, what = v.now, wire.EventTypeDeliveryArrived
	default: // complete, the last
		v.grant.CompletedAt, what = v.now, wire.EventTypeDeliveryCompleted
	}
	if err := put(tx, bucketGrants, v.grant.ID, v.grant); err != nil {
		return err
	}
	if err := record(tx, v.grant.event(what, v.now, by.actor()), v.trace); err != nil {
		return err
	}
	return enter(tx, v.now, "%s %s %s", name, v.car.said(), by.Name)
}

// OpenForDelivery implements POST /v1/deliveries/{grant_id}/open.
func (c *cloud) OpenForDelivery(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var shown wire.Command
	err := func() error {
		var body struct {
			Reference string `json:"delivery_reference"`
			Position  spot   `json:"position"`
		}
		if err := read(r, &body); err != nil {
			return err
		}
		if err := checkReference(body.Reference); err != nil {
			return err
		}
		at, err := body.Position.place()
		if err != nil {
			return err
		}
		return c.update(func(tx *bbolt.Tx, now time.Time) error {
			v, by, err := c.visit(tx, r, id, now)
			if err != nil {
				return err
			}
			v.reference, v.courier = body.Reference, at
			again, err := steps[wire.StepOpened].decide(v)
			if err != nil {
				return err
			}
			if !again {
				if err := v.open(tx, c.world(), by.holder()); err != nil {
					return err
				}
			}
			shown = v.command.wire(now)
			return nil
		})
	}()
	c.answer(w, r, http.StatusAccepted, shown, err)
}

// open makes the command. It ends with the window at the latest: what is opened must be opened inside it.
func (v *visit) open(tx *bbolt.Tx, w sim.World, by holder) error {
	asked := command{Grant: v.grant.ID, Carrier: v.grant.Carrier, Trace: v.trace}
	asked.Act, asked.ExpiresAt = opens[v.grant.AccessPoint].act, v.now.Add(commandLife)
	if v.grant.Window.End.Before(asked.ExpiresAt) {
		asked.ExpiresAt = v.grant.Window.End
	}
	var err error
	if v.command, err = issue(tx, w, &v.car, asked, v.now); err != nil {
		return err
	}
	v.grant.Command = v.command.ID
	if err := put(tx, bucketGrants, v.grant.ID, v.grant); err != nil {
		return err
	}
	return enter(tx, v.now, "open %s %s %s", v.grant.AccessPoint, v.car.said(), by.said)
}

func checkReference(s string) error {
	if s == "" || utf8.RuneCountInString(s) > 64 || !utf8.ValidString(s) {
		return refuse(wire.ProblemCodeInvalidRequest, "delivery_reference is missing or too long")
	}
	return nil
}

// spot is a position that a courier reports. A missing number is not a zero: the equator is a place too.
type spot struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

func (s spot) place() (vehicle.Position, error) {
	if s.Latitude == nil || s.Longitude == nil || math.Abs(*s.Latitude) > 90 || math.Abs(*s.Longitude) > 180 {
		return vehicle.Position{}, refuse(wire.ProblemCodeInvalidRequest, "The position is missing or not on this earth")
	}
	return vehicle.Position{Latitude: *s.Latitude, Longitude: *s.Longitude}, nil
}
