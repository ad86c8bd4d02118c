package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	client "golang.org/x/oauth2"
)

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
	other, bystander := b.signIn(), b.signIn()
	if status, _ := b.post("/oauth/revoke", url.Values{"token": {other.AccessToken}, "token_type_hint": {"refresh_token"}}); status != http.StatusOK {
		t.Errorf("revoke access token: status %d", status)
	}
	if _, ok, _ := b.serv.Check(other.AccessToken); ok {
		t.Error("the access token lives on")
	}
	if status, answer := b.refresh(other.RefreshToken); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("the refresh token outlives the access token: status %d %v", status, answer)
	}
	if _, ok, _ := b.serv.Check(bystander.AccessToken); !ok {
		t.Error("another sign-in of the same owner ended too")
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
	if err != nil || left != 2 {
		t.Errorf("%d records left, err %v; want the refresh token and its sign-in", left, err)
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
	for member, want := range map[string]string{
		"issuer": b.url, "authorization_endpoint": b.url + "/oauth/authorize", "token_endpoint": b.url + "/oauth/token",
		"revocation_endpoint": b.url + "/oauth/revoke", "scopes_supported": "[read write deliver]",
		"response_types_supported": "[code]", "response_modes_supported": "[query]",
		"grant_types_supported":                      "[authorization_code refresh_token client_credentials]",
		"token_endpoint_auth_methods_supported":      "[client_secret_basic client_secret_post none]",
		"revocation_endpoint_auth_methods_supported": "[none]",
		"code_challenge_methods_supported":           "[S256]",
	} {
		if got := fmt.Sprint(m[member]); got != want {
			t.Errorf("%s: got %s, want %s", member, got, want)
		}
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
