package garage

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"
	_ "time/tzdata" // owners live in zones, whatever the machine knows of them

	"github.com/go-oauth2/oauth2/v4"
	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// Demo is what somebody needs to play with the demo world. The passwords and secrets are random, made once
// with the data file; they open nothing but that file's garage.
type Demo struct {
	Owners   []DemoOwner
	Carriers []DemoCarrier
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

// owner is a person with cars.
type owner struct {
	ID, Name, Zone, Login string
	// PasswordHash is a plain SHA-256: the password has 130 random bits, so that nobody can guess at it.
	PasswordHash []byte
}

func (o owner) zone() *time.Location {
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.UTC // the data file comes from another time; a ledger in UTC is still a ledger
	}
	return zone
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

// client is a program that may ask for tokens, as stored.
type client struct {
	ID         string
	SecretHash []byte
	Carrier    string
}

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
		secret := rand.Text()
		hash := sha256.Sum256([]byte(secret))
		id := "carrier-" + c.ID
		if err := put(tx, bucketCarriers, c.ID, c); err != nil {
			return err
		}
		if err := put(tx, bucketClients, id, client{ID: id, SecretHash: hash[:], Carrier: c.ID}); err != nil {
			return err
		}
		d.Carriers = append(d.Carriers, DemoCarrier{ID: c.ID, Name: c.Name, ClientID: id, ClientSecret: secret, Verified: c.Verified})
	}
	return put(tx, bucketDemo, demoKey, d)
}

// linking is the client that links accounts. It is public: PKCE proves that whoever brings the code is whoever
// asked for it.
var linking = oauth.Client{
	ID: "alexa",
	RedirectURIs: []string{
		"https://pitangui.amazon.com/api/skill/link/TRUNKPASS",
		"https://layla.amazon.com/api/skill/link/TRUNKPASS",
		"https://alexa.amazon.co.jp/api/skill/link/TRUNKPASS",
		loopbackRedirect,
	},
	Scopes: ownerScopes,
	Grants: []oauth2.GrantType{oauth2.AuthorizationCode, oauth2.Refreshing},
}

// loopbackRedirect is where SignIn has itself sent back to; nothing listens there.
const loopbackRedirect = "http://127.0.0.1/linked"

// directory is who there is, read once when the garage opens: people and clients do not change.
type directory struct {
	owners  map[string]owner // by login
	clients map[string]client
}

var _ oauth.Directory = (*directory)(nil)

func readDirectory(tx *bbolt.Tx) (*directory, Demo, error) {
	d := &directory{owners: map[string]owner{}, clients: map[string]client{}}
	owners, err := all[owner](tx, bucketOwners)
	if err != nil {
		return nil, Demo{}, err
	}
	for _, o := range owners {
		d.owners[o.Login] = o
	}
	clients, err := all[client](tx, bucketClients)
	if err != nil {
		return nil, Demo{}, err
	}
	for _, c := range clients {
		d.clients[c.ID] = c
	}
	demo, ok, err := get[Demo](tx, bucketDemo, demoKey)
	if err == nil && !ok {
		err = fmt.Errorf("no credentials in %s", bucketDemo)
	}
	return d, demo, err
}

// Client implements oauth.Directory.
func (d *directory) Client(id string) (oauth.Client, bool) {
	if id == linking.ID {
		return linking, true
	}
	c, ok := d.clients[id]
	return oauth.Client{
		ID: c.ID, SecretHash: c.SecretHash, Scopes: []string{scopeDeliveries}, Grants: []oauth2.GrantType{oauth2.ClientCredentials},
	}, ok
}

// SignIn implements oauth.Directory.
func (d *directory) SignIn(login, password string) (string, bool) {
	o := d.owners[login] // nobody's hash is empty and equals nothing
	sum := sha256.Sum256([]byte(password))
	return o.ID, subtle.ConstantTimeCompare(sum[:], o.PasswordHash) == 1
}

// carrierOf says which carrier a client belongs to; empty for none.
func (d *directory) carrierOf(clientID string) string { return d.clients[clientID].Carrier }
