package outbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/weather"
)

// waits are how long after each failure the next attempt comes; the last one repeats until keepTrying is over.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

const (
	// keepTrying is how long after the first attempt the last one may come; the contract states it.
	keepTrying = 3 * 24 * time.Hour
	// answerTime is how long an endpoint may take.
	answerTime = 5 * time.Second
	// maxAnswer is how much of an answer is read, so that the connection can be used again.
	maxAnswer = 4 << 10 // bytes
)

// Options are what an Outbox needs; all fields are required.
type Options struct {
	DB *bbolt.DB
	// Now is the garage's clock, by which attempts are due and signed.
	Now     func() time.Time
	Weather *weather.Weather
	Log     *slog.Logger
}

// Outbox delivers what was put into the data file. It is safe for concurrent use.
type Outbox struct {
	Options
	http *http.Client
	// delivering lets one delivery at a time happen, so that who waits for one knows that all is out.
	delivering sync.Mutex
}

// New makes an outbox on the garage's data file.
func New(o Options) (*Outbox, error) {
	if err := o.DB.Update(prepare); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: answerTime, Control: onlyHere}
	return &Outbox{Options: o, http: &http.Client{
		Timeout:       answerTime,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxResponseHeaderBytes: 16 << 10, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// onlyHere refuses every address but loopback, whatever name led to it.
func onlyHere(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return ErrTarget
	}
	return nil
}

// message is one event on its way to one endpoint.
type message struct {
	ID       string // the same for every endpoint and attempt
	Endpoint string
	Body     json.RawMessage
	Trace    string    `json:",omitempty"` // a traceparent header
	Attempts int       `json:",omitempty"`
	Until    time.Time `json:",omitzero"` // when it is given up; set by the first attempt

	key []byte
}

// Put writes an event to every endpoint that wants it, in the event's own transaction. The message goes out with the
// trace in its header traceparent, unless that is empty.
func Put(tx *bbolt.Tx, ownerID string, e wire.Event, trace string) error {
	list, err := endpoints(tx)
	if err != nil || len(list) == 0 {
		return err
	}
	body, err := json.Marshal(wire.WebhookMessage{Type: e.Type, Timestamp: e.At, Data: wire.WebhookData{OwnerID: ownerID, Event: e}})
	if err != nil {
		return fmt.Errorf("write webhook message: %w", err)
	}
	id := "msg_" + rand.Text()
	for _, to := range list {
		if !to.wants(e.Type) {
			continue
		}
		if err := (message{ID: id, Endpoint: to.ID, Body: body, Trace: trace}).schedule(tx, e.At); err != nil {
			return err
		}
	}
	return nil
}

// schedule writes a message where it is found at an instant.
func (m message) schedule(tx *bbolt.Tx, at time.Time) error {
	bucket := tx.Bucket(bucketMessages)
	n, err := bucket.NextSequence()
	if err != nil {
		return fmt.Errorf("write webhook message: %w", err)
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = bucket.Put(binary.BigEndian.AppendUint64(instant(at), n), data)
	}
	if err != nil {
		return fmt.Errorf("write webhook message: %w", err)
	}
	return nil
}

// instant is a time as the beginning of a key.
func instant(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(0, t.UnixMilli())))
}

