package certify

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Settings are what a skill package cannot say: certify.toml. Every member may be absent; what depends on it is then not run
// or not applicable, with the reason. Unknown keys are errors, because a misspelled one would be a check that never ran.
type Settings struct {
	// ApplicationID is the skill's id, "amzn1.ask.skill.…", which a package does not hold before it is deployed.
	ApplicationID string `toml:"application_id"`
	// Online lets the suite open the URLs that the package names. Off: only their form is checked.
	Online bool `toml:"online"`
	// ToleratedLatency is how long an answer may take ("6s"); DefaultLatency if absent.
	ToleratedLatency time.Duration `toml:"tolerated_latency"`
	// EffectsHook is a URL whose answer (GET, any text) changes when the skill has done something: how the suite sees that
	// nothing happened. Without it, answers alone tell.
	EffectsHook string `toml:"effects_hook"`
	// Account is a test account, linked.
	Account Account `toml:"account"`
	// Permissions tell which intents need them.
	Permissions []PermissionUse `toml:"permission"`
	// Codes are the sensitive intents, which ask for a secure voice code.
	Codes []VoiceCode `toml:"code"`
	// Signature is a key that the HTTPS endpoint trusts for the test. Without it, what only Amazon could sign is not probed.
	Signature Signature `toml:"signature"`
	// Brands are the marks that the skill may use.
	Brands []Brand `toml:"brand"`
	// Values are what to say for slots, by "Intent.slot", slot name or slot type, the closest first: values of
	// AMAZON.TIME as "18:00", for instance. Absent: values of the type, or ordinary ones of Amazon's types.
	Values map[string][]string `toml:"values"`
}

// Account is a test account whose tokens the suite sends as Alexa would.
type Account struct {
	Token        string `toml:"token"`
	ExpiredToken string `toml:"expired_token"` // one that the skill must refuse
	// Public are intents that work without an account.
	Public []string `toml:"public"`
}

// PermissionUse is a permission by Amazon's name and the intents that need it.
type PermissionUse struct {
	Name    string   `toml:"name"`
	Intents []string `toml:"intents"`
}

// VoiceCode is a sensitive intent with the code of the test account.
type VoiceCode struct {
	Intent   string `toml:"intent"`
	PINSlot  string `toml:"pin_slot"`
	RightPIN string `toml:"right_pin"` // at least four digits
	WrongPIN string `toml:"wrong_pin"`
	// Slots fill the intent so that only the code is missing: slot name to spoken value, or to the id of a value.
	Slots map[string]string `toml:"slots"`
	// ResetHook is a URL that resets the test account's code with a POST, as its owner would after three wrong ones, and better
	// yet undoes whatever else was done. It is called often.
	ResetHook string `toml:"reset_hook"`
}

// Signature is a key to sign requests with as Alexa does.
type Signature struct {
	Key      string `toml:"key"`       // path of an RSA key in PEM
	ChainURL string `toml:"chain_url"` // where the endpoint finds its certificate, below https://s3.amazonaws.com/echo.api/
}

// Brand is a mark with the proof that the skill may use it.
type Brand struct {
	Name  string `toml:"name"`
	Proof string `toml:"proof"` // where the permission can be read
}

const (
	// DefaultLatency is what the suite tolerates: Alexa waits about eight seconds, the network takes its part.
	DefaultLatency = 6 * time.Second
	maxLatency     = 8 * time.Second
	maxSettings    = 256 << 10 // bytes
)

// Latency is how long an answer may take.
func (s Settings) Latency() time.Duration {
	if s.ToleratedLatency == 0 {
		return DefaultLatency
	}
	return s.ToleratedLatency
}

// Allows tells whether a mark is listed with its proof, in whatever case.
func (s Settings) Allows(mark string) bool {
	return slices.ContainsFunc(s.Brands, func(b Brand) bool { return strings.EqualFold(b.Name, mark) })
}

