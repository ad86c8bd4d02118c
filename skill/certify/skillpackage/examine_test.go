package skillpackage_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

const sampleFolder = "../testdata/sample"

func mustSettings(t *testing.T) certify.Settings {
	t.Helper()
	data, err := os.ReadFile(sampleFolder + "/certify.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := certify.ReadSettings(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustFiles reads the sample into memory, where a variant may change it.
func mustFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS(sampleFolder + "/skill-package")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func examine(t *testing.T, files fs.FS, s certify.Settings) []certify.Result {
	t.Helper()
	p, err := skillpackage.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	v := certify.NewVerdicts(certify.OfKind(certify.Static))
	skillpackage.Examine(p, s, v)
	return v.Results()
}

func describe(r certify.Result) string {
	text := fmt.Sprintf("%s %s (%s)", r.Check.ID, r.Verdict, r.Why)
	for _, f := range r.Findings {
		text += fmt.Sprintf("\n  %s %s: %s", f.Locale, f.Where, f.Problem)
	}
	return text
}

func TestCleanSamplePassesEveryCheck(t *testing.T) {
	for _, r := range examine(t, mustFiles(t), mustSettings(t)) {
		if r.Verdict != certify.Passed && r.Check.ID != "FUN-10" { // FUN-10 leaves the machine
			t.Error(describe(r))
		}
		if r.Verdict == certify.Passed && r.Looked == 0 {
			t.Errorf("%s passed over nothing", r.Check.ID)
		}
	}
}
