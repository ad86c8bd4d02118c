package spoken

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The parts of the day as AMAZON.TIME writes them.
const (
	night     = "NI"
	morning   = "MO"
	afternoon = "AF"
	evening   = "EV"
)

var dayParts = map[string]string{"morning": morning, "afternoon": afternoon, "evening": evening, "night": night, "tonight": night}

// Time is AMAZON.TIME: "18:30", or a part of the day: "NI", "MO", "AF", "EV". A span from now ("in two hours")
// is the time of day then. Other prepositions belong to the sample around the slot: "at six" is no time.
//
// A time that is said on the twelve-hour clock without saying which half of the day is the next such time after now: "seven",
// said at two in the afternoon, is 19:00; said at eight in the evening, it is 07:00. Alexa asks back or guesses in that
// place. It looks at the clock alone; who knows that another day is meant gives the morning of that day as now. Hours above twelve, a leading zero
// ("oh seven thirty") and "hundred" mean the twenty-four-hour clock.
func Time(words []string, now time.Time) (string, bool) {
	c := clock{now: now}
	return firstWhole(words, []func(*reader) (string, bool){partOfDay, fixedTime, c.fromNow, c.pastOrTo, c.hourMinute})
}

func partOfDay(r *reader) (string, bool) {
	if r.take("tonight") || r.take("at", "night") {
		return night, true
	}
	if !r.take("in", "the") && !r.take("during", "the") && !r.take("this") {
		r.take("the")
	}
	part, ok := lookup(r, dayParts)
	return part, ok
}

func fixedTime(r *reader) (string, bool) {
	start := r.pos
	r.take("twelve")
	switch word, _ := r.takeAny("noon", "midday", "midnight"); word {
	case "noon", "midday":
		return "12:00", true
	case "midnight":
		return "00:00", true
	default:
		r.pos = start
		return "", false
	}
}

// clock reads times of day relative to an instant.
type clock struct{ now time.Time }

// fromNow reads "in two hours" and "twenty minutes from now".
func (c clock) fromNow(r *reader) (string, bool) {
	in := r.take("in")
	d, ok := r.span()
	if !ok || !in && !r.take("from", "now") {
		return "", false
	}
	at, ok := d.clockOnly()
	return c.now.Add(at).Format("15:04"), ok
}

// pastOrTo reads "half past six", "a quarter to seven", "ten minutes after noon".
func (c clock) pastOrTo(r *reader) (string, bool) {
	minutes := 0
	r.take("a")
	switch word, _ := r.takeAny("half", "quarter"); word {
	case "half":
		minutes = 30
	case "quarter":
		minutes = 15
	default:
		n, ok := r.cardinal()
		if !ok || n < 1 || n > 59 {
			return "", false
		}
		minutes = n
		_, _ = r.takeAny("minutes", "minute")
	}
	switch word, _ := r.takeAny("past", "after", "to", "of", "till", "before"); word {
	case "past", "after":
	case "":
		return "", false
	default:
		minutes = -minutes
	}
	if noon, ok := fixedTime(r); ok {
		base := map[string]int{"12:00": 12 * 60, "00:00": 24 * 60}[noon]
		return asClock(base + minutes), true
	}
	t, ok := r.hour()
	if !ok {
		return "", false
	}
	r.take("o'clock")
	return c.settle(r, t.hour*60+minutes, t.exact)
}

// hourMinute reads "six", "six thirty p. m.", "6:30", "eighteen hundred", "oh six fifteen", each with "in the morning", "at
// night" or "tonight" where that fits.
func (c clock) hourMinute(r *reader) (string, bool) {
	if hour, minute, ok := strings.Cut(r.peek(), ":"); ok {
		r.pos++
		h, herr := strconv.Atoi(hour)
		m, merr := strconv.Atoi(minute)
		if herr != nil || merr != nil || h < 0 || h > 23 || m < 0 || m > 59 || len(minute) != 2 {
			return "", false
		}
		return c.settle(r, h*60+m, h > 12 || hour[0] == '0')
	}
	t, ok := r.hour()
	if !ok {
		return "", false
	}
	if r.take("hundred") {
		_, _ = r.takeAny("hours", "hour")
		return asClock(t.hour * 60), r.done()
	}
	if r.take("o'clock") {
		return c.settle(r, t.hour*60, t.exact)
	}
	minute, _ := r.minute()
	return c.settle(r, t.hour*60+minute, t.exact)
}

