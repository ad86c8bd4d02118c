package skillpackage_test

import (
	"os"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

// The largest package at hand is our own.
func BenchmarkExamine(b *testing.B) {
	p, err := skillpackage.Read(os.DirFS("../../../models/skill-package"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		skillpackage.Examine(p, certify.Settings{}, certify.NewVerdicts(certify.OfKind(certify.Static)))
	}
}
