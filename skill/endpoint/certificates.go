package endpoint

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// The limits of fetching. Whoever can send a request can name a certificate, and is not yet known to be Alexa.
const (
	fetchTime           = 3 * time.Second
	maxCertificateBytes = 64 << 10
	maxFetches          = 4                // at a time
	maxStrangers        = 30               // addresses per minute that were never good
	rememberBroken      = time.Minute      // an address that gave no certificate of Alexa
	rememberAbsent      = 2 * time.Second  // an address that gave nothing, which may be the network's fault
	maxKnown            = 32               // Alexa uses one or two
	refreshAfter        = 24 * time.Hour   // the file behind an address changes, says Amazon
	refreshAgain        = 10 * time.Minute // when it could not be fetched
)

// certificates fetches the certificates that signatures name, and keeps what was good. It is safe for concurrent use.
type certificates struct {
	client http.Client
	roots  *x509.CertPool
	now    func() time.Time

	flights singleflight.Group
	slots   chan struct{}

	mu        sync.Mutex
	known     map[string]*signer
	bad       map[string]failure // at most maxStrangers + maxKnown live ones
	minute    time.Time
	strangers int
}

// failure is why an address is not asked again before an instant.
type failure struct {
	until time.Time
	err   error
}

// errAbsent marks a failure that may be over soon.
var errAbsent = errors.New("nothing came")

func newCertificates(client *http.Client, roots *x509.CertPool, now func() time.Time) *certificates {
	c := &certificates{
		roots: roots, now: now, slots: make(chan struct{}, maxFetches),
		known: map[string]*signer{}, bad: map[string]failure{},
	}
	if client != nil {
		c.client.Transport = client.Transport
	}
	c.client.Timeout = fetchTime
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// signer gives the key behind an address that certificateURL made, valid now. The error is a *refusal.
func (c *certificates) signer(ctx context.Context, address string) (*signer, error) {
	if s, err := c.recall(address, c.now()); s != nil || err != nil {
		return s, err
	}
	flight := c.flights.DoChan(address, func() (any, error) {
		// It is fetched for all who wait, so the first of them cannot end it by going away.
		return c.load(context.WithoutCancel(ctx), address)
	})
	select {
	case <-ctx.Done():
		return nil, &refusal{CertificateNotHad, ctx.Err()}
	case landed := <-flight:
		if landed.Err != nil {
			return nil, landed.Err
		}
		return landed.Val.(*signer), nil
	}
}

// recall gives what is known of an address: a signer, why there is none, or neither.
func (c *certificates) recall(address string, now time.Time) (*signer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.known[address]; s != nil && s.validAt(now) && now.Sub(s.fetched) < refreshAfter {
		return s, nil
	}
	if f, ok := c.bad[address]; ok && now.Before(f.until) {
		return nil, f.err
	}
	return nil, nil
}

func (c *certificates) load(ctx context.Context, address string) (*signer, error) {
	now := c.now()
	if s, err := c.recall(address, now); s != nil || err != nil { // another flight has just landed
		return s, err
	}
	if !c.admit(address, now) {
		return nil, &refusal{CertificateLimit, nil}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	s, err := c.fetch(ctx, address, now)
	return c.remember(address, s, err)
}

// usual are the names that Alexa gives its certificates. They are a hundred and one, so failing ones, which are remembered
// for a while, bound themselves.
var usual = regexp.MustCompile(`^https://s3\.amazonaws\.com/echo\.api/echo-api-cert(-[0-9]{1,2})?\.pem$`)

// admit counts the addresses that were never good, so that inventing them does not make us fetch without end. The price:
// while somebody does, a certificate of Alexa with a name that it never had may have to wait. Those we know, and those
// of the names that it has always had, are never refused.
func (c *certificates) admit(address string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[address] != nil || usual.MatchString(address) {
		return true
	}
	if now.Sub(c.minute) >= time.Minute || now.Before(c.minute) {
		c.minute, c.strangers = now, 0
	}
	c.strangers++
	return c.strangers <= maxStrangers
}

func (c *certificates) fetch(ctx context.Context, address string, now time.Time) (*signer, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, &refusal{CertificateNotHad, fmt.Errorf("%w: too many fetches at a time", errAbsent)}
	}
	data, err := c.download(ctx, address)
	if err != nil {
		return nil, &refusal{CertificateNotHad, err}
	}
	chain, err := parseChain(data)
	if err != nil {
		return nil, &refusal{BadCertificate, err}
	}
	return prove(chain, c.roots, now)
}

func (c *certificates) download(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", address, err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	defer func() { _ = response.Body.Close() }()
	switch status := response.StatusCode; {
	case status >= 500 || status == http.StatusTooManyRequests:
		return nil, fmt.Errorf("%w: fetch %s: %s", errAbsent, address, response.Status)
	case status != http.StatusOK:
		return nil, fmt.Errorf("fetch %s: %s", address, response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxCertificateBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: read %s: %w", errAbsent, address, err)
	}
	if len(data) > maxCertificateBytes {
		return nil, fmt.Errorf("fetch %s: larger than %d bytes", address, maxCertificateBytes)
	}
	return data, nil
}

// remember keeps what a fetch gave. A certificate that was only to be refreshed, and is still valid, outlives a network
// that fails.
func (c *certificates) remember(address string, s *signer, err error) (*signer, error) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for other, f := range c.bad {
		if !now.Before(f.until) {
			delete(c.bad, other)
		}
	}
	if err == nil {
		if len(c.known) >= maxKnown && c.known[address] == nil {
			c.forgetOldest()
		}
		c.known[address] = s
		return s, nil
	}
	absent := errors.Is(err, errAbsent)
	if old := c.known[address]; absent && old != nil && old.validAt(now) {
		kept := *old
		kept.fetched = now.Add(refreshAgain - refreshAfter)
		c.known[address] = &kept
		return &kept, nil
	}
	wait := rememberBroken
	if absent {
		wait = rememberAbsent
	}
	c.bad[address] = failure{now.Add(wait), err}
	return nil, err
}

func (c *certificates) forgetOldest() {
	oldest := ""
	for address, s := range c.known {
		if oldest == "" || s.fetched.Before(c.known[oldest].fetched) {
			oldest = address
		}
	}
	delete(c.known, oldest)
}
