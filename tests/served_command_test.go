package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// A day in the story that these tests tell, for the clock of a story and for a command line.
const (
	storyClock   = "2031-05-06 14:00 America/Vancouver"
	storyInstant = "2031-05-06T14:00:00-07:00"
)

func clockAt(t *testing.T, text string) *clock {
	t.Helper()
	c := &clock{}
	if err := c.set(text); err != nil {
		t.Fatal(err)
	}
	return c
}

// storyAt is a story of which only the beginning is known: where the clock stands.
func storyAt(t *testing.T) *story {
	return &story{path: t.Name(), locale: models.Locales()[0], lines: []line{{kind: "clock", text: storyClock}}}
}

// Everybody else at the data folder of a running server: a person who talks to it, a courier who comes to
// its garage, and those who would open its files as well.
func TestBesideARunningServer(t *testing.T) {
	t.Parallel()
	w := newServedWorld(t, storyAt(t))
	run := func(args ...string) (stdout, stderr string, status int) {
		t.Helper()
		return trunkpass(t, append(args, "--data", w.data, "--now", storyInstant)...)
	}
	for _, in := range [][]string{{"say", "help"}, {"serve", "--no-verify", "--listen", "127.0.0.1:0"}} {
		stdout, stderr, status := run(in...)
		if complaint(t, stdout, stderr, status, 1); !strings.Contains(stderr, "in use by another trunkpass") {
			t.Errorf("%s: %s", in[0], stderr)
		}
	}
	for _, url := range []string{w.alexaURL, strings.TrimSuffix(w.alexaURL, "/alexa"), strings.TrimSuffix(w.alexaURL, "alexa")} {
		if stdout, stderr, status := run("say", "--url", url, "what's my tire pressure"); status != 0 || !strings.Contains(stdout, "tire is low") {
			t.Errorf("say --url %s: status %d\n%s%s", url, status, stdout, stderr)
		}
	}
	stdout, stderr, status := run("say", "--json", "--url", w.alexaURL, "let ups into my trunk until eight p.m.", "four eight two one")
	if status != 0 || !strings.Contains(stdout, "Done. UPS can open") || spokenPIN.MatchString(stdout+stderr) {
		t.Errorf("a grant: status %d\n%s%s", status, stdout, stderr)
	}
	stdout, stderr, status = run("courier", "--carrier", "ups", "list")
	if status != 0 || !strings.HasPrefix(stdout, "grt_1  active ") || !strings.Contains(stdout, "May 6 20:00 PDT") {
		t.Errorf("the courier's list: status %d\n%s%s", status, stdout, stderr)
	}
	if stdout, stderr, status = run("courier", "--carrier", "ups", "--url", w.garageURL, "en-route", "grt_1"); status != 0 {
		t.Errorf("the courier sets out: status %d\n%s%s", status, stdout, stderr)
	}
	got, err := w.ledger()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"grant trunk golf UPS until 20:00", "en_route golf UPS"}; !slices.Equal(got, want) {
		t.Errorf("the garage did %q, want %q", got, want)
	}
}

func TestWhenTheServerHasStopped(t *testing.T) {
	t.Parallel()
	var data, alexa string
	t.Run("serve", func(t *testing.T) {
		w := newServedWorld(t, storyAt(t))
		data, alexa = w.data, w.alexaURL
	})
	if _, err := os.Stat(filepath.Join(data, "garage.url")); err == nil {
		t.Error("the address of a garage that has closed is still there")
	}
	stdout, stderr, status := trunkpass(t, "say", "--data", data, "--url", alexa, "help")
	complaint(t, stdout, stderr, status, 1)
	if _, stderr, status = trunkpass(t, "say", "--data", data, "what's my tire pressure"); status != 0 {
		t.Errorf("its data is not free: status %d, %s", status, stderr)
	}
}

// A port that somebody else has.
func TestServeWhereSomebodyElseDoes(t *testing.T) {
	t.Parallel()
	w := newServedWorld(t, storyAt(t))
	taken := strings.TrimSuffix(strings.TrimPrefix(w.alexaURL, "http://"), "/alexa")
	stdout, stderr, status := trunkpass(t, "serve", "--no-verify", "--listen", taken, "--data", newData(t))
	said := slices.DeleteFunc(strings.SplitAfter(stderr, "\n"), isLog)
	complaint(t, stdout, strings.Join(said, ""), status, 1)
}

// ledgerOf opens the garage of a data folder and tells all it ever did.
func ledgerOf(t *testing.T, data string) []string {
	t.Helper()
	d := desk{t: t}
	g, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(data, "garage.db"), Now: clockAt(t, storyClock).now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		http.DefaultClient.CloseIdleConnections()
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	d.controlURL = g.ControlURL()
	lines, err := d.ledger()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
