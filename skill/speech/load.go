package speech

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

const (
	suffix   = ".toml"
	maxBytes = 1 << 20 // of one speech file; the lines of a whole language are a tenth of it
)

// Load reads every <locale>.toml at the top of files and proves each against the tables: no line missing,
// none unknown, the same placeholders everywhere, a reprompt for every question, plain placeholders only,
// well-formed SSML. It reports every problem at once, joined, each naming file and key, in a stable order;
// then there is no catalog. Other files are ignored.
func Load(files fs.FS, tables ...Table) (*Catalog, error) { return load(files, formats, tables...) }

func load(files fs.FS, formats map[string]*format, tables ...Table) (*Catalog, error) {
	specs, problems := merge(tables)
	// Glob fails only for a malformed pattern; a folder that cannot be read holds no files.
	names, _ := fs.Glob(files, "*"+suffix)
	if len(names) == 0 {
		problems = append(problems, errors.New("no speech file <locale>"+suffix))
	}
	catalog := &Catalog{voices: map[string]*Voice{}}
	for _, name := range names {
		locale := strings.TrimSuffix(path.Base(name), suffix)
		voice, err := newVoice(locale, formats)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		report := func(key string, err error) {
			problems = append(problems, fmt.Errorf("%s: %s: %w", name, key, err))
		}
		texts, err := readTexts(files, name, report)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		voice.entries = arrange(texts, specs, report)
		voice.forms = voice.pluralForms()
		for _, key := range slices.Sorted(maps.Keys(specs)) {
			voice.entries[key].prove(voice, key, report)
		}
		catalog.voices[locale] = voice
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return catalog, nil
}

func newVoice(locale string, formats map[string]*format) (*Voice, error) {
	format, ok := formats[locale]
	if !ok {
		return nil, fmt.Errorf("unknown locale %q: how it says times and quantities is not known", locale)
	}
	v := &Voice{locale: locale, format: format}
	v.decimal = v.decimalMark()
	return v, nil
}

// merge joins the tables and finds declarations that no file could satisfy.
func merge(tables []Table) (map[Key]Spec, []error) {
	specs := map[Key]Spec{}
	var problems []error
	report := func(key Key, text string) {
		problems = append(problems, fmt.Errorf("table: %s: %s", key, text))
	}
	for _, table := range tables {
		for _, key := range slices.Sorted(maps.Keys(table)) {
			if _, ok := specs[key]; ok {
				report(key, "declared twice")
			}
			specs[key] = table[key]
			words := strings.Split(string(key), ".")
			if !all(words, isWord) {
				report(key, "no key; a key is lower-case words joined by dots")
			}
			if isReserved(words[len(words)-1]) {
				report(key, "ends with a word that the form of the files keeps for itself")
			}
			args := slices.Sorted(slices.Values(table[key].Args))
			if !all(args, isWord) || len(slices.Compact(args)) != len(table[key].Args) {
				report(key, "an argument is malformed or there twice")
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(specs)) {
		for _, suffix := range suffixes {
			// "car.which.car" is either the short form of "car.which" or a line of its own, not both.
			other, isForm := strings.CutSuffix(string(key), suffix)
			if _, declared := specs[Key(other)]; isForm && declared {
				report(key, "is also a form of "+other)
			}
		}
	}
	return specs, problems
}

// suffixes make a form out of a key.
var suffixes = []string{".reprompt", ".car", ".reprompt.car"}

func all(words []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !ok(word) })
}

// address is where a text belongs: the key, the use and the number of the variant.
type address struct {
	key     Key
	role    role
	variant int
}

// resolve reads the name of a text: a key, then ".reprompt", ".car" and the number of a further variant
// from 2 on, each if it applies, in this order.
func resolve(id string, specs map[Key]Spec) (address, bool) {
	a := address{variant: 1}
	known := func() bool {
		a.key = Key(id)
		_, ok := specs[a.key]
		return ok
	}
	if known() {
		return a, true
	}
	if i := strings.LastIndexByte(id, '.'); i >= 0 {
		if n, err := strconv.Atoi(id[i+1:]); err == nil && n >= 2 && strconv.Itoa(n) == id[i+1:] {
			a.variant, id = n, id[:i]
		}
	}
	if known() {
		return a, true
	}
	for _, ending := range []struct {
		suffix string
		role   role
	}{{".car", inCar}, {".reprompt", toReprompt}} {
		var cut bool
		if id, cut = strings.CutSuffix(id, ending.suffix); cut {
			a.role |= ending.role
		}
		if known() {
			return a, true
		}
	}
	return a, false
}

// arrange sorts the texts of a file under their keys. Every declared key gets an entry, empty if need be.
func arrange(texts []text, specs map[Key]Spec, report func(string, error)) map[Key]*entry {
	entries := make(map[Key]*entry, len(specs))
	for key, spec := range specs {
		entries[key] = &entry{spec: spec}
	}
	numbers := map[address]bool{}
	for _, t := range texts {
		a, ok := resolve(t.id, specs)
		if !ok {
			report(t.id, errors.New("unknown key; nothing says this line"))
			continue
		}
		if a.variant > 1 {
			previous := a
			previous.variant--
			if !numbers[previous] {
				report(t.id, fmt.Errorf("variant %d without a variant %d", a.variant, previous.variant))
			}
		}
		numbers[a] = true
		v, err := compile(t.forms)
		if err != nil {
			report(t.id, err) // and go on: an empty variant still counts as present
		}
		v.id = t.id
		e := entries[a.key]
		e.texts[a.role] = append(e.texts[a.role], v)
	}
	return entries
}

// compile proves and parses the forms of a text; on a mistake it reports the first.
func compile(forms map[plural.Form]string) (variant, error) {
	parsed := map[plural.Form]*template{}
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		t, err := parseTemplate(forms[form])
		if err != nil {
			return variant{}, err
		}
		if err := checkSSML(t); err != nil {
			return variant{}, err
		}
		if Plain(t.with("x")) == "" {
			return variant{}, errors.New("says nothing")
		}
		parsed[form] = t
	}
	v := variant{other: parsed[plural.Other], plural: parsed}
	switch {
	case len(forms) == 0:
		return variant{}, errors.New("says nothing")
	case v.other == nil:
		return variant{}, errors.New("the form other is missing; every language has it")
	case len(parsed) == 1:
		v.plural = nil
	}
	return v, nil
}
