package oauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-oauth2/oauth2/v4"
	"go.etcd.io/bbolt"
	client "golang.org/x/oauth2"
)

// people is a directory of one owner and three clients.
type people struct{}

func (people) Client(id string) (Client, bool) {
	secret := sha256.Sum256([]byte("s3cret+/="))
	c, ok := map[string]Client{
		"alexa": {
			ID: "alexa", RedirectURIs: []string{"https://alexa.example/link", "http://127.0.0.1/linked"}, Scopes: []string{"read", "write"},
			Grants: []oauth2.GrantType{oauth2.AuthorizationCode, oauth2.Refreshing},
		},
		"other":   {ID: "other", RedirectURIs: []string{"https://other.example/link"}, Scopes: []string{"read"}, Grants: []oauth2.GrantType{oauth2.Refreshing}},
		"carrier": {ID: "carrier", SecretHash: secret[:], Scopes: []string{"deliver"}, Grants: []oauth2.GrantType{oauth2.ClientCredentials}},
	}[id]
	return c, ok
}

func (people) SignIn(login, password string) (string, bool) {
	return "own_1", login == "alex" && password == "right & wrong"
}

// bench is a server over HTTP whose clock the test holds.
type bench struct {
	t    *testing.T
	url  string
	db   *bbolt.DB
	path string
	serv *Server
	now  time.Time
	log  bytes.Buffer
}

func open(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "tokens.db"), now: time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)}
	db, err := bbolt.Open(b.path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db = db
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	b.serv, err = New(Options{DB: db, Directory: people{}, Now: func() time.Time { return b.now }, Log: slog.New(slog.NewTextHandler(&b.log, nil)), Issuer: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	b.serv.Routes(mux)
	return b
}

func (b *bench) config() client.Config {
	return client.Config{
		ClientID: "alexa", RedirectURL: "http://127.0.0.1:9999/linked", Scopes: []string{"read"},
		Endpoint: client.Endpoint{AuthURL: b.url + "/oauth/authorize", TokenURL: b.url + "/oauth/token", AuthStyle: client.AuthStyleInParams},
	}
}

func (b *bench) signIn() *client.Token {
	b.t.Helper()
	token, err := SignIn(b.t.Context(), http.DefaultClient, b.config(), "alex", "right & wrong")
	if err != nil {
		b.t.Fatal(err)
	}
	return token
}

// post sends a form to the token endpoint and gives the status and the answer.
func (b *bench) post(path string, form url.Values, basic ...string) (int, map[string]any) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		req.SetBasicAuth(url.QueryEscape(basic[0]), url.QueryEscape(basic[1]))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer map[string]any
	if text, _ := io.ReadAll(res.Body); len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			b.t.Fatalf("answer %q: %v", text, err)
		}
	}
	return res.StatusCode, answer
}

func TestSignInAndCheck(t *testing.T) {
	b := open(t)
	token := b.signIn()
	if token.RefreshToken == "" || token.TokenType != "Bearer" {
		t.Errorf("token %q, refresh token given: %t", token.TokenType, token.RefreshToken != "")
	}
	bearer, ok, err := b.serv.Check(token.AccessToken)
	if err != nil || !ok || bearer.Owner != "own_1" || bearer.Client != "alexa" || !bearer.May("read") || bearer.May("write") {
		t.Errorf("bearer %+v, ok %t, err %v", bearer, ok, err)
	}
	if _, ok, _ := b.serv.Check(token.RefreshToken); ok {
		t.Error("a refresh token serves as an access token")
	}
	b.now = b.now.Add(AccessLife - time.Second)
	if _, ok, _ := b.serv.Check(token.AccessToken); !ok {
		t.Error("the token ends before its time")
	}
	b.now = b.now.Add(time.Second)
	if _, ok, _ := b.serv.Check(token.AccessToken); ok {
		t.Error("the token outlives its time")
	}
}

