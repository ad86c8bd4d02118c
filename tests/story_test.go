package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// A story is one conversation as it reads aloud, one line per happening:
//
//	clock:   2031-05-06 14:00 America/Vancouver    the time; a later one moves it (in process only)
//	garage:  golf asleep                           a directive for the dongle cloud's test control
//	courier: ups sets out | arrives | opens | delivers   what a carrier's courier does meanwhile
//	account: pin none | pin locked | pressure bar | default outback | location pin | notifications off | owner neighbor | not linked | link expired | link revoked
//	skill:   enabled | linked | disabled | disabled for good | notifications on | notifications off, in the Alexa app
//	device:  echo | show | car | moving car        what is spoken to
//	units:   METRIC | IMPERIAL                     what the Alexa device is set to
//	user:    what the driver says; (silence) waits for the reprompt; "(mumbled) ..." is what no sample holds
//	alexa:   what Alexa says, word for word
//	ask:     the reprompt
//	card:    what the card shows
//	ring:    what a notification says that has come since the last ones; none, if there is none. What the garage has to
//	         tell has come by then. Such a story needs its own ring, so it is not played with the shipped binary.
//	cloud:   an effect in the dongle cloud's ledger, in order; effects that are not listed fail the story
//	session: open | closed, after the turn
//
// Only alexa, ask and card are rewritten by -update: they are what we say. The rest is what must be true.
type story struct {
	path    string
	locale  string
	archive *txtar.Archive
	lines   []line
}

type line struct {
	kind, text string
	number     int
}

var storyKinds = []string{"clock", "garage", "courier", "account", "skill", "device", "units", "user", "alexa", "ask", "card", "ring", "cloud", "session"}

func readStories(t testing.TB) []*story {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("conversations", "*", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("find stories: %d files, %v", len(paths), err)
	}
	var stories []*story
	for _, path := range paths {
		s, err := readStory(path)
		if err != nil {
			t.Fatal(err)
		}
		stories = append(stories, s)
	}
	return stories
}

func readStory(path string) (*story, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	s := &story{path: path, locale: filepath.Base(filepath.Dir(path)), archive: archive}
	for i, text := range strings.Split(strings.TrimRight(string(archive.Comment), "\n"), "\n") {
		number := i + 1
		if text == "" || strings.HasPrefix(text, "#") {
			s.lines = append(s.lines, line{text: text, number: number})
			continue
		}
		kind, rest, ok := strings.Cut(text, ":")
		if !ok || !slices.Contains(storyKinds, kind) {
			return nil, fmt.Errorf("%s:%d: not a line of a story: %q", path, number, text)
		}
		s.lines = append(s.lines, line{kind: kind, text: strings.TrimSpace(rest), number: number})
	}
	if s.first("clock") == "" || s.first("user") == "" {
		return nil, fmt.Errorf("%s: a story needs a clock and somebody who speaks", path)
	}
	return s, nil
}

func (s *story) first(kind string) string {
	for _, l := range s.lines {
		if l.kind == kind {
			return l.text
		}
	}
	return ""
}

// movesClock tells the stories that cannot be played with the shipped binary, which has no switch for it.
func (s *story) movesClock() bool {
	clocks := 0
	for _, l := range s.lines {
		if l.kind == "clock" {
			clocks++
		}
	}
	return clocks > 1
}

// write puts the lines back, as -update wants it.
func (s *story) write(lines []line) error {
	var b strings.Builder
	for _, l := range lines {
		if l.kind == "" {
			b.WriteString(l.text + "\n")
			continue
		}
		b.WriteString(l.kind + ": " + l.text + "\n")
	}
	s.archive.Comment = []byte(b.String())
	return os.WriteFile(s.path, txtar.Format(s.archive), 0o644)
}

// parseClock reads "2031-05-06 14:00 America/Vancouver".
func parseClock(text string) (time.Time, error) {
	date, zone, ok := cutLast(text, " ")
	if !ok {
		return time.Time{}, fmt.Errorf("clock %q has no time zone", text)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation("2006-01-02 15:04", date, location)
}

func cutLast(text, separator string) (before, after string, ok bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
