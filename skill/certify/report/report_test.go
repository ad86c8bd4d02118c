package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/report"
)

// secrets must be in no report, in whatever form.
var secrets = []string{"secret-token", "api-token", "2468", "1357", "two four six eight", "2, 4, 6, 8"}

func sample() *certify.Report {
	request := `{"context":{"System":{"apiAccessToken":"api-token","user":{"accessToken":"secret-token"}}},
		"request":{"type":"IntentRequest","intent":{"name":"OpenLocker","slots":{"pin":{"name":"pin","value":"1357"}}}}}`
	response := `{"response":{"outputSpeech":{"type":"PlainText","text":"You said 1357, not 2, 4, 6, 8 <b>&"}},"headers":"Bearer secret-token"}`
	exchange := certify.Exchange{Said: "my code is two four six eight", Intent: "OpenLocker", Request: json.RawMessage(request),
		Response: json.RawMessage(response), Took: 120 * time.Millisecond, Note: "code 2468"}
	v := certify.NewVerdicts(certify.Checks())
	v.Look("PIN-1")
	v.Look("META-4")
	v.Fail("PIN-11a", certify.Finding{Locale: "en-US", Where: "OpenLocker", Problem: "the answer has 1357 <script>alert(1)</script>",
		Evidence: []certify.Exchange{exchange}})
	v.Fail("VUI-3b", certify.Finding{Locale: "en-GB", Where: "HoldBook", Problem: "the reprompt is the prompt", Change: "Say how to answer."})
	v.NotApplicable("FUN-17b", "there is one locale")
	v.NotRun("SEC-1b", "the endpoint is on loopback")
	r := &certify.Report{
		Subject: certify.Subject{Package: "testdata/sample", PackageHash: strings.Repeat("ab", 32), Endpoint: "https://library.example/voice",
			Locales: []string{"en-GB", "en-US"}, Versions: map[string]string{"Go": "go1.26"}, Seed: 7,
			Started: time.Date(2031, 5, 6, 14, 0, 0, 0, time.UTC), Took: 3 * time.Second},
		Results:   v.Results(),
		Coverage:  certify.Coverage{Intents: certify.Share{Reached: 9, Known: 10, Missed: []string{"en-GB RenewLoan"}}},
		Exchanges: []certify.Exchange{exchange},
		Latency: certify.NewLatency([]certify.Sample{{What: "OpenLocker", Took: 120 * time.Millisecond},
			{What: "LaunchRequest", Took: 7 * time.Second}}, certify.DefaultLatency),
		Mask: certify.Settings{Account: certify.Account{Token: "secret-token"},
			Codes: []certify.VoiceCode{{Intent: "OpenLocker", PINSlot: "pin", RightPIN: "2468", WrongPIN: "1357"}}}.Mask(),
	}
	r.Verdict = certify.Judged(r.Results)
	return r
}

var forms = map[string]func(io.Writer, *certify.Report) error{
	"HTML": report.HTML, "JUnit": report.JUnit, "JSON": report.JSON, "Summary": report.Summary,
}

func mustRender(t *testing.T, name string, r *certify.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := forms[name](&out, r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out.String()
}

func TestNoFormShowsASecret(t *testing.T) {
	for name := range forms {
		got := mustRender(t, name, sample())
		for _, secret := range secrets {
			if strings.Contains(got, secret) {
				t.Errorf("%s shows %q", name, secret)
			}
		}
		if !strings.Contains(got, "PIN-11a") {
			t.Errorf("%s does not name the failed check", name)
		}
	}
}

func TestRenderingLeavesTheReportAlone(t *testing.T) {
	r := sample()
	want := mustRender(t, "JSON", r)
	for name := range forms {
		mustRender(t, name, r)
	}
	if !strings.Contains(string(r.Exchanges[0].Request), "secret-token") {
		t.Error("the report itself was masked")
	}
	if got := mustRender(t, "JSON", r); got != want {
		t.Error("the same report renders differently the second time")
	}
}

func TestHTMLIsOnePage(t *testing.T) {
	got := mustRender(t, "HTML", sample())
	for _, foreign := range []string{"<script", "src=", "@import", "url(", "<link"} {
		if strings.Contains(got, foreign) {
			t.Errorf("the page has %q: it must need nothing else", foreign)
		}
	}
	order := []string{"<h1>Certification", "Required checks that failed", "failed-PIN-11a", "Recommendations", "failed-VUI-3b",
		"Say how to answer.", "To be judged by a person", "All checks", "Coverage", "en-GB RenewLoan", "<svg", "tolerated 6s", "Transcripts"}
	at := 0
	for _, part := range order {
		i := strings.Index(got[at:], part)
		if i < 0 {
			t.Fatalf("%q is missing, or too early", part)
		}
		at += i
	}
	for _, check := range certify.Checks() {
		if strings.Count(got, `id="`+check.ID+`"`) != 1 {
			t.Errorf("%s is not in the table, once", check.ID)
		}
		if check.Instructions != "" && !strings.Contains(got, "<strong>"+check.ID+"</strong>") {
			t.Errorf("%s has no place for the tester's verdict", check.ID)
		}
	}
}

func TestJUnit(t *testing.T) {
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string  `xml:"name,attr"`
				Failure *string `xml:"failure"`
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(mustRender(t, "JUnit", sample())), &got); err != nil {
		t.Fatal(err)
	}
	// Two were looked at and passed, one required check failed.
	if total := len(certify.Checks()); got.Tests != total || got.Failures != 1 || got.Skipped != total-3 {
		t.Errorf("%d tests, %d failures, %d skipped, want %d, 1, %d", got.Tests, got.Failures, got.Skipped, total, total-3)
	}
	want := map[string]string{"FUN-17b": "not applicable: there is one locale", "SEC-1b": "not run: the endpoint is on loopback",
		"VUI-3b": "recommended: ", "VUI-12f": "to be judged: "}
	for _, suite := range got.Suites {
		for _, c := range suite.Cases {
			if begin, ok := want[c.Name]; ok && (c.Skipped == nil || !strings.HasPrefix(c.Skipped.Message, begin)) {
				t.Errorf("%s is %+v, want skipped with %q", c.Name, c.Skipped, begin)
			}
			if (c.Name == "PIN-11a") != (c.Failure != nil) {
				t.Errorf("%s has the failure %v", c.Name, c.Failure)
			}
		}
	}
}

