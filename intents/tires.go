package intents

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// tiresFlow answers "what's my tire pressure". It never wakes a car: it tells the last snapshot and, when
// that is old, how old.
func tiresFlow(d Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[tires, tiresFacts]{
		Name: "tires", Version: 1,
		Lines: skill.FlowLines{Stopped: tiresStopped},
		Facts: d.tiresFacts,
		Next:  tiresNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			switch e := effect.(type) {
			case readTires:
				return d.Cars.Diagnosis(ctx, vehicle.Token(t.Token()), e.Car)
			default:
				return nil, fmt.Errorf("tires: unknown effect %T", effect)
			}
		},
	})
}

func (d Deps) tiresFacts(ctx context.Context, t *skill.Turn, _ tires, _ skill.Event) (tiresFacts, error) {
	facts := tiresFacts{Now: t.Now}
	var units device.Units
	var account store.Account
	var home, here *time.Location
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		household, err := d.Cars.Household(ctx, vehicle.Token(t.Token()))
		if err != nil {
			return err
		}
		home, facts.Cars = household.Owner.Zone, household.Vehicles
		account, err = d.Accounts.Account(ctx, household.Owner.ID)
		return err
	})
	group.Go(func() error {
		// A device that does not tell its units costs nobody an answer: the locale has a default.
		units, _ = d.Devices.Units(ctx, t.Request.Context.System)
		return nil
	})
	group.Go(func() error {
		here = d.zone(ctx, t)
		return nil
	})
	if err := group.Wait(); err != nil {
		return tiresFacts{}, err
	}
	facts.Zone = zoneOf(here, home)
	facts.Preferred = account.Preferences.DefaultCar
	facts.Unit = pressureUnit(account.Preferences.PressureUnit, units, t.Locale())
	return facts, nil
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

// tiresFacts is what the tire conversation decides upon.
type tiresFacts struct {
	Now       time.Time // UTC
	Zone      *time.Location
	Cars      []vehicle.Vehicle
	Preferred string // the default car's id, empty if none
	Unit      speech.PressureUnit
}
