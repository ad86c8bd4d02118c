package garage

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// TestDeliveryRefusals brings a courier to the car, lets one thing go wrong, and tries a step.
func TestDeliveryRefusals(t *testing.T) {
	far := wire.Position{Latitude: atCar.Latitude + 0.002, Longitude: atCar.Longitude} // 220 m
	for _, c := range []struct {
		name  string
		wrong func(w *world, id string)
		step  string
		body  any
		want  wire.ProblemCode
	}{
		{"twice", func(w *world, id string) {
			w.step(id, "open", redemption())
			w.clock.pass(time.Minute)
			w.step(id, "complete", nil)
		}, "open", redemption(), wire.ProblemCodeGrantRedeemed},
		{"expired", func(w *world, _ string) { w.clock.pass(4 * time.Hour); delete(w.tokens, "ups") }, "open", redemption(), wire.ProblemCodeGrantExpired},
		{"expired, en route again", func(w *world, _ string) { w.clock.pass(4 * time.Hour); delete(w.tokens, "ups") }, "en-route", wire.EnRoute{DeliveryReference: parcel}, wire.ProblemCodeGrantExpired},
		{"revoked", revokeIt, "open", redemption(), wire.ProblemCodeGrantRevoked},
		{"revoked, arrive again", revokeIt, "arrive", wire.Arrival{Position: atCar}, wire.ProblemCodeGrantRevoked},
		{"revoked, complete", revokeIt, "complete", nil, wire.ProblemCodeGrantRevoked},
		{"other parcel", nothing, "open", wire.Redemption{DeliveryReference: "other", Position: atCar}, wire.ProblemCodeDeliveryReferenceMismatch},
		{"other parcel en route", nothing, "en-route", wire.EnRoute{DeliveryReference: "other"}, wire.ProblemCodeDeliveryReferenceMismatch},
		{"courier elsewhere", nothing, "open", wire.Redemption{DeliveryReference: parcel, Position: far}, wire.ProblemCodeWrongPlace},
		{"car moved away", func(w *world, _ string) { w.steer("golf moved 400") }, "open", redemption(), wire.ProblemCodeWrongPlace},
		{"car moved along with the courier", func(w *world, _ string) { w.steer("golf moved 222") }, "open", wire.Redemption{DeliveryReference: parcel, Position: far}, wire.ProblemCodeWrongPlace},
		{"car moving", func(w *world, _ string) { w.steer("golf moving") }, "open", redemption(), wire.ProblemCodeVehicleMoving},
		{"blocked", func(w *world, _ string) { w.steer("golf blocked") }, "open", redemption(), wire.ProblemCodeVehicleBlocked},
		{"unplugged", func(w *world, _ string) { w.steer("golf unplugged") }, "open", redemption(), wire.ProblemCodeVehicleUnreachable},
		{"complete unopened", nothing, "complete", nil, wire.ProblemCodeStepOutOfOrder},
		{"complete too late", func(w *world, id string) {
			w.step(id, "open", redemption())
			w.clock.pass(4*time.Hour + completeGrace)
			delete(w.tokens, "ups")
		}, "complete", nil, wire.ProblemCodeGrantExpired},
		{"no position", nothing, "open", map[string]any{"delivery_reference": parcel}, wire.ProblemCodeInvalidRequest},
		{"half a position", nothing, "open", map[string]any{"delivery_reference": parcel, "position": map[string]any{"latitude": 49.2}}, wire.ProblemCodeInvalidRequest},
		{"off the earth", nothing, "arrive", map[string]any{"position": map[string]any{"latitude": 91, "longitude": 0}}, wire.ProblemCodeInvalidRequest},
		{"no parcel", nothing, "en-route", map[string]any{}, wire.ProblemCodeInvalidRequest},
		{"long parcel", nothing, "open", wire.Redemption{DeliveryReference: strings.Repeat("x", 65), Position: atCar}, wire.ProblemCodeInvalidRequest},
		{"unknown member", nothing, "arrive", map[string]any{"position": atCar, "speed": 4}, wire.ProblemCodeInvalidRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := openWorld(t)
			id := w.arrive("intention-1")
			c.wrong(w, id)
			before := w.ledger()
			a := w.anyhow(w.carrier("ups"), "POST", "/v1/deliveries/"+id+"/"+c.step, c.body)
			w.refused(c.name, a, c.want)
			if got := w.ledger(); !slices.Equal(got, before) {
				t.Errorf("the refusal had an effect: %q", got[len(before):])
			}
		})
	}
}

