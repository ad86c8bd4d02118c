package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-playground/validator/v10"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner"
	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// operatorFlags say whose customers are served. Without --cloud it is the garage, and everything else makes itself.
type operatorFlags struct {
	Cloud     string `help:"Base URL of the dongle cloud; without it there is a garage at home." placeholder:"URL" env:"TRUNKPASS_CLOUD_URL"`
	PublicURL string `name:"public-url" help:"Where the world finds this server, https://HOST; the owner page is below it. Without it, where it listens." placeholder:"URL" env:"TRUNKPASS_PUBLIC_URL"`
	Secrets   string `help:"JSON file of the deployment's secrets, readable by its owner alone; needed with --cloud." placeholder:"FILE" env:"TRUNKPASS_SECRETS" type:"path"`
	Stage     string `name:"notification-stage" help:"Stage of the skill whose users are told: ${enum}." enum:"development,live" default:"live" env:"TRUNKPASS_NOTIFICATION_STAGE"`
}

// problems lists what is wrong with the flags; it reads no file.
func (o operatorFlags) problems() (wrong []error) {
	if o.Cloud != "" && !reachable(o.Cloud) {
		wrong = append(wrong, errors.New("--cloud must be an https address, or http on this machine"))
	}
	if u, err := url.Parse(o.PublicURL); o.PublicURL != "" && (!reachable(o.PublicURL) || err != nil || u.Path != "") {
		wrong = append(wrong, errors.New("--public-url must be an https address without a path, or http on this machine"))
	}
	if (o.Cloud == "") != (o.Secrets == "") {
		wrong = append(wrong, errors.New("--cloud and --secrets need each other"))
	}
	if o.Cloud != "" && o.PublicURL == "" {
		wrong = append(wrong, errors.New("--public-url is missing: the dongle cloud must know where drivers come back to"))
	}
	return wrong
}

// reachable tells an address that secrets may be sent to.
func reachable(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(text, "/") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// secrets are what a deployment must not lose or show. The names are those of the secret on AWS (docs/deploy.md).
type secrets struct {
	// Pepper is 32 random bytes, in base64. Whoever loses it must have every PIN set anew.
	Pepper []byte `json:"pepper" validate:"min=32,max=1024"`
	// OldPeppers are those before it, as long as PINs are left that were not spoken since (docs/operate.md).
	OldPeppers [][]byte `json:"old_peppers" validate:"max=8,dive,min=32,max=1024"`
	// SessionKeys are 32 random bytes each; the first seals the owner page's cookies, the others open older ones.
	SessionKeys [][]byte `json:"owner_session_keys" validate:"min=1,max=8,dive,len=32"`
	// OwnerClientID and OwnerClientSecret are what the dongle cloud knows the owner page by.
	OwnerClientID     string `json:"owner_client_id" validate:"required,max=1024"`
	OwnerClientSecret string `json:"owner_client_secret" validate:"required,max=1024"`
	// WebhookSecrets are those that the dongle cloud gave for its events, several while one is being rotated.
	WebhookSecrets []string `json:"webhook_secrets" validate:"min=1,max=8,dive,startswith=whsec_,max=256"`
	// NotifyClientID and NotifyClientSecret are the skill's messaging credentials, not those of account linking.
	NotifyClientID     string `json:"notify_client_id" validate:"required,max=1024"`
	NotifyClientSecret string `json:"notify_client_secret" validate:"required,max=1024"`
}

// Format hides the secrets from every verb of fmt.
func (secrets) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, "[redacted]") }

// String hides the secrets.
func (secrets) String() string { return "[redacted]" }

const maxSecrets = 64 << 10

// readSecrets reads the file and lists everything that is wrong with it, without showing any of it.
func readSecrets(path string) (s secrets, err error) {
	file, err := os.Open(path)
	if err != nil {
		return s, fmt.Errorf("read the secrets: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	about, err := file.Stat()
	if err != nil {
		return s, fmt.Errorf("read the secrets: %w", err)
	}
	if about.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("read the secrets: others than its owner may read %s; chmod 600 it", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSecrets+1))
	if err != nil {
		return s, fmt.Errorf("read the secrets: %w", err)
	}
	if len(text) > maxSecrets || json.Unmarshal(text, &s) != nil { // its error may quote what it read
		return secrets{}, fmt.Errorf("read the secrets: %s is not the JSON object that docs/deploy.md describes", path)
	}
	if err := s.check(); err != nil {
		return secrets{}, fmt.Errorf("read the secrets: %s: %w", path, err)
	}
	return s, nil
}

// check names every member that is wrong.
func (s secrets) check() error {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("json") })
	wrong, ok := errors.AsType[validator.ValidationErrors](v.Struct(s))
	if !ok {
		return nil
	}
	var members []string
	for _, w := range wrong {
		member, _, _ := strings.Cut(w.Field(), "[")
		members = append(members, member)
	}
	return fmt.Errorf("missing or not of its form: %s", strings.Join(slices.Compact(members), ", "))
}

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

// forgetCommand is the owner page's "delete everything" for an owner who cannot sign in. Nobody else may have the file.
type forgetCommand struct {
	Data  string `help:"Folder of the state; no server may be running there." default:".trunkpass" placeholder:"DIR" env:"TRUNKPASS_DATA"`
	Owner string `arg:"" name:"owner-id" help:"The owner's id in the dongle cloud."`
}

// Run says what it forgot, and what is not its to forget.
func (c forgetCommand) Run(ctx context.Context, s streams) (err error) {
	path := filepath.Join(c.Data, "accounts.db")
	if _, err := os.Stat(path); err != nil { // to open it would make one
		return fmt.Errorf("forget: %w", err)
	}
	accounts, err := embedded.Open(path, wallClock)
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	defer func() { err = errors.Join(err, accounts.Close()) }()
	gone, err := owner.Forget(ctx, accounts, accounts, c.Owner, wallClock())
	if err != nil {
		return err
	}
	if !gone.Known {
		return fmt.Errorf("forget: nothing is kept of the owner %q in %s", c.Owner, c.Data)
	}
	found := func(was bool) string { return map[bool]string{true: "forgotten", false: "none"}[was] }
	_, _ = fmt.Fprintf(s.Out, `Owner %q
  voice PIN      %s
  settings       %s
  Alexa users    %d forgotten
Stays in the dongle cloud, for the owner or the cloud to end:
  the cars, what happened to them, and grants, which still open
  Alexa's sign-in, unless the skill is disabled
`, c.Owner, found(gone.PIN), found(gone.Choices), gone.Users)
	return nil
}
