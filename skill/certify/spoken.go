package certify

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// How digits are spoken, in the languages of Alexa that write with spaces; "oh" is what many say for zero in English.
var spokenDigits = [10][]string{
	{"zero", "oh", "null", "zéro", "cero", "nul"},
	{"one", "eins", "un", "uno", "um", "een"},
	{"two", "zwei", "zwo", "deux", "dos", "due", "dois", "twee"},
	{"three", "drei", "trois", "tres", "tre", "três", "drie"},
	{"four", "vier", "quatre", "cuatro", "quattro", "quatro"},
	{"five", "fünf", "cinq", "cinco", "cinque", "vijf"},
	{"six", "sechs", "seis", "sei", "zes"},
	{"seven", "sieben", "sept", "siete", "sette", "sete", "zeven"},
	{"eight", "acht", "huit", "ocho", "otto", "oito"},
	{"nine", "neun", "neuf", "nueve", "nove", "negen"},
}

// How two digits are spoken as one number, in English.
var (
	teens = [10]string{"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens  = [10]string{2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
)

// between is what may stand between spoken digits: spaces, marks, tags, and the joining word.
const between = `(?:[\s,.;:·…/_–—-]|<[^<>]*>|\\n|\band\b)`

// unescaped shows tags in a text that is still in JSON.
var unescaped = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

// maxPairs bounds for how long a code all its readings in pairs are tried.
const maxPairs = 12 // digits

// pairOf is how two digits are spoken as one number; "" if that differs in nothing from one by one.
func pairOf(first, second byte) string {
	digits := string([]byte{first, second})
	switch tenth, one := first-'0', second-'0'; {
	case tenth == 1:
		return "(?:" + digits + "|" + teens[one] + ")"
	case tenth == 0:
		return digits
	case one == 0:
		return "(?:" + digits + "|" + tens[tenth] + ")"
	default:
		return fmt.Sprintf("(?:%s|%s%s*%s)", digits, tens[tenth], between, spokenDigits[one][0])
	}
}

// spokenCode matches a code of digits that is not written as one: digit by digit or in pairs, in figures or words.
func spokenCode(digits string) string {
	rest := make([]string, len(digits)+1) // what matches from a digit on, with what stands before it
	for i := len(digits) - 1; i >= 0; i-- {
		n := digits[i] - '0'
		pattern := fmt.Sprintf("(?:%c|%s)%s", digits[i], strings.Join(spokenDigits[n], "|"), rest[i+1])
		if i+1 < len(digits) && len(digits) <= maxPairs {
			pattern += "|" + pairOf(digits[i], digits[i+1]) + rest[i+2]
		}
		rest[i] = "(?:" + pattern + ")"
		if i > 0 {
			rest[i] = between + "+" + rest[i]
		}
	}
	return rest[0]
}

// Reveals tells whether a code of digits stands in a text, not inside a longer number: as one, digit by digit, or in pairs; in
// figures, in words of seven languages, and with marks or tags between them.
func Reveals(text, code string) bool {
	if _, err := strconv.ParseUint(code, 10, 64); err != nil {
		return code != "" && strings.Contains(text, code)
	}
	like := likeCode(code)
	return like.possible(strings.ToLower(text)) && like.alone.MatchString(unescaped.Replace(text))
}

// likeness are the patterns of one code.
type likeness struct {
	anywhere *regexp.Regexp // spoken, whatever stands around it
	alone    *regexp.Regexp // spoken or written, and not inside a longer number
	digits   [][]string     // for each digit, what it can be alone
}

// pairHints stand in every pair that is one word.
var pairHints = []string{"ty", "ten", "teen", "eleven", "twelve"}

// possible tells in little time of most texts that the code is not in them: a report holds many, and few with a code.
func (l likeness) possible(lower string) bool {
	in := func(part string) bool { return strings.Contains(lower, part) }
	return slices.ContainsFunc(pairHints, in) ||
		!slices.ContainsFunc(l.digits, func(forms []string) bool { return !slices.ContainsFunc(forms, in) })
}

// likenesses keeps the patterns of the few codes of a run: they take long to make.
var likenesses = struct {
	sync.Mutex
	of map[string]likeness
}{of: map[string]likeness{}}

const maxLikenesses = 64

func likeCode(code string) likeness {
	likenesses.Lock()
	defer likenesses.Unlock()
	known, ok := likenesses.of[code]
	if !ok {
		spoken := spokenCode(code)
		for _, digit := range code {
			known.digits = append(known.digits, append([]string{string(digit)}, spokenDigits[digit-'0']...))
		}
		known.anywhere = regexp.MustCompile(`(?i)` + spoken)
		known.alone = regexp.MustCompile(`(?i)(?:^|[^\pL\d])(?:` + code + "|" + spoken + `)(?:$|[^\pL\d])`)
		if len(likenesses.of) >= maxLikenesses {
			clear(likenesses.of)
		}
		likenesses.of[code] = known
	}
	return known
}
