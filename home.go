package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
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

// demoSkillID stands for the id that Amazon gives a skill.
const demoSkillID = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000"

// home is the world of one process: the garage, the accounts and the skill over them.
type home struct {
	now      func() time.Time
	garage   *garage.Garage
	accounts *embedded.Store
	link     *link
	skill    *skill.Skill
}

// openHome opens or creates the state in the data folder. note receives what a person should know once.
func openHome(ctx context.Context, w worldFlags, applicationID string, log *slog.Logger, note io.Writer) (_ *home, err error) {
	if err := os.MkdirAll(w.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	h := &home{now: w.clock()}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	// The garage first: its ErrInUse is how a courier learns that a serving process has the folder. The pepper
	// last, under the locks of both files: two first runs side by side must not make one each.
	if h.garage, err = garage.Open(ctx, garage.Options{
		Path: filepath.Join(w.Data, "garage.db"), Seed: w.Seed, Now: h.now, Weather: w.weather(), Log: log,
	}); err != nil {
		return nil, err
	}
	if h.accounts, err = embedded.Open(filepath.Join(w.Data, "accounts.db")); err != nil {
		return nil, err
	}
	pepper, err := readPepper(filepath.Join(w.Data, "pepper"))
	if err != nil {
		return nil, err
	}
	owner, _ := h.garage.Demo().Owner(demoLogin)
	h.link = &link{owner: owner, now: h.now, base: func() (string, error) { return h.garage.URL(), nil }}
	guard, err := pin.NewGuard(pin.Options{Ledger: h.accounts, Pepper: pepper, Now: h.now})
	if err != nil {
		return nil, err
	}
	client, err := dongle.New(dongle.Options{BaseURL: h.garage.URL(), Now: h.now})
	if err != nil {
		return nil, err
	}
	fleet := vehicle.NewFleet(client, vehicle.Options{Now: h.now, Log: log})
	if err := h.welcome(ctx, fleet, guard, w.Data, note); err != nil {
		return nil, fmt.Errorf("set up the demo owner: %w", err)
	}
	h.skill, err = newSkill(applicationID, h.now, log, intents.Deps{
		Cars: fleet, Accounts: h.accounts, PINs: guard,
	}, &device.Client{Now: h.now})
	return h, err
}

func newSkill(applicationID string, now func() time.Time, log *slog.Logger, deps intents.Deps, devices *device.Client) (*skill.Skill, error) {
	catalog, err := speech.Load(models.Speech, skill.Lines(), intents.Lines())
	if err != nil {
		return nil, fmt.Errorf("load speech: %w", err)
	}
	deps.Devices = devices
	config := intents.Config(deps)
	config.ApplicationID, config.Catalog, config.Progress = applicationID, catalog, devices.Progress
	config.Now, config.NewID, config.Log = now, newID, log
	return skill.New(config)
}

// welcome gives the demo owner a PIN and a default car, once: an account that was ever written is left alone.
// What other processes are told of the demo world is written again when the garage began anew.
func (h *home) welcome(ctx context.Context, fleet *vehicle.Fleet, guard *pin.Guard, data string, note io.Writer) error {
	demo := h.garage.Demo()
	known, err := readDemo(data) // what cannot be read is written again
	told := err == nil && slices.Equal(known.Owners, demo.Owners) && slices.Equal(known.Carriers, demo.Carriers)
	owner, _ := demo.Owner(demoLogin)
	account, err := h.accounts.Account(ctx, owner.ID)
	if err != nil || told && account.Revision > 0 {
		return err
	}
	if account.Revision == 0 {
		if err := h.preferGolf(ctx, fleet, owner.ID); err != nil {
			return err
		}
	}
	if !account.PIN.IsSet() {
		if err := guard.Set(ctx, owner.ID, demoPIN); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(note, "Made a demo owner in %s: a Golf, a Bolt and an Outback. The voice PIN is %s.\n", data, string(demoPIN))
	}
	return writeDemo(data, demo)
}

// preferGolf makes the Golf the default car of a new account.
func (h *home) preferGolf(ctx context.Context, fleet *vehicle.Fleet, owner string) error {
	token, err := h.link.access(ctx)
	if err != nil {
		return err
	}
	household, err := fleet.Household(ctx, vehicle.Token(token))
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
	if h.garage != nil {
		problems = append(problems, h.garage.Close())
	}
	if h.accounts != nil {
		problems = append(problems, h.accounts.Close())
	}
	return errors.Join(problems...)
}

const pepperBytes = 32

// readPepper reads the deployment's pepper, or makes one for a new data folder.
func readPepper(path string) ([]byte, error) {
	pepper, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		pepper = make([]byte, pepperBytes)
		_, _ = rand.Read(pepper) // never fails
		return pepper, os.WriteFile(path, pepper, 0o600)
	}
	if err == nil && len(pepper) != pepperBytes {
		return nil, fmt.Errorf("read the pepper: %s holds %d bytes instead of %d", path, len(pepper), pepperBytes)
	}
	return pepper, err
}
