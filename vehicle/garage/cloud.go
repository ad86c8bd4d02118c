package garage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	"go.opentelemetry.io/otel/propagation"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/oauth"
	"github.com/trunkpass/trunkpass/vehicle/garage/outbox"
	"github.com/trunkpass/trunkpass/vehicle/garage/people"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
	"github.com/trunkpass/trunkpass/vehicle/garage/weather"
)

// maxBody is the most that a request may bring; the contract states it.
const maxBody = 16 << 10

// cloud answers the contract. Everything it knows is in the data file; a handler is one transaction.
type cloud struct {
	db      *bbolt.DB
	auth    *oauth.Server
	people  *people.Directory
	weather *weather.Weather
	outbox  *outbox.Outbox
	now     func() time.Time // UTC, whole milliseconds
	log     *slog.Logger
	mux     *http.ServeMux
}

var _ wire.ServerInterface = (*cloud)(nil)

// scopes says what a token needs for each operation: one of these. Where none is listed no token is needed.
var scopes = map[string][]string{
	"GET /v1/me":       {people.Vehicles},
	"GET /v1/carriers": {people.Vehicles},
	"GET /v1/vehicles": {people.Vehicles},
	"GET /v1/vehicles/{vehicle_id}/diagnostics":   {people.Diagnostics},
	"GET /v1/vehicles/{vehicle_id}/trouble-codes": {people.Diagnostics},
	"GET /v1/vehicles/{vehicle_id}/location":      {people.Location},
	"GET /v1/vehicles/{vehicle_id}/trips":         {people.Location},
	"GET /v1/vehicles/{vehicle_id}/events":        {people.Vehicles},
	"GET /v1/vehicles/{vehicle_id}/grants":        {people.Grants},
	"POST /v1/vehicles/{vehicle_id}/grants":       {people.Grants},
	"GET /v1/grants/{grant_id}":                   {people.Grants},
	"POST /v1/grants/{grant_id}/revoke":           {people.Grants},
	"POST /v1/grants/{grant_id}/extend":           {people.Grants},
	"POST /v1/vehicles/{vehicle_id}/commands":     {people.Commands},
	"GET /v1/commands/{command_id}":               {people.Commands, people.Deliveries},
	"POST /v1/vehicles/{vehicle_id}/block":        {people.Grants},
	"DELETE /v1/vehicles/{vehicle_id}/block":      {people.Grants},
	"GET /v1/deliveries":                          {people.Deliveries},
	"GET /v1/deliveries/{grant_id}":               {people.Deliveries},
	"POST /v1/deliveries/{grant_id}/en-route":     {people.Deliveries},
	"POST /v1/deliveries/{grant_id}/arrive":       {people.Deliveries},
	"POST /v1/deliveries/{grant_id}/open":         {people.Deliveries},
	"POST /v1/deliveries/{grant_id}/complete":     {people.Deliveries},
	"POST /v1/guest-access":                       nil, // a code is the only credential
	"GET /v1/webhook-endpoints":                   {people.Webhooks},
	"POST /v1/webhook-endpoints":                  {people.Webhooks},
	"DELETE /v1/webhook-endpoints/{endpoint_id}":  {people.Webhooks},
}

// routes lays out the mux; nothing is served before it has run.
func (c *cloud) routes() {
	c.mux = http.NewServeMux()
	c.auth.Routes(c.mux)
	wire.HandlerWithOptions(c, wire.StdHTTPServerOptions{
		BaseRouter:       c.mux,
		ErrorHandlerFunc: func(w http.ResponseWriter, _ *http.Request, err error) { writeProblem(w, badParameter(err)) },
	})
}

func badParameter(err error) *refusal {
	if missing, ok := errors.AsType[*wire.RequiredHeaderError](err); ok {
		return refuse(wire.ProblemCodeIdempotencyKeyMissing, "The header "+missing.ParamName+" is missing")
	}
	return refuse(wire.ProblemCodeInvalidRequest, "A parameter is missing or malformed")
}

// ServeHTTP finds the operation, checks the token, lets the weather have its way and answers.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := c.mux.Handler(r)
	needs, operation := scopes[pattern]
	switch {
	case pattern == "":
		c.nowhere(w, r)
	case !operation:
		c.mux.ServeHTTP(w, r) // signing in has its own rules and no weather
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		c.weather.Blow(w, r, func(w http.ResponseWriter) {
			who, err := c.visitor(r, needs)
			if err != nil {
				writeProblem(w, err)
				return
			}
			who.Trace = traceOf(r)
			c.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, who)))
		})
	}
}

// nowhere tells an unknown path from a known one that is used wrongly.
func (c *cloud) nowhere(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := c.mux.Handler(other); pattern != "" {
			w.Header().Add("Allow", method)
		}
	}
	if w.Header().Get("Allow") != "" {
		writeProblem(w, refuse(wire.ProblemCodeMethodNotAllowed, "This path does not answer this method"))
		return
	}
	writeProblem(w, refuse(wire.ProblemCodeNotFound, "No such path"))
}

// visitor is who makes a request: an owner or a carrier, never both.
type visitor struct {
	oauth.Bearer
	Carrier string
	Trace   string // see traceOf
}

