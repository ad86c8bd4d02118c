package skill

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/trunkpass/trunkpass/skill/speech"
)

// A toy conversation: it asks for a color, does one thing with it, and says what came of it.
type paint struct {
	Asking string `json:"asking,omitempty"`
}

func (p paint) Step() string { return p.Asking }

type brush struct{ Color string }

const (
	paintWhich speech.Key = "paint.which"
	paintDone  speech.Key = "paint.done"
	paintHelp  speech.Key = "paint.help"
	paintStop  speech.Key = "paint.stopped"
	paintLeft  speech.Key = "paint.left"
	oops       speech.Key = "paint.oops"
	welcome    speech.Key = "paint.welcome"
	about      speech.Key = "paint.about"
)

func paintNext(p paint, ev Event, fact string) (paint, []Act) {
	ask := Ask{Key: paintWhich, Elicit: "color"}
	switch ev := ev.(type) {
	case Heard:
		if color, ok := ev.Slots["color"].Text(); ok {
			return paint{}, []Act{Do{Effect: brush{Color: color + fact}}}
		}
		return paint{Asking: "color"}, []Act{ask}
	case Done:
		if ev.Err != nil {
			return paint{}, []Act{Say{Key: oops}}
		}
		return paint{}, []Act{Say{Key: paintDone, Args: speech.Args{"color": speech.Name(ev.Result.(string))}}}
	case Helped:
		return p, []Act{Say{Key: paintHelp}, ask}
	case No:
		return paint{}, []Act{Say{Key: paintStop}}
	default:
		return p, []Act{ask}
	}
}

const toySpeech = `
["paint.welcome"]
other = "Welcome?"
["paint.welcome.reprompt"]
other = "Well?"
["paint.about"]
other = "Help?"
["paint.about.reprompt"]
other = "Help yes?"
["skill.not_yours"]
other = "Not yours."
["skill.goodbye"]
other = "Bye."
["skill.fallback"]
other = "What?"
["skill.fallback.reprompt"]
other = "What now?"
["skill.nothing_to_repeat"]
other = "Nothing said?"
["skill.nothing_to_repeat.reprompt"]
other = "Still nothing?"
["skill.nothing_open"]
other = "Nothing asked?"
["skill.nothing_open.reprompt"]
other = "Nothing at all?"
["skill.link_first"]
other = "Link first."
["skill.working"]
other = "Wait."
["skill.sorry"]
other = "Sorry."
["paint.which"]
other = "Which color?"
["paint.which.reprompt"]
other = "A color, please?"
["paint.done"]
other = "Painted {{.color}}."
["paint.help"]
other = "Any color."
["paint.stopped"]
other = "Stopped."
["paint.left"]
other = "Left."
["paint.oops"]
other = "Oops."
`

// toy is the skill under test with what a test may change.
type toy struct {
	now      time.Time
	facts    func(ctx context.Context) (string, error)
	do       func(ctx context.Context, effect any) (any, error)
	progress func(ctx context.Context, r *Request, ssml string) error
}

