package endpoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
)

const skillID = "amzn1.ask.skill.5f6c2f0e-1b7a-4c43-9a55-1d7d3c0a9b11"

var noon = time.Date(2031, 5, 6, 12, 0, 0, 0, time.UTC)

// door is a verifier before a handler that counts what gets through.
type door struct {
	t       *testing.T
	alexa   *endpointtest.Alexa
	now     time.Time
	options VerifierOptions
	handler http.Handler
	log     bytes.Buffer
	reasons []Reason
	acted   int
	status  int    // with which the handler behind answers
	behind  func() // what happens while it does
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{t: t, alexa: endpointtest.New(t, noon), now: noon, status: http.StatusOK, behind: func() {}}
	d.options = VerifierOptions{
		ApplicationID: skillID, Roots: d.alexa.Roots(), HTTP: d.alexa.HTTP(), Now: func() time.Time { return d.now },
		Log: slog.New(slog.NewTextHandler(&d.log, nil)), Observe: func(r Reason) { d.reasons = append(d.reasons, r) },
	}
	d.build()
	return d
}

func (d *door) build() {
	d.t.Helper()
	v, err := NewVerifier(d.options)
	if err != nil {
		d.t.Fatal(err)
	}
	d.handler = v.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.acted++
		d.behind()
		w.WriteHeader(d.status)
	}))
}

// body is a request made at an instant.
func body(kind, id string, at time.Time) []byte {
	return fmt.Appendf(nil, `{"version":"1.0","context":{"System":{"application":{"applicationId":%q}}},
 "request": {"type":%q,"requestId":%q,"timestamp":%q}}`, skillID, kind, id, at.Format(time.RFC3339))
}

func launch() []byte { return body(skill.TypeLaunchRequest, "r1", noon) }

// knock sends a request and gives the status.
func (d *door) knock(header http.Header, sent []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/alexa", bytes.NewReader(sent))
	r.Header = header
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d *door) signed(sent []byte) *httptest.ResponseRecorder {
	return d.knock(d.alexa.Header(sent), sent)
}

// attempt is a request that a row of the checklist changes.
type attempt struct {
	*door
	header http.Header
	body   []byte
}