type hour struct {
	hour  int
	exact bool // on the twenty-four-hour clock
}

// hour reads 0 to 23.
func (r *reader) hour() (hour, bool) {
	start := r.pos
	if w := r.peek(); allDigits(w) && len(w) <= 2 {
		r.pos++
		n, err := strconv.Atoi(w)
		return hour{n, n > 12 || w[0] == '0'}, err == nil && n < 24
	}
	if _, ok := lookup(r, zeros); ok {
		n, six := lookup(r, units) // "oh six"; "zero thirty" is after midnight, but "oh" alone is no time
		return hour{n, true}, six || !r.done()
	}
	n, ok := r.below100()
	if ok && n >= 24 {
		ok = false // nobody says "twenty five" for five past twenty
	}
	if !ok {
		r.pos = start
	}
	return hour{n, n > 12}, ok
}

// minute reads "thirty", "oh five", "30".
func (r *reader) minute() (int, bool) {
	start := r.pos
	if w := r.peek(); allDigits(w) {
		n, err := strconv.Atoi(w)
		if err == nil && len(w) == 2 && n < 60 {
			r.pos++
			return n, true
		}
		return 0, false
	}
	if _, ok := lookup(r, zeros); ok {
		if n, ok := lookup(r, units); ok {
			return n, true
		}
	} else if n, ok := r.below100(); ok && n >= 10 && n < 60 {
		return n, true
	}
	r.pos = start
	return 0, false
}

// settle reads the half of the day, if it is said, and finds the time. minutes is what was said, counted from midnight, and
// may lie an hour outside the day.
func (c clock) settle(r *reader, minutes int, exact bool) (string, bool) {
	const noon, day = 12 * 60, 24 * 60
	minutes = (minutes + day) % day
	inHalf := minutes % noon
	early, late := asClock(inHalf), asClock(inHalf+noon)
	switch part, said := r.halfOfDay(); {
	case said && exact:
		return asClock(minutes), part.fits(minutes)
	case said && part.late(inHalf):
		return late, true
	case said:
		return early, true
	case exact:
		return asClock(minutes), true
	}
	// asClock sorts as text.
	at := c.now.Format("15:04")
	if at < early {
		return early, true
	}
	if at < late {
		return late, true
	}
	return early, true
}

// asClock writes minutes after midnight; a day's worth too many is midnight again.
func asClock(minutes int) string {
	minutes = (minutes + 24*60) % (24 * 60)
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

// half is how a speaker says which half of the day is meant.
type half string

// halfOfDay reads "am", "pm", "in the morning", "this evening", "at night", "tonight".
func (r *reader) halfOfDay() (half, bool) {
	if word, ok := r.takeAny("am", "pm"); ok {
		return half(word), true
	}
	if r.done() {
		return "", false
	}
	part, ok := partOfDay(r)
	return half(part), ok
}

// late tells whether a time of the twelve-hour clock is after noon. Seven at night is 19:00, two at night 02:00; twelve at
// night and twelve in the evening are midnight.
func (h half) late(inHalf int) bool {
	switch h {
	case "pm", afternoon:
		return true
	case evening:
		return inHalf >= 60
	case night:
		return inHalf >= 6*60
	default:
		return false
	}
}

// fits tells whether a time of the twenty-four-hour clock lies in that half: "eighteen hours in the morning" does not.
func (h half) fits(minutes int) bool {
	return h == night || h.late(minutes%(12*60)) == (minutes >= 12*60)
}
