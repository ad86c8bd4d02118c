package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

// noon is a Tuesday noon in Vancouver.
var noon = time.Date(2031, 5, 6, 19, 0, 0, 0, time.UTC)

func cars() []Car { return append(DemoCars(), NeighborCars()...) }

// drawn is a car in some world at some instant, within a few years that include changes of the clock.
type drawn struct {
	car   Car
	world World
	now   time.Time
}

func draw(t *rapid.T) drawn {
	return drawn{
		car:   rapid.SampledFrom(cars()).Draw(t, "car"),
		world: World{Seed: rapid.Uint64().Draw(t, "seed")},
		now:   noon.Add(time.Duration(rapid.Int64Range(0, int64(3*365*24*time.Hour)).Draw(t, "after"))).Truncate(time.Millisecond),
	}
}

func TestSameSeedSameCar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.world.Sky = Sky{Asleep: 0.4, Stale: 0.3, Missing: 0.2}
		a, b := d.car.Tires(d.world, Facts{}, d.now), d.car.Tires(d.world, Facts{}, d.now)
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("tire %d: %+v, then %+v", i, a[i], b[i])
			}
		}
		if p, q := d.car.Position(d.world, Facts{}, d.now), d.car.Position(d.world, Facts{}, d.now); Distance(p, q) != 0 {
			t.Fatalf("the car is in two places, %f m apart", Distance(p, q))
		}
	})
}

func TestReadingsAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		later := d.now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "later")))
		first, second := d.car.Dongle(d.world, Facts{}, d.now), d.car.Dongle(d.world, Facts{}, later)
		if first.State != vehicle.Online {
			t.Fatalf("under a clear sky the dongle is %s", first.State)
		}
		if age := d.now.Sub(first.LastSeen); age < 0 || age > parkedInterval {
			t.Errorf("last seen %s ago, want between now and %s", age, parkedInterval)
		}
		if second.LastSeen.Before(first.LastSeen) {
			t.Errorf("last seen went back from %s to %s", first.LastSeen, second.LastSeen)
		}
		for _, tire := range d.car.Tires(d.world, Facts{}, d.now) {
			if at := tire.Pressure.ObservedAt; at.After(d.now) || !at.IsZero() && !at.Equal(first.LastSeen) {
				t.Errorf("%s observed at %s, the car was seen at %s and it is %s", tire.Wheel, at, first.LastSeen, d.now)
			}
		}
	})
}

func TestSleepStopsReports(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		f := Facts{Dongle: vehicle.Asleep, DongleSince: d.now}
		fell := d.car.Dongle(d.world, f, d.now).LastSeen
		later := d.now.Add(time.Duration(rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "later")))
		got := d.car.Dongle(d.world, f, later)
		if got.State != vehicle.Asleep || !got.LastSeen.Equal(fell) {
			t.Errorf("after %s: %s, last seen %s; want asleep, %s", later.Sub(d.now), got.State, got.LastSeen, fell)
		}
	})
}

func TestStormySkyKeepsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		d.world.Sky = Sky{Asleep: 0.5, Stale: 0.5, Missing: 0.5}
		if seen := d.car.Dongle(d.world, Facts{}, d.now).LastSeen; seen.After(d.now) {
			t.Errorf("last seen %s, after now %s", seen, d.now)
		}
		if d.car.Moving(d.world, Facts{}, d.now) && d.car.Dongle(d.world, Facts{}, d.now).State != vehicle.Online {
			t.Error("a driving car sleeps")
		}
		for _, tire := range d.car.Tires(d.world, Facts{}, d.now) {
			if tire.Pressure.ObservedAt.After(d.now) || tire.Status.ObservedAt.After(d.now) {
				t.Errorf("%s was observed in the future", tire.Wheel)
			}
			if tire.Pressure.Available() == (tire.Pressure.Missing != "") && d.car.Recommended > 0 {
				t.Errorf("%s: %+v is neither a value nor missing, or both", tire.Wheel, tire.Pressure)
			}
		}
	})
}

func TestCarsMoveOnlyWhenTheyDrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		step := time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "step"))
		before, after := d.car.Position(d.world, Facts{}, d.now), d.car.Position(d.world, Facts{}, d.now.Add(step))
		gone := Distance(before, after)
		if most := 40*step.Seconds() + 1; gone > most {
			t.Errorf("%.0f m in %s", gone, step)
		}
		moving := d.car.Moving(d.world, Facts{}, d.now) || d.car.Moving(d.world, Facts{}, d.now.Add(step))
		if gone > 0 && !moving {
			t.Errorf("the car moved %.0f m at rest", gone)
		}
	})
}

