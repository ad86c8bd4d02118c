// Package groundtest reads acts aloud and writes slots down, for the tests of conversations.
package groundtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// Tuesday is when the tests of conversations take place: two in the afternoon in Vancouver.
func Tuesday() time.Time { return time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC) }

// Written puts acts into one readable line: "say car.unknown; ask car.which (car)". Names that Alexa is taught
// are left out, because nobody hears them.
func Written(acts []skill.Act) string {
	var parts []string
	for _, a := range acts {
		switch a := a.(type) {
		case skill.Say:
			parts = append(parts, "say "+string(a.Key))
		case skill.Ask:
			parts = append(parts, fmt.Sprintf("ask %s (%s)", a.Key, a.Elicit))
		case skill.Show:
			parts = append(parts, "card "+string(a.Title))
		case skill.LinkAccount:
			parts = append(parts, "link")
		case skill.Do:
			name := fmt.Sprintf("%T", a.Effect)
			parts = append(parts, "do "+name[strings.LastIndex(name, ".")+1:])
		}
	}
	return strings.Join(parts, "; ")
}

// Slots makes slots of names and values.
func Slots(nameValue ...string) skill.Slots {
	s := skill.Slots{}
	for i := 0; i < len(nameValue); i += 2 {
		s[nameValue[i]] = skill.Slot{Name: nameValue[i], Value: nameValue[i+1]}
	}
	return s
}
