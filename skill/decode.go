package skill

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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
// request types that it does not know are harmless; a member that stands twice is not. Every error is a *BadRequest.
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
	if wrong := r.complaints(); len(wrong) > 0 {
		return nil, &BadRequest{Reason: strings.Join(wrong, "; ")}
	}
	return r, nil
}

// tooDeep counts brackets outside strings before the JSON decoder sees any of them. A body with fewer brackets than
// levels needs no closer look.
func tooDeep(data []byte) bool {
	if bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) <= maxDepth {
		return false
	}
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
	if _, shape := errors.AsType[*json.SemanticError](err); !shape {
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
	if knownTypes[b.Type] {
		return nil, err
	}
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

// notDecoded words an error of the decoder, whose own text would repeat parts of the body.
func notDecoded(err error) *BadRequest {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return &BadRequest{Reason: fmt.Sprintf("the body is not one JSON value: byte %d", syntax.ByteOffset)}
	}
	if shape, ok := errors.AsType[*json.SemanticError](err); ok && shape.JSONPointer != "" {
		return &BadRequest{Reason: fmt.Sprintf("member %s has the wrong JSON type", memberOf(shape.JSONPointer))}
	}
	return &BadRequest{Reason: "the body is not a request envelope"}
}

// memberOf names a member as far as the names are Amazon's and not keys out of the body.
func memberOf(p jsontext.Pointer) string {
	var names []string
	for name := range p.Tokens() {
		names = append(names, name)
		if slices.Contains(keyed, name) {
			break
		}
	}
	return strings.Join(names, ".")
}

// keyed are the members whose own members anybody may name.
var keyed = []string{"slots", "attributes", "scopes", "supportedInterfaces", "message"}

// complaints lists the members that break a rule the rest of the program relies on. It is written out, because a
// general validator took a third of a turn's time.
func (r *Request) complaints() []string {
	c := complaints{}
	c.text("version", r.Version, 32)
	if s := r.Session; s != nil {
		c.needed("session.sessionId", s.SessionID, 512)
		c.many("session.attributes", len(s.Attributes), 256)
		c.user("session.user", s.User)
		c.needed("session.application.applicationId", s.Application.ApplicationID, 255)
	}
	c.system(r.Context.System)
	c.many("context.Viewports", len(r.Context.Viewports), 32)
	if v := r.Context.Viewport; v != nil {
		c.many("context.Viewport.experiences", len(v.Experiences), 32)
	}
	if g := r.Context.Geolocation; g != nil && g.Coordinate != nil {
		c.within("context.Geolocation.coordinate.latitudeInDegrees", g.Coordinate.LatitudeInDegrees, 90)
		c.within("context.Geolocation.coordinate.longitudeInDegrees", g.Coordinate.LongitudeInDegrees, 180)
	}
	c.body(&r.Body)
	return c
}

type complaints []string

func (c *complaints) add(member, what string) {
	*c = append(*c, fmt.Sprintf("member %s %s", member, what))
}

// text bounds a member in characters.
func (c *complaints) text(member, value string, most int) {
	if len(value) > most && utf8.RuneCountInString(value) > most {
		c.add(member, "is too long")
	}
}

func (c *complaints) needed(member, value string, most int) {
	if value == "" {
		c.add(member, "is missing")
	}
	c.text(member, value, most)
}

func (c *complaints) many(member string, n, most int) {
	if n > most {
		c.add(member, "is too long")
	}
}

func (c *complaints) within(member string, value, bound float64) {
	if !(value >= -bound && value <= bound) {
		c.add(member, "is out of range")
	}
}

func (c *complaints) instant(member string, at Timestamp) {
	if _, err := at.Time(); err != nil {
		c.add(member, "is not an ISO 8601 instant")
	}
}

func (c *complaints) user(member string, u User) {
	c.text(member+".userId", u.UserID, 255)
	if u.Permissions != nil {
		c.many(member+".permissions.scopes", len(u.Permissions.Scopes), 64)
	}
}

func (c *complaints) system(s System) {
	c.needed("context.System.application.applicationId", s.Application.ApplicationID, 255)
	c.user("context.System.user", s.User)
	c.text("context.System.apiEndpoint", s.APIEndpoint, 2048)
	if d := s.Device; d != nil {
		c.text("context.System.device.deviceId", d.DeviceID, 1024)
		c.text("context.System.device.persistentEndpointId", d.PersistentEndpointID, 1024)
		c.many("context.System.device.supportedInterfaces", len(d.SupportedInterfaces), 128)
	}
	if s.Person != nil {
		c.text("context.System.person.personId", s.Person.PersonID, 255)
	}
}

func (c *complaints) body(b *RequestBody) {
	c.needed("request.type", b.Type, 128)
	c.needed("request.requestId", b.RequestID, 512)
	c.text("request.locale", b.Locale, 35)
	if b.Timestamp == "" {
		c.add("request.timestamp", "is missing")
	} else {
		c.instant("request.timestamp", b.Timestamp)
	}
	if b.EventCreationTime != "" {
		c.instant("request.eventCreationTime", b.EventCreationTime)
	}
	if b.EventPublishingTime != "" {
		c.instant("request.eventPublishingTime", b.EventPublishingTime)
	}
	if e := b.Body; e != nil {
		c.many("request.body.acceptedPermissions", len(e.AcceptedPermissions), 64)
		c.many("request.body.acceptedPersonPermissions", len(e.AcceptedPersonPermissions), 64)
		c.many("request.body.subscriptions", len(e.Subscriptions), 64)
	}
	if b.Input != nil {
		c.slots("request.input.slots", b.Input.Slots)
	}
	switch {
	case b.Intent != nil:
		c.needed("request.intent.name", b.Intent.Name, 255)
		c.slots("request.intent.slots", b.Intent.Slots)
	case b.Type == TypeIntentRequest || b.Type == TypeCanFulfillIntentRequest:
		c.add("request.intent", "is missing")
	}
}

// slots names the member that holds them and no key out of it.
func (c *complaints) slots(member string, slots map[string]Slot) {
	fine := len(slots) <= 64
	for _, s := range slots {
		fine = fine && utf8.RuneCountInString(s.Name) <= 255 && s.Resolutions.bounded() && s.SlotValue.bounded(maxDepth)
	}
	if !fine {
		c.add(member, "is too long")
	}
}

func (r *Resolutions) bounded() bool {
	if r == nil {
		return true
	}
	fine := len(r.PerAuthority) <= 16
	for _, a := range r.PerAuthority {
		fine = fine && len(a.Values) <= 256
	}
	return fine
}

// bounded looks into lists of lists as deep as a body can be.
func (v *SlotValue) bounded(levels int) bool {
	if v == nil {
		return true
	}
	fine := levels > 0 && len(v.Values) <= 64 && v.Resolutions.bounded()
	for i := range v.Values {
		fine = fine && v.Values[i].bounded(levels-1)
	}
	return fine
}
