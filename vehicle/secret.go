package vehicle

import (
	"fmt"
	"log/slog"
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
