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

func TestOwner(t *testing.T) {
	c := client(t, canned(http.StatusOK, "application/json; charset=utf-8", `{"id":"o1","name":" Alex ","time_zone":"America/Vancouver","new":{}}`))
	owner, err := c.Owner(t.Context(), token)
	if err != nil || owner.ID != "o1" || owner.Name != "Alex" || owner.Zone.String() != "America/Vancouver" {
		t.Errorf("got %v, %v", owner, err)
	}
	if !owner.AuthenticatedAt.IsZero() {
		t.Errorf("a cloud that does not tell when the owner signed in says %v", owner.AuthenticatedAt)
	}
	c = client(t, canned(http.StatusOK, "application/json", `{"id":"o1","name":"Alex","time_zone":"UTC","authenticated_at":"2031-05-06T14:00:00-07:00"}`))
	want := time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)
	if owner, err := c.Owner(t.Context(), token); err != nil || owner.AuthenticatedAt != want {
		t.Errorf("signed in at %v, %v, want %v", owner.AuthenticatedAt, err, want)
	}
	for _, body := range []string{
		`{"id":"","name":"Alex","time_zone":"UTC"}`,
		`{"id":"o1","name":"Alex","time_zone":"Local"}`,
		`{"id":"o1","name":"Alex","time_zone":"../../etc/passwd"}`,
		`{"id":"o1","name":"Alex","time_zone":"Mars/Olympus"}`,
		`{"id":"o1","name":"Alex"}`,
		`{"id":"o1","name":"\u0007","time_zone":"UTC"}`,
		`{"id":"a/b","name":"Alex","time_zone":"UTC"}`,
	} {
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Owner(t.Context(), token)
		if wantError(t, err, vehicle.Unavailable, vehicle.NotDone); t.Failed() {
			t.Fatal(body)
		}
	}
}

