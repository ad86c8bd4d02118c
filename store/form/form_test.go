package form

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

var when = time.Date(2031, 5, 6, 14, 0, 0, 123456789, time.UTC)

// Key, revision, format, expiry and tokens of an engine take what the parts leave.
func TestPartsFitInAnItem(t *testing.T) {
	const rest = store.MaxOwner + 512
	if all := maxPIN + maxPreferences + maxUsers + rest; all > MaxItem {
		t.Errorf("parts and rest may take %d bytes, and an item has %d", all, MaxItem)
	}
}

func TestLimits(t *testing.T) {
	nicknames := map[string]string{}
	for i := range 100 {
		nicknames[strconv.Itoa(i)] = strings.Repeat("\x01", 60)
		nicknames[strings.Repeat("<", 200)+strconv.Itoa(i)] = strings.Repeat("&", 60)
	}
	_, pinErr := PIN(pin.Record{Hash: strings.Repeat("4821", 600)})
	_, preferencesErr := Preferences(store.Preferences{Nicknames: nicknames})
	_, usersErr := Users([]string{strings.Repeat("4821", 4000)})
	_, userErr := User(store.User{Owner: strings.Repeat("4821", 4000)})
	_, yearErr := User(store.User{LinkedAt: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)})
	for part, err := range map[string]error{
		"PIN": pinErr, "preferences": preferencesErr, "users": usersErr, "user": userErr, "year": yearErr,
	} {
		if !errors.Is(err, store.ErrInvalid) || strings.Contains(err.Error(), "4821") {
			t.Errorf("%s: %v, want ErrInvalid and nothing of the data", part, err)
		}
	}
}

// What was written by every earlier program is read: these are texts, not what we write today.
func TestWrittenBefore(t *testing.T) {
	r, err := ReadPIN([]byte(`{"hash":"$argon2id$x","failures":2,"locked_at":"2031-05-06T14:00:00.123456789Z","set_at":"2031-05-06T14:00:00.123456789Z"}`))
	if err != nil || r != (pin.Record{Hash: "$argon2id$x", Failures: 2, LockedAt: when, SetAt: when}) {
		t.Errorf("PIN %v, %v", r, err)
	}
	p, err := ReadPreferences([]byte(`{"pressure_unit":"bar","default_car":"golf","distance_unit":"km","location_pin":true,"nicknames":{"golf":"red one"},"greeted":true}`))
	if err != nil || p.PressureUnit != "bar" || p.DefaultCar != "golf" || p.DistanceUnit != "km" || !p.LocationPIN ||
		p.Nicknames["golf"] != "red one" || !p.Greeted {
		t.Errorf("preferences %+v, %v", p, err)
	}
	u, err := ReadUser("u", 3, []byte(`{"owner":"demo","region":"eu","subscribed":true,"linked_at":"2031-05-06T14:00:00.123456789Z"}`))
	if want := (store.User{ID: "u", Revision: 3, Owner: "demo", Region: "eu", Subscribed: true, LinkedAt: when}); err != nil || u != want {
		t.Errorf("user %+v, %v, want %+v", u, err, want)
	}
	users, err := ReadUsers([]byte(`["a","b"]`))
	if err != nil || len(users) != 2 || users[1] != "b" {
		t.Errorf("users %q, %v", users, err)
	}
}

func TestDamaged(t *testing.T) {
	for _, data := range []string{"4821", "{", `{"hint":"4821"}`, `{"hash":"h"} 4821`, `["4821",""]`, `["4821","4821"]`, "\xff"} {
		_, pinErr := ReadPIN([]byte(data))
		_, preferencesErr := ReadPreferences([]byte(data))
		_, usersErr := ReadUsers([]byte(data))
		_, userErr := ReadUser("u", 1, []byte(data))
		for part, err := range map[string]error{"PIN": pinErr, "preferences": preferencesErr, "users": usersErr, "user": userErr} {
			if !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "4821") {
				t.Errorf("%s %s: %v, want ErrDamaged and nothing of the data", part, data, err)
			}
		}
	}
}

func TestOver(t *testing.T) {
	for past, want := range map[time.Duration]bool{-1: false, 0: true, 1: true} {
		if got := Over(when, when.Add(past)); got != want {
			t.Errorf("%v after: over %t, want %t", past, got, want)
		}
	}
	if Over(time.Time{}, when) {
		t.Error("never has come")
	}
}
