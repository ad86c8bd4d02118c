package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trunkpass/trunkpass/skill/endpoint"
)

const someSkill = "amzn1.ask.skill.5f6c2f0e-1b7a-4c43-9a55-1d7d3c0a9b11"

// parseServe reads a command line of serve.
func parseServe(t testing.TB, args ...string) serveCommand {
	t.Helper()
	var cli struct {
		Serve serveCommand `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Vars{"demoSkillID": demoSkillID})
	if err == nil {
		_, err = parser.Parse(append([]string{"serve"}, args...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return cli.Serve
}

func TestServeConfiguration(t *testing.T) {
	const id = "--application-id=" + someSkill
	for _, row := range []struct {
		args string
		want []string // a piece of every problem, in order
	}{
		{"--no-verify", nil},
		{id, nil},
		{id + " --listen localhost:0", nil},
		{id + " --listen [::1]:8080 --metrics-listen 127.0.0.1:0", nil},
		{id + " --listen :443 --tls-cert c --tls-key k", nil},
		{id + " --listen 0.0.0.0:8080 --behind-proxy", nil},
		{"", []string{"--application-id is missing"}},
		{"--no-verify --behind-proxy", []string{"comes through the proxy"}},
		{"--no-verify --public-url https://trunkpass.example", []string{"comes through the proxy"}},
		{"--no-verify --public-url http://127.0.0.1:8080", nil},
		{id + " --now 2020-01-01T00:00:00Z", []string{"old signatures"}},
		{"--no-verify --now 2020-01-01T00:00:00Z", nil},
		{"--application-id=12", []string{"not a skill id"}},
		{"--no-verify --listen 0.0.0.0:8080 --behind-proxy", []string{"others can reach", "comes through the proxy"}},
		{"--no-verify --listen trunkpass.example:8080", []string{"--no-verify", "--tls-cert and --tls-key"}},
		{id + " --listen :8080", []string{"others can reach :8080"}},
		{id + " --listen [::]:8080", []string{"others can reach"}},
		{id + " --listen 192.168.1.2:8080", []string{"others can reach"}},
		{id + " --listen 127.0.0.1", []string{"--listen: not HOST:PORT"}},
		{id + " --listen 127.0.0.1:http", []string{`--listen: "http" is not a port`}},
		{id + " --listen 127.0.0.1:65536", []string{`--listen: "65536" is not a port`}},
		{id + " --tls-cert c", []string{"need each other"}},
		{"--listen x --metrics-listen y --tls-key k", []string{"--listen", "--metrics-listen", "need each other", "--application-id"}},
	} {
		got := parseServe(t, strings.Fields(row.args)...).problems()
		ok := len(got) == len(row.want)
		for i := 0; ok && i < len(got); i++ {
			ok = strings.Contains(got[i].Error(), row.want[i])
		}
		if !ok {
			t.Errorf("serve %s: got %q, want %q", row.args, got, row.want)
		}
	}
}

// The unit that we ship starts what there is.
func TestServiceUnit(t *testing.T) {
	unit, err := os.ReadFile("docs/trunkpass.service")
	if err != nil {
		t.Fatal(err)
	}
	_, start, found := strings.Cut(string(unit), "\nExecStart=/usr/local/bin/trunkpass serve ")
	start, _, _ = strings.Cut(strings.ReplaceAll(start, "\\\n", ""), "\n")
	args := strings.Fields(start)
	if !found || len(args) == 0 {
		t.Fatal("the unit does not start serve")
	}
	c := parseServe(t, append(args, "--application-id", someSkill)...) // which comes from the EnvironmentFile
	if wrong := c.problems(); len(wrong) > 0 || !c.Verify || c.TLSCert == "" {
		t.Errorf("serve %s: %q", start, wrong)
	}
}

// What is counted is told to whoever asks on loopback at home, and on an address of its own in production: a proxy comes
// from loopback too.
func TestServeMetrics(t *testing.T) {
	const id, own = "--application-id=" + someSkill + " --listen 127.0.0.1:0", " --metrics-listen 127.0.0.1:0"
	counts := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	log := slog.New(slog.DiscardHandler)
	for args, want := range map[string][2]int{ // the public address and its own, 0 if there is none
		"--no-verify --listen 127.0.0.1:0":       {200, 0},
		"--no-verify --listen 127.0.0.1:0" + own: {404, 200},
		id:                                       {404, 0},
		id + own:                                 {404, 200},
	} {
		c := parseServe(t, strings.Fields(args)...)
		d, err := c.open(time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		d.answer(endpoint.Mounts{Metrics: counts}, c.Verify)
		for i, server := range []*http.Server{d.public, d.private} {
			got := 0
			if server != nil {
				w := httptest.NewRecorder()
				server.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
				got = w.Code
			}
			if got != want[i] {
				t.Errorf("serve %s: got %d at address %d, want %d", args, got, i, want[i])
			}
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}
}

// What is missing is said in one line.
func TestServeCannotOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, args := range map[string][]string{
		"its address":            {"--listen", taken.Addr().String()},
		"the one of the metrics": {"--listen", "127.0.0.1:0", "--metrics-listen", taken.Addr().String()},
		"its certificate":        {"--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"},
	} {
		c := parseServe(t, append(args, "--no-verify")...)
		if _, err := c.open(time.Now, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// Whom signatures are believed from is not for the environment to say.
func TestServeBelievesNoEnvironment(t *testing.T) {
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, t.TempDir())
			wrong := parseServe(t, "--application-id="+someSkill).problems()
			if len(wrong) != 1 || !strings.Contains(wrong[0].Error(), name) {
				t.Errorf("problems %q, want one that names %s", wrong, name)
			}
			if wrong := parseServe(t, "--no-verify").problems(); len(wrong) > 0 {
				t.Errorf("without signatures: %q", wrong)
			}
		})
	}
}
