package probe

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/sampleskill"
)

var now = time.Date(2031, 5, 6, 14, 5, 0, 0, time.UTC)

// authority is a world of certificates: one that the endpoint believes, with Alexa's leaf, and a leaf of somebody else's.
type authority struct {
	roots                *x509.CertPool
	alexa, other         []*x509.Certificate
	alexaKey, strangeKey *rsa.PrivateKey
	forger               *Signer // one for all runs: keys take long to make
}

const (
	goodChain  = "https://s3.amazonaws.com/echo.api/echo-api-cert-test.pem"
	otherChain = "https://s3.amazonaws.com/echo.api/other.pem"
)

var world = sync.OnceValues(func() (*authority, error) {
	root, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
	}
	ca := template(1, "ca.example")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage, ca.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
	issue := func(t, parent *x509.Certificate, key *rsa.PublicKey) (*x509.Certificate, error) {
		der, err := x509.CreateCertificate(rand.Reader, t, parent, key, root)
		if err != nil {
			return nil, err
		}
		return x509.ParseCertificate(der)
	}
	a := &authority{roots: x509.NewCertPool()}
	if a.forger, err = newForger(); err != nil {
		return nil, err
	}
	rootCert, err := issue(ca, ca, &root.PublicKey)
	if err != nil {
		return nil, err
	}
	a.roots.AddCert(rootCert)
	for _, leaf := range []struct {
		name  string
		key   **rsa.PrivateKey
		chain *[]*x509.Certificate
	}{{"echo-api.amazon.com", &a.alexaKey, &a.alexa}, {"other.example", &a.strangeKey, &a.other}} {
		if *leaf.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, err
		}
		c, err := issue(template(2, leaf.name), rootCert, &(*leaf.key).PublicKey)
		if err != nil {
			return nil, err
		}
		*leaf.chain = []*x509.Certificate{c, rootCert}
	}
	return a, nil
})

// library starts an endpoint with a fault, and gives the options of a tester whose key it trusts.
func library(t *testing.T, fault sampleskill.Fault, defect ...sampleskill.Defect) Options {
	t.Helper()
	w, err := world()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	defect = append(defect, sampleskill.Defect{})
	server := httptest.NewUnstartedServer(&sampleskill.Endpoint{
		Skill: sampleskill.New(defect[0], clock, func(time.Duration) {}), Roots: w.roots, Now: clock, Fault: fault,
		Fetch: func(url string) ([]*x509.Certificate, error) {
			if url == otherChain {
				return w.other, nil
			}
			return w.alexa, nil // whatever else is believed: an attacker would put a good chain there
		},
	})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	ids := 0
	return Options{
		Endpoint: server.URL + "/voice", ApplicationID: sampleskill.ApplicationID, Client: server.Client(), Now: clock,
		Signer:   &Signer{Key: w.alexaKey, ChainURL: goodChain},
		Stranger: &Signer{Key: w.strangeKey, ChainURL: otherChain},
		forger:   w.forger,
		NewID:    func() string { ids++; return fmt.Sprint("id-", ids) },
	}
}

func probed(t *testing.T, o Options) map[string]certify.Result {
	t.Helper()
	v := certify.NewVerdicts(certify.Checks())
	exchanges, err := Run(t.Context(), o, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range exchanges {
		if strings.Contains(e.Note, "Signature-256: ") && !strings.Contains(e.Note, "Signature-256: …") {
			t.Errorf("the note shows a signature: %s", e.Note)
		}
	}
	results := map[string]certify.Result{}
	for _, r := range v.Results() {
		if r.Check.Kind == certify.Probe || r.Check.ID == "SEC-5" {
			results[r.Check.ID] = r
		}
	}
	return results
}

func expect(t *testing.T, got map[string]certify.Result, want func(id string) certify.Verdict) {
	t.Helper()
	for id, r := range got {
		if r.Verdict != want(id) {
			t.Errorf("%s is %s (%s), want %s: %+v", id, r.Verdict, r.Why, want(id), problems(r))
		}
	}
}

func problems(r certify.Result) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Where+": "+f.Problem)
	}
	return all
}

func TestGoodEndpointPasses(t *testing.T) {
	expect(t, probed(t, library(t, sampleskill.Fault{})), func(string) certify.Verdict { return certify.Passed })
}

