package dongle

import (
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Delivery is a grant as its courier sees it. What is not released (yet, or any more) is nil or empty.
type Delivery struct {
	GrantID     string
	Status      vehicle.GrantStatus // empty if the cloud uses a word that we do not know
	AccessPoint vehicle.AccessPoint // likewise
	Window      vehicle.Window
	Reference   string // the parcel; empty until one is bound
	Vicinity    *Vicinity
	Position    *vehicle.Position
	Car         Car
	CommandID   string // the last opening that was asked for
	Steps       []Step // oldest first
}

// Vicinity is a place made vague: the car is somewhere within the radius.
type Vicinity struct {
	Center  vehicle.Position
	RadiusM int
}

// Car is how to recognize the car.
type Car struct {
	Make, Model, Color string
	Plate              vehicle.Plate
}

// Step is something that happened in a delivery.
type Step struct {
	Name string // as in the contract: en_route, arrived, opened, closed, locked, left_open, completed ...
	At   time.Time
}

// Command is an opening on its way. Accepted is not done.
type Command struct {
	ID        string
	Status    CommandStatus
	Failure   string // why it failed, as in the contract: asleep, moving, blocked ...
	ExpiresAt time.Time
}

// CommandStatus tells how far a command has come.
type CommandStatus string

// The states that decide what a courier does next.
const (
	CommandUnderway  CommandStatus = "underway"  // queued, sent or delivered
	CommandSucceeded CommandStatus = "succeeded" // the car confirmed it
	CommandFailed    CommandStatus = "failed"    // certainly did not run, or ran out of time
	CommandUnknown   CommandStatus = "unknown"   // may have run
)

func toDeliveries(list wire.DeliveryList) ([]Delivery, error) {
	if err := validate.Struct(list); err != nil {
		return nil, err
	}
	deliveries := make([]Delivery, 0, len(list.Deliveries))
	for _, d := range list.Deliveries {
		delivery, err := toDelivery(d)
		if err != nil {
			return nil, err
		}
		deliveries = append(deliveries, delivery)
	}
	return deliveries, nil
}

func toDelivery(d wire.Delivery) (Delivery, error) {
	if err := validate.Struct(d); err != nil {
		return Delivery{}, err
	}
	delivery := Delivery{
		GrantID:     d.GrantID,
		Status:      known(vehicle.GrantStatus(d.Status), vehicle.Scheduled, vehicle.Active, vehicle.Redeemed, vehicle.Expired, vehicle.Revoked),
		AccessPoint: known(vehicle.AccessPoint(d.AccessPoint), vehicle.Trunk, vehicle.KeyBoxOnPlate),
		Window:      vehicle.Window{Start: d.Window.Start.UTC(), End: d.Window.End.UTC()},
		Reference:   optional(d.DeliveryReference, 64),
		Position:    (*vehicle.Position)(d.Position),
		CommandID:   optional(d.CommandID, 64),
	}
	if v := d.Vicinity; v != nil {
		delivery.Vicinity = &Vicinity{Center: vehicle.Position{Latitude: v.Latitude, Longitude: v.Longitude}, RadiusM: v.RadiusM}
	}
	if v := d.Vehicle; v != nil {
		delivery.Car = Car{
			Make: optional(v.Make, 60), Model: optional(v.Model, 60), Color: optional(v.Color, 30),
			Plate: vehicle.Plate(optional(v.Plate, 20)),
		}
	}
	for _, s := range d.Steps {
		if s.Step.Valid() {
			delivery.Steps = append(delivery.Steps, Step{Name: string(s.Step), At: s.At.UTC()})
		}
	}
	slices.SortStableFunc(delivery.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return delivery, nil
}

func toCommand(w wire.Command) (Command, error) {
	if err := validate.Struct(w); err != nil {
		return Command{}, err
	}
	command := Command{ID: w.ID, ExpiresAt: w.ExpiresAt.UTC()}
	switch w.Status {
	case wire.CommandStatusQueued, wire.CommandStatusSent, wire.CommandStatusDelivered:
		command.Status = CommandUnderway
	case wire.CommandStatusSucceeded:
		command.Status = CommandSucceeded
	case wire.CommandStatusFailed, wire.CommandStatusTimedOut:
		command.Status = CommandFailed
	default:
		command.Status = CommandUnknown
	}
	if w.Failure != nil && w.Failure.Valid() {
		command.Failure = string(*w.Failure)
	}
	return command, nil
}
