package owner

import (
	"context"
	"net/url"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// accessView is the page of who can get in.
type accessView struct{ Cars []carCard }

// confirmView asks once more before something changes.
type confirmView struct {
	Title, Text, More string
	Action            string // the page that does it
	Fields            map[string]string
	Label             string // of the button
	Danger            bool
	Again             string // sign in again first, there
}

func (p *page) access(ctx context.Context, v *visit) (answer, error) {
	w, account, err := p.lookWith(ctx, v)
	if err != nil {
		return answer{}, err
	}
	var view accessView
	for _, car := range w.cars {
		view.Cars = append(view.Cars, v.card(w, car, account.Preferences))
	}
	return answer{page: "access", view: view}, nil
}

// lookWith reads the cars and what their owner calls them.
func (p *page) lookWith(ctx context.Context, v *visit) (world, store.Account, error) {
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return world{}, account, err
	}
	w, err := p.look(ctx, v)
	return w, account, err
}

// errGone means that the owner has no such car or grant.
var errGone = &vehicle.Error{Op: "find what the page is about", Kind: vehicle.NotFound, Outcome: vehicle.NotDone}

// car finds the car that a form or a link is about among the owner's own.
func (p *page) car(ctx context.Context, v *visit, from url.Values) (vehicle.Vehicle, string, error) {
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return vehicle.Vehicle{}, "", err
	}
	household, err := p.Cars.Household(ctx, v.token())
	if err != nil {
		return vehicle.Vehicle{}, "", err
	}
	for _, car := range household.Vehicles {
		if string(car.ID) == from.Get("car") {
			return car, nameOf(car, account.Preferences), nil
		}
	}
	return vehicle.Vehicle{}, "", errGone
}

// grant finds the grant that a form or a link is about.
func (p *page) grant(ctx context.Context, v *visit, from url.Values) (vehicle.Grant, string, error) {
	car, name, err := p.car(ctx, v, from)
	if err != nil {
		return vehicle.Grant{}, "", err
	}
	grants, err := p.Cars.Grants(ctx, v.token(), car.ID)
	if err != nil {
		return vehicle.Grant{}, "", err
	}
	for _, g := range grants {
		if g.ID == from.Get("grant") {
			return g, name, nil
		}
	}
	return vehicle.Grant{}, "", errGone
}

// over is said of a grant that cannot be taken back any more.
func over(g vehicle.Grant, status vehicle.GrantStatus) string {
	if status == vehicle.Redeemed {
		return guestOf(g) + " had already used the access. It opens nothing any more."
	}
	return "That access had already ended."
}

func (p *page) askRevoke(ctx context.Context, v *visit) (answer, error) {
	g, name, err := p.grant(ctx, v, v.query)
	if err != nil {
		return answer{}, err
	}
	if !g.Open(v.now) {
		return answer{to: "/access", notice: over(g, g.Status(v.now))}, nil
	}
	return answer{page: "confirm", view: confirmView{
		Title:  "Take access back?",
		Text:   guestOf(g) + " will not be able to open the " + opens(g) + " of the " + name + " any more.",
		More:   "It was planned for: " + spanText(g.Window, v.now, v.zone) + ". A courier on the way is told by their company.",
		Action: "/access/revoke", Fields: map[string]string{"car": string(g.Vehicle), "grant": g.ID}, Label: "Take access back", Danger: true,
	}}, nil
}

// revoke ends a grant. Making things safer is always easy: no PIN, and no second sign-in.
func (p *page) revoke(ctx context.Context, v *visit) (answer, error) {
	g, name, err := p.grant(ctx, v, v.form)
	if err != nil {
		return answer{}, err
	}
	if g, err = p.Cars.RevokeGrant(ctx, v.token(), g.ID); err != nil {
		return answer{}, err
	}
	notice := guestOf(g) + " cannot get into the " + name + " any more."
	if s := g.Status(p.Now()); s == vehicle.Redeemed || s == vehicle.Expired {
		notice = over(g, s)
	}
	return answer{to: "/access", notice: notice}, nil
}

func (p *page) askBlock(ctx context.Context, v *visit) (answer, error) {
	car, name, err := p.car(ctx, v, v.query)
	if err != nil {
		return answer{}, err
	}
	if !car.BlockedSince.IsZero() {
		return answer{to: "/access", notice: "The " + name + " is blocked already: nobody gets in."}, nil
	}
	return answer{page: "confirm", view: confirmView{
		Title:  "Block the " + name + "?",
		Text:   "Nobody gets in until you lift the block: no courier, no guest, and no opening by voice.",
		More:   "All access that is open now is taken back, and stays so. The key of the car works as always.",
		Action: "/access/block", Fields: map[string]string{"car": string(car.ID)}, Label: "Block the " + name, Danger: true,
	}}, nil
}

// block lets nobody in. Like revoke it is easy.
func (p *page) block(ctx context.Context, v *visit) (answer, error) {
	car, name, err := p.car(ctx, v, v.form)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.Cars.Block(ctx, v.token(), car.ID); err != nil {
		return answer{}, err
	}
	return answer{to: "/access", notice: "The " + name + " is blocked: nobody gets in until you lift the block."}, nil
}

// unblockView asks before a block is lifted. By voice it takes the PIN; here it takes a fresh sign-in.
func (p *page) unblockView(v *visit, car vehicle.Vehicle, name string) answer {
	view := confirmView{
		Title:  "Lift the block of the " + name + "?",
		Text:   "Couriers and guests can be let in again. What was taken back stays taken back.",
		Action: "/access/unblock", Fields: map[string]string{"car": string(car.ID)}, Label: "Lift the block",
	}
	if !v.fresh() {
		view.Again = again("/access/unblock?" + about(car.ID))
		view.More = "This makes your car easier to open, so please sign in once more first. It takes a few seconds."
	}
	return answer{page: "confirm", view: view}
}

func (p *page) askUnblock(ctx context.Context, v *visit) (answer, error) {
	car, name, err := p.car(ctx, v, v.query)
	if err != nil {
		return answer{}, err
	}
	if car.BlockedSince.IsZero() {
		return answer{to: "/access", notice: "The " + name + " is not blocked."}, nil
	}
	return p.unblockView(v, car, name), nil
}

func (p *page) unblock(ctx context.Context, v *visit) (answer, error) {
	car, name, err := p.car(ctx, v, v.form)
	if err != nil {
		return answer{}, err
	}
	if !v.fresh() {
		return p.unblockView(v, car, name), nil
	}
	if err := p.Cars.Unblock(ctx, v.token(), car.ID); err != nil {
		return answer{}, err
	}
	return answer{to: "/access", notice: "The block is lifted. You can let people into the " + name + " again."}, nil
}
