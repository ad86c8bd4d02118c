package pin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
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
	// lastHash is what is kept of a context's time for a hash that had to wait: four at once on a busy core.
	lastHash = 500 * time.Millisecond
	// defaultConcurrent times 19 MiB is what a flood can take: 76 MiB.
	defaultConcurrent = 4
)

// Options is what a [Guard] is made of. Ledger, Pepper and Now are required.
type Options struct {
	Ledger Ledger
	// Pepper is a secret of the deployment, at least 32 random bytes, kept outside the store. Without it
	// no stored PIN can be checked; with another one the check fails with an error.
	Pepper []byte
	// OldPeppers still check what they were used for; a right answer is then hashed anew with Pepper. Optional.
	OldPeppers [][]byte
	Now        func() time.Time
	// Concurrent bounds the hashes computed at once by this Guard; 0 means 4.
	Concurrent int
	Cost       Cost      // of new hashes; zero means DefaultCost
	Salt       io.Reader // source of salts; nil means crypto/rand
	// Observe hears the result of every check that was counted or refused, for those who count. Optional.
	Observe func(Result)
}

// Guard checks and sets PINs. It is safe for concurrent use, and any number of Guards in any number of
// processes may share one ledger.
type Guard struct {
	ledger  Ledger
	peppers map[string][]byte // by name
	keyID   string            // names the pepper of new hashes
	now     func() time.Time
	cost    Cost
	salt    io.Reader
	slots   chan struct{}
	decoy   string // hashed against where there is nothing to check, so that it takes the same time
	derive  func(password, salt []byte, c Cost, length uint32) []byte
	// observe is never nil.
	observe func(Result)
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
	case slices.ContainsFunc(append([][]byte{o.Pepper}, o.OldPeppers...), func(p []byte) bool { return len(p) < minPepper }):
		return nil, fmt.Errorf("PIN guard: a pepper needs at least %d bytes", minPepper)
	case o.Concurrent < 0:
		return nil, errors.New("PIN guard: the number of concurrent hashes is negative")
	case err != nil:
		return nil, fmt.Errorf("PIN guard: cost: %w", err)
	}
	if o.Observe == nil {
		o.Observe = func(Result) {}
	}
	g := &Guard{
		ledger:  o.Ledger,
		peppers: map[string][]byte{},
		now:     o.Now,
		cost:    o.Cost,
		salt:    o.Salt,
		slots:   make(chan struct{}, o.Concurrent),
		derive:  argon2id, observe: o.Observe,
	}
	for _, pepper := range append([][]byte{o.Pepper}, o.OldPeppers...) {
		g.peppers[nameOf(pepper)] = bytes.Clone(pepper)
	}
	g.keyID = nameOf(o.Pepper)
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
	verdict, err := g.checkRead(ctx, account, code, record, seen)
	if err == nil {
		g.observe(verdict.Result)
	}
	return verdict, err
}

func (g *Guard) checkRead(ctx context.Context, account string, code Code, record Record, seen Revision) (Verdict, error) {
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
		if verdict.Result == Right {
			next.Hash = g.renewed(ctx, account, code, next.Hash)
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
	digest, err := g.hash(ctx, account, code, h)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(digest, h.digest) == 1, nil
}

// Set gives an account a new PIN, creating the account if need be. Whoever calls it has made sure that the owner is
// signed in; it is never reached by voice. A lock stays: one that falls while the PIN is being set is not overwritten.
//
// Errors: ErrMalformed; *CommonError for a PIN that is too easy to guess; ErrLocked; ErrBusy; what the ledger returns.
func (g *Guard) Set(ctx context.Context, account string, code Code) error {
	return g.set(ctx, account, code, false)
}

// Reset is Set for whoever has just proved anew to be the owner: it lifts a lock, and never returns ErrLocked.
func (g *Guard) Reset(ctx context.Context, account string, code Code) error {
	return g.set(ctx, account, code, true)
}

func (g *Guard) set(ctx context.Context, account string, code Code, lift bool) error {
	if !code.wellFormed() {
		return ErrMalformed
	}
	if reason, common := Common(code); common {
		return &CommonError{Reason: reason}
	}
	hashed, err := g.fresh(ctx, account, code)
	if err != nil {
		return fmt.Errorf("set PIN: %w", err)
	}
	for range maxTries {
		record, seen, err := g.ledger.PIN(ctx, account)
		if err != nil {
			return fmt.Errorf("set PIN: %w", err)
		}
		if record.Locked() && !lift {
			return fmt.Errorf("set PIN: %w", ErrLocked)
		}
		err = g.ledger.SwapPIN(ctx, account, seen, Record{Hash: hashed, SetAt: g.now().UTC()})
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return fmt.Errorf("set PIN: %w", err)
		}
	}
	return fmt.Errorf("set PIN: %w", ErrBusy)
}

