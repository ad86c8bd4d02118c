package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/intents/assembly"
	"github.com/trunkpass/trunkpass/owner"
	"github.com/trunkpass/trunkpass/owner/linked"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// demoLogin is who is linked to the pretend Echo.
const demoLogin = "demo"

// demoPIN is the voice PIN of the demo owner; the owner page changes it.
const demoPIN pin.Code = "4821"

// turnBudget is how long a turn may take of the eight seconds that Alexa waits, transport included.
const turnBudget = 6500 * time.Millisecond

// pageCache is how long the owner page believes the list of cars.
const pageCache = 5 * time.Second

// demoSkillID stands for the id that Amazon gives a skill.
const demoSkillID = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000"

// home is the world of one process: the cloud, the accounts and the skill over them.
type home struct {
	now      func() time.Time
	cloudURL string
	garage   *garage.Garage // nil with somebody else's cloud
	link     *link          // the demo owner's; nil without the garage
	ringer   *ringer        // nil where Alexa itself keeps notifications
	accounts *embedded.Store
	secrets  secrets
	guard    *pin.Guard
	client   *dongle.Client
	fleet    *vehicle.Fleet
	skill    *skill.Skill
}

// homeOptions say what kind of a home it is. Metrics, Clock and Wait may be nil, everything else is needed.
type homeOptions struct {
	worldFlags
	operatorFlags
	ApplicationID string
	Log           *slog.Logger
	Note          io.Writer // receives what a person should know once
	Metrics       *metrics
	Clock         func() time.Time                           // that of the flags if nil
	Wait          func(context.Context, time.Duration) error // in real time if nil
	Ring          bool                                       // somebody is there to hear word of the garage's events; otherwise it waits there
}

