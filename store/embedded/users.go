package embedded

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/store"
)

// User reads an Alexa user; see store.Users.
func (s *Store) User(ctx context.Context, id string) (store.User, error) {
	u := store.User{ID: id}
	err := store.CheckUser(id)
	if err == nil {
		err = s.view(ctx, usersBucket, id, func(data []byte) (err error) {
			u, err = decodeUser(id, data, s.now())
			return err
		})
	}
	if err != nil {
		return store.User{}, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

// SaveUser writes an Alexa user; see store.Users.
func (s *Store) SaveUser(ctx context.Context, u store.User) error {
	if err := u.Validate(); err != nil {
		return fmt.Errorf("save user: %w", err)
	}
	err := s.change(ctx, usersBucket, u.ID, func(data []byte) ([]byte, time.Time, error) {
		was, err := decodeUser(u.ID, data, s.now())
		if err != nil {
			return nil, time.Time{}, err
		}
		if was.Revision != u.Revision {
			return nil, time.Time{}, store.ErrConflict
		}
		next := u
		next.Revision++
		data, err = encodeUser(next)
		return data, next.ExpiresAt, err
	})
	if err != nil {
		return fmt.Errorf("save user: %w", err)
	}
	return nil
}
