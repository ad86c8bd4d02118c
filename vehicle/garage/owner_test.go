package garage

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	xoauth2 "golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
)

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) vehicles(login string) map[string]wire.Vehicle {
	w.Helper()
	byName := map[string]wire.Vehicle{}
	for _, v := range want[wire.VehicleList](w, http.StatusOK, w.call(w.owner(login), "GET", "/v1/vehicles", nil)).Vehicles {
		byName[v.Name] = v
	}
	return byName
}

func (w *world) tires(car string) []wire.Tire {
	w.Helper()
	return want[wire.Diagnostics](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/vehicles/"+car+"/diagnostics", nil)).Tires
}

func TestDemoWorld(t *testing.T) {
	w := openWorld(t)
	me := want[wire.Owner](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/me", nil))
	if me.TimeZone != "America/Vancouver" || me.Name == "" {
		t.Errorf("the demo owner is %+v", me)
	}
	cars := w.vehicles("demo")
	for name, can := range map[string][]wire.Capability{
		"Golf":    {wire.CapabilityTiresPressure, wire.CapabilityTrunkOpen},
		"Bolt":    {wire.CapabilityTiresPressure, wire.CapabilityTrunkOpen, wire.CapabilityDoorsLock, wire.CapabilityDoorsUnlock},
		"Outback": {wire.CapabilityTiresStatus, wire.CapabilityKeyBoxOpen},
	} {
		if v, ok := cars[name]; !ok || !slices.Equal(v.Capabilities, can) || v.Dongle.State != wire.DongleStateOnline {
			t.Errorf("%s: %+v, want capabilities %v", name, v, can)
		}
	}
	if len(cars) != 3 {
		t.Errorf("the demo owner has %d cars", len(cars))
	}
	if neighbor := w.vehicles("neighbor"); len(neighbor) != 1 || neighbor["Cinquecento"].ID == "" {
		t.Errorf("the neighbor has %v", neighbor)
	}
	carriers := want[wire.CarrierList](w, http.StatusOK, w.call(w.owner("demo"), "GET", "/v1/carriers", nil)).Carriers
	verified := 0
	for _, c := range carriers {
		if c.Status == wire.CarrierStatusVerified {
			verified++
		} else if c.ID != "speedy" {
			t.Errorf("%s is %s", c.Name, c.Status)
		}
	}
	if len(carriers) != 7 || verified != 6 {
		t.Errorf("%d carriers, %d verified", len(carriers), verified)
	}

	golf := w.tires("veh_golf")
	if len(golf) != 4 || *golf[0].Pressure.Value < 192 || *golf[0].Pressure.Value > 194 || *golf[0].RecommendedKpa != 248 {
		t.Errorf("the Golf's tires are %+v", golf)
	}
	if age := w.clock.Now().Sub(*golf[0].Pressure.ObservedAt); age < 0 || age > 5*time.Minute {
		t.Errorf("the readings are %s old", age)
	}
	if outback := w.tires("veh_outback"); outback[0].Pressure != nil || *outback[0].Status.Value != wire.TireStateOk {
		t.Errorf("the Outback's tires are %+v", outback)
	}
}

func TestScopesLimitCapabilities(t *testing.T) {
	w := openWorld(t)
	for _, c := range []struct {
		scopes string
		can    []wire.Capability
	}{
		{"vehicles:read", nil},
		{"vehicles:read diagnostics:read", []wire.Capability{wire.CapabilityTiresPressure}},
		{"vehicles:read grants:write", []wire.Capability{wire.CapabilityTrunkOpen}},
		{"vehicles:read commands:write", []wire.Capability{wire.CapabilityTrunkOpen, wire.CapabilityDoorsLock, wire.CapabilityDoorsUnlock}},
	} {
		demo, _ := w.Demo().Owner("demo")
		token, err := oauth.SignIn(t.Context(), http.DefaultClient, xoauth2.Config{
			ClientID: people.Linking.ID, RedirectURL: people.LoopbackRedirect, Scopes: strings.Fields(c.scopes),
			Endpoint: xoauth2.Endpoint{AuthURL: w.URL() + "/oauth/authorize", TokenURL: w.URL() + "/oauth/token", AuthStyle: xoauth2.AuthStyleInParams},
		}, demo.Login, demo.Password)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range want[wire.VehicleList](w, http.StatusOK, w.call(token.AccessToken, "GET", "/v1/vehicles", nil)).Vehicles {
			if v.Name == "Bolt" && !slices.Equal(v.Capabilities, append([]wire.Capability{}, c.can...)) {
				t.Errorf("with %s: %v, want %v", c.scopes, v.Capabilities, c.can)
			}
		}
		if !strings.Contains(c.scopes, "grants") {
			w.refused("grants with "+c.scopes, w.call(token.AccessToken, "GET", "/v1/vehicles/veh_golf/grants", nil), wire.ProblemCodeInsufficientScope)
		}
	}
}

func TestGrantBindsThePlace(t *testing.T) {
	w := openWorld(t)
	token := w.owner("demo")
	create := func(key string) wire.Grant {
		return want[wire.Grant](w, http.StatusCreated, w.call(token, "POST", "/v1/vehicles/veh_bolt/grants", w.request("ups", 0, time.Hour), "Idempotency-Key", key))
	}
	atWork := create("intention-1") // it is a working day, and the Bolt is at work
	w.steer("bolt moving")
	w.clock.pass(time.Minute)
	away := create("intention-2") // it drives: the delivery is for home
	if atWork.Place.Longitude != -123.11 || away.Place.Longitude != -123.16 {
		t.Errorf("places %+v and %+v, want work and home", atWork.Place, away.Place)
	}
}

func TestRefreshedTokenServes(t *testing.T) {
	w := openWorld(t)
	demo, _ := w.Demo().Owner("demo")
	signedIn := w.clock.Now()
	token, err := SignIn(t.Context(), http.DefaultClient, w.URL(), demo.Login, demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.pass(2 * time.Hour)
	w.refused("an old token", w.call(token.AccessToken, "GET", "/v1/me", nil), wire.ProblemCodeUnauthorized)
	res, err := http.PostForm(w.URL()+"/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.RefreshToken}, "client_id": {"alexa"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var fresh struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(res.Body).Decode(&fresh); err != nil {
		t.Fatal(err)
	}
	me := want[wire.Owner](w, http.StatusOK, w.call(fresh.AccessToken, "GET", "/v1/me", nil))
	if fresh.ExpiresIn < 360 {
		t.Errorf("the token lives %d s, Alexa wants 360 at least", fresh.ExpiresIn)
	}
	if me.AuthenticatedAt == nil || !me.AuthenticatedAt.Equal(signedIn) {
		t.Errorf("the owner signed in at %v, want %v as before the refresh", me.AuthenticatedAt, signedIn)
	}
	if _, err := SignIn(t.Context(), http.DefaultClient, w.URL(), demo.Login, "wrong"); err == nil {
		t.Error("a wrong password signs in")
	}
	if _, err := SignIn(t.Context(), http.DefaultClient, w.URL(), "nobody", ""); err == nil {
		t.Error("nobody signs in")
	}
}

// FuzzGrantBody: whatever is posted, the answer keeps the contract, and only a created grant has an effect.
func FuzzGrantBody(f *testing.F) {
	for _, seed := range []string{
		`{"access_point":"trunk","way_in":"carrier","carrier_id":"ups","window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-06T23:00:00Z"}}`,
		`{"access_point":"trunk","way_in":"code","guest_name":"Sam","window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-06T23:00:00Z"}}`,
		`{"access_point":"key_box","way_in":"carrier","carrier_id":"","window":null}`, `{}`, `[]`, `null`, `{"window":{"start":0}}`, "\xff",
		`{"access_point":"trunk","way_in":"carrier","carrier_id":"\u0000","window":{"start":"0000-01-01T00:00:00Z","end":"9999-12-31T23:59:59Z"}}`,
	} {
		f.Add([]byte(seed), "intention-1")
	}
	shared := openWorld(f)
	token := shared.owner("demo")
	effects := func(tx *bbolt.Tx) uint64 { return tx.Bucket(bucketLedger).Sequence() }
	f.Fuzz(func(t *testing.T, body []byte, key string) {
		if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
			return // no HTTP client sends it
		}
		w := *shared
		w.TB = t
		before := w.count(effects)
		req, a := w.send(token, "POST", "/v1/vehicles/veh_golf/grants", append([]byte{}, body...), "Idempotency-Key", key)
		if a.err != nil {
			t.Fatal(a.err)
		}
		w.holdAgainstContract(req, body, a, false)
		if after := w.count(effects); a.status != http.StatusCreated && after != before || a.status >= 500 && a.code() != wire.ProblemCodeNotImplemented {
			t.Errorf("status %d %s, %d effects", a.status, a.body, after-before)
		}
	})
}

// count reads one number from the data file.
func (w *world) count(what func(*bbolt.Tx) uint64) (n uint64) {
	w.Helper()
	err := w.db.View(func(tx *bbolt.Tx) error {
		n = what(tx)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}
