package echo

import (
	"context"
	"errors"
	"testing"
)

// shelf is a bell for tests: what waits for each user.
type shelf struct {
	waiting map[string][]string
	fails   error
}

func (s *shelf) Waiting(_ context.Context, user string) ([]string, error) {
	return s.waiting[user], s.fails
}

func (s *shelf) Read(_ context.Context, user string) ([]string, error) {
	texts := s.waiting[user]
	delete(s.waiting, user)
	return texts, s.fails
}

func TestRing(t *testing.T) {
	t.Parallel()
	p := &place{answer: answers(asks)}
	bell := &shelf{waiting: map[string][]string{"alex": {"Your order from Pizza has been delivered."}, "sam": {"A.", "B."}}}
	e := setup(t, p, func(o *Options) { o.Bell, o.UserID = bell, "alex" })

	if turn := say(t, e, "open pizza place"); turn.Ring != 1 {
		t.Errorf("the ring stands for %d, want 1", turn.Ring)
	}
	if turn := say(t, e, "quit"); turn.Ring != 1 {
		t.Errorf("after the session the ring stands for %d, want 1", turn.Ring)
	}
	turn := say(t, e, "Alexa, what are my notifications?")
	want := "You have one new notification from pizza place. Your order from Pizza has been delivered."
	if turn.Speech != want || turn.Ring != 0 || turn.Session != "closed" || string(turn.Request) != "null" {
		t.Errorf("got %q, ring %d, session %s, request %s; want %q and nothing else", turn.Speech, turn.Ring, turn.Session, turn.Request, want)
	}
	if turn := say(t, e, "what did I miss"); turn.Speech != "You have no new notifications." {
		t.Errorf("once read, got %q", turn.Speech)
	}
	if silence, err := e.Silence(t.Context()); err != nil || silence.Ring != 0 {
		t.Errorf("silence: ring %d, %v; want a dark ring", silence.Ring, err)
	}

	sam := setup(t, p, func(o *Options) { o.Bell, o.UserID = bell, "sam" })
	if turn := say(t, sam, "read my notifications"); turn.Speech != "You have 2 new notifications from pizza place. A. B." {
		t.Errorf("got %q", turn.Speech)
	}
}

// In a session the words are the skill's, and without a bell they are nobody's.
func TestRingIsNotTheSkills(t *testing.T) {
	t.Parallel()
	p := &place{answer: answers(asks)}
	e := setup(t, p, func(o *Options) { o.Bell = &shelf{}; o.Strict = true })
	say(t, e, "open pizza place")
	var missed *NoMatch
	if _, err := e.Say(t.Context(), "what are my notifications"); !errors.As(err, &missed) {
		t.Errorf("in a session: got %v, want a *NoMatch", err)
	}
	if _, err := setup(t, p, nil).Say(t.Context(), "what are my notifications"); !errors.As(err, &missed) {
		t.Errorf("without a bell: got %v, want a *NoMatch", err)
	}
}

func TestRingWithABrokenBell(t *testing.T) {
	t.Parallel()
	p := &place{answer: answers(ends)}
	e := setup(t, p, func(o *Options) { o.Bell = &shelf{fails: errors.New("no answer")} })
	if turn := say(t, e, "open pizza place"); turn.Ring != 0 || turn.Speech != "Done." {
		t.Errorf("got %q and the ring %d, want the turn and a dark ring", turn.Speech, turn.Ring)
	}
	if _, err := e.Say(t.Context(), "what are my notifications"); err == nil {
		t.Error("notifications were read from a bell that does not answer")
	}
}
