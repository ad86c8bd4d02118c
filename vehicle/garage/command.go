package garage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/passcode"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// command is one act that was asked of a car, and by whom: with a grant by a courier or a guest, without one by
// the owner.
type command struct {
	sim.Command
	Vehicle vehicle.ID
	Owner   string
	Grant   string
	Carrier string
	Trace   string `json:",omitempty"` // of the request that asked
}

// commandLife is how long the cloud tries to reach a car. Longer than a sleeping dongle needs to wake, and
// short enough that whoever asked still stands there.
const commandLife = 90 * time.Second

// commandEvents are the events that a command brings about by itself.
var commandEvents = []wire.EventType{
	wire.EventTypeGrantRedeemed, wire.EventTypeCommandSucceeded, wire.EventTypeCommandFailed,
	wire.EventTypeTrunkOpened, wire.EventTypeTrunkClosed, wire.EventTypeTrunkLocked, wire.EventTypeTrunkLeftOpen,
	wire.EventTypeKeyBoxOpened, wire.EventTypeKeyBoxClosed, wire.EventTypeKeyBoxKeyMissing,
}

// when tells the instant of an event by the facts as they are now; zero if it will not come.
func (c command) when(e wire.EventType) time.Time {
	if e == wire.EventTypeGrantRedeemed && c.Grant == "" {
		return time.Time{}
	}
	return c.When(vehicle.EventType(e))
}

// issue makes a command out of what an order says and plans its course.
func issue(tx *bbolt.Tx, w sim.World, k *car, c command, now time.Time) (command, error) {
	n, err := tx.Bucket(bucketCommands).NextSequence()
	if err != nil {
		return command{}, err
	}
	order := sim.Order{ID: fmt.Sprintf("cmd_%d", n), Act: c.Act, ByOwner: c.Grant == ""}
	c.Vehicle, c.Owner = k.ID, k.Owner
	c.Command = k.Plan(w, k.Facts, order, now, c.ExpiresAt)
	return c, follow(tx, k, c, now)
}

// follow stores a command's course wherever it matters: in its record, in what is known of the car, and in the
// agenda. What the agenda already holds of another course comes to nothing, and what it holds or held of this one is
// not scheduled again: it would happen twice.
func follow(tx *bbolt.Tx, k *car, c command, now time.Time) error {
	before, known, err := get[command](tx, bucketCommands, c.ID)
	if err != nil {
		return err
	}
	if err := put(tx, bucketCommands, c.ID, c); err != nil {
		return err
	}
	k.Facts.Remember(c.Command, now)
	if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
		return err
	}
	list := make([]due, 0, len(commandEvents))
	for _, e := range commandEvents {
		if at := c.when(e); !known || !before.when(e).Equal(at) {
			list = append(list, due{At: at, Type: e, Grant: c.Grant, Command: c.ID})
		}
	}
	return schedule(tx, list...)
}

// eachCommand goes through the car's latest commands. What change alters and says so is stored.
func eachCommand(tx *bbolt.Tx, k *car, now time.Time, change func(*command) bool) error {
	for _, known := range k.Facts.Commands {
		c, ok, err := get[command](tx, bucketCommands, known.ID)
		if err != nil {
			return err
		}
		if !ok { // done by hand at the car
			c = command{Command: known}
		}
		if !change(&c) {
			continue
		}
		if !ok {
			k.Facts.Remember(c.Command, now)
			if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
				return err
			}
			continue
		}
		if err := follow(tx, k, c, now); err != nil {
			return err
		}
	}
	return nil
}

// wire shows a command to whoever may ask.
func (c command) wire(now time.Time) wire.Command {
	status, why, finished := c.Status(now)
	shown := wire.Command{
		ID: c.ID, VehicleID: string(c.Vehicle), Action: wire.Action(c.Acts()), Status: wire.CommandStatus(status),
		CreatedAt: c.CreatedAt, ExpiresAt: c.ExpiresAt, FinishedAt: known(finished),
	}
	if why != "" {
		shown.Failure = new(wire.CommandFailure(why))
	}
	return shown
}

// mostPending is how many commands may be on their way to one car. Nobody needs more, and each costs memory.
const mostPending = 10

