package script

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

var noon = time.Date(2031, 5, 6, 19, 0, 0, 0, time.UTC)

// fitting fills every blank with something that fits.
var fitting = strings.NewReplacer(
	"<car>", "golf", "<wheel>", "rear_left", "<duration>", "90s", "<meters>", "12.5", "<kpa>", "200", "<gauge>", "battery", "<number>", "11.9",
	"<part>", "doors", "<code>", "p0301", "<status>", "pending", "<charger>", "charging",
)

// impose says lines on a car about which nothing was said.
func impose(t *testing.T, lines ...string) sim.Facts {
	t.Helper()
	var f sim.Facts
	for _, line := range lines {
		said := false
		for _, d := range Facts {
			if a, ok := Match(d.Form, line); ok && !said {
				d.Impose(&f, a, noon)
				said = true
			}
		}
		if !said {
			t.Fatalf("nobody understands %q", line)
		}
	}
	return f
}

// TestEveryFactIsSaid: every form is about one car, is read by itself alone, and says what it is for.
func TestEveryFactIsSaid(t *testing.T) {
	for _, d := range Facts {
		line := fitting.Replace(d.Form)
		if strings.Contains(line, "<") || !strings.HasPrefix(d.Form, "<car> ") || d.Does == "" {
			t.Errorf("%q has an unknown blank, no car, or no purpose", d.Form)
		}
		for _, other := range Facts {
			a, ok := Match(other.Form, strings.ToUpper(line[:1])+line[1:])
			if ok != (other.Form == d.Form) || ok && a.Car != "golf" {
				t.Errorf("%q read as %q: %t, %+v", line, other.Form, ok, a)
			}
		}
		d.Impose(&sim.Facts{}, Args{Car: "golf"}, noon) // works on a car about which nothing was said
	}
}

// TestFactsReachTheReadings: what is said of the Golf is what the Golf then says.
func TestFactsReachTheReadings(t *testing.T) {
	golf, bolt := sim.DemoCars()[0], sim.DemoCars()[1]
	world := sim.World{Seed: 1}
	for _, c := range []struct {
		lines string
		got   func(vehicle.Diagnosis) any
		want  any
	}{
		{"golf fuel 8", func(d vehicle.Diagnosis) any { return d.Fuel.Level.Value }, vehicle.Percent(8)},
		{"golf fuel 0", func(d vehicle.Diagnosis) any { return d.Fuel.Range.Value }, vehicle.Kilometers(0)},
		{"golf fuel missing", func(d vehicle.Diagnosis) any { return d.Fuel.Level.Missing }, vehicle.NotReported},
		{"golf fuel missing", func(d vehicle.Diagnosis) any { return d.Fuel.Range.Missing }, vehicle.NotReported},
		{"golf fuel missing;golf fuel 8", func(d vehicle.Diagnosis) any { return d.Fuel.Level.Value }, vehicle.Percent(8)},
		{"golf battery 11.9", func(d vehicle.Diagnosis) any { return d.Battery.Value }, vehicle.Volts(11.9)},
		{"golf battery fault", func(d vehicle.Diagnosis) any { return d.Battery.Missing }, vehicle.SensorFault},
		{"golf oil 10", func(d vehicle.Diagnosis) any { return d.Oil.Life.Value }, vehicle.Percent(10)},
		{"golf service 250", func(d vehicle.Diagnosis) any { return d.Oil.NextService.Value }, vehicle.Kilometers(250)},
		{"golf odometer unsupported", func(d vehicle.Diagnosis) any { return d.Odometer.Missing }, vehicle.NotSupported},
		{"golf running", func(d vehicle.Diagnosis) any { return d.Ignition.Value && d.Speed.Value == 0 && d.Battery.Value > 14 }, true},
		{"golf running;golf off", func(d vehicle.Diagnosis) any { return d.Ignition.Value }, false},
		{"golf moving", func(d vehicle.Diagnosis) any { return d.Ignition.Value && d.Speed.Value > 30 }, true},
		{"golf door front_left open", func(d vehicle.Diagnosis) any { return d.Doors[0].Open.Value && !d.Doors[1].Open.Value }, true},
		{"golf door front_left open;golf door front_left closed", func(d vehicle.Diagnosis) any { return d.Doors[0].Open.Value }, false},
		{"golf doors unlocked", func(d vehicle.Diagnosis) any { return d.Doors[3].Locked.Value }, false},
		{"golf doors unlocked", func(d vehicle.Diagnosis) any { return d.Doors[3].Locked.ObservedAt }, noon},
		{"golf doors unlocked;golf doors locked", func(d vehicle.Diagnosis) any { return d.Doors[3].Locked.Value }, true},
		{"golf trunk open", func(d vehicle.Diagnosis) any { return d.Trunk.Open.Value && !d.Trunk.Locked.Value }, true},
		{"golf trunk missing", func(d vehicle.Diagnosis) any { return d.Trunk.Open.Missing }, vehicle.NotReported},
		{"golf readings stale 3h", func(d vehicle.Diagnosis) any { return d.Odometer.ObservedAt }, noon.Add(-3 * time.Hour)},
		{"golf readings stale 3h", func(d vehicle.Diagnosis) any { return d.Tires[0].Pressure.ObservedAt }, noon.Add(-3 * time.Hour)},
		{"golf readings stale 3h;golf trunk open", func(d vehicle.Diagnosis) any { return d.Trunk.Open.ObservedAt }, noon.Add(-3 * time.Hour)},
		{"golf readings stale 3h;golf readings fresh", func(d vehicle.Diagnosis) any { return noon.Sub(d.Odometer.ObservedAt) < 10*time.Minute }, true},
	} {
		f := impose(t, strings.Split(c.lines, ";")...)
		if got := c.got(golf.Diagnosis(world, f, noon)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.lines, got, c.want)
		}
	}
	charge := bolt.Diagnosis(world, impose(t, "bolt charge 23", "bolt charger charging"), noon).Charge
	if charge.Level.Value != 23 || charge.State.Value != vehicle.Charging || charge.Range.Value > 100 {
		t.Errorf("the Bolt's charge is %+v", charge)
	}
	if at := golf.Location(world, impose(t, "golf location missing"), noon); at.Position.Missing != vehicle.NotReported || at.Address != "" {
		t.Error("a missing position is known")
	}
	if at := golf.Location(world, impose(t, "golf address missing"), noon); !at.Position.Available() || at.Address != "" {
		t.Error("a missing address is known, or the position is not")
	}
}

