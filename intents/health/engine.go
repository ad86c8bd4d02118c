package health

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/intents/ground"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// What is said about the check engine light and the codes behind it.
const (
	engineOnFor       speech.Key = "engine.on_for"
	engineOnPending   speech.Key = "engine.on_pending"
	engineOnNoCode    speech.Key = "engine.on_no_code"
	engineOff         speech.Key = "engine.off"
	engineOffFor      speech.Key = "engine.off_for"
	engineOffPending  speech.Key = "engine.off_pending"
	engineDarkFor     speech.Key = "engine.unknown_for"
	engineDarkPending speech.Key = "engine.unknown_pending"
	engineDark        speech.Key = "engine.unknown"
	engineAlso        speech.Key = "engine.also"
	engineAlsoPending speech.Key = "engine.also_pending"
	engineMore        speech.Key = "engine.more"
	engineHelp        speech.Key = "engine.help"

	codeGeneric    speech.Key = "code.generic"
	codeMaker      speech.Key = "code.maker"
	codeUnreadable speech.Key = "code.unreadable"
)

// adviceLines answer "may I drive on", by severity.
var adviceLines = map[severity]speech.Key{
	stop: "engine.advice_stop", soon: "engine.advice_soon", unsure: "engine.advice_unsure", note: "engine.advice_note",
}

var engineLines = engineTable()

func engineTable() speech.Table {
	t := dtcLines()
	for _, key := range []speech.Key{
		engineOnFor, engineOnPending, engineOffFor, engineOffPending, engineDarkFor, engineDarkPending,
	} {
		t[key] = speech.Says("car", "trouble")
	}
	for _, key := range []speech.Key{engineOnNoCode, engineOff, engineDark} {
		t[key] = speech.Says("car")
	}
	t[engineAlso], t[engineAlsoPending] = speech.Says("trouble"), speech.Says("trouble")
	t[engineMore] = speech.Says("count")
	t[engineHelp] = speech.Says()
	for _, key := range adviceLines {
		t[key] = speech.Says()
	}
	t[codeGeneric], t[codeMaker] = speech.Says("code", "system"), speech.Says("code", "system")
	t[codeUnreadable] = speech.Says()
	for _, s := range []vehicle.CodeSystem{vehicle.PowertrainCode, vehicle.ChassisCode, vehicle.BodyCode, vehicle.NetworkCode} {
		t[systemLine(s)] = speech.Says()
	}
	return t
}

func systemLine(s vehicle.CodeSystem) speech.Key { return speech.Key("code.about_" + string(s)) }

// engine answers "why is my check engine light on".
var engine = ground.Look[vehicle.TroubleCodes]{
	Name: "engine",
	Help: engineHelp,
	Read: func(ctx context.Context, d ground.Deps, token vehicle.Token, at ground.At) (vehicle.TroubleCodes, error) {
		return d.Cars.TroubleCodes(ctx, token, at.Car.ID)
	},
	Tell: tellEngine,
}

// maxTold is how many things somebody can keep in mind who only listens.
const maxTold = 3

// tellEngine says whether the light is on, up to three codes, and whether one may drive on.
func tellEngine(c vehicle.TroubleCodes, at ground.At) []skill.Act {
	r := newReport(at)
	if c.EngineLight.Available() {
		r.saw(c.EngineLight.ObservedAt)
	} else if !at.Car.Dongle.LastSeen.IsZero() {
		r.saw(at.Car.Dongle.LastSeen) // codes have no age of their own
	}
	codes := worstFirst(c.Codes)
	if len(codes) == 0 {
		r.tellLight(c.EngineLight)
		return r.done()
	}
	first, worst := codes[0], worstOf(codes)
	args := ground.CarArg(at.Car)
	args["trouble"] = troublePhrase(first)
	r.say(firstCodeLine(c.EngineLight, first.Status == vehicle.PendingCode), args)
	if worst == stop {
		r.say(adviceLines[stop], nil) // nothing may stand before this
	}
	for _, also := range codes[1:min(len(codes), maxTold)] {
		key := engineAlso
		if also.Status == vehicle.PendingCode {
			key = engineAlsoPending
		}
		r.say(key, speech.Args{"trouble": troublePhrase(also)})
	}
	if more := len(codes) - maxTold; more > 0 {
		r.say(engineMore, speech.Args{"count": speech.Count(more)})
	}
	if worst != stop {
		r.say(adviceLines[worst], nil)
	}
	return r.done()
}

