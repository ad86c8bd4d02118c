package speech

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// What was packed says what was read.
func TestPack(t *testing.T) {
	files := fstest.MapFS{"en-US.toml": {Data: []byte(`
[a]
b = """The <emphasis>{{.x}}</emphasis>
	is {{.x}}."""
'b.2' = 'A {{.x}}.'
'b.car' = '{{.x}}'
c = 'Which?'
'c.reprompt' = 'Say which.'
[a.d]
one = 'One.'
other = '{{.count}} of them.'
`)}}
	table := Table{"a.b": Says("x"), "a.c": Asks(), "a.d": Says("count")}
	packed, err := Pack(files, table)
	if err != nil {
		t.Fatal(err)
	}
	const want = "a.b\tother\tThe <emphasis>{{.x}}</emphasis> is {{.x}}.\na.b.2\tother\tA {{.x}}.\na.b.car\tother\t{{.x}}\n" +
		"a.c\tother\tWhich?\na.c.reprompt\tother\tSay which.\na.d\tother\t{{.count}} of them.\na.d\tone\tOne.\n"
	if got := string(packed["en-US.packed"]); got != want || len(packed) != 1 {
		t.Errorf("packed:\n%s\nwant:\n%s", got, want)
	}
	loaded, err := Load(files, table)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := Unpack(fstest.MapFS{"en-US.packed": {Data: packed["en-US.packed"]}}, table)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := unpacked.voices["en-US"].entries, loaded.voices["en-US"].entries; !reflect.DeepEqual(got, want) {
		t.Errorf("unpacked is %v, want %v", got, want)
	}
	if _, err := Pack(files, Table{}); err == nil {
		t.Error("lines that nobody declares were packed")
	}
}

func TestUnpackProblems(t *testing.T) {
	table := Table{"a.b": Says(), "a.c": Asks()}
	const good = "a.b\tother\tX.\na.c\tother\tY?\na.c.reprompt\tother\tZ?\n"
	for _, tt := range []struct{ name, file, lines, want string }{
		{"nothing wrong", "en-US.packed", good, ""},
		{"no file", "en-US.toml", good, "no speech file"},
		{"unknown locale", "xx-XX.packed", good, "unknown locale"},
		{"missing", "en-US.packed", strings.Replace(good, "a.b\tother\tX.\n", "", 1), "a.b: missing"},
		{"without a reprompt", "en-US.packed", strings.Replace(good, "a.c.reprompt\tother\tZ?\n", "", 1), "a.c: missing"},
		{"unknown", "en-US.packed", good + "a.d\tother\tX.\n", "a.d: unknown key"},
		{"one form twice", "en-US.packed", good + "a.c.reprompt\tother\tZ?\n", "a.c.reprompt: not as Pack writes it"},
		{"another form first", "en-US.packed", "a.b\tone\tX.\n" + good, "a.b: not as"},
		{"an unknown form", "en-US.packed", good + "a.c.reprompt\tboth\tZ?\n", "a.c.reprompt: not as"},
		{"a broken placeholder", "en-US.packed", "a.b\tother\t{{x\n", "a.b: not as"},
		{"half a line", "en-US.packed", good + "a.b", "a.b: not as"},
	} {
		catalog, err := Unpack(fstest.MapFS{tt.file: {Data: []byte(tt.lines)}}, table)
		if said := strings.Join(problemsOf(err), ""); (err == nil) != (catalog != nil) || (tt.want == "") != (err == nil) || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
