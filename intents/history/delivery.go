package history

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

// What is said about deliveries.
const (
	deliveryUnable    speech.Key = "delivery.unable"
	deliveryHelp      speech.Key = "delivery.help"
	deliveryNone      speech.Key = "delivery.none"
	deliveryNoneBy    speech.Key = "delivery.none_by"
	deliveryMore      speech.Key = "delivery.more"
	deliveryUntil     speech.Key = "delivery.expected_until"
	deliveryExpected  speech.Key = "delivery.expected"
	deliveryNoCarrier speech.Key = "delivery.which_carrier"
)

// stage is how far a delivery has come, in the order in which it is told: what is wrong, what is under way,
// what is over, what is still to come.
type stage int

const (
	leftOpen stage = iota
	keyNotReturned
	opened
	arrived
	enRoute
	closed // not seen to lock
	relocked
	done
	keyReturned
	missed
	waiting
	scheduled
)

// stageLines tell of the stages that have a moment, with "carrier", "car" and "ago".
var stageLines = map[stage]speech.Key{
	leftOpen: "delivery.left_open", keyNotReturned: "delivery.key_missing", opened: "delivery.opened",
	arrived: "delivery.arrived", enRoute: "delivery.en_route", closed: "delivery.closed", relocked: "delivery.relocked", done: "delivery.done",
	keyReturned: "delivery.key_returned", missed: "delivery.missed",
}

var deliveryLines = func() speech.Table {
	t := speech.Table{
		deliveryUnable: speech.Says("car"), deliveryHelp: speech.Says(), deliveryNone: speech.Says(),
		deliveryNoneBy: speech.Says(), deliveryMore: speech.Says("count"), deliveryNoCarrier: speech.Says(),
		deliveryUntil: speech.Says("carrier", "car", "until"), deliveryExpected: speech.Says("carrier", "car", "from"),
	}
	for _, key := range stageLines {
		t[key] = speech.Says("carrier", "car", "ago")
	}
	return t
}()

// deliveries answers "has my delivery come", for every car or one, for every carrier or one.
var deliveries = ground.Survey[visits]{
	Name:   "delivery",
	Able:   func(v vehicle.Vehicle) bool { return v.Can(vehicle.OpenTrunk) || v.Can(vehicle.OpenKeyBox) },
	Unable: deliveryUnable,
	Help:   deliveryHelp,
	Detail: whichCarrier,
	Read: func(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (visits, error) {
		var v visits
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() (err error) {
			v.grants, err = d.Cars.Grants(ctx, token, at.Car.ID)
			return err
		})
		group.Go(func() (err error) {
			v.events, err = readWeek(ctx, d, token, at)
			return err
		})
		if at.Car.Can(vehicle.OpenKeyBox) {
			group.Go(func() error {
				now, err := d.Cars.Diagnosis(ctx, token, at.Car.ID)
				v.key = now.KeyBox.KeyInside
				return err
			})
		}
		return v, group.Wait()
	},
	Tell: tellDeliveries,
}

// visits is what is known of the deliveries to one car.
type visits struct {
	grants []vehicle.Grant       // open, or over for less than a day
	events []vehicle.Event       // oldest first
	key    vehicle.Reading[bool] // whether the key is in the box, of a car that has one
}

// whichCarrier takes the name of a carrier that was asked about.
func whichCarrier(slots skill.Slots) (name string, doubt []skill.Act) {
	if !slots.Filled("carrier") {
		return "", nil
	}
	said, ok := slots["carrier"].Text()
	if !ok {
		return "", []skill.Act{skill.Say{Key: deliveryNoCarrier}}
	}
	if entity := slots["carrier"].Entity(); entity.Matched {
		return entity.Name, nil
	}
	return said, nil
}

// delivery is one delivery as it is told.
type delivery struct {
	car   vehicle.Vehicle
	grant vehicle.Grant
	stage stage
	at    time.Time // of the stage; of one still to come, when its window ends or begins

	events []vehicle.Event // of its car, oldest first
}

