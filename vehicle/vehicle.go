// Package vehicle is the domain: cars, what their dongles report, and who may open their trunks.
//
// It imports nothing of ours. Its neighbors are the drivers below it (vehicle/dongle speaks to a dongle
// cloud, vehicle/garage is such a cloud to run at home) and the conversations above it (intents), which
// talk to a [Fleet] and never to a driver.
//
// Instants are UTC unless a field says otherwise; a wall clock belongs to [Owner.Zone]. Secrets and
// whereabouts are types that redact themselves ([Token], [Plate], [Position]), so that a careless log
// line tells nothing.
package vehicle

import (
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// ID names one vehicle inside its cloud. It is opaque and never spoken.
type ID string

// Owner is who linked the account: the driver who speaks.
type Owner struct {
	ID   string
	Name string
	// Zone is the owner's home time zone, used where the Alexa device does not tell its own.
	Zone *time.Location
	// AuthenticatedAt is when the owner last proved who they are in the sign-in that the token descends from; UTC, zero if
	// the cloud does not tell.
	AuthenticatedAt time.Time
}

// Vehicle is one car of an owner.
type Vehicle struct {
	ID   ID
	Name string // what the owner calls it; this is what is spoken
	// Make, Model and Year are told by the cloud and help to recognize "my Volkswagen".
	Make, Model  string
	Year         int
	Powertrain   Powertrain
	Plate        Plate
	Dongle       Dongle
	Capabilities []Capability
	BlockedSince time.Time // zero unless the owner lets nobody in
}

// Can reports whether this car, its dongle and the token's scopes together can do what c names.
func (v Vehicle) Can(c Capability) bool { return slices.Contains(v.Capabilities, c) }

// Powertrain is what moves the car.
type Powertrain string

// The powertrains a cloud may report.
const (
	Petrol   Powertrain = "petrol"
	Diesel   Powertrain = "diesel"
	Hybrid   Powertrain = "hybrid"
	Electric Powertrain = "electric"
)

// Capability is something that this car, this dongle and this token's scopes can do. It is asked, never
// assumed: most cars that know their tire pressure cannot open a trunk, and the other way round.
type Capability string

// The capabilities that conversations ask for.
const (
	TirePressure Capability = "tires.pressure" // numbers per wheel
	TireStatus   Capability = "tires.status"   // only "fine" or "low" per wheel
	OpenTrunk    Capability = "trunk.open"
	LockDoors    Capability = "doors.lock"
	UnlockDoors  Capability = "doors.unlock"
	OpenKeyBox   Capability = "key_box.open" // a box on the plate frame that holds a key
)

// Dongle is the OBD-II device in the car and when it last reported.
type Dongle struct {
	State    DongleState
	LastSeen time.Time // zero if it never reported
}

// DongleState says how reachable the dongle is.
type DongleState string

// The states of a dongle. Asleep still answers, late; Offline and Unplugged do not.
const (
	Online    DongleState = "online"
	Asleep    DongleState = "asleep"
	Offline   DongleState = "offline"
	Unplugged DongleState = "unplugged"
)

// Token is an access token of the dongle cloud, as Alexa hands it to the skill after account linking.
type Token string

// Plate is a license plate. It is stored and shown to couriers, never spoken and never logged.
type Plate string

// Position is a place on earth in degrees (WGS 84).
type Position struct {
	Latitude  float64
	Longitude float64
}

const redacted = "[redacted]"

// String, Format and LogValue hide the value from fmt and slog alike; convert explicitly to use it.
func (Token) String() string             { return redacted }
func (Token) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Token) LogValue() slog.Value       { return slog.StringValue(redacted) }

// String, Format and LogValue hide the plate.
func (Plate) String() string             { return redacted }
func (Plate) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Plate) LogValue() slog.Value       { return slog.StringValue(redacted) }

// String, Format and LogValue hide the place.
func (Position) String() string             { return redacted }
func (Position) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Position) LogValue() slog.Value       { return slog.StringValue(redacted) }

// Code is a one-time code that opens a trunk. It is shown on a card once, never spoken and never logged.
type Code string

// String, Format and LogValue hide the code.
func (Code) String() string             { return redacted }
func (Code) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, redacted) }
func (Code) LogValue() slog.Value       { return slog.StringValue(redacted) }
