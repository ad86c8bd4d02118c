package garage

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

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
// transaction that made the grant, so there is no moment in which a repetition could make a second one. What is
// remembered has no code: that is told once.
func (c *cloud) CreateGrant(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.CreateGrantParams) {
	var req wire.GrantRequest
	var answer any
	err := func() error {
		if err := read(r, &req); err != nil {
			return err
		}
		if err := errors.Join(checkKey(params.IdempotencyKey), checkShape(req)); err != nil {
			return err
		}
		req.Window.Start = req.Window.Start.UTC().Truncate(time.Millisecond)
		req.Window.End = req.Window.End.UTC().Truncate(time.Millisecond)
		return c.update(func(tx *bbolt.Tx, now time.Time) error {
			var fresh *wire.Grant
			body, err := once(tx, now, who(r).Owner, params.IdempotencyKey, []any{"create grant", id, req}, func() (any, error) {
				shown, code, err := c.createGrant(tx, now, who(r), vehicle.ID(id), req)
				if code != "" {
					told := shown
					told.Code, fresh = &code, &told
				}
				return shown, err
			})
			if answer = body; fresh != nil {
				answer = *fresh
			}
			return err
		})
	}()
	c.answer(w, r, http.StatusCreated, answer, err)
}

// checkKey refuses what the contract's schema refuses of an Idempotency-Key.
func checkKey(key string) error {
	switch {
	case key == "":
		return refuse(wire.ProblemCodeIdempotencyKeyMissing, "The Idempotency-Key is empty")
	case len(key) < 8 || len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }):
		return refuse(wire.ProblemCodeInvalidRequest, "The Idempotency-Key is not 8 to 255 visible ASCII characters")
	default:
		return nil
	}
}

// checkShape refuses what the contract's schema refuses.
func checkShape(req wire.GrantRequest) error {
	text := func(s *string, most int) bool {
		return s == nil || *s != "" && utf8.ValidString(*s) && utf8.RuneCountInString(*s) <= most
	}
	switch {
	case !req.AccessPoint.Valid() || !req.WayIn.Valid() || req.Window.Start.IsZero() || req.Window.End.IsZero():
		return refuse(wire.ProblemCodeInvalidRequest, "access_point, way_in or window is missing or unknown")
	case !text(req.CarrierID, 64) || !text(req.GuestName, 60) || !text(req.DeliveryReference, 64):
		return refuse(wire.ProblemCodeInvalidRequest, "A text is empty or too long")
	case (req.WayIn == wire.WayInCarrier) != (req.CarrierID != nil):
		return refuse(wire.ProblemCodeInvalidRequest, "carrier_id goes with way_in carrier")
	case req.WayIn == wire.WayInCarrier && req.GuestName != nil:
		return refuse(wire.ProblemCodeInvalidRequest, "guest_name goes with way_in code")
	case req.WayIn == wire.WayInCode && req.DeliveryReference != nil:
		return refuse(wire.ProblemCodeInvalidRequest, "delivery_reference goes with way_in carrier")
	case req.GuestName != nil && strings.ContainsFunc(*req.GuestName, unicode.IsControl):
		return refuse(wire.ProblemCodeInvalidRequest, "guest_name is not a name")
	}
	return nil
}

// createGrant makes the grant, its event and its ledger line, and for a guest the code that opens it.
func (c *cloud) createGrant(tx *bbolt.Tx, now time.Time, by visitor, id vehicle.ID, req wire.GrantRequest) (shown wire.Grant, code string, err error) {
	k, err := findCar(tx, by.Owner, id)
	if err != nil {
		return shown, "", err
	}
	asked := wish{
		now: now, window: vehicle.Window{Start: req.Window.Start, End: req.Window.End}, access: vehicle.AccessPoint(req.AccessPoint),
		car: k, guest: req.WayIn == wire.WayInCode,
	}
	if !asked.guest {
		if asked.carrier, asked.known, err = get[carrier](tx, bucketCarriers, *req.CarrierID); err != nil {
			return shown, "", err
		}
	}
	if err := judge(asked, creationRules); err != nil {
		return shown, "", err
	}
	n, err := tx.Bucket(bucketGrants).NextSequence()
	if err != nil {
		return shown, "", err
	}
	g := grant{
		ID: fmt.Sprintf("grt_%d", n), Vehicle: id, Owner: by.Owner, AccessPoint: asked.access, Carrier: asked.carrier.ID,
		Window: asked.window, CreatedAt: now, Place: k.Position(c.world(), k.Facts, now), Trace: by.Trace,
	}
	if k.Moving(c.world(), k.Facts, now) {
		g.Place = k.Home
	}
	if req.DeliveryReference != nil {
		g.Reference = *req.DeliveryReference
	}
	if asked.guest {
		if req.GuestName != nil {
			g.Guest = *req.GuestName
		}
		if code, g.Code, err = newCode(tx); err != nil {
			return shown, "", err
		}
	}
	if err := newGrant(tx, g); err != nil {
		return shown, "", err
	}
	if err := chronicle(tx, now, g, wire.EventTypeGrantCreated, "grant", true); err != nil {
		return shown, "", err
	}
	shown, err = wireGrant(tx, g, now)
	return shown, code, err
}

// chronicle writes what the owner did with a grant into the history and the ledger.
func chronicle(tx *bbolt.Tx, now time.Time, g grant, what wire.EventType, verb string, window bool) error {
	if err := record(tx, g.event(what, now, wire.Actor{Kind: wire.ActorKindOwner}), g.Trace); err != nil {
		return err
	}
	k, err := find[car](tx, bucketVehicles, string(g.Vehicle))
	if err != nil {
		return err
	}
	by, err := holderOf(tx, g)
	if err != nil {
		return err
	}
	until := ""
	if window {
		o, err := find[owner](tx, bucketOwners, g.Owner)
		if err != nil {
			return err
		}
		until = " " + span(g.Window, now, o.zone())
	}
	return enter(tx, now, "%s %s %s %s%s", verb, g.AccessPoint, k.said(), by.said, until)
}

