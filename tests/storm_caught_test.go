package tests

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// after is an instant of a history that is made up.
func after(seconds float64) time.Time {
	return stormBegins.Add(time.Duration(seconds * float64(time.Second)))
}

// What is asked in a history that is made up.
const (
	askedGrant   = "UPS may open the trunk of your Golf once, until 6 PM today. To confirm, tell me your PIN."
	askedOpening = "I'll open the trunk of your Golf now. To confirm, tell me your PIN."
	askedUnblock = "People you let in will get into your Golf again. To confirm, tell me your PIN."
	askedAgain   = "That's not the PIN. Tell me your PIN once more."
)

// goodHistory keeps every promise: a courier is let in, taken back, and a car blocked; wrong PINs lock at the end.
func goodHistory() *history {
	const device = "demo echo 1"
	turn := func(began float64, n int, said, asked, speech string, pin pinSaid, open bool) heard {
		t := heard{
			device: device, login: "demo", talk: n, session: n, began: after(began), ended: after(began + 1), took: time.Second,
			said: said, asked: asked, speech: speech, pin: pin, open: open,
		}
		if pin != noPIN {
			t.readback = asked
		}
		return t
	}
	ups := known{ID: "grt_1", Vehicle: "veh_golf", Access: "trunk"}
	ups.Carrier.Name = "UPS"
	done := func(began float64, op, target, body string) call {
		return call{device: device, login: "demo", op: op, target: target, body: []byte(body), began: after(began), ended: after(began + 0.2), status: 200, heard: true}
	}
	line := func(at float64, text string) garage.LedgerEntry { return garage.LedgerEntry{At: after(at), Line: text} }
	window := fmt.Sprintf(`{"access_point":"trunk","carrier_id":"ups","window":{"start":%q,"end":%q}}`,
		after(0).UTC().Format(time.RFC3339), time.Date(2031, 5, 6, 18, 0, 0, 0, vancouver).UTC().Format(time.RFC3339))
	return &history{
		turns: []heard{
			turn(0, 1, "let ups in", "", askedGrant, noPIN, true),
			turn(2, 1, sayRight, askedGrant, "Done. UPS can open the trunk of your Golf once, until 6 PM.", rightOne, false),
			turn(10, 2, "cancel the ups delivery", "", "Done. Your Golf no longer lets in UPS.", noPIN, false),
			turn(20, 3, "block my golf", "", "Done. Nobody gets into your Golf now. It stays that way until you unblock.", noPIN, false),
			turn(30, 4, "unblock my golf", "", askedUnblock, noPIN, true),
			turn(32, 4, sayRight, askedUnblock, "Done. Your Golf can let people in again. What the block took back stays that way.", rightOne, false),
			turn(40, 5, "open my trunk", "", askedOpening, noPIN, true),
			turn(42, 5, sayRight, askedOpening, "The trunk is open.", rightOne, false),
			turn(45, 6, "use kilopascals", "", "Okay, kilopascals from now on.", noPIN, false),
			turn(50, 7, "open my trunk", "", askedOpening, noPIN, true),
			turn(52, 7, sayWrong, askedOpening, askedAgain, wrongOne, true),
			turn(54, 7, sayWrong, askedAgain, askedAgain, wrongOne, true),
			turn(56, 7, sayWrong, askedAgain, "That was the third wrong PIN, so it's locked now.", wrongOne, false),
		},
		calls: []call{
			done(2.1, "grant", "veh_golf", window), done(10.1, "revoke", "grt_1", ""), done(20.1, "block", "veh_golf", ""),
			done(32.1, "unblock", "veh_golf", ""), done(42.1, "command", "veh_golf", `{"action":"open_trunk"}`),
		},
		ledger: []garage.LedgerEntry{
			line(2.2, "grant trunk golf UPS until 18:00"), line(10.2, "revoke trunk golf UPS"), line(20.2, "block golf"),
			line(32.2, "unblock golf"), line(42.2, "open trunk golf"),
		},
		grants:  map[string]known{"grt_1": ups},
		opened:  []opening{{grant: "grt_1", asked: after(12)}},
		keeps:   []kept{{login: "demo", from: after(0), to: after(60), failures: 3, locked: true, unit: "kpa", owned: true}},
		letters: []letterSeen{{id: "m", event: "e", kind: "grant.expired", status: 503}, {id: "m", event: "e", kind: "grant.expired", status: 204}},
		notices: []noticeSeen{{reference: "r", status: 500}, {reference: "r", status: 202}, {reference: "r", status: 409}},
		texts:   map[string]string{"the log": `{"level":"INFO","took":4821000,"id":"x-4821"}`},
		secrets: []string{"a-token"},
		before:  gauges{20, 30, 40 << 20}, after: gauges{22, 31, 44 << 20},
	}
}

