package vehicle

import "time"

// TroubleCodes is what a car's self-diagnosis remembers.
type TroubleCodes struct {
	EngineLight Reading[bool]
	Codes       []TroubleCode // in no particular order
}

// TroubleCode is one diagnostic trouble code of SAE J2012, five characters: P0301.
type TroubleCode struct {
	Code      string
	Status    CodeStatus
	FirstSeen time.Time // UTC; zero if unknown
}

// CodeStatus says which of the services of SAE J1979 reports the code.
type CodeStatus string

// The states of a code. A pending one was seen once and may go away by itself; a permanent one stays until
// the car has proved itself well, whoever clears it.
const (
	StoredCode    CodeStatus = "stored"
	PendingCode   CodeStatus = "pending"
	PermanentCode CodeStatus = "permanent"
)

// CodeSystem is the part of the car a code speaks of.
type CodeSystem string

// The systems, by the first letter of a code.
const (
	PowertrainCode CodeSystem = "powertrain" // P
	ChassisCode    CodeSystem = "chassis"    // C
	BodyCode       CodeSystem = "body"       // B
	NetworkCode    CodeSystem = "network"    // U
)

// System tells the part of the car; empty for a letter that is none.
func (c TroubleCode) System() CodeSystem {
	if c.Code == "" {
		return ""
	}
	return map[byte]CodeSystem{'P': PowertrainCode, 'C': ChassisCode, 'B': BodyCode, 'U': NetworkCode}[c.Code[0]]
}

// Generic reports whether the code means the same in every car. The second character tells: 0 is SAE's and
// 1 the maker's; 2 is SAE's for powertrain alone, and of 3 the powertrain codes from P3400 on are SAE's
// (SAE J2012, code structure).
func (c TroubleCode) Generic() bool {
	if len(c.Code) != 5 {
		return false
	}
	switch c.Code[1] {
	case '0':
		return true
	case '2':
		return c.Code[0] == 'P'
	case '3':
		return c.Code[0] == 'U' || c.Code[0] == 'P' && c.Code[2] >= '4'
	default:
		return false
	}
}

// Location is where the car was last seen.
type Location struct {
	Position Reading[Position]
	// Address is the place in words; empty if the cloud does not know them.
	Address string
}

// Trip is one drive from ignition on to ignition off.
type Trip struct {
	ID         string
	Start, End time.Time // UTC
	Distance   Reading[Kilometers]
	Fuel       Reading[Liters]
	Energy     Reading[KilowattHours]
}

// Event is something that happened to a car, or somebody who learned where it is.
type Event struct {
	ID      string
	Type    EventType
	At      time.Time // UTC
	Grant   string    // the grant it belongs to, empty if none
	Command string    // likewise
	Actor   Actor
	// Exact reports of a released position whether it was the precise one; otherwise it was a vicinity.
	Exact bool
	// Alert says what a VehicleAlert is about; empty for other events, and for what we do not know.
	Alert Alert
}

// Alert is what a car wants its owner to know. It is told when it begins, and again only after it was over.
type Alert string

// The alerts.
const (
	AlertTire      Alert = "tire_low"         // under three quarters of what is recommended, or the car itself warns
	AlertBattery   Alert = "battery_low"      // the 12 V battery may not start the car
	AlertEngine    Alert = "engine_light"     // it came on
	AlertUnplugged Alert = "dongle_unplugged" // and nothing more will be heard of the car
)

// Actor is who did it. Couriers have no names here, their carriers do.
type Actor struct {
	Kind ActorKind
	Name string
}

// ActorKind says what kind of actor it was; empty if the cloud uses a word that we do not know.
type ActorKind string

// The kinds of actors.
const (
	ByOwner   ActorKind = "owner"
	ByCourier ActorKind = "courier"
	ByGuest   ActorKind = "guest"
	ByCar     ActorKind = "car"
	ByCloud   ActorKind = "cloud"
)

// EventType says what happened. Types that are not listed here are skipped by drivers.
type EventType string

// What can happen.
const (
	GrantCreated      EventType = "grant.created"
	GrantExtended     EventType = "grant.extended"
	GrantRevoked      EventType = "grant.revoked"
	GrantRedeemed     EventType = "grant.redeemed"
	GrantExpired      EventType = "grant.expired"
	DeliveryEnRoute   EventType = "delivery.en_route"
	DeliveryArrived   EventType = "delivery.arrived"
	DeliveryCompleted EventType = "delivery.completed"
	TrunkOpened       EventType = "trunk.opened"
	TrunkClosed       EventType = "trunk.closed"
	TrunkLocked       EventType = "trunk.locked"
	TrunkLeftOpen     EventType = "trunk.left_open"
	KeyBoxOpened      EventType = "key_box.opened"
	KeyBoxClosed      EventType = "key_box.closed"
	KeyMissing        EventType = "key_box.key_missing"
	CommandSucceeded  EventType = "command.succeeded"
	CommandFailed     EventType = "command.failed"
	VehicleBlocked    EventType = "vehicle.blocked"
	VehicleUnblocked  EventType = "vehicle.unblocked"
	VehicleAlert      EventType = "vehicle.alert"
	PositionReleased  EventType = "position_released"
)
