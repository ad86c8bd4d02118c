package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
)

// visit sends a fresh request at an instant and tells why it was refused, "" if it was not.
func (d *door) visit(at time.Time) Reason {
	d.t.Helper()
	d.now, d.reasons = at, nil
	w := d.signed(body(skill.TypeLaunchRequest, fmt.Sprint(at.UnixNano(), d.acted, len(d.log.String())), at))
	switch {
	case w.Code == 200 && len(d.reasons) == 0:
		return ""
	case w.Code == 400 && len(d.reasons) == 1:
		return d.reasons[0]
	}
	d.t.Fatalf("got %d for %q", w.Code, d.reasons)
	return ""
}

// A certificate over time: each step says when, what has become of the file, what comes of a request, and how often the
// file was fetched by then.
func TestCertificateOverTime(t *testing.T) {
	type step struct {
		at      time.Duration
		change  func(*door)
		want    Reason
		fetched int
	}
	same := func(*door) {}
	gone := func(d *door) { d.alexa.Put(endpointtest.Path, http.StatusForbidden, nil) }
	broken := func(d *door) { d.alexa.Break(endpointtest.Path, errors.New("no route")) }
	until := func(after time.Duration) func(*door) {
		return func(d *door) {
			d.alexa.Put(endpointtest.Path, 200, d.alexa.Chain(endpointtest.Leaf{Until: noon.Add(after)}))
		}
	}
	const day = 24 * time.Hour
	for name, steps := range map[string][]step{
		"is kept": {
			{0, same, "", 1}, {time.Second, gone, "", 1}, {day - time.Second, same, "", 1},
		},
		"expires and is renewed": {
			{0, until(time.Minute), "", 1}, {time.Minute, same, "", 1},
			{time.Minute + time.Second, until(time.Hour), "", 2}, {2 * time.Minute, same, "", 2},
		},
		"expires and stays so": {
			{0, until(time.Minute), "", 1}, {61 * time.Second, same, CertificateExpired, 2}, {62 * time.Second, same, CertificateExpired, 2},
			{61*time.Second + rememberBroken, until(time.Hour), "", 3},
		},
		"is fetched again once a day": {
			{0, same, "", 1}, {day, same, "", 2}, {day + time.Second, same, "", 2},
		},
		"outlives a network that fails": {
			{0, same, "", 1}, {day, broken, "", 2}, {day + time.Second, same, "", 2},
			{day + refreshAgain, same, "", 3}, {day + 2*refreshAgain, until(10 * day), "", 4}, {2 * day, same, "", 4},
		},
		"does not outlive its own end": {
			{0, until(day), "", 1}, {day + time.Second, broken, CertificateNotHad, 2},
		},
		"is withdrawn": {
			{0, same, "", 1}, {day, gone, CertificateNotHad, 2}, {day + time.Second, same, CertificateNotHad, 2},
		},
		"comes late": {
			{0, broken, CertificateNotHad, 1}, {time.Second, until(day), CertificateNotHad, 1}, {rememberAbsent, same, "", 2},
		},
		"is not there": {
			{0, gone, CertificateNotHad, 1}, {rememberBroken - time.Second, until(day), CertificateNotHad, 1}, {rememberBroken, same, "", 2},
		},
	} {
		d := newDoor(t)
		for _, s := range steps {
			s.change(d)
			if got := d.visit(noon.Add(s.at)); got != s.want || d.alexa.Fetched(endpointtest.Path) != s.fetched {
				t.Errorf("%s: after %s got %q and %d fetches, want %q and %d", name, s.at, got, d.alexa.Fetched(endpointtest.Path), s.want, s.fetched)
			}
		}
	}
}

