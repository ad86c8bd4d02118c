package endpoint

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

const (
	// MaxTolerance is how far the time stamp of a request may be from now, either way (certification SEC-4).
	MaxTolerance = 150 * time.Second
	// EventTolerance is the same for the five skill events that Alexa delivers again for an hour.
	EventTolerance = time.Hour
	// DefaultRemember is enough for 400 requests a second, in about ten megabytes.
	DefaultRemember = 1 << 16
)

// patient are the skill events with EventTolerance. Amazon's verifiers agree on these five, and give the two about
// subscriptions no more time than other requests.
var patient = map[string]bool{
	skill.TypeSkillEnabled: true, skill.TypeSkillDisabled: true, skill.TypeSkillAccountLinked: true,
	skill.TypeSkillPermissionAccepted: true, skill.TypeSkillPermissionChanged: true,
}

// VerifierOptions are what a Verifier needs. Trust and time are handed in by the program and can be changed by no flag
// and no variable of ours.
type VerifierOptions struct {
	ApplicationID string         // the skill id that Amazon gave; required
	Roots         *x509.CertPool // whom to trust; nil trusts whom the system trusts
	// HTTP fetches certificates, without redirects and with a limit on time whatever it says itself; nil is our own.
	HTTP *http.Client
	// Tolerance is how old a request may be; 0 means MaxTolerance, and so does more than that.
	Tolerance time.Duration
	// Remember is how many requests are kept to recognize copies; 0 means DefaultRemember. When there are more in the
	// time that they count, the oldest are forgotten, which is logged.
	Remember int
	Now      func() time.Time // required
	Log      *slog.Logger     // required; hears why a request was refused, never what was in it
	Observe  func(Reason)     // hears the same, for those who count; optional
}

// Verifier lets in what Alexa signed, for this skill, lately and for the first time ("Host a Custom Skill as a Web
// Service"; certification SEC-2 to SEC-7). It is safe for concurrent use.
type Verifier struct {
	options      VerifierOptions
	certificates *certificates
	seen         *sightings

	mu      sync.Mutex
	crowded time.Time // when it was last logged
}

// NewVerifier reads whom the system trusts, if nobody else is named, and reaches no network.
func NewVerifier(o VerifierOptions) (*Verifier, error) {
	switch {
	case o.ApplicationID == "":
		return nil, errors.New("verify requests: the application id is missing")
	case o.Tolerance < 0:
		return nil, errors.New("verify requests: the tolerance is negative")
	case o.Remember < 0:
		return nil, errors.New("verify requests: less than nothing cannot be remembered")
	}
	if o.Roots == nil {
		system, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("verify requests: read whom the system trusts: %w", err)
		}
		if system.Equal(x509.NewCertPool()) {
			return nil, errors.New("verify requests: the system trusts nobody; install its CA certificates")
		}
		o.Roots = system
	}
	o.Tolerance = cmp.Or(o.Tolerance, MaxTolerance)
	if o.Tolerance > MaxTolerance {
		o.Log.Warn("tolerance lowered", "from", o.Tolerance, "to", MaxTolerance)
		o.Tolerance = MaxTolerance
	}
	return &Verifier{
		options: o, certificates: newCertificates(o.HTTP, o.Roots, o.Now),
		seen: newSightings(cmp.Or(o.Remember, DefaultRemember)),
	}, nil
}

// Wrap guards a handler. Refused are with 400 and nothing more what is not Alexa's, and what came before. A skill event
// that came before gets the answer it had then, because Alexa delivers those at least once and must learn that this one
// has arrived; while it is still being dealt with, 503 makes Alexa come back. One that next answered
// with 500 or more, or that broke off, may come again.
func (v *Verifier) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, what, err := v.authentic(w, r)
		if err != nil {
			v.refuse(w, r, err)
			return
		}
		switch v.begin(r.Context(), what) {
		case answered:
			if !skill.IsSkillEvent(what.Request.Type) {
				v.refuse(w, r, &refusal{Replayed, nil})
				return
			}
			v.options.Log.InfoContext(r.Context(), "skill event again", "request", what.Request.RequestID)
			silence(w)
		case underWay:
			if !skill.IsSkillEvent(what.Request.Type) {
				v.refuse(w, r, &refusal{Replayed, nil})
				return
			}
			problem(w, http.StatusServiceUnavailable, "")
		default:
			// Alexa sends a skill event again after an error, and nothing else: a turn that failed may have acted.
			again := skill.IsSkillEvent(what.Request.Type)
			failed := true // unless it comes to its end
			defer func() { v.seen.end(what.Request.RequestID, failed && again) }()
			watched := &statusWriter{ResponseWriter: w}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(watched, r)
			failed = watched.status >= http.StatusInternalServerError
		}
	})
}

