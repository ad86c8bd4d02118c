package dongle

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Message is one event that the cloud sent by itself.
type Message struct {
	// ID is the same whenever the cloud sends the message again: visible ASCII, at most 256 bytes.
	ID      string
	Owner   string
	Vehicle vehicle.ID
	Event   vehicle.Event
}

// ReceiverOptions says whom to believe and who wants to know.
type ReceiverOptions struct {
	// Secrets are the endpoint's signing secrets as the cloud gave them ("whsec_..."): several while one takes the
	// place of another. At least one.
	Secrets []string
	// Now is the clock against which a message's age is measured. Required.
	Now func() time.Time
	// Receive deals with a message. An error brings the message again, perhaps for days; so may a success, because
	// the answer can be lost: Receive must know a message that it has dealt with. Required.
	Receive func(context.Context, Message) error
	// Log tells why a message was refused, never what it said. Required.
	Log *slog.Logger
}

// Limits on messages.
const (
	maxMessage   = 64 << 10 // bytes; a message is about 400
	maxMessageID = 256      // bytes
	// tolerance is how far the instant of sending may lie from ours, either way (Standard Webhooks).
	tolerance = 5 * time.Minute
	// receiveTime leaves the answer inside ten seconds, which is what senders wait for at the least.
	receiveTime = 8 * time.Second
	// The size of a key (Standard Webhooks), in bytes.
	shortestKey, longestKey = 24, 64
)

// receiver answers the cloud's messages. It is safe for concurrent use.
type receiver struct {
	link
	keys []*standardwebhooks.Webhook
	ReceiverOptions
}

// NewReceiver makes the handler that the cloud sends its messages to: Standard Webhooks over POST.
//
//   - 204: dealt with, or of a kind that this client does not know
//   - 400, 401, 405, 413, 415: not a message that the cloud signed just now; logged, and without a word of why
//   - 503: Receive failed, send it again
//
// The error is for options that are not complete; it never quotes a secret.
func NewReceiver(o ReceiverOptions) (http.Handler, error) {
	if o.Now == nil || o.Receive == nil || o.Log == nil {
		return nil, errors.New("webhook receiver: the clock, Receive and the log are needed")
	}
	if len(o.Secrets) == 0 {
		return nil, errors.New("webhook receiver: no secret")
	}
	r := &receiver{link: link{now: o.Now}, ReceiverOptions: o}
	for i, secret := range o.Secrets {
		key, err := readSecret(secret)
		if err != nil {
			return nil, fmt.Errorf("webhook receiver: secret %d of %d: %w", i+1, len(o.Secrets), err)
		}
		r.keys = append(r.keys, key)
	}
	return r, nil
}

// readSecret quotes nothing of what is no secret.
func readSecret(secret string) (*standardwebhooks.Webhook, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < shortestKey || len(key) > longestKey {
		return nil, errors.New("not the base64 of 24 to 64 bytes")
	}
	return standardwebhooks.NewWebhookRaw(key)
}

// refused is why a message is not taken: what the sender learns, and what the log does.
type refused struct {
	status int
	reason string
}

func (r refused) Error() string { return r.reason }

// ServeHTTP takes one message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), receiveTime)
	defer cancel()
	status, err := http.StatusNoContent, error(nil)
	message, known, err := r.read(w, request)
	if err == nil && known {
		err = r.Receive(ctx, message)
	}
	switch no, isRefusal := errors.AsType[refused](err); {
	case isRefusal:
		status = no.status
		r.Log.WarnContext(ctx, "webhook refused", "status", status, "reason", no.reason)
	case err != nil:
		status = http.StatusServiceUnavailable
		r.Log.ErrorContext(ctx, "webhook not dealt with", "error", err)
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
}

// read takes a request apart. known is false for an event that this client has no word for.
func (r *receiver) read(w http.ResponseWriter, request *http.Request) (m Message, known bool, err error) {
	if request.Method != http.MethodPost {
		return m, false, refused{http.StatusMethodNotAllowed, "the method is not POST"}
	}
	if kind, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return m, false, refused{http.StatusUnsupportedMediaType, "the body is not JSON by its type"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxMessage))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return m, false, refused{http.StatusRequestEntityTooLarge, "the body is too large"}
	}
	if err != nil {
		return m, false, refused{http.StatusBadRequest, "the body could not be read"}
	}
	if err := r.verify(body, request.Header); err != nil {
		return m, false, err
	}
	return r.decode(request.Header.Get(standardwebhooks.HeaderWebhookID), body)
}

