package pin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	minPepper   = 32 // bytes
	saltBytes   = 16
	digestBytes = 32
	pepperIDLen = 6 // bytes of the pepper's name
	// maxTries bounds how often one answer is offered to a contended account. A household does not speak
	// sixteen PINs at once.
	maxTries = 16
	// defaultConcurrent times 19 MiB is what a flood can take: 76 MiB.
	defaultConcurrent = 4
)

// Options is what a [Guard] is made of. Ledger, Pepper and Now are required.
type Options struct {
	Ledger Ledger
	// Pepper is a secret of the deployment, at least 32 random bytes, kept outside the store. Without it
	// no stored PIN can be checked; with another one the check fails with an error.
	Pepper []byte
	Now    func() time.Time
	// Concurrent bounds the hashes computed at once by this Guard; 0 means 4.
	Concurrent int
	Cost       Cost      // of new hashes; zero means DefaultCost
	Salt       io.Reader // source of salts; nil means crypto/rand
}

// Guard checks and sets PINs. It is safe for concurrent use, and any number of Guards in any number of
// processes may share one ledger.
type Guard struct {
	ledger Ledger
	pepper []byte
	keyID  string
	now    func() time.Time
	cost   Cost
	salt   io.Reader
	slots  chan struct{}
	decoy  string // hashed against where there is nothing to check, so that it takes the same time
	derive func(password, salt []byte, c Cost, length uint32) []byte
}

// NewGuard makes a Guard, or says which option is missing or out of bounds.
func NewGuard(o Options) (*Guard, error) {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost()
	}
	if o.Concurrent == 0 {
		o.Concurrent = defaultConcurrent
	}
	if o.Salt == nil {
		o.Salt = rand.Reader
	}
	switch err := o.Cost.check(); {
	case o.Ledger == nil || o.Now == nil:
		return nil, errors.New("PIN guard: a ledger and a clock are required")
	case len(o.Pepper) < minPepper:
		return nil, fmt.Errorf("PIN guard: the pepper needs at least %d bytes", minPepper)
	case o.Concurrent < 0:
		return nil, errors.New("PIN guard: the number of concurrent hashes is negative")
	case err != nil:
		return nil, fmt.Errorf("PIN guard: cost: %w", err)
	}
	g := &Guard{
		ledger: o.Ledger,
		pepper: append([]byte(nil), o.Pepper...),
		now:    o.Now,
		cost:   o.Cost,
		salt:   o.Salt,
		slots:  make(chan struct{}, o.Concurrent),
		derive: argon2id,
	}
	g.keyID = b64.EncodeToString(g.mac("name of this pepper")[:pepperIDLen])
	decoy := hash{cost: g.cost, pepper: g.keyID, salt: make([]byte, saltBytes), digest: make([]byte, digestBytes)}
	rand.Read(decoy.digest) // cannot fail
	g.decoy = decoy.String()
	return g, nil
}

// Check answers one spoken PIN, and counts it. Uncontended it costs one read, one hash and, unless the
// PIN is unset or locked, one conditional write.
//
// An answer exists only once its write has won. Comparing first and counting later would let a hundred
// guesses in at once be compared against one count of zero; here each of them must move the account on
// from the revision it was read at, so they are answered one after the other and the fourth finds it locked.
//
// Errors: ErrMalformed (no attempt); a stored hash that is not ours or was made with another pepper; what
// the ledger returns, after which the attempt may or may not have been counted. An error is never Right.
func (g *Guard) Check(ctx context.Context, account string, code Code) (Verdict, error) {
	if !code.wellFormed() {
		return Verdict{}, ErrMalformed
	}
	record, seen, err := g.ledger.PIN(ctx, account)
	if err != nil {
		return Verdict{}, fmt.Errorf("check PIN: %w", err)
	}
	return g.CheckRead(ctx, account, code, record, seen)
}

