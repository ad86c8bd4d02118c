package live

import (
	"context"
	"slices"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify/live/alexa"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
)

// askToLink are how a skill says that an account is missing.
var askToLink = []string{
	"link your account", "link your", "account linking", "not linked", "isn't linked", "link an account", "connect your account",
	"sign in", "log in", "konto verknüpfen", "konto verbinden", "verknüpfe", "compte", "vincular", "vincula tu cuenta", "collega il tuo account",
}

// linking speaks as somebody without an account, and as somebody whose token the skill must refuse.
func (l *locale) linking(ctx context.Context) {
	if !l.links() {
		l.v.NotApplicable("LINK-5", "the skill links no accounts")
		l.v.NotApplicable("LINK-5b", "the skill links no accounts")
		return
	}
	expired := l.Settings.Account.ExpiredToken
	if expired == "" {
		expired = "certify-expired-token"
	}
	tries := map[string]move{skill.TypeLaunchRequest: l.launch()}
	names := []string{skill.TypeLaunchRequest}
	for _, intent := range l.own() {
		tries[intent.Name] = l.intent(intent.Name, l.full(intent))
		names = append(names, intent.Name)
	}
	for _, intent := range names {
		if ctx.Err() != nil {
			return
		}
		needed := !slices.Contains(append(l.Settings.Account.Public, skill.TypeLaunchRequest), intent)
		without := l.begin(ctx, func(c *alexa.Caller) { c.Token = "" }).say(ctx, tries[intent])
		l.unlinked(ctx, "LINK-5", without, intent+" without an account", needed)
		// Whoever gets by without an account may not even look at the token.
		with := l.begin(ctx, func(c *alexa.Caller) { c.Token = expired }).say(ctx, tries[intent])
		l.unlinked(ctx, "LINK-5b", with, intent+" with an expired token", needed)
	}
}

// unlinked judges an answer to somebody whose account cannot be used.
func (l *locale) unlinked(ctx context.Context, id string, t turn, where string, needed bool) {
	if !l.answered(ctx, id, t, where) {
		return
	}
	switch said := words.Contains(t.speech, askToLink); {
	case !t.card(skill.CardLinkAccount) && said != "":
		l.fail(ctx, id, t, where, "the answer asks to link an account (%q) and brings no LinkAccount card", said)
	case !t.card(skill.CardLinkAccount) && needed:
		l.fail(ctx, id, t, where, "the intent is not public by the settings, and the answer brings no LinkAccount card")
	case t.card(skill.CardLinkAccount) && t.speech == "":
		l.fail(ctx, id, t, where, "a LinkAccount card comes without a word")
	case t.card(skill.CardLinkAccount) && t.open():
		l.fail(ctx, id, t, where, "a LinkAccount card comes, and the session stays open: nobody can link by voice")
	}
}

// consents are the names of permissions on a consent card, where they differ from those in the manifest.
var consents = map[string]string{
	"read::alexa:device:all:address":                          "alexa::devices:all:address:full:read",
	"read::alexa:device:all:address:country_and_postal_code":  "alexa:devices:all:address:country_and_postal_code:read",
	"write::alexa:devices:all:notifications:standard":         "alexa::devices:all:notifications:write",
	"alexa::devices:all:address:country_and_postal_code:read": "alexa:devices:all:address:country_and_postal_code:read",
	"alexa::household:lists:read":                             "alexa::household:lists:read",
}

// permissions speaks as somebody who granted, refused and never answered what the manifest asks for.
func (l *locale) permissions(ctx context.Context) {
	if len(l.Skill.Permissions) == 0 {
		l.v.NotApplicable("FUN-11", "the skill has no permissions")
		return
	}
	tries := []move{l.launch()}
	for _, intent := range l.own() {
		tries = append(tries, l.intent(intent.Name, l.full(intent)))
	}
	for _, state := range []struct{ name, status string }{{"granted", "GRANTED"}, {"refused", "DENIED"}, {"not answered", ""}} {
		for _, m := range tries {
			if ctx.Err() != nil {
				return
			}
			k := l.begin(ctx, func(c *alexa.Caller) {
				c.Scopes = map[string]string{}
				for _, p := range l.Skill.Permissions {
					if state.status != "" {
						c.Scopes[p] = state.status
					}
				}
			})
			t := k.say(ctx, m)
			where := name(m.body) + ", permissions " + state.name
			if l.answered(ctx, "FUN-11", t, where) {
				l.consent(ctx, t, where)
			}
		}
	}
}

// consent looks at what a consent card asks for.
func (l *locale) consent(ctx context.Context, t turn, where string) {
	if !t.card(skill.CardPermissions) {
		return
	}
	for _, p := range t.response.Body.Card.Permissions {
		declared := p
		if known, ok := consents[p]; ok {
			declared = known
		}
		if !slices.Contains(l.Skill.Permissions, p) && !slices.Contains(l.Skill.Permissions, declared) {
			l.fail(ctx, "FUN-11", t, where, "the card asks for the permission %q, which the manifest does not declare", p)
		}
	}
}
