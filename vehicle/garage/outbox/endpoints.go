// Package outbox sends the garage's events to whoever registered for them, as signed webhooks
// (standardwebhooks.com): at least once, in no order that anybody may rely on, again and again for three days.
//
// A message is written in the transaction of its event, so neither is ever there without the other, and a garage that
// is shut loses nothing. Its neighbors are vehicle/garage, which records events and asks for a delivery, and
// garage/weather, which makes messages come twice, late and in another order.
package outbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// The buckets in the garage's data file.
var (
	bucketEndpoints = []byte("webhook-endpoints") // by id
	bucketMessages  = []byte("webhook-messages")  // by the instant of the next attempt and a number
)

// The contract's limits.
const (
	mostEndpoints = 10
	maxURL        = 500 // bytes
	secretBytes   = 32
)

// Why an endpoint is not made.
var (
	ErrTooMany = errors.New("there are as many endpoints as there may be")
	// ErrTarget is for a URL that leads away from this machine: the garage runs at home, and nobody may have it knock
	// at other doors there.
	ErrTarget = errors.New("the url is not http or https on a loopback address")
	ErrTypes  = errors.New("event_types is empty or names an unknown type")
)

// endpoint is where events go, as stored. The signing secret has to be there in the clear.
type endpoint struct {
	ID, URL   string
	Types     []wire.EventType `json:",omitempty"` // all if empty
	CreatedAt time.Time
	Disabled  bool   `json:",omitempty"`
	Secret    string // whsec_...
}

func (e endpoint) wire() wire.WebhookEndpoint {
	return wire.WebhookEndpoint{ID: e.ID, URL: e.URL, EventTypes: e.Types, CreatedAt: e.CreatedAt, Enabled: !e.Disabled}
}

func (e endpoint) wants(t wire.EventType) bool {
	return !e.Disabled && (len(e.Types) == 0 || slices.Contains(e.Types, t))
}

// prepare makes the buckets, which files of an older garage do not have.
func prepare(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketEndpoints, bucketMessages} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("prepare outbox: %w", err)
		}
	}
	return nil
}

func endpoints(tx *bbolt.Tx) ([]endpoint, error) {
	var list []endpoint
	err := tx.Bucket(bucketEndpoints).ForEach(func(_, data []byte) error {
		var e endpoint
		err := json.Unmarshal(data, &e)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read webhook endpoints: %w", err)
	}
	return list, nil
}

func (e endpoint) save(tx *bbolt.Tx) error {
	data, err := json.Marshal(e)
	if err == nil {
		err = tx.Bucket(bucketEndpoints).Put([]byte(e.ID), data)
	}
	if err != nil {
		return fmt.Errorf("write webhook endpoint: %w", err)
	}
	return nil
}

// List tells the endpoints without their secrets.
func List(tx *bbolt.Tx) ([]wire.WebhookEndpoint, error) {
	list, err := endpoints(tx)
	shown := []wire.WebhookEndpoint{}
	for _, e := range list {
		shown = append(shown, e.wire())
	}
	return shown, err
}

// Register makes an endpoint. Only this answer has its secret. The errors are ErrTooMany, ErrTarget and ErrTypes.
func Register(tx *bbolt.Tx, request wire.WebhookEndpointRequest, now time.Time) (wire.WebhookEndpoint, error) {
	list, err := endpoints(tx)
	unknown := slices.ContainsFunc(request.EventTypes, func(t wire.EventType) bool { return !t.Valid() })
	switch {
	case err != nil:
		return wire.WebhookEndpoint{}, err
	case !local(request.URL):
		return wire.WebhookEndpoint{}, ErrTarget
	case unknown || request.EventTypes != nil && len(request.EventTypes) == 0 || len(request.EventTypes) > 50:
		return wire.WebhookEndpoint{}, ErrTypes
	case len(list) >= mostEndpoints:
		return wire.WebhookEndpoint{}, ErrTooMany
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	e := endpoint{
		ID: "whe_" + rand.Text(), URL: request.URL, Types: request.EventTypes, CreatedAt: now,
		Secret: "whsec_" + base64.StdEncoding.EncodeToString(secret),
	}
	shown := e.wire()
	shown.Secret = &e.Secret
	return shown, e.save(tx)
}

// local tells whether a URL stays on this machine. What a name leads to is looked at again when it is dialed.
func local(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxURL || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// Remove forgets an endpoint and what was on its way there; false if there is none.
func Remove(tx *bbolt.Tx, id string) (bool, error) {
	bucket := tx.Bucket(bucketEndpoints)
	if bucket.Get([]byte(id)) == nil {
		return false, nil
	}
	if err := bucket.Delete([]byte(id)); err != nil {
		return false, fmt.Errorf("remove webhook endpoint: %w", err)
	}
	return true, forget(tx, id)
}
