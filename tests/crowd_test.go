package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/intents/assembly"
	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	// fewAccounts guess in every test run; STORM_ACCOUNTS in the environment is for a thousand of them (make storm).
	fewAccounts = 24
	// guesses are how often each account tries at once.
	guesses = 6
	// hashBytes is what one hash takes (skill/pin), and hashesAtOnce how many a guard computes side by side.
	hashBytes, hashesAtOnce = 19 << 20, 4
	// crowdSlack is for the test itself, and turnBytes for each turn under way; the collector lets both double. What hashes
	// take counts three times: in use, given up while the collector was at it, and given up since.
	crowdSlack, turnBytes = 32 << 20, 24 << 10
	// overdue is what a busy machine may add to the budget of a turn.
	overdue = 1500 * time.Millisecond // Alexa waits for eight seconds
)

// crowd is a town of owners, each with a Golf and a PIN. What they may do to the cloud is remembered, and what they ask
// of it is answered from memory; accounts are written conditionally, as a store does.
type crowd struct {
	ground.Cars // what nobody asks for here
	now         time.Time

	mu       sync.Mutex
	accounts map[string]store.Account
	granted  map[string]int
}

const firstOfCrowd = "crowd00000"

func crowdName(n int) string { return fmt.Sprintf("crowd%05d", n) }

func (c *crowd) Household(_ context.Context, token vehicle.Token) (vehicle.Household, error) {
	return vehicle.Household{
		Owner:    vehicle.Owner{ID: string(token), Zone: c.now.Location()},
		Vehicles: []vehicle.Vehicle{{ID: "veh_golf", Name: "Golf", Capabilities: []vehicle.Capability{vehicle.TirePressure, vehicle.OpenTrunk}}},
	}, nil
}

func (c *crowd) Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error) {
	list := vehicle.Diagnosis{Vehicle: "veh_golf"}
	for _, w := range vehicle.Wheels() {
		list.Tires = append(list.Tires, vehicle.Tire{
			Wheel: w, Recommended: 248, Pressure: vehicle.Reading[vehicle.Kilopascals]{Value: 241, ObservedAt: c.now},
			Status: vehicle.Reading[vehicle.TireState]{Missing: vehicle.NotSupported},
		})
	}
	return list, nil
}

func (c *crowd) Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error) {
	return []vehicle.Carrier{{ID: "ups", Name: "UPS", Verified: true}}, nil
}

func (c *crowd) Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error) {
	return nil, nil
}

func (c *crowd) CreateGrant(_ context.Context, token vehicle.Token, _ vehicle.IdempotencyKey, r vehicle.GrantRequest) (vehicle.Grant, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.granted[string(token)]++
	return vehicle.Grant{ID: "grt_1", Vehicle: r.Vehicle, AccessPoint: r.AccessPoint, Carrier: vehicle.Carrier{ID: r.CarrierID}, Window: r.Window, MaxUses: 1, CreatedAt: c.now}, nil
}

func (c *crowd) Account(_ context.Context, owner string) (store.Account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.accounts[owner]
	a.Owner = owner
	return a, nil
}

func (c *crowd) SavePreferences(context.Context, string, pin.Revision, store.Preferences) error {
	return nil
}

// PIN implements pin.Ledger.
func (c *crowd) PIN(ctx context.Context, owner string) (pin.Record, pin.Revision, error) {
	a, err := c.Account(ctx, owner)
	return a.PIN, a.Revision, err
}

// SwapPIN implements pin.Ledger.
func (c *crowd) SwapPIN(_ context.Context, owner string, seen pin.Revision, next pin.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.accounts[owner]
	if a.Revision != seen {
		return pin.ErrConflict
	}
	a.PIN, a.Revision = next, seen+1
	c.accounts[owner] = a
	return nil
}