// CheckRead is Check for a caller who has just read the record, which saves the read. An older record does no
// harm: its conditional write fails, and the record is read again.
func (g *Guard) CheckRead(ctx context.Context, account string, code Code, record Record, seen Revision) (Verdict, error) {
	if !code.wellFormed() {
		return Verdict{}, ErrMalformed
	}
	var compared string // the stored hash that right speaks of
	var right bool
	for range maxTries {
		if stored, again := g.toCompare(record, compared); again {
			var err error
			right, err = g.compare(ctx, account, code, stored)
			if errors.Is(err, ErrBusy) {
				return Verdict{Result: Busy}, nil
			}
			if err != nil {
				return Verdict{}, fmt.Errorf("check PIN: %w", err)
			}
			compared = stored
		}
		next, verdict := record.after(right, g.now().UTC())
		if verdict.Result == Locked || verdict.Result == NotSet {
			return verdict, nil
		}
		err := g.ledger.SwapPIN(ctx, account, seen, next)
		if err == nil {
			return verdict, nil
		}
		if !errors.Is(err, ErrConflict) {
			return Verdict{}, fmt.Errorf("count PIN: %w", err)
		}
		if record, seen, err = g.ledger.PIN(ctx, account); err != nil {
			return Verdict{}, fmt.Errorf("check PIN: %w", err)
		}
	}
	return Verdict{Result: Busy}, nil
}

// toCompare picks what to hash against. A locked, unset or unknown account gets the decoy, so that it
// takes as long as any other and nobody learns whether the PIN would have been right. After a conflict
// the comparison already made stands, unless the owner has set another PIN meanwhile.
func (g *Guard) toCompare(r Record, compared string) (stored string, again bool) {
	if !r.IsSet() || r.Locked() {
		return g.decoy, compared == ""
	}
	return r.Hash, compared != r.Hash
}

// compare hashes the code as the stored hash was hashed. It gives ErrBusy when no slot came free in time.
func (g *Guard) compare(ctx context.Context, account string, code Code, stored string) (bool, error) {
	h, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	if h.pepper != g.keyID {
		return false, errors.New("stored PIN hash was made with another pepper")
	}
	digest, err := g.hash(ctx, account, code, h)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(digest, h.digest) == 1, nil
}

// Set gives an account a new PIN, creating the account if need be, and lifts a lock. Whoever calls it has
// made sure that the owner is signed in; it is never reached by voice.
//
// Errors: ErrMalformed; *CommonError for a PIN that is too easy to guess; ErrBusy; what the ledger returns.
func (g *Guard) Set(ctx context.Context, account string, code Code) error {
	if !code.wellFormed() {
		return ErrMalformed
	}
	if reason, common := Common(code); common {
		return &CommonError{Reason: reason}
	}
	h := hash{cost: g.cost, pepper: g.keyID, salt: make([]byte, saltBytes), digest: make([]byte, digestBytes)}
	if _, err := io.ReadFull(g.salt, h.salt); err != nil {
		return fmt.Errorf("set PIN: salt: %w", err)
	}
	digest, err := g.hash(ctx, account, code, h)
	if err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	h.digest = digest
	for range maxTries {
		_, seen, err := g.ledger.PIN(ctx, account)
		if err != nil {
			return fmt.Errorf("set PIN: %w", err)
		}
		err = g.ledger.SwapPIN(ctx, account, seen, Record{Hash: h.String(), SetAt: g.now().UTC()})
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return fmt.Errorf("set PIN: %w", err)
		}
	}
	return fmt.Errorf("set PIN: %w", ErrBusy)
}

// Status is what may be said about an account's PIN without an attempt.
type Status struct {
	Set    bool
	Locked bool
	Left   int // wrong answers left before the lock
}

// Status reads the state of an account's PIN; an unknown account has none set.
func (g *Guard) Status(ctx context.Context, account string) (Status, error) {
	r, _, err := g.ledger.PIN(ctx, account)
	if err != nil {
		return Status{}, fmt.Errorf("read PIN status: %w", err)
	}
	return Status{Set: r.IsSet(), Locked: r.Locked(), Left: r.Left()}, nil
}

// hash waits for a slot and computes the digest with the cost, salt and length of like.
func (g *Guard) hash(ctx context.Context, account string, code Code, like hash) ([]byte, error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ErrBusy
	}
	defer func() { <-g.slots }()
	// The account is part of what is hashed, so that nobody with access to the store can move a PIN they
	// know to an account they do not own.
	password := g.mac("PIN\x00" + account + "\x00" + string(code))
	return g.derive(password, like.salt, like.cost, uint32(len(like.digest))), nil
}

func (g *Guard) mac(message string) []byte {
	m := hmac.New(sha256.New, g.pepper)
	m.Write([]byte(message))
	return m.Sum(nil)
}

func argon2id(password, salt []byte, c Cost, length uint32) []byte {
	return argon2.IDKey(password, salt, c.Passes, c.MemoryKiB, c.Threads, length)
}
