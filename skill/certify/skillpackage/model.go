package skillpackage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

// Limits of one locale's interaction model, from Amazon's page on the interaction model.
const (
	maxModelBytes      = 1_500_000
	maxIntents         = 250
	maxIntentsAndTypes = 350
	maxValueRunes      = 140
)

func (e *examination) examineSize(m *model) {
	expect := func(ok bool, what string, args ...any) { e.expect("META-1d", ok, m.locale, m.file, what, args...) }
	intents, types := len(m.LanguageModel.Intents), len(m.LanguageModel.Types)
	expect(m.bytes <= maxModelBytes, "%d bytes, want at most %d", m.bytes, maxModelBytes)
	expect(intents > 0, "there are no intents")
	expect(intents <= maxIntents, "%d intents, want at most %d", intents, maxIntents)
	expect(intents+types <= maxIntentsAndTypes, "%d intents and types, want at most %d", intents+types, maxIntentsAndTypes)
	for _, t := range m.LanguageModel.Types {
		for _, v := range t.Values {
			for _, word := range append([]string{v.Name.Value}, v.Name.Synonyms...) {
				n := utf8.RuneCountInString(word)
				e.expect("META-1d", n <= maxValueRunes, m.locale, t.Name, "%.40q… has %d characters, want at most %d", word, n, maxValueRunes)
			}
		}
	}
}

var name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// examineNames asks for the form of names, and that each stands once.
func (e *examination) examineNames(m *model) {
	seen := map[string]bool{}
	expect := func(kind, within, what string) {
		bare := strings.TrimPrefix(what, "AMAZON.")
		if kind == "intent" {
			bare, _, _ = strings.Cut(bare, "<") // an intent of a schema: AMAZON.SearchAction<object@Book>
		}
		e.expect("VUI-9m", name.MatchString(bare), m.locale, within+what, "the name of the %s has other characters than letters and underscores", kind)
		e.expect("VUI-9m", !seen[kind+within+what], m.locale, within+what, "there are two such %ss", kind)
		seen[kind+within+what] = true
	}
	for _, intent := range m.LanguageModel.Intents {
		expect("intent", "", intent.Name)
		for _, slot := range intent.Slots {
			expect("slot", intent.Name+".", slot.Name)
		}
	}
	for _, t := range m.LanguageModel.Types {
		expect("type", "", t.Name)
	}
}

// builtIns are Amazon's standard intents.
var builtIns = strings.Fields(`Cancel Fallback Help Stop NavigateHome Yes No Repeat Next Previous Pause Resume StartOver LoopOn LoopOff
	ShuffleOn ShuffleOff Select More ScrollUp ScrollDown ScrollLeft ScrollRight PageUp PageDown NavigateSettings`)

func (e *examination) examineBuiltIns(m *model) {
	has := func(short string) bool {
		_, ok := m.LanguageModel.Intent("AMAZON." + short + "Intent")
		return ok
	}
	for _, short := range []string{"Help", "Stop", "Cancel"} {
		e.expect("VUI-6a", has(short), m.locale, "AMAZON."+short+"Intent", "is missing")
	}
	e.expect("VUI-6b", has("Fallback"), m.locale, "AMAZON.FallbackIntent", "is missing")
	if e.declares("ALEXA_PRESENTATION_APL") || e.declares("VIDEO_APP") || e.declares("RENDER_TEMPLATE") {
		e.expect("VUI-6c", has("NavigateHome"), m.locale, "AMAZON.NavigateHomeIntent", "is missing; the skill is for screens")
	} else {
		e.verdicts.NotApplicable("VUI-6c", "no interface for screens is declared")
	}
	for _, intent := range m.LanguageModel.Intents {
		short, ok := strings.CutPrefix(intent.Name, "AMAZON.")
		if !ok {
			continue
		}
		standard, isIntent := strings.CutSuffix(short, "Intent")
		known := isIntent && slices.Contains(builtIns, standard) || strings.Contains(short, "<")
		e.expect("VUI-6e", known, m.locale, intent.Name, "Amazon has no such intent")
		e.expect("VUI-6d", len(intent.Samples) == 0, m.locale, intent.Name, "has %d samples of its own", len(intent.Samples))
	}
}

// Thresholds of Amazon's validator.
const (
	fewSamples = 5
	fewIntents = 5
)

func (e *examination) examineIntents(m *model) {
	n := len(m.LanguageModel.Intents)
	e.expect("VUI-7d", n >= fewIntents, m.locale, m.file, "%d intents, want at least %d", n, fewIntents)
	for _, intent := range m.LanguageModel.Intents {
		if utterance.BuiltIn(intent.Name) {
			continue
		}
		n := len(intent.Samples)
		e.expect("VUI-7a", n > 0, m.locale, intent.Name, "there are no samples")
		if n == 0 {
			continue
		}
		e.expect("VUI-7b", n >= fewSamples, m.locale, intent.Name, "%d samples, want at least %d", n, fewSamples)
		lengths := map[int]bool{}
		for _, sample := range intent.Samples {
			lengths[len(utterance.Fold(sample))] = true
		}
		e.expect("VUI-7c", len(lengths) > 1 || n < fewSamples, m.locale, intent.Name, "all samples have the same length")
	}
}

var braced = regexp.MustCompile(`\{([^{}]*)\}`)

