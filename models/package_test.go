package models

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Alexa drops a Dialog directive for an intent or slot that is not in the dialog model, and a delegated
// dialog would hide turns from us: everything is listed, nothing is delegated.
func TestDialog(t *testing.T) {
	for _, locale := range Locales() {
		model := mustModel(t, locale)
		if model.Dialog == nil || model.Dialog.DelegationStrategy != "SKILL_RESPONSE" {
			t.Fatalf("%s: no dialog model, or one that delegates", locale)
		}
		for _, intent := range model.LanguageModel.Intents {
			if len(intent.Slots) > 0 {
				checkDialogIntent(t, locale+" "+intent.Name, model.Dialog, intent)
			}
		}
	}
}

func checkDialogIntent(t *testing.T, where string, dialogs *Dialog, intent ModelIntent) {
	t.Helper()
	dialog, ok := dialogs.Intent(intent.Name)
	if !ok || dialog.ConfirmationRequired || dialog.DelegationStrategy != "SKILL_RESPONSE" || dialog.Prompts != (DialogPrompts{}) {
		t.Errorf("%s: dialog is %+v, %v, want one that leaves every question to us", where, dialog, ok)
	}
	if len(dialog.Slots) != len(intent.Slots) {
		t.Errorf("%s: the dialog has %d slots, the intent %d", where, len(dialog.Slots), len(intent.Slots))
	}
	for _, slot := range dialog.Slots {
		if slot.ElicitationRequired || slot.ConfirmationRequired || slot.Prompts.Confirmation != "" {
			t.Errorf("%s.%s: Alexa would ask by itself", where, slot.Name)
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

// What the manifest says is a decision each time; whether it is one that Amazon takes, `trunkpass certify` tells.
func TestManifest(t *testing.T) {
	manifest := mustManifest(t)
	if category := manifest.PublishingInformation.Category; manifest.ManifestVersion != "1.0" || category != "CONNECTED_CAR" {
		t.Errorf("version %q and category %q, want 1.0 and CONNECTED_CAR", manifest.ManifestVersion, category)
	}
	// An account is linked and a PIN is kept; nothing is sold, advertised or meant for children.
	answers := manifest.PrivacyAndCompliance
	answers.Locales = nil
	if want := (PrivacyAndCompliance{UsesPersonalInfo: true, IsExportCompliant: true}); !reflect.DeepEqual(answers, want) {
		t.Errorf("privacyAndCompliance is %+v, want %+v", answers, want)
	}
	// README.md says what each is for; the device settings need no consent.
	permissions := []Permission{{Name: "alexa::person_id:read"}, {Name: "alexa::devices:all:geolocation:read"}, {Name: "alexa::devices:all:notifications:write"}}
	if !slices.Equal(manifest.Permissions, permissions) {
		t.Errorf("permissions %v, want %v", manifest.Permissions, permissions)
	}
	// Screens add to what is said, and diagnostics may be offered; a directive of any other interface is refused.
	interfaces := []Interface{{Type: "ALEXA_PRESENTATION_APL"}, {Type: "CAN_FULFILL_INTENT_REQUEST"}}
	if got := manifest.APIs.Custom.Interfaces; !slices.Equal(got, interfaces) {
		t.Errorf("interfaces %v, want %v", got, interfaces)
	}
}

func TestEvents(t *testing.T) {
	manifest := mustManifest(t)
	if manifest.Events == nil {
		t.Fatal("no events")
	}
	// Who uses the skill, whose account it is, and whether they want to hear from it.
	subscriptions := []EventName{
		{"SKILL_ENABLED"}, {"SKILL_DISABLED"}, {"SKILL_ACCOUNT_LINKED"},
		{"SKILL_PERMISSION_ACCEPTED"}, {"SKILL_PERMISSION_CHANGED"}, {"SKILL_PROACTIVE_SUBSCRIPTION_CHANGED"},
	}
	if got := manifest.Events.Subscriptions; !slices.Equal(got, subscriptions) {
		t.Errorf("subscriptions %v, want %v", got, subscriptions)
	}
	publications := []EventName{{"AMAZON.MessageAlert.Activated"}, {"AMAZON.OrderStatus.Updated"}}
	if got := manifest.Events.Publications; !slices.Equal(got, publications) {
		t.Errorf("publications %v, want %v", got, publications)
	}
	if manifest.Events.Endpoint != manifest.APIs.Custom.Endpoint {
		t.Errorf("events go to %+v, requests to %+v", manifest.Events.Endpoint, manifest.APIs.Custom.Endpoint)
	}
}

func TestExamplePhrases(t *testing.T) {
	for locale, text := range mustManifest(t).PublishingInformation.Locales {
		if n := len(text.ExamplePhrases); n != 3 {
			t.Errorf("%s: %d example phrases, want the 3 that the store shows", locale, n)
		}
		for _, phrase := range text.ExamplePhrases {
			if !strings.Contains(text.Description, phrase) {
				t.Errorf("%s: %q is not in the description, which quotes the same phrases", locale, phrase)
			}
		}
	}
}
