// Package skill is the Alexa side of Trunkpass: what comes in, whose turn it is, and what goes out. It knows
// no car.
//
// A turn travels one way. [Decode] reads the envelope that Alexa posts and refuses what is malformed;
// dispatch finds the conversation it belongs to, an open question first; the conversation (package intents)
// gathers facts, decides and answers with acts; package skill/speech puts acts into words of the user's
// language; [Encode] checks the response against Alexa's limits and writes it. skill/endpoint is the
// same journey behind HTTPS.
//
// Neighbors: skill/speech finds the words, skill/pin guards the voice PIN, skill/device asks Alexa for the
// device's settings and speaks while the user waits, skill/echo plays the other side. Slot values
// ([ParseDate], [ParseTime], [ParseDuration]) are read here, and given a meaning in intents.
package skill

import "encoding/json"

// Request is one message from Alexa, as in Amazon's Request and Response JSON Reference. Members that these
// types do not have are dropped in decoding: Amazon adds them without notice.
//
// A Request holds tokens, places and, while a PIN is asked, a PIN. It redacts itself in fmt and slog.
type Request struct {
	Version string `json:"version"`
	// Session is nil for requests outside a session: skill events, messages, exceptions. Read identity from
	// Context.System, which is always there.
	Session *Session    `json:"session,omitempty"`
	Context Context     `json:"context"`
	Body    RequestBody `json:"request"`
}

type (
	// Session is what the user and the skill have begun together.
	Session struct {
		New         bool                       `json:"new"`
		SessionID   string                     `json:"sessionId"`
		User        User                       `json:"user"`
		Attributes  map[string]json.RawMessage `json:"attributes,omitzero"`
		Application Application                `json:"application"`
	}
	// Application names the skill that Alexa means to call.
	Application struct {
		ApplicationID string `json:"applicationId"`
	}
	// User is the Alexa account. UserID changes when the skill is disabled and enabled again, so nothing
	// durable may hang on it. AccessToken is empty until the account is linked.
	User struct {
		UserID      string       `json:"userId,omitempty"`
		AccessToken Secret       `json:"accessToken,omitempty"`
		Permissions *Permissions `json:"permissions,omitempty"`
	}
	// Permissions are what the user granted in the Alexa app. ConsentToken is deprecated in favor of
	// System.APIAccessToken.
	Permissions struct {
		ConsentToken Secret                     `json:"consentToken,omitempty"`
		Scopes       map[string]PermissionScope `json:"scopes,omitzero"`
	}
	// PermissionScope is the state of one permission: GRANTED or DENIED.
	PermissionScope struct {
		Status string `json:"status,omitempty"`
	}
)

