package word

import (
	"embed"
	"fmt"
	"html"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

// row says what one kind of event tells the owner.
type row struct {
	event vehicle.EventType
	alert vehicle.Alert // of a vehicle.VehicleAlert
	// letIn is for openings: what owners open themselves, by voice or with their key, is no news to them.
	letIn  bool
	says   speech.Key // the message; empty for a delivery, which has a template of its own
	urgent bool
}

// notices is the policy. What is not listed is not told: a trunk that locked after it closed, a courier on the way, and
// everything that the owner did or asked for.
var notices = []row{
	{event: vehicle.TrunkOpened, letIn: true, says: "word.trunk_opened"},
	{event: vehicle.TrunkClosed, letIn: true, says: "word.trunk_closed"},
	{event: vehicle.TrunkLeftOpen, says: "word.trunk_left_open", urgent: true},
	{event: vehicle.KeyBoxOpened, letIn: true, says: "word.key_box_opened"},
	{event: vehicle.KeyBoxClosed, letIn: true, says: "word.key_box_closed"},
	{event: vehicle.KeyMissing, says: "word.key_missing", urgent: true},
	{event: vehicle.DeliveryCompleted},
	{event: vehicle.GrantExpired, says: "word.unused"},
	{event: vehicle.VehicleAlert, alert: vehicle.AlertTire, says: "word.tire"},
	{event: vehicle.VehicleAlert, alert: vehicle.AlertBattery, says: "word.battery"},
	{event: vehicle.VehicleAlert, alert: vehicle.AlertEngine, says: "word.engine"},
	{event: vehicle.VehicleAlert, alert: vehicle.AlertUnplugged, says: "word.unplugged"},
}

func rowOf(e vehicle.Event) (row, bool) {
	for _, r := range notices {
		if r.event == e.Type && r.alert == e.Alert && (!r.letIn || letIn(e)) {
			return r, true
		}
	}
	return row{}, false
}

// letIn tells an opening under a grant from one of the owner's own.
func letIn(e vehicle.Event) bool {
	return e.Grant != "" || e.Actor.Kind == vehicle.ByCourier || e.Actor.Kind == vehicle.ByGuest
}

const (
	carLine    speech.Key = "word.car"
	sellerLine speech.Key = "word.seller"
)

//go:embed lines
var embedded embed.FS

// Speech loads the lines of every locale and proves that none is missing, unknown or malformed.
func Speech() (*speech.Catalog, error) {
	table := speech.Table{carLine: speech.Says(), sellerLine: speech.Says()}
	for _, r := range notices {
		if r.says != "" {
			table[r.says] = speech.Says("car")
		}
	}
	files, err := fs.Sub(embedded, "lines")
	if err != nil {
		return nil, fmt.Errorf("word to the owner: %w", err)
	}
	catalog, err := speech.Load(files, table)
	if err != nil {
		return nil, fmt.Errorf("word to the owner: load lines: %w", err)
	}
	return catalog, nil
}

// template fills the names in: the car's nickname, if it has one that may be said, and the carrier's name.
func (m *Messenger) template(r row, e vehicle.Event, nickname string) (notify.Template, error) {
	if r.says == "" {
		name := e.Actor.Name
		if e.Actor.Kind != vehicle.ByCourier || !sayable(name) { // a person's name, perhaps
			name = ""
		}
		seller, err := m.name(name, sellerLine)
		return notify.Delivered{Seller: seller}, err
	}
	if !sayable(nickname) || coded(nickname) {
		nickname = ""
	}
	car, err := m.name(nickname, carLine)
	if err != nil {
		return nil, err
	}
	creator, err := m.plain(r.says, speech.Args{"car": speech.Name(car)})
	return notify.Message{Creator: creator, Count: 1, Urgent: r.urgent}, err
}

// name is a name that may be said, or the line that stands for it if there is none.
func (m *Messenger) name(name string, otherwise speech.Key) (string, error) {
	if name == "" {
		return m.plain(otherwise, nil)
	}
	return strings.Join(strings.Fields(name), " "), nil
}

// plain is a line as text, which is what Alexa's templates take.
func (m *Messenger) plain(key speech.Key, args speech.Args) (string, error) {
	line, err := m.voice.Line(key, args, speech.Setting{})
	if err != nil {
		return "", fmt.Errorf("word to the owner: %w", err)
	}
	return html.UnescapeString(line), nil
}

const (
	longestName = 40 // characters
	mostDigits  = 3  // of a carrier's name; four digits could be a PIN
	mostNumbers = 2  // number words in a row; three begin to be a code
)

// coded reports whether what an owner calls a car may be a plate, a code or an address. It is said to whoever is in the room,
// and "your car" does no harm: so a name with a digit is not said, though "Fiat 500" is one, nor are capitals beside other
// words, as on a plate, nor numbers in words.
func coded(name string) bool {
	if strings.ContainsFunc(name, unicode.IsDigit) {
		return true
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	row := 0
	for _, w := range words {
		capitals := utf8.RuneCountInString(w) > 1 && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsUpper(r) })
		if capitals && len(words) > 1 {
			return true
		}
		switch n := utf8.RuneCountInString(w); {
		case numbers[strings.ToLower(w)]:
			row++
		case strings.Trim(w, ideographs) == "":
			row += n
		default:
			row = 0
		}
		if row > mostNumbers {
			return true
		}
	}
	return false
}

// ideographs are the digits of Chinese and Japanese, which count as letters in Unicode.
const ideographs = "〇零一二三四五六七八九十"

// numbers are the words that a PIN is told in, in the language of the lines.
var numbers = wordsOf("zero oh o nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
	"sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple")

func wordsOf(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// sayable tells a name from what somebody may have put in its place: a PIN, a whole sentence.
func sayable(name string) bool {
	letters, digits := 0, 0
	for _, r := range name {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case !strings.ContainsRune(" -'’.&+", r) && !unicode.IsMark(r):
			return false
		}
	}
	return letters > 0 && digits <= mostDigits && utf8.RuneCountInString(name) <= longestName
}
