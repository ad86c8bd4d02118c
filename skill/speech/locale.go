package speech

import (
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// formats holds, for every locale that can be spoken, how it puts values into words. The rules of plurals
// and digits come from CLDR; what stands here are the words, which CLDR has only for writing. A new locale
// is one more entry and no code.
var formats = map[string]*format{"en-US": &americanEnglish}

// format is the table of one locale. Patterns hold placeholders of their own.
type format struct {
	tag language.Tag
	// numerals are the counts that are said in words; larger ones are said in digits.
	numerals []string
	and, or  joints
	units    map[unit]unitForms // {{.count}}
	// twoUnits joins a duration of two units: {{.large}}, {{.small}}.
	twoUnits *template
	clock    clockWords
	weekdays [7]string // Sunday first, as in package time
	months   [12]string
	moment   dayWords
	// midnight is the moment of midnight, told as the end of the night before: to most people "midnight
	// on Friday" could be either end of Friday. Empty where the clock has an hour zero.
	midnight dayWords
	ago      agoWords
	day      dayWords // without a time
}

// joints stand between the items of a list.
type joints struct{ comma, two, last string }

// unitForms are the plural forms of a unit; Other always exists.
type unitForms map[plural.Form]*template

// unit names what a quantity is counted in.
type unit string

const (
	second     unit = "second"
	minute     unit = "minute"
	hour       unit = "hour"
	day        unit = "day"
	week       unit = "week"
	psi        unit = "psi"
	kilopascal unit = "kilopascal"
	bar        unit = "bar"
	percent    unit = "percent"
	volt       unit = "volt"
	kilometer  unit = "kilometer"
	mile       unit = "mile"
	liter      unit = "liter"
	gallon     unit = "gallon" // US

	kilowattHour                 unit = "kilowatt hour"
	literPer100Kilometers        unit = "liter per 100 kilometers"
	milePerGallon                unit = "mile per gallon"
	kilowattHourPer100Kilometers unit = "kilowatt hour per 100 kilometers"
	kilowattHourPer100Miles      unit = "kilowatt hour per 100 miles"
)

// clockWords: {{.hour}}, {{.minute}} (two digits) and {{.half}}.
type clockWords struct {
	hours          int // on the dial, 12 or 24
	full, with     *template
	halves         [2]string // before and after noon
	noon, midnight string    // said instead of 12 o'clock sharp
}

// dayWords name a day, or place a time on it: {{.time}}, {{.weekday}}, {{.month}}, {{.day}}, {{.year}}.
type dayWords struct {
	yesterday, today, tomorrow, weekday, date, dateYear *template
}

// agoWords: as dayWords, and {{.duration}}.
type agoWords struct {
	now, since, today, yesterday, date, dateYear *template
}

var americanEnglish = format{
	tag:      language.AmericanEnglish,
	numerals: []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"},
	and:      joints{comma: ", ", two: " and ", last: ", and "},
	or:       joints{comma: ", ", two: " or ", last: ", or "},
	units: map[unit]unitForms{
		second:     {plural.One: pattern("{{.count}} second"), plural.Other: pattern("{{.count}} seconds")},
		minute:     {plural.One: pattern("{{.count}} minute"), plural.Other: pattern("{{.count}} minutes")},
		hour:       {plural.One: pattern("{{.count}} hour"), plural.Other: pattern("{{.count}} hours")},
		day:        {plural.One: pattern("{{.count}} day"), plural.Other: pattern("{{.count}} days")},
		week:       {plural.One: pattern("{{.count}} week"), plural.Other: pattern("{{.count}} weeks")},
		psi:        {plural.Other: pattern("{{.count}} PSI")},
		kilopascal: {plural.One: pattern("{{.count}} kilopascal"), plural.Other: pattern("{{.count}} kilopascals")},
		bar:        {plural.Other: pattern("{{.count}} bar")},
		percent:    {plural.Other: pattern("{{.count}} percent")},
		volt:       {plural.One: pattern("{{.count}} volt"), plural.Other: pattern("{{.count}} volts")},
		kilometer:  {plural.One: pattern("{{.count}} kilometer"), plural.Other: pattern("{{.count}} kilometers")},
		mile:       {plural.One: pattern("{{.count}} mile"), plural.Other: pattern("{{.count}} miles")},
		liter:      {plural.One: pattern("{{.count}} liter"), plural.Other: pattern("{{.count}} liters")},
		gallon:     {plural.One: pattern("{{.count}} gallon"), plural.Other: pattern("{{.count}} gallons")},

		kilowattHour:  {plural.One: pattern("{{.count}} kilowatt hour"), plural.Other: pattern("{{.count}} kilowatt hours")},
		milePerGallon: {plural.One: pattern("{{.count}} mile per gallon"), plural.Other: pattern("{{.count}} miles per gallon")},
		literPer100Kilometers: {
			plural.One:   pattern("{{.count}} liter per 100 kilometers"),
			plural.Other: pattern("{{.count}} liters per 100 kilometers"),
		},
		kilowattHourPer100Kilometers: {
			plural.One:   pattern("{{.count}} kilowatt hour per 100 kilometers"),
			plural.Other: pattern("{{.count}} kilowatt hours per 100 kilometers"),
		},
		kilowattHourPer100Miles: {
			plural.One:   pattern("{{.count}} kilowatt hour per 100 miles"),
			plural.Other: pattern("{{.count}} kilowatt hours per 100 miles"),
		},
	},
	twoUnits: pattern("{{.large}} and {{.small}}"),
	clock: clockWords{
		hours:  12,
		full:   pattern("{{.hour}} {{.half}}"),
		with:   pattern("{{.hour}}:{{.minute}} {{.half}}"),
		halves: [2]string{"AM", "PM"},
		noon:   "noon", midnight: "midnight",
	},
	weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"},
	moment: dayWords{
		yesterday: pattern("{{.time}} yesterday"),
		today:     pattern("{{.time}} today"),
		tomorrow:  pattern("{{.time}} tomorrow"),
		weekday:   pattern("{{.time}} on {{.weekday}}"),
		date:      pattern("{{.time}} on {{.month}} {{.day}}"),
		dateYear:  pattern("{{.time}} on {{.month}} {{.day}}, {{.year}}"),
	},
	midnight: dayWords{
		yesterday: pattern("midnight last night"),
		today:     pattern("midnight tonight"),
		tomorrow:  pattern("midnight tomorrow night"),
		weekday:   pattern("midnight on {{.weekday}} night"),
		date:      pattern("midnight on the night of {{.month}} {{.day}}"),
		dateYear:  pattern("midnight on the night of {{.month}} {{.day}}, {{.year}}"),
	},
	ago: agoWords{
		now:       pattern("just now"),
		since:     pattern("{{.duration}} ago"),
		today:     pattern("today at {{.time}}"),
		yesterday: pattern("yesterday at {{.time}}"),
		date:      pattern("on {{.month}} {{.day}}"),
		dateYear:  pattern("on {{.month}} {{.day}}, {{.year}}"),
	},
	day: dayWords{
		yesterday: pattern("yesterday"),
		today:     pattern("today"),
		tomorrow:  pattern("tomorrow"),
		weekday:   pattern("on {{.weekday}}"),
		date:      pattern("on {{.month}} {{.day}}"),
		dateYear:  pattern("on {{.month}} {{.day}}, {{.year}}"),
	},
}

// pattern panics for a malformed pattern, which only this file can contain.
func pattern(text string) *template {
	t, err := parseTemplate(text)
	if err != nil {
		panic(err)
	}
	return t
}
