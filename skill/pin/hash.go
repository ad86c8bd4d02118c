package pin

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Cost is what one Argon2id hash takes. The zero Cost means [DefaultCost].
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost is the least that OWASP's Password Storage Cheat Sheet advises for Argon2id: 19 MiB, two
// passes, one thread. It takes about 21 ms on a small machine; a turn has 6.5 s.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1} }

// Limits of what is computed on the word of a stored hash, so that a tampered record cannot ask for
// gigabytes. The lower ones are those of RFC 9106 section 3.1.
const (
	maxMemoryKiB  = 64 * 1024
	maxPasses     = 8
	maxThreads    = 4
	perThreadKiB  = 8
	minSaltBytes  = 8
	maxSaltBytes  = 64
	maxHashLength = 512
)

func (c Cost) check() error {
	switch {
	case c.Passes < 1 || c.Passes > maxPasses:
		return fmt.Errorf("passes must be 1 to %d", maxPasses)
	case c.Threads < 1 || c.Threads > maxThreads:
		return fmt.Errorf("threads must be 1 to %d", maxThreads)
	case c.MemoryKiB < perThreadKiB*uint32(c.Threads) || c.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("memory must be %d KiB a thread to %d KiB in all", perThreadKiB, maxMemoryKiB)
	}
	return nil
}

// hash is one stored hash, taken apart. Its string form is the PHC format's,
//
//	$argon2id$v=19$m=19456,t=2,p=1,keyid=<pepper>$<salt>$<digest>
//
// where keyid, a parameter the format reserves for it, names the pepper: after a rotation a record still
// tells which one it needs.
type hash struct {
	cost   Cost
	pepper string
	salt   []byte
	digest []byte
}

// b64 is the PHC format's base64: standard alphabet, no padding, no stray bits.
var b64 = base64.RawStdEncoding.Strict()

func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d,keyid=%s$%s$%s",
		h.cost.MemoryKiB, h.cost.Passes, h.cost.Threads, h.pepper,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.digest))
}

var errNotOurs = errors.New("stored PIN hash is not in the form this program writes")

// parseHash accepts exactly what [hash.String] writes, within the limits. Its errors never quote the hash.
func parseHash(s string) (hash, error) {
	if len(s) > maxHashLength {
		return hash{}, errNotOurs
	}
	part := strings.Split(s, "$")
	if len(part) != 6 {
		return hash{}, errNotOurs
	}
	var h hash
	// Sscanf is lenient about signs, zeros and what follows; the comparison below is not.
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d,keyid=%s",
		&h.cost.MemoryKiB, &h.cost.Passes, &h.cost.Threads, &h.pepper); err != nil {
		return hash{}, errNotOurs
	}
	var saltErr, digestErr error
	h.salt, saltErr = b64.DecodeString(part[4])
	h.digest, digestErr = b64.DecodeString(part[5])
	if saltErr != nil || digestErr != nil || h.String() != s {
		return hash{}, errNotOurs
	}
	if err := h.cost.check(); err != nil {
		return hash{}, fmt.Errorf("stored PIN hash: %w", err)
	}
	if outside(len(h.salt), minSaltBytes, maxSaltBytes) || len(h.digest) != digestBytes {
		return hash{}, errors.New("stored PIN hash: salt or digest of an odd length")
	}
	return h, nil
}

func outside(n, low, high int) bool { return n < low || n > high }