// breaches are what may go wrong, and the promise that each breaks. No promise is kept by a rule that cannot see.
var breaches = []struct {
	name  string
	rule  int
	wreck func(h *history)
}{
	{"two grants of one intention", 1, func(h *history) {
		h.ledger = append(h.ledger, garage.LedgerEntry{At: after(2.3), Line: "grant trunk golf UPS until 18:00"})
	}},
	{"two grants by two requests of one turn", 1, func(h *history) {
		h.calls, h.ledger = append(h.calls, h.calls[0]), append(h.ledger, h.ledger[0])
	}},
	{"two commands", 1, func(h *history) { h.ledger = append(h.ledger, h.ledger[4]) }},
	{"an opening that nobody asked for", 1, func(h *history) { h.ledger = append(h.ledger, garage.LedgerEntry{At: after(48), Line: "unlock bolt"}) }},
	{"a notice that came twice", 1, func(h *history) { h.notices = append(h.notices, h.notices[1]) }},
	{"two notices of one happening", 1, func(h *history) { h.notices = append(h.notices, noticeSeen{reference: "s", status: 202}) }},
	{"a grant without a PIN", 2, func(h *history) { h.turns[1].pin = noPIN }},
	{"a command with a wrong PIN", 2, func(h *history) { h.turns[7].pin = wrongOne }},
	{"an unblocking without a PIN", 2, func(h *history) { h.turns[5].pin = noPIN }},
	{"a PIN before the read-back", 2, func(h *history) { h.turns[7].asked, h.turns[7].readback = "", "" }},
	{"a grant after the lock", 2, func(h *history) {
		c := h.calls[4]
		t := h.turns[7]
		c.began, c.ended, t.began, t.ended = after(70.1), after(70.3), after(70), after(71)
		h.keeps[0].to = after(80)
		h.calls, h.turns = append(h.calls, c), append(h.turns, t)
		h.ledger = append(h.ledger, garage.LedgerEntry{At: after(70.2), Line: "open trunk golf"})
	}},
	{"another's car", 2, func(h *history) { h.calls[4].target = "veh_cinquecento" }},
	{"somebody whom nobody hears", 2, func(h *history) { h.calls[0].device = "demo show 2" }},
	{"done, and it was not", 3, func(h *history) { h.ledger = slices.Delete(h.ledger, 0, 1) }},
	{"open, and it was not", 3, func(h *history) { h.ledger = slices.Delete(h.ledger, 4, 5) }},
	{"blocked, and it was not", 3, func(h *history) { h.ledger, h.calls[2].heard = slices.Delete(h.ledger, 2, 3), false }},
	{"not known, although it was", 3, func(h *history) {
		h.turns[1].speech = "The dongle cloud didn't answer, so I don't know whether that worked."
	}},
	{"nothing has changed, although it has", 3, func(h *history) { h.turns[1].speech = "The dongle cloud refused that, so nothing has changed." }},
	{"another window than read back", 3, func(h *history) { h.turns[1].readback = "UPS may open the trunk of your Golf once, until 7 PM today." }},
	{"another carrier than read back", 3, func(h *history) { h.turns[1].readback = "DHL may open the trunk of your Golf once, until 6 PM today." }},
	{"another car than read back", 3, func(h *history) { h.turns[1].readback = "UPS may open the trunk of your Bolt once, until 6 PM today." }},
	{"no answer", 4, func(h *history) { h.turns[6].failed = errors.New("refused") }},
	{"an answer too late", 4, func(h *history) { h.turns[6].took = 9 * time.Second }},
	{"a conversation without end", 4, func(h *history) { h.turns[12].open = true }},
	{"the PIN in the log", 5, func(h *history) { h.texts["the log"] = `{"said":"4821"}` }},
	{"a wrong PIN in an attribute", 5, func(h *history) { h.texts["the attributes"] = `{"tried":["1358"]}` }},
	{"a token in the log", 5, func(h *history) { h.texts["the log"] = `Bearer a-token` }},
	{"a position in a notice", 5, func(h *history) { h.texts["the notices"] = `near 49.2692` }},
	{"a panic", 5, func(h *history) { h.texts["the log"] = "panic: runtime error" }},
	{"an opening after it was taken back", 6, func(h *history) { h.opened[0].openedAt = after(13) }},
	{"a grant for a blocked car", 6, func(h *history) {
		h.ledger = append(h.ledger, garage.LedgerEntry{At: after(25), Line: "grant trunk golf UPS until 18:00"})
	}},
	{"an opening of a blocked car", 6, func(h *history) { h.opened[0].openedAt = after(25) }},
	{"a wrong PIN that was forgotten", 7, func(h *history) { h.keeps[0].failures, h.keeps[0].locked = 2, false }},
	{"a lock that was forgotten", 7, func(h *history) { h.keeps[0].locked = false }},
	{"a fourth guess", 7, func(h *history) {
		t := h.turns[11]
		t.began, t.ended = after(58), after(59)
		h.turns = append(h.turns, t)
	}},
	{"a third wrong PIN that does not lock", 7, func(h *history) { h.turns[12].speech = h.turns[11].speech }},
	{"a preference that was forgotten", 7, func(h *history) { h.keeps[0].unit = "" }},
	{"an account that is gone", 7, func(h *history) { h.keeps[0].owned = false }},
	{"a message that nobody took", 7, func(h *history) { h.letters[1].status = 503 }},
	{"a happening that nobody heard of", 7, func(h *history) { h.notices = nil }},
	{"files left open", 8, func(h *history) { h.after.files = 90 }},
	{"goroutines that stay", 8, func(h *history) { h.after.routines = 300 }},
	{"memory that grows", 8, func(h *history) { h.after.bytes = 400 << 20 }},
}

