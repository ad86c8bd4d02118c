package garage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
)

// The buckets of the data file. Values are JSON; keys are ids unless said otherwise.
var (
	bucketMeta     = []byte("meta")
	bucketDemo     = []byte("demo-credentials") // the only secrets in the clear, so that Demo can tell them again
	bucketOwners   = []byte("owners")
	bucketClients  = []byte("clients")
	bucketCarriers = []byte("carriers")
	bucketVehicles = []byte("vehicles")
	bucketGrants   = []byte("grants")
	bucketIndex    = []byte("grants-by-end") // see indexKey
	bucketCommands = []byte("commands")
	bucketEvents   = []byte("events")  // one bucket per vehicle in it, by number
	bucketAgenda   = []byte("agenda")  // what is due, by instant and number
	bucketReplies  = []byte("replies") // first answers, by hash of owner and Idempotency-Key
	bucketLedger   = []byte("ledger")  // by number
)

var buckets = [][]byte{
	bucketMeta, bucketDemo, bucketOwners, bucketClients, bucketCarriers, bucketVehicles, bucketGrants,
	bucketIndex, bucketCommands, bucketEvents, bucketAgenda, bucketReplies, bucketLedger,
}

// format is the layout of the data file that this code reads and writes.
const format = "1"

var keyFormat = []byte("format")

// ErrInUse is what Open wraps when another process holds the data file.
var ErrInUse = errors.New("in use by another trunkpass")

// lockWait is how long another process may hold the data file before Open gives up.
const lockWait = 700 * time.Millisecond

// openData opens the data file, or makes it with the demo world in it. A file that is in use, damaged, or
// somebody else's is an error and stays as it is.
func openData(path string, create func(*bbolt.Tx) error) (*bbolt.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open garage data: %w", err)
	}
	db, err := openFile(path)
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("open garage data: %s is %w", path, ErrInUse)
	case err != nil && errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("open garage data: %w", err)
	case err != nil:
		return nil, fmt.Errorf("open garage data: %s is damaged or no data file of a garage; it was left as it is: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketMeta) != nil {
			return nil
		}
		for _, b := range buckets {
			if _, err := tx.CreateBucket(b); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketMeta).Put(keyFormat, []byte(format)); err != nil {
			return err
		}
		return create(tx)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create demo world: %w", err), db.Close())
	}
	return db, nil
}

// refreshDemo brings a data file up to date. What a car is may have changed since the file was made, what happened
// to it has not; and programs that did not exist yet get their credentials.
func refreshDemo(tx *bbolt.Tx) error {
	for _, o := range demoOwners {
		for _, c := range o.cars {
			k, ok, err := get[car](tx, bucketVehicles, string(c.ID))
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			k.Car = c
			if err := put(tx, bucketVehicles, string(c.ID), k); err != nil {
				return err
			}
		}
	}
	d, ok, err := get[Demo](tx, bucketDemo, demoKey)
	if err != nil || !ok {
		return err
	}
	for id, known := range map[string]*DemoClient{people.OwnerPageID: &d.OwnerPage, people.OperatorID: &d.Operator} {
		if known.ClientID != "" {
			continue
		}
		p, secret := people.NewProgram(id, "")
		if err := put(tx, bucketClients, id, p); err != nil {
			return err
		}
		*known = DemoClient{ClientID: id, ClientSecret: secret}
	}
	return put(tx, bucketDemo, demoKey, d)
}

// openFile opens the file and reads all of it once. The engine maps files into memory and trusts them: a
// damaged page is a panic and a missing one a fault, so both are caught here, where they still mean only
// that the file is no good. (What the engine had mapped when it panicked stays mapped, and its lock held, until
// the process ends; it has nothing else to do.)
func openFile(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read pages: %v", p)
		}
		if err != nil && db != nil {
			err = errors.Join(err, db.Close())
			db = nil
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, err
	}
	return db, db.View(readThrough)
}

func readThrough(tx *bbolt.Tx) error {
	if first, _ := tx.Cursor().First(); first == nil {
		return nil // new
	}
	if meta := tx.Bucket(bucketMeta); meta == nil || !bytes.Equal(meta.Get(keyFormat), []byte(format)) {
		return fmt.Errorf("no format %s in it", format)
	}
	for _, name := range buckets {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("no %s in it", name)
		}
	}
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return readBucket(b) })
}

func readBucket(b *bbolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		switch {
		case v == nil:
			return readBucket(b.Bucket(k))
		case !json.Valid(v):
			return fmt.Errorf("the value of %q is not JSON", k)
		default:
			return nil
		}
	})
}

