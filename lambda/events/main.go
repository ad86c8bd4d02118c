// Command events is the Lambda function that takes the dongle cloud's webhooks behind a Function URL and gives word to
// the owner.
//
// Who calls is anybody, so the receiver believes signatures alone; here stand the limits of what comes in.
//
// Neighbors: lambda/setup makes what it hands on, lambda/functionurl turns events into requests, vehicle/dongle takes
// the messages, owner/word makes notices of them and skill/notify sends those.
package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/trunkpass/trunkpass/lambda/emf"
	"github.com/trunkpass/trunkpass/lambda/functionurl"
	"github.com/trunkpass/trunkpass/lambda/setup"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/skill/trace"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// maxBody is the largest message that the receiver reads.
const maxBody = 64 << 10

func main() {
	log := setup.Log(os.Stdout)
	receiver, err := newReceiver(os.Environ(), time.Now, os.Stdout, log)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(functionurl.Wrap(receiver, maxBody, log))
}

// secret is what the receiver needs of the secret.
type secret struct {
	// WebhookSecrets are those that the dongle cloud gave the endpoint, several while one is being rotated.
	WebhookSecrets []setup.Hidden `json:"webhook_secrets" validate:"min=1,max=8,dive,startswith=whsec_,max=256"`
	// ClientID and ClientSecret are the skill's messaging credentials, not those of account linking.
	ClientID     string       `json:"notify_client_id" validate:"required,max=1024"`
	ClientSecret setup.Hidden `json:"notify_client_secret" validate:"required,max=1024"`
}

// newReceiver makes the receiver from the environment. It reaches no network; its first message does.
func newReceiver(environment []string, now func() time.Time, out io.Writer, log *slog.Logger) (http.Handler, error) {
	config, err := setup.Read[setup.EventsConfig](environment)
	if err != nil {
		return nil, err
	}
	client := setup.HTTP()
	store, err := config.Base.Store(client, now)
	if err != nil {
		return nil, err
	}
	known := setup.OpenSecret[secret](config.Base, client)
	hooks := emf.Hooks{Writer: emf.New(out, "events", now), Log: log}
	lazy := setup.Lazy(log, func(ctx context.Context) (http.Handler, error) {
		s, err := known.Get(ctx)
		if err != nil {
			return nil, err
		}
		alexa := notify.Options{
			ClientID: s.ClientID, ClientSecret: string(s.ClientSecret), Stage: notify.Stage(config.Stage),
			Locales: models.Locales(), HTTP: client, Now: now, Log: log,
		}
		if base := config.AlexaURL; base != "" {
			alexa.TokenURL = base + "/auth/O2/token"
			alexa.Hosts = map[notify.Region]string{notify.NorthAmerica: base, notify.Europe: base, notify.FarEast: base}
		}
		sender, err := notify.New(alexa)
		if err != nil {
			return nil, err
		}
		messenger, err := word.New(word.Options{
			Inbox: store, Accounts: store, Users: store, Send: sender.Send, Now: now, Log: log,
			Observe: func(t word.Told) { hooks.Notification(string(t.Event), string(t.Result)) },
		})
		if err != nil {
			return nil, err
		}
		secrets := make([]string, len(s.WebhookSecrets))
		for i, hidden := range s.WebhookSecrets {
			secrets[i] = string(hidden)
		}
		return dongle.NewReceiver(dongle.ReceiverOptions{Secrets: secrets, Now: now, Receive: messenger.Receive, Log: log})
	})
	return counted(lazy, hooks), nil
}

// counted counts messages by the status that they were answered with, and takes up the trace that they belong to.
func counted(next http.Handler, hooks emf.Hooks) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { hooks.Webhook(seen.status) }()
		next.ServeHTTP(seen, r.WithContext(trace.From(r.Context(), r.Header)))
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader passes the status on.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
