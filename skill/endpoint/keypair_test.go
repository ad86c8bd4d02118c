package endpoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pairFiles writes a certificate of its own for a name, valid for a day around noon.
func pairFiles(t *testing.T, certFile, keyFile, name string, written time.Time) *ecdsa.PrivateKey {
	t.Helper()
	key := ecdsaKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: noon.Add(-12 * time.Hour), NotAfter: noon.Add(12 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, written, written); err != nil {
			t.Fatal(err)
		}
	}
	return key
}

func TestKeyPair(t *testing.T) {
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	var log bytes.Buffer
	now := noon
	open := func() (*KeyPair, error) {
		return OpenKeyPair(cert, key, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	}
	if _, err := open(); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("without files: got %v", err)
	}
	pairFiles(t, cert, key, "one.example", noon)
	k, err := open()
	if err != nil {
		t.Fatal(err)
	}
	name := func(want string) {
		t.Helper()
		pair, err := k.Certificate(&tls.ClientHelloInfo{})
		if err != nil || pair.Leaf.Subject.CommonName != want {
			t.Errorf("got %q, %v, want %q", pair.Leaf.Subject.CommonName, err, want)
		}
	}
	name("one.example")
	pairFiles(t, cert, key, "two.example", noon.Add(time.Second))
	name("one.example") // the files were looked at a moment ago
	now = now.Add(lookAgain)
	name("two.example")

	stranger := filepath.Join(t.TempDir(), "other.pem")
	pairFiles(t, cert, stranger, "three.example", noon.Add(2*time.Second))
	now = now.Add(lookAgain)
	name("two.example") // certificate and key do not fit
	if !strings.Contains(log.String(), "not renewed") {
		t.Errorf("nobody was told: %s", &log)
	}
	if err := os.Rename(stranger, key); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookAgain)
	name("three.example")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookAgain)
	name("three.example")

	pairFiles(t, cert, key, "four.example", noon)
	now = noon.Add(13 * time.Hour)
	if _, err := open(); err != nil || !strings.Contains(log.String(), "has expired") {
		t.Errorf("an expired certificate: %v, logged %s", err, &log)
	}
}
