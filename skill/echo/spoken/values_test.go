package spoken

import (
	"testing"
	"time"
)

// At this instant, a Tuesday, it is 14:05 in Vancouver and already 21:05 in UTC.
func tuesday(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2031, 5, 6, 14, 5, 0, 0, zone)
}

const none = ""

// said is one phrase and the value it has, or none.
type said struct{ phrase, want string }

func walk(t *testing.T, table []said, recognize func([]string) (string, bool)) {
	t.Helper()
	for _, row := range table {
		got, ok := recognize(Fold(row.phrase))
		if ok != (row.want != none) || ok && got != row.want {
			t.Errorf("%q = %q, %t; want %q", row.phrase, got, ok, row.want)
		}
	}
}

func TestDate(t *testing.T) {
	now := tuesday(t)
	walk(t, []said{
		{"today", "2031-05-06"},
		{"tomorrow", "2031-05-07"},
		{"yesterday", "2031-05-05"},
		{"the day after tomorrow", "2031-05-08"},
		{"day after tomorrow", "2031-05-08"},
		{"the day before yesterday", "2031-05-04"},
		{"right now", "PRESENT_REF"},
		{"friday", "2031-05-09"},
		{"Friday", "2031-05-09"},
		{"tuesday", "2031-05-06"},
		{"this thursday", "2031-05-08"},
		{"monday", "2031-05-12"},
		{"next friday", "2031-05-16"},
		{"next monday", "2031-05-12"},
		{"last friday", "2031-05-02"},
		{"last tuesday", "2031-04-29"},
		{"last sunday", "2031-05-04"},
		{"the coming sunday", "2031-05-11"},
		{"friday next week", "2031-05-16"},
		{"wednesday of next week", "2031-05-14"},
		{"friday week", "2031-05-16"},
		{"this week", "2031-W19"},
		{"next week", "2031-W20"},
		{"last week", "2031-W18"},
		{"the week after next", "2031-W21"},
		{"this weekend", "2031-W19-WE"},
		{"the weekend", "2031-W19-WE"},
		{"next weekend", "2031-W20-WE"},
		{"this month", "2031-05"},
		{"next month", "2031-06"},
		{"last month", "2031-04"},
		{"may", "2031-05"},
		{"april", "2032-04"},
		{"next may", "2032-05"},
		{"last may", "2030-05"},
		{"last march", "2031-03"},
		{"may twenty thirty two", "2032-05"},
		{"december 2031", "2031-12"},
		{"this year", "2031"},
		{"next year", "2032"},
		{"twenty thirty two", "2032"},
		{"two thousand and thirty two", "2032"},
		{"nineteen ninety nine", "1999"},
		{"this decade", "203X"},
		{"the next decade", "204X"},
		{"this summer", "2031-SU"},
		{"winter", "2031-WI"},
		{"last winter", "2030-WI"},
		{"spring", "2031-SP"},
		{"next spring", "2032-SP"},
		{"the fall of twenty thirty five", "2035-FA"},
		{"in three days", "2031-05-09"},
		{"three days from now", "2031-05-09"},
		{"two days from tomorrow", "2031-05-09"},
		{"a week from friday", "2031-05-16"},
		{"in a week", "2031-05-13"},
		{"in a couple of weeks", "2031-05-20"},
		{"in a month", "2031-06-06"},
		{"two weeks ago", "2031-04-22"},
		{"in a year", "2032-05-06"},
		{"the twelfth", "2031-05-12"},
		{"twelfth", "2031-05-12"},
		{"12th", "2031-05-12"},
		{"the sixth", "2031-05-06"},
		{"the fifth", "2031-06-05"},
		{"the thirty first", "2031-05-31"},
		{"the ninth of next month", "2031-06-09"},
		{"may ninth", "2031-05-09"},
		{"May 9th", "2031-05-09"},
		{"may nine", "2031-05-09"},
		{"may the ninth", "2031-05-09"},
		{"the ninth of may", "2031-05-09"},
		{"may fifth", "2032-05-05"},
		{"january twenty second", "2032-01-22"},
		{"may twenty one", "2031-05-21"},
		{"may twenty first twenty thirty three", "2033-05-21"},
		{"the first of june 2033", "2033-06-01"},
		{"february twenty ninth", "2032-02-29"},
		{"friday the ninth", "2031-05-09"},
		{"friday may ninth", "2031-05-09"},

		{"", none},
		{"week", none},
		{"banana", none},
		{"the thirty second", none},
		{"february thirtieth", none},
		{"may ninth banana", none},
		{"next tomorrow", none},
		{"in three", none},
		{"in nine hundred thousand years", none},
		{"on", none},
		{"on friday", none},
	}, func(words []string) (string, bool) { return Date(words, now) })
}

