package skillpackage_test

import (
	"image/color"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// variant breaks the sample in one way, which exactly one check names.
type variant struct {
	check, how string
	breaks     func(e *edition)
}

// storeVariants break the manifest, what belongs to it, and certify.toml.
var storeVariants = []variant{
	{"POL-1a", "the name names Alexa", func(e *edition) { e.set(skill, store+"name", "Reading Nook for Alexa") }},
	{"POL-1a", "the summary claims Amazon's blessing", func(e *edition) {
		e.set(skill, store+"summary", "The skill for readers, recommended by Amazon.")
	}},
	{"POL-1a", "a linked domain names Alexa", func(e *edition) {
		e.set(skill, privacy+"locales/en-US/privacyPolicyUrl", "https://alexa-library.example/privacy")
	}},
	{"POL-2", "a brand among the keywords", func(e *edition) { e.add(skill, store+"keywords", "netflix") }},
	{"POL-2", "a brand in the name", func(e *edition) { e.set(skill, store+"name", "Disney Reading Nook") }},
	{"POL-3", "stories for children", func(e *edition) {
		e.text(skill, store+"description", func(s string) string { return s + " Also stories for kids." })
	}},
	{"POL-3", "a category for children", func(e *edition) { e.set(skill, "manifest/publishingInformation/category", "CHILDRENS_GAMES") }},
	{"POL-3", "a skill for children that links accounts", func(e *edition) { e.set(skill, privacy+"isChildDirected", true) }},
	{"POL-4", "personal information denied", func(e *edition) { e.set(skill, privacy+"usesPersonalInfo", false) }},
	{"POL-4", "no privacy policy", func(e *edition) { e.remove(skill, privacy+"locales/en-US/privacyPolicyUrl") }},
	{"POL-5", "a permission nobody needs", func(e *edition) { e.settings.Permissions = nil }},
	{"POL-5", "a permission needed by an intent that is not there", func(e *edition) {
		e.settings.Permissions = []certify.PermissionUse{{Name: e.settings.Permissions[0].Name, Intents: []string{"FindGold"}}}
	}},
	{"POL-5", "notifications of nothing", func(e *edition) {
		e.add(skill, "manifest/permissions", object{"name": "alexa::devices:all:notifications:write"})
	}},
	{"POL-7a", "an offer", func(e *edition) {
		e.text(skill, store+"description", func(s string) string { return s + " Special offer: cards for $9.99." })
	}},
	{"POL-8a", "an emergency service", func(e *edition) {
		e.text(skill, store+"description", func(s string) string { return s + " It can also call 911 for you." })
	}},
	{"POL-10", "a text of the template", func(e *edition) { e.set(skill, store+"summary", "Sample Short Description, to be written.") }},
	{"SEC-1a", "plain http", func(e *edition) { e.set(skill, "manifest/apis/custom/endpoint/uri", "http://library.example/voice") }},
	{"SEC-1a", "another port", func(e *edition) {
		e.set(skill, "manifest/apis/custom/endpoint/uri", "https://library.example:8443/voice")
	}},
	{"SEC-1a", "an address", func(e *edition) { e.set(skill, "manifest/apis/custom/endpoint/uri", "https://192.0.2.1/voice") }},
	{"SEC-1a", "an ARN of no function", func(e *edition) { e.set(skill, "manifest/apis/custom/endpoint/uri", "arn:aws:s3:::bucket") }},
	{"SEC-1a", "a self-signed certificate", func(e *edition) { e.set(skill, "manifest/apis/custom/endpoint/sslCertificateType", "SelfSigned") }},
	{"SEC-1c", "an unknown event", func(e *edition) { e.set(skill, "manifest/events/subscriptions/0/eventName", "SKILL_ADORED") }},
	{"SEC-1c", "events with nowhere to go", func(e *edition) { e.set(skill, "manifest/events/endpoint/uri", "") }},
	{"LINK-1a", "an implicit grant", func(e *edition) { e.set(link, "accountLinkingRequest/type", "IMPLICIT") }},
	{"POL-5b", "a permission that Amazon has not", func(e *edition) {
		const invented = "alexa::devices:all:geolocation:write"
		e.add(skill, "manifest/permissions", object{"name": invented})
		e.settings.Permissions = append(e.settings.Permissions, certify.PermissionUse{Name: invented, Intents: []string{"NearestBranch"}})
	}},
	{"LINK-1b", "no client id", func(e *edition) { e.remove(link, "accountLinkingRequest/clientId") }},
	{"LINK-1b", "an unknown token scheme", func(e *edition) { e.set(link, "accountLinkingRequest/accessTokenScheme", "COOKIE") }},
	{"LINK-2a", "a login page without TLS", func(e *edition) {
		e.set(link, "accountLinkingRequest/authorizationUrl", "http://library.example/login")
	}},
	{"LINK-3a", "tokens of a minute", func(e *edition) { e.set(link, "accountLinkingRequest/defaultTokenExpirationInSeconds", 60) }},
	{"LINK-6", "no test user", func(e *edition) {
		e.set(skill, "manifest/publishingInformation/testingInstructions", "Say: Alexa, open reading nook. The PIN is 2468.")
	}},
	{"LINK-6", "no voice code for the tester", func(e *edition) {
		e.set(skill, "manifest/publishingInformation/testingInstructions", "Log in as user reader with the password books.")
	}},
	{"PIN-10", "Alexa's code beside one's own", func(e *edition) {
		const authenticate = "alexa::authenticate:2:optional"
		e.add(skill, "manifest/permissions", object{"name": authenticate})
		e.settings.Permissions = append(e.settings.Permissions, certify.PermissionUse{Name: authenticate, Intents: []string{"OpenLocker"}})
	}},
	{"FUN-13a", "an unknown interface", func(e *edition) {
		e.add(skill, "manifest/apis/custom/interfaces", object{"type": "ALEXA_TELEPATHY"})
	}},
	{"FUN-17a", "a store text without a model", func(e *edition) {
		var text, policy any
		e.change(skill, store[:len(store)-1], func(old any) any { text = old; return old })
		e.change(skill, privacy+"locales/en-US", func(old any) any { policy = old; return old })
		e.set(skill, "manifest/publishingInformation/locales/en-AU", text)
		e.set(skill, privacy+"locales/en-AU", policy)
	}},
	{"FUN-17a", "a model without a store text", func(e *edition) { e.files["interactionModels/custom/en-AU.json"] = e.files[enUS] }},
	{"FUN-17a", "a locale without a policy", func(e *edition) { e.remove(skill, privacy+"locales/en-GB") }},
	{"FUN-17c", "a description nobody translated", func(e *edition) {
		const said = "Reading Nook is a skill for readers of the town library."
		e.set(skill, "manifest/publishingInformation/locales/en-US/description", said)
		e.set(skill, "manifest/publishingInformation/locales/en-GB/description", said)
		e.files["interactionModels/custom/de-DE.json"] = e.files[enUS]
		e.set(skill, privacy+"locales/de-DE", object{"privacyPolicyUrl": "https://library.example/de-DE/privacy"})
		e.set(skill, "manifest/publishingInformation/locales/de-DE", object{"name": "Leseecke", "summary": "Bücher vormerken und verlängern.",
			"description": said, "examplePhrases": list("Alexa, öffne reading nook.", "Find a branch.", "Put Moby Dick on hold."),
			"smallIconUri": "file://assets/images/small.png", "largeIconUri": "file://assets/images/large.png"})
	}},
	{"META-1a", "a text for a list", func(e *edition) { e.set(skill, store+"keywords", "library") }},
	{"META-1a", "linking that is no JSON", func(e *edition) { e.files[link] = &fstest.MapFile{Data: []byte(`{"accountLinkingRequest":`)} }},
	{"META-1b", "an unknown member of the manifest", func(e *edition) { e.set(skill, store+"headline", "Books.") }},
	{"META-1b", "a misspelled member of the model", func(e *edition) { e.inBoth(language+"intents/HoldBook/utterances", list("hold")) }},
	{"META-1c", "a long summary", func(e *edition) { e.set(skill, store+"summary", strings.Repeat("books ", 27)) }},
	{"META-1c", "a name of one letter", func(e *edition) { e.set(skill, store+"name", "R") }},
	{"META-1e", "a space in a file name", func(e *edition) { e.files["assets/images/my icon.png"] = e.files["assets/images/small.png"] }},
	{"META-1e", "a model for no locale", func(e *edition) { e.files["interactionModels/custom/english.json"] = e.files[enUS] }},
	{"META-2", "too many keywords", func(e *edition) { e.set(skill, store+"keywords", list(strings.Fields(strings.Repeat("book ", 31))...)) }},
	{"META-2", "an empty keyword", func(e *edition) { e.add(skill, store+"keywords", "") }},
	{"META-3a", "no small icon", func(e *edition) { e.remove(skill, store+"smallIconUri") }},
	{"META-3a", "a small icon that is large", func(e *edition) { e.files["assets/images/small.png"] = e.files["assets/images/large.png"] }},
	{"META-3b", "a large icon that is not there", func(e *edition) { delete(e.files, "assets/images/large.png") }},
	{"META-3b", "a large icon that is no picture", func(e *edition) {
		e.files["assets/images/large.png"] = &fstest.MapFile{Data: []byte("\x89PNG\r\n\x1a\nnot really")}
	}},
	{"META-3c", "an icon of one color", func(e *edition) {
		e.files["assets/images/small.png"] = picture(e.t, 108, func(int, int) color.Color { return color.White })
	}},
	{"META-3c", "an icon that is transparent but for its edge", func(e *edition) {
		e.files["assets/images/small.png"] = picture(e.t, 108, func(x, y int) color.Color {
			if x < 10 {
				return color.Black
			}
			return color.Transparent
		})
	}},
	{"META-4", "no testing instructions", func(e *edition) { e.set(skill, "manifest/publishingInformation/testingInstructions", " ") }},
	{"META-4", "testing instructions without end", func(e *edition) {
		e.text(skill, "manifest/publishingInformation/testingInstructions", func(s string) string { return s + strings.Repeat(" more", 1000) })
	}},
	{"META-5a", "no category", func(e *edition) { e.remove(skill, "manifest/publishingInformation/category") }},
	{"META-5b", "no country", func(e *edition) { e.remove(skill, "manifest/publishingInformation/distributionCountries") }},
	{"META-5b", "a country by its name", func(e *edition) { e.add(skill, "manifest/publishingInformation/distributionCountries", "France") }},
	{"META-5c", "a question left open", func(e *edition) { e.remove(skill, privacy+"containsAds") }},
	{"META-5c", "no export compliance", func(e *edition) { e.set(skill, privacy+"isExportCompliant", false) }},
	{"META-6a", "another name in the description", func(e *edition) {
		e.text(skill, store+"description", func(s string) string { return strings.ReplaceAll(s, "ask reading nook", "ask reading room") })
	}},
	{"META-6b", "an app", func(e *edition) {
		e.text(skill, store+"description", func(s string) string { return s + " This app is free." })
	}},
	{"META-7", "a summary of one word", func(e *edition) { e.set(skill, store+"summary", "Books.") }},
	{"META-8a", "a policy without TLS", func(e *edition) {
		e.set(skill, privacy+"locales/en-US/privacyPolicyUrl", "http://library.example/privacy")
	}},
	{"META-9", "terms that are no URL", func(e *edition) { e.set(skill, privacy+"locales/en-US/termsOfUseUrl", "ask us") }},
	{"FUN-1a", "no example phrases", func(e *edition) { e.set(skill, store+"examplePhrases", list()) }},
	{"FUN-1b", "two example phrases", func(e *edition) { e.remove(skill, store+"examplePhrases/2") }},
	{"FUN-1c", "five example phrases", func(e *edition) { e.add(skill, store+"examplePhrases", "Find a branch.", "Renew my book.") }},
	{"FUN-1c", "an endless example phrase", func(e *edition) {
		e.set(skill, store+"examplePhrases/2", "Put Moby Dick on hold"+strings.Repeat(" please", 30)+".")
	}},
	{"FUN-2", "the first phrase calls nobody", func(e *edition) { e.set(skill, store+"examplePhrases/0", "Find a branch.") }},
	{"FUN-2", "the first phrase calls somebody else", func(e *edition) { e.set(skill, store+"examplePhrases/0", "Alexa, open reading room.") }},
	{"FUN-3", "a later phrase calls only Alexa", func(e *edition) { e.set(skill, store+"examplePhrases/1", "Alexa, find a branch.") }},
	{"FUN-4", "a book that is no value", func(e *edition) { e.set(skill, store+"examplePhrases/2", "Put Dracula on hold.") }},
	{"FUN-4", "words that are no sample", func(e *edition) {
		e.set(skill, store+"examplePhrases/0", "Alexa, ask reading nook to sing Jane Eyre.")
	}},
	{"FUN-5", "an exclamation", func(e *edition) { e.set(skill, store+"examplePhrases/2", "Put Moby Dick on hold!") }},
	{"FUN-5", "a phrase that enables the skill", func(e *edition) { e.set(skill, store+"examplePhrases/1", "Alexa, enable reading nook.") }},
}

func TestEveryVariantIsCaughtByItsCheckAlone(t *testing.T) {
	caught := map[string]bool{"FUN-10": true} // TestOpen
	for _, v := range append(storeVariants, modelVariants...) {
		t.Run(v.check+" "+v.how, func(t *testing.T) {
			e := &edition{t: t, files: mustFiles(t), settings: mustSettings(t)}
			if !strings.HasPrefix(v.check, "FUN-17") && v.check != "VUI-7d" {
				e.speakOne()
			}
			v.breaks(e)
			fired := false
			for _, r := range examine(t, e.files, e.settings) {
				switch {
				case r.Verdict != certify.Failed:
				case r.Check.ID == v.check:
					fired = true
					caught[v.check] = true
				default:
					t.Error("failed too: " + describe(r))
				}
			}
			if !fired {
				t.Error("nothing was found")
			}
		})
	}
	for _, c := range certify.OfKind(certify.Static) {
		if !caught[c.ID] {
			t.Errorf("%s fires in no variant: %s", c.ID, c.Asks)
		}
	}
	if n := len(storeVariants) + len(modelVariants); n < 60 {
		t.Errorf("%d variants, want at least 60", n)
	}
}