// fresh hashes a code with a salt of its own and the pepper of today.
func (g *Guard) fresh(ctx context.Context, account string, code Code) (string, error) {
	h, err := g.salted()
	if err != nil {
		return "", err
	}
	if h.digest, err = g.hash(ctx, account, code, h); err != nil {
		return "", err
	}
	return h.String(), nil
}

// salted is a hash of today, all but its digest.
func (g *Guard) salted() (hash, error) {
	h := hash{cost: g.cost, pepper: g.keyID, salt: make([]byte, saltBytes), digest: make([]byte, digestBytes)}
	if _, err := io.ReadFull(g.salt, h.salt); err != nil {
		return h, fmt.Errorf("salt: %w", err)
	}
	return h, nil
}

// renewed is the stored hash, or one of today if it was made with an old pepper. Where there is no time for that it
// stays as it is, until the PIN is spoken again.
func (g *Guard) renewed(ctx context.Context, account string, code Code, stored string) string {
	if h, err := parseHash(stored); err != nil || h.pepper == g.keyID {
		return stored
	}
	select {
	case g.slots <- struct{}{}: // a free slot now, or another time: the answer waits for nothing but the check
		defer func() { <-g.slots }()
	default:
		return stored
	}
	h, err := g.salted()
	if err != nil {
		return stored
	}
	h.digest = g.digest(account, code, h)
	return h.String()
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

// room takes a slot: at once if one is free, else by waiting until a hash could no longer end in time.
func (g *Guard) room(ctx context.Context) bool {
	select {
	case g.slots <- struct{}{}:
		return true
	default:
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-lastHash))
		defer cancel()
	}
	select {
	case g.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// hash waits for a slot and computes the digest with the cost, pepper, salt and length of like.
func (g *Guard) hash(ctx context.Context, account string, code Code, like hash) ([]byte, error) {
	if g.peppers[like.pepper] == nil {
		return nil, errors.New("stored PIN hash was made with another pepper")
	}
	if !g.room(ctx) {
		return nil, ErrBusy
	}
	defer func() { <-g.slots }()
	return g.digest(account, code, like), nil
}

// digest computes; whoever calls it holds a slot. The account is part of what is hashed, so that nobody with access to the
// store can move a PIN they know to an account they do not own.
func (g *Guard) digest(account string, code Code, like hash) []byte {
	password := mac(g.peppers[like.pepper], "PIN\x00"+account+"\x00"+string(code))
	return g.derive(password, like.salt, like.cost, uint32(len(like.digest)))
}

// nameOf names a pepper without telling it.
func nameOf(pepper []byte) string {
	return b64.EncodeToString(mac(pepper, "name of this pepper")[:pepperIDLen])
}

func mac(pepper []byte, message string) []byte {
	m := hmac.New(sha256.New, pepper)
	m.Write([]byte(message))
	return m.Sum(nil)
}

func argon2id(password, salt []byte, c Cost, length uint32) []byte {
	return argon2.IDKey(password, salt, c.Passes, c.MemoryKiB, c.Threads, length)
}
