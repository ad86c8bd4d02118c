package embedded

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

var _ store.Accounts = (*Store)(nil)

// Account reads an account; see store.Accounts.
func (s *Store) Account(ctx context.Context, owner string) (store.Account, error) {
	a, err := s.read(ctx, owner)
	if err != nil {
		return store.Account{}, fmt.Errorf("read account: %w", err)
	}
	return a, nil
}

// PIN reads the PIN of an account; see pin.Ledger.
func (s *Store) PIN(ctx context.Context, account string) (pin.Record, pin.Revision, error) {
	a, err := s.read(ctx, account)
	if err != nil {
		return pin.Record{}, 0, fmt.Errorf("read PIN: %w", err)
	}
	return a.PIN, a.Revision, nil
}

// SavePreferences writes the preferences; see store.Accounts.
func (s *Store) SavePreferences(ctx context.Context, owner string, seen pin.Revision, p store.Preferences) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	if err := s.change(ctx, owner, seen, func(a *store.Account) { a.Preferences = p }); err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	return nil
}

// SwapPIN writes the PIN; see pin.Ledger.
func (s *Store) SwapPIN(ctx context.Context, account string, seen pin.Revision, r pin.Record) error {
	if err := s.change(ctx, account, seen, func(a *store.Account) { a.PIN = r }); err != nil {
		return fmt.Errorf("write PIN: %w", err)
	}
	return nil
}

func (s *Store) read(ctx context.Context, owner string) (a store.Account, err error) {
	if err := store.CheckOwner(owner); err != nil {
		return a, err
	}
	if err := ctx.Err(); err != nil {
		return a, err
	}
	err = s.guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) (err error) {
			a, err = decode(owner, tx.Bucket(accountsBucket).Get([]byte(owner)))
			return err
		})
	})
	return a, err
}

// change is the conditional write. bbolt lets one writer in at a time; a context that ends while others
// write ends the wait at the latest when this one's turn comes, with nothing written.
func (s *Store) change(ctx context.Context, owner string, seen pin.Revision, edit func(*store.Account)) error {
	if err := store.CheckOwner(owner); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			accounts := tx.Bucket(accountsBucket)
			a, err := decode(owner, accounts.Get([]byte(owner)))
			if err != nil {
				return err
			}
			if a.Revision != seen {
				return store.ErrConflict
			}
			edit(&a)
			a.Revision++
			data, err := encode(a)
			if err != nil {
				return err
			}
			return accounts.Put([]byte(owner), data)
		})
	})
}
