package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/intents/assembly"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner/linked"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

const (
	applicationID = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000"
	rightPIN      = pin.Code("4821")
	seed          = 1
)

// clock is the time of a story, which moves when the story says so and never by itself. Waiting for a car moves
// it too.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) wait(ctx context.Context, span time.Duration) error {
	later := c.now().Add(span)
	c.at.Store(&later)
	return ctx.Err()
}

func (c *clock) set(text string) error {
	at, err := parseClock(text)
	if err == nil {
		c.at.Store(&at)
	}
	return err
}

// desk is what both worlds share: a person at a device, and a garage to talk into.
type desk struct {
	t       *testing.T
	options echo.Options
	device  *echo.Echo
	clock   *clock

	garageURL, controlURL string
	demo                  garage.Demo
	login                 string // who is linked; empty for nobody
	expired               bool
	ring                  *ring         // nil unless the story hears of it
	linked                *oauth2.Token // as Alexa keeps it until it runs out
}

func newDesk(t *testing.T, s *story) *desk {
	t.Helper()
	model, err := models.Model(s.locale)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, clock: &clock{}, login: "demo"}
	if err := d.clock.set(s.first("clock")); err != nil {
		t.Fatalf("%s: %v", s.path, err)
	}
	ids := 0
	d.options = echo.Options{
		Model: model, Locale: s.locale, Device: echo.Home, ApplicationID: applicationID,
		Token: d.token, Now: d.clock.now, NewID: func() string { ids++; return "id" + strconv.Itoa(ids) },
		Zone: d.clock.now().Location(), Units: "IMPERIAL", UserID: alexaUser,
	}
	t.Cleanup(func() {
		if d.device != nil {
			_ = d.device.Close()
		}
	})
	return d
}

// echo is the device, made when it is first spoken to.
func (d *desk) echo() *echo.Echo {
	d.t.Helper()
	if d.device == nil {
		e, err := echo.New(d.options)
		if err != nil {
			d.t.Fatal(err)
		}
		d.device = e
	}
	return d.device
}

func (d *desk) token(ctx context.Context) (string, error) {
	if d.login == "" {
		return "", nil
	}
	if d.expired {
		return "an-access-token-of-long-ago", nil
	}
	if d.linked != nil && d.clock.now().Before(d.linked.Expiry) {
		return d.linked.AccessToken, nil
	}
	owner, ok := d.demo.Owner(d.login)
	if !ok {
		return "", fmt.Errorf("no owner %q", d.login)
	}
	token, err := garage.SignIn(ctx, http.DefaultClient, d.garageURL, owner.Login, owner.Password)
	if err != nil {
		return "", err
	}
	token.Expiry = d.clock.now().Add(time.Duration(token.ExpiresIn) * time.Second) // by the story's clock, which is the garage's
	d.linked = token
	return token.AccessToken, nil
}

// set does what does not differ between the worlds. known is false for what it leaves to them.
func (d *desk) set(kind, text string) (known bool, err error) {
	switch kind {
	case "device":
		if rest, moving := strings.CutPrefix(text, "moving "); moving {
			text, d.options.Speed = rest, 14 // meters per second
		}
		d.options.Device = map[string]echo.Kind{"echo": echo.Home, "show": echo.Show, "car": echo.Car}[text]
	case "units":
		d.options.Units = text
	case "garage":
		_, err = d.control(http.MethodPost, "/control", text)
	case "courier":
		err = d.courier(text)
	case "skill":
		err = d.skill(text)
	case "account":
		login, isLogin := strings.CutPrefix(text, "owner ")
		switch {
		case isLogin:
			d.login, d.linked = login, nil
		case text == "not linked":
			d.login = ""
		case text == "link expired":
			d.expired = true
		case text == "link revoked":
			err = d.revoke()
		case text == "notifications off":
			err = d.subscribe(false)
		default:
			return false, nil
		}
	default:
		return false, nil
	}
	return true, err
}

func (d *desk) control(method, path, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.controlURL+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("garage control: %s: %s", response.Status, bytes.TrimSpace(answer))
	}
	return answer, err
}

func (d *desk) ledger() ([]string, error) {
	answer, err := d.control(http.MethodGet, "/control/ledger?after=0", "")
	if err != nil {
		return nil, err
	}
	var entries []garage.LedgerEntry
	if err := json.Unmarshal(answer, &entries); err != nil {
		return nil, err
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.Line)
	}
	return lines, nil
}

