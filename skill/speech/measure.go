package speech

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

var (
	_ Arg = Pressure{}
	_ Arg = Percent(0)
	_ Arg = Voltage(0)
	_ Arg = Distance{}
	_ Arg = Fuel{}
	_ Arg = Energy(0)
	_ Arg = FuelEconomy{}
	_ Arg = EnergyEconomy{}
)

// PressureUnit is the unit in which a listener wants to hear pressures.
type PressureUnit string

// The units of pressure.
const (
	PSI PressureUnit = "psi"
	KPa PressureUnit = "kpa"
	Bar PressureUnit = "bar"
)

const (
	kilopascalsPerPSI = 6.894757 // NIST SP 811, appendix B.8
	kilopascalsPerBar = 100      // by definition
	kilometersPerMile = 1.609344 // the international mile, by definition
	litersPerGallon   = 3.785412 // the US gallon, NIST SP 811, appendix B.8
)

// Pressure is a gauge pressure said in the listener's unit: "28 PSI", "193 kilopascals", "1.9 bar".
type Pressure struct {
	Kilopascals float64
	Unit        PressureUnit
}

// Alike reports whether two pressures are said alike once they are rounded.
func (p Pressure) Alike(o Pressure) bool {
	scale := map[PressureUnit]float64{PSI: 1 / kilopascalsPerPSI, KPa: 1, Bar: 10.0 / kilopascalsPerBar}[p.Unit]
	return p.Unit == o.Unit && math.Round(p.Kilopascals*scale) == math.Round(o.Kilopascals*scale)
}

func (p Pressure) format(v *Voice, _ Setting) (string, error) {
	switch p.Unit {
	case PSI:
		return v.quantity(p.Kilopascals/kilopascalsPerPSI, 0, psi)
	case KPa:
		return v.quantity(p.Kilopascals, 0, kilopascal)
	case Bar:
		return v.quantity(p.Kilopascals/kilopascalsPerBar, 1, bar)
	default:
		return "", errors.New("an unknown unit of pressure")
	}
}

// Percent is a share in percent, 85 for 85 %, said without decimals.
type Percent float64

func (p Percent) format(v *Voice, _ Setting) (string, error) {
	return v.quantity(float64(p), 0, percent)
}

// Voltage is said with one decimal: "12.4 volts".
type Voltage float64

func (u Voltage) format(v *Voice, _ Setting) (string, error) {
	return v.quantity(float64(u), 1, volt)
}

// DistanceUnit is the unit in which a listener wants to hear distances.
type DistanceUnit string

// The units of distance.
const (
	Kilometers DistanceUnit = "km"
	Miles      DistanceUnit = "mi"
)

// Distance is said in the listener's unit, below ten with one decimal: "3.2 miles", "412 kilometers".
type Distance struct {
	Kilometers float64
	Unit       DistanceUnit
}

func (d Distance) format(v *Voice, _ Setting) (string, error) {
	value, u := d.Kilometers, kilometer
	switch d.Unit {
	case Kilometers:
	case Miles:
		value, u = d.Kilometers/kilometersPerMile, mile
	default:
		return "", errors.New("an unknown unit of distance")
	}
	return v.quantity(value, decimals(value), u)
}

// decimals are those of a quantity that is said with one as long as it is small; what would be said as 10 needs
// none.
func decimals(value float64) int {
	if math.Abs(value) < 9.95 {
		return 1
	}
	return 0
}

// Fuel is a volume of petrol or diesel, below ten with one decimal: liters for a listener who counts in
// kilometers, US gallons for one who counts in miles.
type Fuel struct {
	Liters float64
	Unit   DistanceUnit
}

func (f Fuel) format(v *Voice, _ Setting) (string, error) {
	switch f.Unit {
	case Kilometers:
		return v.quantity(f.Liters, decimals(f.Liters), liter)
	case Miles:
		gallons := f.Liters / litersPerGallon
		return v.quantity(gallons, decimals(gallons), gallon)
	default:
		return "", errors.New("an unknown unit of distance")
	}
}

// Energy is what a traction battery gave, in kilowatt hours, below ten with one decimal: "7.2 kilowatt hours".
type Energy float64

