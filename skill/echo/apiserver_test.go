package echo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
)

// dial sends a request to the API server of the device that the skill was told of.
func dial(t *testing.T, method, url, token, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(data))
}

// progress is the body of a progressive response.
func progress(requestID, speech string) string {
	return fmt.Sprintf(`{"header":{"requestId":%q},"directive":{"type":"VoicePlayer.Speak","speech":%q}}`, requestID, speech)
}

func TestProgress(t *testing.T) {
	e := setup(t, &place{}, nil)
	var statuses []int
	e.options.Send = func(_ context.Context, body []byte) ([]byte, error) {
		r, err := skill.Decode(body)
		if err != nil {
			return nil, err
		}
		system := r.Context.System
		speak := func(token, body string) {
			status, _ := dial(t, http.MethodPost, system.APIEndpoint+"/v1/directives", token, body)
			statuses = append(statuses, status)
		}
		good, id := string(system.APIAccessToken), r.Body.RequestID
		speak(good, progress(id, "One moment."))
		speak(good, progress(id, "<speak>Still <emphasis>looking</emphasis>.</speak>"))
		speak("", progress(id, "x"))
		speak("guess", progress(id, "x"))
		speak(good, progress("another", "x"))
		speak(good, progress(id, " "))
		speak(good, progress(id, strings.Repeat("x", 601)))
		speak(good, progress(id, "<speak>open"))
		speak(good, progress(id, "<speak><blink>x</blink></speak>"))
		speak(good, strings.Replace(progress(id, "x"), "VoicePlayer.Speak", "AudioPlayer.Play", 1))
		speak(good, `{"header":`)
		speak(good, `{"header":"`+strings.Repeat("x", maxDirectiveBytes)+`"}`)
		speak(good, progress(id, "Three."))
		speak(good, progress(id, "Four."))
		speak(good, progress(id, "Five."))
		speak(good, progress(id, "Six."))
		return []byte(answers(asks)(r)), nil
	}
	turn := say(t, e, "order a pizza")
	want := []int{204, 204, 401, 401, 403, 400, 400, 400, 400, 400, 400, 400, 204, 204, 204, 403}
	if !slices.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
	if want := []string{"One moment.", "Still looking.", "Three.", "Four.", "Five."}; !slices.Equal(turn.Progress, want) {
		t.Errorf("heard %q, want %q", turn.Progress, want)
	}
}

// Nothing is spoken into a request that is over, or into the end of a session.
func TestProgressTooLate(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	say(t, e, "order a pizza")
	r := p.last(t)
	status, _ := dial(t, http.MethodPost, e.api.url+"/v1/directives", string(r.Context.System.APIAccessToken), progress(r.Body.RequestID, "Too late."))
	if status != http.StatusForbidden {
		t.Errorf("status %d", status)
	}

	e.options.Send = func(_ context.Context, body []byte) ([]byte, error) {
		r, err := skill.Decode(body)
		if err != nil {
			return nil, err
		}
		status, _ = dial(t, http.MethodPost, e.api.url+"/v1/directives", string(r.Context.System.APIAccessToken), progress(r.Body.RequestID, "Bye."))
		return []byte(`{"version":"1.0","response":{}}`), nil
	}
	turn := say(t, e, "exit")
	if status != http.StatusForbidden || len(turn.Progress) != 0 {
		t.Errorf("at the end: status %d, heard %q", status, turn.Progress)
	}
}

func TestSettings(t *testing.T) {
	for _, row := range []struct{ units, degrees string }{{"METRIC", "CELSIUS"}, {"IMPERIAL", "FAHRENHEIT"}} {
		p := &place{answer: answers(asks)}
		e := setup(t, p, func(o *Options) { o.Units = row.units })
		say(t, e, "order a pizza")
		system := p.last(t).Context.System
		token := string(system.APIAccessToken)
		settings := system.APIEndpoint + "/v2/devices/" + system.Device.DeviceID + "/settings/"
		for _, c := range []struct {
			url, token string
			status     int
			answer     string
		}{
			{settings + "System.timeZone", token, 200, `"America/Vancouver"`},
			{settings + "System.distanceUnits", token, 200, `"` + row.units + `"`},
			{settings + "System.temperatureUnit", token, 200, `"` + row.degrees + `"`},
			{settings + "System.timeZone", "", 401, ""},
			{settings + "System.timeZone", token + "x", 401, ""},
			{settings + "System.mood", token, 404, ""},
			{strings.Replace(settings, system.Device.DeviceID, "another", 1) + "System.timeZone", token, 404, ""},
			{system.APIEndpoint + "/v1/other", token, 404, ""},
		} {
			status, answer := dial(t, http.MethodGet, c.url, c.token, "")
			if status != c.status || c.answer != "" && answer != c.answer {
				t.Errorf("%s: %d %s, want %d %s", c.url, status, answer, c.status, c.answer)
			}
		}
		// The next request has a token of its own.
		say(t, e, "order a pizza")
		if status, _ := dial(t, http.MethodGet, settings+"System.timeZone", token, ""); status != 401 {
			t.Errorf("an old token: %d", status)
		}
		if bytes.Contains(say(t, e, "order a pizza").Request, []byte(p.last(t).Context.System.APIAccessToken)) {
			t.Error("the API access token is shown")
		}
	}
}

func TestCloseTwice(t *testing.T) {
	e := setup(t, &place{answer: answers(asks)}, nil)
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