func TestJSONHasTheSameIDs(t *testing.T) {
	var got struct {
		Verdict certify.Verdict
		Results []struct {
			Check struct{ ID string }
		}
	}
	if err := json.Unmarshal([]byte(mustRender(t, "JSON", sample())), &got); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != certify.Failed || len(got.Results) != len(certify.Checks()) {
		t.Errorf("verdict %q of %d results, want failed of %d", got.Verdict, len(got.Results), len(certify.Checks()))
	}
}

func TestSummaryNamesFailuresFirst(t *testing.T) {
	got := mustRender(t, "Summary", sample())
	if !strings.HasPrefix(got, "FAILED  PIN-11a  ") {
		t.Errorf("the summary begins with %.60q, want the failure", got)
	}
	for _, want := range []string{"request:", "answer:", "change: ", "recommended  VUI-3b", "2 passed, 2 failed (1 of them required)",
		"reached 9 of 10 intents", "the slowest took 7s", "verdict: failed"} {
		if !strings.Contains(got, want) {
			t.Errorf("the summary does not say %q:\n%s", want, got)
		}
	}
}

func TestSummaryShortensManyFindings(t *testing.T) {
	v := certify.NewVerdicts(certify.Checks())
	for _, where := range strings.Fields("a b c d e f g h") {
		v.Fail("VUI-1", certify.Finding{Where: where, Problem: "p",
			Evidence: []certify.Exchange{{Response: json.RawMessage(`"` + strings.Repeat("long ", 500) + `"`)}}})
	}
	got := mustRender(t, "Summary", &certify.Report{Results: v.Results(), Verdict: certify.Failed})
	if !strings.Contains(got, "… and 3 more, in the report") || strings.Contains(got, "  f: p") || len(got) > 10_000 {
		t.Errorf("eight findings give %d bytes:\n%.2000s", len(got), got)
	}
}

func TestAnEmptyReportRenders(t *testing.T) {
	for name := range forms {
		mustRender(t, name, &certify.Report{Verdict: certify.Failed})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWritersAreAskedWhetherTheyWrote(t *testing.T) {
	for name, render := range forms {
		if err := render(brokenWriter{}, sample()); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: error %v, want disk full", name, err)
		}
	}
}

// A run that was broken off says so in every form, and breaks a build; so does what the verdict is about, and what was given.
func TestWhatTheVerdictIsAbout(t *testing.T) {
	r := sample()
	r.BrokenOff, r.Scope, r.Notes = "the hook with 2468 is gone", "package only", []string{"no endpoint given"}
	r.Subject.Flags, r.Subject.SettingsHash = []string{"--seed 7"}, strings.Repeat("cd", 32)
	for name := range forms {
		got := mustRender(t, name, r)
		if !strings.Contains(strings.ToLower(got), "broken") || !strings.Contains(got, "the hook with •••• is gone") {
			t.Errorf("%s does not say that the run was broken off, or shows the code", name)
		}
		for _, want := range []string{"package only", "no endpoint given", "--seed 7", r.Subject.SettingsHash} {
			head := name == "HTML" || name == "JSON" || name == "Summary" && !strings.Contains(want, "seed") && want != r.Subject.SettingsHash
			if head && !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

// Milliseconds and seconds are told apart in one chart, and what was missed has a short name before its long one.
func TestChartAndMissedStates(t *testing.T) {
	r := sample()
	r.Latency = certify.NewLatency([]certify.Sample{{Took: time.Millisecond}, {Took: 5 * time.Millisecond}, {Took: 4 * time.Second}}, certify.DefaultLatency)
	long := "en-US " + strings.Repeat("state ", 20)
	r.Coverage.Dialogs = certify.Share{Reached: 1, Known: 2, Missed: []string{long}}
	got := mustRender(t, "HTML", r)
	if bars := strings.Count(got, "<rect "); bars != 3 {
		t.Errorf("%d bars for three answers far apart, want 3", bars)
	}
	if want := "<summary>" + long[:60] + "…</summary>" + long; !strings.Contains(got, want) {
		t.Errorf("the missed state is not listed with its short name first")
	}
}
