package device

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

var noon = time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)

// alexa is a pretend API that counts calls and answers what it is told by path.
type alexa struct {
	*httptest.Server
	calls   atomic.Int32
	mu      sync.Mutex
	answers map[string]string
}

func newAlexa(t *testing.T) *alexa {
	t.Helper()
	a := &alexa{answers: map[string]string{
		"/v2/devices/dev.1/settings/System.timeZone":        `"America/Vancouver"`,
		"/v2/devices/dev.1/settings/System.distanceUnits":   `"METRIC"`,
		"/v2/devices/dev.1/settings/System.temperatureUnit": `"CELSIUS"`,
	}}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.calls.Add(1)
		if got := r.Header.Get("Authorization"); got != "Bearer api-token" {
			t.Errorf("got authorization %q", got)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		answer, ok := a.answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *alexa) say(path, answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[path] = answer
}

func system(endpoint string) skill.System {
	return skill.System{Device: &skill.Device{DeviceID: "dev.1"}, APIEndpoint: endpoint, APIAccessToken: "api-token"}
}

func client() *Client { return &Client{Now: func() time.Time { return noon }} }

func TestSettings(t *testing.T) {
	a := newAlexa(t)
	for _, endpoint := range []string{a.URL, a.URL + "/"} {
		c := client()
		zone, err := c.TimeZone(t.Context(), system(endpoint))
		if err != nil || zone.String() != "America/Vancouver" {
			t.Errorf("got %v, %v", zone, err)
		}
		units, err := c.Units(t.Context(), system(endpoint))
		if err != nil || units != (Units{Distance: Metric, Temperature: Celsius}) {
			t.Errorf("got %v, %v", units, err)
		}
	}
}

func TestSettingsAreRememberedForADay(t *testing.T) {
	a, now := newAlexa(t), noon
	c := &Client{Now: func() time.Time { return now }}
	for _, step := range []struct {
		after time.Duration
		calls int32 // in all
		want  string
	}{
		{0, 1, "America/Vancouver"},
		{keepFor - 1, 1, "America/Vancouver"},
		{1, 2, "Europe/Berlin"},
		{time.Hour, 2, "Europe/Berlin"},
	} {
		now = now.Add(step.after)
		zone, err := c.TimeZone(t.Context(), system(a.URL))
		if err != nil || zone.String() != step.want || a.calls.Load() != step.calls {
			t.Errorf("%s later: got %v, %v after %d calls, want %s after %d", step.after, zone, err, a.calls.Load(), step.want, step.calls)
		}
		a.say("/v2/devices/dev.1/settings/System.timeZone", `"Europe/Berlin"`)
	}
}

func TestDevicesAreKeptApart(t *testing.T) {
	a, c := newAlexa(t), client()
	a.say("/v2/devices/dev.2/settings/System.timeZone", `"Europe/Berlin"`)
	other := system(a.URL)
	other.Device = &skill.Device{DeviceID: "dev.2"}
	for range 2 {
		for want, s := range map[string]skill.System{"America/Vancouver": system(a.URL), "Europe/Berlin": other} {
			if zone, err := c.TimeZone(t.Context(), s); err != nil || zone.String() != want {
				t.Errorf("got %v, %v, want %s", zone, err, want)
			}
		}
	}
}

func TestHostileSettings(t *testing.T) {
	for _, answer := range []string{
		``, `null`, `7`, `{}`, `"`, `""`, `"Local"`, `"Nowhere/Never"`, `"../../etc/passwd"`, `"/etc/localtime"`, `"America/Vancouver" 1`,
		`"METRIC"`, `"` + strings.Repeat(" ", maxAnswer) + `"`,
	} {
		a, c := newAlexa(t), client()
		a.say("/v2/devices/dev.1/settings/System.timeZone", answer)
		if zone, err := c.TimeZone(t.Context(), system(a.URL)); err == nil {
			t.Errorf("%.40q: got %v, want an error", answer, zone)
		}
		// What was refused is not remembered.
		a.say("/v2/devices/dev.1/settings/System.timeZone", `"Europe/Berlin"`)
		if _, err := c.TimeZone(t.Context(), system(a.URL)); err != nil {
			t.Errorf("%.40q: later: %v", answer, err)
		}
	}
	for _, setting := range []string{distanceUnits, temperatureUnit} {
		a := newAlexa(t)
		a.say("/v2/devices/dev.1/settings/"+setting, `"KELVIN"`)
		if units, err := client().Units(t.Context(), system(a.URL)); err == nil || units != (Units{}) {
			t.Errorf("%s: got %v, %v, want an error", setting, units, err)
		}
	}
}

func TestStatuses(t *testing.T) {
	for _, status := range []int{201, 204, 301, 302, 307, 400, 401, 403, 404, 429, 500, 503} {
		stranger := newAlexa(t) // must never hear of us
		a := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", stranger.URL)
			w.WriteHeader(status)
		}))
		t.Cleanup(a.Close)
		zone, err := client().TimeZone(t.Context(), system(a.URL))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: got %v, %v", status, zone, err)
		}
		if stranger.calls.Load() != 0 {
			t.Errorf("%d: the redirect was followed", status)
		}
	}
}

