package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// promises are what a storm must not break, in the order of the issue. Each is a function of what was seen from outside;
// TestStormRulesCatch shows a history that breaks it to each.
var promises = []func(*history) []broken{
	oncePerIntention, onlyWithThePIN, saidIsTrue, answeredInTime, nothingSecret, closedStaysClosed, nothingLost, nothingLeaks,
}

// opens tells the calls that let somebody in, as opposed to those that make a car safer.
func (c call) opens() bool {
	return slices.Contains([]string{"grant", "extend", "unblock"}, c.op) || c.op == "command" && !strings.Contains(string(c.body), `"lock"`)
}

// intention is what one turn asked for: a second request in the same turn, whatever its key, is the same intention.
// Only blocking is about several cars at once, and taking back about several grants.
type intention struct {
	device       string
	began        time.Time
	op, targeted string
}

func (h *history) intention(c call) intention {
	t, ok := h.turnOf(c)
	if !ok {
		t.began = c.began
	}
	i := intention{device: c.device, began: t.began, op: c.op}
	if c.op == "block" || c.op == "revoke" || c.op == "unblock" {
		i.targeted = c.target
	}
	return i
}

// oncePerIntention is promise 1: every line of the ledger that an owner can cause has an intention of its own behind it,
// and no notice is taken twice.
func oncePerIntention(h *history) (all []broken) {
	behind := h.match()
	for i, e := range h.ledger {
		if ownersDoing(e.Line) && behind[i] == nil {
			all = append(all, broken{1, fmt.Sprintf("%q stands in the ledger, and nobody meant it, or not so often", e.Line), h.talkAt(e.At)})
		}
	}
	taken := map[string]int{}
	for _, n := range h.notices {
		if n.status == 202 {
			taken[n.reference]++
		}
	}
	for reference, times := range taken {
		if times > 1 {
			all = append(all, broken{1, fmt.Sprintf("the notice %.8s came %d times", reference, times), -1})
		}
	}
	if most := h.worthTelling(); len(taken) > most {
		all = append(all, broken{1, fmt.Sprintf("%d notices about %d happenings", len(taken), most), -1})
	}
	return all
}

var doings = regexp.MustCompile(`^(grant|extend|revoke|block|unblock|lock|unlock) |^open trunk \w+$`)

// ownersDoing tells the lines that only an owner's request leaves; others are of couriers and guests.
func ownersDoing(line string) bool { return doings.MatchString(line) }

// talkAt is the conversation that was under way, for who looks for the culprit.
func (h *history) talkAt(at time.Time) int {
	for _, t := range h.turns {
		if !at.Before(t.began) && !at.After(t.ended) {
			return t.talk
		}
	}
	return -1
}

// match finds for every line of the ledger a call behind it, so that no two lines share an intention if that can be
// avoided (Kuhn's augmenting paths); a block has its car's line and those of all the grants that it ended.
func (h *history) match() map[int]*call {
	byLine := map[int]*call{}
	taken := map[string]int{} // intention and line kind, to the line of the ledger that has it
	slot := func(c call, i int) string {
		own := ""
		if c.op == "block" && strings.HasPrefix(h.ledger[i].Line, "revoke") {
			own = strconv.Itoa(i) // as many as there were
		}
		return fmt.Sprintf("%v %s", h.intention(c), own)
	}
	var place func(i int, seen map[string]bool) bool
	place = func(i int, seen map[string]bool) bool {
		e := h.ledger[i]
		for k := range h.calls {
			c := &h.calls[k]
			within := !e.At.Before(c.began.Add(-time.Second)) && !e.At.After(c.ended.Add(time.Second))
			if !within || !h.explains(*c, e) {
				continue
			}
			s := slot(*c, i)
			if seen[s] {
				continue
			}
			seen[s] = true
			if other, held := taken[s]; !held || place(other, seen) {
				taken[s], byLine[i] = i, c
				return true
			}
		}
		return false
	}
	for i, e := range h.ledger {
		if ownersDoing(e.Line) {
			place(i, map[string]bool{})
		}
	}
	return byLine
}

