package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

type serveCommand struct {
	worldFlags
	Listen        string `help:"Address to answer on; loopback only, because requests are not yet verified." default:"127.0.0.1:8080" placeholder:"HOST:PORT" env:"TRUNKPASS_LISTEN"`
	ApplicationID string `name:"application-id" help:"The skill id that Amazon gave." default:"${demoSkillID}" env:"TRUNKPASS_APPLICATION_ID"`
}

// The limits of the HTTP server.
const (
	headerTimeout   = 5 * time.Second
	requestTimeout  = 10 * time.Second
	idleTimeout     = 60 * time.Second
	maxHeaderBytes  = 16 << 10
	shutdownTimeout = 8 * time.Second // a turn under way may finish
)

// Run serves until the context ends.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	if err := loopbackOnly(c.Listen); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(s.Err, nil))
	h, err := openHome(ctx, c.worldFlags, c.ApplicationID, log, s.Err)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	where := filepath.Join(c.Data, garageFile)
	if err := os.WriteFile(where, []byte(h.garage.URL()), 0o600); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer func() { _ = os.Remove(where) }()

	alexa := &skill.Handler{Answer: h.skill.Answer, Budget: turnBudget, Log: log, Now: h.now}
	server := &http.Server{
		Handler: skill.Routes(alexa), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
	log.Info("serving", "alexa", "http://"+listener.Addr().String()+"/alexa", "garage", h.garage.URL(), "control", h.garage.ControlURL())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// loopbackOnly refuses every address that others could reach: without verified signatures anybody could
// speak for Alexa.
func loopbackOnly(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: --listen needs HOST:PORT: %w", errUsage, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%w: --listen %s can be reached by others, and requests are not yet verified; use 127.0.0.1", errUsage, address)
	}
	return nil
}
