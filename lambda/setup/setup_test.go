package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/trunkpass/trunkpass/skill/pin"
)

var complete = []string{
	"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=very secret", "AWS_SESSION_TOKEN=as secret",
	"TRUNKPASS_TABLE=trunkpass", "TRUNKPASS_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
	"TRUNKPASS_CLOUD_URL=https://cloud.example.com", "TRUNKPASS_APPLICATION_ID=amzn1.ask.skill.1",
}

func TestRead(t *testing.T) {
	got, err := Read[SkillConfig](complete)
	if err != nil || got.Base.Table != "trunkpass" || string(got.Base.AWS.Key) != "very secret" {
		t.Errorf("Read = %+v, %v", got, err)
	}
}

// Every problem is listed at once, by name and without the value.
func TestReadListsEveryProblem(t *testing.T) {
	for _, tt := range []struct {
		environment []string
		want        string
	}{
		{nil, "AWS_ACCESS_KEY_ID is not set\nAWS_REGION is not set\nAWS_SECRET_ACCESS_KEY is not set\nTRUNKPASS_APPLICATION_ID is not set\n" +
			"TRUNKPASS_CLOUD_URL is not set\nTRUNKPASS_SECRET_ARN is not set\nTRUNKPASS_TABLE is not set"},
		{append(complete, "TRUNKPASS_CLOUD_URL=http://cloud.example.com", "TRUNKPASS_TABLE=x"),
			"TRUNKPASS_CLOUD_URL must be an https address, or http on this machine, without user, query or fragment\n" +
				"TRUNKPASS_TABLE must be at least 3 long"},
		{append(complete, "TRUNKPASS_CLOUD_URL=https://me:word@cloud.example.com", "TRUNKPASS_SECRET_ARN=word"),
			"TRUNKPASS_CLOUD_URL must be an https address, or http on this machine, without user, query or fragment\n" +
				"TRUNKPASS_SECRET_ARN must begin with arn:"},
		{append(complete, "AWS_ENDPOINT_URL_DYNAMODB=ftp://word", "TRUNKPASS_SECRET_VERSION=word"),
			"AWS_ENDPOINT_URL_DYNAMODB must be an https address, or http on this machine, without user, query or fragment\n" +
				"TRUNKPASS_SECRET_VERSION must be at least 32 long"},
	} {
		_, err := Read[SkillConfig](tt.environment)
		if want := "read the configuration: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", tt.environment, err, want)
		}
	}
}

func TestConfigHidesSecrets(t *testing.T) {
	config, err := Read[SkillConfig](complete)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	Log(&log).Info("config", "config", config, "key", config.Base.AWS.Key)
	text, _ := json.Marshal(config)
	shown := fmt.Sprintf("%v %+v %#v %s %q %s %s", config, config, config, config.Base.AWS.Key, config.Base.AWS.SessionToken, text, log.String())
	if strings.Contains(shown, "secret:x") && !strings.Contains(shown, "very secret") && !strings.Contains(shown, "as secret") {
		return
	}
	t.Errorf("shown: %s", shown)
}

type wanted struct {
	Pepper
	Words []Hidden `json:"words" validate:"min=1,dive,startswith=w"`
}

func TestSecret(t *testing.T) {
	answers := []struct {
		text string
		err  error
		want string // of the error
	}{
		{err: errors.New("throttled"), want: "read the secret: throttled"},
		{text: `{"words": "hush`, want: "read the secret: it is not the JSON object that docs/deploy.md describes"},
		{text: `{"words": 7}`, want: "read the secret: it is not the JSON object that docs/deploy.md describes"},
		{text: `{"pepper": "aHVzaA==", "words": ["hush"]}`, want: "read the secret: pepper must be at least 32 long\nwords[0] must begin with w"},
		{text: strings.Repeat(" ", maxSecret+1), want: "read the secret: it is too large"},
		{text: `{"pepper": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "words": ["word"], "others": "too"}`},
	}
	fetched := 0
	s := newSecret[wanted](func(context.Context) ([]byte, error) {
		fetched++
		return []byte(answers[fetched-1].text), answers[fetched-1].err
	})
	for _, a := range answers {
		got, err := s.Get(t.Context())
		if a.want != "" && (err == nil || err.Error() != a.want) || a.want == "" && (err != nil || string(got.Words[0]) != "word") {
			t.Errorf("%.60q: %v, %v, want %q", a.text, got, err, a.want)
		}
	}
	if _, err := s.Get(t.Context()); err != nil || fetched != len(answers) {
		t.Errorf("kept: %v after %d fetches, want %d", err, fetched, len(answers))
	}
	<-s.turn // somebody else is fetching
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("impatient: %v", err)
	}
}

// ledger keeps nothing.
type ledger struct{}

func (ledger) PIN(context.Context, string) (pin.Record, pin.Revision, error) {
	return pin.Record{}, 0, nil
}
func (ledger) SwapPIN(context.Context, string, pin.Revision, pin.Record) error { return nil }

func TestGuard(t *testing.T) {
	fail := true
	secret := newSecret[Pepper](func(context.Context) ([]byte, error) {
		if fail {
			return nil, errors.New("throttled")
		}
		return []byte(`{"pepper": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}`), nil
	})
	var seen []pin.Result
	guard := NewGuard(secret, ledger{}, time.Now, func(r pin.Result) { seen = append(seen, r) })
	if v, err := guard.CheckRead(t.Context(), "owner", "4821", pin.Record{}, 0); err == nil || v.Result == pin.Right {
		t.Errorf("without pepper: %v, %v", v, err)
	}
	fail = false
	if v, err := guard.CheckRead(t.Context(), "owner", "4821", pin.Record{}, 0); err != nil || v.Result != pin.NotSet || len(seen) != 1 {
		t.Errorf("with pepper: %v, %v, seen %v", v, err, seen)
	}
}

func TestLazy(t *testing.T) {
	tries := 0
	handler := Lazy(slog.New(slog.DiscardHandler), func(context.Context) (http.Handler, error) {
		if tries++; tries == 1 {
			return nil, errors.New("hush")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }), nil
	})
	for _, want := range []string{"503 Service Unavailable\n", "200 here", "200 here"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := fmt.Sprintf("%d %s", w.Code, w.Body); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if tries != 2 {
		t.Errorf("made %d times", tries-1)
	}
}

func TestBeginKeepsTimeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct{ given, want time.Duration }{
			{0, 6500 * time.Millisecond}, // none
			{time.Hour, 6500 * time.Millisecond},
			{time.Second, 500 * time.Millisecond},
		} {
			ctx := t.Context()
			if tt.given > 0 {
				bounded, cancel := context.WithTimeout(ctx, tt.given)
				defer cancel()
				ctx = bounded
			}
			ctx, release := Begin(ctx, 7*time.Second)
			defer release()
			if deadline, _ := ctx.Deadline(); time.Until(deadline) != tt.want {
				t.Errorf("of %v, %v is left, want %v", tt.given, time.Until(deadline), tt.want)
			}
		}
	})
}

func TestLogNamesTheRequest(t *testing.T) {
	var out bytes.Buffer
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r-1"})
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793") //nolint:staticcheck // the key of aws-lambda-go
	ctx, release := Begin(ctx, time.Second)
	defer release()
	Log(&out).With("part", "x").InfoContext(ctx, "turn")
	for _, want := range []string{`"request_id":"r-1"`, `"trace":"5759e988bd862e3fe1be46a994272793"`, `"part":"x"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log %s, want %s", out.String(), want)
		}
	}
}