func TestVehicle(t *testing.T) {
	const body = `{"vehicles":[{"id":"golf","name":"Golf","make":"Volkswagen","model":"Golf","year":2019,"color":"white",
		"powertrain":"petrol","plate":"TRK 482","capabilities":["trunk.open","tires.pressure","trunk.open","fly"],"blocked_since":"2031-05-06T20:30:00Z",
		"dongle":{"state":"asleep","last_seen_at":"2031-05-06T13:00:00-07:00"}}]}`
	got, err := client(t, canned(http.StatusOK, "application/json", body)).Vehicles(t.Context(), token)
	want := []vehicle.Vehicle{{
		ID: "golf", Name: "Golf", Make: "Volkswagen", Model: "Golf", Year: 2019, Powertrain: vehicle.Petrol, Plate: "TRK 482",
		Dongle:       vehicle.Dongle{State: vehicle.Asleep, LastSeen: noon.Add(-time.Hour)},
		Capabilities: []vehicle.Capability{vehicle.OpenTrunk, vehicle.TirePressure},
		BlockedSince: noon.Add(-30 * time.Minute),
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v, want %#v", got, err, want)
	}
}

// What is absurd but not needed is dropped; what is needed spoils the answer.
func TestHostileVehicles(t *testing.T) {
	one := func(members string) string {
		return `{"vehicles":[{"id":"golf","name":"Golf","powertrain":"petrol","capabilities":[],"dongle":{"state":"online"}` + members + `}]}`
	}
	for _, row := range []struct {
		name, body string
		ok         bool
	}{
		{"nothing odd", one(``), true},
		{"a year before cars", one(`,"year":-7`), true},
		{"a year beyond", one(`,"year":99999`), true},
		{"a long make", one(`,"make":"` + strings.Repeat("x", 61) + `"`), true},
		{"a bell in the model", one(`,"model":"Go\u0007lf"`), true},
		{"seen next week", one(`,"dongle":{"state":"online","last_seen_at":"2031-05-13T00:00:00Z"}`), true},
		{"seen in 1970", one(`,"dongle":{"state":"online","last_seen_at":"1970-01-01T00:00:00Z"}`), true},
		{"unknown words", one(`,"powertrain":"steam","dongle":{"state":"dreaming"},"capabilities":["fly",""]`), true},
		{"nulls", one(`,"make":null,"capabilities":null,"year":null`), true},
		{"no cars", `{"vehicles":[]}`, true},
		{"no list", `{}`, true},
		{"listed twice", `{"vehicles":[{"id":"a","name":"A"},{"id":"a","name":"B"}]}`, false},
		{"no ID", `{"vehicles":[{"name":"A"}]}`, false},
		{"an ID with a path", `{"vehicles":[{"id":"../x","name":"A"}]}`, false},
		{"a long ID", `{"vehicles":[{"id":"` + strings.Repeat("x", 65) + `","name":"A"}]}`, false},
		{"no name", `{"vehicles":[{"id":"a","name":" "}]}`, false},
		{"a name of symbols", `{"vehicles":[{"id":"a","name":"!!"}]}`, false},
		{"a name of two lines", `{"vehicles":[{"id":"a","name":"A\nB"}]}`, false},
		{"a long name", `{"vehicles":[{"id":"a","name":"` + strings.Repeat("x", 61) + `"}]}`, false},
		{"too many", `{"vehicles":[` + strings.TrimSuffix(many(101), ",") + `]}`, false},
	} {
		cars, err := client(t, canned(http.StatusOK, "application/json", row.body)).Vehicles(t.Context(), token)
		if (err == nil) != row.ok {
			t.Errorf("%s: got %v, want it believed: %t", row.name, err, row.ok)
		}
		if err := vehicletest.SoundVehicles(noon, cars); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func many(n int) string {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, `{"id":"v%d","name":"Car"},`, i)
	}
	return list.String()
}

func TestTirePressures(t *testing.T) {
	const at = `"observed_at":"2031-05-06T20:00:00Z"`
	missing := func(why vehicle.MissingReason) vehicle.Reading[vehicle.Kilopascals] {
		return vehicle.Reading[vehicle.Kilopascals]{Missing: why}
	}
	hourAgo := func(v vehicle.Kilopascals) vehicle.Reading[vehicle.Kilopascals] {
		return vehicle.Reading[vehicle.Kilopascals]{Value: v, ObservedAt: noon.Add(-time.Hour)}
	}
	for _, row := range []struct {
		name, pressure string
		want           vehicle.Reading[vehicle.Kilopascals]
	}{
		{"good", `{"value":193.5,"unit":"kPa",` + at + `,"quality":"good"}`, hourAgo(193.5)},
		{"estimated", `{"value":200,"unit":"kPa",` + at + `,"quality":"estimated"}`, hourAgo(200)},
		{"flat", `{"value":0,"unit":"kPa",` + at + `,"quality":"good"}`, hourAgo(0)},
		{"unavailable", `{"quality":"unavailable","reason":"sensor_fault"}`, missing(vehicle.SensorFault)},
		{"unavailable for an unknown reason", `{"quality":"unavailable","reason":"gremlins"}`, missing(vehicle.NotReported)},
		{"unavailable for no reason", `{"quality":"unavailable"}`, missing(vehicle.NotReported)},
		{"unavailable with a value", `{"value":200,"unit":"kPa",` + at + `,"quality":"unavailable"}`, missing(vehicle.NotReported)},
		{"an unknown quality", `{"value":200,"unit":"kPa",` + at + `,"quality":"dubious"}`, missing(vehicle.NotReported)},
		{"no value", `{"unit":"kPa",` + at + `,"quality":"good"}`, missing(vehicle.NotReported)},
		{"no time", `{"value":200,"unit":"kPa","quality":"good"}`, missing(vehicle.NotReported)},
		{"negative", `{"value":-3,"unit":"kPa",` + at + `,"quality":"good"}`, missing(vehicle.SensorFault)},
		{"absurd", `{"value":1e300,"unit":"kPa",` + at + `,"quality":"good"}`, missing(vehicle.SensorFault)},
		{"another unit", `{"value":28,"unit":"psi",` + at + `,"quality":"good"}`, missing(vehicle.SensorFault)},
		{"no unit", `{"value":28,` + at + `,"quality":"good"}`, missing(vehicle.SensorFault)},
		{"from the future", `{"value":200,"unit":"kPa","observed_at":"2031-05-06T21:06:00Z","quality":"good"}`, missing(vehicle.SensorFault)},
		{"from a lost clock", `{"value":200,"unit":"kPa","observed_at":"1970-01-01T00:00:09Z","quality":"good"}`, missing(vehicle.SensorFault)},
		{"from a clock a little ahead", `{"value":200,"unit":"kPa","observed_at":"2031-05-06T21:04:00Z","quality":"good"}`,
			vehicle.Reading[vehicle.Kilopascals]{Value: 200, ObservedAt: noon.Add(4 * time.Minute)}},
		{"not there", `null`, missing(vehicle.NotSupported)},
	} {
		body := `{"vehicle_id":"golf","tires":[{"wheel":"front_left","recommended_kpa":248,"pressure":` + row.pressure + `}]}`
		d, err := client(t, canned(http.StatusOK, "application/json", body)).Diagnosis(t.Context(), token, "golf")
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got := d.Tires[0].Pressure; got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
		if err := vehicletest.SoundDiagnosis(noon, "golf", d); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestTires(t *testing.T) {
	const body = `{"vehicle_id":"golf","fuel":{"level":{"quality":"new"}},"tires":[
		{"wheel":"spare","pressure":{"value":400,"unit":"kPa","observed_at":"2031-05-06T20:00:00Z","quality":"good"}},
		{"wheel":"rear_left","status":{"value":"wobbly","observed_at":"2031-05-06T20:00:00Z","quality":"good"},"recommended_kpa":-5},
		{"wheel":"front_left","pressure":{"value":100,"unit":"kPa","observed_at":"2031-05-06T19:00:00Z","quality":"good"}},
		{"wheel":"front_left","pressure":{"value":200,"unit":"kPa","observed_at":"2031-05-06T20:00:00Z","quality":"good"}}]}`
	d, err := client(t, canned(http.StatusOK, "application/json", body)).Diagnosis(t.Context(), token, "golf")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Tires) != 2 || d.Tires[0].Wheel != vehicle.FrontLeft || d.Tires[0].Pressure.Value != 200 {
		t.Errorf("got %+v, want front left as last seen, and rear left", d.Tires)
	}
	if rear := d.Tires[1]; rear.Status.Value != vehicle.TireUnknown || rear.Recommended != 0 {
		t.Errorf("got %+v, want an unknown status and no placard", rear)
	}
	for name, body := range map[string]string{
		"another car": `{"vehicle_id":"bolt"}`,
		"no car":      `{}`,
		"many wheels": `{"vehicle_id":"golf","tires":[` + strings.TrimSuffix(strings.Repeat(`{"wheel":"x"},`, 51), ",") + `]}`,
		"bad time":    `{"vehicle_id":"golf","tires":[{"wheel":"front_left","pressure":{"observed_at":"yesterday"}}]}`,
	} {
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Diagnosis(t.Context(), token, "golf")
		if wantError(t, err, vehicle.Unavailable, vehicle.NotDone); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestCarriers(t *testing.T) {
	const body = `{"carriers":[{"id":"ups","name":"UPS","status":"verified"},{"id":"speedy","name":"Speedy Parcels","status":"pending"},
		{"id":"new","name":"New","status":"extra_verified"}]}`
	got, err := client(t, canned(http.StatusOK, "application/json", body)).Carriers(t.Context(), token)
	want := []vehicle.Carrier{{ID: "ups", Name: "UPS", Verified: true}, {ID: "speedy", Name: "Speedy Parcels"}, {ID: "new", Name: "New"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestGrants(t *testing.T) {
	guest := strings.NewReplacer(`grt_1`, `grt_2`, `"way_in":"carrier"`, `"way_in":"code"`,
		`"carrier":{"id":"ups","name":"UPS","status":"verified"}`, `"guest_name":"Kim","revoked_at":"2031-05-06T22:00:00+01:00"`,
		`"trunk"`, `"sunroof"`).Replace(goodGrant)
	got, err := client(t, canned(http.StatusOK, "application/json", `{"grants":[`+goodGrant+","+guest+`]}`)).Grants(t.Context(), token, "golf")
	window := fourHours.Window
	want := []vehicle.Grant{
		{ID: "grt_1", Vehicle: "golf", AccessPoint: vehicle.Trunk, Carrier: vehicle.Carrier{ID: "ups", Name: "UPS", Verified: true}, Window: window, MaxUses: 1, CreatedAt: noon},
		{ID: "grt_2", Vehicle: "golf", Guest: "Kim", Window: window, MaxUses: 1, CreatedAt: noon, RevokedAt: noon},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, odd := range map[string][2]string{
		"another car":         {"golf", "bolt"},
		"no end":              {`"end":"2031-05-07T01:00:00Z"`, `"x":1`},
		"an end before":       {"07T01:00", "06T01:00"},
		"used too often":      {`"uses":0`, `"uses":2`},
		"used without end":    {`"max_uses":1`, `"max_uses":1000000`},
		"not to be used":      {`"max_uses":1`, `"max_uses":0`},
		"never made":          {`"created_at":"2031-05-06T21:00:00Z"`, `"created_at":"0001-01-01T00:00:00Z"`},
		"nobody's":            {`"carrier":{`, `"nobody":{`},
		"a carrier of no ID":  {`"id":"ups",`, ``},
		"a carrier unsayable": {`"UPS"`, `"\u202e"`},
	} {
		body := `{"grants":[` + strings.Replace(goodGrant, odd[0], odd[1], 1) + `]}`
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Grants(t.Context(), token, "golf")
		if wantError(t, err, vehicle.Unavailable, vehicle.NotDone); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestCreateGrant(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("Idempotency-Key"); len(got) != 1 || got[0] != string(key) {
			t.Errorf("got key %q, want %q once", got, key)
		}
		answers(http.StatusCreated, goodGrant)(w, r)
	})
	request := fourHours
	request.Window.Start = request.Window.Start.Add(999).In(time.FixedZone("", 3600)) // nanoseconds do not travel
	grant, err := c.CreateGrant(t.Context(), token, key, request)
	if err != nil || grant.ID != "grt_1" || !grant.Window.Start.Equal(noon) || grant.Window.Start.Location() != time.UTC {
		t.Errorf("got %+v, %v", grant, err)
	}
}
