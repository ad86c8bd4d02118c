// Package probe is the part of the certification suite that sends what only an attacker would send: requests to an HTTPS endpoint
// whose signature is missing, forged, stale or somebody else's, as Amazon's prober does before a skill is published. All of them
// must be refused with HTTP 400.
//
// Nobody but Amazon can sign for Alexa. What is to be refused although it is signed well (a stale request), and that a good
// request is answered, can be probed only if the endpoint trusts a key of the tester's for the test: a Signer. Without one these
// checks are not run. The table of checks is in certify; live talks to a skill, this to what stands before it.
package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
)

// Options are what the probes need. Endpoint, Now and NewID are required.
type Options struct {
	Endpoint      string // https://host/path; http is for a server on one's own machine
	ApplicationID string
	Locale        string // of the requests; "en-US" if empty
	// Client sends; one with ten seconds of patience that follows no redirect if nil.
	Client *http.Client
	// Signer has a key that the endpoint trusts for the test; nil if there is none.
	Signer *Signer
	// Stranger has a key and a chain at an address that the endpoint accepts, whose certificate is not Alexa's; nil if there is
	// none: then a forged signature stands in.
	Stranger *Signer
	Now      func() time.Time
	NewID    func() string

	forger *Signer // signs what is not to be believed; a new key if nil
}

// patience is how long the endpoint may take.
const patience = 10 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 256 << 10

// ErrUnreachable is in the chain of what Run returns when nobody answers.
var ErrUnreachable = errors.New("the endpoint cannot be reached")

// Run sends every probe and judges the answers into v. The error says that the probes were broken off: no valid endpoint,
// ErrUnreachable, or the context has ended. No probe asks for anything but a welcome.
func Run(ctx context.Context, o Options, v *certify.Verdicts) ([]certify.Exchange, error) {
	target, err := url.Parse(o.Endpoint)
	if err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http" {
		return nil, errors.New("probe: the endpoint is no http address")
	}
	if o.Locale == "" {
		o.Locale = "en-US"
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.forger == nil {
		if o.forger, err = newForger(); err != nil {
			return nil, fmt.Errorf("probe: make a key: %w", err)
		}
	}
	p := &prober{Options: o, v: v}
	if !p.certificate(ctx, target.Scheme == "https") {
		return p.exchanges, p.broken
	}
	for _, probe := range probes {
		if probe.signed && o.Signer == nil {
			v.NotRun(probe.id, "only Amazon can sign for Alexa: give a key and a chain that the endpoint trusts for the test")
			continue
		}
		for _, message := range probe.messages(p) {
			p.send(ctx, probe, message)
			if p.broken != nil {
				return p.exchanges, p.broken
			}
		}
	}
	return p.exchanges, nil
}

// prober is one run.
type prober struct {
	Options
	v         *certify.Verdicts
	exchanges []certify.Exchange
	broken    error
}

// probe is one check: what is sent, and whether it is to be answered.
type probe struct {
	id       string
	signed   bool // makes sense only with a signature that the endpoint trusts
	messages func(*prober) []message
}

// message is one request to the endpoint.
type message struct {
	what   string
	body   []byte
	header http.Header
	good   bool // is to be answered; everything else is to be refused
}

// certificate looks whether the endpoint can be reached, and over HTTPS whether its certificate is believed. False ends the run.
func (p *prober) certificate(ctx context.Context, secure bool) bool {
	const id = "SEC-1b"
	e, _, err := p.post(ctx, message{what: "an empty request", body: []byte("{}")})
	if !secure {
		p.v.NotApplicable(id, "the endpoint is not reached over HTTPS")
	}
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		p.v.Look(id)
		p.v.Fail(id, certify.Finding{Where: p.Endpoint, Problem: "the certificate is not believed: " + untrusted.Err.Error(), Evidence: []certify.Exchange{e}})
		for _, other := range probes {
			p.v.NotRun(other.id, "the endpoint's own certificate is not believed")
		}
		return false
	case err != nil:
		p.broken = fmt.Errorf("probe: %w: %w", ErrUnreachable, err)
		return false
	}
	if secure {
		p.v.Look(id)
	}
	return true
}

// send sends one message and judges the status.
func (p *prober) send(ctx context.Context, probe probe, m message) {
	e, status, err := p.post(ctx, m)
	if ctx.Err() != nil {
		p.broken = context.Cause(ctx)
		return
	}
	p.v.Look(probe.id)
	fail := func(format string, args ...any) {
		p.v.Fail(probe.id, certify.Finding{Where: m.what, Problem: fmt.Sprintf(format, args...), Evidence: []certify.Exchange{e}})
	}
	switch {
	case err != nil:
		fail("no answer: %v", err)
	case m.good && status != http.StatusOK:
		fail("answered with %d, want 200", status)
	case m.good && !isResponse(e.Response):
		fail("answered with 200, and not with a response in JSON")
	case !m.good && status != http.StatusBadRequest:
		fail("answered with %d, want 400", status)
	}
}

func isResponse(body json.RawMessage) bool {
	var shape struct {
		Version  string          `json:"version"`
		Response json.RawMessage `json:"response"`
	}
	return json.Unmarshal(body, &shape) == nil && shape.Version != "" && strings.HasPrefix(string(shape.Response), "{")
}

// post sends a message as it is.
func (p *prober) post(ctx context.Context, m message) (certify.Exchange, int, error) {
	e := certify.Exchange{Said: m.what, Intent: skill.TypeLaunchRequest, Request: m.body}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint, bytes.NewReader(m.body))
	if err != nil {
		return e, 0, err
	}
	request.Header = m.header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	began := p.Now()
	response, err := p.Client.Do(request)
	if err != nil {
		p.exchanges = append(p.exchanges, e)
		return e, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	e.Took = p.Now().Sub(began)
	e.Note = fmt.Sprintf("%s; headers sent: %s", response.Status, names(m.header))
	e.Response = answer
	if !json.Valid(answer) {
		e.Response, _ = json.Marshal(string(answer)) // every string can be written
	}
	p.exchanges = append(p.exchanges, e)
	return e, response.StatusCode, err
}

func names(h http.Header) string {
	var all []string
	for _, name := range []string{headerChain, headerSignature, headerOld} {
		if values, ok := h[http.CanonicalHeaderKey(name)]; ok {
			shown := strings.Join(values, ", ")
			if name != headerChain {
				shown = "…"
			}
			all = append(all, name+": "+shown)
		}
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, "; ")
}

// welcome is a launch request of an instant, for an application.
func (p *prober) welcome(at time.Time, application string) []byte {
	c := alexa.Caller{
		ApplicationID: application, Locale: p.Locale, UserID: "amzn1.ask.account.probe." + p.NewID(), DeviceID: "amzn1.ask.device.probe",
	}
	in := &alexa.Conversation{ID: "amzn1.echo-api.session." + p.NewID(), New: true}
	body, err := json.Marshal(c.Envelope(at, p.NewID(), in, skill.RequestBody{Type: skill.TypeLaunchRequest}))
	if err != nil {
		panic(err) // cannot be: the envelope holds nothing that JSON has no form for
	}
	return body
}
