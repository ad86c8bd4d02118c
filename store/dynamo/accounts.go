package dynamo

import (
	"context"
	"fmt"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/form"
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
func (s *Store) PIN(ctx context.Context, owner string) (pin.Record, pin.Revision, error) {
	a, err := s.readAccount(ctx, owner)
	if err != nil {
		return pin.Record{}, 0, fmt.Errorf("read PIN: %w", err)
	}
	return a.PIN, a.Revision, nil
}

func (s *Store) readAccount(ctx context.Context, owner string) (store.Account, error) {
	if err := store.CheckOwner(owner); err != nil {
		return store.Account{}, err
	}
	i, err := s.read(ctx, accountKey(owner))
	if err != nil {
		return store.Account{}, err
	}
	return accountOf(owner, i, s.now())
}

// SwapPIN writes the PIN; see pin.Ledger.
func (s *Store) SwapPIN(ctx context.Context, owner string, seen pin.Revision, r pin.Record) error {
	data, err := form.PIN(r)
	if err == nil {
		err = s.writePart(ctx, owner, seen, pinAttribute, data)
	}
	if err != nil {
		return fmt.Errorf("write PIN: %w", err)
	}
	return nil
}

// SavePreferences writes the preferences; see store.Accounts.
func (s *Store) SavePreferences(ctx context.Context, owner string, seen pin.Revision, p store.Preferences) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	data, err := form.Preferences(p)
	if err == nil {
		err = s.writePart(ctx, owner, seen, preferencesAttribute, data)
	}
	if err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	return nil
}

// SaveUsers writes who has linked the account; see store.Accounts.
func (s *Store) SaveUsers(ctx context.Context, owner string, seen pin.Revision, users []string) error {
	if err := store.CheckUsers(users); err != nil {
		return fmt.Errorf("save users: %w", err)
	}
	data, err := form.Users(users)
	if err == nil {
		err = s.writePart(ctx, owner, seen, usersAttribute, data)
	}
	if err != nil {
		return fmt.Errorf("save users: %w", err)
	}
	return nil
}

// writePart writes one part of an account and leaves the others as they are. A tombstone that is written to lives on.
func (s *Store) writePart(ctx context.Context, owner string, seen pin.Revision, attribute string, data []byte) error {
	if err := store.CheckOwner(owner); err != nil {
		return err
	}
	u := newUpdate()
	u.put(attribute, text(string(data)))
	u.drop(ExpiryAttribute)
	return s.swap(ctx, accountKey(owner), seen, u)
}

// Erase leaves nothing but the revision, for store.KeepErased; see store.Accounts. An account at 0 is looked up,
// since there must be nothing to write.
func (s *Store) Erase(ctx context.Context, owner string, seen pin.Revision) error {
	if err := s.erase(ctx, owner, seen); err != nil {
		return fmt.Errorf("erase account: %w", err)
	}
	return nil
}

func (s *Store) erase(ctx context.Context, owner string, seen pin.Revision) error {
	if seen > 0 {
		if err := store.CheckOwner(owner); err != nil {
			return err
		}
		u := newUpdate()
		u.drop(pinAttribute, preferencesAttribute, usersAttribute)
		u.put(ExpiryAttribute, expiry(s.now().Add(store.KeepErased)))
		return s.swap(ctx, accountKey(owner), seen, u)
	}
	a, err := s.readAccount(ctx, owner)
	if err == nil && a.Revision != seen {
		err = store.ErrConflict
	}
	return err
}
