package vehicletest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// identicalCreations is how many turns at once ask for the same grant.
const identicalCreations = 20

func (s suite) runGrants(t *testing.T) {
	t.Run("Carriers", s.carriers)
	t.Run("CreateGrant", s.createGrant)
	t.Run("SameKeySameRequest", s.sameKeySameRequest)
	t.Run("SameKeyOtherRequest", s.sameKeyOtherRequest)
	t.Run("ManyAtOnce", s.manyAtOnce)
	t.Run("Windows", s.windows)
	t.Run("UnknownCarrier", s.unknownCarrier)
	t.Run("BadKey", s.badKey)
	if s.Harness.Grants.Unverified != "" {
		t.Run("UnverifiedCarrier", s.unverifiedCarrier)
	}
	if s.Harness.Grants.Incapable != "" {
		t.Run("IncapableCar", s.incapableCar)
	}
	if s.Harness.Grants.Guest != "" {
		t.Run("Guest", s.guest)
	}
	if s.LoseNextReply != nil {
		t.Run("LostReply", s.lostReply)
	}
}

// request is one that the cloud grants: from now on, as long as a courier needs.
func (s suite) request() vehicle.GrantRequest {
	g := s.Harness.Grants
	length := 4 * time.Hour
	if g.Longest > 0 {
		length = min(length, g.Longest)
	}
	start := s.Now().UTC().Truncate(time.Second)
	return vehicle.GrantRequest{
		Vehicle: g.Car, AccessPoint: g.AccessPoint, CarrierID: g.Carrier,
		Window: vehicle.Window{Start: start, End: start.Add(max(length, g.Shortest))},
	}
}