// The calendar's corners: today's date decides what a phrase means.
func TestDateCorners(t *testing.T) {
	for _, row := range []struct{ today, phrase, want string }{
		{"2031-12-31", "tomorrow", "2032-01-01"},
		{"2031-12-31", "next week", "2032-W02"},
		{"2031-12-31", "this week", "2032-W01"},
		{"2031-05-11", "this weekend", "2031-W19-WE"}, // a Sunday
		{"2031-05-11", "next friday", "2031-05-16"},
		{"2031-05-11", "last sunday", "2031-05-04"},
		{"2031-05-12", "friday next week", "2031-05-23"}, // a Monday
		{"2031-01-31", "in a month", "2031-02-28"},
		{"2032-03-31", "a month ago", "2032-02-29"},
		{"2031-02-10", "the thirtieth", "2031-03-30"},
		{"2031-02-10", "winter", "2030-WI"},
		{"2031-02-10", "next winter", "2031-WI"},
		{"2031-12-05", "winter", "2031-WI"},
		{"2096-03-01", "february twenty ninth", "2104-02-29"},
		{"2031-06-30", "may", "2032-05"},
	} {
		now, err := time.Parse(time.DateOnly, row.today)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Date(Fold(row.phrase), now); !ok || got != row.want {
			t.Errorf("on %s, %q = %q, %t; want %q", row.today, row.phrase, got, ok, row.want)
		}
	}
}

func TestTime(t *testing.T) {
	now := tuesday(t) // 14:05
	walk(t, []said{
		{"six", "18:00"},
		{"two", "02:00"},
		{"three", "15:00"},
		{"six o'clock", "18:00"},
		{"six p. m.", "18:00"},
		{"six p.m.", "18:00"},
		{"six pm", "18:00"},
		{"6 pm", "18:00"},
		{"6pm", "18:00"},
		{"6 PM", "18:00"},
		{"six p m", "18:00"},
		{"six a. m.", "06:00"},
		{"six a m", "06:00"},
		{"6:30", "18:30"},
		{"6:30 am", "06:30"},
		{"06:30", "06:30"},
		{"18:30", "18:30"},
		{"six thirty", "18:30"},
		{"six thirty a. m.", "06:30"},
		{"six oh five", "18:05"},
		{"two oh five", "02:05"}, // it is two oh five now
		{"two oh six", "14:06"},
		{"half past six", "18:30"},
		{"half past six in the morning", "06:30"},
		{"a quarter past six", "18:15"},
		{"quarter to seven", "18:45"},
		{"a quarter of seven", "18:45"},
		{"ten past three", "15:10"},
		{"ten minutes to eight p. m.", "19:50"},
		{"twenty five after four", "16:25"},
		{"half past noon", "12:30"},
		{"ten to midnight", "23:50"},
		{"noon", "12:00"},
		{"twelve noon", "12:00"},
		{"midday", "12:00"},
		{"midnight", "00:00"},
		{"twelve", "00:00"},
		{"twelve p. m.", "12:00"},
		{"twelve a. m.", "00:00"},
		{"twelve thirty", "00:30"},
		{"half past twelve in the afternoon", "12:30"},
		{"quarter to one p. m.", "12:45"},
		{"eighteen hundred", "18:00"},
		{"eighteen hundred hours", "18:00"},
		{"oh six hundred", "06:00"},
		{"zero six thirty", "06:30"},
		{"eighteen thirty", "18:30"},
		{"twenty one fifteen", "21:15"},
		{"zero thirty", "00:30"},
		{"18", "18:00"},
		{"seven in the morning", "07:00"},
		{"seven in the evening", "19:00"},
		{"seven tonight", "19:00"},
		{"two at night", "02:00"},
		{"eleven at night", "23:00"},
		{"four this afternoon", "16:00"},
		{"in two hours", "16:05"},
		{"in half an hour", "14:35"},
		{"twenty minutes from now", "14:25"},
		{"in twelve hours", "02:05"},
		{"morning", "MO"},
		{"this morning", "MO"},
		{"the afternoon", "AF"},
		{"in the afternoon", "AF"},
		{"this evening", "EV"},
		{"tonight", "NI"},
		{"at night", "NI"},

		{"", none},
		{"oh", none},
		{"at", none},
		{"at six", none},
		{"twenty five", none},
		{"six sixty", none},
		{"6:75", none},
		{"25:00", none},
		{"six five", none},
		{"eighteen hundred in the morning", none},
		{"eighteen thirty a. m.", none},
		{"in two days", none},
		{"two hours", none},
		{"banana", none},
		{"thirteen o'clock banana", none},
	}, func(words []string) (string, bool) { return Time(words, now) })
}

