package tests

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// complaint proves that a command failed as a command should: nothing on standard output, one line on
// standard error that says whose it is, and no trace of a panic.
func complaint(t *testing.T, stdout, stderr string, status, want int) {
	t.Helper()
	if status != want {
		t.Errorf("status %d, want %d\n%s", status, want, stderr)
	}
	if stdout != "" {
		t.Errorf("standard output: %s", stdout)
	}
	line, more, _ := strings.Cut(strings.TrimSuffix(stderr, "Try 'trunkpass --help'.\n"), "\n")
	if !strings.HasPrefix(line, "trunkpass: ") || more != "" {
		t.Errorf("standard error is not one line of ours:\n%s", stderr)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	data := newData(t) // some mistakes only show when the command has begun
	for name, args := range map[string][]string{
		"nothing":                    nil,
		"no such command":            {"drive"},
		"no such flag":               {"say", "--loud", "hello"},
		"a flag of another command":  {"say", "--listen", "127.0.0.1:0"},
		"no such language":           {"say", "--locale", "tlh-KX", "hello"},
		"a locale that is a path":    {"say", "--locale", "../../skill", "hello"},
		"no such device":             {"say", "--device", "toaster", "hello"},
		"no such weather":            {"say", "--weather", "sunny", "hello"},
		"a seed that is no number":   {"say", "--seed", "one", "hello"},
		"a negative seed":            {"say", "--seed", "-1", "hello"},
		"a day that is none":         {"say", "--now", "yesterday", "hello"},
		"a date without a time":      {"say", "--now", "2031-05-06", "hello"},
		"an address without a host":  {"say", "--url", "http://", "hello"},
		"an address of another kind": {"say", "--url", "ftp://127.0.0.1/alexa", "hello"},
		"no address at all":          {"say", "--url", "nonsense", "hello"},
		"an address one cannot read": {"say", "--url", "http://127.0.0.1:none", "hello"},
		"an argument too many":       {"serve", "now"},
		"no port":                    {"serve", "--listen", "127.0.0.1"},
		"every interface":            {"serve", "--listen", ":8080"},
		"every interface of IPv4":    {"serve", "--listen", "0.0.0.0:8080"},
		"every interface of IPv6":    {"serve", "--listen", "[::]:8080"},
		"an address in the network":  {"serve", "--listen", "192.168.1.2:8080"},
		"a name in the network":      {"serve", "--listen", "trunkpass.example:8080"},
		"no carrier":                 {"courier", "list"},
		"no such carrier":            {"courier", "--carrier", "stork", "list"},
		"no step":                    {"courier", "--carrier", "ups"},
		"no such step":               {"courier", "--carrier", "ups", "steal"},
		"a step without a grant":     {"courier", "--carrier", "ups", "open"},
		"a garage without a host":    {"courier", "--carrier", "ups", "--url", "nonsense", "list"},
		"nobody to forget":           {"forget"},
		"a garage far away":          {"courier", "--carrier", "ups", "--url", "http://192.168.1.2", "list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(args) > 0 && args[0] != "drive" {
				args = append(args, "--data", data)
				if args[0] == "courier" { // these open the data, and only one at a time can
					args[len(args)-1] = newData(t)
				}
			}
			stdout, stderr, status := trunkpass(t, args...)
			complaint(t, stdout, stderr, status, 2)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	world := []string{"--help", "--data", "--weather", "--seed", "--now"}
	for command, flags := range map[string][]string{
		"":                 {"say", "serve", "courier", "certify", "check", "forget"},
		"say":              append([]string{"--device", "--locale", "--url", "--json", "echo,show,car", "calm,rough,storm"}, world...),
		"serve":            append([]string{"--listen", "--application-id"}, world...),
		"courier":          append([]string{"--carrier", "--parcel", "--url", "list", "en-route", "arrive", "open", "complete"}, world...),
		"forget":           {"<owner-id>", "--data"},
		"courier complete": append([]string{"<id>", "--carrier"}, world...),
	} {
		stdout, stderr, status := trunkpass(t, append(strings.Fields(command), "--help")...)
		if status != 0 || stderr != "" {
			t.Errorf("%s --help: status %d, standard error %q", command, status, stderr)
		}
		for _, f := range flags {
			if !strings.Contains(stdout, f) {
				t.Errorf("%s --help does not tell of %s:\n%s", command, f, stdout)
			}
		}
	}
}

func TestSay(t *testing.T) {
	const tires, tiresAnswer = "what's my tire pressure", "front left tire is low"
	for name, tc := range map[string]struct {
		stdin  string
		args   []string
		status int
		stdout []string // what it must hold, in this order
		stderr []string
	}{
		"one turn":      {args: []string{tires}, stdout: []string{"You: ", tires, "Alexa: ", tiresAnswer}},
		"by name":       {args: []string{"Alexa, ask trunk pass for my tire pressure."}, stdout: []string{tiresAnswer}},
		"several turns": {args: []string{"open trunk pass", tires}, stdout: []string{"Welcome to Trunk Pass. I look after your cars", tiresAnswer}},
		"nothing that we understand": {
			args: []string{"what's my tire pleasure"}, status: 1,
			stderr: []string{`"what's my tire pleasure" matches no intent`, `nearest sample is "what's my tire pressure" of CheckTires`},
		},
		"the first failure ends it": {args: []string{tires, "blue moon", "help"}, status: 1, stdout: []string{tiresAnswer}, stderr: []string{`"blue moon"`}},
		"lines": {
			stdin: "let the courier into my trunk\n\nfedex\nstop\n",
			stdout: []string{"let the courier into my trunk", "Which carrier is coming?", "Tell me who delivers", "fedex", "FedEx may open",
				"stop", "Nobody gets in"},
		},
		"a last line without an end":   {stdin: tires, stdout: []string{tiresAnswer}},
		"lines that end as on Windows": {stdin: tires + "\r\n", stdout: []string{tiresAnswer}},
		"a line nobody understands":    {stdin: "blue moon\n" + tires + "\n", status: 1, stdout: []string{tiresAnswer}, stderr: []string{`"blue moon"`}},
		"no line":                      {},
		"silence":                      {stdin: "\n\n"},
		"a line without end":           {stdin: strings.Repeat("la", 100_000), status: 1, stderr: []string{"read what to say"}},
		"bytes that are no text":       {args: []string{"\xff\xfe"}, status: 1, stderr: []string{"matches no intent"}},
		"in the car":                   {args: []string{"--device", "car", "open trunk pass"}, stdout: []string{"Welcome to Trunk Pass. What would you like?"}},
		"on a screen":                  {args: []string{"--device", "show", tires}, stdout: []string{tiresAnswer}},
		"at another time": {
			args:   []string{"--now", "2031-05-06T14:00:00-07:00", "let ups into my trunk until eight p.m."},
			stdout: []string{"until 8 PM today"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := trunkpassReading(t, tc.stdin, append([]string{"say", "--data", newData(t)}, tc.args...)...)
			if status != tc.status {
				t.Errorf("status %d, want %d", status, tc.status)
			}
			inOrder(t, "standard output", stdout, tc.stdout)
			inOrder(t, "standard error", stderr, tc.stderr)
			if len(tc.stdout) == 0 && stdout != "" || strings.Count(stderr, "\n") != tc.status {
				t.Errorf("more was said than asked for: %q and %q", stdout, stderr)
			}
		})
	}
}

func inOrder(t *testing.T, where, text string, parts []string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, found := strings.Cut(rest, p)
		if !found {
			t.Errorf("%s: %q is missing or in another place:\n%s", where, p, text)
			return
		}
		rest = after
	}
}

func TestFirstRunTellsThePINOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "new", "data")
	stdout, stderr, status := trunkpass(t, "say", "--data", data, "what's my tire pressure")
	if status != 0 || !strings.Contains(stdout, "tire is low") || spokenPIN.MatchString(stdout) {
		t.Errorf("status %d, said %q", status, stdout)
	}
	if len(spokenPIN.FindAllString(stderr, -1)) != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("the note of the first run is not one line with the PIN: %q", stderr)
	}
	if _, stderr, _ = trunkpass(t, "say", "--data", data, "what's my tire pressure"); stderr != "" {
		t.Errorf("the second run has a note: %q", stderr)
	}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may touch %s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two first runs at once: one of them may be told that the other has the data, and there is one PIN that
