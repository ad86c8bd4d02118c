package skillpackage

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/models"
)

func (e *examination) examineManifest() {
	publishing := e.Manifest.PublishingInformation
	instructions := utf8.RuneCountInString(strings.TrimSpace(publishing.TestingInstructions))
	e.expect("META-4", instructions > 0 && instructions <= 4000, "", "testingInstructions", "%d characters, want 1 to 4000", instructions)
	e.expect("META-5a", category.MatchString(publishing.Category), "", "category", "%q is no category", publishing.Category)
	countries := publishing.DistributionCountries
	e.expect("META-5b", publishing.IsAvailableWorldwide != (len(countries) > 0), "", "distributionCountries",
		"available worldwide: %t, countries listed: %d", publishing.IsAvailableWorldwide, len(countries))
	for _, country := range countries {
		e.expect("META-5b", countryCode.MatchString(country), "", "distributionCountries", "%.20q is no ISO country code", country)
	}
	e.examineAnswers()
	e.examineInterfaces()
	e.examineEvents()
}

var (
	category    = regexp.MustCompile(`^[A-Z][A-Z_]{2,60}$`)
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
)

// examineAnswers reads what was written, because an absent answer decodes to false.
func (e *examination) examineAnswers() {
	privacy, _ := member(e.rawManifest, "manifest", "privacyAndCompliance").(map[string]any)
	for _, question := range []string{"allowsPurchases", "containsAds", "usesPersonalInfo", "isChildDirected", "isExportCompliant"} {
		_, answered := privacy[question].(bool)
		e.expect("META-5c", answered, "", question, "is not answered with true or false")
	}
	if answer, ok := privacy["isExportCompliant"].(bool); ok {
		e.expect("META-5c", answer, "", "isExportCompliant", "is false")
	}
}

