// Package skillpackage examines a skill package as ask-cli v2 lays it out (skill.json, interactionModels/custom, assets),
// without running anything: every static check of skill/certify, in every locale.
//
// A package is a stranger's: it is read leniently, since what is wrong in it is a finding and no reason to stop, and with
// limits, since it may be anything. Package utterance below knows the language of samples.
package skillpackage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify"
)

const (
	manifestFile = "skill.json"
	linkingFile  = "accountLinking.json"
	modelFolder  = "interactionModels/custom/"

	maxFiles        = 2000
	maxFileBytes    = 16 << 20
	maxPackageBytes = 64 << 20
)

// Package is a skill package as it was read. Nothing but AddLinking changes it; it is otherwise safe for concurrent use.
type Package struct {
	// Hash is the SHA-256 of names and contents of all files, in hexadecimal.
	Hash string
	// Manifest is skill.json; nil if it cannot be read.
	Manifest *models.Manifest
	// Linking is accountLinking.json in the folder of the package, or what AddLinking was given; nil if there is none.
	Linking *AccountLinking

	files       map[string][]byte
	rawManifest any
	models      map[string]*model // by locale
	noted       []note
}

// AccountLinking is what SMAPI calls accountLinkingRequest, as far as it is examined.
type AccountLinking struct {
	Type                            string   `json:"type"` // AUTH_CODE or IMPLICIT
	AuthorizationURL                string   `json:"authorizationUrl"`
	AccessTokenURL                  string   `json:"accessTokenUrl"`
	ClientID                        string   `json:"clientId"`
	AccessTokenScheme               string   `json:"accessTokenScheme"`
	Scopes                          []string `json:"scopes"`
	Domains                         []string `json:"domains"`
	DefaultTokenExpirationInSeconds *int     `json:"defaultTokenExpirationInSeconds"`
}

// model is the interaction model of a locale.
type model struct {
	locale, file string
	bytes        int
	models.InteractionModel
	// What models.InteractionModel does not hold.
	supplied    map[string]bool // slot types whose values come from elsewhere
	validations []reference     // prompts that validations refer to
}

type reference struct{ where, prompt string }

// note is a finding made while reading.
type note struct {
	check   string
	finding certify.Finding
}

// Read reads a package. The error tells that there is none: the folder cannot be read, is too large, or holds neither manifest
// nor model. Whatever else is wrong is kept for Examine.
func Read(fsys fs.FS) (*Package, error) {
	p := &Package{files: map[string][]byte{}, models: map[string]*model{}}
	if err := p.readFiles(fsys); err != nil {
		return nil, fmt.Errorf("read skill package: %w", err)
	}
	names := p.names()
	hash := sha256.New()
	for _, name := range names {
		// Writing to a hash cannot fail.
		_, _ = fmt.Fprintf(hash, "%q %d\n", name, len(p.files[name]))
		_, _ = hash.Write(p.files[name])
	}
	p.Hash = hex.EncodeToString(hash.Sum(nil))
	p.readManifest()
	p.readLinking()
	for _, name := range names {
		if strings.HasPrefix(name, modelFolder) && path.Ext(name) == ".json" {
			p.readModel(name)
		}
	}
	if p.files[manifestFile] == nil && len(p.models) == 0 {
		return nil, errors.New("read skill package: neither skill.json nor an interaction model")
	}
	return p, nil
}

// Locales are those that have an interaction model, sorted.
func (p *Package) Locales() []string {
	locales := make([]string, 0, len(p.models))
	for locale := range p.models {
		locales = append(locales, locale)
	}
	slices.Sort(locales)
	return locales
}

// Model is the interaction model of a locale, as far as it could be read; nil for a locale that has none. Not to be changed.
func (p *Package) Model(locale string) *models.InteractionModel {
	if m := p.models[locale]; m != nil {
		return &m.InteractionModel
	}
	return nil
}

func (p *Package) names() []string {
	names := make([]string, 0, len(p.files))
	for name := range p.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p *Package) readFiles(fsys fs.FS) error {
	total := 0
	return fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil // a link may lead anywhere
		case len(p.files) == maxFiles:
			return fmt.Errorf("more than %d files", maxFiles)
		}
		data, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		if total += len(data); total > maxPackageBytes {
			return fmt.Errorf("more than %d bytes", maxPackageBytes)
		}
		p.files[name] = data
		return nil
	})
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxFileBytes)
	}
	return data, nil
}

