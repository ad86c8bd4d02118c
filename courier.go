package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

type courierCommand struct {
	worldFlags
	Carrier string `help:"Who delivers: ups, fedex, dhl, usps, canada_post or purolator." required:"" placeholder:"ID"`
	Parcel  string `help:"Reference of the parcel." default:"parcel-1" placeholder:"REF"`
	URL     string `name:"url" help:"The garage of a running 'trunkpass serve'; found by itself when it shares the data folder." placeholder:"URL"`

	List     struct{}       `cmd:"" help:"List the deliveries of this carrier."`
	EnRoute  courierStepArg `cmd:"" name:"en-route" help:"Set out: inside the window this tells where the car is."`
	Arrive   courierStepArg `cmd:"" help:"Stand at the car."`
	Open     courierStepArg `cmd:"" help:"Open the trunk, or the box that holds the key, and wait until it has opened."`
	Complete courierStepArg `cmd:"" help:"The parcel is in: wait until everything is shut and locked again, and prove it."`
}

type courierStepArg struct {
	ID string `arg:"" help:"The grant, as 'list' shows it."`
}

// Run is the step that was chosen on the command line.
func (c courierCommand) Run(ctx context.Context, s streams, chosen *kong.Context) error {
	step := chosen.Selected().Name
	if step == "courier" { // kong asks for no step of a command that can run
		return fmt.Errorf("%w: what should the courier do? 'trunkpass courier --help' lists it", errUsage)
	}
	courier, zone, done, err := c.join(ctx, s.Err)
	if err != nil {
		return err
	}
	defer done()
	round := courierRound{courier: courier, parcel: c.Parcel, out: s.Out, zone: zone}
	switch step {
	case "en-route":
		err = round.enRoute(ctx, c.EnRoute.ID)
	case "arrive":
		err = round.arrive(ctx, c.Arrive.ID)
	case "open":
		err = round.open(ctx, c.Open.ID)
	case "complete":
		err = round.complete(ctx, c.Complete.ID)
	default:
		err = round.list(ctx)
	}
	if refusal, ok := errors.AsType[*vehicle.Error](err); ok {
		return fmt.Errorf("the dongle cloud refused: %s", plainRefusal(refusal))
	}
	return err
}

// join signs in as the carrier, in a garage of its own or in the one that a serving process holds open.
func (c courierCommand) join(ctx context.Context, note io.Writer) (*dongle.Courier, *time.Location, func(), error) {
	base, leave := c.URL, func() {}
	if base == "" {
		h, err := openHome(ctx, homeOptions{worldFlags: c.worldFlags, ApplicationID: demoSkillID, Log: quietLog(note), Note: note})
		switch {
		case err == nil:
			base, leave = h.garage.URL(), func() { _ = h.Close() }
		case errors.Is(err, garage.ErrInUse):
			running, readErr := os.ReadFile(filepath.Join(c.Data, garageFile))
			if readErr != nil {
				return nil, nil, nil, err
			}
			base = string(running)
		default:
			return nil, nil, nil, err
		}
	}
	demo, err := readDemo(c.Data)
	if err != nil {
		leave()
		return nil, nil, nil, err
	}
	i := slices.IndexFunc(demo.Carriers, func(d garage.DemoCarrier) bool { return d.ID == c.Carrier })
	if i < 0 {
		leave()
		return nil, nil, nil, fmt.Errorf("%w: no carrier %q", errUsage, c.Carrier)
	}
	courier, err := dongle.NewCourier(dongle.Options{BaseURL: base, Now: c.clock()}, demo.Carriers[i].ClientID, demo.Carriers[i].ClientSecret)
	if err != nil {
		leave()
		if c.URL != "" {
			err = fmt.Errorf("%w: --url: %w", errUsage, err)
		}
		return nil, nil, nil, err
	}
	return courier, demoZone(), leave, nil
}

// courierRound is one courier at work.
type courierRound struct {
	courier *dongle.Courier
	parcel  string
	out     io.Writer
	zone    *time.Location
}

func (r courierRound) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format+"\n", args...)
}

func (r courierRound) list(ctx context.Context) error {
	deliveries, err := r.courier.List(ctx)
	if err != nil {
		return err
	}
	if len(deliveries) == 0 {
		r.say("No deliveries.")
	}
	for _, d := range deliveries {
		r.say("%s  %-9s %s  %s to %s", d.GrantID, d.Status, d.AccessPoint, r.clock(d.Window.Start), r.clock(d.Window.End))
	}
	return nil
}

func (r courierRound) enRoute(ctx context.Context, id string) error {
	d, err := r.courier.EnRoute(ctx, id, r.parcel)
	if err != nil {
		return err
	}
	r.say("En route. The car is %s.", carWords(d.Car))
	switch {
	case d.Position != nil:
		r.say("It stands at %.5f, %.5f; the owner is told that you know.", d.Position.Latitude, d.Position.Longitude)
	case d.Vicinity != nil:
		r.say("It is somewhere within %d meters of %.3f, %.3f.", d.Vicinity.RadiusM, d.Vicinity.Center.Latitude, d.Vicinity.Center.Longitude)
	}
	return nil
}

