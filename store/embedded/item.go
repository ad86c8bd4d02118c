package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// format is the version of the form below. Whoever adds a field raises it and reads the older ones too:
// an older program must refuse what it would otherwise write back with the new field missing.
const format = 1

// item is an account as it is written. Its times are UTC.
type item struct {
	Format      int          `json:"format"`
	Revision    pin.Revision `json:"revision"`
	PIN         pinItem      `json:"pin,omitzero"`
	Preferences prefsItem    `json:"preferences,omitzero"`
}

type pinItem struct {
	Hash     string    `json:"hash,omitempty"`
	Failures int       `json:"failures,omitempty"`
	LockedAt time.Time `json:"locked_at,omitzero"`
	SetAt    time.Time `json:"set_at,omitzero"`
}

type prefsItem struct {
	PressureUnit string            `json:"pressure_unit,omitempty"`
	DefaultCar   string            `json:"default_car,omitempty"`
	DistanceUnit string            `json:"distance_unit,omitempty"`
	LocationPIN  bool              `json:"location_pin,omitempty"`
	Nicknames    map[string]string `json:"nicknames,omitempty"`
	Greeted      bool              `json:"greeted,omitempty"`
}

func encode(a store.Account) ([]byte, error) {
	r := pinItem(a.PIN)
	r.LockedAt, r.SetAt = r.LockedAt.UTC(), r.SetAt.UTC()
	data, err := json.Marshal(item{
		Format:      format,
		Revision:    a.Revision,
		PIN:         r,
		Preferences: prefsItem(a.Preferences),
	})
	if err != nil {
		return nil, fmt.Errorf("encode account: %w", err)
	}
	return data, nil
}

// decode reads what encode wrote; no data at all is an account that does not exist. Its errors quote
// nothing of the data.
func decode(owner string, data []byte) (store.Account, error) {
	a := store.Account{Owner: owner}
	if data == nil {
		return a, nil
	}
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return a, errors.New("account is damaged")
	}
	if version.Format > format {
		return a, fmt.Errorf("account was written by a newer trunkpass (format %d, this one knows %d)", version.Format, format)
	}
	var i item
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&i); err != nil || i.Format != format || i.Revision == 0 {
		return a, errors.New("account is damaged")
	}
	a.Revision, a.PIN, a.Preferences = i.Revision, pin.Record(i.PIN), store.Preferences(i.Preferences)
	return a, nil
}