// RequestBody is the member "request": the fields of every request type in one struct, of which those of
// other types are zero.
type RequestBody struct {
	Type      string    `json:"type"`
	RequestID string    `json:"requestId"`
	Timestamp Timestamp `json:"timestamp"`
	// Locale is a BCP 47 tag like "en-US"; many requests outside a session have none.
	Locale string `json:"locale,omitempty"`

	// LaunchRequest, when a skill connection or quick link started it.
	Task *Task `json:"task,omitempty"`
	// IntentRequest and CanFulfillIntentRequest. DialogState is empty for an intent without a dialog model.
	DialogState string  `json:"dialogState,omitempty"`
	Intent      *Intent `json:"intent,omitempty"`

	// SessionEndedRequest has a reason, SessionResumedRequest a cause, System.ExceptionEncountered error and
	// cause.
	Reason string        `json:"reason,omitempty"`
	Error  *RequestError `json:"error,omitempty"`
	Cause  *Cause        `json:"cause,omitempty"`

	// Connections.Response and Connections.Request; Token also serves the screen's events.
	Status  *Status         `json:"status,omitempty"`
	Name    string          `json:"name,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Token   string          `json:"token,omitempty"`

	// Alexa.Presentation.APL.UserEvent and .RuntimeError.
	Arguments  []json.RawMessage `json:"arguments,omitzero"`
	Source     json.RawMessage   `json:"source,omitempty"`
	Components json.RawMessage   `json:"components,omitempty"`
	Errors     []json.RawMessage `json:"errors,omitzero"`

	// Dialog.InputRequest and Messaging.MessageReceived.
	Input   *Input                     `json:"input,omitempty"`
	Message map[string]json.RawMessage `json:"message,omitzero"`

	// Skill events. Delivery is at least once and unordered.
	Body                *EventBody `json:"body,omitempty"`
	EventCreationTime   Timestamp  `json:"eventCreationTime,omitempty"`
	EventPublishingTime Timestamp  `json:"eventPublishingTime,omitempty"`
}

// The request types whose fields RequestBody has. A request of any other type decodes to the common fields
// and is to be answered with an empty response.
const (
	TypeLaunchRequest           = "LaunchRequest"
	TypeIntentRequest           = "IntentRequest"
	TypeCanFulfillIntentRequest = "CanFulfillIntentRequest"
	TypeSessionEndedRequest     = "SessionEndedRequest"
	TypeSessionResumedRequest   = "SessionResumedRequest"
	TypeConnectionsResponse     = "Connections.Response"
	TypeConnectionsRequest      = "Connections.Request"
	TypeExceptionEncountered    = "System.ExceptionEncountered"
	TypeUserEvent               = "Alexa.Presentation.APL.UserEvent"
	TypeRuntimeError            = "Alexa.Presentation.APL.RuntimeError"
	TypeInputRequest            = "Dialog.InputRequest"
	TypeMessageReceived         = "Messaging.MessageReceived"

	TypeSkillEnabled                    = "AlexaSkillEvent.SkillEnabled"
	TypeSkillDisabled                   = "AlexaSkillEvent.SkillDisabled"
	TypeSkillAccountLinked              = "AlexaSkillEvent.SkillAccountLinked"
	TypeSkillPermissionAccepted         = "AlexaSkillEvent.SkillPermissionAccepted"
	TypeSkillPermissionChanged          = "AlexaSkillEvent.SkillPermissionChanged"
	TypeProactiveSubscriptionChanged    = "AlexaSkillEvent.ProactiveSubscriptionChanged"
	TypeNotificationSubscriptionChanged = "AlexaSkillEvent.NotificationSubscriptionChanged"
)

// The states of a dialog. DialogCompleted says that Alexa has asked everything, not that the user agreed:
// test Intent.ConfirmationStatus before acting.
const (
	DialogStarted    = "STARTED"
	DialogInProgress = "IN_PROGRESS"
	DialogCompleted  = "COMPLETED"
)

// Why a session ended, and what kind of error ended it.
const (
	EndedByUser          = "USER_INITIATED"
	EndedByError         = "ERROR"
	EndedBySilence       = "EXCEEDED_MAX_REPROMPTS"
	ErrorInvalidResponse = "INVALID_RESPONSE"
	ErrorDevice          = "DEVICE_COMMUNICATION_ERROR"
	ErrorInternalService = "INTERNAL_SERVICE_ERROR"
	ErrorEndpointTimeout = "ENDPOINT_TIMEOUT"
)

type (
	// Task is what a skill connection asks this skill to do.
	Task struct {
		Name    string          `json:"name,omitempty"`
		Version string          `json:"version,omitempty"`
		Input   json.RawMessage `json:"input,omitempty"`
	}
	// RequestError is what went wrong on Alexa's side, or with our last response.
	RequestError struct {
		Type    string `json:"type,omitempty"`
		Message string `json:"message,omitempty"`
	}
	// Cause is why a session resumed (Type "ConnectionCompleted"), or which request an exception is about
	// (RequestID).
	Cause struct {
		Type      string          `json:"type,omitempty"`
		Token     string          `json:"token,omitempty"`
		Status    *Status         `json:"status,omitempty"`
		Result    json.RawMessage `json:"result,omitempty"`
		RequestID string          `json:"requestId,omitempty"`
	}
	// Status is the outcome of a connection; Code is an HTTP status as text, "200".
	Status struct {
		Code    string `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	// Input is what Alexa Conversations understood.
	Input struct {
		Name  string          `json:"name,omitempty"`
		Slots map[string]Slot `json:"slots,omitzero"`
	}
	// EventBody is that of a skill event. Subscriptions lists all that the user still wants.
	EventBody struct {
		AccessToken               Secret            `json:"accessToken,omitempty"`
		AcceptedPermissions       []EventPermission `json:"acceptedPermissions,omitzero"`
		AcceptedPersonPermissions []EventPermission `json:"acceptedPersonPermissions,omitzero"`
		Subscriptions             []Subscription    `json:"subscriptions,omitzero"`
		PersistenceStatus         string            `json:"userInformationPersistenceStatus,omitempty"` // PERSISTED or NOT_PERSISTED
	}
	// EventPermission is one scope that the user accepted.
	EventPermission struct {
		Scope string `json:"scope,omitempty"`
	}
	// Subscription is one kind of event (EventName) or topic (TopicID) that the user asked to hear about.
	Subscription struct {
		EventName string `json:"eventName,omitempty"`
		TopicID   string `json:"topicId,omitempty"`
	}
)

