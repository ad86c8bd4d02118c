package live

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
	"github.com/trunkpass/trunkpass/skill/echo"
)

// suggestion is a phrase that the skill invited to say, and how the conversation got there.
type suggestion struct {
	phrase string
	by     string // who suggests it: an intent, or the description
	way    []move // "" from nothing
	asks   question
	heard  turn
}

// maxSuggestions bounds how many phrases of one locale are said; the same phrase in another state counts anew.
const maxSuggestions = 200

// remember keeps the phrases that an answer suggests, to be said in the last scenario but two.
func (k *talk) remember(t turn) {
	for _, text := range []string{t.speech, t.reprompt} {
		heard := k.asks.directive + " " + k.asks.slot + ": " + text
		if k.read[heard] {
			continue
		}
		k.read[heard] = true
		for _, phrase := range words.Suggested(text, k.Name) {
			s := suggestion{phrase: phrase, by: name(t.body), way: slices.Clone(k.moves), asks: k.asks, heard: t}
			same := func(o suggestion) bool {
				return o.phrase == phrase && o.asks.directive == s.asks.directive && o.asks.slot == s.asks.slot
			}
			if len(k.suggestions) < maxSuggestions && !slices.ContainsFunc(k.suggestions, same) {
				k.suggestions = append(k.suggestions, s)
			}
		}
	}
}

// phrases says the example phrases of the store, and whatever the skill or its description suggests.
func (l *locale) phrases(ctx context.Context) {
	for _, phrase := range l.Phrases {
		l.example(ctx, phrase)
	}
	suggested := slices.Clone(l.suggestions)
	for _, phrase := range words.Suggested(l.Description, "") { // quoted ones; prose tells more than what to say
		if words.Count(phrase) > 1 { // one word is more often about what the skill says
			suggested = append(suggested, suggestion{phrase: phrase, by: "description"})
		}
	}
	for _, s := range suggested {
		if ctx.Err() != nil {
			return
		}
		l.suggested(ctx, s)
	}
}

// example says a phrase of the store. That it is understood at all is a static check.
func (l *locale) example(ctx context.Context, phrase string) {
	heard, err := l.ear.Hear(phrase, l.Now(), "", "")
	if err != nil || heard.Intent == nil {
		return // opening the skill has a check of its own
	}
	k := l.begin(ctx)
	if !heard.Named { // a bare phrase is one for within a session
		k.say(ctx, l.launch())
	}
	t := k.say(ctx, l.heardMove(phrase, heard.Intent))
	if l.answered(ctx, "FUN-6a", t, phrase) && t.speech == l.welcomed && t.speech != "" {
		l.fail(ctx, "FUN-6a", t, phrase, "the phrase is answered with the welcome")
	}
}

// heardMove is a request for what was understood.
func (l *locale) heardMove(said string, intent *skill.Intent) move {
	m := l.intent(intent.Name, nil)
	m.said, m.body.Intent = said, intent
	return m
}

// suggested says a phrase where it was suggested.
func (l *locale) suggested(ctx context.Context, s suggestion) {
	where := "“" + s.phrase + "”, suggested by " + s.by
	intent, slot := "", ""
	if s.asks.directive == skill.TypeElicitSlot {
		intent, slot = s.asks.intent.Name, s.asks.slot
	}
	heard, err := l.ear.Hear(s.phrase, l.Now(), intent, slot)
	var doubt *echo.Ambiguous
	switch {
	case errors.As(err, &doubt):
		return // which of the two is a static check
	case err != nil && l.forgiven(s):
		return
	case err != nil:
		l.v.Look("FUN-6b")
		l.fail(ctx, "FUN-6b", s.heard, where, "the skill suggests it, and the model does not understand it")
		return
	}
	k, _, there := l.again(ctx, s.way)
	if !there || k.asks.directive != s.asks.directive || k.asks.slot != s.asks.slot {
		return // the way is not the same twice
	}
	m := l.launch()
	if heard.Intent != nil {
		m = l.heardMove(s.phrase, heard.Intent)
		if intent == heard.Intent.Name {
			m = k.merge(m)
		}
	}
	if heard.Named {
		k = l.begin(ctx)
	}
	if t := k.say(ctx, m); name(m.body) != "AMAZON.StopIntent" && name(m.body) != "AMAZON.CancelIntent" {
		l.answered(ctx, "FUN-6b", t, where)
	}
}

// merge puts the slots of a move into the intent whose slot is asked for.
func (k *talk) merge(m move) move {
	i := copyIntent(k.asks.intent)
	for name, s := range m.body.Intent.Slots {
		if _, ok := i.Slots[name]; !ok || s.Value != "" {
			i.Slots[name] = s
		}
	}
	m.body.Intent, m.body.DialogState = i, skill.DialogInProgress
	return m
}

// forgiven are phrases that may well be understood, though not by what the suite knows: Alexa's own words in languages other
// than English, and "exit", which the skill never hears.
func (l *locale) forgiven(s suggestion) bool {
	if slices.Contains([]string{"exit", "quit", "alexa"}, strings.ToLower(s.phrase)) {
		return true
	}
	return !strings.HasPrefix(l.Name, "en-") && words.Count(s.phrase) <= 2
}
