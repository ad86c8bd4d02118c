package endpoint

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookAgain is how often the files are looked at, which costs two system calls in a handshake.
const lookAgain = 10 * time.Second

// KeyPair is a server's own TLS certificate with its key, out of two PEM files. When the files change, as they do when a
// certificate is renewed, the next handshakes use the new ones: nothing has to be restarted. It is safe for concurrent
// use.
type KeyPair struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  stamp
	looked time.Time
}

// stamp tells one state of the two files from another.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

// OpenKeyPair reads the files: the certificate with its intermediates, the leaf first, and its key.
func OpenKeyPair(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*KeyPair, error) {
	k := &KeyPair{certFile: certFile, keyFile: keyFile, now: now, log: log}
	s, err := k.look()
	if err == nil {
		err = k.read(s)
	}
	if err != nil {
		return nil, fmt.Errorf("open the TLS certificate: %w", err)
	}
	k.looked = now()
	return k, nil
}

// Certificate is for tls.Config.GetCertificate. Files that are no pair, as in the moment between the writing of one and
// of the other, change nothing and are tried again.
func (k *KeyPair) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); now.Sub(k.looked) >= lookAgain || now.Before(k.looked) {
		k.looked = now
		s, err := k.look()
		if err == nil && s != k.stamp {
			err = k.read(s)
		}
		if err != nil {
			k.log.WarnContext(hello.Context(), "TLS certificate not renewed", "error", err)
		}
	}
	return k.pair, nil
}

func (k *KeyPair) look() (stamp, error) {
	cert, err := os.Stat(k.certFile)
	if err != nil {
		return stamp{}, err
	}
	key, err := os.Stat(k.keyFile)
	if err != nil {
		return stamp{}, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

func (k *KeyPair) read(s stamp) error {
	pair, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return err
	}
	k.pair, k.stamp = &pair, s
	k.log.Info("TLS certificate", "subject", pair.Leaf.Subject.CommonName, "until", pair.Leaf.NotAfter)
	if k.now().After(pair.Leaf.NotAfter) {
		k.log.Warn("TLS certificate has expired", "until", pair.Leaf.NotAfter)
	}
	return nil
}
