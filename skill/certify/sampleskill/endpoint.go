package sampleskill

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // a fault believes it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Fault is one step that an endpoint leaves out when it verifies a request.
type Fault struct {
	Name  string
	Check string // the id of the one check that has to notice
}

// Faults are all of them, in the order of the verification.
func Faults() []Fault {
	return []Fault{
		{"answers what is not signed", "SEC-2a"},
		{"takes an empty certificate URL for none", "SEC-2b"},
		{"takes a certificate URL that it cannot read for none", "SEC-2c"},
		{"fetches the certificate from any host", "SEC-2d"},
		{"fetches the certificate over http", "SEC-3"},
		{"fetches the certificate from any port", "SEC-3"},
		{"does not look at the case of the path", "SEC-3"},
		{"does not look at the path", "SEC-3"},
		{"does not normalize the path", "SEC-3"},
		{"believes any certificate", "SEC-2e"},
		{"does not verify the signature", "SEC-2f"},
		{"refuses with 401", "SEC-2f"},
		{"verifies the JSON and not the bytes", "SEC-2f"},
		{"believes the old signature", "SEC-6"},
		{"refuses everything", "SEC-2g"},
		{"answers with text", "SEC-2g"},
		{"answers what is stale", "SEC-4a"},
		{"answers the future", "SEC-4b"},
	}
}

// Endpoint is a skill behind HTTP as Amazon wants it: it answers what is signed by Alexa and refuses everything else with 400.
type Endpoint struct {
	Skill *Skill
	// Fetch gets the chain of an address, leaf first.
	Fetch func(url string) ([]*x509.Certificate, error)
	Roots *x509.CertPool
	Now   func() time.Time
	Fault Fault
}

const maxBody = 256 << 10

func (e *Endpoint) is(fault string) bool { return e.Fault.Name == fault }

// ServeHTTP answers one request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = e.verify(r.Header, body)
	}
	status := http.StatusBadRequest
	var answer []byte
	if err == nil && !e.is("refuses everything") {
		answer, err = e.Skill.Answer(context.WithoutCancel(r.Context()), body)
		status = http.StatusOK
		if err != nil {
			status = http.StatusBadRequest
		}
	}
	var wrong *wrongSignature
	if errors.As(err, &wrong) && e.is("refuses with 401") {
		status = http.StatusUnauthorized
	}
	if status == http.StatusOK && e.is("answers with text") {
		answer = []byte("Welcome!")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // who has gone cannot be told
}

type wrongSignature struct{}

func (*wrongSignature) Error() string { return "the signature does not fit" }

// verify goes through Amazon's steps.
func (e *Endpoint) verify(h http.Header, body []byte) error {
	signed := len(h.Values("Signature-256")) > 0 || len(h.Values("Signature")) > 0
	if !signed && e.is("answers what is not signed") {
		return nil
	}
	if len(h.Values("SignatureCertChainUrl")) == 0 || !signed {
		return errors.New("not signed")
	}
	address := h.Get("SignatureCertChainUrl")
	u, err := url.Parse(address)
	switch {
	case address == "" && e.is("takes an empty certificate URL for none"):
		return nil
	case address != "" && (err != nil || u.Host == "") && e.is("takes a certificate URL that it cannot read for none"):
		return nil
	case err != nil:
		return err
	}
	if err := e.checkURL(u); err != nil {
		return err
	}
	chain, err := e.Fetch(u.String())
	if err != nil {
		return err
	}
	if err := e.checkChain(chain); err != nil {
		return err
	}
	if err := e.checkSignature(h, body, chain[0]); err != nil {
		return err
	}
	return e.checkRequest(body)
}

func (e *Endpoint) checkURL(u *url.URL) error {
	clean := path.Clean(u.Path)
	if e.is("does not normalize the path") {
		clean = u.EscapedPath()
	}
	if e.is("does not look at the case of the path") {
		clean = strings.ToLower(clean)
	}
	switch {
	case u.Scheme != "https" && !e.is("fetches the certificate over http"):
		return errors.New("not https")
	case (u.User != nil || !strings.EqualFold(u.Hostname(), "s3.amazonaws.com")) && !e.is("fetches the certificate from any host"):
		return errors.New("not Amazon's host")
	case u.Port() != "" && u.Port() != "443" && !e.is("fetches the certificate from any port"):
		return errors.New("not port 443")
	case !strings.HasPrefix(clean, "/echo.api/") && !e.is("does not look at the path"):
		return errors.New("not Alexa's folder")
	}
	return nil
}

func (e *Endpoint) checkChain(chain []*x509.Certificate) error {
	if e.is("believes any certificate") {
		return nil
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if !slices.Contains(chain[0].DNSNames, "echo-api.amazon.com") {
		return errors.New("not Alexa's certificate")
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: "echo-api.amazon.com", Roots: e.Roots, Intermediates: between, CurrentTime: e.Now()})
	return err
}

func (e *Endpoint) checkSignature(h http.Header, body []byte, leaf *x509.Certificate) error {
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errors.New("no RSA key")
	}
	if h.Get("Signature-256") == "" && e.is("believes the old signature") {
		signature, err := base64.StdEncoding.DecodeString(h.Get("Signature"))
		if err != nil {
			return err
		}
		sum := sha1.Sum(body) //nolint:gosec // see above
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	}
	if h.Get("Signature-256") == "" {
		return errors.New("not signed as Alexa signs today")
	}
	if e.is("does not verify the signature") {
		return nil
	}
	signature, err := base64.StdEncoding.DecodeString(h.Get("Signature-256"))
	if err != nil {
		return err
	}
	if e.is("verifies the JSON and not the bytes") {
		var compact bytes.Buffer
		if err := json.Compact(&compact, body); err != nil {
			return err
		}
		body = compact.Bytes()
	}
	sum := sha256.Sum256(body)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		return &wrongSignature{}
	}
	return nil
}

const tolerance = 150 * time.Second

func (e *Endpoint) checkRequest(body []byte) error {
	q := &query{}
	if err := json.Unmarshal(body, q); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, q.Request.Timestamp)
	if err != nil {
		return err
	}
	switch apart := e.Now().Sub(at); {
	case apart > tolerance && !e.is("answers what is stale"):
		return errors.New("stale")
	case apart < -tolerance && !e.is("answers the future"):
		return errors.New("from the future")
	}
	return nil
}
