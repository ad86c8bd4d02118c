package live

import (
	"context"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
)

// strikes is how many wrong codes in a row end in a reset, by Amazon's security testing.
const strikes = 3

// codes goes through every sensitive intent of the settings with right and wrong voice codes.
func (l *locale) codes(ctx context.Context) {
	if len(l.Settings.Codes) == 0 {
		takesCode := slices.ContainsFunc(l.own(), func(i models.ModelIntent) bool {
			return slices.ContainsFunc(i.Slots, func(s models.ModelSlot) bool { return s.Type == alexa.TypeDigits })
		})
		for _, c := range append(certify.OfKind(certify.Code), certify.Check{ID: replayCheck}) {
			if takesCode {
				l.v.NotRun(c.ID, "the settings name no [[code]]")
			} else {
				l.v.NotApplicable(c.ID, "the skill asks for no voice code")
			}
		}
		return
	}
	for _, code := range l.Settings.Codes {
		if _, known := l.Model.LanguageModel.Intent(code.Intent); !known {
			l.v.Look("PIN-1")
			l.fail(ctx, "PIN-1", turn{}, code.Intent, "the settings name the sensitive intent %s, which the model does not have", code.Intent)
			continue
		}
		e := &entrance{locale: l, code: code}
		l.reset(ctx, code)
		opens := e.opens(ctx)
		l.reset(ctx, code)
		if opens && e.onceMore(ctx, e.begin(ctx), code.Intent+" again in a new session") {
			e.withoutCode(ctx)
			e.locks(ctx)
		}
		l.reset(ctx, code)
	}
}

// entrance is a sensitive intent under examination.
type entrance struct {
	*locale
	code    certify.VoiceCode
	success turn // the answer to the right code
}

// asks tells whether the skill waits for the code now.
func (e *entrance) asks(k *talk, t turn) bool {
	if !t.open() {
		return false
	}
	if k.asks.directive != "" {
		return k.asks.directive == skill.TypeElicitSlot && k.asks.slot == e.code.PINSlot
	}
	return words.Contains(t.speech, []string{"pin", "code", "passcode", "password", "geheimzahl", "clave", "codice", "código"}) != ""
}

// maxApproach bounds the questions before the code.
const maxApproach = 10

// approach asks for the sensitive thing and answers every question, up to the one for the code.
func (e *entrance) approach(ctx context.Context, k *talk) (last turn, asked bool) {
	last = e.say(ctx, k, e.intent(e.code.Intent, e.slots()))
	for range maxApproach {
		if e.asks(k, last) {
			return last, true
		}
		if !last.open() || last.err != nil || last.told || ctx.Err() != nil {
			return last, false
		}
		switch k.asks.directive {
		case skill.TypeElicitSlot:
			last = e.say(ctx, k, k.answer(e.value(k.asks)))
		case skill.TypeConfirmSlot, skill.TypeConfirmIntent:
			last = e.say(ctx, k, k.confirm(true))
		default:
			last = e.say(ctx, k, e.intent("AMAZON.YesIntent", nil))
		}
	}
	return last, false
}

// slots are those of the settings: spoken values, or ids of the model.
func (e *entrance) slots() map[string]string {
	m, _ := e.Model.LanguageModel.Intent(e.code.Intent)
	values := map[string]string{}
	for _, s := range m.Slots {
		given, ok := e.code.Slots[s.Name]
		if !ok {
			continue
		}
		t, _ := e.Model.LanguageModel.Type(s.Type)
		for _, v := range t.Values {
			if v.ID == given {
				given = v.Name.Value
			}
		}
		values[s.Name] = given
	}
	return values
}

// value answers the question for a slot that the settings did not fill.
func (e *entrance) value(q question) string {
	if given, ok := e.slots()[q.slot]; ok {
		return given
	}
	m, _ := e.Model.LanguageModel.Intent(q.intent.Name)
	s, _ := m.Slot(q.slot)
	return e.values.Good(m.Name, s, 0)
}

// enter says a code.
func (e *entrance) enter(ctx context.Context, k *talk, digits string) turn {
	m := e.intent(e.code.Intent, map[string]string{e.code.PINSlot: digits})
	if k.asks.directive == skill.TypeElicitSlot {
		m = k.answer(digits)
	}
	m.said = "the code"
	return e.say(ctx, k, m)
}

// say also looks for the digits of both codes in the answer.
func (e *entrance) say(ctx context.Context, k *talk, m move) turn {
	t := k.say(ctx, m)
	if t.response == nil {
		return t
	}
	e.v.Look("PIN-11a")
	raw := string(t.evidence[len(t.evidence)-1].Response)
	for _, digits := range []string{e.code.RightPIN, e.code.WrongPIN} {
		if slices.ContainsFunc([]string{raw, t.speech, t.reprompt}, func(text string) bool { return certify.Reveals(text, digits) }) {
			e.fail(ctx, "PIN-11a", t, e.code.Intent, "the digits of the code are in the answer")
		}
	}
	return t
}

