package linked

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

var noon = time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)

// shelf keeps users and accounts in memory under the contract of package store.
type shelf struct {
	mu        sync.Mutex
	users     map[string]store.User
	accounts  map[string]store.Account
	calls     int
	interfere func(*shelf) // before a write, once
	failing   error
}

func newShelf() *shelf {
	return &shelf{users: map[string]store.User{}, accounts: map[string]store.Account{}}
}

func (s *shelf) enter(writes bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if f := s.interfere; writes && f != nil {
		s.interfere = nil
		f(s)
	}
	return s.failing
}

func (s *shelf) User(_ context.Context, id string) (store.User, error) {
	err := s.enter(false)
	u := s.users[id]
	u.ID = id
	return u, err
}

func (s *shelf) SaveUser(_ context.Context, u store.User) error {
	if err := s.enter(true); err != nil {
		return err
	}
	if s.users[u.ID].Revision != u.Revision {
		return store.ErrConflict
	}
	u.Revision++
	s.users[u.ID] = u
	return nil
}

func (s *shelf) Account(_ context.Context, owner string) (store.Account, error) {
	err := s.enter(false)
	a := s.accounts[owner]
	a.Owner = owner
	return a, err
}

func (s *shelf) SaveUsers(_ context.Context, owner string, seen pin.Revision, users []string) error {
	if err := s.enter(true); err != nil {
		return err
	}
	a := s.accounts[owner]
	if a.Revision != seen {
		return store.ErrConflict
	}
	a.Revision, a.Users = a.Revision+1, users
	s.accounts[owner] = a
	return nil
}

// registry is a cloud in which a token is its owner's name with "token of " before it.
type registry struct {
	asked   int
	revoked []vehicle.Token
	failing error
}

func (c *registry) Owner(_ context.Context, token vehicle.Token) (vehicle.Owner, error) {
	c.asked++
	owner, ok := strings.CutPrefix(string(token), "token of ")
	if !ok || slices.Contains(c.revoked, token) {
		return vehicle.Owner{}, &vehicle.Error{Op: "read owner", Kind: vehicle.NotLinked}
	}
	return vehicle.Owner{ID: owner}, c.failing
}

func (c *registry) Revoke(_ context.Context, token vehicle.Token) error {
	c.revoked = append(c.revoked, token)
	return c.failing
}

