// Package live is the half of the certification suite that talks to a skill: it sends what Alexa could send, and judges every
// answer. It finds out by itself where a conversation can go, from the interaction model and from what the skill asks; what no
// package can say, such as a test account and its voice code, is in certify.Settings.
//
// Two kinds of judgment are kept apart. The rules (rules.go) hold for every answer, whatever was asked; the scenarios (the other
// files) look whether the answer is one to what was asked. An answer that breaks a rule is reported by the rule alone.
//
// Neighbors: live/alexa puts requests together, live/words judges language, skill/echo understands the phrases that a skill
// suggests; certify holds the table of checks, to whose ids all findings go. It knows no particular skill.
package live

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

// Skill is what the package of a skill says of it.
type Skill struct {
	Locales     []Locale
	Permissions []string // by the names in the manifest
	Interfaces  []string // ALEXA_PRESENTATION_APL, for instance
	Links       bool     // accounts are linked
	Sells       bool     // purchases or advertising are declared
}

// Locale is one language of the skill.
type Locale struct {
	Name        string // "en-US"
	Model       *models.InteractionModel
	Phrases     []string // example phrases of the store
	Description string
}

// Of reads a package. Locales without an interaction model have nothing to say and are left out.
func Of(p *skillpackage.Package) Skill {
	s := Skill{Links: p.Linking != nil}
	if p.Manifest != nil {
		for _, permission := range p.Manifest.Permissions {
			s.Permissions = append(s.Permissions, permission.Name)
		}
		for _, i := range p.Manifest.APIs.Custom.Interfaces {
			s.Interfaces = append(s.Interfaces, i.Type)
		}
		privacy := p.Manifest.PrivacyAndCompliance
		s.Sells = privacy.AllowsPurchases || privacy.ContainsAds
	}
	for _, name := range p.Locales() {
		l := Locale{Name: name, Model: p.Model(name)}
		if p.Manifest != nil {
			store := p.Manifest.PublishingInformation.Locales[name]
			l.Phrases, l.Description = store.ExamplePhrases, store.Description
		}
		s.Locales = append(s.Locales, l)
	}
	return s
}

// Options are what a run needs. Send, Now and NewID are required.
type Options struct {
	Skill    Skill
	Settings certify.Settings
	// Send hands a request to the skill and returns its response, signed on the way if the endpoint wants that. Any answer but
	// 200 is an error. Its context ends when Alexa's patience does.
	Send func(ctx context.Context, body []byte) ([]byte, error)
	// Token gives the access token of the test account; that of the settings if nil. It is asked anew for every request.
	Token func(ctx context.Context) (string, error)
	Now   func() time.Time
	// NewID makes ids of requests, sessions and users; each differs from all before.
	NewID func() string
	// Seed decides every choice that is left to chance, so that a run can be repeated.
	Seed uint64
	// Progress is told after every step, and of every request within one. May be nil.
	Progress func(done, total int, what string)
	// Reset brings the test account back to where the settings describe it: the voice code of this intent unlocked as its owner
	// would, and better yet, undone what was done. Settings' reset_hook if nil. It is called before every scenario, every intent
	// and every state, so it is to be quick.
	Reset func(ctx context.Context, code certify.VoiceCode) error
	// Effects gives a text that changes when the skill has done something; Settings' effects_hook if nil.
	Effects func(ctx context.Context) (string, error)
	// MaxStates bounds the dialog states explored in each locale; 300 if zero.
	MaxStates int
}

// ErrRefused is to be in the chain of what Send returns when the endpoint refuses a request as Amazon wants strangers to be
// refused, with HTTP 400.
var ErrRefused = errors.New("the endpoint refuses the request")

// ErrUnreachable is in the chain of what Run returns when nobody answers at the endpoint.
var ErrUnreachable = errors.New("the endpoint cannot be reached")

const defaultMaxStates = 300

// Run sends everything and judges it into v, locale by locale. The error says that the run was broken off, not that the skill
// is bad: the context ended, ErrUnreachable, or a token or hook could not be had. What was found until then stands. An endpoint
// that lets nobody in is no error: then every check says in its reason what is needed.
func Run(ctx context.Context, o Options, v *certify.Verdicts) (certify.Coverage, certify.Latency, []certify.Exchange, error) {
	if o.MaxStates == 0 {
		o.MaxStates = defaultMaxStates
	}
	api, err := alexa.StartAPI()
	if err != nil {
		return certify.Coverage{}, certify.Latency{}, nil, err
	}
	defer func() { _ = api.Close() }() // nothing of the run depends on how it stops
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &suite{
		Options: o, v: v, api: api, stop: stop, seen: newCoverage(o), looks: map[[2]string]string{},
		chance: rand.New(rand.NewPCG(o.Seed, 1)), excused: map[string]bool{},
	}
	s.all(ctx)
	s.untouched(context.Cause(ctx))
	return s.seen.result(), certify.NewLatency(s.samples, o.Settings.Latency()), s.exchanges, context.Cause(ctx)
}

