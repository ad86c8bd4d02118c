package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// link is the demo owner's linked account, kept as Alexa keeps it: signed in once, and anew when the token
// has run out.
type link struct {
	owner garage.DemoOwner
	base  func() (string, error) // where the garage listens
	now   func() time.Time

	mu    sync.Mutex
	token *oauth2.Token
}

// access gives an access token that has not run out.
func (l *link) access(ctx context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token != nil && l.now().Before(l.token.Expiry) {
		return l.token.AccessToken, nil
	}
	base, err := l.base()
	if err != nil {
		return "", err
	}
	token, err := garage.SignIn(ctx, http.DefaultClient, base, l.owner.Login, l.owner.Password)
	if err != nil {
		return "", fmt.Errorf("link the demo owner: %w", err)
	}
	l.token = token
	return token.AccessToken, nil
}
