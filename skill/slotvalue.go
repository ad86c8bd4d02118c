package skill

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The formats of this file are those of Amazon's Slot Type Reference. All of it is pure: what a value means
// today, or where the owner lives, is for the caller to say. Errors never repeat the value, which may be a
// PIN that landed in the wrong slot.

// Years outside this span are mistakes of recognition, not dates that somebody means.
const (
	firstYear = 1900
	lastYear  = 2199
)

// CivilDate is a day of the calendar, without a time zone.
type CivilDate struct {
	Year  int
	Month time.Month
	Day   int
}

// CivilDateOf is the day of an instant, in the instant's own zone.
func CivilDateOf(t time.Time) CivilDate {
	year, month, day := t.Date()
	return CivilDate{Year: year, Month: month, Day: day}
}

// In gives the first instant of the day in a zone: midnight, or a little later where clocks skip midnight.
func (c CivilDate) In(zone *time.Location) time.Time {
	start := time.Date(c.Year, c.Month, c.Day, 0, 0, 0, 0, zone)
	if CivilDateOf(start).Before(c) {
		_, start = start.ZoneBounds()
	}
	return start
}

// Add moves by days, across months and years.
func (c CivilDate) Add(days int) CivilDate {
	return CivilDateOf(time.Date(c.Year, c.Month, c.Day+days, 0, 0, 0, 0, time.UTC))
}

// Before reports whether the day comes before another.
func (c CivilDate) Before(o CivilDate) bool {
	if c.Year != o.Year {
		return c.Year < o.Year
	}
	return c.Month < o.Month || c.Month == o.Month && c.Day < o.Day
}

// Date is what an AMAZON.DATE slot means: the days from From up to, not including, To. "Now" has no days of
// its own: then Present is set, and From and To are zero.
type Date struct {
	From, To CivilDate
	Present  bool
}

// ParseDate reads every form of AMAZON.DATE: a day 2031-05-06, a week 2031-W19, a weekend 2031-W19-WE, a month
// 2031-05, a year 2031, a decade 203X, a season 2031-SU and PRESENT_REF.
//
// Seasons are the meteorological ones of the northern half of the earth; winter begins in December of its year.
func ParseDate(value string) (Date, error) {
	value = strings.TrimSpace(value)
	if value == "PRESENT_REF" {
		return Date{Present: true}, nil
	}
	yearText, rest, partial := strings.Cut(value, "-")
	if decade, ok := strings.CutSuffix(yearText, "X"); ok && !partial && len(decade) == 3 {
		first, err := year(decade + "0")
		if err != nil {
			return Date{}, err
		}
		return Date{From: CivilDate{first, time.January, 1}, To: CivilDate{first + 10, time.January, 1}}, nil
	}
	y, err := year(yearText)
	if err != nil {
		return Date{}, err
	}
	if !partial {
		return Date{From: CivilDate{y, time.January, 1}, To: CivilDate{y + 1, time.January, 1}}, nil
	}
	if week, ok := strings.CutPrefix(rest, "W"); ok && len(rest) != 2 {
		return parseWeek(y, week)
	}
	if month, ok := seasons[rest]; ok {
		return months(y, month, 3), nil
	}
	return parseMonthOrDay(y, rest)
}

// seasons maps a season to its first month.
var seasons = map[string]time.Month{"SP": time.March, "SU": time.June, "FA": time.September, "WI": time.December}

var errDate = errors.New("not a date in a form of AMAZON.DATE")

func year(text string) (int, error) {
	y, ok := digits(text, 4)
	if !ok {
		return 0, errDate
	}
	if y < firstYear || y > lastYear {
		return 0, fmt.Errorf("a year outside %d to %d", firstYear, lastYear)
	}
	return y, nil
}

