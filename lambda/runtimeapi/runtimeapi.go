// Package runtimeapi is a pretend AWS Lambda: it starts a bootstrap as Lambda would, hands it one event at a time
// through the Runtime API on a loopback address of its own, and takes the answer.
//
// It exists for tests and for certification, so that what is tried is the very binary that is shipped, started the way
// it will be. It is as strict as Lambda where a bootstrap could go wrong (limits, deadlines, answers to the wrong event)
// and knows nothing of what the events say. It imports nothing of ours and nothing of AWS.
package runtimeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Lambda's own limits.
const (
	// MaxPayload is the largest event and the largest answer, in bytes.
	MaxPayload = 6 << 20
	// InitTimeout is how long a function may take until it asks for its first event.
	InitTimeout = 10 * time.Second
	// DefaultTimeout is how long a function may take for one event.
	DefaultTimeout = 8 * time.Second
)

const (
	headerTimeout = 5 * time.Second
	maxErrorBytes = 256 << 10
)

var (
	// ErrTimeout means that no answer came before the deadline; as in Lambda, the process was ended.
	ErrTimeout = errors.New("the function did not answer in time")
	// ErrExited means that the process is gone.
	ErrExited = errors.New("the function has exited")
	// ErrTooLarge means that an event or an answer is over MaxPayload.
	ErrTooLarge = errors.New("the payload is over 6 MiB")
)

// FunctionError is what the function itself reported instead of an answer.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error tells type and message.
func (e *FunctionError) Error() string {
	return fmt.Sprintf("the function failed: %s: %s", e.Type, e.Message)
}

// Options say what to start. Only Bootstrap is needed.
type Options struct {
	Bootstrap string        // the program
	Env       []string      // NAME=value; nothing else of this process's environment is handed on
	Timeout   time.Duration // for one event; zero means DefaultTimeout
	Output    io.Writer     // what the function prints on both streams, its log; nil drops it
}

// Function is one execution environment. It is safe for concurrent use, and like Lambda deals with one event at a time.
type Function struct {
	timeout time.Duration
	init    time.Duration
	server  *http.Server
	process *exec.Cmd
	exited  chan struct{} // closed when the process is gone
	ready   chan struct{} // closed when it asks for its first event
	events  chan *event   // to the one who polls
	initErr chan error    // what the function reported before it was ready
	free    chan struct{} // holds one token: who has it may invoke

	readyOnce sync.Once
	closeOnce sync.Once
	mu        sync.Mutex
	current   *event
	number    int
}

// event is one event on its way.
type event struct {
	id       string
	payload  []byte
	trace    string
	deadline time.Time
	answer   chan answer // holds one
}

type answer struct {
	body []byte
	err  error
}

// Start runs the bootstrap and returns when it asks for its first event. The context bounds the start alone; the
// function lives until Close.
func Start(ctx context.Context, o Options) (*Function, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the function: %w", err)
	}
	f := &Function{
		timeout: o.Timeout, exited: make(chan struct{}), ready: make(chan struct{}), events: make(chan *event),
		initErr: make(chan error, 1), free: make(chan struct{}, 1),
	}
	if f.timeout == 0 {
		f.timeout = DefaultTimeout
	}
	f.server = &http.Server{Handler: f.routes(), ReadHeaderTimeout: headerTimeout}
	go func() { _ = f.server.Serve(listener) }() // ends with Close
	began := time.Now()
	if err := f.run(o, listener.Addr().String()); err != nil {
		_ = f.server.Close()
		return nil, fmt.Errorf("start the function: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, InitTimeout)
	defer cancel()
	select {
	case <-f.ready:
		f.init = time.Since(began)
		f.free <- struct{}{}
		return f, nil
	case err = <-f.initErr:
	case <-f.exited:
		err = ErrExited
		select { // it says why before it exits
		case err = <-f.initErr:
		default:
		}
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = f.Close()
	return nil, fmt.Errorf("start the function: %w", err)
}

// run starts the process with the environment that Lambda gives.
func (f *Function) run(o Options, address string) error {
	command := exec.Command(o.Bootstrap)
	command.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + address, "AWS_LAMBDA_FUNCTION_NAME=pretend", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023", "TZ=:UTC", "LANG=en_US.UTF-8",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=pretend", "AWS_SECRET_ACCESS_KEY=pretend", "PATH=" + os.Getenv("PATH"),
	}, o.Env...)
	command.Dir = os.TempDir() // the folder with the code is not to be written to
	command.Stdout, command.Stderr = o.Output, o.Output
	if err := command.Start(); err != nil {
		return err
	}
	f.process = command
	go func() {
		_ = command.Wait() // how it ended is told by who waits for an answer
		close(f.exited)
	}()
	return nil
}

// Init is the time from the start of the process until it asked for its first event.
func (f *Function) Init() time.Duration { return f.init }

// Invoke hands one event over and waits for the answer. Errors: *FunctionError; ErrTimeout, after which the function is
// gone; ErrExited; ErrTooLarge; the context's error, after which the function is gone too, because its answer would
// meet the next event.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("invoke the function: %w", ErrTooLarge)
	}
	select {
	case <-f.free:
	case <-f.exited:
		return nil, fmt.Errorf("invoke the function: %w", ErrExited)
	case <-ctx.Done():
		return nil, fmt.Errorf("invoke the function: %w", ctx.Err())
	}
	defer func() { f.free <- struct{}{} }()
	body, err := f.invoke(ctx, payload)
	if err != nil {
		return nil, fmt.Errorf("invoke the function: %w", err)
	}
	return body, nil
}

func (f *Function) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e := f.next(payload)
	timer := time.NewTimer(f.timeout)
	defer timer.Stop()
	select { // until the function polls
	case f.events <- e:
	case <-f.exited:
		return nil, ErrExited
	case <-timer.C:
		return nil, errors.Join(ErrTimeout, f.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), f.Close())
	}
	select {
	case a := <-e.answer:
		return a.body, a.err
	case <-timer.C:
		return nil, errors.Join(ErrTimeout, f.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), f.Close())
	case <-f.exited:
		select { // it may have answered with its last breath
		case a := <-e.answer:
			return a.body, a.err
		default:
			return nil, ErrExited
		}
	}
}

// next makes the current event.
func (f *Function) next(payload []byte) *event {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.number++
	now := time.Now()
	f.current = &event{
		id:      fmt.Sprintf("00000000-0000-4000-8000-%012d", f.number),
		trace:   fmt.Sprintf("Root=1-%08x-%024x;Parent=%016x;Sampled=0", now.Unix(), f.number, f.number),
		payload: payload, deadline: now.Add(f.timeout), answer: make(chan answer, 1),
	}
	return f.current
}

// Close ends the process as Lambda does, without asking, and waits for it. It may be called again.
func (f *Function) Close() error {
	var err error
	f.closeOnce.Do(func() {
		if killed := f.process.Process.Kill(); killed != nil && !errors.Is(killed, os.ErrProcessDone) {
			err = fmt.Errorf("end the function: %w", killed)
		}
		<-f.exited
		if closed := f.server.Close(); closed != nil && err == nil {
			err = fmt.Errorf("end the function: %w", closed)
		}
	})
	return err
}

// failure reads a report of the function. What is no report is still a failure.
func failure(body []byte, header string) *FunctionError {
	var reported FunctionError
	if json.Unmarshal(body, &reported) != nil || reported.Type == "" {
		reported = FunctionError{Type: header, Message: strings.ToValidUTF8(string(body), "?")}
	}
	return &reported
}
