package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// stormPatience is the turn's budget and what the way there and back may cost on a busy machine.
	stormPatience = turnBudget + time.Second
	// What may be open beside what was open before, when everything has calmed down.
	spareFiles, spareRoutines = 12, 24
	// growth is how much the memory of a process may grow, which a collector gives back when it likes.
	growth, spareBytes = 1.6, 48 << 20
	// acts is how long a car takes that already had the command when everything was blocked: that was redeemed before.
	acts = 1500 * time.Millisecond
)

// answeredInTime is promise 4. The pretend Echo has judged each response; a turn under way when the process was killed
// has no answer, and nobody is to blame.
func answeredInTime(h *history) (all []broken) {
	last := map[string]heard{}
	for _, t := range h.turns {
		killed := h.killedDuring(t.began, t.ended)
		if t.failed != nil && !killed {
			all = append(all, broken{4, fmt.Sprintf("%q: %v", t.said, t.failed), t.talk})
		}
		if t.took > stormPatience && !killed {
			all = append(all, broken{4, fmt.Sprintf("%q was answered after %s", t.said, t.took), t.talk})
		}
		last[fmt.Sprint(t.device, " ", t.talk)] = t
	}
	for _, t := range last {
		if t.open {
			all = append(all, broken{4, fmt.Sprintf("it does not end, not even at %q: %q", t.said, t.speech), t.talk})
		}
	}
	return all
}

// secretShapes find what is secret by its form: PINs where they stand alone, and the latitudes and longitudes of the demo
// world.
var secretShapes = func() []*regexp.Regexp {
	list := []*regexp.Regexp{regexp.MustCompile(`(^|[^0-9:.])49\.(2[5-9]|70)\d`), regexp.MustCompile(`-123\.1\d`), regexp.MustCompile(`(?i)\bpanic:|\bDATA RACE\b`)}
	for _, pin := range append([]string{wrongDigits}, stormOwners[0].pin, stormOwners[1].pin) {
		list = append(list, regexp.MustCompile(`(^|[^0-9A-Za-z._-])`+pin+`($|[^0-9A-Za-z._-])`))
	}
	return list
}()

// nothingSecret is promise 5.
func nothingSecret(h *history) (all []broken) {
	for what, text := range h.texts {
		for _, shape := range secretShapes {
			if at := shape.FindStringIndex(text); at != nil {
				all = append(all, broken{5, fmt.Sprintf("%s holds what %s finds: %s", what, shape, around(text, at[0])), -1})
			}
		}
		for _, secret := range h.secrets {
			if at := strings.Index(text, secret); secret != "" && at >= 0 {
				all = append(all, broken{5, fmt.Sprintf("%s holds a token or a plate: %s", what, around(text, at)), -1})
			}
		}
	}
	return all
}

func around(text string, at int) string { return text[max(0, at-120):min(len(text), at+60)] }

// closedStaysClosed is promise 6: what was told to be taken back or blocked opens no more, whatever was under way.
func closedStaysClosed(h *history) (all []broken) {
	for _, c := range h.calls {
		t, ok := h.turnOf(c)
		if !ok || t.failed != nil || !c.heard || c.status >= 300 {
			continue
		}
		switch {
		case c.op == "revoke" && strings.Contains(t.speech, "no longer lets in"):
			for _, o := range h.opened {
				if o.grant == c.target && o.openedAt.After(t.ended) {
					all = append(all, broken{6, fmt.Sprintf("%s was taken back at %s and opened at %s", o.grant, at(t.ended), at(o.openedAt)), t.talk})
				}
			}
		case c.op == "block" && strings.Contains(t.speech, "Nobody gets into"):
			all = append(all, h.openedDespite(c, t)...)
		}
	}
	return all
}

func at(t time.Time) string { return t.In(vancouver).Format("15:04:05.000") }

// openedDespite finds what opened a blocked car before anybody asked to lift the block.
func (h *history) openedDespite(block call, t heard) (all []broken) {
	lifted := time.Time{}
	for _, c := range h.calls {
		if c.op == "unblock" && c.target == block.target && c.ended.After(block.began) && (lifted.IsZero() || c.began.Before(lifted)) {
			lifted = c.began
		}
	}
	barred := func(at time.Time) bool { return at.After(t.ended) && (lifted.IsZero() || at.Before(lifted)) }
	car := householdOf(block.login).cars[block.target]
	verbs := regexp.MustCompile(`^(grant \w+|extend \w+|open \w+|unlock) ` + car + `\b`)
	for _, e := range h.ledger {
		if verbs.MatchString(e.Line) && barred(e.At) {
			all = append(all, broken{6, fmt.Sprintf("%s was blocked at %s, and %q came at %s", car, at(t.ended), e.Line, at(e.At)), t.talk})
		}
	}
	for _, o := range h.opened {
		if h.grants[o.grant].Vehicle == block.target && barred(o.openedAt.Add(-acts)) {
			all = append(all, broken{6, fmt.Sprintf("%s was blocked at %s, and %s opened it at %s", car, at(t.ended), o.grant, at(o.openedAt)), t.talk})
		}
	}
	return all
}

