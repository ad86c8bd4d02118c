package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
)

const (
	// Of one check a terminal shows this many findings; the report has all.
	fewFindings = 5
	allFindings = 1 << 20
	// And of one message this many characters.
	messageRunes = 1200
)

// Summary writes what a tester reads first: failures with request, answer and what to change, then the counts.
func Summary(w io.Writer, r *certify.Report) error {
	r = hidden(r)
	var out strings.Builder
	for _, part := range []struct {
		title      string
		importance certify.Importance
	}{{"FAILED", certify.Required}, {"recommended", certify.Recommended}} {
		for _, result := range failed(r, part.importance) {
			fmt.Fprintf(&out, "%s  %s  %s\n", part.title, result.Check.ID, result.Check.Asks)
			writeFindings(&out, result, fewFindings)
			out.WriteString("\n")
		}
	}
	writeCounts(&out, r)
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func writeFindings(out *strings.Builder, result certify.Result, most int) {
	for i, f := range result.Findings {
		if i == most {
			fmt.Fprintf(out, "  … and %d more, in the report\n", len(result.Findings)-most)
			break
		}
		place := strings.TrimSpace(f.Locale + " " + f.Where)
		if place != "" {
			place += ": "
		}
		fmt.Fprintf(out, "  %s%s\n", place, f.Problem)
		if n := len(f.Evidence); n > 0 {
			// The last exchange is the one that failed; the ones before led there.
			e := f.Evidence[n-1]
			if e.Said != "" {
				fmt.Fprintf(out, "    said:     %s\n", e.Said)
			}
			fmt.Fprintf(out, "    request:  %s\n    answer:   %s\n", oneLine(e.Request), oneLine(e.Response))
		}
		if f.Change != "" {
			fmt.Fprintf(out, "    change:   %s\n", f.Change)
		}
	}
	fmt.Fprintf(out, "  change: %s\n", result.Check.Change)
}

func oneLine(message json.RawMessage) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, message); err != nil {
		return "none"
	}
	if runes := []rune(compact.String()); len(runes) > messageRunes {
		return string(runes[:messageRunes]) + "…"
	}
	return compact.String()
}

func writeCounts(out *strings.Builder, r *certify.Report) {
	fmt.Fprintf(out, "%d passed, %d failed (%d of them required), %d not applicable, %d not run, %d to be judged by a person\n",
		r.Count(certify.Passed), r.Count(certify.Failed), len(failed(r, certify.Required)),
		r.Count(certify.NotApplicable), r.Count(certify.NotRun), r.Count(certify.Judge))
	if c := r.Coverage; c.Intents.Known > 0 {
		fmt.Fprintf(out, "reached %d of %d intents, %d of %d slots, %d of %d states of dialogs\n",
			c.Intents.Reached, c.Intents.Known, c.Slots.Reached, c.Slots.Known, c.Dialogs.Reached, c.Dialogs.Known)
	}
	if l := r.Latency; len(l.Samples) > 0 {
		fmt.Fprintf(out, "%d answers: half within %s, 95%% within %s, the slowest took %s\n",
			len(l.Samples), short(l.P50), short(l.P95), short(l.Max))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(out, "note: %s\n", note)
	}
	if r.BrokenOff != "" {
		fmt.Fprintf(out, "broken off: %s\n", r.BrokenOff)
	}
	fmt.Fprintf(out, "verdict: %s\n", verdict(r))
}

// short is a duration as people read it.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