func nothing(*world, string) {}

func revokeIt(w *world, id string) { w.call(w.owner("demo"), "POST", "/v1/grants/"+id+"/revoke", nil) }

// TestFirstStepsRefused tries steps before the courier is at the car.
func TestFirstStepsRefused(t *testing.T) {
	en := wire.EnRoute{DeliveryReference: parcel}
	w := openWorld(t)
	token := w.owner("demo")
	later := want[wire.Grant](w, http.StatusCreated, w.call(token, "POST", "/v1/vehicles/veh_golf/grants", w.request("ups", time.Hour, 2*time.Hour), "Idempotency-Key", "intention-1"))
	if later.Status != wire.GrantStatusScheduled {
		t.Errorf("a grant for later is %s", later.Status)
	}
	a := w.step(later.ID, "en-route", en)
	w.refused("before the window", a, wire.ProblemCodeGrantNotActive)
	if a.header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After %q, want the hour until the window begins", a.header.Get("Retry-After"))
	}
	if d := w.delivery(later.ID); d.Position != nil || d.Vicinity == nil {
		t.Errorf("before the window the courier sees %+v", d)
	}

	now := w.grant("intention-2").ID
	w.refused("arrive before en route", w.step(now, "arrive", wire.Arrival{Position: atCar}), wire.ProblemCodeStepOutOfOrder)
	w.refused("open before en route", w.step(now, "open", redemption()), wire.ProblemCodeStepOutOfOrder)
	for _, other := range []string{"fedex", "speedy"} {
		w.refused(other+" looks at UPS's delivery", w.call(w.carrier(other), "GET", "/v1/deliveries/"+now, nil), wire.ProblemCodeNotFound)
		w.refused(other+" delivers for UPS", w.call(w.carrier(other), "POST", "/v1/deliveries/"+now+"/en-route", en), wire.ProblemCodeNotFound)
		if list := want[wire.DeliveryList](w, http.StatusOK, w.call(w.carrier(other), "GET", "/v1/deliveries", nil)); len(list.Deliveries) != 0 {
			t.Errorf("%s sees %d deliveries of UPS", other, len(list.Deliveries))
		}
	}
	w.steer("golf moving")
	w.refused("en route to a moving car", w.step(now, "en-route", en), wire.ProblemCodeVehicleMoving)
	w.steer("golf parked", "golf moved 1000")
	w.refused("en route to a car that left", w.step(now, "en-route", en), wire.ProblemCodeWrongPlace)
	w.steer("golf parked")
	want[wire.Delivery](w, http.StatusOK, w.step(now, "en-route", en))
	list := want[wire.DeliveryList](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/deliveries", nil))
	for _, d := range list.Deliveries {
		if d.Position != nil || d.Vehicle != nil {
			t.Errorf("the list tells where the car is: %+v", d)
		}
	}
	w.refused("open before arrival", w.step(now, "open", redemption()), wire.ProblemCodeStepOutOfOrder)
	w.steer("golf moved 1000")
	if d := w.delivery(now); d.Position != nil || d.Vehicle != nil {
		t.Error("the position of a car that left is shown")
	}
	w.steer("golf parked", "golf moving")
	if d := w.delivery(now); d.Position != nil {
		t.Error("the position of a car that drives off is shown")
	}
	w.steer("golf parked")
	if d := w.delivery(now); d.Position == nil {
		t.Error("the position of a car that came back is not shown")
	}
}

