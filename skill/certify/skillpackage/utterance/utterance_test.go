package utterance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Alexa, ask Reading Nook!":     "alexa ask reading nook",
		"what's u. p. s. doing":        "what s ups doing",
		"U.P.S. is here":               "ups is here",
		"plan b. is":                   "plan b is",
		"the TV":                       "the tv",
		"l'horoscope d'été":            "l horoscope d été",
		"öffne Größe":                  "öffne größe",
		"at 7 p.m.":                    "at 7 pm",
		"pick-up  point ":              "pick up point",
		"本を予約":                         "本 を 予 約",
		"":                             "",
		"?!":                           "",
		"a\u0000b":                     "a b",
		"a. b. and c. d.":              "ab and cd",
		"\u00e9t\u00e9 e\u0301t\u00e9": "été e\u0301té",
	} {
		if got := strings.Join(utterance.Fold(text), " "); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

// lexicon has two types that share a value of two words.
func lexicon() *utterance.Lexicon {
	word := func(value string, synonyms ...string) models.TypeValue {
		return models.TypeValue{Name: models.ValueName{Value: value, Synonyms: synonyms}}
	}
	return utterance.NewLexicon("en-US", []models.SlotType{
		{Name: "Book", Values: []models.TypeValue{word("jane eyre"), word("emma", "miss emma"), word("moby dick")}},
		{Name: "Friend", Values: []models.TypeValue{word("jane"), word("emma"), word("moby")}},
	})
}

// types are the slots of every pattern in these tests.
var types = map[string]string{"book": "Book", "friend": "Friend", "time": "AMAZON.TIME", "n": "AMAZON.NUMBER",
	"pin": "AMAZON.FOUR_DIGIT_NUMBER", "query": "AMAZON.SearchQuery"}

func mustParse(t *testing.T, intent, sample string) utterance.Pattern {
	t.Helper()
	p, err := utterance.Parse(intent, sample, func(name string) string { return types[name] })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	p := mustParse(t, "Hold", "Put {book}'s sequel on { friend }")
	if got := p.Bare(); got != "put {Book} s sequel on {Friend}" || p.Words() != 4 || !slices.Equal(p.Slots(), []string{"book", "friend"}) {
		t.Errorf("bare %q, %d words, slots %q", got, p.Words(), p.Slots())
	}
	for _, sample := range []string{"{book", "book}", "{{book}}", "{a{b}", "}{"} {
		if _, err := utterance.Parse("Hold", sample, func(string) string { return "" }); err == nil {
			t.Errorf("%q was accepted", sample)
		}
	}
}

func TestBest(t *testing.T) {
	patterns := []utterance.Pattern{
		mustParse(t, "Hold", "hold {book}"), mustParse(t, "Wait", "hold {time}"), mustParse(t, "Call", "call {friend}"),
		mustParse(t, "CallLate", "call {friend} at {time}"), mustParse(t, "Count", "count to {n}"), mustParse(t, "Find", "find {query}"),
		mustParse(t, "FindBook", "find {book}"), mustParse(t, "Either", "call emma"), mustParse(t, "Lost", "lose {unknown}"),
	}
	for said, want := range map[string]string{
		"hold jane eyre":             "Hold",
		"hold until half past seven": "Wait",
		"call jane":                  "Call",
		"call jane eyre":             "",
		"call jane at nine":          "CallLate",
		"count to forty two":         "Count",
		"count to 42":                "Count",
		"count to banana":            "",
		"find a book about whales":   "Find",
		"find Moby Dick":             "FindBook", // the fewer free words
		"call Emma":                  "Either",   // the more words of its own
		"lose it":                    "",
		"hold":                       "",
		"hold one two three four five six seven eight": "",
	} {
		if got := strings.Join(lexicon().Best(patterns, utterance.Fold(said)), "+"); got != want {
			t.Errorf("%q means %q, want %q", said, got, want)
		}
	}
	twice := []utterance.Pattern{mustParse(t, "A", "meet {friend}"), mustParse(t, "B", "meet {book}")}
	if got := lexicon().Best(twice, []string{"meet", "emma"}); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("what two understand equally means %q", got)
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct{ a, b, said string }{
		{"hold {book}", "hold {friend}", "hold emma"},
		{"hold {book}", "hold {friend} eyre", "hold jane eyre"},
		{"hold {friend} dick please", "hold {book} please", "hold moby dick please"},
		{"hold {book} and {book}", "hold {friend} eyre and emma", "hold jane eyre and emma"},
		{"hold {book}", "hold moby dick", "hold moby dick"},
		{"hold {book} now", "hold {book} {friend}", ""},
		{"hold {book}", "keep {book}", ""},
		{"hold {book}", "hold {friend} again", ""},
		{"hold {book}", "hold", ""},
		{"at {time}", "at {time}", "at {AMAZON.TIME}"},
		{"at {n}", "at {pin}", "at {AMAZON.NUMBER}"},
		{"at {n}", "at {time}", ""},
		{"find {query}", "find moby dick", ""}, // free words are Alexa's to weigh
		{"{book} {friend}", "{friend} {book}", "emma emma"},
	} {
		a, b := mustParse(t, "A", tt.a), mustParse(t, "B", tt.b)
		said, ok := lexicon().Overlap(&a, &b)
		back, okBack := lexicon().Overlap(&b, &a)
		if ok != (tt.said != "") || ok != okBack || said != tt.said {
			t.Errorf("%q and %q: %q (%v), the other way round %q (%v), want %q", tt.a, tt.b, said, ok, back, okBack, tt.said)
		}
	}
}

func TestCollisions(t *testing.T) {
	patterns := []utterance.Pattern{
		mustParse(t, "A", "hold {book}"), mustParse(t, "A", "hold emma"), mustParse(t, "B", "hold {friend}"),
		mustParse(t, "B", "hold {book}"), mustParse(t, "C", "sing"),
	}
	found, complete := lexicon().Collisions(patterns)
	var got []string
	for _, c := range found {
		got = append(got, c.A.Intent+c.B.Intent+" "+c.A.Sample+" | "+c.B.Sample)
	}
	// "hold {book}" in A and B is found without values, and A's two samples belong together.
	want := []string{"AB hold {book} | hold {friend}", "AB hold emma | hold {friend}"}
	if !complete || !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// A model made to keep the suite busy is given up, and soon.
func TestHostileModelsAreGivenUp(t *testing.T) {
	var values []models.TypeValue
	for i := range 60 {
		values = append(values, models.TypeValue{Name: models.ValueName{Value: strings.TrimSpace(strings.Repeat("a ", i+1))}})
	}
	l := utterance.NewLexicon("en-US", []models.SlotType{{Name: "A", Values: values}, {Name: "B", Values: values[1:]}})
	typeOf := func(name string) string { return strings.ToUpper(name[:1]) }
	a, _ := utterance.Parse("A", strings.Repeat("{a} ", 40)+"x", typeOf)
	b, _ := utterance.Parse("B", strings.Repeat("{b} ", 40)+"y", typeOf)
	if said, ok := l.Overlap(&a, &b); ok {
		t.Errorf("%q fits both, it seems", said)
	}
	var patterns []utterance.Pattern
	for i := range 5000 {
		p, _ := utterance.Parse(fmt.Sprint("I", i), fmt.Sprint("a ", i), typeOf)
		patterns = append(patterns, p)
	}
	if _, complete := l.Collisions(patterns); complete {
		t.Error("compared every pair of 5,000 samples that begin alike")
	}
}

func FuzzFold(f *testing.F) {
	for _, text := range []string{"u. p. s.", "{car}'s", "本 a.b", "\xff. .", "ſ. İ."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := utterance.Fold(text)
		if again := utterance.Fold(strings.Join(words, " ")); !slices.Equal(again, words) {
			t.Errorf("Fold(%q) = %q, folded again %q", text, words, again)
		}
		p, err := utterance.Parse("I", text, func(string) string { return "Book" })
		if err == nil {
			lexicon().Fits(&p, words)
			lexicon().Overlap(&p, &p)
		}
	})
}
