// Package notify sends notifications to Alexa, which says them when their user asks: the Proactive Events API.
//
// Free text does not exist there. A notice is one of two templates of Amazon's, [Message] and [Delivered], with a name
// filled in; Alexa makes the sentence in the user's language. The package knows no car and no account: owner/word
// decides who hears what, and skill/echo/bell stands in for Alexa at home.
//
// Whatever is sent can be heard by anybody in the room. The names that callers fill in are theirs to answer for.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Stage is which version of the skill the users have enabled.
type Stage string

// The stages.
const (
	Live        Stage = "live"
	Development Stage = "development"
)

// Region is where Alexa keeps a user.
type Region string

// The regions: North America, Europe with India, the Far East with Australia.
const (
	NorthAmerica Region = "na"
	Europe       Region = "eu"
	FarEast      Region = "fe"
)

// Hosts are Amazon's, by region.
func Hosts() map[Region]string {
	return map[Region]string{
		NorthAmerica: "https://api.amazonalexa.com",
		Europe:       "https://api.eu.amazonalexa.com",
		FarEast:      "https://api.fe.amazonalexa.com",
	}
}

// TokenURL is where Amazon gives out tokens.
const TokenURL = "https://api.amazon.com/auth/O2/token"

// scope is what a token has to be for.
const scope = "alexa::proactive_events"

// Options say on whose behalf to send, and where.
type Options struct {
	// ClientID and ClientSecret are the skill's messaging credentials, on the Permissions page of the developer console;
	// they are not those of account linking. Required.
	ClientID, ClientSecret string
	// Stage is Live if empty.
	Stage Stage
	// Locales are all those that the skill is published in: Amazon refuses an event that leaves one out. Required.
	Locales []string
	// Hosts and TokenURL are Amazon's if empty. https, or http on a loopback address.
	Hosts    map[Region]string
	TokenURL string
	// HTTP carries the requests; nil means a client of its own. It is copied and made to follow no redirect.
	HTTP *http.Client
	Now  func() time.Time // required
	Log  *slog.Logger     // required
	// Observe hears how every notice went, for those who count. Optional.
	Observe func(Result)
}

// Client sends notices. It is safe for concurrent use.
type Client struct {
	options     Options
	http        *http.Client
	credentials clientcredentials.Config
	// held holds the token at hand. Whoever takes it out must put one back: a mutex that gives up when a context does,
	// so that many notices wait for one token and not for ever.
	held chan token
}

// New checks the options and makes a client; nothing is sent. The error lists every problem and quotes no secret.
func New(o Options) (*Client, error) {
	if o.Stage == "" {
		o.Stage = Live
	}
	if len(o.Hosts) == 0 {
		o.Hosts = Hosts()
	}
	if o.TokenURL == "" {
		o.TokenURL = TokenURL
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("alexa notifications: %w", err)
	}
	if o.Observe == nil {
		o.Observe = func(Result) {}
	}
	client := http.Client{}
	if o.HTTP != nil {
		client = *o.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		options: o,
		http:    &client,
		credentials: clientcredentials.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.TokenURL,
			Scopes: []string{scope}, AuthStyle: oauth2.AuthStyleInParams,
		},
		held: make(chan token, 1),
	}
	c.held <- token{}
	return c, nil
}

func (o Options) check() error {
	var problems []error
	need := func(ok bool, what string) {
		if !ok {
			problems = append(problems, errors.New(what))
		}
	}
	need(o.ClientID != "" && o.ClientSecret != "", "no messaging credentials")
	need(o.Stage == Live || o.Stage == Development, fmt.Sprintf("no stage %q", string(o.Stage)))
	need(len(o.Locales) > 0 && !slices.Contains(o.Locales, ""), "no locales")
	need(o.Now != nil, "no clock")
	need(o.Log != nil, "no log")
	need(secure(o.TokenURL), "the token address is neither https nor http on a loopback address")
	for region, host := range o.Hosts {
		need(secure(host), fmt.Sprintf("the address of region %q is neither https nor http on a loopback address", string(region)))
	}
	return errors.Join(problems...)
}

// secure refuses whatever would send a credential in the clear.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

// Send hands one notice to Alexa and returns nil when Alexa has it, from this attempt or an earlier one with the same
// reference. What is temporary is tried again until the context ends. Any error is an *[Error]; only one that is
// [Unavailable] may have arrived all the same, and may be sent again with the same reference.
func (c *Client) Send(ctx context.Context, n Notice) error {
	result, err := c.send(ctx, n)
	c.options.Observe(result)
	if err != nil {
		return &Error{Result: result, Err: err}
	}
	return nil
}

// Result is how a notice went.
type Result string

// The results. Accepted does not mean that anybody has heard it.
const (
	Accepted      Result = "accepted"
	AlreadySent   Result = "already_sent"   // the reference is known for this user
	NotSubscribed Result = "not_subscribed" // the user does not want to hear from the skill
	Limited       Result = "limited"        // Amazon's limit on notifications of a live skill; more do not help
	Rejected      Result = "rejected"       // a mistake of ours, which repeating does not mend
	Unavailable   Result = "unavailable"    // may succeed later
)

// Error is a notice that Alexa did not take.
type Error struct {
	Result Result // never Accepted or AlreadySent
	Err    error  // without the notice's words, its user, and any credential
}

func (e *Error) Error() string { return fmt.Sprintf("notify: %s: %v", e.Result, e.Err) }
func (e *Error) Unwrap() error { return e.Err }