func TestDuration(t *testing.T) {
	walk(t, []said{
		{"two hours", "PT2H"},
		{"2 hours", "PT2H"},
		{"an hour", "PT1H"},
		{"hour", "PT1H"},
		{"hour and a half", "PT1H30M"},
		{"one hour", "PT1H"},
		{"half an hour", "PT30M"},
		{"a half hour", "PT30M"},
		{"half a day", "PT12H"},
		{"an hour and a half", "PT1H30M"},
		{"one and a half hours", "PT1H30M"},
		{"two and a half hours", "PT2H30M"},
		{"two point five hours", "PT2H30M"},
		{"2.5 hours", "PT2H30M"},
		{"ninety minutes", "PT90M"},
		{"a quarter of an hour", "PT15M"},
		{"three quarters of an hour", "PT45M"},
		{"an hour and a quarter", "PT1H15M"},
		{"two hours and thirty minutes", "PT2H30M"},
		{"two hours thirty minutes", "PT2H30M"},
		{"two hours and a half", "PT2H30M"},
		{"ten minutes and five seconds", "PT10M5S"},
		{"a couple of hours", "PT2H"},
		{"a couple hours", "PT2H"},
		{"two days", "P2D"},
		{"a day and a half", "P1DT12H"},
		{"a week", "P1W"},
		{"eight weeks", "P8W"},
		{"a week and two days", "P9D"},
		{"a fortnight", "P2W"},
		{"a month", "P1M"},
		{"a year and a half", "P1Y6M"},
		{"two years three hours and ten minutes", "P2YT3H10M"},
		{"a hundred and twenty minutes", "PT120M"},
		{"forty-five minutes", "PT45M"},

		{"", none},
		{"two", none},
		{"hours", none},
		{"for two hours", none},
		{"zero hours", none},
		{"half a month", none},
		{"two hours two hours", none},
		{"thirty minutes two hours", none},
		{"two hours and", none},
		{"nine hundred thousand thousand hours", none},
		{"banana", none},
	}, Duration)
}

func TestFourDigits(t *testing.T) {
	walk(t, []said{
		{"four eight two one", "4821"},
		{"forty eight twenty one", "4821"},
		{"forty-eight twenty-one", "4821"},
		{"forty eight two one", "4821"},
		{"four eight twenty one", "4821"},
		{"4821", "4821"},
		{"4 8 2 1", "4821"},
		{"48 21", "4821"},
		{"four thousand eight hundred and twenty one", "4821"},
		{"four thousand eight hundred twenty one", "4821"},
		{"forty eight hundred", "4800"},
		{"forty eight hundred and twenty one", "4821"},
		{"two thousand", "2000"},
		{"a thousand and one", "1001"},
		{"oh four double one", "0411"},
		{"o four double one", "0411"},
		{"zero one two three", "0123"},
		{"double oh seven seven", "0077"},
		{"triple nine zero", "9990"},
		{"zero zero zero zero", "0000"},
		{"0123", "0123"},
		{"ten ten", "1010"},
		{"nineteen oh five", "1905"},
		{"twenty nineteen", "2019"},
		{"nine nine nine nine", "9999"},

		{"four eight two", "?"},
		{"four eight two one seven", "?"},
		{"48", "?"},
		{"forty eight twenty one three", "?"},
		{"one hundred", "?"},
		{"double", "?"},
		{"99999999999999999999", "?"},
		{"", none},
		{"a", none},
		{"and", none},
		{"banana", none},
		{"four eight two banana", none},
	}, FourDigits)
}

func TestNumberAndOrdinal(t *testing.T) {
	walk(t, []said{
		{"five", "5"}, {"zero", "0"}, {"5", "5"}, {"twenty one", "21"}, {"a hundred", "100"},
		{"one hundred and five", "105"}, {"three thousand two hundred and one", "3201"},
		{"twelve hundred", "1200"}, {"1,200", "1200"}, {"five six seven", "567"},
		{"two hundred thousand", "200000"}, {"two thousand thousand", "?"}, {"9999999999", "?"},
		{"banana", none}, {"", none}, {"a", none},
	}, Number)
	walk(t, []said{
		{"first", "1"}, {"second", "2"}, {"twenty first", "21"}, {"21st", "21"}, {"hundredth", "100"},
		{"twenty", none}, {"two", none}, {"banana", none}, {"", none},
	}, Ordinal)
}
