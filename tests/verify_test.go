package tests

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The shipped program believes nobody but Alexa unless it is told to, and says nothing about why. What a signed request
// gets is tested beside serve.go, where the test can be its own authority.
func TestServeBelievesNobody(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "serve", "--listen", "127.0.0.1:0", "--data", newData(t), "--application-id", "amzn1.ask.skill.1")
	command.Env = append(os.Environ(), "SSL_CERT_FILE=", "SSL_CERT_DIR=") // those of the machine that tests
	stderr, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	var entry struct{ Msg, Alexa string }
	for entry.Msg != "serving" {
		line, err := log.ReadBytes('\n')
		if err != nil {
			t.Fatalf("it did not start: %v", err)
		}
		_ = json.Unmarshal(line, &entry) // not every line is of the log
	}
	for _, body := range []string{"{}", "", `{"request":{"type":"LaunchRequest"}}`} {
		response, err := http.Post(entry.Alexa, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if want := "{\"title\":\"Bad Request\",\"status\":400}\n"; err != nil || response.StatusCode != 400 || string(answer) != want {
			t.Errorf("%q: got %s %s, %v", body, response.Status, answer, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil || strings.Count(string(rest), `"reason":"no_certificate_url"`) != 3 {
		t.Errorf("it ended with %v and logged\n%s", err, rest)
	}
}
