// Package garage is a dongle cloud to run at home: the contract of vehicle/dongle over real HTTP, with
// simulated cars, carriers, an authorization server, and weather.
//
// It is a development and demonstration cloud. It listens on loopback and nowhere else, knows only the demo
// world, and tells its passwords to whoever opens its data file. What it is strict about is what a real cloud
// must be strict about: who may do what, grants that open once, and positions released step by step.
//
// The parts: what cars do by themselves is in garage/sim and follows from a seed and the clock; signing in is
// garage/oauth, who may is garage/people; this package keeps the records (one bbolt file), the rules (tables in grant.go), the HTTP
// side, and a control port for tests (control.go), whose lines are garage/script; the weather between the two is
// garage/weather, the codes of guests are garage/passcode, and what goes out to webhook endpoints is garage/outbox. Its neighbors are vehicle, the domain, and
// vehicle/dongle/wire, the contract's types; the client in vehicle/dongle and the suite in vehicle/vehicletest
// talk to it over HTTP like anybody else.
//
// # Control port
//
// POST /control takes one directive per line, all or none; GET /control lists them; GET /control/ledger?after=N
// answers with the effects that the cloud has had, as [LedgerEntry] values. Examples: "golf asleep",
// "golf fuel 8", "golf tire front_left 150", "golf lid stays open", "lose next reply", "weather storm", "owner none",
// "deliver events".
package garage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
	_ "time/tzdata" // owners live in zones, whatever the machine knows of them

	"go.etcd.io/bbolt"
	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
	"github.com/trunkpass/trunkpass/vehicle/garage/outbox"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
	"github.com/trunkpass/trunkpass/vehicle/garage/weather"
)

// Options say how to run a garage. Only Path and Now are required.
type Options struct {
	// Path is the data file; it and its folder are made if missing, readable by their owner alone.
	Path string
	// Seed decides what the cars and the weather do. It is logged, so that a run can be repeated.
	Seed uint64
	// Now is the clock of everything: windows, readings, the lives of tokens.
	Now func() time.Time
	// Weather is how hostile the garage is at first; the control port may change it.
	Weather Weather
	// Listen and ControlListen are loopback addresses; empty means any free port of 127.0.0.1.
	Listen, ControlListen string
	// DeliverEvery is how often, in real time, events are sent to the webhook endpoints; zero for only when the control
	// port says "deliver events".
	DeliverEvery time.Duration
	// Log hears what goes wrong; nil means nobody does. It never hears a token, a plate or a place.
	Log *slog.Logger
}

// Weather is how hostile the garage is.
type Weather = weather.Level

// The weathers. In calm weather nothing is left to chance.
const (
	Calm  = weather.Calm
	Rough = weather.Rough
	Storm = weather.Storm
)

// Garage is a running cloud. Its methods are safe for concurrent use.
type Garage struct {
	db           *bbolt.DB
	demo         Demo
	url, control string
	servers      []*http.Server
	serving      sync.WaitGroup
	stop         context.CancelFunc // of the pump
	close        func() error
}

