package echo

import (
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

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
