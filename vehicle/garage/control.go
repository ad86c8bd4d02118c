package garage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// Limits on what the control port takes.
const (
	maxControl = 64 << 10 // bytes
	maxLine    = 200      // bytes
)

// args are what a directive's blanks were filled with.
type args struct {
	car      string // in lower case, as the owner calls it
	wheel    vehicle.Wheel
	duration time.Duration
	meters   float64
	pressure vehicle.Kilopascals
}

// directive is one line that the control port understands.
type directive struct {
	// form is the line with blanks: <car>, <wheel>, <duration> (like 3h or 90s), <meters>, <kpa>.
	form string
	// does says what it is for.
	does string
	// Exactly one of these acts: on the one car that is named, on every car of the demo owner, or on the weather.
	car     func(k *car, a args, now time.Time)
	each    func(k *car)
	weather func(current *Weather, next *omens, a args)
}

// directives are all that the control port understands.
var directives = []directive{
	{form: "<car> asleep", does: "the dongle sleeps: readings stop and an opening takes longer", car: dongle(vehicle.Asleep)},
	{form: "<car> offline", does: "the dongle cannot be reached: an opening times out", car: dongle(vehicle.Offline)},
	{form: "<car> unplugged", does: "somebody pulled the dongle out", car: dongle(vehicle.Unplugged)},
	{form: "<car> awake", does: "the dongle answers, whatever the weather", car: dongle(vehicle.Online)},
	{form: "<car> moving", does: "the car drives round the block", car: func(k *car, _ args, now time.Time) { k.Facts.MovingSince = now }},
	{form: "<car> moved <meters>", does: "the car stands so far from where it was", car: func(k *car, a args, _ time.Time) { k.Facts.Shifted = a.meters }},
	{form: "<car> parked", does: "the car stands where its routine puts it", car: func(k *car, _ args, _ time.Time) {
		k.Facts.MovingSince, k.Facts.Shifted = time.Time{}, 0
	}},
	{form: "<car> tires stale <duration>", does: "tire readings are so old, and grow older", car: func(k *car, a args, now time.Time) {
		k.Facts.TiresAsOf = now.Add(-a.duration)
	}},
	{form: "<car> tires fresh", does: "tire readings come with each report, as the car's own sensors have them", car: func(k *car, _ args, _ time.Time) {
		k.Facts.TiresAsOf, k.Facts.Tires = time.Time{}, nil
	}},
	{form: "<car> tire <wheel> missing", does: "the wheel was never reported", car: tire(func(t *sim.TireFacts, _ args) { t.Missing = vehicle.NotReported })},
	{form: "<car> tire <wheel> fault", does: "the wheel's sensor is broken", car: tire(func(t *sim.TireFacts, _ args) { t.Missing = vehicle.SensorFault })},
	{form: "<car> tire <wheel> ok", does: "the car thinks the tire fine", car: tire(func(t *sim.TireFacts, _ args) { t.State = vehicle.TireFine })},
	{form: "<car> tire <wheel> low", does: "the car warns of the tire", car: tire(func(t *sim.TireFacts, _ args) { t.State = vehicle.TireLow })},
	{form: "<car> tire <wheel> critical", does: "the car warns of the tire loudly", car: tire(func(t *sim.TireFacts, _ args) { t.State = vehicle.TireCritical })},
	{form: "<car> tire <wheel> <kpa>", does: "the tire holds so many kilopascals", car: tire(func(t *sim.TireFacts, a args) { t.Pressure = a.pressure })},
	{form: "<car> lid stays open", does: "couriers forget the lid", car: func(k *car, _ args, _ time.Time) { k.Facts.LidStaysOpen = true }},
	{form: "<car> lid closes", does: "couriers shut the lid, and one that stands open is shut now", car: func(k *car, _ args, _ time.Time) { k.Facts.LidStaysOpen = false }},
	{form: "<car> actuator jams", does: "an opening fails at the car", car: func(k *car, _ args, _ time.Time) { k.Facts.OpeningFails = true }},
	{form: "<car> actuator works", does: "an opening opens", car: func(k *car, _ args, _ time.Time) { k.Facts.OpeningFails = false }},
	{form: "<car> blocked", does: "the owner lets nobody in", car: func(k *car, _ args, now time.Time) { k.BlockedSince = now }},
	{form: "<car> unblocked", does: "the owner lets people in again", car: func(k *car, _ args, _ time.Time) { k.BlockedSince = time.Time{} }},
	{form: "<car> gone", does: "the owner has the car no more", car: func(k *car, _ args, _ time.Time) { k.Gone = true }},
	{form: "<car> back", does: "the owner has the car again", car: func(k *car, _ args, _ time.Time) { k.Gone = false }},
	{form: "<car> reset", does: "everything imposed on the car is lifted", car: func(k *car, _ args, _ time.Time) {
		k.Facts, k.BlockedSince, k.Gone = sim.Facts{}, time.Time{}, false
	}},
	{form: "owner none", does: "the demo owner has no car", each: func(k *car) { k.Gone = true }},
	{form: "owner one", does: "the demo owner has the Golf alone", each: func(k *car) { k.Gone = k.said() != "golf" }},
	{form: "owner all", does: "the demo owner has every car", each: func(k *car) { k.Gone = false }},
	{form: "weather calm", does: "nothing is left to chance", weather: func(w *Weather, _ *omens, _ args) { *w = Calm }},
	{form: "weather rough", does: "a bad day of a real cloud", weather: func(w *Weather, _ *omens, _ args) { *w = Rough }},
	{form: "weather storm", does: "worse than any real day", weather: func(w *Weather, _ *omens, _ args) { *w = Storm }},
	{form: "lose next reply", does: "the next request that is not a GET has its effect and no answer", weather: func(_ *Weather, n *omens, _ args) { n.lose = true }},
	{form: "fault next reply", does: "the next request that is not a GET has its effect and answers 502", weather: func(_ *Weather, n *omens, _ args) { n.fault = true }},
	{form: "garble next reply", does: "the next request that is not a GET has its effect and answers nonsense", weather: func(_ *Weather, n *omens, _ args) { n.garble = true }},
	{form: "slow next reply <duration>", does: "the next request takes so long", weather: func(_ *Weather, n *omens, a args) { n.slow = a.duration }},
	{form: "limit next request <duration>", does: "the next request is one too many for so long", weather: func(_ *Weather, n *omens, a args) { n.limit = a.duration }},
	{form: "refuse next request <duration>", does: "the next request finds the garage busy for so long", weather: func(_ *Weather, n *omens, a args) { n.refuse = a.duration }},
	{form: "expire next token", does: "the access token of the next request has ended", weather: func(_ *Weather, n *omens, _ args) { n.expire = true }},
}

