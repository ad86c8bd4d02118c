package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// Our own skill passes everything that can be checked, recommendations included.
func TestWePassCertification(t *testing.T) {
	t.Parallel()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	command := exec.CommandContext(t.Context(), program, "certify", "--json", path)
	command.Env = append(os.Environ(), "TMPDIR="+quickDir(t))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.4000s", err, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var report certify.Report
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if report.Verdict != certify.Passed || report.Count(certify.Passed) < 130 {
		t.Errorf("%s with %d passed checks", report.Verdict, report.Count(certify.Passed))
	}
	for _, r := range report.Results {
		if r.Verdict == certify.Failed {
			t.Errorf("%s %s: %+v", r.Check.ID, r.Check.Asks, r.Findings)
		}
	}
	if c := report.Coverage; c.Intents.Reached < c.Intents.Known || c.Slots.Reached < c.Slots.Known || c.Dialogs.Reached < 80 {
		t.Errorf("covered %+v", c)
	}
}
