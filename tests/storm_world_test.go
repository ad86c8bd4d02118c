package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo/bell"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// storm is one world in bad weather, from its beginning until it is judged. The garage and the devices are in this
// process, the skill is in one of its own that is killed and started anew on the same data, and a sky lies between them.
//
// What is drawn comes from the seed. What is not the seed's, and may differ when a storm is played again: how fast the
// machine is, hence which of two devices comes first and which request meets which gust; keys, tokens and ports.
type storm struct {
	seed  uint64
	run   int
	model *models.InteractionModel
	sky   *sky
	place place
	bell  *bell.Bell
	mail  *httptest.Server // where the garage's messages come in
	cloud garage.Options

	begun  time.Time
	jumped atomic.Int64
	demo   garage.Demo

	up sync.RWMutex // held while the process is replaced

	mu      sync.Mutex // guards what follows
	garage  *garage.Garage
	seen    history
	lasting []error
}

// stormBegins is an afternoon of the demo world.
var stormBegins = time.Date(2031, 5, 6, 14, 0, 0, 0, vancouver)

// now is the garage's clock, by which everything is told. It runs like any other, and leaps between acts.
func (s *storm) now() time.Time {
	return stormBegins.Add(time.Since(s.begun) + time.Duration(s.jumped.Load()))
}

// ahead is how far that is before the real one.
func (s *storm) ahead() time.Duration { return time.Until(s.now()) }

var stormRuns atomic.Int64

func newStorm(t *testing.T, lambda bool, seed uint64) (*storm, error) {
	t.Helper()
	folder := t.TempDir()
	model, err := models.Model("en-US")
	if err != nil {
		return nil, err
	}
	s := &storm{seed: seed, run: int(stormRuns.Add(1)), model: model, begun: time.Now()}
	s.seen.grants, s.seen.texts = map[string]known{}, map[string]string{}
	s.cloud = garage.Options{Path: filepath.Join(folder, "garage.db"), Seed: seed, Now: s.now, DeliverEvery: time.Second}
	if s.garage, err = garage.Open(t.Context(), s.cloud); err != nil {
		return nil, err
	}
	s.demo = s.garage.Demo()
	s.cloud.Listen, s.cloud.ControlListen = strings.TrimPrefix(s.garage.URL(), "http://"), strings.TrimPrefix(s.garage.ControlURL(), "http://")
	s.sky = s.newSky()
	if lambda {
		s.place, err = newOnLambda(t, s)
	} else {
		err = s.openMail(t, folder)
	}
	if err == nil {
		err = s.place.inspect(s.settle)
	}
	if err == nil {
		err = s.place.start()
	}
	for _, text := range []string{"TRK 482", "EVB 7K1", "OLD 2B2", "CQC 500", s.demo.Operator.ClientSecret} {
		s.secret(text)
	}
	return s, err
}

// openMail lays the way of the garage's messages to the server at home, and of its notices to the pretend Alexa.
func (s *storm) openMail(t *testing.T, folder string) error {
	t.Helper()
	const clientSecret = "the-messaging-secret-of-the-storm"
	var err error
	if s.bell, err = bell.New(bell.Options{ClientID: "storm", ClientSecret: clientSecret, Locales: models.Locales(), Now: s.now}); err != nil {
		return err
	}
	for _, o := range stormOwners {
		s.bell.Subscribe(stormUser(o.login), true)
	}
	s.mail = httptest.NewServer(http.HandlerFunc(s.sky.letters))
	operator, err := dongle.NewOperator(dongle.Options{BaseURL: s.garageURL(), Now: s.now}, s.demo.Operator.ClientID, s.demo.Operator.ClientSecret)
	if err != nil {
		return err
	}
	secret, err := operator.AddEndpoint(t.Context(), s.mail.URL+"/events")
	if err != nil {
		return err
	}
	s.secret(secret)
	s.secret(clientSecret)
	s.place, err = newAtHome(s, folder, secret, s.bell.URL(), clientSecret)
	return err
}

