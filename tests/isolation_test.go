package tests

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// neighbors are the two owners of the demo world, who have nothing to do with each other.
var neighbors = []struct{ login, other string }{{"demo", "neighbor"}, {"neighbor", "demo"}}

// signIn links an owner's account.
func signIn(t *testing.T, w *localWorld, login string) vehicle.Token {
	t.Helper()
	owner, ok := w.demo.Owner(login)
	if !ok {
		t.Fatalf("no owner %q", login)
	}
	token, err := garage.SignIn(t.Context(), http.DefaultClient, w.garageURL, owner.Login, owner.Password)
	if err != nil {
		t.Fatal(err)
	}
	return vehicle.Token(token.AccessToken)
}

// Whoever knows the id of somebody else's car learns no more than about a car that does not exist.
func TestNobodySeesAnothersCar(t *testing.T) {
	w := newLocalWorld(t, storyAt(t))
	cloud, err := dongle.New(dongle.Options{BaseURL: w.garageURL, Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range neighbors {
		mine, theirs := signIn(t, w, n.login), signIn(t, w, n.other)
		own, err := cloud.Vehicles(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		others, err := cloud.Vehicles(t.Context(), theirs)
		if err != nil || len(others) == 0 {
			t.Fatalf("%s has %d cars, %v", n.other, len(others), err)
		}
		for _, car := range append(others, vehicle.Vehicle{ID: "veh_nobody"}) {
			if slices.ContainsFunc(own, func(v vehicle.Vehicle) bool { return v.ID == car.ID }) {
				t.Errorf("%s lists %s, which is %s's", n.login, car.ID, n.other)
			}
			refusesStranger(t, w, cloud, mine, car.ID)
		}
	}
	if got, err := w.ledger(); err != nil || got != nil {
		t.Errorf("the cloud did %q, %v", got, err)
	}
}

func refusesStranger(t *testing.T, w *localWorld, cloud *dongle.Client, token vehicle.Token, car vehicle.ID) {
	t.Helper()
	now := w.clock.now()
	request := vehicle.GrantRequest{Vehicle: car, AccessPoint: vehicle.Trunk, CarrierID: "ups", Window: vehicle.Window{Start: now, End: now.Add(time.Hour)}}
	for what, attempt := range map[string]func(context.Context) error{
		"diagnosis": func(ctx context.Context) error { _, err := cloud.Diagnosis(ctx, token, car); return err },
		"grants":    func(ctx context.Context) error { _, err := cloud.Grants(ctx, token, car); return err },
		"a grant": func(ctx context.Context) error {
			_, err := cloud.CreateGrant(ctx, token, vehicle.IdempotencyKey("stranger-"+string(car)), request)
			return err
		},
	} {
		err := attempt(t.Context())
		if kind, outcome := vehicle.KindOf(err); kind != vehicle.NotFound || outcome != vehicle.NotDone {
			t.Errorf("%s of %s: %v, want %s", what, car, err, vehicle.NotFound)
		}
	}
}

// The session of one owner goes on with the other's token: nothing is granted, on no car, and nothing is said
// about the car that was read back. It makes no difference whether the other knows a PIN of their own, even
// the same one.
func TestASessionCannotBeContinuedByAnotherOwner(t *testing.T) {
	for _, n := range neighbors {
		for _, hasPIN := range []bool{true, false} {
			for _, answer := range []string{"four eight two one", "repeat", "help", "yes"} {
				t.Run(n.other+" goes on, "+answer, func(t *testing.T) {
					t.Parallel()
					w := newLocalWorld(t, storyAt(t))
					preparePINs(t, w, n.login, n.other, hasPIN)
					asked := sayTo(t, w, n.login, "let ups into my trunk")
					if asked.Session != "open" || !strings.Contains(asked.Speech, "tell me your PIN") {
						t.Fatalf("no read-back: %q", asked.Speech)
					}
					turn := sayTo(t, w, n.other, answer)
					for _, name := range []string{"Golf", "Cinquecento"} {
						if strings.Contains(turn.Speech+turn.Reprompt+turn.Card, name) && strings.Contains(asked.Speech, name) {
							t.Errorf("it tells of the other's car: %q", turn.Speech)
						}
					}
					if got, err := w.ledger(); err != nil || got != nil {
						t.Errorf("the cloud did %q, %v; it said %q", got, err, turn.Speech)
					}
				})
			}
		}
	}
}

// preparePINs gives the one who begins a PIN, and the one who goes on the same or none at all.
func preparePINs(t *testing.T, w *localWorld, begins, goesOn string, both bool) {
	t.Helper()
	first, _ := w.demo.Owner(begins)
	second, _ := w.demo.Owner(goesOn)
	err := w.keeper.guard.Set(t.Context(), first.ID, rightPIN)
	if err == nil && both {
		err = w.keeper.guard.Set(t.Context(), second.ID, rightPIN)
	} else if err == nil {
		err = w.keeper.set(t.Context(), second.ID, "pin none")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sayTo speaks with the account of one owner linked.
func sayTo(t *testing.T, w *localWorld, login, words string) echo.Turn {
	t.Helper()
	w.login, w.linked = login, nil
	turn, err := w.echo().Say(t.Context(), words)
	if err != nil {
		t.Fatal(err)
	}
	return turn
}
