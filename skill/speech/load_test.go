package speech

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// problemsOf gives what Load reports, one problem per element.
func problemsOf(err error) []string {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var problems []string
	for _, problem := range joined.Unwrap() {
		problems = append(problems, problem.Error())
	}
	return problems
}

func TestLoadProblems(t *testing.T) {
	says, asks := Table{"a.b": Says("x")}, Table{"a.b": Asks()}
	count := Table{"a.b": Says("count", "x")}
	const good = "[a]\nb = 'The {{.x}}.'\n"
	tests := []struct {
		name  string
		lines string
		table Table
		want  []string // each once and nothing else
	}{
		{"nothing wrong", good, says, nil},
		{"nothing wrong, quoted", "[\"a.b\"]\ndescription = 'd'\nhash = 'h'\nother = '{{ .x }}.'", says, nil},
		{"empty file", "", says, []string{"en-US.toml: a.b: missing"}},
		{"not TOML", "[a\nb", says, []string{"en-US.toml: toml: line 2"}},
		{"invalid UTF-8", "[a]\nb = '\xff'", says, []string{"en-US.toml: toml: line 2"}},
		{"key twice", good + "b = 'y'", says, []string{"en-US.toml: toml: line 3"}},
		{"missing", "", Table{"a.b": Says(), "a.c": Says()}, []string{"a.b: missing", "a.c: missing"}},
		{"unknown", good + "c = 'y'\n'b.bike' = 'y'", says, []string{"a.c: unknown key", "a.b.bike: unknown key"}},
		{"the same under two keys", good + "[\"a.b\"]\nother = '{{.x}}'", says, []string{"a.b: there twice"}},
		{"not a text", "[a]\nb = 3\nc = ['x']\nd = 1979-05-27\n[[a.e]]\nf = 'x'", says,
			[]string{"a.b: a text is expected", "a.c: a text", "a.d: a text", "a.e: a text", "a.b: missing"}},
		{"text at the top", good + "\n", Table{"a.b": Says("x"), "other": Says()}, []string{"table: other: ends with a word", "en-US.toml: other: missing"}},
		{"forms at the top", "other = 'x'\n" + good, says, []string{"top of the file: other cannot stand"}},
		{"forms beside lines", "[a.b]\nother = '{{.x}}'\nreprompt = 'y'", says, []string{"a.b: other cannot stand", "a.b: has a reprompt", "a.b: missing"}},
		{"delimiters of go-i18n", "[a.b]\nleftDelim = '<<'\nother = '{{.x}}'", says, []string{"a.b.leftDelim: a word of the file format"}},
		{"an id of go-i18n", "[a.c]\nid = 'b'\nother = '{{.x}}'", says, []string{"a.c.id: a word of the file format", "a.c: unknown", "a.b: missing"}},
		{"a form of another case", "[a.b]\nOther = 'x'", says, []string{"a.b.Other: a word of the file format", "a.b: missing"}},
		{"old form of go-i18n", "[a.b.translation]\nother = '{{.x}}'", says, []string{"a.b.translation: a word of the file format", "a.b: missing"}},
		{"too deep", "a.b.c.d.e.f.g.h.i.j.k = 'x'", says, []string{"a.b.c.d.e.f.g.h: tables in more than 8 levels", "a.b: missing"}},
		{"says nothing", "[a]\nb = '  '\n", asks, []string{"a.b: says nothing", "a.b: a question without a reprompt"}},
		{"empty", "[a]\nb = ''\n", Table{"a.b": Says()}, []string{"a.b: says nothing"}},
		{"only a pause", "[a]\nb = '<break/>'\n", Table{"a.b": Says()}, []string{"a.b: says nothing"}},
		{"only a description", "[a.b]\ndescription = 'd'", Table{"a.b": Says()}, []string{"a.b: says nothing"}},

		{"placeholder missing", "[a]\nb = 'y'", says, []string{"a.b: {{.x}} is missing"}},
		{"placeholder unknown", "[a]\nb = '{{.x}} {{.y}} {{.y}}'", says, []string{"a.b: {{.y}} is no argument of this line; it has {{.x}}"}},
		{"placeholder where there are none", "[a]\nb = '{{.y}}'", Table{"a.b": Says()}, []string{"it has none"}},
		{"placeholder missing in the car", good + "'b.car' = 'y'", says, []string{"a.b.car: {{.x}} is missing"}},
		{"placeholder missing in a variant", good + "'b.2' = 'y'", says, []string{"a.b.2: {{.x}} is missing"}},
		{"placeholder left out of a reprompt", good + "'b.reprompt' = 'y'", Table{"a.b": Asks("x")}, nil},
		{"placeholder unknown in a reprompt", good + "'b.reprompt' = '{{.y}}'", Table{"a.b": Asks("x")}, []string{"a.b.reprompt: {{.y}} is no argument"}},
		{"condition", "[a]\nb = '{{if .x}}y{{end}}'", says, []string{"a.b: {{if .x}} is no placeholder"}},
		{"pipeline", "[a]\nb = '{{.x | html}}'", says, []string{"{{.x | html}} is no placeholder"}},
		{"comment", "[a]\nb = '{{/* c */}}'", says, []string{"is no placeholder"}},
		{"without a dot", "[a]\nb = '{{x}}'", says, []string{"{{x}} is no placeholder"}},
		{"unclosed", "[a]\nb = '{{.x'", says, []string{"{{ without }}"}},
		{"unopened", "[a]\nb = '{{.x}} }}'", says, []string{"}} without {{"}},

		{"question without reprompt", "[a]\nb = 'Y?'", asks, []string{"a.b: a question without a reprompt"}},
		{"reprompt for the car alone", "[a]\nb = 'Y?'\n'b.reprompt.car' = 'Z?'", asks, []string{"a.b: a question without a reprompt"}},
		{"statement with reprompt", good + "'b.reprompt' = 'y'", says, []string{"a.b: has a reprompt, but asks nothing"}},
		{"reprompt repeats", "[a]\nb = 'Y?'\n'b.reprompt' = ' Y? '", asks, []string{"a.b.reprompt: the reprompt only repeats"}},
		{"every role", "[a]\nb = 'Y?'\n'b.2' = 'V?'\n'b.car' = 'W?'\n'b.car.2' = 'X?'\n'b.reprompt' = 'Y1?'\n'b.reprompt.car' = 'Y2?'\n'b.reprompt.car.2' = 'Y3?'", asks, nil},
		{"roles in the wrong order", good + "'b.2.car' = '{{.x}}'", says, []string{"a.b.2.car: unknown key"}},
		{"gap in the variants", good + "'b.3' = '{{.x}}'", says, []string{"a.b.3: variant 3 without a variant 2"}},
		{"variant without a line", "[a]\n'b.2' = '{{.x}}'", says, []string{"a.b.2: variant 2 without a variant 1"}},
		{"variants that are not numbered from 2", good + "'b.1' = '{{.x}}'\n'b.02' = '{{.x}}'\n'b.0' = '{{.x}}'", says,
			[]string{"a.b.1: unknown", "a.b.02: unknown", "a.b.0: unknown"}},

		{"plural", "[a.b]\none = 'One {{.x}}'\nother = '{{.count}} {{.x}}'", count, nil},
		{"plural without argument", "[a.b]\none = 'One {{.x}}'\nother = '{{.x}}'", says, []string{"a.b: has plural forms, but the line has no argument count"}},
		{"plural without other", "[a.b]\none = 'One {{.x}}'", count, []string{"a.b: the form other is missing"}},
		{"plural that the language lacks", "[a.b]\none = '{{.x}}'\nfew = '{{.x}}'\nother = '{{.count}} {{.x}}'", count, []string{"a.b: the language has no plural form few"}},
		{"plural that the language needs", "[a.b]\nzero = 'No {{.x}}'\nother = '{{.count}} {{.x}}'", count,
			[]string{"a.b: the language has no plural form zero", "a.b: the plural form one is missing"}},
		{"plural with an empty form", "[a.b]\none = ''\nother = '{{.count}} {{.x}}'", count, []string{"a.b.one: says nothing"}},
		{"count missing in other", "[a.b]\none = 'One {{.x}}'\nother = 'Many {{.x}}'", count, []string{"a.b: {{.count}} is missing"}},
		{"placeholder missing in one", "[a.b]\none = 'One'\nother = '{{.count}} {{.x}}'", count, []string{"a.b: {{.x}} is missing"}},

		{"ampersand", "[a]\nb = 'A & B'", Table{"a.b": Says()}, []string{"a.b: malformed SSML"}},
		{"unclosed tag", "[a]\nb = 'A <emphasis>B'", Table{"a.b": Says()}, []string{"a.b: malformed SSML"}},
		{"crossed tags", "[a]\nb = '<p><s>x</p></s>'", Table{"a.b": Says()}, []string{"a.b: malformed SSML"}},
		{"leaving speak", "[a]\nb = 'x</speak><speak>y'", Table{"a.b": Says()}, []string{"a.b: malformed SSML"}},
		{"foreign tag", "[a]\nb = 'x <audio src=\"y\"/>'", Table{"a.b": Says()}, []string{"the element <audio> is not allowed"}},
		{"foreign namespace", "[a]\nb = '<amazon:effect name=\"whispered\">x</amazon:effect>'", Table{"a.b": Says()}, []string{"the element <amazon:effect> is not allowed"}},
		{"foreign attribute", "[a]\nb = '<break length=\"1s\"/> x'", Table{"a.b": Says()}, []string{"<break> may not have the attribute length"}},
		{"attribute twice", "[a]\nb = '<break time=\"1s\" time=\"2s\"/> x'", Table{"a.b": Says()}, []string{"<break> has the attribute time twice"}},
		{"placeholder in a tag", "[a]\nb = '<sub alias=\"{{.x}}\">y</sub>'", says, []string{"a placeholder stands inside the tag <sub>"}},
		{"comment in XML", "[a]\nb = '<!-- x --> y'", Table{"a.b": Says()}, []string{"a.b: comments"}},
		{"language inside", "[a]\nb = '<lang xml:lang=\"fr-CA\">Postes</lang> &amp; &#233;'", Table{"a.b": Says()}, nil},

		{"bad key", "", Table{"A.b": Says(), "a..b": Says(), "": Says()}, []string{
			"table: : no key", "table: A.b: no key", "table: a..b: no key", "A.b: missing", "a..b: missing", "en-US.toml: : missing"}},
		{"bad argument", "[a]\nb = '{{.x}}'", Table{"a.b": Says("x", "x")}, []string{"table: a.b: an argument is malformed or there twice"}},
		{"key that is a form", "[a]\nb = 'x'\n'b.car' = 'y'", Table{"a.b": Says(), "a.b.car": Says()}, []string{"table: a.b.car: is also a form of a.b"}},
		{"key that ends like a form", "[a]\ncar = 'x'\n'car.car' = 'y'", Table{"a.car": Says()}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			catalog, err := Load(fstest.MapFS{"en-US.toml": {Data: []byte(tt.lines)}}, tt.table)
			got := problemsOf(err)
			if len(got) != len(tt.want) || (err == nil) != (catalog != nil) {
				t.Fatalf("Load reports %d problems, want %d:\n%s", len(got), len(tt.want), strings.Join(got, "\n"))
			}
			for _, want := range tt.want {
				if !slices.ContainsFunc(got, func(problem string) bool { return strings.Contains(problem, want) }) {
					t.Errorf("no problem with %q among:\n%s", want, strings.Join(got, "\n"))
				}
			}
		})
	}
}

