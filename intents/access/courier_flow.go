package access

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// courier is the state of "let the courier into my trunk": what is settled, and the one question that is
// open. It never holds the PIN.
type courier struct {
	Asking  courierStep `json:"asking,omitempty"`
	Car     vehicle.ID  `json:"car,omitempty"`
	Carrier string      `json:"carrier,omitempty"`
	When    spokenTime  `json:"when,omitzero"`
	// Window and Key are set with the read-back: exactly this is what the PIN confirms, once.
	Window  vehicle.Window         `json:"window,omitzero"`
	Key     vehicle.IdempotencyKey `json:"key,omitempty"`
	Unclear int                    `json:"unclear,omitempty"`
}

type courierStep string

const (
	askCar     courierStep = "car"
	askCarrier courierStep = "carrier"
	askUntil   courierStep = "until"
	askDay     courierStep = "day"
	askPIN     courierStep = "pin"
)

// Step names the open question.
func (c courier) Step() string { return string(c.Asking) }

// courierFacts is what the courier conversation decides upon.
type courierFacts struct {
	ground.Facts
	Carriers []vehicle.Carrier
}

// The effects of the conversation.
type (
	readGrants struct{ Car vehicle.ID }
	grant      struct {
		Key     vehicle.IdempotencyKey
		Request vehicle.GrantRequest
	}
)

func courierNext(c courier, ev skill.Event, f courierFacts) (courier, []skill.Act) {
	switch ev := ev.(type) {
	case skill.Heard:
		return c.hear(ev.Slots, f)
	case skill.Done:
		return c.done(ev, f)
	case skill.No:
		return courier{}, []skill.Act{skill.Say{Key: courierStopped}}
	case skill.Yes:
		if c.Asking == askPIN {
			return c.unclear(f, ground.PINNotAYes)
		}
		return c.unclear(f, courierUnclear)
	case skill.Again:
		return c.again(f)
	case skill.Helped:
		return c.explain(f, courierHelp[c.Asking])
	default:
		return c.unclear(f, courierUnclear)
	}
}

var courierHelp = map[courierStep]speech.Key{
	askCar: courierHelpCar, askCarrier: courierHelpCarrier, askUntil: courierHelpUntil, askDay: courierHelpUntil,
	askPIN: courierHelpPIN,
}

// hear takes a turn of the conversation's own intent: its opening, an answer, or a correction in the
// middle. What is newly said replaces what was settled; a PIN counts only as the answer to its question
// and only if nothing else changed with it.
func (c courier) hear(slots skill.Slots, f courierFacts) (courier, []skill.Act) {
	changed := ground.SaysMoreThanPIN(slots)
	if c.Asking == askPIN && !changed && !c.faded(f.Now) {
		return c.hearPIN(slots["pin"], f)
	}
	var first []skill.Act
	if slots.Filled("pin") && c.Asking != askPIN {
		first = append(first, skill.Say{Key: ground.PINEarly})
	}
	if c.Asking != "" && c.Asking != askPIN && !changed {
		return c.unclear(f, courierUnclear)
	}
	c.When = c.When.with(slots)
	c, acts := c.settle(slots, f)
	return c, append(first, acts...)
}

// readBackHolds is how long a PIN still confirms what was read back. The cloud takes a window that began up
// to five minutes ago; after that the window is worked out and read back anew.
const readBackHolds = 4 * time.Minute

// faded reports whether the read-back is too old for a PIN to confirm it.
func (c courier) faded(now time.Time) bool {
	return c.Asking == askPIN && now.Sub(c.Window.Start) > readBackHolds
}

