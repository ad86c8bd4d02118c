package echo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// NoMatch is an utterance that no intent of the model understands.
type NoMatch struct {
	Utterance string // masked
	Nearest   string // the sample that differs in the fewest words
	Intent    string // whose sample that is
}

func (e *NoMatch) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("%q matches no intent", e.Utterance)
	}
	return fmt.Sprintf("%q matches no intent; the nearest sample is %q of %s", e.Utterance, e.Nearest, e.Intent)
}

// Ambiguous is an utterance that several intents understand equally well, so that Alexa would have to guess.
type Ambiguous struct {
	Utterance string   // masked
	Intents   []string // sorted
}

func (e *Ambiguous) Error() string {
	return fmt.Sprintf("%q is ambiguous: it matches %s", e.Utterance, strings.Join(e.Intents, " and "))
}

// matcher knows all that can be said to the skill.
type matcher struct {
	name     []string // the invocation name
	patterns []pattern
	// answers are what may be said while a slot is asked for, by intent and slot: the bare value and the slot's own samples.
	answers map[[2]string][]pattern
}

// newMatcher reads a model. It refuses what it cannot listen to, all problems joined.
func newMatcher(m *models.InteractionModel) (*matcher, error) {
	all := &matcher{name: spoken.Fold(m.LanguageModel.InvocationName), answers: map[[2]string][]pattern{}}
	var problems []error
	add := func(to *[]pattern, intent models.ModelIntent, sample string, answer bool) {
		p, err := newPattern(intent, sample)
		p.answer = answer
		problems = append(problems, err)
		if err == nil {
			*to = append(*to, p)
		}
	}
	if len(all.name) == 0 {
		problems = append(problems, errors.New("no invocation name"))
	}
	for _, intent := range m.LanguageModel.Intents {
		for _, sample := range slices.Concat(builtin[intent.Name], intent.Samples) {
			add(&all.patterns, intent, sample, false)
		}
		for _, slot := range intent.Slots {
			problems = append(problems, checkSlot(m, intent.Name, slot))
			var answers []pattern
			for _, sample := range slices.Concat([]string{"{" + slot.Name + "}"}, slot.Samples) {
				add(&answers, intent, sample, true)
			}
			all.answers[[2]string{intent.Name, slot.Name}] = answers
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("interaction model: %w", err)
	}
	return all, nil
}

func checkSlot(m *models.InteractionModel, intent string, slot models.ModelSlot) error {
	_, declared := m.LanguageModel.Type(slot.Type)
	switch {
	case slot.MultipleValues != nil && slot.MultipleValues.Enabled:
		return fmt.Errorf("slot %s of %s: several values in one slot are not understood here", slot.Name, intent)
	case !declared && !strings.HasPrefix(slot.Type, amazonPrefix):
		return fmt.Errorf("slot %s of %s: the type %q is not declared", slot.Name, intent, slot.Type)
	default:
		return nil
	}
}

// asked names the slot whose value is awaited; zero if none is.
type asked struct{ intent, slot string }

// understand finds the one intent that the utterance means.
//
// While a slot is asked for, a value that is understood comes first, bare or inside a sample of the slot. Then come all
// samples of the model without free words, so that "help" is never taken for a name; then free words, for the slot asked for
// and in all samples alike. Among several fits the better one wins (see fit.compare), among equals the first in the model. If
// another intent's sample fits just as well (the same number of free slots and of words of its own), the error is
// *Ambiguous; if nothing fits, it is *NoMatch.
func (m *matcher) understand(h *hearing, a asked) (fit, error) {
	answers := fits(m.answers[[2]string{a.intent, a.slot}], h)
	samples := fits(m.patterns, h)
	sure := func(f fit) bool { return f.cost.free == 0 }
	for _, tier := range [][]fit{only(answers, sure), only(samples, sure), slices.Concat(answers, samples)} {
		if len(tier) > 0 {
			return choose(tier, h)
		}
	}
	return fit{}, m.noMatch(h)
}

// fits lays every pattern over the utterance; the better fits come first, equals in their order.
func fits(patterns []pattern, h *hearing) []fit {
	var out []fit
	for i := range patterns {
		if f, ok := patterns[i].fit(h); ok {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, fit.compare)
	return out
}

func only(fits []fit, keep func(fit) bool) []fit {
	var out []fit
	for _, f := range fits {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}

func choose(found []fit, h *hearing) (fit, error) {
	slices.SortStableFunc(found, fit.compare)
	best := found[0]
	var intents []string
	for _, f := range found {
		// The question that is open decides between an answer to it and anything else.
		if best.rivals(f) == 0 && !best.answer {
			intents = append(intents, f.intent)
		}
	}
	slices.Sort(intents)
	if intents = slices.Compact(intents); len(intents) > 1 {
		return fit{}, &Ambiguous{Utterance: h.text(), Intents: intents}
	}
	return best, nil
}

// noMatch finds the nearest sample: the fewest differing words, then the shortest, then the first in the model.
func (m *matcher) noMatch(h *hearing) *NoMatch {
	e := &NoMatch{Utterance: h.text()}
	least, length := 0, 0
	for i := range m.patterns {
		p := &m.patterns[i]
		if p.literals == 0 {
			continue // a slot alone is near to everything
		}
		d := p.distance(h)
		if e.Nearest == "" || d < least || d == least && len(p.elements) < length {
			e.Nearest, e.Intent = p.sample, p.intent
			least, length = d, len(p.elements)
		}
	}
	return e
}

func (h *hearing) text() string { return strings.Join(h.texts, " ") }

// Ear is the part of an Echo that understands: it takes an utterance to what it means in a model, and sends nothing. Words for
// numbers, dates and Alexa's own intents are English; samples and values of the model may be of any language that writes spaces.
// It is safe for concurrent use.
type Ear struct {
	matcher       *matcher
	model         *models.InteractionModel
	applicationID string
}

// Heard is what an utterance means.
type Heard struct {
	// Named tells that the skill was called by its name, which begins a session.
	Named bool
	// Intent is nil for an utterance that only opens the skill.
	Intent *skill.Intent
}

// NewEar refuses a model that it cannot listen to.
func NewEar(model *models.InteractionModel, applicationID string) (*Ear, error) {
	m, err := newMatcher(model)
	if err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	return &Ear{matcher: m, model: model, applicationID: applicationID}, nil
}

// Hear understands an utterance, at an instant in the device's time zone. While a slot is asked for, intent and slot name it;
// else both are empty. Errors are *NoMatch and *Ambiguous, which quote the utterance.
func (e *Ear) Hear(utterance string, now time.Time, intent, slot string) (Heard, error) {
	c := address(spoken.Words(utterance), e.matcher.name)
	if c.named && len(c.wordings) == 0 {
		return Heard{Named: true}, nil
	}
	vocabulary := newVocabulary(e.applicationID, e.model.LanguageModel.Types)
	first := error(&NoMatch{Utterance: utterance})
	for i, words := range c.wordings {
		h := newHearing(words, vocabulary, now)
		f, err := e.matcher.understand(h, asked{intent, slot})
		if err == nil {
			f.onTheDay(h)
			return Heard{Named: c.named, Intent: e.meant(f)}, nil
		}
		if i == 0 {
			first = err
		}
	}
	var missed *NoMatch
	if errors.As(first, &missed) {
		missed.Utterance = utterance
	}
	return Heard{Named: c.named}, first
}

// meant has every slot of the intent, filled where the utterance fills it.
func (e *Ear) meant(f fit) *skill.Intent {
	intent := &skill.Intent{Name: f.intent, ConfirmationStatus: skill.ConfirmationNone}
	model, _ := e.model.LanguageModel.Intent(f.intent)
	if len(model.Slots) > 0 {
		intent.Slots = make(map[string]skill.Slot, len(model.Slots))
	}
	for _, s := range model.Slots {
		intent.Slots[s.Name] = skill.Slot{Name: s.Name, ConfirmationStatus: skill.ConfirmationNone}
	}
	for name, s := range f.slots {
		intent.Slots[name] = s.slot(name)
	}
	return intent
}

// builtin are the utterances that Alexa itself knows for its standard intents, after Amazon's page "Available Standard
// Built-in Intents", with the everyday forms of yes and no. FallbackIntent has none: it takes what nothing else takes.
var builtin = map[string][]string{
	"AMAZON.HelpIntent":             {"help", "help me", "can you help me"},
	"AMAZON.StopIntent":             {"stop", "off", "shut up"},
	"AMAZON.CancelIntent":           {"cancel", "never mind", "forget it"},
	yesIntent:                       {"yes", "yes please", "sure", "yeah", "yep", "yup", "okay", "ok", "correct", "that's right"},
	noIntent:                        {"no", "no thanks", "no thank you", "nope", "nah"},
	"AMAZON.RepeatIntent":           {"repeat", "say that again", "repeat that", "say it again"},
	"AMAZON.NavigateHomeIntent":     {"go home", "home", "go to the home screen", "go to home screen"},
	"AMAZON.NextIntent":             {"next", "skip", "skip forward"},
	"AMAZON.PreviousIntent":         {"go back", "skip back", "back up", "previous"},
	"AMAZON.PauseIntent":            {"pause", "pause that"},
	"AMAZON.ResumeIntent":           {"resume", "continue", "keep going"},
	"AMAZON.StartOverIntent":        {"start over", "restart", "start again"},
	"AMAZON.LoopOnIntent":           {"loop on", "loop"},
	"AMAZON.LoopOffIntent":          {"loop off"},
	"AMAZON.ShuffleOnIntent":        {"shuffle on", "shuffle", "shuffle mode"},
	"AMAZON.ShuffleOffIntent":       {"shuffle off", "stop shuffling", "turn off shuffle"},
	"AMAZON.MoreIntent":             {"more", "show more", "show me more"},
	"AMAZON.ScrollUpIntent":         {"scroll up"},
	"AMAZON.ScrollDownIntent":       {"scroll down"},
	"AMAZON.ScrollLeftIntent":       {"scroll left"},
	"AMAZON.ScrollRightIntent":      {"scroll right"},
	"AMAZON.PageUpIntent":           {"page up"},
	"AMAZON.PageDownIntent":         {"page down"},
	"AMAZON.NavigateSettingsIntent": {"settings", "go to settings"},
	fallbackIntent:                  nil,
}

const (
	yesIntent      = "AMAZON.YesIntent"
	noIntent       = "AMAZON.NoIntent"
	fallbackIntent = "AMAZON.FallbackIntent"
)

// leaving ends the session at the platform; the skill hears of it only as a SessionEndedRequest.
var leaving = []string{"exit", "quit"}

// asking wants Alexa's own notifications. The skill hears nothing of it.
var asking = []string{"what are my notifications", "read my notifications", "do i have any notifications", "what did i miss"}

// wakeWord may open an utterance and means nothing more. The others that a device can be set to ("amazon", "computer") may be
// words of a skill too.
const wakeWord = "alexa"

// launchWords come before the invocation name. With nothing after the name they launch the skill.
var launchWords = [][]string{
	{"open"}, {"launch"}, {"start"}, {"begin"}, {"run"}, {"load"}, {"enable"}, {"use"}, {"play"}, {"resume"}, {"ask"}, {"tell"},
	{"talk", "to"}, {"speak", "to"},
}

// connectors join the invocation name and what is asked. They are not part of the utterance that is matched, unless nothing
// matches without them.
var connectors = []string{"to", "from", "about", "for", "if", "whether", "that", "and"}

// trailers join an utterance and the invocation name behind it: "what's my horoscope from daily stars".
var trailers = []string{"from", "in", "using", "with", "by"}

// call is an utterance without the words that are for Alexa.
type call struct {
	named bool // the skill is called by its name
	// wordings are what is left to match, best first; none is a launch when the skill is named.
	wordings [][]spoken.Word
}

// address reads who an utterance is for.
func address(words []spoken.Word, name []string) call {
	if startsWith(words, []string{wakeWord}) {
		words = words[1:]
	}
	if rest, ok := afterName(words, name); ok {
		c := call{named: true}
		if len(rest) > 0 && slices.Contains(connectors, rest[0].Text) && len(rest) > 1 {
			c.wordings = append(c.wordings, rest[1:])
		}
		if len(rest) > 0 {
			c.wordings = append(c.wordings, rest)
		}
		return c
	}
	if n := len(words) - len(name); n >= 2 && startsWith(words[n:], name) && slices.Contains(trailers, words[n-1].Text) {
		return call{named: true, wordings: [][]spoken.Word{words[:n-1]}}
	}
	if len(words) == 0 {
		return call{}
	}
	return call{wordings: [][]spoken.Word{words}}
}

// afterName is what follows the invocation name, with or without a launch word before it.
func afterName(words []spoken.Word, name []string) ([]spoken.Word, bool) {
	if startsWith(words, []string{"please"}) {
		words = words[1:]
	}
	for _, launch := range launchWords {
		if startsWith(words, slices.Concat(launch, name)) {
			return words[len(launch)+len(name):], true
		}
	}
	if startsWith(words, name) {
		return words[len(name):], true
	}
	return nil, false
}

func startsWith(words []spoken.Word, texts []string) bool {
	return len(words) >= len(texts) && slices.Equal(spoken.Texts(words[:len(texts)]), texts)
}

// says tells whether the words are one of these utterances.
func says(words []spoken.Word, utterances []string) bool {
	said := strings.Join(spoken.Texts(words), " ")
	return slices.ContainsFunc(utterances, func(u string) bool { return strings.Join(spoken.Fold(u), " ") == said })
}
