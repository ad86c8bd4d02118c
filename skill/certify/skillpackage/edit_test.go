package skillpackage_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trunkpass/trunkpass/skill/certify"
)

const (
	enUS  = "interactionModels/custom/en-US.json"
	enGB  = "interactionModels/custom/en-GB.json"
	skill = "skill.json"
	link  = "accountLinking.json"

	language = "interactionModel/languageModel/"
	store    = "manifest/publishingInformation/locales/en-US/"
	privacy  = "manifest/privacyAndCompliance/"
)

// edition is the sample while a variant changes it.
type edition struct {
	t        *testing.T
	files    fstest.MapFS
	settings certify.Settings
}

type object = map[string]any

// both are the models of both locales, so that they stay in step; those that the edition has.
func (e *edition) both() []string {
	return slices.DeleteFunc([]string{enUS, enGB}, func(file string) bool { return e.files[file] == nil })
}

// speakOne leaves one locale, which is half the work. Only what is about locales needs two.
func (e *edition) speakOne() {
	e.t.Helper()
	delete(e.files, enGB)
	e.remove(skill, "manifest/publishingInformation/locales/en-GB")
	e.remove(skill, privacy+"locales/en-GB")
}

// change replaces the value at a path: members by their name, elements of a list by their number, name or id.
func (e *edition) change(file, path string, with func(old any) any) {
	e.t.Helper()
	var root any
	if err := json.Unmarshal(e.files[file].Data, &root); err != nil {
		e.t.Fatalf("%s: %v", file, err)
	}
	root = changeAt(e.t, root, strings.Split(path, "/"), with)
	data, err := json.Marshal(root)
	if err != nil {
		e.t.Fatal(err)
	}
	e.files[file] = &fstest.MapFile{Data: data}
}

// gone removes what with would have replaced.
var gone = &struct{}{}

func changeAt(t *testing.T, value any, path []string, with func(any) any) any {
	t.Helper()
	if len(path) == 0 {
		return with(value)
	}
	switch value := value.(type) {
	case object:
		if made := changeAt(t, value[path[0]], path[1:], with); made == gone {
			delete(value, path[0])
		} else {
			value[path[0]] = made
		}
		return value
	case []any:
		i := indexOf(value, path[0])
		if i < 0 {
			t.Fatalf("no element %s", path[0])
		}
		if made := changeAt(t, value[i], path[1:], with); made == gone {
			return append(value[:i], value[i+1:]...)
		} else {
			value[i] = made
		}
		return value
	default:
		t.Fatalf("nothing at %s", strings.Join(path, "/"))
		return nil
	}
}

func indexOf(list []any, key string) int {
	if i, err := strconv.Atoi(key); err == nil && i < len(list) {
		return i
	}
	for i, element := range list {
		if o, ok := element.(object); ok && (o["name"] == key || o["id"] == key || o["eventName"] == key) {
			return i
		}
	}
	return -1
}

func (e *edition) set(file, path string, value any) {
	e.t.Helper()
	e.change(file, path, func(any) any { return value })
}

func (e *edition) remove(file, path string) {
	e.t.Helper()
	e.change(file, path, func(any) any { return gone })
}

func (e *edition) add(file, path string, values ...any) {
	e.t.Helper()
	e.change(file, path, func(old any) any {
		list, _ := old.([]any)
		return append(list, values...)
	})
}

// text changes a text at a path.
func (e *edition) text(file, path string, with func(string) string) {
	e.t.Helper()
	e.change(file, path, func(old any) any { return with(old.(string)) })
}

func (e *edition) inBoth(path string, value any) {
	e.t.Helper()
	for _, file := range e.both() {
		e.set(file, path, value)
	}
}

func (e *edition) addToBoth(path string, values ...any) {
	e.t.Helper()
	for _, file := range e.both() {
		e.add(file, path, values...)
	}
}

func (e *edition) removeFromBoth(path string) {
	e.t.Helper()
	for _, file := range e.both() {
		e.remove(file, path)
	}
}

// rename calls the skill by another name, in its texts as well.
func (e *edition) rename(name string) {
	e.t.Helper()
	e.inBoth(language+"invocationName", name)
	e.files[skill] = &fstest.MapFile{Data: bytes.ReplaceAll(e.files[skill].Data, []byte("reading nook"), []byte(name))}
}

func slot(name, slotType string) any { return object{"name": name, "type": slotType} }

func value(id, text string) any { return object{"id": id, "name": object{"value": text}} }

func prompt(id, text string) any {
	return object{"id": id, "variations": []any{object{"type": "PlainText", "value": text}}}
}

// list makes a JSON list of texts.
func list(texts ...string) []any {
	all := make([]any, len(texts))
	for i := range texts {
		all[i] = texts[i]
	}
	return all
}

// withShelf gives an intent a slot of a type of one's own.
func (e *edition) withShelf(slotType string, values ...any) {
	e.t.Helper()
	e.addToBoth(language+"intents/NearestBranch/slots", slot("shelf", slotType))
	e.addToBoth(language+"intents/NearestBranch/samples", "where is the shelf with {shelf}")
	if !strings.HasPrefix(slotType, "AMAZON.") {
		e.addToBoth(language+"types", object{"name": slotType, "values": append([]any{}, values...)})
	}
}

func picture(t *testing.T, side int, at func(x, y int) color.Color) *fstest.MapFile {
	t.Helper()
	drawn := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			drawn.Set(x, y, at(x, y))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: out.Bytes()}
}
