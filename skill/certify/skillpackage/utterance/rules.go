package utterance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameRule is one of Amazon's rules for invocation names.
type NameRule string

// The rules in the order of Amazon's page.
const (
	NameForm     NameRule = "form"     // characters and length
	NameOneWord  NameRule = "one word" // allowed for a brand of one's own
	NameReserved NameRule = "reserved" // words that Alexa keeps for herself
	NameSmall    NameRule = "small"    // an article or a preposition in a name of two words
	NameLong     NameRule = "long"     // more than three words
)

// NameProblem is a rule that a name breaks, and how.
type NameProblem struct {
	Rule NameRule
	Text string
}

// A word in lower case (or of a script without case), or a spelled initial.
var nameWord = regexp.MustCompile(`^([\p{Ll}\p{Lo}\p{Lm}\p{M}][\p{Ll}\p{Lo}\p{Lm}\p{M}'’]*|[\p{Ll}\p{Lo}]\.)$`)

// germanCompound is from how many letters on a single German word is taken for a compound, which counts as two words.
const germanCompound = 10

// NameProblems holds an invocation name against the rules of its locale. Rules about words are skipped for a language whose
// words are not known here.
func NameProblems(locale, name string) []NameProblem {
	words := strings.Split(name, " ")
	var problems []NameProblem
	add := func(rule NameRule, format string, args ...any) {
		problems = append(problems, NameProblem{rule, fmt.Sprintf(format, args...)})
	}
	if n := utf8.RuneCountInString(name); n < 2 || n > 50 {
		add(NameForm, "%d characters, want 2 to 50", n)
		return problems
	}
	for _, w := range words {
		if !nameWord.MatchString(w) {
			add(NameForm, "%q is no lower-case word and no spelled initial", w)
		}
	}
	spaced := !strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
	compound := strings.HasPrefix(locale, "de-") && utf8.RuneCountInString(name) >= germanCompound
	if len(words) == 1 && spaced && !compound {
		add(NameOneWord, "a single word")
	}
	if len(words) > 3 {
		add(NameLong, "%d words", len(words))
	}
	known, ok := WordsOf(locale)
	for _, w := range words {
		switch {
		case !ok:
		case slices.Contains(known.Reserved, w):
			add(NameReserved, "%q is a word that Alexa keeps for herself", w)
		case len(words) == 2 && slices.Contains(known.Small, w):
			add(NameSmall, "%q is an article or a preposition", w)
		}
	}
	return problems
}

// SampleRunes tells what a sample may be written with besides slots: letters, digits, spaces and ' . , - _. The error names
// the first character that is something else.
func SampleRunes(sample string) error {
	for _, r := range slotText.ReplaceAllString(sample, "") {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" '’.,-_", r) {
			return fmt.Errorf("%q has the character %q", sample, r)
		}
	}
	return nil
}

var (
	slotText = regexp.MustCompile(`\{[^{}]*\}`)
	digit    = regexp.MustCompile(`\p{Nd}`)
	capitals = regexp.MustCompile(`\p{Lu}{2,}`)
	spacing  = regexp.MustCompile(`^\s|\s$|\s\s`)
)

// SampleSpelling tells what of a sample is not written as it is spoken: figures, abbreviations, odd spaces; "" if nothing is.
func SampleSpelling(sample string) string {
	words := slotText.ReplaceAllString(sample, "x")
	switch {
	case digit.MatchString(words):
		return "a number in figures"
	case capitals.MatchString(words):
		return "an abbreviation in capitals"
	case spacing.MatchString(sample):
		return "a space too many"
	}
	return ""
}

// Speakable tells whether a slot value can be said as it is written.
func Speakable(value string) bool {
	return value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’.-", r)
	})
}

var (
	emergency = regexp.MustCompile(`(?i)\b(call|dial|contact|reach|alert|notif)\w*\s+(to\s+|for\s+)?(the\s+|an?\s+)?(911|112|999|police|ambulance|fire (department|brigade)|emergenc)` +
		`|\bemergency (services?|help|response|assistance)\b|\b(notruf|appel d'urgence|llamada de emergencia)\b`)
	denied = regexp.MustCompile(`(?i)\b(not|never|no|cannot|don't|doesn't|can't|kein\w*|nicht|pas|jamais|nunca)\b`)
	offer  = regexp.MustCompile(`(?i)\b(discount|coupon|promo code|special offer|limited offer|on sale|buy now|order now|free trial|upgrade to premium|rabatt|sonderangebot|promotion|descuento|oferta)\b` +
		`|[$€£]\s?\d+[.,]\d\d`)
	sentence = regexp.MustCompile(`[^.!?\n]+`)
)

// Emergency finds a sentence that claims to reach emergency services; "" if there is none. A sentence that denies it is none.
func Emergency(text string) string { return first(text, emergency, denied) }

// Offer finds a sentence with a price or an offer; "" if there is none.
func Offer(text string) string {
	if offer.MatchString(text) {
		return strings.TrimSpace(offer.FindString(text))
	}
	return ""
}

func first(text string, claim, unless *regexp.Regexp) string {
	for _, s := range sentence.FindAllString(text, -1) {
		if claim.MatchString(s) && !unless.MatchString(s) {
			return strings.TrimSpace(s)
		}
	}
	return ""
}
