package bell_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/echo/bell"
)

// clock is a time that moves when the test says so.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func start(t *testing.T) (*bell.Bell, *clock) {
	t.Helper()
	c := &clock{time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)}
	b, err := bell.New(bell.Options{ClientID: "id", ClientSecret: "the-secret", Locales: []string{"en-US", "es-US"}, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Subscribe("alex", true)
	return b, c
}

func post(t *testing.T, address, kind, authorization, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func form(changes ...string) string {
	values := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"the-secret"}, "scope": {"alexa::proactive_events"},
	}
	for i := 0; i < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
	}
	return values.Encode()
}

func authorization(t *testing.T, b *bell.Bell) string {
	t.Helper()
	status, answer := post(t, b.TokenURL(), "application/x-www-form-urlencoded", "", form())
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(answer), &token); err != nil || status != http.StatusOK || token.AccessToken == "" || token.ExpiresIn != 3600 {
		t.Fatalf("get a token: %d %s, %v", status, answer, err)
	}
	return "Bearer " + token.AccessToken
}

const opened = `{"timestamp":"2031-05-06T21:00:00.000Z","referenceId":"ref~1","expiryTime":"2031-05-06T22:00:00.000Z",
	"event":{"name":"AMAZON.MessageAlert.Activated","payload":{"state":{"status":"UNREAD","freshness":"NEW"},
		"messageGroup":{"creator":{"name":"Jane Doe"},"count":3}}},
	"localizedAttributes":[{"locale":"en-US"},{"locale":"es-US"}],
	"relevantAudience":{"type":"Unicast","payload":{"user":"alex"}}}`

var delivered = strings.NewReplacer(
	"AMAZON.MessageAlert.Activated", "AMAZON.OrderStatus.Updated", "ref~1", "ref~2",
	`{"state":{"status":"UNREAD","freshness":"NEW"},
		"messageGroup":{"creator":{"name":"Jane Doe"},"count":3}}`,
	`{"state":{"status":"ORDER_DELIVERED"},"order":{"seller":{"name":"localizedattribute:sellerName"}}}`,
	`{"locale":"en-US"},{"locale":"es-US"}`, `{"locale":"en-US","sellerName":"UPS"},{"locale":"es-US","sellerName":"UPS"}`,
).Replace(opened)

const (
	events      = "/v1/proactiveEvents"
	development = "/v1/proactiveEvents/stages/development"
)

func wantWaiting(t *testing.T, when string, got []string, err error, want ...string) {
	t.Helper()
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: got %q, %v; want %q", when, got, err, want)
	}
}

