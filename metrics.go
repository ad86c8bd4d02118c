package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/endpoint"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// metrics counts what the parts of the program report, for a Prometheus server to fetch. No label holds anything that a
// person has said or that names one: intents, outcomes and kinds are closed lists. Safe for concurrent use.
type metrics struct {
	registry *prometheus.Registry
	turn     *prometheus.HistogramVec
	call     *prometheus.HistogramVec
	pin      *prometheus.CounterVec
	refused  *prometheus.CounterVec
	notice   *prometheus.CounterVec
	webhook  *prometheus.CounterVec
}

// The bounds of the histograms, in seconds: a turn has 6.5, one attempt of a call 2.5.
var seconds = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 6.5, 8}

func newMetrics() *metrics {
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "trunkpass", Name: name, Help: help, Buckets: seconds}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "trunkpass", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		turn:     histogram("turn_seconds", "Requests of Alexa, by what they were and how they went.", "type", "intent", "outcome"),
		call:     histogram("cloud_call_seconds", "Calls to the dongle cloud with all their attempts, by how they ended.", "op", "kind"),
		pin:      counter("pin_checks_total", "Spoken PINs, by what became of them.", "result"),
		refused:  counter("requests_refused_total", "Requests that Alexa has not sent, by what was wrong.", "reason"),
		notice:   counter("notices_total", "Word to owners, by what had happened and what became of the notice.", "event", "result"),
	}
	m.webhook = counter("webhooks_total", "Messages of the dongle cloud, by the status that they were answered with.", "code")
	m.registry.MustRegister(m.turn, m.call, m.pin, m.refused, m.notice, m.webhook,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// turns, calls, pins, refusals and told are the hooks of the parts that report. Those of no metrics are nil.
func (m *metrics) turns() func(skill.Seen) {
	if m == nil {
		return nil
	}
	return func(s skill.Seen) {
		m.turn.WithLabelValues(s.Type, s.Intent, string(s.Outcome)).Observe(s.Took.Seconds())
	}
}

func (m *metrics) calls() func(vehicle.Called) {
	if m == nil {
		return nil
	}
	return func(c vehicle.Called) {
		kind := string(c.Kind)
		if kind == "" {
			kind = "ok"
		}
		m.call.WithLabelValues(c.Op, kind).Observe(c.Took.Seconds())
	}
}

func (m *metrics) pins() func(pin.Result) {
	if m == nil {
		return nil
	}
	return func(r pin.Result) { m.pin.WithLabelValues(string(r)).Inc() }
}

func (m *metrics) told() func(word.Told) {
	if m == nil {
		return nil
	}
	return func(t word.Told) { m.notice.WithLabelValues(string(t.Event), string(t.Result)).Inc() }
}

func (m *metrics) refusals() func(endpoint.Reason) {
	if m == nil {
		return nil
	}
	return func(r endpoint.Reason) { m.refused.WithLabelValues(string(r)).Inc() }
}

// webhooks counts what a handler answers.
func (m *metrics) webhooks(next http.Handler) http.Handler {
	if m == nil {
		return next
	}
	return promhttp.InstrumentHandlerCounter(m.webhook, next)
}

// handler answers GET /metrics in Prometheus's text format.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
