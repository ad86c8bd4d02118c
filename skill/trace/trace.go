// Package trace gives everything that one request causes one id: the skill's log, the calls to the dongle cloud, and
// what the cloud sends later because of it.
//
// The id travels in the context, in the form and with the types of OpenTelemetry, and between programs as W3C Trace
// Context (the traceparent header). Whoever begins a request calls [From] or [FromAmazon]; the dongle client sends
// it on; [Logs] writes it. Spans are not recorded: an operator who wants them puts a collector's SDK behind the same
// types.
package trace

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// From takes up the trace of a traceparent header, or begins one if there is none that can be read.
func From(ctx context.Context, headers http.Header) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(headers))
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	var id trace.TraceID
	_, _ = rand.Read(id[:]) // never fails
	return within(ctx, id)
}

// FromAmazon takes up the trace that AWS Lambda gives with every invocation
// ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=...;Sampled=1"), whose root is a trace id in another
// spelling. It begins a trace if there is none that can be read.
func FromAmazon(ctx context.Context, header string) context.Context {
	for field := range strings.SplitSeq(header, ";") {
		root, found := strings.CutPrefix(strings.TrimSpace(field), "Root=1-")
		id, err := trace.TraceIDFromHex(strings.ReplaceAll(root, "-", ""))
		if found && err == nil {
			return within(ctx, id)
		}
	}
	return From(ctx, nil)
}

func within(ctx context.Context, id trace.TraceID) context.Context {
	var span trace.SpanID
	_, _ = rand.Read(span[:]) // never fails
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span}))
}

// Logs adds the trace to every line that is logged with a context that has one.
func Logs(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
