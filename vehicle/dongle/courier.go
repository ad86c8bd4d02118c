package dongle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Courier is a delivery company's side of a dongle cloud. It signs in by itself with the company's own
// credentials, keeps the token while the cloud honors it, and is safe for concurrent use. Its methods
// return *vehicle.Error.
type Courier struct {
	program
}

// NewCourier checks the options and makes a courier; nothing is sent. The secret travels to BaseURL alone.
func NewCourier(o Options, clientID, clientSecret string) (*Courier, error) {
	p, err := newProgram(o, clientID, clientSecret, "deliveries")
	if err != nil {
		return nil, err
	}
	return &Courier{p}, nil
}

var (
	listDeliveries   = operation{name: "list deliveries", success: http.StatusOK}
	readDelivery     = operation{name: "read delivery", success: http.StatusOK}
	startDelivery    = operation{name: "start delivery", success: http.StatusOK, writes: true}
	arriveAtCar      = operation{name: "arrive at car", success: http.StatusOK, writes: true}
	openCar          = operation{name: "open car", success: http.StatusAccepted, writes: true}
	completeDelivery = operation{name: "complete delivery", success: http.StatusOK, writes: true}
	readCommand      = operation{name: "read command", success: http.StatusOK}
)

// List gives the carrier's deliveries that are to come, under way, or ended in the last 24 hours. None
// shows a position or a plate.
func (c *Courier) List(ctx context.Context) ([]Delivery, error) {
	answer, err := askAs[wire.DeliveryList](ctx, &c.program, listDeliveries, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ListDeliveries(ctx, edit)
	})
	return translate(listDeliveries, answer, err, toDeliveries)
}

// Delivery reads one delivery. Where the release rule of the contract allows it, it shows the precise
// position, and the cloud tells the owner so.
func (c *Courier) Delivery(ctx context.Context, grantID string) (Delivery, error) {
	return c.step(ctx, readDelivery, grantID, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetDelivery(ctx, grantID, edit)
	})
}

// EnRoute says that a courier is on the way with this parcel. Idempotent for the same parcel.
func (c *Courier) EnRoute(ctx context.Context, grantID, reference string) (Delivery, error) {
	return c.step(ctx, startDelivery, grantID, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.StartDelivery(ctx, grantID, wire.EnRoute{DeliveryReference: reference}, edit)
	})
}

// Arrive says that the courier stands at the car. Idempotent.
func (c *Courier) Arrive(ctx context.Context, grantID string, at vehicle.Position) (Delivery, error) {
	return c.step(ctx, arriveAtCar, grantID, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.ArriveAtVehicle(ctx, grantID, wire.Arrival{Position: wire.Position(at)}, edit)
	})
}

// Open redeems the grant. The answer is a command under way; ask [Courier.Command] how it is doing. While
// that command is under way or has succeeded, repeating Open answers with it and opens nothing again.
func (c *Courier) Open(ctx context.Context, grantID, reference string, at vehicle.Position) (Command, error) {
	if !validID(grantID) {
		return Command{}, noSuch(openCar)
	}
	answer, err := askAs[wire.Command](ctx, &c.program, openCar, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.OpenForDelivery(ctx, grantID, wire.Redemption{DeliveryReference: reference, Position: wire.Position(at)}, edit)
	})
	return translate(openCar, answer, err, toCommand)
}

// Complete says that the parcel is in. The cloud verifies that the car is closed and locked again; if it
// is not, the error is a Conflict with the code left_open or key_missing. Idempotent.
func (c *Courier) Complete(ctx context.Context, grantID string) (Delivery, error) {
	return c.step(ctx, completeDelivery, grantID, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.CompleteDelivery(ctx, grantID, edit)
	})
}

