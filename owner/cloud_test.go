package owner

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// cloud is an authorization server that signs everybody in at once, and the cars behind it. It knows a browser that was
// there before, and asks for the password again only if it is told to.
type cloud struct {
	*httptest.Server
	w *desk

	mu      sync.Mutex
	serial  int
	codes   map[string]url.Values // what was asked for, by code
	access  map[string]string     // owner by access token
	refresh map[string]string     // access token by refresh token
	since   map[string]time.Time  // when the password was typed, by code and access token
	typed   time.Time             // when the browser that it knows last typed it
	silent  bool                  // it does not tell when that was
	asked   url.Values            // of the last sign-in
	login   string                // who signs in
	refuse  bool                  // the owner says no
	down    map[string]error      // by operation
	cars    []vehicle.Vehicle
	grants  []vehicle.Grant
	events  []vehicle.Event
	done    []string // effects, in order
	trades  int
}

func newCloud(w *desk) *cloud {
	c := &cloud{
		w: w, codes: map[string]url.Values{}, access: map[string]string{}, refresh: map[string]string{},
		since: map[string]time.Time{}, login: "own_1", down: map[string]error{},
	}
	c.cars = []vehicle.Vehicle{
		{ID: "veh_bolt", Name: "Bolt", Make: "Chevrolet", Model: "Bolt", Year: 2023, Dongle: vehicle.Dongle{State: vehicle.Asleep}},
		{ID: "veh_golf", Name: "Golf", Make: "Volkswagen", Model: "Golf", Year: 2028, Dongle: vehicle.Dongle{State: vehicle.Online}, Capabilities: []vehicle.Capability{vehicle.OpenTrunk}},
	}
	c.grants = []vehicle.Grant{
		{ID: "grt_1", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Carrier: vehicle.Carrier{ID: "ups", Name: "UPS"}, MaxUses: 1, CreatedAt: noon.Add(-time.Hour), Window: vehicle.Window{Start: noon.Add(-time.Hour), End: noon.Add(4 * time.Hour)}},
		{ID: "grt_2", Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Guest: "Sam <b>", MaxUses: 1, Uses: 1, CreatedAt: noon.Add(-9 * time.Hour), Window: vehicle.Window{Start: noon.Add(-9 * time.Hour), End: noon.Add(-3 * time.Hour)}},
	}
	c.events = []vehicle.Event{
		{ID: "evt_1", Type: vehicle.GrantCreated, At: noon.Add(-25 * time.Hour), Grant: "grt_1", Actor: vehicle.Actor{Kind: vehicle.ByOwner}},
		{ID: "evt_2", Type: vehicle.PositionReleased, At: noon.Add(-time.Hour), Grant: "grt_1", Actor: vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}},
		{ID: "evt_3", Type: vehicle.PositionReleased, At: noon.Add(-time.Minute), Grant: "grt_1", Actor: vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}, Exact: true},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(map[string]any{
			"issuer": c.URL, "authorization_endpoint": c.URL + "/authorize", "token_endpoint": c.URL + "/token", "revocation_endpoint": c.URL + "/revoke",
		})
	})
	mux.HandleFunc("GET /authorize", c.authorize)
	mux.HandleFunc("POST /token", c.token)
	mux.HandleFunc("POST /revoke", c.revoke)
	c.Server = httptest.NewServer(mux)
	w.t.Cleanup(c.Close)
	return c
}

