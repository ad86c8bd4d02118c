package words

import (
	"slices"
	"testing"
)

func TestAsks(t *testing.T) {
	for _, c := range []struct {
		text, locale    string
		asks, questions bool
	}{
		{"Your fern is fine.", "en-US", false, false},
		{"Which plant do you mean?", "en-US", true, true},
		{"Which plant? I know the fern and the cactus.", "en-US", true, false},
		{"To water it, say your code.", "en-US", true, false},
		{"Please tell me the name of the plant.", "en-US", true, false},
		{"It needs 2.5 liters. Bye.", "en-US", false, false},
		{"Okay. Anything else?", "en-US", true, true},
		{"Welche Pflanze meinst du?", "de-DE", true, true},
		{"Nenne mir den Code.", "de-DE", true, false},
		{"Der Farn ist gegossen.", "de-DE", false, false},
		{"どの植物ですか。", "ja-JP", true, false},
		{"水をやりました。", "ja-JP", false, false},
		{"", "en-US", false, false},
	} {
		if got := Asks(c.text, c.locale); got != c.asks {
			t.Errorf("Asks(%q) = %v, want %v", c.text, got, c.asks)
		}
		if got := Questions(c.text); got != c.questions {
			t.Errorf("Questions(%q) = %v, want %v", c.text, got, c.questions)
		}
	}
}

func TestSuggested(t *testing.T) {
	for _, c := range []struct {
		text, locale string
		want         []string
	}{
		{`You can say "how is my fern", or "water the cactus". What would you like?`, "en-US", []string{"how is my fern", "water the cactus"}},
		{"Say help to hear what I can. What would you like?", "en-US", []string{"help"}},
		{"You can say how is my fern, or say water the cactus. What now?", "en-US", []string{"how is my fern", "water the cactus"}},
		{"Say: who can get in, or: block everyone. What now?", "en-US", []string{"who can get in", "block everyone"}},
		{"Say your code. Try again later.", "en-US", nil},
		{"Sag „wie geht es dem Farn“.", "de-DE", []string{"wie geht es dem Farn"}},
		{"It's the plant's turn, isn't it?", "en-US", nil},
	} {
		if got := Suggested(c.text, c.locale); !slices.Equal(got, c.want) {
			t.Errorf("Suggested(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestUnspeakable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Your fern needs 250 milliliters at 10 a.m.", ""},
		{"Your {plant} is dry.", "a placeholder"},
		{"It is undefined.", "a placeholder"},
		{"See https://plants.example for more.", "a web address"},
		{"Job 3f2a9c11-77aa-4b1e is done.", "an id"},
		{"Job x9f3k2p7 is done.", "an id"},
		{"Your 500e and your ID3 are fine, the A4 too.", ""},
	} {
		if got := Unspeakable(c.text); got != c.want {
			t.Errorf("Unspeakable(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPlainAndCount(t *testing.T) {
	if got, want := Plain("<speak>Your <w role='x'>fern</w>.<break/>Fine</speak>"), "Your fern. Fine"; got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
	if got, want := Plain("<speak>broken"), "<speak>broken"; got != want {
		t.Errorf("Plain of broken SSML = %q, want %q", got, want)
	}
	if got := Count("Your fern is fine."); got != 4 {
		t.Errorf("Count = %d, want 4", got)
	}
	if got := Contains("Sorry, Something went wrong!", []string{"no", "something went wrong"}); got != "something went wrong" {
		t.Errorf("Contains = %q", got)
	}
}
