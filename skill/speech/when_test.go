package speech

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func checkArg(t *testing.T, voice *Voice, arg Arg, want string) {
	t.Helper()
	if got, err := arg.format(voice, Setting{}); err != nil || got != want {
		t.Errorf("%T(%v) = %q, %v, want %q", arg, arg, got, err, want)
	}
}

func TestDuration(t *testing.T) {
	voice := mustVoice(t)
	const minute, hour = time.Minute, time.Hour
	tests := []struct {
		d    time.Duration
		want string
	}{
		{0, "zero seconds"},
		{400 * time.Millisecond, "zero seconds"},
		{time.Second, "one second"},
		{45 * time.Second, "45 seconds"},
		{59*time.Second + 600*time.Millisecond, "one minute"},
		{minute, "one minute"},
		{89 * time.Second, "one minute"},
		{90 * time.Second, "two minutes"},
		{9 * minute, "nine minutes"},
		{10 * minute, "10 minutes"},
		{40 * minute, "40 minutes"},
		{59*minute + 40*time.Second, "one hour"},
		{hour, "one hour"},
		{hour + minute, "one hour and one minute"},
		{90 * minute, "one hour and 30 minutes"},
		{4 * hour, "four hours"},
		{23*hour + 59*minute + 31*time.Second, "one day"},
		{25 * hour, "one day and one hour"},
		{24*hour + 20*minute, "one day"},
		{3 * oneDay, "three days"},
		{oneWeek, "one week"},
		{oneWeek + 20*minute, "one week"},
		{2 * oneWeek, "two weeks"},
		{10 * oneDay, "10 days"},
		{oneWeek + 5*hour, "seven days and five hours"},
		{1500 * oneDay, "1,500 days"},
	}
	for _, tt := range tests {
		checkArg(t, voice, Duration(tt.d), tt.want)
	}
}

func TestClock(t *testing.T) {
	voice := mustVoice(t)
	for at, want := range map[string]string{
		"00:00": "midnight", "00:01": "12:01 AM", "00:30": "12:30 AM", "01:00": "1 AM", "06:05": "6:05 AM", "11:59": "11:59 AM",
		"12:00": "noon", "12:01": "12:01 PM", "13:00": "1 PM", "18:00": "6 PM", "18:30": "6:30 PM", "23:59": "11:59 PM",
	} {
		clock, err := time.ParseInLocation("2006-01-02 15:04", "2031-05-06 "+at, vancouver(t))
		if err != nil {
			t.Fatal(err)
		}
		checkArg(t, voice, Clock{At: clock.Add(42 * time.Second)}, want)
	}
	six := time.Date(2031, 5, 6, 18, 0, 0, 0, vancouver(t))
	checkArg(t, voice, Clock{At: six.UTC()}, "1 AM") // the zone is At's
}

