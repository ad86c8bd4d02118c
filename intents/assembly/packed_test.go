package assembly

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

var update = flag.Bool("update", false, "pack the speech files anew")

// What the program speaks from is what the translators wrote, proved.
func TestPackedSpeechIsUpToDate(t *testing.T) {
	packed, err := speech.Pack(models.Speech, skill.Lines(), intents.Lines())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		for name, data := range packed {
			if err := os.WriteFile(filepath.Join("..", "..", "models", "speech", name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	shipped, err := fs.Glob(models.Speech, "*.packed")
	if err != nil || !slices.Equal(shipped, slices.Sorted(maps.Keys(packed))) {
		t.Errorf("packed are %q, %v", shipped, err)
	}
	for name, want := range packed {
		if got, err := fs.ReadFile(models.Speech, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("models/speech/%s is older than its speech file (%v): make update", name, err)
		}
	}
}

// BenchmarkSpeech is what a start reads: packed, as the program does, and as the translators wrote it.
func BenchmarkSpeech(b *testing.B) {
	for name, read := range map[string]func(fs.FS, ...speech.Table) (*speech.Catalog, error){"packed": speech.Unpack, "proved": speech.Load} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(models.Speech, skill.Lines(), intents.Lines()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
