package echo

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

func matcherOf(t testing.TB) (*matcher, *vocabulary) {
	t.Helper()
	model := pizza(t)
	m, err := newMatcher(model)
	if err != nil {
		t.Fatal(err)
	}
	return m, newVocabulary("amzn1.ask.skill.pizza", model.LanguageModel.Types)
}

// described writes a fit as "Intent slot=value …", a free value in parentheses.
func described(f fit) string {
	parts := []string{f.intent}
	for _, name := range slices.Sorted(maps.Keys(f.slots)) {
		value := f.slots[name].value
		if f.slots[name].how == free {
			value = "(" + value + ")"
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, " ")
}

func TestUnderstand(t *testing.T) {
	m, v := matcherOf(t)
	for _, row := range []struct{ slot, utterance, want string }{
		{"", "order a pizza", "OrderPizza"},
		{"", "I'd like a pizza!", "OrderPizza"},
		{"", "i would like a pizza", "OrderPizza"},
		{"", "order a large pizza with ham", "OrderPizza size=large topping=ham"},
		{"", "order an extra large pizza", "none"}, // "an" is not in the sample
		{"", "order a extra large pizza with quattro formaggi", "OrderPizza size=extra large topping=quattro formaggi"},
		{"", "order three pizzas", "OrderPizza count=3"},
		{"", "order twenty one pizzas", "OrderPizza count=21"},
		{"", "order 2 pizzas", "OrderPizza count=2"},
		{"", "order a pizza for tomorrow at six", "OrderPizza at=18:00 day=2031-05-07"},
		{"", "order a pizza for friday", "OrderPizza day=2031-05-09"},
		{"", "order a ham pizza for tomorrow", "OrderPizza day=2031-05-07 topping=ham"},
		{"", "bring my pizza at half past six", "OrderPizza at=18:30"},
		{"", "bring ham's pizza", "OrderPizza topping=ham"},
		{"", "order a pizza with code forty-eight twenty-one", "OrderPizza code=4821"},
		{"", "order a pizza with code four eight", "OrderPizza code=?"},
		{"", "order a pizza with h. a. m.", "OrderPizza topping=ham"},
		{"", "order a pizza with pineapple", "OrderPizza topping=(pineapple)"},
		{"", "order a pizza with pineapple and ham", "OrderPizza topping=(pineapple and ham)"},
		{"", "order a pizza with pineapple and ham and eggs", "none"}, // over three free words
		{"", "order a enormous pizza", "OrderPizza size=(enormous)"},
		{"", "order a enormous pizza with ham", "OrderPizza size=(enormous) topping=ham"},
		{"", "order a extra large ham pizza to go", "OrderPizza size=extra large topping=ham"},
		{"", "order a large four cheese pizza to go", "OrderPizza size=large topping=four cheese"},
		{"", "order a thin crispy ham pizza to go", "OrderPizza size=(thin crispy) topping=ham"},
		{"", "order a big fresh figs pizza to go", "OrderPizza size=big topping=(fresh figs)"},
		{"", "order a thin fresh figs pizza to go", "OrderPizza size=(thin fresh) topping=(figs)"}, // the first slot takes what it can
		{"", "bake it for an hour and a half", "BakeLonger span=PT1H30M"},
		{"", "bake it longer", "BakeLonger"},
		{"", "leave a note ring twice and run away quickly", "LeaveNote text=(ring twice and run away quickly)"},
		{"", "leave a note ring twice please", "LeaveNote text=(ring twice)"},
		{"", "leave a note", "none"},
		{"", "send ham to new york", "GiftPizza city=(new york) topping=ham"},
		{"", "large", "AboutSize size=large"},
		{"", "enormous", "none"}, // nothing but a slot: free words mean nothing
		{"", "tell me more about ham", "AboutTopping topping=ham"},
		{"", "tell me more about the special", "ambiguous AboutSize AboutTopping"},
		{"", "tell me more about bicycles", "ambiguous AboutSize AboutTopping"},
		{"", "help", "AMAZON.HelpIntent"},
		{"", "what is there to eat", "AMAZON.HelpIntent"},
		{"", "never mind", "AMAZON.CancelIntent"},
		{"", "repeat that", "none"}, // the model has no RepeatIntent
		{"", "my code is four eight two one", "none"},

		{"size", "large", "OrderPizza size=large"},
		{"size", "a small one", "OrderPizza size=small"},
		{"size", "make it big", "OrderPizza size=big"},
		{"size", "enormous", "OrderPizza size=(enormous)"},
		{"size", "make it enormous", "OrderPizza size=(enormous)"},
		{"size", "help", "AMAZON.HelpIntent"},
		{"size", "stop", "AMAZON.StopIntent"},
		{"size", "order a pizza with ham", "OrderPizza topping=ham"},
		{"size", "bake it longer", "BakeLonger"},
		{"size", "leave a note hello", "LeaveNote text=(hello)"},
		{"topping", "ham", "OrderPizza topping=ham"},
		{"topping", "with pineapple", "OrderPizza topping=(pineapple)"},
		{"topping", "tuna at seven", "OrderPizza at=19:00 topping=tuna"},
		{"topping", "the special", "OrderPizza topping=the special"},
		{"at", "seven", "OrderPizza at=19:00"},
		{"at", "at seven p.m.", "OrderPizza at=19:00"},
		{"at", "banana", "none"},
		{"count", "five", "OrderPizza count=5"},
		{"code", "four eight two one", "OrderPizza code=4821"},
		{"code", "oh four double one", "OrderPizza code=0411"},
		{"code", "my code is 4821", "OrderPizza code=4821"},
		{"code", "four eight two", "OrderPizza code=?"},
		{"code", "banana", "none"},
		{"code", "cancel", "AMAZON.CancelIntent"},
	} {
		h := newHearing(spoken.Words(row.utterance), v, tuesday(t))
		var a asked
		if row.slot != "" {
			a = asked{"OrderPizza", row.slot}
		}
		f, err := m.understand(h, a)
		var got string
		var missed *NoMatch
		var several *Ambiguous
		switch {
		case errors.As(err, &missed):
			got = "none"
		case errors.As(err, &several):
			got = "ambiguous " + strings.Join(several.Intents, " ")
		default:
			got = described(f)
		}
		if got != row.want {
			t.Errorf("%q while asked for %q: got %s, want %s", row.utterance, row.slot, got, row.want)
		}
	}
}

func TestNearest(t *testing.T) {
	m, v := matcherOf(t)
	for _, row := range []struct{ utterance, nearest string }{
		{"order the pizza", "order a pizza"},
		{"ordering a large pizza with ham", "order a {size} pizza with {topping}"},
		{"bake it for ever", "bake it for {span}"},
		{"when do you open", "when are you open"},
		{"help us", "help"},
	} {
		var missed *NoMatch
		_, err := m.understand(newHearing(spoken.Words(row.utterance), v, tuesday(t)), asked{})
		if !errors.As(err, &missed) || missed.Nearest != row.nearest {
			t.Errorf("%q: %v, want nearest %q", row.utterance, err, row.nearest)
		}
	}
}

// Every sample of the model is understood as its own intent when its slots are filled with listed values.
func TestSamplesAreUnderstood(t *testing.T) {
	m, v := matcherOf(t)
	values := strings.NewReplacer("{size}", "small", "{topping}", "ham", "{count}", "two", "{day}", "next friday", "{at}", "six p. m.",
		"{code}", "4821", "{span}", "two hours", "{text}", "hello", "{guests}", "four", "{city}", "rome")
	for _, intent := range pizza(t).LanguageModel.Intents {
		for _, sample := range intent.Samples {
			f, err := m.understand(newHearing(spoken.Words(values.Replace(sample)), v, tuesday(t)), asked{})
			if err != nil || f.intent != intent.Name {
				t.Errorf("%q of %s: %v", sample, intent.Name, err)
			}
		}
	}
}

func TestResolutions(t *testing.T) {
	p := &place{answer: answers(asks)}
	e := setup(t, p, nil)
	topping := func(utterance string) skill.Slot {
		t.Helper()
		say(t, e, utterance)
		return p.intent(t).Slots["topping"]
	}
	const authority = "amzn1.er-authority.echo-sdk.amzn1.ask.skill.pizza.Topping"

	s := topping("order a pizza with prosciutto")
	if got := s.Entity(); got != (skill.Entity{ID: "ham", Name: "ham", Spoken: "prosciutto", Matched: true}) {
		t.Errorf("a synonym is %+v", got)
	}
	if got := s.Resolutions.PerAuthority; len(got) != 1 || got[0].Authority != authority || got[0].Status.Code != skill.ResolutionMatch {
		t.Errorf("authorities %+v", got)
	}
	if s := topping("order a pizza with greens"); len(s.Resolutions.PerAuthority[0].Values) != 2 {
		t.Errorf("two values share a synonym, got %+v", s.Resolutions)
	}
	if s := topping("order a pizza with tuna"); len(s.Entity().ID) != 32 {
		t.Errorf("a value without an id has the id %q", s.Entity().ID)
	}
	s = topping("order a pizza with pineapple")
	if got := s.Resolutions.PerAuthority; s.Entity().Matched || len(got) != 1 || got[0].Status.Code != skill.ResolutionNoMatch {
		t.Errorf("free words are %+v", got)
	}
	say(t, e, "order a pizza for tomorrow")
	if s := p.intent(t).Slots["day"]; s.Resolutions != nil || s.Value != "2031-05-07" {
		t.Errorf("a date has resolutions")
	}
	if s := p.intent(t).Slots["size"]; s.Value != "" || s.Name != "size" || s.ConfirmationStatus != skill.ConfirmationNone {
		t.Errorf("an unfilled slot has a value or no name")
	}
}

// Values taught at run time hold from the next turn on, go beside those of the model, and are forgotten in time.
func TestDynamicEntities(t *testing.T) {
	const teach = `"directives":[{"type":"Dialog.UpdateDynamicEntities","updateBehavior":"REPLACE","types":[{"name":"Topping","values":[
		{"id":"p","name":{"value":"pineapple","synonyms":["ananas"]}},{"id":"h","name":{"value":"ham"}}]}]}],` + asks
	const forget = `"directives":[{"type":"Dialog.UpdateDynamicEntities","updateBehavior":"CLEAR"}],` + asks
	p := &place{answer: inTurn(teach, asks, asks, forget, asks)}
	now := tuesday(t)
	e := setup(t, p, nil)
	e.options.Now = func() time.Time { return now }
	matches := func(utterance string) []string {
		t.Helper()
		say(t, e, utterance)
		var out []string
		for _, a := range p.intent(t).Slots["topping"].Resolutions.PerAuthority {
			out = append(out, a.Status.Code)
		}
		return out
	}
	hit, miss := skill.ResolutionMatch, skill.ResolutionNoMatch
	for i, step := range []struct {
		utterance string
		want      []string
	}{
		{"order a pizza with ananas", []string{miss}},
		{"order a pizza with ananas", []string{hit, miss}},
		{"order a pizza with ham", []string{hit, hit}},
		{"order a pizza with tuna", []string{miss, hit}},
		{"order a pizza with ananas", []string{miss}},
	} {
		if got := matches(step.utterance); !slices.Equal(got, step.want) {
			t.Errorf("step %d, %q: %v, want %v", i, step.utterance, got, step.want)
		}
	}
	p.answer = inTurn(teach, asks)
	say(t, e, "order a pizza")
	now = now.Add(dynamicEntitiesLive)
	if got := matches("order a pizza with ananas"); !slices.Equal(got, []string{miss}) {
		t.Errorf("half an hour later: %v", got)
	}
}

// Whatever is said: no panic, no PIN shown, and values that the skill's own parsers take.
func FuzzSay(f *testing.F) {
	for _, seed := range []string{
		"order a large pizza with ham", "order a pizza for next friday at half past six", "bake it for two and a half hours",
		"my code is four eight two one", "ask pizza place to leave a note 4821", "\xff u. p. s.'s {size} <speak>", "alexa open pizza place and",
	} {
		f.Add(seed, uint8(0))
		f.Add(seed, uint8(5))
	}
	p := &place{answer: answers(asks)}
	e := setup(f, p, nil)
	slots := []string{"size", "topping", "count", "day", "at", "code"}
	f.Fuzz(func(t *testing.T, utterance string, which uint8) {
		slot := slots[int(which)%len(slots)]
		p.answer = answers(`"directives":[{"type":"Dialog.ElicitSlot","slotToElicit":"` + slot + `","updatedIntent":{"name":"OrderPizza"}}],` + asks)
		if slot == "count" || slot == "day" {
			p.answer = answers(asks) // not in the dialog
		}
		e.session = nil
		if _, err := e.Say(t.Context(), "order a pizza"); err != nil {
			t.Fatal(err)
		}
		p.answer, p.asked = answers(asks), nil
		turn, err := e.Say(t.Context(), utterance)
		var missed *NoMatch
		var several *Ambiguous
		if err != nil && !errors.As(err, &missed) && !errors.As(err, &several) && len(utterance) <= maxUtteranceBytes && !strings.Contains(err.Error(), "60 words") {
			t.Fatalf("%q: %v", utterance, err)
		}
		for _, r := range p.asked {
			if r.Body.Intent == nil {
				continue
			}
			for name, s := range r.Body.Intent.Slots {
				if s.Value != "" && s.Value != unclearValue {
					checkValue(t, name, s.Value)
				}
			}
			if code, ok := r.Body.Intent.Slots["code"].Text(); ok && (turn.Slots["code"] != maskedValue || strings.Contains(turn.User, code)) {
				t.Errorf("the code is shown: %q, %q", turn.User, turn.Slots)
			}
		}
	})
}

func checkValue(t *testing.T, slot, value string) {
	t.Helper()
	var err error
	switch slot {
	case "day":
		_, err = skill.ParseDate(value)
	case "at":
		_, err = skill.ParseTime(value)
	case "span":
		_, err = skill.ParseDuration(value)
	case "count":
		_, err = skill.ParseNumber(value)
	case "code":
		_, err = skill.ParseFourDigits(value)
	}
	if err != nil {
		t.Errorf("slot %s holds %q: %v", slot, value, err)
	}
}

func TestEarHears(t *testing.T) {
	ear, err := NewEar(pizza(t), "app")
	if err != nil {
		t.Fatal(err)
	}
	name := pizza(t).LanguageModel.InvocationName
	for _, c := range []struct {
		utterance, intent string
		named             bool
	}{
		{"Alexa, open " + name + ".", "", true},
		{"Alexa, ask " + name + " for help", "AMAZON.HelpIntent", true},
		{"help", "AMAZON.HelpIntent", false},
	} {
		heard, err := ear.Hear(c.utterance, tuesday(t), "", "")
		got := ""
		if heard.Intent != nil {
			got = heard.Intent.Name
		}
		if err != nil || heard.Named != c.named || got != c.intent {
			t.Errorf("Hear(%q) = %q, named %v, %v; want %q, %v", c.utterance, got, heard.Named, err, c.intent, c.named)
		}
	}
	var missed *NoMatch
	if _, err := ear.Hear("sing me a song about cheese", tuesday(t), "", ""); !errors.As(err, &missed) {
		t.Errorf("nonsense: error %v, want *NoMatch", err)
	}
}
