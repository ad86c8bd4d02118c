package session

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	maxMetadata = 64 << 10 // bytes
	tradeTime   = 6 * time.Second
	// A browser that hangs up before it has the new cookie comes back with the old one; what was traded for it is
	// remembered for a while.
	keepTrades   = time.Minute
	mostTrades   = 256
	metadataLife = time.Hour
)

// metadata is what we use of RFC 8414's description of a server.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorize     string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Revoke        string   `json:"revocation_endpoint"`
	Authenticates []string `json:"token_endpoint_auth_methods_supported"`
}

// inForm reports whether the server takes a client's secret in the form alone. Basic is the default of RFC 8414.
func (m *metadata) inForm() bool {
	return len(m.Authenticates) > 0 && !slices.Contains(m.Authenticates, "client_secret_basic")
}

// cloud is the authorization server as seen from here.
type cloud struct {
	o    Options
	http *http.Client

	mu     sync.Mutex // guards what follows
	known  *metadata
	readAt time.Time
	trades *list.List // of trade, the newest first

	flights singleflight.Group
}

// trade is what a refresh token was traded for.
type trade struct {
	key   [sha256.Size]byte
	token *oauth2.Token
	at    time.Time
}

func newCloud(o Options) (*cloud, error) {
	switch {
	case !trusted(o.Issuer):
		return nil, errors.New("the issuer is neither https nor http on a loopback address")
	case o.ClientID == "" || o.Redirect == "":
		return nil, errors.New("no client id, or no address to come back to")
	}
	client := http.Client{Timeout: tradeTime}
	if o.HTTP != nil {
		client = *o.HTTP
	}
	// A redirect would take a code or a secret elsewhere.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &cloud{o: o, http: &client, trades: list.New()}, nil
}

// trusted reports whether an address may be told a secret.
func trusted(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	loopback := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}

// config describes the server, asking it when somebody first wants to sign in and then once an hour. An answer for
// another issuer, or with an endpoint in the clear, is ErrCloud.
func (c *cloud) config(ctx context.Context) (*oauth2.Config, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return nil, fmt.Errorf("read server metadata: %w", errors.Join(ErrCloud, err))
	}
	style := oauth2.AuthStyleInHeader
	if m.inForm() {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: c.o.ClientID, ClientSecret: c.o.ClientSecret, RedirectURL: c.o.Redirect, Scopes: c.o.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: m.Authorize, TokenURL: m.Token, AuthStyle: style},
	}, nil
}

func (c *cloud) metadata(ctx context.Context) (*metadata, error) {
	c.mu.Lock()
	known, age := c.known, c.o.Now().Sub(c.readAt)
	c.mu.Unlock()
	if known != nil && age >= 0 && age < metadataLife {
		return known, nil
	}
	// RFC 8414 section 3.1: the well-known path stands between host and path of the issuer.
	where, err := url.Parse(c.o.Issuer)
	if err != nil {
		return nil, err
	}
	where.Path = "/.well-known/oauth-authorization-server" + strings.TrimRight(where.Path, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var m metadata
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %d", res.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxMetadata)).Decode(&m); err != nil {
		return nil, err
	}
	if m.Issuer != c.o.Issuer || !trusted(m.Authorize) || !trusted(m.Token) || m.Revoke != "" && !trusted(m.Revoke) {
		return nil, errors.New("the metadata is of another server, or sends secrets in the clear")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.readAt = &m, c.o.Now()
	return &m, nil
}

// exchange trades a code for a token.
func (c *cloud) exchange(ctx context.Context, code, verifier string) (*oauth2.Token, error) {
	cfg, err := c.config(ctx)
	if err != nil {
		return nil, err
	}
	token, err := cfg.Exchange(context.WithValue(ctx, oauth2.HTTPClient, c.http), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, classify(err, ErrRefused)
	}
	return token, nil
}

// refresh trades a refresh token, once however many ask. The trade goes on when the browser hangs up: its answer is
// the only way to stay signed in.
func (c *cloud) refresh(ctx context.Context, refresh string) (*oauth2.Token, error) {
	key := sha256.Sum256([]byte(refresh))
	token, err, _ := c.flights.Do(string(key[:]), func() (any, error) {
		if t := c.traded(key); t != nil {
			return t, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tradeTime)
		defer cancel()
		cfg, err := c.config(ctx)
		if err != nil {
			return nil, err
		}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
		t, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
		if err != nil {
			return nil, classify(err, ErrEnded)
		}
		c.remember(key, t)
		return t, nil
	})
	if err != nil {
		return nil, err
	}
	return token.(*oauth2.Token), nil
}

func (c *cloud) traded(key [sha256.Size]byte) *oauth2.Token {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.trades.Front(); e != nil; e = e.Next() {
		if t := e.Value.(trade); t.key == key && c.o.Now().Sub(t.at) < keepTrades {
			return t.token
		}
	}
	return nil
}

func (c *cloud) remember(key [sha256.Size]byte, t *oauth2.Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trades.PushFront(trade{key: key, token: t, at: c.o.Now()})
	for last := c.trades.Back(); c.trades.Len() > mostTrades || c.o.Now().Sub(last.Value.(trade).at) >= keepTrades; last = c.trades.Back() {
		c.trades.Remove(last)
		if c.trades.Len() == 0 {
			return
		}
	}
}

// revoke ends a token. A server without a revocation endpoint lets it run out.
func (c *cloud) revoke(ctx context.Context, token string) error {
	m, err := c.metadata(ctx)
	if err != nil {
		return errors.Join(ErrCloud, err)
	}
	if m.Revoke == "" {
		return nil
	}
	form := url.Values{"token": {token}}
	if m.inForm() {
		form.Set("client_id", c.o.ClientID)
		form.Set("client_secret", c.o.ClientSecret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Revoke, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !m.inForm() {
		req.SetBasicAuth(url.QueryEscape(c.o.ClientID), url.QueryEscape(c.o.ClientSecret)) // RFC 6749 section 2.3.1
	}
	res, err := c.http.Do(req)
	if err != nil {
		return errors.Join(ErrCloud, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %d: %w", res.StatusCode, ErrCloud)
	}
	return nil
}

// classify tells a judgment of the server (RFC 6749 section 5.2: 400 or 401) from its absence. The cause is left
// out: it may quote what was sent.
func classify(err, judged error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		if e.ErrorCode == "invalid_grant" || e.ErrorCode == "access_denied" {
			return fmt.Errorf("the server answered %q: %w", e.ErrorCode, judged)
		}
		if e.Response != nil {
			return fmt.Errorf("the server answered %d: %w", e.Response.StatusCode, ErrCloud)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the server took too long: %w", ErrCloud)
	}
	return ErrCloud
}