// forget drops everything that is on its way to an endpoint.
func forget(tx *bbolt.Tx, id string) error {
	bucket := tx.Bucket(bucketMessages)
	var keys [][]byte
	err := bucket.ForEach(func(k, v []byte) error {
		var m message
		if err := json.Unmarshal(v, &m); err != nil {
			return err
		}
		if m.Endpoint == id {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range keys {
		err = errors.Join(err, bucket.Delete(k))
	}
	if err != nil {
		return fmt.Errorf("forget webhook messages: %w", err)
	}
	return nil
}

// Awaited tells whether anybody registered, so that a garage to which nobody listens need not look for news.
func Awaited(tx *bbolt.Tx) bool {
	k, _ := tx.Bucket(bucketEndpoints).Cursor().First()
	return k != nil
}

// Deliver sends everything that is due, each message once, and returns when all answers are in. A message that no
// endpoint took is due again later and no error; what waits for an endpoint that cannot be reached stays due. The
// error is the context's, or that of the data file.
func (o *Outbox) Deliver(ctx context.Context) error {
	o.delivering.Lock()
	defer o.delivering.Unlock()
	due, to, err := o.due()
	if err != nil {
		return fmt.Errorf("deliver events: %w", err)
	}
	o.Weather.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	unreachable := map[string]bool{}
	for _, m := range due {
		if unreachable[m.Endpoint] {
			continue
		}
		status, why := o.carry(ctx, to[m.Endpoint], m)
		if err := ctx.Err(); err != nil { // what came of it is not known; the message stays
			return fmt.Errorf("deliver events: %w", err)
		}
		unreachable[m.Endpoint] = why != nil && !errors.Is(why, errLost)
		if err := o.DB.Update(func(tx *bbolt.Tx) error { return o.settle(tx, m, status, why) }); err != nil {
			return fmt.Errorf("deliver events: %w", err)
		}
	}
	return nil
}

// due lists what is due, and the endpoints by their ids.
func (o *Outbox) due() (list []message, to map[string]endpoint, err error) {
	to = map[string]endpoint{}
	err = o.DB.View(func(tx *bbolt.Tx) error {
		known, err := endpoints(tx)
		for _, e := range known {
			to[e.ID] = e
		}
		now := instant(o.Now())
		c := tx.Bucket(bucketMessages).Cursor()
		for k, v := c.First(); err == nil && k != nil && bytes.Compare(k[:8], now) <= 0; k, v = c.Next() {
			m := message{key: bytes.Clone(k)}
			err = json.Unmarshal(v, &m)
			list = append(list, m)
		}
		return err
	})
	return list, to, err
}

var errLost = errors.New("the answer was lost on its way")

// carry sends a message through the weather. The status is 0 if there is no answer.
func (o *Outbox) carry(ctx context.Context, to endpoint, m message) (status int, err error) {
	fate := o.Weather.Carry()
	if fate.Twice {
		_, _ = o.send(ctx, to, m)
	}
	status, err = o.send(ctx, to, m)
	if fate.Lost && err == nil {
		return 0, errLost
	}
	return status, err
}

// send makes one attempt.
func (o *Outbox) send(ctx context.Context, to endpoint, m message) (status int, err error) {
	signer, err := webhooks.NewWebhook(to.Secret)
	if err != nil {
		return 0, errors.New("the secret is no secret")
	}
	now := o.Now()
	signature, err := signer.Sign(m.ID, now, m.Body)
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(m.Body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Garage")
	request.Header.Set(webhooks.HeaderWebhookID, m.ID)
	request.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(webhooks.HeaderWebhookSignature, signature)
	if m.Trace != "" {
		request.Header.Set("traceparent", m.Trace)
	}
	response, err := o.http.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the URL, which may hold a secret of the endpoint's
		}
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, nil
}

// settle writes what came of an attempt.
func (o *Outbox) settle(tx *bbolt.Tx, m message, status int, why error) error {
	bucket := tx.Bucket(bucketMessages)
	if bucket.Get(m.key) == nil {
		return nil // the endpoint was removed meanwhile
	}
	if err := bucket.Delete(m.key); err != nil {
		return fmt.Errorf("settle webhook message: %w", err)
	}
	now := o.Now()
	if m.Until.IsZero() {
		m.Until = now.Add(keepTrying)
	}
	next := now.Add(waits[min(m.Attempts, len(waits)-1)])
	m.Attempts++
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		o.Log.Warn("webhook endpoint disabled", "endpoint", m.Endpoint)
		return disable(tx, m.Endpoint)
	case next.After(m.Until):
		o.Log.Warn("webhook message given up", "message", m.ID, "endpoint", m.Endpoint, "attempts", m.Attempts, "status", status, "err", why)
		return nil
	default:
		o.Log.Info("webhook message not taken", "message", m.ID, "endpoint", m.Endpoint, "attempts", m.Attempts, "status", status, "err", why)
		return m.schedule(tx, next)
	}
}

// disable stops sending to an endpoint that said that it is gone.
func disable(tx *bbolt.Tx, id string) error {
	list, err := endpoints(tx)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.ID != id {
			continue
		}
		e.Disabled = true
		if err := e.save(tx); err != nil {
			return err
		}
	}
	return forget(tx, id)
}
