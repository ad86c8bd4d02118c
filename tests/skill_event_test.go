package tests

import (
	"context"
	"fmt"
	"testing"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// sends is how often Alexa sends an event that the skill does not take.
const sends = 10

// skill is what the driver does with the skill in the Alexa app.
func (d *desk) skill(text string) error {
	e := d.echo()
	happens, ok := map[string]func(context.Context) error{
		"enabled":           e.Enable,
		"linked":            e.Link,
		"disabled":          func(ctx context.Context) error { return e.Disable(ctx, true) },
		"disabled for good": func(ctx context.Context) error { return e.Disable(ctx, false) },
		"notifications on":  func(ctx context.Context) error { return e.Subscribe(ctx, "AMAZON.MessageAlert.Activated") },
		"notifications off": e.Unsubscribe,
	}[text]
	if !ok {
		return fmt.Errorf("a skill is not %q", text)
	}
	if text == "linked" {
		d.linked = nil // the driver signs in again
	}
	if d.ring != nil { // where Alexa keeps the wish for herself
		d.ring.bell.Subscribe(e.UserID(), text == "notifications on")
	}
	var err error
	for range sends {
		if err = happens(d.t.Context()); err == nil {
			return nil
		}
	}
	return err
}

// revoke ends the link at the cloud, behind Alexa's back.
func (d *desk) revoke() error {
	token, err := d.token(d.t.Context())
	if err != nil {
		return err
	}
	client, err := dongle.New(dongle.Options{BaseURL: d.garageURL, Now: d.options.Now})
	if err != nil {
		return err
	}
	return client.Revoke(d.t.Context(), vehicle.Token(token))
}

// TestSkillEventsKeepTheMap: what Alexa tells about the skill decides who hears of an account, and ends tokens.
func TestSkillEventsKeepTheMap(t *testing.T) {
	t.Parallel()
	w := newLocalWorld(t, storyAt(t))
	owner, _ := w.demo.Owner("demo")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	listed := func() []string {
		t.Helper()
		account, err := w.keeper.accounts.Account(t.Context(), owner.ID)
		must(err)
		return account.Users
	}
	valid := func(token string) bool {
		t.Helper()
		client, err := dongle.New(dongle.Options{BaseURL: w.garageURL, Now: w.clock.now})
		must(err)
		_, err = client.Owner(t.Context(), vehicle.Token(token))
		return err == nil
	}
	must(w.set("skill", "enabled"))
	must(w.set("skill", "linked"))
	must(w.set("skill", "notifications on"))
	first, token := w.echo().UserID(), w.linked.AccessToken
	user, err := w.users.User(t.Context(), first)
	must(err)
	if got := listed(); len(got) != 1 || got[0] != first || user.Owner != owner.ID || !user.Subscribed || !valid(token) {
		t.Errorf("linked: the account lists %q, the user is %+v", got, user)
	}
	must(w.set("skill", "disabled for good"))
	user, err = w.users.User(t.Context(), first)
	must(err)
	if got := listed(); len(got) != 0 || user.Owner != "" || user.Subscribed || user.ExpiresAt.IsZero() || valid(token) {
		t.Errorf("disabled: the account lists %q, the user is %+v, the token is valid: %t", got, user, valid(token))
	}
	must(w.set("skill", "enabled"))
	if got := listed(); len(got) != 0 || w.echo().UserID() == first {
		t.Errorf("enabled again: the account lists %q", got)
	}
	must(w.set("skill", "linked"))
	if got := listed(); len(got) != 1 || got[0] != w.echo().UserID() || !valid(w.linked.AccessToken) {
		t.Errorf("linked again: the account lists %q", got)
	}
	if err := w.set("skill", "adored"); err == nil {
		t.Errorf("adored: %v", err)
	}
}