// did tells whether the skill has acted since the effects were as before. If nobody sees effects, an answer like that to the right
// code counts.
func (e *entrance) did(ctx context.Context, before string, t turn) bool {
	if now, known := e.effects(ctx); known {
		return now != before
	}
	return e.success.speech != "" && alike(t.speech, e.success.speech)
}

// alike tells whether two sentences share most of their words.
func alike(a, b string) bool {
	one, other := strings.Fields(strings.ToLower(a)), strings.Fields(strings.ToLower(b))
	same := 0
	for _, w := range one {
		if slices.Contains(other, w) {
			same++
		}
	}
	return len(one) > 0 && same*10 >= 8*max(len(one), len(other))
}

// elsewhere tells whether the way ended before there was anything to ask a code for, and says why: that is no verdict on the code.
func (e *entrance) elsewhere(ctx context.Context, before string, t turn) bool {
	why := ""
	switch now, known := e.effects(ctx); {
	case t.err != nil:
		why = "the skill gave no answer"
	case e.wantsAccount("PIN-1", t):
		why = noAccount
	case known && now == before && !t.open():
		why = "the skill closed without asking for the code, and did nothing: the test account is not in a state in which it would"
	}
	if why != "" {
		for _, id := range []string{"PIN-1", "PIN-3", "PIN-4", "PIN-5a", "PIN-5b", "PIN-5c"} {
			e.notRun(id, why)
		}
	}
	return why != ""
}

// opens goes the right way: the code is asked for before anything happens, and then it happens. False ends the examination.
func (e *entrance) opens(ctx context.Context) bool {
	where := e.code.Intent
	before, _ := e.effects(ctx)
	k := e.begin(ctx)
	t, asked := e.approach(ctx, k)
	if t.told || ctx.Err() != nil {
		return false
	}
	if !asked && e.elsewhere(ctx, before, t) {
		return false
	}
	e.v.Look("PIN-1")
	if !asked {
		e.fail(ctx, "PIN-1", t, where, "the code is not asked for")
		return false
	}
	if now, _ := e.effects(ctx); now != before {
		e.fail(ctx, "PIN-1", t, where, "something was done before the code was said")
		return false
	}
	e.success = e.enter(ctx, k, e.code.RightPIN)
	now, known := e.effects(ctx)
	if e.success.told || ctx.Err() != nil {
		return false
	}
	if e.success.err != nil || e.asks(k, e.success) || known && now == before {
		e.fail(ctx, "PIN-1", e.success, where, "the right code of the settings does not open: nothing more can be examined")
		return false
	}
	e.replay(ctx, k, now, known)
	if e.success.open() {
		e.onceMore(ctx, k, where+" again in the same session")
	}
	return ctx.Err() == nil
}

// replay sends the request with the right code once more, as somebody would who has recorded it.
func (e *entrance) replay(ctx context.Context, k *talk, before string, known bool) {
	if !known {
		e.v.NotRun(replayCheck, "without an effects hook nobody sees whether something was done twice")
		return
	}
	last := k.history[len(k.history)-1]
	answer, took, err := e.deliver(ctx, last.Intent, last.Request)
	replayed := certify.Exchange{Said: "the same request again", Intent: last.Intent, Request: last.Request, Response: printable(answer), Took: took}
	if err != nil {
		replayed.Note = err.Error()
	}
	e.exchanges = append(e.exchanges, replayed)
	if now, _ := e.effects(ctx); ctx.Err() == nil {
		e.v.Look(replayCheck)
		if now != before {
			e.fail(ctx, replayCheck, turn{evidence: append(slices.Clone(k.history), replayed)}, e.code.Intent, "a replayed request acts a second time")
		}
	}
}

// onceMore asks for the same thing once more: nothing may happen until the code was said again. False says that nothing more can be
// told of this code.
func (e *entrance) onceMore(ctx context.Context, k *talk, where string) bool {
	before, _ := e.effects(ctx)
	t, asked := e.approach(ctx, k)
	if t.told || ctx.Err() != nil {
		return false
	}
	if e.did(ctx, before, t) {
		e.v.Look("PIN-4")
		e.fail(ctx, "PIN-4", t, where, "it is done again, and the code is not asked for again")
		return false
	}
	if asked { // else the skill has a reason not to do it twice, which is not the code
		e.v.Look("PIN-4")
	}
	return asked
}

// withoutCode answers the question for the code with everything but a code.
func (e *entrance) withoutCode(ctx context.Context) {
	for _, intent := range []string{"AMAZON.YesIntent", "AMAZON.FallbackIntent", e.code.Intent} {
		if !e.has(intent) {
			continue
		}
		k := e.begin(ctx)
		if _, asked := e.approach(ctx, k); !asked {
			continue
		}
		before, _ := e.effects(ctx)
		m := e.intent(intent, nil)
		if intent == e.code.Intent && k.asks.directive == skill.TypeElicitSlot {
			m = k.answer(alexa.Unheard)
		}
		t := e.say(ctx, k, m)
		e.v.Look("PIN-1")
		if e.did(ctx, before, t) {
			e.fail(ctx, "PIN-1", t, e.code.Intent, "the code is asked for, and %s suffices instead", intent)
		}
	}
}

