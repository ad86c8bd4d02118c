package skillpackage

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

// maxPromptWords is one breath, from Amazon's best practices for text responses.
const maxPromptWords = 25

// examineDialog asks whether the dialog fits the language model, and the prompts the dialog.
func (e *examination) examineDialog(m *model) {
	prompts := e.examinePrompts(m)
	if m.Dialog == nil {
		for _, check := range []string{"VUI-9j", "VUI-9k"} {
			e.verdicts.NotApplicable(check, "there is no dialog")
		}
	}
	used := map[string]bool{}
	refer := func(where, id string, needed bool) {
		if id == "" && !needed {
			return
		}
		used[id] = true
		e.examineSlotsOf(m, where, id)
		e.expect("VUI-9k", prompts[id], m.locale, where, "there is no prompt %.80q", id)
	}
	if m.Dialog != nil {
		for _, dialog := range m.Dialog.Intents {
			e.examineDialogIntent(m, dialog, refer)
		}
	}
	for _, v := range m.validations {
		refer(v.where, v.prompt, true)
	}
	if len(m.Prompts) == 0 {
		e.verdicts.NotApplicable("VUI-9l", "there are no prompts")
		e.verdicts.NotApplicable("VUI-13", "there are no prompts")
		e.verdicts.NotApplicable("PIN-11b", "there are no prompts")
		e.verdicts.NotApplicable("VUI-9n", "there are no prompts")
	}
	for _, prompt := range m.Prompts {
		e.expect("VUI-9l", used[prompt.ID], m.locale, prompt.ID, "nothing refers to this prompt")
	}
}

func (e *examination) examineDialogIntent(m *model, dialog models.DialogIntent, refer func(where, id string, needed bool)) {
	intent, ok := m.LanguageModel.Intent(dialog.Name)
	e.expect("VUI-9j", ok, m.locale, dialog.Name, "the dialog has it, the language model does not")
	if !ok {
		return
	}
	refer(dialog.Name, dialog.Prompts.Confirmation, dialog.ConfirmationRequired)
	refer(dialog.Name, dialog.Prompts.Elicitation, false)
	for _, slot := range dialog.Slots {
		where := dialog.Name + "." + slot.Name
		declared, ok := intent.Slot(slot.Name)
		e.expect("VUI-9j", ok, m.locale, where, "the dialog has the slot, the intent does not")
		e.expect("VUI-9j", !ok || declared.Type == slot.Type, m.locale, where, "is %.60s in the dialog and %.60s in the intent", slot.Type, declared.Type)
		refer(where, slot.Prompts.Elicitation, slot.ElicitationRequired)
		refer(where, slot.Prompts.Confirmation, slot.ConfirmationRequired)
	}
}

// examinePrompts asks what the prompts say, and returns those that say something.
func (e *examination) examinePrompts(m *model) map[string]bool {
	prompts := map[string]bool{}
	for _, prompt := range m.Prompts {
		e.expect("VUI-9k", !prompts[prompt.ID], m.locale, prompt.ID, "there are two such prompts")
		says := false
		for _, variation := range prompt.Variations {
			says = says || strings.TrimSpace(variation.Value) != ""
			typed := variation.Type == "PlainText" || variation.Type == "SSML"
			e.expect("VUI-9k", typed, m.locale, prompt.ID, "a variation is of type %.40q", variation.Type)
			words := len(utterance.Fold(variation.Value))
			e.expect("VUI-13", words <= maxPromptWords || m.locale == "ja-JP", m.locale, prompt.ID, "%d words", words)
			e.examineClaims(m.locale, prompt.ID, variation.Value)
			e.examineReadBack(m, prompt.ID, variation.Value)
			e.expect("VUI-9n", variation.Type != "SSML" || wellFormed(variation.Value), m.locale, prompt.ID, "is SSML that is not well formed")
		}
		e.expect("VUI-9k", says, m.locale, prompt.ID, "says nothing")
		prompts[prompt.ID] = true
	}
	return prompts
}

func wellFormed(ssml string) bool {
	for d := xml.NewDecoder(strings.NewReader(ssml)); ; {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// inBraces is a slot in a prompt.
var inBraces = regexp.MustCompile(`\{([^{}]*)\}`)

// examineSlotsOf asks whether the slots that a prompt names are those of the intent that says it.
func (e *examination) examineSlotsOf(m *model, where, id string) {
	name, _, _ := strings.Cut(where, ".")
	intent, _ := m.LanguageModel.Intent(name)
	for _, prompt := range m.Prompts {
		for _, variation := range prompt.Variations {
			for _, slot := range inBraces.FindAllStringSubmatch(variation.Value, -1) {
				if _, ok := intent.Slot(slot[1]); prompt.ID == id {
					e.expect("VUI-9n", ok, m.locale, id, "names {%.40s}, which %s does not have", slot[1], name)
				}
			}
		}
	}
}

// examineReadBack asks whether a prompt says a voice code, by the names of the slots that take one.
func (e *examination) examineReadBack(m *model, id, said string) {
	if len(e.settings.Codes) == 0 {
		e.verdicts.NotApplicable("PIN-11b", "no voice code is named in certify.toml")
	}
	for _, code := range e.settings.Codes {
		e.expect("PIN-11b", !strings.Contains(said, "{"+code.PINSlot+"}"), m.locale, id, "reads {%s} back", code.PINSlot)
	}
}

// quote shows a sample in a sentence, shortened.
func quote(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return "“" + s + "”"
}