// keeper changes an account as the owner page will.
type keeper struct {
	accounts store.Accounts
	guard    *pin.Guard
}

var demoPreferences = store.Preferences{DefaultCar: "veh_golf"}

// prepare gives the demo owner the PIN and the default car that the shipped program would.
func (k keeper) prepare(ctx context.Context, owner string) error {
	if err := k.accounts.SavePreferences(ctx, owner, 0, demoPreferences); err != nil {
		return err
	}
	return k.guard.Set(ctx, owner, rightPIN)
}

// set changes the account of the demo owner: "pin none", "pin locked", "pressure bar", "default outback",
// "location pin".
func (k keeper) set(ctx context.Context, owner, text string) error {
	account, err := k.accounts.Account(ctx, owner)
	if err != nil {
		return err
	}
	what, value, _ := strings.Cut(text, " ")
	switch {
	case text == "pin none":
		return k.accounts.SwapPIN(ctx, owner, account.Revision, pin.Record{})
	case text == "pin locked":
		account.PIN.Failures, account.PIN.LockedAt = pin.Strikes, time.Unix(0, 0)
		return k.accounts.SwapPIN(ctx, owner, account.Revision, account.PIN)
	case text == "location pin":
		account.Preferences.LocationPIN = true
	case what == "pressure":
		account.Preferences.PressureUnit = value
	case text == "default none":
		account.Preferences.DefaultCar = ""
	case what == "default":
		account.Preferences.DefaultCar = "veh_" + value
	default:
		return fmt.Errorf("an account has no %q", text)
	}
	return k.accounts.SavePreferences(ctx, owner, account.Revision, account.Preferences)
}

// localWorld is everything in this process.
type localWorld struct {
	*desk
	keeper keeper
	users  store.Users
}

func newLocalWorld(t *testing.T, s *story) *localWorld {
	t.Helper()
	d := newDesk(t, s)
	folder := quickDir(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := embedded.Open(filepath.Join(folder, "accounts.db"), d.clock.now)
	must(err)
	t.Cleanup(func() { must(accounts.Close()) })
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(folder, "garage.db"), Seed: seed, Now: d.clock.now})
	must(err)
	t.Cleanup(func() { must(cloud.Close()) })
	d.garageURL, d.controlURL, d.demo = cloud.URL(), cloud.ControlURL(), cloud.Demo()
	guard, err := pin.NewGuard(pin.Options{Ledger: accounts, Pepper: make([]byte, 32), Now: d.clock.now, Cost: cheap})
	must(err)
	w := &localWorld{desk: d, keeper: keeper{accounts, guard}, users: accounts}
	owner, _ := d.demo.Owner("demo")
	must(w.keeper.prepare(t.Context(), owner.ID))
	d.rings(s, accounts)
	client, err := dongle.New(dongle.Options{BaseURL: cloud.URL(), Now: d.clock.now})
	must(err)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	links, err := linked.New(linked.Options{Users: accounts, Accounts: accounts, Cloud: client, Log: log})
	must(err)
	ids := 0
	trunkpass, err := assembly.Skill(assembly.Options{
		ApplicationID: applicationID, Events: links.Event,
		Deps: intents.Deps{
			Cars: vehicle.NewFleet(client, vehicle.Options{Now: d.clock.now}), Accounts: accounts, PINs: guard, Wait: d.clock.wait,
		},
		Devices: &device.Client{Now: d.clock.now}, Now: d.clock.now,
		NewID: func() string { ids++; return fmt.Sprintf("idempotency-key-%04d", ids) },
		Log:   log,
	})
	must(err)
	d.options.Send = trunkpass.Answer
	return w
}

// cheap is a hash that costs nothing: what it protects is not tested here.
var cheap = pin.Cost{MemoryKiB: 8, Passes: 1, Threads: 1}

func (w *localWorld) set(kind, text string) error {
	if known, err := w.desk.set(kind, text); known {
		return err
	}
	switch kind {
	case "clock":
		return w.clock.set(text)
	case "account":
		owner, _ := w.demo.Owner("demo")
		return w.keeper.set(w.t.Context(), owner.ID, text)
	}
	return errors.New("nobody knows what to do with it")
}