// newCrowd is a skill over a crowd in which everybody has the same PIN, hashed as in earnest.
func newCrowd(t *testing.T, accounts int) (*crowd, *skill.Skill) {
	t.Helper()
	c := &crowd{now: stormBegins, accounts: map[string]store.Account{}, granted: map[string]int{}}
	now := func() time.Time { return c.now }
	guard, err := pin.NewGuard(pin.Options{Ledger: c, Pepper: make([]byte, 32), Now: now, Concurrent: hashesAtOnce})
	if err != nil {
		t.Fatal(err)
	}
	for n := range accounts {
		if err := guard.Set(t.Context(), crowdName(n), rightPIN); err != nil {
			t.Fatal(err)
		}
	}
	answering, err := assembly.Skill(assembly.Options{
		ApplicationID: applicationID, Deps: intents.Deps{Cars: c, Accounts: c, PINs: guard}, Devices: &device.Client{Now: now},
		Now: now, NewID: func() string { return "idempotency-key" }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, answering
}

// words are the requests of a conversation, for the first of the crowd; replacing the name makes them anybody's.
func (c *crowd) words(t *testing.T, answering *skill.Skill, said ...string) (last []byte) {
	t.Helper()
	model, err := models.Model("en-US")
	if err != nil {
		t.Fatal(err)
	}
	ids := 0
	e, err := echo.New(echo.Options{
		Model: model, ApplicationID: applicationID, UserID: "amzn1.ask.account." + firstOfCrowd, DeviceID: "amzn1.ask.device.1", Zone: vancouver, Now: func() time.Time { return c.now },
		NewID: func() string { ids++; return fmt.Sprint("crowd-id", ids) },
		Token: func(context.Context) (string, error) { return firstOfCrowd, nil },
		Send: func(ctx context.Context, body []byte) ([]byte, error) {
			last = body
			return answering.Answer(ctx, body)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() }) // the requests name its settings
	for _, words := range said {
		if _, err := e.Say(t.Context(), words); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

// TestCrowdGuessing: everybody guesses at once, each several times. What the hashes take stays bounded, nobody gets a
// fourth guess, and those who mean well are answered in time, be it that there was no room to check their PIN.
func TestCrowdGuessing(t *testing.T) {
	accounts := int(numberFrom(t, "STORM_ACCOUNTS", fewAccounts))
	const honest = 4 // more, who know their PIN
	c, answering := newCrowd(t, accounts+honest)
	grant := []string{"let u. p. s. into my golf until six p. m."}
	wrong := c.words(t, answering, append(grant, digitWords.Replace(wrongDigits))...)
	right := bytes.ReplaceAll(wrong, []byte(wrongDigits), []byte(rightPIN))
	look := c.words(t, answering, "what's my tire pressure")
	debug.FreeOSMemory()
	most, stopWatching := watchMemory()

	turns := &crowdTurns{answering: answering, said: map[string]map[string]int{}}
	var all sync.WaitGroup
	for n := 1; n < accounts; n++ { // the first has spent a guess above
		for range guesses {
			all.Go(func() { turns.say(t, crowdName(n), wrong) })
		}
	}
	for n := accounts; n < accounts+honest; n++ {
		all.Go(func() { turns.say(t, crowdName(n), look) })
		all.Go(func() { turns.say(t, crowdName(n), right) })
	}
	all.Wait()
	stopWatching()
	if got, bound := most.Load(), uint64(3*hashesAtOnce*hashBytes+2*(crowdSlack+accounts*guesses*turnBytes)); got > bound {
		t.Errorf("the heap grew to %d MiB, bound %d MiB", got>>20, bound>>20)
	}
	t.Logf("%d accounts, %d guesses: at most %d MiB on the heap, the slowest turn took %s, honest: %v",
		accounts, accounts*guesses, most.Load()>>20, turns.slowest, turns.said[crowdName(accounts)])
	c.judge(t, turns, accounts, honest)
}

// judge counts what everybody was told, against what the accounts hold.
func (c *crowd) judge(t *testing.T, turns *crowdTurns, accounts, honest int) {
	t.Helper()
	if turns.slowest > turnBudget+overdue {
		t.Errorf("a turn took %s", turns.slowest)
	}
	for n := 1; n < accounts; n++ {
		name := crowdName(n)
		told := turns.said[name]
		account := c.accounts[name]
		compared := told["not the PIN"] + told["third wrong PIN"]
		if compared > 3 || compared != account.PIN.Failures || told["third wrong PIN"] > 1 || c.granted[name] > 0 {
			t.Errorf("%s was told %v, and has %d failures and %d grants", name, told, account.PIN.Failures, c.granted[name])
		}
		if account.PIN.Locked() != (account.PIN.Failures == 3) {
			t.Errorf("%s: %d failures, locked: %t", name, account.PIN.Failures, account.PIN.Locked())
		}
	}
	for n := accounts; n < accounts+honest; n++ {
		name := crowdName(n)
		told := turns.said[name]
		if told["tires are fine"] != 1 || told["Done."]+told["couldn't check your PIN"] != 1 || told["Done."] != c.granted[name] {
			t.Errorf("%s means well, was told %v, and has %d grants", name, told, c.granted[name])
		}
	}
}

// crowdTurns remembers what everybody was told.
type crowdTurns struct {
	answering *skill.Skill
	requests  atomic.Int64

	mu      sync.Mutex
	said    map[string]map[string]int
	slowest time.Duration
}

// crowdHears are what an answer can be known by.
var crowdHears = []string{"not the PIN", "third wrong PIN", "PIN is locked", "couldn't check your PIN", "tires are fine", "Done."}

func (turns *crowdTurns) say(t *testing.T, name string, body []byte) {
	t.Helper()
	body = bytes.ReplaceAll(body, []byte(firstOfCrowd), []byte(name))
	body = bytes.ReplaceAll(body, []byte("crowd-id"), fmt.Appendf(nil, "crowd-id-%d-", turns.requests.Add(1)))
	ctx, cancel := context.WithTimeout(t.Context(), turnBudget)
	defer cancel()
	began := time.Now()
	answer, err := turns.answering.Answer(ctx, body)
	took := time.Since(began)
	var response skill.Response
	if err == nil {
		err = json.Unmarshal(answer, &response)
	}
	if err != nil || response.Body.OutputSpeech == nil {
		t.Errorf("%s: %v: %s", name, err, answer)
		return
	}
	turns.mu.Lock()
	defer turns.mu.Unlock()
	turns.slowest = max(turns.slowest, took)
	if turns.said[name] == nil {
		turns.said[name] = map[string]int{}
	}
	heard := "something else"
	for _, words := range crowdHears {
		if strings.Contains(response.Body.OutputSpeech.SSML, words) {
			heard = words
			break
		}
	}
	turns.said[name][heard]++
}

// watchMemory keeps the largest heap, looked at many times a second.
func watchMemory() (most *atomic.Uint64, stop func()) {
	most = &atomic.Uint64{}
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most.Store(max(most.Load(), now.HeapAlloc))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return most, func() { close(done); <-over }
}
