package dongle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

var loadContract = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background())
})

// contract is openapi.yaml, valid.
func contract(t testing.TB) *openapi3.T {
	t.Helper()
	document, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// witness carries requests and checks both directions of every exchange against the contract. Problems are
// reported by the test, and do not disturb the exchange.
type witness struct {
	t      testing.TB
	under  http.RoundTripper
	router routers.Router
	seen   func(operation string)
}

// witnessed wraps a transport for exchanges with a server at base. seen may be nil.
func witnessed(t testing.TB, base string, under http.RoundTripper, seen func(string)) *http.Client {
	t.Helper()
	document := *contract(t)
	document.Servers = openapi3.Servers{{URL: base}}
	router, err := legacy.NewRouter(&document)
	if err != nil {
		t.Fatal(err)
	}
	if seen == nil {
		seen = func(string) {}
	}
	return &http.Client{Transport: &witness{t: t, under: under, router: router, seen: seen}}
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	request, err := keepBody(r)
	if err != nil {
		return nil, err
	}
	route, params, err := w.router.FindRoute(request)
	if err != nil {
		w.t.Errorf("%s %s is not in the contract: %v", r.Method, r.URL.Path, err)
		return w.under.RoundTrip(r)
	}
	w.seen(route.Operation.OperationID)
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: hasBearer(route), MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		w.t.Errorf("request of %s: %v", route.Operation.OperationID, err)
	}
	response, err := w.under.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, errors.Join(err, response.Body.Close())
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: response.StatusCode, Header: response.Header,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}
	answer.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
		w.t.Errorf("answer of %s, status %d: %v", route.Operation.OperationID, response.StatusCode, err)
	}
	return response, nil
}

// keepBody copies a request, so that validating does not eat the body that will be sent.
func keepBody(r *http.Request) (*http.Request, error) {
	c := r.Clone(r.Context())
	if r.Body == nil || r.Body == http.NoBody {
		return c, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body, c.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	return c, nil
}

// hasBearer wants a token in the Authorization header, and nowhere else, of every operation that needs one.
func hasBearer(route *routers.Route) openapi3filter.AuthenticationFunc {
	return func(_ context.Context, input *openapi3filter.AuthenticationInput) error {
		r := input.RequestValidationInput.Request
		if _, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || r.URL.RawQuery != "" && strings.Contains(r.URL.RawQuery, "token") {
			return fmt.Errorf("%s without a bearer token", route.Operation.OperationID)
		}
		return nil
	}
}

// canned makes the options of a client whose every request is answered the same, without a network.
func canned(status int, contentType, body string) dongle.Options {
	return dongle.Options{BaseURL: "http://127.0.0.1:1", Now: clock, HTTP: &http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: r,
				Header: http.Header{"Content-Type": {contentType}},
				Body:   io.NopCloser(strings.NewReader(body)),
			}, nil
		}),
	}}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Every operation says who may call it and what can go wrong, and every text and list is bounded.
func TestContractIsWhole(t *testing.T) {
	document := contract(t)
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 {
				t.Errorf("%s: no name, summary or tag", name)
			}
			if operation.Security == nil {
				t.Errorf("%s: who may call it?", name)
			}
			public := operation.Security != nil && len(*operation.Security) == 0
			if strings.HasPrefix(path, "/v1/") && !public {
				for _, status := range []string{"401", "403", "default"} {
					if operation.Responses.Value(status) == nil {
						t.Errorf("%s: no answer %s", name, status)
					}
				}
			}
			if strings.Contains(path, "{") && operation.Responses.Value("404") == nil {
				t.Errorf("%s: no answer 404", name)
			}
		}
	}
	for name, schema := range document.Components.Schemas {
		bounded(t, name, schema)
	}
}

func bounded(t *testing.T, name string, ref *openapi3.SchemaRef) {
	t.Helper()
	schema := ref.Value
	switch {
	case ref.Ref != "":
		return // looked at under its own name
	case schema.Type.Is("string") && len(schema.Enum) == 0 && schema.MaxLength == nil:
		t.Errorf("%s: text without a limit", name)
	case schema.Type.Is("array") && schema.MaxItems == nil:
		t.Errorf("%s: a list without a limit", name)
	case (schema.Type.Is("number") || schema.Type.Is("integer")) && (schema.Min == nil || schema.Max == nil):
		t.Errorf("%s: a number without limits", name)
	}
	for property, inner := range schema.Properties {
		bounded(t, name+"."+property, inner)
	}
	if schema.Items != nil {
		bounded(t, name+"[]", schema.Items)
	}
	for _, part := range schema.AllOf {
		bounded(t, name, part)
	}
}
