// Package passcode makes, hashes and guards the one-time codes of guests.
//
// A code is short enough to be typed, so three things protect it together: chance, a slow hash in the data file,
// and a bound on wrong guesses for everybody at once. The package keeps nothing itself; its neighbor is
// vehicle/garage, which stores what it is given here.
package passcode

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"time"
)

// digits is the length of a code: the most that the contract allows.
const digits = 8

// New makes a code: eight digits out of crypto/rand.
func New() (string, error) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(digits), nil)
	n, err := rand.Int(rand.Reader, most)
	if err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// Plausible reports whether a text has the form of a code: six to eight digits, as the contract has it.
func Plausible(code string) bool {
	for _, d := range []byte(code) {
		if d < '0' || d > '9' {
			return false
		}
	}
	return len(code) >= 6 && len(code) <= digits
}

// saltSize is the size of a salt in bytes.
const saltSize = 16

// NewSalt makes the salt of one data file. All codes of a file share it, because a guest brings nothing else by
// which a grant could be found.
func NewSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // crypto/rand never fails; the program ends instead
	return salt
}

// rounds of PBKDF2 with SHA-256 take about 2 ms. That is less than a password store would spend, and enough here: a code
// lives for two weeks at most, opens once, and whoever holds the file of this pretend cloud holds the demo passwords too.
const rounds = 10_000

// Hash is what is kept of a code. It takes about 2 ms of one core: whoever calls it bounds how often at once.
func Hash(salt []byte, code string) (string, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, rounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("hash code: %w", err)
	}
	return base64.RawStdEncoding.EncodeToString(key), nil
}

// How many wrong codes are borne in which time, by everybody together. Of a hundred million codes that is one in
// a hundred thousand a day.
const (
	MostWrong = 10
	Within    = 15 * time.Minute
)

// Tries counts wrong codes. The zero value is a clean sheet.
type Tries struct {
	Since time.Time
	Wrong int
}

// Wait tells how long nobody may try; zero if somebody may.
func (t Tries) Wait(now time.Time) time.Duration {
	if t.Wrong < MostWrong {
		return 0
	}
	return max(0, t.Since.Add(Within).Sub(now))
}

// Count adds a wrong code.
func (t Tries) Count(now time.Time) Tries {
	if t.Wrong == 0 || !now.Before(t.Since.Add(Within)) {
		return Tries{Since: now, Wrong: 1}
	}
	t.Wrong++
	return t
}
