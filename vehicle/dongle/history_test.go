package dongle_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

const lightOn = `"engine_light":{"value":true,"observed_at":"2031-05-06T20:00:00Z","quality":"good"}`

func TestTroubleCodes(t *testing.T) {
	body := `{` + lightOn + `,"codes":[
		{"code":"P0420","status":"pending"},{"code":"P0420","status":"permanent","first_seen_at":"2031-05-02T00:00:00Z"},
		{"code":"P0420","status":"stored","first_seen_at":"2031-05-01T00:00:00Z"},
		{"code":"U0100","status":"ominous","first_seen_at":"2032-01-01T00:00:00Z"},
		{"code":"P0420 ","status":"stored"},{"code":"p0301","status":"stored"},{"code":"P4000","status":"stored"},
		{"code":"X0001","status":"stored"},{"code":"","status":"stored"},{"code":"P03G1","status":"stored"}]}`
	got, err := client(t, canned(http.StatusOK, "application/json", body)).TroubleCodes(t.Context(), token, "golf")
	want := vehicle.TroubleCodes{EngineLight: hourAgo(true), Codes: []vehicle.TroubleCode{
		{Code: "P0420", Status: vehicle.PermanentCode, FirstSeen: time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)},
		{Code: "U0100", Status: vehicle.StoredCode},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if err := vehicletest.SoundTroubleCodes(noon, got); err != nil {
		t.Error(err)
	}
	for body, why := range map[string]vehicle.MissingReason{
		`{"codes":[]}`: vehicle.NotReported,
		`{"engine_light":{"quality":"unavailable","reason":"not_supported"},"codes":null}`: vehicle.NotSupported,
	} {
		got, err := client(t, canned(http.StatusOK, "application/json", body)).TroubleCodes(t.Context(), token, "golf")
		if err != nil || got.EngineLight.Missing != why || len(got.Codes) != 0 {
			t.Errorf("%s: got %+v, %v, want %s", body, got, err, why)
		}
	}
	many := `{` + lightOn + `,"codes":[` + strings.Repeat(`{"code":"P0420"},`, 100) + `{"code":"P0420"}]}`
	_, err = client(t, canned(http.StatusOK, "application/json", many)).TroubleCodes(t.Context(), token, "golf")
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
}

func TestLocation(t *testing.T) {
	const seen = `"observed_at":"2031-05-06T20:00:00Z","quality":"good"`
	here := hourAgo(vehicle.Position{Latitude: 49.2827, Longitude: -123.1207})
	for _, row := range []struct {
		body string
		want vehicle.Location
	}{
		{`{"position":{"latitude":49.2827,"longitude":-123.1207},"address":"800 Robson Street","accuracy_m":8,` + seen + `}`,
			vehicle.Location{Position: here, Address: "800 Robson Street"}},
		{`{"position":{"latitude":49.2827,"longitude":-123.1207},` + seen + `}`, vehicle.Location{Position: here}},
		{`{"position":{"latitude":49.2827,"longitude":-123.1207},"address":"a\u0007b",` + seen + `}`, vehicle.Location{Position: here}},
		{`{"position":{"latitude":91,"longitude":0},"address":"Mars",` + seen + `}`, vehicle.Location{Position: gone[vehicle.Position](vehicle.SensorFault)}},
		{`{"position":{"latitude":0,"longitude":-180.1},` + seen + `}`, vehicle.Location{Position: gone[vehicle.Position](vehicle.SensorFault)}},
		{`{"position":{"latitude":49,"longitude":-123},"observed_at":"2032-01-01T00:00:00Z","quality":"good"}`,
			vehicle.Location{Position: gone[vehicle.Position](vehicle.SensorFault)}},
		{`{"address":"800 Robson Street",` + seen + `}`, vehicle.Location{Position: gone[vehicle.Position](vehicle.NotReported)}},
		{`{"quality":"unavailable","reason":"not_supported"}`, vehicle.Location{Position: gone[vehicle.Position](vehicle.NotSupported)}},
		{`{}`, vehicle.Location{Position: gone[vehicle.Position](vehicle.NotReported)}},
	} {
		got, err := client(t, canned(http.StatusOK, "application/json", row.body)).Location(t.Context(), token, "golf")
		if err != nil || got != row.want {
			t.Errorf("%s: got %#v, %v", row.body, got, err)
		}
		if err := vehicletest.SoundLocation(noon, got); err != nil {
			t.Errorf("%s: %v", row.body, err)
		}
	}
}

// trip is one that ended so many hours before noon.
func trip(id string, ago int, members string) string {
	end := noon.Add(-time.Duration(ago) * time.Hour)
	return fmt.Sprintf(`{"id":%q,"started_at":%q,"ended_at":%q%s}`,
		id, end.Add(-30*time.Minute).Format(time.RFC3339), end.Format(time.RFC3339), members)
}

func TestTrips(t *testing.T) {
	from, to := noon.Add(-24*time.Hour), noon
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("from") != "2031-05-05T21:00:00Z" || q.Get("to") != "2031-05-06T21:00:00Z" || q.Get("limit") != "100" {
			t.Errorf("asked %s", r.URL)
		}
		switch q.Get("cursor") {
		case "":
			answers(200, `{"trips":[`+trip("t3", 3, `,"distance_km":12.5,"fuel_l":-1,"energy_kwh":9e9`)+`,`+trip("t1", 1, ``)+`],"next_cursor":"a&b=c"}`)(w, r)
		case "a&b=c":
			answers(200, `{"trips":[`+strings.Join([]string{
				trip("t1", 1, ``), trip("t0", 0, ``), trip("t25", 25, ``), trip("../x", 4, ``), trip("", 4, ``), trip("t24", 24, ``),
				`{"id":"backwards","started_at":"2031-05-06T20:00:00Z","ended_at":"2031-05-06T19:00:00Z"}`,
				`{"id":"still","started_at":"2031-05-06T19:00:00Z","ended_at":"2031-05-06T19:00:00Z"}`,
				`{"id":"endless","started_at":"2031-05-01T19:00:00Z","ended_at":"2031-05-06T19:00:00Z"}`,
				`{"id":"ancient","started_at":"1970-01-01T00:00:00Z","ended_at":"2031-05-06T19:00:00Z"}`,
			}, ",")+`],"next_cursor":""}`)(w, r)
		default:
			t.Errorf("asked %s", r.URL)
		}
	})
	got, err := c.Trips(t.Context(), token, "golf", from.In(time.FixedZone("", 3600)), to)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, trip := range got {
		ids = append(ids, trip.ID)
	}
	if list := strings.Join(ids, " "); list != "t1 t3 t24" {
		t.Errorf("got %s, want those that ended in the span, the newest first", list)
	}
	if third := got[1]; third.Distance.Value != 12.5 || third.Fuel.Missing != vehicle.SensorFault || third.Energy.Missing != vehicle.SensorFault ||
		got[0].Fuel.Missing != vehicle.NotSupported || !third.Distance.ObservedAt.Equal(third.End) {
		t.Errorf("got %+v", got)
	}
	if err := vehicletest.SoundTrips(noon, from, to, got); err != nil {
		t.Error(err)
	}
}

