package spoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, row := range []struct{ utterance, want string }{
		{"What's my tire pressure?", "what is my tire pressure"},
		{"what’s the Golf's tire", "what is the golf 's tire"},
		{"let u. p. s. in", "let ups in"},
		{"let U.P.S. in", "let ups in"},
		{"let u p s in", "let ups in"},
		{"let UPS in.", "let ups in"},
		{"u. p. s.'s courier", "ups 's courier"},
		{"until 6 p.m., please", "until 6 pm please"},
		{"six a m", "six am"},
		{"6pm", "6 pm"},
		{"6:30pm", "6:30 pm"},
		{"the 9th", "the 9th"},
		{"forty-eight twenty-one", "forty eight twenty one"},
		{"1,200 miles", "1200 miles"},
		{"2.5 hours", "2.5 hours"},
		{"six o'clock", "six o'clock"},
		{"the tires' pressure", "the tires pressure"},
		{"a b c", "a bc"},
		{"a. c.", "ac"},
		{"is a golf", "is a golf"},
		{"'s", "'s"},
		{"... !?", ""},
		{"a\xffb", "ab"},
		{"Über", "über"},
	} {
		if got := strings.Join(Fold(row.utterance), " "); got != row.want {
			t.Errorf("Fold(%q) = %q, want %q", row.utterance, got, row.want)
		}
	}
}

// Every word knows the bytes it came from, so that a caller can hide them.
func TestWordsKnowTheirPlace(t *testing.T) {
	const utterance = "It's u. p. s., 4821!"
	var got []string
	for _, w := range Words(utterance) {
		got = append(got, utterance[w.From:w.To])
	}
	want := []string{"It's", "It's", "u. p. s.", "4821"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzRecognizers(f *testing.F) {
	for _, seed := range []string{"four eight two one", "half past six", "in two and a half hours", "friday the ninth", "a\xff.'s"} {
		f.Add(seed)
	}
	now := time.Date(2031, 5, 6, 14, 5, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, utterance string) {
		words := Words(utterance)
		last := 0
		for _, w := range words {
			if w.Text == "" || w.From < last || w.To <= w.From || w.To > len(utterance) {
				t.Fatalf("word %+v of %q is empty or out of place", w, utterance)
			}
			last = w.From
		}
		texts := Texts(words)
		if pin, ok := FourDigits(texts); ok && pin != "?" && (len(pin) != 4 || !allDigits(pin)) {
			t.Errorf("FourDigits(%q) = %q", texts, pin)
		}
		if date, ok := Date(texts, now); ok && len(date) < 4 {
			t.Errorf("Date(%q) = %q", texts, date)
		}
		if clock, ok := Time(texts, now); ok && len(clock) != 2 {
			if _, err := time.Parse("15:04", clock); err != nil {
				t.Errorf("Time(%q) = %q", texts, clock)
			}
		}
		if d, ok := Duration(texts); ok && !strings.HasPrefix(d, "P") {
			t.Errorf("Duration(%q) = %q", texts, d)
		}
		Number(texts)
		Ordinal(texts)
	})
}

var digitNames = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}

// below100Words says 1 to 99.
func below100Words(n int) string {
	find := func(table map[string]int, n int) string {
		for word, value := range table {
			if value == n {
				return word
			}
		}
		return ""
	}
	switch {
	case n < 10:
		return find(units, n)
	case n < 20:
		return find(teens, n)
	case n%10 == 0:
		return find(tens, n)
	default:
		return find(tens, n-n%10) + " " + find(units, n%10)
	}
}

// Whatever is said of a value is understood as that value.
func TestSaidIsUnderstood(t *testing.T) {
	now := time.Date(2031, 5, 6, 14, 5, 0, 0, time.UTC)
	t.Run("digits one by one", rapid.MakeCheck(func(t *rapid.T) {
		pin := rapid.StringMatching(`[0-9]{4}`).Draw(t, "pin")
		var words []string
		for _, d := range pin {
			words = append(words, digitNames[d-'0'])
		}
		if got, ok := FourDigits(words); !ok || got != pin {
			t.Fatalf("FourDigits(%q) = %q", words, got)
		}
	}))
	t.Run("digits in pairs", rapid.MakeCheck(func(t *rapid.T) {
		pin := rapid.StringMatching(`[1-9][0-9][1-9][0-9]`).Draw(t, "pin")
		phrase := below100Words(int(pin[0]-'0')*10+int(pin[1]-'0')) + " " + below100Words(int(pin[2]-'0')*10+int(pin[3]-'0'))
		if got, ok := FourDigits(Fold(phrase)); !ok || got != pin {
			t.Fatalf("FourDigits(%q) = %q", phrase, got)
		}
	}))
	t.Run("time", rapid.MakeCheck(func(t *rapid.T) {
		at := time.Date(2031, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "minute"), 0, 0, time.UTC)
		layout := rapid.SampledFrom([]string{"15:04", "3:04 PM", "3:04pm", "3:04 p. m.", "3:04 P.M."}).Draw(t, "layout")
		if at.Hour() < 12 {
			layout = strings.NewReplacer(" p. m.", " a. m.", " P.M.", " A.M.").Replace(layout)
		}
		phrase := at.Format(layout)
		if got, ok := Time(Fold(phrase), now); !ok || got != at.Format("15:04") && layout != "15:04" {
			t.Fatalf("Time(%q) = %q, %t", phrase, got, ok)
		}
	}))
	t.Run("date", rapid.MakeCheck(func(t *rapid.T) {
		day := time.Date(2031, 1, 1+rapid.IntRange(0, 20*365).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		phrase := day.Format(rapid.SampledFrom([]string{"January 2 2006", "Monday January 2 2006"}).Draw(t, "layout"))
		if got, ok := Date(Fold(phrase), now); !ok || got != day.Format(time.DateOnly) {
			t.Fatalf("Date(%q) = %q, want %s", phrase, got, day.Format(time.DateOnly))
		}
	}))
	t.Run("duration", rapid.MakeCheck(func(t *rapid.T) {
		want := span{
			daysOf:  rapid.IntRange(0, 99).Draw(t, "days"),
			hours:   rapid.IntRange(0, 99).Draw(t, "hours"),
			minutes: rapid.IntRange(1, 99).Draw(t, "minutes"),
		}
		var said []string
		for _, part := range []struct {
			n    int
			unit string
		}{{want[daysOf], "days"}, {want[hours], "hours"}, {want[minutes], "minutes"}} {
			if part.n > 0 {
				said = append(said, below100Words(part.n)+" "+part.unit)
			}
		}
		phrase := strings.Join(said, rapid.SampledFrom([]string{" ", " and ", ", "}).Draw(t, "joiner"))
		if got, ok := Duration(Fold(phrase)); !ok || got != want.iso() {
			t.Fatalf("Duration(%q) = %q, want %s", phrase, got, want.iso())
		}
	}))
	t.Run("number", rapid.MakeCheck(func(t *rapid.T) {
		n := rapid.IntRange(1, 99).Draw(t, "n")
		if got, ok := Number(Fold(below100Words(n))); !ok || got != below100Figures(n) {
			t.Fatalf("Number(%q) = %q", below100Words(n), got)
		}
	}))
}

func below100Figures(n int) string {
	return strings.TrimLeft(string([]byte{byte('0' + n/10), byte('0' + n%10)}), "0")
}