func TestCarrierThatLostItsVerification(t *testing.T) {
	w := openWorld(t)
	id := w.arrive("intention-1")
	err := w.db.Update(func(tx *bbolt.Tx) error {
		return put(tx, bucketCarriers, "ups", carrier{ID: "ups", Name: "UPS"})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.refused("open", w.step(id, "open", redemption()), wire.ProblemCodeNotFound)
	if list := want[wire.DeliveryList](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/deliveries", nil)); len(list.Deliveries) != 0 {
		t.Errorf("it still sees %d deliveries", len(list.Deliveries))
	}
}

func TestNothingOpensAfterTheWindow(t *testing.T) {
	w := openWorld(t)
	w.steer("golf asleep")
	id := w.arrive("intention-1")
	w.clock.pass(4*time.Hour - 10*time.Second)
	delete(w.tokens, "ups")
	delete(w.tokens, "demo")
	cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	w.clock.pass(2 * time.Minute)
	cmd = want[wire.Command](w, http.StatusOK, w.call(w.carrier("ups"), "GET", "/v1/commands/"+cmd.ID, nil))
	if cmd.Status != wire.CommandStatusTimedOut || !cmd.ExpiresAt.Equal(twoPM.Add(4*time.Hour)) {
		t.Errorf("the command is %+v, want it to end with the window", cmd)
	}
	history := w.events("veh_golf")
	if tail := history[len(history)-2:]; !slices.Equal(tail, []string{"grant.expired", "command.failed"}) {
		t.Errorf("history ends %v", tail)
	}
}

func TestOwnersParcelBinds(t *testing.T) {
	w := openWorld(t)
	req := w.request("ups", 0, time.Hour)
	req.DeliveryReference = new("MINE-1")
	g := want[wire.Grant](w, http.StatusCreated, w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", req, "Idempotency-Key", "intention-1"))
	w.refused("the first parcel is not the owner's", w.step(g.ID, "en-route", wire.EnRoute{DeliveryReference: parcel}), wire.ProblemCodeDeliveryReferenceMismatch)
	want[wire.Delivery](w, http.StatusOK, w.step(g.ID, "en-route", wire.EnRoute{DeliveryReference: "MINE-1"}))
}

func TestGrantRefusals(t *testing.T) {
	w := openWorld(t)
	w.steer("bolt blocked")
	token := w.owner("demo")
	ups, h := "ups", time.Hour
	for i, c := range []struct {
		name string
		car  string
		req  any
		want wire.ProblemCode
	}{
		{"backwards", "veh_golf", w.request(ups, 2*h, h), wire.ProblemCodeWindowInvalid},
		{"empty", "veh_golf", w.request(ups, h, h), wire.ProblemCodeWindowInvalid},
		{"over", "veh_golf", w.request(ups, -2*h, -h), wire.ProblemCodeWindowPast},
		{"began too long ago", "veh_golf", w.request(ups, -6*time.Minute, h), wire.ProblemCodeWindowPast},
		{"too short", "veh_golf", w.request(ups, 0, 14*time.Minute), wire.ProblemCodeWindowTooShort},
		{"too long", "veh_golf", w.request(ups, 0, 24*h+time.Second), wire.ProblemCodeWindowTooLong},
		{"too far", "veh_golf", w.request(ups, 14*24*h+time.Second, 15*24*h), wire.ProblemCodeWindowTooFar},
		{"unknown carrier", "veh_golf", w.request("nobody", 0, h), wire.ProblemCodeCarrierUnknown},
		{"unverified carrier", "veh_golf", w.request("speedy", 0, h), wire.ProblemCodeCarrierNotVerified},
		{"no actuator", "veh_outback", w.request(ups, 0, h), wire.ProblemCodeCapabilityUnsupported},
		{"blocked", "veh_bolt", w.request(ups, 0, h), wire.ProblemCodeVehicleBlocked},
		{"another's car", "veh_cinquecento", w.request(ups, 0, h), wire.ProblemCodeNotFound},
		{"no car", "veh_x", w.request(ups, 0, h), wire.ProblemCodeNotFound},
		{"key box", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.AccessPoint = wire.AccessPointKeyBox }), wire.ProblemCodeCapabilityUnsupported},
		{"code without the access point", "veh_outback", changed(w, func(r *wire.GrantRequest) { r.WayIn, r.CarrierID = wire.WayInCode, nil }), wire.ProblemCodeCapabilityUnsupported},
		{"code with parcel", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.WayIn, r.CarrierID, r.DeliveryReference = wire.WayInCode, nil, new("1Z") }), wire.ProblemCodeInvalidRequest},
		{"code for a strange name", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.WayIn, r.CarrierID, r.GuestName = wire.WayInCode, nil, new("Sam\n") }), wire.ProblemCodeInvalidRequest},
		{"code with carrier", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.WayIn = wire.WayInCode }), wire.ProblemCodeInvalidRequest},
		{"carrier with guest", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.GuestName = new("Sam") }), wire.ProblemCodeInvalidRequest},
		{"no carrier", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.CarrierID = nil }), wire.ProblemCodeInvalidRequest},
		{"long carrier", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.CarrierID = new(strings.Repeat("u", 65)) }), wire.ProblemCodeInvalidRequest},
		{"empty parcel", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.DeliveryReference = new("") }), wire.ProblemCodeInvalidRequest},
		{"unknown access point", "veh_golf", changed(w, func(r *wire.GrantRequest) { r.AccessPoint = "glove_box" }), wire.ProblemCodeInvalidRequest},
		{"nothing", "veh_golf", map[string]any{}, wire.ProblemCodeInvalidRequest},
		{"unknown member", "veh_golf", map[string]any{"access_point": "trunk", "way_in": "carrier", "carrier_id": "ups", "pin": "4821"}, wire.ProblemCodeInvalidRequest},
		{"a list", "veh_golf", []any{}, wire.ProblemCodeInvalidRequest},
	} {
		a := w.anyhow(token, "POST", "/v1/vehicles/"+c.car+"/grants", c.req, "Idempotency-Key", fmt.Sprintf("intention-%d", i))
		w.refused(c.name, a, c.want)
	}
	if got := w.ledger(); len(got) != 0 {
		t.Errorf("refusals had effects: %q", got)
	}
	if list := want[wire.GrantList](w, http.StatusOK, w.call(token, "GET", "/v1/vehicles/veh_golf/grants", nil)); len(list.Grants) != 0 {
		t.Errorf("refusals made grants: %+v", list.Grants)
	}
}