func TestTripSpans(t *testing.T) {
	c := client(t, canned(http.StatusOK, "application/json", `{"trips":[]}`))
	for span, ok := range map[time.Duration]bool{
		-time.Hour: false, 0: false, time.Millisecond: true, 31 * 24 * time.Hour: true, 31*24*time.Hour + time.Millisecond: false,
	} {
		_, err := c.Trips(t.Context(), token, "golf", noon, noon.Add(span))
		if ok != (err == nil) {
			t.Errorf("%v: got %v", span, err)
		}
		if !ok {
			wantError(t, err, vehicle.Invalid, vehicle.NotDone)
		}
	}
}

// An endless list is given up, and not passed off as a whole one.
func TestEndlessLists(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		answers(200, fmt.Sprintf(`{"trips":[],"events":[{"id":"e%d","type":"trunk.opened","vehicle_id":"golf","at":"2031-05-06T20:00:00Z"}],"next_cursor":"c%d"}`, n, n))(w, r)
	})
	_, err := c.Trips(t.Context(), token, "golf", noon.Add(-time.Hour), noon)
	wantError(t, err, vehicle.Invalid, vehicle.NotDone)
	if got := requests.Swap(0); got != 3 {
		t.Errorf("trips: got %d requests, want 3", got)
	}
	_, err = c.Events(t.Context(), token, "golf", noon.Add(-2*time.Hour))
	wantError(t, err, vehicle.Invalid, vehicle.NotDone)
	if got := requests.Load(); got != 10 {
		t.Errorf("events: got %d requests, want 10", got)
	}
}