func TestStormRulesCatch(t *testing.T) {
	t.Parallel()
	judged := func(h *history) (all []broken) {
		for _, promise := range promises {
			all = append(all, promise(h)...)
		}
		return all
	}
	if found := judged(goodHistory()); len(found) > 0 {
		t.Fatalf("a history that keeps every promise: %v", found)
	}
	caught := map[int]bool{}
	for _, b := range breaches {
		h := goodHistory()
		b.wreck(h)
		found := judged(h)
		if !slices.ContainsFunc(found, func(f broken) bool { return f.rule == b.rule }) {
			t.Errorf("%s: promise %d sees nothing; others: %v", b.name, b.rule, found)
		}
		caught[b.rule] = true
	}
	if len(caught) != len(promises) {
		t.Errorf("%d of %d promises can fail", len(caught), len(promises))
	}
}

// The dead are excused, and nobody else: a turn without an answer is no breach while the process was killed.
func TestStormExcusesTheKilled(t *testing.T) {
	t.Parallel()
	h := goodHistory()
	h.turns[6].failed = errors.New("EOF")
	h.kills = []kill{{point: "before the answer", at: after(40.5), back: after(42)}}
	if found := answeredInTime(h); len(found) > 0 {
		t.Errorf("killed: %v", found)
	}
	h.kills[0].at, h.kills[0].back = after(20), after(21)
	if found := answeredInTime(h); len(found) != 1 {
		t.Errorf("killed at another time: %v", found)
	}
}
