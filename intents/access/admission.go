package access

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// admission is the state of letting somebody in: what is settled, and the one question that is open. It never
// holds the PIN or a code.
type admission struct {
	question
	Car vehicle.ID `json:"car,omitempty"`
	// Who is a carrier's id, or a guest as the owner says it: a guest is nothing but that word.
	Who  string     `json:"who,omitempty"`
	When spokenTime `json:"when,omitzero"`
	// Point, Window and Key are set with the read-back: exactly this is what the PIN confirms, once.
	Point  vehicle.AccessPoint    `json:"point,omitempty"`
	Window vehicle.Window         `json:"window,omitzero"`
	Key    vehicle.IdempotencyKey `json:"key,omitempty"`
}

// admissionFacts is what letting somebody in decides upon.
type admissionFacts struct {
	ground.Facts
	Carriers []vehicle.Carrier
}

// The effects of letting somebody in.
type (
	readGrants struct{ Car vehicle.ID }
	grant      struct {
		Key     vehicle.IdempotencyKey
		Request vehicle.GrantRequest
	}
)

// party is who is let in, a courier or a guest: all in which the two conversations differ.
type party struct {
	name  string    // of the flow
	slot  string    // that names them
	ask   skill.Ask // who they are, for that slot
	lines partyLines
	// refused says why nobody of the kind can be let in now; nil if nothing stands in the way.
	refused func(admissionFacts) []skill.Act
	// choose finds who was named. why holds what to say instead; without a question among it the conversation
	// ends there.
	choose func(f admissionFacts, said skill.Slot, heard bool) (who string, why []skill.Act)
	// spoken is how they are called; false if nobody knows them any more.
	spoken func(f admissionFacts, who string) (speech.Arg, bool)
	// of tells whom an existing grant lets in, empty if it is nobody of the kind.
	of func(vehicle.Grant) string
	// request asks for the grant.
	request func(who string, r vehicle.GrantRequest) vehicle.GrantRequest
}

// partyLines are what is said of couriers and guests each in its own words.
type partyLines struct {
	until, day            speech.Key
	already, second       speech.Key
	confirm, confirmLater speech.Key
	granted, grantedLater speech.Key
	cardTitle, card       speech.Key
	left                  speech.Key
	helpWho               speech.Key
}

func (p party) flow(d ground.Deps) skill.Flow {
	return skill.NewFlow(skill.FlowSpec[admission, admissionFacts]{
		Name: p.name, Version: 2,
		Lines: skill.FlowLines{Stopped: stopped, Left: p.lines.left},
		Facts: func(ctx context.Context, t *skill.Turn, _ admission, _ skill.Event) (admissionFacts, error) {
			var carriers []vehicle.Carrier
			facts, err := d.Gather(ctx, t, ground.Want{
				Account: true,
				Also: func(ctx context.Context) (err error) {
					carriers, err = d.Cars.Carriers(ctx, vehicle.Token(t.Token()))
					return err
				},
			})
			return admissionFacts{Facts: facts, Carriers: carriers}, err
		},
		Next: p.next,
		Do: func(ctx context.Context, t *skill.Turn, effect any) (any, error) {
			token := vehicle.Token(t.Token())
			switch e := effect.(type) {
			case readGrants:
				return d.Cars.Grants(ctx, token, e.Car)
			case ground.CheckPIN:
				return d.Compare(ctx, e)
			case grant:
				return create(ctx, d.Cars, token, e)
			default:
				return nil, fmt.Errorf("%s: unknown effect %T", p.name, effect)
			}
		},
	})
}

// create makes the grant. A guest's code comes once, in the first answer: if that was lost and the cloud
// recognized a repetition, the code is lost too, and the grant is taken back. Should even that fail, it opens to
// nobody.
func create(ctx context.Context, cars ground.Cars, token vehicle.Token, e grant) (vehicle.Grant, error) {
	g, err := cars.CreateGrant(ctx, token, e.Key, e.Request)
	if err != nil || e.Request.Guest == "" || g.Code != "" {
		return g, err
	}
	_, _ = cars.RevokeGrant(ctx, token, g.ID)
	return g, nil
}