// tellLight tells of a car that remembers no code. A light that is on without one is a fault all the same.
func (r *report) tellLight(light vehicle.Reading[bool]) {
	args := ground.CarArg(r.at.Car)
	switch {
	case !light.Available():
		r.say(engineDark, args)
	case light.Value:
		r.say(engineOnNoCode, args)
		r.say(adviceLines[unsure], nil)
	default:
		r.say(engineOff, args)
	}
}

// firstCodeLine tells a light that is on, off or unknown from each other, and a confirmed code from a pending one.
func firstCodeLine(light vehicle.Reading[bool], pending bool) speech.Key {
	lines := [...]speech.Key{engineDarkFor, engineDarkPending}
	switch {
	case light.Available() && light.Value:
		lines = [...]speech.Key{engineOnFor, engineOnPending}
	case light.Available():
		lines = [...]speech.Key{engineOffFor, engineOffPending}
	}
	if pending {
		return lines[1]
	}
	return lines[0]
}

// troublePhrase names the trouble of a code. Of one outside the table it says what the code itself tells, the
// part of the car and whose code it is, and nothing more: a guess could send somebody to the wrong workshop.
func troublePhrase(c vehicle.TroubleCode) speech.Phrase {
	if _, known := severities[c.Code]; known {
		return speech.Phrase{Key: dtcLine(c.Code)}
	}
	if !readableCode.MatchString(c.Code) {
		return speech.Phrase{Key: codeUnreadable}
	}
	key := codeMaker
	if c.Generic() {
		key = codeGeneric
	}
	return speech.Phrase{Key: key, Args: speech.Args{
		"code": speech.Name(c.Code), "system": speech.Phrase{Key: systemLine(c.System())},
	}}
}

// severity says what a driver should do about a trouble code.
type severity int

// The severities, from harmless to urgent. Nobody knows how serious a code outside the table is: it is told
// after what is known to be serious and before what is known to be harmless.
const (
	note   severity = iota + 1 // the car drives as ever; the next visit to a workshop is soon enough
	unsure                     // not in the table
	soon                       // drivable, but it may get worse, strand the driver or weaken a safety system
	stop                       // driving on may destroy the engine, start a fire or take control away
)

