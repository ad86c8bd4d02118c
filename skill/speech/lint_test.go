package speech

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLint(t *testing.T) {
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	lines := map[string]string{
		"a.fits":              words(15) + ".",
		"a.long":              words(16) + ".",
		"a.sentences":         words(15) + ". " + words(10) + "? " + words(15),
		"a.short_form":        words(25) + ".",
		"a.short_form.car":    words(15) + ".",
		"a.too_long":          words(26) + ".",
		"a.too_long.car":      words(16) + ".",
		"a.args":              words(13) + " {{.x}}.",
		"a.args_long":         words(14) + " {{.x}}.",
		"a.question":          "Yes?",
		"a.question.2":        words(16) + "?",
		"a.question.reprompt": words(15) + " more?",
		"a.numbers":           words(8) + " 1.9 " + words(7) + ".",
		"a.markup":            words(14) + `<break time="1s"/> ` + "<emphasis>word</emphasis>.",
	}
	var file strings.Builder
	for id, text := range lines {
		file.WriteString(`["` + id + `"]` + "\nother = '" + text + "'\n")
	}
	file.WriteString("['a.plural']\none = '" + words(16) + ".'\nother = '" + words(17) + " {{.count}}.'\n")
	table := Table{"a.fits": Says(), "a.long": Says(), "a.sentences": Says(), "a.short_form": Says(), "a.too_long": Says(), "a.args": Says("x"),
		"a.args_long": Says("x"), "a.question": Asks(), "a.numbers": Says(), "a.markup": Says(), "a.plural": Says("count")}
	catalog, err := Load(fstest.MapFS{"en-US.toml": {Data: []byte(file.String())}}, table)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"en-US: a.args_long: 16 words in a sentence, at most 15",
		"en-US: a.long: 16 words",
		"en-US: a.numbers: 16 words",
		"en-US: a.plural: 19 words",
		"en-US: a.plural: 16 words",
		"en-US: a.question.2: 16 words",
		"en-US: a.question.reprompt: 16 words",
		"en-US: a.too_long: 26 words in a sentence, at most 25",
		"en-US: a.too_long.car: 16 words in a sentence, at most 15",
	}
	if got := catalog.Lint(); !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("Lint reports:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        nil,
		"One":                     {"One"},
		"One. Two? Three! Four":   {"One.", "Two?", "Three!", "Four"},
		"At 1.9 bar. Low.":        {"At 1.9 bar.", "Low."},
		"At 1.9 bar":              {"At 1.9 bar"},
		"Really?! Yes...  Fine. ": {"Really?!", "Yes...", "Fine."},
	} {
		if got := sentences(text); !slices.Equal(got, want) {
			t.Errorf("sentences(%q) = %q, want %q", text, got, want)
		}
	}
}