func TestTroubleIsSaid(t *testing.T) {
	golf, outback := sim.DemoCars()[0], sim.DemoCars()[2]
	for _, c := range []struct {
		car   sim.Car
		lines string
		light bool
		codes string
	}{
		{golf, "golf awake", false, ""},
		{golf, "golf light on P0301", true, "P0301 stored"},
		{golf, "golf light on", true, ""},
		{golf, "golf light on P0301;golf light off", false, ""},
		{golf, "golf code P0420 pending", false, "P0420 pending"},
		{golf, "golf light on u0100;golf code P0420 permanent", true, "U0100 stored, P0420 permanent"},
		{outback, "outback awake", true, "P0420 stored, P0301 pending"},
		{outback, "outback code B1234 stored", true, "P0420 stored, P0301 pending, B1234 stored"},
		{outback, "outback light off", false, ""},
	} {
		got := c.car.TroubleCodes(sim.World{Seed: 1}, impose(t, strings.Split(c.lines, ";")...), noon)
		var codes []string
		for _, code := range got.Codes {
			codes = append(codes, code.Code+" "+string(code.Status))
			if code.FirstSeen.After(noon) {
				t.Errorf("%s: %s was first seen at %s", c.lines, code.Code, code.FirstSeen)
			}
		}
		if got.EngineLight.Value != c.light || strings.Join(codes, ", ") != c.codes {
			t.Errorf("%s: light %t and %q, want %t and %q", c.lines, got.EngineLight.Value, codes, c.light, c.codes)
		}
	}
	hidden := golf.TroubleCodes(sim.World{}, impose(t, "golf light on P0301", "golf light missing"), noon)
	if hidden.EngineLight.Missing != vehicle.NotReported || len(hidden.Codes) != 0 {
		t.Errorf("a light that was never reported: %+v", hidden)
	}
}

func TestBlanksHaveLimits(t *testing.T) {
	for _, line := range []string{
		"golf fuel 101", "golf fuel -1", "golf fuel NaN", "golf fuel Inf", "golf fuel 1e999", "golf fuel", "golf doors 3", "golf battery 61",
		"golf window missing", "golf light on P03", "golf light on P4301", "golf light on P0301 pending", "golf code P0301 forgotten",
		"golf charger exploding", "golf door middle open", "golf readings stale -3h", "golf readings stale 3", strings.Repeat("golf ", 100), "golf fuel 8\xff",
	} {
		for _, d := range Facts {
			if _, ok := Match(d.Form, line); ok {
				t.Errorf("%.40q is read as %q", line, d.Form)
			}
		}
	}
}

// FuzzMatch: no line panics, and what is read is within its limits and leaves a car that answers.
func FuzzMatch(f *testing.F) {
	for _, d := range Facts {
		f.Add(fitting.Replace(d.Form))
	}
	f.Add("golf tire front_left 0x1p-1")
	f.Add("golf odometer 1e7")
	golf := sim.DemoCars()[0]
	f.Fuzz(func(t *testing.T, line string) {
		for _, d := range Facts {
			a, ok := Match(d.Form, line)
			if !ok {
				continue
			}
			var facts sim.Facts
			d.Impose(&facts, a, noon)
			s := golf.Diagnosis(sim.World{}, facts, noon)
			if !utf8.ValidString(a.Car) || s.Fuel.Level.Value < 0 || s.Fuel.Level.Value > 100 || s.Odometer.ObservedAt.After(noon) {
				t.Errorf("%q gives %+v", line, a)
			}
		}
	})
}
