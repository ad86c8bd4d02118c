package skill

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Intent is what Alexa understood, in a request or as the updatedIntent of a dialog directive.
type Intent struct {
	Name               string          `json:"name"`
	ConfirmationStatus string          `json:"confirmationStatus,omitempty"`
	Slots              map[string]Slot `json:"slots,omitzero"`
}

// Whether the user has confirmed an intent or a slot.
const (
	ConfirmationNone = "NONE"
	Denied           = "DENIED"
	Confirmed        = "CONFIRMED"
)

// Slot is one blank of an intent. An unfilled slot has no Value, sometimes an empty or blank one; read it
// with Text or Entity.
//
// A slot may hold a PIN, so it redacts itself in fmt and slog.
type Slot struct {
	Name               string       `json:"name"`
	Value              string       `json:"value,omitempty"`
	ConfirmationStatus string       `json:"confirmationStatus,omitempty"`
	Resolutions        *Resolutions `json:"resolutions,omitempty"`
	SlotValue          *SlotValue   `json:"slotValue,omitempty"`
	// Source is "USER" on the wire and not in Amazon's published types.
	Source string `json:"source,omitempty"`
}

// SlotValue is the newer form of a value: Simple with Value, or List with Values when the slot accepts many.
type SlotValue struct {
	Type        string       `json:"type"`
	Value       string       `json:"value,omitempty"`
	Resolutions *Resolutions `json:"resolutions,omitempty"`
	Values      []SlotValue  `json:"values,omitzero"`
}

// The kinds of SlotValue.
const (
	SlotSimple = "Simple"
	SlotList   = "List"
)

// Resolutions says which values of the slot's type the spoken value may mean. With dynamic entities there
// are two authorities, in either order.
type Resolutions struct {
	PerAuthority []Resolution `json:"resolutionsPerAuthority,omitzero"`
}

// Resolution is the answer of one authority.
type Resolution struct {
	Authority string            `json:"authority"`
	Status    ResolutionStatus  `json:"status"`
	Values    []ResolutionValue `json:"values,omitzero"`
}

// ResolutionStatus holds one of the codes below.
type ResolutionStatus struct {
	Code string `json:"code"`
}

// The codes of a resolution.
const (
	ResolutionMatch     = "ER_SUCCESS_MATCH"
	ResolutionNoMatch   = "ER_SUCCESS_NO_MATCH"
	ResolutionTimeout   = "ER_ERROR_TIMEOUT"
	ResolutionException = "ER_ERROR_EXCEPTION"
)

// ResolutionValue wraps one resolved value, best first.
type ResolutionValue struct {
	Value ResolvedValue `json:"value"`
}

// ResolvedValue is a value of the slot's type. ID is empty, or a hash that Amazon made up, where the
// interaction model gives none.
type ResolvedValue struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Text gives what the user said, trimmed; of a slot with many values, the first. False means that nothing
// usable was said: no value, a blank one, or the "?" that Alexa writes for a number it did not understand.
func (s Slot) Text() (string, bool) {
	e := s.Entity()
	return e.Spoken, e.Spoken != ""
}

// Entity is what one value of a slot means.
type Entity struct {
	// ID is that of the interaction model or of a dynamic entity. Where the model gives none, it is empty or a
	// hash that Amazon made up: an ID the caller does not know is as good as none.
	ID string
	// Name is the value's own name, of which what was spoken may be a synonym. Empty unless Matched.
	Name string
	// Spoken is what the user said, trimmed.
	Spoken string
	// Matched reports whether any authority knew the value.
	Matched bool
}

// Entity gives what the slot means; of a slot with many values, the first. It is zero for a slot without a
// usable value.
func (s Slot) Entity() Entity {
	if all := s.Entities(); len(all) > 0 {
		return all[0]
	}
	return Entity{}
}

// Entities gives what each value of the slot means: one for an ordinary slot, none for a slot without a usable
// value, and all in their order for a slot that takes many.
func (s Slot) Entities() []Entity {
	if e, ok := resolve(s.Value, s.Resolutions); ok {
		return []Entity{e}
	}
	if s.SlotValue == nil {
		return nil
	}
	values := s.SlotValue.Values
	if s.SlotValue.Type != SlotList {
		values = []SlotValue{*s.SlotValue}
	}
	var all []Entity
	for _, v := range values {
		if e, ok := resolve(v.Value, v.Resolutions); ok {
			all = append(all, e)
		}
	}
	return all
}

