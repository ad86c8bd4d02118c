package live

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/sampleskill"
)

// With the hooks of the settings, the suite resets the account and sees effects over HTTP.
func TestHooksOfTheSettings(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	reset, effects := o.Reset, o.Effects
	o.Reset, o.Effects = nil, nil
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Method+" "+r.URL.Path]++
		if r.Method == http.MethodPost {
			_ = reset(r.Context(), certify.VoiceCode{})
			return
		}
		text, _ := effects(r.Context())
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	o.Settings.EffectsHook = server.URL + "/effects"
	o.Settings.Codes[0].ResetHook = server.URL + "/reset"
	for _, r := range mine(run(t, o)) {
		if r.Verdict != certify.Passed {
			t.Errorf("%s is %s (%s), want passed", r.Check.ID, r.Verdict, r.Why)
			show(t, r)
		}
	}
	if asked["GET /effects"] == 0 || asked["POST /reset"] == 0 {
		t.Errorf("the hooks were asked %v", asked)
	}
}

// Everything of the effects counts, also what a large garage writes at its end; too much is an error.
func TestLargeEffects(t *testing.T) {
	const large = 1 << 20
	size, last := large, "a"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for written := 0; written < size; written += large {
			_, _ = w.Write(make([]byte, large))
		}
		_, _ = w.Write([]byte(last))
	}))
	t.Cleanup(server.Close)
	one, err := call(t.Context(), http.MethodGet, server.URL)
	last = "b"
	other, _ := call(t.Context(), http.MethodGet, server.URL)
	if err != nil || one == other {
		t.Errorf("%v; a change at the end is not seen: %t", err, one == other)
	}
	size = maxEffects
	if _, err := call(t.Context(), http.MethodGet, server.URL); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error %v, want one about too much", err)
	}
}

func TestBrokenHookStopsTheRun(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for _, c := range []struct {
		want   string
		change func(*Options)
	}{
		{"reset the voice code", func(o *Options) { o.Reset = nil; o.Settings.Codes[0].ResetHook = server.URL }},
		{"ask for the effects", func(o *Options) { o.Effects = nil; o.Settings.EffectsHook = server.URL }},
	} {
		o := library(t, sampleskill.Defect{})
		c.change(&o)
		_, _, _, err := Run(context.WithoutCancel(t.Context()), o, certify.NewVerdicts(certify.Checks()))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "404") {
			t.Errorf("error %v, want one that says %q", err, c.want)
		}
	}
}