// traceOf is the trace that a request belongs to, in the 55 characters of a traceparent header (W3C Trace Context);
// empty if it brought none that can be read.
func traceOf(r *http.Request) string {
	known := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), known)
	return known["traceparent"]
}

type visitorKey struct{}

// who is making this request; ServeHTTP has put it there.
func who(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

// visitor checks the bearer token and its scopes.
func (c *cloud) visitor(r *http.Request, needs []string) (visitor, error) {
	if len(needs) == 0 {
		return visitor{}, nil
	}
	access, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || access == "" {
		return visitor{}, refuse(wire.ProblemCodeUnauthorized, "A bearer token is needed")
	}
	if c.weather.Expires() {
		if err := c.auth.Expire(access); err != nil {
			return visitor{}, err
		}
	}
	bearer, ok, err := c.auth.Check(access)
	if err != nil {
		c.log.Error("check token", "err", err)
		return visitor{}, err
	}
	if !ok {
		return visitor{}, refuse(wire.ProblemCodeUnauthorized, "The token is unknown, expired or revoked")
	}
	v := visitor{Bearer: bearer, Carrier: c.people.CarrierOf(bearer.Client)}
	for _, scope := range needs {
		if v.May(scope) { // no client may have scopes of both kinds
			return v, nil
		}
	}
	return visitor{}, refuse(wire.ProblemCodeInsufficientScope, "The token's scopes do not allow this")
}

// world is the cars' surroundings at this moment.
func (c *cloud) world() sim.World { return c.weather.World() }

// update runs one effect: history catches up first, so that it stays in order, and everything the effect
// writes is written together or not at all.
func (c *cloud) update(do func(tx *bbolt.Tx, now time.Time) error) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		now := c.now() // inside: transactions queue, and the clock must not run behind history
		if err := settle(tx, now); err != nil {
			return err
		}
		return do(tx, now)
	})
}

// answer writes what a handler found, or the problem that it met.
func (c *cloud) answer(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	if err != nil {
		if _, refused := errors.AsType[*refusal](err); !refused {
			c.log.Error("answer request", "operation", r.Pattern, "err", err)
		}
		writeProblem(w, err)
		return
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, ok := body.(json.RawMessage)
	if !ok {
		if data, err = json.Marshal(body); err != nil {
			c.log.Error("answer request", "operation", r.Pattern, "err", err)
			writeProblem(w, err)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // whoever hung up does not need it
}

// read decodes a request's body: JSON of the right media type, no unknown member, nothing after it.
func read(r *http.Request, into any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(wire.ProblemCodeUnsupportedMediaType, "The body must be application/json")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return refuse(wire.ProblemCodePayloadTooLarge, "The body is larger than 16 KiB")
	}
	return refuse(wire.ProblemCodeInvalidRequest, "The body is malformed or has a member that is not known")
}

// ListWebhookEndpoints implements GET /v1/webhook-endpoints.
func (c *cloud) ListWebhookEndpoints(w http.ResponseWriter, r *http.Request) {
	var list wire.WebhookEndpointList
	err := c.db.View(func(tx *bbolt.Tx) (err error) {
		list.Endpoints, err = outbox.List(tx)
		return err
	})
	c.answer(w, r, http.StatusOK, list, err)
}

// CreateWebhookEndpoint implements POST /v1/webhook-endpoints. What happened before is not sent.
func (c *cloud) CreateWebhookEndpoint(w http.ResponseWriter, r *http.Request) {
	var request wire.WebhookEndpointRequest
	var made wire.WebhookEndpoint
	err := read(r, &request)
	if err == nil {
		err = c.update(func(tx *bbolt.Tx, now time.Time) (err error) {
			made, err = outbox.Register(tx, request, now)
			return err
		})
	}
	switch {
	case errors.Is(err, outbox.ErrTooMany):
		err = refuse(wire.ProblemCodeEndpointLimit, "There are 10 endpoints already")
	case errors.Is(err, outbox.ErrTarget), errors.Is(err, outbox.ErrTypes):
		err = refuse(wire.ProblemCodeInvalidRequest, err.Error())
	}
	c.answer(w, r, http.StatusCreated, made, err)
}

// DeleteWebhookEndpoint implements DELETE /v1/webhook-endpoints/{endpoint_id}.
func (c *cloud) DeleteWebhookEndpoint(w http.ResponseWriter, r *http.Request, id wire.ID) {
	err := c.update(func(tx *bbolt.Tx, _ time.Time) error {
		known, err := outbox.Remove(tx, id)
		if err == nil && !known {
			err = errNotFound
		}
		return err
	})
	c.answer(w, r, http.StatusNoContent, nil, err)
}

// deliver writes what has become due and sends what waits to be sent.
func (c *cloud) deliver(ctx context.Context) error {
	awaited := false
	err := c.db.View(func(tx *bbolt.Tx) error {
		awaited = outbox.Awaited(tx)
		return nil
	})
	if err != nil || !awaited {
		return err
	}
	if err := c.catchUp(); err != nil {
		return err
	}
	return c.outbox.Deliver(ctx)
}
