package owner

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/trunkpass/trunkpass/owner/session"
	"github.com/trunkpass/trunkpass/vehicle"
)

// welcomeView is the page of somebody who is not signed in.
type welcomeView struct {
	Word string // why they see it, if there is a reason
	Then string // the page they wanted, as a value of a query
}

// welcome invites to sign in and remembers what was wanted.
func (p *page) welcome(r *http.Request, status int, word string) answer {
	then := strings.TrimPrefix(r.URL.Path, p.base)
	switch {
	case then == "/":
		status = 0 // the front door: nothing was refused
	case then == "/callback" || then == "/sign-in":
		then = "/"
	case r.Method == http.MethodPost: // what was sent is lost; go to where it was asked for
		then = "/" + strings.SplitN(then, "/", 3)[1]
	case r.URL.RawQuery != "":
		then += "?" + r.URL.RawQuery
	}
	return answer{status: status, page: "welcome", view: welcomeView{Word: word, Then: then}}
}

// again is the address of a sign-in in which the cloud asks for the password anew, and which leads to then.
func again(then string) string {
	return "/sign-in?" + url.Values{"anew": {"1"}, "then": {then}}.Encode()
}

// signIn sends the browser to the dongle cloud. It is a link and not a form, because a Content-Security-Policy that
// holds forms to this site holds what they are redirected to as well.
func (p *page) signIn(ctx context.Context, w http.ResponseWriter, r *http.Request) (answer, error) {
	var anew *session.Session
	if s, ok := p.keeper.Open(r); ok && r.URL.Query().Get("anew") != "" {
		anew = &s
	}
	to, err := p.keeper.Begin(ctx, w, r.URL.Query().Get("then"), anew)
	if err != nil {
		return answer{}, err
	}
	return answer{leave: to}, nil
}

// callback is where the browser comes back to. Whoever was signed in before is not any more: every sign-in makes a new
// session, and the tokens of the old one end.
func (p *page) callback(ctx context.Context, w http.ResponseWriter, r *http.Request) (answer, error) {
	arrival, err := p.keeper.Finish(ctx, w, r)
	if err != nil {
		return answer{}, err
	}
	who, err := p.Who.Owner(ctx, arrival.Access)
	if err != nil {
		return answer{}, fmt.Errorf("who signed in: %w", err)
	}
	if old, ok := p.keeper.Open(r); ok {
		p.end(ctx, old)
	}
	if arrival.Anew && who.ID != arrival.Whom {
		p.keeper.Forget(w)
		p.end(ctx, session.Session{Access: arrival.Access, Refresh: arrival.Refresh})
		return answer{status: http.StatusForbidden, page: "problem", view: problem{
			Title: "Somebody else signed in", Text: "The login was not the one of this account, so nothing has changed and you are signed out.",
			Back: "/sign-in", Label: "Sign in",
		}}, nil
	}
	started, err := p.keeper.Start(w, arrival, who)
	if err != nil {
		return answer{}, err
	}
	if arrival.Anew && started.Proved.IsZero() {
		return unproved(arrival.Then, who), nil
	}
	return answer{to: arrival.Then}, nil
}

// unproved is the answer to somebody who was to give the password and, as far as the cloud tells, did not. They are
// signed in as before.
func unproved(then string, who vehicle.Owner) answer {
	if who.AuthenticatedAt.IsZero() {
		return answer{status: http.StatusForbidden, page: "problem", view: problem{
			Title: "Your dongle cloud cannot prove that it is you", Text: "It does not tell this page when you last gave your password. " +
				"So a locked PIN cannot be reset here, a block cannot be lifted and nothing can be deleted.",
			Works: "Everything else works as before, and what makes your cars safer most of all.", Back: "/", Label: "Go to the overview",
		}}
	}
	return answer{status: http.StatusForbidden, page: "problem", view: problem{
		Title: "You were not asked for your password", Text: "The dongle cloud knew this browser and let it in without asking. " +
			"Sign out of your dongle account, then sign in again from here.",
		Works: "You are signed in, and nothing has changed.", Back: again(then), Label: "Sign in again",
	}}
}

// end revokes the tokens of a session. A cloud that cannot be reached lets them run out by themselves; the owner is
// signed out here all the same.
func (p *page) end(ctx context.Context, s session.Session) {
	if err := p.keeper.Revoke(ctx, s.Access, s.Refresh); err != nil {
		p.Log.LogAttrs(ctx, slog.LevelWarn, "tokens not revoked", slog.Any("cause", err))
	}
}

func (p *page) signOut(ctx context.Context, v *visit) (answer, error) {
	p.end(ctx, *v.session)
	return answer{to: "/signed-out", ended: true}, nil
}

// farewell is the page of somebody who has just left.
type farewell struct{ Title, Text, More string }

func (p *page) signedOut(context.Context, http.ResponseWriter, *http.Request) (answer, error) {
	return answer{page: "farewell", view: farewell{
		Title: "You are signed out", Text: "This browser cannot see or change anything any more.",
		More: "If the device is not yours, sign out of your dongle account as well.",
	}}, nil
}

func (p *page) deleted(context.Context, http.ResponseWriter, *http.Request) (answer, error) {
	return answer{page: "farewell", view: farewell{
		Title: "Everything here is deleted", Text: "Your voice PIN, your settings and the links to your Alexa users are gone, and you are signed out.",
		More: "Nobody can be let in by voice until you set a new PIN. To stop altogether, disable the skill in the Alexa app.",
	}}, nil
}
