package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/intents/assembly"
	"github.com/trunkpass/trunkpass/lambda/emf"
	"github.com/trunkpass/trunkpass/lambda/setup"
	"github.com/trunkpass/trunkpass/owner/linked"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
)

// function is the handler that Lambda calls, one event at a time.
type function struct {
	skill *skill.Skill
	log   *slog.Logger
}

func newFunction(c setup.SkillConfig, now func() time.Time, out io.Writer, log *slog.Logger) (*function, error) {
	hooks := emf.Hooks{Writer: emf.New(out, "skill", now), Log: log}
	client := setup.HTTP()
	store, err := c.Base.Store(client, now)
	if err != nil {
		return nil, err
	}
	cloud, err := c.Base.Cloud(client, now)
	if err != nil {
		return nil, err
	}
	links, err := linked.New(linked.Options{Users: store, Accounts: store, Cloud: cloud, Log: log})
	if err != nil {
		return nil, err
	}
	guard := setup.NewGuard(setup.OpenSecret[setup.Pepper](c.Base, client), store, now, hooks.PIN)
	answering, err := assembly.Skill(assembly.Options{
		ApplicationID: c.ApplicationID,
		Deps:          intents.Deps{Cars: setup.Fleet(cloud, now, log, hooks.Call, 0), Accounts: store, PINs: guard},
		Devices:       &device.Client{HTTP: client, Now: now}, Events: links.Event,
		Observe: func(s skill.Seen) { hooks.Turn(s.Type, s.Intent, string(s.Outcome), s.Took) },
		Now:     now, NewID: rand.Text, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &function{answering, log}, nil
}

// Invoke answers one envelope. What a person can be told is told, and no error. There is one for what Alexa never sends,
// and for a skill event that could not be dealt with, so that Alexa sends it again.
func (f *function) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	ctx, cancel := setup.Begin(ctx, turnBudget)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // of what is no turn: a turn apologizes
			f.log.ErrorContext(ctx, "request panicked", "stack", string(debug.Stack()))
			answer, err = nil, errors.New("the request panicked")
		}
	}()
	answer, err = f.skill.Answer(ctx, payload)
	if err != nil {
		f.log.WarnContext(ctx, "request not answered", "error", err)
		return nil, fmt.Errorf("answer Alexa: %w", err)
	}
	return answer, nil
}
