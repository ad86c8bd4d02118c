package functionurl

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func event(method, path, query, body string) events.LambdaFunctionURLRequest {
	e := events.LambdaFunctionURLRequest{RawPath: path, RawQueryString: query, Body: body, Headers: map[string]string{"x-one": "1"}}
	e.RequestContext.DomainName = "abc.lambda-url.us-east-1.on.aws"
	e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = method, "192.0.2.7"
	return e
}

// mirror shows what a handler sees.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	cookie, _ := r.Cookie("session")
	_, bounded := r.Context().Deadline()
	w.Header().Add("Set-Cookie", "a=1")
	w.Header().Add("Set-Cookie", "b=2")
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusTeapot)
	w.WriteHeader(http.StatusOK) // counts no more
	w.Header().Set("X-Late", "1")
	_, _ = fmt.Fprint(w, r.Method, " ", r.Host, " ", r.URL, " ", r.RequestURI, " ", r.URL.Path, " ", r.RemoteAddr, " ", r.Header.Get("X-One"), " ", cookie, " ", bounded, " ", string(body))
}

func TestWrap(t *testing.T) {
	serve := Wrap(http.HandlerFunc(mirror), 100, slog.New(slog.DiscardHandler))
	e := event("POST", "/owner/a%2Fb", "q=1&r=", base64.StdEncoding.EncodeToString([]byte("pin=1234")))
	e.IsBase64Encoded, e.Cookies = true, []string{"other=x", "session=s"}
	got, err := serve(t.Context(), e)
	want := "POST abc.lambda-url.us-east-1.on.aws https://abc.lambda-url.us-east-1.on.aws/owner/a%2Fb?q=1&r= /owner/a%2Fb?q=1&r= /owner/a/b 192.0.2.7:0 1 session=s true pin=1234"
	if err != nil || got.Body != want || got.StatusCode != http.StatusTeapot || got.IsBase64Encoded {
		t.Errorf("answer %+v, %v, want %s", got, err, want)
	}
	if strings.Join(got.Cookies, " ") != "a=1 b=2" || got.Headers["Content-Type"] != "text/plain" || got.Headers["X-Late"] != "" || got.Headers["Set-Cookie"] != "" {
		t.Errorf("headers %v, cookies %v", got.Headers, got.Cookies)
	}
}

func TestLimits(t *testing.T) {
	var log bytes.Buffer
	called := false
	serve := Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = true
		switch r.URL.Path {
		case "/panic":
			panic("session=s")
		case "/large":
			_, _ = w.Write(make([]byte, maxAnswer+1))
		}
	}), 10, slog.New(slog.NewTextHandler(&log, nil)))
	encoded := func(e events.LambdaFunctionURLRequest) events.LambdaFunctionURLRequest {
		e.IsBase64Encoded = true
		return e
	}
	for _, tt := range []struct {
		name    string
		event   events.LambdaFunctionURLRequest
		want    int
		reaches bool
	}{
		{"nothing wrong", event("GET", "/", "", "0123456789"), 200, true},
		{"a long body", event("POST", "/", "", "0123456789x"), 413, false},
		{"a long body in base64", encoded(event("POST", "/", "", strings.Repeat("AAAA", 5))), 413, false},
		{"no base64", encoded(event("POST", "/", "", "?")), 400, false},
		{"no path", event("GET", "", "", ""), 400, false},
		{"a path that is none", event("GET", "/%zz", "", ""), 400, false},
		{"a method that is none", event("GET /", "/", "", ""), 400, false},
		{"a panic", event("GET", "/panic", "", ""), 500, true},
		{"an answer that is too large", event("GET", "/large", "", ""), 500, true},
	} {
		called = false
		got, err := serve(t.Context(), tt.event)
		if err != nil || got.StatusCode != tt.want || called != tt.reaches {
			t.Errorf("%s: %d %v, reaches the handler: %t; want %d", tt.name, got.StatusCode, err, called, tt.want)
		}
	}
	if strings.Contains(log.String(), "session=s") {
		t.Errorf("the panic's value stands in the log: %s", log.String())
	}
}

func TestBytes(t *testing.T) {
	serve := Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0xfe}) }), 10, slog.New(slog.DiscardHandler))
	got, err := serve(t.Context(), event("GET", "/", "", ""))
	if err != nil || !got.IsBase64Encoded || got.Body != "//4=" || got.Headers["Content-Type"] == "" {
		t.Errorf("answer %+v, %v", got, err)
	}
}
