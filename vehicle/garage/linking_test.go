package garage

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
)

// TestAlexaIsToldHowToLink: what Alexa is given to link accounts fits this authorization server (certification LINK-1,
// LINK-3), but for the name of the cloud, which is the operator's to fill in.
func TestAlexaIsToldHowToLink(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "models", "account-linking.json"))
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Request struct {
			Type              string   `json:"type"`
			AuthorizationURL  string   `json:"authorizationUrl"`
			AccessTokenURL    string   `json:"accessTokenUrl"`
			ClientID          string   `json:"clientId"`
			ClientSecret      *string  `json:"clientSecret"`
			AccessTokenScheme string   `json:"accessTokenScheme"`
			Scopes            []string `json:"scopes"`
			Domains           []string `json:"domains"`
			DefaultLife       int      `json:"defaultTokenExpirationInSeconds"`
		} `json:"accountLinkingRequest"`
	}
	if err := json.Unmarshal(file, &told); err != nil {
		t.Fatal(err)
	}
	w := openWorld(t)
	metadata := want[struct {
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		Scopes        []string `json:"scopes_supported"`
		Methods       []string `json:"token_endpoint_auth_methods_supported"`
	}](w, http.StatusOK, w.call("", "GET", "/.well-known/oauth-authorization-server", nil))
	r := told.Request
	for name, pair := range map[string][2]string{
		"authorization": {r.AuthorizationURL, metadata.Authorization}, "token": {r.AccessTokenURL, metadata.Token},
	} {
		ours, err := url.Parse(pair[0])
		if err != nil || ours.Scheme != "https" || w.URL()+ours.Path != pair[1] || !slices.Contains(r.Domains, ours.Host) {
			t.Errorf("%s: told %s, served at %s, %v", name, pair[0], pair[1], err)
		}
	}
	if r.Type != "AUTH_CODE" || r.ClientID != people.Linking.ID || r.ClientSecret != nil {
		t.Errorf("type %s, client %s, a secret in the file: %t", r.Type, r.ClientID, r.ClientSecret != nil)
	}
	if r.AccessTokenScheme != "REQUEST_BODY_CREDENTIALS" || !slices.Contains(metadata.Methods, "client_secret_post") {
		t.Errorf("scheme %s, the server takes %v", r.AccessTokenScheme, metadata.Methods)
	}
	if !slices.Equal(r.Scopes, people.Linking.Scopes) || slices.ContainsFunc(r.Scopes, func(s string) bool { return !slices.Contains(metadata.Scopes, s) }) {
		t.Errorf("scopes %v, the client has %v, the server %v", r.Scopes, people.Linking.Scopes, metadata.Scopes)
	}
	if life := time.Duration(r.DefaultLife) * time.Second; life != oauth.AccessLife || life < 360*time.Second {
		t.Errorf("a token lives %s, the server gives %s", life, oauth.AccessLife)
	}
	for _, s := range people.Scopes {
		if slices.Contains(people.Linking.Scopes, s.Name) == (s.Words == "") {
			t.Errorf("%s: the sign-in page says %q", s.Name, s.Words)
		}
	}
}

// TestOwnerPageSignsIn with a secret, on any port of this machine, and is refused elsewhere.
func TestOwnerPageSignsIn(t *testing.T) {
	w := openWorld(t)
	demo, _ := w.Demo().Owner("demo")
	cfg := oauth2.Config{
		ClientID: w.Demo().OwnerPage.ClientID, ClientSecret: w.Demo().OwnerPage.ClientSecret, RedirectURL: "http://127.0.0.1:8080/owner/callback",
		Endpoint: oauth2.Endpoint{AuthURL: w.URL() + "/oauth/authorize", TokenURL: w.URL() + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
	token, err := oauth.SignIn(t.Context(), http.DefaultClient, cfg, demo.Login, demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.call(token.AccessToken, "GET", "/v1/me", nil); a.status != http.StatusOK || token.RefreshToken == "" {
		t.Errorf("status %d, a refresh token: %t", a.status, token.RefreshToken != "")
	}
	for _, c := range []struct {
		redirect, secret string
		ok               bool
	}{
		{"http://localhost:1234/owner/callback", cfg.ClientSecret, true},
		{"http://127.0.0.1/owner/callback", cfg.ClientSecret, true},
		{"http://127.0.0.1/owner/callback", "guess", false},
		{"http://127.0.0.1/owner/callback", "", false},
		{"http://127.0.0.1/linked", cfg.ClientSecret, false},
		{"http://localhost.example/owner/callback", cfg.ClientSecret, false},
		{"https://127.0.0.1/owner/callback", cfg.ClientSecret, false},
	} {
		cfg.RedirectURL, cfg.ClientSecret = c.redirect, c.secret
		if _, err := oauth.SignIn(t.Context(), http.DefaultClient, cfg, demo.Login, demo.Password); (err == nil) != c.ok {
			t.Errorf("%s: %v, want it to work: %t", c.redirect, err, c.ok)
		}
	}
}

// TestOldDataGetsNewPrograms: a data file from before the owner page and the operator existed.
func TestOldDataGetsNewPrograms(t *testing.T) {
	w := openWorld(t)
	before := w.Demo()
	err := w.db.Update(func(tx *bbolt.Tx) error {
		old := before
		old.OwnerPage, old.Operator = DemoClient{}, DemoClient{}
		return errors.Join(put(tx, bucketDemo, demoKey, old), tx.Bucket(bucketClients).Delete([]byte(people.OperatorID)),
			tx.Bucket(bucketClients).Delete([]byte(people.OwnerPageID)), tx.DeleteBucket([]byte("webhook-endpoints")))
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	w.open(Calm, 1)
	first := w.Demo()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(Calm, 1)
	if again := w.Demo(); !reflect.DeepEqual(first, again) || first.Owners[0] != before.Owners[0] || first.OwnerPage.ClientSecret == "" {
		t.Error("the new programs have no secret, or another one each time")
	}
	w.register(newMailbox(t))
}
