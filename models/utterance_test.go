package models

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Limits of one locale's interaction model, from Amazon's documentation of the interaction model.
const (
	maxModelBytes       = 1_500_000
	maxIntents          = 250
	maxIntentsAndTypes  = 350
	maxValueCharacters  = 140
	minSamplesPerIntent = 20 // our own: fewer, and people say what is not there
)

var (
	slotPattern = regexp.MustCompile(`\{([^{}]*)\}`)
	slotName    = regexp.MustCompile(`^[a-z][a-zA-Z_]*$`)
	intentName  = regexp.MustCompile(`^[A-Z][a-zA-Z_]*$`)
	// A word, a spelled initial ("u."), a slot, or a slot in the possessive ("{car}'s").
	wordPattern = regexp.MustCompile(`^(\p{Ll}[\p{Ll}'-]*|\p{Ll}\.|\{[^{}]*\}('s)?)$`)
	// Amazon's connecting words; what stands before them is the invocation, so a sample cannot begin with one.
	connectors = []string{"from", "to", "about", "for", "if", "whether", "that", "and", "in", "using", "with", "by"}
)

// sampleProblem says what is wrong with an utterance by Amazon's rules for samples; empty if nothing is.
func sampleProblem(sample string) string {
	words := strings.Split(sample, " ")
	carriers := 0
	for i, word := range words {
		switch {
		case !wordPattern.MatchString(word):
			return fmt.Sprintf("%q is no lower-case word, spelled initial or slot", word)
		case !strings.HasPrefix(word, "{"):
			carriers++
		case i > 0 && strings.HasPrefix(words[i-1], "{"):
			return "two slots without a word between them"
		}
	}
	names := slotPattern.FindAllString(sample, -1)
	slices.Sort(names)
	switch {
	case carriers == 0:
		return "nothing but a slot"
	case slices.Contains(connectors, words[0]):
		return "begins with a connecting word"
	case len(slices.Compact(slices.Clone(names))) != len(names):
		return "a slot twice"
	}
	return ""
}

func TestSampleProblem(t *testing.T) {
	tests := map[string]string{
		"let {carrier} into my {car}'s trunk": "",
		"what's the pressure":                 "",
		"let u. p. s. in":                     "",
		"Let the courier in":                  "no lower-case word",
		"let the courier in for 2 hours":      "no lower-case word",
		"let the courier in!":                 "no lower-case word",
		"let  the courier in":                 "no lower-case word",
		" let the courier in":                 "no lower-case word",
		"":                                    "no lower-case word",
		"let {carrier in":                     "no lower-case word",
		"{carrier}":                           "nothing but a slot",
		"let {carrier} {date}":                "two slots",
		"with {carrier} i am expecting it":    "connecting word",
		"let {car} into {car}":                "a slot twice",
	}
	for sample, want := range tests {
		got := sampleProblem(sample)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("sampleProblem(%q) = %q, want %q", sample, got, want)
		}
	}
}

func TestSamples(t *testing.T) {
	for _, locale := range Locales() {
		// Two utterances that differ only in the name of a slot are one to Alexa.
		said := map[string]string{}
		for _, intent := range mustModel(t, locale).LanguageModel.Intents {
			where := locale + " " + intent.Name
			if strings.HasPrefix(intent.Name, "AMAZON.") {
				if len(intent.Samples) != 0 || len(intent.Slots) != 0 {
					t.Errorf("%s: samples or slots of our own on a built-in intent spoil what Amazon trained", where)
				}
				continue
			}
			if len(intent.Samples) < minSamplesPerIntent {
				t.Errorf("%s: %d samples, want at least %d", where, len(intent.Samples), minSamplesPerIntent)
			}
			for _, sample := range intent.Samples {
				if problem := sampleProblem(sample); problem != "" {
					t.Errorf("%s: %q: %s", where, sample, problem)
				}
				bare := slotPattern.ReplaceAllString(sample, "{}")
				if other, ok := said[bare]; ok {
					t.Errorf("%s: %q means the same words as %s", where, sample, other)
				}
				said[bare] = fmt.Sprintf("%s: %q", intent.Name, sample)
			}
			lengths := map[int]bool{}
			for _, sample := range intent.Samples {
				lengths[len(strings.Fields(sample))] = true
			}
			if len(lengths) < 4 {
				t.Errorf("%s: samples of only %d different lengths, want at least 4", where, len(lengths))
			}
		}
	}
}

func TestSlots(t *testing.T) {
	for _, locale := range Locales() {
		model := mustModel(t, locale).LanguageModel
		typeOf := map[string]string{}
		typesUsed := map[string]bool{}
		for _, intent := range model.Intents {
			used := map[string]bool{}
			mark := func(where, sample string) {
				for _, match := range slotPattern.FindAllStringSubmatch(sample, -1) {
					used[match[1]] = true
					if _, ok := intent.Slot(match[1]); !ok {
						t.Errorf("%s %s: %q uses the slot %s, which is not declared", locale, where, sample, match[1])
					}
				}
			}
			for _, sample := range intent.Samples {
				mark(intent.Name, sample)
			}
			for _, slot := range intent.Slots {
				where := intent.Name + "." + slot.Name
				if !used[slot.Name] {
					t.Errorf("%s %s: declared and never used", locale, where)
				}
				if other, ok := typeOf[slot.Name]; ok && other != slot.Type {
					t.Errorf("%s %s: is %s here and %s in another intent", locale, where, slot.Type, other)
				}
				typeOf[slot.Name] = slot.Type
				typesUsed[slot.Type] = true
				if _, ok := model.Type(slot.Type); !ok && !strings.HasPrefix(slot.Type, "AMAZON.") {
					t.Errorf("%s %s: no type %s", locale, where, slot.Type)
				}
				checkSlotSamples(t, locale+" "+where, slot)
				for _, sample := range slot.Samples {
					mark(where, sample)
				}
			}
		}
		for _, typ := range model.Types {
			if !typesUsed[typ.Name] {
				t.Errorf("%s: no slot is a %s", locale, typ.Name)
			}
		}
	}
}

