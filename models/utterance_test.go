package models

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// `trunkpass certify`, which our own package passes whole, asks what Amazon asks of a model. The rules here are ours:
// stricter than Amazon's, or about what our code relies on.
const (
	minSamplesPerIntent = 20 // fewer, and people say what is not there
	minSampleLengths    = 4  // of different numbers of words, so that short and long ways of asking are heard
)

var (
	slotPattern = regexp.MustCompile(`\{[^{}]*\}`)
	// A word, or a spelled initial ("u.").
	spokenWord = regexp.MustCompile(`^(\p{Ll}[\p{Ll}'-]*|\p{Ll}\.)$`)
	// Connecting words that Amazon lets a sample begin with. Behind the invocation they may be heard as part of it.
	looseConnectors = []string{"in", "using", "with", "by"}
)

// lowerCase leaves the names of slots alone.
func lowerCase(sample string) bool {
	words := slotPattern.ReplaceAllString(sample, "")
	return words == strings.ToLower(words)
}

func TestSamples(t *testing.T) {
	for _, locale := range Locales() {
		// Two utterances that differ only in the name of a slot are one, even where the types differ: what was said may
		// fit both.
		said := map[string]string{}
		for _, intent := range mustModel(t, locale).LanguageModel.Intents {
			where := locale + " " + intent.Name
			if strings.HasPrefix(intent.Name, "AMAZON.") {
				if len(intent.Slots) != 0 {
					t.Errorf("%s: slots of our own on a built-in intent", where)
				}
				continue
			}
			if n := len(intent.Samples); n < minSamplesPerIntent {
				t.Errorf("%s: %d samples, want at least %d", where, n, minSamplesPerIntent)
			}
			lengths := map[int]bool{}
			for _, sample := range intent.Samples {
				lengths[len(strings.Fields(sample))] = true
				first, _, _ := strings.Cut(sample, " ")
				if !lowerCase(sample) || slices.Contains(looseConnectors, first) {
					t.Errorf("%s: %q has capitals or begins with a connecting word", where, sample)
				}
				bare := slotPattern.ReplaceAllString(sample, "{}")
				if other, ok := said[bare]; ok {
					t.Errorf("%s: %q means the same words as %s", where, sample, other)
				}
				said[bare] = fmt.Sprintf("%s: %q", intent.Name, sample)
			}
			if len(lengths) < minSampleLengths {
				t.Errorf("%s: samples of only %d different lengths, want at least %d", where, len(lengths), minSampleLengths)
			}
		}
	}
}

// Where answers to a question are listed, the bare value is one of them.
func TestSlots(t *testing.T) {
	for _, locale := range Locales() {
		for _, intent := range mustModel(t, locale).LanguageModel.Intents {
			for _, slot := range intent.Slots {
				where := locale + " " + intent.Name + "." + slot.Name
				if len(slot.Samples) > 0 && !slices.Contains(slot.Samples, "{"+slot.Name+"}") {
					t.Errorf("%s: the bare answer is missing among its samples", where)
				}
				seen := map[string]bool{}
				for _, sample := range slot.Samples {
					if seen[sample] || !lowerCase(sample) {
						t.Errorf("%s: %q is there twice, or has capitals", where, sample)
					}
					seen[sample] = true
				}
			}
		}
	}
}

func TestNamesAndLimits(t *testing.T) {
	for _, locale := range Locales() {
		model := mustModel(t, locale).LanguageModel
		for _, short := range []string{"Repeat", "Yes", "No"} {
			if _, ok := model.Intent("AMAZON." + short + "Intent"); !ok {
				t.Errorf("%s: AMAZON.%sIntent is missing", locale, short)
			}
		}
		for _, typ := range model.Types {
			checkType(t, locale+" "+typ.Name, typ)
		}
	}
}

var valueID = regexp.MustCompile(`^[a-z][a-z_]*$`)

// checkType holds every way of saying a value to what Amazon asks of one of them: the pretend Echo matches them all.
func checkType(t *testing.T, where string, typ SlotType) {
	t.Helper()
	for _, value := range typ.Values {
		if value.ID != "" && !valueID.MatchString(value.ID) {
			t.Errorf("%s: the id %q is malformed", where, value.ID)
		}
		for _, said := range append([]string{value.Name.Value}, value.Name.Synonyms...) {
			if slices.ContainsFunc(strings.Split(said, " "), func(word string) bool { return !spokenWord.MatchString(word) }) {
				t.Errorf("%s: %q is not written as it is spoken", where, said)
			}
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
