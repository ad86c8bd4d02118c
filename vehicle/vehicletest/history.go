package vehicletest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

const week = 7 * 24 * time.Hour

func (s suite) runHistory(t *testing.T) {
	t.Run("TroubleCodes", s.troubleCodes)
	t.Run("Location", s.location)
	t.Run("Trips", s.trips)
	t.Run("TripSpans", s.tripSpans)
	t.Run("Events", s.events)
}

func (s suite) troubleCodes(t *testing.T) {
	token := s.SignIn(t)
	for _, v := range s.mustHousehold(t, token).Vehicles {
		codes, err := s.TroubleCodes(within(t), token, v.ID)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if err := SoundTroubleCodes(s.Now(), codes); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
	}
}

// location: whoever learns where a car is leaves a trace, its owner too.
func (s suite) location(t *testing.T) {
	token, since := s.SignIn(t), s.Now().Truncate(time.Second)
	asked := func(id vehicle.ID) int {
		n := 0
		for _, e := range s.mustEvents(t, token, id, since) {
			if e.Type == vehicle.PositionReleased && e.Actor.Kind == vehicle.ByOwner && e.Exact {
				n++
			}
		}
		return n
	}
	for _, v := range s.mustHousehold(t, token).Vehicles {
		before := asked(v.ID)
		l, err := s.Location(within(t), token, v.ID)
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if err := SoundLocation(s.Now(), l); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
		if v.ID == s.History.Car && !l.Position.Available() {
			t.Errorf("%s tells not where it is: %s", v.ID, l.Position.Missing)
		}
		if after := asked(v.ID); l.Position.Available() && after != before+1 {
			t.Errorf("%s: got %d releases to the owner after %d, want one more", v.ID, after, before)
		}
	}
}

func (s suite) mustTrips(t *testing.T, token vehicle.Token, from, to time.Time) []vehicle.Trip {
	t.Helper()
	trips, err := s.Trips(within(t), token, s.History.Car, from, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundTrips(s.Now(), from, to, trips); err != nil {
		t.Error(err)
	}
	return trips
}

// trips: a span in two halves has the same trips as the whole, each in one of them.
func (s suite) trips(t *testing.T) {
	token, to := s.SignIn(t), s.Now().UTC().Truncate(time.Second)
	from := to.Add(-week)
	whole := s.mustTrips(t, token, from, to)
	if len(whole) == 0 {
		t.Fatal("the car did not drive within a week")
	}
	for _, middle := range []time.Time{from.Add(week / 2), whole[0].End, whole[len(whole)-1].End} {
		if !from.Before(middle) || !middle.Before(to) {
			continue
		}
		halves := slices.Concat(s.mustTrips(t, token, middle, to), s.mustTrips(t, token, from, middle))
		if !reflect.DeepEqual(halves, whole) {
			t.Errorf("halved at %v: got %+v, want %+v", middle, halves, whole)
		}
	}
}

func (s suite) tripSpans(t *testing.T) {
	token, to := s.SignIn(t), s.Now().UTC().Truncate(time.Second)
	s.mustTrips(t, token, to.Add(-31*24*time.Hour), to)
	for _, span := range []time.Duration{0, -time.Hour, 31*24*time.Hour + time.Second} {
		_, err := s.Trips(within(t), token, s.History.Car, to.Add(-span), to)
		want(t, err, vehicle.Invalid)
	}
}

func (s suite) mustEvents(t *testing.T, token vehicle.Token, id vehicle.ID, since time.Time) []vehicle.Event {
	t.Helper()
	events, err := s.Events(within(t), token, id, since)
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundEvents(s.Now(), since, events); err != nil {
		t.Error(err)
	}
	return events
}

// events: what happens is told from then on, and what was told before is told again.
func (s suite) events(t *testing.T) {
	token, since := s.SignIn(t), s.Now().Truncate(time.Second)
	id := s.History.Car
	all := s.mustEvents(t, token, id, time.Time{})
	if got, want := s.mustEvents(t, token, id, s.Now().Add(-100*week)), all; len(got) < len(want) {
		t.Errorf("got %d events of two years, want all %d", len(got), len(want))
	}
	if !s.Gatekeeper || s.Harness.Grants.Car != id {
		return
	}
	grant := s.short(t, token)
	if _, err := s.RevokeGrant(within(t), token, grant.ID); err != nil {
		t.Fatal(err)
	}
	var told []vehicle.EventType
	for _, e := range s.mustEvents(t, token, id, since) {
		if e.Grant == grant.ID {
			told = append(told, e.Type)
		}
	}
	if want := []vehicle.EventType{vehicle.GrantCreated, vehicle.GrantRevoked}; !slices.Equal(told, want) {
		t.Errorf("got %v, want %v", told, want)
	}
	if after := s.mustEvents(t, token, id, time.Time{}); len(after) < len(all)+2 {
		t.Errorf("got %d events after %d, want two more", len(after), len(all))
	}
}