// The checklist: what must be refused and why, and what must get through.
func TestVerify(t *testing.T) {
	const header, signature = "Signaturecertchainurl", "Signature-256"
	chain := func(l func(a *attempt) endpointtest.Leaf) func(*attempt) {
		return func(a *attempt) { a.alexa.Put(endpointtest.Path, 200, a.alexa.Chain(l(a))) }
	}
	made := func(kind string, ago time.Duration) func(*attempt) {
		return func(a *attempt) { a.body = body(kind, "r1", noon.Add(-ago)); a.header = a.alexa.Header(a.body) }
	}
	written := func(from, to string) func(*attempt) {
		return func(a *attempt) {
			a.body = bytes.Replace(a.body, []byte(from), []byte(to), 1)
			a.header = a.alexa.Header(a.body)
		}
	}
	for _, row := range []struct {
		name   string
		want   Reason // "" gets through
		change func(*attempt)
	}{
		{"all valid", "", func(*attempt) {}},
		{"headers in another case", "", func(a *attempt) {
			lower := http.Header{}
			lower.Set("signaturecertchainurl", a.header.Get(header))
			lower.Set("SIGNATURE-256", a.header.Get(signature))
			a.header = lower
		}},
		{"no headers", NoCertificateURL, func(a *attempt) { a.header = http.Header{} }},
		{"no certificate URL", NoCertificateURL, func(a *attempt) { a.header.Del(header) }},
		{"empty certificate URL", NoCertificateURL, func(a *attempt) { a.header.Set(header, "") }},
		{"two certificate URLs", NoCertificateURL, func(a *attempt) { a.header.Add(header, endpointtest.URL) }},
		{"no signature", NoSignature, func(a *attempt) { a.header.Del(signature) }},
		{"empty signature", NoSignature, func(a *attempt) { a.header.Set(signature, "") }},
		{"two signatures", NoSignature, func(a *attempt) { a.header.Add(signature, "AAAA") }},
		{"the SHA-1 header alone", NoSignature, func(a *attempt) { a.header.Set("Signature", a.header.Get(signature)); a.header.Del(signature) }},

		{"a URL that is none", BadCertificateURL, func(a *attempt) { a.header.Set(header, "://") }},
		{"a URL elsewhere", BadCertificateURL, func(a *attempt) { a.header.Set(header, "https://evil.example/echo.api/x.pem") }},
		{"the URL written differently", "", func(a *attempt) { a.header.Set(header, "HTTPS://S3.amazonaws.com:443/x/../echo.api/echo-api-cert.pem") }},

		{"no such certificate", CertificateNotHad, func(a *attempt) { a.header.Set(header, endpointtest.URL+".old") }},
		{"the certificate moved", CertificateNotHad, func(a *attempt) { a.alexa.Put(endpointtest.Path, 302, nil) }},
		{"the host fails", CertificateNotHad, func(a *attempt) { a.alexa.Put(endpointtest.Path, 503, nil) }},
		{"the network fails", CertificateNotHad, func(a *attempt) { a.alexa.Break(endpointtest.Path, errors.New("no route")) }},
		{"a huge certificate", CertificateNotHad, func(a *attempt) { a.alexa.Put(endpointtest.Path, 200, make([]byte, maxCertificateBytes+1)) }},
		{"an empty certificate", BadCertificate, func(a *attempt) { a.alexa.Put(endpointtest.Path, 200, nil) }},
		{"a page", BadCertificate, func(a *attempt) { a.alexa.Put(endpointtest.Path, 200, []byte("<html>")) }},
		{"a key instead", BadCertificate, func(a *attempt) {
			a.alexa.Put(endpointtest.Path, 200, bytes.ReplaceAll(a.alexa.Chain(endpointtest.Leaf{}), []byte("CERTIFICATE"), []byte("PRIVATE KEY")))
		}},
		{"too many certificates", BadCertificate, func(a *attempt) {
			a.alexa.Put(endpointtest.Path, 200, bytes.Repeat(a.alexa.Alone(endpointtest.Leaf{}), maxChain+1))
		}},
		{"half a chain", BadCertificate, func(a *attempt) {
			whole := a.alexa.Chain(endpointtest.Leaf{})
			a.alexa.Put(endpointtest.Path, 200, whole[:len(whole)-100])
		}},

		{"an expired leaf", CertificateExpired, chain(func(*attempt) endpointtest.Leaf { return endpointtest.Leaf{Until: noon.Add(-time.Second)} })},
		{"a leaf of tomorrow", CertificateExpired, chain(func(*attempt) endpointtest.Leaf { return endpointtest.Leaf{From: noon.Add(time.Second)} })},
		{"another name", CertificateName, chain(func(*attempt) endpointtest.Leaf { return endpointtest.Leaf{Names: []string{"api.amazon.com"}} })},
		{"no name but the common one", CertificateName, chain(func(*attempt) endpointtest.Leaf { return endpointtest.Leaf{Names: []string{}} })},
		{"a wildcard", CertificateName, chain(func(*attempt) endpointtest.Leaf { return endpointtest.Leaf{Names: []string{"*.amazon.com"}} })},
		{"several names", "", chain(func(*attempt) endpointtest.Leaf {
			return endpointtest.Leaf{Names: []string{"x.example", endpointtest.Name}}
		})},
		{"a key of another kind", BadCertificate, chain(func(a *attempt) endpointtest.Leaf { return endpointtest.Leaf{Key: ecdsaKey(a.t).Public()} })},
		{"no intermediate", UntrustedChain, func(a *attempt) { a.alexa.Put(endpointtest.Path, 200, a.alexa.Alone(endpointtest.Leaf{})) }},
		{"another authority", UntrustedChain, func(a *attempt) {
			a.alexa.Put(endpointtest.Path, 200, endpointtest.New(a.t, noon).Chain(endpointtest.Leaf{}))
		}},

		{"garbage for a signature", BadSignature, func(a *attempt) { a.header.Set(signature, "not base64!") }},
		{"no signature of anything", BadSignature, func(a *attempt) { a.header.Set(signature, "AAAA") }},
		{"another key", BadSignature, func(a *attempt) { a.header.Set(signature, a.alexa.Sign(rsaKey(a.t), a.body)) }},
		{"another body", BadSignature, func(a *attempt) { a.body = bytes.Replace(a.body, []byte("r1"), []byte("r2"), 1) }},
		{"no body", BadSignature, func(a *attempt) { a.body = nil }},
		{"the body written anew", BadSignature, func(a *attempt) {
			var compact bytes.Buffer
			if err := json.Compact(&compact, a.body); err != nil {
				a.t.Fatal(err)
			}
			a.body = compact.Bytes()
		}},
		{"a body too large", UnreadableBody, func(a *attempt) { a.body = make([]byte, skill.MaxRequestBytes+1); a.header = a.alexa.Header(a.body) }},

		{"no JSON", BadEnvelope, func(a *attempt) { a.body = []byte("{"); a.header = a.alexa.Header(a.body) }},
		{"null", BadEnvelope, func(a *attempt) { a.body = []byte("null"); a.header = a.alexa.Header(a.body) }},
		{"no request", BadEnvelope, written(`"request"`, `"requests"`)},
		{"a request that is null", BadEnvelope, func(a *attempt) {
			a.body = []byte(`{"context":{"System":{"application":{"applicationId":"` + skillID + `"}}},"request":null}`)
			a.header = a.alexa.Header(a.body)
		}},
		{"no time stamp", BadEnvelope, written(`"timestamp"`, `"time"`)},
		{"a time stamp that is none", BadEnvelope, written("2031-05-06T12:00:00Z", "noon")},
		{"a time stamp in another zone", "", written("2031-05-06T12:00:00Z", "2031-05-06T14:00:00+02:00")},
		{"no request id", BadEnvelope, written(`"r1"`, `""`)},

		{"149 seconds ago", "", made(skill.TypeLaunchRequest, 149*time.Second)},
		{"150 seconds ago", "", made(skill.TypeLaunchRequest, 150*time.Second)},
		{"151 seconds ago", TooOld, made(skill.TypeLaunchRequest, 151*time.Second)},
		{"in 150 seconds", "", made(skill.TypeIntentRequest, -150*time.Second)},
		{"in 151 seconds", TooNew, made(skill.TypeIntentRequest, -151*time.Second)},
		{"in the year zero", TooOld, written("2031-05-06T12:00:00Z", "0000-01-01T00:00:00Z")},
		{"in the year 9999", TooNew, written("2031-05-06T12:00:00Z", "9999-01-01T00:00:00Z")},
		{"enabled an hour ago", "", made(skill.TypeSkillEnabled, time.Hour)},
		{"disabled an hour ago", "", made(skill.TypeSkillDisabled, time.Hour)},
		{"linked an hour ago", "", made(skill.TypeSkillAccountLinked, time.Hour)},
		{"accepted an hour ago", "", made(skill.TypeSkillPermissionAccepted, time.Hour)},
		{"changed an hour ago", "", made(skill.TypeSkillPermissionChanged, time.Hour)},
		{"disabled 3601 seconds ago", TooOld, made(skill.TypeSkillDisabled, 3601*time.Second)},
		{"disabled in 3601 seconds", TooNew, made(skill.TypeSkillDisabled, -3601*time.Second)},
		{"subscribed 150 seconds ago", "", made(skill.TypeProactiveSubscriptionChanged, 150*time.Second)},
		{"subscribed 151 seconds ago", TooOld, made(skill.TypeProactiveSubscriptionChanged, 151*time.Second)},
		{"a topic 151 seconds ago", TooOld, made(skill.TypeNotificationSubscriptionChanged, 151*time.Second)},
		{"an event that Amazon has yet to invent, an hour ago", TooOld, made("AlexaSkillEvent.SkillAdmired", time.Hour)},

		{"another skill", OtherSkill, written(skillID, "amzn1.ask.skill.other")},
		{"no skill", OtherSkill, written(`"applicationId"`, `"id"`)},
		{"the session of the same skill", "", written(`{"version"`, `{"session":{"application":{"applicationId":"`+skillID+`"}},"version"`)},
		{"the session of another skill", OtherSkill, written(`{"version"`, `{"session":{"application":{"applicationId":"amzn1.ask.skill.other"}},"version"`)},
		{"the session of no skill", OtherSkill, written(`{"version"`, `{"session":{},"version"`)},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDoor(t)
			a := &attempt{door: d, body: launch()}
			a.header = d.alexa.Header(a.body)
			row.change(a)
			w := d.knock(a.header, a.body)
			if row.want == "" {
				if w.Code != 200 || d.acted != 1 || len(d.reasons) > 0 {
					t.Errorf("got %d, acted %d times: %s", w.Code, d.acted, &d.log)
				}
				return
			}
			if w.Code != 400 || w.Body.String() != "{\"title\":\"Bad Request\",\"status\":400}\n" || d.acted != 0 {
				t.Errorf("got %d %s, acted %d times", w.Code, w.Body, d.acted)
			}
			if len(d.reasons) != 1 || d.reasons[0] != row.want || !strings.Contains(d.log.String(), "reason="+string(row.want)) {
				t.Errorf("got %q, logged %s, want %q", d.reasons, &d.log, row.want)
			}
			if strings.Contains(d.log.String(), "requestId") || strings.Contains(d.log.String(), "ask.skill") {
				t.Errorf("the body stands in the log: %s", &d.log)
			}
		})
	}
}

