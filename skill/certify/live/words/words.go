// Package words judges what a skill says as far as that can be done without understanding it: whether it asks, what it suggests
// to say, and whether it says something that is not for the ear.
//
// Package live asks it about every answer. Languages are told apart by the first part of the locale; for one that is not known
// here, a question mark is all that makes a question.
package words

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Plain is the text of SSML, or of text without markup, with single spaces. Text that is not well formed stays as it is: that is
// for another check to say.
func Plain(ssml string) string {
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader("<speak>" + ssml + "</speak>"))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(b.String()), " ")
		}
		if err != nil {
			return strings.Join(strings.Fields(ssml), " ")
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			space(&b, t.Name.Local)
		case xml.EndElement:
			space(&b, t.Name.Local)
		}
	}
}

// space stands for an element between words; the others may stand inside one.
func space(b *strings.Builder, element string) {
	if slices.Contains([]string{"speak", "p", "s", "break", "audio"}, element) {
		b.WriteByte(' ')
	}
}

// Count is the number of words. Languages that are written without spaces count by two characters, which is close enough for
// a limit.
func Count(text string) int {
	n, dense := 0, 0
	for _, field := range strings.Fields(text) {
		n++
		for _, r := range field {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				dense++
			}
		}
	}
	return n + dense/2
}

const questionMarks = "?？؟"

// sentence is a stretch up to its mark. A point between letters and digits ("2.4", "t.v.") ends none.
var sentence = regexp.MustCompile(`[^.!?？؟。！]+(?:\.\S[^.!?？؟。！]*)*[.!?？؟。！]*["'”’)]*`)

// Sentences cuts a text.
func Sentences(text string) []string {
	var out []string
	for _, s := range sentence.FindAllString(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Questions tells whether the text ends in a question: its last sentence has a question mark.
func Questions(text string) bool {
	all := Sentences(text)
	return len(all) > 0 && strings.ContainsAny(all[len(all)-1], questionMarks)
}

// prompts are words that open a request to say something ("say your name", "which one"), by language. They are looked for at
// the beginning of a clause.
var prompts = map[string][]string{
	"en": {"say", "tell", "give", "choose", "pick", "try", "name", "please", "speak", "ask", "just", "you can say", "you can ask", "go ahead", "which", "what", "who", "when", "where", "how"},
	"de": {"sag", "sage", "sagen", "nenn", "nenne", "nennen", "wähle", "wählen", "bitte", "frag", "frage", "du kannst", "sie können", "welche", "welcher", "welches", "was", "wer", "wann", "wo", "wie"},
	"fr": {"dites", "dis", "donnez", "donne", "choisissez", "choisis", "essayez", "demandez", "vous pouvez", "tu peux", "quel", "quelle", "que", "qui", "quand", "où", "comment"},
	"es": {"di", "diga", "dime", "dígame", "elige", "elija", "prueba", "pregunta", "puedes", "puede", "por favor", "qué", "cuál", "quién", "cuándo", "dónde", "cómo"},
	"it": {"di'", "dì", "dimmi", "dica", "scegli", "prova", "chiedi", "puoi", "per favore", "quale", "che", "chi", "quando", "dove", "come"},
	"pt": {"diga", "fale", "escolha", "tente", "pergunte", "você pode", "por favor", "qual", "que", "quem", "quando", "onde", "como"},
	"nl": {"zeg", "noem", "kies", "vraag", "probeer", "je kunt", "welke", "wat", "wie", "wanneer", "waar", "hoe"},
	"hi": {"बताइए", "बोलिए", "कहिए", "कृपया", "आप कह सकते हैं"},
}

// japanese asks and prompts at the end of a sentence.
var japanese = []string{"か。", "か", "ください。", "ください", "どうぞ。", "どうぞ"}

// Asks tells whether a person would know that it is their turn: a question anywhere in the last two sentences, or a clause there
// that tells them to say something.
func Asks(text, locale string) bool {
	all := Sentences(text)
	for _, s := range all[max(0, len(all)-2):] {
		if strings.ContainsAny(s, questionMarks) || prompted(s, language(locale)) {
			return true
		}
	}
	return false
}

func prompted(s, language string) bool {
	if language == "ja" {
		return slices.ContainsFunc(japanese, func(end string) bool { return strings.HasSuffix(s, end) })
	}
	for _, clause := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(",;:–—.!", r) }) {
		clause = strings.TrimSpace(clause)
		for _, linking := range []string{"and ", "or ", "then ", "und ", "oder ", "et ", "ou ", "y ", "o ", "e "} {
			clause = strings.TrimPrefix(clause, linking)
		}
		for _, p := range prompts[language] {
			if clause == p || strings.HasPrefix(clause, p+" ") {
				return true
			}
		}
	}
	return false
}

func language(locale string) string {
	first, _, _ := strings.Cut(locale, "-")
	return first
}

// unspeakable is what has slipped through from a program: placeholders, ids, addresses.
var unspeakable = []struct {
	what string
	like *regexp.Regexp
}{
	{"a placeholder", regexp.MustCompile(`\{\{?[^}]*\}?\}|\$\{|<no value>|%!?[a-z]?\(|\[object \w+\]|(?i)\b(?:undefined|null|NaN)\b`)},
	{"a web address", regexp.MustCompile(`(?i)\bhttps?://|\bwww\.`)},
	{"an id", regexp.MustCompile(`\bamzn1\.|\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|\b(?:[A-Za-z]+\d+|\d+[A-Za-z]+)[A-Za-z]*\d[A-Za-z0-9]{3,}\b`)},
}

// Unspeakable names what is in the text and not for the ear; "" if nothing is.
func Unspeakable(text string) string {
	for _, u := range unspeakable {
		if u.like.MatchString(text) {
			return u.what
		}
	}
	return ""
}

// Contains finds one of the phrases in a text, as whole words and in any case; "" if there is none.
func Contains(text string, phrases []string) string {
	spaced := " " + strings.Join(fields(text), " ") + " "
	for _, p := range phrases {
		if f := fields(p); len(f) > 0 && strings.Contains(spaced, " "+strings.Join(f, " ")+" ") {
			return p
		}
	}
	return ""
}

// fields are the words in lower case, without marks.
func fields(text string) []string {
	text = strings.ReplaceAll(strings.ToLower(text), "’", "'")
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\''
	})
}