// errand is what an owner's command is judged by.
type errand struct {
	now    time.Time
	act    vehicle.Act
	car    car
	moving bool
}

// does says which capability carries out an act of the owner's, and its words in the ledger.
var does = map[vehicle.Act]struct {
	needs vehicle.Capability
	words string
}{
	vehicle.OpenTheTrunk: {vehicle.OpenTrunk, "open trunk"},
	vehicle.Lock:         {vehicle.LockDoors, "lock"},
	vehicle.Unlock:       {vehicle.UnlockDoors, "unlock"},
}

// errandRules are what an owner's command must keep. Locking makes the car safer and is refused by none but
// the car's own limits.
var errandRules = []rule[errand]{
	{wire.ProblemCodeCapabilityUnsupported, "The car cannot do this", func(e errand) bool { return !e.car.can(does[e.act].needs) }, nil},
	{wire.ProblemCodeVehicleBlocked, "The owner lets nobody in", func(e errand) bool { return e.act != vehicle.Lock && !e.car.BlockedSince.IsZero() }, nil},
	{wire.ProblemCodeVehicleMoving, "The car is moving", func(e errand) bool { return e.act != vehicle.Lock && e.moving }, nil},
	{wire.ProblemCodeVehicleUnreachable, "The dongle is unplugged", func(e errand) bool { return e.car.Facts.Dongle == vehicle.Unplugged }, nil},
	{
		wire.ProblemCodeRateLimited, "Too many commands are on their way to this car",
		func(e errand) bool { return e.car.Facts.Pending(e.now) >= mostPending },
		func(errand) time.Duration { return commandLife },
	},
}

// CreateCommand implements POST /v1/vehicles/{vehicle_id}/commands, once per Idempotency-Key as grants are.
func (c *cloud) CreateCommand(w http.ResponseWriter, r *http.Request, id wire.VehicleID, params wire.CreateCommandParams) {
	var req wire.CommandRequest
	var body json.RawMessage
	err := func() error {
		if err := read(r, &req); err != nil {
			return err
		}
		if err := checkKey(params.IdempotencyKey); err != nil {
			return err
		}
		act := vehicle.Act(req.Action)
		if _, ok := does[act]; !ok {
			return refuse(wire.ProblemCodeInvalidRequest, "action is missing or nothing that an owner asks for")
		}
		return c.update(func(tx *bbolt.Tx, now time.Time) (err error) {
			body, err = once(tx, now, who(r).Owner, params.IdempotencyKey, []any{"create command", id, req}, func() (any, error) {
				return c.createCommand(tx, now, who(r), vehicle.ID(id), act)
			})
			return err
		})
	}()
	c.answer(w, r, http.StatusAccepted, body, err)
}

// createCommand makes the command and its ledger line.
func (c *cloud) createCommand(tx *bbolt.Tx, now time.Time, by visitor, id vehicle.ID, act vehicle.Act) (any, error) {
	k, err := findCar(tx, by.Owner, id)
	if err != nil {
		return nil, err
	}
	world := c.world()
	if err := judge(errand{now: now, act: act, car: k, moving: k.Moving(world, k.Facts, now)}, errandRules); err != nil {
		return nil, err
	}
	asked := command{Command: sim.Command{Act: act, ExpiresAt: now.Add(commandLife)}, Trace: by.Trace}
	cmd, err := issue(tx, world, &k, asked, now)
	if err != nil {
		return nil, err
	}
	if act == vehicle.Lock && cmd.Failed == "" && !cmd.FinishedAt.IsZero() { // locking shuts the lid too
		err := eachCommand(tx, &k, now, func(lid *command) bool {
			up := lid.Acts() == vehicle.OpenTheTrunk && lid.StandsOpen(cmd.FinishedAt)
			if up {
				lid.ShutAt(world, cmd.FinishedAt)
			}
			return up
		})
		if err != nil {
			return nil, err
		}
	}
	if err := enter(tx, now, "%s %s", does[act].words, k.said()); err != nil {
		return nil, err
	}
	return cmd.wire(now), nil
}

