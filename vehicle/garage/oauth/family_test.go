package oauth

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	oauth2errors "github.com/go-oauth2/oauth2/v4/errors"
	client "golang.org/x/oauth2"
)

// TestRefreshTokenIsUsedOnce: whoever brings a used refresh token ends the sign-in, for the thief and the robbed alike
// (RFC 9700 §4.14.2), and no other sign-in.
func TestRefreshTokenIsUsedOnce(t *testing.T) {
	b := open(t)
	first, bystander := b.signIn(), b.signIn()
	last := first.RefreshToken
	var access string
	for range 3 {
		status, answer := b.refresh(last)
		if status != http.StatusOK || answer["refresh_token"] == last || answer["expires_in"].(float64) < 360 {
			t.Fatalf("refresh: status %d %v", status, answer)
		}
		last, access = answer["refresh_token"].(string), answer["access_token"].(string)
	}
	if _, ok, _ := b.serv.Check(first.AccessToken); ok {
		t.Error("the first access token outlives its refresh token")
	}
	if status, answer := b.refresh(first.RefreshToken); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("a used refresh token: status %d %v", status, answer)
	}
	if _, ok, _ := b.serv.Check(access); ok {
		t.Error("the newest access token outlives the discovery")
	}
	if status, _ := b.refresh(last); status != http.StatusBadRequest {
		t.Errorf("the newest refresh token outlives the discovery: status %d", status)
	}
	if _, ok, _ := b.serv.Check(bystander.AccessToken); !ok {
		t.Error("another sign-in of the same owner ended too")
	}
	if strings.Contains(b.log.String(), last) || !strings.Contains(b.log.String(), "came twice") {
		t.Errorf("log %s", b.log.String())
	}
}

// TestSignInLivesWithItsRefreshing: a sign-in that is refreshed in time never ends by itself.
func TestSignInLivesWithItsRefreshing(t *testing.T) {
	b := open(t)
	last := b.signIn().RefreshToken
	for range 4 {
		b.now = b.now.Add(RefreshLife - time.Second)
		status, answer := b.refresh(last)
		if status != http.StatusOK {
			t.Fatalf("refresh: status %d %v", status, answer)
		}
		last = answer["refresh_token"].(string)
	}
	b.now = b.now.Add(RefreshLife)
	if status, _ := b.refresh(last); status != http.StatusBadRequest {
		t.Errorf("a refresh token outlives its time: status %d", status)
	}
}

// TestTokenTellsWhenItsOwnerSignedIn: the instant is that of the password, and neither the exchange of the code nor a
// refresh moves it. Who never signed in has none.
func TestTokenTellsWhenItsOwnerSignedIn(t *testing.T) {
	b := open(t)
	cfg, verifier, signedIn := b.config(), client.GenerateVerifier(), b.now
	back, _ := b.authorize(cfg.AuthCodeURL("s", client.S256ChallengeOption(verifier)), url.Values{"login": {"alex"}, "password": {"right & wrong"}})
	told := func(when string, answer map[string]any, want time.Time) {
		t.Helper()
		access, _ := answer["access_token"].(string)
		if who, ok, err := b.serv.Check(access); err != nil || !ok || !who.AuthenticatedAt.Equal(want) {
			t.Errorf("%s: signed in at %v, valid %t, %v, want %v", when, who.AuthenticatedAt, ok, err, want)
		}
	}
	b.now = b.now.Add(time.Minute)
	_, answer := b.post("/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "code_verifier": {verifier},
		"redirect_uri": {cfg.RedirectURL}, "client_id": {"alexa"},
	})
	told("exchanged", answer, signedIn)
	for _, when := range []string{"refreshed", "refreshed twice"} {
		b.now = b.now.Add(24 * time.Hour)
		refresh, _ := answer["refresh_token"].(string)
		_, answer = b.refresh(refresh)
		told(when, answer, signedIn)
	}
	_, answer = b.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "carrier", "s3cret+/=")
	told("a carrier", answer, time.Time{})
}