func (p party) next(a admission, ev skill.Event, f admissionFacts) (admission, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return p.hear(a, ev.Slots, f)
	case skill.Done:
		return p.done(a, ev, f)
	case skill.No:
		return admission{}, []skill.Act{skill.Say{Key: stopped}}
	}
	ask, done := p.open(a, f)
	if done != nil {
		return admission{}, done
	}
	help := map[step]speech.Key{askCar: helpCar, askWho: p.lines.helpWho, askUntil: helpUntil, askDay: helpUntil, askPIN: helpPIN}
	return a.with(a.aside(ev, help[a.Asking], ask))
}

// with takes the question on; without one the conversation is over.
func (a admission) with(q question, acts []skill.Act) (admission, []skill.Act) {
	if q.Asking == "" {
		return admission{}, acts
	}
	a.question = q
	return a, acts
}

// hear takes a turn of the conversation's own intent: its opening, an answer, or a correction in the
// middle. What is newly said replaces what was settled; a PIN counts only as the answer to its question
// and only if nothing else changed with it.
func (p party) hear(a admission, slots skill.Slots, f admissionFacts) (admission, []skill.Act) {
	if why := p.refused(f); why != nil {
		return admission{}, why
	}
	changed := ground.SaysMoreThanPIN(slots)
	if a.Asking == askPIN && !changed && !a.faded(f.Now) {
		check, ok := ground.HearPIN(slots["pin"], f.Facts)
		if !ok {
			return a.with(a.inVain(ground.PINUnclear, nil))
		}
		return a, []skill.Act{check}
	}
	var first []skill.Act
	if slots.Filled("pin") && a.Asking != askPIN {
		first = append(first, skill.Say{Key: ground.PINEarly})
	}
	if a.Asking != "" && a.Asking != askPIN && !changed {
		return p.next(a, skill.Unclear{}, f)
	}
	a.When = a.When.with(slots)
	a, acts := p.settle(a, slots, f)
	return a, append(first, acts...)
}

// faded reports whether the read-back is too old for a PIN to confirm it.
func (a admission) faded(now time.Time) bool {
	return a.Asking == askPIN && now.Sub(a.Window.Start) > ground.ReadBackHolds
}

// settle works out car, party and window in this order and asks for the first that is not clear. What is
// clear is kept, whichever comes first.
func (p party) settle(a admission, slots skill.Slots, f admissionFacts) (admission, []skill.Act) {
	var doubt func(admission) (admission, []skill.Act)
	if a.Car == "" || slots.Filled("car") {
		choice := ground.ChooseCar(f.Cars, slots["car"], slots.Filled("car"), f.Account.Preferences.DefaultCar, lets)
		a.Car = choice.Car.ID
		if choice.Why != ground.Found {
			a.Car = ""
			doubt = func(a admission) (admission, []skill.Act) { return a.doubtCar(choice) }
		}
	}
	if a.Who == "" || slots.Filled(p.slot) {
		who, why := p.choose(f, slots[p.slot], slots.Filled(p.slot))
		a.Who = who
		if why != nil && doubt == nil {
			doubt = func(a admission) (admission, []skill.Act) { return a.orEnd(askWho, why) }
		}
	}
	if doubt != nil {
		return doubt(a)
	}
	if car, _ := f.Car(a.Car); !car.BlockedSince.IsZero() {
		return admission{}, []skill.Act{skill.Say{Key: blockedNow, Args: ground.CarArg(car)}}
	}
	window, unclear := a.When.window(f.Now, f.Zone)
	if unclear != nil {
		a.When = spokenTime{}
		return a.asking(unclear.Ask, []skill.Act{unclear.Say, p.askTime(unclear.Ask)})
	}
	a.Window = window
	return a, []skill.Act{skill.Do{Effect: readGrants{Car: a.Car}}}
}

