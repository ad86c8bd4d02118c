package skillpackage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

const (
	wakeWord   = "alexa"
	maxPhrases = 20 // that are read; four are allowed
)

var phraseText = regexp.MustCompile(`^[\p{L}\p{M}\p{Nd} .?:,'’-]*[.?。？]$`)

// caller reads phrases that are for one skill.
type caller struct {
	words utterance.Words
	known bool // the words of the language
	name  []string
}

// call is a phrase, cut into who is called and what is asked.
type call struct {
	wake   bool     // it begins with the wake word
	named  bool     // and a launch word and the invocation name
	enable bool     // the launch word enables the skill
	asked  []string // the rest; all of it without a wake word
}

func (c caller) read(phrase string) call {
	words := utterance.Fold(phrase)
	if len(words) == 0 || words[0] != wakeWord {
		return call{asked: words}
	}
	words = words[1:]
	for _, launch := range c.words.Launch {
		begin := slices.Concat(launch, c.name)
		if len(words) >= len(begin) && slices.Equal(words[:len(begin)], begin) {
			return call{wake: true, named: true, enable: launch[0] == "enable", asked: words[len(begin):]}
		}
	}
	if !c.known {
		// Which words launch is not known here: the name anywhere has to do.
		for i := range words {
			if len(words)-i >= len(c.name) && slices.Equal(words[i:i+len(c.name)], c.name) {
				return call{wake: true, named: true}
			}
		}
	}
	return call{wake: true, asked: words}
}

// examinePhrases reads the example phrases of a locale and what its description quotes.
func (e *examination) examinePhrases(m *model, lexicon *utterance.Lexicon, patterns []utterance.Pattern) {
	text, ok := e.Manifest.PublishingInformation.Locales[m.locale]
	if !ok {
		return // FUN-17a says so
	}
	words, known := utterance.WordsOf(m.locale)
	c := caller{words, known, utterance.Fold(m.LanguageModel.InvocationName)}
	phrases := text.ExamplePhrases
	e.expect("FUN-1a", len(phrases) > 0, m.locale, "examplePhrases", "there is none")
	if len(phrases) > 0 {
		e.expect("FUN-1b", len(phrases) >= 3, m.locale, "examplePhrases", "%d of the 3 that the store shows", len(phrases))
		e.expect("FUN-1c", len(phrases) <= 4, m.locale, "examplePhrases", "%d phrases, want at most 4", len(phrases))
	}
	for i, phrase := range phrases[:min(len(phrases), maxPhrases)] {
		where := fmt.Sprintf("examplePhrases[%d] %.210q", i, phrase)
		n := utf8.RuneCountInString(phrase)
		e.expect("FUN-1c", n <= 200, m.locale, where, "%d characters, want at most 200", n)
		said := c.read(phrase)
		e.expect("FUN-5", phraseText.MatchString(phrase) && !said.enable, m.locale, where,
			"has other characters than letters, digits and . ? : , ' -, has no full stop or question mark at its end, or enables the skill")
		switch {
		case i == 0:
			e.expect("FUN-2", said.named, m.locale, where, "is not Alexa, launch word and %q", m.LanguageModel.InvocationName)
		case said.wake:
			e.expect("FUN-3", said.named, m.locale, where, "has the wake word, but not a launch word and %q", m.LanguageModel.InvocationName)
		default:
			e.verdicts.Look("FUN-3")
		}
		if said.named == said.wake && n <= 200 {
			e.examineAsked(m, where, said, c, lexicon, patterns)
		}
	}
	e.examineQuotes(m.locale, text.Description, c)
}

// examineAsked asks whether what a phrase wants is understood, as one intent.
func (e *examination) examineAsked(m *model, where string, said call, c caller, lexicon *utterance.Lexicon, patterns []utterance.Pattern) {
	if said.wake && !c.known {
		e.verdicts.NotRun("FUN-4", "which words call a skill in this language is not known here")
		return
	}
	if said.wake && len(said.asked) == 0 {
		e.verdicts.Look("FUN-4") // it opens the skill
		return
	}
	intents := lexicon.Best(patterns, said.asked)
	if said.wake && len(said.asked) > 1 && slices.Contains(c.words.Connectors, said.asked[0]) {
		if joined := lexicon.Best(patterns, said.asked[1:]); len(joined) > 0 {
			intents = joined
		}
	}
	e.expect("FUN-4", len(intents) > 0, m.locale, where, "%q is no sample with values of its slots", strings.Join(said.asked, " "))
	e.expect("FUN-4", len(intents) < 2, m.locale, where, "means %s equally well", strings.Join(intents, " and "))
}

var quoted = regexp.MustCompile(`"([^"\n]+)"|“([^”\n]+)”|„([^“”\n]+)[“”]|«([^»\n]+)»`)

// examineQuotes reads what the description says that people can say.
func (e *examination) examineQuotes(locale, description string, c caller) {
	quotes := 0
	for _, match := range quoted.FindAllStringSubmatch(description, -1) {
		quote := strings.Join(match[1:], "")
		if said := c.read(quote); said.wake {
			quotes++
			e.expect("META-6a", said.named, locale, "description", "%.200q does not call the skill by its name", quote)
		}
	}
	if quotes == 0 {
		e.verdicts.NotApplicable("META-6a", "no description quotes a phrase with the wake word")
	}
}
