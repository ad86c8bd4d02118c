// Package peers measures Trunkpass against Amazon's own SDK for Node and against the barest Go, side by side in one
// run: `make bench-peers`. It holds no program of ours: skill.js is the skill on the SDK, bare the smallest Lambda
// function in Go, request.json the request that all of them answer.
//
// What is compared takes turns, round after round, so that whatever else the machine does falls on all alike. A figure
// is the median of the rounds, with the lowest and the highest beside it; a ratio is the median of the ratios of each
// round.
//
// Its neighbors are tests, whose benchmark of a turn it runs, and lambda/runtimeapi, which starts functions as AWS does.
package peers

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	measure = flag.Bool("measure", false, "measure everything and print the table, instead of the tests")
	only    = flag.String("only", "", "measure what begins with this word alone: turn, serve, start, memory, size, growth")
	rounds  = flag.Int("rounds", 0, "how often; 0 is what each measurement needs")
)

const module = "github.com/trunkpass/trunkpass"

func TestMain(m *testing.M) {
	flag.Parse()
	switch {
	case os.Getenv(peersRoots) != "":
		exit(serveBare())
	case *measure:
		exit(measureAll())
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// bench is one run of all measurements.
type bench struct {
	folder  string // of what is built
	request []byte
}

func measureAll() error {
	folder, err := os.MkdirTemp("", "trunkpass-peers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if _, err := os.Stat("node_modules"); err != nil {
		return fmt.Errorf("the peers are not installed, run npm ci --prefix tests/peers: %w", err)
	}
	b := &bench{folder: folder}
	if b.request, err = os.ReadFile("request.json"); err != nil {
		return err
	}
	b.request = bytes.TrimSpace(b.request)
	for _, part := range []struct {
		name string
		run  func() (table, error)
	}{{"turn", b.turn}, {"serve", b.serve}, {"start", b.start}, {"memory", b.memory}, {"size", b.size}, {"growth", b.growth}} {
		if !strings.HasPrefix(part.name, *only) {
			continue
		}
		t, err := part.run()
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Print(t)
	}
	return nil
}

func often(usual int) int {
	if *rounds > 0 {
		return *rounds
	}
	return usual
}

// build builds a package of ours into the folder.
func (b *bench) build(name, pkg string, flags ...string) (string, error) {
	path := filepath.Join(b.folder, name)
	return path, run("go", slices.Concat([]string{"build", "-trimpath"}, flags, []string{"-o", path, module + pkg})...)
}

// testBinary builds the tests of a package of ours into the folder.
func (b *bench) testBinary(name, pkg string) (string, error) {
	path := filepath.Join(b.folder, name)
	return path, run("go", "test", "-c", "-o", path, module+pkg)
}

// function builds one Lambda function as it is shipped.
func (b *bench) function(name, pkg string) (string, error) {
	if err := os.Setenv("CGO_ENABLED", "0"); err != nil {
		return "", err
	}
	defer func() { _ = os.Unsetenv("CGO_ENABLED") }()
	return b.build(name, pkg, "-ldflags", "-s -w", "-tags", "lambda.norpc")
}

func run(name string, arguments ...string) error {
	_, err := output(name, arguments...)
	return err
}

func output(name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(arguments, " "), err, out, problems.Bytes())
	}
	return string(out), nil
}

// The ids in the request that are changed on the way.
var (
	requestID     = regexp.MustCompile(`"requestId":"[^"]*"`)
	timestamp     = regexp.MustCompile(`"timestamp":"[^"]*"`)
	applicationID = regexp.MustCompile(`amzn1\.ask\.skill\.[0-9a-f-]*`)
	intentName    = regexp.MustCompile(`"intent":\{"name":"[^"]*"`)
)

// someSkill is an id that serve takes for a real one.
const someSkill = "amzn1.ask.skill.11111111-2222-4333-8444-555555555555"

// alone is the request with an intent that every skill answers without asking anybody: what is compared is the way
// there and back, not a pretend cloud.
func (b *bench) alone() []byte {
	body := applicationID.ReplaceAll(b.request, []byte(someSkill))
	return intentName.ReplaceAll(body, []byte(`"intent":{"name":"AMAZON.FallbackIntent"`))
}
