package echo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// NoMatch is an utterance that no intent of the model understands.
type NoMatch struct {
	Utterance string // masked
	Nearest   string // the sample that differs in the fewest words
	Intent    string // whose sample that is
}

func (e *NoMatch) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("%q matches no intent", e.Utterance)
	}
	return fmt.Sprintf("%q matches no intent; the nearest sample is %q of %s", e.Utterance, e.Nearest, e.Intent)
}

// Ambiguous is an utterance that several intents understand equally well, so that Alexa would have to guess.
type Ambiguous struct {
	Utterance string   // masked
	Intents   []string // sorted
}

func (e *Ambiguous) Error() string {
	return fmt.Sprintf("%q is ambiguous: it matches %s", e.Utterance, strings.Join(e.Intents, " and "))
}

// matcher knows all that can be said to the skill.
type matcher struct {
	name     []string // the invocation name
	patterns []pattern
	// answers are what may be said while a slot is asked for, by intent and slot: the bare value and the slot's own samples.
	answers map[[2]string][]pattern
}

// newMatcher reads a model. It refuses what it cannot listen to, all problems joined.
func newMatcher(m *models.InteractionModel) (*matcher, error) {
	all := &matcher{name: spoken.Fold(m.LanguageModel.InvocationName), answers: map[[2]string][]pattern{}}
	var problems []error
	add := func(to *[]pattern, intent models.ModelIntent, sample string, answer bool) {
		p, err := newPattern(intent, sample)
		p.answer = answer
		problems = append(problems, err)
		if err == nil {
			*to = append(*to, p)
		}
	}
	if len(all.name) == 0 {
		problems = append(problems, errors.New("no invocation name"))
	}
	for _, intent := range m.LanguageModel.Intents {
		for _, sample := range slices.Concat(builtin[intent.Name], intent.Samples) {
			add(&all.patterns, intent, sample, false)
		}
		for _, slot := range intent.Slots {
			problems = append(problems, checkSlot(m, intent.Name, slot))
			var answers []pattern
			for _, sample := range slices.Concat([]string{"{" + slot.Name + "}"}, slot.Samples) {
				add(&answers, intent, sample, true)
			}
			all.answers[[2]string{intent.Name, slot.Name}] = answers
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("interaction model: %w", err)
	}
	return all, nil
}

func checkSlot(m *models.InteractionModel, intent string, slot models.ModelSlot) error {
	_, declared := m.LanguageModel.Type(slot.Type)
	switch {
	case slot.MultipleValues != nil && slot.MultipleValues.Enabled:
		return fmt.Errorf("slot %s of %s: several values in one slot are not understood here", slot.Name, intent)
	case !declared && !strings.HasPrefix(slot.Type, amazonPrefix):
		return fmt.Errorf("slot %s of %s: the type %q is not declared", slot.Name, intent, slot.Type)
	default:
		return nil
	}
}

// asked names the slot whose value is awaited; zero if none is.
type asked struct{ intent, slot string }

// understand finds the one intent that the utterance means.
//
// While a slot is asked for, a value that is understood comes first, bare or inside a sample of the slot. Then come all
// samples of the model without free words, so that "help" is never taken for a name; then free words, for the slot asked for
// and in all samples alike. Among several fits the better one wins (see fit.compare), among equals the first in the model. If
// another intent's sample fits just as well (the same number of free slots and of words of its own), the error is
// *Ambiguous; if nothing fits, it is *NoMatch.
func (m *matcher) understand(h *hearing, a asked) (fit, error) {
	answers := fits(m.answers[[2]string{a.intent, a.slot}], h)
	samples := fits(m.patterns, h)
	sure := func(f fit) bool { return f.cost.free == 0 }
	for _, tier := range [][]fit{only(answers, sure), only(samples, sure), slices.Concat(answers, samples)} {
		if len(tier) > 0 {
			return choose(tier, h)
		}
	}
	return fit{}, m.noMatch(h)
}

// fits lays every pattern over the utterance; the better fits come first, equals in their order.
func fits(patterns []pattern, h *hearing) []fit {
	var out []fit
	for i := range patterns {
		if f, ok := patterns[i].fit(h); ok {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, fit.compare)
	return out
}

func only(fits []fit, keep func(fit) bool) []fit {
	var out []fit
	for _, f := range fits {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}

func choose(found []fit, h *hearing) (fit, error) {
	slices.SortStableFunc(found, fit.compare)
	best := found[0]
	var intents []string
	for _, f := range found {
		// The question that is open decides between an answer to it and anything else.
		if best.rivals(f) == 0 && !best.answer {
			intents = append(intents, f.intent)
		}
	}
	slices.Sort(intents)
	if intents = slices.Compact(intents); len(intents) > 1 {
		return fit{}, &Ambiguous{Utterance: h.text(), Intents: intents}
	}
	return best, nil
}

// noMatch finds the nearest sample: the fewest differing words, then the shortest, then the first in the model.
func (m *matcher) noMatch(h *hearing) *NoMatch {
	e := &NoMatch{Utterance: h.text()}
	least, length := 0, 0
	for i := range m.patterns {
		p := &m.patterns[i]
		if p.literals == 0 {
			continue // a slot alone is near to everything
		}
		d := p.distance(h)
		if e.Nearest == "" || d < least || d == least && len(p.elements) < length {
			e.Nearest, e.Intent = p.sample, p.intent
			least, length = d, len(p.elements)
		}
	}
	return e
}

func (h *hearing) text() string { return strings.Join(h.texts, " ") }
