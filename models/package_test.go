package models

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Amazon's requirements for invocation names, as far as words of a language can break them. A locale
// without a row is held to the rules that need no words.
var forbiddenInInvocation = map[string][]string{
	"en": strings.Fields(`the a an for to of about up by at off with
		run start play resume use launch ask open tell load begin enable
		from in using that if and whether
		alexa amazon echo computer skill app`),
}

func invocationProblem(locale, name string) string {
	words := strings.Split(name, " ")
	language, _, _ := strings.Cut(locale, "-")
	switch n := utf8.RuneCountInString(name); {
	case n < 2 || n > 50:
		return "not 2 to 50 characters"
	case len(words) < 2:
		return "a single word"
	case len(words) > 3:
		return "more than three words"
	}
	for _, word := range words {
		if !regexp.MustCompile(`^(\p{Ll}[\p{Ll}']*|\p{Ll}\.)$`).MatchString(word) {
			return "not lower-case words: " + word
		}
		if slices.Contains(forbiddenInInvocation[language], word) {
			return "a word that Alexa keeps for itself: " + word
		}
	}
	return ""
}

func TestInvocationName(t *testing.T) {
	for _, locale := range Locales() {
		name := mustModel(t, locale).LanguageModel.InvocationName
		if problem := invocationProblem(locale, name); problem != "" {
			t.Errorf("%s: %q: %s", locale, name, problem)
		}
	}
	for name, want := range map[string]string{
		"trunk pass": "", "t. p. pass": "", "trunk": "single word", "Trunk Pass": "lower-case", "trunk 2": "lower-case",
		"open trunk": "keeps", "my trunk app": "keeps", "the trunk": "keeps", "one two three four": "more than three",
		"x": "characters", "trunk  pass": "lower-case",
	} {
		if got := invocationProblem("en-US", name); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("invocationProblem(%q) = %q, want %q", name, got, want)
		}
	}
}

// Alexa drops a Dialog directive for an intent or slot that is not in the dialog model, and a delegated
// dialog would hide turns from us: everything is listed, nothing is delegated.
func TestDialog(t *testing.T) {
	for _, locale := range Locales() {
		model := mustModel(t, locale)
		prompts := map[string]bool{}
		for _, prompt := range model.Prompts {
			if _, ok := prompts[prompt.ID]; ok || len(prompt.Variations) == 0 {
				t.Errorf("%s: prompt %s is there twice or says nothing", locale, prompt.ID)
			}
			prompts[prompt.ID] = false
			for _, variation := range prompt.Variations {
				if variation.Type != "PlainText" || strings.TrimSpace(variation.Value) == "" {
					t.Errorf("%s: prompt %s has the variation %+v", locale, prompt.ID, variation)
				}
			}
		}
		if model.Dialog == nil || model.Dialog.DelegationStrategy != "SKILL_RESPONSE" {
			t.Fatalf("%s: no dialog model, or one that delegates", locale)
		}
		for _, intent := range model.LanguageModel.Intents {
			if len(intent.Slots) > 0 {
				checkDialogIntent(t, locale, model, intent, prompts)
			}
		}
		for id, used := range prompts {
			if !used {
				t.Errorf("%s: nothing refers to the prompt %s", locale, id)
			}
		}
	}
}

func checkDialogIntent(t *testing.T, locale string, model *InteractionModel, intent ModelIntent, prompts map[string]bool) {
	t.Helper()
	where := locale + " " + intent.Name
	dialog, ok := model.Dialog.Intent(intent.Name)
	if !ok || dialog.ConfirmationRequired || dialog.DelegationStrategy != "SKILL_RESPONSE" || dialog.Prompts != (DialogPrompts{}) {
		t.Errorf("%s: dialog is %+v, %v, want one that leaves every question to us", where, dialog, ok)
	}
	if len(dialog.Slots) != len(intent.Slots) {
		t.Errorf("%s: the dialog has %d slots, the intent %d", where, len(dialog.Slots), len(intent.Slots))
	}
	for _, slot := range dialog.Slots {
		declared, ok := intent.Slot(slot.Name)
		if !ok || declared.Type != slot.Type {
			t.Errorf("%s.%s: %s in the dialog, %q in the intent", where, slot.Name, slot.Type, declared.Type)
		}
		if slot.ElicitationRequired || slot.ConfirmationRequired || slot.Prompts.Confirmation != "" {
			t.Errorf("%s.%s: Alexa would ask by itself", where, slot.Name)
		}
		if id := slot.Prompts.Elicitation; id != "" {
			if _, ok := prompts[id]; !ok {
				t.Errorf("%s.%s: no prompt %s", where, slot.Name, id)
			}
			prompts[id] = true
		}
	}
	for _, name := range map[string][]string{"LetCourierIn": {"carrier", "car", "until", "pin"}, "CheckTires": {"car"}}[intent.Name] {
		if slot, _ := intent.Slot(name); len(slot.Samples) == 0 {
			t.Errorf("%s.%s: elicited, but no answers to it are listed", where, name)
		}
	}
}

// ask-cli finds the skill package through the file at the root of the repository.
func TestAskResources(t *testing.T) {
	data, err := os.ReadFile("../ask-resources.json")
	if err != nil {
		t.Fatal(err)
	}
	var resources struct {
		Version  string `json:"askcliResourcesVersion"`
		Profiles map[string]struct {
			SkillMetadata struct {
				Src string `json:"src"`
			} `json:"skillMetadata"`
		} `json:"profiles"`
	}
	if err := json.Unmarshal(data, &resources); err != nil {
		t.Fatal(err)
	}
	if src := resources.Profiles["default"].SkillMetadata.Src; resources.Version != "2020-03-31" || src != "./models/skill-package" {
		t.Errorf("version %q and skill package %q, want 2020-03-31 and ./models/skill-package", resources.Version, src)
	}
}

