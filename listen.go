package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/trunkpass/trunkpass/skill/endpoint"
)

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
