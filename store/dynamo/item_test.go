package dynamo

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/form"
)

var start = time.Date(2031, 5, 6, 14, 0, 0, 0, time.UTC)

func TestItemsThatAreNotOurs(t *testing.T) {
	n := func(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
	for name, tt := range map[string]struct {
		item item
		want string
	}{
		"newer":              {item{"format": n("2"), "revision": n("1")}, "newer trunkpass"},
		"no format":          {item{"revision": n("1")}, "damaged"},
		"format 0":           {item{"format": n("0"), "revision": n("1")}, "damaged"},
		"format a text":      {item{"format": text("1"), "revision": n("1")}, "damaged"},
		"no revision":        {item{"format": n("1")}, "damaged"},
		"revision 0":         {item{"format": n("1"), "revision": n("0")}, "damaged"},
		"revision negative":  {item{"format": n("1"), "revision": n("-1")}, "damaged"},
		"revision a half":    {item{"format": n("1"), "revision": n("0.5")}, "damaged"},
		"expiry a text":      {item{"format": n("1"), "revision": n("1"), "expires_at": text("4821")}, "damaged"},
		"parts are numbers":  {item{"format": n("1"), "revision": n("1"), "pin": n("4821"), "user": n("4821")}, "damaged"},
		"parts are not JSON": {item{"format": n("1"), "revision": n("1"), "users": text("4821"), "user": text("4821")}, "damaged"},
		"unknown members":    {item{"format": n("1"), "revision": n("1"), "preferences": text(`{"pin":4821}`), "user": text(`{"pin":4821}`)}, "damaged"},
	} {
		_, accountErr := accountOf("a", tt.item, start)
		_, userErr := userOf("a", tt.item, start)
		for kind, err := range map[string]error{"account": accountErr, "user": userErr} {
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "4821") {
				t.Errorf("%s: %s: %v, want %q and nothing of the data", name, kind, err, tt.want)
			}
		}
	}
}

// Read as an item is, an answer is an item of ours or an error.
func FuzzItem(f *testing.F) {
	f.Add("1", "7", "", `{"hash":"h","failures":2,"set_at":"2031-05-06T14:00:00Z"}`, `{"pressure_unit":"bar"}`, `["u"]`, `{"owner":"demo"}`, []byte("token"))
	f.Add("1", "1", "1935928800", "", "", "", "", []byte(nil))
	f.Add("2", "1", "x", "{}", "null", `["",""]`, "[]", []byte{0})
	f.Fuzz(func(t *testing.T, format, revision, expires, record, preferences, users, user string, token []byte) {
		i := item{}
		for attribute, n := range map[string]string{formatAttribute: format, revisionAttribute: revision, ExpiryAttribute: expires} {
			if n != "" {
				i[attribute] = &types.AttributeValueMemberN{Value: n}
			}
		}
		for attribute, s := range map[string]string{pinAttribute: record, preferencesAttribute: preferences, usersAttribute: users, userAttribute: user} {
			if s != "" {
				i[attribute] = text(s)
			}
		}
		i[slot(3)] = &types.AttributeValueMemberB{Value: token}
		a, err := accountOf("a", i, start)
		switch {
		case a.Owner != "a":
			t.Errorf("owner %q", a.Owner)
		case (err != nil || a.Revision == 0) && (a.PIN != (pin.Record{}) || a.Users != nil):
			t.Errorf("half an account %+v, %v", a, err)
		case store.CheckUsers(a.Users) != nil:
			t.Errorf("users %q", a.Users)
		}
		if u, err := userOf("u", i, start); u.ID != "u" || (err != nil || u.Revision == 0) && u != (store.User{ID: "u"}) {
			t.Errorf("half a user %+v, %v", u, err)
		}
		if err := outcome(i, 3, []byte("other"), 1); err == nil && string(token) != "other" {
			t.Error("won with another's token")
		}
	})
}

func TestTokensTakeTurns(t *testing.T) {
	seen := map[string]bool{}
	for r := range pin.Revision(slots) {
		seen[slot(r+5)] = true
	}
	if len(seen) != slots || slot(1) != slot(1+slots) || slot(1<<63) != "w0" {
		t.Errorf("slots %v", seen)
	}
}

func TestExpiryIsRoundedUp(t *testing.T) {
	for past, want := range map[time.Duration]int64{0: 0, 1: 1, time.Second - 1: 1, time.Second: 1, time.Second + 1: 2} {
		n, ok := expiry(start.Add(past)).(*types.AttributeValueMemberN)
		if !ok || n.Value != strconv.FormatInt(start.Unix()+want, 10) {
			t.Errorf("%v after the second: %v, want %d seconds on", past, n, want)
		}
	}
}

func TestDamagedIsNoConflict(t *testing.T) {
	_, err := accountOf("a", item{formatAttribute: text("")}, start)
	if !errors.Is(err, form.ErrDamaged) || errors.Is(err, store.ErrConflict) {
		t.Errorf("%v, want ErrDamaged", err)
	}
}
