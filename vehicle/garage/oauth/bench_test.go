package oauth

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
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

var scopes = []Scope{{"read", "Read everything"}, {"write", "Write & rewrite"}, {Name: "deliver"}}

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
	b.serv, err = New(Options{DB: db, Directory: people{}, Now: func() time.Time { return b.now }, Log: slog.New(slog.NewTextHandler(&b.log, nil)), Issuer: srv.URL, Scopes: scopes})
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

// refresh exchanges a refresh token as the linking client.
func (b *bench) refresh(token string) (int, map[string]any) {
	b.t.Helper()
	return b.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"alexa"}})
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
