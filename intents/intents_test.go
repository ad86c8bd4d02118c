package intents

import (
	"testing"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

func TestEverySpeechFileHasEveryLine(t *testing.T) {
	if _, err := speech.Load(models.Speech, skill.Lines(), Lines()); err != nil {
		t.Fatal(err)
	}
}

// Speech for a driver is counted in words: a sentence that needs a second breath needs a second sentence.
func TestSentencesFitInOneBreath(t *testing.T) {
	catalog, err := speech.Load(models.Speech, skill.Lines(), Lines())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range catalog.Lint() {
		t.Error(problem)
	}
}

// What needs a PIN says so in the table, has the slot for it, and nothing else has one.
func TestPolicyTable(t *testing.T) {
	for _, row := range Table(Deps{}) {
		_, asks := row.Slots["pin"]
		if asks != row.Needs.PIN {
			t.Errorf("%s: needs a PIN %t, has the slot %t", row.Intent, row.Needs.PIN, asks)
		}
		if row.Needs.PIN && !row.Needs.Account {
			t.Errorf("%s: a PIN belongs to an account", row.Intent)
		}
	}
}
