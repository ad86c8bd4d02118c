// Package emf writes metrics as lines of CloudWatch's embedded metric format: JSON on standard output that Lambda hands
// to CloudWatch Logs, which takes the metrics out. Nothing is called and nothing waits.
//
// A line, with the metric's own members beside the metadata:
//
//	{"_aws":{"Timestamp":1790000000000,"CloudWatchMetrics":[{"Namespace":"Trunkpass",
//	  "Dimensions":[["Function","Intent","Outcome"],["Function"]],"Metrics":[{"Name":"Turns","Unit":"Count"}]}]},
//	 "Function":"skill","Intent":"CheckTires","Outcome":"answered","Turns":1}
//
// Dimensions hold nothing that a person has said: intents of the table, outcomes, results. Each combination of their
// values is a metric that is paid for, so there are few.
//
// Neighbors: lambda/skill, lambda/owner and lambda/events hang it into the hooks (Observe) of the packages they wire.
package emf

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Namespace is where all metrics are found in CloudWatch.
const Namespace = "Trunkpass"

// Unit is a unit as CloudWatch spells it.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
)

// Limits of the format.
const (
	maxDimensions = 30
	maxMetrics    = 100
	maxValue      = 1024 // bytes of a dimension's value
)

// Metric is one measured value.
type Metric struct {
	Name  string
	Unit  Unit
	Value float64
}

// Dimension tells metrics of one name apart.
type Dimension struct{ Name, Value string }

// Writer writes metrics. It is safe for concurrent use, and every line is written with one call.
type Writer struct {
	function string
	now      func() time.Time

	mu  sync.Mutex
	out io.Writer
}

// New makes a writer for the metrics of one function.
func New(out io.Writer, function string, now func() time.Time) *Writer {
	return &Writer{out: out, function: function, now: now}
}

// Write writes metrics of one moment, once for the function alone and once by the dimensions. A dimension without a
// value is "none", because CloudWatch takes no empty one. An error means that the metrics are lost, which nobody who is
// waiting for an answer should hear of.
func (w *Writer) Write(dimensions []Dimension, metrics ...Metric) error {
	line, err := w.line(dimensions, metrics)
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.out.Write(line); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// directive is the metadata that says what of a line is a metric.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name string
	Unit Unit
}

func (w *Writer) line(dimensions []Dimension, metrics []Metric) ([]byte, error) {
	if len(dimensions)+1 > maxDimensions || len(metrics) == 0 || len(metrics) > maxMetrics {
		return nil, fmt.Errorf("%d metrics by %d dimensions", len(metrics), len(dimensions))
	}
	d := directive{Namespace: Namespace, Dimensions: [][]string{{"Function"}}}
	line := map[string]any{"Function": w.function}
	by := []string{"Function"}
	for _, dimension := range dimensions {
		value := dimension.Value
		if value == "" {
			value = "none"
		}
		if len(value) > maxValue || line[dimension.Name] != nil {
			return nil, fmt.Errorf("dimension %s", dimension.Name)
		}
		line[dimension.Name] = value
		by = append(by, dimension.Name)
	}
	if len(by) > 1 {
		d.Dimensions = append(d.Dimensions, by)
	}
	for _, m := range metrics {
		if line[m.Name] != nil {
			return nil, fmt.Errorf("metric %s stands twice", m.Name)
		}
		line[m.Name] = m.Value
		d.Metrics = append(d.Metrics, definition{m.Name, m.Unit})
	}
	line["_aws"] = map[string]any{"Timestamp": w.now().UnixMilli(), "CloudWatchMetrics": []directive{d}}
	text, err := json.Marshal(line)
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}
