package screen

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// full is a page with everything on it.
func full() Page {
	p := Page{Title: "Golf tires", Note: "That was yesterday.", Begins: "now", Ends: "6 PM tomorrow"}
	for i, m := range Marks() {
		p.Rows = append(p.Rows, Row{
			Label: "front left", Value: "28 PSI", Word: "Low", Mark: m, From: float64(i * 10), To: float64(i*10 + 20),
			Intent: "CheckTires", Slots: []Slot{{Name: "car", ID: "veh_golf", Value: "Golf"}},
		})
	}
	return p
}

type object = map[string]any

func drawn(t *testing.T, d Document) (document, data object) {
	t.Helper()
	source, sources, err := Draw(d, full())
	if err != nil {
		t.Fatal(err)
	}
	for raw, into := range map[string]*object{string(source): &document, string(sources): &data} {
		if err := json.Unmarshal([]byte(raw), into); err != nil {
			t.Fatal(err)
		}
	}
	return document, data
}

// walk visits every object of a JSON value, and every string with the name of its member.
func walk(value any, member string, object func(object), text func(member, text string)) {
	switch v := value.(type) {
	case map[string]any:
		object(v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			walk(v[name], name, object, text)
		}
	case []any:
		for _, item := range v {
			walk(item, member, object, text)
		}
	case string:
		text(member, v)
	}
}

func TestDocumentsAreComplete(t *testing.T) {
	for _, d := range Documents() {
		t.Run(string(d), func(t *testing.T) {
			document, _ := drawn(t, d)
			if document["type"] != "APL" || document["version"] != Version || document["mainTemplate"] == nil {
				t.Errorf("type %v, version %v", document["type"], document["version"])
			}
			layouts, graphics := document["layouts"].(object), document["graphics"].(object)
			colors := document["resources"].([]any)[0].(object)["colors"].(object)
			for _, m := range Marks() {
				if graphics["mark_"+string(m)] == nil {
					t.Errorf("the mark %s has no shape", m)
				}
			}
			known := []string{"APL", "Container", "Frame", "Text", "TouchWrapper", "VectorGraphic", "Sequence", "SendEvent", "AVG", "path"}
			walk(document, "", func(o object) {
				if name, ok := o["type"].(string); ok && !slices.Contains(known, name) && layouts[name] == nil {
					t.Errorf("%s is neither a component nor a layout", name)
				}
				if name, ok := o["source"].(string); ok && !strings.Contains(name, "${") && graphics[name] == nil {
					t.Errorf("no graphic %s", name)
				}
				if layout, ok := layouts[fmt.Sprint(o["type"])].(object); ok {
					proveCall(t, layout, o)
				}
			}, func(_, text string) {
				if name, ok := strings.CutPrefix(text, "@"); ok && colors[name] == nil {
					t.Errorf("no color %s", name)
				}
			})
		})
	}
}

// proveCall compares what a layout takes with what it is given.
func proveCall(t *testing.T, layout, call object) {
	t.Helper()
	given := slices.DeleteFunc(slices.Sorted(maps.Keys(call)), func(name string) bool {
		return slices.Contains([]string{"type", "id", "when"}, name)
	})
	var takes []string
	for _, p := range layout["parameters"].([]any) {
		takes = append(takes, p.(string))
	}
	slices.Sort(takes)
	if !slices.Equal(given, takes) {
		t.Errorf("layout %v takes %q and is given %q", call["type"], takes, given)
	}
}

var (
	expression = regexp.MustCompile(`\$\{([^}]*)\}`)
	literal    = regexp.MustCompile(`'[^']*'`)
	reference  = regexp.MustCompile(`[a-z][A-Za-z]*(?:\.[A-Za-z]+|\[\d+\])*`)
)

// Every word that a document binds is on the page: a name that nobody fills would show as nothing.
func TestDocumentsBindOnlyWhatTheyAreGiven(t *testing.T) {
	for _, d := range Documents() {
		document, data := drawn(t, d)
		page := data["page"].(object)
		scope := object{
			"payload": data, "page": page, "row": page["rows"].([]any)[0], "data": page["rows"].([]any)[0], "index": 0,
			"viewport": object{"shape": "", "mode": ""},
		}
		for _, layout := range document["layouts"].(object) {
			for _, p := range layout.(object)["parameters"].([]any) {
				if scope[p.(string)] == nil {
					scope[p.(string)] = "" // a size, a text: without members
				}
			}
		}
		walk(document, "", func(object) {}, func(_, text string) {
			for _, e := range expression.FindAllStringSubmatch(text, -1) {
				for _, path := range reference.FindAllString(literal.ReplaceAllString(e[1], ""), -1) {
					if !reaches(scope, path) {
						t.Errorf("%s binds %s, which nobody fills", d, path)
					}
				}
			}
		})
	}
}

