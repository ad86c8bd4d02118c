package report

import (
	"fmt"
	"math"
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

// chart is a histogram: how many answers took how long. Both axes are logarithmic: most answers take milliseconds, the one that
// one looks for takes seconds.
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

// shortest is where the time axis begins.
const shortest = 100 * time.Microsecond

func latencyChart(l certify.Latency) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Baseline: chartHeight - chartFoot}
	// A little more than the larger of the two, so that neither lies on the edge.
	longest := max(l.Max, l.Tolerated, time.Millisecond) * 5 / 4
	span := math.Log(float64(longest) / float64(shortest))
	share := func(d time.Duration) float64 { return math.Log(float64(max(d, shortest))/float64(shortest)) / span }
	counts := make([]int, buckets)
	for _, s := range l.Samples {
		i := min(int(share(s.Took)*buckets), buckets-1)
		counts[i]++
		c.Most = max(c.Most, counts[i])
	}
	width := float64(chartWidth) / buckets
	edge := func(i int) time.Duration {
		if i == 0 {
			return 0
		}
		return time.Duration(float64(shortest) * math.Exp(span*float64(i)/buckets))
	}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		// A single answer among thousands is what one looks for.
		height := math.Log1p(float64(n)) / math.Log1p(float64(c.Most)) * float64(c.Baseline-10)
		c.Bars = append(c.Bars, bar{X: float64(i) * width, Y: float64(c.Baseline) - height, Width: width - 1, Height: height,
			Title: fmt.Sprintf("%d answers within %s to %s", n, short(edge(i)), short(edge(i+1)))})
	}
	c.Line, c.Limit = share(l.Tolerated)*chartWidth, short(l.Tolerated)
	for d := shortest; d < longest; d *= 10 {
		c.Marks = append(c.Marks, mark{X: share(d) * chartWidth, Text: short(d)})
	}
	return c
}