// accessWords are what a courier is told, by what the grant opens.
type accessWords struct{ asked, open, failed, unknown, waiting, delivered string }

var accessPoints = map[vehicle.AccessPoint]accessWords{
	vehicle.Trunk: {
		asked:     "The car has been asked to open its trunk.",
		open:      "The trunk is open. Put the parcel in and shut it.",
		failed:    "the trunk did not open",
		unknown:   "nobody can tell whether the trunk opened; look at it",
		waiting:   "The trunk is still open; waiting until it is shut and locked.",
		delivered: "Delivered. The trunk is shut and locked, and your way in is gone.",
	},
	vehicle.KeyBoxOnPlate: {
		asked:     "The key box on the plate frame has been asked to open.",
		open:      "The key box is open. Take the key, put the parcel in, and bring the key back.",
		failed:    "the key box did not open",
		unknown:   "nobody can tell whether the key box opened; look at it",
		waiting:   "Something is still open; waiting until it is shut and locked.",
		delivered: "Delivered. The key is back and the box is shut, and your way in is gone.",
	},
}

// words fits what is said to the grant; one that opens something we do not know is told as a trunk.
func (r courierRound) words(ctx context.Context, id string) (accessWords, vehicle.Position, error) {
	d, err := r.courier.Delivery(ctx, id)
	if err != nil {
		return accessWords{}, vehicle.Position{}, err
	}
	words, known := accessPoints[d.AccessPoint]
	if !known {
		words = accessPoints[vehicle.Trunk]
	}
	if d.Position == nil {
		return words, vehicle.Position{}, nil
	}
	return words, *d.Position, nil
}

// errNoPosition is for a courier who has not set out, or whose delivery is over.
var errNoPosition = errors.New("the delivery does not tell where the car is: set out first, or it is over")

func (r courierRound) arrive(ctx context.Context, id string) error {
	_, at, err := r.words(ctx, id)
	if err == nil && at == (vehicle.Position{}) {
		err = errNoPosition
	}
	if err != nil {
		return err
	}
	if _, err := r.courier.Arrive(ctx, id, at); err != nil {
		return err
	}
	r.say("At the car. The owner is told.")
	return nil
}

const pollEvery = 500 * time.Millisecond

func (r courierRound) open(ctx context.Context, id string) error {
	words, at, err := r.words(ctx, id)
	if err == nil && at == (vehicle.Position{}) {
		err = errNoPosition
	}
	if err != nil {
		return err
	}
	command, err := r.courier.Open(ctx, id, r.parcel, at)
	if err != nil {
		return err
	}
	r.say("%s", words.asked)
	for command.Status == dongle.CommandUnderway {
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
		if command, err = r.courier.Command(ctx, command.ID); err != nil {
			return err
		}
	}
	switch command.Status {
	case dongle.CommandSucceeded:
		r.say("%s", words.open)
		return nil
	case dongle.CommandFailed:
		return fmt.Errorf("%s: %s", words.failed, strings.ReplaceAll(command.Failure, "_", " "))
	default:
		return errors.New(words.unknown)
	}
}

// complete waits while something is still open: shutting it is the courier's own doing.
func (r courierRound) complete(ctx context.Context, id string) error {
	words, _, err := r.words(ctx, id)
	if err != nil {
		return err
	}
	waiting := false
	for {
		_, err := r.courier.Complete(ctx, id)
		refusal, refused := errors.AsType[*vehicle.Error](err)
		switch {
		case err == nil:
			r.say("%s", words.delivered)
			return nil
		case refused && refusal.Code == "key_missing":
			return errors.New("the key is not in the box: put it back, then complete")
		case !refused || refusal.Kind != vehicle.Conflict || refusal.RetryAfter <= 0:
			return err
		}
		if !waiting {
			r.say("%s", words.waiting)
			waiting = true
		}
		if err := pause(ctx, refusal.RetryAfter); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (r courierRound) clock(t time.Time) string { return t.In(r.zone).Format("Jan 2 15:04 MST") }

func carWords(c dongle.Car) string {
	words := strings.TrimSpace(strings.Join([]string{c.Color, c.Make, c.Model}, " "))
	if c.Plate != "" {
		words += ", plate " + string(c.Plate)
	}
	if words == "" {
		return "not described yet"
	}
	return "a " + words
}

// plainRefusal says in words what the cloud called it.
func plainRefusal(e *vehicle.Error) string {
	return strings.ReplaceAll(cmp.Or(e.Code, string(e.Kind)), "_", " ")
}