// member walks down a decoded value; nil where it ends.
func member(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// interfaces are the types of the manifest schema.
var interfaces = strings.Fields(`AUDIO_PLAYER VIDEO_APP RENDER_TEMPLATE GAME_ENGINE GADGET_CONTROLLER CAN_FULFILL_INTENT_REQUEST
	ALEXA_PRESENTATION_APL ALEXA_PRESENTATION_APLT ALEXA_PRESENTATION_HTML CUSTOM_INTERFACE APP_LINKS APP_LINKS_V2 ALEXA_EXTENSION
	ALEXA_SEARCH ALEXA_DATASTORE_PACKAGEMANAGER ALEXA_DATA_STORE ALEXA_CAMERA_PHOTO_CAPTURE_CONTROLLER
	ALEXA_CAMERA_VIDEO_CAPTURE_CONTROLLER ALEXA_FILE_MANAGER_UPLOAD_CONTROLLER ALEXA_ADVERTISEMENT`)

func (e *examination) examineInterfaces() {
	declared := e.Manifest.APIs.Custom.Interfaces
	if len(declared) == 0 {
		e.verdicts.NotApplicable("FUN-13a", "no interfaces are declared")
	}
	seen := map[string]bool{}
	for _, i := range declared {
		e.expect("FUN-13a", slices.Contains(interfaces, i.Type), "", "interfaces", "%.60q is no interface", i.Type)
		e.expect("FUN-13a", !seen[i.Type], "", "interfaces", "%.60q stands twice", i.Type)
		seen[i.Type] = true
	}
}

func (e *examination) declares(interfaceType string) bool {
	return e.Manifest != nil && slices.Contains(e.Manifest.APIs.Custom.Interfaces, models.Interface{Type: interfaceType})
}

// skillEvents are what can be subscribed to; names with a dot are those of AMAZON, Messaging and other schemas.
var skillEvents = strings.Fields(`SKILL_ENABLED SKILL_DISABLED SKILL_PERMISSION_ACCEPTED SKILL_PERMISSION_CHANGED SKILL_ACCOUNT_LINKED
	SKILL_PROACTIVE_SUBSCRIPTION_CHANGED SKILL_NOTIFICATION_SUBSCRIPTION_CHANGED ITEMS_CREATED ITEMS_UPDATED ITEMS_DELETED
	LIST_CREATED LIST_UPDATED LIST_DELETED REMINDER_CREATED REMINDER_STARTED REMINDER_UPDATED REMINDER_DELETED
	REMINDER_STATUS_CHANGED ALL_LISTS_CHANGED`)

func (e *examination) examineEvents() {
	events := e.Manifest.Events
	if events == nil {
		e.verdicts.NotApplicable("SEC-1c", "the skill has no events")
		return
	}
	e.expect("SEC-1c", events.Endpoint.URI != "", "", "events.endpoint", "events have nowhere to go")
	for _, s := range events.Subscriptions {
		known := slices.Contains(skillEvents, s.EventName) || strings.Contains(s.EventName, ".")
		e.expect("SEC-1c", known, "", "events.subscriptions", "%.60q is no event", s.EventName)
	}
	for _, s := range events.Publications {
		e.expect("SEC-1c", strings.HasPrefix(s.EventName, "AMAZON."), "", "events.publications", "%.60q is no proactive event", s.EventName)
	}
}

// examineStoreTexts asks what concerns the texts of each locale.
func (e *examination) examineStoreTexts() {
	for _, locale := range slices.Sorted(maps.Keys(e.Manifest.PublishingInformation.Locales)) {
		text := e.Manifest.PublishingInformation.Locales[locale]
		within := func(check, where, s string, least, most int) {
			n := utf8.RuneCountInString(s)
			e.expect(check, n >= least && n <= most, locale, where, "%d characters, want %d to %d", n, least, most)
		}
		within("META-1c", "name", text.Name, 2, 100)
		within("META-1c", "summary", text.Summary, 0, 160)
		within("META-1c", "description", text.Description, 0, 4000)
		within("META-1c", "updatesDescription", text.UpdatesDescription, 0, 4000)
		for where, least := range map[string]struct {
			text string
			n    int
		}{"summary": {text.Summary, 20}, "description": {text.Description, 40}} {
			n := utf8.RuneCountInString(least.text)
			e.expect("META-7", n >= least.n, locale, where, "%d characters, want at least %d", n, least.n)
		}
		e.expect("META-2", len(text.Keywords) <= 30, locale, "keywords", "%d keywords, want at most 30", len(text.Keywords))
		for i, keyword := range text.Keywords {
			within("META-2", fmt.Sprintf("keywords[%d]", i), keyword, 1, 150)
		}
		e.examineStoreWords(locale, text)
		e.examineIcon("META-3a", locale, text.SmallIconURI, 108)
		e.examineIcon("META-3b", locale, text.LargeIconURI, 512)
	}
}

// examineLocales asks whether all locales have the same.
func (e *examination) examineLocales() {
	all := e.Locales()
	if e.Manifest != nil {
		e.examineLocaleSets(all)
	}
	if len(all) < 2 {
		e.verdicts.NotApplicable("FUN-17b", "there is one locale")
		return
	}
	want := surface(e.models[all[0]])
	for _, locale := range all[1:] {
		got := surface(e.models[locale])
		e.verdicts.Look("FUN-17b")
		for _, name := range slices.Sorted(maps.Keys(want)) {
			e.expect("FUN-17b", got[name], locale, name, "is missing here, %s has it", all[0])
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			e.expect("FUN-17b", want[name], all[0], name, "is missing here, %s has it", locale)
		}
	}
}

// surface is what code sees of a model: intents, slots with their types, and ids of values. Values without an id are words.
func surface(m *model) map[string]bool {
	seen := map[string]bool{}
	for _, intent := range m.LanguageModel.Intents {
		seen["intent "+intent.Name] = true
		for _, slot := range intent.Slots {
			seen["slot "+intent.Name+"."+slot.Name+" of type "+slot.Type] = true
		}
	}
	for _, t := range m.LanguageModel.Types {
		for _, v := range t.Values {
			if v.ID != "" {
				seen["value "+t.Name+"."+v.ID] = true
			}
		}
	}
	return seen
}

func (e *examination) examineLocaleSets(withModel []string) {
	texts, policies := e.Manifest.PublishingInformation.Locales, e.Manifest.PrivacyAndCompliance.Locales
	for _, locale := range withModel {
		_, ok := texts[locale]
		e.expect("FUN-17a", ok, locale, manifestFile, "there is an interaction model and no store text")
	}
	for _, locale := range slices.Sorted(maps.Keys(texts)) {
		e.expect("FUN-17a", e.models[locale] != nil, locale, modelFolder, "there is a store text and no interaction model")
		if len(policies) > 0 {
			_, ok := policies[locale]
			e.expect("FUN-17a", ok, locale, "privacyAndCompliance", "there is a store text and no policy")
		}
	}
	// A description of another language that is the same was not translated.
	said := map[string]string{}
	for _, locale := range slices.Sorted(maps.Keys(texts)) {
		language, _, _ := strings.Cut(locale, "-")
		other, ok := said[texts[locale].Description]
		if !ok {
			said[texts[locale].Description] = locale
		}
		e.expect("FUN-17c", !ok || strings.HasPrefix(other, language+"-"), locale, "description", "is that of %s, word for word", other)
	}
}
