package skill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// files reads the test data of one kind, by name without its ending.
func files(t testing.TB, kind string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", kind, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test data for %s: %v", kind, err)
	}
	found := make(map[string][]byte, len(paths))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(path), ".json")] = data
	}
	return found
}

func mustDecode(t testing.TB, name string) *Request {
	t.Helper()
	r, err := Decode(files(t, "requests")[name])
	if err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
	return r
}

func sameJSON(t testing.TB, got, want []byte) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("got is not JSON: %v", err)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatalf("want is not JSON: %v", err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRequestsLoseNothing(t *testing.T) {
	seen := make(map[string]bool)
	for name, data := range files(t, "requests") {
		t.Run(name, func(t *testing.T) {
			r, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			seen[r.Body.Type] = true
			again, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, again, data)
		})
	}
	for kind := range knownTypes {
		if !seen[kind] {
			t.Errorf("no test data for %s", kind)
		}
	}
}

func TestResponsesLoseNothing(t *testing.T) {
	directives, cards := make(map[string]bool), make(map[string]bool)
	for name, data := range files(t, "responses") {
		t.Run(name, func(t *testing.T) {
			var r Response
			if err := json.Unmarshal(data, &r); err != nil {
				t.Fatal(err)
			}
			for _, d := range r.Body.Directives {
				directives[d.Type()] = true
			}
			if r.Body.Card != nil {
				cards[r.Body.Card.Type] = true
			}
			again, err := Encode(&r)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, again, data)
		})
	}
	for kind := range directiveDecoders {
		if !directives[kind] {
			t.Errorf("no test data for %s", kind)
		}
	}
	for _, kind := range []string{CardSimple, CardStandard, CardLinkAccount, CardPermissions} {
		if !cards[kind] {
			t.Errorf("no test data for card %s", kind)
		}
	}
}

func TestUnknownDirectiveIsKept(t *testing.T) {
	const body = `{"version":"1.0","response":{"directives":[{"type":"AudioPlayer.Stop","x":{"y":1}},{"x":2}]}}`
	var r Response
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	if got := []string{r.Body.Directives[0].Type(), r.Body.Directives[1].Type()}; !slices.Equal(got, []string{"AudioPlayer.Stop", ""}) {
		t.Errorf("got types %q", got)
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, again, []byte(body))
}

func TestDirectivesOfTheWrongShape(t *testing.T) {
	for _, body := range []string{`{}`, `[1,2`, `[{"type":"Dialog.ElicitSlot","slotToElicit":1}]`, `"x"`} {
		var d Directives
		if err := json.Unmarshal([]byte(body), &d); err == nil {
			t.Errorf("%s: got %v, want an error", body, d)
		}
	}
	d := Directives{DialogDelegate{}}
	if err := json.Unmarshal([]byte(`null`), &d); err != nil || d != nil {
		t.Errorf("null: got %v, %v, want nothing", d, err)
	}
}

func TestSessionEnd(t *testing.T) {
	for _, row := range []struct {
		state SessionEnd
		wire  string
		open  bool
	}{
		{SessionUnsaid, `{}`, false},
		{SessionEnds, `{"shouldEndSession":true}`, false},
		{SessionStaysOpen, `{"shouldEndSession":false}`, true},
		{SessionNull, `{"shouldEndSession":null}`, true},
	} {
		got, err := json.Marshal(ResponseBody{ShouldEndSession: row.state})
		if err != nil || string(got) != row.wire {
			t.Errorf("state %d: got %s, %v, want %s", row.state, got, err, row.wire)
		}
		var back ResponseBody
		if err := json.Unmarshal([]byte(row.wire), &back); err != nil || back.ShouldEndSession != row.state {
			t.Errorf("%s: got %d, %v, want %d", row.wire, back.ShouldEndSession, err, row.state)
		}
		if row.state.Open() != row.open {
			t.Errorf("state %d: got open %t", row.state, !row.open)
		}
	}
	var b ResponseBody
	if err := json.Unmarshal([]byte(`{"shouldEndSession":"no"}`), &b); err == nil {
		t.Error(`"no": got no error`)
	}
	if got, err := json.Marshal(ResponseBody{ShouldEndSession: 9}); err == nil {
		t.Errorf("state 9: got %s, want an error", got)
	}
}

func TestOutOfSession(t *testing.T) {
	r := mustDecode(t, "skill-account-linked")
	if r.Session != nil {
		t.Errorf("got a session %v, want none", r.Session)
	}
	if got := r.Context.System.Application.ApplicationID; got == "" {
		t.Error("no application id in context.System")
	}
	if r.Context.System.Device.Supports(InterfaceAPL) {
		t.Error("no device supports an interface")
	}
}

