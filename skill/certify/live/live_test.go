package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/sampleskill"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

// library is the sample skill as a tester has it: package, settings, and a clock that the skill can slow down.
func library(t testing.TB, d sampleskill.Defect) Options {
	t.Helper()
	file, err := os.Open("../testdata/sample/certify.toml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	settings, err := certify.ReadSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2031, 5, 6, 14, 5, 0, 0, time.UTC)
	books := sampleskill.New(d, func() time.Time { return now }, func(d time.Duration) { now = now.Add(d) })
	ids := 0
	known := Of(read(t))
	known.Locales = slices.DeleteFunc(known.Locales, func(l Locale) bool { return l.Name != "en-US" })
	known.Interfaces = append(known.Interfaces, "CAN_FULFILL_INTENT_REQUEST")
	return Options{
		Skill: known, Settings: settings, Send: books.Answer, Now: func() time.Time { return now }, Seed: 1,
		MaxStates: 2, // enough for every defect; that all states are reached, some tests show
		NewID:     func() string { ids++; return fmt.Sprintf("id-%d", ids) },
		Reset:     func(context.Context, certify.VoiceCode) error { books.ResetCode(); return nil },
		Effects:   func(context.Context) (string, error) { return books.Effects(), nil },
	}
}

func read(t testing.TB) *skillpackage.Package {
	t.Helper()
	p, err := skillpackage.Read(os.DirFS("../testdata/sample/skill-package"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t testing.TB, o Options) []certify.Result {
	t.Helper()
	v := certify.NewVerdicts(certify.Checks())
	if _, _, _, err := Run(t.Context(), o, v); err != nil {
		t.Fatal(err)
	}
	return v.Results()
}

// mine are the results that live is responsible for.
func mine(results []certify.Result) []certify.Result {
	return slices.DeleteFunc(results, func(r certify.Result) bool {
		return r.Check.Kind != certify.Live && r.Check.Kind != certify.Code
	})
}

// show prints findings with the last exchange.
func show(t testing.TB, r certify.Result) {
	t.Helper()
	for _, f := range r.Findings[:min(len(r.Findings), 3)] {
		t.Logf("%s: %s: %s", r.Check.ID, f.Where, f.Problem)
		if n := len(f.Evidence); n > 0 {
			t.Logf("    %s -> %.250s", f.Evidence[n-1].Said, f.Evidence[n-1].Response)
		}
	}
}

func TestCleanSkillPassesEveryCheck(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	o.MaxStates = 0
	o.Skill.Locales = Of(read(t)).Locales // all of them, one after the other against the same account
	for _, r := range mine(run(t, o)) {
		if r.Verdict != certify.Passed {
			t.Errorf("%s is %s (%s), want passed", r.Check.ID, r.Verdict, r.Why)
			show(t, r)
		}
	}
}

func TestEveryDefectIsCaughtByItsCheck(t *testing.T) {
	caught := map[string]bool{}
	for _, d := range sampleskill.Defects() {
		caught[d.Check] = true
		t.Run(strings.ReplaceAll(d.Name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			o := library(t, d)
			for _, r := range mine(run(t, o)) {
				if failed, want := r.Verdict == certify.Failed, r.Check.ID == d.Check; failed != want {
					t.Errorf("%s (%s) failed: %v, want %v", r.Check.ID, r.Verdict, failed, want)
					show(t, r)
				}
			}
		})
	}
	for _, c := range certify.OfKind(certify.Live, certify.Code) {
		if !caught[c.ID] {
			t.Errorf("no defect is for %s: %s", c.ID, c.Asks)
		}
	}
}

func TestRunSaysHowMuchItSaw(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	o.MaxStates = 0
	steps, within := 0, 0
	o.Progress = func(done, total int, what string) {
		if strings.Contains(what, "requests") {
			within++
			return
		}
		steps++
		if done != steps || total != 10 || what == "" {
			t.Errorf("Progress(%d, %d, %q) at step %d", done, total, what, steps)
		}
	}
	v := certify.NewVerdicts(certify.Checks())
	coverage, latency, exchanges, err := Run(t.Context(), o, v)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]certify.Share{"intents": coverage.Intents, "slots": coverage.Slots, "dialogs": coverage.Dialogs} {
		if s.Reached != s.Known || s.Known < 6 {
			t.Errorf("%s: %d of %d reached, missed %q", name, s.Reached, s.Known, s.Missed)
		}
	}
	if len(latency.Samples) < len(exchanges) || len(exchanges) < 300 {
		t.Errorf("%d samples and %d exchanges", len(latency.Samples), len(exchanges))
	}
	for _, e := range exchanges {
		if !json.Valid(e.Request) || len(e.Response) > 0 && !json.Valid(e.Response) {
			t.Fatalf("an exchange is not JSON: %s", e.Response)
		}
	}
	if steps != 10 || within < len(exchanges)-1 {
		t.Errorf("%d steps and %d requests were told, want 10 and %d", steps, within, len(exchanges)-1)
	}
}

// Two runs with the same seed ask the same things in the same order.
func TestRunIsReproducible(t *testing.T) {
	said := func() []string {
		v := certify.NewVerdicts(certify.Checks())
		_, _, exchanges, err := Run(t.Context(), library(t, sampleskill.Defect{}), v)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range exchanges {
			all = append(all, e.Intent+": "+e.Said)
		}
		return all
	}
	first, second := said(), said()
	if !slices.Equal(first, second) {
		t.Errorf("two runs differ: %d and %d requests", len(first), len(second))
	}
}

func TestRunStops(t *testing.T) {
	t.Run("when nobody answers", func(t *testing.T) {
		o := library(t, sampleskill.Defect{})
		sent := 0
		o.Send = func(context.Context, []byte) ([]byte, error) {
			sent++
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		}
		v := certify.NewVerdicts(certify.Checks())
		_, _, _, err := Run(t.Context(), o, v)
		if !errors.Is(err, ErrUnreachable) || sent != 1 {
			t.Errorf("error %v after %d requests, want ErrUnreachable after one", err, sent)
		}
		for _, r := range v.Results() {
			if r.Verdict == certify.Failed || r.Verdict == certify.Passed {
				t.Errorf("%s is %s", r.Check.ID, r.Verdict)
			}
		}
	})
	t.Run("when it is told to", func(t *testing.T) {
		o := library(t, sampleskill.Defect{})
		ctx, cancel := context.WithCancel(t.Context())
		answer, sent := o.Send, 0
		o.Send = func(ctx context.Context, body []byte) ([]byte, error) {
			if sent++; sent == 40 {
				cancel()
			}
			return answer(ctx, body)
		}
		_, _, exchanges, err := Run(ctx, o, certify.NewVerdicts(certify.Checks()))
		if !errors.Is(err, context.Canceled) || len(exchanges) > 41 {
			t.Errorf("error %v with %d exchanges, want Canceled", err, len(exchanges))
		}
	})
	t.Run("without a token", func(t *testing.T) {
		o := library(t, sampleskill.Defect{})
		lost := errors.New("no token today")
		o.Token = func(context.Context) (string, error) { return "", lost }
		if _, _, _, err := Run(t.Context(), o, certify.NewVerdicts(certify.Checks())); !errors.Is(err, lost) {
			t.Errorf("error %v, want that of the token", err)
		}
	})
}

// What the settings do not say is not run, with the reason, and never passed.
func TestWithoutSettings(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	o.Settings.Codes, o.Settings.ApplicationID = nil, ""
	got := map[string]certify.Result{}
	for _, r := range run(t, o) {
		got[r.Check.ID] = r
	}
	for _, id := range []string{"PIN-1", "PIN-3", "PIN-4", "PIN-5a", "PIN-5b", "PIN-5c", "PIN-11a", "SEC-5", "SEC-7"} {
		if r := got[id]; r.Verdict != certify.NotRun || r.Why == "" {
			t.Errorf("%s is %s (%s), want not run, with a reason", id, r.Verdict, r.Why)
		}
	}

	o = library(t, sampleskill.Defect{})
	o.Reset, o.Effects = nil, nil
	for _, r := range mine(run(t, o)) {
		want := certify.Passed
		if slices.Contains([]string{"PIN-3", "PIN-5b", "PIN-5c", "SEC-7"}, r.Check.ID) {
			want = certify.NotRun
		}
		if r.Verdict != want {
			t.Errorf("without hooks, %s is %s (%s), want %s", r.Check.ID, r.Verdict, r.Why, want)
			show(t, r)
		}
	}
}

// Without a hook for effects, answers tell whether a code was taken.
func TestCodesWithoutEffects(t *testing.T) {
	for _, d := range sampleskill.Defects() {
		if !slices.Contains([]string{"takes a yes for the code", "accepts any code", "accepts a fourth code", "forgets the lock in a new session"}, d.Name) {
			continue
		}
		o := library(t, d)
		o.Effects = nil
		for _, r := range mine(run(t, o)) {
			if failed, want := r.Verdict == certify.Failed, r.Check.ID == d.Check; failed != want {
				t.Errorf("%s: %s failed: %v, want %v", d.Name, r.Check.ID, failed, want)
				show(t, r)
			}
		}
	}
}

// A language that the suite does not know is not judged by words, and nothing breaks.
func TestUnknownLanguage(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	o.Skill.Locales[0].Name = "ja-JP"
	for _, r := range mine(run(t, o)) {
		want := certify.Passed
		if r.Check.ID == "PIN-5b" {
			want = certify.NotRun
		}
		if r.Verdict != want {
			t.Errorf("%s is %s (%s), want %s", r.Check.ID, r.Verdict, r.Why, want)
			show(t, r)
		}
	}
}
