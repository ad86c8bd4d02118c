package models

// InteractionModel is what Alexa learns of one locale: which utterances mean which intent. The members are
// those of Amazon's interaction model schema.
type InteractionModel struct {
	LanguageModel LanguageModel `json:"languageModel"`
	Dialog        *Dialog       `json:"dialog,omitempty"`
	Prompts       []Prompt      `json:"prompts,omitempty"`
}

// LanguageModel holds the name to call the skill by, its intents and its slot types.
type LanguageModel struct {
	InvocationName     string              `json:"invocationName"`
	Intents            []ModelIntent       `json:"intents"`
	Types              []SlotType          `json:"types,omitempty"`
	ModelConfiguration *ModelConfiguration `json:"modelConfiguration,omitempty"`
}

// Intent finds an intent by name.
func (m LanguageModel) Intent(name string) (ModelIntent, bool) {
	for _, intent := range m.Intents {
		if intent.Name == name {
			return intent, true
		}
	}
	return ModelIntent{}, false
}

// Type finds a slot type declared in the model. Built-in types (AMAZON.DATE) are not declared.
func (m LanguageModel) Type(name string) (SlotType, bool) {
	for _, t := range m.Types {
		if t.Name == name {
			return t, true
		}
	}
	return SlotType{}, false
}

// ModelConfiguration tunes how eagerly AMAZON.FallbackIntent takes what nothing else matches.
type ModelConfiguration struct {
	FallbackIntentSensitivity *struct {
		Level string `json:"level"` // HIGH, MEDIUM or LOW; LOW when absent
	} `json:"fallbackIntentSensitivity,omitempty"`
}

// ModelIntent is one intent with the utterances that mean it; slots stand in braces: "let {carrier} in".
type ModelIntent struct {
	Name    string      `json:"name"`
	Slots   []ModelSlot `json:"slots,omitempty"`
	Samples []string    `json:"samples"`
}

// Slot finds a slot of the intent by name.
func (i ModelIntent) Slot(name string) (ModelSlot, bool) {
	for _, slot := range i.Slots {
		if slot.Name == name {
			return slot, true
		}
	}
	return ModelSlot{}, false
}

// ModelSlot is a variable part of an utterance.
type ModelSlot struct {
	Name           string          `json:"name"`
	Type           string          `json:"type"`
	MultipleValues *MultipleValues `json:"multipleValues,omitempty"`
	// Samples are the answers understood while this very slot is asked for ("it's {carrier}").
	Samples []string `json:"samples,omitempty"`
}

// MultipleValues lets one slot take several values ("golf and bolt").
type MultipleValues struct {
	Enabled bool `json:"enabled"`
}

// SlotType is a list of values that a slot may take. Alexa also passes on words that are not in the list,
// unresolved.
type SlotType struct {
	Name   string      `json:"name"`
	Values []TypeValue `json:"values"`
}

// TypeValue is one value with the other words for it. Code branches on ID, never on the words; values of
// Car have none, because a car is known by the name its owner gave it.
type TypeValue struct {
	ID   string    `json:"id,omitempty"`
	Name ValueName `json:"name"`
}

// ValueName is the canonical word of a value and its synonyms, as they are spoken.
type ValueName struct {
	Value    string   `json:"value"`
	Synonyms []string `json:"synonyms,omitempty"`
}

// Dialog lists the intents whose slots may be elicited. Alexa silently drops a Dialog directive for an
// intent that is not in here.
type Dialog struct {
	DelegationStrategy string         `json:"delegationStrategy,omitempty"` // ALWAYS or SKILL_RESPONSE
	Intents            []DialogIntent `json:"intents"`
}

// Intent finds an intent of the dialog by name.
func (d *Dialog) Intent(name string) (DialogIntent, bool) {
	if d != nil {
		for _, intent := range d.Intents {
			if intent.Name == name {
				return intent, true
			}
		}
	}
	return DialogIntent{}, false
}

// DialogIntent tells what Alexa may ask by itself when an intent is delegated to it. Trunkpass delegates
// nothing: its own questions know the car, the hour and the grant.
type DialogIntent struct {
	Name                 string        `json:"name"`
	DelegationStrategy   string        `json:"delegationStrategy,omitempty"`
	ConfirmationRequired bool          `json:"confirmationRequired"`
	Prompts              DialogPrompts `json:"prompts"`
	Slots                []DialogSlot  `json:"slots,omitempty"`
}

// DialogSlot is a slot within a dialog; Type repeats that of the language model.
type DialogSlot struct {
	Name                 string        `json:"name"`
	Type                 string        `json:"type"`
	ElicitationRequired  bool          `json:"elicitationRequired"`
	ConfirmationRequired bool          `json:"confirmationRequired"`
	Prompts              DialogPrompts `json:"prompts"`
}

// DialogPrompts name prompts by their ids; empty where Alexa never asks.
type DialogPrompts struct {
	Elicitation  string `json:"elicitation,omitempty"`
	Confirmation string `json:"confirmation,omitempty"`
}

// Prompt is a question that Alexa would ask by itself.
type Prompt struct {
	ID         string            `json:"id"`
	Variations []PromptVariation `json:"variations"`
}

// PromptVariation is one wording of a prompt.
type PromptVariation struct {
	Type  string `json:"type"` // PlainText or SSML
	Value string `json:"value"`
}