func reaches(scope any, path string) bool {
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch here := scope.(type) {
		case map[string]any:
			next, ok := here[step]
			if !ok {
				return false
			}
			scope = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(here) {
				return false
			}
			scope = here[i]
		default:
			return false
		}
	}
	return true
}

var condition = regexp.MustCompile(`^\$\{viewport\.(shape|mode) == '([a-z]+)'\}$`)

// Each kind of screen gets a layout of its own: the first whose condition holds.
func TestDocumentsFitEveryViewport(t *testing.T) {
	for _, v := range []struct{ shape, mode, want string }{
		{"round", "hub", "round"}, {"rectangle", "hub", "hub"}, {"rectangle", "tv", "tv"}, {"rectangle", "auto", "auto"},
		{"rectangle", "mobile", "hub"}, {"rectangle", "pc", "hub"}, {"", "", "hub"},
	} {
		for _, d := range Documents() {
			document, _ := drawn(t, d)
			got := ""
			for _, item := range document["mainTemplate"].(object)["items"].([]any) {
				layout := item.(object)
				when, conditional := layout["when"].(string)
				c := condition.FindStringSubmatch(when)
				if conditional && c == nil {
					t.Fatalf("%s: a condition this test cannot read: %s", d, when)
				}
				if !conditional || c[2] == map[string]string{"shape": v.shape, "mode": v.mode}[c[1]] {
					got = layout["id"].(string)
					break
				}
			}
			if got != v.want {
				t.Errorf("%s on %s %s: %q, want %q", d, v.shape, v.mode, got, v.want)
			}
		}
	}
}

// Red is for alarms in a car, and what is read at a glance needs contrast: 4.5 to 1 (WCAG 2.1, 1.4.3) for all that
// carries meaning.
func TestColors(t *testing.T) {
	document, _ := drawn(t, Tires)
	colors := document["resources"].([]any)[0].(object)["colors"].(object)
	ground := rgb(t, colors["background"].(string))
	meaning := slices.DeleteFunc(slices.Sorted(maps.Keys(colors)), func(name string) bool { return name == "background" || name == "line" })
	for _, name := range meaning {
		if ratio := contrast(rgb(t, colors[name].(string)), ground); ratio < 4.5 {
			t.Errorf("%s: contrast %.1f to 1", name, ratio)
		}
	}
	hex := regexp.MustCompile(`^#[0-9A-F]{6}$`)
	for _, d := range Documents() {
		document, _ := drawn(t, d)
		walk(document, "", func(object) {}, func(member, text string) {
			if !hex.MatchString(text) {
				return
			}
			if c := rgb(t, text); c[0] > 2*c[1] && c[0] > 2*c[2] {
				t.Errorf("%s: %s %s is red", d, member, text)
			}
		})
	}
}

type rgbOf [3]float64

func rgb(t *testing.T, hex string) (c rgbOf) {
	t.Helper()
	for i := range c {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c[i] = float64(n) / 255
	}
	return c
}

func contrast(a, b rgbOf) float64 {
	light := func(c rgbOf) float64 {
		for i, v := range c {
			if v <= 0.04045 {
				c[i] = v / 12.92
			} else {
				c[i] = math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
	}
	return (max(light(a), light(b)) + 0.05) / (min(light(a), light(b)) + 0.05)
}

func TestSpeaks(t *testing.T) {
	for apl, want := range map[string]bool{
		`{"runtime":{"maxVersion":"1.6"}}`: true, `{"runtime":{"maxVersion":"1.9"}}`: true, `{"runtime":{"maxVersion":"2024.1"}}`: true,
		`{"runtime":{"maxVersion":"1.5"}}`: false, `{"runtime":{"maxVersion":""}}`: false, `{"runtime":{"maxVersion":"new"}}`: false,
		`{}`: false, ``: false, `[]`: false, `{"runtime":7}`: false,
	} {
		if got := Speaks(json.RawMessage(apl)); got != want {
			t.Errorf("%s: %t", apl, got)
		}
	}
}

func TestUnknownDocument(t *testing.T) {
	if _, _, err := Draw("common", full()); err == nil {
		t.Error("what the documents share was drawn by itself")
	}
}

func TestForCar(t *testing.T) {
	p := full()
	touchable := func(r Row) bool { return r.Intent != "" || len(r.Slots) > 0 }
	if reduced := p.ForCar().Rows; len(reduced) != mostAtAGlance || slices.ContainsFunc(reduced, touchable) {
		t.Errorf("a driver is shown %+v", reduced)
	}
	if len(p.Rows) != len(Marks()) || !slices.ContainsFunc(p.Rows, touchable) {
		t.Error("the page itself was changed")
	}
}
