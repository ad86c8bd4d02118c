package dongle

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// What an owner can do about who gets in. All but createGrant are idempotent without a key, and a lost
// answer leaves open whether they happened all the same.
var (
	listGrants     = operation{name: "list grants", success: http.StatusOK}
	createGrant    = operation{name: "create grant", success: http.StatusCreated, writes: true}
	extendGrant    = operation{name: "extend grant", success: http.StatusOK, writes: true}
	revokeGrant    = operation{name: "revoke grant", success: http.StatusOK, writes: true}
	blockVehicle   = operation{name: "block vehicle", success: http.StatusOK, writes: true}
	unblockVehicle = operation{name: "unblock vehicle", success: http.StatusNoContent, writes: true}
)

// Grants implements [vehicle.Granter].
func (c *Client) Grants(ctx context.Context, token vehicle.Token, id vehicle.ID) ([]vehicle.Grant, error) {
	if !validID(string(id)) {
		return nil, noSuch(listGrants)
	}
	answer, err := ask[wire.GrantList](ctx, listGrants, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ListGrants(ctx, string(id), edit)
	})
	return translate(listGrants, answer, err, func(g wire.GrantList) ([]vehicle.Grant, error) {
		return toGrants(id, g)
	})
}

// CreateGrant implements [vehicle.Granter]. An answer that grants something else than what was asked is
// MaybeDone: somebody may have been let in, but it is not what the owner confirmed. A guest's code comes
// with the first answer alone; a repetition with the same key has none.
func (c *Client) CreateGrant(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, r vehicle.GrantRequest) (vehicle.Grant, error) {
	r.Guest = strings.TrimSpace(r.Guest)
	r.Window = vehicle.Window{Start: wireTime(r.Window.Start), End: wireTime(r.Window.End)}
	body, err := toGrantRequest(r)
	if err == nil {
		err = checkKey(createGrant, key)
	}
	if err != nil {
		return vehicle.Grant{}, err
	}
	params := &wire.CreateGrantParams{IdempotencyKey: string(key)}
	answer, err := ask[wire.Grant](ctx, createGrant, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.CreateGrant(ctx, string(r.Vehicle), params, body, edit)
	})
	return translate(createGrant, answer, err, func(g wire.Grant) (vehicle.Grant, error) {
		return toNewGrant(r, g)
	})
}

// toGrantRequest wants either a carrier or a guest.
func toGrantRequest(r vehicle.GrantRequest) (wire.GrantRequest, error) {
	body := wire.GrantRequest{
		AccessPoint: wire.AccessPoint(r.AccessPoint),
		Window:      wire.Window{Start: r.Window.Start, End: r.Window.End},
	}
	switch {
	case !validID(string(r.Vehicle)):
		return body, noSuch(createGrant)
	case r.Guest != "" && r.CarrierID != "":
		return body, createGrant.refuse(vehicle.Internal, "both a carrier and a guest")
	case r.Guest != "" && validate.Var(r.Guest, "max=60,spoken") != nil:
		return body, createGrant.refuse(vehicle.Invalid, "the guest's name cannot be said")
	case r.Guest != "":
		body.WayIn, body.GuestName = wire.WayInCode, &r.Guest
	case !validID(r.CarrierID):
		return body, noSuch(createGrant)
	default:
		body.WayIn, body.CarrierID = wire.WayInCarrier, &r.CarrierID
	}
	return body, nil
}

// ExtendGrant implements [vehicle.Gatekeeper]. An answer with another end than the one asked for is
// MaybeDone.
func (c *Client) ExtendGrant(ctx context.Context, token vehicle.Token, grant string, end time.Time) (vehicle.Grant, error) {
	if !validID(grant) {
		return vehicle.Grant{}, noSuch(extendGrant)
	}
	end = wireTime(end)
	answer, err := ask[wire.Grant](ctx, extendGrant, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ExtendGrant(ctx, grant, wire.Extension{End: end}, edit)
	})
	return translate(extendGrant, answer, err, func(w wire.Grant) (vehicle.Grant, error) {
		g, err := toSameGrant(grant, w)
		if err == nil && !g.Window.End.Equal(end) {
			err = errors.New("the grant does not end when it should")
		}
		return g, err
	})
}