func (p party) askTime(s step) skill.Ask {
	if s == askDay {
		return skill.Ask{Key: p.lines.day, Elicit: "date"}
	}
	return skill.Ask{Key: p.lines.until, Elicit: "until"}
}

// lets reports whether a car can let anybody in at all.
func lets(v vehicle.Vehicle) bool { return pointOf(v) != "" }

// pointOf is what a car opens for others: its trunk, or else the box that holds a key.
func pointOf(v vehicle.Vehicle) vehicle.AccessPoint {
	switch {
	case v.Can(vehicle.OpenTrunk):
		return vehicle.Trunk
	case v.Can(vehicle.OpenKeyBox):
		return vehicle.KeyBoxOnPlate
	default:
		return ""
	}
}

func (a admission) doubtCar(choice ground.Choice) (admission, []skill.Act) {
	switch {
	case choice.Why == ground.NoCar:
		return admission{}, []skill.Act{skill.Say{Key: ground.NoCarYet}}
	case choice.Why == ground.Unable && len(choice.Among) == 0:
		return admission{}, []skill.Act{skill.Say{Key: unable, Args: ground.CarArg(choice.Car)}}
	case choice.Why == ground.Unable:
		acts := []skill.Act{skill.Say{Key: unableOthers, Args: ground.CarArg(choice.Car)}, ground.WhichCar(choice.Among)}
		return a.asking(askCar, acts)
	}
	acts, _ := choice.Acts()
	return a.orEnd(askCar, acts)
}

// orEnd opens a question, or ends with what is said if it asks nothing.
func (a admission) orEnd(s step, acts []skill.Act) (admission, []skill.Act) {
	if _, asks := acts[len(acts)-1].(skill.Ask); !asks {
		return admission{}, acts
	}
	return a.asking(s, acts)
}

// asking opens a question. Asking the same thing again and again ends by itself.
func (a admission) asking(s step, acts []skill.Act) (admission, []skill.Act) {
	return a.with(a.put(s, acts))
}

// open is the open question, put once more and made from the facts of this turn. Without one, or when what was
// settled is gone, done says so.
func (p party) open(a admission, f admissionFacts) (ask skill.Act, done []skill.Act) {
	switch a.Asking {
	case askCar:
		return ground.WhichCar(ground.Keep(f.Cars, lets)), nil
	case askWho:
		return p.ask, nil
	case askUntil, askDay:
		return p.askTime(a.Asking), nil
	case askPIN:
		readBack, ok := p.readBack(a, f)
		if !ok {
			return skill.Ask{}, []skill.Act{skill.Say{Key: ground.Gone}}
		}
		return readBack, nil
	default:
		return skill.Ask{}, []skill.Act{skill.Say{Key: stopped}}
	}
}

// readBack says party, car and window, and asks for the PIN: the PIN is the confirmation.
func (p party) readBack(a admission, f admissionFacts) (skill.Ask, bool) {
	car, haveCar := f.Car(a.Car)
	who, known := p.spoken(f, a.Who)
	if !haveCar || !known {
		return skill.Ask{}, false
	}
	args := speech.Args{"who": who, "open": opening(a.Point, car)}
	key := inWindow(p.lines.confirm, p.lines.confirmLater, args, a.Window, f.Facts)
	return skill.Ask{Key: key, Args: args, Elicit: "pin"}, true
}

// existing finds a grant of the same party for the same access point that overlaps the window, first of all one
// that covers it.
func (p party) existing(a admission, grants []vehicle.Grant, now time.Time) (found vehicle.Grant, covers, ok bool) {
	for _, g := range grants {
		if !ground.SameName(p.of(g), a.Who) || g.AccessPoint != a.Point || !g.Open(now) || !g.Window.Overlaps(a.Window) {
			continue
		}
		found, ok = g, true
		if covers = !g.Window.Start.After(a.Window.Start) && !g.Window.End.Before(a.Window.End); covers {
			break
		}
	}
	return found, covers, ok
}