func TestWrongPassword(t *testing.T) {
	b := open(t)
	_, err := SignIn(t.Context(), http.DefaultClient, b.config(), "alex", "hunter2-hunter2")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
	cfg := b.config()
	res, err := http.PostForm(cfg.AuthCodeURL("s", client.S256ChallengeOption(client.GenerateVerifier())), url.Values{"login": {`<b>"alex`}, "password": {"x"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusForbidden || !bytes.Contains(page, []byte("Please try again")) || !bytes.Contains(page, []byte(`name="password"`)) {
		t.Errorf("status %d, want the form again with what is wrong:\n%s", res.StatusCode, page)
	}
	if bytes.Contains(page, []byte("<b>")) {
		t.Error("the login is not escaped")
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	b := open(t)
	challenge := client.S256ChallengeFromVerifier(client.GenerateVerifier())
	good := url.Values{
		"response_type": {"code"}, "client_id": {"alexa"}, "redirect_uri": {"https://alexa.example/link"}, "state": {"s"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		name, key, value string
		status           int
		err              string // in the redirect
	}{
		{"all right", "scope", "read write", http.StatusOK, ""},
		{"unknown client", "client_id", "nobody", http.StatusBadRequest, ""},
		{"no client", "client_id", "", http.StatusBadRequest, ""},
		{"other site", "redirect_uri", "https://evil.example/link", http.StatusBadRequest, ""},
		{"longer host", "redirect_uri", "https://evilalexa.example/link", http.StatusBadRequest, ""},
		{"other path", "redirect_uri", "https://alexa.example/link/x", http.StatusBadRequest, ""},
		{"no redirect", "redirect_uri", "", http.StatusBadRequest, ""},
		{"loopback, other path", "redirect_uri", "http://127.0.0.1:1/x", http.StatusBadRequest, ""},
		{"loopback with user", "redirect_uri", "http://a@127.0.0.1:1/linked", http.StatusBadRequest, ""},
		{"loopback, other host", "redirect_uri", "http://127.0.0.1.evil.example/linked", http.StatusBadRequest, ""},
		{"loopback, any port", "redirect_uri", "http://127.0.0.1:4242/linked", http.StatusOK, ""},
		{"no challenge", "code_challenge", "", http.StatusFound, "invalid_request"},
		{"plain challenge", "code_challenge_method", "plain", http.StatusFound, "invalid_request"},
		{"no method", "code_challenge_method", "", http.StatusFound, "invalid_request"},
		{"short challenge", "code_challenge", "abc", http.StatusFound, "invalid_request"},
		{"no state", "state", "", http.StatusFound, "invalid_request"},
		{"long state", "state", strings.Repeat("s", maxState+1), http.StatusFound, "invalid_request"},
		{"implicit", "response_type", "token", http.StatusFound, "unauthorized_client"},
		{"no type", "response_type", "", http.StatusFound, "unsupported_response_type"},
	} {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q.Set(c.key, c.value)
		res, err := browser.Get(b.url + "/oauth/authorize?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		got := ""
		if to, err := res.Location(); err == nil {
			got = to.Query().Get("error")
			if to.Host != "alexa.example" {
				t.Errorf("%s: redirected to %s", c.name, to.Host)
			}
		}
		if res.StatusCode != c.status || got != c.err {
			t.Errorf("%s: status %d error %q, want %d %q", c.name, res.StatusCode, got, c.status, c.err)
		}
	}
	if token := b.signInAsking("read", "rule"); token != nil {
		t.Error("a scope that the client may not have was given")
	}
}

// signInAsking gives nil if the scopes are refused.
func (b *bench) signInAsking(scopes ...string) *client.Token {
	cfg := b.config()
	cfg.Scopes = scopes
	token, _ := SignIn(b.t.Context(), http.DefaultClient, cfg, "alex", "right & wrong")
	return token
}

func TestAllScopesByDefault(t *testing.T) {
	b := open(t)
	token := b.signInAsking()
	if token == nil {
		t.Fatal("no token")
	}
	if bearer, _, _ := b.serv.Check(token.AccessToken); !bearer.May("read") || !bearer.May("write") {
		t.Errorf("scopes %v, want all of the client's", bearer.Scopes)
	}
}

// code signs in and keeps the code instead of exchanging it.
func (b *bench) code() (code, verifier string) {
	b.t.Helper()
	verifier = client.GenerateVerifier()
	cfg := b.config()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(cfg.AuthCodeURL("s", client.S256ChallengeOption(verifier)), url.Values{"login": {"alex"}, "password": {"right & wrong"}})
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	to, err := res.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return to.Query().Get("code"), verifier
}

func TestCodeServesOnce(t *testing.T) {
	b := open(t)
	form := func(code, verifier string) url.Values {
		return url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"alexa"}, "redirect_uri": {b.config().RedirectURL}, "code": {code}, "code_verifier": {verifier},
		}
	}
	code, verifier := b.code()
	var wins sync.Map
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if status, _ := b.post("/oauth/token", form(code, verifier)); status == http.StatusOK {
				wins.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	wins.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("one code gave %d tokens", n)
	}
	for name, change := range map[string]func(url.Values){
		"other verifier": func(f url.Values) { f.Set("code_verifier", client.GenerateVerifier()) },
		"no verifier":    func(f url.Values) { f.Del("code_verifier") },
		"other redirect": func(f url.Values) { f.Set("redirect_uri", "https://alexa.example/link") },
		"other client":   func(f url.Values) { f.Set("client_id", "other") },
		"other code":     func(f url.Values) { f.Set("code", "x") },
	} {
		code, verifier := b.code()
		f := form(code, verifier)
		change(f)
		if status, answer := b.post("/oauth/token", f); status != http.StatusBadRequest {
			t.Errorf("%s: status %d %v", name, status, answer)
		}
	}
	code, verifier = b.code()
	b.now = b.now.Add(CodeLife)
	if status, answer := b.post("/oauth/token", form(code, verifier)); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("an old code: status %d %v", status, answer)
	}
}

func TestRefreshRotates(t *testing.T) {
	b := open(t)
	first := b.signIn()
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {"alexa"}, "refresh_token": {first.RefreshToken}}

	stolen := url.Values{"grant_type": {"refresh_token"}, "client_id": {"other"}, "refresh_token": {first.RefreshToken}}
	if status, answer := b.post("/oauth/token", stolen); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("another client's refresh token: status %d %v", status, answer)
	}
	form.Set("scope", "read write")
	if status, answer := b.post("/oauth/token", form); status != http.StatusBadRequest || answer["error"] != "invalid_scope" {
		t.Errorf("more scopes than before: status %d %v", status, answer)
	}
	form.Del("scope")

	b.now = b.now.Add(30 * 24 * time.Hour)
	status, second := b.post("/oauth/token", form)
	if status != http.StatusOK || second["refresh_token"] == first.RefreshToken || second["access_token"] == first.AccessToken {
		t.Fatalf("refresh: status %d, rotated %t", status, second["refresh_token"] != first.RefreshToken)
	}
	if life, _ := second["expires_in"].(float64); life != AccessLife.Seconds() {
		t.Errorf("expires_in %v, want %v", second["expires_in"], AccessLife.Seconds())
	}
	if bearer, ok, _ := b.serv.Check(second["access_token"].(string)); !ok || bearer.Owner != "own_1" || !bearer.May("read") {
		t.Errorf("the refreshed token belongs to %+v", bearer)
	}
	if _, ok, _ := b.serv.Check(first.AccessToken); ok {
		t.Error("the old access token lives on")
	}
	if status, answer := b.post("/oauth/token", form); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("the old refresh token again: status %d %v", status, answer)
	}
	form.Set("refresh_token", second["refresh_token"].(string))
	b.now = b.now.Add(RefreshLife)
	if status, _ := b.post("/oauth/token", form); status != http.StatusBadRequest {
		t.Errorf("an old refresh token: status %d", status)
	}
}