// onlyWithThePIN is promise 2: whatever opens was asked for in a turn that brought the right PIN as the answer to a
// read-back, about a car of that owner, and while the PIN was not locked.
func onlyWithThePIN(h *history) (all []broken) {
	for _, c := range h.calls {
		if c.op == "read command" {
			continue
		}
		t, ok := h.turnOf(c)
		say := func(format string, args ...any) {
			all = append(all, broken{2, fmt.Sprintf("%s of %s: ", c.op, c.target) + fmt.Sprintf(format, args...), t.talk})
		}
		if !ok {
			say("nobody was speaking")
			continue
		}
		owner, car := householdOf(c.login), c.target
		if g, isGrant := h.grants[c.target]; isGrant {
			car = g.Vehicle
		}
		if _, own := owner.cars[car]; !own {
			say("%s is not %s's", car, c.login)
		}
		if !c.opens() {
			continue
		}
		if t.pin != rightOne {
			say("without the right PIN, at %q", t.said)
		} else if t.readback == "" || !asksForPIN(t.asked) {
			say("the PIN was not the answer to a read-back: %q", t.asked)
		}
		if at, locked := h.lockedSince(t.login, t.began); locked {
			say("the PIN is locked since %s", at.Format(time.TimeOnly))
		}
	}
	return all
}

// asksForPIN tells a question for the PIN, in any of its forms.
func asksForPIN(speech string) bool {
	return strings.Contains(speech, "PIN") && !strings.Contains(speech, "PIN is locked") && !strings.Contains(speech, "voice PIN yet")
}

// lockedSince tells whether the owner was told of a lock before an instant, and the PIN was not set anew since: that
// happens between acts alone.
func (h *history) lockedSince(login string, at time.Time) (since time.Time, locked bool) {
	for _, t := range h.turns {
		if t.login == login && strings.Contains(t.speech, "third wrong PIN") && t.ended.Before(at) && t.ended.After(since) {
			since, locked = t.ended, true
		}
	}
	for _, k := range h.keeps {
		if k.login == login && k.to.After(since) && k.to.Before(at) {
			locked = false
		}
	}
	return since, locked
}

// claims are what answers promise, and the call that must have come true.
var claims = []struct {
	says *regexp.Regexp
	op   string
	line string // how the line of the ledger begins
}{
	{regexp.MustCompile(`^Done\. .+ can .+ once, `), "grant", "grant "},
	{regexp.MustCompile(`^Done\. The code is on a card`), "grant", "grant "},
	{regexp.MustCompile(`^Done\. Your .+ lets in .+ until `), "extend", "extend "},
	{regexp.MustCompile(`^Done\. Your .+ no longer lets in `), "revoke", "revoke "},
	{regexp.MustCompile(`^Done\. Nobody gets into `), "block", "block "},
	{regexp.MustCompile(`^Done\. Your .+ can let people in again`), "unblock", "unblock "},
	{regexp.MustCompile(`^The trunk is open\.$`), "command", "open trunk "},
	{regexp.MustCompile(`^It's unlocked\.$`), "command", "unlock "},
	{regexp.MustCompile(`^Your .+ is locked\.$`), "command", "lock "},
}

var (
	unsure      = regexp.MustCompile(`I don't know whether that worked|didn't answer, so I can't tell|I can't tell whether that worked`)
	nothing     = regexp.MustCompile(`nothing has changed|I couldn't do that|so I did nothing|I've changed nothing`)
	shut        = regexp.MustCompile(`so nobody gets in|so the trunk stays shut|so nothing is unlocked`)
	lets        = regexp.MustCompile(`^(grant|extend|open|unlock|unblock) `)
	askedWindow = regexp.MustCompile(`(?:^|[.!?] )(?:I'll make a code for )?([^.]+?)(?: may|\. With it they can) (?:open the trunk of your|open your|take the key from the box on your|take the key from your) (.+?)(?:'s trunk|'s box)? once, (?:from .+ )?until (.+?)(?: today| tomorrow)?\.`)
)