// Command tells how an opening is doing.
func (c *Courier) Command(ctx context.Context, id string) (Command, error) {
	if !validID(id) {
		return Command{}, noSuch(readCommand)
	}
	answer, err := askAs[wire.Command](ctx, &c.program, readCommand, func(ctx context.Context, edit wire.RequestEditorFn) (*http.Response, error) {
		return c.wire.GetCommand(ctx, id, edit)
	})
	return translate(readCommand, answer, err, toCommand)
}

func (c *Courier) step(ctx context.Context, op operation, grantID string, send func(context.Context, wire.RequestEditorFn) (*http.Response, error)) (Delivery, error) {
	if !validID(grantID) {
		return Delivery{}, noSuch(op)
	}
	answer, err := askAs[wire.Delivery](ctx, &c.program, op, send)
	return translate(op, answer, err, func(d wire.Delivery) (Delivery, error) {
		if d.GrantID != grantID {
			return Delivery{}, errors.New("the delivery is another one")
		}
		return toDelivery(d)
	})
}

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

// program is what signs in by itself, with credentials of its own and for no owner.
type program struct {
	link
	credentials clientcredentials.Config
	// token holds the token at hand, or nil. Whoever takes it out must put one back: a mutex that gives up
	// when a context does.
	token chan *oauth2.Token
}

func newProgram(o Options, clientID, clientSecret, scope string) (program, error) {
	l, err := newLink(o)
	if err == nil && (clientID == "" || clientSecret == "") {
		err = errors.New("no credentials")
	}
	if err != nil {
		return program{}, fmt.Errorf("dongle cloud: %w", err)
	}
	p := program{
		link: l,
		credentials: clientcredentials.Config{
			ClientID:     clientID,
			ClientSecret: clientSecret,
			TokenURL:     l.base + "/oauth/token",
			Scopes:       []string{scope},
			AuthStyle:    oauth2.AuthStyleInHeader,
		},
		token: make(chan *oauth2.Token, 1),
	}
	p.token <- nil
	return p, nil
}

// askAs is [ask] with the program's own token. A token that the cloud no longer honors is forgotten, so that
// the next call signs in again.
func askAs[T any](ctx context.Context, p *program, op operation, send func(context.Context, wire.RequestEditorFn) (*http.Response, error)) (T, error) {
	token, err := p.signIn(ctx, op)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := ask[T](ctx, op, token.AccessToken, send)
	if kind, _ := vehicle.KindOf(err); err != nil && kind == vehicle.NotLinked {
		if held := <-p.token; held == token {
			p.token <- nil
		} else {
			p.token <- held
		}
	}
	return answer, err
}

// signIn gives the token at hand or fetches one. Concurrent callers wait for one fetch. How long a token
// lasts is counted by the machine's clock, as x/oauth2 does, whatever Options.Now says.
func (p *program) signIn(ctx context.Context, op operation) (*oauth2.Token, error) {
	refusal := &vehicle.Error{Op: op.name, Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}
	var token *oauth2.Token
	select {
	case token = <-p.token:
	case <-ctx.Done():
		refusal.Err = fmt.Errorf("sign in: %w", ctx.Err())
		return nil, refusal
	}
	defer func() { p.token <- token }()
	if token.Valid() {
		return token, nil
	}
	fresh, err := p.credentials.Token(context.WithValue(ctx, oauth2.HTTPClient, p.http))
	if err == nil {
		token = fresh
		return token, nil
	}
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case ctx.Err() != nil:
		refusal.Err = fmt.Errorf("sign in: %w", ctx.Err())
	case !answered || refused.Response == nil:
		refusal.Err = errors.New("sign in: no usable answer") // the cause may quote the answer
	default:
		refusal.Err = fmt.Errorf("sign in: status %d", refused.Response.StatusCode)
		refusal.Kind = judgeSignIn(refused.Response.StatusCode)
	}
	return nil, refusal
}

func judgeSignIn(status int) vehicle.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return vehicle.NotLinked
	case http.StatusTooManyRequests:
		return vehicle.Limited
	default:
		return vehicle.Unavailable
	}
}