// IsCodeSlot tells whether a slot of an intent takes a voice code.
func (s Settings) IsCodeSlot(intent, slot string) bool {
	return slices.ContainsFunc(s.Codes, func(c VoiceCode) bool { return c.Intent == intent && c.PINSlot == slot })
}

// Mask hides the secrets of these settings, and those of every request.
func (s Settings) Mask() Mask {
	m := Mask{Secrets: []string{s.Account.Token, s.Account.ExpiredToken}}
	for _, c := range s.Codes {
		m.Slots = append(m.Slots, c.PINSlot)
		m.Secrets = append(m.Secrets, c.RightPIN, c.WrongPIN)
	}
	m.Secrets = slices.DeleteFunc(m.Secrets, func(secret string) bool { return secret == "" })
	return m
}

// ReadSettings reads certify.toml, at most 256 kB. The error names every problem at once, and no secret.
func ReadSettings(r io.Reader) (Settings, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSettings+1))
	if err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	if len(data) > maxSettings {
		return Settings{}, fmt.Errorf("read settings: more than %d bytes", maxSettings)
	}
	var s Settings
	meta, err := toml.Decode(string(data), &s)
	if err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", withoutExcerpt(err))
	}
	var problems []error
	for _, key := range meta.Undecoded() {
		problems = append(problems, fmt.Errorf("unknown key %s", key))
	}
	if err := errors.Join(append(problems, s.problems()...)...); err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	return s, nil
}

// withoutExcerpt keeps the place of a syntax error and drops the text around it, which may be a PIN.
func withoutExcerpt(err error) error {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d: not TOML, or not of the expected type", parse.Position.Line)
	}
	return errors.New("a value is not of the expected type")
}

var (
	applicationID = regexp.MustCompile(`^amzn1\.(ask|echo-sdk-ams)\.(skill|app)\.[A-Za-z0-9.-]{1,200}$`)
	pinDigits     = regexp.MustCompile(`^[0-9]{4,12}$`)
)

func (s Settings) problems() []error {
	var problems []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	need(s.ApplicationID == "" || applicationID.MatchString(s.ApplicationID), "application_id is not amzn1.ask.skill.…")
	need(s.ToleratedLatency >= 0 && s.ToleratedLatency <= maxLatency, "tolerated_latency is not between 0s and %s", maxLatency)
	need(s.EffectsHook == "" || isWebURL(s.EffectsHook), "effects_hook is no http URL")
	need(s.Account.Token == "" || s.Account.Token != s.Account.ExpiredToken, "account: token and expired_token are the same")
	need((s.Signature.Key == "") == (s.Signature.ChainURL == ""), "signature: key and chain_url belong together")
	for i, p := range s.Permissions {
		need(p.Name != "", "permission %d: no name", i+1)
		need(len(p.Intents) > 0, "permission %d: no intents", i+1)
	}
	for i, b := range s.Brands {
		need(b.Name != "" && b.Proof != "", "brand %d: name or proof is missing", i+1)
	}
	for i, c := range s.Codes {
		problems = append(problems, c.problems(i+1)...)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Values)) {
		need(len(s.Values[key]) > 0, "values: %s is empty", key)
	}
	return problems
}

func (c VoiceCode) problems(nth int) []error {
	var problems []error
	need := func(ok bool, what string) {
		if !ok {
			problems = append(problems, fmt.Errorf("code %d: %s", nth, what))
		}
	}
	need(c.Intent != "", "no intent")
	need(c.PINSlot != "", "no pin_slot")
	need(pinDigits.MatchString(c.RightPIN), "right_pin is not 4 to 12 digits")
	need(pinDigits.MatchString(c.WrongPIN), "wrong_pin is not 4 to 12 digits")
	need(c.RightPIN != c.WrongPIN || c.RightPIN == "", "right_pin and wrong_pin are the same")
	need(c.ResetHook == "" || isWebURL(c.ResetHook), "reset_hook is no http URL")
	_, filled := c.Slots[c.PINSlot]
	need(!filled, "slots holds the code, which right_pin and wrong_pin say")
	return problems
}

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
