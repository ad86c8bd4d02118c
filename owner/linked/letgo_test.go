package linked

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/store"
)

// TestOldestIsLetGo: whom an account's list has no room for belongs to it no more, so that deleting the account leaves nobody.
func TestOldestIsLetGo(t *testing.T) {
	s, c := newShelf(), &registry{}
	of := func(n int, e *skill.Request) *skill.Request {
		e.Context.System.User.UserID = fmt.Sprint("user-", n)
		return e
	}
	for n := range store.MaxUsers + 2 {
		play(t, s, c, of(n, subscribeEvent(n, "AMAZON.OrderStatus.Updated")), of(n, linkEvent(n, "alex")))
	}
	listed := s.accounts["alex"].Users
	check := func(when string) {
		t.Helper()
		for id, u := range s.users {
			on := slices.Contains(listed, id)
			if (u.Owner == "alex") != on || u.Subscribed != on || u.ExpiresAt.IsZero() != on {
				t.Errorf("%s, %s is listed: %t, and kept as %+v", when, id, on, u)
			}
		}
	}
	if len(listed) != store.MaxUsers || slices.Contains(listed, "user-0") || slices.Contains(listed, "user-1") {
		t.Errorf("the account lists %v", listed)
	}
	check("in the end")
	play(t, s, c, of(0, linkEvent(0, "alex")), of(1, subscribeEvent(1))) // what was sent before comes again
	check("after what came again")
	play(t, s, c, of(0, subscribeEvent(50)))
	if u := s.users["user-0"]; u.ExpiresAt.IsZero() {
		t.Errorf("who wants no word stays for ever: %+v", u)
	}
	play(t, s, c, of(0, linkEvent(60, "alex")))
	if u := s.users["user-0"]; u.Owner != "alex" || !u.ExpiresAt.IsZero() || s.users["user-2"].Owner != "" {
		t.Errorf("who linked again is kept as %+v, the oldest as %+v", u, s.users["user-2"])
	}
}

// TestLettingGoFails: nothing is listed that the oldest could not make room for, and the event comes again.
func TestLettingGoFails(t *testing.T) {
	s, c := newShelf(), &registry{}
	s.accounts["alex"] = store.Account{Owner: "alex", Revision: 3, Users: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	s.users["0"] = store.User{ID: "0", Owner: "alex", Revision: 1}
	broken := errors.New("broken")
	s.interfere = func(s *shelf) { // the user is written, the next write fails
		s.interfere = func(s *shelf) { s.failing = broken }
	}
	if err := links(t, s, c).Event(t.Context(), linkEvent(1, "alex")); !errors.Is(err, broken) {
		t.Errorf("got %v, want the store's error", err)
	}
	if users := s.accounts["alex"].Users; slices.Contains(users, "user") || users[0] != "0" {
		t.Errorf("the account lists %v", users)
	}
	s.failing = nil
	play(t, s, c, linkEvent(1, "alex"))
	if users := s.accounts["alex"].Users; !slices.Contains(users, "user") || s.users["0"].Owner != "" {
		t.Errorf("the account lists %v, the oldest is %+v", users, s.users["0"])
	}
}