func TestEvents(t *testing.T) {
	since := noon.Add(-2 * time.Hour)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("since") != "2031-05-06T19:00:00Z" || q.Get("limit") != "100" {
			t.Errorf("asked %s", r.URL)
		}
		switch q.Get("cursor") {
		case "":
			answers(200, `{"next_cursor":"e4","events":[
				{"id":"e2","type":"position_released","at":"2031-05-06T20:00:00Z","vehicle_id":"golf","grant_id":"grt_1","command_id":"../x",
					"actor":{"kind":"courier","name":"UPS"},"precision":"vicinity"},
				{"id":"e1","type":"grant.created","at":"2031-05-06T19:00:00Z","vehicle_id":"golf","actor":{"kind":"robot","name":"a\u0007"},"precision":"exact"},
				{"id":"e0","type":"trunk.opened","at":"2031-05-06T18:59:59Z","vehicle_id":"golf"},
				{"id":"e4","type":"car.sang","at":"2031-05-06T20:00:00Z","vehicle_id":"golf"}]}`)(w, r)
		case "e4":
			answers(200, `{"next_cursor":"e5","events":[
				{"id":"e5","type":"position_released","at":"2031-05-06T20:10:00Z","vehicle_id":"golf","precision":"roughly"},
				{"id":"e6","type":"trunk.opened","at":"2041-05-06T20:10:00Z","vehicle_id":"golf","command_id":"cmd_1","actor":{"kind":"owner"}}]}`)(w, r)
		default:
			answers(200, `{"next_cursor":"e5","events":[]}`)(w, r)
		}
	})
	got, err := c.Events(t.Context(), token, "golf", since)
	want := []vehicle.Event{
		{ID: "e1", Type: vehicle.GrantCreated, At: since},
		{ID: "e2", Type: vehicle.PositionReleased, At: noon.Add(-time.Hour), Grant: "grt_1", Actor: vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}},
		{ID: "e5", Type: vehicle.PositionReleased, At: noon.Add(-50 * time.Minute), Exact: true},
		{ID: "e6", Type: vehicle.TrunkOpened, At: noon, Command: "cmd_1", Actor: vehicle.Actor{Kind: vehicle.ByOwner}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if err := vehicletest.SoundEvents(noon, since, got); err != nil {
		t.Error(err)
	}
	for _, body := range []string{
		`{"events":[{"id":"e1","type":"trunk.opened","at":"2031-05-06T20:00:00Z","vehicle_id":"bolt"}],"next_cursor":"x"}`,
		`{"events":[{"type":"trunk.opened","at":"2031-05-06T20:00:00Z","vehicle_id":"golf"}],"next_cursor":"x"}`,
		`{"events":[],"next_cursor":"` + strings.Repeat("x", 201) + `"}`,
	} {
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Events(t.Context(), token, "golf", since)
		if wantError(t, err, vehicle.Unavailable, vehicle.NotDone); t.Failed() {
			t.Fatal(body)
		}
	}
}

// Every kind of event and of actor that the contract has, the domain knows by the same word.
func TestEveryEventType(t *testing.T) {
	schemas := contract(t).Components.Schemas
	for _, word := range schemas["EventType"].Value.Enum {
		body := fmt.Sprintf(`{"events":[{"id":"e1","type":%q,"at":"2031-05-06T20:00:00Z","vehicle_id":"golf"}],"next_cursor":""}`, word)
		got, err := client(t, canned(http.StatusOK, "application/json", body)).Events(t.Context(), token, "golf", time.Time{})
		if err != nil || len(got) != 1 || string(got[0].Type) != word {
			t.Errorf("%s: got %v, %v", word, got, err)
		}
		if err := vehicletest.SoundEvents(noon, time.Time{}, got); err != nil {
			t.Error(err)
		}
	}
	for _, word := range append(schemas["Alert"].Value.Enum, "meteor") {
		body := fmt.Sprintf(`{"events":[{"id":"e1","type":"vehicle.alert","alert":%q,"at":"2031-05-06T20:00:00Z","vehicle_id":"golf"}],"next_cursor":""}`, word)
		got, err := client(t, canned(http.StatusOK, "application/json", body)).Events(t.Context(), token, "golf", time.Time{})
		if want := map[bool]any{true: word}[word != "meteor"]; err != nil || len(got) != 1 || want != nil && string(got[0].Alert) != want || want == nil && got[0].Alert != "" {
			t.Errorf("%s: got %v, %v", word, got, err)
		}
	}
	for _, word := range schemas["ActorKind"].Value.Enum {
		body := fmt.Sprintf(`{"events":[{"id":"e1","type":"trunk.opened","at":"2031-05-06T20:00:00Z","vehicle_id":"golf","actor":{"kind":%q}}],"next_cursor":""}`, word)
		got, err := client(t, canned(http.StatusOK, "application/json", body)).Events(t.Context(), token, "golf", time.Time{})
		if err != nil || len(got) != 1 || string(got[0].Actor.Kind) != word {
			t.Errorf("%s: got %v, %v", word, got, err)
		}
	}
}
