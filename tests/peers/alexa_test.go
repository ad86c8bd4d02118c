package peers

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// certificateURL is where the chain of the signing key lies.
const certificateURL = "https://s3.amazonaws.com/echo.api/echo-api-cert.pem"

// alexa signs requests. Who is to believe it reads a file of roots, and fetches the chain through a proxy, behind which
// s3.amazonaws.com is a server of ours.
type alexa struct {
	key     *rsa.PrivateKey
	chain   string // PEM file
	roots   string // PEM file
	proxy   string // URL
	servers []io.Closer
}

func newAlexa(folder string) (*alexa, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	a := &alexa{key: key, chain: filepath.Join(folder, "chain.pem"), roots: filepath.Join(folder, "roots.pem")}
	root := template("Root")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	issue := func(t *x509.Certificate) ([]byte, error) {
		return x509.CreateCertificate(rand.Reader, t, root, key.Public(), key)
	}
	rootDER, rootErr := issue(root)
	signer, signerErr := issue(template("echo-api.amazon.com"))
	store, storeErr := issue(template("s3.amazonaws.com"))
	err = errors.Join(rootErr, signerErr, storeErr, writePEM(a.roots, rootDER), writePEM(a.chain, signer, rootDER))
	if err != nil {
		return nil, err
	}
	return a, a.serve(tls.Certificate{Certificate: [][]byte{store}, PrivateKey: key})
}

func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func writePEM(path string, certificates ...[]byte) error {
	var text bytes.Buffer
	for _, der := range certificates {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// serve is the place where the chain lies, and the proxy on the way to it.
func (a *alexa) serve(pair tls.Certificate) error {
	place, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	files := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, a.chain)
	})}
	way, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	proxy := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		there, err := net.Dial("tcp", place.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(there, here); _ = there.Close() })
		both.Go(func() { _, _ = io.Copy(here, there); _ = here.Close() })
		both.Wait()
	})}
	a.proxy, a.servers = "http://"+way.Addr().String(), []io.Closer{files, proxy}
	go func() { _ = files.Serve(place) }()
	go func() { _ = proxy.Serve(way) }()
	return nil
}

func (a *alexa) close() {
	for _, s := range a.servers {
		_ = s.Close()
	}
}

// environment makes a test binary of ours a server that believes in this Alexa.
func (a *alexa) environment(data string) []string {
	inherited := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SSL_CERT_") }) // serve refuses them
	return append(inherited, peersRoots+"="+a.roots, peersProxy+"="+a.proxy, peersSkill+"="+someSkill, peersData+"="+data)
}

// ahead is how far in the future requests are made out to be, so that those of a long run are all of this moment.
const ahead = 2 * time.Minute

// requests makes different requests out of one, each new and signed, as they go over the wire.
func (a *alexa) requests(body []byte, n int) ([][]byte, error) {
	made, problems := make([][]byte, n), make([]error, runtime.NumCPU())
	now := []byte(`"timestamp":"` + time.Now().Add(ahead).UTC().Format(time.RFC3339) + `"`)
	body = timestamp.ReplaceAll(body, now)
	var all sync.WaitGroup
	for core := range problems {
		all.Go(func() {
			for i := core; i < n && problems[core] == nil; i += len(problems) {
				made[i], problems[core] = a.signed(requestID.ReplaceAll(body, []byte(`"requestId":"amzn1.echo-api.request.`+rand.Text()+`"`)))
			}
		})
	}
	all.Wait()
	return made, errors.Join(problems...)
}

// signed is a request with this body.
func (a *alexa) signed(body []byte) ([]byte, error) {
	digest := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, "http://skill.example/alexa", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{
		"Content-Type":          {"application/json; charset=utf-8"},
		"Signaturecertchainurl": {certificateURL},
		"Signature-256":         {base64.StdEncoding.EncodeToString(signature)},
	}
	var wire bytes.Buffer
	err = request.Write(&wire)
	return wire.Bytes(), err
}
