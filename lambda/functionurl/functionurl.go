// Package functionurl lets an http.Handler answer behind a Lambda Function URL in its buffered mode.
//
// The adapter of aws-lambda-go (lambdaurl) streams: it would need another mode of the URL, loses the cookies that Lambda
// hands over beside the headers, and a panic in the handler ends the process. Here a request is bounded, decoded and
// answered whole.
//
// Neighbors: lambda/owner and lambda/events call it; lambda/setup bounds the time and takes up the trace.
package functionurl

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trunkpass/trunkpass/lambda/setup"
)

// maxAnswer keeps an answer below the 6 MB that Lambda takes, base64 included.
const maxAnswer = 4 << 20

// answerTime is the most that an answer may take.
const answerTime = 8 * time.Second

// Wrap makes a function of a handler. A body over maxBody bytes is 413 and one that is not what it says 400, before the
// handler sees anything; a panic is logged and 500. The function never returns an error: a caller on the internet is
// answered, and learns nothing.
//
// The handler finds the caller's address in RemoteAddr and https in the URL. It must not rely on streaming.
func Wrap(handler http.Handler, maxBody int, log *slog.Logger) func(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	return func(ctx context.Context, e events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
		ctx, cancel := setup.Begin(ctx, answerTime)
		defer cancel()
		r, status := request(ctx, e, maxBody)
		if status != 0 {
			return refusal(status), nil
		}
		return serve(handler, r, log), nil
	}
}

// request builds what the handler sees, or tells why not.
func request(ctx context.Context, e events.LambdaFunctionURLRequest, maxBody int) (*http.Request, int) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		if len(e.Body) > base64.StdEncoding.EncodedLen(maxBody) {
			return nil, http.StatusRequestEntityTooLarge
		}
		decoded, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, http.StatusBadRequest
		}
		body = decoded
	}
	if len(body) > maxBody {
		return nil, http.StatusRequestEntityTooLarge
	}
	address := &url.URL{Scheme: "https", Host: e.RequestContext.DomainName, RawQuery: e.RawQueryString}
	path, err := url.PathUnescape(e.RawPath)
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil, http.StatusBadRequest
	}
	address.Path, address.RawPath = path, e.RawPath
	r, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 { // Lambda takes them out of the headers
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.RequestURI = address.RequestURI()
	r.RemoteAddr = net.JoinHostPort(e.RequestContext.HTTP.SourceIP, "0")
	return r, 0
}

func serve(handler http.Handler, r *http.Request, log *slog.Logger) (answer events.LambdaFunctionURLResponse) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(r.Context(), "handler panicked", "stack", string(debug.Stack()))
			answer = refusal(http.StatusInternalServerError)
		}
	}()
	w := &writer{header: http.Header{}}
	handler.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK) // for who wrote nothing
	if w.body.Len() > maxAnswer {
		log.ErrorContext(r.Context(), "answer is too large", "bytes", w.body.Len())
		return refusal(http.StatusInternalServerError)
	}
	return w.answer()
}

// writer keeps what a handler writes.
type writer struct {
	header http.Header
	status int
	sent   http.Header // the header as it was when the status was written
	body   bytes.Buffer
}

// Header is what goes out with the status.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader counts once.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write keeps the body.
func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *writer) answer() events.LambdaFunctionURLResponse {
	answer := events.LambdaFunctionURLResponse{StatusCode: w.status, Headers: map[string]string{}}
	body := w.body.Bytes()
	if w.sent.Get("Content-Type") == "" && len(body) > 0 {
		w.sent.Set("Content-Type", http.DetectContentType(body)) // Lambda would call everything JSON
	}
	for name, values := range w.sent {
		if name == "Set-Cookie" {
			answer.Cookies = values
			continue
		}
		answer.Headers[name] = strings.Join(values, ", ")
	}
	answer.Body = string(body)
	if !utf8.Valid(body) {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return answer
}

// refusal answers without the handler.
func refusal(status int) events.LambdaFunctionURLResponse {
	return events.LambdaFunctionURLResponse{
		StatusCode: status, Body: http.StatusText(status) + "\n",
		Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"},
	}
}
