package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

const keyBytes = 32

// box seals values so that nobody else can read, change or make them. It is AES-256-GCM with random nonces, with keys
// of its own for each purpose, and the purpose is authenticated as well.
type box struct {
	keys []map[string][]byte // by purpose; the first one seals
}

func newBox(secrets [][]byte) (*box, error) {
	if len(secrets) == 0 {
		return nil, errors.New("no key")
	}
	b := &box{}
	for i, secret := range secrets {
		if len(secret) != keyBytes {
			return nil, fmt.Errorf("key %d has %d bytes instead of %d", i+1, len(secret), keyBytes)
		}
		keys := map[string][]byte{}
		for _, purpose := range []string{forSession, forSignIn, forForms} {
			key, err := hkdf.Key(sha256.New, secret, nil, "trunkpass owner page "+purpose, keyBytes)
			if err != nil {
				return nil, fmt.Errorf("derive key: %w", err)
			}
			keys[purpose] = key
		}
		b.keys = append(b.keys, keys)
	}
	return b, nil
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right length: newBox made it
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return gcm
}

func (b *box) seal(purpose string, plain []byte) string {
	sealed := aead(b.keys[0][purpose]).Seal(nil, nil, plain, []byte(purpose))
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func (b *box) open(purpose, value string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil, false
	}
	for _, keys := range b.keys {
		if plain, err := aead(keys[purpose]).Open(nil, nil, sealed, []byte(purpose)); err == nil {
			return plain, true
		}
	}
	return nil, false
}

func (b *box) sign(purpose, text string) string { return mac(b.keys[0][purpose], text) }

func (b *box) signed(purpose, text, token string) bool {
	for _, keys := range b.keys {
		if hmac.Equal([]byte(mac(keys[purpose], text)), []byte(token)) {
			return true
		}
	}
	return false
}

func mac(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
