package utterance

import (
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
)

// Lexicon knows what the slots of one model can hold.
type Lexicon struct {
	types map[string]values
	// english, because only of English the number words are known here.
	english bool
}

// values are the values and synonyms of a type, folded, by their first word.
type values map[string][][]string

// NewLexicon reads the types of a model of the locale.
func NewLexicon(locale string, types []models.SlotType) *Lexicon {
	l := &Lexicon{types: map[string]values{}, english: strings.HasPrefix(locale, "en-")}
	for _, t := range types {
		known := l.types[t.Name]
		if known == nil {
			known = values{}
			l.types[t.Name] = known
		}
		for _, v := range t.Values {
			for _, word := range append([]string{v.Name.Value}, v.Name.Synonyms...) {
				if folded := Fold(word); len(folded) > 0 {
					known[folded[0]] = append(known[folded[0]], folded)
				}
			}
		}
	}
	return l
}

// BuiltIn tells whether Amazon defines the type.
func BuiltIn(slotType string) bool { return strings.HasPrefix(slotType, "AMAZON.") }

// Phrase tells whether the type takes any words at all.
func Phrase(slotType string) bool {
	return slotType == "AMAZON.SearchQuery" || slotType == "AMAZON.LITERAL"
}

// Fit is how well a pattern fits what was said: the fewer Free words (in slots of Amazon's types, whose values are not known
// here), the better.
type Fit struct {
	Pattern *Pattern
	Free    int
}

// maxFreeWords is how long a value of one of Amazon's types may be: "half past seven in the evening" has six words.
const maxFreeWords = 7

// Fits lays a pattern over the words of an utterance, all of them.
func (l *Lexicon) Fits(p *Pattern, said []string) (Fit, bool) {
	const never = -1
	// least[w] is the fewest free words with which the elements seen so far end before word w.
	least := make([]int, len(said)+1)
	for w := range least {
		least[w] = never
	}
	least[0] = 0
	for _, e := range p.Elements {
		next := make([]int, len(said)+1)
		for w := range next {
			next[w] = never
		}
		for w, free := range least {
			if free == never {
				continue
			}
			for _, step := range l.steps(e, said[w:]) {
				end, cost := w+step.words, free+step.free
				if next[end] == never || cost < next[end] {
					next[end] = cost
				}
			}
		}
		least = next
	}
	if len(p.Elements) == 0 || least[len(said)] == never {
		return Fit{}, false
	}
	return Fit{Pattern: p, Free: least[len(said)]}, true
}

type step struct{ words, free int }

// steps are the ways in which one element can begin the rest of an utterance.
func (l *Lexicon) steps(e Element, rest []string) []step {
	if len(rest) == 0 {
		return nil
	}
	if e.Slot == "" {
		if rest[0] == e.Word {
			return []step{{words: 1}}
		}
		return nil
	}
	var steps []step
	for _, value := range l.types[e.Type][rest[0]] {
		if len(value) <= len(rest) && slices.Equal(value, rest[:len(value)]) {
			steps = append(steps, step{words: len(value)})
		}
	}
	if BuiltIn(e.Type) {
		for n := 1; n <= min(len(rest), maxFreeWords) && l.canHold(e.Type, rest[:n]); n++ {
			steps = append(steps, step{words: n, free: n})
		}
	}
	return steps
}

// numbers are the words that English numbers are made of.
var numbers = strings.Fields(`zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
	sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million a and
	first second third fourth fifth sixth seventh eighth ninth tenth`)

func (l *Lexicon) canHold(slotType string, words []string) bool {
	if !numeric(slotType) || !l.english {
		return true
	}
	for _, w := range words {
		if !slices.Contains(numbers, w) && strings.Trim(w, "0123456789") != "" {
			return false
		}
	}
	return true
}

func numeric(slotType string) bool {
	return slotType == "AMAZON.NUMBER" || slotType == "AMAZON.FOUR_DIGIT_NUMBER" || slotType == "AMAZON.Ordinal"
}

// Best are the intents that understand an utterance best, sorted: those whose patterns fit with the fewest free words, among
// them those with the most words of their own. More than one is a guess for Alexa; none is not understood.
func (l *Lexicon) Best(patterns []Pattern, said []string) []string {
	var best []Fit
	for i := range patterns {
		f, ok := l.Fits(&patterns[i], said)
		if !ok {
			continue
		}
		better := 0
		if len(best) > 0 {
			better = f.compare(best[0])
		}
		if better < 0 {
			best = best[:0]
		}
		if better <= 0 {
			best = append(best, f)
		}
	}
	var intents []string
	for _, f := range best {
		intents = append(intents, f.Pattern.Intent)
	}
	slices.Sort(intents)
	return slices.Compact(intents)
}

// compare is negative if f is the better fit.
func (f Fit) compare(o Fit) int {
	if f.Free != o.Free {
		return f.Free - o.Free
	}
	return o.Pattern.Words() - f.Pattern.Words()
}