func TestLoadProblemsOfTheFolder(t *testing.T) {
	lines := []byte("[a]\nb = 'x'")
	table := Table{"a.b": Says()}
	tests := []struct {
		name   string
		files  fs.FS
		tables []Table
		want   []string
	}{
		{"no files", fstest.MapFS{"README.md": {}}, []Table{table}, []string{"no speech file"}},
		{"unknown locale", fstest.MapFS{"en-US.toml": {Data: lines}, "tlh.toml": {Data: lines}}, []Table{table}, []string{`tlh.toml: unknown locale "tlh"`}},
		{"locale in the wrong case", fstest.MapFS{"en-us.toml": {Data: lines}}, []Table{table}, []string{`en-us.toml: unknown locale`}},
		{"too large", fstest.MapFS{"en-US.toml": {Data: make([]byte, maxBytes+1)}}, []Table{table}, []string{"en-US.toml: 1048577 bytes"}},
		{"a folder", fstest.MapFS{"en-US.toml": {Mode: fs.ModeDir}}, []Table{table}, []string{"en-US.toml: "}},
		{"a broken link", brokenFS{fstest.MapFS{"en-US.toml": {Data: lines}}}, []Table{table}, []string{"en-US.toml: unreadable"}},
		{"declared twice", fstest.MapFS{"en-US.toml": {Data: lines}}, []Table{table, table}, []string{"table: a.b: declared twice"}},
		{"everything at once", fstest.MapFS{"de-DE.toml": {}, "en-US.toml": {Data: []byte("[a]\nc = '{{'")}}, []Table{table, {"x": Asks()}, {"x": Says()}},
			[]string{"table: x: declared twice", "de-DE.toml: unknown", "en-US.toml: a.c: unknown key", "en-US.toml: a.b: missing", "en-US.toml: x: missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.files, tt.tables...)
			got := problemsOf(err)
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("Load reports, in this order:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// brokenFS lists its files and cannot read them.
type brokenFS struct{ fstest.MapFS }

func (brokenFS) ReadFile(string) ([]byte, error) { return nil, errors.New("unreadable") }

// go-i18n's own tools must read our files as we do: the same names, the same texts.
func TestFilesAreInTheFormOfGoI18n(t *testing.T) {
	file, err := i18n.ParseMessageFileBytes([]byte(testLines), "en-US.toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]string{}
	for _, m := range file.Messages {
		theirs[m.ID] = m.Other
	}
	for key, e := range mustVoice(t).entries {
		for _, variants := range e.texts {
			for _, v := range variants {
				want := strings.Join(strings.Fields(theirs[v.id]), " ")
				var got strings.Builder
				for _, p := range v.other.parts {
					got.WriteString(p.text)
					if p.arg != "" {
						got.WriteString("{{." + p.arg + "}}")
					}
				}
				if got.String() != want {
					t.Errorf("%s: %s reads %q, go-i18n reads %q", key, v.id, got.String(), want)
				}
				delete(theirs, v.id)
			}
		}
	}
	if len(theirs) != 0 {
		t.Errorf("go-i18n reads more: %v", theirs)
	}
}

// Whatever a file holds, Load answers: with problems, or with a catalog whose every line can be said.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{testLines, "", "[a.b]\none = 'One {{.x}}'\nother = '{{.count}} {{.x}}'", "[a]\nb = '{{.x}}'\n'b.car' = 'A & B'",
		"[a]\nb = '<break time=\"1s\"/>{{.count}} {{.x}}'", "other = 'x'", "[[a]]\nb = 1", "\"\" = ''", "translation = {a = 'b'}", "[A]\nOTHER = ''"} {
		f.Add(seed)
	}
	table := Table{"a.b": Says("count", "x")}
	args := Args{"count": Count(2), "x": Name("<'&'>")}
	f.Fuzz(func(t *testing.T, lines string) {
		files := fstest.MapFS{"en-US.toml": {Data: []byte(lines)}}
		catalog, err := Load(files, table)
		if err != nil {
			if _, again := Load(files, table); again == nil || again.Error() != err.Error() {
				t.Errorf("two readings report differently:\n%v\n%v", err, again)
			}
			return
		}
		voice, _ := catalog.Voice("en-US")
		for _, car := range []bool{false, true} {
			line, err := voice.Line("a.b", args, Setting{Car: car})
			if err != nil {
				t.Fatalf("Load accepts %q, but Line fails: %v", lines, err)
			}
			if err := wellFormed(line); err != nil {
				t.Errorf("Load accepts %q, and Line gives %q: %v", lines, line, err)
			}
		}
		catalog.Lint()
	})
}