func (e Energy) format(v *Voice, _ Setting) (string, error) {
	return v.quantity(float64(e), decimals(float64(e)), kilowattHour)
}

// FuelEconomy is how much fuel a distance took, said as the listener compares cars: "32 miles per gallon" (US),
// "7.3 liters per 100 kilometers". Neither may be zero.
type FuelEconomy struct {
	Liters, Kilometers float64
	Unit               DistanceUnit
}

func (e FuelEconomy) format(v *Voice, _ Setting) (string, error) {
	switch e.Unit {
	case Kilometers:
		return v.quantity(100*e.Liters/e.Kilometers, 1, literPer100Kilometers)
	case Miles:
		return v.quantity((e.Kilometers/kilometersPerMile)/(e.Liters/litersPerGallon), 0, milePerGallon)
	default:
		return "", errors.New("an unknown unit of distance")
	}
}

// EnergyEconomy is how much of its battery a distance took: "28 kilowatt hours per 100 miles", "17.4 kilowatt
// hours per 100 kilometers". The distance may not be zero.
type EnergyEconomy struct {
	KilowattHours, Kilometers float64
	Unit                      DistanceUnit
}

func (e EnergyEconomy) format(v *Voice, _ Setting) (string, error) {
	per100 := 100 * e.KilowattHours / e.Kilometers
	switch e.Unit {
	case Kilometers:
		return v.quantity(per100, 1, kilowattHourPer100Kilometers)
	case Miles:
		return v.quantity(per100*kilometersPerMile, 0, kilowattHourPer100Miles)
	default:
		return "", errors.New("an unknown unit of distance")
	}
}

// maxQuantity bounds what is said at all; no car measures more of anything.
const maxQuantity = 1e9

// quantity says a number with its unit, in digits, rounded half away from zero to a number of decimals.
func (v *Voice) quantity(value float64, decimals int, u unit) (string, error) {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return "", errors.New("not a number")
	case value < 0:
		return "", errors.New("a negative quantity")
	case value > maxQuantity:
		return "", errors.New("an absurdly large quantity")
	}
	scale := math.Pow10(decimals)
	tenths := int(math.Round(value * scale)) // or units, with no decimals
	whole, fraction := tenths/int(scale), tenths%int(scale)
	if fraction == 0 {
		return v.unitForm(u, v.pluralOf(whole)).fill(countArg, v.digits(whole)), nil
	}
	form := plural.Cardinal.MatchPlural(v.format.tag, whole, decimals, decimals, fraction, fraction)
	return v.unitForm(u, form).fill(countArg, v.digits(whole)+v.decimal+strconv.Itoa(fraction)), nil
}

// cardinal says how many: in words as far as the locale has them, in digits from then on. Quantities with
// a unit of measure are always digits, as on the gauge.
func (v *Voice) cardinal(n int) string {
	if n < len(v.format.numerals) {
		return v.format.numerals[n]
	}
	return v.digits(n)
}

// digits groups thousands as the locale does. A printer is made for each large number, because it may not
// be shared and large numbers are rare.
func (v *Voice) digits(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return message.NewPrinter(v.format.tag).Sprint(number.Decimal(n))
}

// decimalMark finds what the locale writes between the digits and their fraction.
func (v *Voice) decimalMark() string {
	half := message.NewPrinter(v.format.tag).Sprint(number.Decimal(1.5))
	return strings.TrimFunc(half, func(r rune) bool { return r == '1' || r == '5' })
}

// pluralOf gives the plural form of a whole number.
func (v *Voice) pluralOf(n int) plural.Form {
	return plural.Cardinal.MatchPlural(v.format.tag, n, 0, 0, 0, 0)
}

// pluralForms finds the forms that whole numbers take in the language, by asking: the rules look at the
// last two digits and at round millions.
func (v *Voice) pluralForms() []plural.Form {
	forms := []plural.Form{plural.Other}
	for small := range 1_000 {
		for _, n := range []int{small, small * 1_000_000} {
			if form := v.pluralOf(n); !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

func (v *Voice) unitForm(u unit, form plural.Form) *template {
	forms := v.format.units[u]
	if t := forms[form]; t != nil {
		return t
	}
	return forms[plural.Other]
}
