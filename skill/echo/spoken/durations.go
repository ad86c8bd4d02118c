package spoken

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is AMAZON.DURATION, in ISO 8601 and in the units that were said: "ninety minutes" is "PT90M", "an hour and a half"
// "PT1H30M", "two weeks" "P2W". Weeks beside other units count as seven days each.
func Duration(words []string) (string, bool) {
	d, ok := firstWhole(words, []func(*reader) (span, bool){(*reader).span})
	return d.iso(), ok && d != span{}
}

// unit is a unit of time.
type unit int

const (
	years unit = iota
	monthsOf
	weeks
	daysOf
	hours
	minutes
	seconds
	unitCount
)

var unitWords = map[string]unit{
	"year": years, "years": years, "month": monthsOf, "months": monthsOf, "week": weeks, "weeks": weeks,
	"day": daysOf, "days": daysOf, "hour": hours, "hours": hours, "minute": minutes, "minutes": minutes,
	"min": minutes, "mins": minutes, "second": seconds, "seconds": seconds,
}

// parts say what a fraction of a unit is made of: n of a smaller unit. Half a month is nothing that can be counted.
var parts = map[unit]struct {
	of unit
	n  int
}{
	years: {monthsOf, 12}, daysOf: {hours, 24}, hours: {minutes, 60}, minutes: {seconds, 60},
}

// span counts each unit.
type span [unitCount]int

// span reads amounts from the largest unit to the smallest: "two years three hours and ten minutes".
func (r *reader) span() (span, bool) {
	var total span
	last := unit(-1)
	for {
		start := r.pos
		if last >= 0 {
			r.take("and")
		}
		u, amount, ok := r.amount()
		if !ok || u <= last {
			r.pos = start
			return total, last >= 0
		}
		last = u
		for i, n := range amount {
			total[i] += n
		}
	}
}

// amount reads one unit with how many of it: "two hours", "half an hour", "an hour and a half", "two and a half hours",
// "2.5 hours", "three quarters of an hour", "a fortnight".
func (r *reader) amount() (unit, span, bool) {
	start := r.pos
	for _, form := range []func(*reader) (unit, span, bool){(*reader).fraction, (*reader).mixed, (*reader).fortnight, (*reader).whole} {
		if u, d, ok := form(r); ok {
			return u, d, true
		}
		r.pos = start
	}
	return 0, span{}, false
}

// fraction reads "half an hour", "half a day", "a half hour", "a quarter of an hour", "three quarters of an hour".
func (r *reader) fraction() (unit, span, bool) {
	quarters := 0
	switch {
	case r.take("three", "quarters"):
		quarters = 3
	case r.take("half"), r.take("a", "half"):
		quarters = 2
	case r.take("quarter"), r.take("a", "quarter"):
		quarters = 1
	default:
		return 0, span{}, false
	}
	r.take("of")
	_, _ = r.takeAny("a", "an")
	u, ok := lookup(r, unitWords)
	if !ok {
		return 0, span{}, false
	}
	var d span
	return u, d, d.addQuarters(u, quarters)
}

// mixed reads "two and a half hours", "two point five hours", "2.5 hours".
func (r *reader) mixed() (unit, span, bool) {
	n, quarters := 0, 0
	if isDecimal(r.peek()) {
		whole, fraction, _ := strings.Cut(r.next(), ".")
		var err error
		n, err = strconv.Atoi(whole)
		quarters = map[string]int{"25": 1, "5": 2, "50": 2, "75": 3}[fraction]
		if err != nil {
			return 0, span{}, false
		}
	} else {
		var ok bool
		if n, ok = r.cardinal(); !ok {
			return 0, span{}, false
		}
		switch {
		case r.take("and", "three", "quarters"), r.take("point", "seven", "five"):
			quarters = 3
		case r.take("and", "a", "half"), r.take("point", "five"):
			quarters = 2
		case r.take("and", "a", "quarter"), r.take("point", "two", "five"):
			quarters = 1
		}
	}
	u, ok := lookup(r, unitWords)
	if !ok || quarters == 0 || n > maxAmount {
		return 0, span{}, false
	}
	var d span
	d[u] = n
	return u, d, d.addQuarters(u, quarters)
}

// whole reads "two hours", "an hour", "a couple of days", "an hour and a half", and "hour" alone, as in "for the next hour".
func (r *reader) whole() (unit, span, bool) {
	n, ok := r.count()
	if !ok && !strings.HasSuffix(r.peek(), "s") {
		n, ok = 1, true
	}
	if !ok || n > maxAmount {
		return 0, span{}, false
	}
	u, ok := lookup(r, unitWords)
	if !ok {
		return 0, span{}, false
	}
	var d span
	d[u] = n
	switch start := r.pos; {
	case r.take("and", "a", "half"), r.take("and", "half"):
		// "and a half hour" belongs to what follows.
		if _, unitFollows := unitWords[r.peek()]; unitFollows || !d.addQuarters(u, 2) {
			r.pos = start
		}
	case r.take("and", "a", "quarter"):
		if _, unitFollows := unitWords[r.peek()]; unitFollows || r.peek() == "of" || !d.addQuarters(u, 1) {
			r.pos = start
		}
	}
	return u, d, true
}

func (r *reader) fortnight() (unit, span, bool) {
	n, ok := r.count()
	_, named := r.takeAny("fortnight", "fortnights")
	return weeks, span{weeks: 2 * n}, ok && named && n <= maxAmount
}

// maxAmount bounds how many of one unit are believed.
const maxAmount = 999_999

// count reads how many: a number, "a", "an", "a couple of".
func (r *reader) count() (int, bool) {
	if r.take("a", "couple", "of") || r.take("a", "couple") {
		return 2, true
	}
	if n, ok := r.cardinal(); ok {
		return n, true
	}
	_, ok := r.takeAny("a", "an")
	return 1, ok
}

// addQuarters adds quarters of a unit, in the next smaller unit that makes them whole; false if none does.
func (d *span) addQuarters(u unit, quarters int) bool {
	part, ok := parts[u]
	if !ok {
		return false
	}
	d[part.of] += part.n * quarters / 4
	return true
}

// clockOnly is the span as time on the clock; false if it holds days or more.
func (d span) clockOnly() (time.Duration, bool) {
	for u := years; u < hours; u++ {
		if d[u] != 0 {
			return 0, false
		}
	}
	return time.Duration(d[hours])*time.Hour + time.Duration(d[minutes])*time.Minute + time.Duration(d[seconds])*time.Second, true
}

// iso writes the span. Weeks stand alone in ISO 8601.
func (d span) iso() string {
	if d == (span{weeks: d[weeks]}) {
		return fmt.Sprintf("P%dW", d[weeks])
	}
	d[daysOf], d[weeks] = d[daysOf]+7*d[weeks], 0
	var date, clock strings.Builder
	for u, letter := range [unitCount]byte{years: 'Y', monthsOf: 'M', daysOf: 'D', hours: 'H', minutes: 'M', seconds: 'S'} {
		if d[u] == 0 || letter == 0 {
			continue
		}
		into := &date
		if unit(u) >= hours {
			into = &clock
		}
		fmt.Fprintf(into, "%d%c", d[u], letter)
	}
	if clock.Len() > 0 {
		return "P" + date.String() + "T" + clock.String()
	}
	return "P" + date.String()
}
