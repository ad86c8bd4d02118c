package intents

import (
	"context"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// zone is where the driver speaks, nil if the device does not tell: a car on the road knows better than the
// owner's home what "until six" means.
func (d Deps) zone(ctx context.Context, t *skill.Turn) *time.Location {
	zone, err := d.Devices.TimeZone(ctx, t.Request.Context.System)
	if err != nil {
		return nil
	}
	return zone
}

// zoneOf is the first zone that is known; without any, times are spoken in UTC.
func zoneOf(here, home *time.Location) *time.Location {
	switch {
	case here != nil:
		return here
	case home != nil:
		return home
	default:
		return time.UTC
	}
}

// sameName compares names as they are spoken: "U. P. S.", "ups" and "UPS" are one.
func sameName(a, b string) bool { return a != "" && plainName(a) == plainName(b) }

func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
