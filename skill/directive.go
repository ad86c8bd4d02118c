package skill

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Directive is an instruction to Alexa beside the speech. The types of this file are all that the skill
// knows; an [UnknownDirective] keeps any other as it came.
type Directive interface {
	json.Marshaler
	// Type is the name on the wire, like "Dialog.ElicitSlot".
	Type() string
}

// The directives' names on the wire.
const (
	TypeDelegate              = "Dialog.Delegate"
	TypeElicitSlot            = "Dialog.ElicitSlot"
	TypeConfirmSlot           = "Dialog.ConfirmSlot"
	TypeConfirmIntent         = "Dialog.ConfirmIntent"
	TypeDelegateRequest       = "Dialog.DelegateRequest"
	TypeUpdateDynamicEntities = "Dialog.UpdateDynamicEntities"
	TypeRenderDocument        = "Alexa.Presentation.APL.RenderDocument"
	TypeExecuteCommands       = "Alexa.Presentation.APL.ExecuteCommands"
	TypeStartConnection       = "Connections.StartConnection"
	TypeSendRequest           = "Connections.SendRequest"
	TypeSendResponse          = "Connections.SendResponse"
	TypeCompleteTask          = "Tasks.CompleteTask"
)

// DialogDelegate lets Alexa decide what to ask next.
type DialogDelegate struct {
	UpdatedIntent *Intent `json:"updatedIntent,omitempty"`
}

// ElicitSlot asks for one slot with the words of this response. The intent must stand in the interaction
// model's dialog section, else Alexa drops the directive in silence.
type ElicitSlot struct {
	SlotToElicit string `json:"slotToElicit"`
	// UpdatedIntent carries every slot that is to be kept; it may name another intent.
	UpdatedIntent *Intent `json:"updatedIntent,omitempty"`
}

// ConfirmSlot asks whether one slot was understood.
type ConfirmSlot struct {
	SlotToConfirm string  `json:"slotToConfirm"`
	UpdatedIntent *Intent `json:"updatedIntent,omitempty"`
}

// ConfirmIntent asks whether the whole intent is meant.
type ConfirmIntent struct {
	UpdatedIntent *Intent `json:"updatedIntent,omitempty"`
}

// DelegateRequest hands the dialog to another dialog manager.
type DelegateRequest struct {
	Target         string          `json:"target"`
	Period         *DelegatePeriod `json:"period,omitempty"`
	UpdatedRequest json.RawMessage `json:"updatedRequest,omitempty"`
}

// DelegatePeriod says until when: EXPLICIT_RETURN or NEXT_TURN.
type DelegatePeriod struct {
	Until string `json:"until,omitempty"`
}

// UpdateDynamicEntities teaches Alexa values for this user, from the next turn on.
type UpdateDynamicEntities struct {
	UpdateBehavior string       `json:"updateBehavior"` // EntitiesReplace or EntitiesClear
	Types          []EntityType `json:"types,omitzero"`
}

// What UpdateDynamicEntities does to values taught before.
const (
	EntitiesReplace = "REPLACE"
	EntitiesClear   = "CLEAR"
)

// EntityType is a custom slot type and its values for this user.
type EntityType struct {
	Name   string        `json:"name"`
	Values []EntityValue `json:"values"`
}

// EntityValue is one value of a slot type.
type EntityValue struct {
	ID   string     `json:"id,omitempty"`
	Name EntityName `json:"name"`
}

// EntityName is how a value is said.
type EntityName struct {
	Value    string   `json:"value"`
	Synonyms []string `json:"synonyms,omitzero"`
}

// RenderDocument shows a document on a screen; only for a device that Supports InterfaceAPL.
type RenderDocument struct {
	Token       string          `json:"token,omitempty"`
	Document    json.RawMessage `json:"document,omitempty"`
	Datasources json.RawMessage `json:"datasources,omitempty"`
	Sources     json.RawMessage `json:"sources,omitempty"`
	Packages    json.RawMessage `json:"packages,omitempty"`
}

// ExecuteCommands acts on the document that was rendered with the same token.
type ExecuteCommands struct {
	Token    string            `json:"token"`
	Commands []json.RawMessage `json:"commands"`
}

// StartConnection hands over to another skill, or to Amazon's own tasks.
type StartConnection struct {
	URI          string          `json:"uri"` // connection://Provider.Task/version
	Input        json.RawMessage `json:"input,omitempty"`
	OnCompletion string          `json:"onCompletion,omitempty"` // ResumeSession or SendErrorsOnly
	Token        string          `json:"token,omitempty"`
}

// What follows a connection.
const (
	ResumeSession  = "RESUME_SESSION"
	SendErrorsOnly = "SEND_ERRORS_ONLY"
)