// openHome opens or creates the state in the data folder, and starts the garage unless there is another cloud.
func openHome(ctx context.Context, o homeOptions) (_ *home, err error) {
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	h := &home{now: o.Clock, cloudURL: o.Cloud}
	if h.now == nil {
		h.now = o.clock()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	// The garage first: its ErrInUse is how a courier learns that a serving process has the folder. The secrets
	// last, under the locks of both files: two first runs side by side must not make one pepper each.
	if o.Cloud == "" {
		if err := h.openGarage(ctx, o); err != nil {
			return nil, err
		}
	}
	if h.accounts, err = embedded.Open(filepath.Join(o.Data, "accounts.db"), h.now); err != nil {
		return nil, err
	}
	if o.Cloud == "" {
		h.secrets, err = h.ownSecrets(o.Data)
	} else {
		h.secrets, err = readSecrets(o.Secrets)
	}
	if err != nil {
		return nil, err
	}
	if err := h.assemble(o); err != nil {
		return nil, err
	}
	if h.garage != nil {
		if err := h.welcome(ctx, o.Data, o.Note); err != nil {
			return nil, fmt.Errorf("set up the demo owner: %w", err)
		}
		h.listen(ctx, o)
	}
	return h, nil
}

// listen has the garage tell its events. In bad weather it may not come to that; nothing is lost, and turns go on.
func (h *home) listen(ctx context.Context, o homeOptions) {
	if !o.Ring {
		return
	}
	r, err := openRinger(ctx, ringerOptions{
		Data: o.Data, Garage: h.garage, Store: h.accounts, Now: h.now, Log: o.Log, Observe: o.Metrics.told(),
	})
	if err != nil {
		o.Log.WarnContext(ctx, "nobody hears of events", "error", err)
		return
	}
	h.ringer = r
}

func (h *home) openGarage(ctx context.Context, o homeOptions) (err error) {
	if h.garage, err = garage.Open(ctx, garage.Options{
		Path: filepath.Join(o.Data, "garage.db"), Seed: o.Seed, Now: h.now, Weather: o.weather(), Log: o.Log, DeliverEvery: every(o.Ring),
	}); err != nil {
		return err
	}
	h.cloudURL = h.garage.URL()
	owner, _ := h.garage.Demo().Owner(demoLogin)
	h.link = &link{owner: owner, now: h.now, base: func() (string, error) { return h.garage.URL(), nil }}
	return nil
}

// every is how often events are sent: never where nobody listens, since failing would only delay them.
func every(ring bool) time.Duration {
	if !ring {
		return 0
	}
	return deliverEvery
}

// assemble puts the skill over the accounts and the cloud. It reaches no network.
func (h *home) assemble(o homeOptions) (err error) {
	if h.guard, err = pin.NewGuard(pin.Options{
		Ledger: h.accounts, Pepper: h.secrets.Pepper, OldPeppers: h.secrets.OldPeppers, Now: h.now, Observe: o.Metrics.pins(),
	}); err != nil {
		return err
	}
	if h.client, err = dongle.New(dongle.Options{BaseURL: h.cloudURL, Now: h.now}); err != nil {
		return err
	}
	h.fleet = vehicle.NewFleet(h.client, vehicle.Options{Now: h.now, Log: o.Log, Observe: o.Metrics.calls()})
	links, err := linked.New(linked.Options{Users: h.accounts, Accounts: h.accounts, Cloud: h.client, Log: o.Log})
	if err != nil {
		return err
	}
	h.skill, err = assembly.Skill(assembly.Options{
		ApplicationID: o.ApplicationID, Deps: intents.Deps{Cars: h.fleet, Accounts: h.accounts, PINs: h.guard, Wait: o.Wait},
		Devices: &device.Client{Now: h.now}, Events: links.Event, Observe: o.Metrics.turns(),
		Now: h.now, NewID: newID, Log: o.Log,
	})
	return err
}

// addresses are what other processes need to take part in this world, by the file that holds each.
func (h *home) addresses() map[string]string {
	files := map[string]string{}
	if h.garage != nil {
		files[garageFile] = h.garage.URL()
	}
	if h.ringer != nil {
		files[bellFile] = h.ringer.bell.URL()
	}
	return files
}

// control is the address of the garage's control port.
func (h *home) control() string {
	if h.garage == nil {
		return ""
	}
	return h.garage.ControlURL()
}

// ownerPage is the owner page for browsers that find it at publicURL + "/owner".
func (h *home) ownerPage(publicURL string, log *slog.Logger) (http.Handler, error) {
	// A fleet of its own: what was blocked by voice a moment ago must not look open on the page.
	cars := vehicle.NewFleet(h.client, vehicle.Options{Now: h.now, Log: log, CacheFor: pageCache})
	return owner.New(owner.Options{
		PublicURL: publicURL + "/owner", Issuer: h.cloudURL,
		ClientID: h.secrets.OwnerClientID, ClientSecret: h.secrets.OwnerClientSecret, SessionKeys: h.secrets.SessionKeys,
		Accounts: h.accounts, PINs: h.guard, Cars: cars, Who: h.client, Users: h.accounts,
		Now: h.now, NewID: newID, Log: log,
	})
}

// events takes the webhooks of somebody else's cloud. The garage's come in on an address of their own.
func (h *home) events(o homeOptions) (http.Handler, error) {
	if h.garage != nil {
		return nil, nil
	}
	receiver, err := events(h.accounts, notify.Options{
		ClientID: h.secrets.NotifyClientID, ClientSecret: h.secrets.NotifyClientSecret, Stage: notify.Stage(o.Stage),
	}, h.secrets.WebhookSecrets, h.now, o.Log, o.Metrics.told())
	if err != nil {
		return nil, err
	}
	return o.Metrics.webhooks(receiver), nil
}

// welcome gives the demo owner a PIN and a default car, once: an account that was ever written is left alone.
// What other processes are told of the demo world is written again when the garage began anew.
func (h *home) welcome(ctx context.Context, data string, note io.Writer) error {
	demo := h.garage.Demo()
	known, err := readDemo(data) // what cannot be read is written again
	told := err == nil && slices.Equal(known.Owners, demo.Owners) && slices.Equal(known.Carriers, demo.Carriers) &&
		known.OwnerPage == demo.OwnerPage && known.Operator == demo.Operator
	owner, _ := demo.Owner(demoLogin)
	account, err := h.accounts.Account(ctx, owner.ID)
	if err != nil || told && account.Revision > 0 {
		return err
	}
	if account.Revision == 0 {
		if err := h.preferGolf(ctx, owner.ID); err != nil {
			return err
		}
	}
	if !account.PIN.IsSet() {
		if err := h.guard.Set(ctx, owner.ID, demoPIN); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(note, "Made a demo owner in %s: a Golf, a Bolt and an Outback. The voice PIN is %s.\n", data, string(demoPIN))
	}
	return writeDemo(data, demo)
}

// preferGolf makes the Golf the default car of a new account.
func (h *home) preferGolf(ctx context.Context, owner string) error {
	token, err := h.link.access(ctx)
	if err != nil {
		return err
	}
	household, err := h.fleet.Household(ctx, vehicle.Token(token))
	if err != nil {
		return err
	}
	golf := vehicle.Match(household.Vehicles, "golf")
	if len(golf) != 1 {
		return errors.New("the demo owner has no Golf")
	}
	return h.accounts.SavePreferences(ctx, owner, 0, store.Preferences{DefaultCar: string(golf[0].ID)})
}

// Close stops the garage and closes the files.
func (h *home) Close() error {
	var problems []error
	if h.ringer != nil {
		problems = append(problems, h.ringer.close())
	}
	if h.garage != nil {
		problems = append(problems, h.garage.Close())
	}
	if h.accounts != nil {
		problems = append(problems, h.accounts.Close())
	}
	return errors.Join(problems...)
}

const keyBytes = 32

// ownSecrets are the secrets of a home with a garage: made once for a data folder, and the garage's own.
func (h *home) ownSecrets(data string) (s secrets, err error) {
	if s.Pepper, err = readKey(filepath.Join(data, "pepper")); err != nil {
		return s, err
	}
	key, err := readKey(filepath.Join(data, "session-key"))
	page := h.garage.Demo().OwnerPage
	s.SessionKeys, s.OwnerClientID, s.OwnerClientSecret = [][]byte{key}, page.ClientID, page.ClientSecret
	return s, err
}

// readKey reads random bytes, or makes them for a new data folder.
func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, keyBytes)
		_, _ = rand.Read(key) // never fails
		return key, os.WriteFile(path, key, 0o600)
	}
	if err == nil && len(key) != keyBytes {
		return nil, fmt.Errorf("read the key: %s holds %d bytes instead of %d", path, len(key), keyBytes)
	}
	return key, err
}
