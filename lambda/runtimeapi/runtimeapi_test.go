package runtimeapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// The tests start themselves as the bootstrap.
func TestMain(m *testing.M) {
	switch os.Getenv("PRETEND_TO_BE") {
	case "":
		os.Exit(m.Run())
	case "a function":
		lambda.Start(handler{})
	case "a function that cannot start":
		post("/init/error", `{"errorType":"Config","errorMessage":"no table"}`)
		os.Exit(1)
	case "a function that exits":
		os.Exit(3)
	case "an intruder":
		intrude()
	}
}

type handler struct{}

// Invoke does what the event says.
func (handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	switch string(payload) {
	case `"fail"`:
		return nil, errors.New("no luck")
	case `"hang"`:
		<-ctx.Done()
		select {} // past its deadline, like one that hears no context
	case `"die"`:
		os.Exit(4)
	case `"large"`:
		return bytes.Repeat([]byte("x"), MaxPayload+1), nil
	case `"context"`:
		deadline, _ := ctx.Deadline()
		c, _ := lambdacontext.FromContext(ctx)
		return fmt.Appendf(nil, "%s %t %s", c.AwsRequestID, time.Until(deadline) > time.Second, os.Getenv("_X_AMZN_TRACE_ID")), nil
	case `"environment"`:
		return []byte(strings.Join(os.Environ(), "\n")), nil
	}
	fmt.Println("printed", string(payload))
	return payload, nil
}

// intrude answers events that are not its own before its own.
func intrude() {
	for {
		response, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/next")
		if err != nil {
			os.Exit(5)
		}
		_ = response.Body.Close()
		id := response.Header.Get("Lambda-Runtime-Aws-Request-Id")
		first := post("/invocation/somebody-else/response", `"wrong"`)
		second := post("/invocation/"+id+"/response", fmt.Sprintf("%d", first))
		if third := post("/invocation/"+id+"/response", `"again"`); first != third || second != http.StatusAccepted {
			os.Exit(6)
		}
	}
}

func post(path, body string) int {
	response, err := http.Post("http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"/2018-06-01/runtime"+path, "application/json", strings.NewReader(body))
	if err != nil {
		os.Exit(5)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// output is a log that may be read while it is written.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func start(t *testing.T, pretend string, o Options) (*Function, error) {
	t.Helper()
	o.Bootstrap, o.Env = os.Args[0], append(o.Env, "PRETEND_TO_BE="+pretend)
	f, err := Start(t.Context(), o)
	if err == nil {
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return f, err
}

func TestInvoke(t *testing.T) {
	log := &output{}
	f, err := start(t, "a function", Options{Output: log})
	if err != nil {
		t.Fatal(err)
	}
	if f.Init() <= 0 {
		t.Errorf("init took %v", f.Init())
	}
	for _, payload := range []string{`{"a":1}`, `null`, ``} {
		got, err := f.Invoke(t.Context(), []byte(payload))
		if err != nil || string(got) != payload {
			t.Errorf("Invoke(%s) = %s, %v", payload, got, err)
		}
	}
	if !strings.Contains(log.String(), `printed {"a":1}`) {
		t.Errorf("log %q", log.String())
	}
	got, err := f.Invoke(t.Context(), []byte(`"context"`))
	if fields := strings.Fields(string(got)); err != nil || len(fields) != 3 || fields[1] != "true" || !strings.HasPrefix(fields[2], "Root=1-") {
		t.Errorf("the function sees %s, %v", got, err)
	}
	t.Setenv("OURS", "secret")
	if got, _ := f.Invoke(t.Context(), []byte(`"environment"`)); bytes.Contains(got, []byte("OURS")) || bytes.Contains(got, []byte("HOME=")) {
		t.Errorf("the function has our environment: %s", got)
	}
}

func TestFailures(t *testing.T) {
	f, err := start(t, "a function", Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Invoke(t.Context(), []byte(`"fail"`))
	if failed, ok := errors.AsType[*FunctionError](err); !ok || failed.Message != "no luck" || failed.Type == "" {
		t.Errorf("a failing function: %v", err)
	}
	if _, err := f.Invoke(t.Context(), make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large event: %v, want %v", err, ErrTooLarge)
	}
	if _, err := f.Invoke(t.Context(), []byte(`"large"`)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large answer: %v, want %v", err, ErrTooLarge)
	}
}

func TestExits(t *testing.T) {
	f, err := start(t, "a function", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := f.Invoke(t.Context(), []byte(`"die"`)); !errors.Is(err, ErrExited) {
			t.Errorf("a function that dies: %v, want %v", err, ErrExited)
		}
	}
}

func TestTimeout(t *testing.T) {
	f, err := start(t, "a function", Options{Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Invoke(t.Context(), []byte(`"hang"`)); !errors.Is(err, ErrTimeout) {
		t.Errorf("a function that hangs: %v, want %v", err, ErrTimeout)
	}
	if _, err := f.Invoke(t.Context(), []byte(`"x"`)); !errors.Is(err, ErrExited) {
		t.Errorf("after that: %v, want %v", err, ErrExited)
	}
}

func TestCanceled(t *testing.T) {
	f, err := start(t, "a function", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte(`"hang"`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an impatient caller: %v", err)
	}
}

func TestNotStarted(t *testing.T) {
	_, err := start(t, "a function that cannot start", Options{})
	if failed, ok := errors.AsType[*FunctionError](err); !ok || failed.Message != "no table" {
		t.Errorf("a function that cannot start: %v", err)
	}
	if _, err := start(t, "a function that exits", Options{}); !errors.Is(err, ErrExited) {
		t.Errorf("a function that exits: %v, want %v", err, ErrExited)
	}
	if _, err := Start(t.Context(), Options{Bootstrap: "/nonexistent"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no function: %v", err)
	}
}

func TestAnswersToOtherEvents(t *testing.T) {
	f, err := start(t, "an intruder", Options{Output: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := f.Invoke(t.Context(), []byte(`"x"`)); err != nil || string(got) != "400" {
			t.Errorf("its own event: %s, %v, want 400", got, err)
		}
	}
}

func TestFailureWithoutReport(t *testing.T) {
	if got := failure([]byte("<\xff>"), "Crash"); got.Type != "Crash" || got.Message != "<?>" {
		t.Errorf("%+v", got)
	}
}
