package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/peterh/liner"
	"golang.org/x/term"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo"
)

type sayCommand struct {
	worldFlags
	Device     string   `help:"What is spoken to: ${enum}." enum:"echo,show,car" default:"echo"`
	Locale     string   `help:"Language of the conversation." default:"en-US"`
	URL        string   `name:"url" help:"Talk to a running 'trunkpass serve' instead." placeholder:"URL"`
	JSON       bool     `name:"json" help:"Print one JSON object per turn."`
	Utterances []string `arg:"" optional:"" name:"utterance" help:"What to say; without any, turns are read from standard input."`
}

// Run holds the conversation.
func (c sayCommand) Run(ctx context.Context, s streams) error {
	model, err := models.Model(c.Locale)
	if err != nil {
		return fmt.Errorf("%w: no language %q; there is %s", errUsage, c.Locale, strings.Join(models.Locales(), ", "))
	}
	options := echo.Options{
		Model: model, Locale: c.Locale, Device: deviceKinds[c.Device], ApplicationID: demoSkillID,
		Now: c.clock(), NewID: newID, UserID: demoAlexaUser, Zone: demoZone(), Units: "IMPERIAL", Strict: true,
	}
	if c.URL != "" {
		err = c.overHTTP(&options)
	} else {
		var h *home
		h, err = openHome(ctx, homeOptions{worldFlags: c.worldFlags, ApplicationID: demoSkillID, Log: quietLog(s.Err), Note: s.Err, Ring: true})
		if err == nil {
			defer func() { _ = h.Close() }()
			options.Token = h.link.access
			if h.ringer != nil {
				options.Bell = h.ringer.bell
			}
			options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
				ctx, cancel := context.WithTimeout(ctx, turnBudget)
				defer cancel()
				return h.skill.Answer(ctx, body)
			}
		}
	}
	if err != nil {
		return err
	}
	e, err := echo.New(options)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	return c.talk(ctx, e, s)
}

var deviceKinds = map[string]echo.Kind{"echo": echo.Home, "show": echo.Show, "car": echo.Car}

// quietLog keeps a conversation readable: only what is broken is said beside it.
func quietLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelError}))
}

// overHTTP points the Echo at a serving process that shares the data folder; its garage links the account.
func (c sayCommand) overHTTP(options *echo.Options) error {
	target, err := url.Parse(c.URL)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return fmt.Errorf("%w: --url needs an address such as http://127.0.0.1:8080/alexa", errUsage)
	}
	if target.Path == "" || target.Path == "/" {
		target.Path = "/alexa"
	}
	demo, err := readDemo(c.Data)
	if err != nil {
		return err
	}
	owner, _ := demo.Owner(demoLogin)
	linked := &link{owner: owner, now: c.clock(), base: func() (string, error) {
		base, err := os.ReadFile(filepath.Join(c.Data, garageFile))
		if err != nil {
			return "", fmt.Errorf("find the garage of the running server: %w", err)
		}
		return string(base), nil
	}}
	options.Token = linked.access
	if b := farBell(c.Data); b != nil {
		options.Bell = b
	}
	options.Send = func(ctx context.Context, body []byte) ([]byte, error) { return post(ctx, target.String(), body) }
	return nil
}

const maxAnswer = 1 << 20 // bytes; an Alexa response is at most 120 kB

func post(ctx context.Context, target string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	return answerOf(request)
}

// answerOf sends a request and gives the body of its 200.
func answerOf(request *http.Request) ([]byte, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the skill answered %s: %s", response.Status, bytes.TrimSpace(answer))
	}
	return answer, err
}

// talk plays the turns one after the other. Given as arguments, the first that fails ends the conversation;
// at a terminal one may try again.
func (c sayCommand) talk(ctx context.Context, e *echo.Echo, s streams) error {
	if len(c.Utterances) > 0 {
		for i, words := range c.Utterances {
			if i > 0 && !c.JSON {
				_, _ = fmt.Fprintln(s.Out)
			}
			if err := c.turn(ctx, e, words, false, s); err != nil {
				return err
			}
		}
		return nil
	}
	next, typed, done := reader(s)
	defer done()
	var failed error
	for {
		words, err := next()
		if errors.Is(err, io.EOF) {
			return failed
		}
		if err != nil {
			return fmt.Errorf("read what to say: %w", err)
		}
		if err := c.turn(ctx, e, words, typed, s); err != nil {
			failed = err
		}
		if ctx.Err() != nil {
			return failed
		}
	}
}

// turn says one thing and prints what comes back; what was typed on a terminal stands there already. Nothing
// said is a silence, which brings the reprompt.
func (c sayCommand) turn(ctx context.Context, e *echo.Echo, words string, typed bool, s streams) error {
	var turn echo.Turn
	var err error
	if strings.TrimSpace(words) == "" {
		turn, err = e.Silence(ctx)
	} else {
		turn, err = e.Say(ctx, words)
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.Err, "trunkpass: %v\n", err)
		return errSaid
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(turn)
	}
	if typed {
		turn.User = ""
	}
	_, err = io.WriteString(s.Out, transcript(turn))
	return err
}

// transcript prints a turn as it would be read aloud.
func transcript(t echo.Turn) string {
	var b strings.Builder
	line := func(who, what string) {
		if what != "" {
			fmt.Fprintf(&b, "%-7s %s\n", who, what)
		}
	}
	line("You:", t.User)
	for _, p := range t.Progress {
		line("Alexa:", p)
	}
	line("Alexa:", t.Speech)
	line("Card:", strings.ReplaceAll(t.Card, "\n", "\n        "))
	switch {
	case t.Ring == 1:
		line("Ring:", "1 notification")
	case t.Ring > 1:
		line("Ring:", fmt.Sprintf("%d notifications", t.Ring))
	}
	return b.String()
}

// reader gives the turns of standard input: line editing and a prompt on a terminal, plain lines otherwise.
func reader(s streams) (next func() (string, error), typed bool, done func()) {
	if in, ok := s.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		line := liner.NewLiner()
		line.SetCtrlCAborts(true)
		_, _ = fmt.Fprintln(s.Out, `Say something, such as "what's my tire pressure". An empty line is silence, Ctrl-D ends.`)
		return func() (string, error) {
			words, err := line.Prompt("> ")
			if errors.Is(err, liner.ErrPromptAborted) {
				return "", io.EOF
			}
			return words, err
		}, true, func() { _ = line.Close() }
	}
	lines := bufio.NewScanner(s.In)
	return func() (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}, false, func() {}
}
