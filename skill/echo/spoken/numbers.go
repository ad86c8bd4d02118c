package spoken

import (
	"slices"
	"strconv"
	"strings"
)

var units = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}

var teens = map[string]int{
	"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
	"seventeen": 17, "eighteen": 18, "nineteen": 19,
}

var tens = map[string]int{
	"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

var zeros = map[string]int{"zero": 0, "oh": 0, "o": 0}

var ordinals = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
	"tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
	"seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
	"fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100,
}

// maxFigures bounds a number given in figures, far above anything said to a car and far below an overflow.
const maxFigures = 9

// Number is AMAZON.NUMBER: figures without sign or fraction. Digits said one by one are one number ("five six seven" is
// "567"). A phrase of number words that makes no number is "?", as Alexa gives it.
func Number(words []string) (string, bool) {
	n, ok := firstWhole(words, []func(*reader) (int, bool){
		(*reader).cardinal,
		func(r *reader) (int, bool) {
			digits, ok := r.digitByDigit()
			if !ok || len(digits) > maxFigures {
				return 0, false
			}
			n, err := strconv.Atoi(digits)
			return n, err == nil
		},
	})
	if ok {
		return strconv.Itoa(n), true
	}
	return "?", numeric(words)
}

// Ordinal is AMAZON.Ordinal: "second" is "2".
func Ordinal(words []string) (string, bool) {
	n, ok := firstWhole(words, []func(*reader) (int, bool){(*reader).ordinal})
	return strconv.Itoa(n), ok
}

// FourDigits is AMAZON.FOUR_DIGIT_NUMBER: exactly four digits, leading zeros kept, said in any of the usual ways: one by one,
// in pairs ("forty eight twenty one"), with "double" and "triple", with "oh", as a number ("four thousand eight hundred and
// twenty one"), or in figures. Number words that do not make four digits are "?", as Alexa gives it.
func FourDigits(words []string) (string, bool) {
	if digits, ok := firstWhole(words, []func(*reader) (string, bool){(*reader).digitByDigit, thousands}); ok && len(digits) == 4 {
		return digits, true
	}
	return "?", numeric(words)
}

// thousands reads 1000 to 9999 as one number: "four thousand and two", "forty eight hundred".
func thousands(r *reader) (string, bool) {
	n, ok := r.cardinal()
	return strconv.Itoa(n), ok
}

// numeric tells whether all words belong to numbers.
func numeric(words []string) bool {
	if len(words) == 0 || slices.Contains([]string{"and", "a"}, words[len(words)-1]) || words[0] == "and" {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !numberWord(w) })
}

func numberWord(w string) bool {
	if allDigits(w) || isDecimal(w) {
		return true
	}
	for _, table := range []map[string]int{units, teens, tens, zeros} {
		if _, ok := table[w]; ok {
			return true
		}
	}
	return slices.Contains([]string{"hundred", "thousand", "million", "and", "a", "double", "triple", "point"}, w)
}

// digitByDigit reads everything left as digits, in singles, pairs or longer figures.
func (r *reader) digitByDigit() (string, bool) {
	var b strings.Builder
	for !r.done() {
		times := 1
		if r.take("double") {
			times = 2
		} else if r.take("triple") {
			times = 3
		}
		if times > 1 {
			digit, ok := r.digit()
			if !ok {
				return "", false
			}
			b.WriteString(strings.Repeat(digit, times))
			continue
		}
		part, ok := r.digits()
		if !ok {
			return "", false
		}
		b.WriteString(part)
	}
	return b.String(), b.Len() > 0
}

// digit reads one digit.
func (r *reader) digit() (string, bool) {
	start := r.pos
	if d, ok := r.digits(); ok && len(d) == 1 {
		return d, true
	}
	r.pos = start
	return "", false
}

// digits reads one digit, one number below a hundred, or one stretch of figures.
func (r *reader) digits() (string, bool) {
	if allDigits(r.peek()) {
		return r.next(), true
	}
	if _, ok := lookup(r, zeros); ok {
		return "0", true
	}
	if n, ok := r.below100(); ok {
		return strconv.Itoa(n), true
	}
	return "", false
}

// below100 reads 1 to 99 in words.
func (r *reader) below100() (int, bool) {
	if n, ok := lookup(r, units); ok {
		return n, true
	}
	if n, ok := lookup(r, teens); ok {
		return n, true
	}
	n, ok := lookup(r, tens)
	if !ok {
		return 0, false
	}
	unit, _ := lookup(r, units)
	return n + unit, true
}

// cardinal reads a whole number below a million in words, or up to nine figures: as much as belongs to one number.
func (r *reader) cardinal() (int, bool) {
	if w := r.peek(); allDigits(w) && len(w) <= maxFigures {
		r.pos++
		n, err := strconv.Atoi(w)
		return n, err == nil
	}
	if r.take("zero") {
		return 0, true
	}
	n, ok := r.below1000()
	if !ok || n >= 1000 || !r.take("thousand") {
		return n, ok
	}
	return n*1000 + r.restBelow(1000, (*reader).below1000), true
}

// below1000 reads 1 to 999, or hundreds up to ninety-nine ("forty eight hundred").
func (r *reader) below1000() (int, bool) {
	start := r.pos
	n, ok := r.below100()
	if !ok && r.take("a") {
		n, ok = 1, r.peek() == "hundred" || r.peek() == "thousand"
	}
	if !ok {
		r.pos = start
		return 0, false
	}
	if !r.take("hundred") {
		return n, true
	}
	return n*100 + r.restBelow(100, (*reader).below100), true
}

// restBelow reads what follows a hundred or a thousand, with or without "and". Where nothing does, it is 0 and stays put.
func (r *reader) restBelow(limit int, read func(*reader) (int, bool)) int {
	start := r.pos
	r.take("and")
	if n, ok := read(r); ok && n < limit {
		return n
	}
	r.pos = start
	return 0
}

// ordinal reads "ninth", "twenty first" or "21st".
func (r *reader) ordinal() (int, bool) {
	if number, suffix := cutNumber(r.peek()); ordinalSuffix[suffix] && allDigits(number) && len(number) <= 4 {
		r.pos++
		n, err := strconv.Atoi(number)
		return n, err == nil
	}
	if n, ok := lookup(r, ordinals); ok {
		return n, true
	}
	start := r.pos
	if n, ok := lookup(r, tens); ok {
		if unit, ok := lookup(r, ordinals); ok && unit < 10 {
			return n + unit, true
		}
	}
	r.pos = start
	return 0, false
}
