package owner

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestResetAfterLock(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.proves()
	w.later(session5 + time.Second) // too long ago
	w.lock()
	form := func() url.Values { return url.Values{"pin": {"7390"}, "again": {"7390"}} }
	w.get("/").want(t, 200, "locked after three wrong tries")
	w.get("/pin").want(t, 200, "Sign in again", "/owner/sign-in?anew=1&amp;then=%2Fpin")
	w.post("/pin", form()).want(t, 403, "Sign in again")
	if !w.account().PIN.Locked() {
		t.Fatal("the lock was lifted without a proof")
	}
	w.get("/sign-in?then=/pin").want(t, 200) // an ordinary sign-in proves nothing: the cloud may know the browser
	w.post("/pin", form()).want(t, 403, "Sign in again")
	w.proves()
	w.post("/pin", form()).want(t, 200, "the lock is lifted")
	if v, err := w.guard.Check(context.Background(), "own_1", "7390"); err != nil || v.Result != pin.Right {
		t.Errorf("the new PIN is %s, %v", v.Result, err)
	}
}

// TestLockThatFallsMeanwhile: a form that was read before the third wrong PIN does not lift the lock.
func TestLockThatFallsMeanwhile(t *testing.T) {
	w := newDesk(t)
	accounts := &meanwhile{Accounts: w.store}
	w.options.Accounts = accounts
	page, err := New(w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.site.Config.Handler = page
	w.signIn()
	form := url.Values{"token": {w.formToken()}, "pin": {"7390"}, "again": {"7390"}}
	accounts.then = w.lock
	s := w.postRaw("/pin", form, nil)
	s.want(t, 403, "Sign in again", "locked")
	checkSheet(t, s)
	if !w.account().PIN.Locked() {
		t.Error("the lock was lifted without a proof")
	}
}

// meanwhile does something once, just after an account was read.
type meanwhile struct {
	Accounts
	then func()
}

func (m *meanwhile) Account(ctx context.Context, owner string) (store.Account, error) {
	a, err := m.Accounts.Account(ctx, owner)
	if then := m.then; then != nil {
		m.then = nil
		then()
	}
	return a, err
}

const session5 = 5 * time.Minute

func TestSomebodyElseProves(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.cloud.login = "own_2"
	w.get("/sign-in?anew=1&then=/pin").want(t, 403, "Somebody else signed in")
	if w.sealed() != nil || w.cloud.alive() != 0 {
		t.Error("somebody is still signed in")
	}
}

// TestReauthenticationIsProved: what a browser brings back proves nothing by itself. Whoever holds the phone can leave
// prompt and max_age out of the cloud's address, and the cloud lets a browser in that it knows.
func TestReauthenticationIsProved(t *testing.T) {
	const notAsked, cannotTell = "You were not asked for your password", "Your dongle cloud cannot prove that it is you"
	for _, c := range []struct {
		name   string
		change func(w *desk, to *url.URL)
		says   string // none: it counts
	}{
		{"as it should be", func(*desk, *url.URL) {}, ""},
		{"prompt and max_age left out", strip, notAsked},
		{"the password typed just before", func(w *desk, to *url.URL) { w.cloud.typed = w.clock().Add(-time.Minute); strip(w, to) }, notAsked},
		{"a clock that is a little behind", func(w *desk, to *url.URL) { w.cloud.typed = w.clock().Add(-5 * time.Second); strip(w, to) }, ""},
		{"an instant to come", func(w *desk, to *url.URL) { w.cloud.typed = w.clock().Add(time.Hour); strip(w, to) }, notAsked},
		{"a cloud that does not tell", func(w *desk, _ *url.URL) { w.cloud.silent = true }, cannotTell},
		{"both", func(w *desk, to *url.URL) { w.cloud.silent = true; strip(w, to) }, cannotTell},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDesk(t)
			w.signIn()
			w.lock()
			w.later(10 * time.Minute)
			w.browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
				if strings.HasSuffix(req.URL.Path, "/authorize") {
					c.change(w, req.URL)
				}
				return nil
			}
			s := w.get("/sign-in?anew=1&then=/pin")
			if c.says == "" {
				s.want(t, 200, "Reset the PIN", "New PIN")
			} else {
				s.want(t, 403, c.says)
				checkSheet(t, s)
			}
			w.get("/access/block?car=veh_golf").want(t, 200) // signed in all the same, and what makes it safer is easy
			w.post("/access/block", url.Values{"car": {"veh_golf"}})
			w.post("/access/unblock", url.Values{"car": {"veh_golf"}})
			if lifted := slices.Contains(w.cloud.done, "unblock veh_golf"); lifted != (c.says == "") {
				t.Errorf("a block was lifted: %t", lifted)
			}
			w.post("/pin", url.Values{"pin": {"7390"}, "again": {"7390"}})
			w.post("/privacy/delete", url.Values{"word": {"no"}})
			if locked := w.account().PIN.Locked(); locked != (c.says != "") {
				t.Errorf("still locked: %t", locked)
			}
			s = w.post("/privacy/delete", url.Values{"word": {"delete"}})
			if deleted := !w.account().PIN.IsSet(); deleted != (c.says == "") {
				t.Errorf("deleted: %t, answered %d", deleted, s.status)
			}
		})
	}
}

func strip(_ *desk, to *url.URL) {
	set(to, "prompt", "")
	set(to, "max_age", "")
}

// TestProofIsAsOldAsThePassword: it lives from when the password was typed, not from when the browser came back.
func TestProofIsAsOldAsThePassword(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.lock()
	back := w.stopBefore("/sign-in?anew=1&then=/pin")
	w.later(4 * time.Minute)
	w.get("/callback?"+back.RawQuery).want(t, 200, "New PIN")
	w.later(2 * time.Minute)
	w.post("/pin", url.Values{"pin": {"7390"}, "again": {"7390"}}).want(t, 403, "Sign in again")
}

// TestCopiedCookieReadsNothing: after signing out, a copy of the cookie tells neither the PIN's state nor the settings, not even
// where the list of cars is remembered for a while.
func TestCopiedCookieReadsNothing(t *testing.T) {
	w := newDesk(t)
	w.options.Cars = remembering{w.cloud}
	page, err := New(w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.site.Config.Handler = page
	w.signIn()
	copied, token := *w.sealed(), w.formToken()
	w.post("/sign-out", nil)
	at, err := url.Parse(w.options.PublicURL + "/")
	if err != nil {
		t.Fatal(err)
	}
	copied.Path = "/owner/"
	for path, status := range map[string]int{"/": 200, "/pin": 401, "/access": 401, "/history": 401, "/settings": 401, "/privacy": 401, "/privacy/export": 401} {
		w.browser.Jar.SetCookies(at, []*http.Cookie{&copied})
		w.get(path).want(t, status, "Your sign-in has ended") // the front door is open to everybody, and shows a welcome
	}
	for name, form := range map[string]url.Values{"two PINs": {"pin": {"7390"}, "again": {"7391"}}, "an easy one": {"pin": {"1234"}, "again": {"1234"}}} {
		form.Set("token", token)
		w.browser.Jar.SetCookies(at, []*http.Cookie{&copied})
		if s := w.postRaw("/pin", form, nil); s.status != http.StatusUnauthorized {
			t.Errorf("%s: answered %d, which tells of the PIN", name, s.status)
		}
	}
}

// remembering is a fleet that has the list of cars from before.
type remembering struct{ *cloud }

func (r remembering) Household(context.Context, vehicle.Token) (vehicle.Household, error) {
	return vehicle.Household{Owner: vehicle.Owner{ID: "own_1"}, Vehicles: r.cars}, nil
}
