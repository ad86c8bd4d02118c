package tests

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle"
)

var growthFolder = flag.String("growth", "", "folder that keeps BenchmarkGrowth's filled stores for the next run")

// BenchmarkGrowth is a turn where there is little and where there is much: the tire turn over a file with one account
// and with a million, and for an owner with one car and with twenty; who can get in, with three past grants and with
// three hundred. tests/peers plots it.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{1, 1000, 1_000_000} {
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			accounts, err := embedded.Open(filledStore(b, n), time.Now)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = accounts.Close() }()
			w := newStillWorld(b)
			grow(b, w, intents.Deps{Cars: w, Accounts: accounts, PINs: w, Devices: w}, tireBody(b), "front left tire")
		})
	}
	for _, n := range []int{1, 5, 20} {
		b.Run(fmt.Sprintf("cars=%d", n), func(b *testing.B) {
			w := newStillWorld(b)
			golf := w.household.Vehicles[1]
			w.household.Vehicles = []vehicle.Vehicle{golf}
			for i := 1; i < n; i++ {
				other := golf
				other.ID, other.Name = vehicle.ID(fmt.Sprintf("veh_%d", i)), fmt.Sprintf("Outback %c", 'A'+i)
				w.household.Vehicles = append(w.household.Vehicles, other)
			}
			grow(b, w, intents.Deps{Cars: w, Accounts: w, PINs: w, Devices: w}, tireBody(b), "front left tire")
		})
	}
	for _, n := range []int{3, 30, 300} {
		b.Run(fmt.Sprintf("grants=%d", n), func(b *testing.B) {
			w := newStillWorld(b)
			w.household.Vehicles = w.household.Vehicles[1:2]
			past := pastGrants{w, make([]vehicle.Grant, n)}
			for i := range past.grants {
				end := w.now.Add(-time.Duration(i+1) * time.Hour)
				past.grants[i] = vehicle.Grant{
					ID: fmt.Sprintf("grt_%d", i), Vehicle: "veh_golf", AccessPoint: vehicle.Trunk, Carrier: w.carriers[2],
					Window: vehicle.Window{Start: end.Add(-time.Hour), End: end}, MaxUses: 1, CreatedAt: end.Add(-time.Hour),
				}
			}
			body := requestBody(b, map[string]json.RawMessage{}, "WhoCanGetIn", "", unfilled("pin"))
			grow(b, w, intents.Deps{Cars: past, Accounts: w, PINs: w, Devices: w}, body, "obody")
		})
	}
}

func grow(b *testing.B, w *stillWorld, deps intents.Deps, body []byte, says string) {
	b.Helper()
	answer := newBenchSkillOver(b, w, deps)
	mustSay(b, answer(b, body), says)
	for range 500 { // the first curve must not pay for what all warm up
		answer(b, body)
	}
	for b.Loop() {
		answer(b, body)
	}
}

// pastGrants is a still world with grants in it.
type pastGrants struct {
	*stillWorld
	grants []vehicle.Grant
}

func (p pastGrants) Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error) {
	return p.grants, nil
}

// filledStore is a file with n accounts, of which the demo owner's is in the middle. The others are copies of it that
// are written at once, since writing each by itself would wait a million times for the disk.
func filledStore(b *testing.B, n int) string {
	b.Helper()
	folder := *growthFolder
	if folder == "" {
		folder = scratch
	}
	path := filepath.Join(folder, fmt.Sprintf("accounts-%d.db", n))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	accounts, err := embedded.Open(path, time.Now)
	must(err)
	must(accounts.SavePreferences(b.Context(), "own_demo", 0, demoPreferences))
	must(accounts.Close())
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	must(err)
	bucket := []byte("accounts")
	for from := 1; from < n; from += 50_000 {
		must(db.Update(func(tx *bbolt.Tx) error {
			all := tx.Bucket(bucket)
			item := append([]byte(nil), all.Get([]byte("own_demo"))...)
			for i := from; i < min(n, from+50_000); i++ {
				if err := all.Put(fmt.Appendf(nil, "own_%c%07d", "ax"[i%2], i), item); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	must(db.Close())
	return path
}
