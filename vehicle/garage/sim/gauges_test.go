package sim

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

// later draws an instant up to so much after d.now.
func later(t *rapid.T, d drawn, most time.Duration) time.Time {
	return d.now.Add(time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, "later")))
}

func sameKm(a, b vehicle.Kilometers) bool { return math.Abs(float64(a-b)) < 1e-6 }

func TestOdometerGrowsWithTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		then := later(t, d, 30*24*time.Hour)
		before, after := d.car.odometer(d.world, Facts{}, d.now), d.car.odometer(d.world, Facts{}, then)
		if after < before-1e-6 {
			t.Fatalf("the odometer went back from %f to %f", before, after)
		}
		if d.car.Moving(d.world, Facts{}, d.now) || d.car.Moving(d.world, Facts{}, then) {
			return
		}
		var km vehicle.Kilometers
		for _, trip := range d.car.Trips(d.world, Facts{}, d.now, then.Add(time.Millisecond), then) {
			km += trip.Distance.Value
		}
		if !sameKm(after-before, km) {
			t.Errorf("the odometer grew by %f km, trips make %f", after-before, km)
		}
	})
}

func TestWholeCyclesAreCountedRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		at := epoch.Add(time.Duration(rapid.Int64Range(-int64(100*24*time.Hour), int64(400*24*time.Hour)).Draw(t, "at")))
		var km vehicle.Kilometers
		for day := 0; day <= d.car.dayOf(at); day++ {
			for _, drive := range d.car.drives(d.world, day) {
				km += drive.km * vehicle.Kilometers(drive.part(at))
			}
		}
		if got := d.car.routine(d.world, at); !sameKm(got, km) {
			t.Errorf("%s: %f km, day by day %f", at, got, km)
		}
	})
}

// available wants a reading that is a value from the past or says why it is none.
func available[T any](t *rapid.T, what string, r vehicle.Reading[T], now time.Time) bool {
	if r.Available() == (r.Missing != "") || r.ObservedAt.After(now) {
		t.Errorf("%s: %+v at %s", what, r, now)
	}
	return r.Available()
}

func TestSnapshotsArePossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		if rapid.Bool().Draw(t, "storm") {
			d.world.Sky = Sky{Asleep: 0.4, Stale: 0.3, Missing: 0.2}
		}
		calm := d.world.Sky == Sky{}
		s := d.car.Diagnosis(d.world, Facts{}, d.now)
		percents := map[string]vehicle.Reading[vehicle.Percent]{}
		if d.car.Tank > 0 {
			percents["fuel"], percents["oil"] = s.Fuel.Level, s.Oil.Life
			available(t, "range", s.Fuel.Range, d.now)
			available(t, "service", s.Oil.NextService, d.now)
		}
		if d.car.Pack > 0 {
			percents["charge"] = s.Charge.Level
			available(t, "charger", s.Charge.State, d.now)
		}
		if petrol, electric := s.Fuel != (vehicle.Energy{}), s.Charge != (vehicle.Charge{}); petrol == electric {
			t.Errorf("%s has fuel %t and charge %t", d.car.Name, petrol, electric)
		}
		for what, r := range percents {
			if available(t, what, r, d.now) && (r.Value < 0 || r.Value > 100) {
				t.Errorf("%s %f %%", what, r.Value)
			}
		}
		available(t, "odometer", s.Odometer, d.now)
		on, speed, volts := available(t, "ignition", s.Ignition, d.now), available(t, "speed", s.Speed, d.now), available(t, "battery", s.Battery, d.now)
		if on && speed && s.Ignition.Value != (s.Speed.Value > 0) {
			t.Errorf("ignition %t at %f km/h", s.Ignition.Value, s.Speed.Value)
		}
		if on && volts && s.Ignition.Value != (s.Battery.Value > 13.5) {
			t.Errorf("ignition %t with %f V", s.Ignition.Value, s.Battery.Value)
		}
		if moving := d.car.Moving(d.world, Facts{}, d.now); calm && s.Ignition.Value != moving {
			t.Errorf("ignition %t in a car that moves: %t", s.Ignition.Value, moving)
		}
		for _, door := range s.Doors {
			if available(t, "door", door.Open, d.now) && door.Open.Value {
				t.Errorf("the door %s opened by itself", door.Position)
			}
		}
	})
}

func TestFuelIsTakenOnTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		then := later(t, d, time.Hour)
		a, b := d.car.Diagnosis(d.world, Facts{}, d.now), d.car.Diagnosis(d.world, Facts{}, then)
		if d.car.Tank > 0 && b.Fuel.Level.Value > a.Fuel.Level.Value && b.Odometer.Value == a.Odometer.Value {
			t.Errorf("fuel rose from %f to %f in a parked car", a.Fuel.Level.Value, b.Fuel.Level.Value)
		}
		if d.car.Pack > 0 && b.Charge.Level.Value > a.Charge.Level.Value+1 && a.Charge.State.Value == vehicle.NotPluggedIn {
			t.Errorf("charge rose from %f to %f without a plug", a.Charge.Level.Value, b.Charge.Level.Value)
		}
	})
}

func TestTripsOfASpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		from := d.now.Add(-time.Duration(rapid.Int64Range(1, int64(31*24*time.Hour)).Draw(t, "span")))
		middle := from.Add(time.Duration(rapid.Int64Range(0, int64(d.now.Sub(from))).Draw(t, "middle")))
		all := d.car.Trips(d.world, Facts{}, from, d.now, d.now)
		parts := append(d.car.Trips(d.world, Facts{}, middle, d.now, d.now), d.car.Trips(d.world, Facts{}, from, middle, d.now)...)
		if !slices.Equal(all, parts) {
			t.Fatalf("%d trips in the whole span, %d in its parts", len(all), len(parts))
		}
		ids := map[string]bool{}
		for i, trip := range all {
			if ids[trip.ID] || trip.End.Before(from) || !trip.End.Before(d.now) || !trip.Start.Before(trip.End) {
				t.Errorf("trip %+v in [%s, %s)", trip, from, d.now)
			}
			if i > 0 && trip.End.After(all[i-1].Start) {
				t.Errorf("trip %s overlaps the one after it", trip.ID)
			}
			if fuel, energy := trip.Fuel.Available(), trip.Energy.Available(); fuel == energy || fuel != (d.car.Tank > 0) {
				t.Errorf("%s burned %+v and %+v", d.car.Name, trip.Fuel, trip.Energy)
			}
			ids[trip.ID] = true
		}
		if none := d.car.Trips(d.world, Facts{NoTrips: true}, from, d.now, d.now); len(none) != 0 {
			t.Errorf("an empty log has %d trips", len(none))
		}
	})
}

func TestASilentDongleLogsNothing(t *testing.T) {
	w, bolt := World{Seed: 1}, DemoCars()[1]
	week := noon.AddDate(0, 0, -7)
	f := Facts{Dongle: vehicle.Unplugged, DongleSince: noon.AddDate(0, 0, -3)}
	for _, trip := range bolt.Trips(w, f, week, noon, noon) {
		if trip.End.After(f.DongleSince) {
			t.Errorf("trip %s was logged without a dongle", trip.ID)
		}
	}
}

func TestDemoCarsAsTheyAre(t *testing.T) {
	w := World{Seed: 1}
	at := map[string]vehicle.Diagnosis{}
	for _, c := range cars() {
		at[c.Name] = c.Diagnosis(w, Facts{}, noon)
	}
	if v := at["Golf"].Battery.Value; v < 12.55 || v > 12.69 {
		t.Errorf("the Golf's battery rests at %f V", v)
	}
	if km := at["Outback"].Odometer.Value; km < 213_500 || km > 214_600 {
		t.Errorf("the Outback has driven %f km", km)
	}
	if life := at["Outback"].Oil.Life.Value; life > 15 {
		t.Errorf("the Outback's oil has %f %% left", life)
	}
	if d := at["Outback"]; d.Trunk.Open.Missing != vehicle.NotSupported || d.Doors[0].Locked.Missing != vehicle.NotSupported {
		t.Errorf("the Outback knows its doors: %+v", d.Trunk)
	}
	if d := at["Bolt"]; d.Charge.State.Value != vehicle.NotPluggedIn || d.Charge.Level.Value < 90 {
		t.Errorf("at work the Bolt has %+v", d.Charge)
	}
	codes := DemoCars()[2].TroubleCodes(w, Facts{}, noon)
	if !codes.EngineLight.Value || len(codes.Codes) != 2 || codes.Codes[0].Code != "P0420" || codes.Codes[1].Status != vehicle.PendingCode {
		t.Errorf("the Outback's codes are %+v", codes)
	}
	if at := DemoCars()[0].Location(w, Facts{}, noon).Address; at != "Arbutus Street near West 10th Avenue" {
		t.Errorf("the Golf stands at %q", at)
	}
	if at := DemoCars()[1].Location(w, Facts{}, noon).Address; !strings.HasPrefix(at, "Seymour Street") {
		t.Errorf("the Bolt stands at %q", at)
	}
}

func TestBoltChargesByNight(t *testing.T) {
	w, bolt := World{Seed: 1}, DemoCars()[1]
	for clock, want := range map[string]vehicle.ChargingState{
		"06T12:00": vehicle.NotPluggedIn, // at work
		"06T17:40": vehicle.NotPluggedIn, // on the way
		"06T20:00": vehicle.PluggedIn,
		"06T23:10": vehicle.Charging,
		"07T05:00": vehicle.ChargeFull,
		"11T12:00": vehicle.ChargeFull, // a Sunday at home
	} {
		now, err := time.Parse(time.RFC3339, "2031-05-"+clock+":00-07:00")
		if err != nil {
			t.Fatal(err)
		}
		if got := bolt.Diagnosis(w, Facts{}, now).Charge.State.Value; got != want {
			t.Errorf("%s: %s, want %s", clock, got, want)
		}
	}
}

func TestParkingKeepsTheKilometers(t *testing.T) {
	w, golf := World{Seed: 1}, DemoCars()[0]
	f := Facts{MovingSince: noon}
	end := noon.Add(10 * time.Minute)
	moving := golf.odometer(w, f, end)
	f.Park(end)
	if got := golf.odometer(w, f, end); got != moving || golf.Moving(w, f, end) {
		t.Errorf("parked at %f km, drove to %f", got, moving)
	}
	f.Lift(end)
	if got := golf.odometer(w, f, end); got != moving {
		t.Errorf("after a reset %f km, drove to %f", got, moving)
	}
}