func (s suite) carriers(t *testing.T) {
	carriers, err := s.Carriers(within(t), s.SignIn(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundCarriers(carriers); err != nil {
		t.Error(err)
	}
	for id, verified := range map[string]bool{s.Harness.Grants.Carrier: true, s.Harness.Grants.Unverified: false} {
		if id == "" {
			continue
		}
		i := slices.IndexFunc(carriers, func(c vehicle.Carrier) bool { return c.ID == id })
		if i < 0 || carriers[i].Verified != verified {
			t.Errorf("got %v, want %s with verified %t", carriers, id, verified)
		}
	}
}

func (s suite) createGrant(t *testing.T) {
	token, request := s.SignIn(t), s.request()
	before := s.list(t, token)
	grant, err := s.CreateGrant(within(t), token, newKey(), request)
	if err != nil {
		t.Fatal(err)
	}
	s.sameAsAsked(t, request, grant)
	after := s.list(t, token)
	if len(after) != len(before)+1 {
		t.Errorf("got %d grants after %d, want one more", len(after), len(before))
	}
	listed, ok := after[grant.ID]
	if !ok {
		t.Fatalf("%s is not listed", grant.ID)
	}
	s.sameAsAsked(t, request, listed)
	if status := listed.Status(s.Now()); status != vehicle.Active {
		t.Errorf("got status %s, want %s", status, vehicle.Active)
	}
}

func (s suite) sameAsAsked(t *testing.T, request vehicle.GrantRequest, g vehicle.Grant) {
	t.Helper()
	if err := SoundGrants(request.Vehicle, []vehicle.Grant{g}); err != nil {
		t.Error(err)
	}
	if g.AccessPoint != request.AccessPoint || g.Carrier.ID != request.CarrierID || g.Carrier.Verified != (request.CarrierID != "") ||
		g.Guest != request.Guest ||
		!g.Window.Start.Equal(request.Window.Start) || !g.Window.End.Equal(request.Window.End) ||
		g.MaxUses != 1 || g.Uses != 0 || !g.RevokedAt.IsZero() {
		t.Errorf("got %+v, want what was asked for, once: %+v", g, request)
	}
}

func (s suite) sameKeySameRequest(t *testing.T) {
	token, key, request := s.SignIn(t), newKey(), s.request()
	first, err := s.CreateGrant(within(t), token, key, request)
	if err != nil {
		t.Fatal(err)
	}
	before := s.list(t, token)
	// A token is renewed between a lost reply and its repetition; the key belongs to the owner.
	for _, token := range []vehicle.Token{token, s.SignIn(t)} {
		again, err := s.CreateGrant(within(t), token, key, request)
		if err != nil || again.ID != first.ID {
			t.Errorf("got %v, %v, want the first grant again: %v", again.ID, err, first.ID)
		}
	}
	if after := s.list(t, token); len(after) != len(before) {
		t.Errorf("got %d grants after %d, want as many", len(after), len(before))
	}
}

func (s suite) sameKeyOtherRequest(t *testing.T) {
	token, key, request := s.SignIn(t), newKey(), s.request()
	if _, err := s.CreateGrant(within(t), token, key, request); err != nil {
		t.Fatal(err)
	}
	request.Window.Start = request.Window.Start.Add(time.Minute)
	s.refused(t, token, key, request, vehicle.Invalid)
}

// manyAtOnce: twenty identical requests leave one grant. Directly, some may have to hear that the first is
// still at work; through a Fleet all are told the grant.
func (s suite) manyAtOnce(t *testing.T) {
	token, key, request := s.SignIn(t), newKey(), s.request()
	before := s.list(t, token)
	var (
		all    sync.WaitGroup
		grants [identicalCreations]vehicle.Grant
		errs   [identicalCreations]error
	)
	for i := range identicalCreations {
		all.Go(func() { grants[i], errs[i] = s.CreateGrant(within(t), token, key, request) })
	}
	all.Wait()
	id := ""
	for i, err := range errs {
		if err != nil {
			if _, outcome := vehicle.KindOf(err); s.fleet || outcome != vehicle.MaybeDone {
				t.Errorf("creation %d: %v", i, err)
			}
			continue
		}
		if id == "" {
			id = grants[i].ID
		}
		if grants[i].ID != id {
			t.Errorf("got grants %s and %s for one key", id, grants[i].ID)
		}
	}
	if after := s.list(t, token); id == "" || len(after) != len(before)+1 {
		t.Errorf("got %d grants after %d, want one more", len(after), len(before))
	}
}

func (s suite) windows(t *testing.T) {
	g, token := s.Harness.Grants, s.SignIn(t)
	sound := s.request().Window
	start := sound.Start
	from := func(start time.Time, length time.Duration) vehicle.Window {
		return vehicle.Window{Start: start, End: start.Add(length)}
	}
	length := sound.End.Sub(start)
	refused := map[string]vehicle.Window{
		"ends before it starts": {Start: sound.End, End: start},
		"is empty":              from(start, 0),
		"is over":               from(start.Add(-48*time.Hour), length),
	}
	if g.Shortest > 0 {
		refused["is too short"] = from(start.Add(time.Hour), g.Shortest-time.Second)
	}
	if g.Longest > 0 {
		refused["is too long"] = from(start.Add(time.Hour), g.Longest+time.Second)
	}
	if g.Ahead > 0 {
		refused["is too far"] = from(start.Add(g.Ahead+time.Hour), length)
	}
	for name, window := range refused {
		t.Run(name, func(t *testing.T) {
			request := s.request()
			request.Window = window
			s.refused(t, token, newKey(), request, vehicle.Invalid)
		})
	}
	for _, length := range []time.Duration{g.Shortest, g.Longest} {
		if length == 0 {
			continue
		}
		request := s.request()
		request.Window = from(start.Add(time.Hour), length)
		if _, err := s.CreateGrant(within(t), token, newKey(), request); err != nil {
			t.Errorf("a window of exactly %v: %v", length, err)
		}
	}
}

func (s suite) unknownCarrier(t *testing.T) {
	request := s.request()
	for _, id := range []string{"no_such_carrier", "", "../ups"} {
		request.CarrierID = id
		s.refused(t, s.SignIn(t), newKey(), request, vehicle.NotFound)
	}
}

func (s suite) unverifiedCarrier(t *testing.T) {
	request := s.request()
	request.CarrierID = s.Harness.Grants.Unverified
	s.refused(t, s.SignIn(t), newKey(), request, vehicle.Invalid)
}

func (s suite) incapableCar(t *testing.T) {
	request := s.request()
	request.Vehicle = s.Harness.Grants.Incapable
	s.refused(t, s.SignIn(t), newKey(), request, vehicle.Unsupported)
}

// badKey: a key that no cloud could tell from another's is a mistake of ours.
func (s suite) badKey(t *testing.T) {
	for _, key := range []vehicle.IdempotencyKey{"", "short", "with spaces in it", "line\nbreak\nkey"} {
		s.refused(t, s.SignIn(t), key, s.request(), vehicle.Internal)
	}
}

// guest: somebody whom no carrier vouches for gets a code, told once and never again.
func (s suite) guest(t *testing.T) {
	token, key, request := s.SignIn(t), newKey(), s.request()
	request.CarrierID, request.Guest = "", s.Harness.Grants.Guest
	grant, err := s.CreateGrant(within(t), token, key, request)
	if err != nil {
		t.Fatal(err)
	}
	s.sameAsAsked(t, request, grant)
	if grant.Code == "" {
		t.Error("the guest got no code")
	}
	again, err := s.CreateGrant(within(t), token, key, request)
	if err != nil || again.ID != grant.ID || again.Code != "" {
		t.Errorf("got %v with a code: %t, %v; want %s without one", again.ID, again.Code != "", err, grant.ID)
	}
	listed := s.list(t, token)[grant.ID]
	s.sameAsAsked(t, request, listed)
	if listed.Code != "" {
		t.Error("the code is listed")
	}
	other, err := s.CreateGrant(within(t), token, newKey(), request)
	if err != nil || other.ID == grant.ID || other.Code == grant.Code {
		t.Errorf("got %v, %v, want another grant with another code", other.ID, err)
	}
}

// lostReply: the grant was made, but nobody heard. The same key finds it.
func (s suite) lostReply(t *testing.T) {
	token, key, request := s.SignIn(t), newKey(), s.request()
	before := s.list(t, token)
	s.LoseNextReply(t)
	grant, err := s.CreateGrant(within(t), token, key, request)
	if !s.fleet {
		if _, outcome := vehicle.KindOf(err); err == nil || outcome != vehicle.MaybeDone {
			t.Errorf("got %v, want an error that says %q", err, vehicle.MaybeDone)
		}
		grant, err = s.CreateGrant(within(t), token, key, request)
	}
	if err != nil {
		t.Fatal(err)
	}
	after := s.list(t, token)
	if _, ok := after[grant.ID]; !ok || len(after) != len(before)+1 {
		t.Errorf("got %d grants after %d, want one more: %s", len(after), len(before), grant.ID)
	}
}

// refused wants a refusal that left nothing behind.
func (s suite) refused(t *testing.T, token vehicle.Token, key vehicle.IdempotencyKey, request vehicle.GrantRequest, kind vehicle.Kind) {
	t.Helper()
	before := s.list(t, token)
	_, err := s.CreateGrant(within(t), token, key, request)
	want(t, err, kind)
	if after := s.list(t, token); len(after) != len(before) {
		t.Errorf("refused, and yet there are %d grants after %d", len(after), len(before))
	}
}

// list reads the grants of the car by their ID, and checks them.
func (s suite) list(t *testing.T, token vehicle.Token) map[string]vehicle.Grant {
	t.Helper()
	grants, err := s.subject.Grants(within(t), token, s.Harness.Grants.Car)
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundGrants(s.Harness.Grants.Car, grants); err != nil {
		t.Error(err)
	}
	byID := map[string]vehicle.Grant{}
	for _, g := range grants {
		byID[g.ID] = g
	}
	return byID
}
