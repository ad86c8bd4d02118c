package word_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

var noon = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// desk is everything that word travels by, in memory.
type desk struct {
	mu      sync.Mutex
	now     time.Time
	inbox   map[string]store.Claim
	account store.Account
	users   map[string]store.User
	breaks  map[string]error // by operation
	sends   map[string]error // by user
	sent    []notify.Notice
	told    []word.Told
	log     bytes.Buffer
}

func newDesk() *desk {
	return &desk{
		now: noon, inbox: map[string]store.Claim{}, breaks: map[string]error{}, sends: map[string]error{},
		account: store.Account{Owner: "o1", Users: []string{"alex"}},
		users:   map[string]store.User{"alex": listener("alex")},
	}
}

// listener has linked, enabled and subscribed.
func listener(id string) store.User {
	return store.User{
		ID: id, Owner: "o1", Region: "eu", Subscribed: true,
		EnabledAt: noon.Add(-3 * time.Hour), LinkedAt: noon.Add(-2 * time.Hour), SubscribedAt: noon.Add(-time.Hour),
	}
}

func (d *desk) Claim(_ context.Context, id string, _ time.Duration) (store.Claim, error) {
	if d.inbox[id] != "" {
		return d.inbox[id], d.breaks["claim"]
	}
	d.inbox[id] = store.Busy
	return store.Yours, d.breaks["claim"]
}

func (d *desk) Finish(_ context.Context, id string) error {
	if err := d.breaks["finish"]; err != nil {
		return err
	}
	d.inbox[id] = store.Settled
	return nil
}

func (d *desk) Release(ctx context.Context, id string) error {
	delete(d.inbox, id)
	return ctx.Err()
}

func (d *desk) Account(context.Context, string) (store.Account, error) {
	return d.account, d.breaks["account"]
}

func (d *desk) User(_ context.Context, id string) (store.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[id]
	u.ID = id
	return u, d.breaks["user"]
}

func (d *desk) send(_ context.Context, n notify.Notice) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.sends[n.User]; err != nil {
		return err
	}
	d.sent = append(d.sent, n)
	return nil
}

func (d *desk) observe(t word.Told) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, t)
}

func (d *desk) options() word.Options {
	return word.Options{
		Inbox: d, Accounts: d, Users: d, Send: d.send, Now: func() time.Time { return d.now },
		Log: slog.New(slog.NewTextHandler(&d.log, nil)), Observe: d.observe,
	}
}

func messenger(t *testing.T, o word.Options) *word.Messenger {
	t.Helper()
	m, err := word.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// left is a message that is told whoever caused it.
var left = dongle.Message{
	ID: "msg_1", Owner: "o1", Vehicle: "golf",
	Event: vehicle.Event{ID: "e1", Type: vehicle.TrunkLeftOpen, At: noon.Add(-time.Minute), Actor: vehicle.Actor{Kind: vehicle.ByCar}},
}

func refusal(r notify.Result) error { return &notify.Error{Result: r, Err: errors.New("status")} }

func TestToldAtLeastOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*desk)
		again  bool        // Receive fails, so the cloud sends again
		inbox  store.Claim // afterwards
		sent   int
	}{
		"told":                 {func(*desk) {}, false, store.Settled, 1},
		"dealt with":           {func(d *desk) { d.inbox["msg_1"] = store.Settled }, false, store.Settled, 0},
		"being dealt with":     {func(d *desk) { d.inbox["msg_1"] = store.Busy }, true, store.Busy, 0},
		"no inbox":             {func(d *desk) { d.breaks["claim"] = errors.New("away") }, true, store.Busy, 0},
		"no account":           {func(d *desk) { d.breaks["account"] = errors.New("away") }, true, "", 0},
		"no users":             {func(d *desk) { d.breaks["user"] = errors.New("away") }, true, "", 0},
		"not settled":          {func(d *desk) { d.breaks["finish"] = errors.New("away") }, true, store.Busy, 1},
		"alexa is away":        {func(d *desk) { d.sends["alex"] = refusal(notify.Unavailable) }, true, "", 0},
		"nobody knows":         {func(d *desk) { d.sends["alex"] = errors.New("odd") }, true, "", 0},
		"not subscribed there": {func(d *desk) { d.sends["alex"] = refusal(notify.NotSubscribed) }, false, store.Settled, 0},
		"our limit":            {func(d *desk) { d.sends["alex"] = refusal(notify.Limited) }, false, store.Settled, 0},
		"our mistake":          {func(d *desk) { d.sends["alex"] = refusal(notify.Rejected) }, false, store.Settled, 0},
		"too late":             {func(d *desk) { d.now = noon.Add(24 * time.Hour) }, false, store.Settled, 0},
		"nobody linked":        {func(d *desk) { d.account.Users = nil }, false, store.Settled, 0},
	} {
		d := newDesk()
		row.change(d)
		err := messenger(t, d.options()).Receive(t.Context(), left)
		if (err != nil) != row.again || d.inbox["msg_1"] != row.inbox || len(d.sent) != row.sent {
			t.Errorf("%s: got %v, the inbox says %q, %d sent; want an error: %t, %q, %d", name, err, d.inbox["msg_1"], len(d.sent), row.again, row.inbox, row.sent)
		}
	}
}

