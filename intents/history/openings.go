package history

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about who opened.
const (
	openedHelp     speech.Key = "opened.help"
	openedNobody   speech.Key = "opened.nobody"
	openedLeftOpen speech.Key = "opened.left_open"
	openedByOwner  speech.Key = "opened.by_owner"
	openedBy       speech.Key = "opened.by"
	openedBySome   speech.Key = "opened.by_somebody"
	openedByHand   speech.Key = "opened.by_hand"
	openedBox      speech.Key = "opened.box"
	openedBoxSome  speech.Key = "opened.box_somebody"
	openedMore     speech.Key = "opened.more"
)

var openedLines = speech.Table{
	openedHelp: speech.Says(), openedNobody: speech.Says(), openedLeftOpen: speech.Says("car"),
	openedByOwner: speech.Says("car", "ago"), openedBy: speech.Says("who", "car", "ago"), openedBySome: speech.Says("car", "ago"),
	openedByHand: speech.Says("car", "ago"), openedBox: speech.Says("who", "car", "ago"), openedBoxSome: speech.Says("car", "ago"),
	openedMore: speech.Says("count"),
}

// openings answers "who opened my trunk" and "what happened to my car": each opening of the last week, by whom
// and when, the newest first.
var openings = ground.Survey[[]vehicle.Event]{
	Name: "openings",
	Help: openedHelp,
	Read: readWeek,
	Tell: tellOpenings,
}

// opening is one opening as it is told.
type opening struct {
	say skill.Say
	at  time.Time
}

func tellOpenings(seen []ground.Seen[[]vehicle.Event], _ string, f ground.Facts) []skill.Act {
	var acts []skill.Act
	var all []opening
	for _, s := range seen {
		if standsOpen(s.What) {
			acts = append(acts, skill.Say{Key: openedLeftOpen, Args: ground.CarArg(s.Car)})
		}
		for _, e := range s.What {
			if e.Type != vehicle.TrunkOpened && e.Type != vehicle.KeyBoxOpened {
				continue
			}
			key, args := whoDid(e, s.What), ground.CarArg(s.Car)
			args["ago"] = ago(e.At, f)
			if who := opener(e, s.What); key == openedBy || key == openedBox {
				args["who"] = speech.Name(who)
			}
			all = append(all, opening{skill.Say{Key: key, Args: args}, e.At})
		}
	}
	if len(all) == 0 {
		return append(acts, skill.Say{Key: openedNobody})
	}
	slices.SortStableFunc(all, func(a, b opening) int { return b.at.Compare(a.at) })
	for _, o := range all[:min(mostTold, len(all))] {
		acts = append(acts, o.say)
	}
	if more := len(all) - mostTold; more > 0 {
		acts = append(acts, skill.Say{Key: openedMore, Args: speech.Args{"count": speech.Count(more)}})
	}
	return acts
}

// standsOpen reports whether the trunk has stood open for too long and was not seen to close since.
func standsOpen(events []vehicle.Event) bool {
	open := false
	for _, e := range events {
		if e.Type == vehicle.TrunkOpened || e.Type == vehicle.TrunkLeftOpen || e.Type == vehicle.TrunkClosed {
			open = e.Type == vehicle.TrunkLeftOpen
		}
	}
	return open
}

// whoDid picks the line for an opening. A car reports its lid and not the hand on it, so the grant or the
// command that an opening belongs to tells whose it was; one that belongs to none was made with the key.
func whoDid(e vehicle.Event, events []vehicle.Event) speech.Key {
	box, named := e.Type == vehicle.KeyBoxOpened, opener(e, events) != ""
	switch {
	case box && named:
		return openedBox
	case box:
		return openedBoxSome
	case named:
		return openedBy
	case e.Grant != "":
		return openedBySome
	case e.Actor.Kind == vehicle.ByOwner || e.Command != "":
		return openedByOwner
	default:
		return openedByHand
	}
}

// opener names the carrier or the guest whose grant an opening used; empty if nobody knows.
func opener(e vehicle.Event, events []vehicle.Event) string {
	somebody := func(a vehicle.Actor) bool {
		return a.Name != "" && (a.Kind == vehicle.ByCourier || a.Kind == vehicle.ByGuest)
	}
	if somebody(e.Actor) {
		return e.Actor.Name
	}
	for _, other := range events {
		if e.Grant != "" && other.Grant == e.Grant && somebody(other.Actor) {
			return other.Actor.Name
		}
	}
	return ""
}
