package owner

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// historyView is the page of what happened.
type historyView struct {
	Cars    []choice
	Spans   []choice
	Seen    bool // only who learned where a car was
	Days    []day
	Unread  []string // the cars whose events could not be read
	Shorter string   // why less is shown than was asked for
	Span    string
}

// choice is one entry of a list to choose from.
type choice struct {
	Value, Text string
	Chosen      bool
}

// day is what happened on one day, the latest first.
type day struct {
	Heading string
	Events  []eventRow
}

type eventRow struct {
	Clock, Machine  string
	Car, Text, Tone string
	at              time.Time
}

// spans are how far back the page looks, in days. The contract keeps events for at least 90.
var spans = []int{7, 1, 30, 90}

func (p *page) history(ctx context.Context, v *visit) (answer, error) {
	w, account, err := p.lookWith(ctx, v)
	if err != nil {
		return answer{}, err
	}
	view := historyView{Seen: v.query.Get("seen") != "", Cars: []choice{{Value: "", Text: "All cars", Chosen: v.query.Get("car") == ""}}}
	cars := w.cars
	for _, car := range w.cars {
		chosen := string(car.ID) == v.query.Get("car")
		view.Cars = append(view.Cars, choice{Value: string(car.ID), Text: nameOf(car, account.Preferences), Chosen: chosen})
		if chosen {
			cars = []vehicle.Vehicle{car}
		}
	}
	days := spans[0]
	if asked, err := strconv.Atoi(v.query.Get("days")); err == nil && slices.Contains(spans, asked) {
		days = asked
	}
	for _, n := range slices.Sorted(slices.Values(spans)) {
		view.Spans = append(view.Spans, choice{Value: strconv.Itoa(n), Text: spanWords(n), Chosen: n == days})
	}
	view.Span = spanWords(days)
	events, wrong := p.happened(ctx, v, cars, v.now.AddDate(0, 0, -days))
	for _, car := range cars {
		err, name := wrong[car.ID], nameOf(car, account.Preferences)
		switch kind, _ := vehicle.KindOf(err); {
		case err == nil:
		case kind == vehicle.NotLinked:
			return answer{}, err
		case kind == vehicle.Invalid: // more than can be read at once
			view.Shorter = "So much happened with the " + name + " that it cannot be shown at once. Choose a shorter time."
		default:
			view.Unread = append(view.Unread, name)
		}
	}
	view.Days = v.days(cars, events, w, account.Preferences, view.Seen)
	return answer{page: "history", view: view}, nil
}

func spanWords(days int) string {
	if days == 1 {
		return "24 hours"
	}
	return strconv.Itoa(days) + " days"
}

// days sorts events by day, the latest first.
func (v *visit) days(cars []vehicle.Vehicle, events map[vehicle.ID][]vehicle.Event, w world, prefs store.Preferences, seen bool) []day {
	var rows []eventRow
	for _, car := range cars {
		guests := guestsOf(w.grants[car.ID], events[car.ID])
		for _, e := range events[car.ID] {
			if seen && e.Type != vehicle.PositionReleased {
				continue
			}
			text, tone := tell(e, guests[e.Grant])
			rows = append(rows, eventRow{
				Clock: clockText(e.At, v.zone), Machine: e.At.UTC().Format(time.RFC3339), Car: nameOf(car, prefs), Text: text, Tone: tone, at: e.At,
			})
		}
	}
	slices.Reverse(rows) // so that of two at one instant the later one comes first
	slices.SortStableFunc(rows, func(a, b eventRow) int { return b.at.Compare(a.at) })
	var list []day
	for _, r := range rows {
		heading := dayText(r.at, v.now, v.zone)
		if len(list) == 0 || list[len(list)-1].Heading != heading {
			list = append(list, day{Heading: heading})
		}
		last := &list[len(list)-1]
		last.Events = append(last.Events, r)
	}
	return list
}

// guestsOf names who each grant was for: as the list of grants says, or as whoever used it was called.
func guestsOf(grants []vehicle.Grant, events []vehicle.Event) map[string]string {
	guests := map[string]string{}
	for _, e := range events {
		if e.Grant != "" && e.Actor.Name != "" && (e.Actor.Kind == vehicle.ByCourier || e.Actor.Kind == vehicle.ByGuest) {
			guests[e.Grant] = e.Actor.Name
		}
	}
	for _, g := range grants {
		guests[g.ID] = guestOf(g)
	}
	return guests
}
