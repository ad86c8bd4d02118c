package dongle_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// openGolf is the answer to asking the golf to open its trunk.
const openGolf = `{"id":"cmd_1","vehicle_id":"golf","action":"open_trunk","status":"queued",
	"created_at":"2031-05-06T21:00:00Z","expires_at":"2031-05-06T21:01:30Z"}`

func TestSend(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := fmt.Sprint(r.Method, " ", r.URL.Path, " ", strings.TrimSpace(string(body)), " ", r.Header.Values("Idempotency-Key"))
		if want := fmt.Sprint(`POST /v1/vehicles/golf/commands {"action":"open_trunk"} [`, string(key), "]"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		answers(http.StatusAccepted, openGolf)(w, r)
	})
	got, err := c.Send(t.Context(), token, key, "golf", vehicle.OpenTheTrunk)
	want := vehicle.Command{
		ID: "cmd_1", Vehicle: "golf", Act: vehicle.OpenTheTrunk, Status: vehicle.Queued,
		CreatedAt: noon, ExpiresAt: noon.Add(90 * time.Second),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, odd := range map[string][2]string{
		"another car": {"golf", "bolt"},
		"another act": {"open_trunk", "unlock"},
		"a new act":   {"open_trunk", "honk"},
		"no identity": {"cmd_1", ""},
		"no end":      {"expires_at", "x"},
	} {
		answer := strings.Replace(openGolf, odd[0], odd[1], 1)
		_, err := client(t, canned(http.StatusAccepted, "application/json", answer)).Send(t.Context(), token, key, "golf", vehicle.OpenTheTrunk)
		if wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone); t.Failed() {
			t.Fatal(name)
		}
	}
}

// What must not be sent is refused before it is.
func TestSendRefuses(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, row := range []struct {
		key  vehicle.IdempotencyKey
		id   vehicle.ID
		act  vehicle.Act
		kind vehicle.Kind
	}{
		{"short", "golf", vehicle.Lock, vehicle.Internal},
		{key, "../me", vehicle.Lock, vehicle.NotFound},
		{key, "golf", "honk", vehicle.Unsupported},
		{key, "golf", "open_key_box", vehicle.Unsupported}, // a courier's, not an owner's
		{key, "golf", "", vehicle.Unsupported},
	} {
		_, err := c.Send(t.Context(), token, row.key, row.id, row.act)
		wantError(t, err, row.kind, vehicle.NotDone)
	}
	_, err := c.Command(t.Context(), token, "../me")
	wantError(t, err, vehicle.NotFound, vehicle.NotDone)
}

func TestOwnersCommand(t *testing.T) {
	for _, row := range []struct {
		status, failure string
		want            vehicle.CommandStatus
		why             vehicle.CommandFailure
	}{
		{"queued", "", vehicle.Queued, ""},
		{"sent", "", vehicle.Sent, ""},
		{"delivered", "", vehicle.Delivered, ""},
		{"succeeded", "", vehicle.Succeeded, ""},
		{"succeeded", "asleep", vehicle.Succeeded, ""},
		{"failed", "asleep", vehicle.Failed, vehicle.CarAsleep},
		{"failed", "unreachable", vehicle.Failed, vehicle.CarUnreachable},
		{"failed", "moving", vehicle.Failed, vehicle.CarMoving},
		{"failed", "blocked", vehicle.Failed, vehicle.CarBlocked},
		{"failed", "revoked", vehicle.Failed, vehicle.GrantWithdrawn},
		{"failed", "rejected_by_car", vehicle.Failed, vehicle.CarRefused},
		{"failed", "gremlins", vehicle.Failed, vehicle.CarRefused},
		{"failed", "", vehicle.Failed, vehicle.CarRefused},
		{"timed_out", "", vehicle.TimedOut, ""},
		{"unknown", "", vehicle.UnknownOutcome, ""},
		{"dreaming", "", vehicle.UnknownOutcome, ""},
		{"", "", vehicle.UnknownOutcome, ""},
	} {
		body := strings.Replace(openGolf, `"queued"`, `"`+row.status+`","failure":"`+row.failure+`"`, 1)
		got, err := client(t, canned(http.StatusOK, "application/json", body)).Command(t.Context(), token, "cmd_1")
		if err != nil || got.Status != row.want || got.Failure != row.why {
			t.Errorf("%s %s: got %+v, %v, want %s %s", row.status, row.failure, got, err, row.want, row.why)
		}
	}
	_, err := client(t, canned(http.StatusOK, "application/json", openGolf)).Command(t.Context(), token, "cmd_2")
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
}
