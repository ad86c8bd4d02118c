package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/skill/trace"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// TestOneTraceThroughSkillCloudAndEvents: what a turn causes at the cloud, and what a courier makes of it, comes back in
// messages whose receiver logs the turn's trace.
func TestOneTraceThroughSkillCloudAndEvents(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	w := newServedWorld(t, storyAt(t))
	w.options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.alexaURL, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("traceparent", "00-"+id+"-00f067aa0ba902b7-01")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		defer func() { _ = response.Body.Close() }()
		return io.ReadAll(response.Body)
	}
	var out lockedLog
	log := trace.Log(&out, slog.LevelInfo)
	err := w.register(func(secret string) (http.Handler, error) {
		receiver, err := dongle.NewReceiver(dongle.ReceiverOptions{
			Secrets: []string{secret}, Now: w.options.Now, Log: log,
			Receive: func(_ context.Context, m dongle.Message) error { return errors.New(string(m.Event.Type)) },
		})
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			receiver.ServeHTTP(rw, r.WithContext(trace.From(r.Context(), r.Header)))
		}), err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"let ups into my trunk", "four eight two one"} {
		if _, err := w.echo().Say(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, status := trunkpass(t, "courier", "--data", w.data, "--carrier", "ups", "--now", storyInstant, "en-route", "grt_1"); status != 0 {
		t.Fatalf("the courier sets out: status %d, %s", status, stderr)
	}
	if _, err := w.control(http.MethodPost, "/control", "deliver events"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var entry struct{ Trace, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s", entry.Error, entry.Trace))
	}
	slices.Sort(got)
	got = slices.Compact(got) // a message that is not taken comes again
	want := []string{"delivery.en_route " + id, "grant.created " + id, "position_released " + id}
	if !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}
