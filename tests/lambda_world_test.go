package tests

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// storySkill builds the skill's function once for all tests, with the clock of the stories in it and nothing else
// that the shipped one has not. The race detector stays out: the skill is played with it in process.
var storySkill = sync.OnceValues(func() (string, error) { return bootstrap("skill", "amd64-story", "storyclock") })

// bootstrap builds one function as it is shipped, for the machine that this runs on.
func bootstrap(function, name string, tags ...string) (string, error) {
	path := filepath.Join(scratch, function+"-"+name)
	tags = append(tags, "lambda.norpc")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", strings.Join(tags, ","), "-o", path, module+"/lambda/"+function)
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the function %s: %w\n%s", function, err, out)
	}
	return path, nil
}

// lambdaWorld is the skill as AWS runs it: the function in a process of its own behind a pretend Lambda, accounts in
// DynamoDB, the pepper in a pretend Secrets Manager. The garage is in this process, and both live at one time, which
// stands still between turns: how fast this machine starts a process is no part of a story.
type lambdaWorld struct {
	*desk
	stood    atomic.Pointer[time.Time]     // the story's time while it stands still
	ahead    atomic.Pointer[time.Duration] // of the story's time before ours while it runs, else nil
	ticks    string                        // the file that tells the function how far ahead it lives
	path     string                        // of the function
	keeper   keeper
	table    string
	items    *counter
	secrets  *counter
	function *runtimeapi.Function
	log      *lockedLog
}

func newLambdaWorld(t *testing.T, s *story) *lambdaWorld {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	path, err := storySkill() // now, and not while Alexa waits
	must(err)
	w := &lambdaWorld{desk: newDesk(t, s), path: path, log: &lockedLog{}, ticks: filepath.Join(t.TempDir(), "clock")}
	w.stand(w.clock.now())
	w.options.Now = w.now
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(t.TempDir(), "garage.db"), Seed: seed, Now: w.now})
	must(err)
	t.Cleanup(func() { must(cloud.Close()) })
	w.garageURL, w.controlURL, w.demo = cloud.URL(), cloud.ControlURL(), cloud.Demo()

	engine := dynamotest.Start(t)
	client, table := engine.Table(t)
	w.table = table
	accounts, err := dynamo.New(dynamo.Options{Client: client, Table: table, Now: w.now})
	must(err)
	pepper := make([]byte, 32)
	guard, err := pin.NewGuard(pin.Options{Ledger: accounts, Pepper: pepper, Now: w.now, Cost: cheap})
	must(err)
	w.keeper = keeper{accounts, guard}
	owner, _ := w.demo.Owner("demo")
	must(w.keeper.prepare(t.Context(), owner.ID))
	w.rings(s, accounts)

	w.items = newCounter(t, engine.URL)
	w.secrets = newCounter(t, secretsManager(t, map[string]any{"pepper": pepper}))
	t.Cleanup(w.stop)
	w.options.Send = w.send
	return w
}

// now is the story's time.
func (w *lambdaWorld) now() time.Time {
	if ahead := w.ahead.Load(); ahead != nil {
		return time.Now().Add(*ahead)
	}
	return *w.stood.Load()
}

// stand stops the time at an instant.
func (w *lambdaWorld) stand(at time.Time) {
	w.stood.Store(&at)
	w.ahead.Store(nil)
}

// run lets the time run, here and in the function.
func (w *lambdaWorld) run() error {
	ahead := time.Until(*w.stood.Load())
	w.ahead.Store(&ahead)
	return os.WriteFile(w.ticks, []byte(ahead.String()), 0o600)
}

// start starts the function, as Lambda does when there is none or a new one is needed.
func (w *lambdaWorld) start() {
	w.t.Helper()
	if err := os.WriteFile(w.ticks, []byte(time.Until(w.now()).String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	var err error
	w.function, err = runtimeapi.Start(w.t.Context(), runtimeapi.Options{
		Bootstrap: w.path, Output: w.log, Timeout: turnTime,
		Env: append(w.environment(), "TRUNKPASS_STORY_CLOCK="+w.ticks),
	})
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.log)
	}
}

func (w *lambdaWorld) environment() []string {
	return []string{
		"TRUNKPASS_APPLICATION_ID=" + applicationID, "TRUNKPASS_CLOUD_URL=" + w.garageURL, "TRUNKPASS_TABLE=" + w.table,
		"TRUNKPASS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:trunkpass",
		"AWS_ENDPOINT_URL_DYNAMODB=" + w.items.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + w.secrets.URL,
	}
}

// stop ends the function, and looks through what it has logged.
func (w *lambdaWorld) stop() {
	w.t.Helper()
	if w.function == nil {
		return
	}
	if err := w.function.Close(); err != nil {
		w.t.Error(err)
	}
	w.function = nil
	log := w.log.String()
	if spokenPIN.MatchString(log) || strings.Contains(log, "panic") {
		w.t.Errorf("the PIN or a panic stands in the log:\n%s", log)
	}
	if w.linked != nil && strings.Contains(log, w.linked.AccessToken) {
		w.t.Error("the access token stands in the log")
	}
}

// send plays one turn, and holds it to one read and one write of the store. Nobody waits for a skill event.
func (w *lambdaWorld) send(ctx context.Context, body []byte) ([]byte, error) {
	if w.function == nil {
		w.start()
	}
	w.items.reset()
	if err := w.run(); err != nil {
		return nil, err
	}
	answer, err := w.function.Invoke(ctx, body)
	w.stand(w.now())
	if bytes.Contains(body, []byte(`"AlexaSkillEvent.`)) {
		return answer, err
	}
	if reads, writes := w.items.calls("GetItem"), w.items.calls("UpdateItem"); reads > 1 || writes > 1 || reads+writes != w.items.all() {
		w.t.Errorf("a turn makes %d reads and %d writes, %d calls of the store in all", reads, writes, w.items.all())
	}
	return answer, err
}

// moment is how late a clock line is: turns take time here, and what began in one and lasts whole minutes is to be over.
const moment = 2 * time.Second

func (w *lambdaWorld) set(kind, text string) error {
	if known, err := w.desk.set(kind, text); known {
		return err
	}
	switch kind {
	case "clock": // the function starts anew, which also proves that it keeps nothing
		w.stop()
		err := w.clock.set(text)
		if at := w.clock.now(); !at.Equal(w.now()) { // the first clock line is where the story begins
			w.stand(at.Add(moment))
		}
		return err
	case "account":
		owner, _ := w.demo.Owner("demo")
		return w.keeper.set(w.t.Context(), owner.ID, text)
	}
	return errors.New("nobody knows what to do with it")
}

// counter passes calls of an AWS service on and counts them by operation, tries of one call once.
type counter struct {
	URL string

	mu   sync.Mutex
	seen map[string]string // operation by the id of the call
}

func newCounter(t *testing.T, target string) *counter {
	t.Helper()
	address, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(address) }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		c.mu.Lock()
		c.seen[r.Header.Get("Amz-Sdk-Invocation-Id")] = operation
		c.mu.Unlock()
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	c.reset()
	return c
}

func (c *counter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = map[string]string{}
}

func (c *counter) calls(operation string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, o := range c.seen {
		if o == operation {
			n++
		}
	}
	return n
}

func (c *counter) all() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// secretsManager is a pretend one that keeps one secret. Its address is as good as the service's own.
func secretsManager(t testing.TB, secret map[string]any) string {
	t.Helper()
	text, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"Name": "trunkpass", "VersionId": rand.Text(), "SecretString": string(text)})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// lockedLog is what a function prints, which may be read while it runs.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
