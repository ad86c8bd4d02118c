package dongle

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

var sendCommand = operation{name: "send command", success: http.StatusAccepted, writes: true}

// Send implements [vehicle.Commander]. An answer with a command to another car or to do something else is
// MaybeDone.
func (c *Client) Send(ctx context.Context, token vehicle.Token, key vehicle.IdempotencyKey, id vehicle.ID, act vehicle.Act) (vehicle.Command, error) {
	switch {
	case !validID(string(id)):
		return vehicle.Command{}, noSuch(sendCommand)
	case !slices.Contains([]vehicle.Act{vehicle.OpenTheTrunk, vehicle.Unlock, vehicle.Lock}, act):
		return vehicle.Command{}, sendCommand.refuse(vehicle.Unsupported, "no such act")
	}
	if err := checkKey(sendCommand, key); err != nil {
		return vehicle.Command{}, err
	}
	params := &wire.CreateCommandParams{IdempotencyKey: string(key)}
	body := wire.CommandRequest{Action: wire.Action(act)}
	answer, err := ask[wire.Command](ctx, sendCommand, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.CreateCommand(ctx, string(id), params, body, edit)
	})
	return translate(sendCommand, answer, err, func(w wire.Command) (vehicle.Command, error) {
		command, err := toOwnersCommand(w)
		if err == nil && (command.Vehicle != id || command.Act != act) {
			err = errors.New("the command is not the one that was asked for")
		}
		return command, err
	})
}

// Command implements [vehicle.Commander].
func (c *Client) Command(ctx context.Context, token vehicle.Token, id string) (vehicle.Command, error) {
	if !validID(id) {
		return vehicle.Command{}, noSuch(readCommand)
	}
	answer, err := ask[wire.Command](ctx, readCommand, string(token), func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetCommand(ctx, id, edit)
	})
	return translate(readCommand, answer, err, func(w wire.Command) (vehicle.Command, error) {
		command, err := toOwnersCommand(w)
		if err == nil && command.ID != id {
			err = errors.New("the command is another one")
		}
		return command, err
	})
}

// toOwnersCommand takes a status that we do not know for one that leaves open what happened.
func toOwnersCommand(w wire.Command) (vehicle.Command, error) {
	if err := validate.Struct(w); err != nil {
		return vehicle.Command{}, err
	}
	command := vehicle.Command{
		ID:        w.ID,
		Vehicle:   vehicle.ID(w.VehicleID),
		Act:       known(vehicle.Act(w.Action), vehicle.OpenTheTrunk, vehicle.Unlock, vehicle.Lock),
		Status:    vehicle.UnknownOutcome,
		CreatedAt: w.CreatedAt.UTC(),
		ExpiresAt: w.ExpiresAt.UTC(),
	}
	if w.Status.Valid() {
		command.Status = vehicle.CommandStatus(w.Status)
	}
	if command.Status == vehicle.Failed {
		command.Failure = vehicle.CarRefused // all that can be said of a reason that we do not know
		if w.Failure != nil && w.Failure.Valid() {
			command.Failure = vehicle.CommandFailure(*w.Failure)
		}
	}
	return command, nil
}
