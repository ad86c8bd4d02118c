package sampleskill

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Defect is one way to break the library.
type Defect struct {
	Name string
	// Check is the id of the one check that has to notice.
	Check string
	// spoil changes the answer, or fails instead of it. Defects in the skill's memory are in its code, by their name.
	spoil func(*Skill, *query, *answer) error
}

// errBroken stands for HTTP 500.
var errBroken = errors.New("500 Internal Server Error")

// Defects are all of them, in the order of the report.
func Defects() []Defect {
	return slices.Concat(talkDefects, formDefects, accountDefects, codeDefects)
}

// on spoils the answers to a request type or intent.
func on(name string, change func(*query, *answer)) func(*Skill, *query, *answer) error {
	return func(_ *Skill, q *query, a *answer) error {
		if q.is(name) {
			change(q, a)
		}
		return nil
	}
}

// crash fails where a condition holds.
func crash(when func(*query) bool) func(*Skill, *query, *answer) error {
	return func(_ *Skill, q *query, _ *answer) error {
		if when(q) {
			return errBroken
		}
		return nil
	}
}

// slotIs compares a slot of a certain intent.
func slotIs(intent, slot, value string) func(*query) bool {
	return func(q *query) bool { return q.is(intent) && q.Request.Intent.Slots[slot].Value == value }
}

// inDialog tells whether a question with a Dialog directive is open.
func inDialog(q *query) bool {
	last := q.remembered()
	return last != nil && last.elicits()
}

// talkDefects are in what is said, and when.
var talkDefects = []Defect{
	{"answers an example phrase with the welcome", "FUN-6a", on("RenewLoan", func(q *query, a *answer) {
		if q.Session.New && slotIs("RenewLoan", "book", "jane eyre")(q) {
			*a = *ask("Welcome to Reading Nook. I can hold a book, renew a loan, and open your locker. "+whatNow, examples)
		}
	})},
	{"suggests what it does not understand", "FUN-6b", on("AMAZON.HelpIntent", func(_ *query, a *answer) {
		a.says(`You can say "surprise me with poetry". What would you like?`)
	})},
	{"suggests in prose what it does not understand", "FUN-6b", on("AMAZON.FallbackIntent", func(_ *query, a *answer) {
		a.says("You can say read me a poem. What would you like?")
	})},
	{"opens without a word", "FUN-7", on("LaunchRequest", func(_ *query, a *answer) { *a = *empty() })},
	{"crashes when it is opened", "FUN-7", crash(func(q *query) bool { return q.is("LaunchRequest") })},
	{"knows an intent only at the beginning", "FUN-8", crash(func(q *query) bool { return q.is("OpeningHours") && !q.Session.New })},
	{"knows an intent only within a session", "FUN-8", crash(func(q *query) bool {
		return q.is("RenewLoan") && q.Session.New && q.filled("book") && q.filled("weeks")
	})},
	{"apologizes for an error", "FUN-8", on("RenewLoan", func(q *query, a *answer) {
		if q.filled("book") && q.filled("weeks") && !a.asks() {
			a.says("Sorry, something went wrong.")
		}
	})},
	{"crashes on yes", "FUN-8", crash(func(q *query) bool { return q.is("AMAZON.YesIntent") })},
	{"crashes on banana", "FUN-9", crash(slotIs("HoldBook", "book", "banana"))},
	{"crashes on a number that was not made out", "FUN-9", crash(slotIs("RenewLoan", "weeks", "?"))},
	{"crashes on a number out of range", "FUN-9", crash(slotIs("RenewLoan", "weeks", "9999999999"))},
	{"takes a banana for a branch", "FUN-9", on("OpeningHours", func(q *query, a *answer) {
		if _, known := q.resolved("branch"); !known && q.Request.Intent.Slots["branch"].Value == "banana" {
			*a = *say("Banana is open from nine to six.")
		}
	})},
	{"answers everything alike", "FUN-8b", func(_ *Skill, q *query, a *answer) error {
		if strings.Contains("HoldBook RenewLoan OpeningHours", q.Request.Intent.Name) && q.Request.Type == "IntentRequest" && !a.asks() && a.Response.Card["type"] != "LinkAccount" {
			a.says("That is done.")
		}
		return nil
	}},
	{"says nothing when a slot is missing", "FUN-9", on("HoldBook", func(q *query, a *answer) {
		if !q.filled("book") && !q.filled("branch") && !q.Session.New {
			*a = *empty()
		}
	})},
	{"crashes when a slot is not resolved in time", "FUN-9", crash(func(q *query) bool {
		r := q.Request.Intent.Slots["branch"].Resolutions
		return q.is("OpeningHours") && r != nil && r.PerAuthority[0].Status.Code == "ER_ERROR_TIMEOUT"
	})},
	{"does not end where it closes", "VUI-1", on("OpeningHours", func(_ *query, a *answer) {
		if !a.asks() {
			a.ends(false)
			a.Response.Reprompt = map[string]any{"outputSpeech": text(examples)}
			a.remember()
		}
	})},
	{"asks and hangs up", "VUI-1", on("OpeningHours", func(_ *query, a *answer) {
		if !a.asks() {
			a.says(a.speech() + " Anything else?")
		}
	})},
	{"leaves open whether the session ends", "VUI-2", on("NearestBranch", func(_ *query, a *answer) { a.Response.ShouldEndSession = nil })},
	{"has no reprompt", "VUI-3a", on("AMAZON.FallbackIntent", func(_ *query, a *answer) { a.Response.Reprompt = nil })},
	{"repeats itself in the reprompt", "VUI-3b", on("AMAZON.FallbackIntent", func(_ *query, a *answer) {
		a.Response.Reprompt = map[string]any{"outputSpeech": text(a.speech())}
	})},
	{"asks whether one really wants to stop", "VUI-4a", on("AMAZON.StopIntent", func(_ *query, a *answer) {
		*a = *ask("Do you really want to leave?", "Say yes or no. Do you?")
	})},
	{"crashes on stop in a dialog", "VUI-4a", crash(func(q *query) bool { return q.is("AMAZON.StopIntent") && inDialog(q) })},
	{"does not let go on cancel", "VUI-4b", on("AMAZON.CancelIntent", func(q *query, a *answer) {
		if inDialog(q) {
			*a = *q.remembered()
		}
	})},
	{"hangs up after help", "VUI-5", on("AMAZON.HelpIntent", func(_ *query, a *answer) { *a = *say("I hold books and renew loans.") })},
	{"crashes on help in a dialog", "VUI-5", crash(func(q *query) bool { return q.is("AMAZON.HelpIntent") && inDialog(q) })},
	{"says nothing when it does not understand", "VUI-6f", on("AMAZON.FallbackIntent", func(_ *query, a *answer) { *a = *empty() })},
	{"repeats something else", "VUI-6g", on("AMAZON.RepeatIntent", func(q *query, a *answer) {
		if inDialog(q) {
			*a = *ask("Books are fun. Shall we?", examples)
		}
	})},
	{"talks to itself in placeholders", "VUI-13b", on("HoldBook", func(_ *query, a *answer) {
		if !a.asks() && a.Response.Card["type"] == "Simple" {
			a.says("{book} waits for you at central.")
		}
	})},
	{"welcomes who returns at length", "VUI-14", on("LaunchRequest", func(_ *query, a *answer) {
		if strings.HasPrefix(a.speech(), "Welcome back") {
			*a = *ask("Welcome back. I can hold a book, renew a loan, open your locker, and tell you when each branch is open. "+whatNow, examples)
		}
	})},
	{"goes on and on", "VUI-17", on("NearestBranch", func(_ *query, a *answer) {
		a.says(strings.Repeat("The library was built long ago by people who loved books. ", 9))
	})},
	{"takes its time", "FUN-15", func(s *Skill, q *query, _ *answer) error {
		if q.is("NearestBranch") {
			s.wait(7 * time.Second)
		}
		return nil
	}},
	{"promotes", "POL-7b", on("NearestBranch", func(_ *query, a *answer) { a.says(a.speech() + " There is a special offer on tote bags.") })},
	{"calls the police", "POL-8b", on("NearestBranch", func(_ *query, a *answer) { a.says("I can call the police for you.") })},
}