// settle works out car, carrier and window in this order and asks for the first that is not clear. What is
// clear is kept, whichever comes first.
func (c courier) settle(slots skill.Slots, f courierFacts) (courier, []skill.Act) {
	var doubt func(courier) (courier, []skill.Act)
	if c.Car == "" || slots.Filled("car") {
		choice := ground.ChooseCar(f.Cars, slots["car"], slots.Filled("car"), f.Account.Preferences.DefaultCar, trunkOpens)
		c.Car = choice.Car.ID
		if choice.Why != ground.Found {
			c.Car = ""
			doubt = func(c courier) (courier, []skill.Act) { return c.doubtCar(choice) }
		}
	}
	if c.Carrier == "" || slots.Filled("carrier") {
		carrier, why := chooseCarrier(f.Carriers, slots["carrier"], slots.Filled("carrier"))
		c.Carrier = carrier.ID
		if why != nil && doubt == nil {
			doubt = func(c courier) (courier, []skill.Act) { return c.doubtCarrier(why) }
		}
	}
	if doubt != nil {
		return doubt(c)
	}
	window, unclear := c.When.window(f.Now, f.Zone)
	if unclear != nil {
		c.When = spokenTime{}
		return c.asking(unclear.Ask, []skill.Act{unclear.Say, timeQuestions[unclear.Ask]})
	}
	c.Window = window
	return c, []skill.Act{skill.Do{Effect: readGrants{Car: c.Car}}}
}

var timeQuestions = map[courierStep]skill.Ask{
	askUntil: {Key: courierUntil, Elicit: "until"},
	askDay:   {Key: courierDay, Elicit: "date"},
}

func trunkOpens(v vehicle.Vehicle) bool { return v.Can(vehicle.OpenTrunk) }

func (c courier) doubtCar(choice ground.Choice) (courier, []skill.Act) {
	switch {
	case choice.Why == ground.NoCar:
		return courier{}, []skill.Act{skill.Say{Key: ground.NoCarYet}}
	case choice.Why == ground.Unable && len(choice.Among) == 0:
		return courier{}, []skill.Act{skill.Say{Key: courierUnable, Args: ground.CarArg(choice.Car)}}
	case choice.Why == ground.Unable:
		acts := []skill.Act{skill.Say{Key: courierUnableOthers, Args: ground.CarArg(choice.Car)}, ground.WhichCar(choice.Among)}
		return c.asking(askCar, acts)
	}
	acts, asks := choice.Acts()
	if !asks {
		return courier{}, acts
	}
	return c.asking(askCar, acts)
}

// chooseCarrier finds the delivery company that was named. why holds what to say instead; without a
// question among it the conversation ends there.
func chooseCarrier(carriers []vehicle.Carrier, said skill.Slot, heard bool) (found vehicle.Carrier, why []skill.Act) {
	verified := slices.DeleteFunc(slices.Clone(carriers), func(c vehicle.Carrier) bool { return !c.Verified })
	if len(verified) == 0 {
		return found, []skill.Act{skill.Say{Key: courierNoCarriers}}
	}
	question := skill.Ask{Key: courierWho, Elicit: "carrier"}
	name, ok := said.Text()
	if !heard || !ok {
		return found, []skill.Act{question}
	}
	entity := said.Entity()
	i := slices.IndexFunc(carriers, func(c vehicle.Carrier) bool {
		return entity.Matched && c.ID == entity.ID || ground.SameName(c.Name, name) || ground.SameName(c.Name, entity.Name)
	})
	switch {
	case i < 0:
		args := speech.Args{"name": speech.Name(name), "carriers": someNames(verified)}
		return found, []skill.Act{skill.Say{Key: courierUnknown, Args: args}, question}
	case !carriers[i].Verified:
		return found, []skill.Act{skill.Say{Key: courierNotVerified, Args: speech.Args{"carrier": speech.Name(carriers[i].Name)}}}
	default:
		return carriers[i], nil
	}
}

// someNames lists three carriers at most: three options can be remembered, six cannot.
func someNames(carriers []vehicle.Carrier) speech.List {
	var list speech.List
	for _, c := range carriers[:min(3, len(carriers))] {
		list.Items = append(list.Items, speech.Name(c.Name))
	}
	return list
}

