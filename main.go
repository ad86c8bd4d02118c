// The trunkpass command: an Alexa skill server for cars with an OBD-II dongle, with a pretend Echo and a
// pretend dongle cloud to try it at home.
//
//	trunkpass say "what's my tire pressure"      talk to it
//	trunkpass courier --carrier ups list         be the courier
//	trunkpass serve --no-verify                  answer a pretend Echo on 127.0.0.1:8080
//	trunkpass check                              prove what serve would start with
//	trunkpass forget own_demo                    delete what is kept of an owner
//
// This folder only wires: home.go builds the world of one process, and each command has a file of its own.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // a turn failed, a command was refused, a file is in use
	exitUsage  = 2 // the command line makes no sense
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// streams are what a command reads and writes.
type streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

type commandLine struct {
	Say     sayCommand     `cmd:"" help:"Talk to the skill through a pretend Echo; each argument is one turn."`
	Serve   serveCommand   `cmd:"" help:"Answer Alexa requests over HTTP on this machine."`
	Courier courierCommand `cmd:"" help:"Be a courier: redeem a grant at the simulated car."`
	Certify certifyCommand `cmd:"" help:"Ask of a skill what Amazon will ask before it is published, and report."`
	Check   checkCommand   `cmd:"" help:"Prove configuration, speech, models and contract, and start nothing."`
	Forget  forgetCommand  `cmd:"" help:"Delete what is kept of an owner who cannot sign in, while no server runs."`
}

// run parses the command line and runs one command. It is main without the process, for tests.
func run(ctx context.Context, args []string, s streams) int {
	var cli commandLine
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("trunkpass"),
		kong.Description("Couriers into your trunk, and your car's health, by voice."),
		kong.Vars{"demoSkillID": demoSkillID},
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		_, _ = fmt.Fprintln(s.Err, "trunkpass:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited == 0 { // --help
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.Err, "trunkpass: %v\nTry 'trunkpass --help'.\n", err)
		return exitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(s)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintln(s.Err, "trunkpass:", err)
		return exitUsage
	case !errors.Is(err, errSaid):
		_, _ = fmt.Fprintln(s.Err, "trunkpass:", err)
	}
	return exitFailed
}

var (
	// errUsage marks an error of the command line that only shows once the command has begun.
	errUsage = errors.New("usage")
	// errSaid is a failure that the user has already been told.
	errSaid = errors.New("already said")
)

// worldFlags are the flags of every command that builds a world of its own.
type worldFlags struct {
	Data    string    `help:"Folder of the state." default:".trunkpass" placeholder:"DIR" env:"TRUNKPASS_DATA"`
	Weather string    `help:"How hostile the pretend dongle cloud is: ${enum}." enum:"calm,rough,storm" default:"calm"`
	Seed    uint64    `help:"Seed of the simulated cars and the weather." default:"1" placeholder:"N"`
	Now     time.Time `help:"Start the clock at this instant (RFC 3339) instead of the real one." placeholder:"RFC3339"`
}

// clock is the only place that reads the real one.
func (w worldFlags) clock() func() time.Time {
	if w.Now.IsZero() {
		return time.Now
	}
	begun := time.Now()
	return func() time.Time { return w.Now.Add(time.Since(begun)) }
}

func (w worldFlags) weather() garage.Weather {
	return map[string]garage.Weather{"calm": garage.Calm, "rough": garage.Rough, "storm": garage.Storm}[w.Weather]
}

// wallClock is the real clock, for commands that have no other.
func wallClock() time.Time { return time.Now() }

// newID makes unguessable ids: 26 characters, letters and digits.
func newID() string { return rand.Text() }
