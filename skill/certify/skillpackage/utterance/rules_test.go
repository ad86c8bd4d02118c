package utterance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

func TestNameProblems(t *testing.T) {
	for _, tt := range []struct{ locale, name, want string }{
		{"en-US", "reading nook", ""},
		{"en-US", "p. b. s. radio", "long"},
		{"en-US", "p. b. radio", ""},
		{"en-US", "jane's books", ""},
		{"en-US", "nook", "one word"},
		{"en-US", "Reading Nook", "form form"},
		{"en-US", "reading  nook", "form"},
		{"en-US", "reading nook 2", "form"},
		{"en-US", "x", "form"},
		{"en-US", strings.Repeat("long ", 11), "form"},
		{"en-US", "", "form"},
		{"en-US", "echo books", "reserved"},
		{"en-US", "book app", "reserved"},
		{"en-US", "ask for books", "reserved reserved"},
		{"en-US", "the nook", "small"},
		{"en-US", "off the shelf", ""}, // articles count only in names of two words
		{"de-DE", "öffne bücher", "reserved"},
		{"de-DE", "bücherverzeichnis", ""},
		{"de-DE", "buch", "one word"},
		{"fr-FR", "le coin", "small"},
		{"es-ES", "abre libros", "reserved"},
		{"ja-JP", "本の部屋", ""},
		{"hi-IN", "किताब घर", ""},
	} {
		var got []string
		for _, p := range utterance.NameProblems(tt.locale, tt.name) {
			got = append(got, string(p.Rule))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.locale, tt.name, got, tt.want)
		}
	}
}

func TestSampleSpelling(t *testing.T) {
	for sample, want := range map[string]string{
		"renew {book_2} for two weeks": "", "renew for 2 weeks": "figures", "the TV guide": "capitals", "t. v. guide": "",
		"two  spaces": "space", " first": "space", "Jane Eyre": "",
	} {
		if got := utterance.SampleSpelling(sample); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("SampleSpelling(%q) = %q, want %q", sample, got, want)
		}
	}
	for sample, ok := range map[string]bool{"what's {book}'s price, p. b. s. pick-up": true, "本を{book}": true, "open & shut": false, "why?": false} {
		if err := utterance.SampleRunes(sample); (err == nil) != ok {
			t.Errorf("SampleRunes(%q) = %v", sample, err)
		}
	}
	for value, ok := range map[string]bool{"jane eyre": true, "o'neill's": true, "24": false, "a & b": false, "": false, "u. p. s.": true} {
		if utterance.Speakable(value) != ok {
			t.Errorf("Speakable(%q) is %v", value, !ok)
		}
	}
}

func TestClaims(t *testing.T) {
	for text, want := range map[string]string{
		"It can call 911 for you. Enjoy.":                   "It can call 911 for you",
		"Offers emergency assistance":                       "Offers emergency assistance",
		"It does not call emergency services.":              "",
		"Route 911 is closed.":                              "",
		"Wichtig: Der Notruf wird gewählt":                  "Wichtig: Der Notruf wird gewählt",
		"This skill cannot help. It will alert the police!": "It will alert the police",
	} {
		if got := utterance.Emergency(text); got != want {
			t.Errorf("Emergency(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]bool{"Special offer today": true, "now $4.99": true, "five dollars of fines": false, "an offering": false} {
		if got := utterance.Offer(text); (got != "") != want {
			t.Errorf("Offer(%q) = %q", text, got)
		}
	}
}

func TestWordsOfEveryLanguage(t *testing.T) {
	for _, locale := range []string{"en-US", "de-DE", "fr-CA", "es-MX", "it-IT", "pt-BR", "nl-NL"} {
		words, ok := utterance.WordsOf(locale)
		if !ok || len(words.Launch) < 5 || len(words.Opening) < 4 || len(words.Small) < 5 || len(words.Universal) < 4 {
			t.Errorf("%s: %+v, %v", locale, words, ok)
		}
		if !slices.Contains(words.Reserved, "alexa") || !slices.IsSortedFunc(words.Launch, func(a, b []string) int { return len(b) - len(a) }) {
			t.Errorf("%s: the wake word is not reserved, or a short launch word comes before a longer one", locale)
		}
	}
	for _, locale := range []string{"ja-JP", "hi-IN", "ar-SA", "", "x"} {
		if _, ok := utterance.WordsOf(locale); ok {
			t.Errorf("%q has words", locale)
		}
	}
}
