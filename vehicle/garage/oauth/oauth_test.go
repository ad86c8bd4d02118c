package oauth

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	client "golang.org/x/oauth2"
)

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
