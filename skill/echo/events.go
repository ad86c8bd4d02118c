package echo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/trunkpass/trunkpass/skill"
)

// ErrDisabled is what a person hears of who calls a skill that was disabled: nothing of ours.
var ErrDisabled = errors.New("the skill is disabled")

// notifications is the permission to notify a user.
const notifications = "alexa::devices:all:notifications:write"

// How a user's standing with the skill changes: in the Alexa app, out of any session. Each method tells the skill with the
// events that Alexa sends, once; Alexa sends them again after an error, which is left to the caller. An Echo begins with the
// skill enabled, and linked if Options.Token says so, without having told.

// Enable enables the skill. After Disable, Alexa knows the user by another id, and no account is linked.
func (e *Echo) Enable(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.disabled {
		e.disabled, e.options.UserID = false, "amzn1.ask.account."+e.options.NewID()
	}
	return e.tell(ctx, skill.TypeSkillEnabled, nil)
}

// Disable disables the skill, which ends the session and drops the link; until Enable, Say is ErrDisabled. The event still
// carries the token. Unless the user's information is kept, the skill is told to forget it.
func (e *Echo) Disable(ctx context.Context, keepInformation bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	body := &skill.EventBody{PersistenceStatus: "NOT_PERSISTED"}
	if keepInformation {
		body.PersistenceStatus = "PERSISTED"
	}
	err := e.tell(ctx, skill.TypeSkillDisabled, body)
	e.session, e.disabled, e.unlinked = nil, true, true
	return err
}

// Link links the account for which Options.Token has tokens.
func (e *Echo) Link(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unlinked = false
	token, err := e.token(ctx)
	if err != nil {
		return err
	}
	return e.tell(ctx, skill.TypeSkillAccountLinked, &skill.EventBody{AccessToken: skill.Secret(token)})
}

// Subscribe turns notifications on, for these kinds of proactive events.
func (e *Echo) Subscribe(ctx context.Context, names ...string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	body := &skill.EventBody{}
	for _, name := range names {
		body.Subscriptions = append(body.Subscriptions, skill.Subscription{EventName: name})
	}
	may := &skill.EventBody{AcceptedPermissions: []skill.EventPermission{{Scope: notifications}}}
	if err := e.tell(ctx, skill.TypeSkillPermissionAccepted, may); err != nil {
		return err
	}
	return e.tell(ctx, skill.TypeProactiveSubscriptionChanged, body)
}

// Unsubscribe turns notifications off.
func (e *Echo) Unsubscribe(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.tell(ctx, skill.TypeProactiveSubscriptionChanged, &skill.EventBody{Subscriptions: []skill.Subscription{}}); err != nil {
		return err
	}
	return e.tell(ctx, skill.TypeSkillPermissionChanged, &skill.EventBody{AcceptedPermissions: []skill.EventPermission{}})
}

// UserID is how Alexa calls the user at the moment.
func (e *Echo) UserID() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.options.UserID
}

// token is the linked account's, "" if none is.
func (e *Echo) token(ctx context.Context) (string, error) {
	if e.options.Token == nil || e.unlinked {
		return "", nil
	}
	token, err := e.options.Token(ctx)
	if err != nil {
		return "", fmt.Errorf("get access token: %w", err)
	}
	return token, nil
}

// tell sends one skill event. What the skill answers is not heard.
func (e *Echo) tell(ctx context.Context, kind string, body *skill.EventBody) error {
	account, err := e.token(ctx)
	if err != nil {
		return err
	}
	o := e.options
	now := timestamp(o.Now())
	r := &skill.Request{
		Version: "1.0",
		Context: skill.Context{System: skill.System{
			Application: skill.Application{ApplicationID: o.ApplicationID},
			User:        skill.User{UserID: o.UserID, AccessToken: skill.Secret(account)},
			APIEndpoint: e.api.url, APIAccessToken: skill.Secret(rand.Text()),
		}},
		Body: skill.RequestBody{Type: kind, RequestID: "amzn1.echo-api.request." + o.NewID(), Timestamp: now, Body: body},
	}
	if kind != skill.TypeProactiveSubscriptionChanged { // which does not say when it was made
		r.Body.EventCreationTime, r.Body.EventPublishingTime = now, now
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	within, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if _, err := o.Send(within, raw); err != nil {
		return fmt.Errorf("send %s: %w", kind, err)
	}
	return nil
}
