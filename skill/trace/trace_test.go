package trace

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func TestFrom(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for header, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01": id,
		"":                                  "",
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01": "",
		"00-zz": "",
	} {
		headers := http.Header{}
		headers.Set("Traceparent", header)
		got := trace.SpanContextFromContext(From(t.Context(), headers))
		if !got.IsValid() || want != "" && got.TraceID().String() != want {
			t.Errorf("%q: trace %s, valid %t, want %q", header, got.TraceID(), got.IsValid(), want)
		}
	}
}

func TestFromAmazon(t *testing.T) {
	for header, want := range map[string]string{
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1": "5759e988bd862e3fe1be46a994272793",
		"Self=1-67891234-aaa; Root=1-5759e988-bd862e3fe1be46a994272793":              "5759e988bd862e3fe1be46a994272793",
		"Root=1-nonsense": "", "": "", ";;;=": "",
	} {
		got := trace.SpanContextFromContext(FromAmazon(t.Context(), header))
		if !got.IsValid() || want != "" && got.TraceID().String() != want {
			t.Errorf("%q: trace %s, valid %t, want %q", header, got.TraceID(), got.IsValid(), want)
		}
	}
}

func TestLogs(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Logs(slog.NewTextHandler(&out, nil))).With("part", "skill").WithGroup("turn")
	log.InfoContext(context.Background(), "without", "n", 1)
	if got := out.String(); strings.Contains(got, "trace=") {
		t.Errorf("without a trace: %s", got)
	}
	out.Reset()
	log.InfoContext(FromAmazon(t.Context(), "Root=1-5759e988-bd862e3fe1be46a994272793"), "within", "n", 1)
	if got := out.String(); !strings.Contains(got, "trace=5759e988bd862e3fe1be46a994272793") || !strings.Contains(got, "part=skill") {
		t.Errorf("with a trace: %s", got)
	}
}
