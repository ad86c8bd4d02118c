package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/skill/notify"
)

var good = notify.Notice{
	User: "amzn1.ask.account.alex", Region: notify.NorthAmerica, Reference: "ref~1", Life: time.Hour,
	What: notify.Message{Creator: "your Golf: the trunk was left open", Count: 1, Urgent: true},
}

// alexa is what the client talks to, without a network: its answers in turn, the last one for ever.
type alexa struct {
	mu      sync.Mutex
	tokens  []string // what the token endpoint answers
	answers []answer // what the event endpoint answers
	fetched []url.Values
	events  []*http.Request
	bodies  []string
}

type answer struct {
	status int
	header string // Retry-After
	fails  error
	takes  time.Duration
}

func (a *alexa) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	if r.URL.Host == "api.amazon.com" {
		defer a.mu.Unlock()
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		a.fetched = append(a.fetched, form)
		said := a.tokens[min(len(a.fetched), len(a.tokens))-1]
		if status, ok := map[string]int{"400": 400, "429": 429, "503": 503}[said]; ok {
			return respond(status, `{"error":"invalid_client","error_description":"the-secret is wrong"}`, ""), nil
		}
		return respond(http.StatusOK, said, ""), nil
	}
	a.events, a.bodies = append(a.events, r), append(a.bodies, string(body))
	next := a.answers[min(len(a.events), len(a.answers))-1]
	a.mu.Unlock()
	if next.takes > 0 {
		select {
		case <-time.After(next.takes):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if next.fails != nil {
		return nil, next.fails
	}
	return respond(next.status, `{"message":"amzn1.ask.account.alex"}`, next.header), nil
}

func respond(status int, body, retryAfter string) *http.Response {
	return &http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "Retry-After": {retryAfter}},
	}
}

const firstToken = `{"access_token":"token-1","expires_in":3600,"token_type":"bearer"}`

func tokenNamed(name string) string { return strings.Replace(firstToken, "token-1", name, 1) }

