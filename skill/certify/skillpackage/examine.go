package skillpackage

import (
	"fmt"
	"path"
	"regexp"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

// examination is one package held against the table.
type examination struct {
	*Package
	settings certify.Settings
	verdicts *certify.Verdicts
	icons    map[string]decoded // by file
}

// Examine asks every static check of the package, in every locale, and records what it finds. It opens no URL; Open does.
func Examine(p *Package, s certify.Settings, v *certify.Verdicts) {
	e := &examination{Package: p, settings: s, verdicts: v, icons: map[string]decoded{}}
	for _, check := range []string{"META-1a", "META-1b"} {
		v.Look(check)
	}
	for _, n := range p.noted {
		v.Fail(n.check, n.finding)
	}
	v.NotRun("FUN-10", "URLs are opened only with --online")
	e.examineFileNames()
	e.examineLinking()
	if p.Manifest != nil {
		e.examineManifest()
		e.examineEndpoints()
		e.examinePolicies()
		e.examinePermissions()
		e.examineStoreTexts()
	}
	for _, locale := range p.Locales() {
		e.examineModel(p.models[locale])
	}
	e.examineLocales()
}

// examineModel asks all that concerns one locale's interaction model.
func (e *examination) examineModel(m *model) {
	patterns := e.examineSampleTexts(m)
	e.examineNames(m)
	e.examineSize(m)
	e.examineBuiltIns(m)
	e.examineIntents(m)
	e.examineSlots(m)
	e.examineTypes(m)
	e.examineDialog(m)
	e.examineInvocationName(m)
	e.examineSayings(m)
	lexicon := utterance.NewLexicon(m.locale, m.LanguageModel.Types)
	e.examineCollisions(m, lexicon, patterns)
	if e.Manifest != nil {
		e.examinePhrases(m, lexicon, patterns)
	}
}

// expect counts a look, and records a finding unless ok.
func (e *examination) expect(check string, ok bool, locale, where, problem string, args ...any) {
	e.verdicts.Look(check)
	if !ok {
		e.verdicts.Fail(check, certify.Finding{Locale: locale, Where: where, Problem: fmt.Sprintf(problem, args...)})
	}
}

// fileName is the pattern of the skill package's schema.
var fileName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)

// locales are those that Alexa has.
var locales = map[string]bool{
	"ar-SA": true, "de-DE": true, "en-AU": true, "en-CA": true, "en-GB": true, "en-IN": true, "en-US": true, "es-ES": true,
	"es-MX": true, "es-US": true, "fr-CA": true, "fr-FR": true, "hi-IN": true, "it-IT": true, "ja-JP": true, "nl-NL": true,
	"pt-BR": true,
}

func (e *examination) examineFileNames() {
	for _, name := range e.names() {
		e.expect("META-1e", fileName.MatchString(path.Base(name)), "", name, "the name of the file is not allowed")
		if dir := path.Dir(name) + "/"; dir == modelFolder && path.Ext(name) == ".json" {
			locale := path.Base(name[:len(name)-len(".json")])
			e.expect("META-1e", locales[locale], "", name, "%q is no locale of Alexa", locale)
		}
	}
}
