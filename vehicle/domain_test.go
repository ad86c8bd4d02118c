package vehicle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

func TestGrantStatus(t *testing.T) {
	noon := time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)
	window := vehicle.Window{Start: noon, End: noon.Add(4 * time.Hour)}
	for _, row := range []struct {
		name  string
		grant vehicle.Grant
		now   time.Time
		want  vehicle.GrantStatus
	}{
		{"before its window", vehicle.Grant{Window: window, MaxUses: 1}, noon.Add(-time.Nanosecond), vehicle.Scheduled},
		{"at its start", vehicle.Grant{Window: window, MaxUses: 1}, noon, vehicle.Active},
		{"just before its end", vehicle.Grant{Window: window, MaxUses: 1}, window.End.Add(-time.Nanosecond), vehicle.Active},
		{"at its end", vehicle.Grant{Window: window, MaxUses: 1}, window.End, vehicle.Expired},
		{"revoked", vehicle.Grant{Window: window, MaxUses: 1, RevokedAt: noon.Add(time.Hour)}, noon.Add(time.Hour), vehicle.Revoked},
		{"revoked later", vehicle.Grant{Window: window, MaxUses: 1, RevokedAt: noon.Add(time.Hour)}, noon, vehicle.Active},
		{"used, then revoked", vehicle.Grant{Window: window, MaxUses: 1, Uses: 1, RevokedAt: noon}, noon, vehicle.Redeemed},
		{"used, then over", vehicle.Grant{Window: window, MaxUses: 1, Uses: 1}, window.End.Add(time.Hour), vehicle.Redeemed},
		{"used half", vehicle.Grant{Window: window, MaxUses: 2, Uses: 1}, noon, vehicle.Active},
	} {
		if got := row.grant.Status(row.now); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if got, want := row.grant.Open(row.now), row.want == vehicle.Active || row.want == vehicle.Scheduled; got != want {
			t.Errorf("%s: open: got %t, want %t", row.name, got, want)
		}
	}
}

// Windows overlap if and only if some instant is inside both.
func TestWindowOverlaps(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		hour := rapid.IntRange(0, 12)
		draw := func(name string) vehicle.Window {
			start := hour.Draw(r, name)
			return vehicle.Window{Start: time.Unix(int64(start), 0), End: time.Unix(int64(start+hour.Draw(r, name)+1), 0)}
		}
		a, b := draw("a"), draw("b")
		shared := false
		for i := range int64(30) {
			at := time.Unix(i, 0)
			inside := func(w vehicle.Window) bool { return !at.Before(w.Start) && at.Before(w.End) }
			shared = shared || inside(a) && inside(b)
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared {
			r.Fatalf("%v and %v: got %t and %t, want %t", a, b, a.Overlaps(b), b.Overlaps(a), shared)
		}
	})
}

func TestJudge(t *testing.T) {
	early, late := time.Unix(100, 0), time.Unix(200, 0)
	pressure := func(v vehicle.Kilopascals) vehicle.Reading[vehicle.Kilopascals] {
		return vehicle.Reading[vehicle.Kilopascals]{Value: v, ObservedAt: late}
	}
	status := func(s vehicle.TireState) vehicle.Reading[vehicle.TireState] {
		return vehicle.Reading[vehicle.TireState]{Value: s, ObservedAt: early}
	}
	for _, row := range []struct {
		name string
		tire vehicle.Tire
		want vehicle.TireState
		at   time.Time
	}{
		{"nothing known", vehicle.Tire{}, vehicle.TireUnknown, time.Time{}},
		{"no placard", vehicle.Tire{Pressure: pressure(200)}, vehicle.TireUnknown, time.Time{}},
		{"full", vehicle.Tire{Pressure: pressure(248), Recommended: 248}, vehicle.TireFine, late},
		{"exactly a tenth under", vehicle.Tire{Pressure: pressure(225), Recommended: 250}, vehicle.TireFine, late},
		{"more than a tenth under", vehicle.Tire{Pressure: pressure(224.9), Recommended: 250}, vehicle.TireLow, late},
		{"a quarter under", vehicle.Tire{Pressure: pressure(187.5), Recommended: 250}, vehicle.TireCritical, late},
		{"flat", vehicle.Tire{Pressure: pressure(0), Recommended: 250}, vehicle.TireCritical, late},
		{"the car warns", vehicle.Tire{Pressure: pressure(248), Recommended: 248, Status: status(vehicle.TireLow)}, vehicle.TireLow, early},
		{"the car sees nothing", vehicle.Tire{Pressure: pressure(100), Recommended: 248, Status: status(vehicle.TireFine)}, vehicle.TireCritical, late},
		{"status alone", vehicle.Tire{Status: status(vehicle.TireFine)}, vehicle.TireFine, early},
		{"a word we do not know", vehicle.Tire{Status: status("wobbly")}, vehicle.TireUnknown, time.Time{}},
		{"sensor fault", vehicle.Tire{Status: status(vehicle.TireFault)}, vehicle.TireFault, early},
		{"missing", vehicle.Tire{Pressure: vehicle.Reading[vehicle.Kilopascals]{Missing: vehicle.SensorFault}, Recommended: 248}, vehicle.TireUnknown, time.Time{}},
	} {
		if got, at := row.tire.Judge(); got != row.want || !at.Equal(row.at) {
			t.Errorf("%s: got %s at %v, want %s at %v", row.name, got, at, row.want, row.at)
		}
	}
}

func TestReadingAge(t *testing.T) {
	now := time.Unix(1000, 0)
	for at, want := range map[int64]time.Duration{1000: 0, 940: time.Minute, 1003: 0} {
		r := vehicle.Reading[int]{ObservedAt: time.Unix(at, 0)}
		if got := r.Age(now); got != want {
			t.Errorf("observed at %d: got %v, want %v", at, got, want)
		}
	}
}

func TestSecretsRedactThemselves(t *testing.T) {
	secrets := struct {
		Token    vehicle.Token
		Plate    vehicle.Plate
		Position vehicle.Position
	}{"tok-123", "ABC 987", vehicle.Position{Latitude: 49.2827, Longitude: -123.1207}}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("m", "token", secrets.Token, "plate", secrets.Plate, "position", secrets.Position)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+"\n", secrets)
		fmt.Fprintf(&log, verb+verb+verb+"\n", secrets.Token, secrets.Plate, secrets.Position)
	}
	for _, leak := range []string{"tok-123", "746f6b", "ABC", "49.28", "123.12"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("%q leaked:\n%s", leak, log.String())
		}
	}
}

func TestErrorSpeaksToLogs(t *testing.T) {
	err := error(&vehicle.Error{Op: "open trunk", Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone, Code: "upstream_error", Err: context.DeadlineExceeded})
	if got, want := err.Error(), "open trunk: unavailable (maybe done) upstream_error: context deadline exceeded"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is not found")
	}
	kind, outcome := vehicle.KindOf(fmt.Errorf("turn: %w", err))
	if kind != vehicle.Unavailable || outcome != vehicle.MaybeDone {
		t.Errorf("got %s (%s)", kind, outcome)
	}
	if kind, outcome := vehicle.KindOf(errors.New("other")); kind != vehicle.Internal || outcome != vehicle.NotDone {
		t.Errorf("a foreign error: got %s (%s)", kind, outcome)
	}
}
