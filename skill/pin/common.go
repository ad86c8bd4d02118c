package pin

import (
	"fmt"
	"strings"
)

// Reason says why a PIN is too easy to guess.
type Reason string

// The reasons a PIN may be refused for.
const (
	Repeated Reason = "one digit four times"
	Sequence Reason = "digits counting up or down"
	Year     Reason = "a year"
	Pairs    Reason = "two digits in a pattern"
	Keypad   Reason = "a pattern on the keypad"
	Favorite Reason = "one that many people choose"
)

// CommonError means that a PIN was refused for being among the first that a stranger would try.
type CommonError struct{ Reason Reason }

func (e *CommonError) Error() string { return fmt.Sprintf("too easy to guess: %s", e.Reason) }

// commonRule refuses the listed codes and those that match.
type commonRule struct {
	reason Reason
	codes  string // separated by spaces
	match  func(c Code) bool
}

// commonRules are walked in order; the first that fits names the reason. In Nick Berry's count of 3.4
// million leaked four-digit codes ("PIN analysis", DataGenetics 2012) 1234, 1111 and 0000 alone make up
// nearly a fifth, and years of birth, pairs and the keypad's middle column come next. Together the rules
// refuse about a twentieth of all codes, so a guesser gains next to nothing by knowing them.
var commonRules = []commonRule{
	{reason: Repeated, match: func(c Code) bool { return steps(c, 0) }},
	{reason: Sequence, match: func(c Code) bool { return steps(c, 1) || steps(c, 9) }}, // wraps: 7890, 0987
	{reason: Sequence, codes: "0246 1357 2468 3579 6420 7531 8642 9753"},
	{reason: Year, match: func(c Code) bool { return c[:2] == "19" || c[:2] == "20" }},
	{reason: Pairs, match: func(c Code) bool {
		return c[:2] == c[2:] || // 1212
			c[0] == c[1] && c[2] == c[3] || // 1122
			c[0] == c[3] && c[1] == c[2] // 1221
	}},
	{reason: Keypad, codes: "2580 0852"},                               // the middle column
	{reason: Keypad, codes: "1470 0741 3690 0963"},                     // a side column and the zero
	{reason: Keypad, codes: "1397 3971 9713 7139 1793 7931 9317 3179"}, // around the corners
	{reason: Keypad, codes: "2684 6842 8426 4268 2486 4862 8624 6248"}, // around the cross
	{reason: Favorite, codes: "1004 0007 1337 4711 5683"},              // 5683 spells LOVE
}

// Common tells whether a PIN is too easy to guess, and why. A malformed code is not common.
func Common(c Code) (Reason, bool) {
	if !c.wellFormed() {
		return "", false
	}
	for _, rule := range commonRules {
		if strings.Contains(rule.codes, string(c)) || rule.match != nil && rule.match(c) {
			return rule.reason, true
		}
	}
	return "", false
}

// steps reports whether each digit is the one before it plus step, counting on from 9 to 0.
func steps(c Code, step byte) bool {
	for i := 1; i < len(c); i++ {
		if (c[i-1]-'0'+step)%10 != c[i]-'0' {
			return false
		}
	}
	return true
}
