package tests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The first signal lets a turn under way finish; the second ends the program in the middle of it.
func TestServeEndsAtTheSecondSignal(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "serve", "--no-verify", "--listen", "127.0.0.1:0", "--data", newData(t))
	stderr, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill() }()
	log := bufio.NewReader(stderr)
	until := func(message string) (alexa string) {
		t.Helper()
		for {
			line, err := log.ReadString('\n')
			if err != nil {
				t.Fatalf("before %q: %v", message, err)
			}
			var entry struct{ Msg, Alexa string }
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == message {
				return entry.Alexa
			}
		}
	}
	address := strings.TrimSuffix(strings.TrimPrefix(until("serving"), "http://"), "/alexa")
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, err = fmt.Fprintf(connection, "POST /alexa HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", address)
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(connection).ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the turn has begun
		t.Fatalf("got %q, %v", line, err)
	}
	signal := func() {
		t.Helper()
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	until("stopping")
	signal()
	rest, err := io.ReadAll(log)
	if err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // tells the signal once more
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %s, not at the signal:\n%s", command.ProcessState, rest)
	}
}