func TestEndpoints(t *testing.T) {
	var called []string
	c := client()
	c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		called = append(called, r.URL.String())
		return nil, errors.New("nobody there")
	})}
	for endpoint, want := range map[string]string{
		"https://api.amazonalexa.com":     "https://api.amazonalexa.com/v2/devices/a%2F..%2Fb%3Fc/settings/System.timeZone",
		"https://api.eu.amazonalexa.com/": "https://api.eu.amazonalexa.com/v2/devices/a%2F..%2Fb%3Fc/settings/System.timeZone",
		"http://127.0.0.1:8080":           "http://127.0.0.1:8080/v2/devices/a%2F..%2Fb%3Fc/settings/System.timeZone",
		"http://[::1]:8080":               "http://[::1]:8080/v2/devices/a%2F..%2Fb%3Fc/settings/System.timeZone",
		"http://localhost":                "http://localhost/v2/devices/a%2F..%2Fb%3Fc/settings/System.timeZone",
		"http://api.amazonalexa.com":      "",
		"http://127.0.0.1.example.com":    "",
		"http://192.168.0.1":              "",
		"ftp://127.0.0.1":                 "",
		"file:///etc/passwd":              "",
		"https://user:pass@example.com":   "",
		"https://example.com?a=1":         "",
		"https://example.com?":            "",
		"https://example.com#a":           "",
		"https://":                        "",
		"https:example.com":               "",
		"//example.com":                   "",
		"api.amazonalexa.com":             "",
		"https://exa mple.com":            "",
		"":                                "",
	} {
		called = nil
		s := system(endpoint)
		s.Device.DeviceID = "a/../b?c"
		_, err := c.TimeZone(t.Context(), s)
		if got := strings.Join(called, " "); got != want || err == nil {
			t.Errorf("%q: called %q, %v, want %q", endpoint, got, err, want)
		}
		if strings.Contains(err.Error(), "a%2F") || strings.Contains(err.Error(), "api-token") {
			t.Errorf("%q: the error names the device or the token: %v", endpoint, err)
		}
	}
}

func TestNobodyToAsk(t *testing.T) {
	a, c := newAlexa(t), client()
	for name, change := range map[string]func(*skill.System){
		"no device":         func(s *skill.System) { s.Device = nil },
		"no device id":      func(s *skill.System) { s.Device.DeviceID = "" },
		"a device of dots":  func(s *skill.System) { s.Device.DeviceID = ".." },
		"no token":          func(s *skill.System) { s.APIAccessToken = "" },
		"a token with line": func(s *skill.System) { s.APIAccessToken = "a\r\nHost: b" },
	} {
		s := system(a.URL)
		change(&s)
		if zone, err := c.TimeZone(t.Context(), s); err == nil {
			t.Errorf("%s: got %v, want an error", name, zone)
		}
	}
	if a.calls.Load() != 0 {
		t.Error("somebody was asked")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSlowAlexa(t *testing.T) {
	for budget, want := range map[time.Duration]time.Duration{time.Minute: callTimeout, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := client()
			c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})}
			ctx, cancel := context.WithTimeout(t.Context(), budget)
			defer cancel()
			began := time.Now() // the bubble's clock
			_, err := c.TimeZone(ctx, system("https://api.amazonalexa.com"))
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != want {
				t.Errorf("got %v after %s, want the deadline after %s", err, took, want)
			}
		})
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := client()
	for i := range maxKept + 10 {
		c.remember(fmt.Sprint(i), "x")
		c.remember(fmt.Sprint(i), "y")
	}
	if got := len(c.known.byAddress); got != maxKept || c.known.order.Len() != maxKept {
		t.Errorf("got %d and %d kept, want %d", got, c.known.order.Len(), maxKept)
	}
	if _, ok := c.remembered("9"); ok {
		t.Error("the oldest is still there")
	}
	if value, ok := c.remembered(fmt.Sprint(maxKept)); !ok || value != "y" {
		t.Errorf("got %q, %t, want the newest value", value, ok)
	}
}

func TestConcurrentUse(t *testing.T) {
	a, c := newAlexa(t), client()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if _, err := c.TimeZone(t.Context(), system(a.URL)); err != nil {
				t.Error(err)
			}
			if _, err := c.Units(t.Context(), system(a.URL)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestProgress(t *testing.T) {
	var method, path, kind, body string
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		method, path, kind, body = r.Method, r.URL.Path, r.Header.Get("Content-Type"), string(data)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	request := func(kind string) *skill.Request {
		return &skill.Request{Context: skill.Context{System: system(server.URL)}, Body: skill.RequestBody{Type: kind, RequestID: "req.1"}}
	}
	const ssml = "<speak>One &amp; two.</speak>"
	for _, kind := range []string{skill.TypeLaunchRequest, skill.TypeIntentRequest} {
		if err := client().Progress(t.Context(), request(kind), ssml); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if method != "POST" || path != "/v1/directives" || kind != "application/json" {
		t.Errorf("got %s %s %s", method, path, kind)
	}
	var got map[string]map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got["header"]["requestId"] != "req.1" || got["directive"]["type"] != "VoicePlayer.Speak" || got["directive"]["speech"] != ssml {
		t.Errorf("got %s", body)
	}
	body = ""
	for name, err := range map[string]error{
		"a skill event": client().Progress(t.Context(), request(skill.TypeSkillEnabled), ssml),
		"plain text":    client().Progress(t.Context(), request(skill.TypeIntentRequest), "hello"),
		"too long":      client().Progress(t.Context(), request(skill.TypeIntentRequest), "<speak>"+strings.Repeat("ü", maxProgress)+"</speak>"),
		"no endpoint":   client().Progress(t.Context(), &skill.Request{Body: skill.RequestBody{Type: skill.TypeIntentRequest}}, ssml),
	} {
		if err == nil || body != "" {
			t.Errorf("%s: got no error, or something was sent", name)
		}
	}
	for _, status = range []int{200, 400, 401, 403, 500} {
		if err := client().Progress(t.Context(), request(skill.TypeIntentRequest), ssml); err == nil {
			t.Errorf("%d: got no error", status)
		}
	}
}
