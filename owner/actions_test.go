package owner

import (
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestPINForm(t *testing.T) {
	for _, c := range []struct {
		name, first, second string
		status              int
		says                string
	}{
		{"set", "7390", "7390", 200, "Your voice PIN is set"},
		{"leading zeros", "0073", "0073", 200, "Your voice PIN is set"},
		{"two different ones", "7390", "7391", 422, "not the same"},
		{"the first alone", "7390", "", 422, "not the same"},
		{"three digits", "739", "739", 422, fourDigits},
		{"letters", "73a0", "73a0", 422, fourDigits},
		{"other digits", "７３９０", "７３９０", 422, fourDigits},
		{"nothing", "", "", 422, fourDigits},
		{"one digit", "7777", "7777", 422, "One digit four times"},
		{"a row", "1234", "1234", 422, "count up or down"},
		{"a year", "1987", "1987", 422, "A year is easy to guess"},
		{"pairs", "7373", "7373", 422, "Two digits in a pattern"},
		{"the keypad", "2580", "2580", 422, "A pattern on the keypad"},
		{"a favorite", "1337", "1337", 422, "favorite of many people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDesk(t)
			w.signIn()
			s := w.post("/pin", url.Values{"pin": {c.first}, "again": {c.second}})
			s.want(t, c.status, c.says)
			checkSheet(t, s)
			if set := w.account().PIN.IsSet(); set != (c.status == 200) {
				t.Errorf("a PIN is set: %t", set)
			}
			if len(c.first) >= 4 && (strings.Contains(s.body, c.first) || strings.Contains(w.log.String(), c.first)) {
				t.Error("the PIN is on the page or in the log")
			}
			if c.status != 200 && (!strings.Contains(s.body, `role="alert"`) || !strings.Contains(s.body, "<title>Please correct: ")) {
				t.Error("the error is not announced")
			}
		})
	}
}

func TestEasyIsComplete(t *testing.T) {
	for _, reason := range []pin.Reason{pin.Repeated, pin.Sequence, pin.Year, pin.Pairs, pin.Keypad, pin.Favorite} {
		if easy[reason] == "" {
			t.Errorf("no words for a PIN that is %s", reason)
		}
	}
}

func TestPINNeedsAttention(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.post("/pin", url.Values{"pin": {"7390"}, "again": {"7390"}})
	w.get("/").want(t, 200, "All is well")
	if _, err := w.guard.Check(context.Background(), "own_1", "9182"); err != nil {
		t.Fatal(err)
	}
	w.get("/").want(t, 200, "Wrong PINs in a row: 1. After 3 the PIN locks")
	if _, err := w.guard.Check(context.Background(), "own_1", "7390"); err != nil {
		t.Fatal(err)
	}
	w.later(61 * 24 * time.Hour)
	w.signIn()
	w.get("/").want(t, 200, "more than 60 days old")
}

func TestRevoke(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	form := func(grant string) url.Values { return url.Values{"car": {"veh_golf"}, "grant": {grant}} }
	w.post("/access/revoke", form("grt_9")).want(t, 404)
	w.get("/access/revoke?car=veh_golf&grant=grt_2").want(t, 200, "Sam &lt;b&gt; had already used the access.")
	w.cloud.down["revoke"] = &vehicle.Error{Op: "revoke", Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone}
	w.post("/access/revoke", form("grt_1")).want(t, 502, "We could not confirm it", "It may have happened", "See who can get in")
	delete(w.cloud.down, "revoke")
	w.post("/access/revoke", form("grt_1")).want(t, 200, "UPS cannot get into the Golf any more.", "Nobody can get in.")
	if want := []string{"revoke grt_1"}; !reflect.DeepEqual(w.cloud.done, want) {
		t.Errorf("the cloud did %v, want %v", w.cloud.done, want)
	}
}

func TestBlockAndUnblock(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	form := func() url.Values { return url.Values{"car": {"veh_golf"}} }
	w.post("/access/block", url.Values{"car": {"veh_9"}}).want(t, 404)
	w.post("/access/block", form()).want(t, 200, "The Golf is blocked", "Lift the block")
	w.get("/access/unblock?car=veh_golf").want(t, 200, "sign in once more first", "Sign in again")
	w.post("/access/unblock", form()).want(t, 200, "Sign in again")
	if len(w.cloud.done) != 1 {
		t.Fatalf("the cloud did %v", w.cloud.done)
	}
	w.proves()
	w.post("/access/unblock", form()).want(t, 200, "The block is lifted.")
	if want := []string{"block veh_golf", "unblock veh_golf"}; !reflect.DeepEqual(w.cloud.done, want) {
		t.Errorf("the cloud did %v, want %v", w.cloud.done, want)
	}
}

