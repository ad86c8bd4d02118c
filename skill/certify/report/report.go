// Package report renders the report of a certification: for people on a screen or on paper (HTML), on a terminal (Summary), and
// for machines (JUnit, JSON). All of them name a check by its id, and none of them shows a secret: what is rendered has gone
// through certify.Mask.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// hidden is a copy of the report without secrets. The report itself is not changed.
func hidden(r *certify.Report) *certify.Report {
	c := *r
	m := r.Mask
	c.Subject.Endpoint, c.Subject.Binary = m.Text(c.Subject.Endpoint), m.Text(c.Subject.Binary)
	c.BrokenOff, c.Notes, c.Subject.Flags = m.Text(c.BrokenOff), slices.Clone(r.Notes), slices.Clone(r.Subject.Flags)
	for _, texts := range [][]string{c.Notes, c.Subject.Flags} {
		for i := range texts {
			texts[i] = m.Text(texts[i])
		}
	}
	c.Results = slices.Clone(r.Results)
	for i := range c.Results {
		result := &c.Results[i]
		result.Why = m.Text(result.Why)
		result.Findings = slices.Clone(result.Findings)
		for k := range result.Findings {
			result.Findings[k] = m.Finding(result.Findings[k])
		}
	}
	c.Exchanges = slices.Clone(r.Exchanges)
	for i := range c.Exchanges {
		c.Exchanges[i] = m.Exchange(c.Exchanges[i])
	}
	return &c
}

// verdict is the verdict with what it is about.
func verdict(r *certify.Report) string {
	if r.Scope == "" {
		return string(r.Verdict)
	}
	return fmt.Sprintf("%s (%s)", r.Verdict, r.Scope)
}

// JSON writes the report as one JSON value on one line: exchanges are most of it, and they are many.
func JSON(w io.Writer, r *certify.Report) error {
	if err := json.NewEncoder(w).Encode(hidden(r)); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// failed are the results that failed, of one importance.
func failed(r *certify.Report, importance certify.Importance) []certify.Result {
	return selected(r, func(result certify.Result) bool {
		return result.Verdict == certify.Failed && result.Check.Importance == importance
	})
}

func withVerdict(r *certify.Report, v certify.Verdict) []certify.Result {
	return selected(r, func(result certify.Result) bool { return result.Verdict == v })
}

func selected(r *certify.Report, want func(certify.Result) bool) []certify.Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(result certify.Result) bool { return !want(result) })
}

// chapterOf is a chapter with its results, in the order of the table.
type chapterOf struct {
	Name    string
	Results []certify.Result
}

func chapters(r *certify.Report) []chapterOf {
	var all []chapterOf
	for _, result := range r.Results {
		if len(all) == 0 || all[len(all)-1].Name != result.Check.Chapter {
			all = append(all, chapterOf{Name: result.Check.Chapter})
		}
		last := &all[len(all)-1]
		last.Results = append(last.Results, result)
	}
	return all
}

// change is what to change: as exact as is known.
func change(result certify.Result, f certify.Finding) string {
	if f.Change != "" {
		return f.Change
	}
	return result.Check.Change
}