// severities judges the trouble codes that are most common on the road. All of them are generic, so they mean
// the same in every car (SAE J2012); the judgment is ours, from what the fault does to somebody who drives on.
// The words for a code stand in the speech files under [dtcLine]; a code that is not here has none.
var severities = map[string]severity{
	// Camshaft timing.
	"P0010": soon, "P0011": soon, "P0012": soon, "P0013": soon, "P0014": soon, "P0015": soon,
	"P0016": soon, "P0017": soon, "P0018": soon, "P0019": soon, "P0020": soon, "P0021": soon,
	"P0022": soon, "P0023": soon, "P0024": soon, "P0025": soon,
	// Oxygen sensor heaters.
	"P0030": note, "P0031": note, "P0032": note, "P0036": note, "P0037": note, "P0038": note,
	"P0050": note, "P0051": note, "P0052": note, "P0056": note, "P0057": note, "P0058": note,
	// Air, fuel and temperature sensors.
	"P0068": soon, "P0069": note, "P0070": note, "P0071": note, "P0072": note, "P0073": note,
	"P0087": soon, "P0088": soon, "P0089": soon, "P0090": soon, "P0093": stop, "P0094": stop,
	"P0100": soon, "P0101": soon, "P0102": soon, "P0103": soon, "P0104": soon, "P0105": soon,
	"P0106": soon, "P0107": soon, "P0108": soon, "P0110": note, "P0111": note, "P0112": note,
	"P0113": note, "P0114": note, "P0115": soon, "P0116": soon, "P0117": soon, "P0118": soon,
	"P0119": soon, "P0120": soon, "P0121": soon, "P0122": soon, "P0123": soon, "P0124": soon,
	"P0125": note, "P0126": note, "P0127": soon, "P0128": note,
	// Oxygen sensors.
	"P0130": note, "P0131": note, "P0132": note, "P0133": note, "P0134": note, "P0135": note,
	"P0136": note, "P0137": note, "P0138": note, "P0139": note, "P0140": note, "P0141": note,
	"P0150": note, "P0151": note, "P0152": note, "P0153": note, "P0154": note, "P0155": note,
	"P0156": note, "P0157": note, "P0158": note, "P0159": note, "P0160": note, "P0161": note,
	// Fuel mixture and delivery.
	"P0170": soon, "P0171": soon, "P0172": soon, "P0173": soon, "P0174": soon, "P0175": soon,
	"P0180": note, "P0190": soon, "P0191": soon, "P0192": soon, "P0193": soon, "P0200": soon,
	"P0201": soon, "P0202": soon, "P0203": soon, "P0204": soon, "P0205": soon, "P0206": soon,
	"P0207": soon, "P0208": soon, "P0217": stop, "P0218": stop, "P0219": soon, "P0220": soon,
	"P0221": soon, "P0222": soon, "P0223": soon, "P0230": soon, "P0231": soon, "P0232": soon,
	"P0234": soon, "P0235": soon, "P0236": soon, "P0237": soon, "P0238": soon, "P0243": soon,
	"P0298": stop, "P0299": soon,
	// Misfires and ignition.
	"P0300": soon, "P0301": soon, "P0302": soon, "P0303": soon, "P0304": soon, "P0305": soon,
	"P0306": soon, "P0307": soon, "P0308": soon, "P0313": soon, "P0316": soon, "P0320": soon,
	"P0325": soon, "P0326": soon, "P0327": soon, "P0328": soon, "P0330": soon, "P0332": soon,
	"P0333": soon, "P0335": soon, "P0336": soon, "P0337": soon, "P0338": soon, "P0339": soon,
	"P0340": soon, "P0341": soon, "P0342": soon, "P0343": soon, "P0344": soon, "P0345": soon,
	"P0350": soon, "P0351": soon, "P0352": soon, "P0353": soon, "P0354": soon, "P0355": soon,
	"P0356": soon, "P0357": soon, "P0358": soon, "P0380": note,
	// Emission control.
	"P0400": note, "P0401": note, "P0402": soon, "P0403": note, "P0404": note, "P0405": note,
	"P0406": note, "P0410": note, "P0411": note, "P0412": note, "P0418": note, "P0420": note,
	"P0421": note, "P0430": note, "P0431": note, "P0440": note, "P0441": note, "P0442": note,
	"P0443": note, "P0446": note, "P0449": note, "P0450": note, "P0451": note, "P0452": note,
	"P0453": note, "P0455": note, "P0456": note, "P0457": note, "P0458": note, "P0459": note,
	"P0496": note,
	// Gauges, fans, speed, idle and oil.
	"P0460": note, "P0461": note, "P0462": note, "P0463": note, "P0464": note, "P0480": soon,
	"P0481": soon, "P0500": soon, "P0501": soon, "P0502": soon, "P0503": soon, "P0504": soon,
	"P0505": note, "P0506": note, "P0507": note, "P0520": soon, "P0521": soon, "P0522": soon,
	"P0523": soon, "P0524": stop, "P0530": note, "P0532": note, "P0533": note, "P0534": note,
	// Electrics and computers.
	"P0560": soon, "P0561": soon, "P0562": soon, "P0563": soon, "P0571": soon, "P0600": soon,
	"P0601": soon, "P0602": soon, "P0603": soon, "P0604": soon, "P0605": soon, "P0606": soon,
	"P0620": soon, "P0621": soon, "P0622": soon, "P0627": soon, "P0630": note, "P0641": soon,
	"P0651": soon, "P0685": soon, "P0691": soon, "P0692": soon,
	// Transmission.
	"P0700": soon, "P0705": soon, "P0706": soon, "P0710": soon, "P0711": soon, "P0712": soon,
	"P0713": soon, "P0715": soon, "P0716": soon, "P0717": soon, "P0720": soon, "P0721": soon,
	"P0722": soon, "P0725": soon, "P0730": soon, "P0731": soon, "P0732": soon, "P0733": soon,
	"P0734": soon, "P0735": soon, "P0740": soon, "P0741": soon, "P0742": soon, "P0743": soon,
	"P0750": soon, "P0751": soon, "P0753": soon, "P0755": soon, "P0756": soon, "P0758": soon,
	"P0760": soon, "P0765": soon, "P0850": soon, "P0868": soon,
	// Hybrid and electric drive.
	"P0A0F": soon, "P0A7F": soon, "P0A80": soon, "P0A93": soon, "P0AA6": stop,
	// Throttle control, mixture and exhaust cleaning, second block.
	"P2002": soon, "P2096": note, "P2097": note, "P2101": soon, "P2111": stop, "P2112": soon,
	"P2118": soon, "P2119": soon, "P2122": soon, "P2123": soon, "P2127": soon, "P2128": soon,
	"P2135": soon, "P2138": soon, "P2187": soon, "P2188": soon, "P2195": note, "P2196": note,
	"P2270": note, "P2271": note, "P2463": soon, "P20EE": note, "P203F": soon, "P2610": note,
	// Chassis, body and network.
	"C0031": soon, "C0034": soon, "C0037": soon, "C003A": soon, "B0001": soon, "B0010": soon,
	"U0001": soon, "U0073": soon, "U0100": soon, "U0101": soon, "U0121": soon, "U0131": soon,
	"U0140": soon, "U0151": soon, "U0155": soon, "U0164": note, "U0401": soon,
}

