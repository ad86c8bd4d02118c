package owner

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// atOnce is how many questions one page asks the cloud at a time.
const atOnce = 4

// overviewView is the first page.
type overviewView struct {
	Attention []attention
	Calm      bool // there was a look at everything, and nothing needs attention
	Cars      []carCard
	CloudDown bool
	PIN       pinState
}

// attention is something that the owner should look at.
type attention struct {
	Text, Link, Label string
	Urgent            bool
}

// carCard is one car.
type carCard struct {
	Name, Model    string
	Dongle, Tone   string
	Blocked        moment // zero unless nobody gets in
	CanGrant       bool   // this car has something that a courier could open
	Grants         []grantRow
	Before         []grantRow
	Unread         bool   // its grants could not be read
	Block, Unblock string // the pages that do it
}

// grantRow is one grant.
type grantRow struct {
	Who, Opens, When string
	State, Tone      string
	Code             bool // the way in is a code
	Made             moment
	Revoke           string // the page that takes it back
}

// world is what the cloud tells of all cars at once.
type world struct {
	cars   []vehicle.Vehicle
	grants map[vehicle.ID][]vehicle.Grant
	unread map[vehicle.ID]bool
}

// look reads the cars and who may get in. A single car that cannot be read does not hide the others; a session that
// has ended is always an error.
func (p *page) look(ctx context.Context, v *visit) (world, error) {
	household, err := p.Cars.Household(ctx, v.token())
	if err != nil {
		return world{}, err
	}
	w := world{cars: household.Vehicles, grants: map[vehicle.ID][]vehicle.Grant{}, unread: map[vehicle.ID]bool{}}
	lists, errs := make([][]vehicle.Grant, len(w.cars)), make([]error, len(w.cars))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, car := range w.cars {
		all.Go(func() error {
			lists[i], errs[i] = p.Cars.Grants(ctx, v.token(), car.ID)
			return nil
		})
	}
	_ = all.Wait() // the errors are in errs
	for i, car := range w.cars {
		switch kind, _ := vehicle.KindOf(errs[i]); {
		case errs[i] == nil:
			w.grants[car.ID] = lists[i]
		case kind == vehicle.NotLinked:
			return world{}, errs[i]
		case kind != vehicle.Unsupported:
			w.unread[car.ID] = true
		}
	}
	return w, nil
}

// card shows one car.
func (v *visit) card(w world, car vehicle.Vehicle, prefs store.Preferences) carCard {
	d := dongles[car.Dongle.State]
	c := carCard{
		Name: nameOf(car, prefs), Model: modelOf(car), Dongle: d.text, Tone: d.tone,
		Blocked: v.moment(car.BlockedSince), Unread: w.unread[car.ID],
		CanGrant: car.Can(vehicle.OpenTrunk) || car.Can(vehicle.OpenKeyBox),
		Block:    "/access/block?" + about(car.ID), Unblock: "/access/unblock?" + about(car.ID),
	}
	for _, g := range w.grants[car.ID] {
		row := v.row(g)
		if g.Open(v.now) {
			c.Grants = append(c.Grants, row)
		} else {
			c.Before = append(c.Before, row)
		}
	}
	slices.Reverse(c.Before) // the latest first
	return c
}

func (v *visit) row(g vehicle.Grant) grantRow {
	state := shown[g.Status(v.now)]
	return grantRow{
		Who: guestOf(g), Opens: opens(g), When: spanText(g.Window, v.now, v.zone), State: state.text, Tone: state.tone,
		Code: g.Carrier.Name == "", Made: v.moment(g.CreatedAt),
		Revoke: "/access/revoke?" + url.Values{"car": {string(g.Vehicle)}, "grant": {g.ID}}.Encode(),
	}
}

// about is the query of a page about one car.
func about(id vehicle.ID) string { return url.Values{"car": {string(id)}}.Encode() }

// nameOf is what the owner calls a car.
func nameOf(car vehicle.Vehicle, prefs store.Preferences) string {
	if name := prefs.Nicknames[string(car.ID)]; name != "" {
		return name
	}
	return car.Name
}

// modelOf is what the maker calls it.
func modelOf(car vehicle.Vehicle) string {
	model := strings.TrimSpace(car.Make + " " + car.Model)
	if car.Year > 0 {
		model = strings.TrimSpace(fmt.Sprintf("%s %d", model, car.Year))
	}
	return model
}

