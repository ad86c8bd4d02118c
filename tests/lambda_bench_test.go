package tests

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
)

// BenchmarkColdStart is each function as it is shipped, from the start of its process to its first answer through the
// pretend Lambda: the skill welcomes somebody who has linked no account, the owner page shows its front door, and the
// webhooks refuse a forgery. Everything outside of the process answers from memory.
func BenchmarkColdStart(b *testing.B) {
	secrets := secretsManager(b, map[string]any{
		"pepper": make([]byte, 32), "owner_client_id": "owner-page", "owner_client_secret": "hush", "owner_session_keys": sessionKeys(),
		"webhook_secrets": []string{"whsec_" + strings.Repeat("A", 32)}, "notify_client_id": "messaging", "notify_client_secret": "hush",
	})
	environment := cloudless("AWS_ENDPOINT_URL_SECRETS_MANAGER=" + secrets)
	launch := fmt.Appendf(nil, `{"version":"1.0","session":{"new":true,"sessionId":"s","application":{"applicationId":%[1]q},"user":{"userId":"u"}},
		"context":{"System":{"application":{"applicationId":%[1]q},"user":{"userId":"u"}}},
		"request":{"type":"LaunchRequest","requestId":"r","timestamp":%[2]q,"locale":"en-US"}}`, applicationID, time.Now().UTC().Format(time.RFC3339))
	visit := func(method, path string, want int) func(*testing.B, *runtimeapi.Function) {
		return func(b *testing.B, f *runtimeapi.Function) {
			if answer, err := invokeURL(b.Context(), f, httptest.NewRequest(method, path, http.NoBody)); err != nil || answer.StatusCode != want {
				b.Fatalf("answer %d, %v, want %d", answer.StatusCode, err, want)
			}
		}
	}
	for _, function := range []struct {
		name  string
		first func(*testing.B, *runtimeapi.Function)
	}{
		{"skill", func(b *testing.B, f *runtimeapi.Function) {
			if answer, err := f.Invoke(b.Context(), launch); err != nil || !strings.Contains(string(answer), "<speak>") {
				b.Fatalf("answer %s, %v", answer, err)
			}
		}},
		{"owner", visit(http.MethodGet, "/owner/", http.StatusOK)},
		{"events", visit(http.MethodPost, "/", http.StatusUnsupportedMediaType)},
	} {
		b.Run(function.name, func(b *testing.B) {
			path := shipped(b, function.name)
			var inits, answers []time.Duration
			for b.Loop() {
				began := time.Now()
				f, err := runtimeapi.Start(b.Context(), runtimeapi.Options{Bootstrap: path, Env: environment})
				if err != nil {
					b.Fatal(err)
				}
				function.first(b, f)
				inits, answers = append(inits, f.Init()), append(answers, time.Since(began))
				b.StopTimer()
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(milliseconds(inits), "ms-init")
			b.ReportMetric(milliseconds(answers), "ms-to-answer")
		})
	}
}

// milliseconds is the median.
func milliseconds(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2]) / float64(time.Millisecond)
}
