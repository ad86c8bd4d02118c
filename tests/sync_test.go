package tests

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// Model, code, speech and stories tell one story. What one of them has and another lacks is said here by name.

// eachLocale reads the model of every locale.
func eachLocale(t *testing.T, check func(t *testing.T, locale string, m *models.InteractionModel)) {
	t.Helper()
	for _, locale := range models.Locales() {
		t.Run(locale, func(t *testing.T) {
			m, err := models.Model(locale)
			if err != nil {
				t.Fatal(err)
			}
			check(t, locale, m)
		})
	}
}

// same says what one side has and the other lacks.
func same(t *testing.T, what, here string, a []string, there string, b []string) {
	t.Helper()
	for _, x := range sorted(a) {
		if !slices.Contains(b, x) {
			t.Errorf("%s %s: in %s, missing in %s", what, x, here, there)
		}
	}
	for _, x := range sorted(b) {
		if !slices.Contains(a, x) {
			t.Errorf("%s %s: in %s, missing in %s", what, x, there, here)
		}
	}
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

func TestModelsHaveTheIntentsOfTheTable(t *testing.T) {
	var ours, required []string
	for _, row := range intents.Table(intents.Deps{}) {
		ours = append(ours, row.Intent)
	}
	builtin := builtinIntents(t)
	for _, name := range []string{"Help", "Stop", "Cancel"} { // no skill is certified without them
		required = append(required, "AMAZON."+name+"Intent")
	}
	for _, name := range required {
		if !slices.Contains(builtin, name) {
			t.Errorf("intent %s: required by Amazon, missing in the dispatcher", name)
		}
	}
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		var modeled []string
		for _, i := range m.LanguageModel.Intents {
			modeled = append(modeled, i.Name)
		}
		same(t, "intent", "the model", modeled, "intents.Table and the built-in intents of the dispatcher", append(ours, builtin...))
	})
}

// builtinIntents are those that the program files of package skill name.
func builtinIntents(t *testing.T) []string {
	t.Helper()
	name := regexp.MustCompile(`^AMAZON\.\w+Intent$`)
	var found []string
	for _, file := range sources(t, "../skill") {
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := literal(n); ok && name.MatchString(text) {
				found = append(found, text)
			}
			return true
		})
	}
	return sorted(found)
}

// sources parses the program files of a folder.
func sources(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		if files[p], err = parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func TestModelsHaveTheSlotsOfTheTable(t *testing.T) {
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		for _, row := range intents.Table(intents.Deps{}) {
			intent, _ := m.LanguageModel.Intent(row.Intent)
			var modeled, declared []string
			for _, s := range intent.Slots {
				modeled = append(modeled, s.Name+" of type "+s.Type)
			}
			for name, kind := range row.Slots {
				declared = append(declared, name+" of type "+kind)
			}
			same(t, row.Intent+" slot", "the model", modeled, "intents.Table", declared)
		}
	})
}

// Alexa drops a Dialog directive for an intent or a slot that its dialog model does not know, without a word.
func TestWhatIsElicitedIsInTheDialogModel(t *testing.T) {
	asked := elicited(t)
	if len(asked) == 0 {
		t.Fatal("no conversation elicits anything")
	}
	table := intents.Table(intents.Deps{})
	for slot, where := range asked {
		if !slices.ContainsFunc(table, func(row skill.Conversation) bool { return row.Slots[slot] != "" }) {
			t.Errorf("slot %s: elicited in %s, in no intent of intents.Table", slot, where)
		}
	}
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		for _, row := range table {
			dialog, listed := m.Dialog.Intent(row.Intent)
			for _, slot := range slices.Sorted(maps.Keys(row.Slots)) {
				if asked[slot] == "" {
					continue
				}
				i := slices.IndexFunc(dialog.Slots, func(s models.DialogSlot) bool { return s.Name == slot })
				switch {
				case !listed:
					t.Errorf("intent %s: slot %s is elicited in %s, the intent is missing in the dialog model", row.Intent, slot, asked[slot])
				case i < 0:
					t.Errorf("intent %s slot %s: elicited in %s, missing in the dialog model", row.Intent, slot, asked[slot])
				case dialog.Slots[i].Type != row.Slots[slot]:
					t.Errorf("intent %s slot %s: %s in the dialog model, %s in intents.Table", row.Intent, slot, dialog.Slots[i].Type, row.Slots[slot])
				}
			}
		}
	})
}

// elicited finds every slot that a question of a conversation elicits, and the file that does.
func elicited(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("../intents", func(folder string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		for file, parsed := range sources(t, folder) {
			ast.Inspect(parsed, func(n ast.Node) bool {
				pair, ok := n.(*ast.KeyValueExpr)
				if !ok {
					return true
				}
				key, _ := pair.Key.(*ast.Ident)
				if key == nil || key.Name != "Elicit" {
					return true
				}
				slot, ok := literal(pair.Value)
				if !ok {
					t.Errorf("%s: a slot is elicited whose name does not stand there", file)
				}
				found[slot] = strings.TrimPrefix(filepath.ToSlash(file), "../")
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// ids are what a slot type's values are known by in the code.
func ids(m *models.InteractionModel, slotType string) []string {
	found, _ := m.LanguageModel.Type(slotType)
	var list []string
	for _, v := range found.Values {
		if v.ID != "" {
			list = append(list, v.ID)
		}
	}
	return list
}

// unknownCarriers are understood and refused by name: people will say them, and no demo cloud knows them.
var unknownCarriers = []string{"amazon"}

func TestModelsKnowTheCarriersOfTheDemoCloud(t *testing.T) {
	g, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(t.TempDir(), "garage.db"), Now: clockAt(t, storyClock).now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	known := slices.Clone(unknownCarriers)
	for _, c := range g.Demo().Carriers {
		known = append(known, c.ID)
	}
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		same(t, "carrier", "the model's type Carrier", ids(m, "Carrier"), "the demo cloud and unknownCarriers", known)
	})
}

func TestModelsKnowTheWheels(t *testing.T) {
	var wheels []string
	for _, w := range vehicle.Wheels() {
		wheels = append(wheels, string(w))
	}
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		same(t, "wheel", "the model's type Wheel", ids(m, "Wheel"), "vehicle.Wheels", wheels)
	})
}

// minSamples is how many ways to say it an intent must hold at least.
const minSamples = 20

func TestEveryIntentHasItsSamplesAlone(t *testing.T) {
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		means := map[string]string{}
		for _, row := range intents.Table(intents.Deps{}) {
			intent, _ := m.LanguageModel.Intent(row.Intent)
			if n := len(intent.Samples); n < minSamples {
				t.Errorf("intent %s: %d samples, want at least %d", row.Intent, n, minSamples)
			}
			for _, sample := range intent.Samples {
				if other, taken := means[sample]; taken {
					t.Errorf("sample %q: in %s and in %s", sample, other, row.Intent)
				}
				means[sample] = row.Intent
			}
		}
	})
}