// Inventing addresses makes us fetch so many a minute, and never keeps out a certificate we know.
func TestInventedAddresses(t *testing.T) {
	d := newDoor(t)
	if got := d.visit(noon); got != "" {
		t.Fatal(got)
	}
	invent := func(from, count int) {
		for i := range count {
			header := d.alexa.Header(launch())
			header.Set("SignatureCertChainUrl", fmt.Sprintf("%s.%d", endpointtest.URL, from+i))
			d.knock(header, launch())
		}
	}
	invent(0, 100)
	limited := len(slices.DeleteFunc(d.reasons, func(r Reason) bool { return r != CertificateLimit }))
	if want := 100 - maxStrangers; limited != want {
		t.Errorf("%d of 100 were refused without a fetch, want %d", limited, want)
	}
	if got := d.visit(noon.Add(time.Second)); got != "" {
		t.Errorf("our own was refused for %q", got)
	}
	// One that we do not know yet is let through by its name: a restarted server knows none.
	next := strings.Replace(endpointtest.URL, "cert.pem", "cert-17.pem", 1)
	d.alexa.Put(strings.Replace(endpointtest.Path, "cert.pem", "cert-17.pem", 1), http.StatusOK, d.alexa.Chain(endpointtest.Leaf{}))
	fresh := body(skill.TypeLaunchRequest, "next", noon)
	header := d.alexa.Header(fresh)
	header.Set("SignatureCertChainUrl", next)
	if w := d.knock(header, fresh); w.Code != http.StatusOK {
		t.Errorf("Alexa's next certificate got %d in a flood of invented ones", w.Code)
	}
	d.now = noon.Add(time.Minute)
	d.reasons = nil
	invent(100, maxStrangers+1)
	if d.reasons[0] != CertificateNotHad || d.reasons[maxStrangers] != CertificateLimit {
		t.Errorf("a minute later: %q", d.reasons)
	}
}

// Many requests at once wait for one fetch, and whoever gives up does not spoil it for the others.
func TestFetchOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alexa := endpointtest.New(t, noon)
		release := make(chan struct{})
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			<-release
			return alexa.RoundTrip(r)
		})}
		c := newCertificates(client, alexa.Roots(), func() time.Time { return noon })
		results := make(chan error, 10)
		impatient, leave := context.WithCancel(t.Context())
		go func() { _, err := c.signer(impatient, endpointtest.URL); results <- err }()
		synctest.Wait()
		for range 9 {
			go func() { _, err := c.signer(t.Context(), endpointtest.URL); results <- err }()
		}
		synctest.Wait()
		leave()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
		close(release)
		for range 9 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if n := alexa.Fetched(endpointtest.Path); n != 1 {
			t.Errorf("fetched %d times", n)
		}
	})
}

// At most so many fetches at a time; the rest wait for their turn and give up in the end.
func TestFetchesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alexa := endpointtest.New(t, noon)
		var fetching atomic.Int32
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			fetching.Add(1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		c := newCertificates(client, alexa.Roots(), func() time.Time { return noon })
		results := make(chan error, 10)
		for i := range 10 {
			go func() {
				_, err := c.signer(t.Context(), fmt.Sprint(endpointtest.URL, i))
				results <- err
			}()
			synctest.Wait()
		}
		if n := fetching.Load(); n != maxFetches {
			t.Errorf("%d fetches at a time, want %d", n, maxFetches)
		}
		for range 10 {
			if err := <-results; err == nil || !errors.Is(err, errAbsent) {
				t.Errorf("got %v", err)
			}
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKnownCertificatesAreFew(t *testing.T) {
	alexa := endpointtest.New(t, noon)
	now := noon
	c := newCertificates(alexa.HTTP(), alexa.Roots(), func() time.Time { return now })
	for i := range maxKnown + 5 {
		path := fmt.Sprintf("/echo.api/%d.pem", i)
		alexa.Put(path, 200, alexa.Chain(endpointtest.Leaf{}))
		now = now.Add(time.Minute)
		if _, err := c.signer(t.Context(), "https://"+certificateHost+path); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.known) != maxKnown || c.known["https://"+certificateHost+"/echo.api/0.pem"] != nil {
		t.Errorf("%d are known", len(c.known))
	}
}

func FuzzChain(f *testing.F) {
	alexa := endpointtest.New(f, noon)
	f.Add(alexa.Chain(endpointtest.Leaf{}))
	f.Add(alexa.Alone(endpointtest.Leaf{}))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN "))
	f.Fuzz(func(t *testing.T, data []byte) {
		chain, err := parseChain(data)
		if err != nil {
			return
		}
		if len(chain) == 0 || len(chain) > maxChain {
			t.Fatalf("%d certificates without an error", len(chain))
		}
		s, err := prove(chain, alexa.Roots(), noon)
		if (s == nil) == (err == nil) || s != nil && !s.validAt(noon) {
			t.Fatalf("got %v, %v", s, err)
		}
	})
}
