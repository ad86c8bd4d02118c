package models

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func mustModel(t *testing.T, locale string) *InteractionModel {
	t.Helper()
	model, err := Model(locale)
	if err != nil {
		t.Fatalf("Model(%q): %v", locale, err)
	}
	return model
}

func mustManifest(t *testing.T) *Manifest {
	t.Helper()
	manifest, err := ReadManifest()
	if err != nil {
		t.Fatalf("ReadManifest: %v", err)
	}
	return manifest
}

func TestLocales(t *testing.T) {
	got := Locales()
	if !slices.Contains(got, "en-US") || !slices.IsSorted(got) {
		t.Errorf("Locales() = %q, want sorted names with en-US among them", got)
	}
	for _, locale := range got {
		mustModel(t, locale)
	}
}

func TestUnknownLocale(t *testing.T) {
	for _, locale := range []string{"tlh-KL", "", "en-us", "../../skill", "en-US.json", "/en-US"} {
		if _, err := Model(locale); !errors.Is(err, ErrUnknownLocale) {
			t.Errorf("Model(%q): error %v, want ErrUnknownLocale", locale, err)
		}
	}
}

func TestEachCallReadsItsOwnModel(t *testing.T) {
	first := mustModel(t, "en-US")
	first.LanguageModel.Intents[0].Samples[0] = "changed"
	if mustModel(t, "en-US").LanguageModel.Intents[0].Samples[0] == "changed" {
		t.Error("a change to one model shows in the next")
	}
}

// Amazon's names are case-sensitive and Go's decoder is not, so a model that decodes may still be wrong:
// what we encode must be what was read.
func TestFilesSurviveTheRoundTrip(t *testing.T) {
	read := func(name string, member string, decoded any) {
		t.Helper()
		data, err := fs.ReadFile(SkillPackage, name)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		encoded, err := json.Marshal(decoded)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got any
		if err := json.Unmarshal(encoded, &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(want) != 1 || !reflect.DeepEqual(got, want[member]) {
			t.Errorf("%s: encoding what was read gives something else:\n%s", name, encoded)
		}
	}
	read(manifestFile, "manifest", mustManifest(t))
	for _, locale := range Locales() {
		read(modelFolder+"/"+locale+modelSuffix, "interactionModel", mustModel(t, locale))
	}
}

func TestMalformedModels(t *testing.T) {
	tests := []struct{ name, json, want string }{
		{"empty", ``, "EOF"},
		{"truncated", `{"interactionModel": {`, "unexpected EOF"},
		{"not an object", `[]`, "cannot unmarshal array"},
		{"null", `null`, "no interactionModel inside"},
		{"another root", `{"languageModel": {}}`, `unknown field "languageModel"`},
		{"no model", `{"description": "x"}`, "no interactionModel inside"},
		{"misspelled member", `{"interactionModel": {"languageModel": {"invokationName": "x"}}}`, `unknown field "invokationName"`},
		{"wrong type", `{"interactionModel": {"languageModel": {"intents": {}}}}`, "cannot unmarshal object"},
		{"two values", `{"interactionModel": {}} {}`, "something follows"},
		{"rubbish behind", `{"interactionModel": {}} x`, "something follows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const file = "interactionModels/custom/en-US.json"
			_, err := readModel(fstest.MapFS{file: {Data: []byte(tt.json)}}, "en-US")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), file+": ") {
				t.Errorf("got error %v, want one that names the file and says %q", err, tt.want)
			}
		})
	}
}

func TestFinders(t *testing.T) {
	model := mustModel(t, "en-US")
	intent, ok := model.LanguageModel.Intent("LetCourierIn")
	if !ok {
		t.Fatal("no LetCourierIn")
	}
	if slot, ok := intent.Slot("pin"); !ok || slot.Type != "AMAZON.FOUR_DIGIT_NUMBER" {
		t.Errorf("LetCourierIn's pin is %+v, %v, want an AMAZON.FOUR_DIGIT_NUMBER", slot, ok)
	}
	if dialog, ok := model.Dialog.Intent("LetCourierIn"); !ok || len(dialog.Slots) != len(intent.Slots) {
		t.Errorf("dialog of LetCourierIn is %+v, %v, want all %d slots", dialog, ok, len(intent.Slots))
	}
	if carrier, ok := model.LanguageModel.Type("Carrier"); !ok || carrier.Values[0].ID != "ups" {
		t.Errorf("Carrier is %+v, %v, want ups first", carrier, ok)
	}
	for what, found := range map[string]bool{
		"intent":           second(model.LanguageModel.Intent("letcourierin")),
		"slot":             second(intent.Slot("")),
		"type":             second(model.LanguageModel.Type("AMAZON.DATE")),
		"dialog intent":    second(model.Dialog.Intent("AMAZON.HelpIntent")),
		"intent of no one": second((*Dialog)(nil).Intent("LetCourierIn")),
	} {
		if found {
			t.Errorf("found a %s that is not there", what)
		}
	}
}

func second[T any](_ T, ok bool) bool { return ok }