func TestNotificationsWaitUntilTheyAreRead(t *testing.T) {
	t.Parallel()
	b, c := start(t)
	token := authorization(t, b)
	authorization(t, b) // another caller's; the first stays good
	for path, body := range map[string]string{development: opened, events: delivered} {
		if status, answer := post(t, b.URL()+path, "application/json", token, body); status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
	}
	far := bell.Far{URL: b.URL(), HTTP: http.DefaultClient}
	texts, err := far.Waiting(t.Context(), "alex")
	slices.Sort(texts)
	both := []string{"You have three new messages from Jane Doe.", "Your order from UPS has been delivered."}
	wantWaiting(t, "from afar", texts, err, both...)
	texts, err = far.Waiting(t.Context(), "sam")
	wantWaiting(t, "of another user", texts, err)
	texts, err = far.Read(t.Context(), "alex")
	slices.Sort(texts)
	wantWaiting(t, "read from afar", texts, err, both...)
	texts, err = b.Waiting(t.Context(), "alex")
	wantWaiting(t, "once read", texts, err)

	urgent := strings.NewReplacer("ref~1", "ref~3", `"count":3`, `"count":1,"urgency":"URGENT"`).Replace(opened)
	if status, answer := post(t, b.URL()+events, "application/json", token, urgent); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	texts, err = b.Waiting(t.Context(), "alex")
	wantWaiting(t, "urgent", texts, err, "You have one new urgent message from Jane Doe.")
	c.at = c.at.Add(time.Hour)
	texts, err = b.Read(t.Context(), "alex")
	wantWaiting(t, "expired", texts, err)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b, c := start(t)
	token := authorization(t, b)
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(opened) }
	rows := []struct {
		name, kind, token, body string
		status                  int
	}{
		{"no token", "application/json", "", opened, 403},
		{"another token", "application/json", "Bearer other", opened, 403},
		{"not JSON by type", "text/plain", token, opened, 400},
		{"not JSON", "application/json", token, `{`, 400},
		{"two", "application/json", token, opened + opened, 400},
		{"an unknown member", "application/json", token, change(`"referenceId"`, `"to":"x","referenceId"`), 400},
		{"too large", "application/json", token, opened + string(bytes.Repeat([]byte(" "), 32<<10)), 400},
		{"a reference as UUIDs are", "application/json", token, change("ref~1", "ref-1"), 400},
		{"a long reference", "application/json", token, change("ref~1", strings.Repeat("r", 101)), 400},
		{"no reference", "application/json", token, change("ref~1", ""), 400},
		{"a time in words", "application/json", token, change("2031-05-06T21:00:00.000Z", "now"), 400},
		{"another time", "application/json", token, change("2031-05-06T21:00:00.000Z", "2031-05-06T21:06:00.000Z"), 400},
		{"an end in words", "application/json", token, change("2031-05-06T22:00:00.000Z", "later"), 400},
		{"a short life", "application/json", token, change("2031-05-06T22:00:00.000Z", "2031-05-06T21:04:59.000Z"), 400},
		{"a long life", "application/json", token, change("2031-05-06T22:00:00.000Z", "2031-05-07T21:00:01.000Z"), 400},
		{"everybody", "application/json", token, change("Unicast", "Multicast"), 400},
		{"nobody", "application/json", token, change(`"alex"`, `""`), 400},
		{"no localized attributes", "application/json", token, change(`"localizedAttributes":[{"locale":"en-US"},{"locale":"es-US"}],`, ""), 400},
		{"a locale too few", "application/json", token, change(`,{"locale":"es-US"}`, ""), 400},
		{"another schema", "application/json", token, change("MessageAlert", "SmallTalk"), 400},
		{"another status", "application/json", token, change("UNREAD", "READ"), 400},
		{"another freshness", "application/json", token, change("NEW", "OLD"), 400},
		{"free text", "application/json", token, change(`"count":3`, `"count":3,"text":"hello"`), 400},
		{"no messages", "application/json", token, change(`"count":3`, `"count":0`), 400},
		{"from nobody", "application/json", token, change("Jane Doe", " "), 400},
		{"from somebody localized", "application/json", token, change("Jane Doe", "localizedattribute:name"), 400},
		{"an order of another status", "application/json", token, strings.Replace(delivered, "ORDER_DELIVERED", "ORDER_LOST", 1), 400},
		{"an order with free text", "application/json", token, strings.Replace(delivered, `"order":{`, `"order":{"text":"hello",`, 1), 400},
		{"an order of a seller without a name", "application/json", token, strings.Replace(delivered, `"es-US","sellerName":"UPS"`, `"es-US"`, 1), 400},
		{"a user who does not want it", "application/json", token, change(`"alex"`, `"sam"`), 403},
	}
	for _, row := range rows {
		if status, answer := post(t, b.URL()+events, row.kind, row.token, row.body); status != row.status {
			t.Errorf("%s: got %d %s, want %d", row.name, status, answer, row.status)
		}
	}
	texts, err := b.Waiting(t.Context(), "alex")
	wantWaiting(t, "after refusals", texts, err)

	b.Refuse(429, 432, 500)
	for i, want := range []int{429, 432, 500, 202, 409} {
		if status, _ := post(t, b.URL()+events, "application/json", token, opened); status != want {
			t.Errorf("call %d: got %d, want %d", i+1, status, want)
		}
	}
	c.at = c.at.Add(time.Hour)
	if status, _ := post(t, b.URL()+events, "application/json", token, opened); status != 403 {
		t.Errorf("with an expired token: got %d, want 403", status)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	b, _ := start(t)
	for name, body := range map[string]string{
		"another grant":  form("grant_type", "password"),
		"another id":     form("client_id", "other"),
		"another secret": form("client_secret", "other"),
		"another scope":  form("scope", "alexa:skill_messaging"),
		"not a form":     "%zz",
	} {
		if status, answer := post(t, b.TokenURL(), "application/x-www-form-urlencoded", "", body); status < 400 || strings.Contains(answer, "the-secret") {
			t.Errorf("%s: got %d %s", name, status, answer)
		}
	}
}

func TestFarAway(t *testing.T) {
	t.Parallel()
	b, _ := start(t)
	far := bell.Far{URL: b.URL(), HTTP: http.DefaultClient}
	if texts, err := far.Waiting(t.Context(), ""); err == nil {
		t.Errorf("for nobody: got %q, want an error", texts)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]bell.Far{"gone": far, "no address": {URL: "::", HTTP: http.DefaultClient}} {
		if texts, err := f.Read(t.Context(), "alex"); err == nil {
			t.Errorf("%s: got %q, want an error", name, texts)
		}
	}
}

func TestNewRefusesOptions(t *testing.T) {
	t.Parallel()
	if b, err := bell.New(bell.Options{ClientID: "id", ClientSecret: "secret", Locales: []string{"en-US"}}); err == nil {
		_ = b.Close()
		t.Error("a bell without a clock was made")
	}
}
