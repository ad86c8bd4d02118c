package speech

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// text is one message of a file under its full name, with the plural forms it has.
type text struct {
	id    string
	forms map[plural.Form]string
}

// formNames are the plural forms of CLDR by the names they have in a file.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// reserved are the words that make a table of the file a message; those that are false belong to go-i18n's
// form and mean nothing here (delimiters and ids would make a line look like something it is not).
var reserved = map[string]bool{
	"zero": true, "one": true, "two": true, "few": true, "many": true, "other": true,
	"description": true, "hash": true,
	"id": false, "leftdelim": false, "rightdelim": false, "translation": false,
}

func isReserved(word string) bool {
	_, ok := reserved[strings.ToLower(word)]
	return ok
}

// readTexts reads the messages of a file, sorted so that variants follow each other. What is wrong with
// single messages goes to report; the error is for a file that cannot be read at all.
func readTexts(files fs.FS, name string, report func(string, error)) ([]text, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are read", info.Size(), maxBytes)
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var root map[string]any
	if err := toml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	// go-i18n stops at the first thing it dislikes, in no fixed order, and does not say where. So all of
	// that is taken out and reported first.
	prune("", 1, root, report)
	file, err := i18n.ParseMessageFileBytes(data, name, map[string]i18n.UnmarshalFunc{
		"toml": func(_ []byte, into any) error {
			*into.(*any) = root
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var texts []text
	for _, m := range file.Messages {
		if seen[m.ID] {
			report(m.ID, errors.New("there twice, as a table and under a quoted key"))
			continue
		}
		seen[m.ID] = true
		texts = append(texts, text{id: m.ID, forms: formsOf(m)})
	}
	slices.SortFunc(texts, func(a, b text) int { return compareIDs(a.id, b.id) })
	return texts, nil
}

// compareIDs sorts by the words of the names, numbers by their size, so that variant 10 follows variant 9.
func compareIDs(a, b string) int {
	headA, tailA := splitNumber(a)
	headB, tailB := splitNumber(b)
	return cmp.Or(strings.Compare(headA, headB), cmp.Compare(len(tailA), len(tailB)), strings.Compare(tailA, tailB))
}

func splitNumber(id string) (head, digits string) {
	head = strings.TrimRight(id, "0123456789")
	if !strings.HasSuffix(head, ".") {
		return id, ""
	}
	return strings.TrimSuffix(head, "."), id[len(head):]
}

func formsOf(m *i18n.Message) map[plural.Form]string {
	forms := map[plural.Form]string{}
	for form, text := range map[plural.Form]string{
		plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many, plural.Other: m.Other,
	} {
		if text != "" {
			forms[form] = text
		}
	}
	return forms
}

// maxNesting bounds tables within tables; keys of two or three words need no more than that.
const maxNesting = 8

// prune removes and reports whatever is neither a message nor a table of messages.
func prune(at string, depth int, table map[string]any, report func(string, error)) {
	var own, lines []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		name := strings.TrimPrefix(at+"."+key, ".")
		switch value := table[key].(type) {
		case string:
			if !isReserved(key) {
				lines = append(lines, key)
				continue
			}
			own = append(own, key)
			if !reserved[key] {
				report(name, errors.New("a word of the file format that has no meaning here"))
				delete(table, key)
			} else if _, ok := formNames[key]; ok && value == "" {
				report(name, errors.New("says nothing")) // go-i18n takes it for a form that is not there
			}
		case map[string]any:
			if strings.EqualFold(key, "translation") {
				report(name, errors.New("a word of the file format that has no meaning here"))
				delete(table, key)
				continue
			}
			if depth == maxNesting {
				report(name, fmt.Errorf("tables in more than %d levels", maxNesting))
				delete(table, key)
				continue
			}
			lines = append(lines, key)
			prune(name, depth+1, value, report)
		default:
			report(name, fmt.Errorf("a text is expected, not a %T", value))
			delete(table, key)
		}
	}
	if len(own) > 0 && (len(lines) > 0 || at == "") {
		report(cmp.Or(at, "top of the file"),
			fmt.Errorf("%s cannot stand beside other lines; put a line's short form and reprompt beside it, under a quoted key", strings.Join(own, ", ")))
		for _, key := range own {
			delete(table, key)
		}
	}
}

// packedSuffix is that of the files that Pack makes.
const packedSuffix = ".packed"

// Pack proves the speech files as Load does and gives each as Unpack reads it, by file name: one wording in a line,
// its name, its plural form and its text with tabs between, in a stable order, of a name the form other first. Reading a TOML file and proving it takes
// most of the time in which a function on AWS starts, and nobody changes it there.
func Pack(files fs.FS, tables ...Table) (map[string][]byte, error) {
	catalog, err := Load(files, tables...)
	if err != nil {
		return nil, err
	}
	packed := map[string][]byte{}
	for _, locale := range catalog.Locales() {
		texts, err := readTexts(files, locale+suffix, func(string, error) {}) // proved above
		if err != nil {
			return nil, err
		}
		var lines bytes.Buffer
		for _, t := range texts {
			for _, form := range []string{"other", "zero", "one", "two", "few", "many"} {
				if words, ok := t.forms[formNames[form]]; ok {
					fmt.Fprintf(&lines, "%s\t%s\t%s\n", t.id, form, runTogether(words))
				}
			}
		}
		packed[locale+packedSuffix] = lines.Bytes()
	}
	return packed, nil
}

// Unpack reads every <locale>.packed at the top of files. It proves what a program that was built from files of two
// ages would get wrong, that every line is there and known, and leaves the rest to Pack.
func Unpack(files fs.FS, tables ...Table) (*Catalog, error) {
	names, _ := fs.Glob(files, "*"+packedSuffix) // fails only for a malformed pattern
	if len(names) == 0 {
		return nil, errors.New("no speech file <locale>" + packedSuffix)
	}
	specs := map[Key]Spec{}
	for _, table := range tables {
		maps.Copy(specs, table)
	}
	catalog := &Catalog{voices: map[string]*Voice{}}
	for _, name := range names {
		locale := strings.TrimSuffix(name, packedSuffix)
		voice, err := newVoice(locale, formats)
		if err == nil {
			voice.entries, err = unpack(files, name, specs)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		catalog.voices[locale] = voice
	}
	return catalog, nil
}

func unpack(files fs.FS, name string, specs map[Key]Spec) (map[Key]*entry, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	entries := make(map[Key]*entry, len(specs))
	for key, spec := range specs {
		entries[key] = &entry{spec: spec}
	}
	for line := range strings.Lines(string(data)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		form, words, _ := strings.Cut(rest, "\t")
		a, known := resolve(id, specs)
		if !known {
			return nil, fmt.Errorf("%s: unknown key; nothing says this line", id)
		}
		t, err := parseParts(words)
		said := &entries[a.key].texts[a.role]
		last := len(*said) - 1
		begun := last >= 0 && (*said)[last].id == id
		switch _, known := formNames[form]; {
		case err != nil || !known || begun == (form == "other"):
			return nil, fmt.Errorf("%s: not as Pack writes it", id)
		case begun:
			(*said)[last].take(formNames[form], t)
		default:
			*said = append(*said, variant{id: id, other: t})
		}
	}
	for key, e := range entries {
		if len(e.texts[0]) == 0 || e.spec.Asks && len(e.texts[toReprompt]) == 0 {
			return nil, fmt.Errorf("%s: missing", key)
		}
	}
	return entries, nil
}

// take adds a form besides "other", which most texts have alone.
func (c *variant) take(form plural.Form, t *template) {
	if c.plural == nil {
		c.plural = map[plural.Form]*template{plural.Other: c.other}
	}
	c.plural[form] = t
}
