package vehicletest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// racingExtensions is how many turns at once move the end of a grant that another one revokes.
const racingExtensions = 5

func (s suite) runGates(t *testing.T) {
	t.Run("Extend", s.extend)
	t.Run("ExtendRefused", s.extendRefused)
	t.Run("ExtendOver", s.extendOver)
	t.Run("Revoke", s.revoke)
	t.Run("RevokeWins", s.revokeWins)
	t.Run("NoSuchGrant", s.noSuchGrant)
	t.Run("Block", s.block)
	if s.LoseNextReply != nil {
		t.Run("LostReplyOfEnding", s.lostEnding)
	}
}

// short makes a grant that can be made longer: its window is half of what can be granted, or two hours.
func (s suite) short(t *testing.T, token vehicle.Token) vehicle.Grant {
	t.Helper()
	request := s.request()
	length := 2 * time.Hour
	if longest := s.Harness.Grants.Longest; longest > 0 {
		length = min(length, longest/2)
	}
	request.Window.End = request.Window.Start.Add(max(length, s.Harness.Grants.Shortest))
	grant, err := s.CreateGrant(within(t), token, newKey(), request)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// extend: the end is an instant, so that moving it there twice is moving it once.
func (s suite) extend(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	before := s.list(t, token)
	end := grant.Window.End.Add(30 * time.Minute)
	for range 2 {
		got, err := s.ExtendGrant(within(t), token, grant.ID, end)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range []vehicle.Grant{got, s.list(t, token)[grant.ID]} {
			if g.ID != grant.ID || !g.Window.Start.Equal(grant.Window.Start) || !g.Window.End.Equal(end) || g.Carrier != grant.Carrier || !g.Open(s.Now()) {
				t.Errorf("got %+v, want %+v to end at %v", g, grant, end)
			}
		}
	}
	if after := s.list(t, token); len(after) != len(before) {
		t.Errorf("got %d grants after %d, want as many", len(after), len(before))
	}
}

func (s suite) extendRefused(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	ends := map[string]time.Time{
		"shorter":          grant.Window.End.Add(-time.Minute),
		"before it starts": grant.Window.Start.Add(-time.Minute),
	}
	if longest := s.Harness.Grants.Longest; longest > 0 {
		ends["too long"] = grant.Window.Start.Add(longest + time.Second)
	}
	for name, end := range ends {
		_, err := s.ExtendGrant(within(t), token, grant.ID, end)
		if want(t, err, vehicle.Invalid); t.Failed() {
			t.Fatal(name)
		}
		if got := s.list(t, token)[grant.ID].Window; !got.End.Equal(grant.Window.End) {
			t.Errorf("%s: refused, and yet it ends at %v instead of %v", name, got.End, grant.Window.End)
		}
	}
}

// extendOver: what is over stays over.
func (s suite) extendOver(t *testing.T) {
	token := s.SignIn(t)
	revoked := s.short(t, token)
	if _, err := s.RevokeGrant(within(t), token, revoked.ID); err != nil {
		t.Fatal(err)
	}
	over := []vehicle.Grant{revoked}
	if s.Pass != nil {
		request := s.request()
		request.Window.End = request.Window.Start.Add(max(s.Harness.Grants.Shortest, time.Minute))
		expired, err := s.CreateGrant(within(t), token, newKey(), request)
		if err != nil {
			t.Fatal(err)
		}
		s.Pass(t, expired.Window.End.Sub(s.Now())+time.Minute)
		token = s.SignIn(t)
		over = append(over, expired)
	}
	for _, grant := range over {
		_, err := s.ExtendGrant(within(t), token, grant.ID, s.Now().UTC().Truncate(time.Second).Add(time.Hour))
		want(t, err, vehicle.Conflict)
		if s.list(t, token)[grant.ID].Open(s.Now()) {
			t.Errorf("%s is open again", grant.ID)
		}
	}
}

func (s suite) revoke(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	first, err := s.RevokeGrant(within(t), token, grant.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.RevokeGrant(within(t), token, grant.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []vehicle.Grant{first, again, s.list(t, token)[grant.ID]} {
		if g.ID != grant.ID || g.RevokedAt.IsZero() || !g.RevokedAt.Equal(first.RevokedAt) || g.Open(s.Now().Add(skew)) {
			t.Errorf("got %+v, want it revoked at %v", g, first.RevokedAt)
		}
	}
}

// revokeWins: whoever moves the end at the same time, the grant is over.
func (s suite) revokeWins(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	var all sync.WaitGroup
	for i := range racingExtensions {
		all.Go(func() {
			_, err := s.ExtendGrant(within(t), token, grant.ID, grant.Window.End.Add(time.Duration(i+1)*time.Minute))
			kind, outcome := vehicle.KindOf(err)
			if err != nil && (outcome != vehicle.NotDone || kind != vehicle.Conflict && kind != vehicle.Invalid) {
				t.Errorf("extension %d: %v", i, err)
			}
		})
	}
	all.Go(func() {
		if _, err := s.RevokeGrant(within(t), token, grant.ID); err != nil {
			t.Errorf("revocation: %v", err)
		}
	})
	all.Wait()
	if g := s.list(t, token)[grant.ID]; g.Open(s.Now().Add(skew)) {
		t.Errorf("got %+v, want it over", g)
	}
}

// noSuchGrant: somebody else's grant looks exactly like one that does not exist.
func (s suite) noSuchGrant(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	refused := func(token vehicle.Token, id string) {
		t.Helper()
		_, err := s.ExtendGrant(within(t), token, id, grant.Window.End.Add(time.Minute))
		want(t, err, vehicle.NotFound)
		_, err = s.RevokeGrant(within(t), token, id)
		want(t, err, vehicle.NotFound)
	}
	for _, id := range []string{"no-such-grant", "", "../me", "a b", "g%00"} {
		refused(token, id)
	}
	if s.SignInNeighbor == nil {
		return
	}
	refused(s.SignInNeighbor(t), grant.ID)
	if g := s.list(t, token)[grant.ID]; !g.Open(s.Now()) || !g.Window.End.Equal(grant.Window.End) {
		t.Errorf("the neighbor changed %+v into %+v", grant, g)
	}
}

// block: everything that was open is over, nothing can be granted, and lifting it brings nothing back.
func (s suite) block(t *testing.T) {
	token, id := s.SignIn(t), s.Harness.Grants.Car
	t.Cleanup(func() { _ = s.Unblock(within(t), token, id) })
	grant := s.short(t, token)
	block, err := s.Block(within(t), token, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundBlock(s.Now(), block); err != nil || !slices.Contains(block.Revoked, grant.ID) {
		t.Errorf("got %+v, %v, want %s revoked", block, err, grant.ID)
	}
	for _, g := range s.list(t, token) {
		if g.Open(s.Now().Add(skew)) {
			t.Errorf("%s is still open", g.ID)
		}
	}
	if since := s.car(t, token, id).BlockedSince; !since.Equal(block.Since) {
		t.Errorf("the list of cars says blocked since %v, want %v", since, block.Since)
	}
	s.refused(t, token, newKey(), s.request(), vehicle.Conflict)
	again, err := s.Block(within(t), token, id)
	if err != nil || !again.Since.Equal(block.Since) || len(again.Revoked) != 0 {
		t.Errorf("got %+v, %v, want the same block and nothing revoked", again, err)
	}
	for range 2 {
		if err := s.Unblock(within(t), token, id); err != nil {
			t.Fatal(err)
		}
	}
	if since := s.car(t, token, id).BlockedSince; !since.IsZero() {
		t.Errorf("unblocked, and still blocked since %v", since)
	}
	if s.list(t, token)[grant.ID].Open(s.Now().Add(skew)) {
		t.Errorf("%s is open again", grant.ID)
	}
	s.short(t, token)
}

// lostEnding: it happened, but nobody heard. Asking again is harmless and tells.
func (s suite) lostEnding(t *testing.T) {
	token := s.SignIn(t)
	grant := s.short(t, token)
	end := grant.Window.End.Add(time.Minute)
	for _, step := range []struct {
		name string
		call func() error
	}{
		{"extend", func() error { _, err := s.ExtendGrant(within(t), token, grant.ID, end); return err }},
		{"revoke", func() error { _, err := s.RevokeGrant(within(t), token, grant.ID); return err }},
		{"block", func() error { _, err := s.Block(within(t), token, grant.Vehicle); return err }},
		{"unblock", func() error { return s.Unblock(within(t), token, grant.Vehicle) }},
	} {
		s.LoseNextReply(t)
		err := step.call()
		if !s.fleet {
			if _, outcome := vehicle.KindOf(err); err == nil || outcome != vehicle.MaybeDone {
				t.Errorf("%s: got %v, want an error that says %q", step.name, err, vehicle.MaybeDone)
			}
			err = step.call()
		}
		if err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if g := s.list(t, token)[grant.ID]; !g.Window.End.Equal(end) || g.RevokedAt.IsZero() {
		t.Errorf("got %+v, want it extended and revoked", g)
	}
	if since := s.car(t, token, grant.Vehicle).BlockedSince; !since.IsZero() {
		t.Errorf("still blocked since %v", since)
	}
}
