package speech

import (
	"fmt"
	"strings"
)

// template is a text with placeholders, taken apart once so that rendering only joins strings.
type template struct {
	parts []part
	size  int // of the text alone, in bytes
}

// part is text followed by an argument; the argument of the last part may be empty.
type part struct{ text, arg string }

// parseTemplate takes a text apart. {{.name}} is all the template language there is: conditions, pipelines
// and functions would be logic, which a translator cannot test and a reader does not expect. White space
// runs together, as in SSML, so that long lines may be broken in the file.
func parseTemplate(text string) (*template, error) { return parseParts(runTogether(text)) }

// runTogether leaves one space where there was any white space.
func runTogether(text string) string { return strings.Join(strings.Fields(text), " ") }

// parseParts is parseTemplate for a text whose white space has run together.
func parseParts(rest string) (*template, error) {
	t := &template{}
	for {
		before, after, ok := strings.Cut(rest, "{{")
		if strings.Contains(before, "}}") {
			return nil, fmt.Errorf("}} without {{ before it")
		}
		if !ok {
			if before != "" || len(t.parts) == 0 {
				t.add(part{text: before})
			}
			return t, nil
		}
		inside, behind, ok := strings.Cut(after, "}}")
		if !ok {
			return nil, fmt.Errorf("{{ without }} behind it")
		}
		name, dotted := strings.CutPrefix(strings.TrimSpace(inside), ".")
		if !dotted || !isWord(name) {
			return nil, fmt.Errorf("{{%s}} is no placeholder; only {{.name}} is allowed, without any logic", inside)
		}
		t.add(part{text: before, arg: name})
		rest = behind
	}
}

func (t *template) add(p part) {
	t.parts = append(t.parts, p)
	t.size += len(p.text)
}

// args lists the placeholders in the order of their appearance, repetitions included.
func (t *template) args() []string {
	var names []string
	for _, p := range t.parts {
		if p.arg != "" {
			names = append(names, p.arg)
		}
	}
	return names
}

// with gives the text with the same words in place of every placeholder.
func (t *template) with(words string) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
		if p.arg != "" {
			b.WriteString(words)
		}
	}
	return b.String()
}

// fill replaces placeholders by the values given as name, value, name, value. The patterns of a locale are
// filled this way; a name that the pattern does not use is ignored.
func (t *template) fill(pairs ...string) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == p.arg {
				b.WriteString(pairs[i+1])
			}
		}
	}
	return b.String()
}

// isWord reports whether s is a name as keys and placeholders have them: lower-case letters, digits and
// underscores, a letter first. Digits alone never name anything, because they number variants.
func isWord(s string) bool {
	for i, r := range s {
		lower := 'a' <= r && r <= 'z'
		if !lower && (i == 0 || (r != '_' && (r < '0' || r > '9'))) {
			return false
		}
	}
	return s != ""
}
