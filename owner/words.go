package owner

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/vehicle"
)

// zoneOf loads a time zone; one that is not known is UTC, and the page says so.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if name == "" || err != nil {
		return time.UTC
	}
	return zone
}

// zoneText says whose clock the page shows: "Vancouver time (PDT)".
func zoneText(now time.Time, zone *time.Location) string {
	if zone == time.UTC {
		return "UTC"
	}
	_, place, found := strings.Cut(zone.String(), "/")
	if !found {
		place = zone.String()
	}
	text := strings.ReplaceAll(place[strings.LastIndex(place, "/")+1:], "_", " ") + " time"
	if short := now.In(zone).Format("MST"); !strings.ContainsAny(short, "+-0") {
		text += " (" + short + ")"
	}
	return text
}

// moment is an instant as the page shows it, and as a machine reads it. Inner is the text inside a sentence.
type moment struct{ Text, Inner, Machine string }

func (v *visit) moment(at time.Time) moment {
	if at.IsZero() {
		return moment{}
	}
	day, clock := dayText(at, v.now, v.zone), ", "+clockText(at, v.zone)
	return moment{Text: day + clock, Inner: inner(day) + clock, Machine: at.UTC().Format(time.RFC3339)}
}

// inner is the name of a day inside a sentence: "today", but "Monday, May 5".
func inner(day string) string {
	if strings.Contains(day, ",") {
		return day
	}
	return strings.ToLower(day)
}

func clockText(at time.Time, zone *time.Location) string { return at.In(zone).Format("3:04 PM") }

// dayText names the day of an instant as people do who stand at now.
func dayText(at, now time.Time, zone *time.Location) string {
	day, today := at.In(zone), now.In(zone)
	noon := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	switch days := noon(day).Sub(noon(today)) / (24 * time.Hour); {
	case days == 0:
		return "Today"
	case days == 1:
		return "Tomorrow"
	case days == -1:
		return "Yesterday"
	case day.Year() == today.Year():
		return day.Format("Monday, January 2")
	default:
		return day.Format("Monday, January 2, 2006")
	}
}

// spanText tells a window: the day is said twice only if it ends on another.
func spanText(w vehicle.Window, now time.Time, zone *time.Location) string {
	first, last := dayText(w.Start, now, zone), dayText(w.End, now, zone)
	end := clockText(w.End, zone)
	if first != last {
		end = inner(last) + ", " + end
	}
	return first + ", " + clockText(w.Start, zone) + " to " + end
}

// sentence says what an event was. In it, {Actor} is who did it, at the beginning of a sentence, and {who} is who
// the access is for. Where the owner did it, yours is said instead.
type sentence struct {
	yours, others string
	tone          string // of the mark beside it: "", "good", "warn" or "seen"
}

// sentences has a row for every type of event.
var sentences = map[vehicle.EventType]sentence{
	vehicle.GrantCreated:      {"You gave {who} access.", "{Actor} gave {who} access.", ""},
	vehicle.GrantExtended:     {"You gave {who} more time.", "{who} got more time.", ""},
	vehicle.GrantRevoked:      {"You took access back from {who}.", "{who} lost access.", "good"},
	vehicle.GrantRedeemed:     {"You used the access of {who}.", "{Actor} used the access.", ""},
	vehicle.GrantExpired:      {"The access of {who} ended unused.", "The access of {who} ended unused.", ""},
	vehicle.DeliveryEnRoute:   {"You set out to the car.", "{Actor} set out to the car.", ""},
	vehicle.DeliveryArrived:   {"You arrived at the car.", "{Actor} arrived at the car.", ""},
	vehicle.DeliveryCompleted: {"You completed the delivery.", "{Actor} completed the delivery.", "good"},
	vehicle.TrunkOpened:       {"You opened the trunk.", "{Actor} opened the trunk.", "warn"},
	vehicle.TrunkClosed:       {"You closed the trunk.", "{Actor} closed the trunk.", "good"},
	vehicle.TrunkLocked:       {"You locked the trunk.", "{Actor} locked the trunk.", "good"},
	vehicle.TrunkLeftOpen:     {"The trunk was left open.", "The trunk was left open.", "warn"},
	vehicle.KeyBoxOpened:      {"You opened the key box.", "{Actor} opened the key box.", "warn"},
	vehicle.KeyBoxClosed:      {"You closed the key box.", "{Actor} closed the key box.", "good"},
	vehicle.KeyMissing:        {"The key is missing from the key box.", "The key is missing from the key box.", "warn"},
	vehicle.CommandSucceeded:  {"The car did what you asked.", "The car did what was asked.", ""},
	vehicle.CommandFailed:     {"The car could not do what you asked.", "The car could not do what was asked.", "warn"},
	vehicle.VehicleBlocked:    {"You blocked the car: nobody gets in.", "The car was blocked: nobody gets in.", "good"},
	vehicle.VehicleAlert:      {"The car wants your attention.", "The car wants your attention.", "warn"},
	vehicle.VehicleUnblocked:  {"You lifted the block.", "The block was lifted.", ""},
}

