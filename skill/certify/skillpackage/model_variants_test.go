package skillpackage_test

import "strings"

// modelVariants break the interaction models: both in step, unless the breach is to be out of step.
var modelVariants = []variant{
	{"POL-2", "a brand as the invocation name", func(e *edition) { e.rename("disney books") }},
	{"POL-8a", "a prompt that calls the police", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.HoldBook.book/variations/0/value", "Shall I call the police?")
	}},
	{"POL-10", "an intent of the template", func(e *edition) { e.inBoth(language+"intents/OpeningHours/name", "HelloWorldIntent") }},
	{"PIN-11b", "a prompt that reads the code back", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.OpenLocker.pin/variations/0/value", "Is {pin} your code?")
	}},
	{"PIN-11c", "a code that is a number", func(e *edition) {
		e.inBoth(language+"intents/OpenLocker/slots/pin/type", "AMAZON.NUMBER")
		e.inBoth("interactionModel/dialog/intents/OpenLocker/slots/pin/type", "AMAZON.NUMBER")
	}},
	{"FUN-17b", "an intent in one locale only", func(e *edition) { e.remove(enGB, language+"intents/AMAZON.RepeatIntent") }},
	{"FUN-17b", "a value in one locale only", func(e *edition) { e.add(enUS, language+"types/Book/values", value("odyssey", "the odyssey")) }},
	{"VUI-5b", "a branch called stop", func(e *edition) { e.addToBoth(language+"types/Branch/values", value("stop", "stop")) }},
	{"VUI-5b", "help as a sample", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "help me") }},
	{"VUI-6a", "no Stop", func(e *edition) { e.removeFromBoth(language + "intents/AMAZON.StopIntent") }},
	{"VUI-6b", "no Fallback", func(e *edition) { e.removeFromBoth(language + "intents/AMAZON.FallbackIntent") }},
	{"VUI-6c", "screens without a way home", func(e *edition) { e.removeFromBoth(language + "intents/AMAZON.NavigateHomeIntent") }},
	{"VUI-6d", "samples for a built-in intent", func(e *edition) {
		e.inBoth(language+"intents/AMAZON.RepeatIntent/samples", list("once more please"))
	}},
	{"VUI-6e", "an intent that Amazon has not", func(e *edition) {
		e.addToBoth(language+"intents", object{"name": "AMAZON.SingIntent", "samples": list()})
	}},
	{"VUI-7a", "an intent nobody can say", func(e *edition) { e.inBoth(language+"intents/OpeningHours/samples", list()) }},
	{"VUI-7b", "three samples", func(e *edition) {
		e.inBoth(language+"intents/NearestBranch/samples", list("find a branch", "which branch is near me", "where is a branch"))
	}},
	{"VUI-7c", "samples of one length", func(e *edition) {
		e.inBoth(language+"intents/NearestBranch/samples", list("find a branch", "find some branch", "name a branch", "nearest library please", "nearest branch please"))
	}},
	{"VUI-7d", "next to no intents", func(e *edition) {
		for _, file := range e.both() {
			e.set(file, language+"intents", []any{object{"name": "AMAZON.HelpIntent"}, object{"name": "AMAZON.StopIntent"},
				object{"name": "AMAZON.CancelIntent"}, object{"name": "AMAZON.FallbackIntent"}})
			for _, path := range []string{language + "types", "interactionModel/dialog", "interactionModel/prompts"} {
				e.remove(file, path)
			}
		}
		for _, locale := range []string{"en-US", "en-GB"} {
			const open = "Alexa, open reading nook."
			e.set(skill, "manifest/publishingInformation/locales/"+locale+"/examplePhrases", list(open, open, open))
		}
		e.remove(skill, "manifest/apis/custom/interfaces")
		e.remove(skill, "manifest/permissions")
	}},
	{"VUI-8a", "one sample in two intents", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "find a branch") }},
	{"VUI-8a", "one sample with its slot under two names", func(e *edition) {
		e.addToBoth(language+"intents/NearestBranch/slots", slot("near", "Branch"))
		e.addToBoth(language+"intents/NearestBranch/samples", "when does {near} open")
	}},
	{"VUI-8b", "a value makes two samples one", func(e *edition) {
		e.addToBoth(language+"intents/HoldBook/samples", "extend my loan of jane eyre")
	}},
	{"VUI-8b", "two types share a value", func(e *edition) {
		e.withShelf("Shelf", value("novels", "novels"), value("jane", "jane eyre"))
		e.addToBoth(language+"intents/NearestBranch/samples", "reserve {shelf} for me")
	}},
	{"VUI-9a", "a slot that is not declared", func(e *edition) { e.addToBoth(language+"intents/HoldBook/samples", "look on {shelf} for {book}") }},
	{"VUI-9b", "a slot that is not used", func(e *edition) { e.addToBoth(language+"intents/NearestBranch/slots", slot("shelf", "Branch")) }},
	{"VUI-9c", "a slot twice", func(e *edition) {
		e.addToBoth(language+"intents/HoldBook/samples", "hold {book} and not {book} for me")
	}},
	{"VUI-9d", "a type that is not declared", func(e *edition) {
		e.withShelf("Shelf", value("a", "novels"), value("b", "poems"))
		e.removeFromBoth(language + "types/Shelf")
	}},
	{"VUI-9d", "a type that Amazon has not", func(e *edition) { e.withShelf("AMAZON.FIVE_DIGIT_NUMBER") }},
	{"VUI-9e", "a type that is not used", func(e *edition) {
		e.addToBoth(language+"types", object{"name": "Shelf", "values": []any{value("a", "novels"), value("b", "poems")}})
	}},
	{"VUI-9f", "a type without values", func(e *edition) { e.withShelf("Shelf") }},
	{"VUI-9g", "a type with one value", func(e *edition) { e.withShelf("Shelf", value("a", "novels")) }},
	{"VUI-9h", "a slot with two types", func(e *edition) {
		e.addToBoth(language+"intents/NearestBranch/slots", slot("weeks", "AMAZON.DURATION"))
		e.addToBoth(language+"intents/NearestBranch/samples", "which branch is open in {weeks}")
	}},
	{"VUI-9i", "an id for two books", func(e *edition) { e.addToBoth(language+"types/Book/values", value("moby", "the odyssey")) }},
	{"VUI-9i", "a word for two books", func(e *edition) { e.addToBoth(language+"types/Book/values", value("eyre", "jane eyre")) }},
	{"VUI-9j", "a dialog for an intent that is not there", func(e *edition) {
		e.addToBoth("interactionModel/dialog/intents", object{"name": "SellBook", "prompts": object{}})
	}},
	{"VUI-9j", "a dialog with another type", func(e *edition) { e.inBoth("interactionModel/dialog/intents/HoldBook/slots/book/type", "Branch") }},
	{"VUI-9k", "a prompt that is missing", func(e *edition) { e.removeFromBoth("interactionModel/prompts/Elicit.HoldBook.book") }},
	{"VUI-9k", "a prompt that says nothing", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.HoldBook.book/variations/0/value", " ")
	}},
	{"VUI-9k", "a validation without its prompt", func(e *edition) {
		e.inBoth("interactionModel/dialog/intents/HoldBook/slots/book/validations",
			[]any{object{"type": "hasEntityResolutionMatch", "prompt": "Validate.book"}})
	}},
	{"VUI-9l", "a prompt that nobody says", func(e *edition) { e.addToBoth("interactionModel/prompts", prompt("Elicit.Nobody", "Hello?")) }},
	{"VUI-9m", "a hyphen in a name", func(e *edition) { e.inBoth(language+"intents/OpeningHours/name", "Opening-Hours") }},
	{"VUI-9m", "two intents of one name", func(e *edition) {
		e.addToBoth(language+"intents", object{"name": "AMAZON.YesIntent", "samples": list()})
	}},
	{"VUI-9n", "a prompt with an open tag", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.HoldBook.book/variations/0", object{"type": "SSML", "value": "<speak>Which <emphasis>book?</speak>"})
	}},
	{"VUI-9n", "a prompt with a slot of nobody", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.HoldBook.book/variations/0/value", "Which book at {library}?")
	}},
	{"VUI-10d", "a sample that opens the skill", func(e *edition) {
		e.addToBoth(language+"intents/NearestBranch/samples", "open reading nook and find a branch")
	}},
	{"VUI-10a", "a connecting word first", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "about the opening hours") }},
	{"VUI-10b", "a slot alone", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "{branch}") }},
	{"VUI-10b", "free words beside another slot", func(e *edition) {
		e.addToBoth(language+"intents/HoldBook/slots", slot("query", "AMAZON.SearchQuery"))
		e.addToBoth(language+"intents/HoldBook/samples", "hold whatever says {query} at the {branch} branch")
	}},
	{"VUI-10c", "two slots side by side", func(e *edition) { e.addToBoth(language+"intents/HoldBook/samples", "please hold {book} {branch}") }},
	{"VUI-11a", "a character nobody says", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "open & closed") }},
	{"VUI-11a", "a brace that is not closed", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "is {branch open") }},
	{"VUI-11b", "a value in figures", func(e *edition) { e.addToBoth(language+"types/Branch/values", value("n", "branch 24")) }},
	{"VUI-11c", "a number in figures", func(e *edition) { e.addToBoth(language+"intents/RenewLoan/samples", "renew it for 2 weeks") }},
	{"VUI-11c", "an abbreviation", func(e *edition) { e.addToBoth(language+"intents/OpeningHours/samples", "opening hours on TV") }},
	{"VUI-12a", "capitals in the invocation name", func(e *edition) { e.rename("Reading Nook") }},
	{"VUI-12b", "an invocation name of one word", func(e *edition) { e.rename("nook") }},
	{"VUI-12c", "an invocation name with a launch word", func(e *edition) { e.rename("open books") }},
	{"VUI-12d", "an invocation name with an article", func(e *edition) { e.rename("the nook") }},
	{"VUI-12e", "an invocation name of four words", func(e *edition) { e.rename("my cozy reading nook") }},
	{"VUI-13", "a prompt out of breath", func(e *edition) {
		e.inBoth("interactionModel/prompts/Elicit.HoldBook.book/variations/0/value", strings.Repeat("which book ", 13)+"?")
	}},
	{"VUI-15", "an intent that takes everything", func(e *edition) {
		e.addToBoth(language+"intents", object{"name": "AskAnything", "slots": []any{slot("query", "AMAZON.SearchQuery")},
			"samples": list("tell me {query}", "say {query}", "answer {query}", "explain {query}", "what about {query}")})
	}},
	{"VUI-16", "grammar in slots", func(e *edition) {
		e.addToBoth(language+"intents", object{"name": "Swap", "slots": []any{slot("book", "Book"), slot("branch", "Branch")},
			"samples": list("{book} at {branch}", "{branch} with {book}", "{book} in {branch}", "{branch} has {book}", "swap {book}")})
	}},
	{"META-1d", "a value of 141 characters", func(e *edition) {
		e.addToBoth(language+"types/Book/values", value("long", strings.Repeat("a", 141)))
	}},
}
