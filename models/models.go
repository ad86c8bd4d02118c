// Package models is language only: what ask-cli deploys (skill-package) and what Trunkpass says (speech),
// one file of each per locale, and the types to read them with.
//
// A translator works here and needs no Go: README.md tells about the skill package, speech/README.md about
// the lines that are spoken. The files travel inside the binary. Readers are skill/speech (the lines),
// skill/echo (a pretend Echo that understands through the shipped interaction model) and the tests that
// keep model, code and speech in step; the package itself imports nothing of ours.
package models

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed all:skill-package all:speech
var embedded embed.FS

// AccountLinking is what the developer console is told about linking accounts; ask-cli deploys it on its own.
//
//go:embed account-linking.json
var AccountLinking []byte

// CertifySettings is certify.toml for our own skill: what its package cannot say.
//
//go:embed certify.toml
var CertifySettings []byte

var (
	// SkillPackage holds what ask-cli deploys: skill.json and interactionModels/custom/<locale>.json.
	SkillPackage = subtree("skill-package")
	// Speech holds <locale>.toml for every locale that Trunkpass speaks.
	Speech = subtree("speech")
)

const (
	manifestFile = "skill.json"
	modelFolder  = "interactionModels/custom"
	modelSuffix  = ".json"
)

// ErrUnknownLocale is in the chain of what Model returns for a locale that the skill package does not have.
var ErrUnknownLocale = errors.New("no interaction model for this locale")

// Locales lists the locales of the skill package ("en-US"), sorted. It reads the names of the shipped
// files, so a new locale is a new file and nothing else.
func Locales() []string { return localesOf(SkillPackage) }

// Model reads the interaction model of a locale. An unknown locale is ErrUnknownLocale; any other error
// names the file. Each call returns a model of its own that the caller may change.
func Model(locale string) (*InteractionModel, error) { return readModel(SkillPackage, locale) }

// ReadManifest reads skill.json. Every error names the file.
func ReadManifest() (*Manifest, error) {
	var file struct {
		Manifest *Manifest `json:"manifest"`
	}
	if err := decodeFile(SkillPackage, manifestFile, &file); err != nil {
		return nil, err
	}
	if file.Manifest == nil {
		return nil, fmt.Errorf("%s: no manifest inside", manifestFile)
	}
	return file.Manifest, nil
}

func localesOf(files fs.FS) []string {
	// Both calls fail only for a malformed pattern or a missing folder; then there are no locales.
	names, _ := fs.Glob(files, modelFolder+"/*"+modelSuffix)
	locales := make([]string, 0, len(names))
	for _, name := range names {
		locales = append(locales, strings.TrimSuffix(path.Base(name), modelSuffix))
	}
	return locales
}

func readModel(files fs.FS, locale string) (*InteractionModel, error) {
	name := path.Join(modelFolder, locale+modelSuffix)
	// By the list and not by opening the file: "../../skill" is a file, but no locale.
	if !slices.Contains(localesOf(files), locale) {
		return nil, fmt.Errorf("locale %q: %w", locale, ErrUnknownLocale)
	}
	var file struct {
		InteractionModel *InteractionModel `json:"interactionModel"`
		Description      string            `json:"description,omitempty"`
		Version          string            `json:"version,omitempty"`
	}
	if err := decodeFile(files, name, &file); err != nil {
		return nil, err
	}
	if file.InteractionModel == nil {
		return nil, fmt.Errorf("%s: no interactionModel inside", name)
	}
	return file.InteractionModel, nil
}

// decodeFile is strict because these files are ours: Alexa ignores a member it does not know, so a
// misspelled one would be lost without a word.
func decodeFile(files fs.FS, name string, into any) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: something follows the end of the JSON value", name)
	}
	return nil
}

func subtree(folder string) fs.FS {
	sub, err := fs.Sub(embedded, folder)
	if err != nil {
		panic(err) // only a malformed folder name, written above
	}
	return sub
}