// GetCommand implements GET /v1/commands/{command_id}, for the owner of the car and the carrier that asked.
func (c *cloud) GetCommand(w http.ResponseWriter, r *http.Request, id wire.ID) {
	var shown wire.Command
	err := c.db.View(func(tx *bbolt.Tx) error {
		cmd, err := find[command](tx, bucketCommands, id)
		if err != nil {
			return err
		}
		v := who(r)
		if mine := v.Owner != "" && v.Owner == cmd.Owner || v.Carrier != "" && v.Carrier == cmd.Carrier; !mine {
			return errNotFound
		}
		shown = cmd.wire(c.now())
		return nil
	})
	c.answer(w, r, http.StatusOK, shown, err)
}

// The salt of the codes and the count of wrong ones are kept with the layout of the data file.
const (
	keySalt  = "code-salt"
	keyTries = "code-tries"
)

// newCode makes a code that no other grant has, and its hash.
func newCode(tx *bbolt.Tx) (code, hash string, err error) {
	salt, ok, err := get[[]byte](tx, bucketMeta, keySalt)
	if err == nil && !ok {
		salt = passcode.NewSalt()
		err = put(tx, bucketMeta, keySalt, salt)
	}
	for err == nil {
		if code, err = passcode.New(); err != nil {
			break
		}
		if hash, err = passcode.Hash(salt, code); err != nil {
			break
		}
		if tx.Bucket(bucketIndex).Get([]byte(byCode+hash)) == nil {
			return code, hash, nil
		}
	}
	return "", "", err
}

// OpenForGuest implements POST /v1/guest-access. Hashing inside the transaction means one at a time: guessing from
// many sides at once is no faster.
func (c *cloud) OpenForGuest(w http.ResponseWriter, r *http.Request) {
	var shown wire.Command
	var wrong error
	err := func() error {
		var body wire.GuestAccess
		if err := read(r, &body); err != nil {
			return err
		}
		if !passcode.Plausible(body.Code) {
			return refuse(wire.ProblemCodeInvalidRequest, "code is not six to eight digits")
		}
		return c.update(func(tx *bbolt.Tx, now time.Time) error {
			g, err := guestGrant(tx, body.Code, now)
			if errors.Is(err, errNotFound) {
				wrong = err // the count of wrong codes is an effect too
				return nil
			}
			if err != nil {
				return err
			}
			cmd, err := c.letIn(tx, g, now, who(r).Trace)
			shown = cmd.wire(now)
			return err
		})
	}()
	c.answer(w, r, http.StatusAccepted, shown, cmp.Or(err, wrong))
}

// guestGrant finds the grant of a code, or counts a wrong one.
func guestGrant(tx *bbolt.Tx, code string, now time.Time) (grant, error) {
	tries, _, err := get[passcode.Tries](tx, bucketMeta, keyTries)
	if err != nil {
		return grant{}, err
	}
	if wait := tries.Wait(now); wait > 0 {
		return grant{}, &refusal{code: wire.ProblemCodeRateLimited, title: "Too many wrong codes", wait: wait}
	}
	salt, _, err := get[[]byte](tx, bucketMeta, keySalt) // nil before the first code, when none is right
	if err != nil {
		return grant{}, err
	}
	hash, err := passcode.Hash(salt, code)
	if err != nil {
		return grant{}, err
	}
	id, ok, err := get[string](tx, bucketIndex, byCode+hash)
	if err != nil {
		return grant{}, err
	}
	if !ok {
		return grant{}, cmp.Or(put(tx, bucketMeta, keyTries, tries.Count(now)), error(errNotFound))
	}
	return find[grant](tx, bucketGrants, id)
}

// letIn opens for a guest, or gives the opening that is under way or done.
func (c *cloud) letIn(tx *bbolt.Tx, g grant, now time.Time, trace string) (command, error) {
	v, err := c.look(tx, g, now, trace)
	if err != nil {
		return command{}, err
	}
	again, err := guestOpens.decide(v)
	if err != nil || again {
		return v.command, err
	}
	by, err := holderOf(tx, g)
	if err != nil {
		return command{}, err
	}
	return v.command, v.open(tx, c.world(), by)
}