// overview is the first page. Without the cloud it still shows the PIN.
func (p *page) overview(ctx context.Context, v *visit) (answer, error) {
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return answer{}, err
	}
	view := overviewView{PIN: v.pinState(account.PIN)}
	w, err := p.look(ctx, v)
	switch kind, _ := vehicle.KindOf(err); {
	case err == nil:
	case kind == vehicle.Unavailable || kind == vehicle.Limited:
		view.CloudDown = true
	default:
		return answer{}, err
	}
	for _, car := range w.cars {
		c := v.card(w, car, account.Preferences)
		view.Cars = append(view.Cars, c)
		view.Attention = append(view.Attention, carNeeds(c, car)...)
	}
	view.Attention = append(pinNeeds(view.PIN), view.Attention...)
	open, read := p.leftOpen(ctx, v, w, account.Preferences)
	view.Attention = append(open, view.Attention...)
	view.Calm = len(view.Attention) == 0 && !view.CloudDown && read
	return answer{page: "overview", view: view}, nil
}

// pinNeeds says what the PIN needs of its owner. The reminder after sixty days is certification PIN-6; that a PIN be
// changed for no reason is against NIST SP 800-63B, so it asks and does not demand.
func pinNeeds(s pinState) []attention {
	switch {
	case s.Locked:
		return []attention{{Text: "Your voice PIN is locked after three wrong tries. Nobody can be let in by voice.", Link: "/pin", Label: "Set a new PIN", Urgent: true}}
	case !s.Set:
		return []attention{{Text: "You have no voice PIN yet. Nobody can be let in by voice without one.", Link: "/pin", Label: "Set a PIN"}}
	case s.Failures > 0:
		return []attention{{Text: s.Tries, Link: "/pin", Label: "Look at the PIN"}}
	case s.Old:
		return []attention{{Text: "Your voice PIN is more than 60 days old. Change it if anybody could have overheard it.", Link: "/pin", Label: "Change the PIN"}}
	default:
		return nil
	}
}

// carNeeds says what a car needs of its owner.
func carNeeds(c carCard, car vehicle.Vehicle) []attention {
	switch {
	case c.Unread:
		return []attention{{Text: "Who can get into the " + c.Name + " could not be read.", Link: "/access", Label: "Try again"}}
	case car.Dongle.State == vehicle.Unplugged:
		return []attention{{Text: "The dongle of the " + c.Name + " is unplugged. The car reports nothing and opens for nobody."}}
	default:
		return nil
	}
}

// openings tells of each type of event whether it leaves something open; others say nothing about it.
var openings = map[vehicle.EventType]string{
	vehicle.TrunkLeftOpen: "The trunk of the %s was left open.",
	vehicle.KeyMissing:    "The key is missing from the key box of the %s.",
	vehicle.TrunkClosed:   "", vehicle.TrunkLocked: "", vehicle.KeyBoxClosed: "",
}

// leftOpen finds the cars whose last word of the day is that something was left open; read is false if a car's
// events could not be read. A car that is to be looked at comes first, whatever else fails.
func (p *page) leftOpen(ctx context.Context, v *visit, w world, prefs store.Preferences) (found []attention, read bool) {
	events, errs := p.happened(ctx, v, w.cars, v.now.Add(-24*time.Hour))
	for _, car := range w.cars {
		last := ""
		for _, e := range events[car.ID] {
			if text, says := openings[e.Type]; says {
				last = text
			}
		}
		if last != "" {
			found = append(found, attention{Text: fmt.Sprintf(last, nameOf(car, prefs)), Link: "/history?" + about(car.ID), Label: "See what happened", Urgent: true})
		}
	}
	return found, len(errs) == 0
}

// happened reads the events of some cars since an instant, side by side.
func (p *page) happened(ctx context.Context, v *visit, cars []vehicle.Vehicle, since time.Time) (map[vehicle.ID][]vehicle.Event, map[vehicle.ID]error) {
	lists, errs := make([][]vehicle.Event, len(cars)), make([]error, len(cars))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, car := range cars {
		all.Go(func() error {
			lists[i], errs[i] = p.Cars.Events(ctx, v.token(), car.ID, since)
			return nil
		})
	}
	_ = all.Wait() // the errors are in errs
	events, wrong := map[vehicle.ID][]vehicle.Event{}, map[vehicle.ID]error{}
	for i, car := range cars {
		if events[car.ID] = lists[i]; errs[i] != nil {
			wrong[car.ID] = errs[i]
		}
	}
	maps.DeleteFunc(wrong, func(_ vehicle.ID, err error) bool {
		kind, _ := vehicle.KindOf(err)
		return kind == vehicle.Unsupported // this cloud remembers nothing
	})
	return events, wrong
}