// seen is what the form of the settings was filled in upon.
func (w *desk) seen() string {
	w.t.Helper()
	_, rest, _ := strings.Cut(w.get("/settings").body, `name="seen" value="`)
	seen, _, _ := strings.Cut(rest, `"`)
	return seen
}

func TestSettings(t *testing.T) {
	full := url.Values{"car": {"veh_golf"}, "pressure": {"bar"}, "distance": {"km"}, "location": {"1"}, "name.veh_golf": {"  the  red one "}}
	with := func(name, value string) url.Values {
		form := url.Values{}
		for k, v := range full {
			form[k] = v
		}
		form.Set(name, value)
		return form
	}
	saved := store.Preferences{DefaultCar: "veh_golf", PressureUnit: "bar", DistanceUnit: "km", LocationPIN: true, Nicknames: map[string]string{"veh_golf": "the red one"}}
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		says   string
		want   store.Preferences
	}{
		{"all of it", full, 200, "Saved.", saved},
		{"nothing", url.Values{}, 200, "Saved.", store.Preferences{}},
		{"a car of somebody else", with("car", "veh_9"), 422, "Choose one of the cars", store.Preferences{}},
		{"a unit that is none", with("pressure", "atm"), 422, "Choose one of the units", store.Preferences{}},
		{"a distance that is none", with("distance", "furlong"), 422, "Choose one of the units", store.Preferences{}},
		{"a name for two", with("name.veh_golf", "Bolt"), 422, "more than one of your cars", store.Preferences{}},
		{"punctuation", with("name.veh_golf", "!!"), 422, "could not hear", store.Preferences{}},
		{"markup", with("name.veh_golf", "<b>red</b>"), 422, "letters, digits and spaces", store.Preferences{}},
		{"too long a name", with("name.veh_golf", strings.Repeat("red ", 11)), 422, "at most 40 characters", store.Preferences{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newDesk(t)
			w.signIn()
			c.form.Set("seen", w.seen())
			s := w.post("/settings", c.form)
			s.want(t, c.status, c.says)
			checkSheet(t, s)
			if got := w.account().Preferences; !reflect.DeepEqual(got, c.want) {
				t.Errorf("saved %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestSettingsChangedElsewhere(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	seen := w.seen()
	ctx := context.Background()
	if err := w.store.SavePreferences(ctx, "own_1", 0, store.Preferences{PressureUnit: "psi", Greeted: true}); err != nil {
		t.Fatal(err)
	}
	s := w.post("/settings", url.Values{"seen": {seen}, "distance": {"mi"}})
	s.want(t, 409, "Nothing is saved yet", `<option value="mi" selected>`)
	if got := w.account().Preferences; got.DistanceUnit != "" {
		t.Errorf("saved %+v over what had changed", got)
	}
	w.post("/settings", url.Values{"seen": {w.seen()}, "distance": {"mi"}}).want(t, 200, "Saved.")
	if got, want := w.account().Preferences, (store.Preferences{DistanceUnit: "mi", Greeted: true}); !reflect.DeepEqual(got, want) {
		t.Errorf("saved %+v, want %+v", got, want)
	}
}

// TestSettingsBesideAPIN: a PIN that is counted meanwhile is no reason to ask again.
func TestSettingsBesideAPIN(t *testing.T) {
	w := newDesk(t)
	w.options.Accounts = &contended{Accounts: w.store, w: w}
	page, err := New(w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.site.Config.Handler = page
	w.signIn()
	if err := w.guard.Set(context.Background(), "own_1", "7390"); err != nil {
		t.Fatal(err)
	}
	w.post("/settings", url.Values{"seen": {w.seen()}, "distance": {"mi"}}).want(t, 200, "Saved.")
	if a := w.account(); a.Preferences.DistanceUnit != "mi" || a.PIN.Failures != 1 {
		t.Errorf("the account is %+v", a)
	}
}

// contended counts a wrong PIN just before the first save.
type contended struct {
	Accounts
	w    *desk
	done bool
}

func (c *contended) SavePreferences(ctx context.Context, owner string, seen pin.Revision, p store.Preferences) error {
	if !c.done {
		c.done = true
		if _, err := c.w.guard.Check(ctx, owner, "9182"); err != nil {
			return err
		}
	}
	return c.Accounts.SavePreferences(ctx, owner, seen, p)
}

// furnish gives the account something of everything.
func (w *desk) furnish() {
	w.t.Helper()
	ctx := context.Background()
	w.lock()
	a := w.account()
	if err := w.store.SavePreferences(ctx, "own_1", a.Revision, store.Preferences{DefaultCar: "veh_golf"}); err != nil {
		w.t.Fatal(err)
	}
	for _, u := range []store.User{
		{ID: "user-of-own-1", Owner: "own_1", Region: "na", Subscribed: true, LinkedAt: noon.Add(-time.Hour)}, {ID: "user-of-another", Owner: "own_2", Subscribed: true},
	} {
		if err := w.store.SaveUser(ctx, u); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.store.SaveUsers(ctx, "own_1", w.account().Revision, []string{"user-of-own-1", "user-of-another"}); err != nil {
		w.t.Fatal(err)
	}
}

func TestExport(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.furnish()
	s := w.get("/privacy/export")
	if got, want := s.header.Get("Content-Disposition"), `attachment; filename=trunkpass-2031-05-06.json`; s.status != 200 || got != want {
		t.Errorf("answered %d, %q, want %q", s.status, got, want)
	}
	var all exported
	if err := json.Unmarshal([]byte(s.body), &all); err != nil {
		t.Fatal(err)
	}
	if all.Owner.TimeZone != "America/Vancouver" || !all.PIN.Locked || all.Choices.DefaultCar != "veh_golf" || all.Users != 2 || len(all.Cars) != 2 {
		t.Errorf("exported %+v", all)
	}
	golf := all.Cars[1]
	if len(golf.Grants) != 2 || len(golf.Events) != 3 || golf.Events[1].Precision != "vicinity" || golf.Events[2].Precision != "exact" || golf.Grants[1].Status != vehicle.Redeemed {
		t.Errorf("exported the Golf as %+v", golf)
	}
	for _, never := range []string{"argon2", "secret-", "4821"} {
		if strings.Contains(s.body, never) {
			t.Errorf("the export has %q in it", never)
		}
	}
	w.cloud.down["events"] = &vehicle.Error{Op: "events", Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}
	if s := w.get("/privacy/export"); !strings.Contains(s.body, "could_not_be_read") {
		t.Errorf("what is missing is not told: %s", s.body)
	}
}

func TestDeleteEverything(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	w.furnish()
	w.post("/privacy/delete", url.Values{"word": {"delete"}}).want(t, 403, "Sign in again")
	w.proves()
	w.get("/privacy/delete").want(t, 200, "Type the word delete")
	s := w.post("/privacy/delete", url.Values{"word": {"yes"}})
	s.want(t, 422, "so that nothing is deleted by mistake")
	checkSheet(t, s)
	if !w.account().PIN.IsSet() {
		t.Fatal("deleted without the word")
	}
	before := w.account().Revision
	w.post("/privacy/delete", url.Values{"word": {" DELETE "}}).want(t, 200, "Everything here is deleted")
	a := w.account()
	if a.PIN.IsSet() || len(a.Users) != 0 || a.Preferences.DefaultCar != "" || a.Revision <= before {
		t.Errorf("after deleting there is %+v", a)
	}
	u, err := w.store.User(context.Background(), "user-of-own-1")
	if err != nil || u.Owner != "" || u.Subscribed || u.Region != "" || !u.LinkedAt.Equal(noon) || u.ExpiresAt.IsZero() {
		t.Errorf("after deleting there is the user %+v, %v", u, err)
	}
	if u, err := w.store.User(context.Background(), "user-of-another"); err != nil || u.Owner != "own_2" || !u.Subscribed {
		t.Errorf("the user of somebody else is %+v, %v", u, err)
	}
	if w.sealed() != nil || w.cloud.alive() != 0 {
		t.Error("somebody is still signed in")
	}
}
