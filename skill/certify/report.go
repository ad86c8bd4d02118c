package certify

import (
	"math"
	"slices"
	"time"
)

// Report is what is handed over: verdicts, how much was covered, and every transcript as evidence. It holds secrets until
// skill/certify/report renders it through Mask.
type Report struct {
	Verdict Verdict `json:"verdict"` // Passed or Failed
	// Scope tells what the verdict is about when that is not everything: "package only". See Scope.
	Scope string `json:"scope,omitempty"`
	// BrokenOff tells why the run ended before its end; such a run has not passed, whatever was found until then.
	BrokenOff string `json:"brokenOff,omitempty"`
	// Notes are what a reader has to know beside the verdict, such as what was missing for the live checks.
	Notes    []string `json:"notes,omitempty"`
	Subject  Subject  `json:"subject"`
	Results  []Result `json:"results"`
	Coverage Coverage `json:"coverage"`
	Latency  Latency  `json:"latency"`
	// Exchanges are all transcripts, in the order in which they were held.
	Exchanges []Exchange `json:"exchanges"`
	// Mask is applied to everything that is rendered.
	Mask Mask `json:"-"`
}

// Subject is what was examined, exactly enough to repeat it.
type Subject struct {
	Package     string            `json:"package"`               // as given on the command line
	PackageHash string            `json:"packageHash,omitempty"` // SHA-256, see skillpackage.Package.Hash
	Endpoint    string            `json:"endpoint,omitempty"`
	Binary      string            `json:"binary,omitempty"`
	BinaryHash  string            `json:"binaryHash,omitempty"` // SHA-256
	Locales     []string          `json:"locales,omitempty"`
	Versions    map[string]string `json:"versions,omitempty"` // of this suite, of Go, of what answered
	Seed        uint64            `json:"seed"`
	// SettingsHash is the SHA-256 of certify.toml, "" without one.
	SettingsHash string `json:"settingsHash,omitempty"`
	// Flags are those of the command line; of an environment only the names.
	Flags   []string      `json:"flags,omitempty"`
	Started time.Time     `json:"started"` // UTC
	Took    time.Duration `json:"took"`    // nanoseconds
}

// Coverage is how much of the skill the suite came to see.
type Coverage struct {
	Intents Share `json:"intents"`
	Slots   Share `json:"slots"`
	Dialogs Share `json:"dialogs"` // states of dialogs that the exploration met and has tried everything in
}

// Share counts what was reached of what is known.
type Share struct {
	Reached int      `json:"reached"`
	Known   int      `json:"known"`
	Missed  []string `json:"missed,omitempty"` // sorted names
}

// Latency is how long answers took, measured from the suite's side.
type Latency struct {
	Samples []Sample      `json:"samples,omitempty"`
	P50     time.Duration `json:"p50"` // nanoseconds, as all of these
	P90     time.Duration `json:"p90"`
	P95     time.Duration `json:"p95"`
	P99     time.Duration `json:"p99"`
	Max     time.Duration `json:"max"`
	// Tolerated is the limit that FUN-15 held the answers to.
	Tolerated time.Duration `json:"tolerated"`
}

// Sample is the time of one answer.
type Sample struct {
	What string        `json:"what"` // intent or request type
	Took time.Duration `json:"took"`
}

// NewLatency computes the percentiles: the smallest sample that at least that share of all does not exceed.
func NewLatency(samples []Sample, tolerated time.Duration) Latency {
	l := Latency{Samples: samples, Tolerated: tolerated}
	if len(samples) == 0 {
		return l
	}
	times := make([]time.Duration, len(samples))
	for i, s := range samples {
		times[i] = s.Took
	}
	slices.Sort(times)
	at := func(share float64) time.Duration {
		return times[max(0, int(math.Ceil(share*float64(len(times))))-1)]
	}
	l.P50, l.P90, l.P95, l.P99, l.Max = at(0.50), at(0.90), at(0.95), at(0.99), times[len(times)-1]
	return l
}

// Judged is Failed if a required check failed, or if nothing was looked at at all.
func Judged(results []Result) Verdict {
	looked := 0
	for _, r := range results {
		if r.Verdict == Failed && r.Check.Importance == Required {
			return Failed
		}
		looked += r.Looked
	}
	if looked == 0 {
		return Failed
	}
	return Passed
}

// Scope tells what was looked at, when the skill itself was not: "package only", or "package and probes only". It also tells why.
func Scope(results []Result) (scope, why string) {
	probed := false
	for _, r := range results {
		switch {
		case r.Check.Kind == Live && r.Looked > 0:
			return "", ""
		case r.Check.Kind == Live && why == "":
			why = r.Why
		case r.Check.Kind == Probe && r.Looked > 0:
			probed = true
		}
	}
	if probed {
		return "package and probes only", why
	}
	return "package only", why
}

// Count is how many results have this verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}