// works ever after.
func TestTwoFirstRunsAtOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	var runs sync.WaitGroup
	var notes [2]string
	var statuses [2]int
	for i := range notes {
		runs.Go(func() { _, notes[i], statuses[i] = trunkpass(t, "say", "--data", data, "what's my tire pressure") })
	}
	runs.Wait()
	if statuses[0] != 0 && statuses[1] != 0 {
		t.Errorf("both failed: %q", notes)
	}
	if told := spokenPIN.FindAllString(notes[0]+notes[1], -1); len(told) != 1 {
		t.Errorf("the PIN was told %d times: %q", len(told), notes)
	}
	stdout, stderr, status := trunkpass(t, "say", "--data", data, "let ups into my trunk", "four eight two one")
	if status != 0 || !strings.Contains(stdout, "Done. UPS can open") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestStateIsKeptBetweenRuns(t *testing.T) {
	t.Parallel()
	data := newData(t)
	for _, run := range []struct {
		say  []string
		want string
	}{
		{[]string{"let ups into my trunk", "one two three four", "one two three five", "stop"}, "Tell me your PIN once more"},
		{[]string{"let ups into my trunk", "four eight two one"}, "Done. UPS can open the trunk of your Golf once"},
		{[]string{"let ups into my trunk"}, "UPS can already open the trunk of your Golf once"},
		{[]string{"let fedex into my trunk", "one two three four", "one two three five", "stop"}, "Tell me your PIN once more"},
		{[]string{"let fedex into my trunk", "one two three six"}, "That was the third wrong PIN"},
		{[]string{"let fedex into my trunk"}, "Your voice PIN is locked"},
		{[]string{"what's my tire pressure"}, "tire is low"},
	} {
		stdout, stderr, status := trunkpass(t, append([]string{"say", "--data", data}, run.say...)...)
		if status != 0 || stderr != "" || !strings.Contains(stdout, run.want) {
			t.Errorf("%q: status %d, want %q\n%s%s", run.say, status, run.want, stdout, stderr)
		}
	}
}

