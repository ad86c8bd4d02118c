// Command owner is the Lambda function that serves the owner page behind a Function URL.
//
// Who calls is anybody, so the page itself signs people in and keeps others out; here stand the limits of what comes in.
//
// Neighbors: lambda/setup makes what it hands on, lambda/functionurl turns events into requests, owner is the page.
package main

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"
	_ "time/tzdata" // provided.al2023 has no time zones of its own

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/trunkpass/trunkpass/lambda/emf"
	"github.com/trunkpass/trunkpass/lambda/functionurl"
	"github.com/trunkpass/trunkpass/lambda/setup"
	"github.com/trunkpass/trunkpass/owner"
	"github.com/trunkpass/trunkpass/skill/pin"
)

// cacheFor is how long the page believes the list of cars: what was blocked by voice a moment ago must not look open.
const cacheFor = 5 * time.Second

// maxBody is far above the largest form of the page.
const maxBody = 64 << 10

func main() {
	log := setup.Log(os.Stdout)
	page, err := newPage(os.Environ(), time.Now, os.Stdout, log)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(functionurl.Wrap(page, maxBody, log))
}

// secret is what the page needs of the secret.
type secret struct {
	setup.Pepper
	ClientID     string       `json:"owner_client_id" validate:"required,max=1024"`
	ClientSecret setup.Hidden `json:"owner_client_secret" validate:"required,max=1024"`
	// SessionKeys are 32 random bytes each in base64; the first seals cookies, the others open older ones.
	SessionKeys [][]byte `json:"owner_session_keys" validate:"min=1,max=8,dive,len=32"`
}

// newPage makes the page from the environment. It reaches no network; its first request does.
func newPage(environment []string, now func() time.Time, out io.Writer, log *slog.Logger) (http.Handler, error) {
	config, err := setup.Read[setup.OwnerConfig](environment)
	if err != nil {
		return nil, err
	}
	client := setup.HTTP()
	store, err := config.Base.Store(client, now)
	if err != nil {
		return nil, err
	}
	cloud, err := config.Base.Cloud(client, now)
	if err != nil {
		return nil, err
	}
	if config.Issuer == "" {
		config.Issuer = config.Base.CloudURL
	}
	hooks := emf.Hooks{Writer: emf.New(out, "owner", now), Log: log}
	known := setup.OpenSecret[secret](config.Base, client)
	return setup.Lazy(log, func(ctx context.Context) (http.Handler, error) {
		s, err := known.Get(ctx)
		if err != nil {
			return nil, err
		}
		guard, err := pin.NewGuard(pin.Options{Ledger: store, Pepper: s.Pepper.Pepper, OldPeppers: s.OldPeppers, Now: now})
		if err != nil {
			return nil, err
		}
		return owner.New(owner.Options{
			PublicURL: config.URL, Issuer: config.Issuer, ClientID: s.ClientID, ClientSecret: string(s.ClientSecret),
			SessionKeys: s.SessionKeys, Accounts: store, PINs: guard, Cars: setup.Fleet(cloud, now, log, hooks.Call, cacheFor), Who: cloud, Users: store,
			HTTP: client, Now: now, NewID: rand.Text, Log: log,
		})
	}), nil
}
