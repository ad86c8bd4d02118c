// Package alexa is what Alexa sends and offers, as package live plays it: envelopes from devices of several kinds, for users in
// several states, with slots as full, empty or odd as testers fill them; and the API server that a skill calls back.
//
// Unlike skill/echo, which understands a sentence and holds one conversation, it puts together any request that Alexa could
// send, also ones that no sentence leads to. It decides nothing about answers.
package alexa

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// Device is a kind of device.
type Device string

// The kinds of devices: a speaker, one with a screen, and a head unit.
const (
	Speaker Device = "speaker"
	Screen  Device = "screen"
	Car     Device = "car"
)

// APLVersion is the newest APL that Screen and Car speak.
const APLVersion = "2024.3"

// HasScreen tells whether a document can be shown.
func (d Device) HasScreen() bool { return d != Speaker && d != "" }

// Caller is who speaks, through which device, in which state of linking and consent.
type Caller struct {
	ApplicationID string
	Locale        string
	Device        Device // Speaker if empty
	UserID        string
	DeviceID      string
	Token         string // of the linked account; "" if none is linked
	// Scopes are the permissions and their state, GRANTED or DENIED; one that is not in here was never answered.
	Scopes map[string]string
	// APIEndpoint and APIToken are where and with what the skill may call back.
	APIEndpoint, APIToken string
}

// Conversation is the session that a request belongs to.
type Conversation struct {
	ID         string
	New        bool
	Attributes map[string]json.RawMessage
}

// Envelope puts a request body into an envelope of this instant. Without a conversation it is a request outside a session, as
// skill events are. The body's id, time and locale are filled in.
func (c Caller) Envelope(now time.Time, id string, in *Conversation, body skill.RequestBody) *skill.Request {
	body.RequestID = "amzn1.echo-api.request." + id
	body.Timestamp = skill.Timestamp(now.UTC().Format(time.RFC3339))
	if in != nil {
		body.Locale = c.Locale
	}
	r := &skill.Request{Version: "1.0", Context: c.context(now), Body: body}
	if in != nil {
		attributes := in.Attributes
		if attributes == nil {
			attributes = map[string]json.RawMessage{}
		}
		system := r.Context.System
		r.Session = &skill.Session{
			New: in.New, SessionID: in.ID, User: system.User, Attributes: attributes, Application: system.Application,
		}
	}
	return r
}

func (c Caller) context(now time.Time) skill.Context {
	user := skill.User{UserID: c.UserID, AccessToken: skill.Secret(c.Token)}
	if len(c.Scopes) > 0 {
		user.Permissions = &skill.Permissions{Scopes: map[string]skill.PermissionScope{}}
		for _, scope := range slices.Sorted(maps.Keys(c.Scopes)) {
			user.Permissions.Scopes[scope] = skill.PermissionScope{Status: c.Scopes[scope]}
		}
	}
	interfaces := map[string]json.RawMessage{}
	ctx := skill.Context{System: skill.System{
		Application:    skill.Application{ApplicationID: c.ApplicationID},
		User:           user,
		Device:         &skill.Device{DeviceID: c.DeviceID, SupportedInterfaces: interfaces},
		APIEndpoint:    c.APIEndpoint,
		APIAccessToken: skill.Secret(c.APIToken),
	}}
	if c.Device.HasScreen() {
		interfaces[skill.InterfaceAPL] = json.RawMessage(`{"runtime":{"maxVersion":"` + APLVersion + `"}}`)
		ctx.APL = &skill.PresentationAPL{Version: "AriaRuntime-" + APLVersion}
		ctx.Viewport = viewport(c.Device)
	}
	if c.Device == Car {
		interfaces["Geolocation"] = json.RawMessage(`{}`)
		ctx.Automotive = &skill.Automotive{}
		ctx.Geolocation = &skill.Geolocation{
			LocationServices: &skill.LocationServices{Access: "ENABLED", Status: "RUNNING"},
			Timestamp:        skill.Timestamp(now.UTC().Format(time.RFC3339)),
			Speed:            &skill.Speed{SpeedInMetersPerSecond: 14},
		}
	}
	return ctx
}

// viewport is a large Echo Show, or a common head unit.
func viewport(d Device) *skill.Viewport {
	v := &skill.Viewport{Shape: "RECTANGLE", Touch: []string{"SINGLE"}, DPI: 160, Mode: skill.ViewportHub, PixelWidth: 1280, PixelHeight: 800}
	if d == Car {
		v.Mode, v.PixelWidth, v.PixelHeight = skill.ViewportAuto, 1024, 600
	}
	v.CurrentPixelWidth, v.CurrentPixelHeight = v.PixelWidth, v.PixelHeight
	return v
}
