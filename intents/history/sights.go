package history

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about who has seen where a car is.
const (
	sightHelp     speech.Key = "sight.help"
	sightNobody   speech.Key = "sight.nobody"
	sightOnlyYou  speech.Key = "sight.only_you"
	sightExact    speech.Key = "sight.exact"
	sightVicinity speech.Key = "sight.vicinity"
	sightSomebody speech.Key = "sight.somebody"
	sightMore     speech.Key = "sight.more"
	sightYou      speech.Key = "sight.you"
)

var sightLines = speech.Table{
	sightHelp: speech.Says(), sightNobody: speech.Says(), sightOnlyYou: speech.Says("count", "ago"),
	sightExact: speech.Says("who", "car", "count", "ago"), sightVicinity: speech.Says("who", "car", "count", "ago"),
	sightSomebody: speech.Says("car", "count", "ago"), sightMore: speech.Says("count"), sightYou: speech.Says("count", "ago"),
}

// sights answers "who has seen where my car is": every release of a position in the last week. One courier on
// one delivery looks again and again, so those are told together, with their number.
var sights = ground.Survey[[]vehicle.Event]{
	Name: "sights",
	Help: sightHelp,
	Read: readWeek,
	Tell: tellSights,
}

// sight is what one actor saw of one car for one grant at one precision.
type sight struct {
	car   vehicle.ID
	grant string
	actor vehicle.Actor
	exact bool
}

// times is how often, and when last.
type times struct {
	car   vehicle.Vehicle
	sight sight
	count int
	last  time.Time
}

func tellSights(seen []ground.Seen[[]vehicle.Event], _ string, f ground.Facts) []skill.Act {
	var own times
	var others []times
	for _, s := range seen {
		for _, e := range s.What {
			if e.Type != vehicle.PositionReleased {
				continue
			}
			if e.Actor.Kind == vehicle.ByOwner {
				own.add(e)
				continue
			}
			group := sight{car: s.Car.ID, grant: e.Grant, actor: e.Actor, exact: e.Exact}
			i := slices.IndexFunc(others, func(t times) bool { return t.sight == group })
			if i < 0 {
				i, others = len(others), append(others, times{car: s.Car, sight: group})
			}
			others[i].add(e)
		}
	}
	switch {
	case len(others) == 0 && own.count == 0:
		return []skill.Act{skill.Say{Key: sightNobody}}
	case len(others) == 0:
		return []skill.Act{skill.Say{Key: sightOnlyYou, Args: own.args(f)}}
	}
	slices.SortStableFunc(others, func(a, b times) int { return b.last.Compare(a.last) })
	var acts []skill.Act
	more := 0
	for i, t := range others {
		if i >= mostTold {
			more += t.count
			continue
		}
		acts = append(acts, t.say(f))
	}
	if more > 0 {
		acts = append(acts, skill.Say{Key: sightMore, Args: speech.Args{"count": speech.Count(more)}})
	}
	if own.count > 0 {
		acts = append(acts, skill.Say{Key: sightYou, Args: own.args(f)})
	}
	return acts
}

func (t *times) add(e vehicle.Event) {
	t.count++
	if e.At.After(t.last) {
		t.last = e.At
	}
}

func (t times) args(f ground.Facts) speech.Args {
	return speech.Args{"count": speech.Count(t.count), "ago": ago(t.last, f)}
}

func (t times) say(f ground.Facts) skill.Say {
	args := t.args(f)
	args["car"] = speech.Name(t.car.Name)
	if t.sight.actor.Name == "" {
		return skill.Say{Key: sightSomebody, Args: args}
	}
	args["who"] = speech.Name(t.sight.actor.Name)
	if t.sight.exact {
		return skill.Say{Key: sightExact, Args: args}
	}
	return skill.Say{Key: sightVicinity, Args: args}
}
