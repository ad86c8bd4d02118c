// Package endpointtest plays Alexa's signature: a certificate authority made for one test, the place where certificates
// are fetched from, and the key that signs. Nothing of it reaches the network.
//
// Its neighbor is package endpoint, whose Verifier is given the authority to trust.
package endpointtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"
)

// URL is where the certificate of a new Alexa lies, and Path its path.
const (
	URL  = "https://s3.amazonaws.com" + Path
	Path = "/echo.api/echo-api-cert.pem"
)

// Name is whom Alexa's certificate is issued to.
const Name = "echo-api.amazon.com"

// Alexa signs requests and serves its certificates. It is safe for concurrent use.
type Alexa struct {
	t     testing.TB
	now   time.Time
	root  *authority
	inner *authority
	key   *rsa.PrivateKey

	mu      sync.Mutex
	files   map[string]file
	fetched map[string]int
}

// file answers one path: with a status and a body, or not at all.
type file struct {
	status int
	body   []byte
	err    error
}

// signingKey is made once, because making one takes a while and which one does not matter.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// New makes an authority, an intermediate and a certificate at URL, all valid for half a year before and after now.
func New(t testing.TB, now time.Time) *Alexa {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	a := &Alexa{t: t, now: now, key: key, files: map[string]file{}, fetched: map[string]int{}}
	a.root = a.authority("Root", nil)
	a.inner = a.authority("Intermediate", a.root)
	a.Put(Path, http.StatusOK, a.Chain(Leaf{}))
	return a
}

// Roots trusts this authority alone.
func (a *Alexa) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// Leaf is a certificate to issue; zero values stand for what Alexa's own has.
type Leaf struct {
	Names       []string
	From, Until time.Time
	Key         crypto.PublicKey
}

// Chain issues a certificate and writes it down in PEM, with its intermediate after it.
func (a *Alexa) Chain(l Leaf) []byte { return append(a.Alone(l), encode(a.inner.cert.Raw)...) }

// Alone is Chain without the intermediate.
func (a *Alexa) Alone(l Leaf) []byte {
	a.t.Helper()
	template := a.template(l.From, l.Until)
	template.Subject, template.DNSNames = pkix.Name{CommonName: Name}, l.Names
	if l.Names == nil {
		template.DNSNames = []string{Name}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if l.Key == nil {
		l.Key = a.key.Public()
	}
	return encode(a.inner.issue(a.t, template, l.Key))
}

// Put answers a path of the certificates' host.
func (a *Alexa) Put(path string, status int, body []byte) {
	a.put(path, file{status: status, body: body})
}

// Break makes the fetch of a path fail.
func (a *Alexa) Break(path string, err error) { a.put(path, file{err: err}) }

func (a *Alexa) put(path string, f file) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files[path] = f
}

// Fetched counts the requests for a path.
func (a *Alexa) Fetched(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fetched[path]
}

// HTTP gives a client that finds what was put, and nothing else.
func (a *Alexa) HTTP() *http.Client { return &http.Client{Transport: a} }

// RoundTrip implements http.RoundTripper.
func (a *Alexa) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.URL.Scheme != "https" || r.URL.Host != "s3.amazonaws.com" {
		a.t.Errorf("%s was asked for a certificate", r.URL)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetched[r.URL.Path]++
	f, ok := a.files[r.URL.Path]
	if f.err != nil {
		return nil, f.err
	}
	if !ok {
		f = file{status: http.StatusForbidden, body: []byte("<Error>AccessDenied</Error>")}
	}
	header := http.Header{}
	if f.status >= 300 && f.status < 400 {
		header.Set("Location", URL)
	}
	return &http.Response{
		StatusCode: f.status, Status: http.StatusText(f.status), Header: header, Request: r,
		Body: io.NopCloser(bytes.NewReader(f.body)), ContentLength: int64(len(f.body)),
	}, nil
}

// Header signs a body as Alexa does.
func (a *Alexa) Header(body []byte) http.Header {
	return http.Header{
		"Content-Type":          {"application/json; charset=utf-8"},
		"Signaturecertchainurl": {URL},
		"Signature-256":         {a.Sign(a.key, body)},
	}
}

// Sign signs a body with any key.
func (a *Alexa) Sign(key *rsa.PrivateKey, body []byte) string {
	a.t.Helper()
	digest := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// authority makes one, which signs for itself if there is nobody above.
func (a *Alexa) authority(name string, above *authority) *authority {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := a.template(time.Time{}, time.Time{})
	template.Subject, template.IsCA, template.BasicConstraintsValid = pkix.Name{CommonName: name}, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	made := &authority{template, key}
	if above == nil {
		above = made
	}
	made.cert, err = x509.ParseCertificate(above.issue(a.t, template, key.Public()))
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

const halfYear = 183 * 24 * time.Hour

func (a *Alexa) template(from, until time.Time) *x509.Certificate {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	if from.IsZero() {
		from = a.now.Add(-halfYear)
	}
	if until.IsZero() {
		until = a.now.Add(halfYear)
	}
	return &x509.Certificate{SerialNumber: serial, NotBefore: from, NotAfter: until}
}

func (c *authority) issue(t testing.TB, template *x509.Certificate, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, c.cert, key, c.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func encode(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