// nothingLost is promise 7.
func nothingLost(h *history) (all []broken) {
	for _, k := range h.keeps {
		all = append(all, h.triesKept(k)...)
		all = append(all, h.unitKept(k)...)
		if !k.owned {
			all = append(all, broken{7, "the account of " + k.login + " is gone", -1})
		}
	}
	settled := map[string]bool{}
	for _, l := range h.letters {
		settled[l.id] = settled[l.id] || l.status/100 == 2
	}
	for id, ok := range settled {
		if !ok {
			all = append(all, broken{7, "the message " + id + " was never dealt with", -1})
		}
	}
	taken := map[string]bool{}
	for _, n := range h.notices {
		taken[n.reference] = taken[n.reference] || n.status == 202
	}
	came := 0
	for _, ok := range taken {
		if ok {
			came++
		}
	}
	if want := h.worthTelling(); came < want {
		all = append(all, broken{7, fmt.Sprintf("%d notices of %d happenings", came, want), -1})
	}
	return all
}

// worthTelling counts the happenings that an owner is to hear of.
func (h *history) worthTelling() int {
	events := map[string]bool{}
	for _, l := range h.letters {
		alone := slices.Contains([]string{"trunk.left_open", "key_box.key_missing", "delivery.completed", "grant.expired", "vehicle.alert"}, l.kind)
		byOther := slices.Contains([]string{"trunk.opened", "trunk.closed", "key_box.opened", "key_box.closed"}, l.kind) && l.grant != ""
		if alone || byOther {
			events[l.event] = true
		}
	}
	return len(events)
}

// triesKept compares what was told of PINs with what the store holds. Wrong ones after which no right one can have come
// are counted still, a lock stays whatever is said, and there are never more than three.
func (h *history) triesKept(k kept) (all []broken) {
	lastRight, told, locked := k.from, 0, time.Time{}
	for _, t := range h.turns {
		if t.login == k.login && t.pin == rightOne && within(t, k) && t.ended.After(lastRight) {
			lastRight = t.ended
		}
		if t.login == k.login && within(t, k) && strings.Contains(t.speech, "third wrong PIN") && (locked.IsZero() || t.ended.Before(locked)) {
			locked = t.ended
		}
	}
	for _, t := range h.turns {
		if t.login != k.login || t.pin != wrongOne || !within(t, k) || !counted(t.speech) {
			continue
		}
		if t.began.After(lastRight) {
			told++
		}
		if !locked.IsZero() && t.began.After(locked) {
			all = append(all, broken{7, fmt.Sprintf("a PIN was compared after the lock: %q", t.speech), t.talk})
		}
	}
	if row := h.mostWrong(k); row > 2 {
		all = append(all, broken{7, fmt.Sprintf("%s was told %d times in a row to say the PIN once more", k.login, row), -1})
	}
	if k.failures < min(told, 3) || k.failures > 3 || !locked.IsZero() && !k.locked {
		all = append(all, broken{7, fmt.Sprintf("%s was told of %d wrong PINs and of a lock: %t; the store holds %d, locked: %t", k.login, told, !locked.IsZero(), k.failures, k.locked), -1})
	}
	return all
}

// mostWrong counts how often in a row a wrong PIN was answered with a question for another, no right one being about: the
// third wrong one must lock.
func (h *history) mostWrong(k kept) (most int) {
	row := 0
	for _, t := range h.turns { // in the order of their end
		switch {
		case t.login != k.login || !within(t, k):
		case t.pin == rightOne:
			row = 0
		case t.pin == wrongOne && strings.Contains(t.speech, "That's not the PIN"):
			row++
			most = max(most, row)
		}
	}
	return most
}

func within(t heard, k kept) bool { return !t.began.Before(k.from) && !t.ended.After(k.to) }

// counted tells an answer that compared a PIN and found it wrong.
func counted(speech string) bool {
	return strings.Contains(speech, "That's not the PIN") || strings.Contains(speech, "third wrong PIN")
}

var (
	unitSet   = regexp.MustCompile(`^Okay, (bar|kilopascals|PSI) from now on`)
	unitAsked = regexp.MustCompile(`unit|\b(bar|kilopascals)\b|p\. s\. i\.`)
)

// unitKept holds the store to the last unit of pressure that was confirmed, unless it may have been changed since.
func (h *history) unitKept(k kept) []broken {
	var last heard
	for _, t := range h.turns {
		if t.login == k.login && within(t, k) && unitSet.MatchString(t.speech) && t.ended.After(last.ended) {
			last = t
		}
	}
	if last.speech == "" {
		return nil
	}
	for _, t := range h.turns {
		if t.login == k.login && within(t, k) && !t.began.Equal(last.began) && t.ended.After(last.began) && unitAsked.MatchString(t.said) {
			return nil
		}
	}
	unit := map[string]string{"bar": "bar", "kilopascals": "kpa", "PSI": "psi"}[unitSet.FindStringSubmatch(last.speech)[1]]
	if k.unit != unit {
		return []broken{{7, fmt.Sprintf("it said %q, and the store holds %q", last.speech, k.unit), last.talk}}
	}
	return nil
}

// nothingLeaks is promise 8, of one process that was left alone.
func nothingLeaks(h *history) (all []broken) {
	say := func(what string, was, is float64) {
		all = append(all, broken{8, fmt.Sprintf("%s: %.0f before, %.0f after", what, was, is), -1})
	}
	if h.after.files > h.before.files+spareFiles {
		say("open files", h.before.files, h.after.files)
	}
	if h.after.routines > h.before.routines+spareRoutines {
		say("goroutines", h.before.routines, h.after.routines)
	}
	if h.after.bytes > h.before.bytes*growth+spareBytes {
		say("bytes of memory", h.before.bytes, h.after.bytes)
	}
	return all
}
