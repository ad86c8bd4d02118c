package sim

import (
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// Alert is something wrong with a car that its owner should hear of, and with which wheel.
type Alert struct {
	What  vehicle.Alert
	Wheel vehicle.Wheel // empty if it is about no wheel
}

const (
	// warns is the part of the placard pressure at which a car must warn (49 CFR 571.138 S4.2(a)).
	warns = 0.75
	// flat is what a 12 V battery at rest has when it is deeply discharged, by a battery maker's table.
	flat vehicle.Volts = 12.0
)

// Alerts lists what is wrong with the car as its dongle knows it. A reading that is missing alerts nobody.
func (c Car) Alerts(w World, f Facts, now time.Time) []Alert {
	var list []Alert
	d := c.Diagnosis(w, f, now)
	for _, t := range d.Tires {
		under := t.Pressure.Available() && t.Recommended > 0 && t.Pressure.Value <= warns*t.Recommended
		warned := t.Status.Available() && (t.Status.Value == vehicle.TireLow || t.Status.Value == vehicle.TireCritical)
		if under || warned {
			list = append(list, Alert{vehicle.AlertTire, t.Wheel})
		}
	}
	if d.Battery.Available() && d.Battery.Value <= flat && !d.Ignition.Value {
		list = append(list, Alert{What: vehicle.AlertBattery})
	}
	if light := c.TroubleCodes(w, f, now).EngineLight; light.Available() && light.Value {
		list = append(list, Alert{What: vehicle.AlertEngine})
	}
	if f.Dongle == vehicle.Unplugged {
		list = append(list, Alert{What: vehicle.AlertUnplugged})
	}
	return list
}
