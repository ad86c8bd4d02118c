package health

import (
	"context"
	"slices"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/screen"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about tires.
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

	tiresScreen    speech.Key = "tires.screen"
	tiresNoReading speech.Key = "tires.screen_no_reading"
	tiresNotRated  speech.Key = "tires.screen_not_rated"
)

// tireWords say on the screen how a tire is, beside its mark.
var tireWords = map[vehicle.TireState]struct {
	word speech.Key
	mark screen.Mark
}{
	vehicle.TireFine:     {"tires.screen_fine", screen.Fine},
	vehicle.TireLow:      {"tires.screen_low", screen.Attention},
	vehicle.TireCritical: {"tires.screen_critical", screen.Urgent},
	vehicle.TireFault:    {"tires.screen_fault", screen.Unknown},
}

var tiresLines = withTireWords(speech.Table{
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
	tiresScreen:         speech.Says("car"), tiresNoReading: speech.Says(), tiresNotRated: speech.Says(),
})

func withTireWords(t speech.Table) speech.Table {
	for _, shown := range tireWords {
		t[shown.word] = speech.Says()
	}
	return t
}

// tires answers "what's my tire pressure", for all wheels or one.
var tires = ground.Look[vehicle.Diagnosis]{
	Name:   "tires",
	Able:   nil, // a car that cannot measure its tires says so when it is asked about
	Unable: tiresUnsupported,
	Help:   tiresHelp,
	Want:   ground.Want{Units: true},
	Detail: tiresWheel,
	Read:   readDiagnosis,
	Tell:   tellTires,
}

// readDiagnosis reads the last snapshot; no look ever wakes a car.
func readDiagnosis(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (vehicle.Diagnosis, error) {
	return d.Cars.Diagnosis(ctx, token, at.Car.ID)
}

func tiresWheel(slots skill.Slots) (wheel string, doubt []skill.Act) {
	if !slots.Filled("wheel") {
		return "", nil
	}
	wheel = slots["wheel"].Entity().ID
	if !slices.Contains(vehicle.Wheels(), vehicle.Wheel(wheel)) {
		return "", []skill.Act{skill.Say{Key: tiresWheelWhich}}
	}
	return wheel, nil
}

// tellTires says what the snapshot holds, the worst tire first.
func tellTires(d vehicle.Diagnosis, at ground.At) []skill.Act {
	switch {
	case d.Vehicle != at.Car.ID:
		return []skill.Act{skill.Say{Key: skill.Sorry}}
	case !at.Car.Can(vehicle.TirePressure) && !at.Car.Can(vehicle.TireStatus):
		return []skill.Act{skill.Say{Key: tiresUnsupported, Args: ground.CarArg(at.Car)}}
	}
	r := tireReport{car: at.Car, unit: at.Facts.Pressure}
	r.sort(d.Tires)
	if at.Detail != "" {
		r.tellWheel(vehicle.Wheel(at.Detail))
	} else {
		r.tellAll()
	}
	return append(append(r.acts, at.Facts.AsOf(r.oldest)...), showTires(d, at))
}

// showTires draws all four wheels, whichever was asked about.
func showTires(d vehicle.Diagnosis, at ground.At) skill.Screen {
	shown := skill.Screen{Document: screen.Tires, Title: speech.Phrase{Key: tiresScreen, Args: ground.CarArg(at.Car)}}
	r := tireReport{car: at.Car, unit: at.Facts.Pressure}
	for _, w := range vehicle.Wheels() {
		row := skill.Row{Label: ground.WheelPhrase(w), Word: speech.Phrase{Key: tiresNoReading}, Mark: screen.Unknown}
		i := slices.IndexFunc(d.Tires, func(t vehicle.Tire) bool { return t.Wheel == w })
		if i >= 0 {
			r.showTire(&row, d.Tires[i])
		}
		shown.Rows = append(shown.Rows, row)
	}
	shown.Note = noteOf(at.Facts.AsOf(r.oldest))
	return shown
}

func (r *tireReport) showTire(row *skill.Row, t vehicle.Tire) {
	state, _ := t.Judge()
	if t.Pressure.Missing == vehicle.SensorFault && state == vehicle.TireUnknown {
		state = vehicle.TireFault
	}
	words, judged := tireWords[state]
	switch {
	case judged:
		row.Word, row.Mark = speech.Phrase{Key: words.word}, words.mark
	case t.Pressure.Available():
		row.Word = speech.Phrase{Key: tiresNotRated}
	default:
		return
	}
	if t.Pressure.Available() {
		row.Value = r.pressure(t.Pressure.Value)
	}
	if state != vehicle.TireFault {
		r.saw(t)
	}
}

// noteOf shows quietly what is said of the age of a reading.
func noteOf(said []skill.Act) speech.Arg {
	if len(said) == 0 {
		return nil
	}
	line, ok := said[0].(skill.Say)
	if !ok {
		return nil
	}
	return speech.Phrase{Key: line.Key, Args: line.Args}
}
