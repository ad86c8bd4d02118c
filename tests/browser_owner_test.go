package tests

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/trunkpass/trunkpass/owner"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// house is an owner page before a real garage and a real store, at two in the afternoon.
type house struct {
	t       *testing.T
	clock   *clock
	garage  *garage.Garage
	store   *embedded.Store
	guard   *pin.Guard
	fleet   *vehicle.Fleet
	owner   garage.DemoOwner
	token   vehicle.Token // what Alexa has
	page    string        // where the owner page is
	log     bytes.Buffer
	browser context.Context
}

func openHouse(t *testing.T, browser context.Context) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{}, browser: browser}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.clock.set("2031-05-06 14:00 America/Vancouver"))
	var err error
	folder := t.TempDir()
	h.garage, err = garage.Open(t.Context(), garage.Options{Path: filepath.Join(folder, "garage.db"), Seed: seed, Now: h.clock.now})
	must(err)
	t.Cleanup(func() { _ = h.garage.Close() })
	h.store, err = embedded.Open(filepath.Join(folder, "accounts.db"), h.clock.now)
	must(err)
	t.Cleanup(func() { _ = h.store.Close() })
	h.guard, err = pin.NewGuard(pin.Options{Ledger: h.store, Pepper: bytes.Repeat([]byte{7}, 32), Now: h.clock.now, Cost: pin.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	must(err)
	client, err := dongle.New(dongle.Options{BaseURL: h.garage.URL(), Now: h.clock.now})
	must(err)
	h.fleet = vehicle.NewFleet(client, vehicle.Options{Now: h.clock.now})
	h.owner, _ = h.garage.Demo().Owner("demo")
	token, err := garage.SignIn(t.Context(), http.DefaultClient, h.garage.URL(), h.owner.Login, h.owner.Password)
	must(err)
	h.token = vehicle.Token(token.AccessToken)

	var handler http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	h.page = site.URL + "/owner"
	demo, ids := h.garage.Demo(), 0
	handler, err = owner.New(owner.Options{
		PublicURL: h.page, Issuer: h.garage.URL(), ClientID: demo.OwnerPage.ClientID, ClientSecret: demo.OwnerPage.ClientSecret,
		SessionKeys: [][]byte{bytes.Repeat([]byte{3}, 32)}, Accounts: h.store, PINs: h.guard,
		Cars: vehicle.NewFleet(client, vehicle.Options{Now: h.clock.now, CacheFor: 5 * time.Second}), Who: client, Users: h.store,
		Now: h.clock.now, NewID: func() string { ids++; return "ref-" + strconv.Itoa(ids) }, Log: slog.New(slog.NewJSONHandler(&h.log, nil)),
	})
	must(err)
	return h
}

// window opens a phone before the owner page.
func (h *house) window() *window { return openWindow(h.t, h.browser, h.page, phone) }

// later moves the clock.
func (h *house) later(span time.Duration) { _ = h.clock.wait(context.Background(), span) }

// car finds a car of the demo owner.
func (h *house) car(name string) vehicle.Vehicle {
	h.t.Helper()
	household, err := h.fleet.Household(h.t.Context(), h.token)
	if err != nil {
		h.t.Fatal(err)
	}
	found := vehicle.Match(household.Vehicles, name)
	if len(found) != 1 {
		h.t.Fatalf("%d cars are called %s", len(found), name)
	}
	return found[0]
}

// grant lets a carrier, or a guest with a code, into the Golf.
func (h *house) grant(carrier, guest string, from, to time.Duration) vehicle.Grant {
	h.t.Helper()
	now := h.clock.now()
	g, err := h.fleet.CreateGrant(h.t.Context(), h.token, vehicle.IdempotencyKey("browser-test-"+carrier+guest), vehicle.GrantRequest{
		Vehicle: h.car("golf").ID, AccessPoint: vehicle.Trunk, CarrierID: carrier, Guest: guest,
		Window: vehicle.Window{Start: now.Add(from), End: now.Add(to)},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

// deliver has a carrier look at its delivery and set out to it: two releases of the position.
func (h *house) deliver(carrier string) {
	h.t.Helper()
	known, _ := h.garage.Demo().Carrier(carrier)
	courier, err := dongle.NewCourier(dongle.Options{BaseURL: h.garage.URL(), Now: h.clock.now}, known.ClientID, known.ClientSecret)
	if err != nil {
		h.t.Fatal(err)
	}
	list, err := courier.List(h.t.Context())
	if err != nil || len(list) == 0 {
		h.t.Fatalf("%d deliveries, %v", len(list), err)
	}
	h.later(4 * time.Minute)
	if _, err := courier.EnRoute(h.t.Context(), list[0].GrantID, parcel); err != nil {
		h.t.Fatal(err)
	}
	h.later(time.Minute)
}

// guess speaks three wrong PINs.
func (h *house) guess() {
	h.t.Helper()
	for range pin.Strikes {
		if _, err := h.guard.Check(h.t.Context(), h.owner.ID, "9182"); err != nil {
			h.t.Fatal(err)
		}
	}
}

// spoken checks a PIN as Alexa does.
func (h *house) spoken(code pin.Code) pin.Result {
	h.t.Helper()
	v, err := h.guard.Check(h.t.Context(), h.owner.ID, code)
	if err != nil {
		h.t.Fatal(err)
	}
	return v.Result
}

// password fills in the cloud's own page.
func (h *house) password(w *window) {
	w.t.Helper()
	w.fill("Login", h.owner.Login)
	w.fill("Password", h.owner.Password)
	w.enter()
}

func (h *house) signIn(w *window) {
	w.t.Helper()
	w.open("/")
	w.press("Sign in with your dongle account")
	h.password(w)
	w.says("Hello, " + h.owner.Name)
}

// TestOwnerPageInChromium does what owners do, in a real browser with its scripts off.
func TestOwnerPageInChromium(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	for _, story := range []struct {
		name string
		play func(*house, *window)
	}{
		{"the PIN is set, typed wrong, and reset after a lock", pinStory},
		{"access is taken back, blocked and unblocked", accessStory},
		{"settings, export, and deleting everything", privacyStory},
		{"everything with the keyboard alone", keyboardStory},
		{"every page, looked at", lookStory},
	} {
		t.Run(story.name, func(t *testing.T) {
			h := openHouse(t, browser)
			story.play(h, h.window())
			for _, secret := range []string{h.owner.Password, string(h.token), "7390", "6158"} {
				if strings.Contains(h.log.String(), secret) {
					t.Errorf("a secret is in the log: %s", h.log.String())
				}
			}
		})
	}
}

func pinStory(h *house, w *window) {
	h.signIn(w)
	w.says("You have no voice PIN yet")
	w.press("Set a PIN")
	for _, try := range []struct{ first, second, says string }{
		{"1234", "1234", "count up or down"},
		{"7390", "7391", "not the same"},
	} {
		w.fill("New PIN", try.first)
		w.fill("The same PIN again", try.second)
		w.press("Set the PIN")
		w.says(try.says)
		w.check("PIN refused")
	}
	w.fill("New PIN", "73a") // the browser itself stops this one
	w.fill("The same PIN again", "73a")
	w.run("press a button that does nothing", chromedp.Click(named("Set the PIN")))
	w.fill("New PIN", "7390")
	w.fill("The same PIN again", "7390")
	w.press("Set the PIN")
	w.says("Your voice PIN is set")
	if got := h.spoken("7390"); got != pin.Right {
		h.t.Errorf("the new PIN is %s", got)
	}

	h.guess()
	w.open("/")
	w.says("locked after three wrong tries")
	w.press("Set a new PIN")
	w.says("Somebody has guessed at your PIN")
	w.press("Sign in again")
	h.password(w)
	w.fill("New PIN", "6158")
	w.fill("The same PIN again", "6158")
	w.press("Set the new PIN")
	w.says("the lock is lifted")
	if got := h.spoken("6158"); got != pin.Right {
		h.t.Errorf("after the reset the PIN is %s", got)
	}
	w.press("Sign out")
	w.says("You are signed out")
	w.open("/pin")
	w.says("Sign in with your dongle account")
}

func accessStory(h *house, w *window) {
	h.grant("ups", "", 0, 4*time.Hour)
	h.signIn(w)
	w.press("Manage access")
	w.says("UPS", "Can get in now", "Today, 2:00 PM to 6:00 PM")
	w.press("Take back the access of UPS to the Golf")
	w.press("Take access back")
	w.says("UPS cannot get into the Golf any more.", "Nobody can get in.")
	w.press("Block this car, the Golf")
	w.press("Block the Golf")
	w.says("The Golf is blocked", "Nobody gets in")
	h.later(6 * time.Minute) // the fleet of the skill asks for the cars again
	if h.car("golf").BlockedSince.IsZero() {
		h.t.Error("the garage knows of no block")
	}
	w.press("Lift the block of the Golf")
	w.press("Sign in again")
	h.password(w)
	w.press("Lift the block")
	w.says("The block is lifted")
	w.open("/history")
	w.says("You took access back from UPS.", "You blocked the car: nobody gets in.", "You lifted the block.")
}

func privacyStory(h *house, w *window) {
	h.grant("ups", "", 0, 4*time.Hour)
	h.deliver("ups")
	ctx := h.t.Context()
	user := store.User{ID: "amzn1.ask.account.ONE", Owner: h.owner.ID, Subscribed: true}
	if err := h.store.SaveUser(ctx, user); err != nil {
		h.t.Fatal(err)
	}
	if err := h.store.SaveUsers(ctx, h.owner.ID, 0, []string{user.ID}); err != nil {
		h.t.Fatal(err)
	}
	h.signIn(w)
	w.open("/settings")
	w.pick("Tire pressure in", "bar")
	w.run("ask for the PIN", chromedp.Click(chromedp.ID("location")))
	w.fill("Golf (Volkswagen Golf 2019)", "Rosinante")
	w.press("Save")
	w.says("Saved.")
	account, err := h.store.Account(ctx, h.owner.ID)
	if p := account.Preferences; err != nil || p.PressureUnit != "bar" || !p.LocationPIN || p.Nicknames[string(h.car("golf").ID)] != "Rosinante" {
		h.t.Errorf("saved %+v, %v", account.Preferences, err)
	}
	w.open("/history?seen=1")
	w.says("Rosinante", "UPS learned the exact place of the car.", "UPS learned the area around the car, not the exact place.")

	w.open("/privacy")
	w.says("1 linked Alexa user")
	file := string(w.download("Download everything (JSON)"))
	for _, part := range []string{`"pressure_unit": "bar"`, `"alexa_users": 1`, `"precision": "exact"`, `"for": "UPS"`} {
		if !strings.Contains(file, part) {
			h.t.Errorf("the file has no %s:\n%s", part, file)
		}
	}
	w.press("Delete everything")
	w.press("Sign in again")
	h.password(w)
	w.fill("Type the word delete", "keep")
	w.press("Delete everything")
	w.says("so that nothing is deleted by mistake")
	w.fill("Type the word delete", "Delete")
	w.press("Delete everything")
	w.says("Everything here is deleted")
	account, err = h.store.Account(ctx, h.owner.ID)
	if err != nil || len(account.Users) > 0 || account.Preferences.PressureUnit != "" {
		h.t.Errorf("after deleting there is %+v, %v", account, err)
	}
	if u, err := h.store.User(ctx, user.ID); err != nil || u.Owner != "" || u.Subscribed {
		h.t.Errorf("after deleting there is the user %+v, %v", u, err)
	}
	w.open("/")
	w.says("Sign in with your dongle account")
}

// keyboardStory never touches the screen: Tab, Enter and what is typed.
func keyboardStory(h *house, w *window) {
	w.open("/")
	w.tabTo("Sign in with your dongle account")
	w.enter()
	w.tabTo("Login")
	w.run("type", chromedp.KeyEvent(h.owner.Login))
	w.tabTo("Password")
	w.run("type", chromedp.KeyEvent(h.owner.Password))
	w.enter()
	w.tabTo("Skip to the content")
	w.tabTo("PIN")
	const focus = `getComputedStyle(document.activeElement).outlineStyle + " " + getComputedStyle(document.activeElement).outlineWidth`
	if outline := ask[string](w, focus); outline != "solid 3px" {
		h.t.Errorf("what has the focus is outlined %q", outline)
	}
	w.enter()
	w.tabTo("New PIN")
	w.run("type", chromedp.KeyEvent("6158"))
	w.tabTo("The same PIN again")
	w.run("type", chromedp.KeyEvent("6158"))
	w.enter()
	w.says("Your voice PIN is set")
	w.tabTo("Sign out")
	w.enter()
	w.says("You are signed out")
}

// lookStory sees every page, at both sizes and in both colors.
func lookStory(h *house, w *window) {
	h.grant("ups", "", 0, 4*time.Hour)
	h.grant("", "Sam", 20*time.Hour, 22*time.Hour)
	h.deliver("ups")
	w.open("/")
	w.look("welcome")
	h.signIn(w)
	w.look("overview-new")
	if err := h.guard.Set(h.t.Context(), h.owner.ID, "7390"); err != nil {
		h.t.Fatal(err)
	}
	golf := "car=" + string(h.car("golf").ID)
	if _, err := h.fleet.Block(h.t.Context(), h.token, h.car("outback").ID); err != nil {
		h.t.Fatal(err)
	}
	h.later(6 * time.Second) // the fleet of the page asks for the cars again
	for _, p := range []struct{ name, path string }{
		{"overview", "/"}, {"access", "/access"}, {"block", "/access/block?" + golf}, {"unblock", "/access/unblock?car=" + string(h.car("outback").ID)},
		{"pin", "/pin"}, {"history", "/history"}, {"settings", "/settings"}, {"privacy", "/privacy"}, {"delete", "/privacy/delete"}, {"missing", "/nothing"},
		{"signed-out", "/signed-out"}, {"deleted", "/deleted"}, {"problem", "/callback"},
	} {
		w.open(p.path)
		w.look(p.name)
	}
	h.guess()
	w.open("/")
	w.look("overview-locked")
	w.open("/pin")
	w.look("pin-locked")
	w.open("/settings")
	w.fill("Golf (Volkswagen Golf 2019)", "Outback")
	w.press("Save")
	w.look("settings-wrong")
}
