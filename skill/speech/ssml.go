package speech

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"unicode"
)

// allowedTags are the SSML elements a line may use, with their attributes. Of what Alexa knows, <audio> is
// left out because it fetches from elsewhere and counts against limits of its own, <voice> and the
// amazon: elements because they do not exist in every locale.
var allowedTags = map[string][]string{
	"break":    {"strength", "time"},
	"emphasis": {"level"},
	"lang":     {"xml:lang"},
	"p":        nil,
	"phoneme":  {"alphabet", "ph"},
	"prosody":  {"pitch", "rate", "volume"},
	"s":        nil,
	"say-as":   {"format", "interpret-as"},
	"sub":      {"alias"},
	"w":        {"role"},
}

// stand-in for an argument while a text is checked: a private-use character that no text has.
const placeholderMark = "\uE000"

// checkSSML proves that a text is a well-formed fragment of allowed elements whatever its arguments are,
// as long as those are well formed themselves: so no placeholder may stand inside a tag.
func checkSSML(t *template) error {
	text := t.with(placeholderMark)
	if strings.Contains(text, "<!") || strings.Contains(text, "<?") {
		return errors.New("comments, CDATA and processing instructions are not for speech")
	}
	decoder := xml.NewDecoder(strings.NewReader("<speak>" + text + "</speak>"))
	depth, ended := 0, false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("malformed SSML: %w", err)
		}
		if ended {
			return errors.New("malformed SSML: the line ends the <speak> around it")
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth > 0 {
				if err := checkTag(token); err != nil {
					return err
				}
			}
			depth++
		case xml.EndElement:
			depth--
			ended = depth == 0
		}
	}
}

func checkTag(tag xml.StartElement) error {
	name := tagName(tag.Name)
	attributes, ok := allowedTags[name]
	if !ok {
		return fmt.Errorf("the element <%s> is not allowed", name)
	}
	var seen []string
	for _, attribute := range tag.Attr {
		attributeName := tagName(attribute.Name)
		if !slices.Contains(attributes, attributeName) {
			return fmt.Errorf("<%s> may not have the attribute %s", name, attributeName)
		}
		if slices.Contains(seen, attributeName) {
			return fmt.Errorf("<%s> has the attribute %s twice", name, attributeName)
		}
		seen = append(seen, attributeName)
		if strings.Contains(attribute.Value, placeholderMark) {
			return fmt.Errorf("a placeholder stands inside the tag <%s>; an argument may be more than plain text", name)
		}
	}
	return nil
}

func tagName(n xml.Name) string {
	switch n.Space {
	case "":
		return n.Local
	case "http://www.w3.org/XML/1998/namespace":
		return "xml:" + n.Local
	default:
		return n.Space + ":" + n.Local
	}
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// escape makes any string harmless inside SSML: markup is escaped, what XML cannot hold or no voice can say
// (control characters, invalid UTF-8, noncharacters) becomes white space, and white space runs together.
func escape(text string) string {
	if plain(text) {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE {
			return ' '
		}
		return r
	}, text)
	return xmlEscaper.Replace(strings.Join(strings.Fields(text), " "))
}

// plain is the usual case, a name of letters and digits, told apart without copying it.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Plain gives an SSML fragment as a card or a transcript shows it: without tags, entities resolved, white
// space run together. Of malformed input it gives what can be read.
func Plain(ssml string) string {
	var b strings.Builder
	for rest := ssml; rest != ""; {
		before, after, ok := strings.Cut(rest, "<")
		b.WriteString(html.UnescapeString(before))
		if !ok {
			break
		}
		tag, behind, _ := strings.Cut(after, ">")
		// A pause, a sentence or a paragraph parts the words on its two sides; emphasis does not.
		switch name := strings.Trim(strings.ToLower(tag), "/ "); {
		case name == "p", name == "s", strings.HasPrefix(name, "break"):
			b.WriteByte(' ')
		}
		rest = behind
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
