package echo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// dialog is an intent on its way to the skill, with the slots filled so far, and what was asked about it.
type dialog struct {
	model     models.DialogIntent // zero for an intent outside the model's dialogs
	always    bool                // Alexa asks by itself before the skill hears anything
	intent    skill.Intent
	state     string // the dialogState of the next request
	delegated bool   // the last response was Dialog.Delegate
	asks      question
}

// question is what the person was asked.
type question struct {
	kind questionKind
	slot string
}

type questionKind uint8

const (
	nothing questionKind = iota
	elicitSlot
	confirmSlot
	confirmIntent
)

// asked names the slot that is waited for.
func (d *dialog) asked() asked {
	if d == nil || d.asks.kind != elicitSlot {
		return asked{}
	}
	return asked{d.intent.Name, d.asks.slot}
}

// confirmed reads a yes or no to a confirmation; answered is false for anything else, or if none was asked for.
func (d *dialog) confirmed(words []spoken.Word) (yes, answered bool) {
	if d.asks.kind != confirmSlot && d.asks.kind != confirmIntent {
		return false, false
	}
	yes = says(words, builtin[yesIntent])
	return yes, yes || says(words, builtin[noIntent])
}

// confirm notes a yes or no where it was asked for.
func (d *dialog) confirm(yes bool) *dialog {
	status := skill.Denied
	if yes {
		status = skill.Confirmed
	}
	if d.asks.kind == confirmIntent {
		d.intent.ConfirmationStatus = status
	} else {
		slot := d.intent.Slots[d.asks.slot]
		slot.ConfirmationStatus = status
		d.intent.Slots[slot.Name] = slot
	}
	d.state, d.asks = skill.DialogInProgress, question{}
	return d
}

// dialogFor puts what was understood into the dialog that is open, or begins one: slots accumulate while the intent stays the
// same, and any other intent forgets them.
func (e *Echo) dialogFor(f fit) *dialog {
	d := e.session.dialog
	if d == nil || d.intent.Name != f.intent {
		d = e.newDialog(f.intent)
		if d.model.Name != "" {
			d.state = skill.DialogStarted
		}
	} else {
		d.state = skill.DialogInProgress
	}
	d.asks = question{}
	for name, s := range f.slots {
		d.intent.Slots[name] = s.slot(name)
	}
	return d
}

// newDialog has every slot of the intent, unfilled, as requests do.
func (e *Echo) newDialog(name string) *dialog {
	m := e.options.Model
	model, listed := m.Dialog.Intent(name)
	d := &dialog{model: model, intent: skill.Intent{Name: name, ConfirmationStatus: skill.ConfirmationNone}}
	if listed {
		strategy := model.DelegationStrategy
		if strategy == "" {
			strategy = m.Dialog.DelegationStrategy
		}
		d.always = strategy == "ALWAYS"
	}
	intent, _ := m.LanguageModel.Intent(name)
	if len(intent.Slots) > 0 {
		d.intent.Slots = make(map[string]skill.Slot, len(intent.Slots))
	}
	for _, slot := range intent.Slots {
		d.intent.Slots[slot.Name] = skill.Slot{Name: slot.Name, ConfirmationStatus: skill.ConfirmationNone}
	}
	return d
}

// dialogAfter is the dialog that a response leaves: nil without a Dialog directive. An updatedIntent replaces the intent whole,
// so a slot that it leaves out is cleared.
func (e *Echo) dialogAfter(request *skill.Request, directives skill.Directives) *dialog {
	for _, directive := range directives {
		order, ok := dialogOrder(directive)
		if !ok {
			continue
		}
		intent := order.updated
		if intent == nil {
			intent = request.Body.Intent
		}
		d := e.newDialog(intent.Name)
		if intent.ConfirmationStatus != "" {
			d.intent.ConfirmationStatus = intent.ConfirmationStatus
		}
		for name, slot := range intent.Slots {
			slot.Name = name
			if slot.ConfirmationStatus == "" {
				slot.ConfirmationStatus = skill.ConfirmationNone
			}
			d.intent.Slots[name] = slot
		}
		d.state = skill.DialogInProgress
		d.asks, d.delegated = order.asks, order.delegate
		return d
	}
	return nil
}

// order is a Dialog directive: what to ask about which intent.
type order struct {
	updated  *skill.Intent
	asks     question
	delegate bool
}

// dialogOrder reads a directive; false if it is not about a dialog.
func dialogOrder(directive skill.Directive) (order, bool) {
	switch d := directive.(type) {
	case skill.DialogDelegate:
		return order{updated: d.UpdatedIntent, delegate: true}, true
	case skill.ElicitSlot:
		return order{updated: d.UpdatedIntent, asks: question{elicitSlot, d.SlotToElicit}}, true
	case skill.ConfirmSlot:
		return order{updated: d.UpdatedIntent, asks: question{confirmSlot, d.SlotToConfirm}}, true
	case skill.ConfirmIntent:
		return order{updated: d.UpdatedIntent, asks: question{kind: confirmIntent}}, true
	default:
		return order{}, false
	}
}