func links(t testing.TB, s *shelf, c *registry) *Links {
	t.Helper()
	l, err := New(Options{Users: s, Accounts: s, Cloud: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// event is one that Alexa made so many minutes after noon.
func event(kind string, minute int, body *skill.EventBody) *skill.Request {
	at := skill.Timestamp(noon.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339))
	return &skill.Request{
		Context: skill.Context{System: skill.System{User: skill.User{UserID: "user"}, APIEndpoint: "https://api.eu.amazonalexa.com"}},
		Body:    skill.RequestBody{Type: kind, Timestamp: at, EventCreationTime: at, Body: body},
	}
}

func linkEvent(minute int, owner string) *skill.Request {
	return event(skill.TypeSkillAccountLinked, minute, &skill.EventBody{AccessToken: skill.Secret("token of " + owner)})
}

func disableEvent(minute int, status string) *skill.Request {
	return event(skill.TypeSkillDisabled, minute, &skill.EventBody{PersistenceStatus: status})
}

func subscribeEvent(minute int, names ...string) *skill.Request {
	body := &skill.EventBody{}
	for _, name := range names {
		body.Subscriptions = append(body.Subscriptions, skill.Subscription{EventName: name})
	}
	return event(skill.TypeProactiveSubscriptionChanged, minute, body)
}

func permissionEvent(kind string, minute int, scopes ...string) *skill.Request {
	body := &skill.EventBody{}
	for _, scope := range scopes {
		body.AcceptedPermissions = append(body.AcceptedPermissions, skill.EventPermission{Scope: scope})
	}
	return event(kind, minute, body)
}

// play sends events in turn and describes what is kept: the user, and which accounts list the user.
func play(t testing.TB, s *shelf, c *registry, events ...*skill.Request) string {
	t.Helper()
	l := links(t, s, c)
	for _, e := range events {
		if err := l.Event(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return s.describe()
}

func (s *shelf) describe() string {
	u := s.users["user"]
	var on []string
	for _, owner := range slices.Sorted(maps.Keys(s.accounts)) {
		if slices.Contains(s.accounts[owner].Users, "user") {
			on = append(on, owner)
		}
	}
	forgotten := ""
	if !u.ExpiresAt.IsZero() {
		forgotten = ", kept until " + u.ExpiresAt.Format(time.DateOnly)
	}
	return fmt.Sprintf("%q in %q, wants word: %t, listed by %v%s", u.Owner, u.Region, u.Subscribed, on, forgotten)
}

func TestEvents(t *testing.T) {
	const order = "AMAZON.OrderStatus.Updated"
	for _, c := range []struct {
		name   string
		events []*skill.Request
		want   string
	}{
		{"enabled", []*skill.Request{event(skill.TypeSkillEnabled, 0, nil)}, `"" in "", wants word: false, listed by []`},
		{"linked", []*skill.Request{linkEvent(1, "alex")}, `"alex" in "eu", wants word: false, listed by [alex]`},
		{"linked to another", []*skill.Request{linkEvent(1, "alex"), linkEvent(2, "robin")}, `"robin" in "eu", wants word: false, listed by [robin]`},
		{"linked to another before", []*skill.Request{linkEvent(2, "alex"), linkEvent(1, "robin")}, `"alex" in "eu", wants word: false, listed by [alex]`},
		{"subscribed", []*skill.Request{linkEvent(1, "alex"), subscribeEvent(2, order)}, `"alex" in "eu", wants word: true, listed by [alex]`},
		{"subscribed no more", []*skill.Request{subscribeEvent(2, order), subscribeEvent(3)}, `"" in "", wants word: false, listed by []`},
		{"subscribed no more, told late", []*skill.Request{subscribeEvent(3), subscribeEvent(2, order)}, `"" in "", wants word: false, listed by []`},
		{"permission given", []*skill.Request{permissionEvent(skill.TypeSkillPermissionAccepted, 1, notifications)}, `"" in "", wants word: true, listed by []`},
		{
			"another permission given", []*skill.Request{subscribeEvent(1, order), permissionEvent(skill.TypeSkillPermissionAccepted, 2, "alexa::person_id:read")},
			`"" in "", wants word: true, listed by []`,
		},
		{"permission taken", []*skill.Request{subscribeEvent(1, order), permissionEvent(skill.TypeSkillPermissionChanged, 2)}, `"" in "", wants word: false, listed by []`},
		{
			"disabled", []*skill.Request{linkEvent(1, "alex"), disableEvent(2, "PERSISTED")},
			`"alex" in "eu", wants word: false, listed by [], kept until 2031-06-05`,
		},
		{
			"disabled for good", []*skill.Request{linkEvent(1, "alex"), subscribeEvent(2, order), disableEvent(3, "NOT_PERSISTED")},
			`"" in "", wants word: false, listed by [], kept until 2031-06-05`,
		},
		{
			"disabled for good, told early", []*skill.Request{disableEvent(3, "NOT_PERSISTED"), linkEvent(1, "alex"), subscribeEvent(2, order)},
			`"" in "", wants word: false, listed by [], kept until 2031-06-05`,
		},
		{
			"disabled, and the subscription's end comes after it", []*skill.Request{linkEvent(1, "alex"), disableEvent(2, "NOT_PERSISTED"), subscribeEvent(3)},
			`"" in "", wants word: false, listed by [], kept until 2031-06-05`,
		},
		{
			"back again", []*skill.Request{linkEvent(1, "alex"), disableEvent(2, "PERSISTED"), event(skill.TypeSkillEnabled, 3, nil)},
			`"alex" in "eu", wants word: false, listed by [alex]`,
		},
		{"no token", []*skill.Request{event(skill.TypeSkillAccountLinked, 1, nil)}, `"" in "", wants word: false, listed by []`},
		{"a token of no use", []*skill.Request{event(skill.TypeSkillAccountLinked, 1, &skill.EventBody{AccessToken: "stale"})}, `"" in "", wants word: false, listed by []`},
		{"an event of tomorrow's Alexa", []*skill.Request{event("AlexaSkillEvent.SkillAdored", 1, nil)}, `"" in "", wants word: false, listed by []`},
	} {
		if got := play(t, newShelf(), &registry{}, c.events...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestAnyOrder: the same events end in the same state, however often and in whatever order they come.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		owners := rapid.SampledFrom([]string{"alex", "robin"})
		var events []*skill.Request
		for minute := range rapid.IntRange(1, 7).Draw(rt, "events") {
			switch rapid.IntRange(0, 6).Draw(rt, "kind") {
			case 0:
				events = append(events, event(skill.TypeSkillEnabled, minute, nil))
			case 1:
				events = append(events, linkEvent(minute, owners.Draw(rt, "owner")))
			case 2:
				events = append(events, disableEvent(minute, "PERSISTED"))
			case 3:
				events = append(events, disableEvent(minute, "NOT_PERSISTED"))
			case 4:
				events = append(events, subscribeEvent(minute, "AMAZON.OrderStatus.Updated"))
			case 5:
				events = append(events, subscribeEvent(minute))
			default:
				events = append(events, permissionEvent(skill.TypeSkillPermissionChanged, minute, notifications))
			}
		}
		again := rapid.Permutation(append(events, events...)).Draw(rt, "order")
		if one, other := play(t, newShelf(), &registry{}, events...), play(t, newShelf(), &registry{}, again...); one != other {
			rt.Fatalf("in order %s, in another %s", one, other)
		}
	})
}

// TestAgainCostsNothing: an event that was dealt with asks no cloud and writes nothing.
func TestAgainCostsNothing(t *testing.T) {
	s, c := newShelf(), &registry{}
	events := []*skill.Request{event(skill.TypeSkillEnabled, 0, nil), linkEvent(1, "alex"), subscribeEvent(2, "AMAZON.OrderStatus.Updated")}
	play(t, s, c, events...)
	user, account, asked := s.users["user"], s.accounts["alex"].Revision, c.asked
	play(t, s, c, events...)
	if s.users["user"] != user || s.accounts["alex"].Revision != account || c.asked != asked {
		t.Errorf("user %+v became %+v; the account was written %d times, the cloud asked %d times more",
			user, s.users["user"], s.accounts["alex"].Revision-account, c.asked-asked)
	}
}

func TestDisablingRevokes(t *testing.T) {
	for name, c := range map[string]struct {
		events []*skill.Request
		want   int
	}{
		"for a while":                {[]*skill.Request{linkEvent(1, "alex"), disableEvent(2, "PERSISTED")}, 1},
		"for good":                   {[]*skill.Request{linkEvent(1, "alex"), disableEvent(2, "NOT_PERSISTED")}, 1},
		"told twice":                 {[]*skill.Request{disableEvent(2, ""), disableEvent(2, "")}, 2},
		"told after the user's back": {[]*skill.Request{linkEvent(3, "alex"), disableEvent(2, "PERSISTED")}, 0},
	} {
		cloud := &registry{}
		for _, e := range c.events {
			e.Context.System.User.AccessToken = "token of alex"
		}
		play(t, newShelf(), cloud, c.events...)
		if len(cloud.revoked) != c.want {
			t.Errorf("%s: revoked %d times, want %d", name, len(cloud.revoked), c.want)
		}
	}
}

// TestTroubleComesBack: what fails is an error, so that Alexa sends the event again, and then all is well.
func TestTroubleComesBack(t *testing.T) {
	down := &vehicle.Error{Op: "call", Kind: vehicle.Unavailable, Err: errors.New("down")}
	s, c := newShelf(), &registry{failing: down}
	l := links(t, s, c)
	if err := l.Event(t.Context(), linkEvent(1, "alex")); !errors.Is(err, down) {
		t.Errorf("linking without a cloud: %v", err)
	}
	gone := disableEvent(2, "NOT_PERSISTED")
	gone.Context.System.User.AccessToken = "token of alex"
	if err := l.Event(t.Context(), gone); !errors.Is(err, down) {
		t.Errorf("unlinking without a cloud: %v", err)
	}
	c.failing = &vehicle.Error{Op: "revoke token", Kind: vehicle.NotLinked}
	if err := l.Event(t.Context(), gone); err != nil {
		t.Errorf("a token that was of no use before: %v", err)
	}
	c.failing, s.failing = nil, errors.New("no store")
	if err := l.Event(t.Context(), linkEvent(3, "alex")); !errors.Is(err, s.failing) {
		t.Errorf("without a store: %v", err)
	}
	c.revoked, s.failing = nil, nil
	if got := play(t, s, c, linkEvent(3, "alex")); got != `"alex" in "eu", wants word: false, listed by [alex]` {
		t.Error(got)
	}
}

// TestTwoAtOnce: whoever writes in between is not overwritten, and the account's list follows.
func TestTwoAtOnce(t *testing.T) {
	s := newShelf()
	s.interfere = func(s *shelf) {
		s.users["user"] = store.User{ID: "user", Revision: 1, Subscribed: true, SubscribedAt: noon, DisabledAt: noon.Add(5 * time.Minute)}
	}
	want := `"alex" in "eu", wants word: true, listed by [], kept until 2031-06-05`
	if got := play(t, s, &registry{}, linkEvent(1, "alex")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s = newShelf()
	s.accounts["alex"] = store.Account{Owner: "alex", Revision: 3, Users: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	play(t, s, &registry{}, linkEvent(1, "alex"))
	if got := strings.Join(s.accounts["alex"].Users, ""); got != "123456789user" {
		t.Errorf("the account lists %s, want the oldest forgotten", got)
	}
}

func TestWhatIsNoEventOfAUser(t *testing.T) {
	s := newShelf()
	l := links(t, s, &registry{})
	nobody := linkEvent(1, "alex")
	nobody.Context.System.User.UserID = ""
	never := linkEvent(1, "alex")
	never.Body.EventCreationTime, never.Body.Timestamp = "yesterday", "soon"
	for name, r := range map[string]*skill.Request{"nobody": nobody, "at no time": never} {
		if err := l.Event(t.Context(), r); err != nil || s.calls > 0 {
			t.Errorf("%s: %v, %d calls of the store", name, err, s.calls)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("links of nothing")
	}
}

// TestSentIsBetterThanNothing: events about subscriptions do not say when they were made.
func TestSentIsBetterThanNothing(t *testing.T) {
	late, early := subscribeEvent(3), subscribeEvent(2, "AMAZON.OrderStatus.Updated")
	late.Body.EventCreationTime, early.Body.EventCreationTime = "", ""
	if got := play(t, newShelf(), &registry{}, late, early); got != `"" in "", wants word: false, listed by []` {
		t.Error(got)
	}
}

func TestRegion(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://api.amazonalexa.com": "na", "https://api.eu.amazonalexa.com": "eu", "https://api.fe.amazonalexa.com/": "fe",
		"http://127.0.0.1:4711": "", "https://api.amazonalexa.com.example": "", "%zz": "",
	} {
		if got := region(endpoint); got != want {
			t.Errorf("%s is in %q, want %q", endpoint, got, want)
		}
	}
}
