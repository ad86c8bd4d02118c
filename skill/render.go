package skill

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
)

// What the skill says on its own account; conversations bring their own tables.
const (
	lineGoodbye         speech.Key = "skill.goodbye"
	lineFallback        speech.Key = "skill.fallback"
	lineNothingToRepeat speech.Key = "skill.nothing_to_repeat"
	lineNothingOpen     speech.Key = "skill.nothing_open"
	lineLinkFirst       speech.Key = "skill.link_first"
	lineNotYours        speech.Key = "skill.not_yours"
	lineWorking         speech.Key = "skill.working"
	Sorry               speech.Key = "skill.sorry"
)

// Lines are the keys that every speech file must hold for the skill itself.
func Lines() speech.Table {
	return speech.Table{
		lineGoodbye:         speech.Says(),
		lineFallback:        speech.Asks(),
		lineNothingToRepeat: speech.Asks(),
		lineNothingOpen:     speech.Asks(),
		lineLinkFirst:       speech.Says(),
		lineNotYours:        speech.Says(),
		lineWorking:         speech.Says(),
		Sorry:               speech.Says(),
	}
}

// render turns acts into a response: statements in their order, the question last. A response that asks
// keeps the session open and has a reprompt; one that does not ask ends it (certification VUI-1), or leaves it to
// the fingers for as long as a page is on the screen, with the microphone closed.
func (s *Skill) render(t *Turn, voice *speech.Voice, acts []Act, open *openQuestion) (*Response, error) {
	r := &Response{Version: "1.0", Body: ResponseBody{ShouldEndSession: SessionEnds}}
	p := page{voice: voice, setting: speech.Setting{Car: t.InCar(), Rand: s.chance.draw()}}
	var question *Ask
	var names []Names
	for _, act := range acts {
		switch a := act.(type) {
		case Say:
			p.say(a.Key, a.Args)
		case Ask:
			if question != nil {
				return nil, fmt.Errorf("render %s: a second question %s in one turn", question.Key, a.Key)
			}
			question = &a
		case Show:
			if !p.setting.Car {
				r.Body.Card = p.card(a)
			}
		case Screen:
			if filled, ok := p.fill(t, a); ok {
				r.Body.Directives = []Directive{p.draw(a.Document, filled)}
				if !p.setting.Car {
					r.Body.ShouldEndSession = SessionUnsaid
				}
			}
		case Names:
			names = append(names, a)
		case LinkAccount:
			if !p.setting.Car {
				r.Body.Card = &Card{Type: CardLinkAccount}
			}
		}
	}
	if question != nil {
		p.say(question.Key, question.Args)
		r.Body.ShouldEndSession = SessionStaysOpen
		r.Body.Reprompt = &Reprompt{OutputSpeech: p.reprompt(*question)}
		if question.Elicit != "" && open == nil {
			return nil, fmt.Errorf("render %s: it elicits %s for a conversation that has ended", question.Key, question.Elicit)
		}
		if question.Elicit != "" {
			r.Body.Directives = append(r.Body.Directives, elicit(s.byFlow[open.Flow], question.Elicit))
		}
		if len(names) > 0 {
			r.Body.Directives = append(r.Body.Directives, teach(names))
		}
		if open != nil {
			raw, err := json.Marshal(open)
			p.note(err)
			r.SessionAttributes = map[string]json.RawMessage{openAttribute: raw}
		}
	}
	r.Body.OutputSpeech = &OutputSpeech{Type: SpeechSSML, SSML: "<speak>" + strings.Join(p.said, " ") + "</speak>"}
	if err := errors.Join(p.problems...); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return r, nil
}

// elicit asks Alexa to put the next answer into one slot. The updated intent names every slot without a
// value, which clears them all: the state is ours, and the next turn shows only what was newly said.
func elicit(row *Conversation, slot string) ElicitSlot {
	cleared := &Intent{Name: row.Intent, ConfirmationStatus: ConfirmationNone, Slots: make(map[string]Slot, len(row.Slots))}
	for name := range row.Slots {
		cleared.Slots[name] = Slot{Name: name, ConfirmationStatus: ConfirmationNone}
	}
	return ElicitSlot{SlotToElicit: slot, UpdatedIntent: cleared}
}

