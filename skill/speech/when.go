package speech

import (
	"errors"
	"strconv"
	"time"
)

var (
	_ Arg = Duration(0)
	_ Arg = Clock{}
	_ Arg = Moment{}
	_ Arg = Ago{}
	_ Arg = Day{}
)

// Duration is how long something takes, in at most two units: "40 minutes", "one hour and 30 minutes",
// "three days", "two weeks". From a minute on it is rounded to minutes, from a day on to hours. It is never
// negative.
type Duration time.Duration

func (d Duration) format(v *Voice, _ Setting) (string, error) {
	if d < 0 {
		return "", errors.New("a negative duration")
	}
	return v.duration(time.Duration(d)), nil
}

const (
	oneDay  = 24 * time.Hour
	oneWeek = 7 * oneDay
)

func (v *Voice) duration(d time.Duration) string {
	if d = d.Round(time.Second); d >= time.Minute {
		d = d.Round(time.Minute)
	}
	if d >= oneDay {
		d = d.Round(time.Hour)
	}
	say := func(span time.Duration, u unit) string {
		n := int(d / span)
		d -= time.Duration(n) * span
		return v.unitForm(u, v.pluralOf(n)).fill(countArg, v.cardinal(n))
	}
	var large, small string
	switch {
	case d >= oneWeek && d%oneWeek == 0:
		return say(oneWeek, week)
	case d >= oneDay:
		if large = say(oneDay, day); d > 0 {
			small = say(time.Hour, hour)
		}
	case d >= time.Hour:
		if large = say(time.Hour, hour); d > 0 {
			small = say(time.Minute, minute)
		}
	case d >= time.Minute:
		large = say(time.Minute, minute)
	default:
		large = say(time.Second, second)
	}
	if small == "" {
		return large
	}
	return v.format.twoUnits.fill("large", large, "small", small)
}

// Clock is a time of day in At's zone, to the minute: "6 PM", "6:30 PM", "noon". Seconds are dropped.
type Clock struct{ At time.Time }

var errNoInstant = errors.New("no instant")

func (c Clock) format(v *Voice, _ Setting) (string, error) {
	if c.At.IsZero() {
		return "", errNoInstant
	}
	return v.clock(c.At), nil
}

func (v *Voice) clock(at time.Time) string {
	words := &v.format.clock
	hour, minute := at.Hour(), at.Minute()
	switch {
	case hour == 0 && minute == 0 && words.midnight != "":
		return words.midnight
	case hour == 12 && minute == 0 && words.noon != "":
		return words.noon
	}
	dial := hour % words.hours
	if dial == 0 && words.hours == 12 {
		dial = 12
	}
	pattern := words.full
	if minute != 0 {
		pattern = words.with
	}
	return pattern.fill("hour", strconv.Itoa(dial), "minute", twoDigits(minute), "half", words.halves[hour/12])
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// Moment is a time on a day, seen from Now in At's zone: "6 PM today", "6 PM tomorrow", "6 PM on Friday"
// within the coming week, else "6 PM on May 9", with the year when it is another and more than half a year
// off. Midnight is told as the end of the night before: "midnight tonight".
type Moment struct{ At, Now time.Time }

func (m Moment) format(v *Voice, _ Setting) (string, error) {
	if m.At.IsZero() || m.Now.IsZero() {
		return "", errNoInstant
	}
	at, words := m.At, &v.format.moment
	if at.Hour() == 0 && at.Minute() == 0 && v.format.midnight.date != nil {
		// Noon of the day before: a civil day, whatever daylight saving does in between.
		at = time.Date(at.Year(), at.Month(), at.Day()-1, 12, 0, 0, 0, at.Location())
		words = &v.format.midnight
	}
	now := m.Now.In(m.At.Location())
	var pattern *template
	switch days := civilDay(at) - civilDay(now); {
	case days == -1:
		pattern = words.yesterday
	case days == 0:
		pattern = words.today
	case days == 1:
		pattern = words.tomorrow
	case days > 1 && days < 7:
		pattern = words.weekday
	default:
		pattern = dated(at, now, words.date, words.dateYear)
	}
	return v.onDay(pattern, at, v.clock(m.At)), nil
}

// Ago is when something was, seen from Now in At's zone: "just now", "40 minutes ago", "three hours ago"
// up to half a day, then "today at 6 AM", "yesterday at 6 PM", "three days ago", and "on May 2" from a week
// on, with the year as Moment has it. What seems to lie in the future is just now: clocks disagree.
type Ago struct{ At, Now time.Time }

func (a Ago) format(v *Voice, _ Setting) (string, error) {
	if a.At.IsZero() || a.Now.IsZero() {
		return "", errNoInstant
	}
	words := &v.format.ago
	now := a.Now.In(a.At.Location())
	since := now.Sub(a.At).Round(time.Minute)
	days := civilDay(now) - civilDay(a.At)
	switch {
	case since < time.Minute:
		return words.now.fill(), nil
	case since < time.Hour:
		return words.since.fill("duration", v.duration(since)), nil
	case since < 12*time.Hour:
		return words.since.fill("duration", v.duration(since.Round(time.Hour))), nil
	case days == 0:
		return words.today.fill("time", v.clock(a.At)), nil
	case days == 1:
		return words.yesterday.fill("time", v.clock(a.At)), nil
	case days < 7:
		return words.since.fill("duration", v.duration(time.Duration(days)*oneDay)), nil
	default:
		return v.onDay(dated(a.At, now, words.date, words.dateYear), a.At, ""), nil
	}
}

// Day is the day of an instant, seen from Now in At's zone: "today", "yesterday", "tomorrow", "on Monday" for less
// than a week in either direction (the tense of the line tells which), else "on May 2", with the year as Moment
// has it.
type Day struct{ At, Now time.Time }

func (d Day) format(v *Voice, _ Setting) (string, error) {
	if d.At.IsZero() || d.Now.IsZero() {
		return "", errNoInstant
	}
	words := &v.format.day
	now := d.Now.In(d.At.Location())
	var pattern *template
	switch days := civilDay(d.At) - civilDay(now); {
	case days == -1:
		pattern = words.yesterday
	case days == 0:
		pattern = words.today
	case days == 1:
		pattern = words.tomorrow
	case days > -7 && days < 7:
		pattern = words.weekday
	default:
		pattern = dated(d.At, now, words.date, words.dateYear)
	}
	return v.onDay(pattern, d.At, ""), nil
}

func (v *Voice) onDay(pattern *template, day time.Time, clock string) string {
	return pattern.fill("time", clock,
		"weekday", v.format.weekdays[day.Weekday()],
		"month", v.format.months[day.Month()-1],
		"day", strconv.Itoa(day.Day()),
		"year", strconv.Itoa(day.Year()))
}

func dated(at, now time.Time, date, dateYear *template) *template {
	apart := civilDay(at) - civilDay(now)
	if at.Year() != now.Year() && max(apart, -apart) > 182 {
		return dateYear
	}
	return date
}

// civilDay numbers the days of the calendar, so that days can be subtracted where hours cannot: a day with
// a change to daylight saving has 23 of them.
func civilDay(t time.Time) int {
	year, month, day := t.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / int64(oneDay/time.Second))
}