// examineSlots asks whether slots are declared, used, and of a type that exists.
func (e *examination) examineSlots(m *model) {
	typeOf, firstIn := map[string]string{}, map[string]string{}
	for _, intent := range m.LanguageModel.Intents {
		used := map[string]bool{}
		use := func(where, sample string) {
			for _, match := range braced.FindAllStringSubmatch(sample, -1) {
				slot := strings.TrimSpace(match[1])
				used[slot] = true
				_, declared := intent.Slot(slot)
				e.expect("VUI-9a", declared, m.locale, where, "%.200q has the slot %.40q, which %s does not declare", sample, slot, intent.Name)
			}
		}
		for _, sample := range intent.Samples {
			use(intent.Name, sample)
		}
		for _, slot := range intent.Slots {
			for _, sample := range slot.Samples {
				use(intent.Name+"."+slot.Name, sample)
			}
		}
		for _, slot := range intent.Slots {
			where := intent.Name + "." + slot.Name
			// Without samples there is nothing to use it in, which VUI-7a says.
			e.expect("VUI-9b", used[slot.Name] || len(intent.Samples) == 0, m.locale, where, "is in no sample")
			_, declared := m.LanguageModel.Type(slot.Type)
			e.expect("VUI-9d", declared || builtInType(slot.Type), m.locale, where, "there is no type %.60q", slot.Type)
			other, met := typeOf[slot.Name]
			e.expect("VUI-9h", !met || other == slot.Type, m.locale, where, "is %.60s here and %.60s in %s", slot.Type, other, firstIn[slot.Name])
			if !met {
				typeOf[slot.Name], firstIn[slot.Name] = slot.Type, intent.Name
			}
			if e.settings.IsCodeSlot(intent.Name, slot.Name) {
				e.expect("PIN-11c", slot.Type == "AMAZON.FOUR_DIGIT_NUMBER", m.locale, where, "is %.60s", slot.Type)
			}
		}
	}
	if len(e.settings.Codes) == 0 {
		e.verdicts.NotApplicable("PIN-11c", "no voice code is named in certify.toml")
	}
}

// Amazon has well over a hundred list types in CamelCase, which are believed; those in capitals are few.
var (
	listType     = regexp.MustCompile(`^AMAZON\.([A-Z][A-Za-z]*[a-z][A-Za-z]*|[A-Z]{2}_[A-Z_]+)$`)
	capitalTypes = strings.Fields("AMAZON.DATE AMAZON.TIME AMAZON.DURATION AMAZON.NUMBER AMAZON.FOUR_DIGIT_NUMBER AMAZON.LITERAL")
)

func builtInType(name string) bool {
	return slices.Contains(capitalTypes, name) || listType.MatchString(name)
}

func (e *examination) examineTypes(m *model) {
	used := map[string]bool{}
	for _, intent := range m.LanguageModel.Intents {
		for _, slot := range intent.Slots {
			used[slot.Type] = true
		}
	}
	words, _ := utterance.WordsOf(m.locale)
	for _, t := range m.LanguageModel.Types {
		e.expect("VUI-9e", used[t.Name], m.locale, t.Name, "no slot has this type")
		if !m.supplied[t.Name] && !utterance.BuiltIn(t.Name) {
			n := len(t.Values)
			e.expect("VUI-9f", n > 0, m.locale, t.Name, "has no values")
			e.expect("VUI-9g", n != 1, m.locale, t.Name, "has a single value")
		}
		ids, said := map[string]bool{}, map[string]int{}
		for i, v := range t.Values {
			e.expect("VUI-9i", v.ID == "" || !ids[v.ID], m.locale, t.Name, "the id %.60q stands for two values", v.ID)
			ids[v.ID] = true
			e.expect("VUI-9i", strings.TrimSpace(v.Name.Value) != "", m.locale, t.Name, "value %d has no name", i+1)
			spoken := false
			for _, word := range append([]string{v.Name.Value}, v.Name.Synonyms...) {
				spoken = spoken || utterance.Speakable(word)
				folded := strings.Join(utterance.Fold(word), " ")
				other, met := said[folded]
				e.expect("VUI-9i", !met || other == i, m.locale, t.Name, "%.60q stands for two values", word)
				if !met {
					said[folded] = i
				}
				e.expect("VUI-5b", folded == "" || !slices.Contains(words.Universal, folded), m.locale, t.Name, "%q is a value", word)
			}
			e.expect("VUI-11b", spoken, m.locale, t.Name, "%.60q cannot be said as it is written, and has no synonym that can", v.Name.Value)
		}
	}
}

func (e *examination) examineInvocationName(m *model) {
	checks := map[utterance.NameRule]string{utterance.NameForm: "VUI-12a", utterance.NameOneWord: "VUI-12b",
		utterance.NameReserved: "VUI-12c", utterance.NameSmall: "VUI-12d", utterance.NameLong: "VUI-12e"}
	said := m.LanguageModel.InvocationName
	where := fmt.Sprintf("invocationName %.60q", said)
	broken := map[string]string{}
	for _, p := range utterance.NameProblems(m.locale, said) {
		if p.Rule == utterance.NameOneWord && e.settings.Allows(said) {
			continue
		}
		broken[checks[p.Rule]] = p.Text
	}
	_, known := utterance.WordsOf(m.locale)
	for _, check := range checks {
		if !known && (check == "VUI-12c" || check == "VUI-12d") {
			e.verdicts.NotRun(check, "the reserved words of this language are not known here")
			continue
		}
		e.expect(check, broken[check] == "", m.locale, where, "%s", broken[check])
	}
	e.examineMarks(m.locale, where, said)
	e.expect("POL-10", !leftovers.MatchString(said), m.locale, where, "is left over from a template")
}
