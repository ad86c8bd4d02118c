package dongle_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// operatorOver speaks to a cloud that signs it in and then answers always the same.
func operatorOver(t *testing.T, status int, body string) (*dongle.Operator, *[]string) {
	t.Helper()
	asked := &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			answers(http.StatusOK, `{"access_token":"token","token_type":"bearer","expires_in":600}`)(w, r)
			return
		}
		*asked = append(*asked, r.Method+" "+r.URL.Path)
		answers(status, body)(w, r)
	}))
	t.Cleanup(server.Close)
	o, err := dongle.NewOperator(dongle.Options{BaseURL: server.URL, HTTP: server.Client(), Now: clock}, "operator", "secret")
	if err != nil {
		t.Fatal(err)
	}
	return o, asked
}

const (
	here       = "http://127.0.0.1:8080/events"
	goodPlaces = `{"id":"whe_1","url":"` + here + `","created_at":"2031-05-06T21:00:00Z","enabled":true`
)

func TestOperator(t *testing.T) {
	t.Parallel()
	o, asked := operatorOver(t, http.StatusOK, `{"endpoints":[`+goodPlaces+`}]}`)
	list, err := o.Endpoints(t.Context())
	if want := []dongle.Endpoint{{ID: "whe_1", URL: here, Enabled: true}}; err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v, %v; want %+v", list, err, want)
	}
	wantAsked(t, *asked, "GET /v1/webhook-endpoints")
	o, asked = operatorOver(t, http.StatusCreated, goodPlaces+`,"secret":"`+newSecret+`"}`)
	if secret, err := o.AddEndpoint(t.Context(), here); err != nil || secret != newSecret {
		t.Errorf("got %q, %v; want the secret", secret, err)
	}
	wantAsked(t, *asked, "POST /v1/webhook-endpoints")
	o, asked = operatorOver(t, http.StatusNoContent, "")
	if err := o.RemoveEndpoint(t.Context(), "whe_1"); err != nil {
		t.Error(err)
	}
	wantAsked(t, *asked, "DELETE /v1/webhook-endpoints/whe_1")
}

func wantAsked(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the cloud was asked %q, want %q", got, want)
	}
}

func TestOperatorRefusesAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no secret":        goodPlaces + `}`,
		"a weak secret":    goodPlaces + `,"secret":"whsec_c2hvcnQ="}`,
		"another address":  strings.Replace(goodPlaces, "8080", "8081", 1) + `,"secret":"` + newSecret + `"}`,
		"not the contract": `[]`,
	} {
		o, _ := operatorOver(t, http.StatusCreated, answer)
		secret, err := o.AddEndpoint(t.Context(), here)
		wantError(t, err, vehicle.Unavailable, vehicle.MaybeDone)
		if secret != "" {
			t.Errorf("%s: got %q", name, secret)
		}
	}
	o, _ := operatorOver(t, http.StatusOK, `{"endpoints":[{"id":"../x","url":"`+here+`"}]}`)
	_, err := o.Endpoints(t.Context())
	wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
	o, asked := operatorOver(t, http.StatusNoContent, "")
	wantError(t, o.RemoveEndpoint(t.Context(), "../owners"), vehicle.NotFound, vehicle.NotDone)
	if len(*asked) != 0 {
		t.Errorf("the cloud was asked %q", *asked)
	}
}

func TestNewOperatorRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]dongle.Options{"no address": {Now: clock}, "no clock": {BaseURL: "https://cloud.example"}} {
		if got, err := dongle.NewOperator(o, "operator", "secret"); err == nil || got != nil {
			t.Errorf("%s: got an operator, want an error", name)
		}
	}
	if _, err := dongle.NewOperator(dongle.Options{BaseURL: "https://cloud.example", Now: clock}, "operator", ""); err == nil {
		t.Error("no secret: got an operator, want an error")
	}
}
