// Package dongle speaks to a dongle cloud over HTTP: openapi.yaml is the contract, wire its generated types.
//
// [Client] is the owner's side and has every power of a driver; [Courier] is a delivery company's side and
// [Operator] that of whoever runs a skill; [NewReceiver] takes what the cloud sends by itself. All translate and
// classify, nothing else: no retry, no cache, no redirect. [vehicle.Fleet] above decides about trying again, and
// vehicle/garage serves the same contract at home.
//
// A cloud is not trusted. Answers are bounded in size, checked against the contract before they become
// domain values, and their bodies never quoted in an error, because they may hold positions and plates. What a cloud
// says in words that this client does not know is mapped to the most cautious known meaning.
package dongle

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Options says which cloud to speak to.
type Options struct {
	// BaseURL is the cloud's address: https, or http on a loopback address. Required.
	BaseURL string
	// HTTP carries the requests; nil means a client with a pool of its own. It is copied and made to follow
	// no redirect, because a redirect would take the token elsewhere. Deadlines come from the context.
	HTTP *http.Client
	// Now tells which observations lie in the future. Required.
	Now func() time.Time
}

// Client is the owner's side of a dongle cloud. It is safe for concurrent use.
type Client struct {
	link
}

var (
	_ vehicle.Gatekeeper = (*Client)(nil)
	_ vehicle.Commander  = (*Client)(nil)
	_ vehicle.Historian  = (*Client)(nil)
)

// New checks the options and makes a client; nothing is sent.
func New(o Options) (*Client, error) {
	l, err := newLink(o)
	if err != nil {
		return nil, fmt.Errorf("dongle cloud: %w", err)
	}
	return &Client{l}, nil
}

// link is what both sides share: where the cloud is and how to reach it.
type link struct {
	wire *wire.Client
	http *http.Client
	base string // without a trailing slash
	now  func() time.Time
}

func newLink(o Options) (link, error) {
	base, err := checkBaseURL(o.BaseURL)
	if err != nil {
		return link{}, err
	}
	if o.Now == nil {
		return link{}, errors.New("no clock")
	}
	client := http.Client{Transport: newTransport()}
	if o.HTTP != nil {
		client = *o.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return link{
		wire: &wire.Client{Server: base + "/", Client: &client},
		http: &client,
		base: base,
		now:  o.Now,
	}, nil
}

// newTransport bounds what the default transport leaves open: a cloud may not send endless headers, and a
// burst of turns should not dial anew for each.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    3 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// checkBaseURL refuses whatever would send a token in the clear or to an unexpected place.
func checkBaseURL(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return "", errors.New("the base URL is not an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the base URL has user, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return strings.TrimRight(u.String(), "/"), nil
	default:
		return "", errors.New("the base URL is neither https nor http on a loopback address")
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// The reads that every owner makes. The other operations stand beside their methods.
var (
	readOwner     = operation{name: "read owner", success: http.StatusOK}
	listVehicles  = operation{name: "list vehicles", success: http.StatusOK}
	readDiagnosis = operation{name: "read diagnosis", success: http.StatusOK}
	listCarriers  = operation{name: "list carriers", success: http.StatusOK}
	revokeToken   = operation{name: "revoke token", success: http.StatusOK, writes: true, bare: true}
)

// Owner implements [vehicle.Driver].
func (c *Client) Owner(ctx context.Context, token vehicle.Token) (vehicle.Owner, error) {
	answer, err := ask[wire.Owner](ctx, readOwner, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetOwner(ctx, edit)
	})
	return translate(readOwner, answer, err, toOwner)
}

// Vehicles implements [vehicle.Driver].
func (c *Client) Vehicles(ctx context.Context, token vehicle.Token) ([]vehicle.Vehicle, error) {
	answer, err := ask[wire.VehicleList](ctx, listVehicles, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ListVehicles(ctx, edit)
	})
	return translate(listVehicles, answer, err, c.toVehicles)
}

// Diagnosis implements [vehicle.Driver].
func (c *Client) Diagnosis(ctx context.Context, token vehicle.Token, id vehicle.ID) (vehicle.Diagnosis, error) {
	if !validID(string(id)) {
		return vehicle.Diagnosis{}, noSuch(readDiagnosis)
	}
	answer, err := ask[wire.Diagnostics](ctx, readDiagnosis, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetDiagnostics(ctx, string(id), edit)
	})
	return translate(readDiagnosis, answer, err, func(d wire.Diagnostics) (vehicle.Diagnosis, error) {
		return c.toDiagnosis(id, d)
	})
}

// Carriers implements [vehicle.Granter].
func (c *Client) Carriers(ctx context.Context, token vehicle.Token) ([]vehicle.Carrier, error) {
	answer, err := ask[wire.CarrierList](ctx, listCarriers, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ListCarriers(ctx, edit)
	})
	return translate(listCarriers, answer, err, toCarriers)
}

// Revoke ends a token and the whole sign-in that it comes from (RFC 7009). Idempotent: a token that was of no use
// before is none afterwards, without error.
func (c *Client) Revoke(ctx context.Context, token vehicle.Token) error {
	_, err := ask[struct{}](ctx, revokeToken, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		form := url.Values{"token": {string(token)}, "token_type_hint": {"access_token"}}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth/revoke", strings.NewReader(form.Encode()))
		if err == nil {
			err = edit(ctx, request)
		}
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return c.http.Do(request)
	})
	return err
}

// wireTime is the instant as the contract writes it, so that what comes back can be compared.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// noSuch answers for an id that no cloud can have given out; asking would only leak it into a path.
func noSuch(op operation) error { return op.refuse(vehicle.NotFound, "malformed id") }

// checkKey refuses a key that no cloud could tell from another's; making one is our own task.
func checkKey(op operation, key vehicle.IdempotencyKey) error {
	if validate.Var(string(key), "min=8,max=255,visible") != nil {
		return op.refuse(vehicle.Internal, "the idempotency key is not one")
	}
	return nil
}
