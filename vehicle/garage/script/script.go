// Package script is the language of the garage's control port: what a test can say of a car, one line each,
// and how lines are read.
//
// A directive is a form, words with blanks in it, and what it imposes on a car's [sim.Facts]. Its neighbors are
// garage/sim, which acts on the facts, and vehicle/garage, which takes the lines, stores the facts, and has a
// few directives of its own about owners and the weather. Everything here is pure.
package script

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/garage/sim"
)

// Args are what a directive's blanks were filled with.
type Args struct {
	Car      string // in lower case, as the owner calls it
	Wheel    vehicle.Wheel
	Duration time.Duration // more than nothing, at most ten years
	Meters   float64       // at most a thousand kilometers
	Pressure vehicle.Kilopascals
	Part     sim.Part
	Value    float64 // of a gauge, within its limits
	Code     string  // a trouble code in upper case
	Status   vehicle.CodeStatus
	Charger  vehicle.ChargingState
}

// maxLine is how long a line may be, in bytes.
const maxLine = 200

// Match reads a line by a form: the same words, in any case, and a fit value for every blank.
func Match(form, line string) (Args, bool) {
	if len(line) > maxLine || !utf8.ValidString(line) {
		return Args{}, false
	}
	var a Args
	blanks, words := strings.Fields(form), strings.Fields(strings.ToLower(line))
	if len(blanks) != len(words) {
		return Args{}, false
	}
	for i, word := range words {
		fill, blank := fills[blanks[i]]
		if !blank && word != blanks[i] || blank && !fill(&a, word) {
			return Args{}, false
		}
	}
	return a, true
}

// fills says for every blank what a word does to the arguments, and whether it fits.
var fills = map[string]func(a *Args, word string) bool{
	"<car>": func(a *Args, word string) bool { a.Car = word; return true },
	"<wheel>": func(a *Args, word string) bool {
		a.Wheel = vehicle.Wheel(word)
		return slices.Contains(vehicle.Wheels(), a.Wheel)
	},
	"<duration>": func(a *Args, word string) bool {
		d, err := time.ParseDuration(word)
		a.Duration = d
		return err == nil && d > 0 && d <= 10*365*24*time.Hour
	},
	"<meters>": func(a *Args, word string) bool {
		v, err := strconv.ParseFloat(word, 64)
		a.Meters = v
		return err == nil && v >= 0 && v <= 1_000_000
	},
	"<kpa>": func(a *Args, word string) bool {
		v, err := strconv.ParseFloat(word, 64)
		a.Pressure = vehicle.Kilopascals(v)
		return err == nil && v > 0 && v <= 2000
	},
	"<gauge>": func(a *Args, word string) bool {
		a.Part = sim.Part(word)
		_, ok := gauges[a.Part]
		return ok
	},
	"<number>": func(a *Args, word string) bool { // comes after its gauge
		v, err := strconv.ParseFloat(word, 64)
		a.Value = v
		return err == nil && v >= 0 && v <= gauges[a.Part]
	},
	"<part>": func(a *Args, word string) bool {
		a.Part = sim.Part(word)
		return slices.Contains(sim.Parts(), a.Part)
	},
	"<code>": func(a *Args, word string) bool {
		a.Code = strings.ToUpper(word)
		return troubleCode.MatchString(a.Code)
	},
	"<status>": func(a *Args, word string) bool {
		a.Status = vehicle.CodeStatus(word)
		return slices.Contains([]vehicle.CodeStatus{vehicle.StoredCode, vehicle.PendingCode, vehicle.PermanentCode}, a.Status)
	},
	"<charger>": func(a *Args, word string) bool {
		a.Charger = vehicle.ChargingState(word)
		return slices.Contains([]vehicle.ChargingState{
			vehicle.Charging, vehicle.PluggedIn, vehicle.NotPluggedIn, vehicle.ChargeFull, vehicle.ChargeFault,
		}, a.Charger)
	},
}

// gauges are the parts that have a number, and the most that it can be; the contract states it.
var gauges = map[sim.Part]float64{
	sim.FuelPart: 100, sim.ChargePart: 100, sim.OilPart: 100, sim.BatteryPart: 60, sim.OdometerPart: 10_000_000, sim.ServicePart: 10_000_000,
}

// troubleCode is the form of SAE J2012 that the contract states.
var troubleCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)
