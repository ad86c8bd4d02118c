package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live"
	"github.com/trunkpass/trunkpass/skill/certify/probe"
	"github.com/trunkpass/trunkpass/skill/endpoint"
)

// ours is our own skill over a garage of its own: asked in this process, and probed behind a door that believes
// certificates made for this run.
func (c certifyCommand) ours(ctx context.Context, s *subject) error {
	program, err := os.Executable()
	if err == nil {
		err = s.names(program)
	}
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "trunkpass-certify")
	if err != nil {
		return err
	}
	quiet, clock := slog.New(slog.DiscardHandler), &hurried{}
	h, err := openHome(ctx, homeOptions{
		worldFlags: worldFlags{Data: data, Seed: c.Seed, Weather: "calm"}, ApplicationID: s.settings.ApplicationID, Log: quiet, Note: io.Discard,
		Clock: clock.now, Wait: clock.wait,
	})
	if err != nil {
		return errors.Join(err, os.RemoveAll(data))
	}
	s.close = func() { _ = errors.Join(h.Close(), os.RemoveAll(data)) }
	s.now = h.now
	s.live = &live.Options{
		Send: h.skill.Answer, Token: h.link.access,
		// What the owner would do on the owner page; and nobody is let in any more.
		Reset: func(ctx context.Context, _ certify.VoiceCode) error {
			return errors.Join(h.unlock(ctx), h.ask(ctx, http.MethodPost, "/control", "world anew", nil))
		},
		Effects: h.ledger,
	}
	return c.door(s, h, quiet)
}

// hurried is a clock on which waiting takes no time: what a car needs three seconds for is done at once, three seconds
// later.
type hurried struct{ ahead atomic.Int64 }

func (c *hurried) now() time.Time { return wallClock().Add(time.Duration(c.ahead.Load())) }

func (c *hurried) wait(ctx context.Context, span time.Duration) error {
	c.ahead.Add(int64(span))
	return ctx.Err()
}

// unlock sets the demo owner's PIN again if wrong ones have been counted.
func (h *home) unlock(ctx context.Context) error {
	account, err := h.accounts.Account(ctx, h.link.owner.ID)
	if err != nil || account.PIN.Failures == 0 && account.PIN.IsSet() {
		return err
	}
	return h.guard.Reset(ctx, h.link.owner.ID, demoPIN)
}

// ledger is everything that the cars and the cloud have done.
func (h *home) ledger(ctx context.Context) (string, error) {
	var text bytes.Buffer
	err := h.ask(ctx, http.MethodGet, "/control/ledger?after=0", "", &text)
	return text.String(), err
}

// ask speaks to the garage's control port.
func (h *home) ask(ctx context.Context, method, path, body string, into io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, method, h.garage.ControlURL()+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("garage control: %s", response.Status)
	}
	if into != nil {
		_, err = io.Copy(into, response.Body)
	}
	return err
}

// door serves the skill on loopback as serve does, to whoever Alexa's stand-in has signed for.
func (c certifyCommand) door(s *subject, h *home, log *slog.Logger) error {
	amazon, err := newStandIn(wallClock())
	if err != nil {
		return err
	}
	verifier, err := endpoint.NewVerifier(endpoint.VerifierOptions{
		ApplicationID: s.settings.ApplicationID, Roots: amazon.roots, HTTP: &http.Client{Transport: amazon}, Now: h.now, Log: log,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := newServer(endpoint.Routes(endpoint.Mounts{
		Alexa: verifier.Wrap(&endpoint.Handler{Answer: h.skill.Answer, Budget: turnBudget, Log: log, Now: h.now}),
	}), log)
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	closeHome := s.close
	s.close = func() { _ = server.Close(); closeHome() }
	s.probe = &probe.Options{
		Endpoint: "http://" + listener.Addr().String() + "/alexa", ApplicationID: s.settings.ApplicationID, Locale: firstOf(s.about.Locales),
		Signer: amazon.alexa, Stranger: amazon.stranger, Now: h.now, NewID: newID,
	}
	return nil
}

// Where the stand-in's certificates lie, and whom they are issued to.
const (
	alexaChain    = "https://s3.amazonaws.com/echo.api/certify-alexa.pem"
	strangerChain = "https://s3.amazonaws.com/echo.api/certify-stranger.pem"
	alexaName     = "echo-api.amazon.com"
	rsaBits       = 2048
	standInLife   = time.Hour
)

// standIn signs for Alexa in this process: an authority that lives as long as the run, and the certificates it issued.
type standIn struct {
	roots           *x509.CertPool
	chains          map[string][]byte // PEM by URL
	alexa, stranger *probe.Signer
}

func newStandIn(now time.Time) (*standIn, error) {
	rootKey, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Certification run"}, NotBefore: now.Add(-standInLife), NotAfter: now.Add(standInLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	if root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a := &standIn{roots: x509.NewCertPool(), chains: map[string][]byte{}}
	a.roots.AddCert(root)
	issue := func(name, url string) (*probe.Signer, error) {
		key, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return nil, err
		}
		leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: root.NotBefore, NotAfter: root.NotAfter,
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, root, key.Public(), rootKey)
		if err != nil {
			return nil, err
		}
		a.chains[url] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})
		return &probe.Signer{Key: key, ChainURL: url}, nil
	}
	if a.alexa, err = issue(alexaName, alexaChain); err != nil {
		return nil, err
	}
	a.stranger, err = issue("stranger.example", strangerChain)
	return a, err
}

// RoundTrip gives the certificates, as Amazon's storage would.
func (a *standIn) RoundTrip(r *http.Request) (*http.Response, error) {
	chain, ok := a.chains[r.URL.String()]
	if !ok {
		return nil, errors.New("there is no such certificate in this run")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Request: r,
		Body: io.NopCloser(bytes.NewReader(chain)), ContentLength: int64(len(chain)),
	}, nil
}
