// Package people knows who may sign in to the garage, which programs may ask it for tokens, and for how much.
//
// It is a table and a lookup: package garage stores the people and hands them over, garage/oauth asks.
package people

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"

	goauth2 "github.com/go-oauth2/oauth2/v4"

	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
)

// The scopes of the contract.
const (
	Vehicles    = "vehicles:read"
	Diagnostics = "diagnostics:read"
	Location    = "location:read"
	Grants      = "grants:write"
	Commands    = "commands:write"
	Deliveries  = "deliveries"
	Webhooks    = "webhooks:write"
)

var ownerScopes = []string{Vehicles, Diagnostics, Location, Grants, Commands}

// Scopes are all of them, with what the sign-in page says of those that an owner can give.
var Scopes = []oauth.Scope{
	{Name: Vehicles, Words: "See your cars and what happened to them"},
	{Name: Diagnostics, Words: "Read what your cars report: tires, battery, fuel, engine"},
	{Name: Location, Words: "See where your cars are and where they have been"},
	{Name: Grants, Words: "Let couriers and guests into a trunk, and keep them out"},
	{Name: Commands, Words: "Open a trunk, lock and unlock"},
	{Name: Deliveries},
	{Name: Webhooks},
}

// LoopbackRedirect is where garage.SignIn has itself sent back to; nothing listens there.
const LoopbackRedirect = "http://127.0.0.1/linked"

// Linking is the client that links accounts. It is public: PKCE proves that whoever brings the code is whoever
// asked for it.
var Linking = oauth.Client{
	ID: "alexa", Name: "Trunk Pass on Alexa",
	RedirectURIs: []string{
		"https://pitangui.amazon.com/api/skill/link/TRUNKPASS",
		"https://layla.amazon.com/api/skill/link/TRUNKPASS",
		"https://alexa.amazon.co.jp/api/skill/link/TRUNKPASS",
		LoopbackRedirect,
	},
	Scopes: ownerScopes,
	Grants: []goauth2.GrantType{goauth2.AuthorizationCode, goauth2.Refreshing},
}

// The programs with a secret of their own, beside the carriers'.
const (
	OwnerPageID = "owner-page" // acts for whoever signs in
	OperatorID  = "operator"   // has events sent to it
)

// Program is a client with a secret, as stored.
type Program struct {
	ID         string
	SecretHash []byte // SHA-256
	Carrier    string // whose it is; empty if it is no carrier's
}

// NewProgram makes a client and the secret that it is told once.
func NewProgram(id, carrier string) (p Program, secret string) {
	secret = rand.Text()
	hash := sha256.Sum256([]byte(secret))
	return Program{ID: id, SecretHash: hash[:], Carrier: carrier}, secret
}

// client says what a program may do.
func (p Program) client() oauth.Client {
	c := oauth.Client{ID: p.ID, SecretHash: p.SecretHash, Grants: []goauth2.GrantType{goauth2.ClientCredentials}}
	switch p.ID {
	case OwnerPageID:
		c.Name, c.Scopes, c.Grants = "The owner page of Trunk Pass", ownerScopes, Linking.Grants
		c.RedirectURIs = []string{"http://127.0.0.1/owner/callback", "http://localhost/owner/callback"}
	case OperatorID:
		c.Scopes = []string{Webhooks}
	default:
		c.Scopes = []string{Deliveries}
	}
	return c
}

// Owner is a person who can sign in.
type Owner struct {
	ID, Login    string
	PasswordHash []byte // SHA-256
}

// Directory is who there is. It does not change and is safe for concurrent use.
type Directory struct {
	owners   map[string]Owner // by login
	programs map[string]Program
}

var _ oauth.Directory = (*Directory)(nil)

// NewDirectory makes a directory of owners and programs; [Linking] is in it anyway.
func NewDirectory(owners []Owner, programs []Program) *Directory {
	d := &Directory{owners: map[string]Owner{}, programs: map[string]Program{}}
	for _, o := range owners {
		d.owners[o.Login] = o
	}
	for _, p := range programs {
		d.programs[p.ID] = p
	}
	return d
}

// Client implements oauth.Directory.
func (d *Directory) Client(id string) (oauth.Client, bool) {
	if id == Linking.ID {
		return Linking, true
	}
	p, ok := d.programs[id]
	return p.client(), ok
}

// SignIn implements oauth.Directory.
func (d *Directory) SignIn(login, password string) (string, bool) {
	o := d.owners[login] // nobody's hash is empty and equals nothing
	sum := sha256.Sum256([]byte(password))
	return o.ID, subtle.ConstantTimeCompare(sum[:], o.PasswordHash) == 1
}

// CarrierOf says which carrier a client belongs to; empty for none.
func (d *Directory) CarrierOf(clientID string) string { return d.programs[clientID].Carrier }
