package certify_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
)

func TestReadSettings(t *testing.T) {
	s, err := certify.ReadSettings(strings.NewReader(`
application_id = "amzn1.ask.skill.0000"
online = true
tolerated_latency = "4s"
effects_hook = "http://127.0.0.1:1/effects"
[account]
token = "t"
public = ["Hours"]
[[permission]]
name = "alexa::profile:name:read"
intents = ["Greet"]
[[brand]]
name = "Tesla"
proof = "letter in the testing instructions"
[[code]]
intent = "Open"
pin_slot = "pin"
right_pin = "0123"
wrong_pin = "9876"
slots = { door = "front" }
reset_hook = "http://127.0.0.1:1/reset"
[values]
"AMAZON.TIME" = ["18:00"]
`))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Online || s.Latency() != 4*time.Second || !s.Allows("TESLA") || s.Allows("Te") || s.Account.Public[0] != "Hours" ||
		!s.IsCodeSlot("Open", "pin") || s.IsCodeSlot("Open", "door") || s.Codes[0].RightPIN != "0123" || s.Values["AMAZON.TIME"][0] != "18:00" {
		t.Errorf("read %+v", s)
	}
	empty, err := certify.ReadSettings(strings.NewReader(""))
	if err != nil || empty.Latency() != certify.DefaultLatency {
		t.Errorf("no settings: %+v, %v", empty, err)
	}
}

func TestSettingsNameEveryProblemAndNoSecret(t *testing.T) {
	_, err := certify.ReadSettings(strings.NewReader(`
app_id = "typo"
application_id = "me"
tolerated_latency = "1h"
effects_hook = "file:///etc/passwd"
account = { token = "same", expired_token = "same" }
permission = [ { name = "" } ]
brand = [ { name = "X" } ]
values = { time = [] }
[[code]]
right_pin = "77"
wrong_pin = "77"
reset_hook = "ftp://x"
`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"unknown key app_id", "application_id", "tolerated_latency", "effects_hook", "account: token",
		"permission 1: no name", "permission 1: no intents", "brand 1", "code 1: no intent", "code 1: no pin_slot", "right_pin",
		"wrong_pin", "are the same", "reset_hook", "values: time"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "77") {
		t.Errorf("the error tells a code: %v", err)
	}
}

func TestMalformedSettings(t *testing.T) {
	for name, tt := range map[string]struct{ toml, want string }{
		"syntax":     {"[[code]]\nright_pin = \"2468", "line 2"},
		"wrong type": {"[[code]]\nright_pin = 2468", "expected type"},
		"too large":  {"# " + strings.Repeat("x", 300<<10), "more than"},
		"duration":   {`tolerated_latency = "2468"`, "expected type"},
	} {
		_, err := certify.ReadSettings(strings.NewReader(tt.toml))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "2468") {
			t.Errorf("%s: error %v, want one with %q and without the code", name, err, tt.want)
		}
	}
}

func TestSampleSettingsCanBeRead(t *testing.T) {
	file, err := os.Open("testdata/sample/certify.toml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if _, err := certify.ReadSettings(file); err != nil {
		t.Error(err)
	}
}

func FuzzReadSettings(f *testing.F) {
	sample, err := os.ReadFile("testdata/sample/certify.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Add("[[code]]\nright_pin = \"12345\"\n")
	f.Add("a = {b = [1, 2]}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := certify.ReadSettings(strings.NewReader(text))
		if err != nil {
			return
		}
		// What was accepted can be used.
		for _, c := range s.Codes {
			if len(c.RightPIN) < 4 || c.RightPIN == c.WrongPIN || c.Intent == "" {
				t.Errorf("accepted %+v", c)
			}
		}
		if s.Latency() <= 0 {
			t.Errorf("a latency of %s", s.Latency())
		}
		s.Mask().Text("nothing")
	})
}
