package speech

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// One idea per breath: the most words that a sentence should have. Ours, not Alexa's; the certification
// guide only asks for brevity.
const (
	MaxWordsAtHome = 25
	MaxWordsInCar  = 15
)

// wordsPerArgument is what a placeholder is counted as: names are one word, times and pressures two or
// three.
const wordsPerArgument = "two words"

// Lint names every sentence of the catalog that is too long to be understood at once, by locale and key,
// sorted. A text without a short form is said in the car too and is held to the car's limit.
func (c *Catalog) Lint() []string {
	var problems []string
	for _, locale := range c.Locales() {
		entries := c.voices[locale].entries
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			for _, role := range roles {
				most := MaxWordsInCar
				if role&inCar == 0 && len(entries[key].texts[role|inCar]) > 0 {
					most = MaxWordsAtHome
				}
				for _, v := range entries[key].texts[role] {
					problems = append(problems, v.lint(locale, most)...)
				}
			}
		}
	}
	return problems
}

func (v variant) lint(locale string, most int) []string {
	forms := []*template{v.other}
	for _, form := range slices.Sorted(maps.Keys(v.plural)) {
		if v.plural[form] != v.other {
			forms = append(forms, v.plural[form])
		}
	}
	var problems []string
	for _, form := range forms {
		for _, sentence := range sentences(Plain(form.with(wordsPerArgument))) {
			if n := len(strings.Fields(sentence)); n > most {
				problems = append(problems, fmt.Sprintf("%s: %s: %d words in a sentence, at most %d: %q", locale, v.id, n, most, sentence))
			}
		}
	}
	return problems
}

// sentences splits a text behind its full stops, question and exclamation marks.
func sentences(text string) []string {
	var found []string
	for text != "" {
		end := strings.IndexAny(text, ".?!")
		for end >= 0 && end+1 < len(text) && text[end+1] != ' ' { // "1.9" ends nothing
			next := strings.IndexAny(text[end+1:], ".?!")
			if next < 0 {
				end = -1
				break
			}
			end += 1 + next
		}
		if end < 0 {
			return append(found, text)
		}
		found = append(found, text[:end+1])
		text = strings.TrimSpace(text[end+1:])
	}
	return found
}
