package dynamo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/store"
)

// Claim takes a message for a while, with one write; see store.Inbox. Whoever meets a claim looks whether it is its
// own, made by an attempt whose reply was lost.
func (s *Store) Claim(ctx context.Context, id string, lease time.Duration) (store.Claim, error) {
	claim, err := s.claim(ctx, id, lease)
	if err != nil {
		return "", fmt.Errorf("claim message: %w", err)
	}
	return claim, nil
}

func (s *Store) claim(ctx context.Context, id string, lease time.Duration) (store.Claim, error) {
	if err := store.CheckClaim(id, lease); err != nil {
		return "", err
	}
	now, token := s.now(), newToken()
	u := newUpdate()
	u.put(claimAttribute, &types.AttributeValueMemberB{Value: token})
	u.put(leaseAttribute, number(now.Add(lease).UnixNano()))
	u.put(ExpiryAttribute, expiry(now.Add(store.KeepSettled)))
	u.drop(settledAttribute)
	u.require("attribute_not_exists(" + u.name(KeyAttribute) + ") OR " +
		u.name(ExpiryAttribute) + " <= " + u.value("second", number(now.Unix())) + " OR " +
		u.name(leaseAttribute) + " <= " + u.value("now", number(now.UnixNano())))
	found, failed, _, err := s.apply(ctx, messageKey(id), u)
	if err != nil {
		return "", err
	}
	holder, _ := found[claimAttribute].(*types.AttributeValueMemberB)
	switch {
	case !failed:
		return store.Yours, nil
	case settled(found):
		return store.Settled, nil
	case holder != nil && bytes.Equal(holder.Value, token):
		return store.Yours, nil
	}
	return store.Busy, nil
}

// Finish settles a message; see store.Inbox.
func (s *Store) Finish(ctx context.Context, id string) error {
	if err := s.finish(ctx, id); err != nil {
		return fmt.Errorf("finish message: %w", err)
	}
	return nil
}

func (s *Store) finish(ctx context.Context, id string) error {
	if err := store.CheckMessage(id); err != nil {
		return err
	}
	u := newUpdate()
	u.put(settledAttribute, &types.AttributeValueMemberBOOL{Value: true})
	u.put(ExpiryAttribute, expiry(s.now().Add(store.KeepSettled)))
	// Without a lease none runs out, and nobody claims the message any more.
	u.drop(leaseAttribute, claimAttribute)
	u.known()
	_, _, _, err := s.apply(ctx, messageKey(id), u)
	return err
}

// Release gives a message back; see store.Inbox. One that is settled, or was never claimed, stays as it is.
func (s *Store) Release(ctx context.Context, id string) error {
	if err := s.release(ctx, id); err != nil {
		return fmt.Errorf("release message: %w", err)
	}
	return nil
}

func (s *Store) release(ctx context.Context, id string) error {
	if err := store.CheckMessage(id); err != nil {
		return err
	}
	u := newUpdate()
	u.put(leaseAttribute, number(0))
	u.drop(claimAttribute)
	u.require("attribute_exists(" + u.name(leaseAttribute) + ")")
	u.once = true // sent again, it could end the lease of whoever has claimed the message meanwhile
	_, _, _, err := s.apply(ctx, messageKey(id), u)
	return err
}
