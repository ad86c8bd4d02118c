package skill

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzDecode: nothing panics, a refusal is a *BadRequest that shows nothing of the body's values, and what is
// accepted survives being written and read again.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f, "requests") {
		f.Add(data)
	}
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `"x"`, `{"version":"1.0"}{}`, "\xff", strings.Repeat("[", 100),
		`{"context":{"System":{"application":{"applicationId":"a"}}},"request":{"type":"New","requestId":"r","timestamp":"2031-05-06T21:00:00Z","intent":1}}`,
		`{"context":{"System":{"application":{"applicationId":"a"}}},"request":{"type":"LaunchRequest","requestId":"r","timestamp":"2031-05-06T21:00:00Z","payload":null}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			if _, ok := errors.AsType[*BadRequest](err); !ok || r != nil {
				t.Fatalf("got %v, %v, want a *BadRequest alone", r, err)
			}
			return
		}
		for _, s := range slotsOf(r) {
			checkSlot(t, s)
		}
		once, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		again, err := Decode(once)
		if len(once) > MaxRequestBytes {
			return // a small body may grow, by escapes and empty members
		}
		if err != nil {
			t.Fatalf("accepted, written, refused: %v\n%s", err, once)
		}
		twice, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("written once:  %s\nwritten twice: %s", once, twice)
		}
	})
}

func slotsOf(r *Request) map[string]Slot {
	if r.Body.Intent == nil {
		return nil
	}
	return r.Body.Intent.Slots
}

func checkSlot(t *testing.T, s Slot) {
	t.Helper()
	text, ok := s.Text()
	if ok != (text != "") || text == "?" || text != strings.TrimSpace(text) {
		t.Fatalf("got text %q, %t", text, ok)
	}
	if e := s.Entity(); e.Spoken != text || !e.Matched && (e.ID != "" || e.Name != "") {
		t.Fatalf("got entity %+v of text %q", e, text)
	}
}

// FuzzSlotValues: nothing panics, dates begin before they end, and what is accepted can be written and read
// again.
func FuzzSlotValues(f *testing.F) {
	for _, seed := range []string{
		"", "?", "2031-05-06", "2031-W19", "2026-W53-WE", "2031-05", "2031", "203X", "2199", "2031-WI", "PRESENT_REF",
		"18:30", "NI", "MO", "AF", "EV", "P8W", "P2YT3H10M", "PT0.5S", "P100Y", "PT0S", "-P1D", "0123", "4821", "5", "-5", "999999999",
	} {
		f.Add(seed)
	}
	vancouver, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		f.Fatal(err)
	}
	noon := time.Date(2031, 5, 6, 12, 0, 0, 0, vancouver)
	f.Fuzz(func(t *testing.T, value string) {
		if d, err := ParseDate(value); err == nil && !d.Present {
			if !d.From.Before(d.To) || !d.From.In(vancouver).Before(d.To.In(vancouver)) {
				t.Errorf("%q: from %v to %v", value, d.From, d.To)
			}
			if got := CivilDateOf(d.From.In(vancouver)); got != d.From {
				t.Errorf("%q: %v begins on %v", value, d.From, got)
			}
		}
		if at, err := ParseTime(value); err == nil {
			if again, err := ParseTime(at.String()); err != nil || again != at {
				t.Errorf("%q: %v written and read again: %v, %v", value, at, again, err)
			}
		}
		if d, err := ParseDuration(value); err == nil {
			if again, err := ParseDuration(d.String()); err != nil || again != d {
				t.Errorf("%q: %v written and read again: %v, %v", value, d, again, err)
			}
			if d.After(noon).Before(noon) {
				t.Errorf("%q: ends before it begins", value)
			}
		}
		if pin, err := ParseFourDigits(value); err == nil && (len(pin) != 4 || pin != strings.TrimSpace(value)) {
			t.Errorf("%q: got %q", value, pin)
		}
		if n, err := ParseNumber(value); err == nil && (n < 0 || n > 999_999_999) {
			t.Errorf("%q: got %d", value, n)
		}
	})
}

// benchmarkRequest is an intent with six slots, a session and tokens of the length Alexa sends: 3.6 kB.
func benchmarkRequest(b *testing.B) []byte {
	b.Helper()
	var body bytes.Buffer
	if err := json.Compact(&body, files(b, "requests")["intent-courier"]); err != nil {
		b.Fatal(err)
	}
	return body.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	body := benchmarkRequest(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var r Response
	if err := json.Unmarshal(files(b, "responses")["elicit-slot"], &r); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(&r); err != nil {
			b.Fatal(err)
		}
	}
}
