package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// killPoints are where the process can be killed, by the world in which that can happen. A plan that is laid down reaches
// each of them in every run; the dice reach some more often.
var killPoints = []struct {
	name   string
	lambda bool // in the world with DynamoDB alone
	home   bool // at home alone
}{
	{name: "before POST grants"}, {name: "after POST grants"},
	{name: "before POST extend"}, {name: "after POST extend"},
	{name: "before POST commands"}, {name: "after POST commands"},
	{name: "before POST revoke"}, {name: "after POST revoke"},
	{name: "before POST block"}, {name: "after POST block"},
	{name: "before DELETE block"}, {name: "after DELETE block"},
	{name: "before the answer"},
	{name: "before the notice", home: true}, {name: "after the notice", home: true}, {name: "before the webhook's answer", home: true},
	{name: "before write", lambda: true}, {name: "after write", lambda: true},
}

// pointOf names the effects as the kill points do.
var pointOf = map[string]string{
	"grant": "POST grants", "extend": "POST extend", "command": "POST commands", "revoke": "POST revoke", "block": "POST block", "unblock": "DELETE block",
}

// sky lies between the skill and everything that it talks to. It sees what passes, and ends the process where it was
// told to.
type sky struct {
	storm  *storm
	server *httptest.Server
	http   *http.Client
	deaf   atomic.Bool // to every answer about an effect

	mu    sync.Mutex
	of    map[string]*stormDevice // by access token
	armed map[string]string       // the point, by device
	hits  map[string]int
}

func (s *storm) newSky() *sky {
	k := &sky{
		storm: s, of: map[string]*stormDevice{}, armed: map[string]string{}, hits: map[string]int{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	k.server = httptest.NewServer(http.HandlerFunc(k.pass))
	return k
}

func (k *sky) knows(token string, d *stormDevice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.of[token] = d
	k.storm.secret(token)
}

// arm has the process killed at a point, by a device's request, or whoever's it is where that cannot be told.
func (k *sky) arm(device, point string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armed[device] = point
}

func (k *sky) disarm(device string) { k.arm(device, "") }

// hit tells whether this is where the process ends, once.
func (k *sky) hit(device, point string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if device == "" { // anybody's
		for d, p := range k.armed {
			if p == point {
				device = d
			}
		}
	}
	if k.armed[device] != point {
		return false
	}
	delete(k.armed, device)
	k.hits[point]++
	return true
}

// pass carries one request of the skill to the garage and the answer back.
func (k *sky) pass(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	k.mu.Lock()
	d := k.of[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	k.mu.Unlock()
	c := call{began: k.storm.now(), body: body}
	c.op, c.target = operation(r.Method, r.URL.Path)
	if d != nil {
		c.device, c.login = d.name, d.login
	}
	if c.op != "" && k.hit(c.device, "before "+pointOf[c.op]) {
		k.storm.kill("before " + pointOf[c.op])
		panic(http.ErrAbortHandler)
	}
	answer, err := k.forward(r, body)
	c.ended = k.storm.now()
	if err == nil {
		c.status, c.heard = answer.status, r.Context().Err() == nil && (len(answer.text) == 0 || json.Valid(answer.text))
		k.storm.learn(answer.text)
	}
	killed := c.op != "" && k.hit(c.device, "after "+pointOf[c.op])
	deaf := c.op != "" && c.op != "read command" && k.deaf.Load()
	c.heard = c.heard && !killed && !deaf
	if c.op != "" && d != nil {
		k.storm.called(c)
	}
	switch {
	case killed:
		k.storm.kill("after " + pointOf[c.op])
		panic(http.ErrAbortHandler)
	case err != nil, deaf:
		cutOff(w)
	default:
		answer.reply(w)
	}
}

// forward asks the garage, whether the skill still waits or not: what has left arrives.
func (k *sky) forward(r *http.Request, body []byte) (carried, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 20*time.Second)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, r.Method, k.storm.garageURL()+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return carried{}, err
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Accept-Encoding") // the transport's own
	out.GetBody = nil                 // nothing is sent twice here
	return carry(k.http, out)
}

// carried is an answer on its way.
type carried struct {
	status int
	header http.Header
	text   []byte
}

// carry sends a request and reads the answer to its end.
func carry(client *http.Client, r *http.Request) (carried, error) {
	response, err := client.Do(r)
	if err != nil {
		return carried{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(response.Body)
	return carried{response.StatusCode, response.Header, text}, err
}

func (c carried) reply(w http.ResponseWriter) {
	for name, values := range c.header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.text)
}

// cutOff ends a connection as the weather does: within the first words.
func cutOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write([]byte("HTTP/1.1 "))
	_ = conn.Close()
}

// letters carries the garage's messages to the process, whichever it is now.
func (k *sky) letters(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var message struct {
		Type string
		Data struct {
			Event struct {
				ID    string
				Grant string `json:"grant_id"`
			}
		}
	}
	_ = json.Unmarshal(body, &message)
	l := letterSeen{id: r.Header.Get("Webhook-Id"), kind: message.Type, event: message.Data.Event.ID, grant: message.Data.Event.Grant}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, k.storm.place.url()+"/events", bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out.Header = r.Header.Clone()
	answer, err := carry(k.http, out)
	if err == nil {
		l.status = answer.status
	}
	if err == nil && k.hit("", "before the webhook's answer") {
		k.storm.kill("before the webhook's answer")
		err = errors.New("killed")
	}
	k.storm.lettered(l)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	answer.reply(w)
}

// notices carries word to the pretend Alexa.
func (k *sky) notices(bell string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		isNotice := strings.HasPrefix(r.URL.Path, "/v1/proactiveEvents")
		if isNotice && k.hit("", "before the notice") {
			k.storm.kill("before the notice")
			panic(http.ErrAbortHandler)
		}
		address, _ := url.Parse(bell)
		out, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, address.JoinPath(r.URL.Path).String(), bytes.NewReader(body))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out.Header = r.Header.Clone()
		answer, err := carry(k.http, out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if isNotice {
			var notice struct{ ReferenceID string }
			_ = json.Unmarshal(body, &notice)
			k.storm.noticed(noticeSeen{reference: notice.ReferenceID, status: answer.status, body: string(body)})
			if k.hit("", "after the notice") {
				k.storm.kill("after the notice")
				panic(http.ErrAbortHandler)
			}
		}
		answer.reply(w)
	})
}
