package vehicle_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

func TestTroubleCodeStructure(t *testing.T) {
	for code, want := range map[string]struct {
		system  vehicle.CodeSystem
		generic bool
	}{
		"P0301": {vehicle.PowertrainCode, true},
		"P1128": {vehicle.PowertrainCode, false},
		"P2096": {vehicle.PowertrainCode, true},
		"P3000": {vehicle.PowertrainCode, false},
		"P33FF": {vehicle.PowertrainCode, false},
		"P3400": {vehicle.PowertrainCode, true},
		"P3FFF": {vehicle.PowertrainCode, true},
		"C0035": {vehicle.ChassisCode, true},
		"C1201": {vehicle.ChassisCode, false},
		"C2201": {vehicle.ChassisCode, false},
		"C3400": {vehicle.ChassisCode, false}, // reserved
		"B0020": {vehicle.BodyCode, true},
		"B1317": {vehicle.BodyCode, false},
		"B2799": {vehicle.BodyCode, false},
		"B3400": {vehicle.BodyCode, false}, // reserved
		"U0100": {vehicle.NetworkCode, true},
		"U1000": {vehicle.NetworkCode, false},
		"U2000": {vehicle.NetworkCode, false},
		"U3000": {vehicle.NetworkCode, true},
		"P03":   {vehicle.PowertrainCode, false},
		"P":     {vehicle.PowertrainCode, false},
		"":      {"", false},
	} {
		c := vehicle.TroubleCode{Code: code}
		if got := c.System(); got != want.system {
			t.Errorf("%q: system: got %q, want %q", code, got, want.system)
		}
		if got := c.Generic(); got != want.generic {
			t.Errorf("%q: generic: got %t, want %t", code, got, want.generic)
		}
	}
}

func TestCommandStatusFinal(t *testing.T) {
	for status, want := range map[vehicle.CommandStatus]bool{
		vehicle.Queued: false, vehicle.Sent: false, vehicle.Delivered: false,
		vehicle.Succeeded: true, vehicle.Failed: true, vehicle.TimedOut: true, vehicle.UnknownOutcome: true,
	} {
		if got := status.Final(); got != want {
			t.Errorf("%s: got %t, want %t", status, got, want)
		}
	}
}

func TestReadingAvailable(t *testing.T) {
	for name, row := range map[string]struct {
		reading vehicle.Reading[bool]
		want    bool
	}{
		"nothing":              {vehicle.Reading[bool]{}, false},
		"a value of no time":   {vehicle.Reading[bool]{Value: true}, false},
		"missing":              {vehicle.Reading[bool]{Missing: vehicle.NotReported}, false},
		"missing, with a time": {vehicle.Reading[bool]{Missing: vehicle.SensorFault, ObservedAt: time.Unix(1, 0)}, false},
		"no":                   {vehicle.Reading[bool]{ObservedAt: time.Unix(1, 0)}, true},
		"yes":                  {vehicle.Reading[bool]{Value: true, ObservedAt: time.Unix(1, 0)}, true},
	} {
		if got := row.reading.Available(); got != row.want {
			t.Errorf("%s: got %t, want %t", name, got, row.want)
		}
	}
}

// What a guest's code and a place are never shows in a log, however deep they are.
func TestHistoryRedactsItself(t *testing.T) {
	grant := vehicle.Grant{ID: "g", Guest: "Kim", Code: "40281753"}
	location := vehicle.Location{Position: vehicle.Reading[vehicle.Position]{Value: vehicle.Position{Latitude: 49.2827, Longitude: -123.1207}, ObservedAt: time.Unix(1, 0)}}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("m", "code", grant.Code, "position", location.Position.Value)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&log, verb+verb+"\n", grant, location)
		_, _ = fmt.Fprintf(&log, verb+"\n", grant.Code)
	}
	for _, leak := range []string{"40281753", fmt.Sprintf("%x", "40281753"), "49.28", "123.12"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("%q leaked", leak)
		}
	}
}