func TestEveryLocaleIsWhole(t *testing.T) {
	manifest, err := models.ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	locales := models.Locales()
	same(t, "locale", "the interaction models", locales, "skill.json", slices.Collect(maps.Keys(manifest.PublishingInformation.Locales)))
	same(t, "locale", "the interaction models", locales, "skill.json's privacy", slices.Collect(maps.Keys(manifest.PrivacyAndCompliance.Locales)))
	spoken, err := fs.Glob(models.Speech, "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range spoken {
		spoken[i] = strings.TrimSuffix(path.Base(name), ".toml")
	}
	same(t, "locale", "the interaction models", locales, "models/speech", spoken)
	folders, err := os.ReadDir("conversations")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range folders {
		told = append(told, f.Name())
	}
	same(t, "locale", "the interaction models", locales, "tests/conversations", told)
}

// listener is an Echo whose skill understands all and does nothing.
func listener(t *testing.T, locale string, m *models.InteractionModel) *echo.Echo {
	t.Helper()
	e, err := echo.New(echo.Options{
		Model: m, Locale: locale, ApplicationID: applicationID, Now: clockAt(t, storyClock).now, NewID: newIDs(), Strict: true,
		Send: func(context.Context, []byte) ([]byte, error) {
			return []byte(`{"version":"1.0","response":{"shouldEndSession":true}}`), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func newIDs() func() string {
	n := 0
	return func() string { n++; return "id" + strconv.Itoa(n) }
}

// A story that only begins with an intent counts: what is answered in the middle hangs on the question.
func TestEveryIntentIsInAStory(t *testing.T) {
	t.Parallel()
	stories := readStories(t)
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		e := listener(t, locale, m)
		var told, ours []string
		for _, s := range stories {
			for _, l := range s.lines {
				if s.locale != locale || l.kind != "user" {
					continue
				}
				if turn, err := e.Say(t.Context(), l.text); err == nil && !strings.HasPrefix(turn.Intent, "AMAZON.") && turn.Intent != skill.TypeLaunchRequest {
					told = append(told, turn.Intent)
				}
			}
		}
		for _, row := range intents.Table(intents.Deps{}) {
			ours = append(ours, row.Intent)
		}
		same(t, "intent", "the stories", told, "intents.Table", ours)
	})
}

// What the store and our own help tell people to say must work, word for word.
func TestWhatPeopleAreToldToSayIsUnderstood(t *testing.T) {
	manifest, err := models.ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	eachLocale(t, func(t *testing.T, locale string, m *models.InteractionModel) {
		e := listener(t, locale, m)
		phrases := map[string]string{}
		for _, p := range manifest.PublishingInformation.Locales[locale].ExamplePhrases {
			phrases[p] = "skill.json"
		}
		if len(phrases) == 0 {
			t.Error("example phrases: missing in skill.json")
		}
		quoted := quotedPhrases(t, locale)
		if len(quoted) == 0 {
			t.Error("the help of models/speech tells nobody what to say")
		}
		maps.Copy(phrases, quoted)
		for _, p := range slices.Sorted(maps.Keys(phrases)) {
			turn, err := e.Say(t.Context(), p)
			if err != nil {
				t.Errorf("%q of %s: %v", p, phrases[p], err)
			} else if _, ours := m.LanguageModel.Intent(turn.Intent); !ours || strings.HasPrefix(turn.Intent, "AMAZON.") {
				t.Errorf("%q of %s: means %s, none of our intents", p, phrases[p], turn.Intent)
			}
		}
	})
}

// quotedPhrase is how a line tells what to say: between a colon and a full stop, "You can say: check my tires."
var quotedPhrase = regexp.MustCompile(`: ([^.:?!{}]+)\.`)

// tellsWhatToSay finds the lines that a newcomer hears.
var tellsWhatToSay = regexp.MustCompile(`^(skill|help|launch)\.`)

// quotedPhrases are those of the welcome, of help and of the skill's own lines, with the line that holds each.
func quotedPhrases(t *testing.T, locale string) map[string]string {
	t.Helper()
	var lines map[string]any
	if _, err := toml.DecodeFS(models.Speech, locale+".toml", &lines); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for key, value := range lines {
		forms, _ := value.(map[string]any)
		for form, text := range forms {
			words, isText := text.(string)
			if !isText || form == "description" || !tellsWhatToSay.MatchString(key) {
				continue
			}
			for _, match := range quotedPhrase.FindAllStringSubmatch(words, -1) {
				found[match[1]] = "models/speech " + key
			}
		}
	}
	return found
}