func TestClientCredentials(t *testing.T) {
	b := open(t)
	form := url.Values{"grant_type": {"client_credentials"}}
	status, answer := b.post("/oauth/token", form, "carrier", "s3cret+/=")
	if status != http.StatusOK || answer["refresh_token"] != nil {
		t.Fatalf("status %d %v", status, answer)
	}
	if bearer, ok, _ := b.serv.Check(answer["access_token"].(string)); !ok || bearer.Owner != "" || bearer.Client != "carrier" || !bearer.May("deliver") {
		t.Errorf("bearer %+v", bearer)
	}
	inForm := url.Values{"grant_type": {"client_credentials"}, "client_id": {"carrier"}, "client_secret": {"s3cret+/="}, "scope": {"deliver"}}
	if status, _ := b.post("/oauth/token", inForm); status != http.StatusOK {
		t.Errorf("credentials in the form: status %d", status)
	}
	for name, c := range map[string]struct {
		form   url.Values
		basic  []string
		status int
		err    string
	}{
		"wrong secret":     {form, []string{"carrier", "x"}, http.StatusUnauthorized, "invalid_client"},
		"no secret":        {url.Values{"grant_type": {"client_credentials"}, "client_id": {"carrier"}}, nil, http.StatusUnauthorized, "invalid_client"},
		"unknown":          {form, []string{"nobody", "s3cret+/="}, http.StatusUnauthorized, "invalid_client"},
		"nobody":           {form, nil, http.StatusUnauthorized, "invalid_client"},
		"other scope":      {url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}, []string{"carrier", "s3cret+/="}, http.StatusBadRequest, "invalid_scope"},
		"a linking client": {url.Values{"grant_type": {"client_credentials"}, "client_id": {"alexa"}}, nil, http.StatusBadRequest, "unauthorized_client"},
		"password grant":   {url.Values{"grant_type": {"password"}, "username": {"alex"}, "password": {"right & wrong"}}, []string{"carrier", "s3cret+/="}, http.StatusBadRequest, ""},
		"no grant":         {url.Values{}, []string{"carrier", "s3cret+/="}, http.StatusBadRequest, "unsupported_grant_type"},
	} {
		status, answer := b.post("/oauth/token", c.form, c.basic...)
		if status != c.status || c.err != "" && answer["error"] != c.err {
			t.Errorf("%s: status %d %v, want %d %s", name, status, answer, c.status, c.err)
		}
	}
}

