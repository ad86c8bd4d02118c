package certify_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
)

func TestTable(t *testing.T) {
	form := regexp.MustCompile(`^(POL|SEC|LINK|PIN|FUN|VUI|META)-[0-9]{1,2}[a-z]?$`)
	seen := map[string]bool{}
	for _, c := range certify.Checks() {
		switch {
		case !form.MatchString(c.ID) || seen[c.ID]:
			t.Errorf("id %q is malformed or stands twice", c.ID)
		case c.Chapter == "" || c.Asks == "" || c.Source == "":
			t.Errorf("%s is incomplete: %+v", c.ID, c)
		case !strings.HasSuffix(c.Asks, "."):
			t.Errorf("%s asks %q, which is no statement", c.ID, c.Asks)
		case c.Importance != certify.Required && c.Importance != certify.Recommended:
			t.Errorf("%s is %q", c.ID, c.Importance)
		case (c.Kind == certify.Manual) != (c.Instructions != ""):
			t.Errorf("%s is %s with the instructions %q: they are for manual checks", c.ID, c.Kind, c.Instructions)
		case c.Automatic() == (c.Change == ""):
			t.Errorf("%s is %s and tells the change %q", c.ID, c.Kind, c.Change)
		}
		seen[c.ID] = true
	}
}

// The rules of each chapter are numbered without a gap: none was forgotten.
func TestTableIsComplete(t *testing.T) {
	rows := map[string]int{"POL": 10, "SEC": 7, "LINK": 8, "PIN": 11, "FUN": 17, "VUI": 17, "META": 9}
	have := map[string]bool{}
	for _, c := range certify.Checks() {
		have[strings.TrimRight(c.ID, "abcdefghijklmnopqrstuvwxyz")] = true
	}
	for chapter, last := range rows {
		for n := 1; n <= last; n++ {
			if id := chapter + "-" + strconv.Itoa(n); !have[id] {
				t.Errorf("no check for %s", id)
			}
		}
	}
}

func TestVerdicts(t *testing.T) {
	v := certify.NewVerdicts(certify.Checks())
	v.Look("VUI-1")
	v.Look("VUI-2")
	v.Fail("VUI-2", certify.Finding{Locale: "fr-CA", Problem: "b"})
	v.Fail("VUI-2", certify.Finding{Locale: "en-US", Problem: "a"})
	v.Fail("VUI-2", certify.Finding{Locale: "en-US", Problem: "a"})
	v.NotApplicable("VUI-2", "never mind")
	v.NotApplicable("VUI-6c", "no screens")
	v.NotApplicable("VUI-6c", "another reason")
	v.NotRun("SEC-1b", "loopback")
	v.NotApplicable("VUI-8b", "one locale has no samples")
	v.Look("VUI-8b")
	v.Look("POL-6")
	want := map[string]struct {
		verdict certify.Verdict
		why     string
		looked  int
	}{
		"VUI-1":  {certify.Passed, "", 1},
		"VUI-2":  {certify.Failed, "", 1},
		"VUI-6c": {certify.NotApplicable, "no screens", 0},
		"SEC-1b": {certify.NotRun, "loopback", 0},
		"VUI-8b": {certify.Passed, "", 1},
		"POL-6":  {certify.Judge, "a person has to judge this", 1}, // never passed, whoever looked
		"FUN-1a": {certify.NotRun, "nothing was found to look at", 0},
	}
	for _, r := range v.Results() {
		if w, ok := want[r.Check.ID]; ok && (r.Verdict != w.verdict || r.Why != w.why || r.Looked != w.looked) {
			t.Errorf("%s is %q (%q) after %d looks, want %q (%q) after %d", r.Check.ID, r.Verdict, r.Why, r.Looked, w.verdict, w.why, w.looked)
		}
		if r.Check.ID == "VUI-2" && (len(r.Findings) != 2 || r.Findings[0].Locale != "en-US") {
			t.Errorf("findings %+v, want two, en-US first", r.Findings)
		}
	}
}

func TestAnUnknownIDPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a check that is not in the table was accepted")
		}
	}()
	certify.NewVerdicts(certify.Checks()).Look("VUI-99")
}

func TestVerdictsAreCollectedConcurrently(t *testing.T) {
	v := certify.NewVerdicts(certify.Checks())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				v.Look("VUI-1")
				v.Fail("VUI-2", certify.Finding{Problem: "same"})
			}
		})
	}
	all.Wait()
	for _, r := range v.Results() {
		if r.Check.ID == "VUI-1" && r.Looked != 800 || r.Check.ID == "VUI-2" && len(r.Findings) != 1 {
			t.Errorf("%s: %d looks and %d findings", r.Check.ID, r.Looked, len(r.Findings))
		}
	}
}

func TestJudged(t *testing.T) {
	result := func(v certify.Verdict, i certify.Importance, looked int) certify.Result {
		return certify.Result{Check: certify.Check{Importance: i}, Verdict: v, Looked: looked}
	}
	passed := result(certify.Passed, certify.Required, 1)
	for name, tt := range map[string]struct {
		results []certify.Result
		want    certify.Verdict
	}{
		"all passed":         {[]certify.Result{passed}, certify.Passed},
		"required failed":    {[]certify.Result{passed, result(certify.Failed, certify.Required, 1)}, certify.Failed},
		"recommended failed": {[]certify.Result{passed, result(certify.Failed, certify.Recommended, 1)}, certify.Passed},
		"to be judged":       {[]certify.Result{passed, result(certify.Judge, certify.Required, 0)}, certify.Passed},
		"nothing looked at":  {[]certify.Result{result(certify.NotRun, certify.Required, 0)}, certify.Failed},
		"nothing at all":     {nil, certify.Failed},
	} {
		if got := certify.Judged(tt.results); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLatency(t *testing.T) {
	var samples []certify.Sample
	for i := 100; i > 0; i-- {
		samples = append(samples, certify.Sample{Took: time.Duration(i) * time.Millisecond})
	}
	got := certify.NewLatency(samples, time.Second)
	for what, pair := range map[string][2]time.Duration{"P50": {got.P50, 50}, "P90": {got.P90, 90}, "P95": {got.P95, 95},
		"P99": {got.P99, 99}, "Max": {got.Max, 100}} {
		if pair[0] != pair[1]*time.Millisecond {
			t.Errorf("%s is %s, want %dms", what, pair[0], pair[1])
		}
	}
	if one := certify.NewLatency(samples[:1], 0); one.P50 != one.Max || one.P99 != 100*time.Millisecond {
		t.Errorf("of one sample: %+v", one)
	}
	if none := certify.NewLatency(nil, time.Second); none.Max != 0 || none.Tolerated != time.Second {
		t.Errorf("of no sample: %+v", none)
	}
}

func TestOfKind(t *testing.T) {
	for _, c := range certify.OfKind(certify.Probe, certify.Code) {
		if !slices.Contains([]certify.Kind{certify.Probe, certify.Code}, c.Kind) {
			t.Errorf("%s is %s", c.ID, c.Kind)
		}
	}
	if len(certify.OfKind(certify.Probe)) == 0 {
		t.Error("no probes")
	}
}
