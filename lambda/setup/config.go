package setup

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/go-playground/validator/v10"
)

// AWS is what Lambda itself puts into the environment. The two endpoints are for tests and for a private endpoint
// inside a VPC; empty means the region's own.
type AWS struct {
	Region           string `env:"AWS_REGION" validate:"required,hostname"`
	KeyID            string `env:"AWS_ACCESS_KEY_ID" validate:"required"`
	Key              Hidden `env:"AWS_SECRET_ACCESS_KEY" validate:"required"`
	SessionToken     Hidden `env:"AWS_SESSION_TOKEN"`
	DynamoDBEndpoint string `env:"AWS_ENDPOINT_URL_DYNAMODB" validate:"omitempty,reachable"`
	SecretsEndpoint  string `env:"AWS_ENDPOINT_URL_SECRETS_MANAGER" validate:"omitempty,reachable"`
}

// Base is what every function needs. The template sets it.
type Base struct {
	AWS AWS
	// Table is the DynamoDB table of accounts, users and messages.
	Table string `env:"TRUNKPASS_TABLE" validate:"required,min=3,max=255"`
	// SecretARN names the secret in Secrets Manager. What each function reads of it is said beside its own config.
	SecretARN string `env:"TRUNKPASS_SECRET_ARN" validate:"required,startswith=arn:,max=2048"`
	// SecretVersion pins a version of the secret, so that rotating it is a deployment that can be taken back; empty
	// means the current one, as it is when an execution environment first needs it.
	SecretVersion string `env:"TRUNKPASS_SECRET_VERSION" validate:"omitempty,min=32,max=64"`
	// CloudURL is where the dongle cloud answers: https, or http on a loopback address.
	CloudURL string `env:"TRUNKPASS_CLOUD_URL" validate:"required,reachable"`
}

// SkillConfig is the configuration of lambda/skill.
type SkillConfig struct {
	Base Base
	// ApplicationID is the skill's id; a request for another one is refused.
	ApplicationID string `env:"TRUNKPASS_APPLICATION_ID" validate:"required,startswith=amzn1.ask.skill.,max=255"`
}

// OwnerConfig is the configuration of lambda/owner.
type OwnerConfig struct {
	Base Base
	// URL is where browsers find the owner page, path included and without a slash at its end: "https://host/owner".
	URL string `env:"TRUNKPASS_OWNER_URL" validate:"required,reachable"`
	// Issuer is the dongle cloud's authorization server; empty means that it is the cloud itself.
	Issuer string `env:"TRUNKPASS_CLOUD_ISSUER" validate:"omitempty,reachable"`
}

// EventsConfig is the configuration of lambda/events.
type EventsConfig struct {
	Base Base
	// Stage is the stage of the skill whose users are told: development or live.
	Stage string `env:"TRUNKPASS_NOTIFICATION_STAGE" validate:"required,oneof=development live"`
	// AlexaURL stands in for Amazon's hosts, tokens included; empty means Amazon's.
	AlexaURL string `env:"TRUNKPASS_ALEXA_URL" validate:"omitempty,reachable"`
}

// Hidden is a secret in the environment. It shows itself to nobody who prints it.
type Hidden string

const hidden = "[redacted]"

// String hides the value.
func (Hidden) String() string { return hidden }

// Format hides the value from every verb of fmt.
func (Hidden) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, hidden) }

// LogValue hides the value from slog.
func (Hidden) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from encodings.
func (Hidden) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Read reads a configuration from environment variables ("NAME=value"), and lists everything that is wrong with it at
// once, one problem a line, each by the name of its variable and without its value.
func Read[T any](environment []string) (T, error) {
	c, err := env.ParseAsWithOptions[T](env.Options{Environment: env.ToMap(environment)})
	if err != nil {
		return c, errors.New("read the configuration: a variable is not of its type")
	}
	if err := check(c); err != nil {
		return c, fmt.Errorf("read the configuration: %w", err)
	}
	return c, nil
}

// check lists every problem of a struct by the names of its tags, sorted, without any value.
func check(v any) error {
	err := rules.Struct(v)
	wrong, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok {
		return err
	}
	var problems []error
	for _, w := range wrong {
		problems = append(problems, fmt.Errorf("%s %s", w.Field(), broken(w)))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// broken says which rule a value breaks.
func broken(w validator.FieldError) string {
	switch w.Tag() {
	case "required":
		return "is not set"
	case "reachable":
		return "must be an https address, or http on this machine, without user, query or fragment"
	case "startswith":
		return "must begin with " + w.Param()
	case "min":
		return "must be at least " + w.Param() + " long"
	case "max":
		return "must be at most " + w.Param() + " long"
	case "oneof":
		return "must be one of " + w.Param()
	default:
		return "must be a " + w.Tag()
	}
}

var rules = newRules()

// newRules calls fields by their environment variable, or by their place in the secret.
func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		if name == "" {
			name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
		}
		return name
	})
	if err := v.RegisterValidation("reachable", func(l validator.FieldLevel) bool { return reachable(l.Field().String()) }); err != nil {
		panic(err) // the name and the function are right here
	}
	return v
}

// reachable tells an address that secrets may be sent to.
func reachable(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
