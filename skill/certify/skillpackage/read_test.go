package skillpackage_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

func TestRead(t *testing.T) {
	p, err := skillpackage.Read(mustFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Locales(), []string{"en-GB", "en-US"}) || p.Linking == nil || p.Manifest == nil || len(p.Hash) != 64 {
		t.Errorf("read locales %q, linking %v, manifest %v, hash %q", p.Locales(), p.Linking, p.Manifest, p.Hash)
	}
	if m := p.Model("en-GB"); m == nil || m.LanguageModel.InvocationName != "reading nook" {
		t.Errorf("model of en-GB: %+v", m)
	}
	if p.Model("tlh-KL") != nil {
		t.Error("a model for a locale that has none")
	}
}

func TestLinkingBesideThePackage(t *testing.T) {
	files := mustFiles(t)
	beside := files[link].Data
	delete(files, link)
	p, err := skillpackage.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	p.AddLinking(beside)
	if p.Linking == nil || p.Linking.Type != "AUTH_CODE" {
		t.Fatalf("linking is %+v", p.Linking)
	}
	p.AddLinking([]byte(`{"type": "IMPLICIT"}`))
	if p.Linking.Type != "AUTH_CODE" {
		t.Error("a second file replaced the first")
	}
}

func TestHashTellsPackagesApart(t *testing.T) {
	hash := func(change func(fstest.MapFS)) string {
		files := mustFiles(t)
		change(files)
		p, err := skillpackage.Read(files)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash
	}
	same := hash(func(fstest.MapFS) {})
	if again := hash(func(fstest.MapFS) {}); again != same {
		t.Errorf("one package, two hashes: %s and %s", same, again)
	}
	for how, change := range map[string]func(fstest.MapFS){
		"a space more": func(f fstest.MapFS) { f[skill] = &fstest.MapFile{Data: append(f[skill].Data, ' ')} },
		"a file more":  func(f fstest.MapFS) { f["assets/x"] = &fstest.MapFile{} },
		"a file elsewhere": func(f fstest.MapFS) {
			f["assets/icon.png"] = f["assets/images/small.png"]
			delete(f, "assets/images/small.png")
		},
	} {
		if hash(change) == same {
			t.Errorf("%s: the same hash", how)
		}
	}
}

