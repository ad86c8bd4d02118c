package intents

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestEverySpeechFileHasEveryLine(t *testing.T) {
	if _, err := speech.Load(models.Speech, skill.Lines(), Lines()); err != nil {
		t.Fatal(err)
	}
}

// Speech for a driver is counted in words: a sentence that needs a second breath needs a second sentence.
func TestSentencesFitInOneBreath(t *testing.T) {
	catalog, err := speech.Load(models.Speech, skill.Lines(), Lines())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range catalog.Lint() {
		t.Error(problem)
	}
}

func TestEveryKindOfErrorHasItsApology(t *testing.T) {
	for _, kind := range vehicle.Kinds() {
		if apologies[kind] == "" {
			t.Errorf("%s has none", kind)
		}
	}
	if len(apologies) != len(vehicle.Kinds()) {
		t.Errorf("%d apologies for %d kinds", len(apologies), len(vehicle.Kinds()))
	}
}

func TestApologize(t *testing.T) {
	refused := func(k vehicle.Kind, o vehicle.Outcome) error {
		return fmt.Errorf("turn: %w", &vehicle.Error{Op: "create grant", Kind: k, Outcome: o, Err: errors.New("secret")})
	}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{refused(vehicle.Unavailable, vehicle.NotDone), "say sorry.unavailable"},
		{refused(vehicle.NotLinked, vehicle.NotDone), "say sorry.not_linked; link"},
		{refused(vehicle.Unavailable, vehicle.MaybeDone), "say sorry.maybe_done"},
		{refused("something new", vehicle.NotDone), "say skill.sorry"},
		{errors.New("disk full"), "say skill.sorry"},
		{fmt.Errorf("read account: %w", context.DeadlineExceeded), "say sorry.unavailable"},
	} {
		if got := written(Apologize(tc.err)); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.err, got, tc.want)
		}
	}
}

// What needs a PIN says so in the table, has the slot for it, and nothing else has one.
func TestPolicyTable(t *testing.T) {
	for _, row := range Table(Deps{}) {
		_, asks := row.Slots["pin"]
		if asks != row.Needs.PIN {
			t.Errorf("%s: needs a PIN %t, has the slot %t", row.Intent, row.Needs.PIN, asks)
		}
		if row.Needs.PIN && !row.Needs.Account {
			t.Errorf("%s: a PIN belongs to an account", row.Intent)
		}
	}
}