func (c *cloud) authorize(rw http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := r.URL.Query()
	c.asked = q
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		http.Error(rw, "no PKCE, no state, or nowhere to return to", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}, "iss": {c.URL}}
	if c.refuse {
		answer.Set("error", "access_denied")
	} else {
		c.serial++
		code := fmt.Sprint("code-", c.serial)
		if c.typed.IsZero() || q.Get("prompt") == "login" {
			c.typed = c.w.clock()
		}
		c.codes[code], c.since[code] = q, c.typed
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

func (c *cloud) token(rw http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	user, secret, _ := r.BasicAuth()
	fail := func() {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = rw.Write([]byte(`{"error":"invalid_grant"}`))
	}
	owner, since := c.login, c.since[r.FormValue("code")]
	switch r.FormValue("grant_type") {
	case "authorization_code":
		asked, ok := c.codes[r.FormValue("code")]
		delete(c.codes, r.FormValue("code"))
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
			fail()
			return
		}
	case "refresh_token":
		c.trades++
		old, ok := c.refresh[r.FormValue("refresh_token")]
		if !ok {
			fail()
			return
		}
		owner, since = c.access[old], c.since[strings.TrimPrefix(old, "old ")]
		delete(c.refresh, r.FormValue("refresh_token"))
		delete(c.access, old)
	}
	if secret, _ = url.QueryUnescape(secret); user != "owner-page" || secret != c.w.options.ClientSecret {
		fail()
		return
	}
	c.serial++
	access, refresh := fmt.Sprint("secret-access-", c.serial), fmt.Sprint("secret-refresh-", c.serial)
	c.access[access], c.refresh[refresh], c.since[access] = owner, access, since
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(map[string]any{"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600})
}

func (c *cloud) revoke(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	token := r.FormValue("token")
	delete(c.access, c.refresh[token])
	delete(c.refresh, token)
	delete(c.access, token)
}

// expire ends every access token before its time.
func (c *cloud) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, owner := range c.access {
		delete(c.access, token)
		c.access["old "+token] = owner
	}
	for refresh, access := range c.refresh {
		c.refresh[refresh] = "old " + access
	}
}

func (c *cloud) alive() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.access) + len(c.refresh)
}

// may answers as a cloud does: down, a token that is not honored, or nothing in the way.
func (c *cloud) may(op string, token vehicle.Token) error {
	if err := c.down[op]; err != nil {
		return err
	}
	if c.access[string(token)] == "" {
		return &vehicle.Error{Op: op, Kind: vehicle.NotLinked, Outcome: vehicle.NotDone}
	}
	return nil
}

func (c *cloud) Owner(_ context.Context, token vehicle.Token) (vehicle.Owner, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		return vehicle.Owner{}, err
	}
	o := vehicle.Owner{ID: c.access[string(token)], Name: "Dana", Zone: zone}
	if !c.silent {
		o.AuthenticatedAt = c.since[string(token)]
	}
	return o, c.may("owner", token)
}

func (c *cloud) Household(_ context.Context, token vehicle.Token) (vehicle.Household, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return vehicle.Household{Owner: vehicle.Owner{ID: "own_1"}, Vehicles: append([]vehicle.Vehicle(nil), c.cars...)}, c.may("household", token)
}

func (c *cloud) Grants(_ context.Context, token vehicle.Token, id vehicle.ID) (list []vehicle.Grant, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.grants {
		if g.Vehicle == id {
			list = append(list, g)
		}
	}
	return list, c.may("grants", token)
}

func (c *cloud) RevokeGrant(_ context.Context, token vehicle.Token, id string) (vehicle.Grant, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.may("revoke", token); err != nil {
		return vehicle.Grant{}, err
	}
	for i := range c.grants {
		if c.grants[i].ID == id {
			c.grants[i].RevokedAt = c.w.clock()
			c.done = append(c.done, "revoke "+id)
			return c.grants[i], nil
		}
	}
	return vehicle.Grant{}, errGone
}

func (c *cloud) Block(_ context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Block, error) {
	return vehicle.Block{}, c.block("block", token, id, c.w.clock())
}

func (c *cloud) Unblock(_ context.Context, token vehicle.Token, id vehicle.ID) error {
	return c.block("unblock", token, id, time.Time{})
}

func (c *cloud) block(op string, token vehicle.Token, id vehicle.ID, since time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.may(op, token); err != nil {
		return err
	}
	for i := range c.cars {
		if c.cars[i].ID == id {
			c.cars[i].BlockedSince = since
			c.done = append(c.done, op+" "+string(id))
		}
	}
	return nil
}

func (c *cloud) Events(_ context.Context, token vehicle.Token, id vehicle.ID, since time.Time) (list []vehicle.Event, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if id == "veh_golf" && !e.At.Before(since) {
			list = append(list, e)
		}
	}
	return list, c.may("events", token)
}