// ExtendGrant implements POST /v1/grants/{grant_id}/extend.
func (c *cloud) ExtendGrant(w http.ResponseWriter, r *http.Request, id wire.GrantID) {
	var shown wire.Grant
	err := func() error {
		var req wire.Extension
		if err := read(r, &req); err != nil {
			return err
		}
		if req.End.IsZero() {
			return refuse(wire.ProblemCodeInvalidRequest, "end is missing")
		}
		end := req.End.UTC().Truncate(time.Millisecond)
		return c.update(func(tx *bbolt.Tx, now time.Time) error {
			g, err := findGrant(tx, who(r).Owner, id)
			if err != nil {
				return err
			}
			g.Trace = cmp.Or(who(r).Trace, g.Trace)
			if err := extend(tx, &g, end, now); err != nil {
				return err
			}
			shown, err = wireGrant(tx, g, now)
			return err
		})
	}()
	c.answer(w, r, http.StatusOK, shown, err)
}

func extend(tx *bbolt.Tx, g *grant, end, now time.Time) error {
	used, err := usesOf(tx, *g, now)
	if err != nil {
		return err
	}
	k, err := find[car](tx, bucketVehicles, string(g.Vehicle))
	if err != nil {
		return err
	}
	if err := judge(stretch{grant: *g, status: g.status(used, now), car: k, end: end}, extensionRules); err != nil {
		return err
	}
	if end.Equal(g.Window.End) {
		return nil // a repetition, or nothing asked
	}
	if err := unlist(tx, *g); err != nil {
		return err
	}
	g.Window.End = end
	if err := newGrant(tx, *g); err != nil {
		return err
	}
	return chronicle(tx, now, *g, wire.EventTypeGrantExtended, "extend", true)
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
		g.Trace = cmp.Or(who(r).Trace, g.Trace)
		if _, err := revoke(tx, &g, now); err != nil {
			return err
		}
		shown, err = wireGrant(tx, g, now)
		return err
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

// revoke ends a grant that is not over yet, and reports whether it was one.
func revoke(tx *bbolt.Tx, g *grant, now time.Time) (open bool, err error) {
	used, err := usesOf(tx, *g, now)
	if err != nil {
		return false, err
	}
	if s := g.status(used, now); s != vehicle.Active && s != vehicle.Scheduled {
		return false, nil
	}
	g.RevokedAt = now
	if err := put(tx, bucketGrants, g.ID, g); err != nil {
		return false, err
	}
	if err := chronicle(tx, now, *g, wire.EventTypeGrantRevoked, "revoke", false); err != nil {
		return false, err
	}
	k, err := find[car](tx, bucketVehicles, string(g.Vehicle))
	if err != nil {
		return false, err
	}
	return true, eachCommand(tx, &k, now, func(cmd *command) bool {
		return cmd.Grant == g.ID && cmd.Cancel(now, vehicle.GrantWithdrawn)
	})
}

// BlockVehicle implements POST /v1/vehicles/{vehicle_id}/block. Like a revocation it wins over whatever has not
// reached the car, the owner's own openings among it.
func (c *cloud) BlockVehicle(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	done := wire.Block{RevokedGrants: []wire.ID{}}
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		k, err := findCar(tx, who(r).Owner, vehicle.ID(id))
		if err != nil || !k.BlockedSince.IsZero() {
			done.Since = k.BlockedSince
			return err
		}
		done.Since = now
		if err := bar(tx, &k, now, now, who(r).Trace); err != nil {
			return err
		}
		grants, err := recent(tx, byVehicle, id, now)
		if err != nil {
			return err
		}
		for _, g := range grants {
			g.Trace = cmp.Or(who(r).Trace, g.Trace)
			open, err := revoke(tx, &g, now)
			if err != nil {
				return err
			}
			if open && len(done.RevokedGrants) < 100 { // as many as the contract lets an answer name
				done.RevokedGrants = append(done.RevokedGrants, g.ID)
			}
		}
		if k, err = find[car](tx, bucketVehicles, id); err != nil { // revoking has changed it
			return err
		}
		return eachCommand(tx, &k, now, func(cmd *command) bool {
			return cmd.Acts() != vehicle.Lock && cmd.Cancel(now, vehicle.CarBlocked)
		})
	})
	c.answer(w, r, http.StatusOK, done, err)
}

// UnblockVehicle implements DELETE /v1/vehicles/{vehicle_id}/block.
func (c *cloud) UnblockVehicle(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		k, err := findCar(tx, who(r).Owner, vehicle.ID(id))
		if err != nil || k.BlockedSince.IsZero() {
			return err
		}
		return bar(tx, &k, time.Time{}, now, who(r).Trace)
	})
	c.answer(w, r, http.StatusNoContent, nil, err)
}

// bar blocks a car since an instant, or lifts the block if that is zero.
func bar(tx *bbolt.Tx, k *car, since, now time.Time, trace string) error {
	what, verb := wire.EventTypeVehicleBlocked, "block"
	if since.IsZero() {
		what, verb = wire.EventTypeVehicleUnblocked, "unblock"
	}
	k.BlockedSince = since
	if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
		return err
	}
	e := wire.Event{Type: what, At: now, VehicleID: string(k.ID), Actor: &wire.Actor{Kind: wire.ActorKindOwner}}
	if err := record(tx, e, trace); err != nil {
		return err
	}
	return enter(tx, now, "%s %s", verb, k.said())
}
