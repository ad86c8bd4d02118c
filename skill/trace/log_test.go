package trace

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Whatever is handed to the log, whole or in parts, the secrets in it are not written.
func TestLogIsDiscreet(t *testing.T) {
	const secret = "s3cr3t-4821"
	request := skill.Request{}
	request.Context.System.User.AccessToken = secret
	request.Body.Intent = &skill.Intent{Slots: map[string]skill.Slot{"pin": {Name: "pin", Value: secret}}}
	for _, value := range []any{
		vehicle.Token(secret), vehicle.Plate(secret), vehicle.Code(secret), pin.Code(secret),
		struct{ Token vehicle.Token }{secret}, &struct{ Token vehicle.Token }{secret}, []vehicle.Token{secret},
		map[string]vehicle.Token{"a": secret}, vehicle.Vehicle{Plate: secret}, []vehicle.Vehicle{{Plate: secret}},
		pin.Record{Hash: secret}, request, &request, request.Body.Intent.Slots, request.Body.Intent,
		fmt.Errorf("sign in: %w", &url.Error{Op: "Get", URL: "https://cloud.example/callback?code=" + secret, Err: errors.New("gone")}),
		fmt.Errorf("ask: %w", errors.New("for "+fmt.Sprint(vehicle.Token(secret)))),
	} {
		var out bytes.Buffer
		Log(&out, slog.LevelInfo).With("first", value).Info("seen", "value", value, slog.Group("in", "side", value))
		if strings.Contains(out.String(), secret) {
			t.Errorf("%T is written: %s", value, out.String())
		}
	}
}

func TestLogSays(t *testing.T) {
	var out bytes.Buffer
	Log(&out, slog.LevelInfo).Info("seen", "n", 1, "took", time.Second, "error", errors.New("lost"), "kinds", []string{"a"}, "kind", vehicle.Limited)
	for _, want := range []string{`"n":1`, `"took":1000000000`, `"error":"lost"`, `"kinds":["a"]`, `"kind":"limited"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s misses %s", out.String(), want)
		}
	}
}