// get reads one record; ok is false if there is none.
func get[T any](tx *bbolt.Tx, bucket []byte, key string) (v T, ok bool, err error) {
	data := tx.Bucket(bucket).Get([]byte(key))
	if data == nil {
		return v, false, nil
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, false, fmt.Errorf("read %s %q: %w", bucket, key, err)
	}
	return v, true, nil
}

var errNotFound = refuse(wire.ProblemCodeNotFound, "No such thing for this token")

// find reads a record that must be there; otherwise it does not exist for whoever asks.
func find[T any](tx *bbolt.Tx, bucket []byte, key string) (T, error) {
	v, ok, err := get[T](tx, bucket, key)
	if err == nil && !ok {
		err = errNotFound
	}
	return v, err
}

// findCar reads a car of this owner.
func findCar(tx *bbolt.Tx, ownerID string, id vehicle.ID) (car, error) {
	k, err := find[car](tx, bucketVehicles, string(id))
	if err != nil {
		return car{}, err
	}
	if k.Owner != ownerID || k.Gone {
		return car{}, errNotFound
	}
	return k, nil
}

// findGrant reads a grant of this owner.
func findGrant(tx *bbolt.Tx, ownerID, id string) (grant, error) {
	g, err := find[grant](tx, bucketGrants, id)
	if err != nil {
		return grant{}, err
	}
	if g.Owner != ownerID {
		return grant{}, errNotFound
	}
	return g, nil
}

// put writes one record.
func put(tx *bbolt.Tx, bucket []byte, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s %q: %w", bucket, key, err)
	}
	return tx.Bucket(bucket).Put([]byte(key), data)
}

// all reads every record of a bucket, in the order of their keys.
func all[T any](tx *bbolt.Tx, bucket []byte) ([]T, error) {
	var list []T
	err := tx.Bucket(bucket).ForEach(func(k, data []byte) error {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("read %s %q: %w", bucket, k, err)
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// number is a sequence number as a key: big-endian, so that keys sort as numbers do.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// instant is a time as a key, in milliseconds; nothing here happens before 1970.
func instant(t time.Time) []byte { return number(uint64(max(0, t.UnixMilli()))) }

// The index of grants, by car and by carrier, sorted by the end of their windows, so that listing what is
// not over costs the same however much is.
const (
	byVehicle = "vehicle/"
	byCarrier = "carrier/"
)

func indexKey(by, id string, end time.Time, grantID string) string {
	return by + id + "\x00" + string(instant(end)) + grantID
}

// byCode finds the grant of a guest by the hash of the code.
const byCode = "code/"

// listed are the keys under which lists find a grant.
func (g grant) listed() []string {
	keys := []string{indexKey(byVehicle, string(g.Vehicle), g.Window.End, g.ID)}
	if g.Carrier != "" {
		keys = append(keys, indexKey(byCarrier, g.Carrier, g.Window.End, g.ID))
	}
	return keys
}

// newGrant stores a grant and everything that finds it again.
func newGrant(tx *bbolt.Tx, g grant) error {
	keys := g.listed()
	if g.Code != "" {
		keys = append(keys, byCode+g.Code)
	}
	for _, key := range keys {
		if err := put(tx, bucketIndex, key, g.ID); err != nil {
			return err
		}
	}
	if err := schedule(tx, due{At: g.Window.End, Type: wire.EventTypeGrantExpired, Grant: g.ID}); err != nil {
		return err
	}
	return put(tx, bucketGrants, g.ID, g)
}

// unlist makes lists forget a grant, before it is stored with another end.
func unlist(tx *bbolt.Tx, g grant) error {
	for _, key := range g.listed() {
		if err := tx.Bucket(bucketIndex).Delete([]byte(key)); err != nil {
			return err
		}
	}
	return nil
}

// keptFor is how long a grant stays in lists after it has ended.
const keptFor = 24 * time.Hour

// recent lists the grants of a car or a carrier that are not yet over, and those that ended a short while
// ago.
func recent(tx *bbolt.Tx, by, id string, now time.Time) ([]grant, error) {
	var list []grant
	prefix := []byte(by + id + "\x00")
	since := now.Add(-keptFor)
	c := tx.Bucket(bucketIndex).Cursor()
	for k, v := c.Seek([]byte(indexKey(by, id, since, ""))); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		var grantID string
		if err := json.Unmarshal(v, &grantID); err != nil {
			return nil, fmt.Errorf("read index of grants: %w", err)
		}
		g, err := find[grant](tx, bucketGrants, grantID)
		if err != nil {
			return nil, err
		}
		if !g.endedBefore(since) {
			list = append(list, g)
		}
	}
	return list, nil
}
