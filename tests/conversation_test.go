package tests

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/echo"
)

var update = flag.Bool("update", false, "rewrite what Alexa says in the stories that are played in process")

// TestConversations plays every story in process, where the clock can be moved.
func TestConversations(t *testing.T) {
	for _, s := range readStories(t) {
		t.Run(name(s), func(t *testing.T) {
			t.Parallel()
			play(t, s, newLocalWorld(t, s), *update)
		})
	}
}

// TestConversationsOverHTTP plays the same stories against the built binary, as a server of its own.
func TestConversationsOverHTTP(t *testing.T) {
	for _, s := range readStories(t) {
		if s.movesClock() || s.first("ring") != "" {
			continue
		}
		t.Run(name(s), func(t *testing.T) {
			t.Parallel()
			play(t, s, newServedWorld(t, s), false)
		})
	}
}

func name(s *story) string {
	return s.locale + "/" + strings.TrimSuffix(filepath.Base(s.path), ".txtar")
}

// world is where a story happens.
type world interface {
	echo() *echo.Echo
	// set changes the world before or between turns, as an input line of the story says.
	set(kind, text string) error
	// heard gives the notifications that have come since it was last asked.
	heard() ([]string, error)
	// ledger lists every effect so far, in order.
	ledger() ([]string, error)
}

// turnTime is how long a pretend Echo waits in tests; generous, because time is not what they measure.
const turnTime = time.Minute

func play(t *testing.T, s *story, w world, rewrite bool) {
	t.Helper()
	p := player{t: t, story: s, world: w}
	for _, l := range s.lines {
		switch l.kind {
		case "":
			p.out = append(p.out, l)
		case "clock", "garage", "courier", "account", "skill", "device", "units":
			p.finish()
			if err := w.set(l.kind, l.text); err != nil {
				t.Fatalf("%s:%d: %v", s.path, l.number, err)
			}
			p.out = append(p.out, l)
		case "user":
			p.finish()
			p.say(l)
		default:
			p.expect(l)
		}
	}
	p.finish()
	if rewrite && !t.Failed() {
		if err := s.write(p.out); err != nil {
			t.Fatal(err)
		}
	}
	if p.turn.Session != "closed" && s.lines[len(s.lines)-1].kind != "session" {
		t.Errorf("%s: the story ends with an open microphone and does not say so", s.path)
	}
}

type player struct {
	t       *testing.T
	story   *story
	world   world
	turn    echo.Turn
	spoken  bool     // a turn waits for its alexa line
	rings   []string // that no line has told of yet
	ringing bool     // the last line was one of them
	effects []string
	out     []line
}

func (p *player) say(l line) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), turnTime)
	defer cancel()
	var err error
	words, mumbled := strings.CutPrefix(l.text, "(mumbled) ")
	if words == "(silence)" {
		p.turn, err = p.world.echo().Silence(ctx)
	} else {
		p.turn, err = p.world.echo().Say(ctx, words)
	}
	if err != nil {
		p.t.Fatalf("%s:%d: %q: %v", p.story.path, l.number, l.text, err)
	}
	if missed := p.turn.Missed != nil; missed != mumbled {
		p.t.Errorf("%s:%d: %q misses every intent: %t, want %t", p.story.path, l.number, words, missed, mumbled)
	}
	p.out = append(p.out, l)
	p.spoken = true
	if *update { // right after what was said, whatever else the turn shows
		p.out = append(p.out, line{kind: "alexa", text: p.turn.Speech})
	}
}

func (p *player) expect(l line) {
	p.t.Helper()
	got := ""
	switch l.kind {
	case "alexa":
		got, p.spoken = p.turn.Speech, false
		if *update {
			return
		}
	case "ask":
		got = p.turn.Reprompt
	case "card":
		got = strings.ReplaceAll(p.turn.Card, "\n", " | ")
	case "session":
		got = p.turn.Session
	case "ring":
		got = p.hear(l)
	case "cloud":
		p.effects = append(p.effects, l.text)
		p.out = append(p.out, l)
		return
	}
	rewritten := *update && slices.Contains([]string{"alexa", "ask", "card"}, l.kind)
	if got != l.text && !rewritten {
		p.t.Errorf("%s:%d: %s\n got: %s\nwant: %s", p.story.path, l.number, l.kind, got, l.text)
	}
	p.out = append(p.out, line{kind: l.kind, text: got, number: l.number})
}

// hear gives the next notification.
func (p *player) hear(l line) string {
	p.t.Helper()
	if !p.ringing {
		rings, err := p.world.heard()
		if err != nil {
			p.t.Fatalf("%s:%d: %v", p.story.path, l.number, err)
		}
		p.rings, p.ringing = rings, true
	}
	if len(p.rings) == 0 {
		return "none"
	}
	next := p.rings[0]
	p.rings = p.rings[1:]
	return next
}

// finish ends a turn: everything said was expected, and the cloud has done what the story tells and no more.
func (p *player) finish() {
	p.t.Helper()
	if p.spoken && !*update {
		p.t.Errorf("%s: after %q nothing is expected; got: %s", p.story.path, p.turn.User, p.turn.Speech)
	}
	p.spoken = false
	if len(p.rings) > 0 {
		p.t.Errorf("%s: nobody tells of %s", p.story.path, lined(p.rings))
	}
	p.rings, p.ringing = nil, false
	got, err := p.world.ledger()
	if err != nil {
		p.t.Fatal(err)
	}
	if !slices.Equal(got, p.effects) {
		p.t.Errorf("%s: effects in the cloud\n got: %s\nwant: %s", p.story.path, lined(got), lined(p.effects))
		p.effects = got
	}
}

func lined(lines []string) string { return fmt.Sprintf("%q", lines) }
