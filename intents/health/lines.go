package health

import "github.com/trunkpass/trunkpass/skill/speech"

const (
	tiresUnsupported    speech.Key = "tires.unsupported"
	tiresNotReported    speech.Key = "tires.not_reported"
	tiresFineBetween    speech.Key = "tires.fine_between"
	tiresFineAt         speech.Key = "tires.fine_at"
	tiresFineStatus     speech.Key = "tires.fine_status"
	tiresUnjudged       speech.Key = "tires.unjudged"
	tiresLow            speech.Key = "tires.low"
	tiresLowStatus      speech.Key = "tires.low_status"
	tiresLowToo         speech.Key = "tires.low_too"
	tiresLowTooStatus   speech.Key = "tires.low_too_status"
	tiresCritical       speech.Key = "tires.critical"
	tiresCriticalStatus speech.Key = "tires.critical_status"
	tiresCheckFirst     speech.Key = "tires.check_first"
	tiresRestFine       speech.Key = "tires.rest_fine"
	tiresFault          speech.Key = "tires.fault"
	tiresMissing        speech.Key = "tires.missing"
	tiresWheelFine      speech.Key = "tires.wheel_fine"
	tiresWheelFineState speech.Key = "tires.wheel_fine_status"
	tiresWheelUnjudged  speech.Key = "tires.wheel_unjudged"
	tiresWheelMissing   speech.Key = "tires.wheel_missing"
	tiresWheelWhich     speech.Key = "tires.wheel_which"
	tiresHelp           speech.Key = "tires.help"
)

// Lines is what these conversations may say.
func Lines() speech.Table {
	return speech.Table{
		tiresUnsupported:    speech.Says("car"),
		tiresNotReported:    speech.Says("car"),
		tiresFineBetween:    speech.Says("car", "lowest", "highest"),
		tiresFineAt:         speech.Says("car", "pressure"),
		tiresFineStatus:     speech.Says("car"),
		tiresUnjudged:       speech.Says("car", "lowest", "highest"),
		tiresLow:            speech.Says("car", "wheel", "pressure", "recommended"),
		tiresLowStatus:      speech.Says("car", "wheel"),
		tiresLowToo:         speech.Says("wheel", "pressure"),
		tiresLowTooStatus:   speech.Says("wheel"),
		tiresCritical:       speech.Says("car", "wheel", "pressure", "recommended"),
		tiresCriticalStatus: speech.Says("car", "wheel"),
		tiresCheckFirst:     speech.Says(),
		tiresRestFine:       speech.Says(),
		tiresFault:          speech.Says("car", "wheels"),
		tiresMissing:        speech.Says("car", "wheels"),
		tiresWheelFine:      speech.Says("car", "wheel", "pressure"),
		tiresWheelFineState: speech.Says("car", "wheel"),
		tiresWheelUnjudged:  speech.Says("car", "wheel", "pressure"),
		tiresWheelMissing:   speech.Says("car", "wheel"),
		tiresWheelWhich:     speech.Says(),
		tiresHelp:           speech.Says(),
	}
}
