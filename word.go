package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill/echo/bell"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

const (
	// demoAlexaUser is the pretend Echo's user, linked to the demo owner and subscribed to notifications.
	demoAlexaUser = "amzn1.ask.account.demo"
	// deliverEvery is how often the garage looks for events to send.
	deliverEvery = time.Second
	// registerAttempts is how often the garage is asked to send its events here. Nothing is lost by asking again: an
	// endpoint that nobody knows is removed by the next one.
	registerAttempts = 5
	// Two more files let processes take part in one world: where the garage sends events with the secret that signs
	// them, and where the bell of a serving process is.
	eventsFile = "events.json"
	bellFile   = "bell.url"
)

// events answers the dongle cloud's webhooks: POST /events. alexa lacks only its clock, log and locales. The error lists
// what is wrong with the credentials and secrets, without quoting them.
func events(s store.Store, alexa notify.Options, secrets []string, now func() time.Time, log *slog.Logger, observe func(word.Told)) (http.Handler, error) {
	alexa.Locales, alexa.Now, alexa.Log = models.Locales(), now, log
	client, err := notify.New(alexa)
	if err != nil {
		return nil, err
	}
	messenger, err := word.New(word.Options{
		Inbox: s, Accounts: s, Users: s, Send: client.Send, Now: now, Log: log, Observe: observe,
	})
	if err != nil {
		return nil, err
	}
	receiver, err := dongle.NewReceiver(dongle.ReceiverOptions{Secrets: secrets, Now: now, Receive: messenger.Receive, Log: log})
	if err != nil {
		return nil, err
	}
	return traced(receiver), nil
}

// ringer is word to the owner at home: the garage's events come in on a loopback address of their own, and a pretend
// Alexa keeps the notifications until an Echo asks.
type ringer struct {
	bell   *bell.Bell
	server *http.Server
}

// ringerOptions are the parts of a home that it needs. All are required, but for Observe.
type ringerOptions struct {
	Data    string
	Garage  *garage.Garage
	Store   store.Store
	Now     func() time.Time
	Log     *slog.Logger
	Observe func(word.Told)
}

// letter is what is kept of the garage's endpoint: the secret is told once, and the address has to stay, so that what
// happens while nobody listens is told later.
type letter struct{ URL, Secret string }

// openRinger takes up what has happened since somebody last listened, so that the first turn shows the ring.
func openRinger(ctx context.Context, o ringerOptions) (_ *ringer, err error) {
	r := &ringer{}
	defer func() {
		if err != nil {
			err = fmt.Errorf("word to the owner: %w", errors.Join(err, r.close()))
		}
	}()
	secret := newID()
	if r.bell, err = bell.New(bell.Options{ClientID: "home", ClientSecret: secret, Locales: models.Locales(), Now: o.Now}); err != nil {
		return nil, err
	}
	r.bell.Subscribe(demoAlexaUser, true)
	if err := linkDemoUser(ctx, o); err != nil {
		return nil, err
	}
	var listener net.Listener
	var to letter
	for range registerAttempts { // the weather may be bad
		if listener, to, err = endpointAt(ctx, o); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	handler, err := events(o.Store, notify.Options{
		ClientID: "home", ClientSecret: secret, Stage: notify.Development, TokenURL: r.bell.TokenURL(),
		Hosts: map[notify.Region]string{notify.NorthAmerica: r.bell.URL()},
	}, []string{to.Secret}, o.Now, o.Log, o.Observe)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r.server = newServer(handler, o.Log)
	go func() { _ = r.server.Serve(listener) }() // it ends when it is closed
	return r, catchUp(ctx, o.Garage)
}

// close stops it; what comes later waits at the garage.
func (r *ringer) close() error {
	var problems []error
	if r.server != nil {
		problems = append(problems, r.server.Close())
	}
	if r.bell != nil {
		problems = append(problems, r.bell.Close())
	}
	return errors.Join(problems...)
}

// linkDemoUser does for the pretend Echo what account linking and the Alexa app's switch do for a real one, once.
func linkDemoUser(ctx context.Context, o ringerOptions) error {
	owner, _ := o.Garage.Demo().Owner(demoLogin)
	user, err := o.Store.User(ctx, demoAlexaUser)
	if err != nil {
		return err
	}
	if user.Owner != owner.ID {
		user.Owner, user.Region, user.Subscribed = owner.ID, string(notify.NorthAmerica), true
		if err := o.Store.SaveUser(ctx, user); err != nil {
			return err
		}
	}
	account, err := o.Store.Account(ctx, owner.ID)
	if err != nil || slices.Contains(account.Users, demoAlexaUser) {
		return err
	}
	return o.Store.SaveUsers(ctx, owner.ID, account.Revision, newest(append(account.Users, demoAlexaUser)))
}

func newest(users []string) []string { return users[max(0, len(users)-store.MaxUsers):] }

// endpointAt listens where the garage sends events, and has it send them there if it does not.
func endpointAt(ctx context.Context, o ringerOptions) (_ net.Listener, to letter, err error) {
	operator, err := dongle.NewOperator(dongle.Options{BaseURL: o.Garage.URL(), Now: o.Now},
		o.Garage.Demo().Operator.ClientID, o.Garage.Demo().Operator.ClientSecret)
	if err != nil {
		return nil, to, err
	}
	there, err := operator.Endpoints(ctx)
	if err != nil {
		return nil, to, err
	}
	to = readLetter(o.Data)
	known := slices.ContainsFunc(there, func(e dongle.Endpoint) bool { return e.URL == to.URL && e.Enabled })
	if listener := listenAgain(to.URL); known && listener != nil {
		return listener, to, nil
	} else if listener != nil {
		_ = listener.Close() // a free port will do
	}
	for _, e := range there { // those of folders that were copied, and of ports that others took
		if err := operator.RemoveEndpoint(ctx, e.ID); err != nil {
			return nil, to, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, to, err
	}
	to.URL = "http://" + listener.Addr().String() + "/events"
	if to.Secret, err = operator.AddEndpoint(ctx, to.URL); err == nil {
		err = to.write(o.Data)
	}
	if err != nil {
		return nil, to, errors.Join(err, listener.Close())
	}
	return listener, to, nil
}

// readLetter gives an empty one if there is none that can be read.
func readLetter(data string) letter {
	var to letter
	text, err := os.ReadFile(filepath.Join(data, eventsFile))
	if err != nil || json.Unmarshal(text, &to) != nil {
		return letter{}
	}
	return to
}

func (l letter) write(data string) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(data, eventsFile), text, 0o600)
}

// listenAgain gives nil if the address is none, or taken.
func listenAgain(address string) net.Listener {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() != "127.0.0.1" {
		return nil
	}
	listener, err := net.Listen("tcp", u.Host)
	if err != nil {
		return nil
	}
	return listener
}

// catchUp has the garage send what is due now, and waits for it.
func catchUp(ctx context.Context, g *garage.Garage) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.ControlURL()+"/control", strings.NewReader("deliver events"))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("deliver events: %s", response.Status)
	}
	return nil
}

// farBell is the bell of a serving process that shares the data folder; nil if there is none.
func farBell(data string) *bell.Far {
	address, err := os.ReadFile(filepath.Join(data, bellFile))
	if err != nil {
		return nil
	}
	return &bell.Far{URL: string(bytes.TrimSpace(address)), HTTP: http.DefaultClient}
}
