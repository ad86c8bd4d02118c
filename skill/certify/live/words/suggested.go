package words

import (
	"regexp"
	"slices"
	"strings"
)

// quoted are phrases in quotation marks. An apostrophe is none: only double marks, and the single ones that lean.
var quoted = regexp.MustCompile(`"([^"]{3,120})"|“([^”]{3,120})”|„([^“”]{3,120})[“”]|«\s*([^»]{3,120}?)\s*»|「([^」]{2,120})」|‘([^’]{3,120})’`)

// spoken is what stands behind "say" in English, up to the end of the clause. In other languages only quoted phrases are found.
var spoken = regexp.MustCompile(`(?i)\b(?:you can (?:also )?(?:say|ask)|try (?:saying|asking)|just say|or say|say|try)[:,]?\s+([^.!?;:"“]+)`)

// notPhrases are what stands behind "say" and is no phrase: "say it again", "say your code", "try again".
var notPhrases = regexp.MustCompile(`(?i)^(?:it|that|this|again|your|the|a|an|its|their|my name|one of|which|what you|whether|when|yes or no|so|something|another|either|no more|later|each|only|in|with|please|or|and)\b`)

// between joins several phrases of one sentence: "help, or stop".
var between = regexp.MustCompile(`\s*(?:,\s*(?:or|and)\s+|,\s+|\s+or\s+)(?:say\s+|ask\s+)?`)

// behind is what follows a phrase and is no part of it: "say help to hear what I can".
var behind = regexp.MustCompile(`(?i)\s+(?:to (?:hear|learn|find|get|see|know|start|begin|stop|leave|end|go on)|for (?:more|help|a list)|if you|when you|whenever|at any time|anytime|and I)\b.*$`)

// Suggested are the phrases that a text invites to say: whatever stands in quotation marks, and in English what follows "say",
// "try" or "you can say". Each once, in their order.
func Suggested(text, locale string) []string {
	var out []string
	add := func(phrase string) {
		phrase = strings.Trim(strings.TrimSpace(phrase), ".,!?;: ")
		if phrase != "" && !slices.Contains(out, phrase) {
			out = append(out, phrase)
		}
	}
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		for _, group := range m[1:] {
			add(group)
		}
	}
	if language(locale) != "en" {
		return out
	}
	// "Or: block everyone" goes on with what one can say.
	text = alternative.ReplaceAllString(quoted.ReplaceAllString(text, "."), ", $1 ")
	for _, m := range spoken.FindAllStringSubmatch(text, -1) {
		for _, phrase := range between.Split(behind.ReplaceAllString(strings.TrimSpace(m[1]), ""), -1) {
			phrase = strings.TrimSpace(phrase)
			for _, joining := range []string{"or ", "and "} {
				phrase = strings.TrimPrefix(phrase, joining)
			}
			if phrase != "" && !notPhrases.MatchString(phrase) {
				add(phrase)
			}
		}
	}
	return out
}

// alternative is a joining word before a colon.
var alternative = regexp.MustCompile(`(?i),? (or|and): `)
