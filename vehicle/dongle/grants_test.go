package dongle_test

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

const guestGrant = `{"id":"grt_2","vehicle_id":"golf","access_point":"trunk","way_in":"code","guest_name":"Kim","code":"40281753",
	"window":{"start":"2031-05-06T21:00:00Z","end":"2031-05-07T01:00:00Z"},
	"max_uses":1,"uses":0,"created_at":"2031-05-06T21:00:00Z","status":"active"}`

// forKim is the request that it answers.
func forKim() vehicle.GrantRequest {
	r := fourHours
	r.CarrierID, r.Guest = "", " Kim "
	return r
}

func TestGuestGrant(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if text := string(body); !strings.Contains(text, `"guest_name":"Kim"`) || !strings.Contains(text, `"way_in":"code"`) || strings.Contains(text, "carrier") {
			t.Errorf("sent %s", text)
		}
		answers(http.StatusCreated, guestGrant)(w, r)
	})
	got, err := c.CreateGrant(t.Context(), token, key, forKim())
	want := vehicle.Grant{
		ID: "grt_2", Vehicle: "golf", AccessPoint: vehicle.Trunk, Guest: "Kim", Code: "40281753",
		Window: fourHours.Window, MaxUses: 1, CreatedAt: noon,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, row := range map[string]struct {
		answer string
		ok     bool
	}{
		"a replay has no code":      {strings.Replace(guestGrant, `"code":"40281753",`, ``, 1), true},
		"a word for a code":         {strings.Replace(guestGrant, `40281753`, `open sesame`, 1), false},
		"a short code":              {strings.Replace(guestGrant, `40281753`, `12345`, 1), false},
		"another guest":             {strings.Replace(guestGrant, `Kim`, `Lee`, 1), false},
		"a carrier instead":         {goodGrant, false},
		"nobody":                    {strings.Replace(guestGrant, `"guest_name":"Kim",`, ``, 1), false},
		"a guest who is a carrier":  {strings.Replace(guestGrant, `"way_in":"code"`, `"way_in":"carrier","carrier":{"id":"ups","name":"UPS","status":"verified"}`, 1), false},
		"a guest of another window": {strings.Replace(guestGrant, `T01`, `T02`, 1), false},
	} {
		g, err := client(t, canned(http.StatusCreated, "application/json", row.answer)).CreateGrant(t.Context(), token, key, forKim())
		if row.ok {
			if err != nil || g.Code != "" {
				t.Errorf("%s: got code %q, %v", name, string(g.Code), err)
			}
			continue
		}
		if wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone); t.Failed() {
			t.Fatal(name)
		}
	}
	list := `{"grants":[` + guestGrant + `]}`
	grants, err := client(t, canned(http.StatusOK, "application/json", list)).Grants(t.Context(), token, "golf")
	if err != nil || grants[0].Code != "" || grants[0].Guest != "Kim" {
		t.Errorf("got %+v, %v, want Kim's grant without its code", grants, err)
	}
}

// Exactly one of carrier and guest; nothing else is sent.
func TestWhoIsLetIn(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for name, row := range map[string]struct {
		carrier, guest string
		kind           vehicle.Kind
	}{
		"both":            {"ups", "Kim", vehicle.Internal},
		"neither":         {"", "", vehicle.NotFound},
		"blank":           {"", "  ", vehicle.NotFound},
		"a bell":          {"", "K\aim", vehicle.Invalid},
		"symbols":         {"", "!?", vehicle.Invalid},
		"a very long one": {"", strings.Repeat("é", 61), vehicle.Invalid},
	} {
		r := fourHours
		r.CarrierID, r.Guest = row.carrier, row.guest
		_, err := c.CreateGrant(t.Context(), token, key, r)
		if wantError(t, err, row.kind, vehicle.NotDone); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestExtendGrant(t *testing.T) {
	end := noon.Add(4 * time.Hour)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got, want := r.Method+" "+r.URL.Path+" "+strings.TrimSpace(string(body)), `POST /v1/grants/grt_1/extend {"end":"2031-05-07T01:00:00Z"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		answers(http.StatusOK, goodGrant)(w, r)
	})
	g, err := c.ExtendGrant(t.Context(), token, "grt_1", end.Add(999).In(time.FixedZone("", 3600)))
	if err != nil || g.ID != "grt_1" || !g.Window.End.Equal(end) {
		t.Errorf("got %+v, %v", g, err)
	}
	for name, odd := range map[string][2]string{
		"another grant": {"grt_1", "grt_2"},
		"a shorter end": {"T01:00", "T00:00"},
		"a later end":   {"T01:00", "T02:00"},
		"no end":        {`"end":"2031-05-07T01:00:00Z"`, `"x":1`},
	} {
		answer := strings.Replace(goodGrant, odd[0], odd[1], 1)
		_, err := client(t, canned(http.StatusOK, "application/json", answer)).ExtendGrant(t.Context(), token, "grt_1", end)
		if wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestRevokeGrant(t *testing.T) {
	revoked := strings.Replace(goodGrant, `"uses":0`, `"uses":0,"revoked_at":"2031-05-06T21:00:00Z"`, 1)
	for _, row := range []struct {
		name, answer string
		ok           bool
	}{
		{"revoked", revoked, true},
		{"revoked by a clock ahead of ours", strings.Replace(revoked, `at":"2031-05-06T21:00`, `at":"2031-05-06T21:03`, 1), true},
		{"used before", strings.Replace(goodGrant, `"uses":0`, `"uses":1`, 1), true},
		{"over before", strings.NewReplacer("06T21:00", "05T21:00", "07T01:00", "06T01:00").Replace(goodGrant), true},
		{"still open", goodGrant, false},
		{"another grant", strings.Replace(revoked, "grt_1", "grt_2", 1), false},
	} {
		g, err := client(t, canned(http.StatusOK, "application/json", row.answer)).RevokeGrant(t.Context(), token, "grt_1")
		if row.ok {
			if err != nil || g.ID != "grt_1" {
				t.Errorf("%s: got %+v, %v", row.name, g, err)
			}
			continue
		}
		if wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone); t.Failed() {
			t.Fatal(row.name)
		}
	}
}

func TestBlock(t *testing.T) {
	body := `{"since":"2031-05-06T20:00:00Z","revoked_grants":["grt_1","grt_2"]}`
	got, err := client(t, canned(http.StatusOK, "application/json", body)).Block(t.Context(), token, "golf")
	if want := (vehicle.Block{Since: noon.Add(-time.Hour), Revoked: []string{"grt_1", "grt_2"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, body := range []string{
		`{}`, `{"revoked_grants":[]}`, `{"since":"2031-05-06T20:00:00Z","revoked_grants":["../x"]}`,
		`{"since":"2031-05-06T20:00:00Z","revoked_grants":["grt_1","grt_1"]}`,
	} {
		_, err := client(t, canned(http.StatusOK, "application/json", body)).Block(t.Context(), token, "golf")
		if wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone); t.Failed() {
			t.Fatal(body)
		}
	}
}

func TestUnblock(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Method+" "+r.URL.Path, "DELETE /v1/vehicles/golf/block"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if err := c.Unblock(t.Context(), token, "golf"); err != nil {
		t.Error(err)
	}
	err := client(t, canned(http.StatusOK, "application/json", `{}`)).Unblock(t.Context(), token, "golf")
	wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
}