// Context is the state of Alexa and the device when the request was made. Only System is on every request.
type Context struct {
	System System `json:"System"`
	// Automotive is an empty object whose mere presence means a device intended for use in a car.
	Automotive   *Automotive      `json:"Automotive,omitempty"`
	Geolocation  *Geolocation     `json:"Geolocation,omitempty"`
	Viewport     *Viewport        `json:"Viewport,omitempty"`
	Viewports    []TypedViewport  `json:"Viewports,omitzero"`
	APL          *PresentationAPL `json:"Alexa.Presentation.APL,omitempty"`
	Presentation json.RawMessage  `json:"Alexa.Presentation,omitempty"`
	// What the skill has no use for is kept as it came.
	AudioPlayer     json.RawMessage `json:"AudioPlayer,omitempty"`
	Display         json.RawMessage `json:"Display,omitempty"`
	Extensions      json.RawMessage `json:"Extensions,omitempty"`
	DataStore       json.RawMessage `json:"Alexa.DataStore.PackageManager,omitempty"`
	AppLink         json.RawMessage `json:"AppLink,omitempty"`
	Advertising     json.RawMessage `json:"Advertising,omitempty"`
	Experimentation json.RawMessage `json:"Experimentation,omitempty"`
}

type (
	// System says who speaks, through which device, to which skill, and where Alexa's APIs are for this
	// request: APIEndpoint is their base address in the customer's region.
	System struct {
		Application    Application `json:"application"`
		User           User        `json:"user"`
		Device         *Device     `json:"device,omitempty"`
		Person         *Person     `json:"person,omitempty"`
		Unit           *Unit       `json:"unit,omitempty"`
		APIEndpoint    string      `json:"apiEndpoint,omitempty"`
		APIAccessToken Secret      `json:"apiAccessToken,omitempty"`
	}
	// Device is what the user spoke to. DeviceID changes when the skill is disabled and enabled again,
	// PersistentEndpointID does not. SupportedInterfaces holds one object for each interface.
	Device struct {
		DeviceID             string                     `json:"deviceId"`
		PersistentEndpointID string                     `json:"persistentEndpointId,omitempty"`
		SupportedInterfaces  map[string]json.RawMessage `json:"supportedInterfaces,omitzero"`
	}
	// Person is the recognized speaker. It is missing in most requests: it needs a permission, a voice
	// profile and a voice that matched this time. The confidence is on the wire, though not in Amazon's
	// published types.
	Person struct {
		PersonID                      string           `json:"personId,omitempty"`
		AccessToken                   Secret           `json:"accessToken,omitempty"`
		AuthenticationConfidenceLevel *ConfidenceLevel `json:"authenticationConfidenceLevel,omitempty"`
	}
	// ConfidenceLevel says how sure Alexa is of the speaker: 200 recognized, 300 voice match, 400 voice and
	// profile PIN.
	ConfidenceLevel struct {
		Level        int           `json:"level"`
		CustomPolicy *CustomPolicy `json:"customPolicy,omitempty"`
	}
	// CustomPolicy names how the confidence was reached, like "VOICE_PIN".
	CustomPolicy struct {
		PolicyName string `json:"policyName"`
	}
	// Unit is a household, or a room of an organization.
	Unit struct {
		UnitID           string `json:"unitId,omitempty"`
		PersistentUnitID string `json:"persistentUnitId,omitempty"`
	}
	// Automotive has no members today.
	Automotive struct{}
)

// InterfaceAPL is the interface of a screen. A directive for the screen of a device without it makes Alexa
// refuse the whole response.
const InterfaceAPL = "Alexa.Presentation.APL"

// Supports reports whether the device has an interface, like InterfaceAPL. A nil device has none.
func (d *Device) Supports(name string) bool {
	if d == nil {
		return false
	}
	_, ok := d.SupportedInterfaces[name]
	return ok
}

// Geolocation is the place of the Alexa device, which is not the place of the owner's car. Stationary devices
// never send it, and it may hold LocationServices alone.
type Geolocation struct {
	LocationServices *LocationServices `json:"locationServices,omitempty"`
	Timestamp        Timestamp         `json:"timestamp,omitempty"`
	Coordinate       *Coordinate       `json:"coordinate,omitempty"`
	Altitude         *Altitude         `json:"altitude,omitempty"`
	Heading          *Heading          `json:"heading,omitempty"`
	Speed            *Speed            `json:"speed,omitempty"`
}

type (
	// LocationServices says whether the device may look for its place (ENABLED, DISABLED, UNKNOWN) and
	// whether it does (RUNNING, STOPPED).
	LocationServices struct {
		Access string `json:"access,omitempty"`
		Status string `json:"status,omitempty"`
	}
	// Coordinate is a place on earth (WGS 84).
	Coordinate struct {
		LatitudeInDegrees  float64 `json:"latitudeInDegrees"`
		LongitudeInDegrees float64 `json:"longitudeInDegrees"`
		AccuracyInMeters   float64 `json:"accuracyInMeters"`
	}
	// Altitude is the height above the sea.
	Altitude struct {
		AltitudeInMeters float64 `json:"altitudeInMeters"`
		AccuracyInMeters float64 `json:"accuracyInMeters"`
	}
	// Heading is the direction of travel, clockwise from north.
	Heading struct {
		DirectionInDegrees float64  `json:"directionInDegrees"`
		AccuracyInDegrees  *float64 `json:"accuracyInDegrees,omitempty"`
	}
	// Speed is how fast the device moves; negative where a device means that it does not know.
	Speed struct {
		SpeedInMetersPerSecond    float64  `json:"speedInMetersPerSecond"`
		AccuracyInMetersPerSecond *float64 `json:"accuracyInMetersPerSecond,omitempty"`
	}
)