// maxDelegations ends a skill that hands the same finished dialog back for ever.
const maxDelegations = 4

// advance takes a dialog one answer further: Alexa asks what is its to ask, and the skill gets the rest.
//
// Where the skill delegated, the answers go to it one by one as IN_PROGRESS, and the last one as COMPLETED. With the strategy
// ALWAYS it hears of the dialog only when that is completed.
func (e *Echo) advance(ctx context.Context, t *Turn, d *dialog) error {
	alexaAsks := d.always
	for range maxDelegations {
		missing := d.missing()
		if alexaAsks && missing.kind != nothing {
			e.ask(t, d, missing)
			return nil
		}
		if (alexaAsks || d.delegated) && missing.kind == nothing {
			d.state = skill.DialogCompleted
		}
		intent := d.intent
		if err := e.converse(ctx, t, skill.RequestBody{Type: skill.TypeIntentRequest, DialogState: d.state, Intent: &intent}); err != nil {
			return err
		}
		if e.session == nil || e.session.dialog == nil || !e.session.dialog.delegated {
			return nil
		}
		d, alexaAsks = e.session.dialog, true
	}
	err := refuse("dialog-finished", "a finished dialog is delegated again and again")
	e.giveUp(ctx, skill.RequestBody{Type: skill.TypeIntentRequest}, err)
	t.Session = sessionClosed
	return err
}

// ask asks with a prompt of the model.
func (e *Echo) ask(t *Turn, d *dialog, q question) {
	d.asks = q
	prompt := e.prompt(d, q)
	t.Speech = strings.TrimSpace(t.Speech + " " + prompt)
	t.Reprompt, t.Session = prompt, sessionOpen
	t.noteIntent(e.masker, d.intent)
	e.session.dialog, e.session.reprompt, e.session.listening = d, prompt, true
}

// missing is the first thing that the model wants of the dialog and that is not there: slots in their order, each with its
// confirmation, then the intent's. A slot that was denied is asked for again.
func (d *dialog) missing() question {
	for _, s := range d.model.Slots {
		slot := d.intent.Slots[s.Name]
		filled := slot.Value != "" && slot.ConfirmationStatus != skill.Denied
		switch {
		case !filled && (s.ElicitationRequired || slot.ConfirmationStatus == skill.Denied):
			return question{elicitSlot, s.Name}
		case filled && s.ConfirmationRequired && slot.ConfirmationStatus != skill.Confirmed:
			return question{confirmSlot, s.Name}
		}
	}
	if d.model.ConfirmationRequired && d.intent.ConfirmationStatus == skill.ConfirmationNone {
		return question{kind: confirmIntent}
	}
	return question{}
}

// promptID names the prompt of a question.
func promptID(model models.DialogIntent, q question) string {
	if q.kind == confirmIntent {
		return model.Prompts.Confirmation
	}
	for _, s := range model.Slots {
		if s.Name != q.slot {
			continue
		}
		if q.kind == confirmSlot {
			return s.Prompts.Confirmation
		}
		return s.Prompts.Elicitation
	}
	return ""
}

// prompt is the first variation of the prompt, with the slots filled in, as plain text.
func (e *Echo) prompt(d *dialog, q question) string {
	id := promptID(d.model, q)
	for _, p := range e.options.Model.Prompts {
		if p.ID != id || len(p.Variations) == 0 {
			continue
		}
		text := p.Variations[0].Value
		for name, slot := range d.intent.Slots {
			text = strings.ReplaceAll(text, "{"+name+"}", slot.Value)
		}
		return plain(text)
	}
	return ""
}

// checkDialogs finds what Alexa's build would: dialogs about unknown intents and slots, and required questions that no prompt
// asks.
func checkDialogs(m *models.InteractionModel) error {
	if m.Dialog == nil {
		return nil
	}
	prompts := map[string]bool{}
	for _, p := range m.Prompts {
		prompts[p.ID] = len(p.Variations) > 0
	}
	var problems []error
	for _, d := range m.Dialog.Intents {
		intent, ok := m.LanguageModel.Intent(d.Name)
		if !ok {
			problems = append(problems, fmt.Errorf("dialog: no intent %s", d.Name))
		}
		need := func(required bool, q question) {
			if required && !prompts[promptID(d, q)] {
				problems = append(problems, fmt.Errorf("dialog: a required question of %s %s has no prompt", d.Name, q.slot))
			}
		}
		need(d.ConfirmationRequired, question{kind: confirmIntent})
		for _, s := range d.Slots {
			if _, ok := intent.Slot(s.Name); !ok {
				problems = append(problems, fmt.Errorf("dialog: %s has no slot %s", d.Name, s.Name))
			}
			need(s.ElicitationRequired, question{elicitSlot, s.Name})
			need(s.ConfirmationRequired, question{confirmSlot, s.Name})
		}
	}
	return errors.Join(problems...)
}
