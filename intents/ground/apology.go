package ground

import (
	"context"
	"errors"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// apologies is the one border between errors and words. What may have happened has its own honest line,
// whatever its kind; a kind that is missing here gets the generic one.
var apologies = map[vehicle.Kind]speech.Key{
	vehicle.NotLinked:   sorryNotLinked,
	vehicle.NotFound:    Gone,
	vehicle.Denied:      sorryDenied,
	vehicle.Unsupported: sorryUnsupported,
	vehicle.Invalid:     sorryRefused,
	vehicle.Conflict:    sorryConflict,
	vehicle.Unreachable: sorryUnreachable,
	vehicle.Limited:     sorryLimited,
	vehicle.Unavailable: sorryUnavailable,
	vehicle.Internal:    skill.Sorry,
}

// Apologize turns the error of a conversation into words. It never shows the error's text.
func Apologize(err error) []skill.Act {
	kind, outcome := vehicle.KindOf(err)
	if kind == vehicle.Internal && errors.Is(err, context.DeadlineExceeded) {
		kind = vehicle.Unavailable
	}
	key, ok := apologies[kind]
	switch {
	case outcome == vehicle.MaybeDone:
		key = sorryMaybeDone
	case !ok:
		key = skill.Sorry
	}
	acts := []skill.Act{skill.Say{Key: key}}
	if kind == vehicle.NotLinked {
		acts = append(acts, skill.LinkAccount{})
	}
	return acts
}
