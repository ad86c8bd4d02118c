package access

import (
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// The limits of a window. The cloud enforces its own; these are said before anybody speaks a PIN.
const (
	defaultWindow  = 4 * time.Hour // the delivery window of the in-car services of the field
	shortestWindow = 15 * time.Minute
	longestWindow  = 24 * time.Hour
	farthestDays   = 14
)

// A day that is named without a time means delivery hours, not the night.
var (
	dayBegins = skill.TimeOfDay{Hour: 8}
	dayEnds   = skill.TimeOfDay{Hour: 20}
)

const (
	windowPast     speech.Key = "window.past"
	windowTooLong  speech.Key = "window.too_long"
	windowTooShort speech.Key = "window.too_short"
	windowTooFar   speech.Key = "window.too_far"
	windowUnclear  speech.Key = "window.unclear"
)

func windowLines() speech.Table {
	return speech.Table{
		windowPast:     speech.Says(),
		windowTooLong:  speech.Says("longest"),
		windowTooShort: speech.Says("shortest"),
		windowTooFar:   speech.Says("days"),
		windowUnclear:  speech.Says(),
	}
}

// rolloverLimit is how far ahead a bare time that has already passed today may be taken for tomorrow's:
// "until one" said at ten in the evening is one at night, said at two in the afternoon it is a slip.
const rolloverLimit = 12 * time.Hour

// spokenTime is when somebody may come, as Alexa wrote it down: AMAZON.DATE, AMAZON.TIME and
// AMAZON.DURATION values, empty where nothing was said. The zero value means "from now, four hours".
type spokenTime struct {
	Date     string `json:"date,omitempty"`
	From     string `json:"from,omitempty"`
	Until    string `json:"until,omitempty"`
	Duration string `json:"duration,omitempty"`
}

// with replaces what was newly said. A new end replaces the old one, whichever way each was put.
func (s spokenTime) with(slots skill.Slots) spokenTime {
	if slots.Filled("until") || slots.Filled("duration") {
		s.Until, s.Duration = "", ""
	}
	for name, field := range map[string]*string{"date": &s.Date, "from": &s.From, "until": &s.Until, "duration": &s.Duration} {
		if slots.Filled(name) {
			*field = slots[name].Value
		}
	}
	return s
}

// heardTime is a spokenTime taken apart.
type heardTime struct {
	today, day           skill.CivilDate
	dated                bool
	from, until          *skill.TimeOfDay
	length               *skill.Duration
	longDay, misheardAny bool
}

func (s spokenTime) parse(now time.Time, zone *time.Location) heardTime {
	h := heardTime{today: skill.CivilDateOf(now.In(zone))}
	h.day = h.today
	if s.Date != "" {
		date, err := skill.ParseDate(s.Date)
		h.misheardAny = h.misheardAny || err != nil
		if err == nil && !date.Present {
			h.dated, h.day = true, date.From
			h.longDay = date.From.Add(1) != date.To
		}
	}
	h.from, h.until = h.time(s.From), h.time(s.Until)
	if s.Duration != "" {
		length, err := skill.ParseDuration(s.Duration)
		h.misheardAny = h.misheardAny || err != nil
		h.length = &length
	}
	return h
}

func (h *heardTime) time(value string) *skill.TimeOfDay {
	if value == "" {
		return nil
	}
	t, err := skill.ParseTime(value)
	h.misheardAny = h.misheardAny || err != nil
	return &t
}

// window works out the span that was meant, in the driver's zone: wall-clock times follow a daylight-saving
// change, durations do not. Without one, doubt says why and asks for what is wrong.
func (s spokenTime) window(now time.Time, zone *time.Location) (w vehicle.Window, doubt *timeDoubt) {
	h := s.parse(now, zone)
	switch {
	case h.misheardAny, h.until != nil && h.length != nil:
		return w, &timeDoubt{Say: skill.Say{Key: windowUnclear}, Ask: askUntil}
	case h.longDay:
		return w, tooLong(askDay)
	case h.day.Before(h.today):
		return w, &timeDoubt{Say: skill.Say{Key: windowPast}, Ask: askDay}
	}
	// Whole seconds: what is read back, what is stored and what the cloud keeps are then the same instant.
	now = now.Truncate(time.Second)
	w.Start = h.start(now, zone)
	w.End = h.end(w.Start, now, zone)
	if w.Start.Before(now) {
		w.Start = now // what has begun already ends when it would have
	}
	w.Start, w.End = w.Start.UTC(), w.End.UTC()
	switch length := w.End.Sub(w.Start); {
	case !w.End.After(now):
		return w, &timeDoubt{Say: skill.Say{Key: windowPast}, Ask: askUntil}
	case length > longestWindow:
		return w, tooLong(askUntil)
	case length < shortestWindow:
		args := speech.Args{"shortest": speech.Duration(shortestWindow)}
		return w, &timeDoubt{Say: skill.Say{Key: windowTooShort, Args: args}, Ask: askUntil}
	case w.Start.After(now.AddDate(0, 0, farthestDays)):
		args := speech.Args{"days": speech.Count(farthestDays)}
		return w, &timeDoubt{Say: skill.Say{Key: windowTooFar, Args: args}, Ask: askDay}
	}
	return w, nil
}

// timeDoubt is what stands between the words and a window.
type timeDoubt struct {
	Say skill.Say
	Ask step // askUntil or askDay
}

func tooLong(ask step) *timeDoubt {
	return &timeDoubt{Say: skill.Say{Key: windowTooLong, Args: speech.Args{"longest": speech.Duration(longestWindow)}}, Ask: ask}
}

func (h heardTime) start(now time.Time, zone *time.Location) time.Time {
	switch {
	case h.from == nil && h.day == h.today:
		return now
	case h.from == nil && h.until != nil && at(h.day, *h.until, zone).Before(at(h.day, dayBegins, zone).Add(shortestWindow)):
		return h.day.In(zone) // "tomorrow until seven" begins before delivery hours do
	case h.from == nil:
		return at(h.day, dayBegins, zone)
	}
	start := at(h.day, *h.from, zone)
	switch {
	case start.After(now):
		return start
	case h.from.Part != "" && now.Before(start.Add(h.from.Lasts)):
		return now // "this afternoon", said in the afternoon
	case h.until != nil && at(h.day, *h.until, zone).After(now) && h.from.Part == "":
		return now // "from two until six", said at three
	case h.dated:
		return start // today at two has begun; the end decides whether it is past
	default:
		return at(h.day.Add(1), *h.from, zone)
	}
}

func (h heardTime) end(start, now time.Time, zone *time.Location) time.Time {
	day := skill.CivilDateOf(start.In(zone))
	switch {
	case h.length != nil:
		return h.length.After(start.In(zone))
	case h.until != nil:
		return h.untilAfter(start, now, day, zone)
	case h.from != nil && h.from.Part != "":
		return at(day, *h.from, zone).Add(h.from.Lasts)
	case h.from == nil && h.dated:
		if evening := at(h.day, dayEnds, zone); evening.Sub(start) >= shortestWindow {
			return evening
		}
	}
	return start.Add(defaultWindow)
}

// untilAfter is the first time the clock shows the given end after the start, on the same day or past
// midnight.
func (h heardTime) untilAfter(start, now time.Time, day skill.CivilDate, zone *time.Location) time.Time {
	end := at(day, *h.until, zone)
	if h.until.Part != "" && !end.After(start) {
		end = end.Add(h.until.Lasts) // "until tonight", said tonight
	}
	if end.After(start) {
		return end
	}
	next := at(day.Add(1), *h.until, zone)
	if h.from == nil && (h.dated || next.Sub(now) > rolloverLimit) {
		return end // it has passed
	}
	return next
}

// at puts a wall-clock time on a day. Where the clocks skip it, it is as much later; where they show it
// twice, it is the first.
func at(day skill.CivilDate, t skill.TimeOfDay, zone *time.Location) time.Time {
	there := time.Date(day.Year, day.Month, day.Day, t.Hour, t.Minute, 0, 0, zone)
	if there.Hour() == t.Hour && there.Minute() == t.Minute {
		return there
	}
	_, before := there.Add(-longestSkip).Zone()
	return time.Date(day.Year, day.Month, day.Day, t.Hour, t.Minute, 0, 0, time.FixedZone("", before)).In(zone)
}

// longestSkip is more than any daylight-saving change moves the clocks.
const longestSkip = 3 * time.Hour
