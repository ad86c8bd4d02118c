package echo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

// Kind is a kind of device.
type Kind string

// The kinds of devices.
const (
	Home Kind = "echo" // a speaker without a screen
	Show Kind = "show" // a screen at home
	Car  Kind = "car"  // a head unit: a screen, and the car's speed
)

// aplVersion is the newest APL that a device with a screen speaks.
const aplVersion = "2024.3"

// hasScreen tells whether a document can be shown.
func (k Kind) hasScreen() bool { return k != Home }

// interfaces are what a device supports.
func (k Kind) interfaces() map[string]json.RawMessage {
	i := map[string]json.RawMessage{}
	if k.hasScreen() {
		i[skill.InterfaceAPL] = json.RawMessage(`{"runtime":{"maxVersion":"` + aplVersion + `"}}`)
	}
	if k == Car {
		i["Geolocation"] = json.RawMessage(`{}`)
	}
	return i
}

// viewport is the screen: that of a large Echo Show, or a common head unit's.
func (k Kind) viewport() *skill.Viewport {
	v := &skill.Viewport{Shape: "RECTANGLE", Touch: []string{"SINGLE"}, DPI: 160}
	switch k {
	case Show:
		v.Mode, v.PixelWidth, v.PixelHeight = skill.ViewportHub, 1280, 800
		v.Experiences = []skill.Experience{{ArcMinuteWidth: 346, ArcMinuteHeight: 216}}
	case Car:
		v.Mode, v.PixelWidth, v.PixelHeight = skill.ViewportAuto, 1024, 600
	default:
		return nil
	}
	v.CurrentPixelWidth, v.CurrentPixelHeight = v.PixelWidth, v.PixelHeight
	return v
}

// viewports is the newer form of viewport.
func (k Kind) viewports() []skill.TypedViewport {
	v := k.viewport()
	if v == nil {
		return nil
	}
	return []skill.TypedViewport{{
		Type: "APL", ID: "main", Shape: v.Shape, DPI: v.DPI, PresentationType: "STANDARD", CanRotate: new(bool),
		Configuration: &skill.ViewportConfiguration{Current: skill.CurrentConfiguration{
			Mode: v.Mode,
			Size: &skill.ViewportSize{Type: "DISCRETE", PixelWidth: v.PixelWidth, PixelHeight: v.PixelHeight},
		}},
	}}
}

// credentials are the tokens of one request.
type credentials struct{ account, api string }

// context is what Alexa says about the device and its user at an instant.
func (e *Echo) context(c credentials, now time.Time) skill.Context {
	o := e.options
	ctx := skill.Context{
		System: skill.System{
			Application:    skill.Application{ApplicationID: o.ApplicationID},
			User:           skill.User{UserID: o.UserID, AccessToken: skill.Secret(c.account)},
			Device:         &skill.Device{DeviceID: o.DeviceID, SupportedInterfaces: o.Device.interfaces()},
			APIEndpoint:    e.api.url,
			APIAccessToken: skill.Secret(c.api),
		},
		Viewport:  o.Device.viewport(),
		Viewports: o.Device.viewports(),
	}
	if o.PersonID != "" {
		ctx.System.Person = &skill.Person{PersonID: o.PersonID}
	}
	if o.Device.hasScreen() {
		ctx.APL = &skill.PresentationAPL{Token: e.screen, Version: "AriaRuntime-" + aplVersion}
	}
	if o.Device == Car {
		ctx.Automotive = &skill.Automotive{}
		ctx.Geolocation = &skill.Geolocation{
			LocationServices: &skill.LocationServices{Access: "ENABLED", Status: "RUNNING"},
			Timestamp:        timestamp(now),
			Speed:            &skill.Speed{SpeedInMetersPerSecond: o.Speed},
		}
	}
	return ctx
}

// timestamp writes an instant as Alexa does: UTC, whole seconds.
func timestamp(t time.Time) skill.Timestamp {
	return skill.Timestamp(t.UTC().Format(time.RFC3339))
}

// Bell keeps notifications for users in Alexa's own words, the oldest first.
type Bell interface {
	// Waiting gives those that have not been read, Read gives and clears them.
	Waiting(ctx context.Context, user string) ([]string, error)
	Read(ctx context.Context, user string) ([]string, error)
}

// ring is how many notifications the yellow ring stands for. A bell that does not answer leaves it dark.
func (e *Echo) ring(ctx context.Context) int {
	if e.options.Bell == nil {
		return 0
	}
	waiting, err := e.options.Bell.Waiting(ctx, e.options.UserID)
	if err != nil {
		return 0
	}
	return len(waiting)
}

// readOut says the notifications as Alexa does, without the skill, and the ring goes dark.
func (e *Echo) readOut(ctx context.Context, t Turn) (Turn, error) {
	texts, err := e.options.Bell.Read(ctx, e.options.UserID)
	if err != nil {
		return t, err
	}
	switch from := " from " + strings.Join(e.matcher.name, " ") + "."; len(texts) {
	case 0:
		t.Speech = "You have no new notifications."
	case 1:
		t.Speech = "You have one new notification" + from + " " + texts[0]
	default:
		t.Speech = fmt.Sprintf("You have %d new notifications%s %s", len(texts), from, strings.Join(texts, " "))
	}
	return t, nil
}
