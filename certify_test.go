package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/sampleskill"
)

const samplePackage = "skill/certify/testdata/sample/skill-package"

// certified runs the command against the sample skill with a defect, none if it is "".
func certified(t *testing.T, defect string, args ...string) (status int, printed string) {
	t.Helper()
	var chosen sampleskill.Defect
	for _, d := range sampleskill.Defects() {
		if d.Name == defect {
			chosen = d
		}
	}
	if chosen.Name != defect {
		t.Fatalf("the sample skill has no defect %q", defect)
	}
	sample := sampleskill.New(chosen, time.Now, func(time.Duration) {})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		answer, err := sample.Answer(r.Context(), body)
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	var out, errs bytes.Buffer
	status = run(t.Context(), append([]string{
		"certify", "--package", samplePackage, "--settings", "skill/certify/testdata/sample/certify.toml", "--endpoint", server.URL,
	}, args...), streams{Out: &out, Err: &errs})
	return status, out.String() + errs.String()
}

// The sample skill is served without a door: the probes fail, and all of them are required.
func TestCertifyAnEndpoint(t *testing.T) {
	folder := t.TempDir()
	page, junit, data := filepath.Join(folder, "r.html"), filepath.Join(folder, "r.xml"), filepath.Join(folder, "r.json")
	status, printed := certified(t, "", "--report", page, "--junit", junit, "--json", data)
	if status != exitFailed || !strings.Contains(printed, "FAILED  SEC-2a") || strings.Contains(printed, "FAILED  VUI") {
		t.Errorf("status %d, want %d for an endpoint that verifies nothing, and for nothing else:\n%.2000s", status, exitFailed, printed)
	}
	for path, want := range map[string]string{page: "<!doctype html>", junit: "<testsuite", data: `"verdict"`} {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(strings.ToLower(string(text)), want) {
			t.Errorf("%s: %v, want %q in it", path, err, want)
		}
		for _, secret := range []string{"2468", "1357", "reader-token"} {
			// Alone: digits also turn up inside of durations and ids.
			if regexp.MustCompile(`\b` + secret + `\b`).Match(text) {
				t.Errorf("%s shows %q", filepath.Base(path), secret)
			}
		}
	}
	if broken, said := certified(t, sampleskill.Defects()[0].Name); broken != exitFailed || said == printed {
		t.Errorf("with a defect: status %d, and the same was said: %t", broken, said == printed)
	}
}

func TestCertifyUsage(t *testing.T) {
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	empty := t.TempDir()
	for _, args := range [][]string{
		{"--package", empty}, {"--package", "/nowhere"}, {"--settings", "go.mod"}, {"--endpoint", "nowhere"},
		{"--endpoint", nobody.URL, "--lambda", "go.mod"}, {"--lambda", "go.mod"},
		{"--package", samplePackage, "--endpoint", nobody.URL},
	} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), append([]string{"certify"}, args...), streams{Out: &out, Err: &errs}); status != exitUsage {
			t.Errorf("certify %q: status %d, want %d\n%s%s", args, status, exitUsage, out.String(), errs.String())
		}
	}
}

func TestCertifyLists(t *testing.T) {
	var out bytes.Buffer
	if status := run(t.Context(), []string{"certify", "--list"}, streams{Out: &out, Err: io.Discard}); status != exitOK {
		t.Errorf("status %d", status)
	}
	for _, check := range certify.Checks() {
		if !strings.Contains(out.String(), "\n"+check.ID+" ") {
			t.Errorf("%s is not listed", check.ID)
		}
	}
}