// Open starts a garage, which then runs until Close; the context bounds only the start. It fails within a
// second if the data file is in use by another process, and leaves a file alone that it cannot read.
func Open(ctx context.Context, o Options) (*Garage, error) {
	if o.Now == nil || o.Path == "" {
		return nil, errors.New("open garage: a clock and a path are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	public, err := listen(ctx, o.Listen)
	if err != nil {
		return nil, err
	}
	control, err := listen(ctx, o.ControlListen)
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	g := &Garage{url: "http://" + public.Addr().String(), control: "http://" + control.Addr().String()}
	c, err := g.open(o)
	if err != nil {
		return nil, errors.Join(err, public.Close(), control.Close())
	}
	g.serve(public, c, o.Log)
	g.serve(control, c.control(), o.Log)
	g.pump(o.DeliverEvery, c.deliver, o.Log)
	g.close = sync.OnceValue(g.shut)
	o.Log.Info("garage open", "url", g.url, "control", g.control, "seed", o.Seed, "weather", o.Weather)
	return g, nil
}

// open reads the data file and puts the cloud together.
func (g *Garage) open(o Options) (*cloud, error) {
	db, err := openData(o.Path, createDemo)
	if err != nil {
		return nil, err
	}
	g.db = db
	c := &cloud{
		db: db, weather: weather.New(o.Weather, o.Seed, refuseByWeather), log: o.Log,
		now: func() time.Time { return o.Now().UTC().Truncate(time.Millisecond) },
	}
	err = db.Update(func(tx *bbolt.Tx) (err error) {
		if err := refreshDemo(tx); err != nil {
			return err
		}
		c.people, g.demo, err = readDirectory(tx)
		return err
	})
	if err == nil {
		c.auth, err = oauth.New(oauth.Options{DB: db, Directory: c.people, Now: c.now, Log: o.Log, Scopes: people.Scopes, Issuer: g.url})
	}
	if err == nil {
		c.outbox, err = outbox.New(outbox.Options{DB: db, Now: c.now, Weather: c.weather, Log: o.Log})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open garage: %w", err), db.Close())
	}
	c.routes()
	return c, nil
}

// listen opens a port on loopback and refuses any other, because nothing here is fit for strangers.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: the garage is for development and listens on loopback alone", address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	return l, nil
}

func (g *Garage) serve(l net.Listener, h http.Handler, log *slog.Logger) {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // more than the slowest answer of a storm
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	g.servers = append(g.servers, s)
	g.serving.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve garage", "err", err)
		}
	})
}

// pump delivers events again and again until the garage is shut.
func (g *Garage) pump(every time.Duration, deliver func(context.Context) error, log *slog.Logger) {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	if every <= 0 {
		return
	}
	g.serving.Go(func() {
		for t := time.NewTicker(every); ; {
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-t.C:
			}
			if err := deliver(ctx); err != nil && ctx.Err() == nil {
				log.Error("deliver events", "err", err)
			}
		}
	})
}

// URL is where the contract is served, without a slash at its end.
func (g *Garage) URL() string { return g.url }

// ControlURL is where the control port is.
func (g *Garage) ControlURL() string { return g.control }

// Demo tells the logins of the demo world.
func (g *Garage) Demo() Demo { return g.demo }

// Close stops serving and closes the data file. Requests under way get a second to finish. Closing again
// gives the same answer.
func (g *Garage) Close() error { return g.close() }

func (g *Garage) shut() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	g.stop()
	var errs []error
	for _, s := range g.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, s.Close())
		}
	}
	g.serving.Wait()
	if err := errors.Join(append(errs, g.db.Close())...); err != nil {
		return fmt.Errorf("close garage: %w", err)
	}
	return nil
}

// SignIn links an account as a driver's browser and Alexa do together, with PKCE, and gives the tokens. It
// asks for every scope that an owner can give. The base URL is that of [Garage.URL].
func SignIn(ctx context.Context, client *http.Client, baseURL, login, password string) (*oauth2.Token, error) {
	return oauth.SignIn(ctx, client, oauth2.Config{
		ClientID:    people.Linking.ID,
		Endpoint:    oauth2.Endpoint{AuthURL: baseURL + "/oauth/authorize", TokenURL: baseURL + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams},
		RedirectURL: people.LoopbackRedirect,
		Scopes:      people.Linking.Scopes,
	}, login, password)
}

// Demo is what somebody needs to play with the demo world. The passwords and secrets are random, made once
// with the data file; they open nothing but that file's garage.
type Demo struct {
	Owners   []DemoOwner
	Carriers []DemoCarrier
	// OwnerPage acts for an owner who signs in: authorization code with PKCE, sent back to /owner/callback on
	// 127.0.0.1 or localhost, on any port. Operator registers webhook endpoints: client credentials.
	OwnerPage, Operator DemoClient
}