// suite is one run.
type suite struct {
	Options
	v         *certify.Verdicts
	api       *alexa.API
	stop      context.CancelCauseFunc // ends the run with a reason
	seen      *coverage
	chance    *rand.Rand
	samples   []certify.Sample
	exchanges []certify.Exchange
	looks     map[[2]string]string // what rules found in a text
	excused   map[string]bool      // checks that were not run, with a reason of their own
	sent      int                  // requests of the step at hand
	told      func(sent int)       // is told of each of them
}

// step is a scenario with its name.
type step struct {
	what string
	run  func(*locale, context.Context)
}

// The scenarios in their order. The first ones need an account as the settings describe it; the others do whatever the skill lets
// them do, and leave their traces in it.
var (
	firstSteps = []step{
		{"opening the skill", (*locale).welcome},
		{"voice codes", (*locale).codes},
	}
	otherSteps = []step{
		{"every intent, with all kinds of slots", (*locale).intents},
		{"built-in intents", (*locale).builtins},
		{"devices", (*locale).devices},
		{"account linking", (*locale).linking},
		{"permissions", (*locale).permissions},
		{"dialogs", (*locale).explore},
		{"phrases that are suggested", (*locale).phrases},
		{"what nobody says", (*locale).outside},
	}
)

// notRun says why a check could not look somewhere.
func (s *suite) notRun(id, why string) {
	s.excused[id] = true
	s.v.NotRun(id, why)
}

// knock opens the skill once, and tells whether it lets the suite in. If not, no check can be run, and each says what is needed.
func (l *locale) knock(ctx context.Context) bool {
	t := l.begin(ctx).say(ctx, l.launch())
	var untrusted *tls.CertificateVerificationError
	why := ""
	switch {
	case errors.As(t.err, &untrusted):
		why = "the endpoint's own certificate is not believed"
	case errors.Is(t.err, ErrRefused):
		why = "the endpoint refuses what Alexa has not signed, or this application id: give [signature] in certify.toml, or --application-id"
	default:
		return true
	}
	for _, c := range certify.OfKind(certify.Live, certify.Code) {
		l.notRun(c.ID, why)
	}
	return false
}

// all takes every locale through its steps.
func (s *suite) all(ctx context.Context) {
	var locales []*locale
	for _, known := range s.Skill.Locales {
		l, err := newLocale(s, known)
		if err != nil {
			s.stop(err)
			return
		}
		locales = append(locales, l)
	}
	if len(locales) == 0 || !locales[0].knock(ctx) {
		return
	}
	total, done := len(locales)*(len(firstSteps)+len(otherSteps)), 0
	for _, steps := range [][]step{firstSteps, otherSteps} {
		for _, l := range locales {
			for _, step := range steps {
				what := l.Name + ": " + step.what
				s.sent, s.told = 0, nil
				if s.Progress != nil {
					s.told = func(sent int) { s.Progress(done, total, fmt.Sprintf("%s, %d requests", what, sent)) }
				}
				l.fresh(ctx)
				step.run(l, ctx)
				if ctx.Err() != nil {
					return
				}
				if done++; s.Progress != nil {
					s.Progress(done, total, what)
				}
			}
		}
	}
}

// unreachable tells whether nobody listens there; it does not speak of answers.
func unreachable(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" || errors.Is(err, ErrUnreachable)
}

// links tells whether accounts are linked: a package need not hold the linking configuration, but a test account tells as well.
func (s *suite) links() bool {
	return s.Skill.Links || s.Token != nil || s.Settings.Account.Token != ""
}

// account is the token of the linked test account, "" if there is none.
func (s *suite) account(ctx context.Context) string {
	if s.Token == nil {
		return s.Settings.Account.Token
	}
	token, err := s.Token(ctx)
	if err != nil {
		s.stop(fmt.Errorf("get the access token of the test account: %w", err))
	}
	return token
}

// answerTime is the longest that any caller of Amazon's waits: that of its invocation API. What is too slow for a person is told
// by FUN-15.
const answerTime = 10 * time.Second

// deliver sends one request and notes the time. The error is that of the skill, unless the context says that the run is over.
func (s *suite) deliver(ctx context.Context, what string, body []byte) (json.RawMessage, time.Duration, error) {
	within, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	began := s.Now()
	answer, err := s.Send(within, body)
	took := s.Now().Sub(began)
	if err != nil && unreachable(err) {
		s.stop(fmt.Errorf("%w: %w", ErrUnreachable, err))
	}
	s.samples = append(s.samples, certify.Sample{What: what, Took: took})
	if s.sent++; s.told != nil {
		s.told(s.sent)
	}
	return answer, took, err
}

// untouched says of checks that met no occasion why there is no verdict. What was not run for want of a setting has its own reason.
func (s *suite) untouched(broken error) {
	for _, c := range certify.OfKind(certify.Live) {
		switch {
		case c.ID == replayCheck || c.ID == "SEC-5" || s.excused[c.ID]:
		case broken != nil:
			s.v.NotRun(c.ID, "the run was broken off")
		default:
			s.v.NotApplicable(c.ID, "the skill gave no occasion for it")
		}
	}
}