func dongle(state vehicle.DongleState) func(*car, args, time.Time) {
	return func(k *car, _ args, now time.Time) { k.Facts.Dongle, k.Facts.DongleSince = state, now }
}

// tire changes what is said of one wheel; a new word replaces the old ones.
func tire(say func(*sim.TireFacts, args)) func(*car, args, time.Time) {
	return func(k *car, a args, _ time.Time) {
		var t sim.TireFacts
		say(&t, a)
		if k.Facts.Tires == nil {
			k.Facts.Tires = map[vehicle.Wheel]sim.TireFacts{}
		}
		k.Facts.Tires[a.wheel] = t
	}
}

// parseDirective reads one line. The error names the line and is fit for whoever wrote it.
func parseDirective(line string) (directive, args, error) {
	words := strings.Fields(strings.ToLower(line))
	if len(line) <= maxLine && utf8.ValidString(line) {
		for _, d := range directives {
			var a args
			if form := strings.Fields(d.form); len(form) == len(words) && fill(form, words, &a) {
				return d, a, nil
			}
		}
	}
	return directive{}, args{}, fmt.Errorf("unknown directive %.200q; GET /control lists the known ones", line)
}

// fill matches words to a form and reads its blanks.
func fill(form, words []string, a *args) bool {
	for i, blank := range form {
		word := words[i]
		var err error
		switch blank {
		case "<car>":
			a.car = word
		case "<wheel>":
			a.wheel = vehicle.Wheel(word)
			if !slices.Contains(vehicle.Wheels(), a.wheel) {
				return false
			}
		case "<duration>":
			a.duration, err = time.ParseDuration(word)
			if a.duration <= 0 || a.duration > 10*365*24*time.Hour {
				return false
			}
		case "<meters>":
			a.meters, err = strconv.ParseFloat(word, 64)
			if !(a.meters >= 0 && a.meters <= 1_000_000) {
				return false
			}
		case "<kpa>":
			var value float64
			value, err = strconv.ParseFloat(word, 64)
			a.pressure = vehicle.Kilopascals(value)
			if !(value > 0 && value <= 2000) {
				return false
			}
		default:
			if word != blank {
				return false
			}
		}
		if err != nil {
			return false
		}
	}
	return true
}

