package ground

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/vehicle"
)

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
		if got := groundtest.Written(Apologize(tc.err)); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.err, got, tc.want)
		}
	}
}
