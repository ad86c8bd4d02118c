package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
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
