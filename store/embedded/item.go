package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/form"
)

// format is the version of the items below. Whoever adds a field raises it and reads the older ones too: an older
// program must refuse what it would otherwise write back with the new field missing. Format 1 had accounts alone,
// without users and expiry.
const format = 2

// head opens every item. Its times are UTC.
type head struct {
	Format    int          `json:"format"`
	Revision  pin.Revision `json:"revision,omitzero"`
	ExpiresAt time.Time    `json:"expires_at,omitzero"`
}

type accountItem struct {
	head
	PIN         json.RawMessage `json:"pin,omitempty"`
	Preferences json.RawMessage `json:"preferences,omitempty"`
	Users       json.RawMessage `json:"users,omitempty"`
}

type userItem struct {
	head
	User json.RawMessage `json:"user"`
}

type messageItem struct {
	head
	LeaseUntil time.Time `json:"lease_until,omitzero"`
	Settled    bool      `json:"settled,omitempty"`
}

// account is what is read of one: what the port knows, and when a tombstone goes.
type account struct {
	store.Account
	expiresAt time.Time
}

func encodeAccount(a account) ([]byte, error) {
	i := accountItem{head: head{format, a.Revision, a.expiresAt.UTC()}}
	var err error
	if i.PIN, err = form.PIN(a.PIN); err != nil {
		return nil, err
	}
	if i.Preferences, err = form.Preferences(a.Preferences); err != nil {
		return nil, err
	}
	if len(a.Users) > 0 {
		if i.Users, err = form.Users(a.Users); err != nil {
			return nil, err
		}
	}
	return marshal(i)
}

// decodeAccount reads what encodeAccount wrote; no data at all is an account that does not exist, and so is one that
// is over at now. Its errors quote nothing of the data.
func decodeAccount(owner string, data []byte, now time.Time) (account, error) {
	none := account{Account: store.Account{Owner: owner}}
	if data == nil {
		return none, nil
	}
	var i accountItem
	if err := unmarshal(data, &i, &i.head); err != nil {
		return none, fmt.Errorf("account %w", err)
	}
	if form.Over(i.ExpiresAt, now) {
		return none, nil
	}
	record, pinErr := form.ReadPIN(i.PIN)
	preferences, preferencesErr := form.ReadPreferences(i.Preferences)
	users, usersErr := form.ReadUsers(i.Users)
	if err := errors.Join(pinErr, preferencesErr, usersErr); err != nil || i.Revision == 0 {
		return none, fmt.Errorf("account is %w", form.ErrDamaged)
	}
	return account{store.Account{
		Owner: owner, Revision: i.Revision, PIN: record, Preferences: preferences, Users: users,
	}, i.ExpiresAt}, nil
}

func encodeUser(u store.User) ([]byte, error) {
	i := userItem{head: head{format, u.Revision, u.ExpiresAt.UTC()}}
	var err error
	if i.User, err = form.User(u); err != nil {
		return nil, err
	}
	return marshal(i)
}

// decodeUser reads what encodeUser wrote; see decodeAccount.
func decodeUser(id string, data []byte, now time.Time) (store.User, error) {
	none := store.User{ID: id}
	if data == nil {
		return none, nil
	}
	var i userItem
	if err := unmarshal(data, &i, &i.head); err != nil {
		return none, fmt.Errorf("user %w", err)
	}
	if form.Over(i.ExpiresAt, now) {
		return none, nil
	}
	u, err := form.ReadUser(id, i.Revision, i.User)
	if err != nil || i.Revision == 0 {
		return none, fmt.Errorf("user is %w", form.ErrDamaged)
	}
	return u, nil
}

// decodeMessage reads a message; no data at all, and one that is over at now, is one that nobody has claimed.
func decodeMessage(data []byte, now time.Time) (messageItem, error) {
	if data == nil {
		return messageItem{}, nil
	}
	var i messageItem
	if err := unmarshal(data, &i, &i.head); err != nil {
		return messageItem{}, fmt.Errorf("message %w", err)
	}
	if form.Over(i.ExpiresAt, now) {
		return messageItem{}, nil
	}
	return i, nil
}

func marshal(item any) ([]byte, error) {
	data, err := json.Marshal(item)
	if err != nil {
		return nil, fmt.Errorf("item cannot be written: %w", store.ErrInvalid)
	}
	return data, nil
}

// unmarshal reads an item strictly, once it is known to be of a format we know; h is the item's own head.
func unmarshal(data []byte, item any, h *head) error {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return fmt.Errorf("is %w", form.ErrDamaged)
	}
	if version.Format > format {
		return fmt.Errorf("was written by a newer trunkpass (format %d, this one knows %d)", version.Format, format)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(item); err != nil || h.Format < 1 {
		return fmt.Errorf("is %w", form.ErrDamaged)
	}
	return nil
}