func TestManifest(t *testing.T) {
	manifest := mustManifest(t)
	publishing, privacy := manifest.PublishingInformation, manifest.PrivacyAndCompliance
	within := func(what, text string, least, most int) {
		t.Helper()
		if n := utf8.RuneCountInString(text); n < least || n > most {
			t.Errorf("%s has %d characters, want %d to %d", what, n, least, most)
		}
	}
	if manifest.ManifestVersion != "1.0" || publishing.Category != "CONNECTED_CAR" {
		t.Errorf("version %q and category %q, want 1.0 and CONNECTED_CAR", manifest.ManifestVersion, publishing.Category)
	}
	within("testingInstructions", publishing.TestingInstructions, 1, 4000)
	if publishing.IsAvailableWorldwide == (len(publishing.DistributionCountries) > 0) {
		t.Error("available either worldwide or in the countries listed, not both, not neither")
	}
	// An account is linked and a PIN is kept; nothing is sold, advertised or meant for children.
	want := PrivacyAndCompliance{UsesPersonalInfo: true, IsExportCompliant: true, Locales: privacy.Locales}
	if privacy.AllowsPurchases != want.AllowsPurchases || privacy.UsesPersonalInfo != want.UsesPersonalInfo ||
		privacy.IsChildDirected != want.IsChildDirected || privacy.IsExportCompliant != want.IsExportCompliant ||
		privacy.ContainsAds != want.ContainsAds || privacy.UsesHealthInfo != want.UsesHealthInfo {
		t.Errorf("privacyAndCompliance is %+v, want %+v", privacy, want)
	}
	// One permission for each safety rule that needs one (README.md); the device settings need no consent.
	permissions := []Permission{{Name: "alexa::person_id:read"}, {Name: "alexa::devices:all:geolocation:read"}, {Name: "alexa::devices:all:notifications:write"}}
	if !slices.Equal(manifest.Permissions, permissions) {
		t.Errorf("permissions %v, want %v", manifest.Permissions, permissions)
	}
	if !regexp.MustCompile(`^(arn|https://)`).MatchString(manifest.APIs.Custom.Endpoint.URI) {
		t.Errorf("endpoint %q is neither an ARN nor https", manifest.APIs.Custom.Endpoint.URI)
	}
	// Screens add to what is said, and diagnostics may be offered; a directive of any other interface is refused.
	interfaces := []Interface{{Type: "ALEXA_PRESENTATION_APL"}, {Type: "CAN_FULFILL_INTENT_REQUEST"}}
	if got := manifest.APIs.Custom.Interfaces; !slices.Equal(got, interfaces) {
		t.Errorf("interfaces %v, want %v", got, interfaces)
	}
	for locale, text := range publishing.Locales {
		within(locale+" name", text.Name, 2, 50)
		within(locale+" summary", text.Summary, 20, 160)
		within(locale+" description", text.Description, 40, 4000)
		if len(text.Keywords) > 30 {
			t.Errorf("%s: %d keywords, want at most 30", locale, len(text.Keywords))
		}
		for _, keyword := range text.Keywords {
			within(locale+" keyword "+keyword, keyword, 1, 150)
		}
		if !strings.HasPrefix(privacy.Locales[locale].PrivacyPolicyURL, "https://") {
			t.Errorf("%s: no privacy policy", locale)
		}
	}
}

// A phrase in the store must work when it is read out: wake word, launch word, name, and then a sample of
// the model with real values in its slots.
func TestExamplePhrases(t *testing.T) {
	allowed := regexp.MustCompile(`^[\p{L}0-9 .?:,'-]{1,200}$`)
	for locale, text := range mustManifest(t).PublishingInformation.Locales {
		model := mustModel(t, locale).LanguageModel
		if n := len(text.ExamplePhrases); n != 3 {
			t.Errorf("%s: %d example phrases, want the 3 that the store shows", locale, n)
		}
		invocation := regexp.MustCompile(`^alexa, (?:ask|tell|open|start) ` + model.InvocationName + ` (?:(?:to|for|about|if|whether|that) )?(.+)[.?]$`)
		for _, phrase := range text.ExamplePhrases {
			match := invocation.FindStringSubmatch(strings.ToLower(phrase))
			if !allowed.MatchString(phrase) || match == nil {
				t.Errorf("%s: %q is not wake word, launch word, name, request and full stop", locale, phrase)
				continue
			}
			if intents := matchingIntents(model, match[1]); len(intents) != 1 {
				t.Errorf("%s: %q means %q, want exactly one intent", locale, phrase, intents)
			}
			if !strings.Contains(text.Description, phrase) {
				t.Errorf("%s: %q is not in the description, which quotes the same phrases", locale, phrase)
			}
		}
	}
}

func matchingIntents(model LanguageModel, utterance string) []string {
	var found []string
	for _, intent := range model.Intents {
		if slices.ContainsFunc(intent.Samples, func(sample string) bool {
			return samplePattern(model, intent, sample).MatchString(utterance)
		}) {
			found = append(found, intent.Name)
		}
	}
	return found
}

func samplePattern(model LanguageModel, intent ModelIntent, sample string) *regexp.Regexp {
	return regexp.MustCompile("^" + slotPattern.ReplaceAllStringFunc(sample, func(braced string) string {
		slot, _ := intent.Slot(strings.Trim(braced, "{}"))
		typ, _ := model.Type(slot.Type)
		var words []string
		for _, value := range typ.Values {
			for _, word := range append([]string{value.Name.Value}, value.Name.Synonyms...) {
				words = append(words, regexp.QuoteMeta(word))
			}
		}
		return "(?:" + strings.Join(words, "|") + ")"
	}) + "$")
}
