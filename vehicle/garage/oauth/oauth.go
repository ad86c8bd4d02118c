// Package oauth is the garage's authorization server: the sign-in page that a driver sees when linking, and
// the token endpoint that Alexa and the carriers call.
//
// The protocol is the work of github.com/go-oauth2/oauth2; this package adds what that library leaves to its
// user: exact redirect URIs, PKCE with S256 alone, client authentication on refresh, hashed tokens in the
// garage's data file, and the garage's own clock. [SignIn] is the other end of it, what a browser and Alexa do
// together. The neighbor is vehicle/garage, which knows the owners and clients; this package imports nothing
// of ours.
package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-oauth2/oauth2/v4"
	oauth2errors "github.com/go-oauth2/oauth2/v4/errors"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/server"
	"go.etcd.io/bbolt"
)

// How long things live. Alexa wants at least 360 s of an access token; an hour is what clouds give.
const (
	CodeLife    = 5 * time.Minute
	AccessLife  = time.Hour
	RefreshLife = 60 * 24 * time.Hour
)

// Client is a program that may ask for tokens.
type Client struct {
	ID string
	// Name is what the sign-in page calls it; the id if empty.
	Name string
	// SecretHash is the SHA-256 of the secret; nil makes a public client, which proves itself with PKCE.
	SecretHash []byte
	// RedirectURIs are compared exactly, except that a loopback one may come with any port (RFC 8252 §7.3).
	RedirectURIs []string
	// Scopes are what the client may ask for; asking for nothing is asking for all of them.
	Scopes []string
	Grants []oauth2.GrantType
}

// Scope is something that a token may allow.
type Scope struct {
	Name string
	// Words are what the sign-in page says of it; empty for one that no person is asked for.
	Words string
}

// Directory knows who there is. It is safe for concurrent use.
type Directory interface {
	// Client finds a client by its id.
	Client(id string) (Client, bool)
	// SignIn gives the owner's id for a right login and password, and takes as long for a wrong one.
	SignIn(login, password string) (ownerID string, ok bool)
}

// Bearer is who presents a valid access token.
type Bearer struct {
	Client string
	Owner  string // empty for a token from client credentials
	Scopes []string
	// AuthenticatedAt is when the owner gave the password in the sign-in that the token descends from, by the clock of the
	// server. Zero for a token from client credentials.
	AuthenticatedAt time.Time
}

// May reports whether the token carries a scope.
func (b Bearer) May(scope string) bool { return slices.Contains(b.Scopes, scope) }

// Options are what a Server needs; all fields are required.
type Options struct {
	DB        *bbolt.DB
	Directory Directory
	Now       func() time.Time
	Log       *slog.Logger
	// Scopes are all that any client may ask for.
	Scopes []Scope
	// Issuer is the base URL of the server, without a slash at its end.
	Issuer string
}

// Server answers under /oauth/ and /.well-known/. It is safe for concurrent use.
type Server struct {
	Options
	tokens *tokens
	engine *server.Server
	// exchange serializes the token endpoint: the library looks up, checks and removes a code in separate
	// steps, and a code must not be exchanged twice.
	exchange sync.Mutex
}

// New makes a server on an open data file and forgets the tokens in it that have expired.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, tokens: &tokens{db: o.DB, now: o.Now}}
	if err := s.tokens.prune(); err != nil {
		return nil, fmt.Errorf("open token store: %w", err)
	}
	m := manage.NewManager()
	m.SetAuthorizeCodeExp(CodeLife)
	m.SetAuthorizeCodeTokenCfg(&manage.Config{AccessTokenExp: AccessLife, RefreshTokenExp: RefreshLife, IsGenerateRefresh: true})
	m.SetClientTokenCfg(&manage.Config{AccessTokenExp: AccessLife})
	m.SetRefreshTokenCfg(&manage.RefreshingConfig{
		AccessTokenExp: AccessLife, RefreshTokenExp: RefreshLife, IsGenerateRefresh: true, IsRemoveRefreshing: true,
	})
	// The redirect URI is checked against the client before the library sees the request; the library's
	// own check would accept any host that ends like the right one.
	m.SetValidateURIHandler(func(string, string) error { return nil })
	m.MapAuthorizeGenerate(newCode{})
	m.MapAccessGenerate(newTokens{})
	m.MapTokenStorage(s.tokens)
	m.MapClientStorage(clients{o.Directory})

	s.engine = server.NewServer(&server.Config{
		TokenType:                   "Bearer",
		AllowedResponseTypes:        []oauth2.ResponseType{oauth2.Code},
		AllowedGrantTypes:           []oauth2.GrantType{oauth2.AuthorizationCode, oauth2.Refreshing, oauth2.ClientCredentials},
		AllowedCodeChallengeMethods: []oauth2.CodeChallengeMethod{oauth2.CodeChallengeS256},
		ForcePKCE:                   true,
	}, m)
	s.engine.ClientInfoHandler = s.authenticate
	s.engine.ClientAuthorizedHandler = s.mayUse
	s.engine.ClientScopeHandler = s.narrow
	s.engine.RefreshingScopeHandler = func(r *oauth2.TokenGenerateRequest, old string) (bool, error) {
		return subset(strings.Fields(r.Scope), strings.Fields(old)), nil
	}
	s.engine.UserAuthorizationHandler = s.signIn
	s.engine.ResponseErrorHandler = plainly
	s.engine.InternalErrorHandler = func(err error) *oauth2errors.Response {
		o.Log.Error("authorization server", "err", err)
		return nil
	}
	return s, nil
}

