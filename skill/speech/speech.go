// Package speech turns a key and typed arguments into a spoken line of the listener's language.
//
// The lines stand in models/speech, one TOML file per locale in go-i18n's form, so that a translator needs
// no Go; models/speech/README.md explains the form. The code that speaks declares its lines in a [Table].
// [Load] proves a file against them, complete and well formed; [Pack] writes down what was proved, and [Unpack] reads
// that when the program starts and holds it against the keys: a missing translation is found before anybody
// listens, and no locale ever falls back to another.
//
// Neighbors: skill renders its acts through a [Voice]; skill and intents declare tables. Speech calls no
// cloud, keeps no state and takes chance from its caller.
package speech

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
)

// Key names a line in every locale, in words joined by dots: "courier.confirm". A word is lower-case
// letters, digits and underscores.
type Key string

// Spec says what a line needs.
type Spec struct {
	// Args are the placeholders that the line has in every locale, {{.name}} for "name".
	Args []string
	// Asks marks a question: Alexa keeps listening after it, so it needs a reprompt too.
	Asks bool
}

// Table declares lines.
type Table map[Key]Spec

// Says declares a statement with these placeholders.
func Says(args ...string) Spec { return Spec{Args: args} }

// Asks declares a question with these placeholders.
func Asks(args ...string) Spec { return Spec{Args: args, Asks: true} }

// Args are the values for the placeholders of a line. There may be more of them than the line has, so that
// the title and the text of a card can share one set.
type Args map[string]Arg

// Setting is who listens, and chance.
type Setting struct {
	// Car prefers the shorter form of a line that is meant for drivers, where there is one.
	Car bool
	// Rand picks among the variants of a line; nil always takes the first. It is used without a lock.
	Rand *rand.Rand
	// depth counts how deep a Phrase stands inside others.
	depth int
}

// Catalog holds the lines of every locale. It never changes after Load and may be shared.
type Catalog struct {
	voices map[string]*Voice
}

// Voice gives the lines of a locale ("en-US"). Spelling counts and nothing is guessed: an unknown locale is
// not answered in another language.
func (c *Catalog) Voice(locale string) (*Voice, bool) {
	v, ok := c.voices[locale]
	return v, ok
}

// Locales lists the locales that were loaded, sorted.
func (c *Catalog) Locales() []string { return slices.Sorted(maps.Keys(c.voices)) }

// Voice speaks one locale. Its methods may be called concurrently.
type Voice struct {
	locale  string
	format  *format
	forms   []plural.Form // that whole numbers take in the language; known while it is proved
	decimal string        // what stands between the digits and their fraction
	entries map[Key]*entry
}

// entry is one key with all its forms.
type entry struct {
	spec  Spec
	texts [4][]variant // by role
}

// role is the use that a text is put to: what is said at first, or the sum of these.
type role uint8

const (
	toReprompt role = 1 << iota
	inCar
)

// variant is one wording: a single text, or one for each plural form of the language.
type variant struct {
	id     string // as it stands in the file, for reports
	other  *template
	plural map[plural.Form]*template // nil unless the text depends on the argument "count"
}

// Line renders a line as an SSML fragment without <speak>, every argument escaped. It fails for a key that
// was not declared, a missing argument, or one that cannot be put into words (a negative duration); the
// error names key and argument and never a value, because a value may be private.
func (v *Voice) Line(key Key, args Args, s Setting) (string, error) {
	return v.render(key, args, s, false)
}

// Reprompt renders what is said when a question got no answer. It fails as Line does, and for a key that
// does not ask.
func (v *Voice) Reprompt(key Key, args Args, s Setting) (string, error) {
	return v.render(key, args, s, true)
}

func (v *Voice) render(key Key, args Args, s Setting, reprompt bool) (string, error) {
	e, ok := v.entries[key]
	if !ok {
		return "", fmt.Errorf("line %s (%s): not declared in any table", key, v.locale)
	}
	use := role(0)
	if reprompt {
		use = toReprompt
	}
	variants := e.texts[use]
	if short := e.texts[use|inCar]; s.Car && len(short) > 0 {
		variants = short
	}
	if len(variants) == 0 {
		return "", fmt.Errorf("line %s (%s): it asks nothing, so it has no reprompt", key, v.locale)
	}
	chosen := variants[0]
	if s.Rand != nil && len(variants) > 1 {
		chosen = variants[s.Rand.IntN(len(variants))]
	}
	t, err := chosen.form(v, args)
	if err != nil {
		return "", fmt.Errorf("line %s (%s): %w", key, v.locale, err)
	}
	var b strings.Builder
	b.Grow(t.size)
	for _, p := range t.parts {
		b.WriteString(p.text)
		if p.arg == "" {
			continue
		}
		arg := args[p.arg]
		if arg == nil {
			return "", fmt.Errorf("line %s (%s): argument %s is missing", key, v.locale, p.arg)
		}
		words, err := arg.format(v, s)
		if err != nil {
			return "", fmt.Errorf("line %s (%s): argument %s: %w", key, v.locale, p.arg, err)
		}
		b.WriteString(words)
	}
	return b.String(), nil
}

// Words renders one argument by itself, as a screen shows it in a row of its own. It fails as Line does.
func (v *Voice) Words(arg Arg, s Setting) (string, error) {
	words, err := arg.format(v, s)
	if err != nil {
		return "", fmt.Errorf("words (%s): %w", v.locale, err)
	}
	return words, nil
}

// countArg is the argument that selects the plural form of a line.
const countArg = "count"

func (c variant) form(v *Voice, args Args) (*template, error) {
	if c.plural == nil {
		return c.other, nil
	}
	n, ok := args[countArg].(Count)
	switch {
	case !ok:
		return nil, errors.New("argument count, which selects the plural, is missing or no Count")
	case n < 0:
		return nil, fmt.Errorf("argument count: %w", errNegativeCount)
	}
	if t := c.plural[v.pluralOf(int(n))]; t != nil {
		return t, nil
	}
	return c.other, nil
}
