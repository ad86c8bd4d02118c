package dongle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"go.opentelemetry.io/otel/propagation"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Limits on answers. A hundred cars with everything filled in are about 100 KiB.
const (
	maxAnswer  = 1 << 20
	maxProblem = 64 << 10
)

// operation is what [ask] must know about a request to classify how it went.
type operation struct {
	name    string // as in vehicle.Error.Op
	success int    // the one status that means success
	writes  bool   // whether a lost reply leaves open what happened
	bare    bool   // whether success says nothing more
}

// lost is the outcome of a request that may have reached the cloud.
func (o operation) lost() vehicle.Outcome {
	if o.writes {
		return vehicle.MaybeDone
	}
	return vehicle.NotDone
}

// nonsense is the error for an answer that breaks the contract. The cause must not quote the answer.
func (o operation) nonsense(cause error) *vehicle.Error {
	return &vehicle.Error{Op: o.name, Kind: vehicle.Unavailable, Outcome: o.lost(), Err: cause}
}

// refuse is the error for a request that is not worth sending.
func (o operation) refuse(kind vehicle.Kind, why string) error {
	return &vehicle.Error{Op: o.name, Kind: kind, Outcome: vehicle.NotDone, Err: errors.New(why)}
}

// ask sends one request and decodes its answer, unless success has none. Every error is a *vehicle.Error.
func ask[T any](ctx context.Context, op operation, token string, send func(context.Context, wire.RequestEditorFn) (*http.Response, error)) (T, error) {
	var answer T
	if validate.Var(token, "required,max=4096,visible") != nil {
		return answer, &vehicle.Error{Op: op.name, Kind: vehicle.NotLinked, Outcome: vehicle.NotDone, Err: errors.New("no usable token")}
	}
	if err := ctx.Err(); err != nil {
		return answer, &vehicle.Error{Op: op.name, Kind: vehicle.Unavailable, Outcome: vehicle.NotDone, Err: err}
	}
	var path connection
	response, err := send(path.watch(ctx), func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept", "application/json, application/problem+json")
		r.Header.Set("User-Agent", "Trunkpass")
		propagation.TraceContext{}.Inject(r.Context(), propagation.HeaderCarrier(r.Header))
		if r.Header.Get("Idempotency-Key") != "" {
			// net/http would take the key as leave to send the request again by itself. Whether that is worth
			// it is for the Fleet to say, which knows the deadline.
			r.GetBody = nil
		}
		return nil
	})
	if err != nil {
		return answer, &vehicle.Error{Op: op.name, Kind: vehicle.Unavailable, Outcome: path.outcome(op), Err: err}
	}
	defer response.Body.Close() //nolint:errcheck // nothing is left to lose
	if response.StatusCode != op.success {
		return answer, readProblem(op, response)
	}
	if op.bare || op.success == http.StatusNoContent {
		return answer, nil
	}
	if err := decode(response, "application/json", maxAnswer, &answer); err != nil {
		return answer, op.nonsense(err)
	}
	return answer, nil
}

// translate turns a good answer into domain values; what the translation refuses breaks the contract.
func translate[W, D any](op operation, answer W, err error, to func(W) (D, error)) (D, error) {
	var none D
	if err != nil {
		return none, err
	}
	value, err := to(answer)
	if err != nil {
		return none, op.nonsense(err)
	}
	return value, nil
}

// connection notes whether a request had a connection to travel on. Without one nothing was sent, so
// nothing was done. A request on a connection may have been sent, however it failed. Transports that do
// not report connections count as having had one.
type connection struct {
	sought, got atomic.Bool
}

func (c *connection) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.sought.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.got.Store(true) },
	})
}

func (c *connection) outcome(op operation) vehicle.Outcome {
	if c.sought.Load() && !c.got.Load() {
		return vehicle.NotDone
	}
	return op.lost()
}

// decode reads a bounded JSON body of one of the wanted media types (separated by spaces) into v.
func decode(response *http.Response, mediaTypes string, limit int64, v any) error {
	mediaType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || !strings.Contains(" "+mediaTypes+" ", " "+mediaType+" ") {
		return errors.New("the answer is not of the media type that the contract says")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if int64(len(body)) > limit {
		return fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	if !utf8.Valid(body) {
		return errors.New("the answer is not UTF-8")
	}
	return discreet(json.Unmarshal(body, v))
}

// discreet drops from a decoding error whatever it quotes of the answer.
func discreet(err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the answer's %q has the wrong type at byte %d", wrong.Field, wrong.Offset)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the answer is not JSON at byte %d", wrong.Offset)
	}
	return errors.New("the answer is not what the contract says")
}