func TestVerifyABodyThatBreaksOff(t *testing.T) {
	d := newDoor(t)
	r := httptest.NewRequest("POST", "/alexa", iotest.ErrReader(errors.New("reset")))
	r.Header = d.alexa.Header(nil)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != 400 || len(d.reasons) != 1 || d.reasons[0] != UnreadableBody {
		t.Errorf("got %d, %q", w.Code, d.reasons)
	}
}

// The handler behind the door reads what was signed, byte by byte.
func TestVerifyHandsOnTheBody(t *testing.T) {
	d := newDoor(t)
	v, err := NewVerifier(d.options)
	if err != nil {
		t.Fatal(err)
	}
	d.handler = v.Wrap(&Handler{Answer: echo, Log: slog.New(slog.DiscardHandler), Now: d.options.Now})
	if w := d.signed(launch()); w.Code != 200 || w.Body.String() != string(launch()) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestVerifierOptions(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*VerifierOptions)
		want   time.Duration // 0 is an error
	}{
		{"as they are", func(*VerifierOptions) {}, MaxTolerance},
		{"75 seconds", func(o *VerifierOptions) { o.Tolerance = 75 * time.Second }, 75 * time.Second},
		{"a little less than allowed", func(o *VerifierOptions) { o.Tolerance = 149_999 * time.Millisecond }, 149_999 * time.Millisecond},
		{"a little more", func(o *VerifierOptions) { o.Tolerance = 150_001 * time.Millisecond }, MaxTolerance},
		{"less than nothing", func(o *VerifierOptions) { o.Tolerance = -time.Millisecond }, 0},
		{"no skill", func(o *VerifierOptions) { o.ApplicationID = "" }, 0},
		{"no memory", func(o *VerifierOptions) { o.Remember = -1 }, 0},
	} {
		d := newDoor(t)
		row.change(&d.options)
		v, err := NewVerifier(d.options)
		if (err == nil) != (row.want != 0) || err == nil && v.options.Tolerance != row.want {
			t.Errorf("%s: got %v, want a tolerance of %s", row.name, err, row.want)
		}
	}
}

func ecdsaKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
