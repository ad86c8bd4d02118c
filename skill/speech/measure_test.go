package speech

import (
	"math"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

func TestCount(t *testing.T) {
	voice := mustVoice(t)
	for n, want := range map[Count]string{0: "zero", 1: "one", 9: "nine", 10: "10", 42: "42", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		checkArg(t, voice, n, want)
	}
}

func TestPressure(t *testing.T) {
	voice := mustVoice(t)
	tests := []struct {
		kilopascals float64
		unit        PressureUnit
		want        string
	}{
		{193, PSI, "28 PSI"},
		{248, PSI, "36 PSI"},
		{6.894757, PSI, "1 PSI"},
		{0, PSI, "0 PSI"},
		{193, KPa, "193 kilopascals"},
		{192.5, KPa, "193 kilopascals"},
		{1, KPa, "1 kilopascal"},
		{193, Bar, "1.9 bar"},
		{195, Bar, "2 bar"},
		{200, Bar, "2 bar"},
		{104, Bar, "1 bar"},
		{30, Bar, "0.3 bar"},
		{850, Bar, "8.5 bar"},
	}
	for _, tt := range tests {
		checkArg(t, voice, Pressure{Kilopascals: tt.kilopascals, Unit: tt.unit}, tt.want)
	}
}

func TestPercentAndDistance(t *testing.T) {
	voice := mustVoice(t)
	tests := []struct {
		arg  Arg
		want string
	}{
		{Percent(85), "85 percent"},
		{Percent(84.5), "85 percent"},
		{Percent(0), "0 percent"},
		{Percent(1), "1 percent"},
		{Voltage(12.44), "12.4 volts"},
		{Voltage(14), "14 volts"},
		{Voltage(1), "1 volt"},
		{Distance{Kilometers: 412.4, Unit: Kilometers}, "412 kilometers"},
		{Distance{Kilometers: 1, Unit: Kilometers}, "1 kilometer"},
		{Distance{Kilometers: 3.25, Unit: Kilometers}, "3.3 kilometers"},
		{Distance{Kilometers: 9.96, Unit: Kilometers}, "10 kilometers"},
		{Distance{Kilometers: 10.4, Unit: Kilometers}, "10 kilometers"},
		{Distance{Kilometers: 1.609344, Unit: Miles}, "1 mile"},
		{Distance{Kilometers: 5.15, Unit: Miles}, "3.2 miles"},
		{Distance{Kilometers: 0.8, Unit: Miles}, "0.5 miles"},
		{Distance{Kilometers: 123456, Unit: Kilometers}, "123,456 kilometers"},
	}
	for _, tt := range tests {
		checkArg(t, voice, tt.arg, tt.want)
	}
}

func TestFuelAndEnergy(t *testing.T) {
	voice := mustVoice(t)
	for _, tt := range []struct {
		arg  Arg
		want string
	}{
		{Fuel{Liters: 8, Unit: Kilometers}, "8 liters"},
		{Fuel{Liters: 1, Unit: Kilometers}, "1 liter"},
		{Fuel{Liters: 41.6, Unit: Kilometers}, "42 liters"},
		{Fuel{Liters: 8, Unit: Miles}, "2.1 gallons"},
		{Fuel{Liters: 3.785412, Unit: Miles}, "1 gallon"},
		{Fuel{Liters: 50, Unit: Miles}, "13 gallons"},
		{Fuel{Liters: 0, Unit: Miles}, "0 gallons"},
		{Energy(7.24), "7.2 kilowatt hours"},
		{Energy(1), "1 kilowatt hour"},
		{Energy(54.4), "54 kilowatt hours"},
		{FuelEconomy{7.35, 100, Miles}, "32 miles per gallon"},
		{FuelEconomy{3.785412, 1.609344, Miles}, "1 mile per gallon"},
		{FuelEconomy{7.3, 100, Kilometers}, "7.3 liters per 100 kilometers"},
		{FuelEconomy{36, 300, Kilometers}, "12 liters per 100 kilometers"},
		{FuelEconomy{3, 300, Kilometers}, "1 liter per 100 kilometers"},
		{EnergyEconomy{17.4, 100, Kilometers}, "17.4 kilowatt hours per 100 kilometers"},
		{EnergyEconomy{17.4, 100, Miles}, "28 kilowatt hours per 100 miles"},
		{EnergyEconomy{1, 100, Kilometers}, "1 kilowatt hour per 100 kilometers"},
	} {
		checkArg(t, voice, tt.arg, tt.want)
	}
	for _, arg := range []Arg{
		FuelEconomy{1, 0, Kilometers}, FuelEconomy{0, 1, Miles}, FuelEconomy{0, 0, Kilometers}, FuelEconomy{1, 1, ""},
		EnergyEconomy{1, 0, Miles}, EnergyEconomy{1, 1, "yd"}, Fuel{1, ""}, Fuel{-1, Miles}, Energy(math.NaN()),
	} {
		if got, err := arg.format(voice, Setting{}); err == nil || got != "" {
			t.Errorf("%T(%v) = %q, %v, want an error", arg, arg, got, err)
		}
	}
}

func TestAbsurdQuantities(t *testing.T) {
	voice := mustVoice(t)
	for _, value := range []float64{-1, math.NaN(), math.Inf(1), math.Inf(-1), 1e12, math.MaxFloat64} {
		for _, arg := range []Arg{Pressure{value, PSI}, Pressure{value, Bar}, Percent(value), Distance{value, Miles}, Distance{value, Kilometers}} {
			if got, err := arg.format(voice, Setting{}); err == nil || got != "" {
				t.Errorf("%T(%v) = %q, %v, want an error", arg, arg, got, err)
			}
		}
	}
	for _, arg := range []Arg{Pressure{Kilopascals: 200}, Pressure{200, "PSI"}, Distance{Kilometers: 3}, Distance{3, "yd"}} {
		if got, err := arg.format(voice, Setting{}); err == nil || got != "" {
			t.Errorf("%T(%v) = %q, %v, want an error", arg, arg, got, err)
		}
	}
}

func TestList(t *testing.T) {
	voice := mustVoice(t)
	names := func(words ...string) (items []Arg) {
		for _, word := range words {
			items = append(items, Name(word))
		}
		return items
	}
	for _, tt := range []struct {
		list List
		want string
	}{
		{List{Items: names("Golf")}, "Golf"},
		{List{Items: names("Bolt", "Golf")}, "Bolt and Golf"},
		{List{Items: names("Bolt", "Golf"), Or: true}, "Bolt or Golf"},
		{List{Items: names("Bolt", "Golf", "Outback")}, "Bolt, Golf, and Outback"},
		{List{Items: names("Bolt", "Golf", "Mini", "Outback"), Or: true}, "Bolt, Golf, Mini, or Outback"},
		{List{Items: []Arg{Count(2), Name("a & b"), List{Items: names("x", "y"), Or: true}}}, "two, a &amp; b, and x or y"},
	} {
		checkArg(t, voice, tt.list, tt.want)
	}
}

func TestPluralForms(t *testing.T) {
	for tag, want := range map[language.Tag]int{
		language.AmericanEnglish: 2, language.German: 2, language.Japanese: 1, language.Polish: 4, language.Arabic: 6,
	} {
		voice := &Voice{format: &format{tag: tag}}
		if got := voice.pluralForms(); len(got) != want {
			t.Errorf("%s has the plural forms %v, want %d of them", tag, got, want)
		}
	}
	english := &Voice{format: &americanEnglish}
	for _, n := range []int{0, 2, 11, 21, 101, 1_000_001, 10_000_001, math.MaxInt} {
		if form := english.pluralOf(n); form != plural.Other {
			t.Errorf("pluralOf(%d) = %v, want other", n, form)
		}
	}
}