// settle gives the owners their PINs and their Alexa users, where they have none yet or the PIN is spent.
func (s *storm) settle(accounts store.Store) error {
	ctx := context.Background()
	guard, err := pin.NewGuard(pin.Options{Ledger: accounts, Pepper: make([]byte, 32), Now: s.now})
	if err != nil {
		return err
	}
	for _, o := range stormOwners {
		account, err := accounts.Account(ctx, o.id)
		if err != nil {
			return err
		}
		if account.Revision == 0 {
			user := store.User{ID: stormUser(o.login), Owner: o.id, Region: "na", Subscribed: true}
			err := errors.Join(accounts.SaveUser(ctx, user), accounts.SaveUsers(ctx, o.id, 0, []string{user.ID}),
				accounts.SavePreferences(ctx, o.id, 1, store.Preferences{DefaultCar: o.first}))
			if err != nil {
				return err
			}
		}
		if !account.PIN.IsSet() || account.PIN.Failures > 0 {
			if err := guard.Reset(ctx, o.id, pin.Code(o.pin)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *storm) garageURL() string { return "http://" + s.cloud.Listen }

// control tells the garage something.
func (s *storm) control(text string) error {
	response, err := http.Post("http://"+s.cloud.ControlListen+"/control", "text/plain", strings.NewReader(text))
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode >= http.StatusBadRequest {
		why, _ := io.ReadAll(response.Body)
		return fmt.Errorf("garage control %q: %s", text, why)
	}
	return nil
}

// kill ends the process where it stands, and starts the next one on the same data. One of the points ends it with a dump
// of what it was doing.
func (s *storm) kill(point string) {
	s.up.Lock()
	defer s.up.Unlock()
	k := kill{point: point, at: s.now()}
	signal := syscall.SIGKILL
	if point == "before the answer" {
		signal = syscall.SIGQUIT
	}
	err := errors.Join(s.place.end(signal), s.place.start())
	k.back = s.now()
	s.note(func(h *history) { h.kills = append(h.kills, k) })
	if err != nil {
		s.trouble(fmt.Errorf("kill %s: %w", point, err))
	}
}

// restart is between acts: the process is down, the store is read, spent PINs are set anew, and the clock leaps.
func (s *storm) restart(from time.Time, signal syscall.Signal, leap time.Duration) error {
	s.up.Lock()
	defer s.up.Unlock()
	if err := s.place.end(signal); err != nil {
		return err
	}
	err := s.place.inspect(func(accounts store.Store) error {
		to := s.now()
		for _, o := range stormOwners {
			account, err := accounts.Account(context.Background(), o.id)
			if err != nil {
				return err
			}
			s.note(func(h *history) {
				h.keeps = append(h.keeps, kept{
					login: o.login, from: from, to: to, failures: account.PIN.Failures, locked: account.PIN.Locked(),
					unit: account.Preferences.PressureUnit, owned: account.Revision > 0 && account.PIN.IsSet() && len(account.Users) == 1,
				})
			})
		}
		return s.settle(accounts)
	})
	s.jumped.Add(int64(leap))
	return errors.Join(err, s.place.start())
}

// reopenGarage ends the dongle cloud too, and starts it at the same address.
func (s *storm) reopenGarage() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.garage.Close()
	if err == nil {
		s.garage, err = garage.Open(context.Background(), s.cloud)
	}
	return err
}

// The notes of what is seen.
func (s *storm) note(write func(*history)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	write(&s.seen)
}

// view is what has been seen until now; messages may still come in.
func (s *storm) view() (seen history) {
	s.note(func(h *history) {
		seen = *h
		seen.grants = maps.Clone(h.grants)
	})
	return seen
}

func (s *storm) heard(t heard)     { s.note(func(h *history) { h.turns = append(h.turns, t) }) }
func (s *storm) called(c call)     { s.note(func(h *history) { h.calls = append(h.calls, c) }) }
func (s *storm) secret(x string)   { s.note(func(h *history) { h.secrets = append(h.secrets, x) }) }
func (s *storm) trouble(err error) { s.note(func(*history) { s.lasting = append(s.lasting, err) }) }

func (s *storm) lettered(l letterSeen) { s.note(func(h *history) { h.letters = append(h.letters, l) }) }
func (s *storm) noticed(n noticeSeen)  { s.note(func(h *history) { h.notices = append(h.notices, n) }) }

// learn remembers the grants that an answer shows.
func (s *storm) learn(answer []byte) {
	var list struct {
		known
		Grants []known `json:"grants"`
	}
	if json.Unmarshal(answer, &list) != nil {
		return
	}
	s.note(func(h *history) {
		for _, g := range append(list.Grants, list.known) {
			if g.Access != "" {
				h.grants[g.ID] = g
			}
		}
	})
}

var metricValue = regexp.MustCompile(`(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+)$`)

// gauge reads what the process says of itself, after nobody has asked it anything for a moment.
func (s *storm) gauge() gauges {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.sky.server.Config.SetKeepAlivesEnabled(false)
	s.sky.server.Config.SetKeepAlivesEnabled(true)
	values := map[string]float64{}
	for _, m := range metricValue.FindAllStringSubmatch(s.place.metrics(), -1) {
		values[m[1]], _ = strconv.ParseFloat(m[2], 64)
	}
	return gauges{files: values["process_open_fds"], routines: values["go_goroutines"], bytes: values["process_resident_memory_bytes"]}
}

func (s *storm) close() {
	s.place.close()
	for _, server := range []*httptest.Server{s.sky.server, s.mail} {
		if server != nil {
			server.CloseClientConnections()
			server.Close()
		}
	}
	if s.bell != nil {
		_ = s.bell.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.garage.Close()
}
