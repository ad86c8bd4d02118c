package echo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
)

func TestCalling(t *testing.T) {
	for _, row := range []struct{ utterance, intent string }{
		{"Alexa, open pizza place", skill.TypeLaunchRequest},
		{"open pizza place", skill.TypeLaunchRequest},
		{"please start Pizza Place", skill.TypeLaunchRequest},
		{"ask pizza place", skill.TypeLaunchRequest},
		{"talk to pizza place", skill.TypeLaunchRequest},
		{"pizza place", skill.TypeLaunchRequest},
		{"Alexa, ask pizza place to order a pizza", "OrderPizza"},
		{"tell pizza place to order a pizza", "OrderPizza"},
		{"tell pizza place that I'd like a pizza", "OrderPizza"},
		{"ask pizza place when are you open", "OpeningHours"},
		{"ask pizza place if you are open", "OpeningHours"}, // only the sample with the connector fits
		{"open pizza place and order a large pizza", "OrderPizza"},
		{"pizza place, order a pizza", "OrderPizza"},
		{"Alexa, order a pizza from pizza place", "OrderPizza"},
		{"order a pizza", "OrderPizza"},
		{"alexa order a pizza", "OrderPizza"},
		{"ask pizza place for help", "AMAZON.HelpIntent"},
		{"ask pizza place to sing a song", "AMAZON.FallbackIntent"},
	} {
		p := &place{answer: answers(asks)}
		e := setup(t, p, nil)
		turn := say(t, e, row.utterance)
		if turn.Intent != row.intent || turn.Session != "open" || turn.User != row.utterance {
			t.Errorf("%q: got %s, session %s, user %q; want %s", row.utterance, turn.Intent, turn.Session, turn.User, row.intent)
		}
		if !p.last(t).Session.New {
			t.Errorf("%q: the session is not new", row.utterance)
		}
	}
}

// Calling the skill by its name in the middle of a session begins another one.
func TestCallingAgain(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	say(t, e, "order a pizza")
	first := p.last(t).Session.SessionID
	say(t, e, "when are you open")
	if s := p.last(t).Session; s.New || s.SessionID != first {
		t.Errorf("the session did not go on: %v", s.SessionID)
	}
	say(t, e, "ask pizza place for help")
	if s := p.last(t).Session; !s.New || s.SessionID == first {
		t.Errorf("no new session began")
	}
}

func TestSessionAttributes(t *testing.T) {
	p := &place{}
	p.answer = func(*skill.Request) string {
		return strings.Replace(answers(asks)(nil), `{"version"`, fmt.Sprintf(`{"sessionAttributes":{"n":%d},"version"`, len(p.asked)), 1)
	}
	e := setup(t, p, nil)
	say(t, e, "order a pizza")
	if got := p.last(t).Session.Attributes; len(got) != 0 {
		t.Errorf("a new session has attributes: %s", got)
	}
	say(t, e, "order a pizza")
	if got := string(p.last(t).Session.Attributes["n"]); got != "1" {
		t.Errorf("attribute n = %s, want 1", got)
	}
	p.answer = answers(asks)
	say(t, e, "order a pizza")
	say(t, e, "order a pizza")
	if got := p.last(t).Session.Attributes; len(got) != 0 {
		t.Errorf("attributes of an earlier turn are still there: %s", got)
	}
	p.answer = answers(ends)
	say(t, e, "order a pizza")
	p.answer = answers(asks)
	say(t, e, "order a pizza")
	if s := p.last(t).Session; !s.New || len(s.Attributes) != 0 {
		t.Errorf("the session after the end is not a new one")
	}
}

