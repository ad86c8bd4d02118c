package certify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Verdict is the answer to one check.
type Verdict string

// The answers that there are. Only Passed and Failed are verdicts on the skill.
const (
	Passed        Verdict = "passed"
	Failed        Verdict = "failed"
	NotApplicable Verdict = "not applicable" // Why tells what the skill does not have
	NotRun        Verdict = "not run"        // Why tells what was missing; never counted as passed
	Judge         Verdict = "to be judged"   // a person has to; never counted as passed
)

// Exchange is a request and its response, as evidence. What is secret in it is masked when it is rendered, not before.
type Exchange struct {
	Said     string          `json:"said,omitempty"`   // as a person would say it
	Intent   string          `json:"intent,omitempty"` // what it meant: an intent, or a request type
	Request  json.RawMessage `json:"request,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
	Took     time.Duration   `json:"took"` // nanoseconds
	Note     string          `json:"note,omitempty"`
}

// Finding is one place where a check fails.
type Finding struct {
	Locale   string     `json:"locale,omitempty"` // "" where it concerns all
	Where    string     `json:"where,omitempty"`  // an intent, a file, a field
	Problem  string     `json:"problem"`
	Change   string     `json:"change,omitempty"` // more exact than Check.Change; may be empty
	Evidence []Exchange `json:"evidence,omitempty"`
}

// Result is a check with its answer.
type Result struct {
	Check   Check   `json:"check"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty"`
	// Findings are sorted by locale and place; none unless Failed.
	Findings []Finding `json:"findings,omitempty"`
	// Looked counts the places that were looked at, so that a check that passed over nothing is seen.
	Looked int `json:"looked"`
}

// Verdicts collects what the examiners find. Safe for concurrent use. An id that is not in the table is a mistake of the
// program, so every method panics on it.
type Verdicts struct {
	mu      sync.Mutex
	order   []string
	entries map[string]*entry
}

type entry struct {
	check    Check
	looked   int
	findings []Finding
	known    map[[3]string]bool // locale, place and problem of findings
	// An examiner's reason not to look; the first one stays.
	inapplicable, notRun string
}

// NewVerdicts starts with nothing looked at.
func NewVerdicts(checks []Check) *Verdicts {
	v := &Verdicts{entries: make(map[string]*entry, len(checks))}
	for _, c := range checks {
		v.order = append(v.order, c.ID)
		v.entries[c.ID] = &entry{check: c}
	}
	return v
}

func (v *Verdicts) with(id string, change func(*entry)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	e, ok := v.entries[id]
	if !ok {
		panic(fmt.Sprintf("certify: no check %q", id))
	}
	change(e)
}

// Look counts one place that the check was asked of.
func (v *Verdicts) Look(id string) { v.with(id, func(e *entry) { e.looked++ }) }

// Fail records a finding. The same place with the same problem is kept once.
func (v *Verdicts) Fail(id string, f Finding) {
	v.with(id, func(e *entry) {
		if place := [3]string{f.Locale, f.Where, f.Problem}; !e.known[place] {
			if e.known == nil {
				e.known = map[[3]string]bool{}
			}
			e.known[place] = true
			e.findings = append(e.findings, f)
		}
	})
}

// NotApplicable says why the check asks nothing of this skill. It yields to a look or a failure elsewhere, in another locale
// for example.
func (v *Verdicts) NotApplicable(id, why string) {
	v.with(id, func(e *entry) { e.inapplicable = cmp.Or(e.inapplicable, why) })
}

// NotRun says why the check could not be carried out. It yields to a look, a failure and NotApplicable.
func (v *Verdicts) NotRun(id, why string) {
	v.with(id, func(e *entry) { e.notRun = cmp.Or(e.notRun, why) })
}

// Results are the answers so far, in the order of the table.
func (v *Verdicts) Results() []Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	results := make([]Result, 0, len(v.order))
	for _, id := range v.order {
		results = append(results, v.entries[id].result())
	}
	return results
}

func (e *entry) result() Result {
	r := Result{Check: e.check, Looked: e.looked}
	switch {
	case len(e.findings) > 0:
		r.Verdict = Failed
		r.Findings = slices.Clone(e.findings)
		slices.SortStableFunc(r.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.Locale, b.Locale), cmp.Compare(a.Where, b.Where))
		})
	case !e.check.Automatic():
		r.Verdict, r.Why = Judge, "a person has to judge this"
	case e.looked > 0:
		r.Verdict = Passed
	case e.inapplicable != "":
		r.Verdict, r.Why = NotApplicable, e.inapplicable
	default:
		r.Verdict, r.Why = NotRun, cmp.Or(e.notRun, "nothing was found to look at")
	}
	return r
}
