package garage

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// GetOwner implements GET /v1/me.
func (c *cloud) GetOwner(w http.ResponseWriter, r *http.Request) {
	var o owner
	err := c.db.View(func(tx *bbolt.Tx) (err error) {
		o, err = find[owner](tx, bucketOwners, who(r).Owner)
		return err
	})
	me := wire.Owner{ID: o.ID, Name: o.Name, TimeZone: o.Zone}
	if at := who(r).AuthenticatedAt; !at.IsZero() {
		me.AuthenticatedAt = &at
	}
	c.answer(w, r, http.StatusOK, me, err)
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

// inspect reads one of the owner's cars and makes an answer of it.
func (c *cloud) inspect(r *http.Request, id wire.VehicleID, answer func(k car, w sim.World, now time.Time)) error {
	return c.db.View(func(tx *bbolt.Tx) error {
		k, err := findCar(tx, who(r).Owner, vehicle.ID(id))
		if err != nil {
			return err
		}
		answer(k, c.world(), c.now())
		return nil
	})
}

// GetDiagnostics implements GET /v1/vehicles/{vehicle_id}/diagnostics.
func (c *cloud) GetDiagnostics(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	var d wire.Diagnostics
	err := c.inspect(r, id, func(k car, world sim.World, now time.Time) {
		d = wireDiagnosis(k.Diagnosis(world, k.Facts, now))
	})
	c.answer(w, r, http.StatusOK, d, err)
}

// GetTroubleCodes implements GET /v1/vehicles/{vehicle_id}/trouble-codes.
func (c *cloud) GetTroubleCodes(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	shown := wire.TroubleCodes{Codes: []wire.TroubleCode{}}
	err := c.inspect(r, id, func(k car, world sim.World, now time.Time) {
		t := k.TroubleCodes(world, k.Facts, now)
		shown.EngineLight = *wireSwitch(t.EngineLight)
		for _, code := range t.Codes {
			shown.Codes = append(shown.Codes, wire.TroubleCode{
				Code: code.Code, Status: wire.TroubleCodeStatus(code.Status), FirstSeenAt: known(code.FirstSeen),
			})
		}
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

// gpsAccuracy is how far a car may be from where its dongle says, in meters.
const gpsAccuracy = 8

// GetLocation implements GET /v1/vehicles/{vehicle_id}/location. Telling the owner where the car is counts as a
// release like any other and is in the history before the answer leaves.
func (c *cloud) GetLocation(w http.ResponseWriter, r *http.Request, id wire.VehicleID) {
	var shown wire.Location
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		k, err := findCar(tx, who(r).Owner, vehicle.ID(id))
		if err != nil {
			return err
		}
		at := k.Location(c.world(), k.Facts, now)
		if !at.Position.Available() {
			shown = wire.Location{Quality: wire.QualityUnavailable, Reason: new(wire.MissingReason(at.Position.Missing))}
			return nil
		}
		shown = wire.Location{
			Quality: wire.QualityGood, ObservedAt: known(at.Position.ObservedAt), AccuracyM: new(gpsAccuracy),
			Position: &wire.Position{Latitude: at.Position.Value.Latitude, Longitude: at.Position.Value.Longitude},
		}
		if at.Address != "" {
			shown.Address = &at.Address
		}
		return record(tx, wire.Event{
			Type: wire.EventTypePositionReleased, At: now, VehicleID: id, Precision: new(wire.PrecisionExact),
			Actor: &wire.Actor{Kind: wire.ActorKindOwner},
		}, who(r).Trace)
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

// longestSpan is how much of the log of trips may be asked for at once; the contract states it. The hour is
// for the clocks, which change inside a month.
const longestSpan = 31*24*time.Hour + time.Hour

// ListTrips implements GET /v1/vehicles/{vehicle_id}/trips. The cursor is when the last trip of the page ended,
// so that trips that end meanwhile move nothing.
func (c *cloud) ListTrips(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.ListTripsParams) {
	page := wire.TripPage{Trips: []wire.Trip{}}
	err := func() error {
		limit, err := pageSize(params.Limit)
		if err != nil {
			return err
		}
		from, to := params.From, params.To
		if !from.Before(to) || to.Sub(from) > longestSpan {
			return refuse(wire.ProblemCodeInvalidRequest, "The span is empty or longer than 31 days")
		}
		if params.Cursor != nil {
			before, ok := tripCursor(*params.Cursor)
			if !ok {
				return errCursor
			}
			if before.Before(to) {
				to = before
			}
		}
		return c.inspect(r, id, func(k car, world sim.World, now time.Time) {
			trips := k.Trips(world, k.Facts, from, to, now)
			if len(trips) > limit {
				trips = trips[:limit]
				page.NextCursor = new(endPrefix + strconv.FormatInt(trips[limit-1].End.UnixMilli(), 10))
			}
			for _, t := range trips {
				page.Trips = append(page.Trips, wireTrip(t))
			}
		})
	}()
	c.answer(w, r, http.StatusOK, page, err)
}

const endPrefix = "end_"

func tripCursor(cursor string) (time.Time, bool) {
	digits, ok := strings.CutPrefix(cursor, endPrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return time.UnixMilli(n), ok && err == nil
}

var errCursor = refuse(wire.ProblemCodeInvalidRequest, "The cursor is not one of ours")

// pageSize is the limit of a page, 50 if none is asked for.
func pageSize(limit *wire.Limit) (int, error) {
	switch {
	case limit == nil:
		return 50, nil
	case *limit < 1 || *limit > 100:
		return 0, refuse(wire.ProblemCodeInvalidRequest, "The limit is not between 1 and 100")
	default:
		return int(*limit), nil
	}
}

// ListEvents implements GET /v1/vehicles/{vehicle_id}/events. The cursor is the id of the last event seen.
func (c *cloud) ListEvents(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.ListEventsParams) {
	after, cursor := uint64(0), "start"
	page := wire.EventPage{}
	err := func() error {
		if params.Cursor != nil && *params.Cursor != cursor {
			n, ok := eventNumber(*params.Cursor)
			if !ok {
				return errCursor
			}
			after, cursor = n, *params.Cursor
		}
		limit, err := pageSize(params.Limit)
		if err != nil {
			return err
		}
		if err := c.catchUp(); err != nil {
			return err
		}
		return c.db.View(func(tx *bbolt.Tx) error {
			if _, err := findCar(tx, who(r).Owner, vehicle.ID(id)); err != nil {
				return err
			}
			if params.Since != nil {
				older, err := lastBefore(tx, vehicle.ID(id), *params.Since)
				if err != nil {
					return err
				}
				if older > after {
					after, cursor = older, eventID(older)
				}
			}
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

func wireTrip(t vehicle.Trip) wire.Trip {
	shown := wire.Trip{ID: t.ID, StartedAt: *known(t.Start), EndedAt: *known(t.End)}
	if t.Distance.Available() {
		shown.DistanceKm = new(float64(t.Distance.Value))
	}
	if t.Fuel.Available() {
		shown.FuelL = new(float64(t.Fuel.Value))
	}
	if t.Energy.Available() {
		shown.EnergyKwh = new(float64(t.Energy.Value))
	}
	return shown
}

// A snapshot in the words of the contract.

func wireDiagnosis(d vehicle.Diagnosis) wire.Diagnostics {
	shown := wire.Diagnostics{
		VehicleID: string(d.Vehicle), Battery12V: wireVolts(d.Battery), Odometer: wireDistance(d.Odometer),
		IgnitionOn: wireSwitch(d.Ignition), Speed: wireSpeed(d.Speed), Trunk: wireClosure(d.Trunk),
	}
	for _, t := range d.Tires {
		shown.Tires = append(shown.Tires, wireTire(t))
	}
	for _, door := range d.Doors {
		c := wireClosure(door.Closure)
		shown.Doors = append(shown.Doors, wire.Door{Position: wire.Wheel(door.Position), Open: c.Open, Locked: c.Locked})
	}
	if level := wirePercent(d.Fuel.Level); level != nil {
		shown.Fuel = &wire.Energy{Level: level, Range: wireDistance(d.Fuel.Range)}
	}
	if level := wirePercent(d.Charge.Level); level != nil {
		shown.Charge = &wire.Charge{Level: level, Range: wireDistance(d.Charge.Range), State: wireCharging(d.Charge.State)}
	}
	if life := wirePercent(d.Oil.Life); life != nil {
		shown.Oil = &wire.Oil{Life: life, NextServiceIn: wireDistance(d.Oil.NextService)}
	}
	if open := wireSwitch(d.KeyBox.Open); open != nil {
		shown.KeyBox = &wire.KeyBox{Open: open, KeyInside: wireSwitch(d.KeyBox.KeyInside)}
	}
	return shown
}

func wireClosure(c vehicle.Closure) *wire.Closure {
	return &wire.Closure{Open: wireSwitch(c.Open), Locked: wireSwitch(c.Locked)}
}

// common is what all readings share; ok is false for a part that the car does not have at all.
func common[T any](r vehicle.Reading[T]) (shared wire.Reading, ok bool) {
	switch {
	case r.Available():
		return wire.Reading{Quality: wire.QualityGood, ObservedAt: known(r.ObservedAt)}, true
	case r.Missing != "":
		return wire.Reading{Quality: wire.QualityUnavailable, Reason: new(wire.MissingReason(r.Missing))}, true
	default:
		return wire.Reading{}, false
	}
}

func wireSwitch(r vehicle.Reading[bool]) *wire.SwitchReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.SwitchReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.SwitchReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: &r.Value}
	}
}

func wireCharging(r vehicle.Reading[vehicle.ChargingState]) *wire.ChargingStateReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.ChargingStateReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.ChargingStateReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: new(wire.ChargingState(r.Value))}
	}
}

func wirePercent(r vehicle.Reading[vehicle.Percent]) *wire.PercentReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.PercentReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.PercentReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: new(float64(r.Value)), Unit: new(wire.PercentReadingUnitPercent)}
	}
}

func wireVolts(r vehicle.Reading[vehicle.Volts]) *wire.VoltageReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.VoltageReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.VoltageReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: new(float64(r.Value)), Unit: new(wire.VoltageReadingUnitV)}
	}
}

func wireDistance(r vehicle.Reading[vehicle.Kilometers]) *wire.DistanceReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.DistanceReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.DistanceReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: new(float64(r.Value)), Unit: new(wire.DistanceReadingUnitKm)}
	}
}

func wireSpeed(r vehicle.Reading[vehicle.KilometersPerHour]) *wire.SpeedReading {
	c, ok := common(r)
	switch {
	case !ok:
		return nil
	case r.Missing != "":
		return &wire.SpeedReading{Quality: c.Quality, Reason: c.Reason}
	default:
		return &wire.SpeedReading{Quality: c.Quality, ObservedAt: c.ObservedAt, Value: new(float64(r.Value)), Unit: new(wire.SpeedReadingUnitKmH)}
	}
}
