// Package owner is the owner page: what a driver does with a phone in the hand instead of a voice in the room. Setting
// the voice PIN, looking who can get in, taking that back, seeing what happened and who learned where the car was,
// taking all data along, and deleting it.
//
// Every page is HTML without a script (owner/pages) and works in any browser. Who is signed in stands in a sealed
// cookie (owner/session), so that a Lambda and a server at home serve the page alike. The cars are behind
// [Cars], the accounts behind [Accounts]; package pin alone judges PINs.
//
// A page is a function from a [visit] to an answer; it writes nothing itself. What goes wrong is told once, by the
// table in problem.go.
package owner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/owner/pages"
	"github.com/trunkpass/trunkpass/owner/session"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Accounts is what the page needs of [store.Accounts].
type Accounts interface {
	Account(ctx context.Context, owner string) (store.Account, error)
	SavePreferences(ctx context.Context, owner string, seen pin.Revision, p store.Preferences) error
	Erase(ctx context.Context, owner string, seen pin.Revision) error
}

// PINs is what the page needs of a [pin.Guard].
type PINs interface {
	Set(ctx context.Context, account string, code pin.Code) error
	Reset(ctx context.Context, account string, code pin.Code) error
}

// Cars is what the page needs of a [vehicle.Fleet]. It should remember the list of cars for a few seconds at most:
// a car that was blocked by voice must not look open here.
type Cars interface {
	Household(ctx context.Context, token vehicle.Token) (vehicle.Household, error)
	Grants(ctx context.Context, token vehicle.Token, id vehicle.ID) ([]vehicle.Grant, error)
	RevokeGrant(ctx context.Context, token vehicle.Token, grant string) (vehicle.Grant, error)
	Block(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Block, error)
	Unblock(ctx context.Context, token vehicle.Token, id vehicle.ID) error
	Events(ctx context.Context, token vehicle.Token, id vehicle.ID, since time.Time) ([]vehicle.Event, error)
}

// Who asks the dongle cloud whose a token is, and when they proved it, each time anew: a session that was ended elsewhere must
// not set a PIN.
type Who interface {
	Owner(ctx context.Context, token vehicle.Token) (vehicle.Owner, error)
}

// Options are what the page is made of. Idle, Absolute, HTTP and Log have defaults; all else is required.
type Options struct {
	// PublicURL is where browsers find the page, without a slash at its end: https://host/owner, or http on a
	// loopback address. Its path is where the handler is mounted. PublicURL + "/callback" is registered with the cloud.
	PublicURL string
	// Issuer, ClientID and ClientSecret say how to sign in at the dongle cloud's authorization server.
	Issuer, ClientID, ClientSecret string
	// SessionKeys are secrets of 32 random bytes. The first one seals; the others open what they sealed before.
	SessionKeys [][]byte
	// Idle and Absolute end a session; zero means 30 minutes and 12 hours.
	Idle, Absolute time.Duration

	Accounts Accounts
	PINs     PINs
	Cars     Cars
	Who      Who
	Users    store.Users
	// HTTP reaches the authorization server; nil means a client with a time-out. It is made to follow no redirect.
	HTTP *http.Client
	Now  func() time.Time
	// NewID makes the reference that a person and the log have in common when something went wrong.
	NewID func() string
	Log   *slog.Logger
}

// page is the owner page.
type page struct {
	Options
	base   string // the path of PublicURL, empty for none
	secure bool
	keeper *session.Keeper
}

// scopes are what the page asks of the cloud: to read, and to take access away. It never opens anything.
var scopes = []string{"vehicles:read", "grants:write"}

// New makes the page, or says what is missing. Nothing is sent.
func New(o Options) (http.Handler, error) {
	if o.Accounts == nil || o.PINs == nil || o.Cars == nil || o.Who == nil || o.Users == nil || o.Now == nil || o.NewID == nil {
		return nil, errors.New("owner page: accounts, PINs, cars, who, users, a clock and ids are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	public, err := publicURL(o.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("owner page: %w", err)
	}
	p := &page{Options: o, base: public.Path, secure: public.Scheme == "https"}
	p.keeper, err = session.New(session.Options{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Scopes: scopes,
		Redirect: public.String() + "/callback", Keys: o.SessionKeys, Path: p.base + "/", Secure: p.secure,
		Idle: o.Idle, Absolute: o.Absolute, HTTP: o.HTTP, Now: o.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("owner page: %w", err)
	}
	mux := http.NewServeMux()
	for _, r := range p.routes() {
		mux.Handle(r.method+" "+p.base+r.path, p.handler(r))
	}
	mux.HandleFunc("GET "+p.base+"/"+pages.StyleName(), pages.ServeStyle)
	mux.Handle("/", p.handler(route{free: p.missing}))
	if p.base != "" {
		mux.Handle("GET "+p.base, http.RedirectHandler(p.base+"/", http.StatusMovedPermanently))
	}
	cross := http.NewCrossOriginProtection()
	// A proxy may speak to us under another host than the browser sees.
	if err := cross.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("owner page: %w", err)
	}
	cross.SetDenyHandler(p.handler(route{free: p.foreign}))
	return p.headers(cross.Handler(mux)), nil
}

// publicURL checks the address of the page: what goes over it is a session.
func publicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the public URL is not a plain absolute URL")
	case u.Scheme == "https", u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return u, nil
	default:
		return nil, errors.New("the public URL is neither https nor http on a loopback address")
	}
}

// route is one page. A free one needs no session.
type route struct {
	method, path string
	serve        func(context.Context, *visit) (answer, error)
	free         func(context.Context, http.ResponseWriter, *http.Request) (answer, error)
}

// routes is the table of pages.
func (p *page) routes() []route {
	return []route{
		{method: "GET", path: "/sign-in", free: p.signIn},
		{method: "GET", path: "/callback", free: p.callback},
		{method: "GET", path: "/signed-out", free: p.signedOut},
		{method: "GET", path: "/deleted", free: p.deleted},
		{method: "POST", path: "/sign-out", serve: p.signOut},

		{method: "GET", path: "/{$}", serve: p.overview},
		{method: "GET", path: "/access", serve: p.access},
		{method: "GET", path: "/access/revoke", serve: p.askRevoke},
		{method: "POST", path: "/access/revoke", serve: p.revoke},
		{method: "GET", path: "/access/block", serve: p.askBlock},
		{method: "POST", path: "/access/block", serve: p.block},
		{method: "GET", path: "/access/unblock", serve: p.askUnblock},
		{method: "POST", path: "/access/unblock", serve: p.unblock},
		{method: "GET", path: "/pin", serve: p.pin},
		{method: "POST", path: "/pin", serve: p.setPIN},
		{method: "GET", path: "/history", serve: p.history},
		{method: "GET", path: "/settings", serve: p.settings},
		{method: "POST", path: "/settings", serve: p.saveSettings},
		{method: "GET", path: "/privacy", serve: p.privacy},
		{method: "GET", path: "/privacy/export", serve: p.export},
		{method: "GET", path: "/privacy/delete", serve: p.askDelete},
		{method: "POST", path: "/privacy/delete", serve: p.delete},
	}
}
