package access

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// holdersFlow answers "who can get into my car": what is open and what is coming, over all cars or one, and
// which cars are blocked. It changes nothing and takes no PIN.
func holdersFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[question, grantFacts]{
		Name: "holders", Version: 1,
		Lines: skill.FlowLines{Stopped: holdersStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ question, _ skill.Event) (grantFacts, error) {
			return gatherGrants(ctx, d, t, ground.Want{Account: true}) // the nicknames
		},
		Next: holdersNext,
	})
}

func holdersNext(q question, ev skill.Event, f grantFacts) (question, []skill.Act) {
	heard, ok := ev.(skill.Heard)
	if !ok {
		return q.aside(ev, helpCar, ground.WhichCar(f.Cars))
	}
	cars, doubt := carsMeant(f.Cars, heard.Slots)
	switch {
	case doubt == nil:
		return question{}, append(tellHolders(cars, f), showHolders(cars, f)...)
	case asks(doubt):
		return q.put(askCar, doubt)
	default:
		return question{}, doubt
	}
}

func asks(acts []skill.Act) bool {
	_, ok := acts[len(acts)-1].(skill.Ask)
	return ok
}

// tellHolders says which cars are blocked, then at most three grants, then how many more there are.
func tellHolders(cars []vehicle.Vehicle, f grantFacts) []skill.Act {
	var acts []skill.Act
	var blocked []vehicle.Vehicle
	open := 0
	for _, car := range cars {
		if !car.BlockedSince.IsZero() {
			blocked = append(blocked, car)
		}
	}
	if len(blocked) > 0 {
		acts = append(acts, skill.Say{Key: holdersBlocked, Args: speech.Args{"cars": carList(blocked)}})
	}
	for _, g := range f.Open {
		for _, car := range cars {
			if car.ID != g.Vehicle {
				continue
			}
			if open++; open <= fewGrants {
				acts = append(acts, tellGrant(g, car, f.Facts))
			}
		}
	}
	switch {
	case open > fewGrants:
		return append(acts, skill.Say{Key: holdersMore, Args: speech.Args{"count": speech.Count(open - fewGrants)}})
	case open > 0 || len(blocked) == len(cars):
		return acts
	case len(blocked) > 0:
		return append(acts, skill.Say{Key: holdersNoneElse})
	case len(cars) == 1:
		return []skill.Act{skill.Say{Key: holdersNoneOfOne, Args: ground.CarArg(cars[0])}}
	default:
		return []skill.Act{skill.Say{Key: holdersNone}}
	}
}

func tellGrant(g vehicle.Grant, car vehicle.Vehicle, f ground.Facts) skill.Say {
	args := ground.CarArg(car)
	args["who"] = holder(g)
	now, later := holdersTrunk, holdersTrunkLater
	if g.AccessPoint == vehicle.KeyBoxOnPlate {
		now, later = holdersBox, holdersBoxLater
	}
	return skill.Say{Key: inWindow(now, later, args, g.Window, f), Args: args}
}

// mostShown is how many grants a screen shows: it can be scrolled, and is no archive.
const mostShown = 8

// showHolders draws the grants on a line of time, from now until the last of them ends; nothing if there is none.
func showHolders(cars []vehicle.Vehicle, f grantFacts) []skill.Act {
	var open []vehicle.Grant
	ends := f.Now
	for _, g := range f.Open {
		of := func(v vehicle.Vehicle) bool { return v.ID == g.Vehicle }
		if slices.ContainsFunc(cars, of) && len(open) < mostShown {
			open = append(open, g)
			ends = later(ends, g.Window.End)
		}
	}
	if !ends.After(f.Now) {
		return nil
	}
	shown := skill.Screen{
		Document: screen.Grants, Title: speech.Phrase{Key: holdersScreen},
		Begins: speech.Phrase{Key: holdersNow}, Ends: moment(ends, f.Facts),
	}
	percent := func(at time.Time) float64 {
		return math.Round(max(0, float64(at.Sub(f.Now))/float64(ends.Sub(f.Now))*100))
	}
	for _, g := range open {
		car, _ := f.Car(g.Vehicle)
		args := ground.CarArg(car)
		row := skill.Row{
			Label: holder(g), Word: speech.Phrase{Key: holdersNow}, Mark: screen.Fine,
			Value: speech.Phrase{Key: inWindow(holdersWindow, holdersWindowLater, args, g.Window, f.Facts), Args: args},
			From:  percent(g.Window.Start), To: percent(g.Window.End),
		}
		if g.Window.Start.After(f.Now) {
			row.Word, row.Mark = speech.Phrase{Key: holdersLater}, screen.Ahead
		}
		shown.Rows = append(shown.Rows, row)
	}
	return []skill.Act{shown}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func carList(cars []vehicle.Vehicle) speech.List {
	var list speech.List
	for _, c := range cars {
		list.Items = append(list.Items, speech.Name(c.Name))
	}
	return list
}

const (
	holdersStopped    speech.Key = "holders.stopped"
	holdersBlocked    speech.Key = "holders.blocked"
	holdersTrunk      speech.Key = "holders.trunk"
	holdersTrunkLater speech.Key = "holders.trunk_later"
	holdersBox        speech.Key = "holders.box"
	holdersBoxLater   speech.Key = "holders.box_later"
	holdersMore       speech.Key = "holders.more"
	holdersNone       speech.Key = "holders.none"
	holdersNoneOfOne  speech.Key = "holders.none_of_one"
	holdersNoneElse   speech.Key = "holders.none_else"

	holdersScreen      speech.Key = "holders.screen"
	holdersWindow      speech.Key = "holders.screen_window"
	holdersWindowLater speech.Key = "holders.screen_window_later"
	holdersNow         speech.Key = "holders.screen_now"
	holdersLater       speech.Key = "holders.screen_later"
)

func holderLines() speech.Table {
	return speech.Table{
		holdersStopped:    speech.Says(),
		holdersBlocked:    speech.Says("cars"),
		holdersTrunk:      speech.Says("car", "who", "until"),
		holdersTrunkLater: speech.Says("car", "who", "from", "until"),
		holdersBox:        speech.Says("car", "who", "until"),
		holdersBoxLater:   speech.Says("car", "who", "from", "until"),
		holdersMore:       speech.Says("count"),
		holdersNone:       speech.Says(),
		holdersNoneOfOne:  speech.Says("car"),
		holdersNoneElse:   speech.Says(),

		holdersScreen: speech.Says(), holdersWindow: speech.Says("car", "until"),
		holdersWindowLater: speech.Says("car", "from", "until"), holdersNow: speech.Says(), holdersLater: speech.Says(),
	}
}
