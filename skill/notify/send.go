package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	livePath        = "/v1/proactiveEvents"
	developmentPath = "/v1/proactiveEvents/stages/development"
	// limitReached is Amazon's own status for a live skill that has sent too many notifications.
	limitReached = 432

	callTimeout  = 3 * time.Second
	attempts     = 4
	firstWait    = 250 * time.Millisecond
	longestWait  = 2 * time.Second
	longestAsked = 30 * time.Second // of what Retry-After may ask for; the context usually ends before
	maxAnswer    = 4 << 10
)

// again is a failure that is worth another attempt.
type again struct {
	error
	after time.Duration // what Alexa asked for; 0 if nothing
}

func (a again) Unwrap() error { return a.error }

// waits spreads the attempts out: doubling, or as long as Alexa asks.
var waits = retrypolicy.NewBuilder[any]().
	HandleErrorTypes(again{}).
	WithMaxRetries(attempts - 1).
	WithDelayFunc(func(e failsafe.ExecutionAttempt[any]) time.Duration {
		a, _ := errors.AsType[again](e.LastError())
		doubled := firstWait << min(max(e.Attempts()-1, 0), attempts)
		return max(min(doubled, longestWait), min(a.after, longestAsked))
	}).
	ReturnLastFailure().
	Build()

func (c *Client) send(ctx context.Context, n Notice) (Result, error) {
	if err := n.check(c.options.Hosts); err != nil {
		return Rejected, err
	}
	body, err := json.Marshal(n.envelope(c.options.Now(), c.options.Locales))
	if err != nil {
		return Rejected, fmt.Errorf("encode event: %w", err)
	}
	// The result leaves through these variables and not through failsafe, which answers "canceled" for whatever was under
	// way when the context ended.
	result, last := Unavailable, error(nil)
	ended := failsafe.With[any](waits).WithContext(ctx).Run(func() error {
		result, last = c.attempt(ctx, n.Region, body)
		if last != nil && result == Unavailable {
			c.options.Log.InfoContext(ctx, "alexa did not take a notification", "region", string(n.Region), "error", last)
		}
		return last
	})
	if last == nil && result == Unavailable { // it ended before the first attempt
		last = ended
	}
	return result, last
}

// attempt sends the event once, or twice if the token may have been to blame.
func (c *Client) attempt(ctx context.Context, region Region, body []byte) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		t, result, err := c.token(ctx)
		if err != nil {
			return result, err
		}
		status, after, err := c.post(ctx, region, t.value, body)
		if err != nil {
			return Unavailable, again{error: err}
		}
		refused := status == http.StatusUnauthorized || status == http.StatusForbidden
		if refused && c.discard(t) {
			continue
		}
		return judge(status, after)
	}
}

// judge says what Amazon's statuses mean (Proactive Events REST API reference; 432 in About Proactive Events).
func judge(status int, after time.Duration) (Result, error) {
	err := fmt.Errorf("status %d", status)
	switch {
	case status == http.StatusAccepted || status == http.StatusOK:
		return Accepted, nil
	case status == http.StatusConflict:
		return AlreadySent, nil
	case status == http.StatusForbidden:
		return NotSubscribed, err
	case status == limitReached:
		return Limited, err
	case status == http.StatusUnauthorized: // with a new token: the credentials need mending, not the notice
		return Unavailable, err
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return Unavailable, again{err, after}
	default:
		return Rejected, err
	}
}

// post sends the event. Its answer says no more than its status.
func (c *Client) post(ctx context.Context, region Region, token string, body []byte) (status int, after time.Duration, err error) {
	path := livePath
	if c.options.Stage == Development {
		path = developmentPath
	}
	address := strings.TrimRight(c.options.Hosts[region], "/") + path
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, 0, errors.New("the address is not one")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Trunkpass")
	response, err := c.http.Do(request)
	if err != nil {
		return 0, 0, fmt.Errorf("send event: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is left to lose
	// Read so that the connection can be used again; what cannot be read is not needed.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		seconds = 0
	}
	return response.StatusCode, time.Duration(seconds) * time.Second, nil
}
