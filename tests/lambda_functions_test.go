package tests

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo/bell"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// shipped builds a function as it is shipped, once for all tests.
func shipped(t testing.TB, function string) string {
	t.Helper()
	path, err := shippedFunctions[function]()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var shippedFunctions = map[string]func() (string, error){
	"skill":  sync.OnceValues(func() (string, error) { return bootstrap("skill", "shipped") }),
	"owner":  sync.OnceValues(func() (string, error) { return bootstrap("owner", "shipped") }),
	"events": sync.OnceValues(func() (string, error) { return bootstrap("events", "shipped") }),
}

// cloudless is the environment of a function that reaches nothing.
func cloudless(more ...string) []string {
	const nowhere = "http://127.0.0.1:1"
	return append([]string{
		"TRUNKPASS_APPLICATION_ID=" + applicationID, "TRUNKPASS_CLOUD_URL=" + nowhere, "TRUNKPASS_TABLE=trunkpass",
		"TRUNKPASS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:trunkpass",
		"AWS_ENDPOINT_URL_DYNAMODB=" + nowhere, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + nowhere,
		"TRUNKPASS_OWNER_URL=https://owner.example.com/owner", "TRUNKPASS_NOTIFICATION_STAGE=live",
	}, more...)
}

// startFunction starts a function; logged ends it, and gives all that it has printed.
func startFunction(t testing.TB, function string, environment []string) (f *runtimeapi.Function, logged func() string) {
	t.Helper()
	log := &lockedLog{}
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Options{Bootstrap: shipped(t, function), Env: environment, Output: log})
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	logged = func() string {
		t.Helper()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		return log.String()
	}
	t.Cleanup(func() { logged() })
	return f, logged
}

// A function that is not set up says everything that is missing, and does not start.
func TestFunctionsNameWhatIsMissing(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"skill": "TRUNKPASS_APPLICATION_ID", "owner": "TRUNKPASS_OWNER_URL", "events": "TRUNKPASS_NOTIFICATION_STAGE",
	} {
		log := &lockedLog{}
		f, err := runtimeapi.Start(t.Context(), runtimeapi.Options{Bootstrap: shipped(t, function), Output: log})
		if err == nil {
			_ = f.Close()
		}
		if !errors.Is(err, runtimeapi.ErrExited) || !strings.Contains(log.String(), want+" is not set") || !strings.Contains(log.String(), "TRUNKPASS_TABLE is not set") {
			t.Errorf("%s starts with nothing set: %v\n%s", function, err, log)
		}
	}
}

// What a person can be told is told; what Alexa should send again, or never sends, is an error.
func TestSkillFunctionWithoutWorld(t *testing.T) {
	t.Parallel()
	f, logged := startFunction(t, "skill", cloudless())
	request := func(id, body string) []byte {
		return fmt.Appendf(nil, `{"version":"1.0","session":{"new":true,"sessionId":"s","application":{"applicationId":%[1]q},"user":{"userId":"u","accessToken":"a-token"}},
			"context":{"System":{"application":{"applicationId":%[1]q},"user":{"userId":"u","accessToken":"a-token"}}},
			"request":{"requestId":"r","timestamp":%[2]q,"locale":"en-US",%[3]s}}`, id, time.Now().UTC().Format(time.RFC3339), body)
	}
	turn := `"type":"IntentRequest","intent":{"name":"CheckTires","confirmationStatus":"NONE"}`
	for _, tt := range []struct {
		name    string
		payload []byte
		want    string // in the answer; nothing for an error
	}{
		{"a turn while the cloud is away", request(applicationID, turn), `<speak>`},
		{"the session is over", request(applicationID, `"type":"SessionEndedRequest","reason":"USER_INITIATED"`), `{"version":"1.0","response":{}}`},
		{"a skill event while the store is away", request(applicationID, `"type":"AlexaSkillEvent.SkillEnabled","eventCreationTime":"2031-05-06T12:00:00Z"`), ""},
		{"another skill", request("amzn1.ask.skill.other", turn), ""},
		{"no request", []byte(`null`), ""},
		{"no JSON", []byte(`{`), ""},
		{"a large request", []byte(`"` + strings.Repeat("x", 1<<20) + `"`), ""},
	} {
		answer, err := f.Invoke(t.Context(), tt.payload)
		_, failed := errors.AsType[*runtimeapi.FunctionError](err)
		if failed != (tt.want == "") || !strings.Contains(string(answer), tt.want) {
			t.Errorf("%s: %s, %v; want %q", tt.name, answer, err, tt.want)
		}
	}
	log := logged()
	if strings.Contains(log, "a-token") {
		t.Errorf("the token stands in the log: %s", log)
	}
	if want := `"Intent":"CheckTires","Outcome":"apologized"`; !strings.Contains(log, want) {
		t.Errorf("metrics lack %s:\n%s", want, log)
	}
}

// invokeURL sends an HTTP request through a function as a Function URL would.
func invokeURL(ctx context.Context, f *runtimeapi.Function, r *http.Request) (events.LambdaFunctionURLResponse, error) {
	var answer events.LambdaFunctionURLResponse
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return answer, err
	}
	e := events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery, Headers: map[string]string{},
		Body: base64.StdEncoding.EncodeToString(body), IsBase64Encoded: true,
	}
	for name := range r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(r.Header.Values(name), ",")
	}
	for _, cookie := range r.Cookies() {
		e.Cookies = append(e.Cookies, cookie.String())
	}
	delete(e.Headers, "cookie")
	e.RequestContext.DomainName, e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = "owner.example.com", r.Method, "192.0.2.7"
	payload, err := json.Marshal(e)
	if err != nil {
		return answer, err
	}
	out, err := f.Invoke(ctx, payload)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(out, &answer)
}

