package dongle_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// problemRows is the contract's meaning of every code, written down a second time on purpose: outcome is
// what a creation may have left behind.
var problemRows = map[string]struct {
	status  int
	kind    vehicle.Kind
	outcome vehicle.Outcome
}{
	"invalid_request":             {400, vehicle.Internal, vehicle.NotDone},
	"idempotency_key_missing":     {400, vehicle.Internal, vehicle.NotDone},
	"unauthorized":                {401, vehicle.NotLinked, vehicle.NotDone},
	"insufficient_scope":          {403, vehicle.Denied, vehicle.NotDone},
	"not_found":                   {404, vehicle.NotFound, vehicle.NotDone},
	"method_not_allowed":          {405, vehicle.Internal, vehicle.NotDone},
	"payload_too_large":           {413, vehicle.Internal, vehicle.NotDone},
	"unsupported_media_type":      {415, vehicle.Internal, vehicle.NotDone},
	"idempotency_key_reused":      {422, vehicle.Invalid, vehicle.NotDone},
	"idempotency_in_progress":     {409, vehicle.Unavailable, vehicle.MaybeDone},
	"window_invalid":              {422, vehicle.Invalid, vehicle.NotDone},
	"window_too_short":            {422, vehicle.Invalid, vehicle.NotDone},
	"window_too_long":             {422, vehicle.Invalid, vehicle.NotDone},
	"window_too_far":              {422, vehicle.Invalid, vehicle.NotDone},
	"window_past":                 {422, vehicle.Invalid, vehicle.NotDone},
	"carrier_unknown":             {422, vehicle.NotFound, vehicle.NotDone},
	"carrier_not_verified":        {422, vehicle.Invalid, vehicle.NotDone},
	"capability_unsupported":      {422, vehicle.Unsupported, vehicle.NotDone},
	"vehicle_blocked":             {409, vehicle.Conflict, vehicle.NotDone},
	"vehicle_moving":              {409, vehicle.Conflict, vehicle.NotDone},
	"vehicle_asleep":              {409, vehicle.Unreachable, vehicle.NotDone},
	"vehicle_unreachable":         {504, vehicle.Unreachable, vehicle.NotDone},
	"grant_not_active":            {409, vehicle.Conflict, vehicle.NotDone},
	"grant_expired":               {409, vehicle.Conflict, vehicle.NotDone},
	"grant_revoked":               {409, vehicle.Conflict, vehicle.NotDone},
	"grant_redeemed":              {409, vehicle.Conflict, vehicle.NotDone},
	"step_out_of_order":           {409, vehicle.Conflict, vehicle.NotDone},
	"wrong_place":                 {409, vehicle.Conflict, vehicle.NotDone},
	"delivery_reference_mismatch": {409, vehicle.Conflict, vehicle.NotDone},
	"left_open":                   {409, vehicle.Conflict, vehicle.NotDone},
	"key_missing":                 {409, vehicle.Conflict, vehicle.NotDone},
	"endpoint_limit":              {422, vehicle.Invalid, vehicle.NotDone},
	"rate_limited":                {429, vehicle.Limited, vehicle.NotDone},
	"internal_error":              {500, vehicle.Unavailable, vehicle.MaybeDone},
	"not_implemented":             {501, vehicle.Unsupported, vehicle.NotDone},
	"upstream_error":              {502, vehicle.Unavailable, vehicle.MaybeDone},
	"unavailable":                 {503, vehicle.Unavailable, vehicle.NotDone},
}

func TestEveryProblemCode(t *testing.T) {
	for _, code := range contract(t).Components.Schemas["ProblemCode"].Value.Enum {
		row, ok := problemRows[code.(string)]
		if !ok {
			t.Errorf("%s is in the contract and not in this table", code)
			continue
		}
		body := fmt.Sprintf(`{"type":"about:blank","title":"t","status":%d,"code":%q,"retryable":false}`, row.status, code)
		c := serve(t, answers(row.status, body))
		_, err := c.CreateGrant(t.Context(), token, key, fourHours)
		wantError(t, err, row.kind, row.outcome)
		if e := refusal(t, err); e.Code != code || e.Op != "create grant" {
			t.Errorf("got code %q of %q, want %q", e.Code, e.Op, code)
		}
		_, err = c.Diagnosis(t.Context(), token, "golf")
		wantError(t, err, row.kind, vehicle.NotDone) // reading leaves nothing behind
	}
	if got, want := len(problemRows), len(contract(t).Components.Schemas["ProblemCode"].Value.Enum); got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
}

