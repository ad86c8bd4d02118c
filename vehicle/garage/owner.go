package garage

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// GetOwner implements GET /v1/me.
func (c *cloud) GetOwner(w http.ResponseWriter, r *http.Request) {
	var o owner
	err := c.db.View(func(tx *bbolt.Tx) (err error) {
		o, err = find[owner](tx, bucketOwners, who(r).Owner)
		return err
	})
	c.answer(w, r, http.StatusOK, wire.Owner{ID: o.ID, Name: o.Name, TimeZone: o.Zone}, err)
}

// ListCarriers implements GET /v1/carriers.
func (c *cloud) ListCarriers(w http.ResponseWriter, r *http.Request) {
	list := wire.CarrierList{Carriers: []wire.Carrier{}}
	err := c.db.View(func(tx *bbolt.Tx) error {
		carriers, err := all[carrier](tx, bucketCarriers)
		for _, k := range carriers {
			list.Carriers = append(list.Carriers, k.wire())
		}
		return err
	})
	c.answer(w, r, http.StatusOK, list, err)
}

// ListVehicles implements GET /v1/vehicles.
func (c *cloud) ListVehicles(w http.ResponseWriter, r *http.Request) {
	list := wire.VehicleList{Vehicles: []wire.Vehicle{}}
	err := c.db.View(func(tx *bbolt.Tx) error {
		cars, err := all[car](tx, bucketVehicles)
		for _, k := range cars {
			if k.Owner == who(r).Owner && !k.Gone {
				list.Vehicles = append(list.Vehicles, k.wire(c.world(), who(r), c.now()))
			}
		}
		return err
	})
	c.answer(w, r, http.StatusOK, list, err)
}

// GetDiagnostics implements GET /v1/vehicles/{vehicle_id}/diagnostics.
func (c *cloud) GetDiagnostics(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	d := wire.Diagnostics{VehicleID: id}
	err := c.db.View(func(tx *bbolt.Tx) error {
		k, err := findCar(tx, who(r).Owner, vehicle.ID(id))
		if err != nil {
			return err
		}
		for _, t := range k.Tires(c.world(), k.Facts, c.now()) {
			d.Tires = append(d.Tires, wireTire(t))
		}
		return nil
	})
	c.answer(w, r, http.StatusOK, d, err)
}

// ListEvents implements GET /v1/vehicles/{vehicle_id}/events. The cursor is the id of the last event seen.
func (c *cloud) ListEvents(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.ListEventsParams) {
	after, limit, cursor := uint64(0), 50, "start"
	if params.Limit != nil {
		limit = int(*params.Limit)
	}
	page := wire.EventPage{}
	err := func() error {
		if params.Cursor != nil && *params.Cursor != cursor {
			n, ok := eventNumber(*params.Cursor)
			if !ok {
				return refuse(wire.ProblemCodeInvalidRequest, "The cursor is not one of ours")
			}
			after, cursor = n, *params.Cursor
		}
		if limit < 1 || limit > 100 {
			return refuse(wire.ProblemCodeInvalidRequest, "The limit is not between 1 and 100")
		}
		if err := c.catchUp(); err != nil {
			return err
		}
		return c.db.View(func(tx *bbolt.Tx) error {
			if _, err := findCar(tx, who(r).Owner, vehicle.ID(id)); err != nil {
				return err
			}
			var err error
			page.Events, err = eventsAfter(tx, vehicle.ID(id), after, limit)
			return err
		})
	}()
	page.NextCursor = cursor
	if n := len(page.Events); n > 0 {
		page.NextCursor = page.Events[n-1].ID
	}
	c.answer(w, r, http.StatusOK, page, err)
}

// catchUp writes what has become due, if anything has.
func (c *cloud) catchUp() error {
	waiting := false
	err := c.db.View(func(tx *bbolt.Tx) error {
		waiting = overdue(tx, c.now())
		return nil
	})
	if err != nil || !waiting {
		return err
	}
	return c.update(func(*bbolt.Tx, time.Time) error { return nil })
}