func TestBoltCommutes(t *testing.T) {
	w, bolt := World{Seed: 1}, DemoCars()[1]
	for _, c := range []struct {
		at     string
		moving bool
		where  vehicle.Position
	}{
		{"2031-05-06T06:00:00-07:00", false, home},
		{"2031-05-06T12:00:00-07:00", false, work},
		{"2031-05-06T23:00:00-07:00", false, home},
		{"2031-05-10T12:00:00-07:00", false, home}, // Saturday
		{"2031-05-06T17:40:00-07:00", true, vehicle.Position{}},
		{"2031-01-07T12:00:00-08:00", false, work}, // winter time
	} {
		now, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := bolt.Moving(w, Facts{}, now); got != c.moving {
			t.Errorf("%s: moving %t, want %t", c.at, got, c.moving)
		}
		if off := Distance(bolt.Position(w, Facts{}, now), c.where); !c.moving && off > 1 {
			t.Errorf("%s: %.0f m from where it should stand", c.at, off)
		}
	}
}

func TestReportsGoOnWhenADriveEnds(t *testing.T) {
	w, bolt := World{Seed: 1}, DemoCars()[1]
	now := noon.Add(-3*time.Hour - 50*time.Minute) // 8:10, and the way to work takes 25 minutes
	last := bolt.Dongle(w, Facts{}, now).LastSeen
	for range 60 * 60 {
		now = now.Add(time.Second)
		seen := bolt.Dongle(w, Facts{}, now).LastSeen
		if seen.Before(last) || seen.After(now) {
			t.Fatalf("at %s last seen %s, before that %s", now, seen, last)
		}
		last = seen
	}
}

func TestImposedMotion(t *testing.T) {
	w, golf := World{}, DemoCars()[0]
	f := Facts{MovingSince: noon}
	if golf.Moving(w, f, noon.Add(-time.Second)) || !golf.Moving(w, f, noon) {
		t.Error("the car does not start moving when told to")
	}
	far := 0.0
	for s := range 600 {
		far = max(far, Distance(golf.Home, golf.Position(w, f, noon.Add(time.Duration(s)*time.Second))))
	}
	if far < 300 || far > 2*blockRadius+1 {
		t.Errorf("the drive round the block leads %.0f m away", far)
	}
	if got := Distance(golf.Home, golf.Position(w, Facts{Shifted: 400}, noon)); got < 399 || got > 401 {
		t.Errorf("a car shifted by 400 m stands %.1f m away", got)
	}
}

func TestGolfsTires(t *testing.T) {
	// What the demo world promises: front left low, the others fine, and the same in words at any hour.
	for hour := range 24 {
		tires := DemoCars()[0].Tires(World{}, Facts{}, noon.Add(time.Duration(hour)*time.Hour))
		for i, want := range []vehicle.TireState{vehicle.TireLow, vehicle.TireFine, vehicle.TireFine, vehicle.TireFine} {
			if got, _ := tires[i].Judge(); got != want {
				t.Errorf("hour %d: %s is %s, want %s", hour, tires[i].Wheel, got, want)
			}
		}
		if psi := float64(tires[0].Pressure.Value) / 6.894757; psi < 27.6 || psi > 28.4 {
			t.Errorf("hour %d: front left holds %.2f psi, which is not spoken as 28", hour, psi)
		}
	}
}

