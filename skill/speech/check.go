package speech

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
)

// roles are the uses of a text in the order in which they are proved.
var roles = []role{0, inCar, toReprompt, toReprompt | inCar}

// prove checks the texts of one key against what was declared.
func (e *entry) prove(v *Voice, key Key, report func(string, error)) {
	if len(e.texts[0]) == 0 {
		report(string(key), errors.New("missing"))
	}
	asked := len(e.texts[toReprompt]) > 0
	reprompts := asked || len(e.texts[toReprompt|inCar]) > 0
	switch {
	case e.spec.Asks && !asked:
		report(string(key), errors.New("a question without a reprompt"))
	case !e.spec.Asks && reprompts:
		report(string(key), errors.New("has a reprompt, but asks nothing"))
	}
	said := map[string]bool{}
	for _, role := range roles {
		for _, c := range e.texts[role] {
			if c.other == nil {
				continue // reported when it was parsed
			}
			words := c.other.with(placeholderMark)
			switch {
			case role&toReprompt == 0:
				said[words] = true
			case said[words]:
				report(c.id, errors.New("the reprompt only repeats the question; it should help"))
			}
			e.proveArgs(c, role, report)
			proveForms(v, c, report)
		}
	}
}

// proveArgs holds every wording to the declared placeholders. Two may leave some out: a reprompt, which is
// said right after the question; and a plural form other than "other", which may have the number in its
// words ("one car").
func (e *entry) proveArgs(c variant, r role, report func(string, error)) {
	forms := c.plural
	if forms == nil {
		forms = map[plural.Form]*template{plural.Other: c.other}
	}
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		used := forms[form].args()
		for _, arg := range slices.Compact(slices.Sorted(slices.Values(used))) {
			if !slices.Contains(e.spec.Args, arg) {
				report(c.id, fmt.Errorf("{{.%s}} is no argument of this line; it has %s", arg, named(e.spec.Args)))
			}
		}
		for _, arg := range e.spec.Args {
			spelledOut := arg == countArg && form != plural.Other
			if !slices.Contains(used, arg) && r&toReprompt == 0 && !spelledOut {
				report(c.id, fmt.Errorf("{{.%s}} is missing", arg))
			}
		}
	}
	if c.plural != nil && !slices.Contains(e.spec.Args, countArg) {
		report(c.id, errors.New("has plural forms, but the line has no argument count"))
	}
}

func named(args []string) string {
	if len(args) == 0 {
		return "none"
	}
	return "{{." + strings.Join(args, "}}, {{.") + "}}"
}

// proveForms holds a text with plural forms to exactly those of its language.
func proveForms(v *Voice, c variant, report func(string, error)) {
	if c.plural == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(formNames)) {
		form := formNames[name]
		_, has := c.plural[form]
		switch wants := slices.Contains(v.forms, form); {
		case wants && !has:
			report(c.id, fmt.Errorf("the plural form %s is missing", name))
		case has && !wants:
			report(c.id, fmt.Errorf("the language has no plural form %s", name))
		}
	}
}
