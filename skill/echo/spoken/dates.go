package spoken

import (
	"fmt"
	"strconv"
	"time"
)

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
}

var months = map[string]time.Month{
	"january": time.January, "february": time.February, "march": time.March, "april": time.April, "may": time.May,
	"june": time.June, "july": time.July, "august": time.August, "september": time.September,
	"october": time.October, "november": time.November, "december": time.December,
}

// relative says how many periods from the present one a word leads.
var relative = map[string]int{"this": 0, "next": 1, "last": -1}

// days are named by their distance from today.
var days = []struct {
	words []string
	from  int
}{
	{[]string{"the", "day", "after", "tomorrow"}, 2},
	{[]string{"day", "after", "tomorrow"}, 2},
	{[]string{"the", "day", "before", "yesterday"}, -2},
	{[]string{"day", "before", "yesterday"}, -2},
	{[]string{"today"}, 0},
	{[]string{"tomorrow"}, 1},
	{[]string{"yesterday"}, -1},
}

// Date is AMAZON.DATE. A day is "2031-05-09", a week "2031-W19", a weekend "2031-W19-WE", a month "2031-05", a year "2031", a
// decade "203X", a season "2031-SU", and "right now" is "PRESENT_REF". The calendar day of now in its own
// time zone is today. Prepositions belong to the sample around the slot: "on friday" is no date.
//
// Where a phrase leaves a choice, it means the present or the coming one: "friday" said on a Friday is today, "the ninth"
// said on the twelfth is next month's, "may" said in June is next year's. "Next friday" is the Friday of the week after this
// one (weeks start on Monday), "last friday" the latest one before today. A weekday said before a day of the month
// ("friday the ninth") is not checked against it.
func Date(words []string, now time.Time) (string, bool) {
	c := calendar{today: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
	return firstWhole(words, []func(*reader) (string, bool){
		present, c.exactDay, c.dayOfMonth, c.week, c.month, c.season, c.year, c.decade,
	})
}

// calendar reads dates relative to a day.
type calendar struct{ today time.Time }

func present(r *reader) (string, bool) {
	return "PRESENT_REF", r.take("right", "now") || r.take("now")
}

func (c calendar) exactDay(r *reader) (string, bool) {
	for _, form := range []func(*reader) (time.Time, bool){c.namedDay, c.distantDay, c.weekday} {
		start := r.pos
		if day, ok := form(r); ok && r.done() {
			return day.Format(time.DateOnly), true
		}
		r.pos = start
	}
	return "", false
}

func (c calendar) namedDay(r *reader) (time.Time, bool) {
	for _, d := range days {
		if r.take(d.words...) {
			return c.today.AddDate(0, 0, d.from), true
		}
	}
	return time.Time{}, false
}

// distantDay reads "in three days", "two weeks from friday", "a month ago".
func (c calendar) distantDay(r *reader) (time.Time, bool) {
	in := r.take("in")
	n, ok := r.count()
	if !ok || n > maxPeriods {
		return time.Time{}, false
	}
	period, ok := lookup(r, calendarPeriods)
	switch {
	case !ok:
		return time.Time{}, false
	case in:
		return period(c.today, n), true
	case r.take("ago"):
		return period(c.today, -n), true
	case !r.take("from"):
		return time.Time{}, false
	case r.take("now"):
		return period(c.today, n), true
	}
	for _, form := range []func(*reader) (time.Time, bool){c.namedDay, c.weekday} {
		if day, ok := form(r); ok {
			return period(day, n), true
		}
	}
	return time.Time{}, false
}

// maxPeriods keeps "in nine hundred million years" inside the calendar.
const maxPeriods = 999

var calendarPeriods = map[string]func(time.Time, int) time.Time{
	"day": addDays, "days": addDays,
	"week":  func(t time.Time, n int) time.Time { return addDays(t, 7*n) },
	"weeks": func(t time.Time, n int) time.Time { return addDays(t, 7*n) },
	"month": addMonths, "months": addMonths,
	"year":  func(t time.Time, n int) time.Time { return addMonths(t, 12*n) },
	"years": func(t time.Time, n int) time.Time { return addMonths(t, 12*n) },
}

func addDays(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }

// addMonths keeps the day of the month where it can: a month after January 31 is the last of February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), daysIn(first))-1)
}

