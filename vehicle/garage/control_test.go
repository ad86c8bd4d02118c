package garage

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

func TestDirectivesWork(t *testing.T) {
	state := func(name string) func(*world) any {
		return func(w *world) any { return w.vehicles("demo")[name].Dongle.State }
	}
	cars := func(w *world) any { return len(w.vehicles("demo")) }
	front := func(car string) func(*world) any {
		return func(w *world) any { return string(marshal(w.TB, w.tires(car)[0])) }
	}
	age := func(w *world) any {
		return w.clock.Now().Sub(*w.tires("veh_golf")[1].Pressure.ObservedAt).Round(time.Minute)
	}
	for _, c := range []struct {
		lines string
		look  func(*world) any
		want  any
	}{
		{"golf asleep", state("Golf"), wire.DongleStateAsleep},
		{"GOLF  Asleep", state("Golf"), wire.DongleStateAsleep},
		{"golf asleep\ngolf awake", state("Golf"), wire.DongleStateOnline},
		{"bolt offline", state("Bolt"), wire.DongleStateOffline},
		{"bolt unplugged", state("Bolt"), wire.DongleStateUnplugged},
		{"bolt unplugged", state("Golf"), wire.DongleStateOnline},
		{"# nothing\n\n", state("Golf"), wire.DongleStateOnline},
		{"owner none", cars, 0},
		{"owner one", cars, 1},
		{"owner none\nowner all", cars, 3},
		{"bolt gone", cars, 2},
		{"bolt gone\nbolt back", cars, 3},
		{"bolt gone\nbolt reset", cars, 3},
		{"golf tires stale 3h", age, 3 * time.Hour},
		{"golf tire front_left 150", front("veh_golf"), `"value":150`},
		{"golf tire front_left missing", front("veh_golf"), `{"pressure":{"quality":"unavailable","reason":"not_reported"}`},
		{"golf tire front_left fault", front("veh_golf"), `{"pressure":{"quality":"unavailable","reason":"sensor_fault"}`},
		{"golf tire front_left critical", front("veh_golf"), `"value":"critical"`},
		{"golf tire front_left 150\ngolf tires fresh", front("veh_golf"), `"value":19`},
		{"outback tire front_left low", front("veh_outback"), `"value":"low"`},
		{"outback tire front_left low\noutback tire front_left ok", front("veh_outback"), `"value":"ok"`},
		{"outback tire front_left missing", front("veh_outback"), `"reason":"not_reported"`},
	} {
		w := openWorld(t)
		w.steer(c.lines)
		got := c.look(w)
		if text, ok := got.(string); ok {
			if !strings.Contains(text, c.want.(string)) {
				t.Errorf("%q: %s, want %s in it", c.lines, text, c.want)
			}
		} else if got != c.want {
			t.Errorf("%q: %v, want %v", c.lines, got, c.want)
		}
	}
}

func TestACarThatIsGoneIsNotThere(t *testing.T) {
	w := openWorld(t)
	w.steer("owner none")
	for _, path := range []string{"diagnostics", "grants", "events"} {
		w.refused(path, w.call(w.owner("demo"), "GET", "/v1/vehicles/veh_golf/"+path, nil), wire.ProblemCodeNotFound)
	}
}

func TestStaleReadingsGrowOlder(t *testing.T) {
	w := openWorld(t)
	w.steer("golf tires stale 3h")
	w.clock.pass(30 * time.Minute)
	if age := w.clock.Now().Sub(*w.tires("veh_golf")[0].Pressure.ObservedAt); age != 3*time.Hour+30*time.Minute {
		t.Errorf("readings that were 3h old half an hour ago are %s old", age)
	}
}

func TestUnknownDirectives(t *testing.T) {
	w := openWorld(t)
	for _, line := range []string{
		"golf flies", "golf", "sleep golf", "trabant asleep", "golf tire middle 150", "golf tire front_left -1", "golf tire front_left NaN",
		"golf tire front_left 1e999", "golf tires stale -3h", "golf tires stale 3", "golf moved Inf", "weather sunny", "lose", strings.Repeat("golf ", 100),
	} {
		res, err := http.Post(w.ControlURL()+"/control", "text/plain", strings.NewReader("golf asleep\n"+line))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), strings.Fields(line)[0]) {
			t.Errorf("%q: status %d %s", line, res.StatusCode, text)
		}
	}
	if got := w.vehicles("demo")["Golf"].Dongle.State; got != wire.DongleStateOnline {
		t.Errorf("the lines before an unknown one were obeyed: the Golf is %s", got)
	}
}

