// Package echo is a pretend Echo: it takes what a person says, asks a skill as Alexa would, and gives back what would be heard
// and seen. `trunkpass say` and the conversation tests talk to Trunkpass through it.
//
// An utterance goes through the interaction model that Alexa would be given: it must mean exactly one intent, and slot values
// take Amazon's formats (package spoken knows the words for dates, times and numbers). The Echo keeps the session: attributes,
// the dialog with its elicited and confirmed slots, the reprompt, values taught at run time. It stands in for Alexa's own
// services (progressive responses and device settings, on loopback; package bell for notifications), and it is strict where
// Alexa is: a response that Alexa would not play is refused with the rule that it breaks.
//
// It knows no skill: all it knows of one comes from the model in Options. And it is kinder than Alexa: it never mishears, and
// takes only what the samples say. That a conversation works here is necessary, not sufficient.
package echo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/models"
)

// Options are what an Echo is made of.
type Options struct {
	// Model is the interaction model of Locale. Required; not changed.
	Model *models.InteractionModel
	// Locale is the language of the device; "en-US" if empty. Only English is understood, of whatever region.
	Locale string
	// Device is what kind of device it is; Home if empty.
	Device Kind
	// ApplicationID is the id of the skill. Required.
	ApplicationID string
	// Send hands a request to the skill and returns its response. Required. Its context ends when Alexa's patience does.
	Send func(ctx context.Context, body []byte) ([]byte, error)
	// Token gives the access token of the linked account for this turn, "" if none is linked. Alexa keeps it fresh, so it is
	// asked anew for every request. Nil means not linked.
	Token func(ctx context.Context) (string, error)
	// Now is the clock. Required.
	Now func() time.Time
	// NewID makes the ids of requests, sessions, and of the user and device unless they are given. Required; each id must
	// differ from all before.
	NewID func() string
	// UserID and DeviceID are permanent as Alexa's are until the skill is disabled. Made with NewID if empty.
	UserID, DeviceID string
	// PersonID is the recognized speaker; "" if nobody is, as is usual.
	PersonID string
	// Zone is the device's time zone, by its IANA name; UTC if nil.
	Zone *time.Location
	// Units is "METRIC" or "IMPERIAL"; METRIC if empty.
	Units string
	// Speed is how fast a Car moves, in meters per second.
	Speed float64
	// Bell keeps the user's notifications; package bell has one. Nil means that there are never any.
	Bell Bell
	// Strict makes Say answer *NoMatch where Alexa would try AMAZON.FallbackIntent.
	Strict bool
}

// Echo is one device with one user. It is safe for concurrent use; turns are taken one after another.
type Echo struct {
	options    Options
	matcher    *matcher
	vocabulary *vocabulary
	masker     masker
	api        *apiServer

	mu       sync.Mutex
	disabled bool     // the skill, in the Alexa app
	unlinked bool     // whatever Options.Token says
	session  *session // nil while none is open
	screen   string   // the token of the document on the screen
}

// session is what the skill and the user have begun together.
type session struct {
	id         string
	begun      bool // the skill has seen it
	attributes attributes
	listening  bool // the microphone is open
	reprompt   string
	dialog     *dialog // what was asked with a Dialog directive; nil if nothing was
}

// New makes an Echo and starts its API server on loopback; Close stops it. It refuses a model that it cannot listen to and
// options that make no device.
func New(o Options) (*Echo, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	m, err := newMatcher(o.Model)
	if err != nil {
		return nil, fmt.Errorf("echo: %w", err)
	}
	if err := checkDialogs(o.Model); err != nil {
		return nil, fmt.Errorf("echo: interaction model: %w", err)
	}
	api, err := startAPI(o)
	if err != nil {
		return nil, fmt.Errorf("echo: start API server: %w", err)
	}
	return &Echo{
		options:    o,
		matcher:    m,
		vocabulary: newVocabulary(o.ApplicationID, o.Model.LanguageModel.Types),
		masker:     newMasker(o.Model),
		api:        api,
	}, nil
}

// Close stops the API server. The session, if one is open, is forgotten; End ends it first.
func (e *Echo) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.session = nil
	return e.api.close()
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	var problems []error
	need := func(ok bool, what string) {
		if !ok {
			problems = append(problems, errors.New(what))
		}
	}
	if o.Locale == "" {
		o.Locale = "en-US"
	}
	if o.Device == "" {
		o.Device = Home
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Units == "" {
		o.Units = "METRIC"
	}
	need(o.Model != nil, "no interaction model")
	need(strings.HasPrefix(o.Locale, "en-"), fmt.Sprintf("the locale %q is not English", o.Locale))
	need(slices.Contains([]Kind{Home, Show, Car}, o.Device), fmt.Sprintf("no device of the kind %q", string(o.Device)))
	need(o.ApplicationID != "", "no application id")
	need(o.Send != nil, "no way to send")
	need(o.Now != nil, "no clock")
	need(o.NewID != nil, "no ids")
	need(o.Units == "METRIC" || o.Units == "IMPERIAL", fmt.Sprintf("the units %q are neither METRIC nor IMPERIAL", o.Units))
	need(o.Speed >= 0, "a negative speed")
	// A skill loads the zone by this name, which a fixed or local zone does not have.
	_, err := time.LoadLocation(o.Zone.String())
	need(err == nil && o.Zone != time.Local, fmt.Sprintf("the time zone %q has no IANA name", o.Zone))
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	if o.UserID == "" {
		o.UserID = "amzn1.ask.account." + o.NewID()
	}
	if o.DeviceID == "" {
		o.DeviceID = "amzn1.ask.device." + o.NewID()
	}
	return nil
}

// open starts a session.
func (e *Echo) open() {
	e.session = &session{id: "amzn1.echo-api.session." + e.options.NewID(), attributes: attributes{}}
}