// DemoClient is a program with its own credentials.
type DemoClient struct {
	ClientID, ClientSecret string
}

// DemoOwner is a person who can sign in.
type DemoOwner struct {
	ID, Name, Login, Password string
}

// DemoCarrier is a delivery company with its own credentials.
type DemoCarrier struct {
	ID, Name               string
	ClientID, ClientSecret string
	Verified               bool
}

// Owner finds an owner by login: "demo" or "neighbor".
func (d Demo) Owner(login string) (DemoOwner, bool) {
	for _, o := range d.Owners {
		if o.Login == login {
			return o, true
		}
	}
	return DemoOwner{}, false
}

// Carrier finds a carrier by its id, "ups" for one.
func (d Demo) Carrier(id string) (DemoCarrier, bool) {
	for _, c := range d.Carriers {
		if c.ID == id {
			return c, true
		}
	}
	return DemoCarrier{}, false
}

// The demo world.
var (
	demoOwners = []struct {
		owner
		cars []sim.Car
	}{
		{owner{ID: "own_demo", Name: "Alex", Zone: "America/Vancouver", Login: "demo"}, sim.DemoCars()},
		{owner{ID: "own_neighbor", Name: "Robin", Zone: "America/Vancouver", Login: "neighbor"}, sim.NeighborCars()},
	}
	demoCarriers = []carrier{
		{ID: "ups", Name: "UPS", Verified: true},
		{ID: "fedex", Name: "FedEx", Verified: true},
		{ID: "dhl", Name: "DHL", Verified: true},
		{ID: "usps", Name: "USPS", Verified: true},
		{ID: "canada_post", Name: "Canada Post", Verified: true},
		{ID: "purolator", Name: "Purolator", Verified: true},
		{ID: "speedy", Name: "Speedy Parcels"},
	}
)

// demoKey is where the demo credentials are kept.
const demoKey = "demo"

// createDemo fills a new data file.
func createDemo(tx *bbolt.Tx) error {
	var d Demo
	for _, o := range demoOwners {
		password := rand.Text()
		hash := sha256.Sum256([]byte(password))
		o.PasswordHash = hash[:]
		if err := put(tx, bucketOwners, o.ID, o.owner); err != nil {
			return err
		}
		for _, c := range o.cars {
			if err := put(tx, bucketVehicles, string(c.ID), car{Car: c, Owner: o.ID}); err != nil {
				return err
			}
		}
		d.Owners = append(d.Owners, DemoOwner{ID: o.ID, Name: o.Name, Login: o.Login, Password: password})
	}
	for _, c := range demoCarriers {
		if err := put(tx, bucketCarriers, c.ID, c); err != nil {
			return err
		}
		p, secret := people.NewProgram("carrier-"+c.ID, c.ID)
		if err := put(tx, bucketClients, p.ID, p); err != nil {
			return err
		}
		d.Carriers = append(d.Carriers, DemoCarrier{ID: c.ID, Name: c.Name, ClientID: p.ID, ClientSecret: secret, Verified: c.Verified})
	}
	return put(tx, bucketDemo, demoKey, d)
}

func readDirectory(tx *bbolt.Tx) (*people.Directory, Demo, error) {
	owners, err := all[owner](tx, bucketOwners)
	if err != nil {
		return nil, Demo{}, err
	}
	var persons []people.Owner
	for _, o := range owners {
		persons = append(persons, people.Owner{ID: o.ID, Login: o.Login, PasswordHash: o.PasswordHash})
	}
	programs, err := all[people.Program](tx, bucketClients)
	if err != nil {
		return nil, Demo{}, err
	}
	demo, ok, err := get[Demo](tx, bucketDemo, demoKey)
	if err == nil && !ok {
		err = fmt.Errorf("no credentials in %s", bucketDemo)
	}
	return people.NewDirectory(persons, programs), demo, err
}