func TestTokenEndpointRefusesStrangeBodies(t *testing.T) {
	b := open(t)
	for name, c := range map[string]struct{ media, body string }{
		"json":     {"application/json", `{"grant_type":"client_credentials"}`},
		"no media": {"", "grant_type=client_credentials"},
		"huge":     {"application/x-www-form-urlencoded", "grant_type=" + strings.Repeat("a", maxForm)},
		"garbage":  {"application/x-www-form-urlencoded", "%zz&;"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/oauth/token?grant_type=client_credentials&client_id=alexa", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.media != "" {
			req.Header.Set("Content-Type", c.media)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, res.StatusCode)
		}
	}
}

func TestRevoke(t *testing.T) {
	b := open(t)
	token := b.signIn()
	if status, _ := b.post("/oauth/revoke", url.Values{"token": {token.RefreshToken}}); status != http.StatusOK {
		t.Errorf("revoke: status %d", status)
	}
	if _, ok, _ := b.serv.Check(token.AccessToken); ok {
		t.Error("the access token outlives its refresh token")
	}
	if status, _ := b.post("/oauth/revoke", url.Values{"token": {"x"}}); status != http.StatusOK {
		t.Errorf("revoke nothing: status %d", status)
	}
	other := b.signIn()
	if status, _ := b.post("/oauth/revoke", url.Values{"token": {other.AccessToken}}); status != http.StatusOK {
		t.Errorf("revoke access token: status %d", status)
	}
	if _, ok, _ := b.serv.Check(other.AccessToken); ok {
		t.Error("the access token lives on")
	}
}

func TestNothingSecretOnDisk(t *testing.T) {
	b := open(t)
	token := b.signIn()
	file, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"access token": token.AccessToken, "refresh token": token.RefreshToken} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the %s is in the data file", name)
		}
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the %s is in the log", name)
		}
	}
}

func TestPruneForgetsTheDead(t *testing.T) {
	b := open(t)
	b.signIn()
	b.now = b.now.Add(AccessLife)
	if err := b.serv.tokens.prune(); err != nil {
		t.Fatal(err)
	}
	left := 0
	err := b.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(Bucket)).ForEach(func(_, _ []byte) error { left++; return nil })
	})
	if err != nil || left != 1 {
		t.Errorf("%d tokens left, err %v; want the refresh token alone", left, err)
	}
}

func TestMetadata(t *testing.T) {
	b := open(t)
	res, err := http.Get(b.url + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var m map[string]any
	if err := json.NewDecoder(res.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	if m["issuer"] != b.url || m["token_endpoint"] != b.url+"/oauth/token" {
		t.Errorf("got %v", m)
	}
}

func TestSignInNoticesAStrangeCloud(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"another state": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Redirect(w, r, "http://127.0.0.1/linked?code=c&state=other", http.StatusFound)
			}
		},
		"an error": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Redirect(w, r, "http://127.0.0.1/linked?error=access_denied&state="+r.URL.Query().Get("state"), http.StatusFound)
			}
		},
		"no page": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"no location": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{"GET": 200, "POST": 302}[r.Method])
		},
	} {
		srv := httptest.NewServer(handler)
		_, err := SignIn(context.Background(), http.DefaultClient, client.Config{
			ClientID: "alexa", Endpoint: client.Endpoint{AuthURL: srv.URL + "/a", TokenURL: srv.URL + "/t"},
		}, "alex", "secret-password")
		srv.Close()
		if err == nil || strings.Contains(err.Error(), "secret-password") {
			t.Errorf("%s: got %v, want an error without the password", name, err)
		}
	}
}