// RevokeGrant implements [vehicle.Gatekeeper]. An answer with a grant that is not over is MaybeDone.
func (c *Client) RevokeGrant(ctx context.Context, token vehicle.Token, grant string) (vehicle.Grant, error) {
	if !validID(grant) {
		return vehicle.Grant{}, noSuch(revokeGrant)
	}
	answer, err := ask[wire.Grant](ctx, revokeGrant, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.RevokeGrant(ctx, grant, edit)
	})
	return translate(revokeGrant, answer, err, func(w wire.Grant) (vehicle.Grant, error) {
		g, err := toSameGrant(grant, w)
		if err == nil && g.RevokedAt.IsZero() && g.Open(c.now().Add(clockSkew)) {
			err = errors.New("the grant is not over")
		}
		return g, err
	})
}

// Block implements [vehicle.Gatekeeper].
func (c *Client) Block(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Block, error) {
	if !validID(string(id)) {
		return vehicle.Block{}, noSuch(blockVehicle)
	}
	answer, err := ask[wire.Block](ctx, blockVehicle, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.BlockVehicle(ctx, string(id), edit)
	})
	return translate(blockVehicle, answer, err, func(b wire.Block) (vehicle.Block, error) {
		if err := validate.Struct(b); err != nil {
			return vehicle.Block{}, err
		}
		return vehicle.Block{Since: c.plausible(b.Since), Revoked: b.RevokedGrants}, nil
	})
}

// Unblock implements [vehicle.Gatekeeper].
func (c *Client) Unblock(ctx context.Context, token vehicle.Token, id vehicle.ID) error {
	if !validID(string(id)) {
		return noSuch(unblockVehicle)
	}
	_, err := ask[struct{}](ctx, unblockVehicle, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.UnblockVehicle(ctx, string(id), edit)
	})
	return err
}

func toGrants(id vehicle.ID, list wire.GrantList) ([]vehicle.Grant, error) {
	if err := validate.Struct(list); err != nil {
		return nil, err
	}
	grants := make([]vehicle.Grant, 0, len(list.Grants))
	for _, g := range list.Grants {
		if g.VehicleID != string(id) {
			return nil, errors.New("a grant is of another car")
		}
		grants = append(grants, toGrant(g))
	}
	return grants, nil
}

// toSameGrant accepts only the grant with this id.
func toSameGrant(id string, g wire.Grant) (vehicle.Grant, error) {
	if err := validate.Struct(g); err != nil {
		return vehicle.Grant{}, err
	}
	if g.ID != id {
		return vehicle.Grant{}, errors.New("the grant is another one")
	}
	return toGrant(g), nil
}

var codeShape = regexp.MustCompile(`^[0-9]{6,8}$`)

// toNewGrant accepts only the grant that was asked for. Only here a code is looked at.
func toNewGrant(asked vehicle.GrantRequest, g wire.Grant) (vehicle.Grant, error) {
	if err := validate.Struct(g); err != nil {
		return vehicle.Grant{}, err
	}
	grant := toGrant(g)
	same := grant.Vehicle == asked.Vehicle && grant.AccessPoint == asked.AccessPoint &&
		grant.Carrier.ID == asked.CarrierID && grant.Carrier.Verified == (asked.CarrierID != "") && grant.Guest == asked.Guest &&
		grant.Window.Start.Equal(asked.Window.Start) && grant.Window.End.Equal(asked.Window.End)
	if !same {
		return vehicle.Grant{}, errors.New("the grant is not the one that was asked for")
	}
	if asked.Guest != "" && g.Code != nil {
		if !codeShape.MatchString(*g.Code) {
			return vehicle.Grant{}, errors.New("the guest's code is not one")
		}
		grant.Code = vehicle.Code(*g.Code)
	}
	return grant, nil
}

// toGrant has either a carrier or a guest; of a way in that we do not know, whichever is there.
func toGrant(g wire.Grant) vehicle.Grant {
	grant := vehicle.Grant{
		ID:          g.ID,
		Vehicle:     vehicle.ID(g.VehicleID),
		AccessPoint: known(vehicle.AccessPoint(g.AccessPoint), vehicle.Trunk, vehicle.KeyBoxOnPlate),
		Window:      vehicle.Window{Start: g.Window.Start.UTC(), End: g.Window.End.UTC()},
		MaxUses:     g.MaxUses,
		Uses:        g.Uses,
		CreatedAt:   g.CreatedAt.UTC(),
	}
	switch {
	case g.Carrier != nil && g.WayIn != wire.WayInCode:
		grant.Carrier = toCarrier(*g.Carrier)
	case g.GuestName != nil:
		grant.Guest = strings.TrimSpace(*g.GuestName)
	}
	if g.RevokedAt != nil {
		grant.RevokedAt = g.RevokedAt.UTC()
	}
	return grant
}
