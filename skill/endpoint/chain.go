package endpoint

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// signerName stands among the alternative names of Alexa's certificate, letter by letter.
const signerName = "echo-api.amazon.com"

const (
	maxChain   = 8    // certificates; Alexa's chain has four
	minRSABits = 2048 // what certificate authorities sign
)

// signer is a key that signs for Alexa.
type signer struct {
	key *rsa.PublicKey
	// since and until, both included, are when every certificate of its chain is valid.
	since, until time.Time
	// fetched is when it came.
	fetched time.Time
}

func (s *signer) validAt(now time.Time) bool { return !now.Before(s.since) && !now.After(s.until) }

// parseChain reads certificates in PEM, the leaf first. Text between them is a comment; anything else in PEM is not.
func parseChain(data []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			return nil, errors.New("not a certificate")
		}
		if len(chain) == maxChain {
			return nil, fmt.Errorf("more than %d certificates", maxChain)
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("certificate cannot be read") // the cause may quote it
		}
		chain = append(chain, one)
	}
	if len(chain) == 0 || bytes.Contains(data, []byte("-----BEGIN")) {
		return nil, errors.New("no certificate, or half of one")
	}
	return chain, nil
}

// prove gives the signer that a chain stands for, or a *refusal.
func prove(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) (*signer, error) {
	leaf, between := chain[0], x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	paths, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, DNSName: signerName})
	if err != nil {
		return nil, &refusal{reasonOf(err), nil}
	}
	if !slices.Contains(leaf.DNSNames, signerName) { // Verify is content with *.amazon.com
		return nil, &refusal{CertificateName, nil}
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minRSABits {
		return nil, &refusal{BadCertificate, errors.New("not an RSA key of 2048 bits or more")}
	}
	s := &signer{key: key, fetched: now}
	for _, p := range paths { // of several ways to a root, the one that lasts longest
		since, until := p[0].NotBefore, p[0].NotAfter
		for _, c := range p[1:] {
			if c.NotBefore.After(since) {
				since = c.NotBefore
			}
			if c.NotAfter.Before(until) {
				until = c.NotAfter
			}
		}
		if until.After(s.until) {
			s.since, s.until = since, until
		}
	}
	return s, nil
}

func reasonOf(err error) Reason {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return CertificateExpired
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return CertificateName
	}
	return UntrustedChain
}
