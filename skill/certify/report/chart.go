package report

import (
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// Size of the latency chart in the units of its view box.
const (
	chartWidth  = 640
	chartHeight = 200
	chartFoot   = 24
	buckets     = 32
)

// chart is a histogram: how many answers took how long.
type chart struct {
	Bars []bar
	// Line is where the tolerated latency is; it is always within the chart.
	Line     float64
	Limit    string
	Marks    []mark
	Width    int
	Height   int
	Baseline int
	Most     int // answers in the highest bar
}

type bar struct {
	X, Y, Width, Height float64
	Title               string
}

type mark struct {
	X    float64
	Text string
}

func latencyChart(l certify.Latency) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Baseline: chartHeight - chartFoot}
	// A little more than the larger of the two, so that neither lies on the edge.
	span := max(l.Max, l.Tolerated, time.Millisecond) * 21 / 20
	counts := make([]int, buckets)
	for _, s := range l.Samples {
		i := min(int(s.Took*buckets/span), buckets-1)
		counts[max(i, 0)]++
		c.Most = max(c.Most, counts[max(i, 0)])
	}
	width := float64(chartWidth) / buckets
	for i, n := range counts {
		if n == 0 {
			continue
		}
		// A single answer among thousands is what one looks for: never less than two units high.
		height := max(2, float64(n)/float64(c.Most)*float64(c.Baseline-10))
		from, to := span*time.Duration(i)/buckets, span*time.Duration(i+1)/buckets
		c.Bars = append(c.Bars, bar{X: float64(i) * width, Y: float64(c.Baseline) - height, Width: width - 1, Height: height,
			Title: fmt.Sprintf("%d answers within %s to %s", n, short(from), short(to))})
	}
	at := func(d time.Duration) float64 { return float64(d) / float64(span) * chartWidth }
	c.Line, c.Limit = at(l.Tolerated), short(l.Tolerated)
	for i := range 4 {
		d := span * time.Duration(i) / 4
		c.Marks = append(c.Marks, mark{X: at(d), Text: short(d)})
	}
	return c
}
