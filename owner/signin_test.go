package owner

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// sealed is the session cookie that the browser has, if it has one.
func (w *desk) sealed() *http.Cookie {
	w.t.Helper()
	at, err := url.Parse(w.options.PublicURL + "/")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range w.browser.Jar.Cookies(at) {
		if strings.HasSuffix(c.Name, "session") {
			return c
		}
	}
	return nil
}

func TestSignInAsksForLittleAndProvesItself(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "owner-page", "scope": "vehicles:read grants:write", "code_challenge_method": "S256",
		"redirect_uri": w.options.PublicURL + "/callback", "prompt": "", "max_age": "",
	} {
		if got := w.cloud.asked.Get(name); got != want {
			t.Errorf("asked for %s %q, want %q", name, got, want)
		}
	}
	w.proves()
	if w.cloud.asked.Get("prompt") != "login" || w.cloud.asked.Get("max_age") != "0" {
		t.Errorf("a sign-in anew asks %v", w.cloud.asked)
	}
	if got := w.cloud.alive(); got != 2 {
		t.Errorf("%d tokens live after signing in anew, want 2: those of the first session have to end", got)
	}
}

func TestCookies(t *testing.T) {
	w := newDesk(t)
	for _, c := range []struct {
		public, name, path string
		secure             bool
	}{
		{w.options.PublicURL, "trunkpass-sign-in", "/owner/", false},
		{"https://example.org/a/b", "__Host-trunkpass-sign-in", "/", true},
		{"https://example.org", "__Host-trunkpass-sign-in", "/", true},
	} {
		o := w.options
		o.PublicURL = c.public
		page, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		base, err := url.Parse(c.public)
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		page.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, base.Path+"/sign-in", nil))
		set := answer.Result().Cookies()
		if len(set) != 1 {
			t.Fatalf("%s: %d cookies, status %d", c.public, len(set), answer.Code)
		}
		got := set[0]
		if got.Name != c.name || got.Path != c.path || got.Secure != c.secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.MaxAge != 600 || got.Domain != "" {
			t.Errorf("%s: the cookie is %+v", c.public, got)
		}
		if hsts := answer.Header().Get("Strict-Transport-Security"); (hsts != "") != c.secure {
			t.Errorf("%s: Strict-Transport-Security is %q", c.public, hsts)
		}
	}
}

// TestCallback plays what somebody may try who wants a browser signed in as somebody else.
func TestCallback(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		change func(w *desk, back *url.URL)
	}{
		{"as it should be", 200, func(*desk, *url.URL) {}},
		{"another state", 400, func(_ *desk, u *url.URL) { set(u, "state", "x") }},
		{"no state", 400, func(_ *desk, u *url.URL) { set(u, "state", "") }},
		{"another server", 400, func(_ *desk, u *url.URL) { set(u, "iss", "https://evil.example") }},
		{"another browser", 400, func(w *desk, _ *url.URL) { w.browser = w.newBrowser() }},
		{"too late", 400, func(w *desk, _ *url.URL) { w.later(11 * time.Minute) }},
		{"no code", 403, func(_ *desk, u *url.URL) { set(u, "code", "") }},
		{"a made-up code", 403, func(_ *desk, u *url.URL) { set(u, "code", "made-up") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDesk(t)
			back := w.stopBefore("/sign-in")
			c.change(w, back)
			w.get("/callback?"+back.RawQuery).want(t, c.status)
			if signedIn := w.sealed() != nil; signedIn != (c.status == 200) {
				t.Errorf("signed in: %t", signedIn)
			}
			if c.status == 200 {
				w.get("/callback?"+back.RawQuery).want(t, 400, "That sign-in is over") // the same address again
			}
		})
	}
}

func set(u *url.URL, name, value string) {
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
}

// stopBefore begins a sign-in and gives the address that the cloud sends the browser back to.
func (w *desk) stopBefore(path string) *url.URL {
	w.t.Helper()
	var back *url.URL
	w.browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(req.URL.Path, "/callback") {
			back = req.URL
			return http.ErrUseLastResponse
		}
		return nil
	}
	w.get(path)
	w.browser.CheckRedirect = nil
	if back == nil {
		w.t.Fatal("the cloud did not send the browser back")
	}
	return back
}

func TestOwnerSaysNo(t *testing.T) {
	w := newDesk(t)
	w.cloud.refuse = true
	w.get("/sign-in").want(t, 403, "You are not signed in")
}

