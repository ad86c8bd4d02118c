package dongle

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

var (
	readTroubleCodes = operation{name: "read trouble codes", success: http.StatusOK}
	readLocation     = operation{name: "read location", success: http.StatusOK}
	listTrips        = operation{name: "list trips", success: http.StatusOK}
	listEvents       = operation{name: "list events", success: http.StatusOK}
)

// Bounds on lists that come in pages, and on what they list.
const (
	pageSize   = 100
	tripPages  = 3
	eventPages = 10
	// The contract's longest span of trips.
	longestSpan = 31 * 24 * time.Hour
	// Nobody drives for two days without turning the ignition off.
	longestTrip = 48 * time.Hour
	// What the contract allows one trip.
	mostTripKilometers = 10_000
	mostLiters         = 2000
	mostKilowattHours  = 5000
)

// TroubleCodes implements [vehicle.Historian].
func (c *Client) TroubleCodes(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.TroubleCodes, error) {
	if !validID(string(id)) {
		return vehicle.TroubleCodes{}, noSuch(readTroubleCodes)
	}
	answer, err := ask[wire.TroubleCodes](ctx, readTroubleCodes, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetTroubleCodes(ctx, string(id), edit)
	})
	return translate(readTroubleCodes, answer, err, c.toTroubleCodes)
}

// Location implements [vehicle.Historian].
func (c *Client) Location(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Location, error) {
	if !validID(string(id)) {
		return vehicle.Location{}, noSuch(readLocation)
	}
	answer, err := ask[wire.Location](ctx, readLocation, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetLocation(ctx, string(id), edit)
	})
	return translate(readLocation, answer, err, c.toLocation)
}

// Trips implements [vehicle.Historian]. A span with more than 300 trips is Invalid: a list that is not
// whole would add up to a wrong sum.
func (c *Client) Trips(ctx context.Context, token vehicle.Token, id vehicle.ID, from, to time.Time) ([]vehicle.Trip, error) {
	from, to = wireTime(from), wireTime(to)
	switch {
	case !validID(string(id)):
		return nil, noSuch(listTrips)
	case !from.Before(to) || to.Sub(from) > longestSpan:
		return nil, listTrips.refuse(vehicle.Invalid, "the span is empty or longer than 31 days")
	}
	limit := wire.Limit(pageSize)
	params := &wire.ListTripsParams{From: from, To: to, Limit: &limit}
	trips := map[string]vehicle.Trip{}
	err := follow(listTrips, tripPages, func(cursor *string) (*string, error) {
		params.Cursor = cursor
		answer, err := ask[wire.TripPage](ctx, listTrips, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
			return c.wire.ListTrips(ctx, string(id), params, edit)
		})
		page, err := translate(listTrips, answer, err, valid)
		for _, w := range page.Trips {
			if trip, ok := c.toTrip(w); ok && !trip.End.Before(from) && trip.End.Before(to) {
				trips[trip.ID] = trip
			}
		}
		return page.NextCursor, err
	})
	return sorted(trips, err, func(a, b vehicle.Trip) int { return cmp.Or(b.End.Compare(a.End), cmp.Compare(a.ID, b.ID)) })
}

// Events implements [vehicle.Historian]. A zero since means all that the cloud keeps. More than about a
// thousand events are Invalid: without the newest, a list of them says nothing.
func (c *Client) Events(ctx context.Context, token vehicle.Token, id vehicle.ID, since time.Time) ([]vehicle.Event, error) {
	if !validID(string(id)) {
		return nil, noSuch(listEvents)
	}
	limit := wire.Limit(pageSize)
	params := &wire.ListEventsParams{Limit: &limit}
	if since = wireTime(since); !since.IsZero() {
		params.Since = &since
	}
	events := map[string]vehicle.Event{}
	err := follow(listEvents, eventPages, func(cursor *string) (*string, error) {
		params.Cursor = cursor
		answer, err := ask[wire.EventPage](ctx, listEvents, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
			return c.wire.ListEvents(ctx, string(id), params, edit)
		})
		page, err := translate(listEvents, answer, err, func(p wire.EventPage) (wire.EventPage, error) { return checkEvents(id, p) })
		if err != nil {
			return nil, err
		}
		for _, w := range page.Events {
			if event := c.toEvent(w); w.Type.Valid() && !event.At.Before(since) {
				events[event.ID] = event
			}
		}
		if len(page.Events) == 0 {
			page.NextCursor = "" // it is where to go on another day
		}
		return &page.NextCursor, nil
	})
	return sorted(events, err, func(a, b vehicle.Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
}

// follow reads page after page until there is no next one. If that never comes, the list is too long.
func follow(op operation, most int, page func(cursor *string) (next *string, err error)) error {
	var cursor *string
	for range most {
		next, err := page(cursor)
		if err != nil || next == nil || *next == "" {
			return err
		}
		cursor = next
	}
	return op.refuse(vehicle.Invalid, "there are more than can be read at once")
}

// sorted lists what was found, each once, if it was found without an error.
func sorted[T any](found map[string]T, err error, order func(a, b T) int) ([]T, error) {
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(found))
	for _, v := range found {
		list = append(list, v)
	}
	slices.SortFunc(list, order)
	return list, nil
}

func valid[W any](w W) (W, error) { return w, validate.Struct(w) }

