package peers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sample is one figure, measured once in each round.
type sample []float64

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	half := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[half-1] + sorted[half]) / 2
	}
	return sorted[half]
}

// per is the ratio of two figures, round by round.
func (s sample) per(other sample) sample {
	ratios := make(sample, len(s))
	for i := range s {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}

// fastest is the ratio of the fastest rounds of two times, which other work on the machine spoils the least.
func (s sample) fastest(other sample) string { return digits(slices.Min(s) / slices.Min(other)) }

// String is the median and the range.
func (s sample) String() string {
	return fmt.Sprintf("%s (%s–%s)", digits(s.median()), digits(slices.Min(s)), digits(slices.Max(s)))
}

// digits writes three of them, which is more than a shared machine can promise.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// table is a part of the report in Markdown.
type table struct {
	title string
	rows  [][]string // the first is the head
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String writes the table.
func (t table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", t.title)
	for i, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	return b.String()
}

func TestSample(t *testing.T) {
	ours, theirs := sample{4, 1, 3}, sample{2, 2, 1}
	if got := ours.String(); got != "3.00 (1.00–4.00)" {
		t.Errorf("got %s", got)
	}
	if got := ours.per(theirs).String(); got != "2.00 (0.50–3.00)" {
		t.Errorf("the ratio is %s", got)
	}
	if got := ours.fastest(theirs); got != "1.00" {
		t.Errorf("the ratio of the fastest is %s", got)
	}
	if got := (sample{1, 2, 300, 400}).String(); got != "151 (1.00–400)" {
		t.Errorf("of an even number: %s", got)
	}
	report := table{title: "t"}
	report.add("a", "b")
	report.add("1", "2")
	if got, want := report.String(), "\nt\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