// Routes adds the server's pages to a mux.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /oauth/authorize", s.authorize)
	mux.HandleFunc("POST /oauth/authorize", s.authorize)
	mux.HandleFunc("POST /oauth/token", s.token)
	mux.HandleFunc("POST /oauth/revoke", s.revoke)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", s.metadata)
}

// Check finds who a bearer token belongs to; ok is false for one that is unknown, expired or revoked.
func (s *Server) Check(access string) (b Bearer, ok bool, err error) {
	t, ok, err := s.tokens.find(kindAccess, access)
	if err != nil || !ok {
		return Bearer{}, false, err
	}
	return Bearer{Client: t.Client, Owner: t.Owner, Scopes: strings.Fields(t.Scope), AuthenticatedAt: t.AuthenticatedAt}, true, nil
}

// Expire ends an access token before its time, as clouds sometimes do; its refresh token lives on.
func (s *Server) Expire(access string) error {
	if err := s.tokens.RemoveByAccess(context.Background(), access); err != nil {
		return fmt.Errorf("expire token: %w", err)
	}
	return nil
}

// mayUse says which grants a client may use.
func (s *Server) mayUse(clientID string, grant oauth2.GrantType) (bool, error) {
	c, ok := s.Directory.Client(clientID)
	return ok && slices.Contains(c.Grants, grant), nil
}

// narrow holds a request to the scopes of its client.
func (s *Server) narrow(r *oauth2.TokenGenerateRequest) (bool, error) {
	c, ok := s.Directory.Client(r.ClientID)
	if !ok {
		return false, oauth2errors.ErrInvalidClient
	}
	asked := strings.Fields(r.Scope)
	if len(asked) == 0 {
		asked = c.Scopes
	}
	r.Scope = strings.Join(asked, " ")
	return subset(asked, c.Scopes), nil
}

func subset(asked, allowed []string) bool {
	return !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(allowed, s) })
}

// allows reports whether a redirect URI is one of the client's.
func (c Client) allows(redirect string) bool {
	if slices.Contains(c.RedirectURIs, redirect) {
		return true
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return false
	}
	u.Host = u.Hostname()
	return slices.Contains(c.RedirectURIs, u.String())
}

// plainly gives OAuth's errors the status and the brevity of RFC 6749 §5.2.
func plainly(r *oauth2errors.Response) {
	r.Description = ""
	switch {
	case errors.Is(r.Error, oauth2errors.ErrInvalidClient):
		r.StatusCode = http.StatusUnauthorized
		r.SetHeader("WWW-Authenticate", `Basic realm="garage"`)
	case errors.Is(r.Error, oauth2errors.ErrServerError):
		r.StatusCode = http.StatusInternalServerError
	default:
		r.StatusCode = http.StatusBadRequest
	}
}

// clients shows the directory to the library. It never shows a secret: authenticate has checked it before.
type clients struct{ directory Directory }

func (c clients) GetByID(_ context.Context, id string) (oauth2.ClientInfo, error) {
	found, ok := c.directory.Client(id)
	if !ok {
		return nil, oauth2errors.ErrInvalidClient
	}
	return clientInfo{found}, nil
}

type clientInfo struct{ c Client }

func (i clientInfo) GetID() string     { return i.c.ID }
func (i clientInfo) GetSecret() string { return "" }
func (i clientInfo) GetDomain() string { return "" }
func (i clientInfo) IsPublic() bool    { return i.c.SecretHash == nil }
func (i clientInfo) GetUserID() string { return "" }
