package oauth

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-oauth2/oauth2/v4"
	oauth2errors "github.com/go-oauth2/oauth2/v4/errors"
)

// Limits on what strangers may send.
const (
	maxForm  = 16 << 10 // bytes
	maxState = 2000     // bytes
	maxLogin = 100      // bytes of a login_hint; a longer one is nobody's
)

//go:embed signin.html
var signInPage string

var page = template.Must(template.New("signin").Parse(signInPage))

// view is what the page shows.
type view struct {
	Client string
	Scopes []string
	Login  string
	// Problem is shown above the form; Fatal means that there is no form to fill in.
	Problem string
	Fatal   bool
}

// authorize is the sign-in page and what follows from it. A client or redirect URI that is not known is told
// to the person, never to the URI.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.show(w, http.StatusBadRequest, view{Fatal: true, Problem: "The form could not be read."})
		return
	}
	q := r.URL.Query() // what the client asked for; the form adds login and password alone
	client, ok := s.Directory.Client(q.Get("client_id"))
	redirect := q.Get("redirect_uri")
	if !ok || !client.allows(redirect) {
		s.show(w, http.StatusBadRequest, view{Fatal: true, Problem: "This link does not come from a program that the garage knows."})
		return
	}
	r.Form = q
	err := oauth2errors.ErrInvalidRequest
	if state := q.Get("state"); state != "" && len(state) <= maxState {
		err = s.engine.HandleAuthorizeRequest(w, r)
	}
	if err == nil {
		return
	}
	data, _, _ := s.engine.GetErrorData(err)
	u, parseErr := url.Parse(redirect)
	if parseErr != nil {
		s.show(w, http.StatusBadRequest, view{Fatal: true, Problem: "The address to return to is not one."})
		return
	}
	back := u.Query()
	back.Set("error", data["error"].(string))
	back.Set("state", q.Get("state"))
	u.RawQuery = back.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// signIn is the library's question of who is there: a form until it is filled in right, or until the person says no.
// Nobody stays signed in here, so the form is shown whatever prompt and max_age ask for.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) (string, error) {
	client, _ := s.Directory.Client(r.FormValue("client_id"))
	asked := strings.Fields(r.FormValue("scope"))
	if len(asked) == 0 {
		asked = client.Scopes
	}
	v := view{Client: cmp.Or(client.Name, client.ID), Scopes: s.words(asked)}
	if r.Method == http.MethodGet {
		if v.Login = r.FormValue("login_hint"); len(v.Login) > maxLogin {
			v.Login = ""
		}
		s.show(w, http.StatusOK, v)
		return "", nil
	}
	if r.PostForm.Get("answer") == "deny" {
		return "", oauth2errors.ErrAccessDenied
	}
	v.Login = r.PostForm.Get("login")
	owner, ok := s.Directory.SignIn(v.Login, r.PostForm.Get("password"))
	if !ok {
		v.Problem = "This login and password do not belong together. Please try again."
		s.show(w, http.StatusForbidden, v)
		return "", nil
	}
	return owner, nil
}

// words puts scopes the way a person understands them.
func (s *Server) words(asked []string) []string {
	var list []string
	for _, name := range asked {
		words := name
		if i := slices.IndexFunc(s.Scopes, func(known Scope) bool { return known.Name == name }); i >= 0 {
			words = cmp.Or(s.Scopes[i].Words, name)
		}
		list = append(list, words)
	}
	return list
}

func (s *Server) show(w http.ResponseWriter, status int, v view) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if err := page.Execute(w, v); err != nil {
		s.Log.Warn("show sign-in page", "err", err)
	}
}

// token is where codes, refresh tokens and client credentials become access tokens.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if !s.readForm(w, r) {
		return
	}
	s.exchange.Lock()
	defer s.exchange.Unlock()
	if err := s.engine.HandleTokenRequest(w, r); err != nil {
		s.Log.Warn("answer token request", "err", err)
	}
}

// readForm reads a POSTed form of bounded size; parameters in the URL count for nothing.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/x-www-form-urlencoded" {
		err = r.ParseForm()
	}
	if err != nil || media != "application/x-www-form-urlencoded" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_request"}`))
		return false
	}
	r.Form = r.PostForm
	return true
}

// authenticate finds the client of a token request, by HTTP Basic or in the form. A public client has no
// secret to show. A refresh token serves only the client that it was given to, which the library does not
// check.
func (s *Server) authenticate(r *http.Request) (string, string, error) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		// RFC 6749 §2.3.1: both are form-encoded before they are Basic-encoded.
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil {
			return "", "", oauth2errors.ErrInvalidClient
		}
	}
	client, ok := s.Directory.Client(id)
	if !ok {
		return "", "", oauth2errors.ErrInvalidClient
	}
	if sum := sha256.Sum256([]byte(secret)); client.SecretHash != nil && subtle.ConstantTimeCompare(sum[:], client.SecretHash) != 1 {
		return "", "", oauth2errors.ErrInvalidClient
	}
	switch oauth2.GrantType(r.PostForm.Get("grant_type")) {
	case oauth2.Refreshing:
		return id, "", s.fresh(id, kindRefresh, r.PostForm.Get("refresh_token"))
	case oauth2.AuthorizationCode:
		return id, "", s.fresh(id, kindCode, r.PostForm.Get("code"))
	default:
		return id, "", nil
	}
}

// fresh refuses a code or refresh token that is not this client's. One that was exchanged before has been stolen, from
// whoever came first or by them, so nothing that came of it is of use any more (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
func (s *Server) fresh(client, kind, secret string) error {
	t, ok, err := s.tokens.find(kind, secret)
	if err == nil && t.Used {
		s.Log.Warn("a code or refresh token came twice; its sign-in has ended", "client", t.Client)
		err = s.tokens.end(secret)
	}
	if err == nil && (!ok || t.Client != client) {
		err = oauth2errors.ErrInvalidGrant
	}
	return err
}

// revoke ends a token, whichever kind it is, and the sign-in that it comes from (RFC 7009 §2.1). Whoever holds a token
// may end it.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	if !s.readForm(w, r) {
		return
	}
	if err := s.tokens.end(r.PostForm.Get("token")); err != nil {
		s.Log.Error("revoke token", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// metadata is RFC 8414's description of this server.
func (s *Server) metadata(w http.ResponseWriter, _ *http.Request) {
	var scopes []string
	for _, scope := range s.Scopes {
		scopes = append(scopes, scope.Name)
	}
	w.Header().Set("Content-Type", "application/json")
	err := json.NewEncoder(w).Encode(map[string]any{
		"issuer":                                s.Issuer,
		"authorization_endpoint":                s.Issuer + "/oauth/authorize",
		"token_endpoint":                        s.Issuer + "/oauth/token",
		"revocation_endpoint":                   s.Issuer + "/oauth/revoke",
		"scopes_supported":                      scopes,
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":      []string{"S256"},
		// Who holds a token may end it.
		"revocation_endpoint_auth_methods_supported": []string{"none"},
	})
	if err != nil {
		s.Log.Warn("answer metadata", "err", err)
	}
}