// obey carries out lines, all or none of them. Empty lines and lines that start with # count for nothing.
func (c *cloud) obey(in io.Reader) error {
	var list []func(*bbolt.Tx, time.Time) error
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxControl)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		d, a, err := parseDirective(line)
		if err != nil {
			return err
		}
		list = append(list, func(tx *bbolt.Tx, now time.Time) error { return c.carryOut(tx, now, d, a) })
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read directives: %w", err)
	}
	return c.update(func(tx *bbolt.Tx, now time.Time) error {
		for _, do := range list {
			if err := do(tx, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *cloud) carryOut(tx *bbolt.Tx, now time.Time, d directive, a args) error {
	if d.weather != nil {
		c.weather.set(func(current *Weather, next *omens) { d.weather(current, next, a) })
		return nil
	}
	cars, err := all[car](tx, bucketVehicles)
	if err != nil {
		return err
	}
	found := false
	for _, k := range cars {
		switch {
		case d.each != nil && k.Owner == demoOwners[0].ID:
			d.each(&k)
		case d.car != nil && k.said() == a.car:
			d.car(&k, a, now)
		default:
			continue
		}
		found = true
		if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
			return err
		}
		if err := relid(tx, now, k, c.world()); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("unknown car %q", a.car)
	}
	return nil
}

// relid makes a lid that is up right now follow what was said about lids.
func relid(tx *bbolt.Tx, now time.Time, k car, w sim.World) error {
	grants, err := recent(tx, byVehicle, string(k.ID), now)
	if err != nil {
		return err
	}
	for _, g := range grants {
		cmd, ok, err := latest(tx, g)
		switch {
		case err != nil:
			return err
		case !ok || cmd.OpenedAt().IsZero() || !cmd.ClosesAt.IsZero() && !now.Before(cmd.ClosesAt):
			continue
		case k.Facts.LidStaysOpen:
			cmd.ClosesAt, cmd.LocksAt = time.Time{}, time.Time{}
		case cmd.ClosesAt.IsZero():
			cmd.Shut(w, cmd.ID, now)
		default:
			continue
		}
		if err := put(tx, bucketCommands, cmd.ID, cmd); err != nil {
			return err
		}
		if err := schedule(tx, cmd.agenda()...); err != nil {
			return err
		}
	}
	return nil
}

// control is the handler of the control port. A web page that some browser shows cannot reach it: requests
// from elsewhere and for another host are refused.
func (c *cloud) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, d := range directives {
			_, _ = fmt.Fprintf(w, "%-34s %s\n", d.form, d.does)
		}
	})
	mux.HandleFunc("POST /control", func(w http.ResponseWriter, r *http.Request) {
		if err := c.obey(http.MaxBytesReader(w, r.Body, maxControl)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /control/ledger", c.ledger)
	safe := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the control port answers on loopback alone", http.StatusForbidden)
			return
		}
		safe.ServeHTTP(w, r)
	})
}

// ledger answers with the effects after a number.
func (c *cloud) ledger(w http.ResponseWriter, r *http.Request) {
	after := uint64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			http.Error(w, "after is not a number", http.StatusBadRequest)
			return
		}
		after = n
	}
	var list []LedgerEntry
	err := c.db.View(func(tx *bbolt.Tx) (err error) {
		list, err = ledgerAfter(tx, after)
		return err
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}
