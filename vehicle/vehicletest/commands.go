package vehicletest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	// identicalCommands is how many turns at once ask for the same act.
	identicalCommands = 8
	// commandLife is longer than any command may be on its way.
	commandLife = 3 * time.Minute
)

func (s suite) runCommands(t *testing.T) {
	t.Run("Commands", s.commands)
	t.Run("CommandOncePerKey", s.commandOncePerKey)
	t.Run("ManyCommandsAtOnce", s.manyCommands)
	t.Run("BadCommand", s.badCommand)
	t.Run("NoSuchCommand", s.noSuchCommand)
	if s.Commands.Drive != nil {
		t.Run("Moving", s.moving)
	}
	if s.Gatekeeper {
		t.Run("CommandWhileBlocked", s.commandWhileBlocked)
	}
	if s.LoseNextReply != nil {
		t.Run("LostReplyOfCommand", s.lostCommand)
	}
}

// opens reports whether an act makes a car less safe.
func opens(act vehicle.Act) bool { return act != vehicle.Lock }

// send asks the car to do something, and checks what comes back.
func (s suite) send(t *testing.T, token vehicle.Token, key vehicle.IdempotencyKey, act vehicle.Act) vehicle.Command {
	t.Helper()
	command, err := s.Send(within(t), token, key, s.Commands.Car, act)
	if err != nil {
		t.Fatal(err)
	}
	if err := SoundCommand(command); err != nil || command.Vehicle != s.Commands.Car || command.Act != act || !command.ExpiresAt.After(command.CreatedAt) {
		t.Errorf("got %+v, %v, want %s for %s", command, err, act, s.Commands.Car)
	}
	return command
}

// settle lets what is on its way come to its end, so that the car is not asked for more than it can do.
func (s suite) settle(t *testing.T) {
	t.Helper()
	if s.Pass != nil {
		s.Pass(t, commandLife)
	}
}