func TestTireFacts(t *testing.T) {
	golf, outback := DemoCars()[0], DemoCars()[2]
	for name, c := range map[string]struct {
		car  Car
		said TireFacts
		want func(vehicle.Tire) bool
	}{
		"pressure":     {golf, TireFacts{Pressure: 150}, func(t vehicle.Tire) bool { return t.Pressure.Value == 150 && t.Pressure.Available() }},
		"missing":      {golf, TireFacts{Missing: vehicle.NotReported}, func(t vehicle.Tire) bool { return t.Pressure.Missing == vehicle.NotReported }},
		"fault":        {golf, TireFacts{Missing: vehicle.SensorFault}, func(t vehicle.Tire) bool { return t.Pressure.Missing == vehicle.SensorFault }},
		"warning":      {golf, TireFacts{State: vehicle.TireCritical}, func(t vehicle.Tire) bool { return t.Status.Value == vehicle.TireCritical }},
		"no numbers":   {outback, TireFacts{}, func(t vehicle.Tire) bool { return !t.Pressure.Available() && t.Status.Value == vehicle.TireFine }},
		"status low":   {outback, TireFacts{State: vehicle.TireLow}, func(t vehicle.Tire) bool { return t.Status.Value == vehicle.TireLow }},
		"status fault": {outback, TireFacts{Missing: vehicle.SensorFault}, func(t vehicle.Tire) bool { return t.Status.Missing == vehicle.SensorFault }},
	} {
		f := Facts{Tires: map[vehicle.Wheel]TireFacts{vehicle.FrontLeft: c.said}}
		if got := c.car.Tires(World{}, f, noon)[0]; !c.want(got) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	stale := golf.Tires(World{}, Facts{TiresAsOf: noon.Add(-3 * time.Hour)}, noon)
	if age := stale[0].Pressure.Age(noon); age != 3*time.Hour {
		t.Errorf("stale readings are %s old, want 3h", age)
	}
}

// opening is what a courier asks for.
var opening = Order{ID: "cmd_1", Act: vehicle.OpenTheTrunk}

func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		f := Facts{Dongle: rapid.SampledFrom([]vehicle.DongleState{"", vehicle.Asleep, vehicle.Offline, vehicle.Unplugged}).Draw(t, "dongle"), DongleSince: d.now}
		f.LidStaysOpen = rapid.Bool().Draw(t, "stays open")
		f.OpeningFails = rapid.Bool().Draw(t, "fails")
		expires := d.now.Add(time.Duration(rapid.Int64Range(int64(time.Second), int64(90*time.Second)).Draw(t, "life")))
		o := d.car.Plan(d.world, f, opening, d.now, expires)

		if !o.SentAt.After(d.now) {
			t.Errorf("sent at %s, accepted at %s", o.SentAt, d.now)
		}
		if o.DeliveredAt.IsZero() != o.FinishedAt.IsZero() {
			t.Errorf("delivered %s, finished %s", o.DeliveredAt, o.FinishedAt)
		}
		if f.Dongle == vehicle.Offline || f.Dongle == vehicle.Unplugged {
			if !o.DeliveredAt.IsZero() {
				t.Error("delivered to a car that cannot be reached")
			}
		}
		if o.DeliveredAt.IsZero() {
			if !o.OpenedAt().IsZero() || !o.ClosesAt.IsZero() {
				t.Error("what was not delivered opened")
			}
			return
		}
		if !o.DeliveredAt.After(o.SentAt) || !o.FinishedAt.After(o.DeliveredAt) || !o.FinishedAt.Before(expires) {
			t.Errorf("sent %s, delivered %s, finished %s, expires %s", o.SentAt, o.DeliveredAt, o.FinishedAt, expires)
		}
		switch open := o.OpenedAt(); {
		case open.IsZero() != (o.Failed != ""):
			t.Errorf("opened %s although %q", open, o.Failed)
		case open.IsZero():
			if !o.ClosesAt.IsZero() {
				t.Error("what never opened closes")
			}
		case f.LidStaysOpen:
			if !o.LeftOpenAt().Equal(open.Add(LeftOpenAfter)) || !o.LocksAt.IsZero() {
				t.Errorf("left open at %s, locks %s; opened %s", o.LeftOpenAt(), o.LocksAt, open)
			}
		default:
			if wait := o.ClosesAt.Sub(open); wait < shutLo || wait >= shutHi || !o.LocksAt.After(o.ClosesAt) || !o.LeftOpenAt().IsZero() {
				t.Errorf("opened %s, closes %s, locks %s, left open %s", open, o.ClosesAt, o.LocksAt, o.LeftOpenAt())
			}
		}
	})
}

func TestSleepingTakesLonger(t *testing.T) {
	golf, expires := DemoCars()[0], noon.Add(90*time.Second)
	awake := golf.Plan(World{}, Facts{}, opening, noon, expires)
	asleep := golf.Plan(World{}, Facts{Dongle: vehicle.Asleep, DongleSince: noon}, opening, noon, expires)
	if awake.FinishedAt.Sub(noon) > 6*time.Second || asleep.FinishedAt.Sub(noon) < wakeLo {
		t.Errorf("awake takes %s, asleep %s", awake.FinishedAt.Sub(noon), asleep.FinishedAt.Sub(noon))
	}
	if asleep.FinishedAt.IsZero() {
		t.Error("a sleeping car is never reached")
	}
}

func TestShutLater(t *testing.T) {
	golf := DemoCars()[0]
	o := golf.Plan(World{}, Facts{LidStaysOpen: true}, opening, noon, noon.Add(90*time.Second))
	late := o.OpenedAt().Add(4 * time.Minute)
	o.Shut(World{}, late)
	if !o.ClosesAt.Equal(late) || !o.LocksAt.After(late) || !o.LeftOpenAt().IsZero() {
		t.Errorf("shut at %s: closes %s, locks %s, left open %s", late, o.ClosesAt, o.LocksAt, o.LeftOpenAt())
	}
}

func TestVicinityHidesAndCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := vehicle.Position{
			Latitude: rapid.Float64Range(-90, 90).Draw(t, "latitude"), Longitude: rapid.Float64Range(-179.9, 179.9).Draw(t, "longitude"),
		}
		v := Vicinity(p)
		if off := Distance(p, v); off > VicinityRadius {
			t.Errorf("the place is %.0f m from the middle of its vicinity", off)
		}
		if again := Vicinity(v); again != v {
			t.Errorf("the vicinity of %v is %v: asking again tells more", v, again)
		}
	})
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b   vehicle.Position
		lo, hi float64
	}{
		{home, home, 0, 0},
		{home, work, 3500, 3800},
		{vehicle.Position{Longitude: 179.9999}, vehicle.Position{Longitude: -179.9999}, 20, 25}, // across the date line
		{home, nextTo, 80, 120},
	} {
		if got := Distance(c.a, c.b); got < c.lo || got > c.hi {
			t.Errorf("distance %.1f m, want between %.0f and %.0f", got, c.lo, c.hi)
		}
	}
}
