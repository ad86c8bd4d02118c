package embedded

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// Account reads an account; see store.Accounts.
func (s *Store) Account(ctx context.Context, owner string) (store.Account, error) {
	a, err := s.readAccount(ctx, owner)
	if err != nil {
		return store.Account{}, fmt.Errorf("read account: %w", err)
	}
	return a, nil
}

// PIN reads the PIN of an account; see pin.Ledger.
func (s *Store) PIN(ctx context.Context, account string) (pin.Record, pin.Revision, error) {
	a, err := s.readAccount(ctx, account)
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
	if err := s.changeAccount(ctx, owner, seen, func(a *account) { a.Preferences = p }); err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	return nil
}

// SaveUsers writes who has linked the account; see store.Accounts.
func (s *Store) SaveUsers(ctx context.Context, owner string, seen pin.Revision, users []string) error {
	if err := store.CheckUsers(users); err != nil {
		return fmt.Errorf("save users: %w", err)
	}
	if err := s.changeAccount(ctx, owner, seen, func(a *account) { a.Users = users }); err != nil {
		return fmt.Errorf("save users: %w", err)
	}
	return nil
}

// Erase leaves nothing but the revision, for store.KeepErased; see store.Accounts.
func (s *Store) Erase(ctx context.Context, owner string, seen pin.Revision) error {
	if err := s.erase(ctx, owner, seen); err != nil {
		return fmt.Errorf("erase account: %w", err)
	}
	return nil
}

func (s *Store) erase(ctx context.Context, owner string, seen pin.Revision) error {
	if seen > 0 {
		return s.changeAccount(ctx, owner, seen, func(a *account) {
			*a = account{store.Account{Owner: owner, Revision: a.Revision}, s.now().Add(store.KeepErased)}
		})
	}
	a, err := s.readAccount(ctx, owner)
	if err == nil && a.Revision != seen {
		err = store.ErrConflict
	}
	return err
}

// SwapPIN writes the PIN; see pin.Ledger.
func (s *Store) SwapPIN(ctx context.Context, owner string, seen pin.Revision, r pin.Record) error {
	if err := s.changeAccount(ctx, owner, seen, func(a *account) { a.PIN = r }); err != nil {
		return fmt.Errorf("write PIN: %w", err)
	}
	return nil
}

func (s *Store) readAccount(ctx context.Context, owner string) (store.Account, error) {
	if err := store.CheckOwner(owner); err != nil {
		return store.Account{}, err
	}
	var a account
	err := s.view(ctx, accountsBucket, owner, func(data []byte) (err error) {
		a, err = decodeAccount(owner, data, s.now())
		return err
	})
	return a.Account, err
}

// changeAccount is the conditional write. A tombstone that is written to lives on.
func (s *Store) changeAccount(ctx context.Context, owner string, seen pin.Revision, edit func(*account)) error {
	if err := store.CheckOwner(owner); err != nil {
		return err
	}
	return s.change(ctx, accountsBucket, owner, func(data []byte) ([]byte, time.Time, error) {
		a, err := decodeAccount(owner, data, s.now())
		if err != nil {
			return nil, time.Time{}, err
		}
		if a.Revision != seen {
			return nil, time.Time{}, store.ErrConflict
		}
		a.expiresAt = time.Time{}
		edit(&a)
		a.Revision++
		data, err = encodeAccount(a)
		return data, a.expiresAt, err
	})
}
