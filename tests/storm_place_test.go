package tests

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
)

// place is where the skill runs: one of the two ways that it is shipped.
type place interface {
	// start begins the process, or does so again on the same data; it returns when turns are answered.
	start() error
	// end ends it: with SIGKILL as a machine does, or as asked to.
	end(signal syscall.Signal) error
	// answer hands over one request.
	answer(ctx context.Context, body []byte) ([]byte, error)
	// url is where its webhooks are; "" if it takes none.
	url() string
	// metrics are what it says of itself; "" if it says nothing.
	metrics() string
	// inspect opens the store while the process is down.
	inspect(func(store.Store) error) error
	// log is everything that it has printed.
	log() string
	close()
}

// atHome is the built server with the embedded store, whose notices go to Amazon's own host names. A proxy of the test
// stands there, with a certificate by an authority of the test.
type atHome struct {
	storm  *storm
	folder string
	amazon *amazon
	out    lockedLog

	mu              sync.Mutex
	process         *exec.Cmd
	read            sync.WaitGroup
	address, watch  string
	secretsAt, data string
}

func newAtHome(s *storm, folder, webhookSecret, bellURL, clientSecret string) (*atHome, error) {
	h := &atHome{storm: s, folder: folder, data: filepath.Join(folder, "data"), secretsAt: filepath.Join(folder, "secrets.json")}
	text, err := json.Marshal(map[string]any{
		"pepper": make([]byte, 32), "owner_session_keys": [][]byte{make([]byte, 32)}, "owner_client_id": "page", "owner_client_secret": "secret",
		"webhook_secrets": []string{webhookSecret}, "notify_client_id": "storm", "notify_client_secret": clientSecret,
	})
	if err == nil {
		err = errors.Join(os.WriteFile(h.secretsAt, text, 0o600), os.MkdirAll(h.data, 0o700))
	}
	if err == nil {
		h.amazon, err = newAmazon(folder, s.sky.notices(bellURL))
	}
	return h, err
}

func (h *atHome) start() error {
	path, err := raced()
	if err != nil {
		return err
	}
	command := exec.Command(path, "serve", "--no-verify", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
		"--cloud", h.storm.sky.server.URL, "--secrets", h.secretsAt, "--public-url", "http://127.0.0.1:1", "--data", h.data,
		"--application-id", applicationID, "--now", h.storm.now().Format(time.RFC3339Nano))
	command.Env = append(os.Environ(), "HTTPS_PROXY="+h.amazon.proxy.URL, "SSL_CERT_FILE="+h.amazon.authority, "GOTRACEBACK=all")
	stderr, err := command.StderrPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		_, _ = h.out.Write([]byte(line))
		if err != nil {
			_ = command.Wait()
			return fmt.Errorf("the server did not start: %w\n%s", err, h.out.String())
		}
		var entry struct{ Msg, Alexa, Metrics string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "serving" {
			continue
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.process, h.address, h.watch = command, strings.TrimSuffix(entry.Alexa, "/alexa"), entry.Metrics
		h.read.Go(func() { _, _ = io.Copy(&h.out, lines) })
		return nil
	}
}

func (h *atHome) end(signal syscall.Signal) error {
	h.mu.Lock()
	process := h.process
	h.mu.Unlock()
	if process == nil {
		return nil
	}
	_ = process.Process.Signal(signal)
	h.read.Wait()
	err := process.Wait()
	if signal == syscall.SIGTERM && err != nil {
		return fmt.Errorf("the server did not stop well: %w", err)
	}
	return nil
}

func (h *atHome) answer(ctx context.Context, body []byte) ([]byte, error) {
	return post(ctx, h.url()+"/alexa", body)
}

func (h *atHome) url() string {
	h.storm.up.RLock() // nobody asks a process that is being replaced
	defer h.storm.up.RUnlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.address
}

func (h *atHome) metrics() string {
	text, err := fetch(h.watch)
	if err != nil {
		return ""
	}
	return string(text)
}

// fetch reads what is at an address.
func fetch(address string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := carry(http.DefaultClient, request)
	if err == nil && answer.status != http.StatusOK {
		err = fmt.Errorf("fetch %s: status %d", address, answer.status)
	}
	return answer.text, err
}

func (h *atHome) inspect(look func(store.Store) error) error {
	accounts, err := embedded.Open(filepath.Join(h.data, "accounts.db"), h.storm.now)
	if err != nil {
		return err
	}
	return errors.Join(look(accounts), accounts.Close())
}

func (h *atHome) log() string { return h.out.String() }

func (h *atHome) close() {
	_ = h.end(syscall.SIGKILL)
	h.amazon.close()
}

// amazon stands at Amazon's host names for one process.
type amazon struct {
	authority string // file of the certificate
	proxy     *httptest.Server
	server    *http.Server
	address   string
}

func newAmazon(folder string, h http.Handler) (*amazon, error) {
	a := &amazon{authority: filepath.Join(folder, "authority.pem")}
	pair, authority, err := certificateFor("api.amazon.com", "api.amazonalexa.com", "api.eu.amazonalexa.com", "api.fe.amazonalexa.com")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(a.authority, authority, 0o600); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a.address = listener.Addr().String()
	a.server = &http.Server{Handler: h, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}, ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.ServeTLS(listener, "", "") }()
	a.proxy = httptest.NewServer(http.HandlerFunc(a.connect))
	return a, nil
}

// quiet is for servers whose clients are killed.
var quiet = log.New(io.Discard, "", 0)

// connect is the proxy: whatever host is asked for, it is ours.
func (a *amazon) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	far, err := net.Dial("tcp", a.address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	_, _ = near.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

func (a *amazon) close() {
	_ = a.server.Close()
	a.proxy.CloseClientConnections()
	a.proxy.Close()
}

// certificateFor makes an authority and a certificate by it.
func certificateFor(hosts ...string) (pair tls.Certificate, authority []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, err
	}
	about := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "storm"}, DNSNames: hosts, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(240 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &about, &about, key.Public(), key)
	if err != nil {
		return pair, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