func client(t *testing.T, a *alexa, change func(*notify.Options)) *notify.Client {
	t.Helper()
	if a.tokens == nil {
		a.tokens = []string{firstToken}
	}
	o := notify.Options{
		ClientID: "amzn1.application-oa2-client.1", ClientSecret: "the-secret", Locales: []string{"en-US", "es-US"},
		HTTP: &http.Client{Transport: a}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	c, err := notify.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSendSaysWhatAmazonDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock stands at 2000-01-01T00:00:00Z
		for name, row := range map[string]struct {
			what notify.Template
			want string
		}{
			"an urgent message": {good.What, `{"timestamp":"2000-01-01T00:00:00.000Z","referenceId":"ref~1","expiryTime":"2000-01-01T01:00:00.000Z",
				"event":{"name":"AMAZON.MessageAlert.Activated","payload":{"state":{"status":"UNREAD","freshness":"NEW"},
				"messageGroup":{"creator":{"name":"your Golf: the trunk was left open"},"count":1,"urgency":"URGENT"}}},
				"localizedAttributes":[{"locale":"en-US"},{"locale":"es-US"}],
				"relevantAudience":{"type":"Unicast","payload":{"user":"amzn1.ask.account.alex"}}}`},
			"two messages": {notify.Message{Creator: "your car", Count: 2}, `{"timestamp":"2000-01-01T00:00:00.000Z","referenceId":"ref~1",
				"expiryTime":"2000-01-01T01:00:00.000Z",
				"event":{"name":"AMAZON.MessageAlert.Activated","payload":{"state":{"status":"UNREAD","freshness":"NEW"},
				"messageGroup":{"creator":{"name":"your car"},"count":2}}},
				"localizedAttributes":[{"locale":"en-US"},{"locale":"es-US"}],
				"relevantAudience":{"type":"Unicast","payload":{"user":"amzn1.ask.account.alex"}}}`},
			"a delivery": {notify.Delivered{Seller: "UPS"}, `{"timestamp":"2000-01-01T00:00:00.000Z","referenceId":"ref~1",
				"expiryTime":"2000-01-01T01:00:00.000Z",
				"event":{"name":"AMAZON.OrderStatus.Updated","payload":{"state":{"status":"ORDER_DELIVERED"},
				"order":{"seller":{"name":"localizedattribute:sellerName"}}}},
				"localizedAttributes":[{"locale":"en-US","sellerName":"UPS"},{"locale":"es-US","sellerName":"UPS"}],
				"relevantAudience":{"type":"Unicast","payload":{"user":"amzn1.ask.account.alex"}}}`},
		} {
			a := &alexa{answers: []answer{{status: 202}}}
			n := good
			n.What = row.what
			if err := client(t, a, nil).Send(t.Context(), n); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var want bytes.Buffer
			if err := json.Compact(&want, []byte(row.want)); err != nil {
				t.Fatal(err)
			}
			if a.bodies[0] != want.String() {
				t.Errorf("%s:\n got %s\nwant %s", name, a.bodies[0], want.String())
			}
			if got := a.events[0].Header.Get("Authorization"); got != "Bearer token-1" {
				t.Errorf("%s: authorized by %q", name, got)
			}
			form := a.fetched[0]
			for field, want := range map[string]string{
				"grant_type": "client_credentials", "scope": "alexa::proactive_events",
				"client_id": "amzn1.application-oa2-client.1", "client_secret": "the-secret",
			} {
				if form.Get(field) != want {
					t.Errorf("the token is asked for with %s=%q, want %q", field, form.Get(field), want)
				}
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		stage  notify.Stage
		region notify.Region
		want   string
	}{
		{"", notify.NorthAmerica, "https://api.amazonalexa.com/v1/proactiveEvents"},
		{notify.Live, notify.Europe, "https://api.eu.amazonalexa.com/v1/proactiveEvents"},
		{notify.Live, notify.FarEast, "https://api.fe.amazonalexa.com/v1/proactiveEvents"},
		{notify.Development, notify.NorthAmerica, "https://api.amazonalexa.com/v1/proactiveEvents/stages/development"},
		{notify.Development, notify.Europe, "https://api.eu.amazonalexa.com/v1/proactiveEvents/stages/development"},
	} {
		a := &alexa{answers: []answer{{status: 202}}}
		n := good
		n.Region = row.region
		if err := client(t, a, func(o *notify.Options) { o.Stage = row.stage }).Send(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if got := a.events[0].URL.String(); got != row.want {
			t.Errorf("%s %s: sent to %s, want %s", row.stage, row.region, got, row.want)
		}
	}
}

// TestStatuses walks what Alexa may answer: the result, and how often it is asked.
func TestStatuses(t *testing.T) {
	for name, row := range map[string]struct {
		answers []answer
		want    notify.Result
		calls   int
		takes   time.Duration
	}{
		"accepted":              {[]answer{{status: 202}}, notify.Accepted, 1, 0},
		"sent before":           {[]answer{{status: 409}}, notify.AlreadySent, 1, 0},
		"our mistake":           {[]answer{{status: 400}}, notify.Rejected, 1, 0},
		"gone":                  {[]answer{{status: 404}}, notify.Rejected, 1, 0},
		"elsewhere":             {[]answer{{status: 307}}, notify.Rejected, 1, 0},
		"not subscribed":        {[]answer{{status: 403}}, notify.NotSubscribed, 1, 0},
		"not our token":         {[]answer{{status: 401}}, notify.Unavailable, 1, 0},
		"limit of the skill":    {[]answer{{status: 432}}, notify.Limited, 1, 0},
		"too fast":              {[]answer{{status: 429}, {status: 202}}, notify.Accepted, 2, 250 * time.Millisecond},
		"too fast, says when":   {[]answer{{status: 429, header: "5"}, {status: 202}}, notify.Accepted, 2, 5 * time.Second},
		"says a day":            {[]answer{{status: 429, header: "60000"}, {status: 202}}, notify.Accepted, 2, 30 * time.Second},
		"a fault, then known":   {[]answer{{status: 500}, {status: 409}}, notify.AlreadySent, 2, 250 * time.Millisecond},
		"a fault that stays":    {[]answer{{status: 503}}, notify.Unavailable, 4, 1750 * time.Millisecond},
		"a lost connection":     {[]answer{{fails: errors.New("reset")}, {status: 202}}, notify.Accepted, 2, 250 * time.Millisecond},
		"no answer, then known": {[]answer{{takes: time.Hour}, {status: 409}}, notify.AlreadySent, 2, 3250 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			a := &alexa{answers: row.answers}
			var seen []notify.Result
			err := client(t, a, func(o *notify.Options) { o.Observe = func(r notify.Result) { seen = append(seen, r) } }).Send(t.Context(), good)
			wantResult(t, name, err, row.want)
			if len(seen) != 1 || seen[0] != row.want {
				t.Errorf("%s: observed %v, want %s", name, seen, row.want)
			}
			if len(a.events) != row.calls || time.Since(began) != row.takes {
				t.Errorf("%s: asked %d times in %s, want %d in %s", name, len(a.events), time.Since(began), row.calls, row.takes)
			}
		})
	}
}

func wantResult(t *testing.T, name string, err error, want notify.Result) {
	t.Helper()
	got := notify.Accepted
	if e, failed := errors.AsType[*notify.Error](err); failed {
		got = e.Result
	} else if err != nil {
		t.Errorf("%s: got %v, want a *notify.Error", name, err)
	}
	if want == notify.AlreadySent {
		want = notify.Accepted // to the caller they are one
	}
	if got != want {
		t.Errorf("%s: got %v, want %s", name, err, want)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "alex.") || strings.Contains(err.Error(), "Golf")) {
		t.Errorf("%s: the error says too much: %v", name, err)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := &alexa{answers: []answer{{status: 429, header: "20"}}}
		began := time.Now()
		wantResult(t, "while waiting", client(t, a, nil).Send(ctx, good), notify.Unavailable)
		if took := time.Since(began); took != time.Second || len(a.events) != 1 {
			t.Errorf("took %s and %d calls, want one second and one", took, len(a.events))
		}
		wantResult(t, "before it began", client(t, a, nil).Send(ctx, good), notify.Unavailable)
	})
}

func TestTokenIsKeptAndRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alexa{answers: []answer{{status: 202}}, tokens: []string{firstToken, tokenNamed("token-2"), tokenNamed("token-3")}}
		c := client(t, a, nil)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := c.Send(t.Context(), good); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		wantTokens(t, a, "at once", 1)
		time.Sleep(58 * time.Minute)
		send(t, c)
		wantTokens(t, a, "before its last minute", 1)
		time.Sleep(time.Minute)
		send(t, c)
		wantTokens(t, a, "in its last minute", 2)
		if got := a.events[len(a.events)-1].Header.Get("Authorization"); got != "Bearer token-2" {
			t.Errorf("sent with %q", got)
		}
	})
}

func send(t *testing.T, c *notify.Client) {
	t.Helper()
	if err := c.Send(t.Context(), good); err != nil {
		t.Error(err)
	}
}

func wantTokens(t *testing.T, a *alexa, when string, want int) {
	t.Helper()
	if len(a.fetched) != want {
		t.Errorf("%s: %d tokens fetched, want %d", when, len(a.fetched), want)
	}
}

// A 403 may mean the token or the user. An old token is renewed once; a new one is beyond doubt, so that users who want
// no notifications do not cost a token each.
func TestRefusedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alexa{
			answers: []answer{{status: 202}, {status: 403}, {status: 202}, {status: 403}, {status: 403}, {status: 401}, {status: 401}},
			tokens:  []string{firstToken, tokenNamed("token-2"), tokenNamed("token-3")},
		}
		c := client(t, a, nil)
		send(t, c)
		time.Sleep(2 * time.Minute)
		wantResult(t, "revoked", c.Send(t.Context(), good), notify.Accepted)
		wantTokens(t, a, "revoked", 2)
		wantResult(t, "not subscribed", c.Send(t.Context(), good), notify.NotSubscribed)
		wantResult(t, "not subscribed either", c.Send(t.Context(), good), notify.NotSubscribed)
		wantTokens(t, a, "while the token is new", 2)
		time.Sleep(2 * time.Minute)
		wantResult(t, "refused with a new one too", c.Send(t.Context(), good), notify.Unavailable)
		wantTokens(t, a, "refused with a new one too", 3)
	})
}