func (c courier) doubtCarrier(why []skill.Act) (courier, []skill.Act) {
	if _, asks := why[len(why)-1].(skill.Ask); !asks {
		return courier{}, why
	}
	return c.asking(askCarrier, why)
}

// asking opens a question. Asking the same thing again and again ends by itself.
func (c courier) asking(step courierStep, acts []skill.Act) (courier, []skill.Act) {
	if c.Asking == step {
		if c.Unclear++; c.Unclear >= ground.MaxUnclear {
			return courier{}, []skill.Act{skill.Say{Key: courierGaveUp}}
		}
	} else {
		c.Unclear = 0
	}
	c.Asking = step
	return c, acts
}

// unclear repeats the open question after an answer that does not fit it.
func (c courier) unclear(f courierFacts, why speech.Key) (courier, []skill.Act) {
	if c.Unclear++; c.Unclear >= ground.MaxUnclear {
		return courier{}, []skill.Act{skill.Say{Key: courierGaveUp}}
	}
	return c.explain(f, why)
}

// explain says something before the open question. The read-back is not repeated for it: only the PIN is
// still wanted, and "repeat that" brings the rest.
func (c courier) explain(f courierFacts, why speech.Key) (courier, []skill.Act) {
	if c.Asking == askPIN {
		return c, ground.AskPIN(why)
	}
	return c.again(f, skill.Say{Key: why})
}

// again puts the open question once more, made from the facts of this turn.
func (c courier) again(f courierFacts, first ...skill.Act) (courier, []skill.Act) {
	switch c.Asking {
	case askCar:
		return c, append(first, ground.WhichCar(ground.Keep(f.Cars, trunkOpens)))
	case askCarrier:
		return c, append(first, skill.Ask{Key: courierWho, Elicit: "carrier"})
	case askUntil, askDay:
		return c, append(first, timeQuestions[c.Asking])
	case askPIN:
		readBack, ok := c.readBack(f)
		if !ok {
			return courier{}, []skill.Act{skill.Say{Key: ground.Gone}}
		}
		return c, append(first, readBack)
	default:
		return courier{}, []skill.Act{skill.Say{Key: courierStopped}}
	}
}

// readBack says car, carrier and window, and asks for the PIN: the PIN is the confirmation.
func (c courier) readBack(f courierFacts) (skill.Ask, bool) {
	car, haveCar := f.Car(c.Car)
	i := slices.IndexFunc(f.Carriers, func(x vehicle.Carrier) bool { return x.ID == c.Carrier })
	if !haveCar || i < 0 {
		return skill.Ask{}, false
	}
	key, args := windowLine(courierConfirm, courierConfirmLater, f.Carriers[i], car, c.Window, f)
	return skill.Ask{Key: key, Args: args, Elicit: "pin"}, true
}

// windowLine picks the shorter line for a window that is already open.
func windowLine(now, later speech.Key, carrier vehicle.Carrier, car vehicle.Vehicle, w vehicle.Window, f courierFacts) (speech.Key, speech.Args) {
	args := ground.CarArg(car)
	args["carrier"] = speech.Name(carrier.Name)
	if !w.Start.After(f.Now.Add(time.Minute)) {
		args["until"] = speech.Moment{At: w.End.In(f.Zone), Now: f.Now.In(f.Zone)}
		return now, args
	}
	args["from"], args["until"] = span(w, f)
	return later, args
}

// span names the day once when both ends share it.
func span(w vehicle.Window, f courierFacts) (from, until speech.Arg) {
	start, end, now := w.Start.In(f.Zone), w.End.In(f.Zone), f.Now.In(f.Zone)
	from = speech.Moment{At: start, Now: now}
	return from, untilFrom(start, end, now)
}

// untilFrom names the day of the end only if it is another one than the day of the start.
func untilFrom(start, end, now time.Time) speech.Arg {
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return speech.Clock{At: end}
	}
	return speech.Moment{At: end, Now: now}
}
