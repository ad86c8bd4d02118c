package live

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
)

// welcome opens the skill: as somebody new, and again.
func (l *locale) welcome(ctx context.Context) {
	newcomer := func(c *alexa.Caller) { c.UserID += "." + l.NewID() }
	first := l.begin(ctx, newcomer)
	t := first.say(ctx, l.launch())
	l.answered(ctx, "FUN-7", t, skill.TypeLaunchRequest)
	l.welcomed = t.speech
	user := first.caller.UserID
	first.end(ctx, skill.EndedByUser)

	again := l.begin(ctx, func(c *alexa.Caller) { c.UserID = user })
	u := again.say(ctx, l.launch())
	l.answered(ctx, "FUN-7", u, "LaunchRequest, returning")
	if t.response == nil || u.response == nil || l.wantsAccount("VUI-14", t) {
		return
	}
	l.v.Look("VUI-14")
	before, now := words.Count(t.speech), words.Count(u.speech)
	if now > before || u.speech == t.speech && now > breathHome {
		u.evidence = slices.Concat(t.evidence, u.evidence)
		l.fail(ctx, "VUI-14", u, skill.TypeLaunchRequest, "who returns hears %d words, after %d the first time", now, before)
	}
}

// intents says every intent of the skill's own: alone and within a session, with full, partial, empty and odd slots.
func (l *locale) intents(ctx context.Context) {
	same := map[string][]turn{} // closing answers to whole requests
	for _, intent := range l.own() {
		if ctx.Err() != nil {
			return
		}
		l.fresh(ctx)
		full := l.full(intent)
		for _, try := range attempts(intent, full) {
			t := l.begin(ctx).say(ctx, l.intent(intent.Name, try.values))
			if l.answered(ctx, try.check, t, intent.Name+", "+try.name) && try.name == allSlots && !t.open() {
				same[t.speech] = append(same[t.speech], t)
			}
			l.inSession(ctx, try.check, intent.Name, try.name, try.values)
		}
		for _, slot := range intent.Slots {
			l.odd(ctx, intent, slot, full)
		}
	}
	l.monotonous(ctx, same)
}

// monotone is how many intents with the same answer are no accident any more.
const monotone = 3

// monotonous looks for intents that all get the same answer.
func (l *locale) monotonous(ctx context.Context, same map[string][]turn) {
	for _, speech := range slices.Sorted(maps.Keys(same)) {
		turns := same[speech]
		l.v.Look("FUN-8b")
		if len(turns) >= monotone && speech != "" {
			var intents []string
			for _, t := range turns {
				intents = append(intents, name(t.body))
			}
			l.fail(ctx, "FUN-8b", turns[0], strings.Join(intents, ", "), "all of them are answered with %q", speech)
		}
	}
}

// attempt is one way to fill an intent. An empty slot that is needed is a missing one, which is for FUN-9.
type attempt struct {
	name, check string
	values      map[string]string
}

const allSlots = "all slots"

func attempts(intent models.ModelIntent, full map[string]string) []attempt {
	all := []attempt{{allSlots, "FUN-8", full}}
	if len(full) == 0 {
		return all
	}
	all = append(all, attempt{"no slots", "FUN-9", nil})
	if len(full) > 1 {
		for _, slot := range intent.Slots {
			if value, ok := full[slot.Name]; ok {
				all = append(all, attempt{"only " + slot.Name, "FUN-8", map[string]string{slot.Name: value}})
			}
		}
	}
	return all
}

// inSession says an intent after the skill was opened, if that leaves the session open.
func (l *locale) inSession(ctx context.Context, check, intent, how string, values map[string]string) {
	k := l.begin(ctx)
	if t := k.say(ctx, l.launch()); t.open() && !t.told {
		l.answered(ctx, check, k.say(ctx, l.intent(intent, values)), intent+" in a session, "+how)
	}
}

// odd puts what testers try into one slot: with all others empty, and with all others full.
func (l *locale) odd(ctx context.Context, intent models.ModelIntent, slot models.ModelSlot, full map[string]string) {
	for _, o := range l.values.Odds(slot.Type) {
		if l.secret(intent.Name, slot.Name) && o.Value != alexa.Unheard {
			continue
		}
		where := intent.Name + "." + slot.Name + ", " + o.Name
		t := l.begin(ctx).say(ctx, l.intent(intent.Name, map[string]string{slot.Name: o.Value}))
		if l.answered(ctx, "FUN-9", t, where) {
			l.believed(ctx, t, slot, o, where)
		}
		others := map[string]string{}
		for name, value := range full {
			others[name] = value
		}
		others[slot.Name] = o.Value
		if len(others) > 1 {
			t := l.begin(ctx).say(ctx, l.intent(intent.Name, others))
			if l.answered(ctx, "FUN-9", t, where+", others full") {
				l.believed(ctx, t, slot, o, where+", others full")
			}
		}
	}
	if _, listed := l.Model.LanguageModel.Type(slot.Type); !listed {
		return
	}
	m := l.intent(intent.Name, full)
	s := m.body.Intent.Slots[slot.Name]
	s.Resolutions = &skill.Resolutions{PerAuthority: []skill.Resolution{{
		Authority: "amzn1.er-authority.echo-sdk." + l.Settings.ApplicationID + "." + slot.Type,
		Status:    skill.ResolutionStatus{Code: skill.ResolutionTimeout},
	}}}
	s.SlotValue = nil
	m.body.Intent.Slots[slot.Name] = s
	l.answered(ctx, "FUN-9", l.begin(ctx).say(ctx, m), intent.Name+"."+slot.Name+", not resolved in time")
}

