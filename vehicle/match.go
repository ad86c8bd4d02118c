package vehicle

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Match finds the cars that a driver may mean by what was heard. None means that there is no such car, more
// than one that the driver must be asked. Earlier rules win over later ones, so that "Golf" is the car
// called Golf even if another is a Volkswagen Golf by make:
//
//  1. the whole name, however it is written: case, accents, punctuation and spaces do not count
//  2. every word is one of the car's name, make, model or year; "my", "the" and "car" say nothing
//  3. the same, where a word of five letters or more may have one letter wrong, missing or too many
//
// What names no car in particular ("my car") matches all of them. Colors and the like are not known.
// The answer keeps the order of vehicles and is never cached: nicknames change.
func Match(vehicles []Vehicle, spoken string) []Vehicle {
	if len(spoken) > longestSpoken {
		return nil
	}
	said := words(spoken)
	if len(said) == 0 {
		return nil
	}
	naming := withoutFiller(said)
	rules := []func(Vehicle) bool{
		func(v Vehicle) bool { return sameText(words(v.Name), said) },
		func(v Vehicle) bool { return sameText(withoutFiller(words(v.Name)), naming) },
		func(v Vehicle) bool { return describes(v, naming, sameWord) },
		func(v Vehicle) bool { return describes(v, naming, nearWord) || nearText(words(v.Name), naming) },
	}
	for _, rule := range rules {
		var found []Vehicle
		for _, v := range vehicles {
			if rule(v) {
				found = append(found, v)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// longestSpoken in bytes; names are at most 60 characters, and comparing costs the product of the lengths.
const longestSpoken = 400

// filler are words that name no car.
var filler = []string{"my", "our", "the", "a", "an", "car", "vehicle", "one"}

// otherNames are what people call makes; the spelled letters of "v. w." arrive here as one word.
var otherNames = map[string]string{
	"vw":     "volkswagen",
	"chevy":  "chevrolet",
	"beemer": "bmw",
	"bimmer": "bmw",
	"merc":   "mercedes",
}

// words splits text into lower-case words of letters and digits without accents. Apostrophes vanish, so
// that "Alex's" is one word, and letters that are spelled one by one become one word.
func words(text string) []string {
	var out []string
	spelling := false // the last word consists of single letters
	fields := strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for _, w := range fields {
		single := len([]rune(w)) == 1 && unicode.IsLetter([]rune(w)[0]) && w != "a"
		if single && spelling {
			out[len(out)-1] += w
			continue
		}
		out, spelling = append(out, w), single
	}
	return out
}

func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == 'ʼ':
			return -1
		default:
			return unicode.ToLower(r)
		}
	}, norm.NFKD.String(text))
}

// withoutFiller drops what names no car.
func withoutFiller(ws []string) []string {
	return slices.DeleteFunc(slices.Clone(ws), func(w string) bool { return slices.Contains(filler, w) })
}

// sameText compares without spaces: a recognizer hears "out back" as readily as "outback".
func sameText(name, said []string) bool {
	return len(name) > 0 && strings.Join(name, "") == strings.Join(said, "")
}

func nearText(name, said []string) bool {
	return nearWord(strings.Join(name, ""), strings.Join(said, ""))
}

// describes reports whether every word that was said is one of the car's.
func describes(v Vehicle, said []string, same func(own, said string) bool) bool {
	own := slices.Concat(words(v.Name), words(v.Make), words(v.Model))
	if v.Year > 0 {
		own = append(own, strconv.Itoa(v.Year))
	}
	for _, w := range said {
		if other, ok := otherNames[w]; ok && !slices.Contains(own, w) {
			w = other
		}
		if !slices.ContainsFunc(own, func(o string) bool { return same(o, w) }) {
			return false
		}
	}
	return true
}

func sameWord(own, said string) bool { return own == said }

// nearWord allows one wrong, missing or extra letter in words of five letters or more, numbers excepted:
// 2019 is not 2018.
func nearWord(own, said string) bool {
	if own == said {
		return true
	}
	a, b := []rune(own), []rune(said)
	if len(a) < 5 || len(b) < 5 || strings.ContainsFunc(own+said, unicode.IsNumber) {
		return false
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return slices.Equal(a[i+1:], b[i+1:])
	}
	return slices.Equal(a[i:], b[i+1:])
}
