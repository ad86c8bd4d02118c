package garage

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// traceNo is a traceparent that the others differ from.
func traceNo(digit string) string {
	return "00-" + strings.Repeat(digit, 32) + "-00f067aa0ba902b7-01"
}

// TestWebhookKeepsTheTrace: a message has the trace of the request that caused it, at once or later; a courier without a
// trace is part of the grant's.
func TestWebhookKeepsTheTrace(t *testing.T) {
	w := openWorld(t)
	m := newMailbox(t)
	w.register(m)
	token := w.owner("demo")
	came := func(what string, want map[wire.EventType]string) {
		t.Helper()
		w.steer("deliver events")
		got := map[wire.EventType]string{}
		for _, l := range m.taken() {
			got[l.message(t).Type] = strings.Join(l.header.Values("traceparent"), ",")
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: traces %v, want %v", what, got, want)
		}
	}
	create := func(key string, from time.Duration, headers ...string) string {
		t.Helper()
		a := w.call(token, "POST", "/v1/vehicles/veh_golf/grants", w.request("ups", from, from+time.Hour), append(headers, "Idempotency-Key", key)...)
		return want[wire.Grant](w, http.StatusCreated, a).ID
	}
	carrier := func(id, step string, body any, headers ...string) {
		t.Helper()
		if a := w.call(w.carrier("ups"), "POST", "/v1/deliveries/"+id+"/"+step, body, headers...); a.status/100 != 2 {
			t.Fatalf("%s: %d %s", step, a.status, a.body)
		}
	}
	owns := func(method, path string, status int, headers ...string) {
		t.Helper()
		if a := w.call(token, method, path, nil, headers...); a.status != status {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
	}

	id := create("intention-1", 0, "traceparent", traceNo("1"))
	came("created", map[wire.EventType]string{"grant.created": traceNo("1")})
	carrier(id, "en-route", wire.EnRoute{DeliveryReference: parcel})
	came("a courier without a trace", map[wire.EventType]string{"delivery.en_route": traceNo("1"), "position_released": traceNo("1")})
	carrier(id, "arrive", wire.Arrival{Position: atCar}, "traceparent", traceNo("2"))
	came("a courier with one", map[wire.EventType]string{"delivery.arrived": traceNo("2"), "position_released": traceNo("2")})
	carrier(id, "open", redemption(), "traceparent", traceNo("3"))
	w.clock.pass(20 * time.Second)
	opened := map[wire.EventType]string{}
	for _, e := range []wire.EventType{"grant.redeemed", "command.succeeded", "trunk.opened", "trunk.closed", "trunk.locked"} {
		opened[e] = traceNo("3")
	}
	came("opened", opened)

	create("intention-2", 0, "traceparent", traceNo("4"))
	w.clock.pass(2 * time.Hour)
	came("expired", map[wire.EventType]string{"grant.created": traceNo("4"), "grant.expired": traceNo("4")})
	clear(w.tokens)
	token = w.owner("demo") // the other one has expired

	id = create("intention-3", time.Hour)
	owns("POST", "/v1/grants/"+id+"/revoke", http.StatusOK, "traceparent", traceNo("5"))
	came("revoked", map[wire.EventType]string{"grant.created": "", "grant.revoked": traceNo("5")})
	create("intention-4", time.Hour, "traceparent", traceNo("6"))
	owns("POST", "/v1/vehicles/veh_golf/block", http.StatusOK, "traceparent", traceNo("7"))
	came("blocked", map[wire.EventType]string{"grant.created": traceNo("6"), "vehicle.blocked": traceNo("7"), "grant.revoked": traceNo("7")})
	owns("DELETE", "/v1/vehicles/veh_golf/block", http.StatusNoContent, "traceparent", traceNo("8"))
	came("unblocked", map[wire.EventType]string{"vehicle.unblocked": traceNo("8")})
	owns("GET", "/v1/vehicles/veh_golf/location", http.StatusOK, "traceparent", traceNo("9"))
	came("the owner looks", map[wire.EventType]string{"position_released": traceNo("9")})
	a := w.call(token, "POST", "/v1/vehicles/veh_bolt/commands", wire.CommandRequest{Action: wire.ActionLock}, "Idempotency-Key", "intention-5", "traceparent", traceNo("a"))
	want[wire.Command](w, http.StatusAccepted, a)
	w.clock.pass(20 * time.Second)
	came("the owner locks", map[wire.EventType]string{"command.succeeded": traceNo("a")})
	w.steer("golf tire front_left 150")
	came("the car by itself", map[wire.EventType]string{"vehicle.alert": ""})
}

// TestOnlyAWholeTraceIsKept: whatever else comes in the header is nobody's trace.
func TestOnlyAWholeTraceIsKept(t *testing.T) {
	for header, want := range map[string]string{
		traceNo("1"):                        traceNo("1"),
		"":                                  "",
		strings.ToUpper(traceNo("a")):       "",
		traceNo("0"):                        "", // the trace that is none
		traceNo("1")[:54]:                   "",
		traceNo("1") + "0":                  "",
		traceNo("1") + "-more":              "",
		"ff" + traceNo("1")[2:]:             "",
		"01" + traceNo("1")[2:] + "-more":   traceNo("1"), // of a later version, in the words of ours
		traceNo("g"):                        "",
		strings.Repeat("1", 55):             "",
		strings.Repeat(traceNo("1"), 1_000): "",
		"00-" + strings.Repeat("1", 32) + "-" + strings.Repeat("0", 16) + "-01": "",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("traceparent", header)
		if got := traceOf(r); got != want {
			t.Errorf("%.80q: %q, want %q", header, got, want)
		}
	}
}
