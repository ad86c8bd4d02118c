package vehicle

import "time"

// Command is one asynchronous act on a car. Accepted is not done; it never runs after ExpiresAt.
type Command struct {
	ID        string
	Vehicle   ID
	Act       Act
	Status    CommandStatus
	Failure   CommandFailure // set if and only if Status is Failed
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Act is what a car can be asked to do.
type Act string

// The acts. The first two are refused while the car moves.
const (
	OpenTheTrunk Act = "open_trunk"
	Unlock       Act = "unlock"
	Lock         Act = "lock"
)

// CommandStatus tells how far a command has come.
type CommandStatus string

// The states of a command. The first three are on the way and the others final; TimedOut certainly did not
// run, UnknownOutcome may have.
const (
	Queued         CommandStatus = "queued"
	Sent           CommandStatus = "sent"
	Delivered      CommandStatus = "delivered"
	Succeeded      CommandStatus = "succeeded"
	Failed         CommandStatus = "failed"
	TimedOut       CommandStatus = "timed_out"
	UnknownOutcome CommandStatus = "unknown"
)

// Final reports whether the status will not change any more.
func (s CommandStatus) Final() bool { return s != Queued && s != Sent && s != Delivered }

// CommandFailure says why a car did not do it.
type CommandFailure string

// The failures.
const (
	CarAsleep      CommandFailure = "asleep"
	CarUnreachable CommandFailure = "unreachable"
	CarMoving      CommandFailure = "moving"
	CarBlocked     CommandFailure = "blocked"
	GrantWithdrawn CommandFailure = "revoked"
	CarRefused     CommandFailure = "rejected_by_car"
)
