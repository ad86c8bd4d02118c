package spoken

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is one folded word of an utterance and the bytes of the utterance that it was read from: utterance[From:To]. A
// contraction gives two words with the same bytes, spelled initials give one word that covers all its letters.
type Word struct {
	Text     string
	From, To int
}

// contractions are said out in full, so that "what's" and "what is" are the same words. A possessive 's is a word of its own.
var contractions = map[string][]string{
	"what's": {"what", "is"}, "where's": {"where", "is"}, "who's": {"who", "is"}, "how's": {"how", "is"},
	"when's": {"when", "is"}, "that's": {"that", "is"}, "it's": {"it", "is"}, "there's": {"there", "is"},
	"here's": {"here", "is"}, "he's": {"he", "is"}, "she's": {"she", "is"}, "let's": {"let", "us"},
	"i'm": {"i", "am"}, "you're": {"you", "are"}, "we're": {"we", "are"}, "they're": {"they", "are"},
	"i'd": {"i", "would"}, "i'll": {"i", "will"}, "i've": {"i", "have"},
	"don't": {"do", "not"}, "doesn't": {"does", "not"}, "didn't": {"did", "not"}, "isn't": {"is", "not"},
	"aren't": {"are", "not"}, "wasn't": {"was", "not"}, "can't": {"can", "not"}, "cannot": {"can", "not"},
	"couldn't": {"could", "not"}, "won't": {"will", "not"},
}

// Words folds an utterance into words: lower case, punctuation dropped, hyphens taken as spaces, contractions said out,
// spelled initials joined ("u. p. s.", "U.P.S." and "u p s" are all "ups", "p. m." is "pm"), a figure parted from the letters
// after it ("6pm" is "6", "pm", but "9th" stays). It never fails; bytes that are not UTF-8 are dropped.
func Words(utterance string) []Word {
	var words []Word
	for _, t := range tokens(utterance) {
		words = append(words, t.fold()...)
	}
	return joinInitials(words, utterance)
}

// Texts gives the words alone.
func Texts(words []Word) []string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return texts
}

// Fold is the texts of Words.
func Fold(utterance string) []string { return Texts(Words(utterance)) }

type token struct {
	text     string
	from, to int
}

// tokens cuts the utterance at everything that cannot be inside a word.
func tokens(s string) []token {
	var (
		out   []token
		text  strings.Builder
		start = -1
	)
	flush := func(end int) {
		if start >= 0 {
			out = append(out, token{text.String(), start, end})
		}
		start = -1
		text.Reset()
	}
	for i, c := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		c = unicode.ToLower(c)
		if c == '’' {
			c = '\''
		}
		switch {
		case c == utf8.RuneError:
			continue
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsMark(c), c == '\'', c == '.', c == ':' && betweenDigits(s, i, size):
			if start < 0 {
				start = i
			}
			text.WriteRune(c)
		case c == ',' && betweenDigits(s, i, size):
			// "1,200" is one number.
		default:
			flush(i)
		}
	}
	flush(len(s))
	return out
}

func betweenDigits(s string, i, size int) bool {
	return i > 0 && isDigit(s[i-1]) && i+size < len(s) && isDigit(s[i+size])
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// fold makes words of one token: none, if it was only punctuation.
func (t token) fold() []Word {
	word := func(text string) Word { return Word{text, t.from, t.to} }
	text := strings.TrimRight(t.text, ".'")
	text = strings.TrimLeft(text, ".")
	if full, ok := contractions[text]; ok {
		out := make([]Word, len(full))
		for i, w := range full {
			out[i] = word(w)
		}
		return out
	}
	var owner []Word
	if stem, ok := strings.CutSuffix(text, "'s"); ok {
		text, owner = strings.TrimRight(stem, "."), []Word{word("'s")}
	}
	text = strings.TrimLeft(text, "'")
	if !isDecimal(text) {
		text = strings.ReplaceAll(text, ".", "")
	}
	if text == "" {
		return owner
	}
	number, rest := cutNumber(text)
	switch {
	case number == "" || rest == "" || ordinalSuffix[rest]:
		return append([]Word{word(text)}, owner...)
	default:
		return append([]Word{word(number), word(rest)}, owner...)
	}
}

var ordinalSuffix = map[string]bool{"st": true, "nd": true, "rd": true, "th": true}

func isDecimal(s string) bool {
	whole, fraction, ok := strings.Cut(s, ".")
	return ok && allDigits(whole) && allDigits(fraction)
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// cutNumber parts the figures at the front of a word from what follows: "6:30pm" is "6:30" and "pm".
func cutNumber(s string) (number, rest string) {
	end := 0
	for end < len(s) && (isDigit(s[end]) || end > 0 && (s[end] == ':' || s[end] == '.')) {
		end++
	}
	return s[:end], s[end:]
}

// joinInitials makes one word of letters that are spelled. Letters followed by a period always belong together; without
// periods, an "a" or "i" at either end of the run is taken as the word it usually is ("a b c" is "a", "bc"), save in "a m".
func joinInitials(words []Word, utterance string) []Word {
	var out []Word
	for i := 0; i < len(words); {
		n := 0
		for i+n < len(words) && isLetter(words[i+n].Text) {
			n++
		}
		run := words[i : i+n]
		dotted := n > 1
		for _, w := range run[:max(0, n-1)] {
			dotted = dotted && strings.HasSuffix(utterance[w.From:w.To], ".")
		}
		from, to := 0, n
		beforeNoon := n == 2 && run[1].Text == "m"
		if !dotted && !beforeNoon {
			for from < to && isArticle(run[from].Text) {
				from++
			}
			for from < to && isArticle(run[to-1].Text) {
				to--
			}
		}
		if to-from < 2 {
			n = max(n, 1)
			out = append(out, words[i:i+n]...)
			i += n
			continue
		}
		out = append(out, run[:from]...)
		out = append(out, joined(run[from:to]))
		out = append(out, run[to:]...)
		i += n
	}
	return out
}

func isLetter(s string) bool {
	c, size := utf8.DecodeRuneInString(s)
	return size > 0 && size == len(s) && unicode.IsLetter(c)
}

func isArticle(s string) bool { return s == "a" || s == "i" }

func joined(run []Word) Word {
	var text strings.Builder
	for _, w := range run {
		text.WriteString(w.Text)
	}
	return Word{text.String(), run[0].From, run[len(run)-1].To}
}
