package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// The form that continuous integration servers agree on.
type (
	testSuites struct {
		XMLName  xml.Name    `xml:"testsuites"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Suites   []testSuite `xml:"testsuite"`
	}
	testSuite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *outcome `xml:"failure"`
		Skipped *outcome `xml:"skipped"`
		Output  string   `xml:"system-out,omitempty"`
	}
	outcome struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes one test case for each check, named by its id. A failed check that is only recommended is a skipped test with
// the findings in its output, so that it does not break a build; nor does what was not run or is for a person to judge. A run
// that was broken off is a failure of its own.
func JUnit(w io.Writer, r *certify.Report) error {
	r = hidden(r)
	all := testSuites{Name: "certification"}
	for _, chapter := range chapters(r) {
		suite := testSuite{Name: chapter.Name}
		for _, result := range chapter.Results {
			c := caseOf(result)
			suite.Tests++
			if c.Failure != nil {
				suite.Failures++
			}
			if c.Skipped != nil {
				suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Skipped+suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	if r.BrokenOff != "" {
		all.Suites = append(all.Suites, testSuite{Name: "Run", Tests: 1, Failures: 1, Cases: []testCase{{
			Class: "certification.Run", Name: "complete", Failure: &outcome{Message: "broken off: " + r.BrokenOff},
		}}})
		all.Tests, all.Failures = all.Tests+1, all.Failures+1
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func caseOf(result certify.Result) testCase {
	c := testCase{Class: "certification." + result.Check.Chapter, Name: result.Check.ID}
	switch {
	case result.Verdict == certify.Passed:
		c.Output = fmt.Sprintf("%s (looked at %d places)", result.Check.Asks, result.Looked)
	case result.Verdict != certify.Failed:
		c.Skipped = &outcome{Message: string(result.Verdict) + ": " + result.Why}
	default:
		var text strings.Builder
		writeFindings(&text, result, allFindings)
		if result.Check.Importance == certify.Required {
			c.Failure = &outcome{Message: result.Check.Asks, Text: text.String()}
		} else {
			c.Skipped = &outcome{Message: "recommended: " + result.Check.Asks}
			c.Output = text.String()
		}
	}
	return c
}
