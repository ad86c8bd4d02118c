package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store/embedded"
)

// scratch is a folder for what is built once for all tests; TestMain makes and removes it.
var scratch string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "trunkpass-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = folder
	// The race detector waits a second when a program ends, for races of that second; these programs have ended.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

func build(name string, flags ...string) (string, error) {
	path := filepath.Join(scratch, name)
	args := append([]string{"build", "-o", path}, flags...)
	if out, err := exec.Command("go", append(args, "..")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
}

// binary builds the shipped program once for all tests, as it is shipped: what it does is raced in process.
var binary = sync.OnceValues(func() (string, error) { return build("trunkpass", "-trimpath") })

// raced is the program with the race detector in it, for the storm.
var raced = sync.OnceValues(func() (string, error) { return build("trunkpass-raced", "-race") })

// trunkpass runs the built program to its end and gives what it printed.
func trunkpass(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	return trunkpassReading(t, "", args...)
}

// trunkpassReading gives the program something to read from standard input.
func trunkpassReading(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), turnTime)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	var out, errs bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &errs
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), errs.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), 0
}

// firstRun is a data folder as the program itself makes it, once for all tests.
var firstRun = sync.OnceValues(func() (string, error) {
	path, err := binary()
	if err != nil {
		return "", err
	}
	data := filepath.Join(scratch, "data")
	out, err := exec.Command(path, "courier", "--data", data, "--carrier", "ups", "list").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("first run: %w\n%s", err, out)
	}
	return data, nil
})

// quickDir is a folder in memory where the system has one: many worlds at once would wait for one disk.
func quickDir(t *testing.T) string {
	t.Helper()
	if folder, err := os.MkdirTemp("/dev/shm", "trunkpass-test"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		return folder
	}
	return t.TempDir()
}

// newData gives a test a data folder of its own.
func newData(t *testing.T) string {
	t.Helper()
	first, err := firstRun()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(quickDir(t), "data")
	if err := os.CopyFS(data, os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	return data
}

// servedWorld is the built program as a server of its own, its clock begun where the story's begins.
type servedWorld struct {
	*desk
	data     string
	alexaURL string
	before   []string // account lines, done while the files are free
}

func newServedWorld(t *testing.T, s *story) *servedWorld {
	t.Helper()
	w := &servedWorld{desk: newDesk(t, s), data: newData(t)}
	for _, l := range s.lines {
		if l.kind == "account" {
			w.before = append(w.before, l.text)
		}
	}
	w.read(filepath.Join(w.data, "demo.json"), &w.demo)
	for _, text := range w.before {
		if known, _ := w.desk.set("account", text); !known {
			w.keep(text)
		}
	}
	w.login, w.expired = "demo", false // those lines come again when the story gets there
	w.serve()
	return w
}

func (w *servedWorld) read(path string, into any) {
	w.t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// keep changes the account while no server holds its file.
func (w *servedWorld) keep(text string) {
	w.t.Helper()
	pepper, err := os.ReadFile(filepath.Join(w.data, "pepper"))
	if err != nil {
		w.t.Fatal(err)
	}
	accounts, err := embedded.Open(filepath.Join(w.data, "accounts.db"), w.clock.now)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = accounts.Close() }()
	guard, err := pin.NewGuard(pin.Options{Ledger: accounts, Pepper: pepper, Now: w.clock.now})
	if err != nil {
		w.t.Fatal(err)
	}
	owner, _ := w.demo.Owner("demo")
	if err := (keeper{accounts, guard}).set(w.t.Context(), owner.ID, text); err != nil {
		w.t.Fatal(err)
	}
}

// serve starts the program and waits until it tells where it listens.
func (w *servedWorld) serve() {
	w.t.Helper()
	path, err := binary()
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.Command(path, "serve", "--no-verify", "--listen", "127.0.0.1:0", "--data", w.data, "--now", w.clock.now().Format(time.RFC3339))
	stderr, err := command.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	var log strings.Builder
	var reading sync.WaitGroup // a server whose log nobody reads would stand still
	w.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		reading.Wait()
		if err := command.Wait(); err != nil {
			w.t.Errorf("the server ended with %v:\n%s", err, log.String())
		}
		if spokenPIN.MatchString(log.String()) {
			w.t.Errorf("the PIN stands in the log:\n%s", log.String())
		}
		if strings.Contains(log.String(), "panic") {
			w.t.Errorf("the server panicked:\n%s", log.String())
		}
	})
	for {
		line, err := lines.ReadString('\n')
		log.WriteString(line)
		if err != nil {
			w.t.Fatalf("the server did not start: %v\n%s", err, log.String())
		}
		var entry struct{ Msg, Alexa, Garage, Control string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			w.garageURL, w.controlURL, w.alexaURL = entry.Garage, entry.Control, entry.Alexa
			w.options.Send = func(ctx context.Context, body []byte) ([]byte, error) { return post(ctx, entry.Alexa, body) }
			reading.Go(func() { _, _ = io.Copy(&log, lines) })
			return
		}
	}
}

// spokenPIN finds the PIN where it stands alone; four digits also turn up inside of instants.
var spokenPIN = regexp.MustCompile(`\b` + string(rightPIN) + `\b`)

func post(ctx context.Context, url string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answered %s: %s", response.Status, answer)
	}
	return answer, err
}

func (w *servedWorld) set(kind, text string) error {
	known, err := w.desk.set(kind, text)
	if known || kind == "account" || kind == "clock" {
		return err // the account was changed before the server started, and its clock began with the story's
	}
	return errors.New("nobody knows what to do with it")
}
