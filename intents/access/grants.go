package access

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// grantFacts is what a conversation about the grants there are decides upon.
type grantFacts struct {
	ground.Facts
	// Open can still let somebody in, over all cars: first what is open now, then in the order of time.
	Open []vehicle.Grant
}

// gatherGrants reads the owner's cars and then the grants of all of them at once: two calls in sequence,
// however many cars there are.
func gatherGrants(ctx context.Context, d ground.Deps, t *skill.Turn, w ground.Want) (grantFacts, error) {
	facts, err := d.Gather(ctx, t, w)
	if err != nil {
		return grantFacts{}, err
	}
	perCar := make([][]vehicle.Grant, len(facts.Cars))
	err = forCars(ctx, facts.Cars, func(ctx context.Context, i int, car vehicle.ID) (err error) {
		perCar[i], err = d.Cars.Grants(ctx, vehicle.Token(t.Token()), car)
		return err
	})
	if err != nil {
		return grantFacts{}, err
	}
	var open []vehicle.Grant
	for _, grants := range perCar {
		for i := range grants { // most are over, and a grant is a large thing to copy
			if grants[i].Open(facts.Now) {
				open = append(open, grants[i])
			}
		}
	}
	slices.SortStableFunc(open, func(a, b vehicle.Grant) int {
		began := func(g vehicle.Grant) time.Time { // what is open now is equal in that
			if g.Window.Start.Before(facts.Now) {
				return facts.Now
			}
			return g.Window.Start
		}
		return cmp.Or(began(a).Compare(began(b)), a.Window.End.Compare(b.Window.End), cmp.Compare(a.ID, b.ID))
	})
	return grantFacts{Facts: facts, Open: open}, nil
}

// carsAtOnce bounds the calls that one turn makes side by side.
const carsAtOnce = 8

// forCars calls the cloud for each car, side by side; the first error ends the others.
func forCars(ctx context.Context, cars []vehicle.Vehicle, call func(ctx context.Context, i int, car vehicle.ID) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(carsAtOnce)
	for i, car := range cars {
		group.Go(func() error { return call(ctx, i, car.ID) })
	}
	return group.Wait()
}

// carsMeant are the cars of a request that names one or means all. doubt says what stands in the way; if it asks,
// it asks for the car.
func carsMeant(cars []vehicle.Vehicle, slots skill.Slots) (meant []vehicle.Vehicle, doubt []skill.Act) {
	if len(cars) == 0 {
		return nil, []skill.Act{skill.Say{Key: ground.NoCarYet}}
	}
	if !slots.Filled("car") {
		return cars, nil
	}
	switch choice := ground.ChooseCar(cars, slots["car"], true, "", nil); {
	case choice.Why == ground.Found:
		return []vehicle.Vehicle{choice.Car}, nil
	case choice.Why == ground.Which && len(choice.Among) == len(cars):
		return cars, nil // "my car" is any of them
	default:
		acts, _ := choice.Acts()
		return nil, acts
	}
}

// narrow keeps the grants that fit what was said of them: who, which car, what kind, and when. What was left over
// by the question before goes first; an answer that fits none of it is a new request. doubt says that a car of
// that name is unknown.
func narrow(f grantFacts, among []string, slots skill.Slots) (left []vehicle.Grant, doubt []skill.Act) {
	cars := f.Cars
	if slots.Filled("car") {
		choice := ground.ChooseCar(f.Cars, slots["car"], true, "", nil)
		switch choice.Why {
		case ground.Found:
			cars = []vehicle.Vehicle{choice.Car}
		case ground.Which:
			cars = choice.Among
		default:
			acts, _ := choice.Acts()
			doubt = acts[:1]
		}
	}
	fits := func(g vehicle.Grant) bool {
		return slices.ContainsFunc(cars, func(v vehicle.Vehicle) bool { return v.ID == g.Vehicle }) &&
			fitsParty(g, slots) && fitsTime(g, slots, f.Facts)
	}
	for _, g := range f.Open {
		if slices.Contains(among, g.ID) && fits(g) {
			left = append(left, g)
		}
	}
	for _, g := range f.Open {
		if len(among) == 0 && fits(g) {
			left = append(left, g)
		}
	}
	if len(left) == 0 && len(among) > 0 {
		return narrow(f, nil, slots)
	}
	return left, doubt
}

// pick finds the one grant that is meant. Otherwise why holds what to say, and left the ids of those between which
// it asks, if it asks.
func pick(f grantFacts, among []string, slots skill.Slots) (meant vehicle.Grant, left []string, why []skill.Act) {
	fit, doubt := narrow(f, among, slots)
	switch {
	case len(f.Cars) == 0:
		return meant, nil, []skill.Act{skill.Say{Key: ground.NoCarYet}}
	case len(f.Open) == 0:
		return meant, nil, []skill.Act{skill.Say{Key: grantsNone}}
	case doubt != nil && len(f.Open) == 1:
		return meant, nil, append(doubt, skill.Say{Key: grantsUnchanged})
	case doubt != nil:
		return meant, ids(f.Open), append(doubt, whichGrant(f.Open, f.Facts))
	case len(fit) == 0:
		return meant, nil, []skill.Act{skill.Say{Key: grantsNoneSuch}}
	case len(fit) > 1:
		return meant, ids(fit), []skill.Act{whichGrant(fit, f.Facts)}
	}
	return fit[0], nil, nil
}