// The sentences of a released position, by whether it was the exact one.
var released = map[bool]sentence{
	true:  {"You asked where the car is and learned the exact place.", "{Actor} learned the exact place of the car.", "seen"},
	false: {"You learned the area around the car.", "{Actor} learned the area around the car, not the exact place.", "seen"},
}

// alerts says what a car wants its owner to know.
var alerts = map[vehicle.Alert]string{
	vehicle.AlertTire:      "A tire is low.",
	vehicle.AlertBattery:   "The 12-volt battery is weak and may not start the car.",
	vehicle.AlertEngine:    "The engine light came on.",
	vehicle.AlertUnplugged: "The dongle was unplugged.",
}

// tell says what an event was; who is whom its access is for, empty if that is not known any more.
func tell(e vehicle.Event, who string) (text, tone string) {
	s, ok := sentences[e.Type]
	switch {
	case e.Type == vehicle.PositionReleased:
		s = released[e.Exact]
	case alerts[e.Alert] != "":
		s = sentence{yours: alerts[e.Alert], others: alerts[e.Alert], tone: "warn"}
	case !ok: // a type that the domain has learned and this table has not
		other := strings.NewReplacer(".", " ", "_", " ").Replace(string(e.Type))
		s = sentence{yours: "Reported: " + other + ".", others: "Reported: " + other + "."}
	}
	text = s.others
	if e.Actor.Kind == vehicle.ByOwner {
		text = s.yours
	}
	if who == "" {
		who = "somebody"
	}
	text = strings.NewReplacer("{Actor}", actor(e.Actor), "{who}", who).Replace(text)
	first, size := utf8.DecodeRuneInString(text) // a name may begin it, in any alphabet
	return string(unicode.ToUpper(first)) + text[size:], s.tone
}

// actor names who did it.
func actor(a vehicle.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	switch a.Kind {
	case vehicle.ByOwner:
		return "You"
	case vehicle.ByCourier:
		return "The courier"
	case vehicle.ByGuest:
		return "Your guest"
	case vehicle.ByCar:
		return "The car"
	case vehicle.ByCloud:
		return "The dongle cloud"
	default:
		return "Somebody"
	}
}

// guestOf names whom a grant lets in.
func guestOf(g vehicle.Grant) string {
	switch {
	case g.Carrier.Name != "":
		return g.Carrier.Name
	case g.Guest != "":
		return g.Guest
	default:
		return "Somebody with a code"
	}
}

// opens names what a grant opens.
func opens(g vehicle.Grant) string {
	if g.AccessPoint == vehicle.KeyBoxOnPlate {
		return "key box"
	}
	return "trunk"
}

// shown are the words and tones of the states of a grant.
var shown = map[vehicle.GrantStatus]struct{ text, tone string }{
	vehicle.Active:    {"Can get in now", "warn"},
	vehicle.Scheduled: {"Later", "calm"},
	vehicle.Redeemed:  {"Used", ""},
	vehicle.Expired:   {"Ended unused", ""},
	vehicle.Revoked:   {"Taken back", ""},
}

// dongles are the words and tones of the states of a dongle.
var dongles = map[vehicle.DongleState]struct{ text, tone string }{
	vehicle.Online:    {"Online", "good"},
	vehicle.Asleep:    {"Asleep", ""},
	vehicle.Offline:   {"Offline", "warn"},
	vehicle.Unplugged: {"Dongle unplugged", "warn"},
}