// ListGrants implements GET /v1/vehicles/{vehicle_id}/grants.
func (c *cloud) ListGrants(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	list := wire.GrantList{Grants: []wire.Grant{}}
	err := c.db.View(func(tx *bbolt.Tx) error {
		if _, err := findCar(tx, who(r).Owner, vehicle.ID(id)); err != nil {
			return err
		}
		now := c.now()
		grants, err := recent(tx, byVehicle, id, now)
		if err != nil {
			return err
		}
		for _, g := range grants[:min(len(grants), 100)] {
			shown, err := wireGrant(tx, g, now)
			if err != nil {
				return err
			}
			list.Grants = append(list.Grants, shown)
		}
		return nil
	})
	c.answer(w, r, http.StatusOK, list, err)
}

// GetGrant implements GET /v1/grants/{grant_id}.
func (c *cloud) GetGrant(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var shown wire.Grant
	err := c.db.View(func(tx *bbolt.Tx) error {
		g, err := findGrant(tx, who(r).Owner, id)
		if err != nil {
			return err
		}
		shown, err = wireGrant(tx, g, c.now())
		return err
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

// CreateGrant implements POST /v1/vehicles/{vehicle_id}/grants. The first answer to a key is remembered in the
// transaction that made the grant, so there is no moment in which a repetition could make a second one.
func (c *cloud) CreateGrant(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.CreateGrantParams) {
	var req wire.GrantRequest
	var body json.RawMessage
	err := func() error {
		if err := read(r, &req); err != nil {
			return err
		}
		if err := checkShape(params.IdempotencyKey, req); err != nil {
			return err
		}
		req.Window.Start = req.Window.Start.UTC().Truncate(time.Millisecond)
		req.Window.End = req.Window.End.UTC().Truncate(time.Millisecond)
		return c.update(func(tx *bbolt.Tx, now time.Time) (err error) {
			body, err = once(tx, now, who(r).Owner, params.IdempotencyKey, []any{"create grant", id, req}, func() (any, error) {
				return c.createGrant(tx, now, who(r).Owner, vehicle.ID(id), req)
			})
			return err
		})
	}()
	c.answer(w, r, http.StatusCreated, body, err)
}

// checkShape refuses what the contract's schema refuses.
func checkShape(key string, req wire.GrantRequest) error {
	text := func(s *string, most int) bool {
		return s == nil || *s != "" && utf8.ValidString(*s) && utf8.RuneCountInString(*s) <= most
	}
	visible := !strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' })
	switch {
	case key == "":
		return refuse(wire.ProblemCodeIdempotencyKeyMissing, "The Idempotency-Key is empty")
	case len(key) < 8 || len(key) > 255 || !visible:
		return refuse(wire.ProblemCodeInvalidRequest, "The Idempotency-Key is not 8 to 255 visible ASCII characters")
	case !req.AccessPoint.Valid() || !req.WayIn.Valid() || req.Window.Start.IsZero() || req.Window.End.IsZero():
		return refuse(wire.ProblemCodeInvalidRequest, "access_point, way_in or window is missing or unknown")
	case !text(req.CarrierID, 64) || !text(req.GuestName, 60) || !text(req.DeliveryReference, 64):
		return refuse(wire.ProblemCodeInvalidRequest, "A text is empty or too long")
	case (req.WayIn == wire.WayInCarrier) != (req.CarrierID != nil):
		return refuse(wire.ProblemCodeInvalidRequest, "carrier_id goes with way_in carrier")
	case req.WayIn == wire.WayInCarrier && req.GuestName != nil:
		return refuse(wire.ProblemCodeInvalidRequest, "guest_name goes with way_in code")
	case req.WayIn == wire.WayInCode:
		return refuse(wire.ProblemCodeNotImplemented, "The garage does not offer codes")
	}
	return nil
}

// createGrant makes the grant, its event and its ledger line.
func (c *cloud) createGrant(tx *bbolt.Tx, now time.Time, ownerID string, id vehicle.ID, req wire.GrantRequest) (any, error) {
	k, err := findCar(tx, ownerID, id)
	if err != nil {
		return nil, err
	}
	by, known, err := get[carrier](tx, bucketCarriers, *req.CarrierID)
	if err != nil {
		return nil, err
	}
	window := vehicle.Window{Start: req.Window.Start, End: req.Window.End}
	access := vehicle.AccessPoint(req.AccessPoint)
	if err := judge(wish{now: now, window: window, access: access, car: k, carrier: by, known: known}, creationRules); err != nil {
		return nil, err
	}
	n, err := tx.Bucket(bucketGrants).NextSequence()
	if err != nil {
		return nil, err
	}
	g := grant{
		ID: fmt.Sprintf("grt_%d", n), Vehicle: id, Owner: ownerID, AccessPoint: access, Carrier: by.ID,
		Window: window, CreatedAt: now, Place: k.Position(c.world(), k.Facts, now),
	}
	if k.Moving(c.world(), k.Facts, now) {
		g.Place = k.Home
	}
	if req.DeliveryReference != nil {
		g.Reference = *req.DeliveryReference
	}
	o, err := find[owner](tx, bucketOwners, ownerID)
	if err != nil {
		return nil, err
	}
	if err := newGrant(tx, g); err != nil {
		return nil, err
	}
	if err := record(tx, g.event(wire.EventTypeGrantCreated, now, wire.Actor{Kind: wire.ActorKindOwner})); err != nil {
		return nil, err
	}
	if err := enter(tx, now, "grant %s %s %s %s", access, k.said(), by.Name, span(window, now, o.zone())); err != nil {
		return nil, err
	}
	return wireGrant(tx, g, now)
}

// RevokeGrant implements POST /v1/grants/{grant_id}/revoke. It also takes back a command that the car does not
// have yet.
func (c *cloud) RevokeGrant(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var shown wire.Grant
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		g, err := findGrant(tx, who(r).Owner, id)
		if err != nil {
			return err
		}
		used, err := usesOf(tx, g, now)
		if err != nil {
			return err
		}
		if s := g.status(used, now); s == vehicle.Active || s == vehicle.Scheduled {
			if err := revoke(tx, &g, now); err != nil {
				return err
			}
		}
		shown, err = wireGrant(tx, g, now)
		return err
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

func revoke(tx *bbolt.Tx, g *grant, now time.Time) error {
	g.RevokedAt = now
	if err := put(tx, bucketGrants, g.ID, g); err != nil {
		return err
	}
	if err := record(tx, g.event(wire.EventTypeGrantRevoked, now, wire.Actor{Kind: wire.ActorKindOwner})); err != nil {
		return err
	}
	k, err := find[car](tx, bucketVehicles, string(g.Vehicle))
	if err != nil {
		return err
	}
	by, err := find[carrier](tx, bucketCarriers, g.Carrier)
	if err != nil {
		return err
	}
	if err := enter(tx, now, "revoke %s %s %s", g.AccessPoint, k.said(), by.Name); err != nil {
		return err
	}
	cmd, ok, err := latest(tx, *g)
	if err != nil || !ok || !cmd.cancel(now) {
		return err
	}
	if err := put(tx, bucketCommands, cmd.ID, cmd); err != nil {
		return err
	}
	return schedule(tx, due{At: now, Type: wire.EventTypeCommandFailed, Grant: g.ID, Command: cmd.ID})
}

// GetCommand implements GET /v1/commands/{command_id}, for the owner of the car and the carrier that asked.
func (c *cloud) GetCommand(w http.ResponseWriter, r *http.Request, id wire.ID) {
	var shown wire.Command
	err := c.db.View(func(tx *bbolt.Tx) error {
		cmd, err := find[command](tx, bucketCommands, id)
		if err != nil {
			return err
		}
		v := who(r)
		if mine := v.Owner != "" && v.Owner == cmd.Owner || v.Carrier != "" && v.Carrier == cmd.Carrier; !mine {
			return errNotFound
		}
		shown = cmd.wire(c.now())
		return nil
	})
	c.answer(w, r, http.StatusOK, shown, err)
}