func sessionKeys() [][]byte { return [][]byte{make([]byte, 32)} }

// The owner page asks to sign in, at the dongle cloud, as soon as it can read its secret.
func TestOwnerFunction(t *testing.T) {
	t.Parallel()
	get := func(f *runtimeapi.Function, path string) events.LambdaFunctionURLResponse {
		t.Helper()
		answer, err := invokeURL(t.Context(), f, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	away, logged := startFunction(t, "owner", cloudless())
	if answer := get(away, "/owner/"); answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(logged(), "not ready") {
		t.Errorf("without its secret: %d\n%s", answer.StatusCode, logged())
	}
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(t.TempDir(), "garage.db"), Seed: seed, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	secrets := newCounter(t, secretsManager(t, map[string]any{
		"pepper": make([]byte, 32), "owner_client_id": "owner-page", "owner_client_secret": "hush", "owner_session_keys": sessionKeys(),
	}))
	f, logged := startFunction(t, "owner", cloudless("AWS_ENDPOINT_URL_SECRETS_MANAGER="+secrets.URL, "TRUNKPASS_CLOUD_URL="+cloud.URL()))
	if n := secrets.all(); n != 0 {
		t.Errorf("%d calls before the first request", n)
	}
	for range 2 {
		answer := get(f, "/owner/")
		if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Body, "/owner/sign-in") {
			t.Fatalf("a stranger gets %d: %s\n%s", answer.StatusCode, answer.Body, logged())
		}
	}
	answer := get(f, "/owner/sign-in")
	if where := answer.Headers["Location"]; !strings.Contains(where, "/oauth/authorize?") || len(answer.Cookies) == 0 || !strings.Contains(answer.Cookies[0], "Secure") {
		t.Errorf("signing in: %d to %q, cookies %q", answer.StatusCode, where, answer.Cookies)
	}
	if n := secrets.all(); n != 1 {
		t.Errorf("the secret was read %d times", n)
	}
	if log := logged(); strings.Contains(log, "hush") {
		t.Errorf("a secret stands in the log: %s", log)
	}
}

// A message of the cloud reaches the owner's Alexa once, whatever else comes to the address.
func TestEventsFunction(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	d := &desk{t: t, clock: &clock{}}
	d.clock.at.Store(&begun)
	d.options.Now = time.Now
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(t.TempDir(), "garage.db"), Seed: seed, Now: time.Now})
	must(err)
	t.Cleanup(func() { must(cloud.Close()) })
	d.garageURL, d.controlURL, d.demo = cloud.URL(), cloud.ControlURL(), cloud.Demo()
	alexa, err := bell.New(bell.Options{ClientID: "messaging", ClientSecret: "hush", Locales: models.Locales(), Now: time.Now})
	must(err)
	t.Cleanup(func() { must(alexa.Close()) })
	engine := dynamotest.Start(t)
	client, table := engine.Table(t)
	accounts, err := dynamo.New(dynamo.Options{Client: client, Table: table, Now: time.Now})
	must(err)
	d.ring = &ring{alexa, accounts}
	must(d.subscribe(true))

	var f *runtimeapi.Function
	var logged func() string
	must(d.register(func(secret string) (http.Handler, error) {
		secrets := secretsManager(t, map[string]any{"webhook_secrets": []string{secret}, "notify_client_id": "messaging", "notify_client_secret": "hush"})
		f, logged = startFunction(t, "events", cloudless("AWS_ENDPOINT_URL_SECRETS_MANAGER="+secrets, "AWS_ENDPOINT_URL_DYNAMODB="+engine.URL,
			"TRUNKPASS_TABLE="+table, "TRUNKPASS_ALEXA_URL="+alexa.URL()))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer, err := invokeURL(context.WithoutCancel(r.Context()), f, r)
			if err != nil {
				answer.StatusCode = http.StatusBadGateway
			}
			w.WriteHeader(answer.StatusCode)
		}), nil
	}))
	for range 2 {
		_, err = d.control(http.MethodPost, "/control", "golf unplugged")
		must(err)
		_, err = d.control(http.MethodPost, "/control", "deliver events")
		must(err)
	}
	heard, err := alexa.Read(t.Context(), alexaUser)
	must(err)
	if len(heard) != 1 || !strings.HasPrefix(heard[0], "You have one new message from your car") {
		t.Errorf("heard %q\n%s", heard, logged())
	}
	forged := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"type":"vehicle_alert"}`))
	forged.Header.Set("Content-Type", "application/json")
	answer, err := invokeURL(t.Context(), f, forged)
	if err != nil || answer.StatusCode < 400 || answer.StatusCode >= 500 {
		t.Errorf("a forged message: %d, %v", answer.StatusCode, err)
	}
	log := logged()
	for _, want := range []string{`"Result":"accepted"`, `"WebhooksRefused":1`, `"WebhookFailures":0`} {
		if !strings.Contains(log, want) {
			t.Errorf("metrics lack %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "hush") || strings.Contains(log, "whsec_") || strings.Contains(log, "WebhookFailures\":1") {
		t.Errorf("a secret or a failure stands in the log:\n%s", log)
	}
}
