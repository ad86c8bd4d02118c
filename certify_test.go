package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
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

// asked runs the command with these arguments.
func asked(ctx context.Context, args ...string) (status int, printed string) {
	var out, errs bytes.Buffer
	status = run(ctx, append([]string{"certify"}, args...), streams{Out: &out, Err: &errs})
	return status, out.String() + errs.String()
}

// copied is the sample with its settings beside the package, and the account linking where ask-cli users keep it.
func copied(t *testing.T, more string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	settings, err := os.ReadFile("skill/certify/testdata/sample/certify.toml")
	err = errors.Join(err,
		os.CopyFS(filepath.Join(folder, "skill-package"), os.DirFS(samplePackage)),
		os.WriteFile(filepath.Join(folder, "certify.toml"), append(settings, more...), 0o600),
		os.Rename(filepath.Join(folder, "skill-package", "accountLinking.json"), filepath.Join(folder, "account-linking.json")))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// Without an endpoint the package alone is judged, with the files that lie beside it, and the verdict says so.
func TestCertifyAPackageAlone(t *testing.T) {
	folder := copied(t, "")
	page := filepath.Join(folder, "r.xml")
	status, printed := asked(t.Context(), "--package", filepath.Join(folder, "skill-package"), "--junit", page)
	if status != exitOK || !strings.Contains(printed, "verdict: passed (package only)") {
		t.Errorf("status %d:\n%.2000s", status, printed)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name="LINK-1a">`, `not run: no endpoint given`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the results do not say %q", want)
		}
	}
	if regexp.MustCompile(`name="LINK-1a">\s*<skipped`).Match(text) {
		t.Error("account-linking.json beside the package was not read")
	}
}

// door is the sample skill behind HTTPS, as Amazon wants it; the key of the tester is in the settings that are returned.
func door(t *testing.T) (address, signature string) {
	t.Helper()
	amazon, err := newStandIn(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(&sampleskill.Endpoint{
		Skill: sampleskill.New(sampleskill.Defect{}, time.Now, func(time.Duration) {}), Roots: amazon.roots, Now: time.Now,
		Fetch: func(url string) ([]*x509.Certificate, error) {
			block, _ := pem.Decode(amazon.chains[url])
			if block == nil {
				return nil, errors.New("there is no such certificate")
			}
			return x509.ParseCertificates(block.Bytes)
		},
	})
	t.Cleanup(server.Close)
	believed := http.DefaultTransport
	http.DefaultTransport = server.Client().Transport
	t.Cleanup(func() { http.DefaultTransport = believed })
	key := filepath.Join(t.TempDir(), "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(amazon.alexa.Key)})
	if err := os.WriteFile(key, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL + "/voice", fmt.Sprintf("\n[signature]\nkey = %q\nchain_url = %q\n", key, alexaChain)
}

// A correct endpoint passes over HTTPS; without a key for the test it lets nobody in, and that is said once.
func TestCertifyOverTLS(t *testing.T) {
	address, signature := door(t)
	for settings, want := range map[string]string{
		signature: "\nverdict: passed\n", "": "verdict: passed (package and probes only)",
	} {
		status, printed := asked(t.Context(), "--package", filepath.Join(copied(t, settings), "skill-package"), "--endpoint", address)
		if status != exitOK || !strings.Contains(printed, want) || strings.Contains(printed, "FAILED") {
			t.Errorf("status %d, want %q:\n%.3000s", status, want, printed)
		}
		if settings == "" && strings.Count(printed, "give [signature]") != 1 {
			t.Errorf("what is needed is not said once:\n%.2000s", printed)
		}
	}
}

// A run that is broken off writes what it has found, and has not passed.
func TestCertifyBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sample, sent := sampleskill.New(sampleskill.Defect{}, time.Now, func(time.Duration) {}), 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent++; sent == 30 {
			cancel()
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			body, err = sample.Answer(context.WithoutCancel(r.Context()), body)
		}
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	}))
	defer server.Close()
	page := filepath.Join(t.TempDir(), "r.html")
	status, printed := asked(ctx, "--package", filepath.Join(copied(t, ""), "skill-package"), "--endpoint", server.URL, "--report", page)
	text, err := os.ReadFile(page)
	if status != exitFailed || !strings.Contains(printed, "broken off: ") || err != nil || !strings.Contains(string(text), "Broken off:") {
		t.Errorf("status %d, report %v:\n%.2000s", status, err, printed)
	}
}

// asFunction makes the program of these tests a Lambda function: the sample skill, as AWS would run it.
const asFunction = "CERTIFY_TEST_FUNCTION"

// The function runs this instead of tests; TestMain is taken by the peers.
func init() {
	if os.Getenv(asFunction) == "" {
		return
	}
	sample := sampleskill.New(sampleskill.Defect{}, time.Now, func(time.Duration) {})
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		response, err := http.Get(api + "next") //nolint:noctx // it waits as long as there are requests
		if err != nil {
			os.Exit(0) // whoever asked has gone
		}
		event, err := io.ReadAll(response.Body)
		answer, refused := sample.Answer(context.Background(), event)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			os.Exit(1)
		}
		path := "/response"
		if refused != nil {
			path, answer = "/error", []byte(`{"errorType":"Refused","errorMessage":"refused"}`)
		}
		//nolint:noctx // see above
		if response, err = http.Post(api+response.Header.Get("Lambda-Runtime-Aws-Request-Id")+path, "application/json", bytes.NewReader(answer)); err == nil {
			_ = response.Body.Close()
		}
	}
}

// A Lambda function is certified through the Runtime API; signatures are none of its business.
func TestCertifyAFunction(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := copied(t, "")
	results := filepath.Join(folder, "r.xml")
	status, printed := asked(t.Context(), "--package", filepath.Join(folder, "skill-package"), "--lambda", program, "--env", asFunction+"=yes", "--junit", results)
	if status != exitOK || !strings.Contains(printed, "\nverdict: passed\n") || strings.Contains(printed, "FAILED") {
		t.Errorf("status %d:\n%.3000s", status, printed)
	}
	text, err := os.ReadFile(results)
	if err != nil || !strings.Contains(string(text), "not applicable: not reached over HTTP") {
		t.Errorf("%v; the probes do not say why they do not apply", err)
	}
}
