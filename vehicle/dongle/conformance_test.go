package dongle_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
	"github.com/trunkpass/trunkpass/vehicle/vehicletest"
)

// world is a garage and somebody with a browser.
type world struct {
	*garage.Garage
	browser *http.Client
	now     func() time.Time
	ahead   *atomic.Int64 // how far the clock was put forward
}

func openWorld(t *testing.T, weather garage.Weather, seed uint64) world {
	t.Helper()
	// Not a stopped clock: readings, windows and tokens age as they do outside.
	opened, ahead := time.Now(), new(atomic.Int64)
	now := func() time.Time { return noon.Add(time.Since(opened) + time.Duration(ahead.Load())) }
	g, err := garage.Open(t.Context(), garage.Options{
		Path: filepath.Join(t.TempDir(), "garage.db"), Seed: seed, Now: now, Weather: weather,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return world{g, &http.Client{Transport: transport}, now, ahead}
}

func (w world) signIn(login string) func(*testing.T) vehicle.Token {
	return func(t *testing.T) vehicle.Token {
		t.Helper()
		owner, ok := w.Demo().Owner(login)
		if !ok {
			t.Fatalf("no owner %q", login)
		}
		token, err := garage.SignIn(t.Context(), w.browser, w.URL(), owner.Login, owner.Password)
		if err != nil {
			t.Fatal(err)
		}
		return vehicle.Token(token.AccessToken)
	}
}

func (w world) control(t *testing.T, directive string) {
	t.Helper()
	response, err := w.browser.Post(w.ControlURL()+"/control", "text/plain", strings.NewReader(directive))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNoContent {
		t.Fatalf("control %q: status %d: %s", directive, response.StatusCode, text)
	}
}

// expire uses a token for a request that finds it ended.
func (w world) expire(t *testing.T, token vehicle.Token) {
	t.Helper()
	w.control(t, "expire next token")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	response, err := w.browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Fatalf("got status %d, %v, want the token to have ended", response.StatusCode, err)
	}
}

// TestConformance runs the suite of every driver over HTTP against the garage, with a witness between them
// who holds both sides to openapi.yaml.
func TestConformance(t *testing.T) {
	w := openWorld(t, garage.Calm, 1)
	var mu sync.Mutex
	seen := map[string]bool{}
	carry := witnessed(t, w.URL(), w.browser.Transport, func(operation string) {
		mu.Lock()
		defer mu.Unlock()
		seen[operation] = true
	})
	vehicletest.Run(t, vehicletest.Harness{
		Driver:         client(t, dongle.Options{BaseURL: w.URL(), HTTP: carry, Now: w.now}),
		Now:            w.now,
		SignIn:         w.signIn("demo"),
		SignInNeighbor: w.signIn("neighbor"),
		Expire:         w.expire,
		LoseNextReply:  func(t *testing.T) { w.control(t, "lose next reply") },
		Pass:           func(_ *testing.T, d time.Duration) { w.ahead.Add(int64(d)) },
		Grants: &vehicletest.Grants{
			Car: "veh_golf", AccessPoint: vehicle.Trunk, Incapable: "veh_outback",
			Carrier: "ups", Unverified: "speedy", Guest: "Kim",
			Shortest: 15 * time.Minute, Longest: 24 * time.Hour, Ahead: 14 * 24 * time.Hour,
		},
		Gatekeeper: true,
		Commands: &vehicletest.Commands{
			Car: "veh_bolt", Acts: []vehicle.Act{vehicle.OpenTheTrunk, vehicle.Unlock, vehicle.Lock}, Incapable: "veh_outback",
			Drive: func(t *testing.T, moving bool) {
				w.control(t, map[bool]string{true: "bolt moving", false: "bolt parked"}[moving])
			},
		},
		History: &vehicletest.History{Car: "veh_golf"},
	})
	for _, path := range contract(t).Paths.Map() {
		for _, operation := range path.Operations() {
			if slices.ContainsFunc([]string{"owner", "vehicles", "grants", "commands"}, func(tag string) bool { return operation.Tags[0] == tag }) &&
				operation.OperationID != "getGrant" && !seen[operation.OperationID] { // the lists of grants tell as much as one
				t.Errorf("%s was never used", operation.OperationID)
			}
		}
	}
}

// TestConformanceOfReader runs the suite as it is for a cloud that lets nobody in.
func TestConformanceOfReader(t *testing.T) {
	w := openWorld(t, garage.Calm, 1)
	reader := struct{ vehicle.Driver }{client(t, dongle.Options{BaseURL: w.URL(), HTTP: w.browser, Now: w.now})}
	vehicletest.Run(t, vehicletest.Harness{Driver: reader, Now: w.now, SignIn: w.signIn("demo")})
}

// TestDelivery plays a courier from the list to the closed trunk.
func TestDelivery(t *testing.T) {
	w := openWorld(t, garage.Calm, 1)
	carry := witnessed(t, w.URL(), w.browser.Transport, nil)
	carrier, ok := w.Demo().Carrier("ups")
	if !ok {
		t.Fatal("no UPS")
	}
	c, err := dongle.NewCourier(dongle.Options{BaseURL: w.URL(), HTTP: carry, Now: w.now}, carrier.ClientID, carrier.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	owner := client(t, dongle.Options{BaseURL: w.URL(), HTTP: carry, Now: w.now})
	now := w.now()
	grant, err := owner.CreateGrant(ctx, w.signIn("demo")(t), key, vehicle.GrantRequest{
		Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, CarrierID: "ups", Window: vehicle.Window{Start: now, End: now.Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.List(ctx)
	if err != nil || len(list) != 1 || list[0].GrantID != grant.ID || list[0].Position != nil || list[0].Car != (dongle.Car{}) {
		t.Fatalf("got %v, %v, want the grant, and nothing released", list, err)
	}
	_, err = c.Open(ctx, grant.ID, "1Z9", vehicle.Position{})
	wantError(t, err, vehicle.Conflict, vehicle.NotDone) // not even on the way
	way, err := c.EnRoute(ctx, grant.ID, "1Z9")
	if err != nil || way.Position == nil || way.Car.Plate == "" {
		t.Fatalf("en route: got %v, want the position and the plate released", err)
	}
	if _, err := c.Arrive(ctx, grant.ID, *way.Position); err != nil {
		t.Fatal(err)
	}
	command, err := c.Open(ctx, grant.ID, "1Z9", *way.Position)
	if err != nil || command.Status != dongle.CommandUnderway {
		t.Fatalf("got %v, %v, want a command under way", command, err)
	}
	again, err := c.Open(ctx, grant.ID, "1Z9", *way.Position)
	if err != nil || again.ID != command.ID {
		t.Errorf("got %v, %v, want the same command %s", again, err, command.ID)
	}
	if _, err := c.Complete(ctx, grant.ID); err == nil {
		t.Error("completed before the trunk had opened and closed")
	}
}

// TestRoughWeather makes grants through a Fleet on a bad day. Whatever each creation was told must be true:
// done is one grant, not done is none, maybe done is at most one.
func TestRoughWeather(t *testing.T) {
	const seed, creations = 7, 40
	t.Logf("seed %d", seed)
	w := openWorld(t, garage.Calm, seed)
	token := w.signIn("demo")(t)
	w.control(t, "weather rough")
	driver := client(t, dongle.Options{BaseURL: w.URL(), HTTP: w.browser, Now: w.now})
	fleet := vehicle.NewFleet(driver, vehicle.Options{Now: w.now, Rand: rand.New(rand.NewPCG(seed, seed))})
	start := w.now().UTC().Truncate(time.Second).Add(time.Hour)
	var all sync.WaitGroup
	errs := make([]error, creations)
	for i := range creations {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond) // a turn
			defer cancel()
			window := vehicle.Window{Start: start.Add(time.Duration(i) * time.Minute), End: start.Add(time.Duration(i)*time.Minute + time.Hour)}
			_, errs[i] = fleet.CreateGrant(ctx, token, vehicle.IdempotencyKey(fmt.Sprintf("creation-%d", i)), vehicle.GrantRequest{
				Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, CarrierID: "ups", Window: window,
			})
		})
	}
	all.Wait()
	w.control(t, "weather calm")
	grants, err := driver.Grants(t.Context(), w.signIn("demo")(t), "veh_golf")
	if err != nil {
		t.Fatal(err)
	}
	made := map[int]int{}
	for _, g := range grants {
		made[int(g.Window.Start.Sub(start)/time.Minute)]++
	}
	for i, err := range errs {
		_, outcome := vehicle.KindOf(err)
		switch n := made[i]; {
		case n > 1, err == nil && n != 1, err != nil && outcome == vehicle.NotDone && n != 0:
			t.Errorf("creation %d: told %v, and %d grants are there", i, err, n)
		}
	}
}
