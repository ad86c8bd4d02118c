package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// Two files let other processes take part in a world that a serving process holds open: who the demo owners
// and carriers are, and where the garage listens.
const (
	demoFile   = "demo.json"
	garageFile = "garage.url"
)

func writeDemo(data string, demo garage.Demo) error {
	text, err := json.MarshalIndent(demo, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(data, demoFile), text, 0o600)
}

func readDemo(data string) (garage.Demo, error) {
	var demo garage.Demo
	text, err := os.ReadFile(filepath.Join(data, demoFile))
	if errors.Is(err, os.ErrNotExist) {
		return demo, fmt.Errorf("%s holds no demo owner yet; 'trunkpass say' makes one", data)
	}
	if err != nil {
		return demo, err
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return demo, fmt.Errorf("read %s: %w", filepath.Join(data, demoFile), err)
	}
	return demo, nil
}

// demoZone is where the demo owner, the pretend Echo and the simulated cars live.
func demoZone() *time.Location {
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		return time.UTC // no zone data; the garage falls back in the same way
	}
	return zone
}

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
