package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
)

// lambda is a function that can be started again and again.
type lambda struct {
	name string
	path string
	env  []string
}

// lambdas builds the functions. The skill's environment names places that its first answer does not ask: like the
// others it answers without its store.
func (b *bench) lambdas() (ours, bare, theirs lambda, err error) {
	nowhere := "http://127.0.0.1:9"
	ours = lambda{name: "Trunkpass", env: []string{
		"TRUNKPASS_APPLICATION_ID=" + someSkill, "TRUNKPASS_CLOUD_URL=" + nowhere, "TRUNKPASS_TABLE=accounts",
		"TRUNKPASS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:trunkpass",
		"AWS_ENDPOINT_URL_DYNAMODB=" + nowhere, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + nowhere,
	}}
	bare = lambda{name: "aws-lambda-go alone"}
	theirs = lambda{name: "ask-sdk with its DynamoDB adapter", env: []string{"AWS_ENDPOINT_URL_DYNAMODB=" + nowhere}}
	var oursErr, bareErr, theirsErr error
	ours.path, oursErr = b.function("skill", "/lambda/skill")
	bare.path, bareErr = b.function("bare", "/tests/peers/bare")
	theirs.path, theirsErr = b.nodeBootstrap()
	return ours, bare, theirs, errors.Join(oursErr, bareErr, theirsErr)
}

// nodeBootstrap is a file that Lambda can start and that becomes Node.
func (b *bench) nodeBootstrap() (string, error) {
	script, err := filepath.Abs("bootstrap.js")
	if err != nil {
		return "", err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.folder, "node-bootstrap")
	return path, os.WriteFile(path, []byte("#!/bin/sh\nexec '"+node+"' '"+script+"'\n"), 0o700)
}

// first starts a function, hands it one request, and gives the milliseconds until the answer. look sees it idle.
func (l lambda) first(request []byte, look func() error) (float64, error) {
	ctx := context.Background()
	began := time.Now()
	f, err := runtimeapi.Start(ctx, runtimeapi.Options{Bootstrap: l.path, Env: l.env})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", l.name, err)
	}
	answer, err := f.Invoke(ctx, request)
	took := time.Since(began)
	if err == nil && !strings.Contains(string(answer), `"response"`) {
		err = fmt.Errorf("it answers %s", answer)
	}
	if err == nil && look != nil {
		err = look()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("%s: %w", l.name, err)
	}
	return float64(took.Microseconds()) / 1000, nil
}

// start is a cold start: from the start of the process until the first response is there.
func (b *bench) start() (table, error) {
	ours, bare, theirs, err := b.lambdas()
	if err != nil {
		return table{}, err
	}
	all := []lambda{ours, bare, theirs}
	took := make([]sample, len(all))
	for round := range often(20) + 1 { // the first one reads the files from the disk
		for i, l := range all {
			ms, err := l.first(b.alone(), nil)
			if err != nil {
				return table{}, err
			}
			if round > 0 {
				took[i] = append(took[i], ms)
			}
		}
	}
	t := table{title: "Lambda: from the start of the process to the first response"}
	t.add("", "ms")
	for i, l := range all {
		t.add(l.name, took[i].String())
	}
	t.add("ours : aws-lambda-go", took[0].per(took[1]).String())
	t.add("ours : aws-lambda-go, fastest rounds", took[0].fastest(took[1]))
	t.add("ask-sdk : ours", took[2].per(took[0]).String())
	return t, nil
}

// memory is what stays resident when nothing happens: of a function after its first answer, of a server after its start
// and some requests.
func (b *bench) memory() (table, error) {
	ours, bare, theirs, err := b.lambdas()
	if err != nil {
		return table{}, err
	}
	t := table{title: "Resident memory, idle"}
	t.add("", "MB")
	for _, l := range []lambda{ours, bare, theirs} {
		var held sample
		for range often(5) {
			if _, err := l.first(b.alone(), func() error {
				time.Sleep(time.Second / 2)
				megabytes, err := resident(func(command string) bool {
					return strings.HasPrefix(command, l.path) || l.path != ours.path && strings.Contains(command, "bootstrap.js")
				})
				held = append(held, megabytes)
				return err
			}); err != nil {
				return table{}, err
			}
		}
		t.add("Lambda: "+l.name, held.String())
	}
	a, err := newAlexa(b.folder)
	if err != nil {
		return table{}, err
	}
	defer a.close()
	requests, err := a.requests(b.alone(), perRound)
	if err != nil {
		return table{}, err
	}
	program, err := b.build("trunkpass", "")
	if err != nil {
		return table{}, err
	}
	ourServer := func() (*server, error) {
		return launch("Trunkpass serve", serving, os.Environ(), program, "serve", "--no-verify",
			"--application-id", someSkill, "--listen", "127.0.0.1:0", "--data", filepath.Join(b.folder, "kept"))
	}
	first, err := ourServer() // makes a world and hashes a PIN, which later starts do not
	if err != nil {
		return table{}, err
	}
	first.close()
	for _, launch := range []func() (*server, error){
		ourServer,
		func() (*server, error) {
			return launch("ask-sdk-express-adapter", host, os.Environ(), "node", "serve.js", a.chain, certificateURL)
		},
	} {
		if err := watch(&t, launch, requests); err != nil {
			return table{}, err
		}
	}
	return t, nil
}

// watch adds a server: as it starts, and after some requests.
func watch(t *table, launch func() (*server, error), requests [][]byte) error {
	s, err := launch()
	if err != nil {
		return err
	}
	defer s.close()
	look := func(when string) error {
		time.Sleep(time.Second)
		megabytes, err := residentOf(strconv.Itoa(s.command.Process.Pid))
		t.add(s.name+", "+when, digits(megabytes))
		return err
	}
	if err := look("started"); err != nil {
		return err
	}
	if _, err := load(s.address, requests); err != nil {
		return err
	}
	return look(fmt.Sprintf("after %d requests", len(requests)))
}

// resident finds the process with a command line of a kind.
func resident(is func(command string) bool) (float64, error) {
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, path := range processes {
		command, err := os.ReadFile(path)
		if err == nil && is(strings.TrimPrefix(strings.ReplaceAll(string(command), "\x00", " "), "node ")) {
			return residentOf(filepath.Base(filepath.Dir(path)))
		}
	}
	return 0, errors.New("the process is not there")
}

var residentSet = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)

func residentOf(pid string) (float64, error) {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, err
	}
	found := residentSet.FindSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("process %s has no memory", pid)
	}
	kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
	return kilobytes * 1024 / 1e6, err
}

// size is what is uploaded.
func (b *bench) size() (table, error) {
	if err := run("go", "run", module+"/lambda/pack", "-out", b.folder, "skill"); err != nil {
		return table{}, err
	}
	t := table{title: "Zip of the skill"}
	t.add("", "MB")
	for _, arch := range []string{"arm64", "amd64"} {
		info, err := os.Stat(filepath.Join(b.folder, arch, "skill.zip"))
		if err != nil {
			return table{}, err
		}
		t.add(arch, digits(float64(info.Size())/1e6))
	}
	return t, nil
}
