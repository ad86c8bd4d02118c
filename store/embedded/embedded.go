// Package embedded keeps accounts, Alexa users and the inbox in one file beside the program, in bbolt, for those who
// run Trunkpass on a machine of their own and for everybody's first minute with it.
//
// It is one engine behind the port of package store and does nothing the port does not promise. A write is
// on the disk when it returns. One process at a time has the file; a second one is told so at once.
package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/trunkpass/trunkpass/store"
)

const (
	fileMode = 0o600 // the file holds hashes of PINs: its owner's alone
	// lockWait is how long a file that another process is just letting go of is waited for.
	lockWait = 300 * time.Millisecond
)

var _ store.Store = (*Store)(nil)

// Store is an open file. It implements store.Store, and is safe for concurrent use.
type Store struct {
	now     func() time.Time
	db      *bbolt.DB
	file    *os.File
	damaged atomic.Bool
}

// Open opens the accounts in the file at path, creating it (mode 0600) if there is none; the directory must
// exist. A file that is in use, damaged or not ours is an error of one line, and is left as it was. What expires does
// so by now, which is safe for concurrent use.
func Open(path string, now func() time.Time) (*Store, error) {
	s := &Store{now: now}
	err := s.guarded(func() (err error) {
		s.db, err = bbolt.Open(path, fileMode, &bbolt.Options{Timeout: lockWait, OpenFile: s.openFile})
		return err
	})
	switch _, system := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s is in use by another trunkpass", path)
	case system:
		return nil, fmt.Errorf("open accounts: %w", err)
	case err != nil:
		_ = s.Close()
		return nil, fmt.Errorf("%s cannot be read as Trunkpass accounts: %w", path, err)
	}
	if err := s.guarded(s.prepare); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("open accounts in %s: %w", path, err)
	}
	return s, nil
}

// openFile remembers the file, so that it can be let go of when bbolt gives up half-way.
func (s *Store) openFile(name string, flag int, mode os.FileMode) (f *os.File, err error) {
	s.file, err = os.OpenFile(name, flag, mode)
	return s.file, err
}

// prepare makes a new file ours, makes sure that an old one is, and removes what is over. It writes only if there is
// something to write.
func (s *Store) prepare() error {
	var ours, empty, complete, over bool
	err := s.db.View(func(tx *bbolt.Tx) error {
		ours = tx.Bucket(accountsBucket) != nil
		first, _ := tx.Cursor().First()
		empty = first == nil
		complete = tx.Bucket(usersBucket) != nil && tx.Bucket(inboxBucket) != nil && tx.Bucket(expiryBucket) != nil
		if complete {
			key, _ := tx.Bucket(expiryBucket).Cursor().First()
			over = key != nil && due(key, s.now())
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !ours && !empty:
		return errors.New("the file belongs to another program")
	case ours && complete && !over:
		return nil
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{accountsBucket, usersBucket, inboxBucket, expiryBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return prune(tx, s.now(), pruneOnOpen)
	})
}

// Close lets the file go after the transactions under way. It may be called more than once; what is asked
// of a closed store is an error.
func (s *Store) Close() error {
	if s.db == nil || s.damaged.Load() {
		// bbolt gave up half-way and may still hold locks of its own that its Close would wait for.
		if s.file == nil {
			return nil
		}
		if err := s.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			return fmt.Errorf("close accounts: %w", err)
		}
		return nil
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close accounts: %w", err)
	}
	return nil
}

var errDamaged = errors.New("the file is damaged")

// guarded runs fn and turns the panics and memory faults by which bbolt answers a damaged page into an
// error. After one of them the store is used no more.
func (s *Store) guarded(fn func() error) (err error) {
	if s.damaged.Load() {
		return errDamaged
	}
	// The file is mapped into memory: reading where a truncated one has ended is a fault, not an error.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s.damaged.Store(true)
			err = fmt.Errorf("%w (%v)", errDamaged, r)
		}
	}()
	return fn()
}
