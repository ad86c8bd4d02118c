package models

import (
	"encoding/json"
	"testing"
	"testing/fstest"
)

// Whatever an interaction model holds, it is refused or read whole: written again and read again it is the same.
func FuzzModel(f *testing.F) {
	for _, seed := range []string{
		`{"interactionModel":{"languageModel":{"invocationName":"trunk pass","intents":[{"name":"A","slots":[{"name":"car","type":"Car"}],"samples":["open {car}"]}],"types":[{"name":"Car","values":[{"id":"golf","name":{"value":"golf","synonyms":["vw"]}}]}]}}}`,
		`{"interactionModel":{"languageModel":{"invocationName":"x","intents":[]},"dialog":{"intents":[{"name":"A","slots":[{"name":"s","type":"T","elicitationRequired":true,"prompts":{"elicitation":"p"}}]}]},"prompts":[{"id":"p","variations":[{"type":"PlainText","value":"which"}]}]}}`,
		`{"interactionModel":null}`, `{"interactionModel":{}} {}`, `{"interactionModel":{"unknown":1}}`, `[]`, ``, "\xff",
	} {
		f.Add([]byte(seed))
	}
	read := func(text []byte) (*InteractionModel, error) {
		return readModel(fstest.MapFS{modelFolder + "/en-US.json": {Data: text}}, "en-US")
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		model, err := read(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(map[string]any{"interactionModel": model})
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		same, err := read(again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, again)
		}
		if a, b := written(t, model), written(t, same); a != b {
			t.Errorf("read again it is another:\n%s\n%s", a, b)
		}
	})
}

func written(t *testing.T, m *InteractionModel) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