// The code's shape is SAE J2012's.
var troubleCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)

// toTroubleCodes drops what is no code. A code in several states counts once, in the worst of them, since
// the first time that any tells.
func (l *link) toTroubleCodes(w wire.TroubleCodes) (vehicle.TroubleCodes, error) {
	if err := validate.Struct(w); err != nil {
		return vehicle.TroubleCodes{}, err
	}
	codes := vehicle.TroubleCodes{EngineLight: l.toSwitch(&w.EngineLight)}
	for _, c := range w.Codes {
		if !troubleCode.MatchString(c.Code) {
			continue
		}
		code := vehicle.TroubleCode{Code: c.Code, Status: vehicle.StoredCode}
		if c.Status.Valid() {
			code.Status = vehicle.CodeStatus(c.Status)
		}
		if at := c.FirstSeenAt; at != nil && l.credible(*at) {
			code.FirstSeen = at.UTC()
		}
		i := slices.IndexFunc(codes.Codes, func(o vehicle.TroubleCode) bool { return o.Code == code.Code })
		if i < 0 {
			codes.Codes = append(codes.Codes, code)
			continue
		}
		codes.Codes[i] = worse(codes.Codes[i], code)
	}
	return codes, nil
}

func worse(a, b vehicle.TroubleCode) vehicle.TroubleCode {
	rank := []vehicle.CodeStatus{vehicle.PendingCode, vehicle.StoredCode, vehicle.PermanentCode}
	if slices.Index(rank, b.Status) > slices.Index(rank, a.Status) {
		a.Status = b.Status
	}
	if a.FirstSeen.IsZero() || !b.FirstSeen.IsZero() && b.FirstSeen.Before(a.FirstSeen) {
		a.FirstSeen = b.FirstSeen
	}
	return a
}

func (l *link) toLocation(w wire.Location) (vehicle.Location, error) {
	location := vehicle.Location{
		Position: toReading(l, w.Position, w.ObservedAt, w.Quality, w.Reason, func(p wire.Position) (vehicle.Position, bool) {
			return vehicle.Position(p), validate.Struct(p) == nil
		}),
	}
	if location.Position.Available() { // the words are those of the place
		location.Address = optional(w.Address, 200)
	}
	return location, nil
}

// toTrip tells a trip that can have been driven from one that cannot.
func (l *link) toTrip(w wire.Trip) (vehicle.Trip, bool) {
	length := w.EndedAt.Sub(w.StartedAt)
	if !validID(w.ID) || !l.credible(w.StartedAt) || !l.credible(w.EndedAt) || length <= 0 || length > longestTrip {
		return vehicle.Trip{}, false
	}
	end := w.EndedAt.UTC()
	return vehicle.Trip{
		ID: w.ID, Start: w.StartedAt.UTC(), End: end,
		Distance: total[vehicle.Kilometers](w.DistanceKm, end, mostTripKilometers),
		Fuel:     total[vehicle.Liters](w.FuelL, end, mostLiters),
		Energy:   total[vehicle.KilowattHours](w.EnergyKwh, end, mostKilowattHours),
	}, true
}

// total is what a whole trip came to, known at its end.
func total[D ~float64](value *float64, end time.Time, most float64) vehicle.Reading[D] {
	switch {
	case value == nil:
		return vehicle.Reading[D]{Missing: vehicle.NotSupported}
	case *value < 0 || *value > most:
		return vehicle.Reading[D]{Missing: vehicle.SensorFault}
	default:
		return vehicle.Reading[D]{Value: D(*value), ObservedAt: end}
	}
}

func checkEvents(id vehicle.ID, page wire.EventPage) (wire.EventPage, error) {
	if err := validate.Struct(page); err != nil {
		return page, err
	}
	for _, e := range page.Events {
		if e.VehicleID != string(id) {
			return page, errors.New("an event is of another car")
		}
	}
	return page, nil
}

// toEvent believes what happened even if its time cannot be: who opened a trunk must not be lost to a wrong
// clock. A released position was the precise one unless the cloud says that it was not.
func (l *link) toEvent(w wire.Event) vehicle.Event {
	event := vehicle.Event{ID: w.ID, Type: vehicle.EventType(w.Type), At: l.plausible(w.At)}
	if w.GrantID != nil && validID(*w.GrantID) {
		event.Grant = *w.GrantID
	}
	if w.CommandID != nil && validID(*w.CommandID) {
		event.Command = *w.CommandID
	}
	if w.Actor != nil {
		event.Actor = vehicle.Actor{
			Kind: known(vehicle.ActorKind(w.Actor.Kind), vehicle.ByOwner, vehicle.ByCourier, vehicle.ByGuest, vehicle.ByCar, vehicle.ByCloud),
		}
		if name := optional(w.Actor.Name, 60); spoken(name) {
			event.Actor.Name = name
		}
	}
	if event.Type == vehicle.VehicleAlert && w.Alert != nil {
		event.Alert = known(vehicle.Alert(*w.Alert), vehicle.AlertTire, vehicle.AlertBattery, vehicle.AlertEngine, vehicle.AlertUnplugged)
	}
	if event.Type == vehicle.PositionReleased {
		event.Exact = w.Precision == nil || *w.Precision != wire.PrecisionVicinity
	}
	return event
}
