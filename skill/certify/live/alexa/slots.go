package alexa

import (
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
)

// TypeDigits is the slot type of a spoken code.
const TypeDigits = "AMAZON.FOUR_DIGIT_NUMBER"

// Unheard is what Alexa sends for a number or a date that it could not make out.
const Unheard = "?"

// Values knows what a slot of a model can hold.
type Values struct {
	Model         *models.InteractionModel
	ApplicationID string
	Today         time.Time
	// Given are values from the settings, by "Intent.slot", slot name or slot type; the closest goes first.
	Given map[string][]string
}

// Empty are all slots of an intent, unfilled.
func (v Values) Empty(intent string) map[string]skill.Slot {
	m, _ := v.Model.LanguageModel.Intent(intent)
	if len(m.Slots) == 0 {
		return nil
	}
	slots := make(map[string]skill.Slot, len(m.Slots))
	for _, s := range m.Slots {
		slots[s.Name] = skill.Slot{Name: s.Name, ConfirmationStatus: skill.ConfirmationNone}
	}
	return slots
}

// Good is an ordinary value of a slot; n chooses among several.
func (v Values) Good(intent string, slot models.ModelSlot, n int) string {
	slotType := slot.Type
	for _, key := range []string{intent + "." + slot.Name, slot.Name, slotType} {
		if given := v.Given[key]; len(given) > 0 {
			return given[n%len(given)]
		}
	}
	if t, ok := v.Model.LanguageModel.Type(slotType); ok && len(t.Values) > 0 {
		return t.Values[n%len(t.Values)].Name.Value
	}
	switch slotType {
	case "AMAZON.DATE":
		return v.Today.AddDate(0, 0, 1+n%2).Format(time.DateOnly)
	case "AMAZON.TIME":
		return []string{"14:00", "17:30"}[n%2]
	case "AMAZON.DURATION":
		return []string{"PT1H", "PT30M"}[n%2]
	case "AMAZON.NUMBER":
		return []string{"2", "5"}[n%2]
	case "AMAZON.Ordinal":
		return []string{"1", "2"}[n%2]
	case TypeDigits:
		return Unheard
	default: // names, cities, free words
		return []string{"anna", "berlin"}[n%2]
	}
}

// Odd is a value that testers try, with its name.
type Odd struct{ Name, Value string }

// Odds are the values that testers try in a slot of this type: nonsense, the mark of what was not made out, and what is out of
// range. A code only takes the mark: nonsense does not reach such a slot, and a number would count as a wrong code.
func (v Values) Odds(slotType string) []Odd {
	unheard := Odd{"not made out", Unheard}
	switch slotType {
	case TypeDigits:
		return []Odd{unheard}
	case "AMAZON.NUMBER":
		return []Odd{unheard, {"zero", "0"}, {"out of range", "9999999999"}, {"negative", "-1"}}
	case "AMAZON.Ordinal":
		return []Odd{unheard, {"zero", "0"}, {"out of range", "9999"}}
	case "AMAZON.DATE":
		return []Odd{
			unheard, {"a week", "2031-W07"}, {"a weekend", "2031-W07-WE"}, {"a month", "2031-02"}, {"a year", "2031"},
			{"a decade", "203X"}, {"a season", "2031-WI"}, {"now", "PRESENT_REF"}, {"long ago", "1901-01-01"},
		}
	case "AMAZON.TIME":
		return []Odd{unheard, {"morning", "MO"}, {"night", "NI"}, {"midnight", "00:00"}}
	case "AMAZON.DURATION":
		return []Odd{unheard, {"nothing", "PT0S"}, {"out of range", "P9999Y"}}
	default:
		return []Odd{unheard, {"nonsense", "banana"}, {"blank", "  "}, {"long", strings.TrimSpace(strings.Repeat("banana ", 19))}}
	}
}

// Slot is a slot with a value as Alexa would send it: with resolutions where the type has a list, matched or not.
func (v Values) Slot(name, slotType, value string) skill.Slot {
	s := skill.Slot{Name: name, Value: value, ConfirmationStatus: skill.ConfirmationNone, Source: "USER"}
	if t, ok := v.Model.LanguageModel.Type(slotType); ok {
		one := skill.Resolution{
			Authority: "amzn1.er-authority.echo-sdk." + v.ApplicationID + "." + slotType,
			Status:    skill.ResolutionStatus{Code: skill.ResolutionNoMatch},
		}
		for _, known := range t.Values {
			if means(known, value) {
				one.Status.Code = skill.ResolutionMatch
				one.Values = append(one.Values, skill.ResolutionValue{Value: skill.ResolvedValue{Name: known.Name.Value, ID: known.ID}})
			}
		}
		s.Resolutions = &skill.Resolutions{PerAuthority: []skill.Resolution{one}}
	}
	s.SlotValue = &skill.SlotValue{Type: skill.SlotSimple, Value: value, Resolutions: s.Resolutions}
	return s
}

// means tells whether a word is a value or one of its synonyms.
func means(v models.TypeValue, word string) bool {
	for _, w := range append([]string{v.Name.Value}, v.Name.Synonyms...) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
