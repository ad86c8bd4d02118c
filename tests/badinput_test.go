package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// letter is a request that Alexa could have sent, to be bent.
type letter map[string]any

// put sets a member by its path ("context.System.user"); nil takes it out.
func (l letter) put(path string, value any) {
	node := map[string]any(l)
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		child, ok := node[name].(map[string]any)
		if !ok {
			child = map[string]any{}
			node[name] = child
		}
		node = child
	}
	if last := names[len(names)-1]; value == nil {
		delete(node, last)
	} else {
		node[last] = value
	}
}

// bent is the request with some members put to other values.
func bent(t *testing.T, request []byte, pathValue ...any) string {
	t.Helper()
	var l letter
	if err := json.Unmarshal(request, &l); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pathValue); i += 2 {
		l.put(pathValue[i].(string), pathValue[i+1])
	}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBadInput throws at the built server what Alexa would never send. Each gets a status and a reason that
// shows nothing of what was sent, the log holds no panic, and a driver is answered as before.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newServedWorld(t, storyAt(t))
	var good []byte
	send := w.options.Send
	w.options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
		good = body
		return send(ctx, body)
	}
	answersADriver(t, w)
	bend := func(pathValue ...any) string { return bent(t, good, pathValue...) }

	for name, tc := range map[string]struct {
		body   string
		status int
		reason string
	}{
		"nothing":             {"", 400, "not one JSON value"},
		"malformed":           {`{"version":}`, 400, "not one JSON value"},
		"cut short":           {string(good[:len(good)/2]), 400, "not one JSON value"},
		"two values":          {string(good) + string(good), 400, "not one JSON value"},
		"no object":           {`"hello"`, 400, ""},
		"null":                {`null`, 400, ""},
		"a list":              {`[]`, 400, ""},
		"deep":                {strings.Repeat("[", 100_000), 400, "nested deeper"},
		"deep and whole":      {strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), 400, "nested deeper"},
		"deep objects":        {strings.Repeat(`{"a":`, 40_000), 400, "nested deeper"},
		"deep in a member":    {strings.Replace(string(good), "{", `{"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+",", 1), 400, "nested deeper"},
		"huge":                {strings.Replace(string(good), "{", `{"x":"`+strings.Repeat("a", 300<<10)+`",`, 1), 413, "too large"},
		"no UTF-8":            {strings.Replace(string(good), "en-US", "en-\xff\xfe", 1), 400, "not valid UTF-8"},
		"no UTF-8 in unknown": {strings.Replace(string(good), "{", "{\"x\":\"\xc3\x28\",", 1), 400, "not valid UTF-8"},
		"no request":          {bend("request", nil), 400, "is missing"},
		"no context":          {bend("context", nil), 400, "is missing"},
		"no request id":       {bend("request.requestId", nil), 400, "is missing"},
		"no type":             {bend("request.type", nil), 400, "is missing"},
		"no timestamp":        {bend("request.timestamp", nil), 400, "is missing"},
		"no intent":           {bend("request.intent", nil), 400, "is missing"},
		"request a list":      {bend("request", []any{}), 400, "wrong JSON type"},
		"session a text":      {bend("session", "open"), 400, "wrong JSON type"},
		"attributes a list":   {bend("session.attributes", []any{1}), 400, "wrong JSON type"},
		"intent a text":       {bend("request.intent", "CheckTires"), 400, "wrong JSON type"},
		"slots a list":        {bend("request.intent.slots", []any{}), 400, "wrong JSON type"},
		"slot a number":       {bend("request.intent.slots.car", 5), 400, "wrong JSON type"},
		"value a number":      {bend("request.intent.slots.car.value", 5), 400, "wrong JSON type"},
		"token a number":      {bend("context.System.user.accessToken", 12345678901), 400, "wrong JSON type"},
		"timestamp a number":  {bend("request.timestamp", 1936126800000), 400, "wrong JSON type"},
		"timestamp a word":    {bend("request.timestamp", "yesterday"), 400, "not an ISO 8601 instant"},
		"no such day":         {bend("request.timestamp", "2031-13-45T99:99:99Z"), 400, "not an ISO 8601 instant"},
		"a year too far":      {bend("request.timestamp", "99999-01-01T00:00:00Z"), 400, "not an ISO 8601 instant"},
		"long ago":            {bend("request.timestamp", "0001-01-01T00:00:00Z"), 200, "tire is low"}, // the clock that counts is ours
		"far ahead":           {bend("request.timestamp", "9999-12-31T23:59:59Z"), 200, "tire is low"},
		"off this earth":      {bend("context.Geolocation.coordinate", letter{"latitudeInDegrees": 1e9, "longitudeInDegrees": 0, "accuracyInMeters": 1}), 400, "out of range"},
		"number too large":    {strings.Replace(string(good), "{", `{"x":1e99999,`, 1), 200, ""}, // an unknown member is not looked at
		"another skill":       {bend("context.System.application.applicationId", "amzn1.ask.skill.somebody-else"), 400, "another skill"},
		"another language":    {bend("request.locale", "tlh-KX"), 400, "a language this skill does not speak"},
		"no language":         {bend("request.locale", nil), 400, ""},
		"language a path":     {bend("request.locale", "../../en-US"), 400, "a language this skill does not speak"},
		"another request":     {bend("request.type", "Alexa.Tea.Served"), 200, `{"version":"1.0","response":{}}`},
		"another, bent":       {bend("request.type", "Alexa.Tea.Served", "request.intent", 7), 200, `{"version":"1.0","response":{}}`},
		"another intent":      {bend("request.intent.name", "MakeTea"), 200, "shouldEndSession"},
		"no intent name":      {bend("request.intent.name", ""), 400, "is missing"},
		"a slot of no intent": {bend("request.intent.slots.tea", letter{"name": "tea", "value": "green"}), 200, "outputSpeech"},
		"open a number":       {bend("session.attributes.open", 7, "request.intent.name", "AMAZON.YesIntent"), 200, "outputSpeech"},
		"open about nothing":  {bend("session.attributes.open", stale(`{}`), "request.intent.name", "AMAZON.HelpIntent"), 200, "outputSpeech"},
		"open about a tea":    {bend("session.attributes.open", stale(`{"asking":"tea"}`), "request.intent.name", "AMAZON.HelpIntent"), 200, "outputSpeech"},
		"a token of nobody":   {bend("context.System.user.accessToken", "nobody"), 200, "LinkAccount"},
		"a token in lines":    {bend("context.System.user.accessToken", "a\r\nX-Evil: 1"), 200, "outputSpeech"},
	} {
		t.Run(name, func(t *testing.T) {
			status, kind, answer := knock(t, http.MethodPost, w.alexaURL, "application/json", strings.NewReader(tc.body))
			if status != tc.status || !strings.Contains(answer, tc.reason) {
				t.Errorf("%d %s, want %d and %q", status, answer, tc.status, tc.reason)
			}
			if status >= http.StatusBadRequest {
				problemOnly(t, status, kind, answer)
			}
		})
	}
	knocksOtherwise(t, w.alexaURL, good)
	answersADriver(t, w)
}

// stale is an open question of the tire conversation whose state is not what the conversation left in it.
func stale(data string) letter {
	return letter{"flow": "tires", "version": 1, "step": "car", "asked": storyInstant, "data": json.RawMessage(data)}
}

// knocksOtherwise bends what is around the body.
func knocksOtherwise(t *testing.T, url string, good []byte) {
	t.Helper()
	for _, contentType := range []string{"", "text/plain", "application/xml", "application/json;;", "application/jsonp", "multipart/form-data; boundary=x"} {
		status, kind, answer := knock(t, http.MethodPost, url, contentType, bytes.NewReader(good))
		if status != http.StatusUnsupportedMediaType {
			t.Errorf("content type %q: %d %s, want 415", contentType, status, answer)
		}
		problemOnly(t, status, kind, answer)
	}
	if status, _, answer := knock(t, http.MethodPost, url, "application/json;charset=UTF-8", bytes.NewReader(good)); status != http.StatusOK {
		t.Errorf("as Alexa sends it: %d %s", status, answer)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
		if status, _, _ := knock(t, method, url, "application/json", bytes.NewReader(good)); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d, want 405", method, status)
		}
	}
	for _, path := range []string{"/", "/alexa/", "/healthz/", "/debug/pprof/"} {
		if status, _, _ := knock(t, http.MethodPost, strings.TrimSuffix(url, "/alexa")+path, "application/json", bytes.NewReader(good)); status != http.StatusNotFound {
			t.Errorf("POST %s: %d, want 404", path, status)
		}
	}
	// A body whose length nobody tells in advance is bounded as well.
	endless := io.LimitReader(spaces{}, 10<<20)
	if status, kind, answer := knock(t, http.MethodPost, url, "application/json", io.MultiReader(endless)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("without end: %d %s %s, want 413", status, kind, answer)
	}
	health := strings.TrimSuffix(url, "/alexa") + "/healthz"
	if status, _, answer := knock(t, http.MethodGet, health, "", nil); status != http.StatusOK || answer != "ok\n" {
		t.Errorf("GET /healthz: %d %q", status, answer)
	}
	if status, _, _ := knock(t, http.MethodPost, health, "", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("POST /healthz: %d, want 405", status)
	}
	floodsHeaders(t, url)
}

// spaces never ends.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func floodsHeaders(t *testing.T, url string) {
	t.Helper()
	one, many := http.Header{}, http.Header{}
	one.Set("X-Flood", strings.Repeat("a", 24<<10))
	for i := range 2000 {
		many.Set(fmt.Sprintf("X-Flood-%d", i), strings.Repeat("a", 24))
	}
	for name, header := range map[string]http.Header{"one long header": one, "many headers": many} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(url, "/alexa")+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s: %s, want 431", name, response.Status)
		}
	}
}

// knock makes one request and reads the answer whole.
func knock(t *testing.T, method, url, contentType string, body io.Reader) (status int, kind, answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), turnTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(text)
}

// problemOnly proves that a refusal is a problem document of its status with a reason, and shows nothing of the
// request.
func problemOnly(t *testing.T, status int, kind, answer string) {
	t.Helper()
	var members map[string]any
	err := json.Unmarshal([]byte(answer), &members)
	if kind != "application/problem+json" || err != nil || members["title"] != http.StatusText(status) || members["status"] != float64(status) {
		t.Errorf("not a problem document for %d: %s %s", status, kind, answer)
	}
	if detail, _ := members["detail"].(string); detail == "" || len(members) != 3 {
		t.Errorf("%d without a reason: %s", status, answer)
	}
	for _, shown := range []string{"somebody-else", "yesterday", "tlh-KX", "Tea", "12345678901"} {
		if strings.Contains(answer, shown) {
			t.Errorf("it repeats what was sent: %s", answer)
		}
	}
}

// answersADriver asks about the tires, and wants the answer and no effect.
func answersADriver(t *testing.T, w *servedWorld) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), turnTime)
	defer cancel()
	turn, err := w.echo().Say(ctx, "what's my tire pressure")
	if err != nil || !strings.Contains(turn.Speech, "front left tire is low") {
		t.Fatalf("a driver hears %q, %v", turn.Speech, err)
	}
	if got, err := w.ledger(); err != nil || !slices.Equal(got, nil) {
		t.Errorf("the cloud did %q, %v", got, err)
	}
}