func TestDevice(t *testing.T) {
	for name, want := range map[string]bool{"intent-show": true, "launch": false} {
		if got := mustDecode(t, name).Context.System.Device.Supports(InterfaceAPL); got != want {
			t.Errorf("%s: got APL %t, want %t", name, got, want)
		}
	}
	r := mustDecode(t, "intent-show")
	if got := r.Context.System.Person.AuthenticationConfidenceLevel.Level; got != 300 {
		t.Errorf("got confidence %d, want 300", got)
	}
	if got := r.Body.Intent.Slots["date"].Source; got != "USER" {
		t.Errorf("got source %q, want USER", got)
	}
}

// with changes a small valid request.
func with(change func(m, request, system map[string]any)) []byte {
	system := map[string]any{"application": map[string]any{"applicationId": "amzn1.ask.skill.x"}, "user": map[string]any{"userId": "u"}}
	request := map[string]any{"type": "LaunchRequest", "requestId": "r", "timestamp": "2031-05-06T21:00:00Z", "locale": "en-US"}
	m := map[string]any{"version": "1.0", "context": map[string]any{"System": system}, "request": request}
	change(m, request, system)
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}

type object = map[string]any

func TestDecodeIsLenient(t *testing.T) {
	for name, body := range map[string][]byte{
		"unknown members": with(func(m, r, s object) { m["new"], r["new"], s["new"] = object{"a": 1}, []int{1}, nil }),
		"unknown type":    with(func(_, r, _ object) { r["type"] = "AudioPlayer.PlaybackStarted" }),
		"unknown type that uses our names": with(func(_, r, _ object) {
			r["type"], r["intent"], r["error"], r["token"] = "Some.New.Thing", "text", 7, object{}
		}),
		"unknown enum values": with(func(_, r, _ object) { r["dialogState"], r["reason"] = "PAUSED", "BORED" }),
		"no locale":           with(func(_, r, _ object) { delete(r, "locale") }),
		"null locale":         with(func(_, r, _ object) { r["locale"] = nil }),
		"fraction":            with(func(_, r, _ object) { r["timestamp"] = "2031-05-06T21:00:00.123456Z" }),
		"offset":              with(func(_, r, _ object) { r["timestamp"] = "2031-05-06T14:00:00-07:00" }),
		"offset, no colon":    with(func(_, r, _ object) { r["timestamp"] = "2031-05-06T14:00:00.5-0700" }),
		"speed unknown": with(func(m, _, _ object) {
			m["context"].(object)["Geolocation"] = object{"speed": object{"speedInMetersPerSecond": -1}}
		}),
	} {
		r, err := Decode(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Body.RequestID != "r" || r.Context.System.User.UserID != "u" {
			t.Errorf("%s: lost the request id or the user", name)
		}
	}
}

func TestTimestamp(t *testing.T) {
	const want = "2031-05-06T21:00:00Z"
	for _, text := range []Timestamp{"2031-05-06T21:00:00Z", "2031-05-06T21:00:00.000Z", "2031-05-06T14:00:00-07:00", "2031-05-06T14:00:00-0700"} {
		at, err := text.Time()
		if err != nil || at.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") != want {
			t.Errorf("%s: got %s, %v", text, at, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)
	for _, row := range []struct{ name, body, reason string }{
		{"empty", "", "not one JSON value: byte 0"},
		{"truncated", `{"version":"1.0","sess`, "not one JSON value: byte 22"},
		{"trailing data", string(with(func(_, _, _ object) {})) + "{}", "not one JSON value"},
		{"a list", "[]", "not a request envelope"},
		{"null", "null", "member context.System.application.applicationId is missing"},
		{"invalid UTF-8", "{\"version\":\"\xff\"}", "not valid UTF-8"},
		{"nested", deep, "nested deeper than 64 levels"},
		{"nested in an open string", `{"a":"\\\"` + strings.Repeat("[", 99), "not one JSON value"},
		{"huge", `{"a":"` + strings.Repeat("x", MaxRequestBytes) + `"}`, "larger than 262144 bytes"},
		{"request is text", string(with(func(m, _, _ object) { m["request"] = "4821" })), "member request has the wrong JSON type"},
		{"user id is a number", string(with(func(_, _, s object) { s["user"] = object{"userId": 4821} })), "member context.System.user.userId has the wrong JSON type"},
		{"intent is text", string(with(func(_, r, _ object) { r["type"], r["intent"] = "IntentRequest", "4821" })), "member request.intent has the wrong JSON type"},
		{"unknown type, but the user is text", string(with(func(_, r, s object) { r["type"], s["user"] = "New", "4821" })), "member context.System.user has the wrong JSON type"},
		{"no type", string(with(func(_, r, _ object) { delete(r, "type") })), "member request.type is missing"},
		{"no request id", string(with(func(_, r, _ object) { delete(r, "requestId") })), "member request.requestId is missing"},
		{"no timestamp", string(with(func(_, r, _ object) { delete(r, "timestamp") })), "member request.timestamp is missing"},
		{"no such day", string(with(func(_, r, _ object) { r["timestamp"] = "2031-02-30T00:00:00Z" })), "member request.timestamp is not an ISO 8601 instant"},
		{"a date alone", string(with(func(_, r, _ object) { r["timestamp"] = "2031-02-03" })), "member request.timestamp is not an ISO 8601 instant"},
		{"a timestamp in milliseconds", string(with(func(_, r, _ object) { r["timestamp"] = 1935867600000 })), "member request.timestamp has the wrong JSON type"},
		{"no application", string(with(func(_, _, s object) { delete(s, "application") })), "applicationId is missing"},
		{"a session without id", string(with(func(m, _, s object) { m["session"] = object{"application": s["application"]} })), "member session.sessionId is missing"},
		{"no intent", string(with(func(_, r, _ object) { r["type"] = "IntentRequest" })), "member request.intent is missing"},
		{"an intent without name", string(with(func(_, r, _ object) { r["type"], r["intent"] = "IntentRequest", object{} })), "member request.intent.name is missing"},
		{"a long slot name", string(with(func(_, r, _ object) {
			r["type"], r["intent"] = "IntentRequest", object{"name": "X", "slots": object{"4821": object{"name": strings.Repeat("4821", 99)}}}
		})), "member request.intent.slots is too long"},
		{"a long user id", string(with(func(_, _, s object) { s["user"] = object{"userId": strings.Repeat("4821", 64)} })), "member context.System.user.userId is too long"},
		{"off the earth", string(with(func(m, _, _ object) {
			m["context"].(object)["Geolocation"] = object{"coordinate": object{"latitudeInDegrees": 91, "longitudeInDegrees": -4821}}
		})), "latitudeInDegrees is out of range; member context.Geolocation.coordinate.longitudeInDegrees is out of range"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := Decode([]byte(row.body))
			bad, ok := errors.AsType[*BadRequest](err)
			if !ok {
				t.Fatalf("got %v, %v, want a *BadRequest", r, err)
			}
			if !strings.Contains(bad.Reason, row.reason) {
				t.Errorf("got reason %q, want %q", bad.Reason, row.reason)
			}
			if strings.Contains(err.Error(), "4821") {
				t.Errorf("the reason shows the payload: %s", err)
			}
		})
	}
}

// TestNothingSecretIsPrinted prints and logs every part of a request that a careless line may hold.
func TestNothingSecretIsPrinted(t *testing.T) {
	r := mustDecode(t, "intent-pin")
	car, linked := mustDecode(t, "intent-car"), mustDecode(t, "skill-account-linked")
	person := mustDecode(t, "intent-show").Context.System.Person
	input := mustDecode(t, "input-request").Body.Input
	input.Slots["car"] = Slot{Name: "car", Value: "0123"}
	tokens := &Permissions{ConsentToken: "3xample"}
	parts := []any{
		input, tokens, User{Permissions: tokens}, RequestBody{Input: input}, Session{User: r.Context.System.User},
		r, *r, r.Body, r.Body.Intent, r.Body.Intent.Slots, Slots(r.Body.Intent.Slots), r.Body.Intent.Slots["pin"], r.Body.Intent.Slots["pin"].SlotValue,
		r.Session, r.Session.User, r.Context, r.Context.System, r.Context.System.User, r.Context.System.APIAccessToken,
		car, car.Context, car.Context.Geolocation, linked.Body.Body, person,
	}
	var out bytes.Buffer
	text, asJSON := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, part := range parts {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", part, part, part, part, part, part)
		text.Info("x", "part", part)
		if _, isMap := part.(map[string]Slot); !isMap { // no type of ours to carry a method
			asJSON.Info("x", "part", part)
		}
	}
	for _, secret := range []string{"0123", "3xample", "49.28", "-123.1"} {
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, secret) {
				t.Errorf("%q is shown: %s", secret, line)
			}
		}
	}
}