// saidIsTrue is promise 3.
func saidIsTrue(h *history) (all []broken) {
	behind := h.match()
	for _, t := range h.turns {
		say := func(format string, args ...any) {
			all = append(all, broken{3, fmt.Sprintf(format, args...), t.talk})
		}
		calls, lines := h.during(t, behind)
		for _, claim := range claims {
			asked := slices.ContainsFunc(calls, func(c call) bool { return c.op == claim.op })
			if !asked && claim.op == "command" || !claim.says.MatchString(t.speech) {
				continue // of a command, the same words also tell how things are
			}
			came := slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, claim.line) })
			if claim.op != "grant" && claim.op != "command" { // those may be so already
				came = came || slices.ContainsFunc(calls, func(c call) bool { return c.op == claim.op && c.heard && c.status < 300 })
			}
			if !came {
				say("it said %q, and the ledger knows nothing of it: %q", t.speech, lines)
			}
		}
		if unsure.MatchString(t.speech) && !slices.ContainsFunc(calls, func(c call) bool {
			return !c.heard || c.status >= 500 || c.status == 429 || c.op == "command" || c.op == "read command"
		}) {
			say("it said %q, although every answer of the cloud had come", t.speech)
		}
		if nothing.MatchString(t.speech) && !strings.Contains(t.speech, "Done.") && len(lines) > 0 && !failedLater(t.speech) {
			say("it said %q, and the ledger holds %q", t.speech, lines)
		}
		if shut.MatchString(t.speech) && !strings.Contains(t.speech, "Done.") && slices.ContainsFunc(lines, lets.MatchString) {
			say("it said %q, and the ledger holds %q", t.speech, lines)
		}
		all = append(all, h.readBackHeld(t, calls, behind)...)
	}
	return all
}

// failedLater tells the answers about a command that the cloud took and the car then refused: it stands in the ledger.
func failedLater(speech string) bool {
	return regexp.MustCompile(`^The car (didn't|can't|is moving|is blocked|refused)|^That was called off`).MatchString(speech)
}

// during gives the calls of a turn, and the lines of the ledger that only they explain.
func (h *history) during(t heard, behind map[int]*call) (calls []call, lines []string) {
	for _, c := range h.calls {
		if of, ok := h.turnOf(c); ok && of.device == t.device && of.began.Equal(t.began) {
			calls = append(calls, c)
		}
	}
	for i, c := range behind {
		if of, ok := h.turnOf(*c); ok && of.device == t.device && of.began.Equal(t.began) {
			lines = append(lines, h.ledger[i].Line)
		}
	}
	slices.Sort(lines)
	return calls, lines
}

// readBackHeld compares what was read back with what the ledger got. A car may have been given another name.
func (h *history) readBackHeld(t heard, calls []call, behind map[int]*call) (all []broken) {
	for i, c := range behind {
		of, ok := h.turnOf(*c)
		if !ok || of.device != t.device || !of.began.Equal(t.began) || c.op != "grant" {
			continue
		}
		said := askedWindow.FindStringSubmatch(t.readback)
		if said == nil {
			return append(all, broken{3, fmt.Sprintf("no read-back of a window before %q: %q", h.ledger[i].Line, t.readback), t.talk})
		}
		line := h.ledger[i].Line
		car, until := householdOf(t.login).cars[c.target], line[strings.LastIndex(line, " ")+1:]
		at, err := time.Parse("15:04", until)
		who := strings.Contains(line, " "+said[1]+" ") || strings.Contains(line, " guest ")
		named := strings.EqualFold(said[2], car) || h.nicknamed(said[2])
		if !who || !named || err != nil || !strings.HasPrefix(said[3], spokenClock(at)) {
			all = append(all, broken{3, fmt.Sprintf("it read back %q, and the ledger holds %q", t.readback, line), t.talk})
		}
	}
	return all
}

// nicknamed tells whether somebody may have called a car that.
func (h *history) nicknamed(name string) bool {
	return slices.ContainsFunc(h.turns, func(t heard) bool { return strings.Contains(t.said, strings.ToLower(name)) })
}

// spokenClock is "6 PM", "6:30 PM", "noon" or "midnight".
func spokenClock(t time.Time) string {
	switch {
	case t.Hour() == 12 && t.Minute() == 0:
		return "noon"
	case t.Hour() == 0 && t.Minute() == 0:
		return "midnight"
	case t.Minute() == 0:
		return t.Format("3 PM")
	default:
		return t.Format("3:04 PM")
	}
}