func TestControlIsForThisMachineAlone(t *testing.T) {
	w := openWorld(t)
	for name, header := range map[string][2]string{
		"a web page":     {"Origin", "https://evil.example"},
		"another site":   {"Sec-Fetch-Site", "cross-site"},
		"a rebound name": {"Host", "evil.example:80"},
		"no port":        {"Host", "127.0.0.1"},
	} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.ControlURL()+"/control", strings.NewReader("golf asleep"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header[0], header[1])
		if header[0] == "Host" {
			req.Host = header[1]
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, res.StatusCode)
		}
	}
	if _, a := w.send("", "GET", "/control/ledger", nil); a.status != http.StatusNotFound {
		t.Errorf("the ledger is on the public port: status %d", a.status)
	}
}

func TestLedgerFromANumber(t *testing.T) {
	w := openWorld(t)
	w.grant("intention-1")
	w.grant("intention-2")
	for path, n := range map[string]int{"": 2, "?after=0": 2, "?after=1": 1, "?after=2": 0, "?after=18446744073709551615": 0} {
		res, err := http.Get(w.ControlURL() + "/control/ledger" + path)
		if err != nil {
			t.Fatal(err)
		}
		var list []LedgerEntry
		err = json.NewDecoder(res.Body).Decode(&list)
		_ = res.Body.Close()
		if err != nil || len(list) != n || list == nil {
			t.Errorf("%q: %d entries, %v; want %d", path, len(list), err, n)
		}
		for _, e := range list {
			if !e.At.Equal(twoPM) || e.N == 0 {
				t.Errorf("entry %+v", e)
			}
		}
	}
	res, err := http.Get(w.ControlURL() + "/control/ledger?after=x")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("after=x: status %d", res.StatusCode)
	}
}

func TestSpan(t *testing.T) {
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, until time.Duration
		want        string
	}{
		{0, 4 * time.Hour, "until 18:00"},
		{-time.Minute, time.Hour, "until 15:00"},
		{4 * time.Hour, 6 * time.Hour, "from 18:00 until 20:00"},
		{8 * time.Hour, 12 * time.Hour, "from 22:00 until 2031-05-07 02:00"},
		{28 * time.Hour, 30 * time.Hour, "from 2031-05-07 18:00 until 2031-05-07 20:00"},
	} {
		if got := span(vehicle.Window{Start: twoPM.Add(c.from), End: twoPM.Add(c.until)}, twoPM, zone); got != c.want {
			t.Errorf("from %s until %s: %q, want %q", c.from, c.until, got, c.want)
		}
	}
}

// TestDirectivesTable: every form parses with its blanks filled, says what it is for, and does exactly one
// kind of thing; the list on the control port has them all.
func TestDirectivesTable(t *testing.T) {
	w := openWorld(t)
	res, err := http.Get(w.ControlURL() + "/control")
	if err != nil {
		t.Fatal(err)
	}
	list, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	blanks := strings.NewReplacer("<car>", "golf", "<wheel>", "rear_left", "<duration>", "90s", "<meters>", "12.5", "<kpa>", "200",
		"<gauge>", "fuel", "<number>", "8", "<part>", "doors", "<code>", "P0301", "<status>", "pending", "<charger>", "charging")
	for _, d := range directives {
		got, _, err := parseDirective(blanks.Replace(d.form))
		if err != nil || got.form != d.form {
			t.Errorf("%q parses as %q, %v", d.form, got.form, err)
		}
		kinds := 0
		for _, is := range []bool{d.car != nil, d.each != nil, d.weather != nil, d.world != nil, d.deliver} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || d.does == "" {
			t.Errorf("%q acts on %d things and says %q", d.form, kinds, d.does)
		}
		if !strings.Contains(string(list), d.form) {
			t.Errorf("the list does not show %q", d.form)
		}
	}
}

