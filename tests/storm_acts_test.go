package tests

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// laid are the conversations that reach every kill point, in calm weather and in this order. Each that was cut off is
// held once more, by somebody who does not know what became of it. An omen is what the cloud does to the next request
// that has an effect. A long deafness opens the circuit breakers, so the process is killed after one.
var laid = []struct {
	point, omen string
	first       string
	then        []string
	device      string // the first if empty
}{
	{first: "how's my golf", then: []string{}},
	{point: "before POST grants", first: "let u. p. s. into my golf until six p. m.", then: []string{sayRight}},
	{point: "after POST grants", first: "let u. p. s. into my golf until six p. m.", then: []string{sayRight}},
	{first: "let u. p. s. into my golf until six p. m.", then: []string{sayRight}},
	{omen: "lose next reply", first: "let fedex into my golf until six p. m.", then: []string{"help", sayRight}},
	{omen: "garble next reply", first: "let d. h. l. into my bolt until eight p. m.", then: []string{"repeat", sayRight}},
	{point: "before POST extend", first: "give u. p. s. until seven thirty p. m.", then: []string{sayRight}},
	{point: "after POST extend", first: "give u. p. s. until seven thirty p. m.", then: []string{sayRight}},
	{omen: "fault next reply", first: "give fedex until eight p. m.", then: []string{sayRight}},
	{point: "before POST revoke", first: "cancel the u. p. s. delivery", then: []string{}},
	{point: "after POST revoke", first: "cancel the u. p. s. delivery", then: []string{}},
	{omen: "lose next reply", first: "cancel the fedex delivery", then: []string{}},
	{point: "before POST commands", first: "open my golf's trunk", then: []string{sayRight}},
	{point: "after POST commands", first: "open my golf's trunk", then: []string{sayRight}},
	{omen: "lose next reply", first: "lock my bolt", then: []string{}},
	{omen: deafness, first: "let u. s. p. s. into my bolt until eight p. m.", then: []string{sayRight}},
	{point: "before the answer", first: "open my golf's trunk", then: []string{sayWrong}},
	{point: "before write", first: "open my golf's trunk", then: []string{sayWrong}},
	{point: "after write", first: "open my golf's trunk", then: []string{sayRight}},
	{first: "use kilopascals", then: []string{}},
	{point: "before POST block", first: "block my golf", then: []string{}},
	{point: "after POST block", first: "block my golf", then: []string{}},
	{point: "before DELETE block", first: "unblock my golf", then: []string{sayRight}},
	{point: "after DELETE block", first: "unblock my golf", then: []string{sayRight}},
	{point: "before the notice", first: "who can get in", then: []string{}},
	{point: "after the notice", first: "who can get in", then: []string{}},
	{point: "before the webhook's answer", first: "who can get in", then: []string{}},
	{first: "open my golf's trunk", then: []string{sayWrong, sayWrong, sayWrong, sayRight}},
	{first: "open my golf's trunk", then: []string{sayRight}},
	{first: "open the trunk", then: []string{sayWrong, "stop"}, device: "neighbor echo 4"},
}

// deafness is an omen of the sky: nothing that has an effect is answered for the length of a conversation.
const deafness = "every reply is lost"

// plan is what is laid down, and as much again as is asked for.
func (b *booking) plan(t *testing.T, count int) []talk {
	t.Helper()
	model, err := models.Model("en-US")
	if err != nil {
		t.Fatal(err)
	}
	var list []talk
	var points []string
	here := func(home, lambda bool) bool { return b.lambda && !home || !b.lambda && !lambda }
	for _, p := range killPoints {
		if here(p.home, p.lambda) {
			points = append(points, p.name)
		}
	}
	for _, l := range laid {
		if l.point == "" || slices.Contains(points, l.point) {
			device := cmp.Or(l.device, stormDevices[0])
			list = append(list, talk{n: len(list), device: device, first: l.first, then: l.then, point: l.point, omen: l.omen})
		}
	}
	return append(list, plan(model, b.seed, len(list), count, points)...)
}

