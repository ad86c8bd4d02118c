package health

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestJudgeBattery(t *testing.T) {
	off, on, unknown := seen(false, 0), seen(true, 0), vehicle.Reading[bool]{Missing: vehicle.NotReported}
	const day = 24 * time.Hour
	for _, tc := range []struct {
		volts    vehicle.Volts
		age      time.Duration
		ignition vehicle.Reading[bool]
		want     string
	}{
		{13.0, 0, off, "battery.charging"}, // on a charger
		{12.9, 0, off, "battery.full"},
		{12.6, 0, off, "battery.full"},
		{12.59, 0, off, "battery.fine"},
		{12.4, 0, off, "battery.fine"},
		{12.39, 0, off, "battery.half"},
		{12.2, 0, off, "battery.half"},
		{12.19, 0, off, "battery.weak"},
		{12.01, 0, off, "battery.weak"},
		{12.0, 0, off, "battery.deep"},
		{9, 0, off, "battery.deep"},
		{14.2, 0, on, "battery.charging"},
		{13.0, 0, on, "battery.charging"},
		{12.9, 0, on, "battery.undercharging"},
		{11.5, 0, on, "battery.undercharging"},
		{15.0, 0, on, "battery.charging"},
		{15.1, 0, on, "battery.overcharging"},
		{15.1, 0, unknown, "battery.overcharging"},
		{14.2, 0, unknown, "battery.charging"},
		{12.7, 0, unknown, "battery.unjudged"}, // full at rest, too little on the alternator
		{12.3, 0, unknown, "battery.unjudged"},
		{11.9, 0, unknown, "battery.deep"}, // bad either way
		{12.7, 0, seen(true, 11*time.Minute), "battery.unjudged"},
		{12.7, 0, seen(false, 10*time.Minute), "battery.full"},
		{12.7, 7 * day, seen(false, 7*day), "battery.full"},
		{12.7, 8 * day, seen(false, 8*day), "battery.old"},
		{12.1, 8 * day, seen(false, 8*day), "battery.weak"}, // it did not get better by itself
		{24.6, 0, off, "battery.unjudged"},
		{0, 0, off, "battery.unjudged"},
		{-1, 0, off, "battery.unjudged"},
	} {
		got, severity := judgeBattery(seen(tc.volts, tc.age), tc.ignition, groundtest.Tuesday())
		if string(got) != tc.want {
			t.Errorf("%.2f V, %s old, ignition %+v: %s, want %s", tc.volts, tc.age, tc.ignition, got, tc.want)
		}
		bad := map[string]bool{"battery.half": true, "battery.weak": true, "battery.deep": true, "battery.undercharging": true, "battery.overcharging": true}
		if (severity > 0) != bad[tc.want] {
			t.Errorf("%.2f V: severity %d for %s", tc.volts, severity, got)
		}
	}
}

func TestTellBattery(t *testing.T) {
	const day = 24 * time.Hour
	none := func(why vehicle.MissingReason) vehicle.Diagnosis {
		return vehicle.Diagnosis{Vehicle: "veh_golf", Battery: vehicle.Reading[vehicle.Volts]{Missing: why}}
	}
	for _, tc := range []struct {
		name string
		d    vehicle.Diagnosis
		want string
	}{
		{"fresh", vehicle.Diagnosis{Vehicle: "veh_golf", Battery: seen[vehicle.Volts](12.7, 0), Ignition: seen(false, 0)}, "say battery.full"},
		{"an hour old", vehicle.Diagnosis{Vehicle: "veh_golf", Battery: seen[vehicle.Volts](12.7, time.Hour), Ignition: seen(false, time.Hour)}, "say battery.full; say car.as_of"},
		{"too old, and says so once", vehicle.Diagnosis{Vehicle: "veh_golf", Battery: seen[vehicle.Volts](12.7, 9*day), Ignition: seen(false, 9*day)}, "say battery.old"},
		{"never reported", none(vehicle.NotReported), "say battery.not_reported"},
		{"no sensor", none(vehicle.NotSupported), "say battery.unsupported"},
		{"broken sensor", none(vehicle.SensorFault), "say battery.fault"},
		{"of another car", vehicle.Diagnosis{Vehicle: "veh_foreign"}, "say skill.sorry"},
	} {
		if got := groundtest.Written(tellBattery(tc.d, here(golf, ""))); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestTellDongle(t *testing.T) {
	for _, tc := range []struct {
		state vehicle.DongleState
		seen  time.Time
		want  string
	}{
		{vehicle.Online, groundtest.Tuesday(), "say dongle.online; say dongle.last_report"},
		{vehicle.Asleep, groundtest.Tuesday(), "say dongle.asleep; say dongle.last_report"},
		{vehicle.Offline, groundtest.Tuesday(), "say dongle.offline; say dongle.last_report"},
		{vehicle.Unplugged, groundtest.Tuesday(), "say dongle.unplugged; say dongle.last_report"},
		{vehicle.Unplugged, time.Time{}, "say dongle.unplugged; say dongle.never_reported"},
		{"hibernating", groundtest.Tuesday(), "say dongle.unknown; say dongle.last_report"},
	} {
		if got := groundtest.Written(tellDongle(vehicle.Dongle{State: tc.state, LastSeen: tc.seen}, here(golf, ""))); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.state, got, tc.want)
		}
	}
}