// turnKeys are what --json promises for each turn, and nothing else.
var turnKeys = []string{"card", "directives", "intent", "progress", "reprompt", "request", "response", "session", "slots", "speech", "user"}

func TestSayJSON(t *testing.T) {
	t.Parallel()
	data := newData(t)
	for _, say := range [][]string{
		{"let the courier into my trunk", "u. p. s.", "zero one two three", "four eight two one"},
		{"let fedex into my trunk", "4821"},
		{"let dhl into my trunk with pin four eight two one", "it's 4 8 2 1"},
		{"please take 4821 for it"},
		{"please take four eight two one for it"},
		{"let usps into my trunk", "help", "maybe 4821 then"},
	} {
		stdout, stderr, _ := trunkpass(t, append([]string{"say", "--json", "--data", data}, say...)...)
		for where, text := range map[string]string{"standard output": stdout, "standard error": stderr} {
			for _, shown := range []string{"four eight", "4 8 2 1"} {
				if spokenPIN.MatchString(text) || strings.Contains(text, shown) {
					t.Errorf("%q: the PIN stands on %s:\n%s", say, where, text)
				}
			}
		}
		for line := range strings.Lines(stdout) {
			var turn map[string]any
			if err := json.Unmarshal([]byte(line), &turn); err != nil {
				t.Fatalf("%q: not one object per line: %v", say, err)
			}
			if keys := slices.Sorted(maps.Keys(turn)); !slices.Equal(keys, turnKeys) {
				t.Errorf("%q: members %q, want %q", say, keys, turnKeys)
			}
			if s := turn["session"]; s != "open" && s != "closed" {
				t.Errorf("%q: session %q", say, s)
			}
			tokensMasked(t, turn)
		}
	}
	for path, text := range contents(t, data) {
		if spokenPIN.Match(text) {
			t.Errorf("the PIN stands in %s", path)
		}
	}
}

func tokensMasked(t *testing.T, tree any) {
	t.Helper()
	switch node := tree.(type) {
	case []any:
		for _, child := range node {
			tokensMasked(t, child)
		}
	case map[string]any:
		for key, child := range node {
			if text, ok := child.(string); ok && strings.Contains(strings.ToLower(key), "token") && text != "[token]" {
				t.Errorf("%s is shown", key)
			}
			tokensMasked(t, child)
		}
	}
}

// contents reads every file of a data folder, by its path in there.
func contents(t *testing.T, data string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(data, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestSayInBadWeather(t *testing.T) {
	for _, weather := range []string{"rough", "storm"} {
		for _, seed := range []string{"1", "2", "3"} {
			t.Run(weather+" "+seed, func(t *testing.T) {
				t.Parallel()
				stdout, stderr, status := trunkpass(t, "say", "--data", newData(t), "--weather", weather, "--seed", seed,
					"let ups into my trunk until nine p.m.", "four eight two one", "what's my tire pressure")
				if status != 0 && status != 1 {
					t.Errorf("status %d", status)
				}
				if text := stdout + stderr; strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") || strings.Contains(text, "DATA RACE") {
					t.Errorf("it fell over:\n%s", text)
				}
			})
		}
	}
}

// A server that is there and answers nonsense is a turn that failed: one line, and nothing that looks like
// an answer.
func TestSayToAServerThatFails(t *testing.T) {
	t.Parallel()
	data := newData(t)
	g, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(data, "garage.db"), Now: clockAt(t, storyClock).now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	if err := os.WriteFile(filepath.Join(data, "garage.url"), []byte(g.URL()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) },
		"no JSON":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"what Alexa would not play": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"version":"2.0","response":{}}`))
		},
		"more than anybody may answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte(" "), 2<<20)) },
	} {
		server := httptest.NewServer(answer)
		stdout, stderr, status := trunkpass(t, "say", "--data", data, "--url", server.URL, "--now", storyInstant, "what's my tire pressure")
		server.Close()
		t.Run(name, func(t *testing.T) { complaint(t, stdout, stderr, status, 1) })
	}
}
