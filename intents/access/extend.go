package access

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// extension is the state of "give UPS until eight": the grant that is meant, and what was said of its new end.
type extension struct {
	question
	Among []string   `json:"among,omitempty"` // the grants that may be meant, by id
	Grant string     `json:"grant,omitempty"`
	When  spokenTime `json:"when,omitzero"`
	// End is set with the read-back: exactly this is what the PIN confirms. It is an instant, so that setting it
	// twice changes nothing and needs no key.
	End time.Time `json:"end,omitzero"`
}

// extend moves the end of a grant; its result is the grant.
type extend struct {
	Grant string
	End   time.Time
}

// extendFlow answers "give UPS until eight": a later end of one grant, read back and confirmed by the voice PIN.
func extendFlow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[extension, grantFacts]{
		Name: "extend", Version: 1,
		Lines: skill.FlowLines{Stopped: extendStopped, Left: extendStopped},
		Facts: func(ctx context.Context, t *skill.Turn, x extension, ev skill.Event) (grantFacts, error) {
			if x.hearsPIN(ev) {
				facts, err := d.Gather(ctx, t, ground.Want{Account: true})
				return grantFacts{Facts: facts}, err
			}
			return gatherGrants(ctx, d, t, ground.Want{Account: true})
		},
		Next: extendNext,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			switch e := effect.(type) {
			case ground.CheckPIN:
				return d.Compare(ctx, e)
			case extend:
				return d.Cars.ExtendGrant(ctx, vehicle.Token(t.Token()), e.Grant, e.End)
			default:
				return nil, fmt.Errorf("extend: unknown effect %T", effect)
			}
		},
	})
}

// hearsPIN reports whether the turn answers the PIN question and says nothing else.
func (q question) hearsPIN(ev skill.Event) bool {
	heard, ok := ev.(skill.Heard)
	return ok && q.Asking == askPIN && !ground.SaysMoreThanPIN(heard.Slots)
}

func extendNext(x extension, ev skill.Event, f grantFacts) (extension, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return x.hear(ev, f)
	case skill.Done:
		return x.done(ev, f)
	case skill.No:
		return extension{}, []skill.Act{skill.Say{Key: extendStopped}}
	}
	help := map[step]speech.Key{askWhich: grantsHelpWhich, askUntil: helpUntil, askPIN: helpPIN}
	ask, ok := x.open(f)
	switch {
	case !ok && len(f.Open) == 0:
		return extension{}, []skill.Act{skill.Say{Key: grantsNone}}
	case !ok:
		return extension{}, []skill.Act{skill.Say{Key: extendOver}}
	}
	return x.with(x.aside(ev, help[x.Asking], ask))
}

func (x extension) with(q question, acts []skill.Act) (extension, []skill.Act) {
	if q.Asking == "" {
		return extension{}, acts
	}
	x.question = q
	return x, acts
}

// open is the open question, made from the facts of this turn; false if what it asks about is over.
func (x extension) open(f grantFacts) (skill.Ask, bool) {
	among := x.Among
	if x.Asking != askWhich {
		among = []string{x.Grant}
	}
	var left []vehicle.Grant
	for _, g := range f.Open {
		for _, id := range among {
			if g.ID == id {
				left = append(left, g)
			}
		}
	}
	switch {
	case len(left) == 0:
		return skill.Ask{}, false
	case x.Asking == askWhich:
		return whichGrant(left, f.Facts), true
	case x.Asking == askPIN:
		return x.readBack(left[0], f), true
	default:
		return skill.Ask{Key: extendUntil, Elicit: "until"}, true
	}
}

func (x extension) hear(ev skill.Heard, f grantFacts) (extension, []skill.Act) {
	slots := ev.Slots
	if x.hearsPIN(ev) {
		check, ok := ground.HearPIN(slots["pin"], f.Facts)
		if !ok {
			return x.with(x.inVain(ground.PINUnclear, nil))
		}
		return x, []skill.Act{check}
	}
	var first []skill.Act
	if slots.Filled("pin") && x.Asking != askPIN {
		first = append(first, skill.Say{Key: ground.PINEarly})
	}
	x.When = x.When.with(only(slots, "until", "duration"))
	x, acts := x.settle(only(slots, "carrier", "guest", "kind", "car"), f)
	return x, append(first, acts...)
}

func only(slots skill.Slots, names ...string) skill.Slots {
	some := skill.Slots{}
	for _, name := range names {
		if slots.Filled(name) {
			some[name] = slots[name]
		}
	}
	return some
}

