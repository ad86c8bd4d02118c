package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/trunkpass/trunkpass/skill/endpoint"
	"github.com/trunkpass/trunkpass/skill/trace"
)

// serveCommand is the configuration of serve. Each field is a flag; those with an env can be set in the environment as
// well. Whether requests are verified cannot: a line in a file of variables must not open the door.
type serveCommand struct {
	worldFlags
	operatorFlags
	Listen        string `help:"Address to answer on. One that others can reach needs --tls-cert and --tls-key, or --behind-proxy." default:"127.0.0.1:8080" placeholder:"HOST:PORT" env:"TRUNKPASS_LISTEN"`
	ApplicationID string `name:"application-id" help:"The skill id that Amazon gave." default:"${demoSkillID}" env:"TRUNKPASS_APPLICATION_ID"`
	Verify        bool   `help:"Answer only what Alexa has signed for this skill. --no-verify is for trying it out on loopback." default:"true" negatable:""`
	TLSCert       string `name:"tls-cert" help:"PEM file of the certificate and its intermediates; read again when it changes." placeholder:"FILE" env:"TRUNKPASS_TLS_CERT"`
	TLSKey        string `name:"tls-key" help:"PEM file of its key." placeholder:"FILE" env:"TRUNKPASS_TLS_KEY"`
	BehindProxy   bool   `help:"Answer others in plain HTTP, because a proxy on the way speaks HTTPS." env:"TRUNKPASS_BEHIND_PROXY"`
	MetricsListen string `help:"Address of /metrics, /healthz and /readyz alone; without it /metrics is only there with --no-verify." placeholder:"HOST:PORT" env:"TRUNKPASS_METRICS_LISTEN"`
}

// problems lists everything that is wrong with the configuration; it reads no file.
func (c serveCommand) problems() (wrong []error) {
	wrong = c.operatorFlags.problems()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	local, err := isLoopback(c.Listen)
	if err != nil {
		say("--listen: %w", err)
	}
	if c.MetricsListen != "" {
		if _, err := isLoopback(c.MetricsListen); err != nil {
			say("--metrics-listen: %w", err)
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		say("--tls-cert and --tls-key need each other")
	}
	if err == nil && !local {
		if !c.Verify {
			say("--no-verify lets anybody speak for Alexa, and others can reach %s", c.Listen)
		}
		if c.TLSCert == "" && c.TLSKey == "" && !c.BehindProxy {
			say("others can reach %s: give --tls-cert and --tls-key, or --behind-proxy", c.Listen)
		}
	}
	if public := strings.HasPrefix(c.PublicURL, "https:"); !c.Verify && (c.BehindProxy || public) {
		say("--no-verify lets anybody speak for Alexa who comes through the proxy")
	}
	if c.Verify && !c.Now.IsZero() {
		say("--now makes old signatures good; it is for trying things out with --no-verify")
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if os.Getenv(name) != "" && c.Verify {
			say("%s names whom Alexa's signatures are believed from; unset it, the system's own trust is meant", name)
		}
	}
	switch {
	case !strings.HasPrefix(c.ApplicationID, "amzn1.ask.skill."):
		say("--application-id is not a skill id: they begin with amzn1.ask.skill.")
	case c.Verify && c.ApplicationID == demoSkillID:
		say("--application-id is missing, the skill id that Amazon gave (or try it out with --no-verify)")
	}
	return wrong
}

// isLoopback tells whether only this machine can reach an address.
func isLoopback(address string) (bool, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("not HOST:PORT: %w", err)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, fmt.Errorf("%q is not a port", port)
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback(), nil
}

// trust is whom a signature is believed from, how its certificate is fetched, and by which clock it is judged. The zero
// value is the system's trust, our own client and the real clock; only tests have another.
type trust struct {
	roots *x509.CertPool
	http  *http.Client
	now   func() time.Time
}

// Run serves until the context ends.
func (c serveCommand) Run(ctx context.Context, s streams) error { return c.serve(ctx, s, trust{}) }

func (c serveCommand) serve(ctx context.Context, s streams, t trust) error {
	if wrong := c.problems(); len(wrong) > 0 {
		said := make([]string, len(wrong))
		for i, w := range wrong {
			said[i] = w.Error()
		}
		return fmt.Errorf("%w: %s", errUsage, strings.Join(said, "; "))
	}
	o := homeOptions{
		worldFlags: c.worldFlags, operatorFlags: c.operatorFlags, ApplicationID: c.ApplicationID,
		Log: trace.Log(s.Err, slog.LevelInfo), Note: s.Err, Metrics: newMetrics(), Ring: true, Clock: t.now,
	}
	h, err := openHome(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	doors, err := c.open(h.now, o.Log)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	mounts, err := c.mounts(h, o, doors.url(), t)
	if err != nil {
		return errors.Join(err, doors.close())
	}
	doors.answer(mounts, c.Verify)
	files := h.addresses()
	for file, address := range files {
		where := filepath.Join(c.Data, file)
		if err := os.WriteFile(where, []byte(address), 0o600); err != nil {
			return errors.Join(fmt.Errorf("serve: %w", err), doors.close())
		}
		defer func() { _ = os.Remove(where) }()
	}
	o.Log.Info("serving", "alexa", doors.url()+"/alexa", "owner", doors.url()+"/owner/", "garage", files[garageFile], "control", h.control(),
		"verified", c.Verify, "metrics", doors.metricsURL())
	return doors.serve(ctx, mounts.Health, o.Log)
}

// mounts are what this server answers at its address; what is left out is not there.
func (c serveCommand) mounts(h *home, o homeOptions, address string, t trust) (m endpoint.Mounts, err error) {
	m.Alexa = &endpoint.Handler{Answer: h.skill.Answer, Budget: turnBudget, Log: o.Log, Now: h.now}
	m.Health = &endpoint.Health{Check: h.ready, Log: o.Log, Now: h.now}
	m.Metrics = o.Metrics.handler()
	if c.PublicURL != "" {
		address = c.PublicURL
	}
	if m.Owner, err = h.ownerPage(address, o.Log); err != nil {
		return m, err
	}
	if m.Events, err = h.events(o); err != nil {
		return m, err
	}
	defer func() { m.Alexa = traced(m.Alexa) }() // outside of everything, so that what is refused is found too
	if !c.Verify {
		return m, nil
	}
	verifier, err := endpoint.NewVerifier(endpoint.VerifierOptions{
		ApplicationID: c.ApplicationID, Roots: t.roots, HTTP: t.http, Now: h.now, Log: o.Log, Observe: o.Metrics.refusals(),
	})
	if err != nil {
		return m, err
	}
	m.Alexa = verifier.Wrap(m.Alexa)
	return m, nil
}

// traced takes up the trace of a request, or begins one.
func traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(trace.From(r.Context(), r.Header)))
	})
}