// codeDefects are in how the locker is guarded.
var codeDefects = []Defect{
	{"asks for no code", "PIN-1", nil},
	{"opens before it asks for the code", "PIN-1", nil},
	{"takes a yes for the code", "PIN-1", func(s *Skill, q *query, a *answer) error {
		s.withoutCode(q, a, "AMAZON.YesIntent")
		return nil
	}},
	{"takes what it did not make out for the code", "PIN-1", func(s *Skill, q *query, a *answer) error {
		if q.Request.Intent.Slots["pin"].Value == "?" {
			s.withoutCode(q, a, "OpenLocker")
		}
		return nil
	}},
	{"locks everything with the code", "PIN-3", func(s *Skill, q *query, a *answer) error {
		if s.wrong >= strikes && q.Request.Intent.Name != "OpenLocker" && q.Request.Type == "IntentRequest" {
			*a = *say("That was wrong three times. Reset your code on the account page.")
		}
		return nil
	}},
	{"remembers the code in the session", "PIN-4", nil},
	{"remembers the code for good", "PIN-4", nil},
	{"accepts any code", "PIN-5a", nil},
	{"does not tell where to reset the code", "PIN-5b", on("OpenLocker", func(_ *query, a *answer) {
		if strings.Contains(a.speech(), "Reset") {
			a.says("That's enough for today.")
		}
	})},
	{"accepts a fourth code", "PIN-5c", nil},
	{"forgets the lock in a new session", "PIN-5c", nil},
	{"speaks the code back", "PIN-11a", on("OpenLocker", func(q *query, a *answer) {
		if code := q.Request.Intent.Slots["pin"].Value; len(code) == 4 {
			a.says("I heard " + strings.Join(strings.Split(code, ""), " ") + ". " + a.speech())
		}
	})},
	{"speaks the code back in pairs", "PIN-11a", on("OpenLocker", func(q *query, a *answer) {
		if q.Request.Intent.Slots["pin"].Value == rightCode {
			a.Response.OutputSpeech = map[string]any{"type": "SSML", "ssml": "<speak>Twenty<break/>four, sixty-eight it is. " + a.speech() + "</speak>"}
		}
	})},
	{"keeps the code in the session", "PIN-11a", on("OpenLocker", func(q *query, a *answer) {
		if code := q.Request.Intent.Slots["pin"].Value; len(code) == 4 && a.SessionAttributes != nil {
			a.SessionAttributes["tried"] = code
		}
	})},
	{"writes the code on a card", "PIN-11a", on("OpenLocker", func(q *query, a *answer) {
		if code := q.Request.Intent.Slots["pin"].Value; code == rightCode {
			a.Response.Card = map[string]any{"type": "Simple", "title": "Locker", "content": "Opened with " + code}
			a.says("Locker seven is open now. Say another wish.")
		}
	})},
	{"acts again on a replayed request", "SEC-7", nil},
}
