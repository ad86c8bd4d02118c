package echo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// How well words fit a slot.
type how uint8

const (
	unheard    how = iota // not at all
	understood            // a listed value, or one in Amazon's format
	unclear               // a number that makes no value: "?"
	free                  // words that no list has
)

// sense is what a stretch of words means for a slot.
type sense struct {
	how      how
	kind     string // the slot's type
	value    string
	from, to int // the words
	resolved *skill.Resolutions
}

func (s sense) cost() cost {
	switch s.how {
	case free:
		return cost{free: 1, freeWords: s.to - s.from}
	case unclear:
		return cost{unclear: 1}
	default:
		return cost{}
	}
}

// slot is the sense as a request carries it.
func (s sense) slot(name string) skill.Slot {
	return skill.Slot{
		Name: name, Value: s.value, ConfirmationStatus: skill.ConfirmationNone, Resolutions: s.resolved, Source: "USER",
		SlotValue: &skill.SlotValue{Type: skill.SlotSimple, Value: s.value, Resolutions: s.resolved},
	}
}

// Slot types whose values this package treats in a way of their own.
const (
	typeSearchQuery = "AMAZON.SearchQuery"
	typeFourDigits  = "AMAZON.FOUR_DIGIT_NUMBER"
	amazonPrefix    = "AMAZON."
)

// unclearValue is what Alexa sends for a number it could not make out.
const unclearValue = "?"

// recognizers know the values of Amazon's slot types with a format. All other types of Amazon's (cities, names) take free
// words.
var recognizers = map[string]func(words []string, now time.Time) (string, bool){
	"AMAZON.DATE":     spoken.Date,
	"AMAZON.TIME":     spoken.Time,
	"AMAZON.DURATION": timeless(spoken.Duration),
	"AMAZON.NUMBER":   timeless(spoken.Number),
	"AMAZON.Ordinal":  timeless(spoken.Ordinal),
	typeFourDigits:    timeless(spoken.FourDigits),
}

func timeless(recognize func([]string) (string, bool)) func([]string, time.Time) (string, bool) {
	return func(words []string, _ time.Time) (string, bool) { return recognize(words) }
}

// maxFreeWords bounds what a slot takes that no list has. Alexa hears such a value when it is about as long as the listed ones.
const maxFreeWords = 3

// vocabulary holds the listed values of each custom slot type: those of the model, and those taught for the time being.
type vocabulary struct {
	applicationID string
	static        map[string]wordList
	dynamic       map[string]wordList
	dynamicUntil  time.Time
}

// wordList finds the values that a folded phrase names, in the order of the model.
type wordList map[string][]skill.ResolvedValue

func (l wordList) add(id, value string, synonyms []string) {
	if id == "" {
		// Alexa makes up a hash where the model gives no id.
		sum := sha256.Sum256([]byte(value))
		id = hex.EncodeToString(sum[:16])
	}
	known := map[string]bool{}
	for _, word := range append([]string{value}, synonyms...) {
		key := strings.Join(spoken.Fold(word), " ")
		if key != "" && !known[key] {
			known[key] = true
			l[key] = append(l[key], skill.ResolvedValue{Name: value, ID: id})
		}
	}
}

func newVocabulary(applicationID string, types []models.SlotType) *vocabulary {
	v := &vocabulary{applicationID: applicationID, static: map[string]wordList{}}
	for _, t := range types {
		list := wordList{}
		for _, value := range t.Values {
			list.add(value.ID, value.Name.Value, value.Name.Synonyms)
		}
		v.static[t.Name] = list
	}
	return v
}

// dynamicEntitiesLive is how long values taught at run time are kept, as far as is known outside Amazon.
const dynamicEntitiesLive = 30 * time.Minute

// teach carries out Dialog.UpdateDynamicEntities; it holds from the next turn on.
func (v *vocabulary) teach(update skill.UpdateDynamicEntities, now time.Time) {
	v.dynamic, v.dynamicUntil = nil, now.Add(dynamicEntitiesLive)
	if update.UpdateBehavior == skill.EntitiesClear {
		return
	}
	v.dynamic = map[string]wordList{}
	for _, t := range update.Types {
		list := wordList{}
		for _, value := range t.Values {
			list.add(value.ID, value.Name.Value, value.Name.Synonyms)
		}
		v.dynamic[t.Name] = list
	}
}

// resolve looks a phrase up. It is nil for a type that lists nothing.
func (v *vocabulary) resolve(kind, phrase string, now time.Time) (r *skill.Resolutions, matched bool) {
	answer := func(authority string, list wordList) {
		one := skill.Resolution{Authority: authority, Status: skill.ResolutionStatus{Code: skill.ResolutionNoMatch}}
		for _, value := range list[phrase] {
			one.Status.Code = skill.ResolutionMatch
			one.Values = append(one.Values, skill.ResolutionValue{Value: value})
			matched = true
		}
		if r == nil {
			r = &skill.Resolutions{}
		}
		r.PerAuthority = append(r.PerAuthority, one)
	}
	const authority = "amzn1.er-authority.echo-sdk."
	if list, ok := v.dynamic[kind]; ok && now.Before(v.dynamicUntil) {
		answer(authority+"dynamic."+v.applicationID+"."+kind, list)
	}
	if list, ok := v.static[kind]; ok {
		answer(authority+v.applicationID+"."+kind, list)
	}
	return r, matched
}

// hearing is one utterance being understood. Every sample asks about the same stretches of words, so they are remembered.
type hearing struct {
	words      []spoken.Word
	texts      []string
	vocabulary *vocabulary
	now        time.Time // in the device's time zone
	known      map[stretch]sense
}

type stretch struct {
	kind     string
	from, to int
}

func newHearing(words []spoken.Word, v *vocabulary, now time.Time) *hearing {
	return &hearing{words: words, texts: spoken.Texts(words), vocabulary: v, now: now, known: map[stretch]sense{}}
}

// sense tells what the words from…to-1 mean for a slot of that type.
func (h *hearing) sense(kind string, from, to int) sense {
	key := stretch{kind, from, to}
	s, ok := h.known[key]
	if !ok {
		s = h.listen(kind, h.texts[from:to])
		s.kind, s.from, s.to = kind, from, to
		h.known[key] = s
	}
	return s
}

func (h *hearing) listen(kind string, words []string) sense {
	phrase := strings.Join(words, " ")
	resolved, matched := h.vocabulary.resolve(kind, phrase, h.now)
	if matched {
		return sense{how: understood, value: phrase, resolved: resolved}
	}
	if recognize, ok := recognizers[kind]; ok {
		value, ok := recognize(words, h.now)
		switch {
		case !ok:
			return sense{}
		case value == unclearValue:
			return sense{how: unclear, value: value, resolved: resolved}
		default:
			return sense{how: understood, value: value, resolved: resolved}
		}
	}
	if len(words) > maxFreeWords && kind != typeSearchQuery {
		return sense{}
	}
	return sense{how: free, value: phrase, resolved: resolved}
}