func TestTokenErrors(t *testing.T) {
	for name, row := range map[string]struct {
		tokens []string
		want   notify.Result
		asked  int
	}{
		"wrong credentials": {[]string{"400"}, notify.Unavailable, 1},
		"a fault":           {[]string{"503", firstToken}, notify.Accepted, 2},
		"too fast":          {[]string{"429", firstToken}, notify.Accepted, 2},
		"no token in it":    {[]string{`{"expires_in":1}`, firstToken}, notify.Accepted, 2},
		"not JSON":          {[]string{`<html>`, firstToken}, notify.Accepted, 2},
		"no end":            {[]string{`{"access_token":"x","token_type":"bearer"}`}, notify.Accepted, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := &alexa{answers: []answer{{status: 202}}, tokens: row.tokens}
			wantResult(t, name, client(t, a, nil).Send(t.Context(), good), row.want)
			wantTokens(t, a, name, row.asked)
		})
	}
}

func TestNoticeThatAmazonWouldRefuse(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*notify.Notice){
		"nobody":                      func(n *notify.Notice) { n.User = "" },
		"a user that is none":         func(n *notify.Notice) { n.User = "\xff" },
		"a user that is too long":     func(n *notify.Notice) { n.User = strings.Repeat("u", 1025) },
		"no region":                   func(n *notify.Notice) { n.Region = "" },
		"another region":              func(n *notify.Notice) { n.Region = "moon" },
		"no reference":                func(n *notify.Notice) { n.Reference = "" },
		"a reference as UUIDs are":    func(n *notify.Notice) { n.Reference = "9f96ac5e-b341" },
		"a long reference":            func(n *notify.Notice) { n.Reference = strings.Repeat("r", 101) },
		"a life that is too short":    func(n *notify.Notice) { n.Life = 5*time.Minute - time.Second },
		"a life that is too long":     func(n *notify.Notice) { n.Life = 24*time.Hour + time.Second },
		"nothing":                     func(n *notify.Notice) { n.What = nil },
		"no message":                  func(n *notify.Notice) { n.What = notify.Message{Creator: "your car"} },
		"from nobody":                 func(n *notify.Notice) { n.What = notify.Message{Count: 1} },
		"from digits":                 func(n *notify.Notice) { n.What = notify.Message{Creator: "4821", Count: 1} },
		"a creator without an end":    func(n *notify.Notice) { n.What = notify.Message{Creator: strings.Repeat("c", 121), Count: 1} },
		"a creator on two lines":      func(n *notify.Notice) { n.What = notify.Message{Creator: "your\ncar", Count: 1} },
		"delivered by nobody":         func(n *notify.Notice) { n.What = notify.Delivered{} },
		"delivered by broken letters": func(n *notify.Notice) { n.What = notify.Delivered{Seller: "UPS\xff\u202e"} },
	} {
		a := &alexa{answers: []answer{{status: 202}}}
		n := good
		change(&n)
		wantResult(t, name, client(t, a, nil).Send(t.Context(), n), notify.Rejected)
		if len(a.events)+len(a.fetched) != 0 {
			t.Errorf("%s: something was sent", name)
		}
	}
}

func TestNewRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*notify.Options){
		"no id":            func(o *notify.Options) { o.ClientID = "" },
		"no secret":        func(o *notify.Options) { o.ClientSecret = "" },
		"another stage":    func(o *notify.Options) { o.Stage = "beta" },
		"no locales":       func(o *notify.Options) { o.Locales = nil },
		"a blank locale":   func(o *notify.Options) { o.Locales = []string{""} },
		"no clock":         func(o *notify.Options) { o.Now = nil },
		"no log":           func(o *notify.Options) { o.Log = nil },
		"a token in clear": func(o *notify.Options) { o.TokenURL = "http://api.amazon.com/auth/O2/token" },
		"events in clear":  func(o *notify.Options) { o.Hosts = map[notify.Region]string{notify.Europe: "http://192.0.2.1"} },
		"no host":          func(o *notify.Options) { o.Hosts = map[notify.Region]string{notify.Europe: ""} },
	} {
		o := notify.Options{ClientID: "id", ClientSecret: "the-secret", Locales: []string{"en-US"}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		change(&o)
		c, err := notify.New(o)
		if err == nil || c != nil || strings.Contains(err.Error(), "the-secret") {
			t.Errorf("%s: got %v, %v; want an error without the secret", name, c, err)
		}
	}
}
