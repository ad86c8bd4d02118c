package oauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// SignIn does what a driver's browser and Alexa do together when an account is linked: it opens the sign-in
// page, fills it in, follows the redirect back as far as its code and exchanges that, with PKCE. The
// configuration's redirect URI is never dialed.
//
// A refused login, a redirect with another state and an answer that is no token are errors; no error
// contains the password or a token.
func SignIn(ctx context.Context, client *http.Client, cfg oauth2.Config, login, password string) (*oauth2.Token, error) {
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	page := cfg.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))
	browser := *client
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	if _, err := visit(ctx, &browser, http.MethodGet, page, nil, http.StatusOK); err != nil {
		return nil, fmt.Errorf("open sign-in page: %w", err)
	}
	back, err := visit(ctx, &browser, http.MethodPost, page, url.Values{"login": {login}, "password": {password}}, http.StatusFound)
	if err != nil {
		return nil, fmt.Errorf("sign in as %q: %w", login, err)
	}
	q := back.Query()
	switch {
	case q.Get("state") != state:
		return nil, errors.New("sign in: the redirect carries another state")
	case q.Get("error") != "":
		return nil, fmt.Errorf("sign in: the cloud answered %q", q.Get("error"))
	}
	token, err := cfg.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange code: %w", err)
	}
	return token, nil
}

// visit makes one request, wants one status, and gives where the answer points to.
func visit(ctx context.Context, c *http.Client, method, to string, form url.Values, want int) (*url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	if res.StatusCode != want {
		return nil, fmt.Errorf("the cloud answered %s", res.Status)
	}
	if want != http.StatusFound {
		return req.URL, nil
	}
	return res.Location()
}
