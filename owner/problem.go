package owner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/trunkpass/trunkpass/owner/session"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// problem is what a person is told when something went wrong: what it was, and what to do or what still works.
type problem struct {
	status      int
	Title, Text string
	Works       string
	// Back is where to go on from, a path below the page, and Label what it is called.
	Back, Label string
	Reference   string
}

// stillWorks is what does not need the cloud.
const stillWorks = "Your voice PIN, its lock and your settings are safe. The car itself still opens with its key."

// problems is what to say of each kind. Every kind has a row; NotLinked is not a problem but a reason to sign in.
var problems = map[vehicle.Kind]problem{
	vehicle.NotFound: {status: http.StatusNotFound, Title: "It is not there any more",
		Text: "This car or this access is not in your account any more. The list shows what is."},
	vehicle.Denied: {status: http.StatusForbidden, Title: "That is not allowed",
		Text: "Your dongle account does not let this page do that. Sign out, sign in again, and allow what the cloud asks you."},
	vehicle.Unsupported: {status: http.StatusNotImplemented, Title: "That is not possible here",
		Text: "This car, or its dongle cloud, cannot do that. Nothing has changed."},
	vehicle.Invalid: {status: http.StatusUnprocessableEntity, Title: "The cloud said no",
		Text: "The dongle cloud did not take what was asked. Nothing has changed."},
	vehicle.Conflict: {status: http.StatusConflict, Title: "It has changed meanwhile",
		Text: "What you wanted does not fit how things are now. Look again."},
	vehicle.Unreachable: {status: http.StatusServiceUnavailable, Title: "The car does not answer",
		Text: "Its dongle is asleep, offline or unplugged. Try again later."},
	vehicle.Limited: {status: http.StatusTooManyRequests, Title: "One moment, please",
		Text: "The dongle cloud asks us to slow down. Try again in a minute.", Works: stillWorks},
	vehicle.Unavailable: {status: http.StatusServiceUnavailable, Title: "The dongle cloud does not answer",
		Text: "We cannot reach it right now, so this page cannot show or change anything there. Try again in a minute.", Works: stillWorks},
	vehicle.Internal: {status: http.StatusInternalServerError, Title: "That was our mistake",
		Text: "Something went wrong here, and we have noted it. Try again in a minute.", Works: "Nobody can get in who could not before."},
}

// maybe replaces the text when it may have happened all the same.
var maybe = problem{status: http.StatusBadGateway, Title: "We could not confirm it",
	Text: "The connection broke before the cloud answered. It may have happened, or not. Look at who can get in, and try again if need be.",
	Back: "/access", Label: "See who can get in"}

// own are the problems that the page has by itself.
var own = []struct {
	err error
	problem
}{
	{errForm, problem{status: http.StatusForbidden, Title: "This form is out of date",
		Text: "It was open for too long, or you signed in again meanwhile. Nothing has changed. Open the page again and repeat it."}},
	{session.ErrStale, problem{status: http.StatusBadRequest, Title: "That sign-in is over",
		Text: "It took too long, or it began in another browser. Nobody was signed in.", Back: "/sign-in", Label: "Sign in"}},
	{session.ErrRefused, problem{status: http.StatusForbidden, Title: "You are not signed in",
		Text: "The dongle cloud did not let this page in, or you said no. That is fine: nothing has changed.", Back: "/sign-in", Label: "Try again"}},
	{session.ErrCloud, problem{status: http.StatusServiceUnavailable, Title: "The dongle cloud does not answer",
		Text: "We cannot reach its sign-in right now. Try again in a minute.", Works: stillWorks}},
	{pin.ErrBusy, problem{status: http.StatusServiceUnavailable, Title: "One moment, please",
		Text: "Too many PINs are being set or checked right now. Yours is as it was. Try again in a minute."}},
	{store.ErrConflict, problems[vehicle.Conflict]},
}

// explain makes the answer to an error, and logs the cause under the reference that the person sees.
func (p *page) explain(r *http.Request, err error) answer {
	kind, outcome := vehicle.KindOf(err)
	if kind == vehicle.NotLinked || errors.Is(err, session.ErrEnded) {
		a := p.welcome(r, http.StatusUnauthorized, "Your sign-in has ended. Please sign in again.")
		a.ended = true
		return a
	}
	what := problems[kind]
	if outcome == vehicle.MaybeDone {
		what = maybe
	}
	for _, o := range own {
		if errors.Is(err, o.err) {
			what = o.problem
		}
	}
	what.Reference = p.NewID()
	if what.Back == "" {
		what.Back, what.Label = "/", "Go to the overview"
	}
	level := slog.LevelWarn
	if what.status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	p.Log.LogAttrs(r.Context(), level, "owner page", slog.String("reference", what.Reference),
		slog.String("page", strings.TrimPrefix(r.URL.Path, p.base)), slog.Int("status", what.status), slog.Any("cause", err))
	return answer{status: what.status, page: "problem", view: what}
}

// missing answers every address that is no page.
func (p *page) missing(context.Context, http.ResponseWriter, *http.Request) (answer, error) {
	return answer{status: http.StatusNotFound, page: "problem", view: problem{
		Title: "There is no such page", Text: "The address may be mistyped, or the page has moved.", Back: "/", Label: "Go to the overview",
	}}, nil
}

// foreign answers a form that another site sent.
func (p *page) foreign(context.Context, http.ResponseWriter, *http.Request) (answer, error) {
	return answer{}, errForm
}