// The four states of shouldEndSession on each device.
func TestShouldEndSession(t *testing.T) {
	for _, row := range []struct {
		device  Kind
		state   string
		session string
		silence string // what is heard when nobody speaks
	}{
		{Home, `,"shouldEndSession":true`, "closed", ""},
		{Home, `,"shouldEndSession":false`, "open", ""},
		{Home, `,"shouldEndSession":null`, "open", ""},
		{Home, ``, "closed", ""},
		{Show, `,"shouldEndSession":true`, "closed", ""},
		{Show, `,"shouldEndSession":false`, "open", ""},
		{Show, ``, "open", ""},
		{Car, ``, "open", ""},
		{Home, `,"reprompt":{"outputSpeech":{"type":"PlainText","text":"Well?"}},"shouldEndSession":false`, "open", "Well?"},
		{Home, `,"reprompt":{"outputSpeech":{"type":"PlainText","text":"Well?"}},"shouldEndSession":null`, "open", "Well?"},
	} {
		p := &place{answer: answers(`"outputSpeech":{"type":"PlainText","text":"Hi."}` + row.state)}
		e := setup(t, p, func(o *Options) { o.Device = row.device })
		if turn := say(t, e, "order a pizza"); turn.Session != row.session {
			t.Errorf("%s with %q: session %s, want %s", row.device, row.state, turn.Session, row.session)
		}
		turn, err := e.Silence(t.Context())
		if err != nil || turn.Speech != row.silence {
			t.Errorf("%s with %q: in silence %q, %v; want %q", row.device, row.state, turn.Speech, err, row.silence)
		}
	}
}

func TestSilence(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	if turn, err := e.Silence(t.Context()); err != nil || turn.Session != "closed" || len(p.asked) != 0 {
		t.Errorf("silence without a session: %+v, %v", turn, err)
	}
	say(t, e, "order a pizza")
	turn, err := e.Silence(t.Context())
	if err != nil || turn.Speech != "Do you want anything else?" || turn.Session != "open" || len(p.asked) != 1 {
		t.Errorf("first silence: %+v, %v", turn, err)
	}
	turn, err = e.Silence(t.Context())
	if err != nil || turn.Session != "closed" || turn.Intent != skill.TypeSessionEndedRequest {
		t.Errorf("second silence: %+v, %v", turn, err)
	}
	if got := p.last(t).Body.Reason; got != skill.EndedBySilence {
		t.Errorf("reason %s", got)
	}
}

func TestLeaving(t *testing.T) {
	for _, word := range []string{"exit", "Quit.", "Alexa, exit"} {
		p := &place{answer: answers(asks)}
		e := setup(t, p, nil)
		if turn := say(t, e, word); turn.Session != "closed" || len(p.asked) != 0 {
			t.Errorf("%q without a session reached the skill", word)
		}
		say(t, e, "order a pizza")
		turn := say(t, e, word)
		if body := p.last(t).Body; turn.Session != "closed" || body.Type != skill.TypeSessionEndedRequest || body.Reason != skill.EndedByUser {
			t.Errorf("%q: %s %s, session %s", word, body.Type, body.Reason, turn.Session)
		}
	}
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	say(t, e, "order a pizza")
	if turn, err := e.End(t.Context(), skill.EndedByError); err != nil || turn.Session != "closed" || p.last(t).Body.Reason != skill.EndedByError {
		t.Errorf("End: %+v, %v", turn, err)
	}
}

func TestNothingMatches(t *testing.T) {
	p := &place{answer: answers(asks)}
	strict := false
	e := setup(t, p, func(o *Options) { o.Strict = strict })

	turn, err := e.Say(t.Context(), "ordr a large pizza")
	var missed *NoMatch
	if !errors.As(err, &missed) || missed.Nearest != "order a {size} pizza" || missed.Intent != "OrderPizza" || turn.Session != "closed" || len(p.asked) != 0 {
		t.Errorf("in a closed session: %+v, %v", turn, err)
	}
	say(t, e, "order a pizza")
	turn = say(t, e, "ordr a pizza")
	if turn.Intent != "AMAZON.FallbackIntent" || turn.Missed == nil || turn.Missed.Nearest != "order a pizza" {
		t.Errorf("in an open session: %s, %v", turn.Intent, turn.Missed)
	}

	strict = true
	e = setup(t, p, func(o *Options) { o.Strict = strict })
	say(t, e, "order a pizza")
	before := len(p.asked)
	turn, err = e.Say(t.Context(), "sing a song")
	if !errors.As(err, &missed) || turn.Session != "open" || len(p.asked) != before {
		t.Errorf("strict: %+v, %v", turn, err)
	}
	if _, err := e.Say(t.Context(), "tell me more about the special"); err == nil || !strings.Contains(err.Error(), "AboutSize and AboutTopping") {
		t.Errorf("ambiguous: %v", err)
	}
	for _, nothing := range []string{"", "...", "alexa"} {
		if _, err := e.Say(t.Context(), nothing); !errors.As(err, &missed) {
			t.Errorf("%q: %v", nothing, err)
		}
	}
	if _, err := e.Say(t.Context(), strings.Repeat("a ", 400)); err == nil {
		t.Error("an endless utterance was taken")
	}
}

