package dynamo

import (
	"context"
	"fmt"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/form"
)

// User reads an Alexa user; see store.Users.
func (s *Store) User(ctx context.Context, id string) (store.User, error) {
	u, err := s.readUser(ctx, id)
	if err != nil {
		return store.User{}, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

func (s *Store) readUser(ctx context.Context, id string) (store.User, error) {
	if err := store.CheckUser(id); err != nil {
		return store.User{}, err
	}
	i, err := s.read(ctx, userKey(id))
	if err != nil {
		return store.User{}, err
	}
	return userOf(id, i, s.now())
}

// SaveUser writes an Alexa user; see store.Users.
func (s *Store) SaveUser(ctx context.Context, u store.User) error {
	if err := s.saveUser(ctx, u); err != nil {
		return fmt.Errorf("save user: %w", err)
	}
	return nil
}

func (s *Store) saveUser(ctx context.Context, u store.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	data, err := form.User(u)
	if err != nil {
		return err
	}
	w := newUpdate()
	w.put(userAttribute, text(string(data)))
	if u.ExpiresAt.IsZero() {
		w.drop(ExpiryAttribute)
	} else {
		w.put(ExpiryAttribute, expiry(u.ExpiresAt))
	}
	return s.swap(ctx, userKey(u.ID), u.Revision, w)
}