// ready asks for what every turn needs: the accounts, and a dongle cloud that answers anything at all.
func (h *home) ready(ctx context.Context) error {
	if _, err := h.accounts.Account(ctx, "nobody"); err != nil {
		return fmt.Errorf("read an account: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.cloudURL, nil)
	if err != nil {
		return fmt.Errorf("reach the dongle cloud: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("reach the dongle cloud: %w", err)
	}
	return response.Body.Close()
}

// The limits of the HTTP servers.
const (
	headerTimeout   = 5 * time.Second
	requestTimeout  = 10 * time.Second
	idleTimeout     = 60 * time.Second
	maxHeaderBytes  = 16 << 10
	shutdownTimeout = 8 * time.Second // a turn under way may finish
)

// doors are the servers of one process: the public one, and behind it the one for whoever watches over it, if it has an
// address of its own.
type doors struct {
	public, private *http.Server
	listeners       [2]net.Listener // of the two, nil for a private one that is not there
}

// open takes the addresses, so that nothing is said to be serving that is not, and the owner page knows its own.
func (c serveCommand) open(now func() time.Time, log *slog.Logger) (_ *doors, err error) {
	d := &doors{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	d.public = newServer(nil, log)
	if c.TLSCert != "" {
		pair, err := endpoint.OpenKeyPair(c.TLSCert, c.TLSKey, now, log)
		if err != nil {
			return nil, err
		}
		d.public.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Certificate}
	}
	if d.listeners[0], err = net.Listen("tcp", c.Listen); err != nil {
		return nil, err
	}
	if c.MetricsListen != "" {
		d.private = newServer(nil, log)
		if d.listeners[1], err = net.Listen("tcp", c.MetricsListen); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// answer says what stands behind the doors. Whoever comes through a proxy comes from loopback too, so the metrics of a
// verified server are behind the private one alone.
func (d *doors) answer(m endpoint.Mounts, verified bool) {
	if d.private != nil {
		d.private.Handler = endpoint.Routes(endpoint.Mounts{Health: m.Health, Metrics: m.Metrics})
	}
	if verified || d.private != nil {
		m.Metrics = nil
	}
	d.public.Handler = endpoint.Routes(m)
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
}

func (d *doors) url() string {
	scheme := "http"
	if d.public.TLSConfig != nil {
		scheme = "https"
	}
	return scheme + "://" + d.listeners[0].Addr().String()
}

// metricsURL is "" without an address of its own.
func (d *doors) metricsURL() string {
	if d.private == nil {
		return ""
	}
	return "http://" + d.listeners[1].Addr().String() + "/metrics"
}

// serve answers until the context ends. Then it is no longer ready, turns under way finish, and the public door closes
// before the one that says so. A second signal ends the process at once.
func (d *doors) serve(ctx context.Context, health *endpoint.Health, log *slog.Logger) error {
	stopped := make(chan error, 2)
	go func() {
		if d.public.TLSConfig != nil {
			stopped <- d.public.ServeTLS(d.listeners[0], "", "")
			return
		}
		stopped <- d.public.Serve(d.listeners[0])
	}()
	if d.private != nil {
		go func() { stopped <- d.private.Serve(d.listeners[1]) }()
	}
	select {
	case err := <-stopped:
		return errors.Join(fmt.Errorf("serve: %w", err), d.close())
	case <-ctx.Done():
	}
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	log.Info("stopping")
	health.Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := d.public.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), d.close())
	}
	if d.private != nil {
		if err := d.private.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("stop serving: %w", err), d.close())
		}
	}
	return nil
}

// close closes at once whatever is still open.
func (d *doors) close() error {
	var problems []error
	for i, server := range []*http.Server{d.public, d.private} {
		if server != nil {
			problems = append(problems, server.Close())
		}
		if listener := d.listeners[i]; listener != nil {
			if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
				problems = append(problems, err)
			}
		}
	}
	return errors.Join(problems...)
}