// SendRequest asks another service of Alexa; the answer comes as Connections.Response with the same token.
type SendRequest struct {
	Name    string          `json:"name"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Token   string          `json:"token"`
}

// SendResponse answers a Connections.Request.
type SendResponse struct {
	Status  *Status         `json:"status,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// CompleteTask ends a task that another skill started here.
type CompleteTask struct {
	Status *Status         `json:"status,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// UnknownDirective is any other directive, as JSON.
type UnknownDirective json.RawMessage

// Type reads the member "type"; it is empty if there is none.
func (d UnknownDirective) Type() string {
	var head struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(d, &head) // a directive without a readable type has no type
	return head.Type
}

// Type names the directive.
func (DialogDelegate) Type() string { return TypeDelegate }

// MarshalJSON writes the fields and the member "type".
func (d DialogDelegate) MarshalJSON() ([]byte, error) {
	type fields DialogDelegate
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (ElicitSlot) Type() string { return TypeElicitSlot }

// MarshalJSON writes the fields and the member "type".
func (d ElicitSlot) MarshalJSON() ([]byte, error) {
	type fields ElicitSlot
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (ConfirmSlot) Type() string { return TypeConfirmSlot }

// MarshalJSON writes the fields and the member "type".
func (d ConfirmSlot) MarshalJSON() ([]byte, error) {
	type fields ConfirmSlot
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (ConfirmIntent) Type() string { return TypeConfirmIntent }

// MarshalJSON writes the fields and the member "type".
func (d ConfirmIntent) MarshalJSON() ([]byte, error) {
	type fields ConfirmIntent
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (DelegateRequest) Type() string { return TypeDelegateRequest }

// MarshalJSON writes the fields and the member "type".
func (d DelegateRequest) MarshalJSON() ([]byte, error) {
	type fields DelegateRequest
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (UpdateDynamicEntities) Type() string { return TypeUpdateDynamicEntities }

// MarshalJSON writes the fields and the member "type".
func (d UpdateDynamicEntities) MarshalJSON() ([]byte, error) {
	type fields UpdateDynamicEntities
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (RenderDocument) Type() string { return TypeRenderDocument }

// MarshalJSON writes the fields and the member "type".
func (d RenderDocument) MarshalJSON() ([]byte, error) {
	type fields RenderDocument
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (ExecuteCommands) Type() string { return TypeExecuteCommands }

// MarshalJSON writes the fields and the member "type".
func (d ExecuteCommands) MarshalJSON() ([]byte, error) {
	type fields ExecuteCommands
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (StartConnection) Type() string { return TypeStartConnection }

// MarshalJSON writes the fields and the member "type".
func (d StartConnection) MarshalJSON() ([]byte, error) {
	type fields StartConnection
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (SendRequest) Type() string { return TypeSendRequest }

// MarshalJSON writes the fields and the member "type".
func (d SendRequest) MarshalJSON() ([]byte, error) {
	type fields SendRequest
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (SendResponse) Type() string { return TypeSendResponse }

// MarshalJSON writes the fields and the member "type".
func (d SendResponse) MarshalJSON() ([]byte, error) {
	type fields SendResponse
	return withType(d.Type(), fields(d))
}

// Type names the directive.
func (CompleteTask) Type() string { return TypeCompleteTask }

// MarshalJSON writes the fields and the member "type".
func (d CompleteTask) MarshalJSON() ([]byte, error) {
	type fields CompleteTask
	return withType(d.Type(), fields(d))
}

// MarshalJSON gives the directive back as it came.
func (d UnknownDirective) MarshalJSON() ([]byte, error) { return json.RawMessage(d).MarshalJSON() }

// withType marshals fields, which must be a struct, and puts the member "type" in front.
func withType(kind string, fields any) ([]byte, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode directive %s: %w", kind, err)
	}
	out := make([]byte, 0, len(body)+len(kind)+len(`{"type":"",`))
	out = fmt.Appendf(out, `{"type":%q`, kind)
	if rest := bytes.TrimPrefix(body, []byte("{")); len(rest) > 1 {
		out = append(out, ',')
	}
	return append(out, body[1:]...), nil
}

// Directives is a list whose members are decoded by their type.
type Directives []Directive

// UnmarshalJSON reads a list of directives; one of unknown type is kept as an UnknownDirective.
func (d *Directives) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("decode directives: %w", err)
	}
	if list == nil {
		*d = nil
		return nil
	}
	out := make(Directives, 0, len(list))
	for i, raw := range list {
		directive, err := decodeDirective(raw)
		if err != nil {
			return fmt.Errorf("decode directive %d: %w", i, err)
		}
		out = append(out, directive)
	}
	*d = out
	return nil
}

var directiveDecoders = map[string]func([]byte) (Directive, error){
	TypeDelegate:              decodeAs[DialogDelegate],
	TypeElicitSlot:            decodeAs[ElicitSlot],
	TypeConfirmSlot:           decodeAs[ConfirmSlot],
	TypeConfirmIntent:         decodeAs[ConfirmIntent],
	TypeDelegateRequest:       decodeAs[DelegateRequest],
	TypeUpdateDynamicEntities: decodeAs[UpdateDynamicEntities],
	TypeRenderDocument:        decodeAs[RenderDocument],
	TypeExecuteCommands:       decodeAs[ExecuteCommands],
	TypeStartConnection:       decodeAs[StartConnection],
	TypeSendRequest:           decodeAs[SendRequest],
	TypeSendResponse:          decodeAs[SendResponse],
	TypeCompleteTask:          decodeAs[CompleteTask],
}

func decodeDirective(raw []byte) (Directive, error) {
	decode, ok := directiveDecoders[UnknownDirective(raw).Type()]
	if !ok {
		return UnknownDirective(bytes.Clone(raw)), nil
	}
	return decode(raw)
}

func decodeAs[D Directive](raw []byte) (Directive, error) {
	var d D
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	return d, nil
}
