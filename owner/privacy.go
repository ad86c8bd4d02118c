package owner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// privacyView is the page of what is kept.
type privacyView struct {
	PIN   pinState
	Users int
	Names int // nicknames
}

// deleteView asks whether everything is to be deleted.
type deleteView struct {
	NeedsProof bool
	Again      string
	Word       string // what to type
	Wrong      string
}

// Invalid reports whether there is something to correct.
func (d deleteView) Invalid() bool { return d.Wrong != "" }

// word is what the owner types to delete everything, in any case.
const word = "delete"

func (p *page) privacy(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return answer{}, err
	}
	return answer{page: "privacy", view: privacyView{
		PIN: v.pinState(account.PIN), Users: len(account.Users), Names: len(account.Preferences.Nicknames),
	}}, nil
}

// exported is the file of everything. Instants are UTC. It has neither the PIN nor its hash, and no plate: that
// belongs to the dongle cloud.
type exported struct {
	MadeAt  time.Time        `json:"made_at"`
	Owner   exportedOwner    `json:"owner"`
	PIN     exportedPIN      `json:"voice_pin"`
	Choices exportedChoices  `json:"settings"`
	Users   int              `json:"alexa_users"`
	Cars    []exportedCar    `json:"cars"`
	Missing []exportedAbsent `json:"could_not_be_read,omitempty"`
}

type exportedOwner struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"`
}

type exportedPIN struct {
	Set       bool      `json:"set"`
	SetAt     time.Time `json:"set_at,omitzero"`
	Locked    bool      `json:"locked"`
	LockedAt  time.Time `json:"locked_at,omitzero"`
	WrongRuns int       `json:"wrong_in_a_row"`
}

type exportedChoices struct {
	DefaultCar   string            `json:"default_car"`
	PressureUnit string            `json:"pressure_unit"`
	DistanceUnit string            `json:"distance_unit"`
	LocationPIN  bool              `json:"pin_for_location"`
	Nicknames    map[string]string `json:"nicknames"`
	Greeted      bool              `json:"has_heard_the_welcome"`
}

type exportedCar struct {
	ID           vehicle.ID      `json:"id"`
	Name         string          `json:"name"`
	Make         string          `json:"make"`
	Model        string          `json:"model"`
	Year         int             `json:"year"`
	BlockedSince time.Time       `json:"blocked_since,omitzero"`
	Grants       []exportedGrant `json:"grants"`
	EventsSince  time.Time       `json:"events_since,omitzero"` // zero: all that the cloud keeps
	Events       []exportedEvent `json:"events"`
}

type exportedGrant struct {
	ID        string              `json:"id"`
	For       string              `json:"for"`
	Opens     vehicle.AccessPoint `json:"opens"`
	Start     time.Time           `json:"start"`
	End       time.Time           `json:"end"`
	Status    vehicle.GrantStatus `json:"status"`
	CreatedAt time.Time           `json:"created_at"`
	RevokedAt time.Time           `json:"revoked_at,omitzero"`
}

type exportedEvent struct {
	ID        string            `json:"id"`
	Type      vehicle.EventType `json:"type"`
	At        time.Time         `json:"at"`
	Grant     string            `json:"grant,omitempty"`
	Actor     vehicle.ActorKind `json:"actor,omitempty"`
	ActorName string            `json:"actor_name,omitempty"`
	// Precision is of a released position alone.
	Precision string `json:"precision,omitempty"`
}

type exportedAbsent struct {
	Car  string `json:"car"`
	What string `json:"what"`
}

// export hands everything over. What cannot be read is listed and not hidden.
func (p *page) export(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	w, account, err := p.lookWith(ctx, v)
	if err != nil {
		return answer{}, err
	}
	prefs := account.Preferences
	all := exported{
		MadeAt: v.now, Owner: exportedOwner{ID: v.session.Owner, Name: v.session.Name, TimeZone: v.session.Zone},
		PIN: exportedPIN{
			Set: account.PIN.IsSet(), SetAt: account.PIN.SetAt, Locked: account.PIN.Locked(), LockedAt: account.PIN.LockedAt, WrongRuns: account.PIN.Failures,
		},
		Choices: exportedChoices{
			DefaultCar: prefs.DefaultCar, PressureUnit: prefs.PressureUnit, DistanceUnit: prefs.DistanceUnit,
			LocationPIN: prefs.LocationPIN, Nicknames: prefs.Nicknames, Greeted: prefs.Greeted,
		},
		Users: len(account.Users), Cars: []exportedCar{},
	}
	for _, car := range w.cars {
		c := exportedCar{
			ID: car.ID, Name: car.Name, Make: car.Make, Model: car.Model, Year: car.Year, BlockedSince: car.BlockedSince,
			Grants: []exportedGrant{}, Events: []exportedEvent{},
		}
		for _, g := range w.grants[car.ID] {
			c.Grants = append(c.Grants, exportGrant(g, v.now))
		}
		if w.unread[car.ID] {
			all.Missing = append(all.Missing, exportedAbsent{car.Name, "grants"})
		}
		if err := p.exportEvents(ctx, v, car, &c); err != nil {
			if kind, _ := vehicle.KindOf(err); kind == vehicle.NotLinked {
				return answer{}, err
			}
			all.Missing = append(all.Missing, exportedAbsent{car.Name, "events"})
		}
		all.Cars = append(all.Cars, c)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return answer{}, fmt.Errorf("export: %w", err)
	}
	return answer{file: &file{name: "trunkpass-" + v.now.In(v.zone).Format("2006-01-02") + ".json", media: "application/json", data: data}}, nil
}

