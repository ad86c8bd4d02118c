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
	"verdict": verdict,
	"names":   func(missed []string) []missedName { return missedNames(missed) },
	"class":   func(v certify.Verdict) string { return strings.ReplaceAll(string(v), " ", "-") },
	// The last exchange is the one that failed; it is shown, those that led there are folded away.
	"last": func(i int, all []certify.Exchange) bool { return i == len(all)-1 },
	"text": asText,
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

// markup is what may not stand in a text between tags; quotes may, and there are many of them.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// asText shows a message in a <pre>, where the template's own escaping would make it half as long again.
func asText(message json.RawMessage) template.HTML {
	return template.HTML(markup.Replace(string(message)))
}

// missedName is something that was not reached: its locale and its first words, and behind them the rest.
type missedName struct{ Short, Long string }

const shortName = 60 // characters

func missedNames(missed []string) []missedName {
	var all []missedName
	for _, name := range missed {
		n := missedName{Short: name}
		if runes := []rune(name); len(runes) > shortName {
			n = missedName{Short: string(runes[:shortName]) + "…", Long: name}
		}
		all = append(all, n)
	}
	return all
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
