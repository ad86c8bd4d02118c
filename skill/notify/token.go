package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

const (
	// early is how long before its end a token counts as over: it must last the call out.
	early = time.Minute
	// usualLife is for an answer that does not say how long its token lasts.
	usualLife    = 30 * time.Minute
	longestToken = 24 * time.Hour
	// unquestioned is how long a new token is beyond doubt. Without it, every user who does not want notifications
	// (403, like a bad token) would cost a token.
	unquestioned = time.Minute
)

// token is an access token of Amazon's.
type token struct {
	value         string
	since, expiry time.Time
}

// String keeps a token out of logs.
func (token) String() string { return "[token]" }

// token gives the token at hand, or fetches one; concurrent callers wait for one fetch.
func (c *Client) token(ctx context.Context) (token, Result, error) {
	var t token
	select {
	case t = <-c.held:
	case <-ctx.Done():
		return token{}, Unavailable, again{error: fmt.Errorf("wait for a token: %w", ctx.Err())}
	}
	defer func() { c.held <- t }()
	if now := c.options.Now(); t.value != "" && now.Before(t.expiry.Add(-early)) {
		return t, Accepted, nil
	}
	fresh, err := c.credentials.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
	if err != nil {
		result, err := judgeToken(ctx, err)
		return token{}, result, err
	}
	now := c.options.Now()
	t = token{value: fresh.AccessToken, since: now, expiry: now.Add(lifeOf(fresh))}
	return t, Accepted, nil
}

// lifeOf reads how long a token lasts, which x/oauth2 itself has turned into an instant of the machine's clock.
func lifeOf(t *oauth2.Token) time.Duration {
	seconds, _ := t.Extra("expires_in").(float64)
	if seconds < 1 || seconds > longestToken.Seconds() {
		return usualLife
	}
	return time.Duration(seconds) * time.Second
}

// judgeToken drops the answer's words, which may quote the credentials.
func judgeToken(ctx context.Context, err error) (Result, error) {
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case ctx.Err() != nil:
		return Unavailable, again{error: fmt.Errorf("get a token: %w", ctx.Err())}
	case !answered || refused.Response == nil:
		return Unavailable, again{error: errors.New("get a token: no usable answer")}
	}
	err = fmt.Errorf("get a token: status %d", refused.Response.StatusCode)
	switch status := refused.Response.StatusCode; {
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		return Unavailable, again{error: err}
	default: // the messaging credentials are wrong: somebody has to mend them, and then the cloud sends again
		return Unavailable, err
	}
}

// discard forgets a token that Alexa may have refused, and reports whether another one is worth trying.
func (c *Client) discard(t token) bool {
	held := <-c.held
	if held.value != t.value { // somebody was faster
		c.held <- held
		return true
	}
	if c.options.Now().Sub(held.since) < unquestioned {
		c.held <- held
		return false
	}
	c.held <- token{}
	return true
}
