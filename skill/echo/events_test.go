package echo

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
)

// TestEventsLookLikeAlexas: each event has the members that Alexa's examples have, and no more.
func TestEventsLookLikeAlexas(t *testing.T) {
	var bodies [][]byte
	p := &place{answer: answers("")}
	e := setup(t, p, func(o *Options) {
		o.Token = func(context.Context) (string, error) { return "token", nil }
		o.Send = func(ctx context.Context, body []byte) ([]byte, error) {
			bodies = append(bodies, body)
			return p.send(ctx, body)
		}
	})
	for _, happens := range []func(context.Context) error{
		e.Link,
		func(ctx context.Context) error { return e.Subscribe(ctx, "AMAZON.OrderStatus.Updated") },
		e.Unsubscribe,
		func(ctx context.Context) error { return e.Disable(ctx, false) },
		func(ctx context.Context) error { return e.Disable(ctx, true) },
		e.Enable,
	} {
		if err := happens(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	files := []string{
		"skill-account-linked", "skill-permission-accepted", "proactive-subscription-changed", "proactive-subscription-ended",
		"skill-permission-changed", "skill-disabled", "skill-disabled", "skill-enabled",
	}
	if len(bodies) != len(files) {
		t.Fatalf("%d events, want %d", len(bodies), len(files))
	}
	for i, name := range files {
		example, err := os.ReadFile(filepath.Join("..", "testdata", "requests", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		got, want := members(t, bodies[i]), members(t, example)
		for _, user := range []any{got["user"], want["user"]} {
			delete(user.(map[string]any), "accessToken") // there only while an account is linked
		}
		delete(want["body"].(map[string]any), "acceptedPersonPermissions")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
	if r := p.asked[5]; r.Context.System.User.AccessToken != "token" || r.Body.Body.PersistenceStatus != "NOT_PERSISTED" {
		t.Errorf("the first disabling has a token: %t, and %s", r.Context.System.User.AccessToken != "", r.Body.Body.PersistenceStatus)
	}
}

// members are the names in an event, with what is in "body" only as far as it is there.
func members(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var r struct {
		Session any            `json:"session"`
		Context map[string]any `json:"context"`
		Request map[string]any `json:"request"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	names := func(m map[string]any) map[string]any {
		found := map[string]any{}
		for name := range m {
			found[name] = true
		}
		return found
	}
	system, _ := r.Context["System"].(map[string]any)
	user, _ := system["user"].(map[string]any)
	body, _ := r.Request["body"].(map[string]any)
	return map[string]any{
		"session": r.Session, "context": names(r.Context), "system": names(system), "user": names(user),
		"request": names(r.Request), "type": r.Request["type"], "body": names(body),
	}
}

// TestDisabledAndBack: nothing is said to a disabled skill, and who comes back is somebody else with nothing linked.
func TestDisabledAndBack(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, func(o *Options) { o.Token = func(context.Context) (string, error) { return "token", nil } })
	say(t, e, "open pizza place")
	first := e.UserID()
	if err := e.Disable(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	heard := len(p.asked)
	if _, err := e.Say(t.Context(), "open pizza place"); !errors.Is(err, ErrDisabled) || len(p.asked) != heard {
		t.Errorf("said to a disabled skill: %v, and it was asked: %t", err, len(p.asked) != heard)
	}
	if err := e.Enable(t.Context()); err != nil {
		t.Fatal(err)
	}
	say(t, e, "open pizza place")
	if r := p.last(t); r.Context.System.User.UserID == first || r.Context.System.User.AccessToken != "" || !r.Session.New {
		t.Errorf("the user who came back is %q, linked %t, in a new session %t", r.Context.System.User.UserID, r.Context.System.User.AccessToken != "", r.Session.New)
	}
	if err := e.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := p.last(t); r.Body.Body.AccessToken != "token" || r.Session != nil {
		t.Errorf("linked with a token: %t, in a session: %t", r.Body.Body.AccessToken != "", r.Session != nil)
	}
	p.fails = errors.New("down")
	if err := e.Enable(t.Context()); !errors.Is(err, p.fails) {
		t.Errorf("a skill that fails: %v", err)
	}
	var want skill.Secret = "token"
	p.fails = nil
	say(t, e, "open pizza place")
	if got := p.last(t).Context.System.User.AccessToken; got != want {
		t.Error("no token after linking")
	}
}