// settle works out which grant is meant and then its new end, asks for the first that is not clear, and reads
// back the rest.
func (x extension) settle(party skill.Slots, f grantFacts) (extension, []skill.Act) {
	among := x.Among
	if x.Grant != "" && len(party) == 0 {
		among = []string{x.Grant}
	}
	g, left, why := pick(f, among, party)
	switch {
	case why != nil && len(left) == 0:
		return extension{}, why
	case why != nil:
		x.Among, x.Grant = left, ""
		return x.with(x.put(askWhich, why))
	}
	x.Grant = g.ID
	end, doubt := x.When.newEnd(g, f.Facts)
	switch {
	case doubt != nil:
		x.When = spokenTime{}
		return x.with(x.put(askUntil, append(doubt, skill.Ask{Key: extendUntil, Elicit: "until"})))
	case !end.After(g.Window.End):
		args := x.args(g, f)
		args["until"] = moment(g.Window.End, f.Facts)
		return extension{}, []skill.Act{skill.Say{Key: extendAlready, Args: args}}
	}
	if notReady := ground.PINReady(f.Account.PIN); notReady != nil {
		return extension{}, notReady
	}
	x.End, x.question = end, question{Asking: askPIN}
	return x, []skill.Act{x.readBack(g, f)}
}

// newEnd is the end that was said: a time on the clock, or as much later than it would have been. Nothing said is a
// doubt that says nothing.
func (s spokenTime) newEnd(g vehicle.Grant, f ground.Facts) (end time.Time, doubt []skill.Act) {
	h := s.parse(f.Now, f.Zone)
	old := f.Here(g.Window.End)
	switch {
	case h.misheardAny, h.until != nil && h.length != nil:
		return end, []skill.Act{skill.Say{Key: windowUnclear}}
	case h.length != nil:
		end = h.length.After(old)
	case h.until != nil:
		day := skill.CivilDateOf(old)
		if end = at(day, *h.until, f.Zone); !end.After(old) {
			end = end.Add(h.until.Lasts) // "until tonight" of what ends tonight
		}
		if next := at(day.Add(1), *h.until, f.Zone); !end.After(old) && next.Sub(old) <= rolloverLimit {
			end = next // "until one" of what ends at eleven in the evening
		}
	default:
		return end, []skill.Act{}
	}
	if end.Sub(g.Window.Start) > longestWindow {
		return end, []skill.Act{tooLong(askUntil).Say}
	}
	return end.Truncate(time.Second).UTC(), nil
}

func (x extension) args(g vehicle.Grant, f grantFacts) speech.Args {
	car, _ := f.Car(g.Vehicle)
	args := ground.CarArg(car)
	args["who"] = holder(g)
	return args
}

func (x extension) readBack(g vehicle.Grant, f grantFacts) skill.Ask {
	args := x.args(g, f)
	args["until"] = moment(x.End, f.Facts)
	args["before"] = untilFrom(f.Here(x.End), f.Here(g.Window.End), f.Here(f.Now))
	return skill.Ask{Key: extendConfirm, Args: args, Elicit: "pin"}
}

func (x extension) done(ev skill.Done, f grantFacts) (extension, []skill.Act) {
	if kind, outcome := vehicle.KindOf(ev.Err); ev.Err != nil && kind == vehicle.Conflict && outcome == vehicle.NotDone {
		return extension{}, []skill.Act{skill.Say{Key: extendOver}}
	}
	if ev.Err != nil {
		return extension{}, ground.Apologize(ev.Err)
	}
	switch result := ev.Result.(type) {
	case pin.Verdict:
		switch j := ground.Judge(result); {
		case j.Right:
			return x, []skill.Act{skill.Do{Effect: extend{Grant: x.Grant, End: x.End}}}
		case j.Again:
			return x, j.Acts
		default:
			return extension{}, j.Acts
		}
	case vehicle.Grant:
		if _, ok := f.Car(result.Vehicle); !ok {
			break
		}
		args := x.args(result, f)
		args["until"] = moment(result.Window.End, f.Facts)
		return extension{}, []skill.Act{skill.Say{Key: extendDone, Args: args}}
	}
	return extension{}, []skill.Act{skill.Say{Key: skill.Sorry}}
}

const (
	extendStopped speech.Key = "extend.stopped"
	extendUntil   speech.Key = "extend.until"
	extendAlready speech.Key = "extend.already"
	extendConfirm speech.Key = "extend.confirm"
	extendDone    speech.Key = "extend.done"
	extendOver    speech.Key = "extend.over"
)

func extendLines() speech.Table {
	return speech.Table{
		extendStopped: speech.Says(),
		extendUntil:   speech.Asks(),
		extendAlready: speech.Says("who", "car", "until"),
		extendConfirm: speech.Asks("who", "car", "until", "before"),
		extendDone:    speech.Says("who", "car", "until"),
		extendOver:    speech.Says(),
	}
}