func parseWeek(y int, text string) (Date, error) {
	text, weekend := strings.CutSuffix(text, "-WE")
	week, ok := digits(text, 2)
	if !ok {
		return Date{}, errDate
	}
	// January 4 is always in the first ISO week.
	january4 := time.Date(y, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := january4.AddDate(0, 0, 7*(week-1)-int(january4.Weekday()+6)%7)
	if isoYear, isoWeek := monday.ISOWeek(); isoYear != y || isoWeek != week {
		return Date{}, errors.New("a week that its year does not have")
	}
	from := CivilDateOf(monday)
	if weekend {
		from = from.Add(5)
	}
	return Date{From: from, To: CivilDateOf(monday).Add(7)}, nil
}

func parseMonthOrDay(y int, text string) (Date, error) {
	monthText, dayText, isDay := strings.Cut(text, "-")
	month, ok := digits(monthText, 2)
	if !ok || month < 1 || month > 12 {
		return Date{}, errDate
	}
	if !isDay {
		return months(y, time.Month(month), 1), nil
	}
	day, ok := digits(dayText, 2)
	if !ok || day < 1 {
		return Date{}, errDate
	}
	from := CivilDate{y, time.Month(month), day}
	if from.Add(0) != from {
		return Date{}, errors.New("a day that its month does not have")
	}
	return Date{From: from, To: from.Add(1)}, nil
}

func months(y int, first time.Month, count int) Date {
	end := time.Date(y, first+time.Month(count), 1, 0, 0, 0, 0, time.UTC)
	return Date{From: CivilDate{y, first, 1}, To: CivilDateOf(end)}
}

// DayPart is a part of the day that AMAZON.TIME can name instead of a clock time.
type DayPart string

// The parts of the day.
const (
	Morning   DayPart = "MO"
	Afternoon DayPart = "AF"
	Evening   DayPart = "EV"
	Night     DayPart = "NI"
)

// TimeOfDay is what an AMAZON.TIME slot means. For a part of the day, Hour and Minute are its beginning and
// Lasts its length on the wall clock (the night goes on past midnight); for a clock time Part is empty and
// Lasts is zero.
type TimeOfDay struct {
	Hour, Minute int
	Part         DayPart
	Lasts        time.Duration
}

// dayParts are our own reading of the four words; Amazon gives them no hours.
var dayParts = map[DayPart]TimeOfDay{
	Morning:   {Hour: 6, Part: Morning, Lasts: 6 * time.Hour},
	Afternoon: {Hour: 12, Part: Afternoon, Lasts: 5 * time.Hour},
	Evening:   {Hour: 17, Part: Evening, Lasts: 4 * time.Hour},
	Night:     {Hour: 21, Part: Night, Lasts: 9 * time.Hour},
}

// ParseTime reads AMAZON.TIME: HH:MM on a 24-hour clock, or one of MO, AF, EV, NI.
func ParseTime(value string) (TimeOfDay, error) {
	value = strings.TrimSpace(value)
	if part, ok := dayParts[DayPart(value)]; ok {
		return part, nil
	}
	hourText, minuteText, _ := strings.Cut(value, ":")
	hour, hourOK := digits(hourText, 2)
	minute, minuteOK := digits(minuteText, 2)
	if !hourOK || !minuteOK || hour > 23 || minute > 59 {
		return TimeOfDay{}, errors.New("not a time in a form of AMAZON.TIME")
	}
	return TimeOfDay{Hour: hour, Minute: minute}, nil
}

// String writes the time as AMAZON.TIME does.
func (t TimeOfDay) String() string {
	if t.Part != "" {
		return string(t.Part)
	}
	return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute)
}

// Duration is what an AMAZON.DURATION slot means. Calendar and clock are kept apart: a day may have 23 or 25
// hours, and a month 28 to 31 days.
type Duration struct {
	Years, Months, Weeks, Days int
	Clock                      time.Duration
}

// After is the instant that lies d after t, counting calendar parts in t's zone. A month that is too short
// ends the count on its last day: a month after January 31 is the last day of February.
func (d Duration) After(t time.Time) time.Time {
	year, month, day := t.Date()
	last := time.Date(year+d.Years, month+time.Month(d.Months)+1, 0, 0, 0, 0, 0, time.UTC)
	return t.AddDate(last.Year()-year, int(last.Month()-month), min(day, last.Day())-day).
		AddDate(0, 0, 7*d.Weeks+d.Days).
		Add(d.Clock)
}

// maxDuration is the longest that ParseDuration believes, a hundred years of clock time.
const (
	maxYears   = 100
	maxSeconds = maxYears * 366 * 24 * 60 * 60
)

var errDuration = errors.New("not a duration in a form of AMAZON.DURATION")