// checkSlotSamples holds answers to a question to looser rules: the bare value is an answer, and "from ups"
// may begin with a connecting word, because no invocation stands before it.
func checkSlotSamples(t *testing.T, where string, slot ModelSlot) {
	t.Helper()
	seen := map[string]bool{}
	for _, sample := range slot.Samples {
		if seen[sample] {
			t.Errorf("%s: %q twice", where, sample)
		}
		seen[sample] = true
		for _, word := range strings.Split(sample, " ") {
			if !wordPattern.MatchString(word) {
				t.Errorf("%s: %q: %q is no lower-case word, spelled initial or slot", where, sample, word)
			}
		}
	}
	if len(slot.Samples) > 0 && !seen["{"+slot.Name+"}"] {
		t.Errorf("%s: the bare answer is missing among its samples", where)
	}
}

func TestNamesAndLimits(t *testing.T) {
	for _, locale := range Locales() {
		info, err := fs.Stat(SkillPackage, modelFolder+"/"+locale+modelSuffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > maxModelBytes {
			t.Errorf("%s: %d bytes, want at most %d", locale, info.Size(), maxModelBytes)
		}
		model := mustModel(t, locale).LanguageModel
		if n := len(model.Intents); n > maxIntents || n+len(model.Types) > maxIntentsAndTypes {
			t.Errorf("%s: %d intents and %d types, too many", locale, n, len(model.Types))
		}
		seen := map[string]bool{}
		for _, intent := range model.Intents {
			if name := strings.TrimPrefix(intent.Name, "AMAZON."); !intentName.MatchString(name) || seen[intent.Name] {
				t.Errorf("%s: intent name %q is malformed or there twice", locale, intent.Name)
			}
			seen[intent.Name] = true
			for _, slot := range intent.Slots {
				if !slotName.MatchString(slot.Name) || seen[intent.Name+"."+slot.Name] {
					t.Errorf("%s %s: slot name %q is malformed or there twice", locale, intent.Name, slot.Name)
				}
				seen[intent.Name+"."+slot.Name] = true
			}
		}
		for _, name := range []string{"Help", "Stop", "Cancel", "Repeat", "Fallback", "NavigateHome", "Yes", "No"} {
			if !seen["AMAZON."+name+"Intent"] {
				t.Errorf("%s: AMAZON.%sIntent is missing", locale, name)
			}
		}
		for _, typ := range model.Types {
			checkType(t, locale, typ)
		}
	}
}

func checkType(t *testing.T, locale string, typ SlotType) {
	t.Helper()
	if !intentName.MatchString(typ.Name) || len(typ.Values) < 2 {
		t.Errorf("%s: type %q is malformed or has fewer than two values", locale, typ.Name)
	}
	ids, words := map[string]bool{}, map[string]string{}
	for _, value := range typ.Values {
		if value.ID != "" && (ids[value.ID] || !regexp.MustCompile(`^[a-z][a-z_]*$`).MatchString(value.ID)) {
			t.Errorf("%s %s: id %q is malformed or there twice", locale, typ.Name, value.ID)
		}
		ids[value.ID] = true
		for _, word := range append([]string{value.Name.Value}, value.Name.Synonyms...) {
			if n := utf8.RuneCountInString(word); n == 0 || n > maxValueCharacters {
				t.Errorf("%s %s: %q has %d characters, want 1 to %d", locale, typ.Name, word, n, maxValueCharacters)
			}
			for _, part := range strings.Split(word, " ") {
				if !wordPattern.MatchString(part) || strings.HasPrefix(part, "{") {
					t.Errorf("%s %s: %q is not written as it is spoken", locale, typ.Name, word)
				}
			}
			if other, ok := words[word]; ok {
				t.Errorf("%s %s: %q stands for both %s and %s", locale, typ.Name, word, other, value.Name.Value)
			}
			words[word] = value.Name.Value
		}
	}
}

// Code branches on these ids in every locale; of Car, "any" is a word that names none (see TypeValue).
func TestValueIDs(t *testing.T) {
	want := map[string][]string{
		"Carrier": {"ups", "fedex", "dhl", "usps", "canada_post", "purolator", "speedy", "amazon"},
		"Period":  {"last_trip", "today", "this_week", "this_month"},
		"Wheel":   {"front_left", "front_right", "rear_left", "rear_right"},
		"Car":     {"any"},
		"Part":    {"doors", "trunk", "car"},
	}
	for _, locale := range Locales() {
		for name, ids := range want {
			typ, ok := mustModel(t, locale).LanguageModel.Type(name)
			if !ok {
				t.Errorf("%s: no type %s", locale, name)
			}
			var got []string
			for _, value := range typ.Values {
				if value.ID != "" {
					got = append(got, value.ID)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
				t.Errorf("%s %s: ids %q, want %q", locale, name, got, ids)
			}
		}
	}
}
