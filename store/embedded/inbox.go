package embedded

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkpass/trunkpass/store"
)

// Claim takes a message for a while; see store.Inbox.
func (s *Store) Claim(ctx context.Context, id string, lease time.Duration) (store.Claim, error) {
	if err := store.CheckClaim(id, lease); err != nil {
		return "", fmt.Errorf("claim message: %w", err)
	}
	var claim store.Claim
	err := s.changeMessage(ctx, id, func(m messageItem, now time.Time) (messageItem, bool) {
		switch {
		case m.Settled:
			claim = store.Settled
		case now.Before(m.LeaseUntil):
			claim = store.Busy
		default:
			claim = store.Yours
			return messageItem{LeaseUntil: now.Add(lease)}, true
		}
		return m, false
	})
	if err != nil {
		return "", fmt.Errorf("claim message: %w", err)
	}
	return claim, nil
}

// Finish settles a message; see store.Inbox.
func (s *Store) Finish(ctx context.Context, id string) error {
	err := store.CheckMessage(id)
	if err == nil {
		err = s.changeMessage(ctx, id, func(messageItem, time.Time) (messageItem, bool) {
			return messageItem{Settled: true}, true
		})
	}
	if err != nil {
		return fmt.Errorf("finish message: %w", err)
	}
	return nil
}

// Release gives a message back; see store.Inbox.
func (s *Store) Release(ctx context.Context, id string) error {
	err := store.CheckMessage(id)
	if err == nil {
		err = s.changeMessage(ctx, id, func(m messageItem, now time.Time) (messageItem, bool) {
			return messageItem{}, !m.Settled && now.Before(m.LeaseUntil)
		})
	}
	if err != nil {
		return fmt.Errorf("release message: %w", err)
	}
	return nil
}

// changeMessage writes what edit makes of a message, if edit wants it written. Whatever is written is kept as long as
// a settled message, which is longer than any lease.
func (s *Store) changeMessage(ctx context.Context, id string, edit func(m messageItem, now time.Time) (messageItem, bool)) error {
	return s.change(ctx, inboxBucket, id, func(data []byte) ([]byte, time.Time, error) {
		now := s.now().UTC()
		m, err := decodeMessage(data, now)
		if err != nil {
			return nil, time.Time{}, err
		}
		next, write := edit(m, now)
		if !write {
			return nil, time.Time{}, nil
		}
		next.head = head{Format: format, ExpiresAt: now.Add(store.KeepSettled)}
		data, err = marshal(next)
		return data, next.ExpiresAt, err
	})
}
