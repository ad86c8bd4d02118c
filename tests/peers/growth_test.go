package peers

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var perSize = regexp.MustCompile(`(?m)^BenchmarkGrowth/(\w+)=(\d+)\S*\s+\d+\s+([\d.]+) ns/op`)

// curve is what a turn costs by how much there is of something: microseconds by number.
type curve map[int]sample

// cheapest is the cost in the fastest round: whatever else the machine does only ever adds, and here nothing is compared
// that ran at the same time.
func (c curve) cheapest(size int) float64 { return slices.Min(c[size]) }

// exponent fits the costs to a·n^exponent by least squares: 0 does not grow, 1 grows with n.
func (c curve) exponent() float64 {
	var n, sumX, sumY, sumXX, sumXY float64
	for size := range c {
		x, y := math.Log(float64(size)), math.Log(c.cheapest(size))
		n, sumX, sumY, sumXX, sumXY = n+1, sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}

func (c curve) sizes() []int { return slices.Sorted(maps.Keys(c)) }

// growth is what a turn costs where there is little and where there is much; the plot goes to docs.
func (b *bench) growth() (table, error) {
	binary, err := b.testBinary("growth", "/tests")
	if err != nil {
		return table{}, err
	}
	curves := map[string]curve{}
	for range often(12) {
		command := exec.Command(binary, "-test.run", "^$", "-test.bench", "^BenchmarkGrowth$", "-test.benchtime", "3000x", "-growth", b.folder)
		command.Dir = ".."
		out, err := command.Output()
		found := perSize.FindAllSubmatch(out, -1)
		if err != nil || len(found) == 0 {
			return table{}, errors.Join(err, fmt.Errorf("no figures in %q", out))
		}
		for _, f := range found {
			size, sizeErr := strconv.Atoi(string(f[2]))
			cost, costErr := strconv.ParseFloat(string(f[3]), 64)
			if err := errors.Join(sizeErr, costErr); err != nil {
				return table{}, err
			}
			of := string(f[1])
			if curves[of] == nil {
				curves[of] = curve{}
			}
			curves[of][size] = append(curves[of][size], cost/1000)
		}
	}
	t := table{title: "A turn by how much there is, in µs"}
	t.add("of", "least", "", "most", "grows with n to the power of")
	for _, of := range slices.Sorted(maps.Keys(curves)) {
		row := []string{of}
		for _, size := range curves[of].sizes() {
			row = append(row, fmt.Sprintf("%d: %s", size, curves[of][size]))
		}
		t.add(append(row, fmt.Sprintf("%.2f", curves[of].exponent()))...)
	}
	return t, os.WriteFile(filepath.Join("..", "..", "docs", "growth.svg"), []byte(plot(curves)), 0o644)
}

// The plot, in pixels.
const (
	plotWidth, plotHeight   = 640, 320
	marginLeft, marginRight = 60, 110
	marginTop, marginBottom = 30, 50
)

var colors = []string{"#1f6f8b", "#c8553d", "#5b8c5a"}

// plot draws the costs over a logarithmic scale of how much there is; the scale of the cost begins at nothing.
func plot(curves map[string]curve) string {
	highest, most := 0.0, 1
	for _, c := range curves {
		for size := range c {
			highest, most = max(highest, c.cheapest(size)), max(most, size)
		}
	}
	top := math.Ceil(highest/50) * 50
	decades := math.Ceil(math.Log10(float64(most)))
	x := func(size int) float64 {
		return marginLeft + math.Log10(float64(size))/decades*(plotWidth-marginLeft-marginRight)
	}
	y := func(cost float64) float64 {
		return plotHeight - marginBottom - cost/top*(plotHeight-marginTop-marginBottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<text x="%d" y="18">microseconds for a turn</text>`+"\n", marginLeft)
	for step := range 6 {
		cost := top * float64(step) / 5
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.0f</text>`+"\n",
			marginLeft, y(cost), plotWidth-marginRight, marginLeft-8, y(cost)+4, cost)
	}
	for decade := range int(decades) + 1 {
		size := int(math.Pow10(decade))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x(size), plotHeight-marginBottom+20, size)
	}
	for i, of := range slices.Sorted(maps.Keys(curves)) {
		var line []string
		var endX, endY float64
		color := colors[i%len(colors)]
		for _, size := range curves[of].sizes() {
			endX, endY = x(size), y(curves[of].cheapest(size))
			line = append(line, fmt.Sprintf("%.1f,%.1f", endX, endY))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", endX, endY, color)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(line, " "), color)
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", endX+8, endY+4, color, of)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d">how many</text>`+"\n</svg>\n", marginLeft, plotHeight-8)
	return b.String()
}

func TestExponent(t *testing.T) {
	for want, c := range map[float64]curve{
		0: {1: {7}, 1000: {7}, 1_000_000: {7}}, 1: {1: {2}, 10: {20}, 100: {200}}, 0.5: {1: {1}, 10_000: {100}},
	} {
		if got := c.exponent(); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v grows with the power of %v, want %v", c, got, want)
		}
	}
}

func TestPlot(t *testing.T) {
	got := plot(map[string]curve{"cars": {1: {60, 70, 80}, 20: {60}}})
	for _, want := range []string{`points="60.0,126.0 365.7,126.0"`, `>cars</text>`, `>100</text>`, "</svg>\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the plot lacks %s:\n%s", want, got)
		}
	}
}
