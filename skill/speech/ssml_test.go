package speech

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// wellFormed reads a fragment as an XML parser of somebody else would.
func wellFormed(fragment string) error {
	decoder := xml.NewDecoder(strings.NewReader("<speak>" + fragment + "</speak>"))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestName(t *testing.T) {
	voice := mustVoice(t)
	tests := map[string]string{
		"Golf":                   "Golf",
		"golf2":                  "golf2",
		"  my   red  one ":       "my red one",
		`Tom & Jerry's <"van">`:  "Tom &amp; Jerry&apos;s &lt;&quot;van&quot;&gt;",
		"&amp;":                  "&amp;amp;",
		"{{.pin}}":               "{{.pin}}",
		"a\x00b\x1bc\u0085d\n e": "a b c d e",
		"bad\xff\xfeutf":         "bad utf",
		"non\uffffcharacter":     "non character",
		"Čtyřka 🚗":               "Čtyřka 🚗",
	}
	for name, want := range tests {
		if got, err := Name(name).format(voice, Setting{}); err != nil || got != want {
			t.Errorf("Name(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestAnyNameIsWellFormed(t *testing.T) {
	voice := mustVoice(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>&"'/!\[\]{}. a-z\x00-\x1f]*`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "name")
		words, err := Name(name).format(voice, Setting{})
		if err != nil {
			if strings.TrimFunc(name, func(r rune) bool {
				return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE
			}) != "" {
				t.Fatalf("Name(%q): %v", name, err)
			}
			return
		}
		line, err := voice.Line("courier.confirm", Args{"carrier": Name(name)}, Setting{})
		if err != nil || !strings.HasPrefix(line, words) {
			t.Fatalf("Line = %q, %v, want %q in it", line, err, words)
		}
		if err := wellFormed(line); err != nil {
			t.Fatalf("Name(%q) makes %q: %v", name, line, err)
		}
		if strings.ContainsFunc(words, unicode.IsControl) || strings.ContainsAny(words, `<>"'`) {
			t.Fatalf("Name(%q) = %q lets markup through", name, words)
		}
	})
}

// What is escaped and made plain again is the name, as a card shows it.
func TestPlainUndoesEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[<>&"'/; a-zA-Zé]*`).Draw(t, "name")
		want := strings.Join(strings.Fields(name), " ")
		if got := Plain(escape(name)); got != want {
			t.Fatalf("Plain(escape(%q)) = %q, want %q", name, got, want)
		}
	})
}

func TestPlain(t *testing.T) {
	tests := map[string]string{
		"":                       "",
		"Done.":                  "Done.",
		"Tom &amp; Jerry&apos;s": "Tom & Jerry's",
		`<speak>A <emphasis>low</emphasis>.</speak>`: "A low.",
		"<p>One.</p><p>Two.</p>":                     "One. Two.",
		"<s>One.</s><s>Two.</s>":                     "One. Two.",
		`One.<break time="1s"/>Two.`:                 "One. Two.",
		`<sub alias="pounds">PSI</sub>`:              "PSI",
		"a\n  b":                                     "a b",
		"broken <b":                                  "broken",
		"1 > 0":                                      "1 > 0",
		"&lt;b&gt;":                                  "<b>",
	}
	for ssml, want := range tests {
		if got := Plain(ssml); got != want {
			t.Errorf("Plain(%q) = %q, want %q", ssml, got, want)
		}
	}
}