// refuse answers 400 whatever the reason was.
func (v *Verifier) refuse(w http.ResponseWriter, r *http.Request, err error) {
	because, ok := errors.AsType[*refusal](err)
	if !ok { // nothing but a refusal leads here; what is not known to be good is refused all the same
		because = &refusal{BadEnvelope, err}
	}
	attributes := []slog.Attr{slog.String("reason", string(because.reason))}
	if because.cause != nil {
		attributes = append(attributes, slog.Any("cause", because.cause))
	}
	v.options.Log.LogAttrs(r.Context(), slog.LevelWarn, "request refused", attributes...)
	if v.options.Observe != nil {
		v.options.Observe(because.reason)
	}
	problem(w, http.StatusBadRequest, "")
}

// authentic gives the body and what it says of itself, once it is proved that Alexa sent it. The error is a *refusal.
func (v *Verifier) authentic(w http.ResponseWriter, r *http.Request) ([]byte, *envelope, error) {
	header, ok := oneValue(r.Header, "SignatureCertChainUrl")
	if !ok {
		return nil, nil, &refusal{NoCertificateURL, nil}
	}
	encoded, ok := oneValue(r.Header, "Signature-256") // Signature alone is SHA-1, and not enough (SEC-6)
	if !ok {
		return nil, nil, &refusal{NoSignature, nil}
	}
	address, err := certificateURL(header)
	if err != nil {
		return nil, nil, &refusal{BadCertificateURL, nil}
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, nil, &refusal{BadSignature, nil}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, skill.MaxRequestBytes))
	if err != nil {
		return nil, nil, &refusal{UnreadableBody, err}
	}
	s, err := v.certificates.signer(r.Context(), address)
	if err != nil {
		return nil, nil, err
	}
	digest := sha256.Sum256(body)
	if rsa.VerifyPKCS1v15(s.key, crypto.SHA256, digest[:], signature) != nil {
		return nil, nil, &refusal{BadSignature, nil}
	}
	what, err := v.meant(body)
	return body, what, err
}

// oneValue gives the value of a header that is there once and not empty.
func oneValue(h http.Header, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// envelope is what is checked of a request.
type envelope struct {
	Session *struct {
		Application skill.Application `json:"application"`
	} `json:"session"`
	Context struct {
		System struct {
			Application skill.Application `json:"application"`
		} `json:"System"`
	} `json:"context"`
	Request struct {
		Type      string          `json:"type"`
		RequestID string          `json:"requestId"`
		Timestamp skill.Timestamp `json:"timestamp"`
	} `json:"request"`

	made time.Time
}

// meant checks that a signed body is for this skill and for now.
func (v *Verifier) meant(body []byte) (*envelope, error) {
	var e envelope
	err := json.Unmarshal(body, &e)
	if err == nil {
		e.made, err = e.Request.Timestamp.Time()
	}
	if err != nil || e.Request.RequestID == "" {
		return nil, &refusal{BadEnvelope, nil} // the cause may quote the body
	}
	age, tolerance := v.options.Now().Sub(e.made), v.tolerance(&e)
	switch {
	case age > tolerance:
		return nil, &refusal{TooOld, nil}
	case age < -tolerance:
		return nil, &refusal{TooNew, nil}
	}
	// The session's id is missing out of a session and cannot be the one to rely on.
	if e.Context.System.Application.ApplicationID != v.options.ApplicationID ||
		e.Session != nil && e.Session.Application.ApplicationID != v.options.ApplicationID {
		return nil, &refusal{OtherSkill, nil}
	}
	return &e, nil
}

func (v *Verifier) tolerance(e *envelope) time.Duration {
	if patient[e.Request.Type] {
		return EventTolerance
	}
	return v.options.Tolerance
}

// begin notes a request for as long as its time stamp counts.
func (v *Verifier) begin(ctx context.Context, e *envelope) seenState {
	now := v.options.Now()
	state, crowded := v.seen.begin(e.Request.RequestID, now, e.made.Add(v.tolerance(e)))
	if !crowded {
		return state
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if now.Sub(v.crowded) >= time.Minute { // once says it
		v.crowded = now
		v.options.Log.WarnContext(ctx, "requests forgotten early", "remembered", v.seen.limit)
	}
	return state
}

// silence answers with nothing to say.
func silence(w http.ResponseWriter) {
	nothing, err := skill.Encode(&skill.Response{Version: "1.0"})
	if err != nil {
		problem(w, http.StatusInternalServerError, "")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(nothing) // who has gone cannot be told
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the first.
func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