// dtcLine is the line that names the trouble of a code: "dtc.p0301".
func dtcLine(code string) speech.Key { return speech.Key("dtc." + strings.ToLower(code)) }

func dtcLines() speech.Table {
	lines := speech.Table{}
	for code := range severities {
		lines[dtcLine(code)] = speech.Says()
	}
	return lines
}

// severityOf judges a code.
func severityOf(code string) severity {
	if s, ok := severities[code]; ok {
		return s
	}
	return unsure
}

// readableCode is the form of SAE J2012: system, origin, and three digits of which some count past nine.
var readableCode = regexp.MustCompile(`^[PCBU][0-3][0-9A-F]{3}$`)

// worstFirst sorts codes: what forbids driving on, then what is confirmed, which is what the light is on for, then
// what is pending; the more serious first among each. A code that two services of the car report is told once, as
// the surer of the two.
func worstFirst(codes []vehicle.TroubleCode) []vehicle.TroubleCode {
	codes = slices.Clone(codes)
	for i := range codes {
		codes[i].Code = strings.ToUpper(strings.TrimSpace(codes[i].Code))
	}
	slices.SortFunc(codes, func(a, b vehicle.TroubleCode) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(pending(a), pending(b)))
	})
	codes = slices.CompactFunc(codes, func(a, b vehicle.TroubleCode) bool { return a.Code == b.Code })
	slices.SortStableFunc(codes, func(a, b vehicle.TroubleCode) int {
		return cmp.Or(cmp.Compare(doubt(a), doubt(b)), cmp.Compare(severityOf(b.Code), severityOf(a.Code)))
	})
	return codes
}

// doubt ranks what to tell first: zero for what cannot wait, whether it is confirmed or not, one for what is
// confirmed, two for what is pending. A status that we do not know is taken for a confirmed one.
func doubt(c vehicle.TroubleCode) int {
	if severityOf(c.Code) == stop {
		return 0
	}
	return 1 + pending(c)
}

func pending(c vehicle.TroubleCode) int {
	if c.Status == vehicle.PendingCode {
		return 1
	}
	return 0
}

// worstOf is the severity of the worst of them.
func worstOf(codes []vehicle.TroubleCode) severity {
	var worst severity
	for _, c := range codes {
		worst = max(worst, severityOf(c.Code))
	}
	return worst
}