// ParseDuration reads an ISO 8601 duration as AMAZON.DURATION writes it: P8W, P2YT3H10M, PT0.5S. Only seconds
// may have a fraction. Negative durations and those over a hundred years are refused; zero is not.
func ParseDuration(value string) (Duration, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(value), "P")
	calendar, clock, timed := strings.Cut(text, "T")
	if !ok || text == "" || timed && clock == "" {
		return Duration{}, errDuration
	}
	var d Duration
	var hours, minutes int
	calendar = part(calendar, 'Y', &d.Years)
	calendar = part(calendar, 'M', &d.Months)
	calendar = part(calendar, 'W', &d.Weeks)
	calendar = part(calendar, 'D', &d.Days)
	clock = part(clock, 'H', &hours)
	clock = part(clock, 'M', &minutes)
	seconds, err := parseSeconds(clock)
	if err != nil || calendar != "" {
		return Duration{}, errDuration
	}
	whole := int64(hours)*3600 + int64(minutes)*60 + int64(seconds/time.Second)
	days := int64(d.Years)*366 + int64(d.Months)*31 + int64(d.Weeks)*7 + int64(d.Days)
	if days*24*60*60+whole > maxSeconds {
		return Duration{}, fmt.Errorf("a duration over %d years", maxYears)
	}
	d.Clock = time.Duration(whole)*time.Second + seconds%time.Second
	return d, nil
}

// part takes a leading whole number with its unit off text. Text that does not begin so is returned as it is,
// for the next unit to try; what nobody takes makes the duration invalid.
func part(text string, unit byte, into *int) string {
	end := strings.IndexByte(text, unit)
	if end < 1 || end > 7 {
		return text
	}
	n, ok := digits(text[:end], end)
	if !ok {
		return text
	}
	*into = n
	return text[end+1:]
}

func parseSeconds(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	text, ok := strings.CutSuffix(text, "S")
	whole, fraction, fractional := strings.Cut(text, ".")
	seconds, wholeOK := digits(whole, min(len(whole), 7))
	if !ok || !wholeOK || fractional && fraction == "" || len(fraction) > 9 {
		return 0, errDuration
	}
	nanos := 0
	if fractional {
		if nanos, ok = digits(fraction+strings.Repeat("0", 9-len(fraction)), 9); !ok {
			return 0, errDuration
		}
	}
	return time.Duration(seconds)*time.Second + time.Duration(nanos), nil
}

// String writes the duration in ISO 8601.
func (d Duration) String() string {
	var b strings.Builder
	b.WriteByte('P')
	for _, p := range []struct {
		n    int
		unit byte
	}{{d.Years, 'Y'}, {d.Months, 'M'}, {d.Weeks, 'W'}, {d.Days, 'D'}} {
		if p.n != 0 {
			b.WriteString(strconv.Itoa(p.n))
			b.WriteByte(p.unit)
		}
	}
	if d.Clock == 0 && b.Len() > 1 {
		return b.String()
	}
	b.WriteByte('T')
	hours, rest := d.Clock/time.Hour, d.Clock%time.Hour
	minutes, seconds := rest/time.Minute, rest%time.Minute
	if hours != 0 {
		fmt.Fprintf(&b, "%dH", hours)
	}
	if minutes != 0 {
		fmt.Fprintf(&b, "%dM", minutes)
	}
	if seconds != 0 || d.Clock == 0 {
		b.WriteString(strconv.FormatFloat(seconds.Seconds(), 'f', -1, 64))
		b.WriteByte('S')
	}
	return b.String()
}

// ParseFourDigits reads AMAZON.FOUR_DIGIT_NUMBER, which is text: "0123" has a leading zero.
func ParseFourDigits(value string) (string, error) {
	value = strings.TrimSpace(value)
	if _, ok := digits(value, 4); !ok {
		return "", errors.New("not four digits")
	}
	return value, nil
}

// ParseNumber reads AMAZON.NUMBER, from 0 to 999,999,999. The "?" of a number that was not understood, signs
// and fractions are refused.
func ParseNumber(value string) (int, error) {
	value = strings.TrimSpace(value)
	n, ok := digits(value, min(len(value), 9))
	if !ok {
		return 0, errors.New("not a whole number in a form of AMAZON.NUMBER")
	}
	return n, nil
}

// digits reads exactly n ASCII digits.
func digits(text string, n int) (int, bool) {
	if len(text) != n || n == 0 {
		return 0, false
	}
	value := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		value = 10*value + int(c-'0')
	}
	return value, true
}
