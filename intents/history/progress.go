package history

import (
	"cmp"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What a screen shows of a delivery.
const (
	progressTitle   speech.Key = "delivery.screen_title"
	progressLetIn   speech.Key = "delivery.screen_let_in"
	progressUntil   speech.Key = "delivery.screen_until"
	progressDone    speech.Key = "delivery.screen_word_done"
	progressAhead   speech.Key = "delivery.screen_word_ahead"
	progressLook    speech.Key = "delivery.screen_word_look"
	progressNotSeen speech.Key = "delivery.screen_word_not_seen"
	progressMissed  speech.Key = "delivery.screen_word_missed"
)

// step is one stop on the way of a delivery: what shows that it was reached, in the order of what is best known.
type step struct {
	label speech.Key
	seen  []vehicle.EventType
}

// The steps after the first, which is the owner's.
var (
	trunkSteps = []step{
		{"delivery.screen_en_route", []vehicle.EventType{vehicle.DeliveryEnRoute}},
		{"delivery.screen_arrived", []vehicle.EventType{vehicle.DeliveryArrived}},
		{"delivery.screen_trunk_opened", []vehicle.EventType{vehicle.TrunkOpened, vehicle.GrantRedeemed}},
		{"delivery.screen_trunk_closed", []vehicle.EventType{vehicle.TrunkClosed}},
		{"delivery.screen_trunk_locked", []vehicle.EventType{vehicle.TrunkLocked}},
	}
	keyBoxSteps = []step{
		trunkSteps[0],
		trunkSteps[1],
		{"delivery.screen_key_taken", []vehicle.EventType{vehicle.KeyBoxOpened, vehicle.GrantRedeemed}},
		{"delivery.screen_key_back", []vehicle.EventType{vehicle.KeyBoxClosed}},
	}
)

var progressLines = func() speech.Table {
	t := speech.Table{
		progressTitle: speech.Says("carrier", "car"), progressLetIn: speech.Says(), progressUntil: speech.Says("until"),
		progressDone: speech.Says(), progressAhead: speech.Says(), progressLook: speech.Says(), progressNotSeen: speech.Says(),
		progressMissed: speech.Says(),
	}
	for _, steps := range [][]step{trunkSteps, keyBoxSteps} {
		for _, s := range steps {
			t[s.label] = speech.Says()
		}
	}
	return t
}()

// openingStep is the index of the step in which somebody gets in; what shuts it again comes after it.
const openingStep = 2

// show draws the steps of the delivery. A step that was not seen, though a later one was, says so.
func (d delivery) show(f ground.Facts) skill.Screen {
	steps := trunkSteps
	if d.grant.AccessPoint == vehicle.KeyBoxOnPlate {
		steps = keyBoxSteps
	}
	title := ground.CarArg(d.car)
	title["carrier"] = speech.Name(cmp.Or(d.grant.Carrier.Name, d.grant.Carrier.ID))
	until := speech.Args{"until": speech.Moment{At: f.Here(d.grant.Window.End), Now: f.Here(f.Now)}}
	shown := skill.Screen{Document: screen.Delivery, Title: speech.Phrase{Key: progressTitle, Args: title}, Rows: []skill.Row{{
		Label: speech.Phrase{Key: progressLetIn}, Value: speech.Phrase{Key: progressUntil, Args: until},
		Word: speech.Phrase{Key: progressDone}, Mark: screen.Fine,
	}}}
	reached, last := d.reached(steps)
	for i, s := range steps {
		row := skill.Row{Label: speech.Phrase{Key: s.label}}
		word := progressDone
		switch {
		case !reached[i].IsZero():
			row.Value, row.Mark = ago(reached[i], f), screen.Fine
		case i < last, d.stage == closed:
			word, row.Mark = progressNotSeen, screen.Unknown
		case i == last+1 && (d.stage == leftOpen || d.stage == keyNotReturned):
			word, row.Mark = progressLook, screen.Attention
		case d.stage == missed:
			word, row.Mark = progressMissed, screen.Unknown
		default:
			word, row.Mark = progressAhead, screen.Ahead
		}
		row.Word = speech.Phrase{Key: word}
		shown.Rows = append(shown.Rows, row)
	}
	return shown
}

// reached is when each step was seen, zero for never, and the last one that was. While it stands open, or empty,
// what shut it before does not count.
func (d delivery) reached(steps []step) (at []time.Time, last int) {
	at, last = make([]time.Time, len(steps)), -1
	for i, s := range steps {
		if i > openingStep && d.stage <= opened {
			break
		}
		if at[i] = lastOf(d.events, d.grant.ID, s.seen); !at[i].IsZero() {
			last = i
		}
	}
	return at, last
}

// lastOf is when any of some events was last seen for a grant, zero for never.
func lastOf(events []vehicle.Event, grant string, types []vehicle.EventType) (at time.Time) {
	for _, wanted := range types {
		for _, e := range events {
			if e.Grant == grant && e.Type == wanted {
				at = e.At
			}
		}
		if !at.IsZero() {
			return at
		}
	}
	return at
}
