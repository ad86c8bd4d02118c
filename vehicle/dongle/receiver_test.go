package dongle_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

var (
	oldSecret = "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 24))
	newSecret = "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 64))
	noSecret  = "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{3}, 32))
)

const openedMessage = `{"type":"trunk.opened","timestamp":"2031-05-06T20:59:58Z","data":{"owner_id":"o1","event":{"id":"e1",
	"type":"trunk.opened","at":"2031-05-06T20:59:57Z","vehicle_id":"golf","grant_id":"grt_1","command_id":"cmd_1","actor":{"kind":"car"}}}}`

// signed is a message as the cloud sends it.
func signed(t testing.TB, secret, id string, at time.Time, body string) *http.Request {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	return r
}

// inbox keeps what a receiver passed on.
type inbox struct {
	messages []dongle.Message
	fails    error
	log      bytes.Buffer
}

func (i *inbox) receive(_ context.Context, m dongle.Message) error {
	i.messages = append(i.messages, m)
	return i.fails
}

func receiver(t testing.TB, i *inbox) http.Handler {
	t.Helper()
	h, err := dongle.NewReceiver(dongle.ReceiverOptions{
		Secrets: []string{oldSecret, newSecret}, Now: clock, Receive: i.receive, Log: slog.New(slog.NewTextHandler(&i.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReceiverTakesSignedMessages(t *testing.T) {
	t.Parallel()
	want := dongle.Message{
		ID: "msg_1", Owner: "o1", Vehicle: "golf",
		Event: vehicle.Event{
			ID: "e1", Type: vehicle.TrunkOpened, At: time.Date(2031, 5, 6, 20, 59, 57, 0, time.UTC),
			Grant: "grt_1", Command: "cmd_1", Actor: vehicle.Actor{Kind: vehicle.ByCar},
		},
	}
	for name, request := range map[string]*http.Request{
		"the old key":         signed(t, oldSecret, "msg_1", noon, openedMessage),
		"the new key":         signed(t, newSecret, "msg_1", noon, openedMessage),
		"almost too old":      signed(t, newSecret, "msg_1", noon.Add(-5*time.Minute), openedMessage),
		"almost too new":      signed(t, newSecret, "msg_1", noon.Add(5*time.Minute), openedMessage),
		"signed by two, ours": twice(t),
		"with a charset":      with(signed(t, newSecret, "msg_1", noon, openedMessage), "Content-Type", "application/json; charset=utf-8"),
	} {
		i := &inbox{}
		w := httptest.NewRecorder()
		receiver(t, i).ServeHTTP(w, request)
		if w.Code != http.StatusNoContent || len(i.messages) != 1 || !reflect.DeepEqual(i.messages[0], want) {
			t.Errorf("%s: got %d and %+v, want 204 and %+v", name, w.Code, i.messages, want)
		}
	}
}

// twice is signed by a stranger first, as while a sender rotates its keys.
func twice(t *testing.T) *http.Request {
	t.Helper()
	stranger := signed(t, noSecret, "msg_1", noon, openedMessage).Header.Get("webhook-signature")
	r := signed(t, newSecret, "msg_1", noon, openedMessage)
	return with(r, "webhook-signature", "v2,other "+stranger+" "+r.Header.Get("webhook-signature"))
}

func with(r *http.Request, header, value string) *http.Request {
	r.Header.Set(header, value)
	return r
}

func TestReceiverRefuses(t *testing.T) {
	t.Parallel()
	good := func() *http.Request { return signed(t, newSecret, "msg_1", noon, openedMessage) }
	sent := func(body string) *http.Request { return signed(t, newSecret, "msg_1", noon, body) }
	get := good()
	get.Method = http.MethodGet
	changed := good()
	changed.Body = http.NoBody
	rows := map[string]struct {
		request *http.Request
		status  int
	}{
		"GET":                        {get, http.StatusMethodNotAllowed},
		"another media type":         {with(good(), "Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
		"no media type":              {with(good(), "Content-Type", ""), http.StatusUnsupportedMediaType},
		"too large":                  {sent(strings.Repeat(" ", 65<<10) + openedMessage), http.StatusRequestEntityTooLarge},
		"no id":                      {with(good(), "webhook-id", ""), http.StatusBadRequest},
		"an id that is none":         {with(good(), "webhook-id", "a b"), http.StatusBadRequest},
		"an id that is too long":     {signed(t, newSecret, strings.Repeat("m", 257), noon, openedMessage), http.StatusBadRequest},
		"another id":                 {with(good(), "webhook-id", "msg_2"), http.StatusUnauthorized},
		"no timestamp":               {with(good(), "webhook-timestamp", ""), http.StatusBadRequest},
		"a timestamp in words":       {with(good(), "webhook-timestamp", "noon"), http.StatusBadRequest},
		"another timestamp":          {with(good(), "webhook-timestamp", strconv.FormatInt(noon.Unix()+1, 10)), http.StatusUnauthorized},
		"no signature":               {with(good(), "webhook-signature", ""), http.StatusUnauthorized},
		"a signature that is none":   {with(good(), "webhook-signature", "v1"), http.StatusUnauthorized},
		"a signature of a later day": {with(good(), "webhook-signature", strings.Replace(good().Header.Get("webhook-signature"), "v1,", "v2,", 1)), http.StatusUnauthorized},
		"a stranger's signature":     {signed(t, noSecret, "msg_1", noon, openedMessage), http.StatusUnauthorized},
		"another body":               {changed, http.StatusUnauthorized},
		"too old":                    {signed(t, newSecret, "msg_1", noon.Add(-5*time.Minute-time.Second), openedMessage), http.StatusBadRequest},
		"too new":                    {signed(t, newSecret, "msg_1", noon.Add(5*time.Minute+time.Second), openedMessage), http.StatusBadRequest},
		"not JSON":                   {sent(`{`), http.StatusBadRequest},
		"not UTF-8":                  {sent("\"\xff\""), http.StatusBadRequest},
		"empty":                      {sent(`{}`), http.StatusBadRequest},
		"two types":                  {sent(strings.Replace(openedMessage, `"type":"trunk.opened","timestamp"`, `"type":"trunk.closed","timestamp"`, 1)), http.StatusBadRequest},
		"an owner that is none":      {sent(strings.Replace(openedMessage, `"o1"`, `"../o1"`, 1)), http.StatusBadRequest},
		"an event without id":        {sent(strings.Replace(openedMessage, `"e1"`, `""`, 1)), http.StatusBadRequest},
	}
	for name, row := range rows {
		i := &inbox{}
		w := httptest.NewRecorder()
		receiver(t, i).ServeHTTP(w, row.request)
		if w.Code != row.status || len(i.messages) != 0 || w.Body.Len() != 0 {
			t.Errorf("%s: got %d, %d messages and the body %q, want %d and nothing", name, w.Code, len(i.messages), w.Body, row.status)
		}
		if log := i.log.String(); !strings.Contains(log, "reason=") || strings.Contains(log, "golf") {
			t.Errorf("%s: the log says %q, want a reason and nothing of the message", name, log)
		}
	}
}

func TestReceiverLeavesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	i := &inbox{}
	w := httptest.NewRecorder()
	receiver(t, i).ServeHTTP(w, signed(t, newSecret, "msg_1", noon, strings.ReplaceAll(openedMessage, "trunk.opened", "sunroof.opened")))
	if w.Code != http.StatusNoContent || len(i.messages) != 0 {
		t.Errorf("got %d and %d messages, want 204 and none", w.Code, len(i.messages))
	}
}

func TestReceiverAsksForTheMessageAgain(t *testing.T) {
	t.Parallel()
	i := &inbox{fails: errors.New("the store is away")}
	w := httptest.NewRecorder()
	receiver(t, i).ServeHTTP(w, signed(t, newSecret, "msg_1", noon, openedMessage))
	if w.Code != http.StatusServiceUnavailable || w.Body.Len() != 0 || !strings.Contains(i.log.String(), "the store is away") {
		t.Errorf("got %d, %q and the log %q, want 503, no body and the error in the log", w.Code, w.Body, i.log.String())
	}
}

func TestReceiverTellsAlerts(t *testing.T) {
	t.Parallel()
	i := &inbox{}
	body := `{"type":"vehicle.alert","timestamp":"2031-05-06T20:59:58Z","data":{"owner_id":"o1","event":{"id":"e2",
		"type":"vehicle.alert","at":"2031-05-06T20:59:57Z","vehicle_id":"golf","alert":"tire_low","actor":{"kind":"car"}}}}`
	receiver(t, i).ServeHTTP(httptest.NewRecorder(), signed(t, newSecret, "msg_2", noon, body))
	if len(i.messages) != 1 || i.messages[0].Event.Alert != vehicle.AlertTire {
		t.Errorf("got %+v, want a tire alert", i.messages)
	}
}

func TestNewReceiverRefusesOptions(t *testing.T) {
	t.Parallel()
	good := dongle.ReceiverOptions{Secrets: []string{oldSecret}, Now: clock, Receive: (&inbox{}).receive, Log: slog.New(slog.DiscardHandler)}
	for name, change := range map[string]func(*dongle.ReceiverOptions){
		"no clock":        func(o *dongle.ReceiverOptions) { o.Now = nil },
		"nobody receives": func(o *dongle.ReceiverOptions) { o.Receive = nil },
		"no log":          func(o *dongle.ReceiverOptions) { o.Log = nil },
		"no secret":       func(o *dongle.ReceiverOptions) { o.Secrets = nil },
		"not base64":      func(o *dongle.ReceiverOptions) { o.Secrets = []string{oldSecret, "whsec_secret!"} },
		"too short":       func(o *dongle.ReceiverOptions) { o.Secrets = []string{"whsec_c2hvcnQ="} },
	} {
		o := good
		change(&o)
		h, err := dongle.NewReceiver(o)
		if err == nil || h != nil {
			t.Errorf("%s: got %v, want an error", name, h)
		} else if strings.Contains(err.Error(), "secret!") {
			t.Errorf("%s: the error quotes the secret: %v", name, err)
		}
	}
}

// FuzzReceiver sends anything at any time, signed or not: no panic, and what is passed on is sound and was signed.
func FuzzReceiver(f *testing.F) {
	f.Add("msg_1", "0", "v1,", openedMessage, true)
	f.Add("msg_1", "1", "", openedMessage, false)
	f.Add("", "", "", "", false)
	f.Add("msg_1", "0", "", strings.ReplaceAll(openedMessage, "trunk.opened", "vehicle.alert"), true)
	f.Fuzz(func(t *testing.T, id, timestamp, signature, body string, sign bool) {
		i := &inbox{}
		r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
		if sign {
			r = signed(t, newSecret, id, noon, body)
		} else {
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("webhook-id", id)
			r.Header.Set("webhook-timestamp", timestamp)
			r.Header.Set("webhook-signature", signature)
		}
		w := httptest.NewRecorder()
		receiver(t, i).ServeHTTP(w, r)
		if len(i.messages) == 0 {
			return
		}
		m := i.messages[0]
		if w.Code != http.StatusNoContent || !sign || m.ID != id || m.Owner == "" || m.Vehicle == "" || m.Event.ID == "" || m.Event.At.IsZero() {
			t.Errorf("got %d and %+v for a message signed: %t", w.Code, m, sign)
		}
	})
}
