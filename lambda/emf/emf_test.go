package emf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

var noon = time.Date(2031, time.May, 6, 12, 0, 0, 0, time.UTC)

func hooks(out *bytes.Buffer) Hooks {
	return Hooks{Writer: New(out, "skill", func() time.Time { return noon }), Log: slog.New(slog.NewTextHandler(out, nil))}
}

func TestLine(t *testing.T) {
	var out bytes.Buffer
	hooks(&out).Turn("IntentRequest", "CheckTires", "answered", 1500*time.Microsecond)
	want := `{"Function":"skill","Intent":"CheckTires","Outcome":"answered","TurnTime":1.5,"Turns":1,` +
		`"_aws":{"CloudWatchMetrics":[{"Namespace":"Trunkpass","Dimensions":[["Function"],["Function","Intent","Outcome"]],` +
		`"Metrics":[{"Name":"Turns","Unit":"Count"},{"Name":"TurnTime","Unit":"Milliseconds"}]}],"Timestamp":1935835200000}}` + "\n"
	if out.String() != want {
		t.Errorf("line\n%swant\n%s", out.String(), want)
	}
}

// Every line that the hooks write is one that CloudWatch takes: the rules are those of the specification of the format
// (the JSON schema at its end).
func TestLinesAreOfTheFormat(t *testing.T) {
	var out bytes.Buffer
	h := hooks(&out)
	h.Turn("SessionEndedRequest", "", "answered", 0)
	for _, r := range pin.Results() {
		h.PIN(r)
	}
	for _, status := range []int{204, 400, 503} {
		h.Webhook(status)
	}
	h.Notification("trunk_opened", "accepted")
	h.Call(vehicle.Called{Op: "read diagnosis"})
	h.Call(vehicle.Called{Op: "read diagnosis", Kind: vehicle.Unavailable})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := 7 + len(pin.Results()); len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines {
		if err := wellFormed([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func wellFormed(line []byte) error {
	var root map[string]any
	var meta struct {
		AWS struct {
			Timestamp         *int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := errors.Join(json.Unmarshal(line, &root), json.Unmarshal(line, &meta)); err != nil {
		return err
	}
	if meta.AWS.Timestamp == nil || len(meta.AWS.CloudWatchMetrics) == 0 {
		return errors.New("no metadata")
	}
	for _, m := range meta.AWS.CloudWatchMetrics {
		if len(m.Namespace) < 1 || len(m.Namespace) > 1024 || len(m.Dimensions) == 0 || len(m.Metrics) > 100 {
			return fmt.Errorf("directive %+v", m)
		}
		for _, set := range m.Dimensions {
			if len(set) > 30 {
				return fmt.Errorf("%d dimensions", len(set))
			}
			for _, name := range set {
				if value, ok := root[name].(string); !ok || len(value) < 1 || len(value) > 1024 || len(name) > 250 {
					return fmt.Errorf("dimension %s is %v", name, root[name])
				}
			}
		}
		for _, metric := range m.Metrics {
			if _, ok := root[metric.Name].(float64); !ok || len(metric.Name) > 1024 || metric.Unit != "Count" && metric.Unit != "Milliseconds" {
				return fmt.Errorf("metric %+v is %v", metric, root[metric.Name])
			}
		}
	}
	return nil
}

func TestCounts(t *testing.T) {
	for _, tt := range []struct {
		count func(Hooks)
		want  string
	}{
		{func(h Hooks) { h.PIN(pin.Right) }, `"PINChecks":1,"PINFailures":0,"PINLocks":0`},
		{func(h Hooks) { h.PIN(pin.Wrong) }, `"PINChecks":1,"PINFailures":1,"PINLocks":0`},
		{func(h Hooks) { h.PIN(pin.LockedNow) }, `"PINChecks":1,"PINFailures":1,"PINLocks":1`},
		{func(h Hooks) { h.PIN(pin.Locked) }, `"PINChecks":1,"PINFailures":0,"PINLocks":0`},
		{func(h Hooks) { h.Webhook(204) }, `"WebhookFailures":0,"Webhooks":1,"WebhooksRefused":0`},
		{func(h Hooks) { h.Webhook(401) }, `"WebhookFailures":0,"Webhooks":1,"WebhooksRefused":1`},
		{func(h Hooks) { h.Webhook(503) }, `"WebhookFailures":1,"Webhooks":1,"WebhooksRefused":0`},
	} {
		var out bytes.Buffer
		tt.count(hooks(&out))
		if !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s, want %s", out.String(), tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	w := New(&bytes.Buffer{}, "skill", time.Now)
	many := make([]Metric, maxMetrics+1)
	for i := range many {
		many[i] = Metric{Name: fmt.Sprint(i)}
	}
	dimensions := make([]Dimension, maxDimensions)
	for name, err := range map[string]error{
		"no metric":           w.Write(nil),
		"too many metrics":    w.Write(nil, many...),
		"too many dimensions": w.Write(dimensions, Metric{Name: "a"}),
		"a metric twice":      w.Write(nil, Metric{Name: "a"}, Metric{Name: "a"}),
		"a name twice":        w.Write([]Dimension{{"a", "x"}}, Metric{Name: "a"}),
		"a long dimension":    w.Write([]Dimension{{"a", strings.Repeat("x", maxValue+1)}}, Metric{Name: "b"}),
	} {
		if err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestLostMetricsAreLogged(t *testing.T) {
	var log bytes.Buffer
	Hooks{Writer: New(broken{}, "skill", time.Now), Log: slog.New(slog.NewTextHandler(&log, nil))}.Webhook(204)
	if !strings.Contains(log.String(), "no room") {
		t.Errorf("log %q", log.String())
	}
}