func tellDeliveries(seen []ground.Seen[visits], carrier string, f ground.Facts) []skill.Act {
	var all []delivery
	for _, s := range seen {
		for _, g := range s.What.grants {
			if g.Carrier.ID == "" || carrier != "" && !ground.SameName(carrier, g.Carrier.Name) && !ground.SameName(carrier, g.Carrier.ID) {
				continue
			}
			if stage, at, told := s.What.howFar(g, f.Now); told {
				all = append(all, delivery{car: s.Car, grant: g, stage: stage, at: at, events: s.What.events})
			}
		}
	}
	if len(all) == 0 && carrier != "" {
		return []skill.Act{skill.Say{Key: deliveryNoneBy}}
	}
	if len(all) == 0 {
		return []skill.Act{skill.Say{Key: deliveryNone}}
	}
	slices.SortStableFunc(all, func(a, b delivery) int {
		if a.stage >= waiting && a.stage == b.stage {
			return a.at.Compare(b.at) // the next one first
		}
		return cmp.Or(cmp.Compare(a.stage, b.stage), b.at.Compare(a.at))
	})
	var acts []skill.Act
	for _, d := range all[:min(mostTold, len(all))] {
		acts = append(acts, d.say(f))
	}
	if more := len(all) - mostTold; more > 0 {
		acts = append(acts, skill.Say{Key: deliveryMore, Args: speech.Args{"count": speech.Count(more)}})
	}
	return append(acts, all[0].show(f))
}

func (d delivery) say(f ground.Facts) skill.Say {
	args := ground.CarArg(d.car)
	args["carrier"] = speech.Name(cmp.Or(d.grant.Carrier.Name, d.grant.Carrier.ID))
	if d.stage == waiting {
		args["until"] = speech.Moment{At: f.Here(d.at), Now: f.Here(f.Now)}
		return skill.Say{Key: deliveryUntil, Args: args}
	}
	if d.stage == scheduled {
		args["from"] = speech.Moment{At: f.Here(d.at), Now: f.Here(f.Now)}
		return skill.Say{Key: deliveryExpected, Args: args}
	}
	args["ago"] = ago(d.at, f)
	return skill.Say{Key: stageLines[d.stage], Args: args}
}

// howFar tells the stage of a delivery by what happened, and when it came to that. What the cloud did not see
// is not presumed: a lid is shut when it was seen to shut. A delivery that was called off is not told.
func (v visits) howFar(g vehicle.Grant, now time.Time) (stage, time.Time, bool) {
	at := map[vehicle.EventType]time.Time{} // the last of each type
	for _, e := range v.events {
		if e.Grant == g.ID {
			at[e.Type] = e.At
		}
	}
	opening, shutting, secured := vehicle.TrunkOpened, vehicle.TrunkClosed, relocked
	if !at[vehicle.DeliveryCompleted].IsZero() {
		secured = done
	}
	if g.AccessPoint == vehicle.KeyBoxOnPlate {
		opening, shutting, secured = vehicle.KeyBoxOpened, vehicle.KeyBoxClosed, keyReturned
	}
	open, shut := at[opening], at[shutting]
	if open.IsZero() {
		open = at[vehicle.GrantRedeemed]
	}
	switch {
	case at[vehicle.TrunkLeftOpen].After(shut):
		return leftOpen, known(open, at[vehicle.TrunkLeftOpen]), true
	case v.lacksKey(at[vehicle.KeyMissing], shut):
		return keyNotReturned, at[vehicle.KeyMissing], true
	case !open.IsZero() && shut.Before(open):
		return opened, open, true
	case !open.IsZero() && secured != keyReturned && at[vehicle.TrunkLocked].Before(shut):
		return closed, shut, true
	case !open.IsZero():
		return secured, shut, true
	}
	switch status := g.Status(now); {
	case status == vehicle.Revoked, status == vehicle.Redeemed:
		return 0, time.Time{}, false
	case status == vehicle.Expired:
		return missed, g.Window.End, true
	case !at[vehicle.DeliveryArrived].IsZero():
		return arrived, at[vehicle.DeliveryArrived], true
	case !at[vehicle.DeliveryEnRoute].IsZero():
		return enRoute, at[vehicle.DeliveryEnRoute], true
	case status == vehicle.Active:
		return waiting, g.Window.End, true
	default:
		return scheduled, g.Window.Start, true
	}
}

// lacksKey reports whether a key that was missed is still out. The box notices when it is shut, so both may be of
// one instant; a key that was seen in the box since is back, whoever put it there.
func (v visits) lacksKey(missed, shut time.Time) bool {
	back := v.key.Available() && v.key.Value && v.key.ObservedAt.After(missed)
	return !missed.IsZero() && !missed.Before(shut) && !back
}

// known takes another instant for one that was not seen.
func known(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}