// dynamicAuthority begins the name of the authority that answers for dynamic entities.
const dynamicAuthority = "amzn1.er-authority.echo-sdk.dynamic"

// resolve looks through all authorities, whose order means nothing: a dynamic entity, taught for this very
// user, goes before a value of the interaction model. Within one authority the first value is the best.
func resolve(value string, resolutions *Resolutions) (Entity, bool) {
	e := Entity{Spoken: strings.TrimSpace(value)}
	if e.Spoken == "" || e.Spoken == "?" {
		return Entity{}, false
	}
	if resolutions == nil {
		return e, true
	}
	for _, r := range resolutions.PerAuthority {
		if r.Status.Code != ResolutionMatch || len(r.Values) == 0 {
			continue
		}
		dynamic := strings.HasPrefix(r.Authority, dynamicAuthority)
		if !e.Matched || dynamic {
			e.ID, e.Name, e.Matched = r.Values[0].Value.ID, r.Values[0].Value.Name, true
		}
		if dynamic {
			break
		}
	}
	return e, true
}

// Timestamp is an instant as Alexa writes it: ISO 8601 with or without a fraction of a second. The text is
// kept, so that nothing is lost on the way through.
type Timestamp string

// Time reads the instant. The zone is that of the text, mostly UTC.
func (t Timestamp) Time() (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, string(t)); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("not an ISO 8601 instant")
}

// Secret is a token of the user. It hides itself from fmt and slog; convert it to string to use it.
type Secret string

const redacted = "[redacted]"

// String, Format and LogValue hide the value from fmt and slog alike.
func (Secret) String() string             { return redacted }
func (Secret) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Secret) LogValue() slog.Value       { return slog.StringValue(redacted) }

// String, Format and LogValue hide the value, which may be a PIN.
func (s Slot) String() string                { return "slot " + s.Name + " " + redacted }
func (s Slot) Format(f fmt.State, _ rune)    { _, _ = fmt.Fprint(f, s.String()) }
func (s Slot) LogValue() slog.Value          { return slog.StringValue(s.String()) }
func (SlotValue) String() string             { return redacted }
func (SlotValue) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, redacted) }
func (SlotValue) LogValue() slog.Value       { return slog.StringValue(redacted) }

// String, Format and LogValue hide where somebody is.
func (Geolocation) String() string             { return redacted }
func (Geolocation) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Geolocation) LogValue() slog.Value       { return slog.StringValue(redacted) }

// String, Format and LogValue name the request and show none of its contents.
func (r Request) String() string             { return r.Body.Type + " " + r.Body.RequestID }
func (r Request) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, r.String()) }
func (r Request) LogValue() slog.Value       { return slog.StringValue(r.String()) }

// LogValue of the request's parts hides what slog would otherwise write out as JSON.
func (b RequestBody) LogValue() slog.Value { return slog.StringValue(b.Type + " " + b.RequestID) }
func (i Intent) LogValue() slog.Value      { return slog.StringValue(i.Name) }
func (Input) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Permissions) LogValue() slog.Value   { return slog.StringValue(redacted) }
func (Session) LogValue() slog.Value       { return slog.StringValue(redacted) }
func (Context) LogValue() slog.Value       { return slog.StringValue(redacted) }
func (System) LogValue() slog.Value        { return slog.StringValue(redacted) }
func (User) LogValue() slog.Value          { return slog.StringValue(redacted) }
func (Person) LogValue() slog.Value        { return slog.StringValue(redacted) }
func (EventBody) LogValue() slog.Value     { return slog.StringValue(redacted) }

// Format of the parts that stand behind pointers: fmt given a verb that does not suit a pointer, like %s,
// prints what it points at without asking the fields' own methods.
func (b RequestBody) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, b.Type+" "+b.RequestID) }
func (i Intent) Format(f fmt.State, _ rune)      { _, _ = fmt.Fprint(f, i.Name) }
func (Input) Format(f fmt.State, _ rune)         { _, _ = fmt.Fprint(f, redacted) }
func (Session) Format(f fmt.State, _ rune)       { _, _ = fmt.Fprint(f, redacted) }
func (Permissions) Format(f fmt.State, _ rune)   { _, _ = fmt.Fprint(f, redacted) }
func (Person) Format(f fmt.State, _ rune)        { _, _ = fmt.Fprint(f, redacted) }
func (EventBody) Format(f fmt.State, _ rune)     { _, _ = fmt.Fprint(f, redacted) }
