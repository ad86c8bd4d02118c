package sampleskill

import (
	"strings"
)

// formDefects are in the form of answers.
var formDefects = []Defect{
	{"shows a card of its own kind", "FUN-12", on("HoldBook", func(_ *query, a *answer) {
		if a.Response.Card["type"] == "Simple" {
			a.Response.Card = map[string]any{"type": "Fancy", "title": "On hold"}
		}
	})},
	{"shows a card that is too long", "FUN-12", on("HoldBook", func(_ *query, a *answer) {
		if a.Response.Card["type"] == "Simple" {
			a.Response.Card["content"] = strings.Repeat("book ", 2000)
		}
	})},
	{"shows a card with a question", "FUN-12b", on("HoldBook", func(_ *query, a *answer) {
		if a.asks() {
			a.Response.Card = map[string]any{"type": "Simple", "title": "Which book?", "content": "Say a title."}
		}
	})},
	{"shows a document without a screen", "FUN-13b", on("OpeningHours", func(q *query, a *answer) {
		if !q.hasScreen() {
			a.Response.Directives = []any{map[string]any{
				"type": "Alexa.Presentation.APL.RenderDocument", "token": "hours", "document": map[string]any{"type": "APL", "version": "2022.1"},
			}}
		}
	})},
	{"crashes in the car", "FUN-13b", crash(func(q *query) bool { return q.Context.Automotive != nil && q.is("HoldBook") })},
	{"says goodbye to who has gone", "FUN-14a", on("SessionEndedRequest", func(_ *query, a *answer) { a.says("Goodbye.") })},
	{"crashes at the end of a session", "FUN-14a", crash(func(q *query) bool { return q.is("SessionEndedRequest") && q.Request.Reason == "ERROR" })},
	{"crashes on a request it does not know", "FUN-14b", crash(func(q *query) bool { return strings.HasPrefix(q.Request.Type, "Certify.") })},
	{"welcomes an event", "FUN-14b", on("AlexaSkillEvent.SkillEnabled", func(_ *query, a *answer) { a.says("Welcome.") })},
	{"speaks when it is only asked whether it could", "FUN-14c", on("CanFulfillIntentRequest", func(_ *query, a *answer) { a.says("I could.") })},
	{"does not say whether it could", "FUN-14c", on("CanFulfillIntentRequest", func(_ *query, a *answer) { a.Response.CanFulfill = nil })},
	{"speaks for minutes", "FUN-16a", on("NearestBranch", func(_ *query, a *answer) { a.says(strings.Repeat("Left. ", 1400)) })},
	{"does not escape its SSML", "FUN-16a", on("NearestBranch", func(_ *query, a *answer) {
		a.Response.OutputSpeech = map[string]any{"type": "SSML", "ssml": "<speak>Books & more.</speak>"}
	})},
	{"marks its speech with tags of its own", "FUN-16a", on("NearestBranch", func(_ *query, a *answer) {
		a.Response.OutputSpeech = map[string]any{"type": "SSML", "ssml": "<speak><loud>Books.</loud></speak>"}
	})},
	{"answers with a page", "FUN-16b", on("NearestBranch", func(_ *query, a *answer) { a.raw = []byte("<html>Oops</html>") })},
	{"answers without a response", "FUN-16b", on("NearestBranch", func(_ *query, a *answer) { a.raw = []byte(`{"version":"1.0","message":"fine"}`) })},
	{"has no version", "FUN-16b", on("NearestBranch", func(_ *query, a *answer) { a.Version = "" })},
	{"remembers too much", "FUN-16b", on("AMAZON.HelpIntent", func(_ *query, a *answer) {
		a.SessionAttributes["catalog"] = strings.Repeat("book ", 25_000)
	})},
	{"asks twice at once", "FUN-16c", on("HoldBook", func(_ *query, a *answer) {
		a.Response.Directives = append(a.Response.Directives, a.Response.Directives...)
	})},
	{"asks for a slot outside the dialog", "FUN-16c", on("OpeningHours", func(q *query, a *answer) {
		if a.asks() {
			*a = *q.elicit("branch", "Which branch do you mean?", "Say the name of a branch, please. Which one?")
		}
	})},
	{"sends a directive of its own", "FUN-16c", on("NearestBranch", func(_ *query, a *answer) {
		a.Response.Directives = []any{map[string]any{"type": "Library.TurnPage"}}
	})},
	{"plays without having said so", "FUN-16c", on("NearestBranch", func(_ *query, a *answer) {
		a.Response.Directives = []any{map[string]any{"type": "AudioPlayer.Play", "playBehavior": "REPLACE_ALL"}}
	})},
}

// accountDefects are in how the library treats who is not linked, not allowed, or not its own.
var accountDefects = []Defect{
	{"asks to link without a card", "LINK-5", on("HoldBook", func(q *query, a *answer) {
		if q.Context.System.User.AccessToken == "" {
			a.Response.Card = nil
		}
	})},
	{"waits while one links", "LINK-5", on("HoldBook", func(q *query, a *answer) {
		if q.Context.System.User.AccessToken == "" {
			*a = *ask(a.speech()+" Ready?", "Have you linked it?")
			a.Response.Card = map[string]any{"type": "LinkAccount"}
		}
	})},
	{"holds books without an account", "LINK-5", nil},
	{"crashes without an account", "LINK-5", crash(func(q *query) bool { return q.is("RenewLoan") && q.Context.System.User.AccessToken == "" })},
	{"believes any token", "LINK-5b", nil},
	{"crashes on an expired token", "LINK-5b", crash(func(q *query) bool {
		return q.is("HoldBook") && q.Context.System.User.AccessToken == "expired-token"
	})},
	{"crashes when a permission was refused", "FUN-11", crash(func(q *query) bool {
		return q.is("NearestBranch") && q.Context.System.User.Permissions.Scopes[addressScope].Status == "DENIED"
	})},
	{"asks for what it did not declare", "FUN-11", on("NearestBranch", func(_ *query, a *answer) {
		if a.Response.Card != nil {
			a.Response.Card["permissions"] = []string{"alexa::profile:email:read"}
		}
	})},
	{"answers any application id", "SEC-5", nil},
	{"keeps the token in the session", "SEC-8", on("AMAZON.HelpIntent", func(q *query, a *answer) {
		a.SessionAttributes["token"] = q.Context.System.User.AccessToken
	})},
}
