package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about a car as a whole. What is wrong is told in one short sentence each; the conversation about
// that part has the details.
const (
	overviewFine        speech.Key = "overview.fine"
	overviewNothing     speech.Key = "overview.nothing"
	overviewCodesUnread speech.Key = "overview.codes_unread"
	overviewMore        speech.Key = "overview.more"
	overviewNoMore      speech.Key = "overview.no_more"
	overviewStopped     speech.Key = "overview.stopped"
	overviewHelp        speech.Key = "overview.help"
	overviewScreen      speech.Key = "overview.screen"
)

// verdictLines open the report by the worst that was found.
var verdictLines = map[severity]speech.Key{
	stop: "overview.stop", soon: "overview.soon", unsure: "overview.soon", note: "overview.note",
}

var overviewLines = overviewTable()

func overviewTable() speech.Table {
	t := findingLines()
	for _, key := range verdictLines {
		t[key] = speech.Says("car")
	}
	t[overviewFine], t[overviewNothing] = speech.Says("car"), speech.Says("car")
	t[overviewCodesUnread], t[overviewNoMore] = speech.Says(), speech.Says()
	t[overviewStopped], t[overviewHelp] = speech.Says(), speech.Says()
	t[overviewMore] = speech.Asks("count")
	t[overviewScreen] = speech.Says("car")
	for _, shown := range severityWords {
		t[shown.word] = speech.Says()
	}
	for _, check := range checks {
		t[partLine(check.subject)] = speech.Says()
	}
	return t
}

// What is open: nothing, which car is meant, or whether to go on.
const (
	askingCar  = "car"
	askingMore = "more"
)

// overview is the state of "how's my car".
type overview struct {
	Asking  string     `json:"asking,omitempty"`
	Car     vehicle.ID `json:"car,omitempty"`
	Told    []subject  `json:"told,omitempty"` // what was told already, while more is offered
	Left    int        `json:"left,omitempty"` // how much is not told yet
	Unclear int        `json:"unclear,omitempty"`
}

// Step names the open question.
func (s overview) Step() string { return s.Asking }

// examine is the effect of looking at the whole car; its result is a checkup.
type examine struct {
	At   ground.At
	Told []subject // is left out
}

// checkup is what one look at a whole car brings.
type checkup struct {
	diagnosis   vehicle.Diagnosis
	codes       vehicle.TroubleCodes
	codesUnread bool // they exist and could not be had
}

func overviewFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[overview, ground.Facts]{
		Name: "overview", Version: 1,
		Lines: skill.FlowLines{Stopped: overviewStopped},
		Facts: func(ctx context.Context, t *skill.Turn, _ overview, _ skill.Event) (ground.Facts, error) {
			return d.Gather(ctx, t, ground.Want{Account: true})
		},
		Next: nextOverview,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			e, ok := effect.(examine)
			if !ok {
				return nil, fmt.Errorf("overview: unknown effect %T", effect)
			}
			return readCheckup(ctx, d, vehicle.Token(t.Token()), e.At.Car.ID)
		},
	})
}

// readCheckup asks for the snapshot and the codes at once. Codes that cannot be had cost nobody the rest; a
// cloud that has none at all is not mentioned every time.
func readCheckup(ctx context.Context, d ground.Deps, token vehicle.Token, car vehicle.ID) (checkup, error) {
	var c checkup
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		c.diagnosis, err = d.Cars.Diagnosis(ctx, token, car)
		return err
	})
	both.Go(func() (err error) {
		c.codes, err = d.Cars.TroubleCodes(ctx, token, car)
		switch kind, _ := vehicle.KindOf(err); {
		case err == nil || kind == vehicle.NotLinked:
			return err
		default:
			c.codes, c.codesUnread = vehicle.TroubleCodes{}, kind != vehicle.Unsupported
			return nil
		}
	})
	if err := both.Wait(); err != nil {
		return checkup{}, fmt.Errorf("examine car: %w", err)
	}
	return c, nil
}

func nextOverview(s overview, ev skill.Event, f ground.Facts) (overview, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return s.hear(ev.Slots, f)
	case skill.Done:
		e, isExamine := ev.Effect.(examine)
		c, isCheckup := ev.Result.(checkup)
		switch {
		case ev.Err != nil:
			return overview{}, ground.Apologize(ev.Err)
		case !isExamine || !isCheckup || c.diagnosis.Vehicle != e.At.Car.ID:
			return overview{}, []skill.Act{skill.Say{Key: skill.Sorry}}
		}
		return tellOverview(c, e)
	case skill.Yes:
		if s.Asking == askingMore {
			return s.examine(f, s.Told)
		}
		return s.ask(nil, f)
	case skill.Again:
		if s.Asking == askingMore { // the worst once more, as it is now
			return s.examine(f, nil)
		}
		return s, []skill.Act{s.question(f)}
	case skill.Helped:
		return s, []skill.Act{skill.Say{Key: overviewHelp}, s.question(f)}
	case skill.No:
		return overview{}, []skill.Act{skill.Say{Key: overviewStopped}}
	default:
		return s.ask(nil, f)
	}
}