// TestCodeIsExchangedOnce: a code that comes twice ends what it was exchanged for (RFC 6749 §4.1.2).
func TestCodeIsExchangedOnce(t *testing.T) {
	b := open(t)
	cfg, verifier := b.config(), client.GenerateVerifier()
	back, status := b.authorize(cfg.AuthCodeURL("s", client.S256ChallengeOption(verifier)), url.Values{"login": {"alex"}, "password": {"right & wrong"}})
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "code_verifier": {verifier},
		"redirect_uri": {cfg.RedirectURL}, "client_id": {"alexa"},
	}
	first, answer := b.post("/oauth/token", form)
	if status != http.StatusFound || first != http.StatusOK {
		t.Fatalf("status %d, then %d %v", status, first, answer)
	}
	if again, answer := b.post("/oauth/token", form); again != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("the code again: status %d %v", again, answer)
	}
	if _, ok, _ := b.serv.Check(answer["access_token"].(string)); ok {
		t.Error("the token outlives the second exchange of its code")
	}
}

// authorize posts the form of the sign-in page and gives what the redirect says.
func (b *bench) authorize(page string, form url.Values) (url.Values, int) {
	b.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(page, form)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	to, err := res.Location()
	if err != nil {
		return nil, res.StatusCode
	}
	return to.Query(), res.StatusCode
}

func TestPersonSaysNo(t *testing.T) {
	b := open(t)
	cfg := b.config()
	page := cfg.AuthCodeURL("s t&a=te", client.S256ChallengeOption(client.GenerateVerifier()))
	back, status := b.authorize(page, url.Values{"answer": {"deny"}, "login": {"alex"}, "password": {"right & wrong"}})
	if status != http.StatusFound || back.Get("error") != "access_denied" || back.Get("state") != "s t&a=te" || back.Has("code") {
		t.Errorf("status %d, redirect with %v", status, back)
	}
}

// TestPage is what certification LINK-2 asks of the sign-in page, and that it asks again whoever signed in before.
func TestPage(t *testing.T) {
	b := open(t)
	b.signIn()
	cfg := b.config()
	cfg.Scopes = nil
	challenge := client.S256ChallengeOption(client.GenerateVerifier())
	for _, c := range []struct {
		name string
		more []client.AuthCodeOption
		want string
	}{
		{"plain", nil, `name="login" value=""`},
		{"scopes in words", nil, `Write &amp; rewrite`},
		{"prompt", []client.AuthCodeOption{client.SetAuthURLParam("prompt", "login")}, `name="password"`},
		{"max age", []client.AuthCodeOption{client.SetAuthURLParam("max_age", "0")}, `name="password"`},
		{"hint", []client.AuthCodeOption{client.SetAuthURLParam("login_hint", `al"ex`)}, `value="al&#34;ex"`},
		{"long hint", []client.AuthCodeOption{client.SetAuthURLParam("login_hint", strings.Repeat("x", 101))}, `value=""`},
		{"way out", nil, `value="deny" formnovalidate`},
		{"phone", nil, `name="viewport" content="width=device-width`},
		{"label", nil, `<label for="password">`},
	} {
		res, err := http.Get(cfg.AuthCodeURL("s", append(c.more, challenge)...))
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.Contains(string(page), c.want) || strings.Contains(string(page), "<script") {
			t.Errorf("%s: status %d, want %s and no script:\n%s", c.name, res.StatusCode, c.want, page)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", c.name, csp)
		}
	}
}

// TestRevokedMeanwhile: a sign-in that ends between a client's proof and its token gets nothing more.
func TestRevokedMeanwhile(t *testing.T) {
	b := open(t)
	token := b.signIn()
	info, err := b.serv.tokens.GetByRefresh(t.Context(), token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.serv.tokens.end(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	info.SetAccess("new")
	if err := b.serv.tokens.Create(t.Context(), info); !errors.Is(err, oauth2errors.ErrInvalidGrant) {
		t.Errorf("got %v, want invalid_grant", err)
	}
	if _, ok, _ := b.serv.Check("new"); ok {
		t.Error("the token is of use")
	}
}