// exportEvents reads all events of a car. A car with more than can be read at once gives those of a shorter time.
func (p *page) exportEvents(ctx context.Context, v *visit, car vehicle.Vehicle, into *exportedCar) error {
	var since time.Time
	events, err := p.Cars.Events(ctx, v.token(), car.ID, since)
	for _, days := range []int{90, 30, 7, 1} {
		if kind, _ := vehicle.KindOf(err); err == nil || kind != vehicle.Invalid {
			break
		}
		since = v.now.AddDate(0, 0, -days)
		events, err = p.Cars.Events(ctx, v.token(), car.ID, since)
	}
	if kind, _ := vehicle.KindOf(err); err != nil && kind == vehicle.Unsupported {
		return nil // this cloud remembers nothing
	}
	if err != nil {
		return err
	}
	into.EventsSince = since
	for _, e := range events {
		x := exportedEvent{ID: e.ID, Type: e.Type, At: e.At, Grant: e.Grant, Actor: e.Actor.Kind, ActorName: e.Actor.Name}
		if e.Type == vehicle.PositionReleased {
			x.Precision = map[bool]string{true: "exact", false: "vicinity"}[e.Exact]
		}
		into.Events = append(into.Events, x)
	}
	return nil
}

func exportGrant(g vehicle.Grant, now time.Time) exportedGrant {
	return exportedGrant{
		ID: g.ID, For: guestOf(g), Opens: g.AccessPoint, Start: g.Window.Start, End: g.Window.End,
		Status: g.Status(now), CreatedAt: g.CreatedAt, RevokedAt: g.RevokedAt,
	}
}

func (p *page) askDelete(_ context.Context, v *visit) (answer, error) {
	return answer{page: "delete", view: deleteView{NeedsProof: !v.fresh(), Again: again("/privacy/delete"), Word: word}}, nil
}

// delete forgets the owner, then ends the sign-in. If it fails on the way it can be done again.
func (p *page) delete(ctx context.Context, v *visit) (answer, error) {
	view := deleteView{NeedsProof: !v.fresh(), Again: again("/privacy/delete"), Word: word}
	if view.NeedsProof {
		return answer{status: http.StatusForbidden, page: "delete", view: view}, nil
	}
	if !strings.EqualFold(strings.TrimSpace(v.form.Get("word")), word) {
		view.Wrong = "Type the word " + word + ", so that nothing is deleted by mistake."
		return answer{status: http.StatusUnprocessableEntity, page: "delete", view: view}, nil
	}
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	if _, err := Forget(ctx, p.Accounts, p.Users, v.session.Owner, p.Now()); err != nil {
		return answer{}, err
	}
	p.end(ctx, *v.session)
	return answer{to: "/deleted", ended: true}, nil
}

// Forgotten is what [Forget] found and took away.
type Forgotten struct {
	Known   bool // anything was kept of the owner
	PIN     bool // a voice PIN was set
	Choices bool // settings were made, nicknames among them
	Users   int  // Alexa users that were linked to the owner
}

// Forget deletes what is kept of an owner: the Alexa users first, because the account knows who they are, then the
// account. Now is when it happens. An owner of whom nothing is kept is no error. After an error some of it may have
// happened; forgetting again does the rest. Others may write the account meanwhile.
func Forget(ctx context.Context, accounts Accounts, users store.Users, owner string, now time.Time) (Forgotten, error) {
	gone, err := forget(ctx, accounts, users, owner, now)
	if err != nil {
		return gone, fmt.Errorf("delete everything: %w", err)
	}
	return gone, nil
}

func forget(ctx context.Context, accounts Accounts, users store.Users, owner string, now time.Time) (gone Forgotten, err error) {
	for range saves {
		account, err := accounts.Account(ctx, owner)
		if err != nil {
			return gone, err
		}
		gone.note(account)
		for _, id := range account.Users {
			linked, err := forgetUser(ctx, users, owner, id, now)
			if err != nil {
				return gone, fmt.Errorf("forget an Alexa user: %w", err)
			}
			if linked {
				gone.Users++
			}
		}
		if account.Revision == 0 {
			return gone, nil // there never was an account
		}
		err = accounts.Erase(ctx, owner, account.Revision)
		if !errors.Is(err, store.ErrConflict) {
			return gone, err
		}
	}
	return gone, store.ErrConflict
}

// note adds what an account has; the revision of one that was erased is nothing.
func (f *Forgotten) note(a store.Account) {
	names := len(a.Preferences.Nicknames)
	a.Preferences.Nicknames = nil
	f.PIN = f.PIN || a.PIN.IsSet()
	f.Choices = f.Choices || names > 0 || !reflect.DeepEqual(a.Preferences, store.Preferences{})
	f.Known = f.Known || f.PIN || f.Choices || a.PIN != (pin.Record{}) || len(a.Users) > 0
}

// keepForgotten is how long the trace of a forgotten Alexa user stays, without any owner in it: as long as owner/linked
// keeps that of one who disabled the skill, longer than events
// about the time before may be under way.
const keepForgotten = 30 * 24 * time.Hour

// forgetUser takes the owner off an Alexa user, and what the user wanted to be told, and reports whether it was linked to
// the owner. The instants stay for a while, so that an event from before does not bring it back.
func forgetUser(ctx context.Context, users store.Users, owner, id string, now time.Time) (linked bool, err error) {
	for range saves {
		u, err := users.User(ctx, id)
		if err != nil || u.Owner != owner {
			return false, err // linked to another account meanwhile, or to none
		}
		at := now.UTC()
		u.Owner, u.Subscribed, u.Region = "", false, ""
		u.LinkedAt, u.SubscribedAt, u.ExpiresAt = at, at, at.Add(keepForgotten)
		if err = users.SaveUser(ctx, u); !errors.Is(err, store.ErrConflict) {
			return err == nil, err
		}
	}
	return false, store.ErrConflict
}
