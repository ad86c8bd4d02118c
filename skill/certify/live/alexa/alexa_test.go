package alexa

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
)

var now = time.Date(2031, 5, 6, 14, 5, 0, 0, time.FixedZone("", -7*3600))

func caller(d Device) Caller {
	return Caller{
		ApplicationID: "app", Locale: "en-US", Device: d, UserID: "user", DeviceID: "device", Token: "token",
		Scopes: map[string]string{"scope": "GRANTED"}, APIEndpoint: "http://127.0.0.1:1", APIToken: "api",
	}
}

// What is sent is what the skill's own decoder takes.
func TestEnvelope(t *testing.T) {
	body := skill.RequestBody{Type: skill.TypeLaunchRequest}
	for _, c := range []struct {
		device      Device
		screen, car bool
	}{{"", false, false}, {Speaker, false, false}, {Screen, true, false}, {Car, true, true}} {
		raw, err := json.Marshal(caller(c.device).Envelope(now, "1", &Conversation{ID: "s", New: true}, body))
		if err != nil {
			t.Fatal(err)
		}
		r, err := skill.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", c.device, err)
		}
		if got := r.Context.System.Device.Supports(skill.InterfaceAPL); got != c.screen {
			t.Errorf("%q: screen %v, want %v", c.device, got, c.screen)
		}
		if got := r.Context.Automotive != nil; got != c.car {
			t.Errorf("%q: car %v, want %v", c.device, got, c.car)
		}
		if r.Session == nil || !r.Session.New || r.Body.Locale != "en-US" || r.Body.Timestamp != "2031-05-06T21:05:00Z" {
			t.Errorf("%q: session %v, locale %q, time %q", c.device, r.Session, r.Body.Locale, r.Body.Timestamp)
		}
		if r.Context.System.User.Permissions.Scopes["scope"].Status != "GRANTED" {
			t.Errorf("%q: the permission is missing", c.device)
		}
	}
	r := caller(Speaker).Envelope(now, "1", nil, skill.RequestBody{Type: skill.TypeSkillEnabled})
	if r.Session != nil || r.Body.Locale != "" {
		t.Errorf("outside a session: session %v, locale %q", r.Session, r.Body.Locale)
	}
}

func values() Values {
	return Values{
		Model: &models.InteractionModel{LanguageModel: models.LanguageModel{
			Intents: []models.ModelIntent{{Name: "Hold", Slots: []models.ModelSlot{{Name: "book", Type: "Book"}, {Name: "weeks", Type: "AMAZON.NUMBER"}}}},
			Types:   []models.SlotType{{Name: "Book", Values: []models.TypeValue{{ID: "moby", Name: models.ValueName{Value: "moby dick", Synonyms: []string{"the whale"}}}}}},
		}},
		ApplicationID: "app", Today: now, Given: map[string][]string{"Hold.weeks": {"3"}, "AMAZON.NUMBER": {"9"}},
	}
}

func TestValues(t *testing.T) {
	v := values()
	for _, c := range []struct {
		slot models.ModelSlot
		n    int
		want string
	}{
		{models.ModelSlot{Name: "book", Type: "Book"}, 5, "moby dick"},
		{models.ModelSlot{Name: "weeks", Type: "AMAZON.NUMBER"}, 0, "3"},
		{models.ModelSlot{Name: "copies", Type: "AMAZON.NUMBER"}, 0, "9"},
		{models.ModelSlot{Name: "day", Type: "AMAZON.DATE"}, 0, "2031-05-07"},
		{models.ModelSlot{Name: "hour", Type: "AMAZON.TIME"}, 1, "17:30"},
		{models.ModelSlot{Name: "pin", Type: TypeDigits}, 0, Unheard},
	} {
		if got := v.Good("Hold", c.slot, c.n); got != c.want {
			t.Errorf("Good(%s, %d) = %q, want %q", c.slot.Name, c.n, got, c.want)
		}
	}
	if got := v.Odds(TypeDigits); len(got) != 1 || got[0].Value != Unheard {
		t.Errorf("a code is tried with %v: a number would count as a wrong code", got)
	}
	for _, kind := range []string{"Book", "AMAZON.NUMBER", "AMAZON.DATE", "AMAZON.TIME", "AMAZON.DURATION", "AMAZON.Ordinal", "AMAZON.City"} {
		odd := v.Odds(kind)
		if !slices.ContainsFunc(odd, func(o Odd) bool { return o.Value == Unheard }) || len(odd) < 3 {
			t.Errorf("Odds(%s) = %v", kind, odd)
		}
	}
	if got := v.Empty("Hold"); len(got) != 2 || got["book"].Value != "" {
		t.Errorf("Empty = %v", got)
	}
}

func TestSlotResolves(t *testing.T) {
	for _, c := range []struct {
		value, want string
		matched     bool
	}{{"The Whale", "moby", true}, {"banana", "", false}} {
		s := values().Slot("book", "Book", c.value)
		if e := s.Entity(); e.Matched != c.matched || e.ID != c.want {
			t.Errorf("%s: matched %v as %q, want %v as %q", c.value, e.Matched, e.ID, c.matched, c.want)
		}
	}
	if s := values().Slot("weeks", "AMAZON.NUMBER", "2"); s.Resolutions != nil {
		t.Errorf("a number has resolutions: %v", s.Resolutions)
	}
}

func TestAPI(t *testing.T) {
	a, err := StartAPI()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{http.MethodPost, "/v1/directives", http.StatusNoContent, ""},
		{http.MethodGet, "/v2/devices/d/settings/System.timeZone", http.StatusOK, "America/New_York"},
		{http.MethodGet, "/v2/devices/d/settings/System.secret", http.StatusNotFound, ""},
		{http.MethodGet, "/v1/devices/d/settings/address", http.StatusForbidden, "ACCESS_DENIED"},
		{http.MethodGet, "/elsewhere", http.StatusNotFound, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, a.URL+c.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != c.status || !strings.Contains(string(body), c.body) {
			t.Errorf("%s %s: %d %q (%v), want %d %q", c.method, c.path, response.StatusCode, body, err, c.status, c.body)
		}
	}
}
