// Package utterance knows how the sample utterances of an interaction model are written and read: how words are folded, what
// a sample can be said as, whether two samples can be said with the same words, and which words of a language Alexa keeps for
// herself. It is pure and knows no skill; skill/certify/skillpackage asks it, and so may whoever needs something to say.
package utterance

import (
	"fmt"
	"strings"
	"unicode"
)

// Fold cuts a text into what is heard: words in lower case, without punctuation. An apostrophe ends a word ("{car}'s" has to
// fit "golf's"), spelled initials become one word ("u. p. s." is "ups"), and scripts that write no spaces give one word for
// each character.
func Fold(text string) []string {
	var f folding
	runes := []rune(strings.ToLower(text))
	for i, r := range runes {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			f.end()
			f.words = append(f.words, string(r))
			f.initial = false
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			f.word = append(f.word, r)
		case r == '.' && len(f.word) == 1 && unicode.IsLetter(f.word[0]) && (i+1 == len(runes) || !unicode.IsDigit(runes[i+1])):
			f.endInitial()
		case unicode.IsSpace(r) && len(f.word) == 0:
			// A space between two initials ends nothing.
		default:
			f.end()
		}
	}
	f.end()
	return f.words
}

type folding struct {
	words   []string
	word    []rune
	initial bool // the last of words is made of spelled initials
}

func (f *folding) end() {
	if len(f.word) > 0 {
		f.words = append(f.words, string(f.word))
		f.word, f.initial = nil, false
	}
}

func (f *folding) endInitial() {
	if f.initial {
		f.words[len(f.words)-1] += string(f.word)
		f.word = nil
		return
	}
	f.end()
	f.initial = true
}

// Element is a word of a sample, or a slot with its type.
type Element struct {
	Word       string
	Slot, Type string
}

// Pattern is a sample, cut into words and slots.
type Pattern struct {
	Intent   string
	Sample   string
	Elements []Element
}

// Parse cuts a sample. typeOf gives the type of a slot, "" if the intent has none of that name; the pattern then holds a slot
// that nothing fits. The error is about braces.
func Parse(intent, sample string, typeOf func(slot string) string) (Pattern, error) {
	p := Pattern{Intent: intent, Sample: sample}
	rest := sample
	for {
		text, braced, found := strings.Cut(rest, "{")
		if strings.Contains(text, "}") {
			return Pattern{}, fmt.Errorf("%q: a brace is closed that was not opened", sample)
		}
		for _, word := range Fold(text) {
			p.Elements = append(p.Elements, Element{Word: word})
		}
		if !found {
			return p, nil
		}
		name, after, closed := strings.Cut(braced, "}")
		if !closed || strings.Contains(name, "{") {
			return Pattern{}, fmt.Errorf("%q: a brace is not closed", sample)
		}
		name = strings.TrimSpace(name)
		p.Elements = append(p.Elements, Element{Slot: name, Type: typeOf(name)})
		rest = after
	}
}

// Words counts the words of the sample itself.
func (p Pattern) Words() int { return len(p.Elements) - len(p.Slots()) }

// Slots are the names of the slots, in order.
func (p Pattern) Slots() []string {
	var slots []string
	for _, e := range p.Elements {
		if e.Slot != "" {
			slots = append(slots, e.Slot)
		}
	}
	return slots
}

// Bare is the sample without the names of its slots: two samples with one bare form are one to Alexa, if the types are.
func (p Pattern) Bare() string {
	words := make([]string, len(p.Elements))
	for i, e := range p.Elements {
		words[i] = e.Word
		if e.Slot != "" {
			words[i] = "{" + e.Type + "}"
		}
	}
	return strings.Join(words, " ")
}