// One of two users is out of reach: the other hears it at once, and when the message comes again its reference is
// the one that Alexa knows already.
func TestSaidAtMostOnce(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.account.Users = []string{"alex", "sam"}
	d.users["sam"] = listener("sam")
	d.sends["sam"] = refusal(notify.Unavailable)
	m := messenger(t, d.options())
	ctx, cancel := context.WithCancel(t.Context())
	if err := m.Receive(ctx, left); err == nil {
		t.Fatal("half of the users were told, and the cloud was not asked to send again")
	}
	cancel()
	delete(d.sends, "sam")
	again := left
	again.ID = "msg_of_another_endpoint"
	if err := m.Receive(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if len(d.sent) != 3 {
		t.Fatalf("%d notices were sent, want alex's, and both again", len(d.sent))
	}
	references := map[string][]string{}
	for _, n := range d.sent {
		references[n.User] = append(references[n.User], n.Reference)
	}
	alex, sam := references["alex"], references["sam"]
	if len(alex) != 2 || alex[0] != alex[1] || len(sam) != 1 || sam[0] == alex[0] {
		t.Errorf("got the references %v, want alex's twice and another for sam", references)
	}
	results := []notify.Result{}
	for _, told := range d.told {
		if told.Event != vehicle.TrunkLeftOpen {
			t.Errorf("observed %+v", told)
		}
		results = append(results, told.Result)
	}
	slices.Sort(results)
	if want := []notify.Result{notify.Accepted, notify.Accepted, notify.Accepted, notify.Unavailable}; !slices.Equal(results, want) {
		t.Errorf("observed %v, want %v", results, want)
	}
}

func TestReleasedEvenIfTheContextIsOver(t *testing.T) {
	t.Parallel()
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	o := d.options()
	o.Send = func(context.Context, notify.Notice) error { cancel(); return refusal(notify.Unavailable) }
	err := messenger(t, o).Receive(ctx, left)
	if err == nil || errors.Is(err, context.Canceled) || d.inbox["msg_1"] != "" {
		t.Errorf("got %v and the inbox %q, want the message given back", err, d.inbox["msg_1"])
	}
}

// TestWhoListens walks what is known of a user.
func TestWhoListens(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*store.User)
		hears  bool
	}{
		"linked, enabled, subscribed":       {func(*store.User) {}, true},
		"never seen":                        {func(u *store.User) { *u = store.User{} }, false},
		"not subscribed":                    {func(u *store.User) { u.Subscribed = false }, false},
		"linked to somebody else":           {func(u *store.User) { u.Owner = "o2" }, false},
		"not linked any more":               {func(u *store.User) { u.Owner = "" }, false},
		"disabled":                          {func(u *store.User) { u.DisabledAt = noon }, false},
		"disabled in the last one's moment": {func(u *store.User) { u.DisabledAt = u.SubscribedAt }, false},
		"disabled, and enabled again":       {func(u *store.User) { u.DisabledAt, u.EnabledAt = noon.Add(-time.Minute), noon }, true},
	} {
		d := newDesk()
		u := d.users["alex"]
		row.change(&u)
		d.users["alex"] = u
		if err := messenger(t, d.options()).Receive(t.Context(), left); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if hears := len(d.sent) == 1; hears != row.hears {
			t.Errorf("%s: hears: %t, want %t", name, hears, row.hears)
		}
	}
}

func TestRegionAndLife(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		region string
		age    time.Duration
		want   notify.Region
		life   time.Duration
	}{
		{"", 0, notify.NorthAmerica, 24 * time.Hour},
		{"na", time.Hour, notify.NorthAmerica, 23 * time.Hour},
		{"fe", 24*time.Hour - time.Second, notify.FarEast, 5 * time.Minute},
		{"eu", -time.Hour, notify.Europe, 24 * time.Hour},
	} {
		d := newDesk()
		d.users["alex"] = store.User{ID: "alex", Owner: "o1", Subscribed: true, Region: row.region}
		message := left
		message.Event.At = noon.Add(-row.age)
		if err := messenger(t, d.options()).Receive(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		if len(d.sent) != 1 || d.sent[0].Region != row.want || d.sent[0].Life != row.life || d.sent[0].User != "alex" {
			t.Errorf("%+v: sent %+v", row, d.sent)
		}
	}
}

func TestLogsKeepSilence(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.account.Preferences.Nicknames = map[string]string{"golf": "Betsy"}
	d.sends["alex"] = refusal(notify.Limited)
	if err := messenger(t, d.options()).Receive(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if log := d.log.String(); !strings.Contains(log, "limited") || strings.Contains(log, "Betsy") || strings.Contains(log, "alex") {
		t.Errorf("the log says %q, want the result and neither name nor user", log)
	}
}

func TestNewRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*word.Options){
		"no inbox":       func(o *word.Options) { o.Inbox = nil },
		"no accounts":    func(o *word.Options) { o.Accounts = nil },
		"no users":       func(o *word.Options) { o.Users = nil },
		"no way to send": func(o *word.Options) { o.Send = nil },
		"no clock":       func(o *word.Options) { o.Now = nil },
		"no log":         func(o *word.Options) { o.Log = nil },
		"no words":       func(o *word.Options) { o.Locale = "tlh-QO" },
	} {
		o := newDesk().options()
		change(&o)
		if m, err := word.New(o); err == nil || m != nil {
			t.Errorf("%s: got %v, want an error", name, m)
		}
	}
}