func daysIn(month time.Time) int {
	return time.Date(month.Year(), month.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// weekday reads "friday", "next friday", "friday next week" and "friday week".
func (c calendar) weekday(r *reader) (time.Time, bool) {
	which, named := lookup(r, relative)
	coming := !named && (r.take("coming") || r.take("the", "coming"))
	day, ok := lookup(r, weekdays)
	if !ok {
		return time.Time{}, false
	}
	inWeek := func(week int) time.Time {
		return c.monday().AddDate(0, 0, 7*week+(int(day)+6)%7)
	}
	ahead := c.today.AddDate(0, 0, (int(day)-int(c.today.Weekday())+7)%7)
	switch {
	case named && which > 0:
		return inWeek(1), true
	case named && which < 0:
		return c.today.AddDate(0, 0, -1-(int(c.today.Weekday())-int(day)+6)%7), true
	case coming, named:
		return ahead, true
	case r.take("week"):
		return ahead.AddDate(0, 0, 7), true
	}
	start := r.pos
	r.take("of")
	if week, ok := lookup(r, relative); ok && r.take("week") {
		return inWeek(week), true
	}
	r.pos = start
	return ahead, true
}

// monday starts the present week.
func (c calendar) monday() time.Time {
	return c.today.AddDate(0, 0, -(int(c.today.Weekday())+6)%7)
}

// dayOfMonth reads "the twelfth", "may ninth", "may 9", "the ninth of may", each with a year if it is said, or with a weekday
// in front.
func (c calendar) dayOfMonth(r *reader) (string, bool) {
	if _, ok := lookup(r, weekdays); ok && r.done() {
		return "", false
	}
	if month, ok := lookup(r, months); ok {
		r.take("the")
		day, ok := r.ordinal()
		if !ok {
			day, ok = r.cardinal()
		}
		if !ok {
			return "", false
		}
		return c.inMonth(r, month, day)
	}
	r.take("the")
	day, ok := r.ordinal()
	if !ok {
		return "", false
	}
	if !r.take("of") {
		return c.comingDay(day)
	}
	if r.take("this", "month") {
		return civil(c.today.Year(), c.today.Month(), day)
	}
	if r.take("next", "month") {
		return civil(c.today.Year(), c.today.Month()+1, day)
	}
	month, ok := lookup(r, months)
	if !ok {
		return "", false
	}
	return c.inMonth(r, month, day)
}

// inMonth is a day of a named month: of the year that is said, or else the coming one.
func (c calendar) inMonth(r *reader, month time.Month, day int) (string, bool) {
	if !r.done() {
		year, ok := r.year()
		if !ok {
			return "", false
		}
		return civil(year, month, day)
	}
	// Eight years always hold a February 29.
	for year := c.today.Year(); year <= c.today.Year()+8; year++ {
		if date, ok := civil(year, month, day); ok && date >= c.today.Format(time.DateOnly) {
			return date, true
		}
	}
	return "", false
}

// comingDay is a day of this month or the first later one that has it.
func (c calendar) comingDay(day int) (string, bool) {
	for ahead := range time.Month(12) {
		if date, ok := civil(c.today.Year(), c.today.Month()+ahead, day); ok && date >= c.today.Format(time.DateOnly) {
			return date, true
		}
	}
	return "", false
}

// civil writes a date; false if the month has no such day.
func civil(year int, month time.Month, day int) (string, bool) {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	if day < 1 || day > daysIn(first) {
		return "", false
	}
	return first.AddDate(0, 0, day-1).Format(time.DateOnly), true
}

// week reads "this week", "next weekend", "the weekend", "the week after next".
func (c calendar) week(r *reader) (string, bool) {
	ahead, named := lookup(r, relative)
	if !named {
		r.take("the")
	}
	word, ok := r.takeAny("week", "weekend")
	if !ok {
		return "", false
	}
	if !named && r.take("after", "next") {
		ahead, named = 2, true
	}
	if !named && word == "week" {
		return "", false // "week" alone says nothing
	}
	year, week := c.monday().AddDate(0, 0, 7*ahead).ISOWeek()
	value := fmt.Sprintf("%d-W%02d", year, week)
	if word == "weekend" {
		value += "-WE"
	}
	return value, true
}

// month reads "this month", "may", "next may" and "may twenty thirty one".
func (c calendar) month(r *reader) (string, bool) {
	ahead, named := lookup(r, relative)
	if named && r.take("month") {
		return c.today.AddDate(0, ahead, 1-c.today.Day()).Format("2006-01"), true
	}
	month, ok := lookup(r, months)
	if !ok {
		return "", false
	}
	year := c.today.Year()
	switch {
	case !r.done():
		said, ok := r.year()
		if !ok || named {
			return "", false
		}
		year = said
	case ahead > 0 && month <= c.today.Month(), !named && month < c.today.Month():
		year++
	case ahead < 0 && month >= c.today.Month():
		year--
	}
	return fmt.Sprintf("%04d-%02d", year, month), true
}

var seasons = map[string]struct {
	code   string
	starts time.Month
}{
	"spring": {"SP", time.March}, "summer": {"SU", time.June}, "fall": {"FA", time.September},
	"autumn": {"FA", time.September}, "winter": {"WI", time.December},
}

// season reads "summer", "next winter", "the spring of 2032". A season of three whole months carries the year it starts in,
// and lasts until the next one starts.
func (c calendar) season(r *reader) (string, bool) {
	ahead, named := lookup(r, relative)
	if !named {
		r.take("the")
	}
	season, ok := lookup(r, seasons)
	if !ok {
		return "", false
	}
	year := c.today.Year()
	if !r.done() {
		r.take("of")
		said, ok := r.year()
		return fmt.Sprintf("%04d-%s", said, season.code), ok && !named
	}
	within := func(year int) bool { // the season that started in that year is not over
		return c.today.Before(time.Date(year, season.starts+3, 1, 0, 0, 0, 0, time.UTC))
	}
	for within(year - 1) {
		year--
	}
	for !within(year) {
		year++
	}
	started := !c.today.Before(time.Date(year, season.starts, 1, 0, 0, 0, 0, time.UTC))
	if ahead > 0 && !started {
		ahead = 0 // the coming one is the next one
	}
	return fmt.Sprintf("%04d-%s", year+ahead, season.code), true
}

// year reads "this year", "twenty thirty two" and "2032".
func (c calendar) year(r *reader) (string, bool) {
	if ahead, ok := lookup(r, relative); ok {
		return strconv.Itoa(c.today.Year() + ahead), r.take("year")
	}
	year, ok := r.year()
	return strconv.Itoa(year), ok
}

// decade reads "this decade" and "the next decade".
func (c calendar) decade(r *reader) (string, bool) {
	r.take("the")
	ahead, ok := lookup(r, relative)
	return fmt.Sprintf("%dX", c.today.Year()/10+ahead), ok && r.take("decade")
}

// year reads a year from 1900 to 2099: in figures, in pairs ("twenty thirty one", "twenty oh five") or as a number.
func (r *reader) year() (int, bool) {
	start := r.pos
	if digits, ok := r.digitByDigit(); ok && len(digits) == 4 {
		if n, err := strconv.Atoi(digits); err == nil && n >= 1900 && n < 2100 {
			return n, true
		}
	}
	r.pos = start
	if n, ok := r.cardinal(); ok && n >= 1900 && n < 2100 {
		return n, true
	}
	r.pos = start
	return 0, false
}
