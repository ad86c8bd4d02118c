package health

import (
	"cmp"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// finding is one thing that somebody should know about a car, told in one sentence.
type finding struct {
	subject  subject
	severity severity
	key      speech.Key
	args     speech.Args
	seen     time.Time // zero for what has no age of its own
}

// subject names what a finding is about; there is at most one finding of each. It travels in the session.
type subject string

// check judges one part of a car with the judgment of its own conversation. looked is the age of what was looked
// at, zero if there was nothing to look at; nothing wrong is severity zero.
type check struct {
	subject subject
	look    func(c checkup, at ground.At) (f finding, looked time.Time)
}

// checks in the order in which equally serious findings are told.
var checks = []check{
	{"tires", checkTires},
	{"engine", checkEngine},
	{"open", checkOpen},
	{"battery", checkBattery},
	{"key", checkKey},
	{"dongle", checkDongle},
	{"energy", checkEnergy},
	{"service", checkService},
	{"unlocked", checkUnlocked},
}

const (
	findTireCritical speech.Key = "overview.tire_critical"
	findTireLow      speech.Key = "overview.tire_low"
	findEngineOn     speech.Key = "overview.engine_on"
	findEngineNoCode speech.Key = "overview.engine_no_code"
	findCode         speech.Key = "overview.code"
	findPending      speech.Key = "overview.code_pending"
	findOpen         speech.Key = "overview.open"
	findUnlocked     speech.Key = "overview.unlocked"
	findBatteryLow   speech.Key = "overview.battery_low"
	findBatteryUnder speech.Key = "overview.battery_undercharging"
	findBatteryOver  speech.Key = "overview.battery_overcharging"
	findKeyMissing   speech.Key = "overview.key_missing"
	findUnplugged    speech.Key = "overview.unplugged"
	findOffline      speech.Key = "overview.offline"
	findFuelLow      speech.Key = "overview.fuel_low"
	findChargeLow    speech.Key = "overview.charge_low"
	findOilNow       speech.Key = "overview.oil_now"
	findOilSoon      speech.Key = "overview.oil_soon"
	findServiceDue   speech.Key = "overview.service_due"
)

func findingLines() speech.Table {
	return speech.Table{
		findTireCritical: speech.Says("wheels"), findTireLow: speech.Says("wheels"),
		findEngineOn: speech.Says("trouble"), findEngineNoCode: speech.Says(),
		findCode: speech.Says("trouble"), findPending: speech.Says("trouble"),
		findOpen: speech.Says("parts"), findUnlocked: speech.Says("parts"),
		findBatteryLow: speech.Says("volts"), findBatteryUnder: speech.Says("volts"), findBatteryOver: speech.Says("volts"),
		findKeyMissing: speech.Says(), findUnplugged: speech.Says(), findOffline: speech.Says(),
		findFuelLow: speech.Says(), findChargeLow: speech.Says(),
		findOilNow: speech.Says(), findOilSoon: speech.Says(), findServiceDue: speech.Says(),
	}
}

// findings lists what is wrong, the worst first, and when each part was seen that could be looked at.
func findings(c checkup, at ground.At) (wrong []finding, looked []time.Time) {
	for _, check := range checks {
		f, seen := check.look(c, at)
		if !seen.IsZero() {
			looked = append(looked, seen)
		}
		if f.severity > 0 {
			f.subject = check.subject
			wrong = append(wrong, f)
		}
	}
	slices.SortStableFunc(wrong, func(a, b finding) int { return cmp.Compare(b.severity, a.severity) })
	return wrong, looked
}

func checkTires(c checkup, at ground.At) (f finding, looked time.Time) {
	r := tireReport{car: at.Car}
	r.sort(c.diagnosis.Tires)
	if len(r.bad) == 0 {
		r.saw(r.fine...)
		return finding{}, r.oldest
	}
	state, _ := r.bad[0].Judge()
	r.bad = slices.DeleteFunc(r.bad, func(t vehicle.Tire) bool { s, _ := t.Judge(); return s != state })
	r.saw(r.bad...)
	var wheels []vehicle.Wheel
	for _, t := range r.bad {
		wheels = append(wheels, t.Wheel)
	}
	f = finding{severity: soon, key: findTireLow, args: speech.Args{"wheels": ground.WheelList(wheels)}, seen: r.oldest}
	if state == vehicle.TireCritical {
		f.severity, f.key = stop, findTireCritical
	}
	return f, r.oldest
}

func checkEngine(c checkup, _ ground.At) (f finding, looked time.Time) {
	light := c.codes.EngineLight
	on := light.Available() && light.Value
	codes := worstFirst(c.codes.Codes)
	if len(codes) == 0 {
		if on {
			f = finding{severity: soon, key: findEngineNoCode, seen: light.ObservedAt}
		}
		return f, light.ObservedAt
	}
	first := codes[0]
	f = finding{
		severity: worstOf(codes), key: findCode, seen: light.ObservedAt,
		args: speech.Args{"trouble": troublePhrase(first)},
	}
	switch {
	case first.Status == vehicle.PendingCode:
		f.key = findPending
	case on:
		f.key = findEngineOn
	}
	return f, light.ObservedAt
}

// checkOpen minds what is open. On the road it is dangerous, at the curb an invitation.
func checkOpen(c checkup, _ ground.At) (f finding, looked time.Time) {
	s := sortClosures(c.diagnosis, wholeCar)
	if len(s.seen) > 0 {
		looked = slices.MinFunc(s.seen, time.Time.Compare)
	}
	if len(s.open) == 0 {
		return finding{}, looked
	}
	f = finding{severity: soon, key: findOpen, args: speech.Args{"parts": speech.List{Items: s.open}}, seen: looked}
	if speed := c.diagnosis.Speed; speed.Available() && speed.Value > 0 {
		f.severity = stop
	}
	return f, looked
}

// checkUnlocked minds locks only of a car that is switched off: somebody sits in the others.
func checkUnlocked(c checkup, _ ground.At) (f finding, looked time.Time) {
	ignition := c.diagnosis.Ignition
	s := sortClosures(c.diagnosis, wholeCar)
	if len(s.unlocked) == 0 || !ignition.Available() || ignition.Value {
		return finding{}, time.Time{}
	}
	looked = slices.MinFunc(s.seen, time.Time.Compare)
	return finding{severity: note, key: findUnlocked, args: speech.Args{"parts": speech.List{Items: s.unlocked}}, seen: looked}, looked
}

func checkBattery(c checkup, at ground.At) (f finding, looked time.Time) {
	volts := c.diagnosis.Battery
	if !volts.Available() {
		return finding{}, time.Time{}
	}
	judged, severity := judgeBattery(volts, c.diagnosis.Ignition, at.Facts.Now)
	f = finding{severity: severity, key: findBatteryLow, args: speech.Args{"volts": speech.Voltage(max(0, volts.Value))}, seen: volts.ObservedAt}
	switch judged {
	case batteryUnder:
		f.key = findBatteryUnder
	case batteryOver:
		f.key = findBatteryOver
	}
	return f, volts.ObservedAt
}

// checkKey minds a key box whose key was not brought back.
func checkKey(c checkup, at ground.At) (f finding, looked time.Time) {
	inside := c.diagnosis.KeyBox.KeyInside
	if !at.Car.Can(vehicle.OpenKeyBox) || !inside.Available() {
		return finding{}, time.Time{}
	}
	if !inside.Value {
		f = finding{severity: soon, key: findKeyMissing, seen: inside.ObservedAt}
	}
	return f, inside.ObservedAt
}

// checkDongle minds a dongle that says nothing any more: all else is as old as its last report.
func checkDongle(_ checkup, at ground.At) (f finding, looked time.Time) {
	switch dongle := at.Car.Dongle; dongle.State {
	case vehicle.Unplugged:
		return finding{severity: soon, key: findUnplugged, seen: dongle.LastSeen}, dongle.LastSeen
	case vehicle.Offline:
		return finding{severity: note, key: findOffline, seen: dongle.LastSeen}, dongle.LastSeen
	default:
		return finding{}, time.Time{}
	}
}

func checkEnergy(c checkup, at ground.At) (f finding, looked time.Time) {
	burns, charges := burnsAndCharges(at.Car.Powertrain, c.diagnosis)
	charge, fuel := c.diagnosis.Charge.Energy, c.diagnosis.Fuel
	for _, e := range []struct {
		used, low bool
		key       speech.Key
		left      vehicle.Energy
	}{{charges, chargeIsLow(charge, burns), findChargeLow, charge}, {burns, isLow(fuel), findFuelLow, fuel}} {
		if !e.used {
			continue
		}
		looked = e.left.Level.ObservedAt
		if e.left.Range.Available() {
			looked = e.left.Range.ObservedAt
		}
		if e.low {
			return finding{severity: note, key: e.key, seen: looked}, looked
		}
	}
	return finding{}, looked
}

func checkService(c checkup, at ground.At) (f finding, looked time.Time) {
	next, life := c.diagnosis.Oil.NextService, c.diagnosis.Oil.Life
	if life.Available() && at.Car.Powertrain != vehicle.Electric {
		switch judgeOil(life.Value) {
		case oilDueNow:
			return finding{severity: soon, key: findOilNow, seen: life.ObservedAt}, life.ObservedAt
		case oilDueSoon:
			f = finding{severity: note, key: findOilSoon, seen: life.ObservedAt}
		}
	}
	if next.Available() && next.Value <= 0 {
		f = finding{severity: note, key: findServiceDue, seen: next.ObservedAt}
	}
	return f, f.seen
}