func changed(w *world, change func(*wire.GrantRequest)) wire.GrantRequest {
	r := w.request("ups", 0, time.Hour)
	change(&r)
	return r
}

func TestBordersOfAWindow(t *testing.T) {
	w := openWorld(t)
	for i, r := range []wire.GrantRequest{
		w.request("ups", 0, 15*time.Minute),
		w.request("ups", 0, 24*time.Hour),
		w.request("ups", -5*time.Minute, time.Hour),
		w.request("ups", 14*24*time.Hour, 15*24*time.Hour),
	} {
		a := w.call(w.owner("demo"), "POST", "/v1/vehicles/veh_golf/grants", r, "Idempotency-Key", fmt.Sprintf("intention-%d", i))
		if a.status != http.StatusCreated {
			t.Errorf("window %v to %v: status %d %s", r.Window.Start, r.Window.End, a.status, a.body)
		}
	}
	want := []string{
		"grant trunk golf UPS until 14:15", "grant trunk golf UPS until 2031-05-07 14:00", "grant trunk golf UPS until 15:00",
		"grant trunk golf UPS from 2031-05-20 14:00 until 2031-05-21 14:00",
	}
	if got := w.ledger(); !slices.Equal(got, want) {
		t.Errorf("ledger %q, want %q", got, want)
	}
}

func TestMalformedRequests(t *testing.T) {
	w := openWorld(t)
	good := `{"access_point":"trunk","way_in":"carrier","carrier_id":"ups","window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-06T23:00:00Z"}}`
	const path = "/v1/vehicles/veh_golf/grants"
	for _, c := range []struct {
		name, body string
		headers    []string
		want       wire.ProblemCode
	}{
		{"no key", good, nil, wire.ProblemCodeIdempotencyKeyMissing},
		{"short key", good, []string{"Idempotency-Key", "1234567"}, wire.ProblemCodeInvalidRequest},
		{"long key", good, []string{"Idempotency-Key", strings.Repeat("k", 256)}, wire.ProblemCodeInvalidRequest},
		{"key with space", good, []string{"Idempotency-Key", "inten tion"}, wire.ProblemCodeInvalidRequest},
		{"no media type", good, []string{"Idempotency-Key", "intention-1", "Content-Type", ""}, wire.ProblemCodeUnsupportedMediaType},
		{"form", good, []string{"Idempotency-Key", "intention-1", "Content-Type", "text/plain"}, wire.ProblemCodeUnsupportedMediaType},
		{"truncated", good[:50], []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"trailing", good + "{}", []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"empty", "", []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"null", "null", []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"strange time", strings.Replace(good, "2031-05-06T21", "tomorrow", 1), []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"huge", `{"x":"` + strings.Repeat("x", maxBody) + `"}`, []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodePayloadTooLarge},
		{"huge and blank", good + strings.Repeat(" ", maxBody), []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodePayloadTooLarge},
		{"deep", strings.Repeat(`{"window":`, 1500), []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeInvalidRequest},
		{"bad UTF-8", strings.Replace(good, "ups", "u\xff", 1), []string{"Idempotency-Key", "intention-1"}, wire.ProblemCodeCarrierUnknown},
	} {
		_, a := w.send(w.owner("demo"), "POST", path, []byte(c.body), c.headers...)
		w.refused(c.name, a, c.want)
	}
	if got := w.ledger(); len(got) != 0 {
		t.Errorf("effects: %q", got)
	}
}

