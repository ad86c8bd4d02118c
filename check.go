package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// checkCommand proves what serve would start with, and starts nothing.
type checkCommand struct {
	serveCommand
}

// checkTimeout bounds what is asked of a cloud.
const checkTimeout = 10 * time.Second

// Run says of each part that it is right, or everything that is wrong with it.
func (c checkCommand) Run(ctx context.Context, s streams) error {
	parts := []struct {
		name  string
		prove func(context.Context) (found string, err error)
	}{
		{"configuration", c.configuration},
		{"speech", provenSpeech},
		{"models", provenModels},
		{"contract", provenContract},
		{"dongle cloud", c.cloud},
	}
	wrong := 0
	for _, part := range parts {
		found, err := part.prove(ctx)
		if err == nil {
			_, _ = fmt.Fprintf(s.Out, "ok      %-14s %s\n", part.name, found)
			continue
		}
		wrong++
		for line := range strings.Lines(err.Error()) {
			_, _ = fmt.Fprintf(s.Out, "wrong   %-14s %s\n", part.name, strings.TrimSpace(line))
		}
	}
	if wrong > 0 {
		return errSaid
	}
	return nil
}

// configuration is what serve would be started with, its files included.
func (c checkCommand) configuration(context.Context) (string, error) {
	problems := c.problems()
	if c.Secrets != "" {
		_, err := readSecrets(c.Secrets)
		problems = append(problems, err)
	}
	if c.TLSCert != "" && c.TLSKey != "" {
		_, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		problems = append(problems, err)
	}
	return "answers at " + c.Listen, errors.Join(problems...)
}

func provenSpeech(context.Context) (string, error) {
	turns, err := speech.Load(models.Speech, skill.Lines(), intents.Lines())
	if err != nil {
		return "", err
	}
	notices, err := word.Speech()
	if err != nil {
		return "", err
	}
	var problems []error
	for _, p := range append(turns.Lint(), notices.Lint()...) {
		problems = append(problems, errors.New(p))
	}
	return fmt.Sprintf("%d lines in %s", len(skill.Lines())+len(intents.Lines()), strings.Join(models.Locales(), ", ")), errors.Join(problems...)
}

// provenModels compares the model of each locale with the table of conversations: what one has and the other lacks
// would be heard and not understood, or offered and never heard.
func provenModels(context.Context) (string, error) {
	var problems []error
	conversations := intents.Table(intents.Deps{})
	for _, locale := range models.Locales() {
		model, err := models.Model(locale)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, row := range conversations {
			problems = append(problems, agrees(locale, model, row)...)
		}
		for _, i := range model.LanguageModel.Intents {
			ours := slices.ContainsFunc(conversations, func(c skill.Conversation) bool { return c.Intent == i.Name })
			if !ours && !skill.BuiltIn(i.Name) {
				problems = append(problems, fmt.Errorf("%s: nobody answers %s", locale, i.Name))
			}
		}
	}
	return fmt.Sprintf("%d conversations in %s", len(conversations), strings.Join(models.Locales(), ", ")), errors.Join(problems...)
}

func agrees(locale string, model *models.InteractionModel, row skill.Conversation) (problems []error) {
	intent, ok := model.LanguageModel.Intent(row.Intent)
	if !ok {
		return []error{fmt.Errorf("%s: the model has no %s", locale, row.Intent)}
	}
	for _, slot := range intent.Slots {
		if row.Slots[slot.Name] != slot.Type {
			problems = append(problems, fmt.Errorf("%s: %s has a slot %s of type %s, and the table has not", locale, row.Intent, slot.Name, slot.Type))
		}
	}
	if len(row.Slots) > len(intent.Slots) {
		problems = append(problems, fmt.Errorf("%s: %s lacks slots that the table has", locale, row.Intent))
	}
	return problems
}

func provenContract(ctx context.Context) (string, error) {
	document, err := openapi3.NewLoader().LoadFromData(dongle.Contract)
	if err == nil {
		err = document.Validate(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("openapi.yaml: %w", err)
	}
	return fmt.Sprintf("%s %s, %d paths", document.Info.Title, document.Info.Version, document.Paths.Len()), nil
}

// cloud asks a cloud that was named for what it tells everybody: where its authorization server is, and that nothing is
// told without a token.
func (c checkCommand) cloud(ctx context.Context) (string, error) {
	base := c.Cloud
	if base == "" {
		return "the garage at home", nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var metadata struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
	}
	status, err := read(ctx, base+"/.well-known/oauth-authorization-server", &metadata)
	if err != nil || status != http.StatusOK || metadata.Token == "" {
		return "", errors.Join(fmt.Errorf("%s tells nothing about its authorization server (RFC 8414): status %d", base, status), err)
	}
	var problem struct{ Code string }
	status, err = read(ctx, base+"/v1/me", &problem)
	if err != nil || status != http.StatusUnauthorized || problem.Code == "" {
		return "", errors.Join(fmt.Errorf("%s/v1/me without a token should answer 401 with a problem document: status %d", base, status), err)
	}
	return base + " answers as the contract says", nil
}

func read(ctx context.Context, url string, into any) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close() //nolint:errcheck // nothing is left to lose
	return response.StatusCode, json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(into)
}