func (y *toy) skill(t testing.TB) *Skill {
	t.Helper()
	table := speech.Table{paintWhich: speech.Asks(), paintDone: speech.Says("color"), paintHelp: speech.Says(),
		paintStop: speech.Says(), paintLeft: speech.Says(), oops: speech.Says(), welcome: speech.Asks(), about: speech.Asks()}
	catalog, err := speech.Load(fstest.MapFS{"en-US.toml": {Data: []byte(toySpeech)}}, Lines(), table)
	if err != nil {
		t.Fatal(err)
	}
	if y.facts == nil {
		y.facts = func(context.Context) (string, error) { return "", nil }
	}
	if y.do == nil {
		y.do = func(_ context.Context, effect any) (any, error) { return effect.(brush).Color, nil }
	}
	flow := func(name string, lines FlowLines) Flow {
		return NewFlow(FlowSpec[paint, string]{Name: name, Version: 3, Lines: lines,
			Facts: func(ctx context.Context, _ *Turn, _ paint, _ Event) (string, error) { return y.facts(ctx) },
			Next:  paintNext,
			Do:    func(ctx context.Context, _ *Turn, effect any) (any, error) { return y.do(ctx, effect) }})
	}
	s, err := New(Config{
		ApplicationID: "toy", Catalog: catalog,
		Conversations: []Conversation{
			{Intent: "Paint", Slots: map[string]string{"color": "Color", "size": "AMAZON.NUMBER"}, Needs: Needs{Account: true},
				Flow: flow("paint", FlowLines{Stopped: paintStop, Left: paintLeft})},
			{Intent: "Sketch", Slots: map[string]string{"color": "Color"}, Needs: Needs{MayFulfill: true}, Flow: flow("sketch", FlowLines{Stopped: paintStop})},
		},
		Launch:    Conversation{Needs: Needs{Account: true}, Flow: single("launch", welcome)},
		Help:      Conversation{Flow: single("help", about)},
		Apologize: func(error) []Act { return []Act{Say{Key: oops}} },
		Progress:  y.progress,
		Now:       func() time.Time { return y.now },
		NewID:     func() string { return "id" },
		Log:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// single is a conversation of one line.
func single(name string, line speech.Key) Flow {
	return NewFlow(FlowSpec[paint, string]{Name: name, Version: 1,
		Facts: func(context.Context, *Turn, paint, Event) (string, error) { return "", nil },
		Next:  func(p paint, _ Event, _ string) (paint, []Act) { return p, []Act{Ask{Key: line}} }})
}

func newToy() *toy { return &toy{now: time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)} }

func ask(intent string, slots map[string]string, attributes map[string]json.RawMessage) *Request {
	r := &Request{Version: "1.0", Session: &Session{Attributes: attributes}}
	r.Context.System.Application.ApplicationID = "toy"
	r.Context.System.User.AccessToken = "token"
	r.Body = RequestBody{Type: TypeIntentRequest, RequestID: "request", Locale: "en-US", Intent: &Intent{Name: intent, Slots: map[string]Slot{}}}
	for name, value := range slots {
		r.Body.Intent.Slots[name] = Slot{Name: name, Value: value}
	}
	return r
}

func respond(t *testing.T, s *Skill, r *Request) *Response {
	t.Helper()
	response, err := s.Respond(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Encode(response); err != nil {
		t.Fatalf("response cannot be sent: %v", err)
	}
	return response
}

func heard(r *Response) string {
	if r.Body.OutputSpeech == nil {
		return ""
	}
	return speech.Plain(r.Body.OutputSpeech.SSML)
}

// openSession holds the attributes after the toy has asked for a color.
func openSession(t *testing.T, s *Skill) map[string]json.RawMessage {
	t.Helper()
	r := respond(t, s, ask("Paint", nil, nil))
	if r.Body.ShouldEndSession != SessionStaysOpen || r.SessionAttributes[openAttribute] == nil {
		t.Fatalf("no open question: %+v", r)
	}
	return r.SessionAttributes
}

func TestDispatch(t *testing.T) {
	color := map[string]string{"color": "red"}
	for _, tc := range []struct {
		name   string
		open   bool // whether a question is open
		intent string
		slots  map[string]string
		want   string
		stays  bool
	}{
		{"fresh intent", false, "Paint", color, "Painted red.", false},
		{"fresh intent asks", false, "Paint", nil, "Which color?", true},
		{"answer", true, "Paint", color, "Painted red.", false},
		{"answer without a value", true, "Paint", nil, "Which color?", true},
		{"answer not understood", true, "Paint", map[string]string{"color": "?"}, "Which color?", true},
		{"help inside", true, "AMAZON.HelpIntent", nil, "Any color. Which color?", true},
		{"repeat inside", true, "AMAZON.RepeatIntent", nil, "Which color?", true},
		{"yes inside", true, "AMAZON.YesIntent", nil, "Which color?", true},
		{"no inside", true, "AMAZON.NoIntent", nil, "Stopped.", false},
		{"fallback inside", true, "AMAZON.FallbackIntent", nil, "Which color?", true},
		{"stop inside", true, "AMAZON.StopIntent", nil, "Stopped.", false},
		{"cancel inside", true, "AMAZON.CancelIntent", nil, "Stopped.", false},
		{"home inside", true, "AMAZON.NavigateHomeIntent", nil, "Stopped.", false},
		{"another conversation inside", true, "Sketch", color, "Left. Painted red.", false},
		{"unknown intent inside", true, "Dance", nil, "Which color?", true},
		{"help", false, "AMAZON.HelpIntent", nil, "Help?", true},
		{"repeat", false, "AMAZON.RepeatIntent", nil, "Nothing said?", true},
		{"yes", false, "AMAZON.YesIntent", nil, "Nothing asked?", true},
		{"no", false, "AMAZON.NoIntent", nil, "Bye.", false},
		{"fallback", false, "AMAZON.FallbackIntent", nil, "What?", true},
		{"stop", false, "AMAZON.StopIntent", nil, "Bye.", false},
		{"unknown intent", false, "Dance", nil, "What?", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newToy().skill(t)
			var attributes map[string]json.RawMessage
			if tc.open {
				attributes = openSession(t, s)
			}
			r := respond(t, s, ask(tc.intent, tc.slots, attributes))
			if got := heard(r); got != tc.want {
				t.Errorf("said %q, want %q", got, tc.want)
			}
			if stays := r.Body.ShouldEndSession == SessionStaysOpen; stays != tc.stays || stays != (r.Body.Reprompt != nil) {
				t.Errorf("stays open %t with reprompt %t, want %t", stays, r.Body.Reprompt != nil, tc.stays)
			}
		})
	}
}

func TestLaunch(t *testing.T) {
	s := newToy().skill(t)
	r := ask("", nil, nil)
	r.Body.Type, r.Body.Intent = TypeLaunchRequest, nil
	if got := heard(respond(t, s, r)); got != "Welcome?" {
		t.Errorf("linked: %q", got)
	}
	r.Context.System.User.AccessToken = ""
	response := respond(t, s, r)
	if heard(response) != "Link first." || response.Body.Card == nil || response.Body.Card.Type != CardLinkAccount {
		t.Errorf("unlinked: %q, card %+v", heard(response), response.Body.Card)
	}
}

func TestUnlinkedAccountGetsTheCardInEveryState(t *testing.T) {
	s := newToy().skill(t)
	attributes := openSession(t, s)
	for _, intent := range []string{"Paint", "AMAZON.HelpIntent", "AMAZON.YesIntent"} {
		r := ask(intent, map[string]string{"color": "red"}, attributes)
		r.Context.System.User.AccessToken = ""
		response := respond(t, s, r)
		if heard(response) != "Link first." || response.Body.Card == nil || response.Body.ShouldEndSession != SessionEnds {
			t.Errorf("%s: %q, card %+v", intent, heard(response), response.Body.Card)
		}
		r.Context.Automotive = &Automotive{}
		if response := respond(t, s, r); response.Body.Card != nil {
			t.Errorf("%s: a card in the car", intent)
		}
	}
}

func TestForgottenQuestions(t *testing.T) {
	edit := func(change func(*openQuestion)) func(raw json.RawMessage) json.RawMessage {
		return func(raw json.RawMessage) json.RawMessage {
			var q openQuestion
			if err := json.Unmarshal(raw, &q); err != nil {
				panic(err)
			}
			change(&q)
			out, _ := json.Marshal(q)
			return out
		}
	}
	for name, spoil := range map[string]func(json.RawMessage) json.RawMessage{
		"unknown flow":    edit(func(q *openQuestion) { q.Flow = "origami" }),
		"other version":   edit(func(q *openQuestion) { q.Version = 2 }),
		"no step":         edit(func(q *openQuestion) { q.Step = "" }),
		"expired":         edit(func(q *openQuestion) { q.Asked = q.Asked.Add(-questionLives - time.Second) }),
		"from the future": edit(func(q *openQuestion) { q.Asked = q.Asked.Add(questionLives + time.Second) }),
		"not an object":   func(json.RawMessage) json.RawMessage { return json.RawMessage(`[1]`) },
		"null":            func(json.RawMessage) json.RawMessage { return json.RawMessage(`null`) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newToy().skill(t)
			attributes := openSession(t, s)
			attributes[openAttribute] = spoil(attributes[openAttribute])
			if got := heard(respond(t, s, ask("AMAZON.YesIntent", nil, attributes))); got != "Nothing asked?" {
				t.Errorf("a yes to it: %q", got)
			}
			if got := heard(respond(t, s, ask("Paint", nil, attributes))); got != "Which color?" {
				t.Errorf("asking anew: %q", got)
			}
		})
	}
}

func TestStateOfAnotherShapeIsAnApology(t *testing.T) {
	s := newToy().skill(t)
	attributes := openSession(t, s)
	var q openQuestion
	if err := json.Unmarshal(attributes[openAttribute], &q); err != nil {
		t.Fatal(err)
	}
	q.Data = json.RawMessage(`"text"`)
	attributes[openAttribute], _ = json.Marshal(q)
	r := respond(t, s, ask("AMAZON.YesIntent", nil, attributes))
	if heard(r) != "Oops." || r.Body.ShouldEndSession != SessionEnds {
		t.Errorf("said %q", heard(r))
	}
}

func TestElicitationClearsEverySlot(t *testing.T) {
	s := newToy().skill(t)
	r := respond(t, s, ask("Paint", map[string]string{"size": "4821"}, nil))
	if len(r.Body.Directives) != 1 {
		t.Fatalf("directives: %+v", r.Body.Directives)
	}
	d, ok := r.Body.Directives[0].(ElicitSlot)
	if !ok || d.SlotToElicit != "color" || d.UpdatedIntent.Name != "Paint" || len(d.UpdatedIntent.Slots) != 2 {
		t.Fatalf("directive: %+v", r.Body.Directives[0])
	}
	if body, _ := Encode(r); strings.Contains(string(body), "4821") {
		t.Error("a slot value went back to Alexa")
	}
}

func TestForeignAndForeignLanguageRequestsAreRefused(t *testing.T) {
	s := newToy().skill(t)
	foreign := ask("Paint", nil, nil)
	foreign.Context.System.Application.ApplicationID = "somebody else"
	german := ask("Paint", nil, nil)
	german.Body.Locale = "de-DE"
	for name, r := range map[string]*Request{"foreign": foreign, "German": german} {
		_, err := s.Respond(t.Context(), r)
		if bad, ok := errors.AsType[*BadRequest](err); !ok {
			t.Errorf("%s: %v, want a *BadRequest", name, bad)
		}
	}
}

func TestRequestsThatMayNotBeAnswered(t *testing.T) {
	s := newToy().skill(t)
	for _, kind := range []string{TypeSessionEndedRequest, TypeSkillEnabled, TypeMessageReceived, "Something.New"} {
		r := ask("Paint", nil, nil)
		r.Body.Type = kind
		body, err := Encode(respond(t, s, r))
		if err != nil || string(body) != `{"version":"1.0","response":{}}` {
			t.Errorf("%s: %s, %v", kind, body, err)
		}
	}
	r := ask("Paint", nil, nil)
	r.Body.Type = TypeCanFulfillIntentRequest
	if got := respond(t, s, r); got.Body.CanFulfillIntent == nil || got.Body.CanFulfillIntent.CanFulfill != CanFulfillNo {
		t.Errorf("can fulfill: %+v", got.Body)
	}
}

func TestOnlyWhoBeganMayAnswer(t *testing.T) {
	for _, tc := range []struct{ began, answers, want string }{
		{"", "", "Painted red."},
		{"", "bob", "Painted red."},
		{"ann", "", "Painted red."},
		{"ann", "ann", "Painted red."},
		{"ann", "bob", "Not yours."},
	} {
		s := newToy().skill(t)
		as := func(person string, r *Request) *Request {
			if person != "" {
				r.Context.System.Person = &Person{PersonID: person}
			}
			return r
		}
		attributes := respond(t, s, as(tc.began, ask("Paint", nil, nil))).SessionAttributes
		if strings.Contains(string(attributes[openAttribute]), "ann") {
			t.Errorf("the person stands in the attributes: %s", attributes[openAttribute])
		}
		// A turn in which nobody was recognized does not open the question to everybody.
		attributes = respond(t, s, ask("AMAZON.RepeatIntent", nil, attributes)).SessionAttributes
		r := respond(t, s, as(tc.answers, ask("Paint", map[string]string{"color": "red"}, attributes)))
		if got := heard(r); got != tc.want {
			t.Errorf("began by %q, answered by %q: %q, want %q", tc.began, tc.answers, got, tc.want)
		}
	}
}

func TestWhatAlexaMayOffer(t *testing.T) {
	s := newToy().skill(t)
	for intent, want := range map[string]string{"Paint": CanFulfillNo, "Sketch": CanFulfillYes, "Dance": CanFulfillNo} {
		r := ask(intent, map[string]string{"color": "red", "smell": "sweet"}, nil)
		r.Body.Type = TypeCanFulfillIntentRequest
		r.Context.System.User.AccessToken = ""
		got := respond(t, s, r).Body.CanFulfillIntent
		if got.CanFulfill != want || got.Slots["color"].CanFulfill != want || got.Slots["smell"].CanUnderstand != CanFulfillNo {
			t.Errorf("%s: %+v, want %s", intent, got, want)
		}
	}
}

// eager is the state of a flow that wants one effect after the other.
type eager struct{}

func (eager) Step() string { return "" }

func TestATurnHasThreeEffectsAndNoMore(t *testing.T) {
	for _, tc := range []struct{ wants, done int }{{0, 0}, {3, 3}, {4, 3}} {
		done := 0
		f := NewFlow(FlowSpec[eager, int]{
			Name:  "eager",
			Facts: func(context.Context, *Turn, eager, Event) (int, error) { return 0, nil },
			Next: func(s eager, ev Event, _ int) (eager, []Act) {
				if done == tc.wants {
					return s, []Act{Say{Key: paintDone}}
				}
				return s, []Act{Do{Effect: brush{}}}
			},
			Do: func(context.Context, *Turn, any) (any, error) { done++; return nil, nil },
		})
		_, _, err := f.play(t.Context(), &Turn{}, nil, Heard{})
		if done != tc.done || (err != nil) != (tc.wants > maxEffects) {
			t.Errorf("wanted %d: %d done, %v", tc.wants, done, err)
		}
	}
}

func TestErrorsAndPanicsAreSpoken(t *testing.T) {
	for name, tc := range map[string]struct {
		break_ func(*toy)
		want   string
	}{
		"facts fail":  {func(y *toy) { y.facts = func(context.Context) (string, error) { return "", errors.New("secret") } }, "Oops."},
		"facts panic": {func(y *toy) { y.facts = func(context.Context) (string, error) { panic("secret") } }, "Sorry."},
		"effect fails": {func(y *toy) {
			y.do = func(context.Context, any) (any, error) { return nil, errors.New("secret") }
		}, "Oops."},
	} {
		t.Run(name, func(t *testing.T) {
			y := newToy()
			tc.break_(y)
			r := respond(t, y.skill(t), ask("Paint", map[string]string{"color": "red"}, nil))
			if got := heard(r); got != tc.want || r.Body.ShouldEndSession != SessionEnds {
				t.Errorf("said %q", got)
			}
		})
	}
}

func TestLongTurnsAreAnnounced(t *testing.T) {
	for name, tc := range map[string]struct {
		takes time.Duration
		want  int
	}{"quick": {time.Second, 0}, "slow": {3 * time.Second, 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said []string
				y := newToy()
				y.facts = func(context.Context) (string, error) { time.Sleep(tc.takes); return "", nil }
				y.progress = func(_ context.Context, _ *Request, ssml string) error {
					said = append(said, ssml)
					return nil
				}
				respond(t, y.skill(t), ask("Paint", map[string]string{"color": "red"}, nil))
				if len(said) != tc.want {
					t.Errorf("announced %q, want %d", said, tc.want)
				}
			})
		})
	}
}