// prepare makes happen what a conversation or its kill point needs beside it.
func (s *storm) prepare(ctx context.Context, c talk) {
	s.sky.deaf.Store(c.omen == deafness)
	if c.omen != "" && c.omen != deafness {
		if err := s.control(c.omen); err != nil {
			s.trouble(err)
		}
	}
	if c.point != "before the notice" && c.point != "after the notice" && c.point != "before the webhook's answer" {
		return
	}
	s.sky.arm("nature", c.point)
	kills := len(s.kills())
	for _, text := range []string{"golf light off", "golf light on P0301", "deliver events"} {
		if err := s.control(text); err != nil {
			s.trouble(err)
		}
	}
	for len(s.kills()) == kills && pauseFor(ctx, 50*time.Millisecond) && s.now().Before(stormBegins.Add(time.Hour)) {
		continue // the notice is under way
	}
}

func (s *storm) kills() []kill {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen.kills)
}

// Between leaps whatever could not be delivered is tried again: the cloud waits up to half an hour after so many failures.
const (
	leaps = 3
	leap  = 31 * time.Minute
)

// looks are what is asked of a process that is measured.
var looks = []string{
	"how's my car", "what's my tire pressure", "who can get in", "how much gas is left", "what can i say", "did i drive yesterday",
	"who opened my trunk", "has my delivery come", "where's my car", "open my trunk", "help",
}

// calm lets everything come to its end: what is to be delivered is, and what was opened is asked of the cloud. Then the
// process is left alone and measured, unless this is a replay that need not.
func (s *storm) calm(ctx context.Context, devices map[string]*stormDevice, measured bool) error {
	if err := s.control("weather calm"); err != nil {
		return err
	}
	s.askOpenings(ctx)
	for range leaps {
		if s.bell == nil {
			break
		}
		if err := s.restart(s.now(), syscall.SIGTERM, leap); err != nil {
			return err
		}
		if err := s.control("deliver events"); err != nil {
			return err
		}
	}
	for _, d := range devices {
		d.unlink() // its token is of long ago
	}
	if s.place.metrics() != "" && measured {
		hold := func(times int) {
			for i := range times * len(looks) {
				device := stormDevices[i%len(stormDevices)]
				devices[device].hold(ctx, talk{n: 1000, device: device, first: looks[i%len(looks)], then: []string{}})
			}
		}
		hold(1)
		s.seen.before = s.gauge()
		hold(5)
		s.seen.after = s.gauge()
	}
	metrics := s.place.metrics()
	if err := s.restart(s.now(), syscall.SIGTERM, 0); err != nil {
		return err
	}
	return s.collect(metrics)
}

// askOpenings has the cloud tell when what couriers asked for was opened.
func (s *storm) askOpenings(ctx context.Context) {
	for _, carrier := range []string{"ups", "fedex", "dhl"} {
		known, _ := s.demo.Carrier(carrier)
		courier, err := dongle.NewCourier(dongle.Options{BaseURL: s.garageURL(), Now: s.now}, known.ClientID, known.ClientSecret)
		if err != nil {
			s.trouble(err)
			return
		}
		for i, o := range s.seen.opened {
			d, err := courier.Delivery(ctx, o.grant)
			if kind, _ := vehicle.KindOf(err); err != nil && kind != vehicle.NotFound {
				s.trouble(fmt.Errorf("read delivery: %w", err))
			}
			for _, step := range d.Steps {
				if step.Name == "opened" {
					s.seen.opened[i].openedAt = step.At
				}
			}
		}
	}
}

// collect gathers what is there when all is over.
func (s *storm) collect(metrics string) error {
	text, err := fetch("http://" + s.cloud.ControlListen + "/control/ledger?after=0")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &s.seen.ledger); err != nil {
		return err
	}
	var attributes, notices strings.Builder
	for _, t := range s.view().turns {
		attributes.WriteString(t.attributes + "\n")
	}
	for _, n := range s.view().notices {
		notices.WriteString(n.body + "\n")
	}
	s.seen.texts["the log"], s.seen.texts["the attributes"], s.seen.texts["the notices"] = s.place.log(), attributes.String(), notices.String()
	s.seen.texts["the metrics"] = metricValue.ReplaceAllString(metrics, "$1")
	return nil
}

// judge holds what was seen to every promise.
func (s *storm) judge() (all []broken) {
	for _, err := range s.lasting {
		all = append(all, broken{0, err.Error(), -1})
	}
	seen := s.view()
	for _, promise := range promises {
		all = append(all, promise(&seen)...)
	}
	return all
}
