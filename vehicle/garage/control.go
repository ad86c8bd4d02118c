package garage

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/script"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
	"github.com/trunkpass/trunkpass/vehicle/garage/weather"
)

// maxControl is how much the control port takes at once, in bytes.
const maxControl = 64 << 10

// directive is one line that the control port understands.
type directive struct {
	// form is the line with blanks, as in garage/script.
	form string
	// does says what it is for.
	does string
	// Exactly one of these acts: on the one car that is named, on every car of the demo owner, on the weather,
	// on the whole world, or on what waits to be sent.
	car     func(k *car, a script.Args, now time.Time)
	each    func(k *car)
	weather func(current *Weather, next *weather.Omens, a script.Args)
	world   func(tx *bbolt.Tx, now time.Time) error
	// deliver acts when all lines have been carried out.
	deliver bool
}

// directives are all that the control port understands: what can be said of a car, and what only the garage
// knows.
var directives = append(carDirectives(), []directive{
	{form: "<car> blocked", does: "the owner lets nobody in", car: func(k *car, _ script.Args, now time.Time) { k.BlockedSince = now }},
	{form: "<car> unblocked", does: "the owner lets people in again", car: func(k *car, _ script.Args, _ time.Time) { k.BlockedSince = time.Time{} }},
	{form: "<car> gone", does: "the owner has the car no more", car: func(k *car, _ script.Args, _ time.Time) { k.Gone = true }},
	{form: "<car> back", does: "the owner has the car again", car: func(k *car, _ script.Args, _ time.Time) { k.Gone = false }},
	{form: "<car> reset", does: "everything imposed on the car is lifted", car: func(k *car, _ script.Args, now time.Time) {
		k.Facts.Lift(now)
		k.BlockedSince, k.Gone = time.Time{}, false
	}},
	{form: "owner none", does: "the demo owner has no car", each: func(k *car) { k.Gone = true }},
	{form: "owner one", does: "the demo owner has the Golf alone", each: func(k *car) { k.Gone = k.said() != "golf" }},
	{form: "owner all", does: "the demo owner has every car", each: func(k *car) { k.Gone = false }},
	{form: "world anew", does: "nobody has been let in anywhere, and nothing is imposed on any car; what happened has happened", world: anew},
	{form: "weather calm", does: "nothing is left to chance", weather: func(w *Weather, _ *weather.Omens, _ script.Args) { *w = Calm }},
	{form: "weather rough", does: "a bad day of a real cloud", weather: func(w *Weather, _ *weather.Omens, _ script.Args) { *w = Rough }},
	{form: "weather storm", does: "worse than any real day", weather: func(w *Weather, _ *weather.Omens, _ script.Args) { *w = Storm }},
	{form: "lose next reply", does: "the next request that is not a GET has its effect and no answer", weather: func(_ *Weather, n *weather.Omens, _ script.Args) { n.Lose = true }},
	{form: "fault next reply", does: "the next request that is not a GET has its effect and answers 502", weather: func(_ *Weather, n *weather.Omens, _ script.Args) { n.Fault = true }},
	{form: "garble next reply", does: "the next request that is not a GET has its effect and answers nonsense", weather: func(_ *Weather, n *weather.Omens, _ script.Args) { n.Garble = true }},
	{form: "slow next reply <duration>", does: "the next request takes so long", weather: func(_ *Weather, n *weather.Omens, a script.Args) { n.Slow = a.Duration }},
	{form: "limit next request <duration>", does: "the next request is one too many for so long", weather: func(_ *Weather, n *weather.Omens, a script.Args) { n.Limit = a.Duration }},
	{form: "refuse next request <duration>", does: "the next request finds the garage busy for so long", weather: func(_ *Weather, n *weather.Omens, a script.Args) { n.Refuse = a.Duration }},
	{form: "deliver events", does: "everything that is due is sent to the webhook endpoints, and has been when this is answered", deliver: true},
	{form: "expire next token", does: "the access token of the next request has ended", weather: func(_ *Weather, n *weather.Omens, _ script.Args) { n.Expire = true }},
}...)

// carDirectives are those about one car.
func carDirectives() []directive {
	var list []directive
	for _, f := range script.Facts {
		list = append(list, directive{form: f.Form, does: f.Does, car: func(k *car, a script.Args, now time.Time) { f.Impose(&k.Facts, a, now) }})
	}
	return list
}

