package access

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// drawSlots fills some of the slots with some of the words.
func drawSlots(t *rapid.T, names, words []string) skill.Slots {
	heard := skill.Slots{}
	for _, name := range names {
		if rapid.IntRange(0, 2).Draw(t, name+" said") == 0 {
			heard[name] = skill.Slot{Name: name, Value: rapid.SampledFrom(words).Draw(t, name)}
		}
	}
	return heard
}

func drawAside(t *rapid.T) skill.Event {
	return rapid.SampledFrom([]skill.Event{skill.Yes{}, skill.No{}, skill.Again{}, skill.Helped{}, skill.Unclear{}}).Draw(t, "aside")
}

var saidOfGrants = []string{"", "?", "ups", "fedex", "robin", "golf", "ferrari", "18:00", "20:00", "PT1H", "P2D", "4821"}

// Any events in any order: every one has an answer, a PIN is compared only as the answer to its question, and
// nothing is extended but what was read back, after the guard said Right.
func TestExtendPromises(t *testing.T) {
	f := factsOf(t, upsGolf, neighborGolf, upsBolt, robinBox)
	rapid.Check(t, func(t *rapid.T) {
		var x extension
		for range rapid.IntRange(1, 12).Draw(t, "turns") {
			ev, right := drawAside(t), false
			if rapid.Bool().Draw(t, "heard") {
				ev = skill.Heard{Slots: drawSlots(t, []string{"carrier", "guest", "car", "until", "duration", "pin"}, saidOfGrants)}
			}
			for ev != nil {
				next, acts := extendNext(x, ev, f)
				if len(acts) == 0 {
					t.Fatalf("no answer to %#v in %+v", ev, x)
				}
				ev = nil
				if do, ok := acts[len(acts)-1].(skill.Do); ok {
					switch e := do.Effect.(type) {
					case ground.CheckPIN:
						if x.Asking != askPIN {
							t.Fatalf("a PIN was compared in %q", x.Asking)
						}
						verdict := rapid.SampledFrom(pin.Results()).Draw(t, "verdict")
						ev, right = skill.Done{Effect: e, Result: pin.Verdict{Result: verdict}}, verdict == pin.Right
					case extend:
						if !right || e != (extend{Grant: x.Grant, End: x.End}) {
							t.Fatalf("extended %+v from %+v, the PIN being right %t", e, x, right)
						}
						ev = skill.Done{Effect: e, Result: upsGolf}
					}
				}
				x = next
			}
		}
	})
}

// The same of lifting a block.
func TestUnblockPromises(t *testing.T) {
	f := someFacts(t).Facts
	f.Cars[0].BlockedSince, f.Cars[1].BlockedSince = f.Now.Add(-time.Hour), f.Now.Add(-time.Hour)
	rapid.Check(t, func(t *rapid.T) {
		var u unblocking
		for range rapid.IntRange(1, 12).Draw(t, "turns") {
			ev, right := drawAside(t), false
			if rapid.Bool().Draw(t, "heard") {
				ev = skill.Heard{Slots: drawSlots(t, []string{"car", "pin"}, saidOfGrants)}
			}
			for ev != nil {
				next, acts := unblockNext(u, ev, f)
				if len(acts) == 0 {
					t.Fatalf("no answer to %#v in %+v", ev, u)
				}
				ev = nil
				if do, ok := acts[len(acts)-1].(skill.Do); ok {
					switch e := do.Effect.(type) {
					case ground.CheckPIN:
						if u.Asking != askPIN {
							t.Fatalf("a PIN was compared in %q", u.Asking)
						}
						verdict := rapid.SampledFrom(pin.Results()).Draw(t, "verdict")
						ev, right = skill.Done{Effect: e, Result: pin.Verdict{Result: verdict}}, verdict == pin.Right
					case unblock:
						if !right || len(e.Cars) != len(u.Cars) {
							t.Fatalf("unblocked %d cars from %+v, the PIN being right %t", len(e.Cars), u, right)
						}
						ev = skill.Done{Effect: e, Result: tally{Done: e.Cars}}
					}
				}
				u = next
			}
		}
	})
}

// Taking back asks for no PIN, whatever is heard, and takes back one grant that is open.
func TestCancelPromises(t *testing.T) {
	open := []vehicle.Grant{upsGolf, neighborGolf, upsBolt, robinBox}
	f := factsOf(t, open...)
	rapid.Check(t, func(t *rapid.T) {
		var c cancellation
		for range rapid.IntRange(1, 8).Draw(t, "turns") {
			ev := drawAside(t)
			if rapid.Bool().Draw(t, "heard") {
				ev = skill.Heard{Slots: drawSlots(t, []string{"carrier", "guest", "car", "date", "until"}, saidOfGrants)}
			}
			next, acts := cancelNext(c, ev, f)
			if len(acts) == 0 {
				t.Fatalf("no answer to %#v in %+v", ev, c)
			}
			c = next
			if do, ok := acts[len(acts)-1].(skill.Do); ok {
				if left, _ := narrow(f, []string{do.Effect.(revoke).Grant}, nil); len(left) != 1 {
					t.Fatalf("took back %+v", do.Effect)
				}
				c = cancellation{}
			}
			if c.Asking == askPIN {
				t.Fatalf("asked for a PIN: %s", groundtest.Written(acts))
			}
		}
	})
}
