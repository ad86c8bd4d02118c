package ground

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Facts are what nearly every decision needs to know.
type Facts struct {
	Now      time.Time // UTC
	Zone     *time.Location
	FreshKey vehicle.IdempotencyKey // for what this turn may start
	// RequestKey is for what the turn does at once: when Alexa repeats the request, the key is the same.
	RequestKey vehicle.IdempotencyKey
	Owner      vehicle.Owner
	Cars       []vehicle.Vehicle // by the names the owner uses, sorted by name
	Account    store.Account     // empty if it was not asked for
	Pressure   speech.PressureUnit
	Distance   speech.DistanceUnit
	InCar      bool // the device is one in a car
	Moving     bool // the device says that it is under way; the car has its own say
}

// Here puts an instant on the driver's clock.
func (f Facts) Here(at time.Time) time.Time { return at.In(f.Zone) }

// Car finds a car of the owner.
func (f Facts) Car(id vehicle.ID) (vehicle.Vehicle, bool) {
	for _, c := range f.Cars {
		if c.ID == id {
			return c, true
		}
	}
	return vehicle.Vehicle{}, false
}

// Want says which facts cost a call that not every turn needs.
type Want struct {
	// Account reads the owner's preferences and PIN record. A turn reads the store once: one that checks the
	// PIN leaves this out, because the guard reads the record itself.
	Account bool
	// Units asks the device for its units of measurement.
	Units bool
	// Also gathers what only this conversation needs, at the same time.
	Also func(context.Context) error
}

// Gather collects the facts of a turn, everything at once. What the device does not tell costs nobody an
// answer: the owner's home and the locale have defaults.
func (d Deps) Gather(ctx context.Context, t *skill.Turn, w Want) (Facts, error) {
	facts := Facts{
		Now: t.Now, FreshKey: vehicle.IdempotencyKey(t.FreshID), RequestKey: requestKey(t.Request.Body.RequestID),
		InCar: t.InCar(), Moving: t.Moving(),
	}
	system := t.Request.Context.System
	var here *time.Location
	var units device.Units
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		household, err := d.Cars.Household(ctx, vehicle.Token(t.Token()))
		if err != nil {
			return err
		}
		facts.Owner, facts.Cars = household.Owner, household.Vehicles
		if w.Account {
			facts.Account, err = d.Accounts.Account(ctx, household.Owner.ID)
		}
		return err
	})
	group.Go(func() error {
		here, _ = d.Devices.TimeZone(ctx, system)
		return nil
	})
	if w.Units {
		group.Go(func() error {
			units, _ = d.Devices.Units(ctx, system)
			return nil
		})
	}
	if w.Also != nil {
		group.Go(func() error { return w.Also(ctx) })
	}
	if err := group.Wait(); err != nil {
		return Facts{}, err
	}
	facts.Zone = zoneOf(here, facts.Owner.Zone)
	facts.Cars = nicknamed(facts.Cars, facts.Account.Preferences.Nicknames)
	facts.Distance = distanceUnit(facts.Account.Preferences.DistanceUnit, units, t.Locale())
	facts.Pressure = pressureUnit(facts.Account.Preferences.PressureUnit, units, t.Locale())
	return facts, nil
}

// requestKey makes a key of the id of a request, which Alexa makes unguessable but in a form of its own.
func requestKey(id string) vehicle.IdempotencyKey {
	sum := sha256.Sum256([]byte("request " + id))
	return vehicle.IdempotencyKey(hex.EncodeToString(sum[:16]))
}

// zoneOf is the first zone that is known: a car on the road knows better than its home what "until six"
// means. Without any, times are spoken in UTC.
func zoneOf(here, home *time.Location) *time.Location {
	switch {
	case here != nil:
		return here
	case home != nil:
		return home
	default:
		return time.UTC
	}
}

// metricPressure tells what a driver with metric units reads on the door jamb: kilopascals in North America
// and Australia, bar elsewhere.
var metricPressure = map[string]speech.PressureUnit{
	"US": speech.KPa, "CA": speech.KPa, "AU": speech.KPa,
}

// pressureUnit prefers what the owner chose, then what the Alexa device is set to, then what the locale's
// country is used to.
func pressureUnit(preferred string, units device.Units, locale string) speech.PressureUnit {
	switch preferred {
	case "psi":
		return speech.PSI
	case "kpa":
		return speech.KPa
	case "bar":
		return speech.Bar
	}
	_, country, _ := strings.Cut(locale, "-")
	metric, known := metricPressure[country]
	if !known {
		metric = speech.Bar
	}
	switch {
	case units.Distance == device.Metric:
		return metric
	case units.Distance == device.Imperial, country == "US":
		return speech.PSI
	default:
		return metric
	}
}

// distanceUnit prefers as pressureUnit does: the owner, the device, the locale's country.
func distanceUnit(preferred string, units device.Units, locale string) speech.DistanceUnit {
	_, country, _ := strings.Cut(locale, "-")
	imperial := units.Distance == device.Imperial || units.Distance == "" && (country == "US" || country == "GB")
	switch {
	case preferred == "km":
		return speech.Kilometers
	case preferred == "mi", imperial:
		return speech.Miles
	default:
		return speech.Kilometers
	}
}

// nicknamed gives each car the name that its owner uses.
func nicknamed(cars []vehicle.Vehicle, names map[string]string) []vehicle.Vehicle {
	for i, c := range cars {
		if name := names[string(c.ID)]; name != "" {
			cars[i].Name = name
		}
	}
	slices.SortStableFunc(cars, func(a, b vehicle.Vehicle) int { return strings.Compare(a.Name, b.Name) })
	return cars
}
