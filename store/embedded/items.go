package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/store/form"
)

// The buckets. Accounts, users and messages stand under their ids. A file with buckets but without the first belongs
// to some other program; an older one of ours has no more than the first.
var (
	accountsBucket = []byte("accounts")
	usersBucket    = []byte("users")
	inboxBucket    = []byte("inbox")
	// expiryBucket is the order in which items go: a key is the second in which an item may be over (8 bytes, big
	// endian), the first letter of its bucket and its id. It may name an item that is gone or has been given more
	// time, never the other way around.
	expiryBucket = []byte("expiry")
)

// What one go of pruning looks at most at: a write makes at most one entry, so that these keep up with any number.
const (
	pruneOnOpen  = 1000
	pruneOnWrite = 8
)

// view hands fn the item of a bucket, nil if there is none; it is valid only within.
func (s *Store) view(ctx context.Context, bucket []byte, id string, fn func(data []byte) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error { return fn(tx.Bucket(bucket).Get([]byte(id))) })
	})
}

// change rewrites one item: edit is given what is there and returns what shall be, and when that is over. Nil data
// changes nothing. bbolt lets one writer in at a time; a context that ends while others write ends the wait at the
// latest when this one's turn comes, with nothing written.
func (s *Store) change(ctx context.Context, bucket []byte, id string, edit func(data []byte) ([]byte, time.Time, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			items := tx.Bucket(bucket)
			data, expires, err := edit(items.Get([]byte(id)))
			if err != nil || data == nil {
				return err
			}
			if err := items.Put([]byte(id), data); err != nil {
				return err
			}
			if !expires.IsZero() {
				if err := tx.Bucket(expiryBucket).Put(expiryKey(expires, bucket, id), nil); err != nil {
					return err
				}
			}
			return prune(tx, s.now(), pruneOnWrite)
		})
	})
}

// prune removes what is over, looking at no more than limit entries.
func prune(tx *bbolt.Tx, now time.Time, limit int) error {
	order := tx.Bucket(expiryBucket).Cursor()
	for key, _ := order.First(); key != nil && limit > 0 && due(key, now); key, _ = order.First() {
		if len(key) > expiryHead {
			if err := forget(tx, key[expiryHead-1], key[expiryHead:], now); err != nil {
				return err
			}
		}
		if err := order.Delete(); err != nil {
			return err
		}
		limit--
	}
	return nil
}

// forget removes an item that is over. One that has been given more time has another entry; one that cannot be read
// stays for whoever can.
func forget(tx *bbolt.Tx, letter byte, id []byte, now time.Time) error {
	for _, bucket := range [][]byte{accountsBucket, usersBucket, inboxBucket} {
		if bucket[0] != letter {
			continue
		}
		var h head
		data := tx.Bucket(bucket).Get(id)
		if data == nil || json.Unmarshal(data, &h) != nil || h.Format > format || !form.Over(h.ExpiresAt, now) {
			return nil
		}
		return tx.Bucket(bucket).Delete(id)
	}
	return nil
}

// expiryHead is how many bytes of a key stand before the id.
const expiryHead = 8 + 1

// expiryKey rounds up to the second, so that what is due is over.
func expiryKey(expires time.Time, bucket []byte, id string) []byte {
	second := max(expires.Add(time.Second-1).Unix(), 0)
	key := binary.BigEndian.AppendUint64(make([]byte, 0, expiryHead+len(id)), uint64(second))
	return append(append(key, bucket[0]), id...)
}

func due(key []byte, now time.Time) bool {
	second := binary.BigEndian.AppendUint64(nil, uint64(max(now.Unix(), 0)))
	return bytes.Compare(key[:min(len(key), len(second))], second) <= 0
}
