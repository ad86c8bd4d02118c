package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"
)

// The environment in which this binary is serve with an authority of its own, for tests/peers: no flag and no variable
// of the program itself tells it whom to trust.
const (
	peersRoots = "TRUNKPASS_PEERS_ROOTS" // PEM file
	peersProxy = "TRUNKPASS_PEERS_PROXY" // URL, on the way to the certificates
	peersSkill = "TRUNKPASS_PEERS_SKILL" // id of the skill
	peersData  = "TRUNKPASS_PEERS_DATA"  // folder
)

func TestMain(m *testing.M) {
	// The machine that tests may name whom it trusts; serve refuses to start with that.
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if err := os.Unsetenv(name); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
	}
	if os.Getenv(peersRoots) == "" {
		os.Exit(m.Run())
	}
	if err := servePeers(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
}

func servePeers() error {
	roots, err := os.ReadFile(os.Getenv(peersRoots))
	pool := x509.NewCertPool()
	proxy, proxyErr := url.Parse(os.Getenv(peersProxy))
	if err := errors.Join(err, proxyErr); err != nil || !pool.AppendCertsFromPEM(roots) {
		return fmt.Errorf("no roots or no proxy: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}}
	c := serveCommand{
		worldFlags: worldFlags{Data: os.Getenv(peersData), Weather: "calm", Seed: 1},
		Listen:     "127.0.0.1:0", ApplicationID: os.Getenv(peersSkill), Verify: true,
	}
	return c.serve(context.Background(), streams{Out: io.Discard, Err: os.Stderr}, trust{roots: pool, http: client})
}