func TestTokens(t *testing.T) {
	w := openWorld(t)
	for name, c := range map[string]struct {
		token, method, path string
		want                wire.ProblemCode
	}{
		"none":              {"", "GET", "/v1/me", wire.ProblemCodeUnauthorized},
		"invented":          {"invented", "GET", "/v1/me", wire.ProblemCodeUnauthorized},
		"carrier as owner":  {w.carrier("ups"), "GET", "/v1/vehicles", wire.ProblemCodeInsufficientScope},
		"owner as carrier":  {w.owner("demo"), "GET", "/v1/deliveries", wire.ProblemCodeInsufficientScope},
		"owner as operator": {w.owner("demo"), "GET", "/v1/webhook-endpoints", wire.ProblemCodeInsufficientScope},
		"no path":           {w.owner("demo"), "GET", "/v1/nothing", wire.ProblemCodeNotFound},
		"no method":         {w.owner("demo"), "DELETE", "/v1/me", wire.ProblemCodeMethodNotAllowed},
		"another's grant":   {w.owner("neighbor"), "GET", "/v1/grants/" + w.grant("intention-1").ID, wire.ProblemCodeNotFound},
		"another's car":     {w.owner("neighbor"), "GET", "/v1/vehicles/veh_golf/diagnostics", wire.ProblemCodeNotFound},
		"another's events":  {w.owner("neighbor"), "GET", "/v1/vehicles/veh_golf/events", wire.ProblemCodeNotFound},
		"another's grants":  {w.owner("neighbor"), "GET", "/v1/vehicles/veh_golf/grants", wire.ProblemCodeNotFound},
		"revoke another's":  {w.owner("neighbor"), "POST", "/v1/grants/grt_1/revoke", wire.ProblemCodeNotFound},
		"unknown command":   {w.owner("demo"), "GET", "/v1/commands/cmd_1", wire.ProblemCodeNotFound},
	} {
		_, a := w.send(c.token, c.method, c.path, nil)
		w.refused(name, a, c.want)
	}
	id := w.arrive("intention-2")
	cmd := want[wire.Command](w, http.StatusAccepted, w.step(id, "open", redemption()))
	for _, token := range []string{w.owner("neighbor"), w.carrier("fedex")} {
		w.refused("another's command", w.call(token, "GET", "/v1/commands/"+cmd.ID, nil), wire.ProblemCodeNotFound)
	}
	w.clock.pass(time.Hour)
	w.refused("expired token", w.call(w.tokens["demo"], "GET", "/v1/me", nil), wire.ProblemCodeUnauthorized)
}

// anyhow sends a request that may break the contract and holds only the answer against it.
func (w *world) anyhow(token, method, path string, body any, headers ...string) answer {
	w.Helper()
	text := []byte(nil)
	if body != nil {
		text = marshal(w.TB, body)
	}
	req, a := w.send(token, method, path, text, headers...)
	if a.err != nil {
		w.Fatal(a.err)
	}
	w.holdAgainstContract(req, text, a, false)
	return a
}

// TestScopesAreTheContracts compares the table of scopes with the contract's security.
func TestScopesAreTheContracts(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", "dongle", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, item := range doc.Paths.Map() {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		for method, op := range item.Operations() {
			n++
			var needs []string
			for _, requirement := range *op.Security {
				for _, scopes := range requirement {
					needs = append(needs, scopes...)
				}
			}
			if got := scopes[method+" "+path]; !slices.Equal(got, needs) {
				t.Errorf("%s %s: scopes %v, the contract says %v", method, path, got, needs)
			}
		}
	}
	if n != len(scopes) {
		t.Errorf("the table has %d operations, the contract %d", len(scopes), n)
	}
}

// TestProblemsAreTheContracts compares the table of problems with the codes of the contract and the statuses in
// its comments.
func TestProblemsAreTheContracts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "dongle", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^ +- ([a-z_]+) +# ([45]\d\d)`).FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		p, ok := problems[wire.ProblemCode(m[1])]
		if !ok || strconv.Itoa(p.status) != m[2] {
			t.Errorf("%s: status %d, the contract says %s", m[1], p.status, m[2])
		}
	}
	if len(found) != len(problems) {
		t.Errorf("the table has %d codes, the contract %d", len(problems), len(found))
	}
}