// Without a code that we know, the status has to do.
func TestEveryStatus(t *testing.T) {
	bodies := map[string]string{
		"unknown code": `{"code":"brand_new","retryable":true}`,
		"no problem":   `{}`,
		"not JSON":     `<html>Bad gateway</html>`,
		"wrong types":  `{"code":7,"retry_after_s":"soon"}`,
		"empty":        ``,
	}
	for status := 300; status < 600; status++ {
		kind, outcome := vehicle.Internal, vehicle.NotDone
		switch {
		case status == 401:
			kind = vehicle.NotLinked
		case status == 403:
			kind = vehicle.Denied
		case status == 404, status == 410:
			kind = vehicle.NotFound
		case status == 409:
			kind = vehicle.Conflict
		case status == 422:
			kind = vehicle.Invalid
		case status == 429:
			kind = vehicle.Limited
		case status == 501:
			kind = vehicle.Unsupported
		case status == 408, status < 400, status >= 500:
			kind, outcome = vehicle.Unavailable, vehicle.MaybeDone
		}
		for name, body := range bodies {
			if status == http.StatusNotModified {
				body = ""
			}
			c := client(t, canned(status, "application/problem+json", body))
			_, err := c.CreateGrant(t.Context(), token, key, fourHours)
			if wantError(t, err, kind, outcome); t.Failed() {
				t.Fatalf("status %d, %s", status, name)
			}
		}
	}
}

// A success that is not the operation's own proves nothing, even with a problem inside.
func TestUnexpectedSuccess(t *testing.T) {
	for _, status := range []int{200, 202, 204, 299} {
		c := client(t, canned(status, "application/json", `{"code":"window_too_long"}`))
		_, err := c.CreateGrant(t.Context(), token, key, fourHours)
		wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
		if e := refusal(t, err); e.Code != "" {
			t.Errorf("status %d: got code %q, want none", status, e.Code)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, row := range []struct {
		name, header, body string
		want               time.Duration
	}{
		{"neither", "", "0", 0},
		{"header", "7", "0", 7 * time.Second},
		{"body", "", "5", 5 * time.Second},
		{"the longer", "3", "9", 9 * time.Second},
		{"negative", "-4", "-2", 0},
		{"absurd", "99999999999999", "1", time.Hour},
		{"overflow", "9223372036854775807", "9223372036854775807", time.Hour},
		{"a date", "Wed, 21 Oct 2015 07:28:00 GMT", "2", 2 * time.Second},
		{"not a number", "soon", "1", time.Second},
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			if row.header != "" {
				w.Header().Set("Retry-After", row.header)
			}
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = fmt.Fprintf(w, `{"code":"rate_limited","retry_after_s":%s}`, row.body)
		})
		_, err := c.Owner(t.Context(), token)
		wantError(t, err, vehicle.Limited, vehicle.NotDone)
		if e := refusal(t, err); e.RetryAfter != row.want {
			t.Errorf("%s: got %v, want %v", row.name, e.RetryAfter, row.want)
		}
	}
}

// Only what looks like a code may reach a log.
func TestHostileCode(t *testing.T) {
	for _, code := range []string{"Plate TRK 482", strings.Repeat("a", 65), "a\nb", "état"} {
		quoted, err := json.Marshal(code)
		if err != nil {
			t.Fatal(err)
		}
		c := serve(t, answers(http.StatusConflict, `{"code":`+string(quoted)+`}`))
		_, err = c.Owner(t.Context(), token)
		wantError(t, err, vehicle.Conflict, vehicle.NotDone)
		if e := refusal(t, err); e.Code != "" || strings.Contains(err.Error(), "482") {
			t.Errorf("%q: got %v, want it kept out", code, err)
		}
	}
}
