package linked

import (
	"net/url"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// kind is what an event is about.
type kind int

const (
	enabled kind = iota
	disabled
	linkedTo
	subscribed
)

// change is an event as far as it matters.
type change struct {
	kind kind
	at   time.Time // when Alexa made the event; UTC, whole milliseconds
	// Of an account that was linked. The owner is asked for with the token.
	token         vehicle.Token
	owner, region string
	// forget says that Alexa forgets the user who disabled the skill, so that we must too.
	forget bool
	// wants says of a subscription whether there is one.
	wants bool
}

// notifications is the permission without which no notification reaches a user.
const notifications = "alexa::devices:all:notifications:write"

// read makes a change of an event; false for one that says nothing about the user.
func read(r *skill.Request) (change, bool) {
	body := r.Body.Body
	if body == nil {
		body = &skill.EventBody{}
	}
	c := change{at: made(r)}
	mayNotify := slices.ContainsFunc(body.AcceptedPermissions, func(p skill.EventPermission) bool { return p.Scope == notifications })
	switch r.Body.Type {
	case skill.TypeSkillEnabled:
		c.kind = enabled
	case skill.TypeSkillDisabled:
		c.kind, c.forget = disabled, body.PersistenceStatus == "NOT_PERSISTED"
	case skill.TypeSkillAccountLinked:
		c.kind, c.token, c.region = linkedTo, vehicle.Token(body.AccessToken), region(r.Context.System.APIEndpoint)
		if c.token == "" {
			c.token = vehicle.Token(r.Context.System.User.AccessToken)
		}
		return c, !c.at.IsZero() && c.token != ""
	case skill.TypeProactiveSubscriptionChanged, skill.TypeNotificationSubscriptionChanged:
		c.kind, c.wants = subscribed, len(body.Subscriptions) > 0
	case skill.TypeSkillPermissionChanged:
		c.kind, c.wants = subscribed, mayNotify
	case skill.TypeSkillPermissionAccepted: // lists what was accepted now, which may be something else
		c.kind, c.wants = subscribed, true
		return c, !c.at.IsZero() && mayNotify
	default:
		return change{}, false
	}
	return c, !c.at.IsZero()
}

// made is when Alexa made the event. Those about subscriptions do not say; the nearest is when it was sent. Zero if there
// is no time at all.
func made(r *skill.Request) time.Time {
	for _, text := range []skill.Timestamp{r.Body.EventCreationTime, r.Body.EventPublishingTime, r.Body.Timestamp} {
		if at, err := text.Time(); err == nil {
			return at.UTC().Truncate(time.Millisecond)
		}
	}
	return time.Time{}
}

// regions are where Alexa keeps users, by the host of their API (Amazon, "Proactive Events API").
var regions = map[string]string{
	"api.amazonalexa.com": "na", "api.eu.amazonalexa.com": "eu", "api.fe.amazonalexa.com": "fe",
}

func region(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return regions[u.Hostname()]
}

// remembered is how long a user is kept who has disabled the skill: longer than any event about that user is under way,
// so that none of them brings the user back.
const remembered = 30 * 24 * time.Hour

// active reports whether the user has the skill: it was not disabled, or enabled or linked since. A subscription proves
// nothing, because Alexa tells of its end after the skill was disabled.
func active(u store.User) bool {
	return u.DisabledAt.IsZero() || u.DisabledAt.Before(u.EnabledAt) || u.DisabledAt.Before(u.LinkedAt)
}

// apply gives the user after a change. The order in which changes are applied does not matter, nor how often: each fact is
// of the newest change that speaks of it, and of two at the same instant what says less wins. To be forgotten is to be
// linked to nobody and to want nothing from then on.
func (c change) apply(u store.User) store.User {
	had := active(u)
	switch c.kind {
	case enabled:
		u.EnabledAt = later(u.EnabledAt, c.at)
	case disabled:
		u.DisabledAt = later(u.DisabledAt, c.at)
		if c.forget && !c.at.Before(u.LinkedAt) {
			u.LinkedAt, u.Owner, u.Region = c.at, "", ""
		}
		if c.forget && !c.at.Before(u.SubscribedAt) {
			u.SubscribedAt, u.Subscribed = c.at, false
		}
	case linkedTo:
		if c.at.After(u.LinkedAt) {
			u.LinkedAt, u.Owner, u.Region = c.at, c.owner, c.region
		}
	case subscribed:
		switch {
		case c.at.After(u.SubscribedAt):
			u.SubscribedAt, u.Subscribed = c.at, c.wants
		case c.at.Equal(u.SubscribedAt):
			u.Subscribed = u.Subscribed && c.wants
		}
	}
	var expires time.Time
	switch {
	case !active(u):
		expires = u.DisabledAt.Add(remembered)
	case had && u.Owner == "":
		expires = u.ExpiresAt // an account let go of the user, or deleted everything: only a new link makes the user stay
	}
	if !expires.Equal(u.ExpiresAt) { // the same instant may be written in another way
		u.ExpiresAt = expires
	}
	return u
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
