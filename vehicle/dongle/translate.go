package dongle

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Two clocks may disagree by this much before an observation counts as one from the future.
const clockSkew = 5 * time.Minute

// earliest is before any car reported to any cloud; a dongle that lost its clock says 1970.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func toOwner(o wire.Owner) (vehicle.Owner, error) {
	if err := validate.Struct(o); err != nil {
		return vehicle.Owner{}, err
	}
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return vehicle.Owner{}, errors.New("the owner's time zone is unknown")
	}
	owner := vehicle.Owner{ID: o.ID, Name: strings.TrimSpace(o.Name), Zone: zone}
	if o.AuthenticatedAt != nil {
		owner.AuthenticatedAt = o.AuthenticatedAt.UTC()
	}
	return owner, nil
}

func (l *link) toVehicles(list wire.VehicleList) ([]vehicle.Vehicle, error) {
	if err := validate.Struct(list); err != nil {
		return nil, err
	}
	cars := make([]vehicle.Vehicle, 0, len(list.Vehicles))
	for _, w := range list.Vehicles {
		cars = append(cars, l.toVehicle(w))
	}
	return cars, nil
}

func (l *link) toVehicle(w wire.Vehicle) vehicle.Vehicle {
	car := vehicle.Vehicle{
		ID:         vehicle.ID(w.ID),
		Name:       strings.TrimSpace(w.Name),
		Make:       optional(w.Make, 60),
		Model:      optional(w.Model, 60),
		Powertrain: known(vehicle.Powertrain(w.Powertrain), vehicle.Petrol, vehicle.Diesel, vehicle.Hybrid, vehicle.Electric),
		Plate:      vehicle.Plate(optional(w.Plate, 20)),
		Dongle: vehicle.Dongle{
			State: known(vehicle.DongleState(w.Dongle.State), vehicle.Online, vehicle.Asleep, vehicle.Offline, vehicle.Unplugged),
		},
	}
	if w.Year != nil && *w.Year >= 1900 && *w.Year <= 2200 {
		car.Year = *w.Year
	}
	if at := w.Dongle.LastSeenAt; at != nil && l.credible(*at) {
		car.Dongle.LastSeen = at.UTC()
	}
	if at := w.BlockedSince; at != nil {
		car.BlockedSince = l.plausible(*at) // even if its time cannot be: what locks out is believed
	}
	for _, c := range w.Capabilities {
		if c.Valid() && !car.Can(vehicle.Capability(c)) {
			car.Capabilities = append(car.Capabilities, vehicle.Capability(c))
		}
	}
	return car
}

// credible reports whether something can have been observed at that instant.
func (l *link) credible(at time.Time) bool {
	return at.After(earliest) && at.Before(l.now().Add(clockSkew))
}

// plausible is the instant, moved to the nearest one that can be. For what must not be dropped because a
// clock is wrong.
func (l *link) plausible(at time.Time) time.Time {
	switch now := l.now().UTC(); {
	case l.credible(at):
		return at.UTC()
	case at.After(now):
		return now
	default:
		return earliest
	}
}

func toCarriers(list wire.CarrierList) ([]vehicle.Carrier, error) {
	if err := validate.Struct(list); err != nil {
		return nil, err
	}
	carriers := make([]vehicle.Carrier, 0, len(list.Carriers))
	for _, c := range list.Carriers {
		carriers = append(carriers, toCarrier(c))
	}
	return carriers, nil
}

func toCarrier(c wire.Carrier) vehicle.Carrier {
	return vehicle.Carrier{ID: c.ID, Name: strings.TrimSpace(c.Name), Verified: c.Status == wire.CarrierStatusVerified}
}

// known maps a word that this client does not know to the empty one, which claims nothing.
func known[S ~string](word S, words ...S) S {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}

// optional is text that may be missing, and is treated as missing when it is too long or cannot be shown.
func optional(s *string, limit int) string {
	if s == nil || len([]rune(*s)) > limit || !printed(*s) {
		return ""
	}
	return strings.TrimSpace(*s)
}