func (s overview) hear(slots skill.Slots, f ground.Facts) (overview, []skill.Act) {
	if s.Asking == askingMore { // the same request anew, perhaps about another car
		s = overview{}
	}
	choice := ground.ChooseCar(f.Cars, slots["car"], slots.Filled("car"), f.Account.Preferences.DefaultCar, nil)
	if choice.Why == ground.Found {
		return overview{}, []skill.Act{skill.Do{Effect: examine{At: ground.At{Car: choice.Car, Facts: f}}}}
	}
	if choice.Why == ground.NoCar {
		return overview{}, []skill.Act{skill.Say{Key: ground.NoCarYet}}
	}
	acts, asks := choice.Acts()
	if !asks {
		return overview{}, acts
	}
	return s.ask(acts, f)
}

// examine looks at the car of the open question again: what is offered may have changed, and the state holds
// no readings.
func (s overview) examine(f ground.Facts, told []subject) (overview, []skill.Act) {
	car, ok := f.Car(s.Car)
	if !ok {
		return overview{}, []skill.Act{skill.Say{Key: ground.Gone}}
	}
	return overview{}, []skill.Act{skill.Do{Effect: examine{At: ground.At{Car: car, Facts: f}, Told: told}}}
}

// ask opens the question for the car or puts the open one again; after a few answers that fit nothing it ends.
func (s overview) ask(acts []skill.Act, f ground.Facts) (overview, []skill.Act) {
	if s.Asking == "" {
		s.Asking = askingCar
	} else {
		s.Unclear++
	}
	if s.Unclear >= ground.MaxUnclear {
		return overview{}, []skill.Act{skill.Say{Key: overviewStopped}}
	}
	if acts == nil {
		acts = []skill.Act{s.question(f)}
	}
	return s, acts
}

func (s overview) question(f ground.Facts) skill.Ask {
	if s.Asking == askingMore {
		return skill.Ask{Key: overviewMore, Args: speech.Args{"count": speech.Count(s.Left)}}
	}
	return ground.WhichCar(f.Cars)
}

// tellOverview tells the worst three that were not told yet, and offers the rest.
func tellOverview(c checkup, e examine) (overview, []skill.Act) {
	r := newReport(e.At)
	all, looked := findings(c, e.At)
	left := slices.DeleteFunc(slices.Clone(all), func(f finding) bool { return slices.Contains(e.Told, f.subject) })
	begins := len(e.Told) == 0
	switch {
	case len(left) == 0 && !begins:
		r.say(overviewNoMore, nil)
	case len(left) > 0 && begins:
		r.say(verdictLines[left[0].severity], ground.CarArg(e.At.Car))
	case len(left) > 0:
	case len(looked) == 0:
		r.say(overviewNothing, ground.CarArg(e.At.Car))
	default:
		for _, at := range looked {
			r.saw(at)
		}
		r.say(overviewFine, ground.CarArg(e.At.Car))
	}
	next := overview{Car: e.At.Car.ID, Told: e.Told}
	for _, f := range left[:min(len(left), maxTold)] {
		r.say(f.key, f.args)
		if !f.seen.IsZero() {
			r.saw(f.seen)
		}
		next.Told = append(slices.Clip(next.Told), f.subject)
	}
	if c.codesUnread && begins {
		r.say(overviewCodesUnread, nil)
	}
	acts := append(r.done(), showCheckup(c, e.At)...)
	if next.Left = len(left) - maxTold; next.Left <= 0 {
		return overview{}, acts
	}
	next.Asking = askingMore
	return next, append(acts, next.question(e.At.Facts))
}

// severityWords say on the screen how serious something is, beside its mark; severity zero is nothing wrong.
var severityWords = map[severity]struct {
	word speech.Key
	mark screen.Mark
}{
	0:      {"overview.screen_fine", screen.Fine},
	note:   {"overview.screen_note", screen.Attention},
	unsure: {"overview.screen_soon", screen.Attention},
	soon:   {"overview.screen_soon", screen.Attention},
	stop:   {"overview.screen_stop", screen.Urgent},
}

// partIntents are the conversations that tell more of a part.
var partIntents = map[subject]string{
	"tires": "CheckTires", "engine": "EngineLight", "open": "DoorsAndTrunk", "unlocked": "DoorsAndTrunk",
	"battery": "BatteryHealth", "dongle": "DongleStatus", "energy": "CheckFuel", "service": "ServiceDue",
}

func partLine(s subject) speech.Key { return speech.Key("overview.screen_part_" + string(s)) }

// showCheckup lists every part that could be looked at, the worst first; a touch tells more of it. Nothing is
// shown of a car that has reported nothing.
func showCheckup(c checkup, at ground.At) []skill.Act {
	type part struct {
		row      skill.Row
		severity severity
	}
	var parts []part
	for _, check := range checks {
		f, looked := check.look(c, at)
		if looked.IsZero() && f.severity == 0 {
			continue
		}
		words := severityWords[f.severity]
		row := skill.Row{Label: speech.Phrase{Key: partLine(check.subject)}, Word: speech.Phrase{Key: words.word}, Mark: words.mark}
		if intent := partIntents[check.subject]; intent != "" {
			row.Touch = ground.OnCar(intent, at.Car)
		}
		parts = append(parts, part{row, f.severity})
	}
	if len(parts) == 0 {
		return nil
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.severity, a.severity) })
	shown := skill.Screen{Document: screen.Health, Title: speech.Phrase{Key: overviewScreen, Args: ground.CarArg(at.Car)}}
	for _, p := range parts {
		shown.Rows = append(shown.Rows, p.row)
	}
	return []skill.Act{shown}
}