// parseDirective reads one line. The error names the line and is fit for whoever wrote it.
func parseDirective(line string) (directive, script.Args, error) {
	for _, d := range directives {
		if a, ok := script.Match(d.form, line); ok {
			return d, a, nil
		}
	}
	return directive{}, script.Args{}, fmt.Errorf("unknown directive %.200q; GET /control lists the known ones", line)
}

// obey carries out lines, all or none of them. Empty lines and lines that start with # count for nothing.
func (c *cloud) obey(ctx context.Context, in io.Reader) error {
	deliver := false
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
		deliver = deliver || d.deliver
		list = append(list, func(tx *bbolt.Tx, now time.Time) error { return c.carryOut(tx, now, d, a) })
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read directives: %w", err)
	}
	err := c.update(func(tx *bbolt.Tx, now time.Time) error {
		for _, do := range list {
			if err := do(tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !deliver {
		return err
	}
	return c.deliver(ctx)
}

func (c *cloud) carryOut(tx *bbolt.Tx, now time.Time, d directive, a script.Args) error {
	switch {
	case d.deliver:
		return nil
	case d.world != nil:
		return d.world(tx, now)
	case d.weather != nil:
		c.weather.Set(func(current *Weather, next *weather.Omens) { d.weather(current, next, a) })
		return nil
	}
	cars, err := all[car](tx, bucketVehicles)
	if err != nil {
		return err
	}
	found := false
	for _, k := range cars {
		before := k.Alerts(c.world(), k.Facts, now)
		switch {
		case d.each != nil && k.Owner == demoOwners[0].ID:
			d.each(&k)
		case d.car != nil && k.said() == a.Car:
			d.car(&k, a, now)
		default:
			continue
		}
		found = true
		if err := c.alert(tx, before, k, now); err != nil {
			return err
		}
		if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
			return err
		}
		// What stands open follows what was said about it; what was opened by hand stays open.
		if err := eachCommand(tx, &k, now, func(cmd *command) bool { return cmd.Vehicle != "" && cmd.Follow(c.world(), k.Facts, now) }); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("unknown car %q", a.Car)
	}
	return nil
}

// anew ends all grants and commands, with what is due because of them, and lifts what was imposed on cars.
func anew(tx *bbolt.Tx, now time.Time) error {
	for _, bucket := range [][]byte{bucketGrants, bucketIndex, bucketCommands, bucketAgenda, bucketReplies} {
		last := tx.Bucket(bucket).Sequence()
		if err := tx.DeleteBucket(bucket); err != nil {
			return err
		}
		// Numbers go on: what happened still names the old ones.
		again, err := tx.CreateBucket(bucket)
		if err == nil {
			err = again.SetSequence(last)
		}
		if err != nil {
			return err
		}
	}
	cars, err := all[car](tx, bucketVehicles)
	if err != nil {
		return err
	}
	for _, k := range cars {
		k.Facts.Lift(now)
		k.Facts.Commands = nil // what is on its way never arrives
		k.BlockedSince, k.Gone = time.Time{}, false
		if err := put(tx, bucketVehicles, string(k.ID), k); err != nil {
			return err
		}
	}
	return nil
}

// alert records what has become wrong with a car; what was wrong before is no news.
func (c *cloud) alert(tx *bbolt.Tx, before []sim.Alert, k car, now time.Time) error {
	for _, a := range k.Alerts(c.world(), k.Facts, now) {
		if slices.Contains(before, a) {
			continue
		}
		e := wire.Event{
			Type: wire.EventTypeVehicleAlert, At: now, VehicleID: string(k.ID), Alert: new(wire.Alert(a.What)),
			Actor: &wire.Actor{Kind: wire.ActorKindCar},
		}
		if err := record(tx, e, ""); err != nil {
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
			_, _ = fmt.Fprintf(w, "%-38s %s\n", d.form, d.does)
		}
	})
	mux.HandleFunc("POST /control", func(w http.ResponseWriter, r *http.Request) {
		if err := c.obey(r.Context(), http.MaxBytesReader(w, r.Body, maxControl)); err != nil {
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
