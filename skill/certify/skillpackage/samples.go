package skillpackage

import (
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

// catchAllWords is with how many words of its own ("tell me {query}") a sample still catches everything.
const catchAllWords = 2

// examineSampleTexts asks how the samples are written, and returns those that can be read.
func (e *examination) examineSampleTexts(m *model) []utterance.Pattern {
	var patterns []utterance.Pattern
	for _, intent := range m.LanguageModel.Intents {
		typeOf := func(name string) string {
			slot, _ := intent.Slot(name)
			return slot.Type
		}
		for _, sample := range intent.Samples {
			if e.writable(m.locale, intent.Name, sample) {
				// What is not writable has no form; that error was told.
				if p, err := utterance.Parse(intent.Name, sample, typeOf); err == nil && len(p.Elements) > 0 {
					patterns = append(patterns, p)
				}
			}
		}
		for _, slot := range intent.Slots {
			for _, sample := range slot.Samples {
				e.writable(m.locale, intent.Name+"."+slot.Name, sample)
			}
		}
	}
	return patterns
}

func (e *examination) writable(locale, where, sample string) bool {
	p, err := utterance.Parse("", sample, func(string) string { return "" })
	if err == nil {
		err = utterance.SampleRunes(sample)
	}
	e.expect("VUI-11a", err == nil, locale, where, "%v", err)
	if err != nil {
		return false
	}
	e.expect("VUI-11a", len(p.Elements) > 0, locale, where, "%.200q says nothing", sample)
	spelling := utterance.SampleSpelling(sample)
	e.expect("VUI-11c", spelling == "", locale, where, "%.200q has %s", sample, spelling)
	slots := p.Slots()
	slices.Sort(slots)
	e.expect("VUI-9c", len(slices.Compact(slices.Clone(slots))) == len(slots), locale, where, "%.200q has a slot twice", sample)
	return true
}

// examineSayings asks what the samples of the intents are made of. Answers to a question (samples of a slot) may be a bare
// value and begin with a connecting word, because no invocation stands before them.
func (e *examination) examineSayings(m *model) {
	words, known := utterance.WordsOf(m.locale)
	if !known {
		e.verdicts.NotRun("VUI-10a", "the connecting words of this language are not known here")
		e.verdicts.NotRun("VUI-5b", "what stops and helps in this language is not known here")
	}
	for _, intent := range m.LanguageModel.Intents {
		if utterance.BuiltIn(intent.Name) {
			continue
		}
		e.expect("POL-10", !leftovers.MatchString(intent.Name), m.locale, intent.Name, "is left over from a template")
		typeOf := func(name string) string {
			slot, _ := intent.Slot(name)
			return slot.Type
		}
		said, slots, catching := 0, 0, 0
		for _, sample := range intent.Samples {
			p, err := utterance.Parse(intent.Name, sample, typeOf)
			if err != nil || len(p.Elements) == 0 {
				continue
			}
			said, slots = said+p.Words(), slots+len(p.Slots())
			e.examineOpening(m, p, words)
			if e.examineSaying(m.locale, p, words) {
				catching++
			}
		}
		if said+slots > 0 {
			e.expect("VUI-16", slots <= said, m.locale, intent.Name, "%d slots and %d words in all samples", slots, said)
			e.expect("VUI-15", catching < len(intent.Samples), m.locale, intent.Name, "takes any words beside at most %d of its own", catchAllWords)
		}
	}
}

// examineOpening asks whether a sample says what Alexa keeps for herself: "open" and the name.
func (e *examination) examineOpening(m *model, p utterance.Pattern, words utterance.Words) {
	name := utterance.Fold(m.LanguageModel.InvocationName)
	if len(words.Launch) == 0 || len(name) == 0 {
		e.verdicts.NotRun("VUI-10d", "how one opens a skill in this language is not known here")
		return
	}
	said := strings.Join(utterance.Fold(p.Sample), " ") + " "
	opens := slices.ContainsFunc(words.Launch, func(launch []string) bool {
		return strings.HasPrefix(said, strings.Join(slices.Concat(launch, name), " ")+" ")
	})
	e.expect("VUI-10d", !opens, m.locale, p.Intent, "%.200q opens the skill", p.Sample)
}

// examineSaying tells whether the sample catches whatever is said.
func (e *examination) examineSaying(locale string, p utterance.Pattern, words utterance.Words) bool {
	where := p.Intent
	e.examineClaims(locale, where, p.Sample)
	if len(words.Opening) > 0 {
		e.expect("VUI-10a", !slices.Contains(words.Opening, p.Elements[0].Word), locale, where, "%.200q begins with %q", p.Sample, p.Elements[0].Word)
		bare := strings.Join(utterance.Fold(p.Sample), " ")
		e.expect("VUI-5b", !slices.Contains(words.Universal, bare), locale, where, "%q is a sample", p.Sample)
	}
	phrase, adjacent := false, false
	for i, element := range p.Elements {
		phrase = phrase || utterance.Phrase(element.Type)
		adjacent = adjacent || i > 0 && element.Slot != "" && p.Elements[i-1].Slot != ""
	}
	alone := p.Words() == 0
	e.expect("VUI-10b", !alone, locale, where, "%.200q is nothing but slots", p.Sample)
	e.expect("VUI-10b", alone || !phrase || len(p.Slots()) == 1, locale, where, "%.200q has a slot for free words beside another", p.Sample)
	e.expect("VUI-10c", alone || !adjacent, locale, where, "%.200q has two slots without a word between them", p.Sample)
	return phrase && p.Words() <= catchAllWords
}

// examineCollisions asks whether one utterance means two things.
func (e *examination) examineCollisions(m *model, lexicon *utterance.Lexicon, patterns []utterance.Pattern) {
	first := map[string]*utterance.Pattern{}
	for i := range patterns {
		p := &patterns[i]
		other, met := first[p.Bare()]
		if !met {
			first[p.Bare()] = p
			e.verdicts.Look("VUI-8a")
			continue
		}
		e.expect("VUI-8a", false, m.locale, p.Intent, "%.200q is the same as %.200q of %s", p.Sample, other.Sample, other.Intent)
	}
	collisions, complete := lexicon.Collisions(patterns)
	if complete && len(patterns) > 0 {
		e.verdicts.Look("VUI-8b")
	} else {
		e.verdicts.NotRun("VUI-8b", "the model is too large to compare every two samples, or has none")
	}
	for _, c := range collisions {
		e.verdicts.Fail("VUI-8b", certify.Finding{Locale: m.locale, Where: c.A.Intent + " and " + c.B.Intent,
			Problem: quote(c.Said) + " is both " + quote(c.A.Sample) + " and " + quote(c.B.Sample)})
	}
}