func TestEveryFaultIsCaughtByItsCheck(t *testing.T) {
	caught := map[string]bool{"SEC-1b": true} // see TestUntrustedEndpoint
	for _, f := range sampleskill.Faults() {
		caught[f.Check] = true
		t.Run(strings.ReplaceAll(f.Name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			expect(t, probed(t, library(t, f)), func(id string) certify.Verdict {
				if id == f.Check {
					return certify.Failed
				}
				return certify.Passed
			})
		})
	}
	for _, c := range certify.OfKind(certify.Probe) {
		if !caught[c.ID] {
			t.Errorf("no fault is for %s: %s", c.ID, c.Asks)
		}
	}
}

func TestForeignApplication(t *testing.T) {
	all := sampleskill.Defects()
	i := slices.IndexFunc(all, func(d sampleskill.Defect) bool { return d.Check == "SEC-5" })
	expect(t, probed(t, library(t, sampleskill.Fault{}, all[i])), func(id string) certify.Verdict {
		if id == "SEC-5" {
			return certify.Failed
		}
		return certify.Passed
	})
}

// Without a key, what needs a good signature is not run; forgeries are still sent.
func TestWithoutSigner(t *testing.T) {
	o := library(t, sampleskill.Fault{})
	o.Signer, o.Stranger = nil, nil
	needs := []string{"SEC-2g", "SEC-4a", "SEC-4b", "SEC-5"}
	expect(t, probed(t, o), func(id string) certify.Verdict {
		if slices.Contains(needs, id) {
			return certify.NotRun
		}
		return certify.Passed
	})
	for _, name := range []string{"answers what is not signed", "takes an empty certificate URL for none", "does not verify the signature"} {
		i := slices.IndexFunc(sampleskill.Faults(), func(f sampleskill.Fault) bool { return f.Name == name })
		o := library(t, sampleskill.Faults()[i])
		o.Signer, o.Stranger = nil, nil
		if id := sampleskill.Faults()[i].Check; probed(t, o)[id].Verdict != certify.Failed {
			t.Errorf("an endpoint that %s is not noticed without a key", name)
		}
	}
}

func TestUntrustedEndpoint(t *testing.T) {
	o := library(t, sampleskill.Fault{})
	o.Client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}}
	expect(t, probed(t, o), func(id string) certify.Verdict {
		if id == "SEC-1b" {
			return certify.Failed
		}
		return certify.NotRun
	})
}

func TestUnreachableEndpoint(t *testing.T) {
	o := library(t, sampleskill.Fault{})
	gone := httptest.NewServer(http.NotFoundHandler())
	o.Endpoint = gone.URL
	gone.Close()
	v := certify.NewVerdicts(certify.Checks())
	if _, err := Run(t.Context(), o, v); !errors.Is(err, ErrUnreachable) {
		t.Errorf("error %v, want ErrUnreachable", err)
	}
	for _, bad := range []string{"", "host", "ftp://host/x", "https://"} {
		o.Endpoint = bad
		if _, err := Run(t.Context(), o, v); err == nil || errors.Is(err, ErrUnreachable) {
			t.Errorf("endpoint %q: error %v", bad, err)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	o := library(t, sampleskill.Fault{})
	ctx, cancel := context.WithCancel(t.Context())
	id, made := o.NewID, 0
	o.NewID = func() string {
		if made++; made > 20 {
			cancel()
		}
		return id()
	}
	if _, err := Run(ctx, o, certify.NewVerdicts(certify.Checks())); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want Canceled", err)
	}
}

func TestNewSigner(t *testing.T) {
	w, err := world()
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(w.alexaKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		der  []byte
		kind string
		ok   bool
	}{
		{"PKCS #1", x509.MarshalPKCS1PrivateKey(w.alexaKey), "RSA PRIVATE KEY", true},
		{"PKCS #8", pkcs8, "PRIVATE KEY", true},
		{"nonsense", []byte("nonsense"), "PRIVATE KEY", false},
	} {
		s, err := NewSigner(pem.EncodeToMemory(&pem.Block{Type: c.kind, Bytes: c.der}), goodChain)
		if (err == nil) != c.ok || c.ok && (s.ChainURL != goodChain || !s.Key.Equal(w.alexaKey)) {
			t.Errorf("%s: %v, %v", c.name, s, err)
		}
	}
	if _, err := NewSigner([]byte("secret words"), goodChain); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("what is not PEM: error %v", err)
	}
}
