package models

import (
	"io/fs"
	"testing"
)

// skill/speech proves the files; here only that there is one for each locale and none too many.
func TestSpeechOfEveryLocale(t *testing.T) {
	spoken, err := fs.Glob(Speech, "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(spoken) != len(Locales()) {
		t.Errorf("speech files %q for the locales %q", spoken, Locales())
	}
	for _, locale := range Locales() {
		if _, err := fs.Stat(Speech, locale+".toml"); err != nil {
			t.Errorf("%s: no speech file: %v", locale, err)
		}
	}
}
