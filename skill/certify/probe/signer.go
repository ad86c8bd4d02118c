package probe

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the old header is signed with it, and must not be believed
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
)

// The headers of a signed request.
const (
	headerChain     = "SignatureCertChainUrl"
	headerSignature = "Signature-256"
	headerOld       = "Signature" // SHA-1
)

// Signer signs requests as Alexa does: RSA, PKCS #1 v1.5, over the SHA-256 of the body.
type Signer struct {
	Key *rsa.PrivateKey
	// ChainURL is where the endpoint finds the certificate of the key: below https://s3.amazonaws.com/echo.api/ in form, whatever
	// the endpoint's test set-up takes from there.
	ChainURL string
}

// NewSigner reads a private key in PEM, PKCS #1 or #8. The error never quotes it.
func NewSigner(key []byte, chainURL string) (*Signer, error) {
	block, _ := pem.Decode(key)
	if block == nil {
		return nil, errors.New("signer: the key is not PEM")
	}
	if parsed, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return &Signer{Key: parsed, ChainURL: chainURL}, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("signer: the key is neither PKCS #1 nor PKCS #8")
	}
	rsaKey, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("signer: the key is not RSA, as Alexa's is")
	}
	return &Signer{Key: rsaKey, ChainURL: chainURL}, nil
}

// Sign sets the headers for a body; both halves of the suite send with them.
func (s *Signer) Sign(h http.Header, body []byte) error {
	sum := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.Key, crypto.SHA256, sum[:])
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	h.Set(headerChain, s.ChainURL)
	h.Set(headerSignature, base64.StdEncoding.EncodeToString(signature))
	return nil
}

// old is the header of former times.
func (s *Signer) old(body []byte) string {
	sum := sha1.Sum(body) //nolint:gosec // see above
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.Key, crypto.SHA1, sum[:])
	if err != nil {
		return "" // cannot be: the key signs the longer sum as well
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// alexaChain is an address of the form of Alexa's.
const alexaChain = "https://s3.amazonaws.com/echo.api/echo-api-cert-certify.pem"

const forgedBits = 2048

// newForger makes a key that nobody trusts.
func newForger() (*Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, forgedBits)
	if err != nil {
		return nil, err
	}
	return &Signer{Key: key, ChainURL: alexaChain}, nil
}
