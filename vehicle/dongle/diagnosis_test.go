package dongle_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

// diagnose reads a diagnosis of the golf with these members.
func diagnose(t *testing.T, members string) vehicle.Diagnosis {
	t.Helper()
	body := `{"vehicle_id":"golf"` + members + `}`
	d, err := client(t, canned(http.StatusOK, "application/json", body)).Diagnosis(t.Context(), token, "golf")
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	if err := vehicletest.SoundDiagnosis(noon, "golf", d); err != nil {
		t.Errorf("%s: %v", members, err)
	}
	return d
}

func hourAgo[T any](v T) vehicle.Reading[T] {
	return vehicle.Reading[T]{Value: v, ObservedAt: noon.Add(-time.Hour)}
}

func gone[T any](why vehicle.MissingReason) vehicle.Reading[T] {
	return vehicle.Reading[T]{Missing: why}
}

func TestWholeDiagnosis(t *testing.T) {
	const seen = `"observed_at":"2031-05-06T20:00:00Z","quality":"good"`
	got := diagnose(t, strings.ReplaceAll(`,"fuel":{"level":{"value":40,"unit":"%",@},"range":{"value":310,"unit":"km",@}},
		"charge":{"level":{"value":80,"unit":"%",@},"range":{"quality":"unavailable","reason":"not_reported"},"state":{"value":"plugged_in",@}},
		"battery_12v":{"value":12.6,"unit":"V",@},"odometer":{"value":84210.5,"unit":"km",@},
		"oil":{"life":{"value":35,"unit":"%",@},"next_service_in":{"value":4200,"unit":"km",@}},
		"doors":[{"position":"rear_left","open":{"value":true,@}},{"position":"front_left","locked":{"value":true,@}}],
		"trunk":{"open":{"value":false,@},"locked":{"value":true,@}},"key_box":{"open":{"value":false,@},"key_inside":{"value":true,@}},
		"ignition_on":{"value":true,@},"speed":{"value":0,"unit":"km/h",@},"engine":{"running":{"value":true,@}}`, "@", seen))
	want := vehicle.Diagnosis{
		Vehicle: "golf",
		Fuel:    vehicle.Energy{Level: hourAgo[vehicle.Percent](40), Range: hourAgo[vehicle.Kilometers](310)},
		Charge: vehicle.Charge{
			Energy: vehicle.Energy{Level: hourAgo[vehicle.Percent](80), Range: gone[vehicle.Kilometers](vehicle.NotReported)},
			State:  hourAgo(vehicle.PluggedIn),
		},
		Battery:  hourAgo[vehicle.Volts](12.6),
		Odometer: hourAgo[vehicle.Kilometers](84210.5),
		Oil:      vehicle.Oil{Life: hourAgo[vehicle.Percent](35), NextService: hourAgo[vehicle.Kilometers](4200)},
		Doors: []vehicle.Door{
			{Position: vehicle.FrontLeft, Closure: vehicle.Closure{Open: gone[bool](vehicle.NotSupported), Locked: hourAgo(true)}},
			{Position: vehicle.RearLeft, Closure: vehicle.Closure{Open: hourAgo(true), Locked: gone[bool](vehicle.NotSupported)}},
		},
		Trunk:    vehicle.Closure{Open: hourAgo(false), Locked: hourAgo(true)},
		KeyBox:   vehicle.KeyBox{Open: hourAgo(false), KeyInside: hourAgo(true)},
		Ignition: hourAgo(true),
		Speed:    hourAgo[vehicle.KilometersPerHour](0),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// What a car does not have, it cannot measure.
func TestEmptyDiagnosis(t *testing.T) {
	for _, members := range []string{``, `,"fuel":{},"charge":{},"oil":{},"trunk":{},"key_box":{},"doors":[]`, `,"fuel":null,"doors":null`} {
		d := diagnose(t, members)
		if d.Fuel.Level.Missing != vehicle.NotSupported || d.Charge.State.Missing != vehicle.NotSupported ||
			d.Trunk.Open.Missing != vehicle.NotSupported || d.KeyBox.KeyInside.Missing != vehicle.NotSupported ||
			d.Battery.Missing != vehicle.NotSupported || d.Speed.Missing != vehicle.NotSupported || len(d.Doors) != 0 {
			t.Errorf("%s: got %+v, want everything not supported", members, d)
		}
	}
}

// Every number of a diagnosis: its unit, its limit, and what comes of it outside.
func TestHostileNumbers(t *testing.T) {
	number := func(r float64, why vehicle.MissingReason) string { return fmt.Sprint(r, " ", why) }
	for _, row := range []struct {
		path, unit string
		most       float64
		read       func(vehicle.Diagnosis) string
	}{
		{`,"fuel":{"level":%s}`, "%", 100, func(d vehicle.Diagnosis) string { return number(float64(d.Fuel.Level.Value), d.Fuel.Level.Missing) }},
		{`,"fuel":{"range":%s}`, "km", 1e7, func(d vehicle.Diagnosis) string { return number(float64(d.Fuel.Range.Value), d.Fuel.Range.Missing) }},
		{`,"charge":{"level":%s}`, "%", 100, func(d vehicle.Diagnosis) string {
			return number(float64(d.Charge.Level.Value), d.Charge.Level.Missing)
		}},
		{`,"charge":{"range":%s}`, "km", 1e7, func(d vehicle.Diagnosis) string {
			return number(float64(d.Charge.Range.Value), d.Charge.Range.Missing)
		}},
		{`,"battery_12v":%s`, "V", 60, func(d vehicle.Diagnosis) string { return number(float64(d.Battery.Value), d.Battery.Missing) }},
		{`,"odometer":%s`, "km", 1e7, func(d vehicle.Diagnosis) string { return number(float64(d.Odometer.Value), d.Odometer.Missing) }},
		{`,"oil":{"life":%s}`, "%", 100, func(d vehicle.Diagnosis) string { return number(float64(d.Oil.Life.Value), d.Oil.Life.Missing) }},
		{`,"oil":{"next_service_in":%s}`, "km", 1e7, func(d vehicle.Diagnosis) string {
			return number(float64(d.Oil.NextService.Value), d.Oil.NextService.Missing)
		}},
		{`,"speed":%s`, "km/h", 500, func(d vehicle.Diagnosis) string { return number(float64(d.Speed.Value), d.Speed.Missing) }},
	} {
		const at = `"observed_at":"2031-05-06T20:00:00Z","quality":"good"`
		fault := number(0, vehicle.SensorFault)
		for reading, want := range map[string]string{
			fmt.Sprintf(`{"value":%f,"unit":%q,%s}`, row.most, row.unit, at):       number(row.most, ""),
			fmt.Sprintf(`{"value":0,"unit":%q,%s}`, row.unit, at):                  number(0, ""),
			fmt.Sprintf(`{"value":%f,"unit":%q,%s}`, row.most+0.001, row.unit, at): fault,
			fmt.Sprintf(`{"value":-0.001,"unit":%q,%s}`, row.unit, at):             fault,
			fmt.Sprintf(`{"value":1e308,"unit":%q,%s}`, row.unit, at):              fault,
			`{"value":1,"unit":"mi",` + at + `}`:                                   fault,
			`{"value":1,` + at + `}`:                                               fault,
			`{"value":1,"unit":"` + row.unit + `","quality":"good"}`:               number(0, vehicle.NotReported),
			`{"quality":"unavailable","reason":"not_supported"}`:                   number(0, vehicle.NotSupported),
		} {
			members := fmt.Sprintf(row.path, reading)
			if got := row.read(diagnose(t, members)); got != want {
				t.Errorf("%s: got %s, want %s", members, got, want)
			}
		}
	}
}

func TestChargingStates(t *testing.T) {
	for reading, want := range map[string]vehicle.Reading[vehicle.ChargingState]{
		`{"value":"charging","observed_at":"2031-05-06T20:00:00Z","quality":"good"}`:   hourAgo(vehicle.Charging),
		`{"value":"unplugged","observed_at":"2031-05-06T20:00:00Z","quality":"good"}`:  hourAgo(vehicle.NotPluggedIn),
		`{"value":"levitating","observed_at":"2031-05-06T20:00:00Z","quality":"good"}`: gone[vehicle.ChargingState](vehicle.NotReported),
		`{"value":"full","observed_at":"2032-05-06T20:00:00Z","quality":"good"}`:       gone[vehicle.ChargingState](vehicle.SensorFault),
		`{"quality":"unavailable","reason":"sensor_fault"}`:                            gone[vehicle.ChargingState](vehicle.SensorFault),
	} {
		if got := diagnose(t, `,"charge":{"state":`+reading+`}`).Charge.State; got != want {
			t.Errorf("%s: got %+v, want %+v", reading, got, want)
		}
	}
}

// A door that is listed twice is as it was seen last, each of its readings by itself.
func TestDoors(t *testing.T) {
	at := func(value bool, hour int) string {
		return fmt.Sprintf(`{"value":%t,"observed_at":"2031-05-06T%d:00:00Z","quality":"good"}`, value, hour)
	}
	d := diagnose(t, `,"doors":[{"position":"roof","open":`+at(true, 20)+`},
		{"position":"front_left","open":`+at(false, 19)+`,"locked":`+at(true, 20)+`},
		{"position":"front_left","open":`+at(true, 20)+`,"locked":`+at(false, 19)+`}]`)
	want := []vehicle.Door{{Position: vehicle.FrontLeft, Closure: vehicle.Closure{Open: hourAgo(true), Locked: hourAgo(true)}}}
	if !reflect.DeepEqual(d.Doors, want) {
		t.Errorf("got %+v, want %+v", d.Doors, want)
	}
}

// A block is believed, whatever its time.
func TestBlockedSince(t *testing.T) {
	for since, want := range map[string]time.Time{
		`"2031-05-06T20:00:00Z"`: noon.Add(-time.Hour),
		`"2032-05-06T20:00:00Z"`: noon,
		`"0001-01-01T00:00:00Z"`: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		`null`:                   {},
	} {
		body := `{"vehicles":[{"id":"golf","name":"Golf","blocked_since":` + since + `}]}`
		cars, err := client(t, canned(http.StatusOK, "application/json", body)).Vehicles(t.Context(), token)
		if err != nil || !cars[0].BlockedSince.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", since, cars, err, want)
		}
	}
}