// commands: what was sent can be asked after, and comes to an end.
func (s suite) commands(t *testing.T) {
	for _, act := range s.Commands.Acts {
		sent := s.send(t, s.SignIn(t), newKey(), act)
		s.settle(t)
		command, err := s.Command(within(t), s.SignIn(t), sent.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := SoundCommand(command); err != nil || command.ID != sent.ID || command.Act != act || !command.CreatedAt.Equal(sent.CreatedAt) {
			t.Errorf("got %+v, %v, want %+v", command, err, sent)
		}
		if s.Pass != nil && !command.Status.Final() {
			t.Errorf("%s: %s after %v", act, command.Status, commandLife)
		}
	}
}

func (s suite) commandOncePerKey(t *testing.T) {
	token, key, acts := s.SignIn(t), newKey(), s.Commands.Acts
	first := s.send(t, token, key, acts[0])
	for _, token := range []vehicle.Token{token, s.SignIn(t)} {
		if again := s.send(t, token, key, acts[0]); again.ID != first.ID {
			t.Errorf("got %s, want the first command again: %s", again.ID, first.ID)
		}
	}
	if len(acts) > 1 {
		_, err := s.Send(within(t), token, key, s.Commands.Car, acts[1])
		want(t, err, vehicle.Invalid)
	}
	s.settle(t)
}

func (s suite) manyCommands(t *testing.T) {
	token, key, act := s.SignIn(t), newKey(), s.Commands.Acts[0]
	var (
		all      sync.WaitGroup
		commands [identicalCommands]vehicle.Command
		errs     [identicalCommands]error
	)
	for i := range identicalCommands {
		all.Go(func() { commands[i], errs[i] = s.Send(within(t), token, key, s.Commands.Car, act) })
	}
	all.Wait()
	id := ""
	for i, err := range errs {
		if err != nil {
			if _, outcome := vehicle.KindOf(err); s.fleet || outcome != vehicle.MaybeDone {
				t.Errorf("command %d: %v", i, err)
			}
			continue
		}
		if id == "" {
			id = commands[i].ID
		}
		if commands[i].ID != id {
			t.Errorf("got commands %s and %s for one key", id, commands[i].ID)
		}
	}
	if id == "" {
		t.Error("nobody was told a command")
	}
	s.settle(t)
}

// badCommand: a key that is none, an act that is none, and a car that cannot.
func (s suite) badCommand(t *testing.T) {
	token, act := s.SignIn(t), s.Commands.Acts[0]
	for _, key := range []vehicle.IdempotencyKey{"", "short", "with spaces in it", "line\nbreak\nkey"} {
		_, err := s.Send(within(t), token, key, s.Commands.Car, act)
		want(t, err, vehicle.Internal)
	}
	for _, act := range []vehicle.Act{"", "honk"} {
		_, err := s.Send(within(t), token, newKey(), s.Commands.Car, act)
		want(t, err, vehicle.Unsupported)
	}
	if s.Commands.Incapable == "" {
		return
	}
	for _, act := range s.Commands.Acts {
		_, err := s.Send(within(t), token, newKey(), s.Commands.Incapable, act)
		want(t, err, vehicle.Unsupported)
	}
}

func (s suite) noSuchCommand(t *testing.T) {
	token := s.SignIn(t)
	for _, id := range []string{"no-such-command", "", "../me", "a b", "c%00"} {
		_, err := s.Command(within(t), token, id)
		want(t, err, vehicle.NotFound)
	}
	if s.SignInNeighbor != nil {
		sent := s.send(t, token, newKey(), s.Commands.Acts[0])
		_, err := s.Command(within(t), s.SignInNeighbor(t), sent.ID)
		want(t, err, vehicle.NotFound)
		s.settle(t)
	}
}

// moving: nothing opens on a car that moves, and locking it is never refused.
func (s suite) moving(t *testing.T) {
	s.Commands.Drive(t, true)
	s.onlyLocks(t)
	s.Commands.Drive(t, false)
	s.settle(t)
	s.send(t, s.SignIn(t), newKey(), s.Commands.Acts[0])
	s.settle(t)
}

func (s suite) commandWhileBlocked(t *testing.T) {
	token := s.SignIn(t)
	if _, err := s.Block(within(t), token, s.Commands.Car); err != nil {
		t.Fatal(err)
	}
	s.onlyLocks(t)
	if err := s.Unblock(within(t), token, s.Commands.Car); err != nil {
		t.Fatal(err)
	}
	s.settle(t)
	s.send(t, s.SignIn(t), newKey(), s.Commands.Acts[0])
	s.settle(t)
}

// onlyLocks wants a refusal of every act but locking.
func (s suite) onlyLocks(t *testing.T) {
	t.Helper()
	token := s.SignIn(t)
	for _, act := range s.Commands.Acts {
		if !opens(act) {
			s.send(t, token, newKey(), act)
			continue
		}
		_, err := s.Send(within(t), token, newKey(), s.Commands.Car, act)
		want(t, err, vehicle.Conflict)
	}
	if !slices.ContainsFunc(s.Commands.Acts, opens) {
		t.Error("the harness names nothing that opens")
	}
}

// lostCommand: the car was asked, but nobody heard. The same key finds the command.
func (s suite) lostCommand(t *testing.T) {
	token, key, act := s.SignIn(t), newKey(), s.Commands.Acts[0]
	s.LoseNextReply(t)
	command, err := s.Send(within(t), token, key, s.Commands.Car, act)
	if !s.fleet {
		if _, outcome := vehicle.KindOf(err); err == nil || outcome != vehicle.MaybeDone {
			t.Errorf("got %v, want an error that says %q", err, vehicle.MaybeDone)
		}
		command, err = s.Send(within(t), token, key, s.Commands.Car, act)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again := s.send(t, token, key, act); again.ID != command.ID {
		t.Errorf("got %s, want the same command again: %s", again.ID, command.ID)
	}
	s.settle(t)
}
