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
	return vehicle.Owner{ID: o.ID, Name: strings.TrimSpace(o.Name), Zone: zone}, nil
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
	for _, c := range w.Capabilities {
		if c.Valid() && !car.Can(vehicle.Capability(c)) {
			car.Capabilities = append(car.Capabilities, vehicle.Capability(c))
		}
	}
	return car
}

func (l *link) toDiagnosis(id vehicle.ID, d wire.Diagnostics) (vehicle.Diagnosis, error) {
	if err := validate.Struct(d); err != nil {
		return vehicle.Diagnosis{}, err
	}
	if d.VehicleID != string(id) {
		return vehicle.Diagnosis{}, errors.New("the diagnosis is of another car")
	}
	diagnosis := vehicle.Diagnosis{Vehicle: id}
	for _, wheel := range vehicle.Wheels() {
		var tire *vehicle.Tire
		for _, w := range d.Tires {
			if vehicle.Wheel(w.Wheel) != wheel {
				continue
			}
			if t := l.toTire(w); tire == nil || t.Pressure.ObservedAt.After(tire.Pressure.ObservedAt) {
				tire = &t // a wheel that is listed twice: the newer reading is the tire as it is
			}
		}
		if tire != nil {
			diagnosis.Tires = append(diagnosis.Tires, *tire)
		}
	}
	return diagnosis, nil
}

func (l *link) toTire(w wire.Tire) vehicle.Tire {
	tire := vehicle.Tire{
		Wheel:    vehicle.Wheel(w.Wheel),
		Pressure: vehicle.Reading[vehicle.Kilopascals]{Missing: vehicle.NotSupported},
		Status:   vehicle.Reading[vehicle.TireState]{Missing: vehicle.NotSupported},
	}
	if p := w.Pressure; p != nil {
		kilopascals := p.Unit != nil && *p.Unit == wire.PressureReadingUnitKPa
		tire.Pressure = toReading(l, p.Value, p.ObservedAt, p.Quality, p.Reason, func(v float64) (vehicle.Kilopascals, bool) {
			return vehicle.Kilopascals(v), kilopascals && v >= 0 && v <= 2000
		})
	}
	if s := w.Status; s != nil {
		tire.Status = toReading(l, s.Value, s.ObservedAt, s.Quality, s.Reason, func(v wire.TireState) (vehicle.TireState, bool) {
			if !v.Valid() {
				return vehicle.TireUnknown, true
			}
			return vehicle.TireState(v), true
		})
	}
	if r := w.RecommendedKpa; r != nil && *r > 0 && *r <= 2000 {
		tire.Recommended = vehicle.Kilopascals(*r)
	}
	return tire
}

// toReading believes a reading only if everything about it is present and possible. What cannot be, such
// as a negative pressure or an observation from next week, is the sensor's fault and not a value.
func toReading[W, D any](l *link, value *W, at *time.Time, quality wire.Quality, why *wire.MissingReason, convert func(W) (D, bool)) vehicle.Reading[D] {
	switch {
	case quality == wire.QualityUnavailable && why != nil && why.Valid():
		return vehicle.Reading[D]{Missing: vehicle.MissingReason(*why)}
	case quality != wire.QualityGood && quality != wire.QualityEstimated, value == nil, at == nil:
		return vehicle.Reading[D]{Missing: vehicle.NotReported}
	}
	v, ok := convert(*value)
	if !ok || !l.credible(*at) {
		return vehicle.Reading[D]{Missing: vehicle.SensorFault}
	}
	return vehicle.Reading[D]{Value: v, ObservedAt: at.UTC()}
}

// credible reports whether something can have been observed at that instant.
func (l *link) credible(at time.Time) bool {
	return at.After(earliest) && at.Before(l.now().Add(clockSkew))
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

// toNewGrant accepts only the grant that was asked for.
func toNewGrant(asked vehicle.GrantRequest, g wire.Grant) (vehicle.Grant, error) {
	if err := validate.Struct(g); err != nil {
		return vehicle.Grant{}, err
	}
	grant := toGrant(g)
	same := grant.Vehicle == asked.Vehicle && grant.AccessPoint == asked.AccessPoint &&
		grant.Carrier.ID == asked.CarrierID && grant.Carrier.Verified &&
		grant.Window.Start.Equal(asked.Window.Start) && grant.Window.End.Equal(asked.Window.End)
	if !same {
		return vehicle.Grant{}, errors.New("the grant is not the one that was asked for")
	}
	return grant, nil
}

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
	case g.Carrier != nil:
		grant.Carrier = toCarrier(*g.Carrier)
	case g.GuestName != nil:
		grant.Carrier = vehicle.Carrier{Name: strings.TrimSpace(*g.GuestName)}
	}
	if g.RevokedAt != nil {
		grant.RevokedAt = g.RevokedAt.UTC()
	}
	return grant
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