// telling are how a skill says that the code has to be set anew, by language.
var telling = map[string][]string{
	"en": {"reset", "new code", "new pin", "set a", "set your", "set it", "change", "choose", "account page", "owner page", "your page", "website", "in the app"},
	"de": {"zurücksetzen", "setze", "setzen", "neue", "neuen", "ändere", "ändern"},
	"fr": {"réinitialiser", "réinitialisez", "nouveau", "changer", "changez"},
	"es": {"restablecer", "restablece", "nuevo", "nueva", "cambia", "cambiar"},
	"it": {"reimpostare", "reimposta", "nuovo", "cambia", "cambiare"},
	"pt": {"redefinir", "redefina", "novo", "nova", "altere", "alterar"},
	"nl": {"opnieuw", "nieuwe", "wijzig", "wijzigen"},
}

// locks says wrong codes until the code locks, and looks at what locks with it.
func (e *entrance) locks(ctx context.Context) {
	if !e.canReset(e.code) {
		for _, id := range []string{"PIN-3", "PIN-5b", "PIN-5c"} {
			e.v.NotRun(id, "without a reset hook the test account would stay locked")
		}
	}
	e.reset(ctx, e.code)
	others := e.others(ctx)
	e.reset(ctx, e.code)
	k := e.begin(ctx)
	var t turn
	asked := false
	for n := range strikes {
		if !asked {
			k = e.begin(ctx)
			_, asked = e.approach(ctx, k)
		}
		if !asked && n == 0 {
			e.v.NotRun("PIN-5a", "the skill did not come to ask for the code")
			return
		}
		if !asked {
			break // locked already
		}
		before, _ := e.effects(ctx)
		t = e.enter(ctx, k, e.code.WrongPIN)
		e.v.Look("PIN-5a")
		if ctx.Err() != nil || t.told {
			return
		}
		if t.err != nil || e.did(ctx, before, t) {
			e.fail(ctx, "PIN-5a", t, e.code.Intent, "wrong code number %d is not refused", n+1)
			return
		}
		if !e.canReset(e.code) {
			return
		}
		asked = e.asks(k, t)
	}
	language, _, _ := strings.Cut(e.Name, "-")
	if said, known := telling[language]; !known {
		e.v.NotRun("PIN-5b", "the suite does not know how one says in "+e.Name+" that a code is to be reset")
	} else if e.v.Look("PIN-5b"); words.Contains(t.speech, said) == "" {
		e.fail(ctx, "PIN-5b", t, e.code.Intent, "after %d wrong codes nobody says how to reset the code", strikes)
	}
	e.locked(ctx, t, others)
}

// others are the intents without a code that work while nothing is locked.
func (e *entrance) others(ctx context.Context) []move {
	var all []move
	for _, intent := range e.own() {
		if slices.ContainsFunc(intent.Slots, func(s models.ModelSlot) bool { return e.secret(intent.Name, s.Name) }) {
			continue
		}
		m := e.intent(intent.Name, e.full(intent))
		if t := e.begin(ctx).say(ctx, m); !t.told && t.failure() == "" {
			all = append(all, m)
		}
	}
	return all
}

// locked looks at an account whose code is locked: the right code is refused, everything else works, and a reset opens again.
func (e *entrance) locked(ctx context.Context, last turn, others []move) {
	for _, where := range []string{" with the right code, after three wrong ones", " with the right code, in a later session"} {
		k := e.begin(ctx)
		before, _ := e.effects(ctx)
		t, asked := e.approach(ctx, k)
		if asked {
			t = e.enter(ctx, k, e.code.RightPIN)
		}
		e.v.Look("PIN-5c")
		if e.did(ctx, before, t) {
			e.fail(ctx, "PIN-5c", t, e.code.Intent+where, "the right code opens, though three wrong ones were said")
			return
		}
	}
	for _, m := range others {
		t := e.begin(ctx).say(ctx, m)
		if e.answered(ctx, "PIN-3", t, name(m.body)) && alike(t.speech, last.speech) {
			e.fail(ctx, "PIN-3", t, name(m.body), "the intent is locked together with the code")
		}
	}
	e.reset(ctx, e.code)
	k := e.begin(ctx)
	before, _ := e.effects(ctx)
	t, asked := e.approach(ctx, k)
	if asked {
		t = e.enter(ctx, k, e.code.RightPIN)
	}
	if ctx.Err() == nil && !t.told && !e.did(ctx, before, t) {
		e.fail(ctx, "PIN-5b", t, e.code.Intent, "after the reset the right code is still refused")
	}
}