// The kinds of grants that a driver tells apart, ids of the GrantKind slot type. Any other kind is any grant.
const (
	kindDelivery = "delivery"
	kindCode     = "code"
)

func fitsParty(g vehicle.Grant, slots skill.Slots) bool {
	isCourier := g.Carrier.ID != ""
	if slots.Filled("carrier") {
		// A name that no list holds arrives in the slot that was asked for, a guest's too.
		_, ok := carrierCalled([]vehicle.Carrier{g.Carrier}, slots["carrier"])
		if !ok && !ground.SameName(g.Guest, slots["carrier"].Entity().Spoken) {
			return false
		}
	}
	if slots.Filled("guest") {
		guest := slots["guest"].Entity()
		if isCourier || !ground.SameName(g.Guest, guest.ID) && !ground.SameName(g.Guest, guest.Spoken) {
			return false
		}
	}
	switch slots["kind"].Entity().ID {
	case kindDelivery:
		return isCourier
	case kindCode:
		return !isCourier
	default:
		return true
	}
}

// fitsTime compares a day with the days of the window, and a time with when it begins or ends. What was not
// understood is as if it had not been said.
func fitsTime(g vehicle.Grant, slots skill.Slots, f ground.Facts) bool {
	start, end := f.Here(g.Window.Start), f.Here(g.Window.End)
	if date, err := skill.ParseDate(slots["date"].Value); err == nil && !date.Present {
		if !start.Before(date.To.In(f.Zone)) || !end.After(date.From.In(f.Zone)) {
			return false
		}
	}
	said, err := skill.ParseTime(slots["until"].Value)
	if err != nil {
		return true
	}
	return slices.ContainsFunc([]time.Time{start, end}, func(t time.Time) bool {
		on := at(skill.CivilDateOf(t), said, f.Zone)
		return t.Hour() == on.Hour() && t.Minute() == on.Minute() || !t.Before(on) && t.Before(on.Add(said.Lasts))
	})
}

func ids(grants []vehicle.Grant) []string {
	var all []string
	for _, g := range grants {
		all = append(all, g.ID)
	}
	return all
}

// holder names whom a grant lets in.
func holder(g vehicle.Grant) speech.Arg {
	switch {
	case g.Carrier.ID != "":
		return speech.Name(g.Carrier.Name)
	case g.Guest == "":
		return speech.Phrase{Key: grantsNameless}
	default:
		return spokenGuest(g.Guest)
	}
}

// fewGrants is how many can be told at once: three are easy to follow, and more are not.
const fewGrants = 3

// whichGrant asks for one of several. The answer fills the slot "carrier", or any other of the intent.
func whichGrant(grants []vehicle.Grant, f ground.Facts) skill.Ask {
	if len(grants) > fewGrants {
		return skill.Ask{Key: grantsWhichOfMany, Args: speech.Args{"count": speech.Count(len(grants))}, Elicit: "carrier"}
	}
	list := speech.List{Or: true}
	for _, g := range grants {
		car, _ := f.Car(g.Vehicle)
		args := ground.CarArg(car)
		args["who"], args["until"] = holder(g), moment(g.Window.End, f)
		list.Items = append(list.Items, speech.Phrase{Key: grantsChoice, Args: args})
	}
	return skill.Ask{Key: grantsWhich, Args: speech.Args{"grants": list}, Elicit: "carrier"}
}

const (
	grantsChoice      speech.Key = "grants.choice"
	grantsNameless    speech.Key = "grants.nameless"
	grantsWhich       speech.Key = "grants.which"
	grantsWhichOfMany speech.Key = "grants.which_of_many"
	grantsNone        speech.Key = "grants.none"
	grantsUnchanged   speech.Key = "grants.unchanged"
	grantsNoneSuch    speech.Key = "grants.none_such"
	grantsHelpWhich   speech.Key = "grants.help_which"
)

func grantLines() speech.Table {
	return speech.Table{
		grantsChoice:      speech.Says("who", "car", "until"),
		grantsNameless:    speech.Says(),
		grantsWhich:       speech.Asks("grants"),
		grantsWhichOfMany: speech.Asks("count"),
		grantsNone:        speech.Says(),
		grantsUnchanged:   speech.Says(),
		grantsNoneSuch:    speech.Says(),
		grantsHelpWhich:   speech.Says(),
	}
}
