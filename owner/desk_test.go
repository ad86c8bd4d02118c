package owner

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
)

// noon is when these tests begin: 2 in the afternoon in Vancouver.
var noon = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// desk is an owner page with a browser before it, and a pretend cloud behind it.
type desk struct {
	t       *testing.T
	page    http.Handler
	site    *httptest.Server
	cloud   *cloud
	store   *embedded.Store
	guard   *pin.Guard
	options Options
	browser *http.Client
	log     bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func (w *desk) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *desk) later(span time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(span)
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	w := &desk{t: t, now: noon}
	var err error
	if w.store, err = embedded.Open(filepath.Join(t.TempDir(), "accounts.db"), w.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	if w.guard, err = pin.NewGuard(pin.Options{
		Ledger: w.store, Pepper: bytes.Repeat([]byte{7}, 32), Now: w.clock, Cost: pin.Cost{MemoryKiB: 8, Passes: 1, Threads: 1},
	}); err != nil {
		t.Fatal(err)
	}
	w.cloud = newCloud(w)
	var later http.Handler
	w.site = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { later.ServeHTTP(rw, r) }))
	t.Cleanup(w.site.Close)
	ids := 0
	w.options = Options{
		PublicURL: w.site.URL + "/owner", Issuer: w.cloud.URL, ClientID: "owner-page", ClientSecret: "a secret: of+the page",
		SessionKeys: [][]byte{bytes.Repeat([]byte{1}, 32)}, Accounts: w.store, PINs: w.guard, Cars: w.cloud, Who: w.cloud, Users: w.store,
		HTTP: w.cloud.Client(), Now: w.clock, NewID: func() string { ids++; return fmt.Sprint("ref-", ids) },
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
	}
	if w.page, err = New(w.options); err != nil {
		t.Fatal(err)
	}
	later = w.page
	w.browser = w.newBrowser()
	return w
}

func (w *desk) newBrowser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// sheet is a page as the browser got it.
type sheet struct {
	status int
	url    *url.URL
	header http.Header
	body   string
}

func (w *desk) do(req *http.Request) sheet {
	w.t.Helper()
	res, err := w.browser.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return sheet{res.StatusCode, res.Request.URL, res.Header, string(body)}
}

func (w *desk) get(path string) sheet {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.site.URL+"/owner"+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(req)
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// formToken reads the token of the forms of this session.
func (w *desk) formToken() string {
	w.t.Helper()
	found := tokenField.FindStringSubmatch(w.get("/privacy").body)
	if found == nil {
		w.t.Fatal("no form token on the page: not signed in?")
	}
	return found[1]
}

func (w *desk) post(path string, form url.Values) sheet {
	w.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("token", w.formToken())
	return w.postRaw(path, form, nil)
}

func (w *desk) postRaw(path string, form url.Values, header map[string]string) sheet {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.site.URL+"/owner"+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	return w.do(req)
}

func (w *desk) signIn() {
	w.t.Helper()
	if s := w.get("/sign-in"); s.status != http.StatusOK || !strings.Contains(s.body, "Hello, Dana") {
		w.t.Fatalf("after signing in: %d %s\n%s", s.status, s.url, s.body)
	}
}

// proves signs in once more, as the page asks for before what cannot be undone.
func (w *desk) proves() {
	w.t.Helper()
	if s := w.get("/sign-in?anew=1&then=/privacy"); s.status != http.StatusOK {
		w.t.Fatalf("sign in anew: %d", s.status)
	}
}

func (w *desk) account() store.Account {
	w.t.Helper()
	a, err := w.store.Account(context.Background(), "own_1")
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// lock gives the account a PIN and locks it.
func (w *desk) lock() {
	w.t.Helper()
	if err := w.guard.Set(context.Background(), "own_1", "4821"); err != nil {
		w.t.Fatal(err)
	}
	for range pin.Strikes {
		if _, err := w.guard.Check(context.Background(), "own_1", "9182"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// want fails unless the page has the status and all the texts.
func (s sheet) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if s.status != status {
		t.Errorf("%s answered %d, want %d\n%s", s.url.Path, s.status, status, s.body)
	}
	for _, text := range texts {
		if !strings.Contains(s.body, text) {
			t.Errorf("%s does not say %q:\n%s", s.url.Path, text, s.body)
		}
	}
}
