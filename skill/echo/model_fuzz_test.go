package echo

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
)

// Whatever a model holds, an ear refuses it or can listen to everything: what is heard is an intent of the model with the
// slots of that intent.
func FuzzModel(f *testing.F) {
	for _, seed := range []string{
		`{"languageModel":{"invocationName":"trunk pass","intents":[{"name":"A","slots":[{"name":"car","type":"Car"}],"samples":["open {car}"]}],"types":[{"name":"Car","values":[{"id":"golf","name":{"value":"golf","synonyms":["vw"]}}]}]}}`,
		`{"languageModel":{"invocationName":"x","intents":[{"name":"B","slots":[{"name":"pin","type":"AMAZON.FOUR_DIGIT_NUMBER"},{"name":"t","type":"AMAZON.TIME"}],"samples":["{pin} {t}","at {t}"]}]}}`,
		`{"languageModel":{"invocationName":"x y","intents":[{"name":"AMAZON.HelpIntent"},{"name":"C","samples":["help","{","{}","a  b"]}]}}`,
		`{"languageModel":{"invocationName":"é ü","intents":[{"name":"","slots":[{"name":"","type":""}],"samples":["{}"]}]}}`,
	} {
		f.Add([]byte(seed), "open golf")
	}
	now := time.Date(2031, 5, 6, 14, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte, said string) {
		if len(text) > 4<<10 || len(said) > 200 {
			return // the work grows with both, and Alexa bounds them
		}
		var model models.InteractionModel
		if json.Unmarshal(text, &model) != nil {
			return
		}
		ear, err := NewEar(&model, "amzn1.ask.skill.fuzz")
		if err != nil {
			return
		}
		heard, err := ear.Hear(said, now, "", "")
		if err != nil || heard.Intent == nil {
			return
		}
		intent, known := model.LanguageModel.Intent(heard.Intent.Name)
		if !known {
			t.Fatalf("%q means %q, which is not in the model", said, heard.Intent.Name)
		}
		for name := range heard.Intent.Slots {
			if _, known := intent.Slot(name); !known {
				t.Errorf("%q fills %q, which %s does not have", said, name, intent.Name)
			}
		}
	})
}