// teach replaces what Alexa was taught before. Names that are empty or over Amazon's 140 characters are left
// out, and so is what goes over the hundred values of one directive.
func teach(names []Names) UpdateDynamicEntities {
	d := UpdateDynamicEntities{UpdateBehavior: EntitiesReplace}
	left := maxEntities
	for _, n := range names {
		t := EntityType{Name: n.Type}
		for _, v := range n.Values {
			if length := utf8.RuneCountInString(v.Value); length == 0 || length > maxEntityCharacters || left == 0 {
				continue
			}
			left--
			t.Values = append(t.Values, EntityValue{ID: v.ID, Name: EntityName{Value: v.Value}})
		}
		d.Types = append(d.Types, t)
	}
	return d
}

// page collects what is said and every problem met on the way.
type page struct {
	voice    *speech.Voice
	setting  speech.Setting
	said     []string
	problems []error
}

func (p *page) note(err error) {
	if err != nil {
		p.problems = append(p.problems, err)
	}
}

func (p *page) say(key speech.Key, args speech.Args) {
	words, err := p.voice.Line(key, args, p.setting)
	p.note(err)
	p.said = append(p.said, words)
}

func (p *page) reprompt(a Ask) *OutputSpeech {
	words, err := p.voice.Reprompt(a.Key, a.Args, p.setting)
	p.note(err)
	return &OutputSpeech{Type: SpeechSSML, SSML: "<speak>" + words + "</speak>"}
}

func (p *page) card(a Show) *Card {
	title, err := p.voice.Line(a.Title, a.Args, p.setting)
	p.note(err)
	text, err := p.voice.Line(a.Text, a.Args, p.setting)
	p.note(err)
	return &Card{Type: CardSimple, Title: speech.Plain(title), Content: speech.Plain(text)}
}

// fill puts a page into words; ok is false where nothing can or may be shown.
func (p *page) fill(t *Turn, s Screen) (filled screen.Page, ok bool) {
	device := t.Request.Context.System.Device
	switch {
	case !device.Supports(InterfaceAPL) || !screen.Speaks(device.SupportedInterfaces[InterfaceAPL]):
		return screen.Page{}, false
	case t.InCar() && t.Moving(): // eyes on the road
		return screen.Page{}, false
	}
	filled = screen.Page{
		Title: p.plain(s.Title), Note: p.plain(s.Note), Begins: p.plain(s.Begins), Ends: p.plain(s.Ends), Rows: []screen.Row{},
	}
	for _, row := range s.Rows {
		filled.Rows = append(filled.Rows, screen.Row{
			Label: p.plain(row.Label), Value: p.plain(row.Value), Word: p.plain(row.Word),
			Mark: row.Mark, From: row.From, To: row.To, Intent: row.Touch.Intent, Slots: row.Touch.Slots,
		})
	}
	if t.InCar() {
		filled = filled.ForCar()
	}
	return filled, true
}

// plain is an argument as it is read, in its first wording.
func (p *page) plain(arg speech.Arg) string {
	if arg == nil {
		return ""
	}
	words, err := p.voice.Words(arg, speech.Setting{})
	p.note(err)
	return speech.Plain(words)
}

func (p *page) draw(document screen.Document, filled screen.Page) RenderDocument {
	source, data, err := screen.Draw(document, filled)
	p.note(err)
	return RenderDocument{Token: string(document), Document: source, Datasources: data}
}

// chance hands each turn a source of its own, so that turns side by side share no lock while rendering.
type chance struct {
	mu     sync.Mutex
	source *rand.Rand
}

func (c *chance) draw() *rand.Rand {
	if c.source == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return rand.New(rand.NewPCG(c.source.Uint64(), c.source.Uint64()))
}