// doubts are how an answer says that it does not know a word, in English.
var doubts = []string{"not", "don't", "didn't", "can't", "couldn't", "isn't", "doesn't", "no", "unknown", "sorry", "only", "which"}

// believed looks whether nonsense for a slot of the skill's own, which the model did not match, was taken for a value: a closing
// answer repeats it and does not say that it is not known.
func (l *locale) believed(ctx context.Context, t turn, slot models.ModelSlot, o alexa.Odd, where string) {
	_, listed := l.Model.LanguageModel.Type(slot.Type)
	if !listed || o.Value != nonsense || t.open() || !strings.HasPrefix(l.Name, "en-") || words.Contains(t.speech, doubts) != "" {
		return
	}
	if words.Contains(t.speech, []string{o.Value}) != "" {
		l.fail(ctx, "FUN-9", t, where, "%q is no value of %s, and the answer speaks as if it were", o.Value, slot.Type)
	}
}

const nonsense = "banana"

// builtins says Alexa's own intents to a skill that has asked nothing: as the first thing, and after opening it.
func (l *locale) builtins(ctx context.Context) {
	for _, intent := range l.Model.LanguageModel.Intents {
		if !builtin(intent.Name) || ctx.Err() != nil {
			continue
		}
		k := l.begin(ctx)
		l.builtin(ctx, k, intent.Name, turn{}, intent.Name+" alone")
		k = l.begin(ctx)
		if t := k.say(ctx, l.launch()); t.open() && !t.told {
			l.builtin(ctx, k, intent.Name, t, intent.Name+" after opening")
		}
	}
}

// builtin says one of Alexa's intents after a turn, which is zero at the beginning, and judges it by the check that is for it.
func (l *locale) builtin(ctx context.Context, k *talk, intent string, before turn, where string) turn {
	waits := k.asks
	t := k.say(ctx, l.intent(intent, nil))
	switch intent {
	case "AMAZON.StopIntent":
		if l.left(ctx, "VUI-4a", t, where) && t.response.Body.ShouldEndSession != skill.SessionEnds && !t.unsaid() {
			l.fail(ctx, "VUI-4a", t, where, "after stop, the session is still open")
		}
	case "AMAZON.CancelIntent":
		if l.left(ctx, "VUI-4b", t, where) && t.open() && waits.directive != "" && k.asks.directive == waits.directive && k.asks.slot == waits.slot {
			l.fail(ctx, "VUI-4b", t, where, "after cancel, the same question is asked")
		}
	case "AMAZON.HelpIntent":
		// With only one of question and open microphone, the rule of the microphone speaks.
		if l.answered(ctx, "VUI-5", t, where) && !t.open() && !words.Questions(t.speech) && !t.unsaid() {
			l.fail(ctx, "VUI-5", t, where, "help ends the session and asks nothing")
		}
	case "AMAZON.FallbackIntent":
		l.answered(ctx, "VUI-6f", t, where)
	case "AMAZON.RepeatIntent":
		asksAgain := waits.directive != "" && k.asks.directive == waits.directive && k.asks.slot == waits.slot
		if l.answered(ctx, "VUI-6g", t, where) && before.speech != "" && !asksAgain && !repeats(t.speech, before) {
			l.fail(ctx, "VUI-6g", t, where, "repeat does not say again what was said")
		}
	default:
		l.answered(ctx, "FUN-8", t, where)
	}
	return t
}

// unsaid is an answer without shouldEndSession, of which a rule of its own has told.
func (t turn) unsaid() bool {
	return t.response != nil && t.response.Body.ShouldEndSession == skill.SessionUnsaid
}

// left is answered for stop and cancel, which may say nothing at all.
func (l *locale) left(ctx context.Context, id string, t turn, where string) bool {
	if ctx.Err() != nil {
		return false
	}
	l.v.Look(id)
	if t.told {
		return false
	}
	if t.err != nil {
		l.fail(ctx, id, t, where, "no answer, but an error: %v", t.err)
		return false
	}
	return true
}

// repeats tells whether a good part of what was said, or of its reprompt, is said again.
func repeats(now string, before turn) bool {
	said := strings.Fields(strings.ToLower(now))
	for _, text := range []string{before.speech, before.reprompt} {
		old := strings.Fields(strings.ToLower(text))
		same := 0
		for _, w := range old {
			if slices.Contains(said, w) {
				same++
			}
		}
		if len(old) > 0 && same*2 >= len(old) {
			return true
		}
	}
	return false
}

// devices does the same on a screen and in a car: the rules look at directives, this at whether the skill works there.
func (l *locale) devices(ctx context.Context) {
	for _, d := range []alexa.Device{alexa.Screen, alexa.Car} {
		on := func(c *alexa.Caller) { c.Device = d }
		k := l.begin(ctx, on)
		l.answered(ctx, devicesCheck, k.say(ctx, l.launch()), "LaunchRequest on a "+string(d))
		for _, intent := range l.own() {
			where := intent.Name + " on a " + string(d)
			l.answered(ctx, devicesCheck, l.begin(ctx, on).say(ctx, l.intent(intent.Name, l.full(intent))), where)
		}
	}
}
