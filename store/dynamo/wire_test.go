package dynamo_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
)

// wire stands between the store and DynamoDB. It counts what is sent and lets go wrong what a test asks for.
type wire struct {
	next   http.RoundTripper
	mu     sync.Mutex
	sent   []string // the operations
	faults []fault  // of the requests to come, in order; then all goes well
}

// fault answers a request instead of the engine; send hands it on.
type fault func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error)

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	w.mu.Lock()
	w.sent = append(w.sent, operation)
	wrong := pass
	if len(w.faults) > 0 {
		wrong, w.faults = w.faults[0], w.faults[1:]
	}
	w.mu.Unlock()
	return wrong(r, func() (*http.Response, error) { return w.next.RoundTrip(r) })
}

// expect sets the faults to come, and forgets what was sent before.
func (w *wire) expect(faults ...fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.faults = nil, faults
}

func (w *wire) wantSent(t *testing.T, what string, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.sent, want) {
		t.Errorf("%s sent %v, want %v", what, w.sent, want)
	}
}

const (
	get    = "GetItem"
	update = "UpdateItem"
)

func pass(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
	return send()
}

// reset loses the request.
func reset(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

// lost loses the reply.
func lost(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
	if err := carriedOut(send()); err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}

// resetWhile loses the request, and something happens before the next attempt.
func resetWhile(happens func()) fault {
	return func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
		happens()
		return reset(r, send)
	}
}

// lostWhile loses the reply, and something happens before the next attempt.
func lostWhile(happens func()) fault {
	return func(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
		if err := carriedOut(send()); err != nil {
			return nil, err
		}
		happens()
		return nil, io.ErrUnexpectedEOF
	}
}

func carriedOut(reply *http.Response, err error) error {
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, reply.Body)
	return errors.Join(err, reply.Body.Close())
}

// slow never answers.
func slow(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// reply answers in the place of the engine.
func reply(status int, body string) fault {
	return func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			Body: io.NopCloser(bytes.NewReader([]byte(body))),
		}, nil
	}
}

var (
	throttled   = reply(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}`)
	throttled2  = reply(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}`)
	internal    = reply(500, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"sorry"}`)
	unavailable = reply(503, `{}`)
	denied      = reply(400, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}`)
	done        = reply(200, `{}`)
)

// newWired makes a store on a table of its own behind a wire, and another one that goes straight to the same table.
func newWired(t *testing.T) (s, straight *dynamo.Store, w *wire) {
	t.Helper()
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	w = &wire{next: transport}
	engine := dynamotest.Start(t)
	client, table := engine.Table(t, func(o *dynamodb.Options) { o.HTTPClient = w })
	s = mustNew(t, dynamo.Options{Client: client, Table: table, Now: clock, Attempt: time.Minute})
	straight = mustNew(t, dynamo.Options{Client: engine.Client(), Table: table, Now: clock, Attempt: time.Minute})
	return s, straight, w
}
