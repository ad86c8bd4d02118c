package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
)

// served is serve, running in this process.
type served struct {
	alexa, metrics, garage string
	end                    func() error // stops it, once, and waits
	log                    func() string
}

// start runs serve until the test ends.
func (c serveCommand) start(t testing.TB, believed trust) *served {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := c.serve(ctx, streams{Out: io.Discard, Err: write}, believed)
		_ = write.Close()
		ended <- err
	}()
	s := &served{}
	var log bytes.Buffer
	lines, drained := bufio.NewReader(io.TeeReader(read, &log)), make(chan struct{})
	s.end = func() error {
		stop()
		err := <-ended
		<-drained
		ended <- nil
		return err
	}
	s.log = func() string { <-drained; return log.String() }
	for s.alexa == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			close(drained)
			t.Fatalf("serve did not start: %v\n%s", <-ended, log.String())
		}
		var entry struct{ Msg, Alexa, Garage, Metrics string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			s.alexa, s.garage, s.metrics = entry.Alexa, entry.Garage, entry.Metrics
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines); close(drained) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A conversation through the verified door, over TLS, with an authority made for it; and the same without a signature,
// and a second time.
func TestServeSigned(t *testing.T) {
	c := parseServe(t, "--application-id", someSkill, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
		"--data", t.TempDir())
	roots := tlsFiles(t, &c)
	began, noon := time.Now(), time.Date(2031, 5, 6, 14, 0, 0, 0, time.FixedZone("", -7*3600))
	now := func() time.Time { return noon.Add(time.Since(began)) }
	alexa := endpointtest.New(t, noon)
	s := c.start(t, trust{roots: alexa.Roots(), http: alexa.HTTP(), now: now})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	t.Cleanup(client.CloseIdleConnections)
	post := func(header http.Header, body []byte) reply {
		return exchange(t, client, s.alexa, header, body)
	}

	var last []byte
	e := newEcho(t, c, s, now, func(_ context.Context, body []byte) ([]byte, error) {
		last = body
		got := post(alexa.Header(body), body)
		if got.status != 200 || got.http != 2 {
			return nil, fmt.Errorf("answered %d over HTTP/%d: %s", got.status, got.http, got.body)
		}
		return got.body, nil
	})
	for _, row := range [][2]string{
		{"open trunk pass", ""},
		{"let ups into my trunk until eight p.m.", "PIN"},
		{"four eight two one", "Done. UPS can open"},
	} {
		turn, err := e.Say(t.Context(), row[0])
		if err != nil || !strings.Contains(turn.Speech, row[1]) {
			t.Fatalf("%q: %q, %v", row[0], turn.Speech, err)
		}
	}
	for name, header := range map[string]http.Header{
		"unsigned": {"Content-Type": {"application/json"}}, "a second time": alexa.Header(last),
	} {
		if got := post(header, last); got.status != 400 || bytes.Contains(got.body, []byte("detail")) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	base := strings.TrimSuffix(s.metrics, "/metrics")
	for url, want := range map[string]int{base + "/healthz": 200, base + "/readyz": 200, base + "/alexa": 404} {
		if got := exchange(t, client, url, nil, nil); got.status != want {
			t.Errorf("GET %s: %d %s, want %d", url, got.status, got.body, want)
		}
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
	log := s.log()
	for _, piece := range []string{`"reason":"no_certificate_url"`, `"reason":"replay"`, `"msg":"stopping"`} {
		if !strings.Contains(log, piece) {
			t.Errorf("the log lacks %s:\n%s", piece, log)
		}
	}
	_, log, _ = strings.Cut(log, `"msg":"serving"`) // what stands before tells the demo owner's PIN once
	if regexp.MustCompile(`\b` + string(demoPIN) + `\b`).MatchString(log) {
		t.Errorf("the PIN stands in the log:\n%s", log)
	}
}

// A turn under way gets its answer, while nobody is told any more that the server is ready.
func TestServeStops(t *testing.T) {
	c := parseServe(t, "--no-verify", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", t.TempDir())
	s := c.start(t, trust{})
	body, rest := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.alexa, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue") // the body is asked for by whoever answers the turn
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	t.Cleanup(client.CloseIdleConnections)
	answered := make(chan error, 1)
	go func() {
		response, err := client.Do(request)
		if err == nil {
			err = response.Body.Close()
			if response.StatusCode != http.StatusBadRequest { // of a turn that says nothing
				err = errors.New(response.Status)
			}
		}
		answered <- err
	}()
	if _, err := io.WriteString(rest, "{"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	ready := strings.TrimSuffix(s.metrics, "/metrics") + "/readyz"
	for {
		got := exchange(t, http.DefaultClient, ready, nil, nil)
		if got.status == http.StatusServiceUnavailable {
			break
		}
		if got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended in the middle of a turn: %v", err)
	default:
	}
	if _, err := io.WriteString(rest, "}"); err != nil {
		t.Fatal(err)
	}
	_ = rest.Close()
	if err := <-answered; err != nil {
		t.Errorf("the turn under way: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// reply is what came back: the status, over which major version of HTTP, and the body.
type reply struct {
	status, http int
	body         []byte
}

// exchange posts a body, or gets where there is none.
func exchange(t testing.TB, client *http.Client, url string, header http.Header, body []byte) reply {
	t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		request.Header = header.Clone()
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.ProtoMajor, answer}
}

// newEcho is a pretend Echo whose account is linked with the garage of a server.
func newEcho(t testing.TB, c serveCommand, s *served, now func() time.Time, send func(context.Context, []byte) ([]byte, error)) *echo.Echo {
	t.Helper()
	model, err := models.Model("en-US")
	if err != nil {
		t.Fatal(err)
	}
	demo, err := readDemo(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	owner, _ := demo.Owner(demoLogin)
	linked := &link{owner: owner, now: now, base: func() (string, error) { return s.garage, nil }}
	e, err := echo.New(echo.Options{
		Model: model, ApplicationID: c.ApplicationID, Now: now, NewID: newID, Token: linked.access, Send: send,
		Zone: demoZone(), Units: "IMPERIAL",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// tlsFiles gives serve a certificate for loopback, and tells whom to trust for it.
func tlsFiles(t testing.TB, c *serveCommand) *x509.CertPool {
	t.Helper()
	lent := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1
	defer lent.Close()
	pair := lent.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c.TLSCert, c.TLSKey = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		c.TLSCert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, c.TLSKey: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(lent.Certificate())
	return pool
}
