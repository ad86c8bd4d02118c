package tests

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill/echo/bell"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

const alexaUser = "amzn1.ask.account.of-the-driver"

// ring is the way of a notification: the garage's webhooks, word to the owner, and a pretend Alexa that the pretend Echo
// asks.
type ring struct {
	bell *bell.Bell
	// accounts is where the driver's Alexa user is kept.
	accounts store.Store
}

// rings lays the way for the stories that hear of it.
func (d *desk) rings(s *story, accounts store.Store) {
	d.t.Helper()
	if s.first("ring") == "" {
		return
	}
	must := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	log := slog.New(slog.NewTextHandler(d.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	b, err := bell.New(bell.Options{ClientID: "messaging", ClientSecret: "secret", Locales: []string{s.locale}, Now: d.options.Now})
	must(err)
	d.t.Cleanup(func() { must(b.Close()) })
	alexa, err := notify.New(notify.Options{
		ClientID: "messaging", ClientSecret: "secret", Locales: []string{s.locale}, TokenURL: b.TokenURL(),
		Hosts: map[notify.Region]string{notify.NorthAmerica: b.URL()}, Now: d.options.Now, Log: log,
	})
	must(err)
	messenger, err := word.New(word.Options{
		Inbox: accounts, Accounts: accounts, Users: accounts, Send: alexa.Send, Locale: s.locale, Now: d.options.Now, Log: log,
	})
	must(err)
	must(d.register(func(secret string) (http.Handler, error) {
		return dongle.NewReceiver(dongle.ReceiverOptions{Secrets: []string{secret}, Now: d.options.Now, Receive: messenger.Receive, Log: log})
	}))
	d.ring, d.options.Bell = &ring{b, accounts}, b
	must(d.subscribe(true))
}

// register has the garage send its messages to a receiver made with the secret that it gives.
func (d *desk) register(receiver func(secret string) (http.Handler, error)) error {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	d.t.Cleanup(server.Close)
	operator, err := dongle.NewOperator(
		dongle.Options{BaseURL: d.garageURL, Now: d.options.Now}, d.demo.Operator.ClientID, d.demo.Operator.ClientSecret)
	if err != nil {
		return err
	}
	secret, err := operator.AddEndpoint(d.t.Context(), server.URL+"/events")
	if err != nil {
		return err
	}
	handler, err = receiver(secret)
	return err
}

// subscribe links the driver's Alexa user to the demo owner, and sets whether it wants notifications.
func (d *desk) subscribe(wants bool) error {
	if d.ring == nil {
		return errors.New("nothing rings in this story")
	}
	ctx, accounts := d.t.Context(), d.ring.accounts
	d.ring.bell.Subscribe(alexaUser, wants)
	owner, _ := d.demo.Owner("demo")
	user, err := accounts.User(ctx, alexaUser)
	if err != nil {
		return err
	}
	user.Owner, user.Region, user.Subscribed = owner.ID, "na", wants
	if err := accounts.SaveUser(ctx, user); err != nil {
		return err
	}
	account, err := accounts.Account(ctx, owner.ID)
	if err != nil || slices.Contains(account.Users, alexaUser) {
		return err
	}
	return accounts.SaveUsers(ctx, owner.ID, account.Revision, []string{alexaUser})
}

// heard gives what has rung since it was last asked, after everything that the garage has to tell has come.
func (d *desk) heard() ([]string, error) {
	if d.ring == nil {
		return nil, errors.New("nothing rings in this story")
	}
	if _, err := d.control(http.MethodPost, "/control", "deliver events"); err != nil {
		return nil, err
	}
	return d.ring.bell.Read(context.Background(), d.echo().UserID())
}

// TestRingOncePerHappening: whatever comes twice or is lost on its way, each happening rings once.
func TestRingOncePerHappening(t *testing.T) {
	t.Parallel()
	w := newLocalWorld(t, storyWith(t, "ring"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	play := func(kind, text string) { must(w.set(kind, text)) }
	for _, text := range []string{"let ups into my trunk", "four eight two one"} {
		_, err := w.echo().Say(t.Context(), text)
		must(err)
	}
	for _, step := range []string{"ups sets out", "ups arrives", "ups opens"} {
		play("courier", step)
	}
	play("clock", "2031-05-06 14:02 America/Vancouver")
	w.ring.bell.Refuse(500, 500, 500, 500) // as often as one message is tried
	first, err := w.heard()
	must(err)
	play("clock", "2031-05-06 14:12 America/Vancouver")
	second, err := w.heard()
	must(err)
	third, err := w.heard()
	must(err)
	all := slices.Concat(first, second, third)
	slices.Sort(all)
	want := []string{
		"You have one new message from your car: the trunk is closed again.",
		"You have one new message from your car: the trunk was opened for somebody you let in.",
	}
	if !slices.Equal(all, want) || len(first) != 1 {
		t.Errorf("got %q, then %q, then %q; want each of %q once, one of them late", first, second, third, want)
	}
}

// storyWith is an empty story that has lines of a kind.
func storyWith(t *testing.T, kind string) *story {
	t.Helper()
	return &story{path: t.Name(), locale: "en-US", lines: []line{
		{kind: "clock", text: "2031-05-06 14:00 America/Vancouver"}, {kind: kind, text: fmt.Sprint("any ", kind)},
	}}
}