func (p *Package) note(check, locale, where, problem string) {
	p.noted = append(p.noted, note{check, certify.Finding{Locale: locale, Where: where, Problem: problem}})
}

// decode reads a JSON file as far as it goes: a member of the wrong type is noted and left empty.
func (p *Package) decode(name, locale string, into any) (raw any, ok bool) {
	data := p.files[name]
	if err := json.Unmarshal(data, &raw); err != nil {
		p.note("META-1a", locale, name, "is no JSON: "+err.Error())
		return nil, false
	}
	if err := json.Unmarshal(data, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			p.note("META-1a", locale, name, fmt.Sprintf("%s is a %s", wrong.Field, wrong.Value))
			return raw, true
		}
		p.note("META-1a", locale, name, err.Error())
		return nil, false
	}
	return raw, true
}

func (p *Package) readManifest() {
	if p.files[manifestFile] == nil {
		p.note("META-1a", "", manifestFile, "is missing")
		return
	}
	var file struct {
		Manifest *models.Manifest `json:"manifest"`
	}
	raw, ok := p.decode(manifestFile, "", &file)
	if !ok {
		return
	}
	if file.Manifest == nil {
		p.note("META-1a", "", manifestFile, "has no member manifest")
		return
	}
	p.Manifest, p.rawManifest = file.Manifest, raw
	p.noteUnknown(manifestFile, "", raw, manifestMembers)
}

// AddLinking adds an accountLinking.json that lies beside the package, since ask-cli deploys account linking on its own. What
// the package itself holds is preferred.
func (p *Package) AddLinking(data []byte) {
	if p.files[linkingFile] == nil && len(data) <= maxFileBytes {
		p.files[linkingFile] = data
		p.readLinking()
	}
}

func (p *Package) readLinking() {
	if p.files[linkingFile] == nil {
		return
	}
	var file struct {
		AccountLinking
		Request  *AccountLinking `json:"accountLinkingRequest"`
		Response *AccountLinking `json:"accountLinkingResponse"`
	}
	if _, ok := p.decode(linkingFile, "", &file); !ok {
		return
	}
	switch {
	case file.Request != nil:
		p.Linking = file.Request
	case file.Response != nil:
		p.Linking = file.Response
	default:
		p.Linking = &file.AccountLinking
	}
}

var localeName = regexp.MustCompile(`^[a-z]{2}-[A-Z]{2}$`)

func (p *Package) readModel(name string) {
	locale := strings.TrimSuffix(path.Base(name), ".json")
	if !localeName.MatchString(locale) || path.Dir(name)+"/" != modelFolder {
		return // META-1e says so
	}
	var file struct {
		InteractionModel *models.InteractionModel `json:"interactionModel"`
	}
	raw, ok := p.decode(name, locale, &file)
	if !ok {
		return
	}
	if file.InteractionModel == nil {
		p.note("META-1a", locale, name, "has no member interactionModel")
		return
	}
	m := &model{locale: locale, file: name, bytes: len(p.files[name]), InteractionModel: *file.InteractionModel}
	m.readExtras(p.files[name])
	p.models[locale] = m
	p.noteUnknown(name, locale, raw, modelMembers)
}

// extras are the members of Amazon's schema that our own models do without.
type extras struct {
	InteractionModel struct {
		LanguageModel struct {
			Types []struct {
				Name          string          `json:"name"`
				ValueSupplier json.RawMessage `json:"valueSupplier"`
			} `json:"types"`
		} `json:"languageModel"`
		Dialog struct {
			Intents []struct {
				Name  string `json:"name"`
				Slots []struct {
					Name        string `json:"name"`
					Validations []struct {
						Prompt string `json:"prompt"`
					} `json:"validations"`
				} `json:"slots"`
			} `json:"intents"`
		} `json:"dialog"`
	} `json:"interactionModel"`
}

func (m *model) readExtras(data []byte) {
	var x extras
	_ = json.Unmarshal(data, &x) // a wrong type was noted already, or concerns what is read leniently here
	m.supplied = map[string]bool{}
	for _, t := range x.InteractionModel.LanguageModel.Types {
		if len(t.ValueSupplier) > 0 {
			m.supplied[t.Name] = true
		}
	}
	for _, intent := range x.InteractionModel.Dialog.Intents {
		for _, slot := range intent.Slots {
			for _, v := range slot.Validations {
				m.validations = append(m.validations, reference{intent.Name + "." + slot.Name, v.Prompt})
			}
		}
	}
}
