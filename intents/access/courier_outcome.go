package access

import (
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// done takes the outcome of an effect into the conversation.
func (c courier) done(ev skill.Done, f courierFacts) (courier, []skill.Act) {
	if ev.Err != nil {
		return courier{}, ground.Apologize(ev.Err)
	}
	switch result := ev.Result.(type) {
	case []vehicle.Grant:
		return c.compare(result, f)
	case pin.Verdict:
		return c.judge(result)
	case vehicle.Grant:
		return c.granted(result, f)
	default:
		return courier{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
}

// compare looks at the grants there are before it reads back a new one: asking twice must not let a
// courier in twice.
func (c courier) compare(grants []vehicle.Grant, f courierFacts) (courier, []skill.Act) {
	var first []skill.Act
	for _, g := range grants {
		if g.Carrier.ID != c.Carrier || g.AccessPoint != vehicle.Trunk || !g.Open(f.Now) || !g.Window.Overlaps(c.Window) {
			continue
		}
		car, _ := f.Car(c.Car)
		args := ground.CarArg(car)
		args["carrier"] = speech.Name(g.Carrier.Name)
		args["until"] = speech.Moment{At: g.Window.End.In(f.Zone), Now: f.Now.In(f.Zone)}
		covers := !g.Window.Start.After(c.Window.Start) && !g.Window.End.Before(c.Window.End)
		if covers || c.When == (spokenTime{}) {
			return courier{}, []skill.Act{skill.Say{Key: courierAlready, Args: args}}
		}
		delete(args, "car")
		first = []skill.Act{skill.Say{Key: courierSecond, Args: args}}
	}
	if notReady := ground.PINReady(f.Account.PIN); notReady != nil {
		return courier{}, notReady
	}
	readBack, ok := c.readBack(f)
	if !ok {
		return courier{}, []skill.Act{skill.Say{Key: ground.Gone}}
	}
	c.Asking, c.Key, c.Unclear = askPIN, f.FreshKey, 0
	return c, append(first, readBack)
}

// hearPIN takes the answer to the read-back.
func (c courier) hearPIN(said skill.Slot, f courierFacts) (courier, []skill.Act) {
	check, ok := ground.HearPIN(said)
	if !ok {
		return c.unclear(f, ground.PINUnclear)
	}
	return c, []skill.Act{check}
}

// judge acts on the guard's verdict. Only a right PIN leads on to the grant.
func (c courier) judge(v pin.Verdict) (courier, []skill.Act) {
	switch j := ground.Judge(v); {
	case j.Right:
		return c, []skill.Act{skill.Do{Effect: grant{Key: c.Key, Request: vehicle.GrantRequest{
			Vehicle: c.Car, AccessPoint: vehicle.Trunk, CarrierID: c.Carrier, Window: c.Window,
		}}}}
	case j.Again:
		return c, j.Acts
	default:
		return courier{}, j.Acts
	}
}

// granted tells what the cloud wrote down, not what was asked of it.
func (c courier) granted(g vehicle.Grant, f courierFacts) (courier, []skill.Act) {
	car, ok := f.Car(g.Vehicle)
	if !ok {
		return courier{}, []skill.Act{skill.Say{Key: skill.Sorry}}
	}
	if i := slices.IndexFunc(f.Carriers, func(x vehicle.Carrier) bool { return x.ID == g.Carrier.ID }); i >= 0 {
		g.Carrier = f.Carriers[i]
	}
	key, args := windowLine(courierGranted, courierGrantedLater, g.Carrier, car, g.Window, f)
	if key == courierGranted { // the day was said a moment ago
		args["until"] = untilFrom(f.Now.In(f.Zone), g.Window.End.In(f.Zone), f.Now.In(f.Zone))
	}
	card := ground.CarArg(car)
	card["carrier"] = speech.Name(g.Carrier.Name)
	card["from"], card["until"] = span(g.Window, f)
	return courier{}, []skill.Act{
		skill.Say{Key: key, Args: args},
		skill.Show{Title: courierCardTitle, Text: courierCard, Args: card},
	}
}