func TestDevices(t *testing.T) {
	for _, row := range []struct {
		kind       Kind
		interfaces []string
		mode       string
	}{
		{Home, nil, ""},
		{Show, []string{skill.InterfaceAPL}, skill.ViewportHub},
		{Car, []string{skill.InterfaceAPL, "Geolocation"}, skill.ViewportAuto},
	} {
		p := &place{answer: answers(ends)}
		e := setup(t, p, func(o *Options) { o.Device, o.Speed, o.PersonID = row.kind, 13.5, "anna" })
		say(t, e, "order a pizza")
		c := p.last(t).Context
		for _, i := range row.interfaces {
			if !c.System.Device.Supports(i) {
				t.Errorf("%s does not support %s", row.kind, i)
			}
		}
		mode := ""
		if c.Viewport != nil {
			mode = c.Viewport.Mode
		}
		if len(c.System.Device.SupportedInterfaces) != len(row.interfaces) || mode != row.mode || len(c.Viewports) != min(len(mode), 1) {
			t.Errorf("%s: interfaces %v, viewport %q", row.kind, c.System.Device.SupportedInterfaces, mode)
		}
		if inCar := c.Automotive != nil; inCar != (row.kind == Car) {
			t.Errorf("%s: automotive %t", row.kind, inCar)
		}
		if row.kind == Car && c.Geolocation.Speed.SpeedInMetersPerSecond != 13.5 {
			t.Errorf("the car's speed is lost")
		}
		if c.System.Person.PersonID != "anna" {
			t.Errorf("the person is lost")
		}
	}
}

// The account's token is asked for each request; ids of the user and the device stay.
func TestIdentity(t *testing.T) {
	p := &place{answer: answers(asks)}
	n := 0
	e := setup(t, p, func(o *Options) {
		o.Token = func(context.Context) (string, error) {
			n++
			if n == 3 {
				return "", nil
			}
			return fmt.Sprint("secret", n), nil
		}
	})
	for range 3 {
		turn := say(t, e, "order a pizza")
		if bytes.Contains(turn.Request, []byte("secret")) {
			t.Errorf("the token is shown: %s", turn.Request)
		}
	}
	var tokens []string
	for _, r := range p.asked {
		tokens = append(tokens, string(r.Context.System.User.AccessToken), string(r.Session.User.AccessToken))
		if r.Context.System.User.UserID != "amzn1.ask.account.id1" || r.Context.System.Device.DeviceID != "amzn1.ask.device.id2" {
			t.Errorf("user %s, device %s", r.Context.System.User.UserID, r.Context.System.Device.DeviceID)
		}
	}
	if want := []string{"secret1", "secret1", "secret2", "secret2", "", ""}; !slices.Equal(tokens, want) {
		t.Errorf("tokens %q, want %q", tokens, want)
	}
	broken := setup(t, p, func(o *Options) {
		o.Token = func(context.Context) (string, error) { return "", errors.New("no network") }
	})
	if turn, err := broken.Say(t.Context(), "order a pizza"); err == nil || turn.Session != "closed" {
		t.Errorf("without a token: %+v, %v", turn, err)
	}
}