func TestThenStaysHere(t *testing.T) {
	for then, want := range map[string]string{
		"/pin": "/owner/pin", "/history?days=30": "/owner/history", "//evil.example": "/owner/", "https://evil.example/": "/owner/",
		`/\evil.example`: "/owner/", "": "/owner/", "pin": "/owner/", "/\tevil": "/owner/",
	} {
		w := newDesk(t)
		if got := w.get("/sign-in?then=" + url.QueryEscape(then)).url; got.Path != want || got.Host != strings.TrimPrefix(w.site.URL, "http://") {
			t.Errorf("then %q leads to %s, want %s", then, got, want)
		}
	}
}

func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		spans []time.Duration // a look at the page after each
		ended bool
	}{
		{"used within half an hour each", []time.Duration{29 * time.Minute, 29 * time.Minute, 29 * time.Minute}, false},
		{"left alone for half an hour", []time.Duration{30 * time.Minute}, true},
		{"used all day", everyTwentyMinutes(12 * time.Hour), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDesk(t)
			w.signIn()
			var last sheet
			for _, span := range c.spans {
				w.later(span)
				last = w.get("/pin")
			}
			if got := last.status == http.StatusUnauthorized; got != c.ended {
				t.Errorf("the session has ended: %t, want %t", got, c.ended)
			}
		})
	}
}

func everyTwentyMinutes(total time.Duration) (spans []time.Duration) {
	for ; total > 0; total -= 20 * time.Minute {
		spans = append(spans, 20*time.Minute)
	}
	return spans
}

func TestTokenIsRenewed(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	first := w.sealed().Value
	for range 4 { // past the hour of the access token
		w.later(20 * time.Minute)
		w.get("/access").want(t, 200, "UPS")
	}
	if w.cloud.trades != 1 || w.sealed().Value == first {
		t.Errorf("traded %d times, the cookie is the old one: %t", w.cloud.trades, w.sealed().Value == first)
	}
	w.cloud.expire() // before its time
	w.get("/access").want(t, 200, "UPS")
	if w.cloud.trades != 2 {
		t.Errorf("traded %d times, want 2", w.cloud.trades)
	}
}

// TestLostAnswer: the browser hangs up after the trade and comes back with the old cookie.
func TestLostAnswer(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	old := *w.sealed()
	w.cloud.expire()
	w.get("/access").want(t, 200)
	at, err := url.Parse(w.options.PublicURL + "/")
	if err != nil {
		t.Fatal(err)
	}
	old.Path = "/owner/"
	w.browser.Jar.SetCookies(at, []*http.Cookie{&old})
	w.get("/access").want(t, 200, "UPS")
	if w.cloud.trades != 1 {
		t.Errorf("traded %d times, want once", w.cloud.trades)
	}
}

func TestSignOut(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	stolen, token := *w.sealed(), w.formToken()
	w.post("/sign-out", nil).want(t, 200, "You are signed out")
	if w.sealed() != nil || w.cloud.alive() != 0 {
		t.Errorf("after signing out there is a cookie: %t, and %d tokens", w.sealed() != nil, w.cloud.alive())
	}
	at, err := url.Parse(w.options.PublicURL + "/")
	if err != nil {
		t.Fatal(err)
	}
	stolen.Path = "/owner/"
	w.browser.Jar.SetCookies(at, []*http.Cookie{&stolen})
	for _, path := range []string{"/pin", "/settings", "/access/block", "/privacy/delete"} {
		form := url.Values{"token": {token}, "pin": {"7390"}, "again": {"7390"}, "car": {"veh_golf"}, "word": {"delete"}}
		w.browser.Jar.SetCookies(at, []*http.Cookie{&stolen})
		w.postRaw(path, form, nil)
	}
	if a := w.account(); a.Revision != 0 || len(w.cloud.done) != 0 {
		t.Errorf("a cookie from before signing out changed %+v, %v", a, w.cloud.done)
	}
}

