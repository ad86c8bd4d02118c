package dongle_test

import (
	"net/http"
	"testing"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// TestRevoke: a revoked token serves no more, and revoking it again is no error.
func TestRevoke(t *testing.T) {
	w := openWorld(t, garage.Calm, 1)
	carry := witnessed(t, w.URL(), w.browser.Transport, nil)
	c := client(t, dongle.Options{BaseURL: w.URL(), HTTP: carry, Now: w.now})
	token, other := w.signIn("demo")(t), w.signIn("demo")(t)
	for range 2 {
		if err := c.Revoke(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Owner(t.Context(), token)
	wantError(t, err, vehicle.NotLinked, vehicle.NotDone)
	if _, err := c.Owner(t.Context(), other); err != nil {
		t.Errorf("another sign-in of the same owner: %v", err)
	}
}

// TestRevokeFails as every request of a client may.
func TestRevokeFails(t *testing.T) {
	wantError(t, client(t, dongle.Options{BaseURL: unused(t), Now: clock}).Revoke(t.Context(), token), vehicle.Unavailable, vehicle.NotDone)
	wantError(t, serve(t, answers(http.StatusServiceUnavailable, `{}`)).Revoke(t.Context(), token), vehicle.Unavailable, vehicle.MaybeDone)
	wantError(t, serve(t, answers(http.StatusOK, ``)).Revoke(t.Context(), ""), vehicle.NotLinked, vehicle.NotDone)
	if err := serve(t, answers(http.StatusOK, ``)).Revoke(t.Context(), token); err != nil {
		t.Errorf("an empty answer: %v", err)
	}
}
