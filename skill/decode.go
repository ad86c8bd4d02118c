package skill

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// MaxRequestBytes is the largest body that Decode reads. Alexa's own requests are a few kilobytes, session
// attributes included.
const MaxRequestBytes = 256 << 10

// maxDepth is how deep a body may be nested. Alexa's own are about a dozen levels deep.
const maxDepth = 64

// BadRequest says why a request was refused. Reason names members and rules and never repeats a value of the
// request, so it is safe to show and to log.
type BadRequest struct {
	Reason string
}

func (e *BadRequest) Error() string { return "bad request: " + e.Reason }

// Decode reads a request envelope and checks what the rest of the program relies on. Members, enum values and
// request types that it does not know are harmless; every error is a *BadRequest.
func Decode(data []byte) (*Request, error) {
	switch {
	case len(data) > MaxRequestBytes:
		return nil, &BadRequest{Reason: fmt.Sprintf("the body is larger than %d bytes", MaxRequestBytes)}
	case !utf8.Valid(data):
		return nil, &BadRequest{Reason: "the body is not valid UTF-8"}
	case tooDeep(data):
		return nil, &BadRequest{Reason: fmt.Sprintf("the body is nested deeper than %d levels", maxDepth)}
	}
	r, err := unmarshal(data)
	if err != nil {
		return nil, notDecoded(err)
	}
	if err := border.Struct(r); err != nil {
		return nil, notAccepted(err)
	}
	return r, nil
}

// tooDeep counts brackets outside strings before the JSON decoder, which is recursive, sees any of them.
func tooDeep(data []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// unmarshal reads the envelope. A request type that we do not know may use a member's name for something of
// another shape; then only the common fields are read.
func unmarshal(data []byte) (*Request, error) {
	var r Request
	err := json.Unmarshal(data, &r)
	if err == nil {
		return &r, nil
	}
	if _, shape := errors.AsType[*json.UnmarshalTypeError](err); !shape || knownTypes[r.Body.Type] {
		return nil, err
	}
	var common struct {
		Version string   `json:"version"`
		Session *Session `json:"session"`
		Context Context  `json:"context"`
		Body    struct {
			Type      string    `json:"type"`
			RequestID string    `json:"requestId"`
			Timestamp Timestamp `json:"timestamp"`
			Locale    string    `json:"locale"`
		} `json:"request"`
	}
	if err := json.Unmarshal(data, &common); err != nil {
		return nil, err
	}
	b := common.Body
	return &Request{
		Version: common.Version,
		Session: common.Session,
		Context: common.Context,
		Body:    RequestBody{Type: b.Type, RequestID: b.RequestID, Timestamp: b.Timestamp, Locale: b.Locale},
	}, nil
}

var knownTypes = map[string]bool{
	TypeLaunchRequest: true, TypeIntentRequest: true, TypeCanFulfillIntentRequest: true,
	TypeSessionEndedRequest: true, TypeSessionResumedRequest: true,
	TypeConnectionsResponse: true, TypeConnectionsRequest: true, TypeExceptionEncountered: true,
	TypeUserEvent: true, TypeRuntimeError: true, TypeInputRequest: true, TypeMessageReceived: true,
	TypeSkillEnabled: true, TypeSkillDisabled: true, TypeSkillAccountLinked: true,
	TypeSkillPermissionAccepted: true, TypeSkillPermissionChanged: true,
	TypeProactiveSubscriptionChanged: true, TypeNotificationSubscriptionChanged: true,
}

// notDecoded words an error of encoding/json, whose own text would repeat numbers of the body.
func notDecoded(err error) *BadRequest {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &BadRequest{Reason: fmt.Sprintf("the body is not one JSON value: byte %d", syntax.Offset)}
	}
	if shape, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && shape.Field != "" {
		return &BadRequest{Reason: fmt.Sprintf("member %s has the wrong JSON type", shape.Field)}
	}
	return &BadRequest{Reason: "the body is not a request envelope"}
}

// border checks what crosses it. There is one, because a validator caches what it learned of each type; it is
// safe for concurrent use.
var border = newBorder()

func newBorder() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	err := v.RegisterValidation("iso8601", func(f validator.FieldLevel) bool {
		_, err := Timestamp(f.Field().String()).Time()
		return err == nil
	})
	if err != nil {
		panic(err) // only if the tag or the function were empty
	}
	return v
}

// complaints words the rules of the validate tags.
var complaints = map[string]string{
	"required":    "is missing",
	"required_if": "is missing",
	"max":         "is too long",
	"gte":         "is out of range",
	"lte":         "is out of range",
	"iso8601":     "is not an ISO 8601 instant",
}

func notAccepted(err error) *BadRequest {
	failed, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok {
		return &BadRequest{Reason: "the request breaks a rule"}
	}
	reasons := make([]string, len(failed))
	for i, f := range failed {
		_, path, _ := strings.Cut(f.Namespace(), ".")
		path, _, _ = strings.Cut(path, "[") // what follows is a key out of the body
		reasons[i] = fmt.Sprintf("member %s %s", path, complaints[f.Tag()])
	}
	return &BadRequest{Reason: strings.Join(reasons, "; ")}
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