// TestForgedForms: what other sites, and other sessions, can send.
func TestForgedForms(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	token := w.formToken()
	other := newDesk(t)
	other.signIn()
	form := func(token string) url.Values {
		return url.Values{"token": {token}, "pin": {"7390"}, "again": {"7390"}}
	}
	for _, c := range []struct {
		name   string
		form   url.Values
		header map[string]string
		status int
	}{
		{"no token", url.Values{"pin": {"7390"}, "again": {"7390"}}, nil, 403},
		{"a made-up token", form("x"), nil, 403},
		{"the token of another session", form(other.formToken()), nil, 403},
		{"from another site", form(token), map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"from a neighbor of ours", form(token), map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"from another origin", form(token), map[string]string{"Origin": "https://evil.example"}, 403},
		{"as plain text", form(token), map[string]string{"Content-Type": "text/plain"}, 403},
		{"too long", url.Values{"token": {token}, "pin": {strings.Repeat("7", 70_000)}}, nil, 403},
		{"as it should be", form(token), map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": w.site.URL}, 200},
	} {
		s := w.postRaw("/pin", c.form, c.header)
		if s.status != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, s.status, c.status)
		}
		if set := w.account().PIN.IsSet(); set != (c.status == 200) {
			t.Errorf("%s: a PIN is set: %t", c.name, set)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	old := w.options.SessionKeys[0]
	replace := func(keys ...[]byte) {
		o := w.options
		o.SessionKeys = keys
		page, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		w.page, w.site.Config.Handler = page, page
	}
	fresh := bytes.Repeat([]byte{9}, 32)
	replace(fresh, old)
	w.post("/pin", url.Values{"pin": {"7390"}, "again": {"7390"}}).want(t, 200, "Your voice PIN is set")
	replace(fresh) // the notice was shown, so the cookie has been sealed with the new key
	w.get("/pin").want(t, 200, "Change the PIN")
	replace(old)
	w.get("/pin").want(t, 401)
}

func TestCookieOfAnotherPurpose(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	for _, value := range []string{"", "x", strings.Repeat("A", 5000), w.sealed().Value + "A", w.sealed().Value[:40]} {
		answer, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/owner/pin", nil)
		req.AddCookie(&http.Cookie{Name: "trunkpass-session", Value: value})
		w.page.ServeHTTP(answer, req)
		if answer.Code != http.StatusUnauthorized {
			t.Errorf("a cookie of %d bytes is answered %d", len(value), answer.Code)
		}
	}
	answer, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/owner/callback?state=x&code=y", nil)
	req.AddCookie(&http.Cookie{Name: "trunkpass-sign-in", Value: w.sealed().Value})
	w.page.ServeHTTP(answer, req)
	if answer.Code != http.StatusBadRequest {
		t.Errorf("a session taken for a sign-in is answered %d", answer.Code)
	}
}

func TestNewRefuses(t *testing.T) {
	w := newDesk(t)
	for name, spoil := range map[string]func(*Options){
		"http beyond loopback": func(o *Options) { o.PublicURL = "http://example.org/owner" },
		"no URL":               func(o *Options) { o.PublicURL = "/owner" },
		"a query":              func(o *Options) { o.PublicURL += "?x" },
		"no key":               func(o *Options) { o.SessionKeys = nil },
		"a short key":          func(o *Options) { o.SessionKeys = [][]byte{make([]byte, 16)} },
		"an issuer in clear":   func(o *Options) { o.Issuer = "http://cloud.example" },
		"no client":            func(o *Options) { o.ClientID = "" },
		"no cars":              func(o *Options) { o.Cars = nil },
		"no clock":             func(o *Options) { o.Now = nil },
		"idle for too long":    func(o *Options) { o.Idle, o.Absolute = 2*time.Hour, time.Hour },
	} {
		o := w.options
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCloudIsDown(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	down := &vehicle.Error{Op: "x", Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}
	w.cloud.down["household"] = down
	w.get("/").want(t, 200, "The dongle cloud does not answer", "Your voice PIN")
	w.get("/pin").want(t, 200, "Choose a PIN")
	token := w.formToken()
	w.get("/access").want(t, 503, "The dongle cloud does not answer", "your settings are safe", "ref-")
	delete(w.cloud.down, "household")
	w.cloud.down["grants"] = down
	w.get("/").want(t, 200, "could not be read")
	w.cloud.down["events"] = down
	w.get("/history").want(t, 200, "What happened with the Golf could not be read")
	w.cloud.down["owner"] = down
	w.get("/pin").want(t, 503, "The dongle cloud does not answer")
	w.postRaw("/pin", url.Values{"token": {token}, "pin": {"7390"}, "again": {"7390"}}, nil).want(t, 503, "The dongle cloud does not answer")
	if w.account().PIN.IsSet() {
		t.Error("a PIN was set without the cloud's word that the session stands")
	}
}

func TestSignInWithoutCloud(t *testing.T) {
	w := newDesk(t)
	w.cloud.Close()
	w.get("/sign-in").want(t, 503, "We cannot reach its sign-in right now", "ref-1")
}
