// Package word brings the owner word of what happened to a car while nobody was speaking: a trunk opened, closed or left
// open, a delivery done, a window that ended unused, an alert.
//
// A message of the dongle cloud (vehicle/dongle) comes in, each of the owner's Alexa users gets a notice (skill/notify).
// Which event says what is the table in notices.go, the words stand in lines/. The cloud sends a message until somebody
// has dealt with it; the inbox of the store and a reference that is the same for every attempt see to it that it is told
// at least once and said at most once.
package word

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// Options are what word travels by. Everything is needed unless it says otherwise.
type Options struct {
	Inbox store.Inbox
	// Accounts tells who has linked an account and what a car is called, Users whether they want to hear.
	Accounts interface {
		Account(ctx context.Context, owner string) (store.Account, error)
	}
	Users interface {
		User(ctx context.Context, id string) (store.User, error)
	}
	// Send hands a notice to Alexa; its errors are *notify.Error. [notify.Client.Send] is one.
	Send func(context.Context, notify.Notice) error
	// Locale is the language of messages, "en-US" if empty: the template that carries them has only one.
	Locale string
	Now    func() time.Time
	Log    *slog.Logger
	// Observe hears what became of every event, once for each user, for those who count. Optional.
	Observe func(Told)
}

// Told is what became of an event.
type Told struct {
	Event  vehicle.EventType
	Result notify.Result // of one user's notice
}

const (
	// lease is how long a message is ours to deal with. It outlasts every attempt, which has seconds.
	lease = time.Minute
	// stale is when word comes too late to be of use. Alexa keeps a notice no longer either.
	stale = 24 * time.Hour
	// shortest is Alexa's least life of a notice.
	shortest = 5 * time.Minute
)

// errBusy asks for the message again, because whoever deals with it may fail.
var errBusy = errors.New("somebody else is dealing with the message")

// Messenger brings word. It is safe for concurrent use, in several processes too.
type Messenger struct {
	Options
	voice *speech.Voice
}

// New proves the lines and makes a messenger; nothing is read or sent.
func New(o Options) (*Messenger, error) {
	if o.Inbox == nil || o.Accounts == nil || o.Users == nil || o.Send == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("word to the owner: a part is missing")
	}
	if o.Observe == nil {
		o.Observe = func(Told) {}
	}
	if o.Locale == "" {
		o.Locale = "en-US"
	}
	catalog, err := Speech()
	if err != nil {
		return nil, err
	}
	voice, ok := catalog.Voice(o.Locale)
	if !ok {
		return nil, fmt.Errorf("word to the owner: no lines in %q", o.Locale)
	}
	return &Messenger{Options: o, voice: voice}, nil
}

// Receive deals with one message; it is the Receive of [dongle.ReceiverOptions]. A message that was dealt with before
// does nothing. After an error it may have reached some users, who will not hear it again.
func (m *Messenger) Receive(ctx context.Context, message dongle.Message) error {
	said, ok := rowOf(message.Event)
	if !ok {
		return nil // of no interest, and it leaves no trace
	}
	claim, err := m.Inbox.Claim(ctx, message.ID, lease)
	switch {
	case err != nil:
		return fmt.Errorf("claim message: %w", err)
	case claim == store.Settled:
		return nil
	case claim != store.Yours:
		return errBusy
	}
	if err := m.tell(ctx, message, said); err != nil {
		// Given back even if the context is over: the next attempt need not wait for the lease.
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		return errors.Join(err, m.Inbox.Release(release, message.ID))
	}
	if err := m.Inbox.Finish(ctx, message.ID); err != nil {
		return fmt.Errorf("settle message: %w", err)
	}
	return nil
}

// tell sends the notice to everybody who is to hear it. What nobody can mend by waiting counts as told.
func (m *Messenger) tell(ctx context.Context, message dongle.Message, said row) error {
	age := m.Now().Sub(message.Event.At)
	if age >= stale {
		m.Log.WarnContext(ctx, "word comes too late", "event", string(message.Event.Type), "age", age)
		return nil
	}
	account, err := m.Accounts.Account(ctx, message.Owner)
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	what, err := m.template(said, message.Event, account.Preferences.Nicknames[string(message.Vehicle)])
	if err != nil {
		return err
	}
	life := max(min(stale-age, stale), shortest)
	problems := make([]error, len(account.Users))
	var all sync.WaitGroup
	for i, id := range account.Users {
		all.Go(func() {
			problems[i] = m.tellUser(ctx, message, id, notify.Notice{Reference: reference(message, id), Life: life, What: what})
		})
	}
	all.Wait()
	return errors.Join(problems...)
}

func (m *Messenger) tellUser(ctx context.Context, message dongle.Message, id string, n notify.Notice) error {
	user, err := m.Users.User(ctx, id)
	if err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	if !listens(user, message.Owner) {
		return nil
	}
	n.User, n.Region = user.ID, notify.Region(user.Region)
	if n.Region == "" { // older than the skill's habit of writing it down
		n.Region = notify.NorthAmerica
	}
	err = m.Send(ctx, n)
	told := Told{Event: message.Event.Type, Result: notify.Accepted}
	if refused, ok := errors.AsType[*notify.Error](err); ok {
		told.Result = refused.Result
	} else if err != nil {
		told.Result = notify.Unavailable
	}
	m.Observe(told)
	switch told.Result {
	case notify.Accepted:
		m.Log.InfoContext(ctx, "word sent", "event", string(message.Event.Type))
		return nil
	case notify.Unavailable:
		return fmt.Errorf("tell user: %w", err)
	default:
		m.Log.WarnContext(ctx, "word did not reach a user", "event", string(message.Event.Type), "result", string(told.Result), "error", err)
		return nil
	}
}

// listens tells whether a user is linked to this owner, has the skill enabled, and has asked for notifications.
func listens(u store.User, owner string) bool {
	disabled := !u.DisabledAt.IsZero()
	for _, at := range []time.Time{u.LinkedAt, u.EnabledAt, u.SubscribedAt} {
		disabled = disabled && !u.DisabledAt.Before(at)
	}
	return u.Owner == owner && u.Subscribed && !disabled
}

// reference is the same for one event and user whatever message brings it, and of the letters that Alexa takes. It is
// made of the event rather than of the message: two endpoints at the cloud, as while one replaces the other, send two
// messages about one event.
func reference(m dongle.Message, user string) string {
	h := sha256.New()
	for _, part := range []string{m.Owner, string(m.Vehicle), m.Event.ID, user} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}