func TestTimeout(t *testing.T) {
	e := setup(t, &place{}, nil) // its API server lives outside the bubble
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every bubble
		var reasons []string
		e.options.Send = func(ctx context.Context, body []byte) ([]byte, error) {
			r, err := skill.Decode(body)
			if err != nil {
				return nil, err
			}
			if r.Body.Type == skill.TypeSessionEndedRequest {
				reasons = append(reasons, r.Body.Reason, r.Body.Error.Type)
				return []byte(`{"version":"1.0","response":{}}`), nil
			}
			if deadline, _ := ctx.Deadline(); !deadline.Equal(start.Add(answerTime)) {
				t.Errorf("the deadline is %s", deadline)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		turn, err := e.Say(t.Context(), "order a pizza")
		var refused *Refused
		if !errors.As(err, &refused) || refused.Rule != "timeout" || turn.Session != "closed" {
			t.Errorf("got %+v, %v", turn, err)
		}
		if want := []string{skill.EndedByError, skill.ErrorEndpointTimeout}; !slices.Equal(reasons, want) {
			t.Errorf("the skill was told %q, want %q", reasons, want)
		}
	})
}

// Whoever hangs up is no slow skill.
func TestCanceled(t *testing.T) {
	e := setup(t, &place{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	e.options.Send = func(ctx context.Context, _ []byte) ([]byte, error) {
		cancel()
		return nil, ctx.Err()
	}
	turn, err := e.Say(ctx, "order a pizza")
	var refused *Refused
	if !errors.Is(err, context.Canceled) || errors.As(err, &refused) || turn.Session != "closed" {
		t.Errorf("got %+v, %v", turn, err)
	}
}

func TestOptions(t *testing.T) {
	good := func() Options {
		return Options{Model: pizza(t), ApplicationID: "a", Send: (&place{}).send, Now: func() time.Time { return tuesday(t) }, NewID: func() string { return "x" }}
	}
	for what, spoil := range map[string]func(*Options){
		"no interaction model":  func(o *Options) { o.Model = nil },
		"not English":           func(o *Options) { o.Locale = "de-DE" },
		"no device of the kind": func(o *Options) { o.Device = "toaster" },
		"no application id":     func(o *Options) { o.ApplicationID = "" },
		"no way to send":        func(o *Options) { o.Send = nil },
		"no clock":              func(o *Options) { o.Now = nil },
		"no ids":                func(o *Options) { o.NewID = nil },
		"neither METRIC nor":    func(o *Options) { o.Units = "PARSEC" },
		"has no IANA name":      func(o *Options) { o.Zone = time.FixedZone("here", 3600) },
		"a negative speed":      func(o *Options) { o.Speed = -1 },
		"no invocation name":    func(o *Options) { o.Model.LanguageModel.InvocationName = "" },
		"has no slot \"sauce\"": func(o *Options) { o.Model.LanguageModel.Intents[0].Samples[0] = "with {sauce}" },
		"a brace is not closed": func(o *Options) { o.Model.LanguageModel.Intents[0].Samples[0] = "with {size" },
		"stands twice":          func(o *Options) { o.Model.LanguageModel.Intents[0].Samples[0] = "{size} or {size}" },
		"is not declared":       func(o *Options) { o.Model.LanguageModel.Types = nil },
		"several values": func(o *Options) {
			o.Model.LanguageModel.Intents[0].Slots[0].MultipleValues = &models.MultipleValues{Enabled: true}
		},
		"has no prompt":          func(o *Options) { o.Model.Prompts = nil },
		"no intent Sing":         func(o *Options) { o.Model.Dialog.Intents[0].Name = "Sing" },
		"OrderPizza has no slot": func(o *Options) { o.Model.Dialog.Intents[0].Slots[0].Name = "sauce" },
	} {
		o := good()
		spoil(&o)
		if e, err := New(o); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want an error with %q, got %v", what, err)
			if e != nil {
				_ = e.Close()
			}
		}
	}
}