func TestWhatIsNoPackage(t *testing.T) {
	many := fstest.MapFS{}
	for i := range 2001 {
		many[fmt.Sprintf("%d.json", i)] = &fstest.MapFile{}
	}
	for name, tt := range map[string]struct {
		files fs.FS
		want  string
	}{
		"empty":      {fstest.MapFS{}, "neither skill.json nor"},
		"other":      {fstest.MapFS{"README.md": {Data: []byte("hello")}}, "neither skill.json nor"},
		"many files": {many, "more than 2000 files"},
		"large file": {fstest.MapFS{skill: {Data: make([]byte, 17<<20)}}, "more than"},
	} {
		if _, err := skillpackage.Read(tt.files); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// What is malformed is found and stops nothing else.
func TestMalformedFilesAreFindings(t *testing.T) {
	for how, content := range map[string]string{
		"empty": "", "no JSON": "{", "null": "null", "a list": "[]", "another root": `{"x": 1}`, "deep": strings.Repeat("[", 20_000),
		"wrong types": `{"manifest": {"publishingInformation": 7, "permissions": {"a": 1}, "apis": []},
			"interactionModel": {"languageModel": {"intents": "many", "types": 3}, "dialog": [], "prompts": {}}}`,
		"odd values": `{"manifest": {"publishingInformation": {"locales": {"": {}, "xx": {"examplePhrases": ["", "Alexa,", "alexa alexa"]}}}},
			"interactionModel": {"languageModel": {"intents": [{}, {"name": "A", "samples": ["", "{", "}", "{}", "{a}{a}", "\u0000"],
				"slots": [{}, {"name": "a"}]}], "types": [{}, {"name": "T", "values": [{}]}]},
				"dialog": {"intents": [{}, {"name": "A", "slots": [{"name": "zz"}]}]}, "prompts": [{}, {"id": "p"}]}}`,
	} {
		for _, name := range []string{skill, enUS, link} {
			files := mustFiles(t)
			files[name] = &fstest.MapFile{Data: []byte(content)}
			failed := map[string]bool{}
			for _, r := range examine(t, files, mustSettings(t)) {
				failed[r.Check.ID] = r.Verdict == certify.Failed
			}
			if how != "odd values" && name != link && !failed["META-1a"] {
				t.Errorf("%s as %s: META-1a has nothing to say", how, name)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	for path, want := range map[string]certify.Verdict{"/policy": certify.Passed, "/gone": certify.Failed} {
		e := &edition{t: t, files: mustFiles(t)}
		for _, locale := range []string{"en-US", "en-GB"} {
			e.set(skill, privacy+"locales/"+locale+"/privacyPolicyUrl", server.URL+path)
			e.set(skill, privacy+"locales/"+locale+"/termsOfUseUrl", server.URL+"/terms")
		}
		delete(e.files, link)
		p, err := skillpackage.Read(e.files)
		if err != nil {
			t.Fatal(err)
		}
		v := certify.NewVerdicts(certify.OfKind(certify.Static))
		skillpackage.Open(t.Context(), server.Client(), p, v)
		for _, r := range v.Results() {
			if r.Check.ID == "FUN-10" && r.Verdict != want {
				t.Error(describe(r))
			}
		}
	}
}

// Without a word from certify.toml, what depends on it is not applicable or not run; it is never passed.
func TestWithoutSettings(t *testing.T) {
	files := mustFiles(t)
	delete(files, link)
	want := map[string]certify.Verdict{"POL-5": certify.Failed, "LINK-1a": certify.NotApplicable, "LINK-6": certify.NotApplicable,
		"PIN-10": certify.NotApplicable, "PIN-11b": certify.NotApplicable, "PIN-11c": certify.NotApplicable, "FUN-10": certify.NotRun}
	for _, r := range examine(t, files, certify.Settings{}) {
		if w, ok := want[r.Check.ID]; ok && r.Verdict != w {
			t.Errorf("want %q: %s", w, describe(r))
		}
	}
	s := mustSettings(t)
	for _, r := range examine(t, files, s) {
		if r.Check.ID == "LINK-1a" && r.Verdict != certify.NotRun {
			t.Errorf("a linked account and no accountLinking.json: %s", describe(r))
		}
	}
}

func TestProactiveEventsNeedTheirPermission(t *testing.T) {
	e := &edition{t: t, files: mustFiles(t)}
	e.add(skill, "manifest/permissions", object{"name": "alexa::devices:all:notifications:write"})
	e.set(skill, "manifest/events/publications", []any{object{"eventName": "AMAZON.MessageAlert.Activated"}})
	for _, r := range examine(t, e.files, mustSettings(t)) {
		if r.Verdict == certify.Failed {
			t.Error(describe(r))
		}
	}
}

// In a language whose words are not known here, what needs them is not run.
func TestUnknownLanguage(t *testing.T) {
	files := mustFiles(t)
	only := fstest.MapFS{"interactionModels/custom/ja-JP.json": files[enUS], skill: files[skill]}
	for _, r := range examine(t, only, mustSettings(t)) {
		if slices.Contains([]string{"VUI-10a", "VUI-12c", "VUI-12d"}, r.Check.ID) && r.Verdict != certify.NotRun {
			t.Error(describe(r))
		}
	}
}

func FuzzExamine(f *testing.F) {
	f.Add([]byte(`{"manifest": {}}`), []byte(`{"interactionModel": {"languageModel": {"intents": [{"name": "A", "samples": ["{a} b"]}]}}}`), []byte("\x89PNG"))
	f.Add([]byte(`{}`), []byte(`{"interactionModel": {"languageModel": {"types": [{"name": "T", "values": [{"name": {"value": "a b"}}]}],
		"intents": [{"name": "A", "slots": [{"name": "t", "type": "T"}], "samples": ["{t} {t}", "a {t}"]}, {"name": "B", "samples": ["a b a b"]}]}}}`), []byte{})
	f.Fuzz(func(_ *testing.T, manifest, model, icon []byte) {
		p, err := skillpackage.Read(fstest.MapFS{skill: {Data: manifest}, enUS: {Data: model}, "assets/images/small.png": {Data: icon}})
		if err != nil {
			return
		}
		v := certify.NewVerdicts(certify.OfKind(certify.Static))
		skillpackage.Examine(p, certify.Settings{}, v)
		v.Results()
	})
}