// wall reads a time of day in Vancouver.
func wall(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, vancouver(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestMoment(t *testing.T) {
	voice := mustVoice(t)
	tests := []struct{ now, at, want string }{
		// 6 May 2031 is a Tuesday.
		{"2031-05-06 14:00:00", "2031-05-06 18:00:00", "6 PM today"},
		{"2031-05-06 14:00:00", "2031-05-06 09:15:00", "9:15 AM today"},
		{"2031-05-06 14:00:00", "2031-05-06 12:00:00", "noon today"},
		{"2031-05-06 23:59:59", "2031-05-07 00:30:00", "12:30 AM tomorrow"},
		{"2031-05-06 14:00:00", "2031-05-07 18:00:00", "6 PM tomorrow"},
		{"2031-05-06 14:00:00", "2031-05-08 18:00:00", "6 PM on Thursday"},
		{"2031-05-06 14:00:00", "2031-05-12 18:00:00", "6 PM on Monday"},
		{"2031-05-06 14:00:00", "2031-05-13 18:00:00", "6 PM on May 13"},
		{"2031-05-06 14:00:00", "2031-05-05 18:00:00", "6 PM yesterday"},
		{"2031-05-06 14:00:00", "2031-05-04 18:00:00", "6 PM on May 4"},
		{"2031-12-30 14:00:00", "2032-01-09 18:00:00", "6 PM on January 9"},
		{"2031-05-06 14:00:00", "2032-05-06 18:00:00", "6 PM on May 6, 2032"},
		// Midnight belongs to the night before it.
		{"2031-05-06 14:00:00", "2031-05-07 00:00:00", "midnight tonight"},
		{"2031-05-06 14:00:00", "2031-05-08 00:00:00", "midnight tomorrow night"},
		{"2031-05-06 14:00:00", "2031-05-09 00:00:00", "midnight on Thursday night"},
		{"2031-05-06 14:00:00", "2031-06-01 00:00:00", "midnight on the night of May 31"},
		{"2031-05-06 14:00:00", "2032-01-01 00:00:00", "midnight on the night of December 31"},
		{"2031-05-06 00:10:00", "2031-05-06 00:00:00", "midnight last night"},
		{"2031-05-06 14:00:00", "2032-06-01 00:00:00", "midnight on the night of May 31, 2032"},
		// Clocks change on 9 March 2031, a day of 23 hours, and on 2 November, one of 25.
		{"2031-03-08 23:30:00", "2031-03-09 23:30:00", "11:30 PM tomorrow"},
		{"2031-03-09 00:30:00", "2031-03-10 00:00:00", "midnight tonight"},
		{"2031-11-02 00:30:00", "2031-11-02 23:30:00", "11:30 PM today"},
		{"2031-11-01 23:30:00", "2031-11-03 00:30:00", "12:30 AM on Monday"},
	}
	for _, tt := range tests {
		moment := Moment{At: wall(t, tt.at), Now: wall(t, tt.now)}
		checkArg(t, voice, moment, tt.want)
		moment.Now = moment.Now.UTC() // the zone is At's
		checkArg(t, voice, moment, tt.want)
	}
}

func TestAgo(t *testing.T) {
	voice := mustVoice(t)
	tests := []struct{ now, at, want string }{
		{"2031-05-06 14:00:00", "2031-05-06 14:00:00", "just now"},
		{"2031-05-06 14:00:00", "2031-05-06 13:59:31", "just now"},
		{"2031-05-06 14:00:00", "2031-05-06 14:10:00", "just now"},
		{"2031-05-06 14:00:00", "2031-05-06 13:59:00", "one minute ago"},
		{"2031-05-06 14:00:00", "2031-05-06 13:20:00", "40 minutes ago"},
		{"2031-05-06 14:00:00", "2031-05-06 13:00:20", "one hour ago"},
		{"2031-05-06 14:00:00", "2031-05-06 12:31:00", "one hour ago"},
		{"2031-05-06 14:00:00", "2031-05-06 12:30:00", "two hours ago"},
		{"2031-05-06 01:00:00", "2031-05-05 23:00:00", "two hours ago"},
		{"2031-05-06 14:00:00", "2031-05-06 02:01:00", "12 hours ago"},
		{"2031-05-06 23:00:00", "2031-05-06 06:00:00", "today at 6 AM"},
		{"2031-05-06 14:00:00", "2031-05-05 18:00:00", "yesterday at 6 PM"},
		{"2031-05-06 23:00:00", "2031-05-05 00:00:00", "yesterday at midnight"},
		{"2031-05-06 14:00:00", "2031-05-04 18:00:00", "two days ago"},
		{"2031-05-06 14:00:00", "2031-04-30 18:00:00", "six days ago"},
		{"2031-05-06 14:00:00", "2031-04-29 18:00:00", "on April 29"},
		{"2031-01-06 14:00:00", "2030-12-20 18:00:00", "on December 20"},
		{"2031-05-06 14:00:00", "2030-05-02 18:00:00", "on May 2, 2030"},
		{"2031-03-10 12:00:00", "2031-03-09 00:30:00", "yesterday at 12:30 AM"},
	}
	for _, tt := range tests {
		checkArg(t, voice, Ago{At: wall(t, tt.at), Now: wall(t, tt.now)}, tt.want)
		checkArg(t, voice, Ago{At: wall(t, tt.at), Now: wall(t, tt.now).UTC()}, tt.want)
	}
}

func TestWhatCannotBeSaid(t *testing.T) {
	voice := mustVoice(t)
	now := wall(t, "2031-05-06 14:00:00")
	for _, arg := range []Arg{Duration(-time.Second), Clock{}, Moment{At: now}, Moment{Now: now}, Ago{At: now}, Ago{Now: now}} {
		if got, err := arg.format(voice, Setting{}); err == nil || got != "" {
			t.Errorf("%T(%v) = %q, %v, want an error", arg, arg, got, err)
		}
	}
}

// Every instant can be said, in every zone, and what is said needs no escaping.
func TestAnyInstant(t *testing.T) {
	voice := mustVoice(t)
	zones := []*time.Location{time.UTC, vancouver(t), time.FixedZone("", -12*3600), time.FixedZone("", 14*3600)}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Time {
			seconds := rapid.Int64Range(-62135596800+1, 253402300799).Draw(t, name)
			return time.Unix(seconds, 0).In(rapid.SampledFrom(zones).Draw(t, "zone of "+name))
		}
		at, now := draw("at"), draw("now")
		for _, arg := range []Arg{Clock{At: at}, Moment{At: at, Now: now}, Ago{At: at, Now: now}, Duration(now.Sub(at).Abs())} {
			words, err := arg.format(voice, Setting{})
			if err != nil || words == "" || words != escape(words) {
				t.Fatalf("%T(%v) = %q, %v", arg, arg, words, err)
			}
		}
	})
}

func TestDay(t *testing.T) {
	voice := mustVoice(t)
	for _, tt := range []struct{ now, at, want string }{
		{"2031-05-06 14:00:00", "2031-05-06 00:00:00", "today"},
		{"2031-05-06 00:10:00", "2031-05-05 23:50:00", "yesterday"},
		{"2031-05-06 14:00:00", "2031-05-07 00:00:00", "tomorrow"},
		{"2031-05-06 14:00:00", "2031-05-04 00:00:00", "on Sunday"},
		{"2031-05-06 14:00:00", "2031-04-30 00:00:00", "on Wednesday"},
		{"2031-05-06 14:00:00", "2031-05-12 00:00:00", "on Monday"},
		{"2031-05-06 14:00:00", "2031-04-29 00:00:00", "on April 29"},
		{"2031-05-06 14:00:00", "2030-05-02 00:00:00", "on May 2, 2030"},
	} {
		checkArg(t, voice, Day{At: wall(t, tt.at), Now: wall(t, tt.now).UTC()}, tt.want)
	}
	if got, err := (Day{}).format(voice, Setting{}); err == nil || got != "" {
		t.Errorf("a day without an instant = %q, %v, want an error", got, err)
	}
}
