// Package device asks Alexa about the device that the user speaks to (its time zone and units), and speaks
// through it while the user waits for an answer.
//
// Both go to the endpoint that the request itself names, with the token that it carries, and nowhere else:
// redirects are not followed. Package skill decodes that request; conversations (package intents) ask here
// before they name an hour or a pressure. The package knows no car and no account.
package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill"
)

const (
	// callTimeout bounds one call inside the turn's own deadline: an answer without the device's settings is
	// better than none.
	callTimeout = 2 * time.Second
	// maxAnswer is far above the few dozen bytes of a setting.
	maxAnswer = 4 << 10
	// maxProgress is the longest progressive response that Alexa speaks, in characters.
	maxProgress = 600
	// keepFor is how long a setting is believed. People rarely move house, and never in a hurry.
	keepFor = 24 * time.Hour
	// maxKept bounds the settings kept, three for each device; the oldest goes first.
	maxKept = 3 * 4096
)

// Client calls Alexa's APIs. Its methods are safe for concurrent use; a Client must not be copied after its
// first use.
type Client struct {
	// HTTP makes the calls; nil means the default transport. Its redirect policy and cookies are not used.
	HTTP *http.Client
	// Now tells the age of what is remembered.
	Now func() time.Time

	mu    sync.Mutex
	known cache
}

// Units are the device's units of measurement.
type Units struct {
	Distance    string // Metric or Imperial
	Temperature string // Celsius or Fahrenheit
}

// The units that Alexa knows.
const (
	Metric     = "METRIC"
	Imperial   = "IMPERIAL"
	Celsius    = "CELSIUS"
	Fahrenheit = "FAHRENHEIT"
)

// The settings that need no consent of the user.
const (
	timeZone        = "System.timeZone"
	distanceUnits   = "System.distanceUnits"
	temperatureUnit = "System.temperatureUnit"
)

// TimeZone gives the zone of the device. An answer is remembered for 24 hours per device. Any error means that
// the zone cannot be told now; nothing about it is worth a sentence to the user.
func (c *Client) TimeZone(ctx context.Context, s skill.System) (*time.Location, error) {
	name, err := c.setting(ctx, s, timeZone, isZone)
	if err != nil {
		return nil, fmt.Errorf("ask for the time zone: %w", err)
	}
	return time.LoadLocation(name)
}

// isZone refuses also the two names that Go takes for the zones of its own.
func isZone(name string) bool {
	zone, err := time.LoadLocation(name)
	return err == nil && name != "" && zone != time.Local
}

// Units gives the units of the device, asking for both at once. An answer is remembered for 24 hours per
// device. Any error means that they cannot be told now.
func (c *Client) Units(ctx context.Context, s skill.System) (Units, error) {
	var u Units
	var distanceErr, temperatureErr error
	var both sync.WaitGroup
	both.Go(func() { u.Distance, distanceErr = c.setting(ctx, s, distanceUnits, isDistance) })
	both.Go(func() { u.Temperature, temperatureErr = c.setting(ctx, s, temperatureUnit, isTemperature) })
	both.Wait()
	if err := errors.Join(distanceErr, temperatureErr); err != nil {
		return Units{}, fmt.Errorf("ask for the units: %w", err)
	}
	return u, nil
}

func isDistance(unit string) bool    { return unit == Metric || unit == Imperial }
func isTemperature(unit string) bool { return unit == Celsius || unit == Fahrenheit }

// setting reads one setting of the device, a JSON string, and keeps it if it is valid.
func (c *Client) setting(ctx context.Context, s skill.System, name string, valid func(string) bool) (string, error) {
	if s.Device == nil || strings.Trim(s.Device.DeviceID, ".") == "" {
		return "", errors.New("the request names no device")
	}
	base, err := endpoint(s)
	if err != nil {
		return "", err
	}
	address := base + "/v2/devices/" + url.PathEscape(s.Device.DeviceID) + "/settings/" + name
	if value, ok := c.remembered(address); ok {
		return value, nil
	}
	answer, err := c.call(ctx, http.MethodGet, address, s.APIAccessToken, nil, http.StatusOK)
	if err != nil {
		return "", err
	}
	var value string
	if err := json.Unmarshal(answer, &value); err != nil || !valid(value) {
		return "", fmt.Errorf("the answer is no %s", name)
	}
	c.remember(address, value)
	return value, nil
}

// Progress speaks a <speak> element of at most 600 characters while the user waits for the response to r, which
// must be a LaunchRequest or an IntentRequest. It returns when Alexa has taken it: what arrives after the
// response is dropped, so finish this first. Alexa takes at most five for one request, and each costs time of
// the turn.
func (c *Client) Progress(ctx context.Context, r *skill.Request, ssml string) error {
	if r.Body.Type != skill.TypeLaunchRequest && r.Body.Type != skill.TypeIntentRequest {
		return fmt.Errorf("speak in between: not while answering a %s", r.Body.Type)
	}
	if n := utf8.RuneCountInString(ssml); n > maxProgress || !strings.HasPrefix(ssml, "<speak>") || !strings.HasSuffix(ssml, "</speak>") {
		return fmt.Errorf("speak in between: not one <speak> element of at most %d characters", maxProgress)
	}
	base, err := endpoint(r.Context.System)
	if err != nil {
		return fmt.Errorf("speak in between: %w", err)
	}
	var p progress
	p.Header.RequestID = r.Body.RequestID
	p.Directive.Type = "VoicePlayer.Speak"
	p.Directive.Speech = ssml
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("speak in between: %w", err)
	}
	_, err = c.call(ctx, http.MethodPost, base+"/v1/directives", r.Context.System.APIAccessToken, body, http.StatusNoContent)
	if err != nil {
		return fmt.Errorf("speak in between: %w", err)
	}
	return nil
}

// progress is the body of POST /v1/directives.
type progress struct {
	Header struct {
		RequestID string `json:"requestId"`
	} `json:"header"`
	Directive struct {
		Type   string `json:"type"`
		Speech string `json:"speech"`
	} `json:"directive"`
}

// endpoint gives the base address of Alexa's APIs without a closing slash. The token travels there, so it must
// be https; plain http is for a pretend Alexa on this machine.
func endpoint(s skill.System) (string, error) {
	if s.APIAccessToken == "" {
		return "", errors.New("the request carries no token for Alexa's APIs")
	}
	u, err := url.Parse(s.APIEndpoint)
	if err != nil || u.Hostname() == "" || u.User != nil || u.ForceQuery || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("the request names no usable API endpoint")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return "", errors.New("the request's API endpoint is neither https nor on this machine")
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// call makes one call and gives the body of an answer with the wanted status. Errors leave out the
// address, which names the device.
func (c *Client) call(ctx context.Context, method, address string, token skill.Secret, body []byte, want int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address is not usable")
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.client().Do(request)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, failed.Err
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // whatever matters has been read
	if answer.StatusCode != want {
		return nil, fmt.Errorf("alexa answers %d", answer.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(data) > maxAnswer {
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	return data, nil
}

// client is the caller's, except that it neither follows redirects nor keeps cookies: the token must not
// travel on.
func (c *Client) client() *http.Client {
	var own http.Client
	if c.HTTP != nil {
		own = *c.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Jar = nil
	return &own
}
