package access

import (
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// done takes the outcome of an effect into the conversation.
func (p party) done(a admission, ev skill.Done, f admissionFacts) (admission, []skill.Act) {
	if ev.Err != nil {
		return admission{}, ground.Apologize(ev.Err)
	}
	switch result := ev.Result.(type) {
	case []vehicle.Grant:
		return p.compare(a, result, f)
	case pin.Verdict:
		return p.judge(a, result)
	case vehicle.Grant:
		return p.granted(result, f)
	default:
		return admission{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
}

// compare looks at the grants there are before it reads back a new one: asking twice must not let anybody in
// twice.
func (p party) compare(a admission, grants []vehicle.Grant, f admissionFacts) (admission, []skill.Act) {
	car, _ := f.Car(a.Car)
	a.Point = pointOf(car)
	var first []skill.Act
	if g, covers, ok := p.existing(a, grants, f.Now); ok {
		who, _ := p.spoken(f, a.Who)
		args := speech.Args{"who": who, "open": opening(g.AccessPoint, car), "until": moment(g.Window.End, f.Facts)}
		if covers || a.When == (spokenTime{}) {
			return admission{}, []skill.Act{skill.Say{Key: p.lines.already, Args: args}}
		}
		first = []skill.Act{skill.Say{Key: p.lines.second, Args: args}}
	}
	if notReady := ground.PINReady(f.Account.PIN); notReady != nil {
		return admission{}, notReady
	}
	readBack, ok := p.readBack(a, f)
	if !ok {
		return admission{}, []skill.Act{skill.Say{Key: ground.Gone}}
	}
	a.question, a.Key = question{Asking: askPIN}, f.FreshKey
	return a, append(first, readBack)
}

// judge acts on the guard's verdict. Only a right PIN leads on to the grant.
func (p party) judge(a admission, v pin.Verdict) (admission, []skill.Act) {
	switch j := ground.Judge(v); {
	case j.Right:
		request := vehicle.GrantRequest{Vehicle: a.Car, AccessPoint: a.Point, Window: a.Window}
		return a, []skill.Act{skill.Do{Effect: grant{Key: a.Key, Request: p.request(a.Who, request)}}}
	case j.Again:
		return a, j.Acts
	default:
		return admission{}, j.Acts
	}
}

// granted tells what the cloud wrote down, not what was asked of it. A guest's code goes on the card and
// nowhere else.
func (p party) granted(g vehicle.Grant, f admissionFacts) (admission, []skill.Act) {
	car, haveCar := f.Car(g.Vehicle)
	who, known := p.spoken(f, p.of(g))
	switch {
	case !haveCar || !known:
		return admission{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	case g.Carrier.ID == "" && g.Code == "":
		return admission{}, []skill.Act{skill.Say{Key: guestCodeLost}}
	}
	said := speech.Args{"who": who, "open": opening(g.AccessPoint, car)}
	key := inWindow(p.lines.granted, p.lines.grantedLater, said, g.Window, f.Facts)
	if key == p.lines.granted { // the day was said a moment ago
		said["until"] = untilFrom(f.Here(f.Now), f.Here(g.Window.End), f.Here(f.Now))
	}
	card := speech.Args{"who": who, "open": opening(g.AccessPoint, car)}
	card["from"], card["until"] = span(g.Window, f.Facts)
	if g.Code != "" {
		card["code"] = speech.Name(string(g.Code))
	}
	return admission{}, []skill.Act{
		skill.Say{Key: key, Args: said},
		skill.Show{Title: p.lines.cardTitle, Text: p.lines.card, Args: card},
	}
}

// opening is what a grant lets somebody do: "open the trunk of your Golf".
func opening(p vehicle.AccessPoint, car vehicle.Vehicle) speech.Phrase {
	if p == vehicle.KeyBoxOnPlate {
		return speech.Phrase{Key: openKeyBox, Args: ground.CarArg(car)}
	}
	return speech.Phrase{Key: openTrunk, Args: ground.CarArg(car)}
}

// inWindow adds the window to the arguments of a line, and picks the shorter line if it is already open.
func inWindow(now, later speech.Key, args speech.Args, w vehicle.Window, f ground.Facts) speech.Key {
	if !w.Start.After(f.Now.Add(time.Minute)) {
		args["until"] = moment(w.End, f)
		return now
	}
	args["from"], args["until"] = span(w, f)
	return later
}

// moment tells an instant on the driver's clock, with its day.
func moment(at time.Time, f ground.Facts) speech.Moment {
	return speech.Moment{At: f.Here(at), Now: f.Here(f.Now)}
}

// span names the day once when both ends share it.
func span(w vehicle.Window, f ground.Facts) (from, until speech.Arg) {
	start, end, now := f.Here(w.Start), f.Here(w.End), f.Here(f.Now)
	return moment(w.Start, f), untilFrom(start, end, now)
}

// untilFrom names the day of the end only if it is another one than the day of the start.
func untilFrom(start, end, now time.Time) speech.Arg {
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return speech.Clock{At: end}
	}
	return speech.Moment{At: end, Now: now}
}