// verify proves that the cloud signed the body, and when. The library's own check of the age reads the clock of the
// machine, so it is left out.
func (r *receiver) verify(body []byte, headers http.Header) error {
	id := headers.Get(standardwebhooks.HeaderWebhookID)
	if len(id) > maxMessageID || !visible.MatchString(id) {
		return refused{http.StatusBadRequest, "the id is not one"}
	}
	seconds, err := strconv.ParseInt(headers.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return refused{http.StatusBadRequest, "the timestamp is not one"}
	}
	genuine := false
	for _, key := range r.keys {
		genuine = genuine || key.VerifyIgnoringTimestamp(body, headers) == nil
	}
	if !genuine {
		return refused{http.StatusUnauthorized, "no signature is by a key of ours"}
	}
	if r.now().Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return refused{http.StatusBadRequest, "the message is of another time"}
	}
	return nil
}

func (r *receiver) decode(id string, body []byte) (m Message, known bool, err error) {
	broken := refused{http.StatusBadRequest, "signed, but not a message of the contract"}
	var w wire.WebhookMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &w) != nil {
		return m, false, broken
	}
	event := w.Data.Event
	if validate.Struct(event) != nil || !validID(w.Data.OwnerID) || w.Type != event.Type {
		return m, false, broken
	}
	m = Message{ID: id, Owner: w.Data.OwnerID, Vehicle: vehicle.ID(event.VehicleID), Event: r.toEvent(event)}
	return m, event.Type.Valid(), nil
}

// Operator is the side of whoever runs a skill for a cloud's customers: it says where the cloud's messages go. It
// signs in by itself and is safe for concurrent use. Its methods return *vehicle.Error.
type Operator struct {
	program
}

// NewOperator checks the options and makes an operator; nothing is sent. The secret travels to BaseURL alone.
func NewOperator(o Options, clientID, clientSecret string) (*Operator, error) {
	p, err := newProgram(o, clientID, clientSecret, "webhooks:write")
	if err != nil {
		return nil, err
	}
	return &Operator{p}, nil
}

// Endpoint is an address that the cloud sends messages to.
type Endpoint struct {
	ID, URL string
	Enabled bool // false once it has answered 410
}

var (
	listEndpoints  = operation{name: "list webhook endpoints", success: http.StatusOK}
	addEndpoint    = operation{name: "add webhook endpoint", success: http.StatusCreated, writes: true}
	removeEndpoint = operation{name: "remove webhook endpoint", success: http.StatusNoContent, writes: true}
)

// Endpoints lists where messages go.
func (o *Operator) Endpoints(ctx context.Context) ([]Endpoint, error) {
	answer, err := askAs[wire.WebhookEndpointList](ctx, &o.program, listEndpoints, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return o.wire.ListWebhookEndpoints(ctx, edit)
	})
	return translate(listEndpoints, answer, err, func(w wire.WebhookEndpointList) ([]Endpoint, error) {
		if err := validate.Struct(w); err != nil {
			return nil, err
		}
		list := make([]Endpoint, 0, len(w.Endpoints))
		for _, e := range w.Endpoints {
			list = append(list, Endpoint{ID: e.ID, URL: e.URL, Enabled: e.Enabled})
		}
		return list, nil
	})
}

// AddEndpoint has messages about all that happens from now on sent to an address, and gives the secret that they will
// be signed with: for [ReceiverOptions], and never shown again. Not idempotent: a second call makes a second endpoint.
func (o *Operator) AddEndpoint(ctx context.Context, url string) (secret string, err error) {
	answer, err := askAs[wire.WebhookEndpoint](ctx, &o.program, addEndpoint, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return o.wire.CreateWebhookEndpoint(ctx, wire.WebhookEndpointRequest{URL: url}, edit)
	})
	return translate(addEndpoint, answer, err, func(w wire.WebhookEndpoint) (string, error) {
		if w.URL != url || w.Secret == nil {
			return "", errors.New("the endpoint is another one, or has no secret")
		}
		_, err := readSecret(*w.Secret)
		return *w.Secret, err
	})
}

// RemoveEndpoint ends an endpoint and what was on its way there.
func (o *Operator) RemoveEndpoint(ctx context.Context, id string) error {
	if !validID(id) {
		return noSuch(removeEndpoint)
	}
	_, err := askAs[struct{}](ctx, &o.program, removeEndpoint, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return o.wire.DeleteWebhookEndpoint(ctx, id, edit)
	})
	return err
}
