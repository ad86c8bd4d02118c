package peers

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill/endpoint"
)

// The servers have one core and the load the other.
const (
	serverCore = "0"
	loadCore   = "1"
)

// perRound is how many requests a server gets in one round.
const perRound = 2000

// server is a process that answers Alexa.
type server struct {
	name    string
	address string
	command *exec.Cmd
	stdin   io.Closer
	lines   *bufio.Reader

	perSecond, p50, p99 sample
}

// launch starts a server on one core and reads its address out of the first line that has one.
func launch(name string, find func(line string) string, environment []string, command ...string) (*server, error) {
	s := &server{name: name, command: exec.Command("taskset", append([]string{"-c", serverCore}, command...)...)}
	s.command.Env = environment
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.command.Stdout, s.command.Stderr = write, write
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.command.Start(), write.Close()); err != nil {
		return nil, err
	}
	s.lines = bufio.NewReader(read)
	for said := ""; s.address == ""; {
		line, err := s.lines.ReadString('\n')
		if said += line; err != nil {
			return nil, fmt.Errorf("%s did not start: %w\n%s", name, err, said)
		}
		s.address = find(strings.TrimSpace(line))
	}
	go func() { _, _ = io.Copy(io.Discard, s.lines) }()
	return s, nil
}

func (s *server) close() {
	_ = s.stdin.Close()
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
}

// host is the address in a URL.
func host(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// serving is the address in the line in which serve says that it serves.
func serving(line string) string {
	var entry struct{ Msg, Alexa string }
	if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "serving" {
		return ""
	}
	return host(entry.Alexa)
}

// The environment that makes a test binary a server; peers_test.go beside main.go reads the same.
const (
	peersRoots = "TRUNKPASS_PEERS_ROOTS"
	peersProxy = "TRUNKPASS_PEERS_PROXY"
	peersSkill = "TRUNKPASS_PEERS_SKILL"
	peersData  = "TRUNKPASS_PEERS_DATA"
)

// ours is serve with an authority that is made for the run, which the shipped program cannot be told to believe in: so
// it is the test binary of package main.
func (b *bench) ours(a *alexa) (*server, error) {
	binary, err := b.testBinary("serve", "")
	if err != nil {
		return nil, err
	}
	return launch("Trunkpass serve", serving, a.environment(filepath.Join(b.folder, "data")), binary)
}

// serve is a signed request over HTTP, for all of them one that needs no cloud.
func (b *bench) serve() (table, error) {
	a, err := newAlexa(b.folder)
	if err != nil {
		return table{}, err
	}
	defer a.close()
	itself, err := os.Executable()
	if err != nil {
		return table{}, err
	}
	ours, oursErr := b.ours(a)
	bare, bareErr := launch("net/http with the same verifier", host, a.environment(""), itself)
	theirs, theirsErr := launch("ask-sdk-express-adapter", host, os.Environ(), "node", "serve.js", a.chain, certificateURL)
	servers := []*server{ours, bare, theirs}
	for _, s := range servers {
		if s != nil {
			defer s.close()
		}
	}
	if err := errors.Join(oursErr, bareErr, theirsErr); err != nil {
		return table{}, err
	}
	requests, err := a.requests(b.alone(), (often(9)+1)*perRound) // each server gets the same
	if err != nil {
		return table{}, err
	}
	if err := run("taskset", "-a", "-c", "-p", loadCore, strconv.Itoa(os.Getpid())); err != nil {
		return table{}, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for round := range often(9) + 1 { // in the first one they warm up
		for _, s := range servers {
			f, err := load(s.address, requests[round*perRound:(round+1)*perRound])
			if err != nil {
				return table{}, fmt.Errorf("%s: %w", s.name, err)
			}
			if round > 0 {
				s.perSecond, s.p50, s.p99 = append(s.perSecond, f.perSecond), append(s.p50, f.p50), append(s.p99, f.p99)
			}
		}
	}
	everything := strconv.Itoa(runtime.NumCPU() - 1)
	if err := run("taskset", "-a", "-c", "-p", "0-"+everything, strconv.Itoa(os.Getpid())); err != nil {
		return table{}, err
	}
	t := table{title: fmt.Sprintf("Signed requests over HTTP, one core, %d connections", connections)}
	t.add("", "requests per second", "p50 in ms", "p99 in ms")
	for _, s := range servers {
		t.add(s.name, s.perSecond.String(), s.p50.String(), s.p99.String())
	}
	t.add("ours : express", ours.perSecond.per(theirs.perSecond).String(), ours.p50.per(theirs.p50).String(), ours.p99.per(theirs.p99).String())
	t.add("ours : net/http", ours.perSecond.per(bare.perSecond).String(), ours.p50.per(bare.p50).String(), ours.p99.per(bare.p99).String())
	return t, nil
}

// serveBare is a plain handler of net/http behind the same verifier: it reads the body and answers with as many bytes.
func serveBare() error {
	roots, err := os.ReadFile(os.Getenv(peersRoots))
	if err != nil {
		return err
	}
	proxy, err := url.Parse(os.Getenv(peersProxy))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	verifier, err := endpoint.NewVerifier(endpoint.VerifierOptions{
		ApplicationID: os.Getenv(peersSkill), Now: time.Now, Log: slog.New(slog.DiscardHandler), Roots: pool,
		HTTP: &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		}},
	})
	if err != nil {
		return err
	}
	answer := []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>` + strings.Repeat("la ", 100) + `</speak>"}}}`)
	handler := verifier.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(answer)
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Second}).Serve(listener)
}
