// Package form spells what the engines of package store keep: each part of an account, and an Alexa user, as JSON.
// An engine puts the parts into its items as it likes and adds revisions, versions and expiry of its own.
//
// Every part has a limit, so that an item of all parts stays below [MaxItem] whichever part is written: an engine
// that writes one part without reading the others need not know how large they are. Times are written in UTC.
package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// MaxItem is what an item with all its parts never exceeds, in bytes.
const MaxItem = 64 << 10

// The limits of the parts, in bytes of JSON. The largest preferences are a hundred nicknames of sixty characters for
// ids of 256 bytes; the largest users ten ids of 1024 bytes.
const (
	maxPIN         = 2 << 10
	maxUsers       = 11 << 10
	maxPreferences = 50 << 10
	maxUser        = 4 << 10
)

// ErrDamaged means that a part is not as it was written. Its message quotes nothing of the part.
var ErrDamaged = errors.New("damaged")

type pinForm struct {
	Hash     string    `json:"hash,omitempty"`
	Failures int       `json:"failures,omitempty"`
	LockedAt time.Time `json:"locked_at,omitzero"`
	SetAt    time.Time `json:"set_at,omitzero"`
}

type preferencesForm struct {
	PressureUnit string            `json:"pressure_unit,omitempty"`
	DefaultCar   string            `json:"default_car,omitempty"`
	DistanceUnit string            `json:"distance_unit,omitempty"`
	LocationPIN  bool              `json:"location_pin,omitempty"`
	Nicknames    map[string]string `json:"nicknames,omitempty"`
	Greeted      bool              `json:"greeted,omitempty"`
}

type userForm struct {
	Owner        string    `json:"owner,omitempty"`
	Region       string    `json:"region,omitempty"`
	Subscribed   bool      `json:"subscribed,omitempty"`
	LinkedAt     time.Time `json:"linked_at,omitzero"`
	EnabledAt    time.Time `json:"enabled_at,omitzero"`
	DisabledAt   time.Time `json:"disabled_at,omitzero"`
	SubscribedAt time.Time `json:"subscribed_at,omitzero"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
}

// PIN spells a record. One with a hash of more than about two thousand bytes is store.ErrInvalid.
func PIN(r pin.Record) ([]byte, error) {
	f := pinForm(r)
	f.LockedAt, f.SetAt = f.LockedAt.UTC(), f.SetAt.UTC()
	return write("PIN", f, maxPIN)
}

// ReadPIN reads what [PIN] wrote; nothing at all is the zero record.
func ReadPIN(data []byte) (pin.Record, error) {
	f, err := read[pinForm]("PIN", data)
	return pin.Record(f), err
}

// Preferences spells preferences.
func Preferences(p store.Preferences) ([]byte, error) {
	return write("preferences", preferencesForm(p), maxPreferences)
}

// ReadPreferences reads what [Preferences] wrote; nothing at all is the zero preferences.
func ReadPreferences(data []byte) (store.Preferences, error) {
	f, err := read[preferencesForm]("preferences", data)
	return store.Preferences(f), err
}

// Users spells the Alexa users of an account.
func Users(ids []string) ([]byte, error) { return write("users", ids, maxUsers) }

// ReadUsers reads what [Users] wrote; nothing at all is nobody. What store.CheckUsers refuses is ErrDamaged.
func ReadUsers(data []byte) ([]string, error) {
	ids, err := read[[]string]("users", data)
	if err != nil || store.CheckUsers(ids) != nil {
		return nil, fmt.Errorf("users: %w", ErrDamaged)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return ids, nil
}

// User spells all of a user but its id and revision.
func User(u store.User) ([]byte, error) {
	return write("user", userForm{
		Owner: u.Owner, Region: u.Region, Subscribed: u.Subscribed,
		LinkedAt: u.LinkedAt.UTC(), EnabledAt: u.EnabledAt.UTC(), DisabledAt: u.DisabledAt.UTC(),
		SubscribedAt: u.SubscribedAt.UTC(), ExpiresAt: u.ExpiresAt.UTC(),
	}, maxUser)
}

// ReadUser reads what [User] wrote.
func ReadUser(id string, revision pin.Revision, data []byte) (store.User, error) {
	f, err := read[userForm]("user", data)
	return store.User{
		ID: id, Revision: revision, Owner: f.Owner, Region: f.Region, Subscribed: f.Subscribed,
		LinkedAt: f.LinkedAt, EnabledAt: f.EnabledAt, DisabledAt: f.DisabledAt,
		SubscribedAt: f.SubscribedAt, ExpiresAt: f.ExpiresAt,
	}, err
}

// Over tells whether what expires at the given time is gone at now; the zero time never comes.
func Over(expires, now time.Time) bool { return !expires.IsZero() && !now.Before(expires) }

func write(part string, v any, limit int) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // six bytes for a "<" would break the limits
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", part, store.ErrInvalid)
	}
	data := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(data) > limit {
		return nil, fmt.Errorf("%s take more than %d bytes: %w", part, limit, store.ErrInvalid)
	}
	return data, nil
}

func read[T any](part string, data []byte) (v T, err error) {
	if len(data) == 0 {
		return v, nil
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if strict.Decode(&v) == nil {
		if _, err := strict.Token(); err == io.EOF {
			return v, nil
		}
	}
	var none T
	return none, fmt.Errorf("%s: %w", part, ErrDamaged)
}