func closure(open, locked vehicle.Reading[bool]) vehicle.Closure {
	return vehicle.Closure{Open: open, Locked: locked}
}

func TestTellClosures(t *testing.T) {
	yes, no, none := seen(true, 0), seen(false, 0), vehicle.Reading[bool]{Missing: vehicle.NotReported}
	fine, open, unlocked := closure(no, yes), closure(yes, no), closure(no, no)
	closed, locked, nothing := closure(no, none), closure(none, yes), closure(none, none)
	doors := func(each ...vehicle.Closure) (all []vehicle.Door) {
		for i, c := range each {
			all = append(all, vehicle.Door{Position: vehicle.Wheels()[i], Closure: c})
		}
		return all
	}
	broken := vehicle.Reading[bool]{Missing: vehicle.SensorFault}
	for _, tc := range []struct {
		name  string
		part  string
		doors []vehicle.Door
		trunk vehicle.Closure
		want  string
	}{
		{"all well", "", doors(fine, fine), fine, "say closures.car_fine"},
		{"the doors alone", "doors", doors(fine, fine), open, "say closures.doors_fine"},
		{"the trunk alone", "trunk", doors(open, open), fine, "say closures.trunk_fine"},
		{"trunk open", "", doors(fine, fine), open, "say closures.open; say closures.rest_fine"},
		{"asked for the trunk, open", "trunk", doors(fine), open, "say closures.trunk_open"},
		{"asked for the trunk, unlocked", "trunk", doors(fine), unlocked, "say closures.trunk_unlocked"},
		{"trunk open, a door unlocked", "", doors(fine, unlocked), open, "say closures.open; say closures.unlocked; say closures.rest_fine"},
		{"all unlocked", "car", doors(unlocked, unlocked), unlocked, "say closures.unlocked"},
		{"closed, locks unknown", "", doors(closed, closed), closed, "say closures.car_closed"},
		{"locked, the rest unknown", "doors", doors(locked, locked), fine, "say closures.doors_locked"},
		{"one tells this, the other that", "", doors(locked), closed, "say closures.partly"},
		{"open, the others half known", "", doors(closed), open, "say closures.open"},
		{"no word about the trunk", "", doors(fine, fine), nothing, "say closures.partly; say closures.missing"},
		{"no word about the doors", "", nil, fine, "say closures.partly; say closures.missing"},
		{"no word about the doors, the trunk open", "", nil, open, "say closures.open; say closures.missing"},
		{"nothing at all", "", nil, nothing, "say closures.not_reported"},
		{"a broken sensor", "trunk", nil, closure(broken, broken), "say closures.fault"},
		{"an hour ago", "trunk", nil, closure(seen(true, time.Hour), none), "say closures.trunk_open; say car.as_of"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := vehicle.Diagnosis{Vehicle: "veh_golf", Doors: tc.doors, Trunk: tc.trunk}
			if got := groundtest.Written(tellClosures(d, here(golf, tc.part))); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
	if got := groundtest.Written(tellClosures(vehicle.Diagnosis{Vehicle: "veh_foreign"}, here(golf, ""))); got != "say skill.sorry" {
		t.Errorf("another car: %s", got)
	}
}

func TestThePartThatIsAskedAbout(t *testing.T) {
	for value, want := range map[string]string{"": "", "glove box": "say closures.which"} {
		part, doubt := closuresPart(groundtest.Slots("part", value))
		if got := groundtest.Written(doubt); got != want || part != "" {
			t.Errorf("%q: %s, %q", value, got, part)
		}
	}
}
