package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/trunkpass/trunkpass/skill/certify"
)

//go:embed report.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"short":   short,
	"section": func(results []certify.Result, open bool) section { return section{results, open} },
	"change":  change,
	"class":   func(v certify.Verdict) string { return strings.ReplaceAll(string(v), " ", "-") },
	// The last exchange is the one that failed; it is shown, those that led there are folded away.
	"last": func(i int, all []certify.Exchange) bool { return i == len(all)-1 },
	"text": func(message json.RawMessage) string { return string(message) },
	"percent": func(s certify.Share) int {
		if s.Known == 0 {
			return 0
		}
		return 100 * s.Reached / s.Known
	},
}).Parse(page))

// view is what the page shows.
type view struct {
	*certify.Report
	Required, Recommended, Manual []certify.Result
	Chapters                      []chapterOf
	Counts                        []count
	Chart                         chart
	Shares                        []namedShare
}

// section is a list of failures; Open ones show their evidence.
type section struct {
	Results []certify.Result
	Open    bool
}

type count struct {
	Verdict certify.Verdict
	N       int
}

type namedShare struct {
	Name string
	certify.Share
}

// HTML writes the report as one page that needs nothing else: no script, no picture, no font from elsewhere. Of a failed
// required check the exchange that failed is open, on paper too; all other evidence is folded away.
func HTML(w io.Writer, r *certify.Report) error {
	r = hidden(r)
	v := view{
		Report:      r,
		Required:    failed(r, certify.Required),
		Recommended: failed(r, certify.Recommended),
		Manual:      withVerdict(r, certify.Judge),
		Chapters:    chapters(r),
		Chart:       latencyChart(r.Latency),
		Shares: []namedShare{{"Intents", r.Coverage.Intents}, {"Slots", r.Coverage.Slots},
			{"States of dialogs", r.Coverage.Dialogs}},
	}
	for _, verdict := range []certify.Verdict{certify.Passed, certify.Failed, certify.NotApplicable, certify.NotRun, certify.Judge} {
		v.Counts = append(v.Counts, count{verdict, r.Count(verdict)})
	}
	if err := pageTemplate.Execute(w, v); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}
