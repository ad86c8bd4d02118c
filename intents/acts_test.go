package intents

import (
	"fmt"
	"strings"

	"github.com/trunkpass/trunkpass/skill"
)

// written puts acts into one readable line: "say car.unknown; ask car.which (car)".
func written(acts []skill.Act) string {
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
			parts = append(parts, fmt.Sprintf("do %T", a.Effect))
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "; "), "intents.", "")
}

func slots(nameValue ...string) skill.Slots {
	s := skill.Slots{}
	for i := 0; i < len(nameValue); i += 2 {
		s[nameValue[i]] = skill.Slot{Name: nameValue[i], Value: nameValue[i+1]}
	}
	return s
}
