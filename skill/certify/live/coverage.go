package live

import (
	"maps"
	"slices"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// coverage counts what was seen of what there is. Names carry the locale where there are several.
type coverage struct {
	intents, slots, dialogs map[string]bool // whether it was reached
}

func newCoverage(o Options) *coverage {
	c := &coverage{intents: map[string]bool{}, slots: map[string]bool{}, dialogs: map[string]bool{}}
	for _, l := range o.Skill.Locales {
		for _, intent := range l.Model.LanguageModel.Intents {
			c.intents[l.Name+" "+intent.Name] = false
			for _, slot := range intent.Slots {
				c.slots[l.Name+" "+intent.Name+"."+slot.Name] = false
			}
		}
	}
	return c
}

// heard notes that an intent was answered with these slots filled.
func (c *coverage) heard(locale, intent string, filled []string) {
	reach(c.intents, locale+" "+intent)
	for _, slot := range filled {
		reach(c.slots, locale+" "+intent+"."+slot)
	}
}

// reach ignores what is not in the model, such as a request type.
func reach(known map[string]bool, name string) {
	if _, ok := known[name]; ok {
		known[name] = true
	}
}

func (c *coverage) result() certify.Coverage {
	return certify.Coverage{Intents: share(c.intents), Slots: share(c.slots), Dialogs: share(c.dialogs)}
}

func share(known map[string]bool) certify.Share {
	s := certify.Share{Known: len(known)}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if known[name] {
			s.Reached++
		} else {
			s.Missed = append(s.Missed, name)
		}
	}
	return s
}