// Viewport describes the screen. Sizes are not integers: Amazon's types promise only numbers.
type Viewport struct {
	Experiences        []Experience `json:"experiences,omitzero"`
	Mode               string       `json:"mode,omitempty"`
	Shape              string       `json:"shape,omitempty"` // RECTANGLE or ROUND
	PixelWidth         float64      `json:"pixelWidth,omitempty"`
	PixelHeight        float64      `json:"pixelHeight,omitempty"`
	CurrentPixelWidth  float64      `json:"currentPixelWidth,omitempty"`
	CurrentPixelHeight float64      `json:"currentPixelHeight,omitempty"`
	DPI                float64      `json:"dpi,omitempty"`
	Touch              []string     `json:"touch,omitzero"`    // SINGLE
	Keyboard           []string     `json:"keyboard,omitzero"` // DIRECTION
	Video              *Video       `json:"video,omitempty"`
}

// The modes of a viewport. Some head units say by ViewportAuto alone that they are in a car.
const (
	ViewportAuto   = "AUTO"
	ViewportHub    = "HUB"
	ViewportMobile = "MOBILE"
	ViewportPC     = "PC"
	ViewportTV     = "TV"
)

type (
	// Experience is one way to look at the screen, in arc minutes.
	Experience struct {
		ArcMinuteWidth  float64 `json:"arcMinuteWidth,omitempty"`
		ArcMinuteHeight float64 `json:"arcMinuteHeight,omitempty"`
		CanRotate       bool    `json:"canRotate"`
		CanResize       bool    `json:"canResize"`
	}
	// Video lists codecs: H_264_41, H_264_42.
	Video struct {
		Codecs []string `json:"codecs,omitzero"`
	}
	// TypedViewport is one of several viewports. Type "APL" is a screen and fills the fields up to
	// Configuration; "APLT" is a character display and fills those after it.
	TypedViewport struct {
		Type              string                 `json:"type"`
		ID                string                 `json:"id,omitempty"`
		Shape             string                 `json:"shape,omitempty"`
		DPI               float64                `json:"dpi,omitempty"`
		PresentationType  string                 `json:"presentationType,omitempty"` // STANDARD or OVERLAY
		CanRotate         *bool                  `json:"canRotate,omitempty"`
		Configuration     *ViewportConfiguration `json:"configuration,omitempty"`
		SupportedProfiles []string               `json:"supportedProfiles,omitzero"`
		LineLength        float64                `json:"lineLength,omitempty"`
		LineCount         float64                `json:"lineCount,omitempty"`
		CharacterFormat   string                 `json:"characterFormat,omitempty"`
		InterSegments     json.RawMessage        `json:"interSegments,omitempty"`
	}
	// ViewportConfiguration wraps how a viewport is used now.
	ViewportConfiguration struct {
		Current CurrentConfiguration `json:"current"`
	}
	// CurrentConfiguration is how a viewport is used now; Dialog is SUPPORTED or UNSUPPORTED.
	CurrentConfiguration struct {
		Mode   string        `json:"mode,omitempty"`
		Video  *Video        `json:"video,omitempty"`
		Size   *ViewportSize `json:"size,omitempty"`
		Dialog string        `json:"dialog,omitempty"`
	}
	// ViewportSize is DISCRETE with a width and height, or CONTINUOUS with bounds, all in pixels.
	ViewportSize struct {
		Type           string  `json:"type"`
		PixelWidth     float64 `json:"pixelWidth,omitempty"`
		PixelHeight    float64 `json:"pixelHeight,omitempty"`
		MinPixelWidth  float64 `json:"minPixelWidth,omitempty"`
		MinPixelHeight float64 `json:"minPixelHeight,omitempty"`
		MaxPixelWidth  float64 `json:"maxPixelWidth,omitempty"`
		MaxPixelHeight float64 `json:"maxPixelHeight,omitempty"`
	}
	// PresentationAPL is what the screen shows now; Token is that of the rendered document.
	PresentationAPL struct {
		Token                     string            `json:"token,omitempty"`
		Version                   string            `json:"version,omitempty"`
		ComponentsVisibleOnScreen []json.RawMessage `json:"componentsVisibleOnScreen,omitzero"`
		DataSources               []json.RawMessage `json:"dataSources,omitzero"`
	}
)