// TestWorldAnew: nobody may get in any more and nothing is imposed, while what happened stays told: in the ledger, in the
// cars' histories, and to who has not heard of it yet.
func TestWorldAnew(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	w.register(m, wire.EventTypeGrantCreated, wire.EventTypeGrantExpired, wire.EventTypeVehicleAlert)
	arrived, waiting := w.arrive("intention-1"), w.grant("intention-2").ID
	guest := w.guest("veh_golf", wire.AccessPointTrunk, "intention-3")
	w.block("veh_outback")
	w.steer("bolt awake", "golf tire front_left 150", "outback gone")
	opening := want[wire.Command](w, http.StatusAccepted, w.command("veh_bolt", wire.ActionOpenTrunk, "intention-4"))
	told, happened := w.ledger(), w.events("veh_golf")

	w.steer("world anew")
	token := w.owner("demo")
	for _, car := range []string{"veh_golf", "veh_bolt", "veh_outback"} {
		list := want[wire.GrantList](w, http.StatusOK, w.call(token, "GET", "/v1/vehicles/"+car+"/grants", nil))
		if len(list.Grants) != 0 {
			t.Errorf("%s has the grants %+v", car, list.Grants)
		}
	}
	w.refused("the courier at the car", w.step(arrived, "open", redemption()), wire.ProblemCodeNotFound)
	w.refused("the courier to come", w.step(waiting, "en-route", wire.EnRoute{DeliveryReference: parcel}), wire.ProblemCodeNotFound)
	if a := w.enter(*guest.Code); a.status < http.StatusBadRequest {
		t.Errorf("the guest's code: status %d", a.status)
	}
	w.refused("the command", w.call(token, "GET", "/v1/commands/"+opening.ID, nil), wire.ProblemCodeNotFound)
	cars := w.vehicles("demo")
	if len(cars) != 3 || cars["Bolt"].Dongle.State != wire.DongleStateOnline || cars["Outback"].BlockedSince != nil {
		t.Errorf("the cars are %+v", cars)
	}
	if tire := string(marshal(t, w.tires("veh_golf")[0])); !strings.Contains(tire, `"value":19`) {
		t.Errorf("the tire that was low is %s", tire)
	}

	w.clock.pass(30 * time.Second)
	if d := w.diagnosis("veh_bolt"); *d.Trunk.Open.Value {
		t.Error("the trunk opens after all")
	}
	w.clock.pass(5 * time.Hour) // everything that was due would have come to pass
	clear(w.tokens)
	if got := w.ledger(); !slices.Equal(got, told) || len(told) == 0 {
		t.Errorf("ledger %q, before it was %q", got, told)
	}
	if got := w.events("veh_golf"); !slices.Equal(got, happened) || len(happened) == 0 {
		t.Errorf("history %q, before it was %q", got, happened)
	}
	w.steer("deliver events")
	want := []wire.EventType{wire.EventTypeGrantCreated, wire.EventTypeGrantCreated, wire.EventTypeGrantCreated, wire.EventTypeVehicleAlert}
	if got := types(t, m.taken()); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if next := w.grant("intention-1").ID; slices.Contains([]string{arrived, waiting, guest.ID}, next) { // nor a reply of the old world
		t.Errorf("a new grant has the id %s of an old one", next)
	}
	if got := w.ledger(); len(got) != len(told)+1 {
		t.Errorf("after one more grant the ledger is %q", got)
	}
}

// FuzzDirective: no line panics, and what is accepted is within its limits.
func FuzzDirective(f *testing.F) {
	for _, d := range directives {
		f.Add(d.form)
	}
	f.Add("golf tire front_left 0x1p-1")
	f.Add("golf tires stale 9223372036s")
	f.Fuzz(func(t *testing.T, line string) {
		d, a, err := parseDirective(line)
		if err != nil {
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 1000 {
				t.Errorf("the error is %q", err)
			}
			return
		}
		if d.form == "" || a.Duration < 0 || !(a.Meters >= 0 && a.Meters <= 1e6) || !(a.Pressure >= 0 && a.Pressure <= 2000) || !(a.Value >= 0 && a.Value <= 1e7) {
			t.Errorf("%q gives %q with %+v", line, d.form, a)
		}
	})
}
